"""What can be wrong with the library, each a sentence for the user."""

import errno
import os
import sqlite3
from pathlib import Path


class LibraryError(Exception):
    """The library cannot be used.

    Attributes:
        path: its file.
        code: stable: `no_space`, `not_writable`, `damaged`, `newer`, `busy` or `failed`.
        reason: what happened, without a full stop.
        remedy: what the user can do, without a full stop.
    """

    def __init__(self, path: Path, code: str, reason: str, remedy: str) -> None:
        super().__init__(path, code, reason, remedy)
        self.path = path
        self.code = code
        self.reason = reason
        self.remedy = remedy

    def __str__(self) -> str:
        shown = "".join(c if c.isprintable() else "�" for c in str(self.path))
        return f"the library {shown} cannot be used: {self.reason}; {self.remedy}"


_ROOM = ("no_space", "the disk it lies on is full", "make room and give the same command again")
_ACCESS = (
    "not_writable",
    "it cannot be opened for writing",
    "change its permissions, or name another file in PIXELSMILE_LIBRARY",
)
_DAMAGE = (
    "damaged",
    "it is damaged or no library",
    "move it away, or put a backup in its place; photos and pictures are not affected",
)
_BUSY = ("busy", "another program holds it", "try again when that has ended")

# By the primary codes, which are the lowest byte of the extended ones.
_TROUBLES = {
    sqlite3.SQLITE_FULL: _ROOM,
    sqlite3.SQLITE_READONLY: _ACCESS,
    sqlite3.SQLITE_CANTOPEN: _ACCESS,
    sqlite3.SQLITE_PERM: _ACCESS,
    sqlite3.SQLITE_AUTH: _ACCESS,
    sqlite3.SQLITE_CORRUPT: _DAMAGE,
    sqlite3.SQLITE_NOTADB: _DAMAGE,
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
}

# What a full disk or a used-up quota looks like from inside SQLite when it is no plain ENOSPC.
_NO_ROOM_TO_GROW = {sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE}


def trouble(path: Path, error: sqlite3.Error | OSError) -> LibraryError:
    """What SQLite or the system said, as a sentence for the user."""
    if isinstance(error, OSError):
        if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
            return LibraryError(path, *_ROOM)
        code, _, remedy = _ACCESS
        return LibraryError(path, code, os.strerror(error.errno or errno.EIO).lower(), remedy)
    number = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    if number in _NO_ROOM_TO_GROW:
        return LibraryError(path, *_ROOM)
    failed = ("failed", str(error), "try again; if it happens again, report it")
    return LibraryError(path, *_TROUBLES.get(number & 0xFF, failed))
