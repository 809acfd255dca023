"""Start a worker, give it jobs, watch it, and start another when it dies."""

import itertools
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from engine.client.command import worker_command, worker_environment
from engine.client.connection import Connection, Loss
from engine.client.errors import ClientClosedError, WorkerGaveUpError
from engine.protocol import (
    Cancel,
    Cancelled,
    Ending,
    Event,
    Failed,
    Hello,
    Job,
    JobId,
    OutOfTurnError,
    encode,
)

START_TIMEOUT_S = 30.0
CANCEL_GRACE_S = 5.0
ABANDON_GRACE_S = 0.4
CLOSE_GRACE_S = 1.0
MAX_RESTARTS = 8
"""How often in a row a worker may die without having ended one job."""

_FIRST_BACKOFF_S, _LONGEST_BACKOFF_S = 0.1, 2.0
_LOOK_INTERVAL_S = 0.1  # for deadlines; on Windows an endless wait would also ignore Ctrl-C

_AGAIN = "try again; if it happens again, report it with the details"
_MEMORY = "the memory may have run out: close other programs, or try a smaller copy of the photo"


@dataclass(eq=False)
class _Entry:
    """A job that was handed to a worker and whose events have not all been taken.

    Attributes:
        since: when it was handed over, or when its silence was last broken (monotonic seconds).
        kill_at: when the worker is killed because the job does not stop.
        is_cancelled: whether the front end asked for its end.
        is_hung: whether it is being stopped for its silence.
    """

    job: Job
    connection: Connection
    since: float
    events: deque[Event] = field(default_factory=deque)
    kill_at: float | None = None
    is_cancelled: bool = False
    is_hung: bool = False


