"""Files to a node and back: by their SHA-256, resumable, never twice."""

import asyncio
import hashlib
import os
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import msgspec

from engine.remote.digests import digests_of
from engine.remote.errors import RemoteError, fault
from engine.remote.link import CHUNK_BYTES, Link, OnBytes, Sending

MOST_AT_ONCE = 20_000  # files a call
_ATTEMPTS = 3
_RESERVED = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{port}{n}" for port in ("com", "lpt") for n in range(10)),
}


@dataclass(frozen=True)
class Pushed:
    """What lies on the node now.

    Attributes:
        files: path there → SHA-256.
        sent_bytes: what had to be sent; 0 when all was there.
    """

    files: Mapping[str, str]
    sent_bytes: int

    @property
    def name(self) -> str:
        """Names the tree by what is in it."""
        rows = sorted(self.files.items())
        return hashlib.sha256(msgspec.json.encode(rows)).hexdigest()[:32]


@dataclass(frozen=True)
class Fetched:
    """What lies here now: the files in order, and how many bytes had to come."""

    files: Sequence[Path]
    received_bytes: int


def nothing(done: int, total: int) -> None:
    """Progress that nobody wants to hear of."""


async def push(
    link: Link, files: Mapping[str, Path], on_bytes: OnBytes = nothing, cache: Path | None = None
) -> Pushed:
    """Bring files to the node, by the paths that they shall have there.

    Raises `RemoteError`; what has arrived stays and is not sent again.
    """
    for path in files:
        if not _is_text(path):
            raise RemoteError("bad_name", f"the name of {path!a} is no text", "rename the file")
    try:
        known = await asyncio.to_thread(lambda: list(digests_of(files.values(), cache)))
    except OSError as error:
        raise fault("changed_while_read", link.host.name, str(error)) from error
    by_digest = {
        sha256: (path, size) for path, (sha256, size) in zip(files.values(), known, strict=True)
    }
    sent = 0
    for _ in range(_ATTEMPTS):
        missing: list[Sending] = []
        free_bytes = 0
        wanted = [(sha256, size) for sha256, (_, size) in by_digest.items()]
        for start in range(0, len(wanted), MOST_AT_ONCE):
            part = wanted[start : start + MOST_AT_ONCE]
            answer = await link.call("missing", files=part)
            free_bytes = answer["free_bytes"]
            missing += [
                Sending(*_place(by_digest, sha256), arrived)
                for sha256, arrived in answer["missing"]
            ]
        if not missing:
            paths = {path: sha256 for path, (sha256, _) in zip(files, known, strict=True)}
            return Pushed(paths, sent)
        left = sum(one.size_bytes - one.offset for one in missing)
        if left > free_bytes:
            raise fault("disk_full", link.host.name)
        await link.put(missing, on_bytes)
        sent += left
    raise fault("changed_while_read", link.host.name)


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _place(by_digest: Mapping[str, tuple[Path, int]], sha256: str) -> tuple[Path, str, int]:
    path, size = by_digest[sha256]
    return path, sha256, size


async def lay_out(link: Link, pushed: Pushed) -> str:
    """The folder on the node in which the files have their names."""
    answer = await link.call("tree", name=pushed.name, files=sorted(pushed.files.items()))
    return str(answer["path"])


def files_under(folder: Path, prefix: str = "") -> dict[str, Path]:
    """The regular files of a folder by their paths in it; nothing hidden, no links to folders."""
    found: dict[str, Path] = {}
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(
            one for one in folders if not one.startswith(".") and one != "__pycache__"
        )
        for name in sorted(names):
            path = Path(parent, name)
            if not name.startswith(".") and path.is_file():
                found[prefix + path.relative_to(folder).as_posix()] = path
    return found


