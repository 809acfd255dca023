"""The durable queue: batches of jobs, one job a photo, leased to whoever works on it.

A job is `queued`, `running` (leased), `finished`, `failed`, `cancelled` or `needs_review`: set
aside until somebody looks at it. A lease ends when its time is over or its process is gone; the job
is then queued as it was. Whoever has lost its lease can no longer say how the job ended.
"""

import hashlib
import json
import os
import secrets
import sqlite3
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.library.database import Database
from engine.library.events import log_event
from engine.library.owners import Owner
from engine.library.requests import Request, paths_from, paths_text, request_from, request_text

State = Literal["queued", "running", "finished", "failed", "cancelled", "needs_review"]
ENDED: tuple[State, ...] = ("finished", "failed", "cancelled", "needs_review")

LEASE_S = 60.0
MAX_CRASHES = 2
"""How often a photo may take its worker down before it is set aside."""

_PAUSED = "paused"
_PAUSE_QUERY = "SELECT 1 FROM settings WHERE name = ?"
_NEXT = """
    SELECT jobs.id FROM jobs JOIN batches ON batches.id = jobs.batch
    WHERE jobs.state = 'queued' AND NOT batches.is_paused
    AND (:batch IS NULL OR jobs.batch = :batch)
    AND (:generative OR NOT batches.is_generative)
    AND jobs.id NOT IN (SELECT value FROM json_each(:excluded))
    AND NOT EXISTS (SELECT 1 FROM jobs AS other WHERE other.id = jobs.waits_for
        AND other.state = 'running')
    ORDER BY jobs.priority DESC, jobs.position LIMIT 1
"""
_HOLDS = "SELECT 1 FROM jobs WHERE id = ? AND lease = ? AND state = 'running'"
_NO_LEASE = (
    "lease = NULL, owner_host = NULL, owner_pid = NULL, owner_start = NULL, lease_until = NULL, "
    "work = NULL, waits_for = NULL"
)


@dataclass(frozen=True)
class Batch:
    """Photos that are to get the same pictures.

    Attributes:
        folder: where the photos come from; target: where the pictures go.
    """

    id: int
    folder: Path
    target: Path
    request: Request
    is_paused: bool


@dataclass(frozen=True)
class Job:
    """One photo of a batch.

    Attributes:
        outputs: its pictures' paths without suffix, one per entry of the batch's request; None for
            one that shall not be made.
        priority: higher ones are done first; position: among equals, lower ones are.
        crashes: how often it took a worker down.
        code, reason: why it failed or was set aside.
        lease: proof that it is ours; empty unless it was leased by this call.
    """

    id: int
    batch: int
    source: Path
    outputs: tuple[Path | None, ...]
    state: State
    priority: int
    position: int
    crashes: int
    code: str
    reason: str
    lease: str

    @property
    def places(self) -> list[Path]:
        """The paths of the pictures that are to be made."""
        return [output for output in self.outputs if output is not None]


@dataclass(frozen=True)
class Plan:
    """A photo that a batch shall have a job for; `is_done` when all its pictures are there."""

    source: Path
    outputs: tuple[Path | None, ...]
    is_done: bool = False


