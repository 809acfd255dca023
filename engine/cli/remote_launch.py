"""Work sent to a target: `pixelsmile train run --on NAME` and `pixelsmile batch --on NAME`.

The run's identity is written down before anything is sent, so that it is found again whatever
happens to this program.
"""

import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from engine.cli.batch import read_folder
from engine.cli.folders import FolderFault, make_writable
from engine.cli.interruption import Interrupted
from engine.cli.remote_work import connected, told
from engine.cli.report import Report
from engine.cli.stills import resolved
from engine.cli.text import count, printable, size
from engine.remote import RemoteError, Run, Runs, Target, Targets, batches, training
from engine.remote.remote import Remote, Seen, State, explain
from engine.remote.runs import Job, new_id
from engine.remote.transfer import files_under
from engine.training.config import Config, load_config

_SAY_BYTES = 64 << 20  # progress is told every so many


def train_on(name: str, config: str, *, detach: bool, as_json: bool) -> int:
    """Train on a target with a configuration of this machine; returns the exit code."""

    async def work(report: Report) -> int:
        target = Targets().get(name)
        loaded = load_config(Path(config))
        run = Run(
            id=new_id(loaded.look.name),
            kind="train",
            target=target.name,
            source=str(Path(config).absolute()),
            into=loaded.run.folder,
            created=time.time(),
        )
        return await _begin(run, target, report, detach=detach)

    return told(name, work, as_json=as_json)


def batch_on(
    name: str, folder: str, out: str, words: Sequence[str], *, detach: bool, as_json: bool
) -> int:
    """Edit a folder on a target and bring the pictures back; returns the exit code.

    Raises `FolderFault`.
    """
    top = Path(folder)
    if not top.is_dir():
        raise FolderFault(f"{printable(top)}: there is no such folder")
    make_writable(Path(out))

    async def work(report: Report) -> int:
        target = Targets().get(name)
        run = Run(
            id=new_id(top.resolve().name),
            kind="batch",
            target=target.name,
            source=str(resolved(top)),
            into=str(resolved(Path(out))),
            created=time.time(),
            words=tuple(words),
        )
        return await _begin(run, target, report, detach=detach)

    return told(name, work, as_json=as_json)


async def _begin(run: Run, target: Target, report: Report, *, detach: bool) -> int:
    Runs().save(run)
    row = {"run": run.id, "target": run.target, "state": run.state}
    report.row(row, f"{run.id} on {run.target}")
    async with connected(target) as remote:
        run = await send(run, remote, report)
        if detach:
            report.note(f"it goes on by itself; pixelsmile runs show {run.id}")
            return 0
        return await follow(run, remote, report)


async def send(run: Run, remote: Remote, report: Report, *, again: bool = False) -> Run:
    """Prepare a node and submit the run; `again` starts one that has ended."""
    progress = _progress(report)
    environment = await remote.ensure(progress)
    if run.kind == "train":
        job = await _training_job(run, remote, environment, report, progress)
    else:
        job = await _batch_job(run, remote, environment, progress)
    return await submit(run, remote, job, again=again)


async def submit(run: Run, remote: Remote, job: Job, *, again: bool) -> Run:
    """Hand the job in; it is written down before."""
    runs = Runs()
    run = runs.change(run, job=job, target=remote.target.name, fetched=False)
    ticket = await remote.submit(run, job, again=again)
    return runs.change(run, ticket=ticket, state="queued", reason="")


async def _training_job(
    run: Run, remote: Remote, environment: Any, report: Report, progress: Any
) -> Job:
    config, scratch = load_config(Path(run.source)), Runs().folder / run.id
    facts = await remote.probe()
    wanted = remote.target.workers or len(facts.gpus)
    output = config.run.folder if remote.is_here else f"{facts.root}/runs/{run.id}/run"
    number = training.processes(config, max(1, wanted))
    if number < wanted:
        report.note(f"{number} of {wanted} GPUs are used: optimisation.batch allows no more")
    if remote.is_here:
        file = str(training.write_config(config, scratch))
        return training.training_job(environment, file, output, number)
    model = model_to_send(config, facts.models, remote.target.name)
    bundle = training.bundle(config, scratch, model)
    pushed = await remote.push(bundle.files, progress)
    report.note(f"{count(len(pushed.files), 'file')}, {size(pushed.sent_bytes)} sent")
    tree = await remote.lay_out(pushed)
    there = training.placed(config, bundle, tree, facts.root, output)
    settings = await remote.push({"config.json": training.write_config(there, scratch)})
    file = f"{await remote.lay_out(settings)}/config.json"
    return training.training_job(environment, file, output, number)


def model_to_send(config: Config, there: Sequence[str], node: str) -> Path | None:
    """The base model's folder here; None when the node has it by its name.

    Raises `RemoteError` (`model_missing`) when neither has it.
    """
    from engine.weights import WeightsError, locate

    named = config.model.path or "qwen-image-edit-2511"
    if named in there:
        return None
    try:
        return locate(named)
    except WeightsError as error:
        raise RemoteError(
            "model_missing", f"the model {named} is neither here nor on {node}", error.remedy
        ) from error


async def _batch_job(run: Run, remote: Remote, environment: Any, progress: Any) -> Job:
    facts = await remote.probe()
    top = Path(run.source)
    output = f"{facts.root}/runs/{run.id}/run"
    photos = read_folder(top, skipped=Path(run.into)).photos
    if not photos:
        raise FolderFault(f"{printable(top)}: there is no photo in it")
    words, files = _sent_along(run.words)
    files |= {f"photos/{photo.relative_to(top).as_posix()}": photo for photo in photos}
    tree = await remote.lay_out(await remote.push(files, progress))
    placed = [f"{tree}/{word.path}" if isinstance(word, _There) else word for word in words]
    gpus = len(facts.gpus) if "--editor=instant" not in run.words else 0
    return batches.batch_job(environment, f"{tree}/photos", output, placed, gpus)


