"""The preview worker: faces, thumbnails that Qt cannot read, and the instant editor.

It does one job at a time. What the user waits for goes first: background jobs are handed over one
by one, and only while nobody has asked for anything else for a moment.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from engine.client import ClientError, WorkerClient, WorkerGaveUpError
from engine.protocol import (
    Cancelled,
    Ending,
    Event,
    Failed,
    Job,
    JobId,
    Preview,
    ProtocolError,
)

_log = logging.getLogger(__name__)

MakeJob = Callable[[JobId], Job]

_SILENCE_S = 20.0
_SILENCE_OF_MODELS_S = 300.0  # a step of a large model, and reading it from a slow disk
_QUIET_MS = 400  # after the user's last wish, before background work goes on
_AT_ONCE = 6
_INNOCENT = "not_started"
_MOST_TRIES = 5
_GAVE_UP = WorkerGaveUpError.code
_ANEW_AFTER_S = 3.0
_LOST = ("worker_crashed", "worker_hung", "worker_protocol", _INNOCENT)


class Ticket(QObject):
    """A job that was asked for. Keep it until it has ended."""

    heard = Signal(object)
    """Every message of the job but its ending."""

    ended = Signal(object)
    """`Finished`, `Failed` or `Cancelled`; exactly once."""

    def __init__(self, make: MakeJob, is_background: bool) -> None:
        super().__init__()
        self.make = make
        self.is_background = is_background
        self.job: JobId | None = None
        self.is_cancelled = False


class WorkerLink(QObject):
    """A worker that is always there. All calls return at once."""

    restarted = Signal(str)
    """A quiet line: the worker was lost and its job is done again."""

    busy_changed = Signal(bool)

    _heard = Signal(object, object)  # ticket, event; from the threads that wait
    _lost = Signal(str)

    def __init__(self, client: WorkerClient, parent: QObject | None = None) -> None:
        """Nothing is started before the first job."""
        super().__init__(parent)
        self._client = client
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="worker-link")
        self._live: set[Ticket] = set()
        self._waiting: deque[Ticket] = deque()
        self._buffers: list[Path] = []
        self._noting = threading.Lock()
        self._process: int | None = None
        self._tried_anew = -_ANEW_AFTER_S
        self._is_closed = False
        self._quiet = QTimer(self, singleShot=True, interval=_QUIET_MS)
        self._quiet.timeout.connect(self._feed_background)
        self._heard.connect(self._pass_on)
        self._lost.connect(self.restarted)

    @property
    def is_busy(self) -> bool:
        """Whether a job is in hand."""
        return bool(self._live)

    def ask(self, make: MakeJob, *, background: bool = False, ahead: bool = False) -> Ticket:
        """Have a job done: `make(number)` gives the message.

        Background jobs wait while the user is at work; with `ahead` one goes before the others.
        """
        ticket = Ticket(make, background)
        if background:
            if ahead:
                self._waiting.appendleft(ticket)
            else:
                self._waiting.append(ticket)
            self._feed_background()
        else:
            self._begin(ticket)
        return ticket

    def cancel(self, ticket: Ticket) -> None:
        """Stop a job; it ends as `Cancelled`."""
        ticket.is_cancelled = True
        if ticket in self._waiting:
            self._waiting.remove(ticket)
            ticket.ended.emit(Cancelled(0))
        elif ticket.job is not None:
            self._client.cancel(ticket.job)

    def close(self) -> None:
        """End the worker and forget every job; nobody hears of them any more."""
        self._is_closed = True
        self._waiting.clear()
        self._client.close()
        self._pool.shutdown(wait=True, cancel_futures=True)
        for buffer in self._buffers:
            buffer.unlink(missing_ok=True)

    def remove_at_close(self, buffer: Path) -> None:
        """Remove a file once the worker is gone, which might write it again until then."""
        self._buffers.append(buffer)

    def _begin(self, ticket: Ticket) -> None:
        if self._is_closed:  # an answer of the catalogue may come after the end
            return
        self._live.add(ticket)
        if len(self._live) == 1:
            self.busy_changed.emit(True)
        self._pool.submit(self._do, ticket)

    def _feed_background(self) -> None:
        if self._waiting and not self._live and not self._quiet.isActive():
            self._begin(self._waiting.popleft())

    # ---- a thread a job -------------------------------------------------------------------------

    def _do(self, ticket: Ticket) -> None:
        ending = self._once(ticket)
        own_losses = 0
        for _ in range(_MOST_TRIES):
            if not isinstance(ending, Failed) or ending.code not in _LOST or self._is_closed:
                break
            # A worker that another job took down before this one's turn is not its fault.
            own_losses += ending.code != _INNOCENT
            if own_losses > 1:
                break
            _log.warning("job %s is done again: %s\n%s", ending.job, ending.reason, ending.details)
            if ending.code != _INNOCENT:
                self._lost.emit(ending.reason.split(" (")[0])  # the log has it all
            ending = self._once(ticket)
        if isinstance(ending, Failed) and ending.code == _GAVE_UP and self._may_try_anew(ticket):
            ending = self._anew(ticket, ending)
        if not self._is_closed:
            self._heard.emit(ticket, ending)

    def _may_try_anew(self, ticket: Ticket) -> bool:
        """Whether somebody waits for the worker, and its last start is a while ago."""
        with self._noting:
            now = time.monotonic()
            may = not ticket.is_background and now - self._tried_anew > _ANEW_AFTER_S
            if may:
                self._tried_anew = now
            return may and not self._is_closed

    def _anew(self, ticket: Ticket, gave_up: Failed) -> Ending:
        """Forget that the worker crashed again and again: this job may be another one."""
        try:
            self._client.start()
        except ClientError:
            return gave_up
        return self._once(ticket)

    def _once(self, ticket: Ticket) -> Ending:
        number = self._client.next_job_id()
        ticket.job = number
        if ticket.is_cancelled or self._is_closed:
            return Cancelled(number)
        try:
            job = ticket.make(number)
            ending = self._client.run(
                job, lambda event: self._pass_over(ticket, event), timeout_s=_patience_s(job)
            )
        except ClientError as error:
            return Failed(number, error.code, error.reason, error.remedy, error.details)
        except ProtocolError as error:
            return Failed(number, "internal", "it cannot be described", "", str(error))
        except Exception as error:  # noqa: BLE001 - the job ends here
            _log.exception("a job failed in the window's own process")
            return Failed(number, "internal", "something unexpected happened", "", repr(error))
        self._note_process(is_lost=isinstance(ending, Failed) and ending.code in _LOST)
        return ending

    def _note_process(self, *, is_lost: bool) -> None:
        """Tell of a worker that ended while it had nothing to do, and was replaced."""
        process = self._client.process_id
        with self._noting:
            is_other = process is not None and self._process not in (None, process)
            if is_lost:
                self._process = None  # which is told of already
            elif process is not None:
                self._process = process
        if is_other and not is_lost:
            self._lost.emit("the worker had ended")

    def _pass_over(self, ticket: Ticket, event: Event) -> None:
        if not self._is_closed:
            self._heard.emit(ticket, event)

    def _pass_on(self, ticket: Ticket, event: object) -> None:
        if not isinstance(event, Ending):
            ticket.heard.emit(event)
            return
        self._live.discard(ticket)
        if not ticket.is_background:
            self._quiet.start()
        if not self._live:
            self.busy_changed.emit(False)
        ticket.ended.emit(event)
        self._feed_background()


def _patience_s(job: Job) -> float:
    """How long the worker may say nothing over a job."""
    is_for_model = isinstance(job, Preview) and job.edit.editor == "pixelsmile"
    return _SILENCE_OF_MODELS_S if is_for_model else _SILENCE_S
