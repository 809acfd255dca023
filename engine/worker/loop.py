"""One job at a time, a queue before it, and an ear that is never busy."""

import contextlib
import faulthandler
import logging
import os
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from engine.protocol import (
    Cancel,
    Cancelled,
    Ending,
    Event,
    Finished,
    Hello,
    Job,
    JobId,
    OutOfTurnError,
    Preview,
    Progress,
    ProtocolError,
    Request,
    Shutdown,
    WrongVersionError,
    decode_hello,
    decode_request,
)
from engine.worker.failures import failure
from engine.worker.steps import Steps
from engine.worker.streams import Outlet, read_lines

Report = Callable[[Event], None]
"""Sends one of the job's events; never its ending, which the loop sends."""

RunJob = Callable[[Job, Report, Callable[[int, int], None]], None]
"""Does a job: `run_job(job, report, on_step)`; returns when all is done, raises when not."""

EXIT_LEFT, EXIT_WRONG_VERSION, EXIT_PROTOCOL = 0, 3, 4

LEAVE_GRACE_S = 0.5
"""How long a running job may clean up after itself when the worker is told to leave."""

_FINALIZE_GRACE_S = 1.0  # for threads of libraries that hold the interpreter's end up

_log = logging.getLogger(__name__)


@dataclass(eq=False)
class _Task:
    """A job in hand: queued or running, not ended."""

    job: Job
    cancelled: threading.Event = field(default_factory=threading.Event)


class Worker:
    """Hears requests on one thread and does jobs on another.

    Every job that is accepted gets exactly one ending: `_end` is the only place that sends one,
    and it does so only for a job still in hand. A request that breaks the protocol, a job number
    already in hand among them, makes the worker leave: nothing it could answer would reach the
    right job.
    """

    def __init__(self, run_job: RunJob, outlet: Outlet) -> None:
        self._run_job = run_job
        self._outlet = outlet
        self._change = threading.Condition(threading.RLock())
        self._in_hand: dict[JobId, _Task] = {}
        self._queue: deque[_Task] = deque()
        self._exit_code: int | None = None

    # ---- the ear: called on the reader thread ---------------------------------------------------

    def hear(self, requests: int) -> None:
        """Read requests from a descriptor until told to leave or the stream ends."""
        code = EXIT_PROTOCOL
        try:
            lines = read_lines(requests)
            if (greeting := next(lines, None)) is not None:
                decode_hello(greeting)
            for line in lines:
                request = decode_request(line)
                if isinstance(request, Shutdown):
                    break
                self._accept(request)
            code = EXIT_LEFT
        except WrongVersionError as error:
            _log.error("%s: update both to the same release", error)
            code = EXIT_WRONG_VERSION
        except ProtocolError as error:
            _log.error("the front end broke the protocol: %s", error)
        finally:
            self.leave(code)

    def leave(self, code: int) -> None:
        """Make `work` return `code` soon; a job that does not stop in time is left behind."""
        with self._change:
            if self._exit_code is not None:
                return
            self._exit_code = code
        # Armed before anything is sent: a send waits when the front end does not read.
        deadline = threading.Timer(LEAVE_GRACE_S, self._leave_at_once, [code])
        deadline.daemon = True
        deadline.start()
        faulthandler.dump_traceback_later(LEAVE_GRACE_S + _FINALIZE_GRACE_S, exit=True)
        with self._change:
            for task in list(self._queue):
                self._end(task, Cancelled(task.job.job))
            for task in self._in_hand.values():
                task.cancelled.set()
            self._change.notify_all()

    def _accept(self, request: Request) -> None:
        if isinstance(request, Cancel):
            self._cancel(request.job)
        elif isinstance(request, Hello | Shutdown):
            raise OutOfTurnError("a second Hello")
        else:
            self._enqueue(request)

    def _enqueue(self, job: Job) -> None:
        with self._change:
            if job.job in self._in_hand:
                raise OutOfTurnError(f"job {job.job} is in hand already")
            if isinstance(job, Preview):
                self._drop_older_previews(job.buffer)
            task = _Task(job)
            self._in_hand[job.job] = task
            self._queue.append(task)
            self._change.notify_all()

    def _drop_older_previews(self, buffer: str) -> None:
        """The latest value of a slider wins; a preview already running is still shown."""
        for task in list(self._queue):
            if isinstance(task.job, Preview) and task.job.buffer == buffer:
                self._end(task, Cancelled(task.job.job))

    def _cancel(self, job: JobId) -> None:
        with self._change:
            task = self._in_hand.get(job)
            if task is None:
                return  # it ended while the request was under way
            task.cancelled.set()
            if task in self._queue:
                self._end(task, Cancelled(job))

    def _leave_at_once(self, code: int) -> None:
        # The lock may be held by a send that nobody reads; leaving must not wait for it.
        if self._change.acquire(timeout=0.1):
            for task in list(self._in_hand.values()):
                self._end(task, Cancelled(task.job.job))
        os._exit(code)

    # ---- the hands: called on the main thread ---------------------------------------------------

    def work(self) -> int:
        """Do the jobs in the order they came; returns the exit code when told to leave."""
        while (task := self._next()) is not None:
            self._end(task, self._run(task))
        # The ear may have said when to leave and not yet have ended what was queued.
        with self._change:
            for waiting in list(self._in_hand.values()):
                self._end(waiting, Cancelled(waiting.job.job))
        return EXIT_LEFT if self._exit_code is None else self._exit_code

    def _next(self) -> _Task | None:
        with self._change:
            self._change.wait_for(lambda: self._queue or self._exit_code is not None)
            return None if self._exit_code is not None else self._queue.popleft()

    def _run(self, task: _Task) -> Ending:
        job = task.job.job
        steps = Steps(task.cancelled, lambda done, total: self._report(task, job, done, total))
        try:
            self._run_job(task.job, lambda event: self._send(task, event), steps)
            steps.flush()
        # A job may fail in any way, and the next one must still be done. SystemExit: a library
        # that wants to end the program ends its job.
        except (Exception, SystemExit) as error:  # noqa: BLE001
            return Cancelled(job) if steps.stopped else failure(job, error)
        return Finished(job)

    def _report(self, task: _Task, job: JobId, done: int, total: int) -> None:
        self._send(task, Progress(job, done, total))

    def _send(self, task: _Task, event: Event) -> None:
        """Send an event of a running job, unless its ending has gone out already."""
        with self._change:
            if task.job.job in self._in_hand:
                self._outlet.send(event)
        self._leave_when_alone()

    def _end(self, task: _Task, ending: Ending) -> None:
        with self._change:
            with contextlib.suppress(ValueError):
                self._queue.remove(task)
            if self._in_hand.pop(task.job.job, None) is not None:
                self._outlet.send(ending)
        self._leave_when_alone()

    def _leave_when_alone(self) -> None:
        if self._outlet.is_closed:
            self.leave(EXIT_LEFT)
