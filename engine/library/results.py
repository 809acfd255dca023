"""Pictures that are on the disk, by what they are made of.

A picture's key is the hash of all that decides its bytes (`Request.work_key`). A picture of the
same key is not rendered again: it is there, or it is copied.
"""

import json
import os
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.library.database import Database
from engine.library.events import log_event
from engine.library.files import Stamp, copy_durably, output_digest, output_stamp
from engine.library.jobs import Job, holds_lease
from engine.library.owners import boot


@dataclass(frozen=True)
class Result:
    """One picture.

    Attributes:
        output: its file; stem: the path that was asked for, without the suffix.
        key: of the work.
        sha256: of the file.
        details: what is known about it.
    """

    output: Path
    stem: Path
    key: str
    sha256: str
    details: dict[str, Any]


class Results:
    """The pictures that the library knows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(
        self,
        output: Path,
        stem: Path,
        key: str,
        details: dict[str, Any],
        job: Job,
    ) -> Result | None:
        """Note durably that a job's picture is on the disk; raises OSError when it is not.

        None, and nothing noted, when the lease of the job is lost: it is another's to tell.
        """
        found, sha256 = output_stamp(output), output_digest(output)
        with self._database.write() as connection:
            if not holds_lease(connection, job):
                return None
            connection.execute(
                "INSERT OR REPLACE INTO results (output, stem, key, size_bytes, mtime_ns, sha256, "
                "details, boot, written_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    os.fsencode(output),
                    os.fsencode(stem),
                    key,
                    found.size_bytes,
                    found.mtime_ns,
                    sha256,
                    json.dumps(details, ensure_ascii=True),
                    boot(),
                    time.time(),
                ),
            )
            log_event(
                connection,
                "finished",
                batch=job.batch,
                job=job.id,
                source=os.fsencode(job.source),
                output=output,
            )
        return Result(output, stem, key, sha256, details)

    def say(self, result: Result) -> bool:
        """Claim to be the one who says that this picture is finished; False when it was said.

        Who gets True says it at once. Not durable: whether it was said before a power cut is not
        known after it, and then it counts as said, because a picture that is announced twice is
        worse than one that is announced by being there.
        """
        with self._database.write(durable=False) as connection:
            changed = connection.execute(
                "UPDATE results SET is_announced = 1 WHERE output = ? AND NOT is_announced "
                "AND boot = ?",
                (os.fsencode(result.output), boot()),
            ).rowcount
        return bool(changed)

    def unsay(self, result: Result) -> None:
        """Take that back: nobody heard it."""
        with self._database.write(durable=False) as connection:
            connection.execute(
                "UPDATE results SET is_announced = 0 WHERE output = ?",
                (os.fsencode(result.output),),
            )

    def present(self, key: str, stem: Path) -> Result | None:
        """The picture of this work at its place, if it is there and nobody has changed it."""
        query = "SELECT * FROM results WHERE key = ? AND stem = ?"
        rows = self._database.rows(query, key, os.fsencode(stem))
        return next((_result(row) for row in rows if self._is_whole(row)), None)

    def copy(self, key: str, stem: Path) -> tuple[Path, dict[str, Any]] | None:
        """Put a picture of the same work, made for another place, at `stem` and its suffix.

        Returns its path and details, or None when there is none to copy. Raises OSError when it
        cannot be written.
        """
        query = "SELECT * FROM results WHERE key = ? AND stem <> ? ORDER BY written_at DESC"
        for row in self._database.rows(query, key, os.fsencode(stem)):
            made = _result(row)
            if made.details.get("review") or made.output.is_dir():
                continue  # put aside: made anew it is put aside there as well; or many files
            target = stem.with_name(stem.name + made.output.suffix)
            if _has_stamp(made.output, row) and copy_durably(made.output, target, made.sha256):
                return target, made.details
        return None

    def at(self, stem: Path, key: str | None = None) -> Result | None:
        """What was made last for this place, of this work if given, whether it is still there."""
        query = (
            "SELECT * FROM results WHERE stem = ? AND (? IS NULL OR key = ?) "
            "ORDER BY written_at DESC LIMIT 1"
        )
        row = self._database.row(query, os.fsencode(stem), key, key)
        return None if row is None else _result(row)

    def moved(self, result: Result, output: Path) -> None:
        """Note durably where a picture is now; raises OSError when it is not there."""
        found = output_stamp(output)
        with self._database.write() as connection:
            connection.execute("DELETE FROM results WHERE output = ?", (os.fsencode(output),))
            connection.execute(
                "UPDATE results SET output = ?, mtime_ns = ? WHERE output = ?",
                (os.fsencode(output), found.mtime_ns, os.fsencode(result.output)),
            )

    def prune(self) -> int:
        """Forget the pictures that are no longer there; returns how many."""
        rows = self._database.rows("SELECT output FROM results")
        gone = [(row["output"],) for row in rows if not Path(os.fsdecode(row["output"])).exists()]
        with self._database.write() as connection:
            connection.executemany("DELETE FROM results WHERE output = ?", gone)
        return len(gone)

    def _is_whole(self, row: sqlite3.Row) -> bool:
        path = Path(os.fsdecode(row["output"]))
        if _has_stamp(path, row):
            return True
        try:
            found = output_stamp(path)
            if found.size_bytes != row["size_bytes"] or output_digest(path) != row["sha256"]:
                return False
        except OSError:
            return False
        with self._database.write(durable=False) as connection:
            connection.execute(
                "UPDATE results SET mtime_ns = ? WHERE output = ?", (found.mtime_ns, row["output"])
            )
        return True


def _has_stamp(path: Path, row: sqlite3.Row) -> bool:
    try:
        return output_stamp(path) == Stamp(row["size_bytes"], row["mtime_ns"])
    except OSError:
        return False


def _result(row: sqlite3.Row) -> Result:
    return Result(
        output=Path(os.fsdecode(row["output"])),
        stem=Path(os.fsdecode(row["stem"])),
        key=row["key"],
        sha256=row["sha256"],
        details=json.loads(row["details"]),
    )
