"""Start workers for tests, talk to them line by line, and see whether they are gone."""

import os
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from engine.client import worker_environment
from engine.protocol import Event, Hello, Request, decode_event, encode

_TESTS = Path(__file__).resolve().parents[1]

SCRIPTED_WORKER = [sys.executable, str(_TESTS / "helpers" / "scripted_worker.py")]
REAL_WORKER = [sys.executable, "-P", "-m", "engine.worker"]


def bad_worker(name: str) -> list[str]:
    """The command of a bad worker."""
    return [sys.executable, str(_TESTS / "bad_workers" / f"{name}.py")]


def is_running(process_id: int) -> bool:
    """Whether a process exists; a zombie counts as running, because nobody has reaped it."""
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


def is_gone_within(process_id: int, seconds: float) -> bool:
    """Whether an orphan ends in that time; when it is reaped is the system's business."""
    deadline = time.monotonic() + seconds
    while is_running(process_id) and not _is_zombie(process_id):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def _is_zombie(process_id: int) -> bool:
    try:
        stat = Path(f"/proc/{process_id}/stat").read_text()
    except OSError:  # gone, or no Linux
        return False
    return stat.rpartition(")")[2].split()[0] == "Z"


class RawWorker:
    """A worker at the other end of two pipes, with nothing in between."""

    def __init__(self, command: list[str] = SCRIPTED_WORKER, greet: bool = True) -> None:
        self.process = subprocess.Popen(
            command,
            bufsize=0,  # else what `hear` has read ahead would be lost to `leave`
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=worker_environment(),
        )
        self.hello = self.hear()
        if greet:
            self.say(Hello())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.process.kill()
        self.process.communicate()

    def say(self, *requests: Request) -> None:
        """Send requests in one piece."""
        self.write(b"".join(encode(request) for request in requests))

    def write(self, data: bytes) -> None:
        """Send bytes."""
        assert self.process.stdin is not None
        rest = memoryview(data)
        while rest:
            rest = rest[self.process.stdin.write(rest) :]

    def hear(self) -> Event:
        """The next event; an empty line stands for the end of the stream and does not decode."""
        assert self.process.stdout is not None
        return decode_event(self.process.stdout.readline())

    def leave(self, timeout_s: float = 5.0) -> tuple[int, list[Event], str]:
        """Close stdin and wait; returns exit code, the events since, and what stderr said."""
        out, err = self.process.communicate(timeout=timeout_s)
        return (
            self.process.returncode,
            [decode_event(line) for line in out.splitlines()],
            err.decode(),
        )
