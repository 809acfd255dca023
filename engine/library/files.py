"""Files as the library knows them: what they hold, and whether they have changed since."""

import contextlib
import hashlib
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