class Jobs:
    """The queue. Every change is durable when the call returns, except leases and their renewal."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # ---- what is to be done ---------------------------------------------------------------------

    def open_batch(self, folder: Path, target: Path, request: Request) -> Batch:
        """The batch of these folders and this request, made when it is new."""
        text = request_text(request)
        parts = (os.fsencode(folder), os.fsencode(target), text.encode())
        key = hashlib.sha256(b"\0".join(parts)).hexdigest()
        with self._database.write() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO batches "
                "(key, folder, target, request, is_generative, created_at) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (key, parts[0], parts[1], text, int(request.is_generative), time.time()),
            )
            row = connection.execute("SELECT * FROM batches WHERE key = ?", (key,)).fetchone()
        return _batch(row)

    def batches(self) -> list[Batch]:
        """All batches, the oldest first."""
        return [_batch(row) for row in self._database.rows("SELECT * FROM batches ORDER BY id")]

    def batch(self, number: int) -> Batch:
        """One batch; raises KeyError."""
        row = self._database.row("SELECT * FROM batches WHERE id = ?", number)
        if row is None:
            raise KeyError(number)
        return _batch(row)

    def of_photo(self, batch: int, source: Path) -> Job | None:
        """The job that a batch has for a photo."""
        query = "SELECT * FROM jobs WHERE batch = ? AND source = ?"
        row = self._database.row(query, batch, os.fsencode(source))
        return None if row is None else _job(row)

    def queue(self, batch: int, plan: Plan) -> Job:
        """Queue one photo at the end, also when its job was cancelled or failed.

        What is queued, running or set aside stays so; `is_done` makes it finished.
        """
        with self._database.write() as connection:
            end = _last_position(connection) + 1
            job = self.of_photo(batch, plan.source)
            if job is None:
                _insert(connection, batch, plan, end)
            elif job.state in ("finished", "failed", "cancelled"):
                connection.execute(
                    "UPDATE jobs SET outputs = ?, state = ?, position = ?, crashes = 0, code = '', "
                    "reason = '', changed_at = ? WHERE id = ?",
                    (
                        paths_text(plan.outputs),
                        "finished" if plan.is_done else "queued",
                        job.position if plan.is_done else end,
                        time.time(),
                        job.id,
                    ),
                )
                _log(connection, "done" if plan.is_done else "queued", job)
            queued = self.of_photo(batch, plan.source)
            assert queued is not None, "it was just put there"
            return queued

    def plan(self, batch: int, plans: Iterable[Plan], *, drop_others: bool = False) -> list[Job]:
        """Queue what is not done yet; returns the batch's jobs in the order of the queue.

        A new photo is put at the end; so is one that failed, which is tried anew, and one whose
        pictures are no longer there. What is queued, running, cancelled or set aside stays so.
        `drop_others`: jobs of photos that are not among the plans, and not running, are forgotten.
        """
        with self._database.write() as connection:
            known = {row["source"]: row for row in _of_batch(connection, batch)}
            end = _last_position(connection)
            for plan in plans:
                row = known.pop(os.fsencode(plan.source), None)
                end += 1
                if row is None:
                    _insert(connection, batch, plan, end)
                else:
                    _refresh(connection, row, plan, end)
            if drop_others:
                left = [(row["id"],) for row in known.values() if row["state"] != "running"]
                connection.executemany("DELETE FROM jobs WHERE id = ?", left)
                if left:
                    log_event(connection, "cleared", batch=batch)
            return [_job(row) for row in _of_batch(connection, batch)]

    # ---- who does it ----------------------------------------------------------------------------

    def lease(
        self,
        owner: Owner,
        *,
        batch: int | None = None,
        seconds: float = LEASE_S,
        excluded: Collection[int] = (),
        generative: bool = True,
    ) -> Job | None:
        """Take the next job; None when there is none, or everything left is paused or waits.

        Args:
            batch: of which; None for any.
            seconds: how long it is ours unless `renew` is called.
            excluded: numbers of jobs that are not wanted.
            generative: whether those of a generative editor are.
        """
        now = time.time()
        values = {
            "lease": secrets.token_hex(8),
            "host": owner.host,
            "pid": owner.pid,
            "start": owner.start,
            "until": now + seconds,
            "now": now,
            "batch": batch,
            "excluded": json.dumps(list(excluded)),
            "generative": int(generative),
        }
        # Looked for first: those who wait for work must not hold up those who write.
        if self.is_paused() or self._database.row(_NEXT, **values) is None:
            return None
        with self._database.write(durable=False) as connection:
            row = connection.execute(
                "UPDATE jobs SET state = 'running', lease = :lease, owner_host = :host, "
                "owner_pid = :pid, owner_start = :start, lease_until = :until, work = NULL, "
                f"waits_for = NULL, changed_at = :now WHERE id = ({_NEXT}) RETURNING *",
                values,
            ).fetchone()
        return None if row is None else _job(row)

    def claim(self, job: Job, work: str) -> bool:
        """Say what a leased job is going to render; False when another is at the very same.

        The job then waits in the queue until that one has ended, and finds its pictures.
        """
        with self._database.write(durable=False) as connection:
            other = connection.execute(
                "SELECT id FROM jobs WHERE state = 'running' AND work = ? AND id <> ?",
                (work, job.id),
            ).fetchone()
            if other is None:
                connection.execute(
                    "UPDATE jobs SET work = ? WHERE id = ? AND lease = ?", (work, job.id, job.lease)
                )
                return True
            _release(connection, job)
            connection.execute("UPDATE jobs SET waits_for = ? WHERE id = ?", (other[0], job.id))
            return False

    def start(self, job: Job) -> None:
        """Log that the work on a job begins."""
        with self._database.write(durable=False) as connection:
            _log(connection, "started", job)

    def renew(self, owner: Owner, seconds: float = LEASE_S) -> None:
        """Keep all of this process's leases for so long from now on."""
        with self._database.write(durable=False) as connection:
            connection.execute(
                "UPDATE jobs SET lease_until = ? WHERE state = 'running' AND "
                "(owner_host, owner_pid, owner_start) = (?, ?, ?)",
                (time.time() + seconds, owner.host, owner.pid, owner.start),
            )

    def reclaim(self) -> int:
        """Queue the jobs whose lease is over or whose process is gone; returns how many."""
        query = (
            "SELECT DISTINCT owner_host, owner_pid, owner_start FROM jobs WHERE state = 'running'"
        )
        found = [Owner(row[0], row[1], row[2]) for row in self._database.rows(query)]
        gone = [(one.host, one.pid, one.start) for one in found if one.is_gone]
        with self._database.write(durable=False) as connection:
            back = f"UPDATE jobs SET state = 'queued', {_NO_LEASE} WHERE state = 'running' AND "
            number = connection.execute(f"{back} lease_until < ?", (time.time(),)).rowcount
            for one in gone:
                number += connection.execute(
                    f"{back} (owner_host, owner_pid, owner_start) = (?, ?, ?)", one
                ).rowcount
        return number

    def is_ours(self, job: Job) -> bool:
        """Whether the lease still holds: the job was neither cancelled nor given to another."""
        return self._database.row(_HOLDS, job.id, job.lease) is not None

    # ---- how it ended ---------------------------------------------------------------------------

    def finish(self, job: Job) -> bool:
        """The job is done; False when its lease is lost.

        Not durable by itself: its results are, and they are what the next run goes by.
        """
        with self._database.write(durable=False) as connection:
            return _end(connection, job, "finished")

    def fail(self, job: Job, code: str, reason: str) -> bool:
        """The job failed; False when its lease is lost."""
        with self._database.write() as connection:
            return _end(connection, job, "failed", code, reason)

    def set_aside(self, job: Job, code: str, reason: str) -> bool:
        """The job waits for somebody to look at it; False when its lease is lost."""
        with self._database.write() as connection:
            return _end(connection, job, "needs_review", code, reason)

    def give_back(self, job: Job) -> None:
        """Queue a leased job as it was."""
        with self._database.write(durable=False) as connection:
            _release(connection, job)

    def blame(
        self, job: Job, code: str, reason: str, then: Literal["failed", "needs_review"]
    ) -> State:
        """The job took its worker down: queued at the end, or `then` when it did so before.

        Returns its state now; `cancelled` when the lease is lost.
        """
        with self._database.write() as connection:
            row = connection.execute(
                "UPDATE jobs SET crashes = crashes + 1 WHERE id = ? AND lease = ? RETURNING *",
                (job.id, job.lease),
            ).fetchone()
            if row is None:
                return "cancelled"
            if row["crashes"] >= MAX_CRASHES:
                _end(connection, job, then, code, reason)
                return then
            _release(connection, job)
            connection.execute(
                "UPDATE jobs SET position = ? WHERE id = ?",
                (_last_position(connection) + 1, job.id),
            )
            return "queued"

    # ---- what people say ------------------------------------------------------------------------

    def cancel(self, numbers: Iterable[int]) -> list[int]:
        """Cancel jobs that have not ended; returns which. Who works on one finds out soon."""
        return self._turn(numbers, ("queued", "running"), "cancelled")

    def retry(self, numbers: Iterable[int]) -> list[int]:
        """Queue jobs anew that failed, were set aside or cancelled; returns which."""
        return self._turn(numbers, ("failed", "needs_review", "cancelled"), "queued")

    def retry_failed(self, batch: int | None = None) -> list[int]:
        """Queue all anew that failed or were set aside; returns which."""
        jobs = self.all(batch)
        return self.retry(job.id for job in jobs if job.state in ("failed", "needs_review"))

    def prune(self, states: Collection[State] = ENDED, batch: int | None = None) -> int:
        """Forget jobs that have ended so, and batches that are empty then; returns how many jobs.

        Pictures stay, and what is known about them: they are not rendered again.
        """
        wanted = json.dumps([state for state in states if state in ENDED])
        with self._database.write() as connection:
            number = connection.execute(
                "DELETE FROM jobs WHERE state IN (SELECT value FROM json_each(?)) "
                "AND (? IS NULL OR batch = ?)",
                (wanted, batch, batch),
            ).rowcount
            connection.execute("DELETE FROM batches WHERE id NOT IN (SELECT batch FROM jobs)")
            if number:
                log_event(connection, "cleared", batch=batch)
        return number

    def move(self, number: int, *, before: int | None = None) -> None:
        """Put a job before another of the same priority, or at the end of the queue.

        Raises KeyError when either does not exist.
        """
        with self._database.write() as connection:
            job = _named(connection, number)
            place = _last_position(connection) + 1
            if before is not None:
                place = _named(connection, before).position
                connection.execute(
                    "UPDATE jobs SET position = position + 1 WHERE position >= ?", (place,)
                )
            connection.execute("UPDATE jobs SET position = ? WHERE id = ?", (place, number))
            _log(connection, "moved", job)

    def move_first(self, number: int) -> None:
        """Put a job before all others of the same priority; raises KeyError."""
        first = self._database.row("SELECT id FROM jobs ORDER BY position LIMIT 1")
        self.move(number, before=number if first is None else first["id"])

    def prioritize(self, number: int, priority: int) -> None:
        """Have a job done before all of lower priority; 0 is usual. Raises KeyError."""
        with self._database.write() as connection:
            job = _named(connection, number)
            connection.execute("UPDATE jobs SET priority = ? WHERE id = ?", (priority, number))
            _log(connection, "moved", job)

    def pause(self, batch: int | None = None) -> None:
        """Start no more jobs of a batch, or none at all; what runs goes on. Raises KeyError."""
        self._set_pause(batch, 1)

    def resume(self, batch: int | None = None) -> None:
        """Take up a batch again, or the whole queue with all its batches. Raises KeyError."""
        self._set_pause(batch, 0)

    def is_paused(self, batch: int | None = None) -> bool:
        """Whether the queue, or this batch, is paused."""
        row = self._database.row("SELECT is_paused FROM batches WHERE id = ?", batch)
        is_batch = row is not None and bool(row["is_paused"])
        return is_batch or self._database.row(_PAUSE_QUERY, _PAUSED) is not None

    # ---- what there is --------------------------------------------------------------------------

    def are_over(self, batch: int | None, excluded: Collection[int] = ()) -> bool:
        """Whether all jobs, of a batch if given, have ended, but for those that are excluded."""
        query = (
            "SELECT 1 FROM jobs WHERE (? IS NULL OR batch = ?) AND state IN ('queued', 'running') "
            "AND id NOT IN (SELECT value FROM json_each(?)) LIMIT 1"
        )
        return self._database.row(query, batch, batch, json.dumps(list(excluded))) is None

    def open_numbers(self) -> set[int]:
        """The numbers of all jobs that are queued or running."""
        rows = self._database.rows("SELECT id FROM jobs WHERE state IN ('queued', 'running')")
        return {row["id"] for row in rows}

    def order(self) -> list[int]:
        """The numbers of all jobs in the order in which they are done."""
        query = "SELECT id FROM jobs ORDER BY priority DESC, position, id"
        return [row["id"] for row in self._database.rows(query)]

    def some(self, numbers: Iterable[int]) -> list[Job]:
        """The jobs of these numbers that are there, in the order in which they are done."""
        query = (
            "SELECT * FROM jobs WHERE id IN (SELECT value FROM json_each(?)) "
            "ORDER BY priority DESC, position, id"
        )
        return [_job(row) for row in self._database.rows(query, json.dumps(list(numbers)))]

    def all(self, batch: int | None = None) -> list[Job]:
        """The jobs in the order in which they are done."""
        query = (
            "SELECT * FROM jobs WHERE ? IS NULL OR batch = ? ORDER BY priority DESC, position, id"
        )
        return [_job(row) for row in self._database.rows(query, batch, batch)]

    def get(self, number: int) -> Job:
        """One job; raises KeyError."""
        row = self._database.row("SELECT * FROM jobs WHERE id = ?", number)
        if row is None:
            raise KeyError(number)
        return _job(row)

    def _turn(self, numbers: Iterable[int], states: Sequence[State], to: State) -> list[int]:
        """Bring those of the jobs that are in one of the states into another."""
        wanted, allowed = json.dumps(list(numbers)), json.dumps(states)
        with self._database.write() as connection:
            rows = connection.execute(
                f"UPDATE jobs SET state = ?, crashes = 0, code = '', reason = '', changed_at = ?, "
                f"{_NO_LEASE} WHERE id IN (SELECT value FROM json_each(?)) "
                f"AND state IN (SELECT value FROM json_each(?)) RETURNING *",
                (to, time.time(), wanted, allowed),
            ).fetchall()
            for row in rows:
                _log(connection, to, _job(row))
        return sorted(row["id"] for row in rows)

    def _set_pause(self, batch: int | None, is_paused: int) -> None:
        kind = "paused" if is_paused else "resumed"
        with self._database.write() as connection:
            if batch is not None:
                changed = connection.execute(
                    "UPDATE batches SET is_paused = ? WHERE id = ?", (is_paused, batch)
                ).rowcount
                if not changed:
                    raise KeyError(batch)
            elif is_paused:
                connection.execute(
                    "INSERT OR REPLACE INTO settings (name, value) VALUES (?, '1')", (_PAUSED,)
                )
            else:
                connection.execute("DELETE FROM settings WHERE name = ?", (_PAUSED,))
                connection.execute("UPDATE batches SET is_paused = 0")
            log_event(connection, kind, batch=batch)


