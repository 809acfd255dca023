"""The log of what happened, for front ends that follow it."""

import os
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

from engine.library.database import Database

KEPT = 100_000
"""How many events `trim` leaves."""


@dataclass(frozen=True)
class LibraryEvent:
    """One thing that happened.

    Attributes:
        id: grows with every event; follow the log by the last one seen.
        at: seconds since 1970.
        kind: `queued`, `started`, `finished` (one picture), `done` (the job), `failed`,
            `cancelled`, `needs_review`, `moved`, `paused`, `resumed`, `cleared`.
        batch, job: what it concerns; None for the whole queue.
        source: the photo; output: the picture, or None.
        reason: why, where there is something to say.
    """

    id: int
    at: float
    kind: str
    batch: int | None
    job: int | None
    source: Path | None
    output: Path | None
    reason: str


class Events:
    """Read access to the log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def after(self, last: int = 0, limit: int = 1000) -> list[LibraryEvent]:
        """The events since the one numbered `last`, the oldest first, at most `limit`."""
        query = "SELECT * FROM events WHERE id > ? ORDER BY id LIMIT ?"
        return [_event(row) for row in self._database.rows(query, last, limit)]

    def newest(self) -> int:
        """The number of the last event; 0 when there is none yet."""
        row = self._database.row("SELECT max(id) FROM events")
        return int(row[0] or 0) if row is not None else 0

    def trim(self, kept: int = KEPT) -> None:
        """Forget all but the last `kept` events."""
        with self._database.write(durable=False) as connection:
            connection.execute("DELETE FROM events WHERE id <= ?", (self.newest() - kept,))


def log_event(
    connection: sqlite3.Connection,
    kind: str,
    *,
    batch: int | None = None,
    job: int | None = None,
    source: bytes | None = None,
    output: Path | None = None,
    reason: str = "",
) -> None:
    """Add an event to the transaction that makes it true."""
    path = None if output is None else os.fsencode(output)
    connection.execute(
        "INSERT INTO events (at, kind, batch, job, source, output, reason) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (time.time(), kind, batch, job, source, path, reason),
    )


def _event(row: sqlite3.Row) -> LibraryEvent:
    source, output = row["source"], row["output"]
    return LibraryEvent(
        id=row["id"],
        at=row["at"],
        kind=row["kind"],
        batch=row["batch"],
        job=row["job"],
        source=None if source is None else Path(os.fsdecode(source)),
        output=None if output is None else Path(os.fsdecode(output)),
        reason=row["reason"],
    )