def safe_path(folder: Path, text: str, node: str) -> Path:
    """Where a file that a node names belongs. Raises `RemoteError` (`bad_path`).

    Nothing absolute, nothing that climbs, nothing that a system gives a meaning to, and no link
    on the way that leads out of the folder.
    """
    parts = text.split("/")
    climbs = any(part in ("", ".", "..") for part in parts)  # "/x" begins with an empty one
    if climbs or "\0" in text or (os.name == "nt" and any(map(_means_something, parts))):
        raise fault("bad_path", node, repr(text[:200]))
    path = folder.joinpath(*parts)
    inside = folder.resolve()
    if inside not in path.parent.resolve().parents and path.parent.resolve() != inside:
        raise fault("bad_path", node, repr(text[:200]))
    return path


def _means_something(part: str) -> bool:
    """Whether Windows takes a name for more than a name."""
    return (
        any(one in '\\:*?"<>|' or ord(one) < 32 for one in part)
        or part.split(".")[0].lower() in _RESERVED
        or part.endswith((" ", "."))
    )


async def fetch(
    link: Link,
    run: str,
    into: Path,
    *,
    only: Sequence[str] = (),
    skip: Sequence[str] = (),
    on_bytes: OnBytes = nothing,
) -> Fetched:
    """Bring what a run has made, and check every byte.

    Args:
        only: patterns of paths; all unless given.
        skip: folders in it that stay there.

    Raises `RemoteError`; what is whole stays and does not come again.
    """
    node = link.host.name
    received = 0
    files: list[Path] = []
    for _ in range(_ATTEMPTS):
        answer = await link.call("listing", id=run, skip=list(skip), digests=True)
        rows = msgspec.convert(answer["files"], list[tuple[str, int, str]])
        wanted = [row for row in rows if not only or any(fnmatch(row[0], one) for one in only)]
        places = [safe_path(into, path, node) for path, _, _ in wanted]
        files = sorted(places)
        missing = [
            (path, size, sha256, place)
            for (path, size, sha256), place in zip(wanted, places, strict=True)
            if not await asyncio.to_thread(_is_whole, place, size, sha256)
        ]
        if not missing:
            return Fetched(files, received)
        received += await _receive(link, run, missing, on_bytes)
    raise fault("damaged", node)


_Missing = tuple[str, int, str, Path]


async def _receive(link: Link, run: str, missing: Sequence[_Missing], on_bytes: OnBytes) -> int:
    """Take files off one stream; those that come out wrong are taken away again."""
    partials = [_partial(place, sha256) for _, _, sha256, place in missing]
    for partial in partials:
        partial.parent.mkdir(parents=True, exist_ok=True)
    offsets = [_arrived(one, row[1]) for one, row in zip(partials, missing, strict=True)]
    total = sum(size for _, size, _, _ in missing)
    done = sum(offsets)
    asked = [(row[0], offset, row[1]) for row, offset in zip(missing, offsets, strict=True)]
    rest = memoryview(b"")  # parts of it are taken without copying the others
    received = 0
    async with aclosing(link.get(run, asked)) as stream:
        for row, partial, offset in zip(missing, partials, offsets, strict=True):
            _, size, sha256, place = row
            left = size - offset
            with partial.open("ab") as file:
                while left:
                    if not rest:
                        rest = memoryview(await anext(stream, b""))
                        if not rest:
                            return received  # cut, or shorter than it was; the next look will tell
                    taken, rest = rest[:left], rest[left:]
                    file.write(taken)
                    left -= len(taken)
                    received += len(taken)
                    done += len(taken)
                    on_bytes(done, total)
                if size >= CHUNK_BYTES:  # smaller ones are checked at the next fetch
                    file.flush()
                    os.fsync(file.fileno())
            if await asyncio.to_thread(_is_whole, partial, size, sha256):
                os.replace(partial, place)
            else:
                partial.unlink()
    return received


def _partial(place: Path, sha256: str) -> Path:
    return place.with_name(f".{sha256[:24]}.partial")


def _arrived(partial: Path, size: int) -> int:
    try:
        arrived = partial.stat().st_size
    except OSError:
        return 0
    if arrived > size:
        partial.unlink()
        return 0
    return arrived


def _is_whole(path: Path, size: int, sha256: str) -> bool:
    try:
        if path.is_symlink() or path.stat().st_size != size:
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except OSError:
        return False