def holds_lease(connection: sqlite3.Connection, job: Job) -> bool:
    """Whether the job is still ours, inside a transaction that depends on it."""
    return connection.execute(_HOLDS, (job.id, job.lease)).fetchone() is not None


def _of_batch(connection: sqlite3.Connection, batch: int) -> list[sqlite3.Row]:
    query = "SELECT * FROM jobs WHERE batch = ? ORDER BY priority DESC, position, id"
    return connection.execute(query, (batch,)).fetchall()


def _last_position(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT coalesce(max(position), 0) FROM jobs").fetchone()[0])


def _named(connection: sqlite3.Connection, number: int) -> Job:
    row = connection.execute("SELECT * FROM jobs WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise KeyError(number)
    return _job(row)


def _insert(connection: sqlite3.Connection, batch: int, plan: Plan, position: int) -> None:
    state: State = "finished" if plan.is_done else "queued"
    row = connection.execute(
        "INSERT INTO jobs (batch, source, outputs, state, position, changed_at) "
        "VALUES (?, ?, ?, ?, ?, ?) RETURNING *",
        (
            batch,
            os.fsencode(plan.source),
            paths_text(plan.outputs),
            state,
            position,
            time.time(),
        ),
    ).fetchone()
    _log(connection, "queued" if state == "queued" else "done", _job(row))


def _refresh(connection: sqlite3.Connection, row: sqlite3.Row, plan: Plan, end: int) -> None:
    """Bring the job of an earlier call up to date."""
    job = _job(row)
    if job.state in ("running", "cancelled", "needs_review"):
        return
    state: State = "finished" if plan.is_done else "queued"
    is_new = state == "queued" and job.state != "queued"
    connection.execute(
        "UPDATE jobs SET outputs = ?, state = ?, position = ?, crashes = ?, code = '', reason = '' "
        "WHERE id = ?",
        (
            paths_text(plan.outputs),
            state,
            end if is_new else job.position,
            0 if is_new else job.crashes,
            job.id,
        ),
    )
    if state != job.state:
        _log(connection, "queued" if is_new else "done", job)


def _release(connection: sqlite3.Connection, job: Job) -> None:
    connection.execute(
        f"UPDATE jobs SET state = 'queued', {_NO_LEASE} WHERE id = ? AND lease = ?",
        (job.id, job.lease),
    )


def _end(
    connection: sqlite3.Connection, job: Job, state: State, code: str = "", reason: str = ""
) -> bool:
    changed = connection.execute(
        f"UPDATE jobs SET state = ?, code = ?, reason = ?, changed_at = ?, {_NO_LEASE} "
        "WHERE id = ? AND lease = ? AND state = 'running'",
        (state, code, reason, time.time(), job.id, job.lease),
    ).rowcount
    if changed:  # `finished` is logged picture by picture
        _log(connection, "done" if state == "finished" else state, job, reason)
    return bool(changed)


def _log(connection: sqlite3.Connection, kind: str, job: Job, reason: str = "") -> None:
    log_event(
        connection,
        kind,
        batch=job.batch,
        job=job.id,
        source=os.fsencode(job.source),
        reason=reason,
    )


def _batch(row: sqlite3.Row) -> Batch:
    return Batch(
        id=row["id"],
        folder=Path(os.fsdecode(row["folder"])),
        target=Path(os.fsdecode(row["target"])),
        request=request_from(row["request"]),
        is_paused=bool(row["is_paused"]),
    )


def _job(row: sqlite3.Row) -> Job:
    return Job(
        id=row["id"],
        batch=row["batch"],
        source=Path(os.fsdecode(row["source"])),
        outputs=paths_from(row["outputs"]),
        state=row["state"],
        priority=row["priority"],
        position=row["position"],
        crashes=row["crashes"],
        code=row["code"],
        reason=row["reason"],
        lease=row["lease"] or "",
    )
