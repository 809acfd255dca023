"""The library's SQLite file: opened, brought up to date, written to, backed up."""

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from engine.library.errors import LibraryError, trouble
from engine.library.migrations import MIGRATIONS, Migration

_BUSY_S = 30.0
_LOOK_AGAIN_S = 0.02
T = TypeVar("T")


class Database:
    """One connection, shared by threads, one transaction at a time.

    A transaction is *durable* unless it says otherwise: when `write` returns, a power cut does not
    undo it. The others survive the end of the process but may be lost with the power; what needs
    nothing more (leases, heartbeats) spares the disk a flush.
    """

    def __init__(
        self,
        path: Path,
        *,
        busy_s: float = _BUSY_S,
        checkpoint_pages: int = 1000,
        migrations: Sequence[Migration] = MIGRATIONS,
    ) -> None:
        """Open the file, make it if need be, and bring its tables up to date.

        Args:
            path: the file; its folder is made.
            busy_s: how long another process's transaction is waited for.
            checkpoint_pages: size of the write-ahead log at which it is written back; 0 for never.
            migrations: all versions' changes, the oldest first.

        Raises `LibraryError`.
        """
        self.path = path
        self._lock = threading.RLock()
        self._depth = 0
        with self._explained():
            _make_folder(path.parent)
            self._connection = sqlite3.connect(
                path, timeout=busy_s, isolation_level=None, check_same_thread=False
            )
        try:
            with self._explained():
                self._connection.row_factory = sqlite3.Row
                _turn_to_wal(self._connection, busy_s)
                self._connection.execute("PRAGMA foreign_keys = ON")
                self._connection.execute(f"PRAGMA wal_autocheckpoint = {checkpoint_pages:d}")
            self._migrate(migrations)
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Close the file; what is committed is in it."""
        with self._lock:
            self._connection.close()

    @contextlib.contextmanager
    def write(self, *, durable: bool = True) -> Generator[sqlite3.Connection, None, None]:
        """A transaction: all of the block or nothing of it; one inside another joins it.

        Raises `LibraryError`; afterwards nothing of the block has happened.
        """
        with self._lock, self._explained():
            if self._depth:
                yield self._connection
                return
            self._connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            finally:
                self._depth -= 1

    def rows(self, query: str, *values: Any) -> list[sqlite3.Row]:
        """All rows of a query; raises `LibraryError`."""
        with self._lock, self._explained():
            return self._connection.execute(query, values).fetchall()

    def row(self, query: str, *values: Any, **named: Any) -> sqlite3.Row | None:
        """The first row of a query with `?` or `:name` in it; raises `LibraryError`."""
        with self._lock, self._explained():
            found: sqlite3.Row | None = self._connection.execute(query, named or values).fetchone()
            return found

    @property
    def version(self) -> int:
        """How many migrations the file has been through."""
        return _number(self._connection, "PRAGMA user_version")

    def checkpoint(self) -> None:
        """Write the log back into the file and empty it, as far as others allow."""
        with self._lock, self._explained():
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def faults(self) -> list[str]:
        """What SQLite's own check of the whole file finds; empty when all is well."""
        found = [str(row[0]) for row in self.rows("PRAGMA integrity_check")]
        return [] if found == ["ok"] else found

    def backup(self, target: Path) -> None:
        """Copy the library as it is now, while it is in use; `target` is whole or as it was.

        Raises `LibraryError`.
        """
        temporary = target.with_name(f".pixelsmile-{os.getpid()}-{os.urandom(6).hex()}.sqlite")
        try:
            with self._explained():
                copy = sqlite3.connect(temporary)
                try:
                    # All in one step: in smaller ones it starts over with every write elsewhere.
                    with self._lock:
                        self._connection.backup(copy)
                finally:
                    copy.close()
                sync(temporary)
                os.replace(temporary, target)
                sync_folder(target.parent)
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)

    def _migrate(self, migrations: Sequence[Migration]) -> None:
        newest = len(migrations)
        with self._explained():
            found = self.version
        if 0 < found < newest:
            self.backup(self.path.with_name(f"{self.path.name}.version-{found}"))
        while found < newest:
            with self.write() as connection:
                found = self.version  # another process may have been quicker
                if found < newest:
                    migrations[found](connection)
                    found += 1
                    connection.execute(f"PRAGMA user_version = {found:d}")
        if found > newest:
            raise LibraryError(
                self.path,
                "newer",
                f"it has version {found} and this program reads up to {newest}",
                "update the program",
            )

    @contextlib.contextmanager
    def _explained(self) -> Generator[None, None, None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise trouble(self.path, error) from error


def _make_folder(folder: Path) -> None:
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for made in missing:
        sync_folder(made.parent)


def _turn_to_wal(connection: sqlite3.Connection, busy_s: float) -> None:
    # Two processes that make the file at one time: this statement does not wait by itself.
    _patiently(lambda: connection.execute("PRAGMA journal_mode = WAL").fetchall(), busy_s)


def _patiently(action: Callable[[], T], patience_s: float) -> T:
    deadline = time.monotonic() + patience_s
    while True:
        try:
            return action()
        except sqlite3.OperationalError as error:
            is_busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not is_busy or time.monotonic() > deadline:
                raise
        time.sleep(_LOOK_AGAIN_S)


def _number(connection: sqlite3.Connection, query: str) -> int:
    return int(connection.execute(query).fetchone()[0])


def in_chunks(items: Sequence[T], size: int = 500) -> Iterator[Sequence[T]]:
    """The items in pieces that fit into the `IN (?, …)` of a query."""
    return (items[at : at + size] for at in range(0, len(items), size))


def sync(path: Path) -> None:
    """Make a file's contents durable; raises OSError."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable, where the system can do that."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