class _There(msgspec.Struct, frozen=True):
    """A file's path in what is sent."""

    path: str


_WITH_FILES = ("--model-path", "--lora-path", "--lightning", "--export-preset")


def _sent_along(words: Sequence[str]) -> tuple[list[str | _There], dict[str, Path]]:
    """Options that name a file or folder here, with what they name; names stay names."""
    files: dict[str, Path] = {}
    placed: list[str | _There] = []
    for number, word in enumerate(words):
        option, _, value = word.partition("=")
        path = Path(value).expanduser()
        if option not in _WITH_FILES or not value or not path.exists():
            placed.append(word)
            continue
        name = f"options/{number}/{path.name}"
        files |= files_under(path, f"{name}/") if path.is_dir() else {name: path}
        placed += [option, _There(name)]
    return placed, files


async def follow(run: Run, remote: Remote, report: Report) -> int:
    """Tell what a run says until it has ended, and fetch a batch's pictures; the exit code.

    Leaving does not stop the run.
    """
    state = State(run.state)
    try:
        async for seen in remote.watch(run):
            if seen.state.state != state.state:
                run = Runs().change(run, state=seen.state.state, reason=seen.state.reason)
                report.row(state_row(run, seen), f"{run.id} {seen.state.state}")
            state = seen.state
            tell(run, seen, remote.target, report)
    except Interrupted:
        report.note(f"{run.id} goes on; pixelsmile runs logs {run.id} --follow")
        raise
    error = explain(state, remote.target)
    if run.kind == "batch" and state.state != "lost":
        # With exit code 1 some photos failed, which the log has told; the others are there.
        await bring(run, remote, report)
        error = None if state.reason == "failed" else error
    if error is not None:
        raise error
    return 0 if state.state == "finished" else 1


def tell(run: Run, seen: Seen, target: Target, report: Report) -> None:
    """What a look has brought: numbers and the log."""
    for line in seen.files["metrics.jsonl"].text.splitlines():
        with contextlib.suppress(msgspec.DecodeError):
            row = msgspec.json.decode(line)
            report.row({"run": run.id, "metrics": row}, "")
    for line in seen.files["log.txt"].text.splitlines():
        report.row({"run": run.id, "log": line}, printable(line))
    if seen.state.state == "running" and seen.quiet_s > target.stall_s:
        report.note(f"{run.id} has said nothing for {seen.quiet_s / 60:.0f} min; it may hang")


async def bring(
    run: Run,
    remote: Remote,
    report: Report,
    into: str = "",
    only: Sequence[str] = (),
    *,
    checkpoints: bool = False,
) -> int:
    """Fetch what a run has made; returns the exit code."""
    folder = Path(into or run.into)
    make_writable(folder, "--into")
    skip = batches.NOT_FETCHED if run.kind == "batch" else training.NOT_FETCHED
    if run.kind == "train" and not checkpoints:
        skip = (*skip, training.CHECKPOINTS)
    if run.kind == "batch":
        only = only or (f"{batches.PICTURES}/*",)
    target = folder if run.kind == "train" else folder / f".{run.id}"
    if run.kind == "train" and remote.is_here and run.job and Path(run.job.output) == folder:
        report.row({"run": run.id, "into": str(folder), "files": []}, f"it is in {folder} already")
        return 0
    fetched = await remote.fetch(run, target, only=only, skip=skip, on_bytes=_progress(report))
    files = list(fetched.files)
    if run.kind == "batch":
        files = _settled(target, files, folder)
    everything = not into and not (only and run.kind == "train")
    if everything and run.has_ended:
        Runs().change(run, fetched=True)
    report.row(
        {"run": run.id, "into": str(folder), "files": [str(file) for file in files],
         "received_bytes": fetched.received_bytes},
        f"{count(len(files), 'file')} in {printable(folder)}",
    )  # fmt: skip
    return 0


def _settled(partial: Path, files: Sequence[Path], folder: Path) -> list[Path]:
    """Move checked pictures to where the batch would have put them here."""
    moved: list[Path] = []
    for file in files:
        place = folder / file.relative_to(partial / batches.PICTURES)
        place.parent.mkdir(parents=True, exist_ok=True)
        file.replace(place)
        moved.append(place)
    for left in sorted(partial.rglob("*"), reverse=True):
        if left.is_dir():
            with contextlib.suppress(OSError):
                left.rmdir()
    with contextlib.suppress(OSError):
        partial.rmdir()
    return moved


def state_row(run: Run, seen: Seen) -> dict[str, Any]:
    """A run's state for `--json`."""
    return {
        **summary(run),
        "starts": seen.state.starts,
        "since": seen.state.since,
        "quiet_s": round(seen.quiet_s, 1),
    }


def summary(run: Run) -> dict[str, Any]:
    """What is known of a run here."""
    return {
        "run": run.id, "kind": run.kind, "target": run.target, "state": run.state,
        "reason": run.reason, "created": run.created, "source": run.source, "into": run.into,
        "fetched": run.fetched,
    }  # fmt: skip


def _progress(report: Report) -> Any:
    told_at = 0

    def on_bytes(done: int, total: int) -> None:
        nonlocal told_at
        if total > _SAY_BYTES and (done - told_at >= _SAY_BYTES or done < told_at):
            told_at = done
            report.note(f"{size(done)} of {size(total)}")

    return on_bytes


@asynccontextmanager
async def of_run(run: Run) -> AsyncIterator[Remote]:
    """The run's target, connected."""
    async with connected(Targets().get(run.target)) as remote:
        yield remote