class WorkerClient:
    """A worker that is always there: started when first needed, started again when it died.

    Every job that `submit` accepts ends exactly once, whatever the worker does. Besides what the
    worker says itself, `Failed` may carry these codes: `worker_crashed`, `worker_hung` (it said
    nothing for `timeout_s`), `worker_protocol` (it said something that has no meaning), and
    `not_started` for jobs that were queued behind the one that took the worker down; those can be
    submitted again.

    Any thread may call any method; the events of one job are for one thread.
    """

    def __init__(
        self,
        command: Sequence[str] | None = None,
        *,
        start_timeout_s: float = START_TIMEOUT_S,
        cancel_grace_s: float = CANCEL_GRACE_S,
        close_grace_s: float = CLOSE_GRACE_S,
        max_restarts: int = MAX_RESTARTS,
        log: Path | None = None,
    ) -> None:
        """Nothing is started yet.

        Args:
            command: the worker; by default the one that came with this program.
            start_timeout_s: how long it may take to greet.
            cancel_grace_s: how long a job may take to stop before its worker is killed.
            close_grace_s: how long the worker may take to leave.
            max_restarts: how often in a row it may die without having ended one job.
            log: file to which its stderr is appended.
        """
        self._command = worker_command() if command is None else list(command)
        self._start_timeout_s = start_timeout_s
        self._cancel_grace_s = cancel_grace_s
        self._close_grace_s = close_grace_s
        self._max_restarts = max_restarts
        self._log = log
        self._starting = threading.Lock()
        self._change = threading.Condition()
        self._connection: Connection | None = None
        self._hello: Hello | None = None
        self._live: dict[JobId, _Entry] = {}  # handed over and not ended, in the worker's order
        self._entries: dict[JobId, _Entry] = {}  # handed over and not all taken
        self._losses = 0
        self._is_closed = False
        self._numbers = itertools.count(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def process_id(self) -> int | None:
        """The process id of the worker that is there now."""
        with self._change:
            return None if self._connection is None else self._connection.process_id

    def next_job_id(self) -> JobId:
        """A number that this client has not given out yet."""
        with self._change:
            return next(self._numbers)

    def start(self) -> Hello:
        """Start the worker if there is none, and forget earlier crashes.

        Raises a `ClientError` that says why it cannot be used.
        """
        with self._change:
            self._losses = 0
        with self._starting:
            self._connect()
            assert self._hello is not None
            return self._hello

    def submit(self, job: Job) -> JobId:
        """Hand a job to the worker and return its number; starts a worker when there is none.

        Raises a `ClientError` when no worker can be had, `ProtocolError` when the job cannot be
        sent, ValueError when its number is in use.
        """
        encode(job)
        with self._starting:
            while True:
                connection = self._connect()
                with self._change:
                    if connection is not self._connection:
                        continue  # it died just now
                    if job.job in self._entries:
                        raise ValueError(f"job {job.job} is in hand already")
                    entry = _Entry(job, connection, time.monotonic())
                    self._entries[job.job] = self._live[job.job] = entry
                    connection.send(job)
                    return job.job

    def events(self, job: JobId, *, timeout_s: float | None = None) -> Iterator[Event]:
        """The events of a submitted job as they come; the last one is its ending.

        Args:
            timeout_s: longest silence of the worker; then the job it is at is cancelled, killed
                when it does not stop, and ends as `worker_hung`.

        Raises KeyError when there is no such job or its ending has been taken.
        """
        with self._change:
            entry = self._entries[job]
        return self._take(entry, timeout_s)

    def run(
        self,
        job: Job,
        on_event: Callable[[Event], None] | None = None,
        *,
        timeout_s: float | None = None,
    ) -> Ending:
        """Do a job and return its ending; every other event goes to `on_event`.

        When anything is raised meanwhile, KeyboardInterrupt included, the job is cancelled, or
        killed within half a second, before that leaves here. Raises what `submit` raises.
        """
        try:
            self.submit(job)
            events = self.events(job.job, timeout_s=timeout_s)
            while not isinstance(event := next(events), Ending):
                if on_event is not None:
                    on_event(event)
            return event
        finally:
            self._abandon(job)

    def cancel(self, job: JobId) -> None:
        """Stop a job; it ends as `Cancelled`, with its worker when it does not stop in time.

        Nothing happens when it has ended. The grace runs out only while someone takes events.
        """
        with self._change:
            if (entry := self._live.get(job)) is not None:
                entry.is_cancelled = True
                self._stop(entry, self._cancel_grace_s)

    def close(self) -> None:
        """End the worker; jobs in hand end as `Cancelled`. Returns within about two seconds."""
        with self._change:
            self._is_closed = True
            connection = self._connection
            for entry in self._live.values():
                entry.is_cancelled = True
        if connection is not None:
            connection.close(self._close_grace_s)

    # ---- the worker's start ---------------------------------------------------------------------

    def _connect(self) -> Connection:
        """The worker that is there, or a new one; the caller holds `_starting`."""
        with self._change:
            self._check_open()
            if self._connection is not None:
                return self._connection
            losses = self._losses
        if losses > self._max_restarts:
            raise WorkerGaveUpError(f"the worker stopped {losses} times in a row")
        if losses > 1:
            time.sleep(min(_FIRST_BACKOFF_S * 2 ** (losses - 2), _LONGEST_BACKOFF_S))
        return self._start_one()

    def _start_one(self) -> Connection:
        with self._change:
            self._check_open()  # it may have been closed while this waited
            connection = Connection(self._command, worker_environment(), self, self._log)
            self._connection = connection
        hello = connection.greet(self._start_timeout_s)
        with self._change:
            self._hello = hello
        return connection

    def _check_open(self) -> None:
        if self._is_closed:
            raise ClientClosedError("it was closed")

    # ---- what the connection's threads tell -----------------------------------------------------

    def heard(self, connection: Connection, event: Event) -> None:
        """`Listener.heard`."""
        with self._change:
            entry = None if isinstance(event, Hello) else self._live.get(event.job)
            if entry is None or entry.connection is not connection:
                raise OutOfTurnError(f"a {type(event).__name__} that belongs to no job in hand")
            for live in self._live.values():
                live.since = time.monotonic()
            if isinstance(event, Ending):
                self._losses = 0
                hung = entry.is_hung and not entry.is_cancelled and isinstance(event, Cancelled)
                self._end(entry, _hung(entry, "") if hung else event)
            else:
                entry.events.append(event)
            self._change.notify_all()

    def lost(self, connection: Connection, loss: Loss) -> None:
        """`Listener.lost`."""
        with self._change:
            if self._connection is connection:
                self._connection = None
                self._losses += 1
            lost = [entry for entry in self._live.values() if entry.connection is connection]
            for position, entry in enumerate(lost):
                self._end(entry, _ending_of_lost(entry, loss, is_first=position == 0))
            self._change.notify_all()

    def _end(self, entry: _Entry, ending: Ending) -> None:
        del self._live[entry.job.job]
        entry.events.append(ending)

    # ---- waiting --------------------------------------------------------------------------------

    def _take(self, entry: _Entry, timeout_s: float | None) -> Iterator[Event]:
        while not isinstance(event := self._next_event(entry, timeout_s), Ending):
            yield event
        yield event

    def _next_event(self, entry: _Entry, timeout_s: float | None) -> Event:
        with self._change:
            while not entry.events:
                self._keep_deadlines(entry, timeout_s)
                self._change.wait(_LOOK_INTERVAL_S)
            event = entry.events.popleft()
            if isinstance(event, Ending):
                self._entries.pop(entry.job.job, None)
            return event

    def _keep_deadlines(self, waiting: _Entry, timeout_s: float | None) -> None:
        now = time.monotonic()
        if timeout_s is not None and now - waiting.since > timeout_s:
            # The worker does one job after another, so its silence is the first one's fault.
            first = next(iter(self._live.values()))
            if first.kill_at is None:
                first.is_hung = True
                self._stop(first, self._cancel_grace_s)
        for entry in self._live.values():
            if entry.kill_at is not None and now > entry.kill_at:
                entry.connection.kill()

    def _stop(self, entry: _Entry, grace_s: float) -> None:
        kill_at = time.monotonic() + grace_s
        if entry.kill_at is None:
            entry.connection.send(Cancel(entry.job.job))
            entry.kill_at = kill_at
        entry.kill_at = min(entry.kill_at, kill_at)

    def _abandon(self, job: Job) -> None:
        """Make sure that nothing of the job goes on."""
        with self._change:
            entry = self._entries.get(job.job)
            if entry is None or entry.job is not job:
                return
            if job.job in self._live:
                entry.is_cancelled = True
                self._stop(entry, ABANDON_GRACE_S)
        while not isinstance(self._next_event(entry, None), Ending):
            pass


def _ending_of_lost(entry: _Entry, loss: Loss, *, is_first: bool) -> Ending:
    """How a job ends whose worker is gone."""
    job = entry.job.job
    if entry.is_cancelled:
        return Cancelled(job)
    if entry.is_hung:
        return _hung(entry, loss.details)
    if not is_first:
        return Failed(
            job, "not_started", "the worker stopped before this photo's turn", _AGAIN, loss.details
        )
    if loss.fault is not None:
        reason = f"the worker could not be understood ({loss.fault})"
        return Failed(job, "worker_protocol", reason, _AGAIN, loss.details)
    reason = f"the worker stopped unexpectedly ({loss.manner})"
    remedy = _MEMORY if loss.manner == "SIGKILL" else _AGAIN
    return Failed(job, "worker_crashed", reason, remedy, loss.details)


def _hung(entry: _Entry, details: str) -> Failed:
    reason = "the worker stopped answering and was ended"
    return Failed(entry.job.job, "worker_hung", reason, _AGAIN, details)
