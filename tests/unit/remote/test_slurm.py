"""A real Slurm of one machine."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from engine.remote.hosts import LocalHost
from engine.remote.link import install
from engine.remote.remote import Remote
from engine.remote.runs import Job, Run
from engine.remote.slurm import SlurmQueue
from engine.remote.targets import Target
from tests.helpers.slurm_node import slurm, why_no_slurm
from tests.unit.remote.conftest import STAND_IN, rows
from tests.unit.remote.test_ssh import until

pytestmark = pytest.mark.skipif(bool(why_no_slurm()), reason=why_no_slurm())


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    try:
        with slurm(tmp_path / "slurm") as conf:
            monkeypatch.setenv("SLURM_CONF", str(conf))
            yield conf
    except AssertionError as error:
        pytest.skip(f"Slurm does not start on this machine: {str(error)[-300:]}")


def stand_in(root: Path, name: str, steps: int) -> Run:
    output = str(root / "runs" / name / "run")
    words = (sys.executable, str(STAND_IN), output, str(steps), "0.05")
    job = Job(words, (*words, "resume"), output)
    return Run(id=name, kind="train", target="cluster", source="", into="", created=0, job=job)


@pytest.mark.timeout(240)
def test_jobs_wait_run_stop_and_go_on_after_their_time(cluster: Path, tmp_path: Path) -> None:
    target = Target(name="cluster", kind="slurm", folder=str(tmp_path / "node"))

    async def work() -> None:
        link = await install(LocalHost(), target.folder)
        remote = Remote(target, link, SlurmQueue(link, target))
        first = await submitted(remote, "first", 1000)
        await until(remote, first, lambda seen: len(rows(seen)) > 0)
        assert await remote.submit(first, job_of(first)) == first.ticket
        second = await submitted(remote, "second", 3)
        assert (await remote.look(second)).state.state == "queued"

        # A minute before its time is up it saves, is queued again, and goes on.
        subprocess.run(["scancel", "--batch", "--signal=USR1", first.ticket], check=True)
        await until(remote, first, lambda seen: any(r["kind"] == "checkpoint" for r in rows(seen)))
        seen = await until(remote, second, lambda seen: seen.state.state == "finished")
        assert rows(seen)[-1]["kind"] == "finished"

        third = await submitted(remote, "third", 1000)
        await remote.wish(third, "stop")
        assert (await remote.look(third)).state.state == "stopped"

        # Slurm lets two minutes go by before a job's second start.
        now = ["scontrol", "update", f"JobId={first.ticket}", "StartTime=now"]
        subprocess.run(now, check=True)
        seen = await until(remote, first, lambda s: any(r["kind"] == "resumed" for r in rows(s)))
        assert seen.state.starts == 2
        await remote.wish(first, "save")
        await until(remote, first, lambda s: rows(s)[-1]["kind"] == "checkpoint" or saves(s) > 1)
        await remote.stop(first)
        seen = await until(remote, first, lambda seen: seen.state.state == "stopped")
        assert rows(seen)[-1]["kind"] == "checkpoint"

    async def submitted(remote: Remote, name: str, steps: int) -> Run:
        run = stand_in(tmp_path / "node", name, steps)
        return msgspec.structs.replace(run, ticket=await remote.submit(run, job_of(run)))

    def saves(seen: object) -> int:
        return sum(row["kind"] == "checkpoint" for row in rows(seen))  # type: ignore[arg-type]

    def job_of(run: Run) -> Job:
        assert run.job is not None
        return run.job

    asyncio.run(work())
