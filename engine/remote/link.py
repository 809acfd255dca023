"""Calls of the program on a node, each a process: JSON in, JSON out, never anything that runs."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from engine.remote.errors import fault
from engine.remote.hosts import Host, LocalHost, Process

PROGRAM = Path(__file__).with_name("node.py")
CHUNK_BYTES = 1 << 20
MOST_ANSWER_BYTES = 1 << 28

OnBytes = Callable[[int, int], None]
"""Called with how many bytes are done, and of how many."""


@dataclass(frozen=True)
class Sending:
    """A file on its way: where it lies here, what it is, and how much has arrived."""

    path: Path
    sha256: str
    size_bytes: int
    offset: int


class Link:
    """A node's program, ready to be called."""

    def __init__(self, host: Host, program: str, root: str) -> None:
        self.host = host
        self._program = program
        self._root = root

    async def call(self, command: str, **request: Any) -> dict[str, Any]:
        """Ask and wait for the answer. Raises `RemoteError` with the node's code."""
        process = await self._start(command, request)
        process.end_input()
        return await self._answer(process)

    async def put(self, files: Sequence[Sending], on_bytes: OnBytes) -> list[str]:
        """Send files; returns the SHA-256 of those that came out different.

        Raises `RemoteError` (`node_gone`, `disk_full`); what has arrived stays there.
        """
        total = sum(one.size_bytes for one in files)
        done = sum(one.offset for one in files)
        process = await self._start("put", {})
        # The node answers before all is sent when it cannot go on.
        answer = asyncio.create_task(self._answer(process))
        try:
            for one in files:
                header = {"sha256": one.sha256, "size": one.size_bytes, "offset": one.offset}
                await process.write(msgspec.json.encode(header) + b"\n")
                async for chunk in _bytes_of(one):
                    if not await process.write(chunk):
                        break
                    done += len(chunk)
                    on_bytes(done, total)
                if answer.done():
                    break
            process.end_input()
        except BaseException:
            answer.cancel()
            await process.abandon()
            raise
        received = await answer
        wrong: list[str] = received.get("wrong", [])
        if received.get("received", 0) + len(wrong) < len(files):
            raise fault("node_gone", self.host.name, "the transfer was cut")
        return wrong

    async def get(
        self, run: str, files: Sequence[tuple[str, int, int]]
    ) -> AsyncGenerator[bytes, None]:
        """Bytes of files, one after the other: (path, offset, size) each."""
        process = await self._start("get", {"id": run, "files": files})
        process.end_input()
        try:
            while chunk := await process.read(CHUNK_BYTES):
                yield chunk
            await process.ended()
        except BaseException:
            await process.abandon()
            raise

    async def _start(self, command: str, request: dict[str, Any]) -> Process:
        process = await self.host.start([*self.host.python, self._program, command])
        await process.write(msgspec.json.encode({"root": self._root, **request}) + b"\n")
        return process

    async def _answer(self, process: Process) -> dict[str, Any]:
        name = self.host.name
        said = await read_all(process, name)
        code, last_words = await process.ended()
        try:
            answer = msgspec.json.decode(said.strip().split(b"\n")[-1] or b"null", type=dict)
        except msgspec.MsgspecError as error:
            if code == 127:
                raise fault("no_python", name, last_words) from error
            raise fault("bad_answer", name, last_words) from error
        if "fault" in answer:
            raise fault(str(answer["fault"]), name, str(answer.get("detail", "")))
        return answer


async def install(host: Host, root: str) -> Link:
    """Put the program on the host; returns the link to it."""
    program = PROGRAM.read_bytes()
    if isinstance(host, LocalHost):
        return Link(host, str(PROGRAM), root)
    name = f"node-{hashlib.sha256(program).hexdigest()[:16]}.py"
    script = (
        'umask 077; case "$1" in "~/"*) d="$HOME/${1#??}";; *) d="$1";; esac; mkdir -p "$d/node" '
        '&& cat > "$d/node/$2.$$" && mv "$d/node/$2.$$" "$d/node/$2" && cd "$d/node" && pwd'
    )
    process = await host.start(["sh", "-c", script, "sh", root, name])
    await process.write(program)
    process.end_input()
    folder = (await read_all(process, host.name)).decode("utf-8", "replace").strip()
    code, last_words = await process.ended()
    if code or not folder.startswith("/"):
        full = "No space left" in last_words
        raise fault("disk_full" if full else "bad_answer", host.name, last_words)
    return Link(host, f"{folder.splitlines()[-1]}/{name}", root)


async def read_all(process: Process, name: str) -> bytes:
    """All that a process says. Raises `RemoteError` when that is no answer any more."""
    said = bytearray()
    while chunk := await process.read(CHUNK_BYTES):
        said += chunk
        if len(said) > MOST_ANSWER_BYTES:
            raise fault("bad_answer", name, "too long")
    return bytes(said)


async def _bytes_of(one: Sending) -> AsyncIterator[bytes]:
    left = one.size_bytes - one.offset
    try:
        with one.path.open("rb") as file:
            file.seek(one.offset)
            while left:
                chunk = await asyncio.to_thread(file.read, min(CHUNK_BYTES, left))
                if not chunk:
                    raise EOFError
                left -= len(chunk)
                yield chunk
    except (OSError, EOFError) as error:
        raise fault("changed_while_read", "the node", one.path.name) from error
