"""A target that is connected: probe, ensure, push, submit, watch, stop, resume, fetch."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from engine.remote.environment import Environment, ensure, own_environment
from engine.remote.errors import RemoteError, fault
from engine.remote.hosts import LocalHost
from engine.remote.link import Link, OnBytes, install
from engine.remote.queues import Queue
from engine.remote.runs import Job, Run
from engine.remote.state import ENDED, State, Wish
from engine.remote.targets import Target
from engine.remote.transfer import Fetched, Pushed, fetch, lay_out, nothing, push

WATCHED: tuple[str, ...] = ("metrics.jsonl", "log.txt")
_LIMIT_BYTES = 1 << 18


class Gpu(msgspec.Struct, frozen=True):
    """A card; `busy` is 0 to 1."""

    name: str
    driver: str
    memory_bytes: int
    free_bytes: int
    busy: float


class JobThere(msgspec.Struct, frozen=True):
    """A job that the node knows of."""

    id: str
    state: str


class Facts(msgspec.Struct, frozen=True):
    """What a node has.

    Attributes:
        root: the folder everything lies in, absolute.
        python: version of its `python3`.
        interpreter: a Python that the product runs on; empty when there is none.
        models: of the catalogue that are installed there.
        environments: those that are made.
    """

    root: str
    host: str
    system: str
    python: str
    interpreter: str
    cores: int
    memory_bytes: int
    disk_free_bytes: int
    gpus: tuple[Gpu, ...]
    jobs: tuple[JobThere, ...]
    models: tuple[str, ...]
    environments: tuple[str, ...]


class Part(msgspec.Struct, frozen=True):
    """What was added to a file: whole lines, and the offset behind them."""

    offset: int
    text: str
    size_bytes: int


class Seen(msgspec.Struct, frozen=True):
    """One look at a run.

    Attributes:
        files: name → what was added.
        quiet_s: how long it has said nothing.
    """

    state: State
    files: dict[str, Part]
    quiet_s: float


class Remote:
    """A connected target."""

    def __init__(self, target: Target, link: Link, queue: Queue) -> None:
        self.target = target
        self.link = link
        self._queue = queue

    @property
    def is_here(self) -> bool:
        """Whether it is this machine, so that files need not be sent."""
        return self.target.kind == "local"

    async def probe(self) -> Facts:
        """What there is."""
        return _read(await self.link.call("probe", models=self.target.models), Facts, self.target)

    async def ensure(self, on_bytes: OnBytes = nothing) -> Environment:
        """Make sure that the product can run."""
        if self.is_here:
            return own_environment()
        return await ensure(self.link, self.target, (await self.probe()).root, on_bytes)

    async def push(self, files: Mapping[str, Path], on_bytes: OnBytes = nothing) -> Pushed:
        """Bring files, by the paths that they shall have; not what is there already."""
        return await push(self.link, files, on_bytes)

    async def lay_out(self, pushed: Pushed) -> str:
        """The folder on the node in which they have their names."""
        return await lay_out(self.link, pushed)

    async def seed(self, run: Run, pushed: Pushed) -> None:
        """Copy what was pushed into a run's folder, to go on from there."""
        await self.link.call("seed", id=run.id, files=sorted(pushed.files.items()))

    async def submit(self, run: Run, job: Job, *, again: bool = False) -> str:
        """Hand a run's job in, detached; returns its number in the target's queue, if any."""
        return await self._queue.submit(run, job, again=again)

    async def resume(self, run: Run) -> str:
        """Start a run once more that has ended."""
        if run.job is None:
            raise fault("unknown_run", self.target.name)
        return await self._queue.submit(run, run.job, again=True)

    async def look(self, run: Run, offsets: Mapping[str, int] | None = None) -> Seen:
        """The state now, and what was added to files since those offsets."""
        answer = await self.link.call(
            "look", id=run.id, offsets=dict(offsets or {}), limit_bytes=_LIMIT_BYTES
        )
        seen = _read(answer, Seen, self.target)
        return msgspec.structs.replace(seen, state=await self._queue.state(run, seen.state))

    async def watch(
        self, run: Run, offsets: Mapping[str, int] | None = None, *, every_s: float = 2.0
    ) -> AsyncIterator[Seen]:
        """Look again and again, until the run has ended and all was read."""
        known = {**dict.fromkeys(WATCHED, 0), **(offsets or {})}
        while True:
            seen = await self.look(run, known)
            known = {name: part.offset for name, part in seen.files.items()}
            yield seen
            behind = any(part.text for part in seen.files.values())
            if seen.state.state in ENDED and not behind:
                return
            if not behind:
                await asyncio.sleep(every_s)

    async def wish(self, run: Run, wish: Wish) -> None:
        """Save now, sample now, stop after saving, or end at once."""
        await self._queue.wish(run, wish)

    async def stop(self, run: Run) -> None:
        """Stop after saving."""
        await self.wish(run, "stop")

    async def fetch(
        self,
        run: Run,
        into: Path,
        *,
        only: Sequence[str] = (),
        skip: Sequence[str] = (),
        on_bytes: OnBytes = nothing,
    ) -> Fetched:
        """Bring what the run has made; every file is checked by its SHA-256."""
        return await fetch(self.link, run.id, into, only=only, skip=skip, on_bytes=on_bytes)


@asynccontextmanager
async def connect(target: Target, token: str = "") -> AsyncIterator[Remote]:
    """Connect for the length of the block. Raises `RemoteError`.

    Args:
        token: of an existing Ray cluster.
    """
    if target.kind == "local":
        link = await install(LocalHost(), _own_root(target))
        yield Remote(target, link, Queue(link))
        return
    from engine.remote.ssh import connect_ssh

    host = await connect_ssh(target)
    try:
        link = await install(host, target.folder)
        yield Remote(target, link, _queue(link, target, token))
    finally:
        await host.close()


def _queue(link: Link, target: Target, token: str) -> Queue:
    if target.kind == "slurm":
        from engine.remote.slurm import SlurmQueue

        return SlurmQueue(link, target)
    if target.kind == "ray":
        from engine.remote.ray import RayQueue

        return RayQueue(link, target, token)
    return Queue(link)


def _own_root(target: Target) -> str:
    from platformdirs import user_data_path

    return target.folder or str(user_data_path("pixelsmile", appauthor=False) / "node")


def _read(answer: dict[str, Any], kind: Any, target: Target) -> Any:
    try:
        return msgspec.convert(answer, kind)
    except msgspec.ValidationError as error:
        raise fault("bad_answer", target.name, str(error)) from error


def explain(state: State, target: Target) -> RemoteError | None:
    """Why a run ended, in a sentence; None when there is nothing to explain."""
    if state.state in ("failed", "lost"):
        return fault(state.reason or state.state, target.name)
    return None


__all__ = [
    "WATCHED", "Facts", "Fetched", "Gpu", "Part", "Remote", "Seen", "State", "Wish", "connect",
    "explain",
]  # fmt: skip
