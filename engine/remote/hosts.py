"""A machine that runs commands: this one, or another over ssh."""

import asyncio
import contextlib
import sys
from collections.abc import Sequence
from typing import Any, Protocol

LAST_WORDS_BYTES = 4096


class Process:
    """A command that runs, with its streams of bytes."""

    def __init__(self, process: Any) -> None:
        """`process`: of asyncio, or of asyncssh, which looks like it."""
        self._process = process
        self._last_words = asyncio.create_task(_last_words(process.stderr))

    async def write(self, data: bytes) -> bool:
        """Give it something to read; False when it does not read any more."""
        try:
            self._process.stdin.write(data)
            await self._process.stdin.drain()
        except (OSError, RuntimeError):
            return False
        return True

    def end_input(self) -> None:
        """There is nothing more to read."""
        with contextlib.suppress(OSError, RuntimeError):
            self._process.stdin.write_eof()

    async def read(self, most: int) -> bytes:
        """Some of what it says; nothing when it is silent for ever. Raises `RemoteError`."""
        return await self._process.stdout.read(most)

    async def ended(self) -> tuple[int, str]:
        """Wait for the end: the exit code, and the last of stderr. Raises `RemoteError`."""
        return await self._process.wait(), await self._last_words

    async def abandon(self) -> None:
        """Nobody wants it any more."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        await self._last_words


class Host(Protocol):
    """Where commands run.

    Attributes:
        name: for sentences.
        python: words that start its Python.
    """

    name: str
    python: tuple[str, ...]

    async def start(self, words: Sequence[str]) -> Process:
        """Start a command; raises `RemoteError` (`node_gone`)."""
        ...

    async def forward(self, port: int, to: str = "127.0.0.1") -> int:
        """A port on this machine's loopback that leads to one that the host can reach."""
        ...

    async def close(self) -> None:
        """Let go of the connection; what runs detached goes on."""
        ...


class LocalHost:
    """This machine."""

    name = "this machine"
    python: tuple[str, ...] = (sys.executable,)

    async def start(self, words: Sequence[str]) -> Process:
        """Start a command here."""
        pipe = asyncio.subprocess.PIPE
        return Process(
            await asyncio.create_subprocess_exec(*words, stdin=pipe, stdout=pipe, stderr=pipe)
        )

    async def forward(self, port: int, to: str = "127.0.0.1") -> int:
        """The same port."""
        return port

    async def close(self) -> None:
        """Nothing is held."""


async def _last_words(stream: Any) -> str:
    kept = b""
    # A library's own errors say no more than that the line is cut, which `ended` says too.
    with contextlib.suppress(Exception):
        while chunk := await stream.read(LAST_WORDS_BYTES):
            kept = (kept + chunk)[-LAST_WORDS_BYTES:]
    return kept.decode("utf-8", "replace")
