"""What `pixelsmile runs` does."""

import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from engine.cli.remote_launch import bring, of_run, send, state_row, summary, tell
from engine.cli.remote_launch import follow as follow_run
from engine.cli.remote_work import connected, tell_failure, told
from engine.cli.report import Report
from engine.cli.text import duration
from engine.remote import RemoteError, Run, Runs, Targets
from engine.remote.remote import WATCHED, Seen, Wish, explain
from engine.remote.training import NOT_FETCHED
from engine.remote.transfer import files_under


def list_runs(*, offline: bool, as_json: bool) -> int:
    """Say which runs there are and how they are; returns the exit code."""

    async def work(report: Report) -> int:
        runs = Runs().all()
        if not offline:
            by_target: dict[str, list[Run]] = {}
            for run in runs:
                if not run.has_ended and run.job is not None:
                    by_target.setdefault(run.target, []).append(run)
            heard = await asyncio.gather(*(_hear(one, report) for one in by_target.values()))
            known = {run.id: run for group in heard for run in group}
            runs = [known.get(run.id, run) for run in runs]
        for run in runs:
            when = time.strftime("%Y-%m-%d %H:%M", time.localtime(run.created))
            report.row(summary(run), f"{run.id}  {run.state}  {run.kind} on {run.target}  {when}")
        if not runs and not as_json:
            report.note("there is no run")
        return 0

    return told("runs", work, as_json=as_json)


async def _hear(runs: Sequence[Run], report: Report) -> list[Run]:
    """The runs of one target as they are now, or as they were when it cannot be reached."""
    heard = list(runs)
    try:
        async with of_run(runs[0]) as remote:
            for number, run in enumerate(runs):
                seen = await remote.look(run)
                heard[number] = _noted(run, seen)
    except RemoteError as error:
        report.note(f"{runs[0].target}: {error.reason}; its runs are shown as last heard of")
    return heard


def show(name: str, *, as_json: bool) -> int:
    """Say how a run is; returns the exit code."""

    async def work(report: Report) -> int:
        run = Runs().get(name)
        if run.job is None:
            line = f"{run.id} was never submitted; pixelsmile runs resume {run.id}"
            report.row(summary(run), line)
            return 0
        async with of_run(run) as remote:
            seen = await remote.look(run)
            run = _noted(run, seen)
            since = duration(max(0.0, time.time() - seen.state.since))
            line = f"{run.id}: {run.state} on {run.target} for {since}"
            stalled = run.state == "running" and seen.quiet_s > remote.target.stall_s
            if stalled:
                line += f"; it has said nothing for {duration(seen.quiet_s)}"
            error = explain(seen.state, remote.target)
            if error is not None:
                line += f"\n    {error.reason}; {error.remedy}"
            row = {**state_row(run, seen), "stalled": stalled, "safe_to_shut_down": _is_safe(run)}
            report.row(row | ({"error": str(error)} if error else {}), line)
        return 0

    return told(name, work, as_json=as_json)


def _is_safe(run: Run) -> bool:
    """Whether nothing is lost when the run's node is shut down: it has ended and all is here."""
    others = [one for one in Runs().all() if one.target == run.target and one.id != run.id]
    return all(one.has_ended and one.fetched for one in [run, *others] if one.job is not None)


def logs(name: str, *, follow: bool, as_json: bool) -> int:
    """Show what a run says; returns the exit code."""

    async def work(report: Report) -> int:
        run = Runs().get(name)
        async with of_run(run) as remote:
            if follow:
                return await follow_run(run, remote, report)
            seen = await remote.look(run, dict.fromkeys(WATCHED, 0))
            # Up to what there is now: a run that goes on has always more to say.
            ends = {name: part.size_bytes for name, part in seen.files.items()}
            while True:
                tell(run, seen, remote.target, report)
                offsets = {name: part.offset for name, part in seen.files.items()}
                has_more = any(part.text for part in seen.files.values())
                if not has_more or all(offsets[name] >= ends[name] for name in ends):
                    return 0
                seen = await remote.look(run, offsets)

    return told(name, work, as_json=as_json)


def ask(name: str, wish: Wish, *, as_json: bool) -> int:
    """Tell a run to save, sample, stop or end; returns the exit code."""

    async def work(report: Report) -> int:
        run = Runs().get(name)
        async with of_run(run) as remote:
            await remote.wish(run, wish)
        words = {"stop": "saves and stops", "kill": "ends", "save": "saves", "sample": "samples"}
        report.row({"run": run.id, "asked": wish}, f"{run.id} {words[wish]}")
        return 0

    return told(name, work, as_json=as_json)


def resume(name: str, on: str, *, as_json: bool) -> int:
    """Start a run again where it saved, here or there; returns the exit code."""

    async def work(report: Report) -> int:
        run = Runs().get(name)
        if on and on != run.target:
            run = await _moved(run, on, report)
        else:
            async with of_run(run) as remote:
                if run.job is None:
                    run = await send(run, remote, report)
                else:
                    try:
                        run = _noted(run, await remote.look(run))
                        known = True
                    except RemoteError as error:
                        if error.code != "unknown_run":
                            raise
                        known = False
                    # The node may have lost what it was given, or this program may be newer.
                    run = await send(run, remote, report, again=known)
        report.row(summary(run), f"{run.id} {run.state} on {run.target}")
        return 0

    return told(name, work, as_json=as_json)


async def _moved(run: Run, name: str, report: Report) -> Run:
    """The run on another target, with what it has saved."""
    other = Targets().get(name)
    with tempfile.TemporaryDirectory() as scratch:
        kept = Path(scratch)
        try:
            async with of_run(run) as before:
                run = _noted(run, await before.look(run))
                if not run.has_ended:
                    raise RemoteError(
                        "still_running",
                        f"{run.id} has not ended on {run.target}",
                        f"stop it first with `pixelsmile runs stop {run.id}`",
                    )
                await before.fetch(run, kept, skip=NOT_FETCHED)
        except RemoteError as error:
            if error.code not in ("node_gone", "unknown_run"):
                raise
            # What was fetched before is the best there is.
            kept = Path(run.into)
            tell_failure(report, run.target, error)
            report.note(f"{run.id} goes on from what was fetched before")
        async with connected(other) as remote:
            files = {
                path: file
                for path, file in files_under(kept).items()
                if not path.startswith(tuple(f"{one}/" for one in NOT_FETCHED))
            }
            await remote.seed(run, await remote.push(files))
            return await send(run, remote, report, again=True)


def fetch(name: str, into: str, only: Sequence[str], *, checkpoints: bool, as_json: bool) -> int:
    """Bring what a run has made; returns the exit code."""

    async def work(report: Report) -> int:
        run = Runs().get(name)
        async with of_run(run) as remote:
            run = _noted(run, await remote.look(run))
            return await bring(run, remote, report, into, only, checkpoints=checkpoints)

    return told(name, work, as_json=as_json)


def forget(name: str, *, as_json: bool) -> int:
    """Delete a run that has ended; returns the exit code."""

    async def work(report: Report) -> int:
        run = Runs().get(name)
        if run.job is not None:
            async with of_run(run) as remote:
                await remote.link.call("forget", id=run.id)
        Runs().forget(run)
        report.row({"run": run.id, "forgotten": True}, f"forgot {run.id}")
        return 0

    return told(name, work, as_json=as_json)


def _noted(run: Run, seen: Seen) -> Run:
    return Runs().change(run, state=seen.state.state, reason=seen.state.reason)
