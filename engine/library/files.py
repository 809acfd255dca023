"""Files as the library knows them: what they hold, and whether they have changed since."""

import contextlib
import hashlib
import itertools
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from engine.library.database import sync_folder

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Stamp:
    """Size and time of the last change: cheap to compare, and enough for files at rest."""

    size_bytes: int
    mtime_ns: int


def stamp(path: Path) -> Stamp:
    """The stamp of a regular file; raises OSError for anything else."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise OSError(f"{path} is no regular file")
    return Stamp(status.st_size, status.st_mtime_ns)


def digest(path: Path) -> str:
    """SHA-256 of a regular file's contents in hexadecimal; raises OSError."""
    stamp(path)  # a pipe would be waited for
    with path.open("rb", buffering=0) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def output_stamp(path: Path) -> Stamp:
    """The same for an output, which may also be a folder of frames; raises OSError."""
    if not path.is_dir():
        return stamp(path)
    stamps = [stamp(one) for one in _inside(path)]
    newest = max((one.mtime_ns for one in stamps), default=0)
    return Stamp(sum(one.size_bytes for one in stamps), newest)


def output_digest(path: Path) -> str:
    """SHA-256 of an output; of a folder, that of its files' names and contents. Raises OSError."""
    if not path.is_dir():
        return digest(path)
    found = hashlib.sha256()
    for one in _inside(path):
        found.update(os.fsencode(one.name) + b"\0" + digest(one).encode())
    return found.hexdigest()


def move_durably(source: Path, folder: Path) -> Path:
    """Move a file, or folder, into another folder of the same disk; returns where it is then.

    What is there already is never written over: then a number is added to the name. Raises OSError.
    """
    for number in itertools.count(1):
        tail = "" if number == 1 else f"-{number}"
        target = folder / f"{source.stem}{tail}{source.suffix}"
        if _moved(source, target):
            sync_folder(folder)
            sync_folder(source.parent)
            return target
    raise AssertionError("numbers do not end")


def _moved(source: Path, target: Path) -> bool:
    """Move to a name that nothing has; False when something has it."""
    if source.is_dir():
        if os.path.lexists(target):
            return False
        os.rename(source, target)
        return True
    try:
        # A rename would take the place of a file that came a moment ago.
        os.link(source, target)
    except FileExistsError:
        return False
    except OSError:
        return _renamed(source, target)  # a disk without links, such as a memory card
    os.unlink(source)
    return True


def _renamed(source: Path, target: Path) -> bool:
    try:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    except FileExistsError:
        return False
    os.replace(source, target)
    return True


def _inside(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def copy_durably(source: Path, target: Path, expected: str) -> bool:
    """Copy a file so that `target` is whole and on the disk, or as it was.

    Returns False, and leaves `target`, when the source's SHA-256 is not `expected`. Raises OSError.
    """
    found = hashlib.sha256()
    temporary = target.with_name(f".pixelsmile-{os.getpid()}-{os.urandom(6).hex()}{target.suffix}")
    try:
        with source.open("rb") as reading, temporary.open("xb") as writing:
            while chunk := reading.read(_CHUNK_BYTES):
                found.update(chunk)
                writing.write(chunk)
            writing.flush()
            os.fsync(writing.fileno())
        if found.hexdigest() != expected:
            return False
        os.replace(temporary, target)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    sync_folder(target.parent)
    return True
