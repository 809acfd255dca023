"""A node that is a folder of this machine, runs on it, and a way to wait for what they do."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.remote.errors import RemoteError
from engine.remote.hosts import LocalHost
from engine.remote.link import Link, install
from engine.remote.queues import Queue
from engine.remote.remote import Remote, Seen
from engine.remote.runs import Job, Run
from engine.remote.targets import Target

STAND_IN = Path(__file__).parents[2] / "helpers" / "stand_in_training.py"


class OnFolder:
    """A target whose node is a folder here; every call is a process of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.target = Target(name="here", kind="local", folder=str(root))

    def do(self, work: Callable[[Remote], Awaitable[Any]]) -> Any:
        """Connect, work, let go."""

        async def connected() -> Any:
            link = await install(LocalHost(), str(self.root))
            return await work(Remote(self.target, link, Queue(link)))

        return asyncio.run(connected())

    def link(self, work: Callable[[Link], Awaitable[Any]]) -> Any:
        """The same with the bare link."""
        return self.do(lambda remote: work(remote.link))

    def job(self, name: str, steps: int, pause_s: float = 0.05, **environment: str) -> Job:
        """A stand-in training."""
        output = self.root / "runs" / name / "run"
        words = (sys.executable, str(STAND_IN), str(output), str(steps), str(pause_s))
        return Job(words, (*words, "resume"), str(output), environment)

    def submit(self, name: str, steps: int, pause_s: float = 0.05, **environment: str) -> Run:
        """Start one."""
        job = self.job(name, steps, pause_s, **environment)
        run = Run(id=name, kind="train", target="here", source="", into="", created=0, job=job)
        self.do(lambda remote: remote.submit(run, job))
        return run

    def until(self, run: Run, reached: Callable[[Seen], bool]) -> Seen:
        """Look until it is so; the test's own time limit ends what never comes."""

        async def look(remote: Remote) -> Seen:
            while True:
                seen = await remote.look(run, {"metrics.jsonl": 0, "log.txt": 0})
                if reached(seen):
                    return seen
                await asyncio.sleep(0.1)

        return self.do(look)

    def ended(self, run: Run) -> Seen:
        """Wait for the end."""
        return self.until(run, lambda seen: seen.state.state in ("finished", "failed", "stopped"))

    def steps(self, run: Run, least: int) -> Seen:
        """Wait for so many rows."""
        return self.until(run, lambda seen: len(rows(seen)) >= least)

    def process(self, run: Run, which: str) -> int:
        """The number of the run's `child` or `holder`."""
        state = json.loads((self.root / "runs" / run.id / "state.json").read_text())
        return state[which]["pid"]


def rows(seen: Seen) -> list[dict[str, Any]]:
    """The metrics that a look has brought."""
    return [json.loads(line) for line in seen.files["metrics.jsonl"].text.splitlines()]


@pytest.fixture
def node(tmp_path: Path) -> Iterator[OnFolder]:
    """A fresh node; what still runs on it is ended."""
    node = OnFolder(tmp_path / "node")
    yield node
    for file in (node.root / "runs").glob("*/state.json"):
        state = json.loads(file.read_text())
        for process in [state.get("holder"), *state.get("children", ())]:
            if process:
                try:
                    os.kill(process["pid"], signal.SIGKILL)
                except OSError:
                    continue


def code_of(work: Callable[[], Any]) -> str:
    """The code of the error that the work raises."""
    with pytest.raises(RemoteError) as caught:
        work()
    return caught.value.code
