"""One run of a batch, or of the whole queue: jobs leased, done by workers, and told about.

Threads: the main one only waits, because Ctrl-C is heard there and must not come between the note
that a picture is going to be told of and the telling. A conductor plans, keeps the leases and sees
when all is over. Two runners a worker take turns, so that its next photo is there when it is done.
"""

import contextlib
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec

from engine.cli.queue_outlook import Outlook
from engine.cli.queue_photo import LeaseLostError, PhotoWork, stamp_of, write_failure
from engine.cli.queue_report import QueueReport
from engine.cli.queue_scope import Scope, kind_of
from engine.cli.queue_workers import Workplace
from engine.client import WorkerClient
from engine.library import REVIEW, Job, Library, LibraryError, Plan, this_process
from engine.protocol import Failed, JobId

_RUNNERS_A_WORKER = 2
_LOOK_S = 0.1  # for work that others have left, and for the end
_MIND_S = 0.5  # for what others have added, paused or left behind
_KEEP_S = 10.0  # between renewals of leases, which hold for a minute
_JOIN_S = 3.0
IDLE_S = 60.0
"""Without work for so long, the workers leave and free their memory."""

_BLAME_AFTER_S = 0.25
"""Whoever ends a worker and its front end together, one after the other, blames no photo."""

_CRASHES = ("worker_crashed", "worker_hung", "worker_protocol")
_NO_MEMORY, _NOT_STARTED = "out_of_memory", "not_started"
_NO_ROOM = ("no_space", "disk_full")
# No worker can be had at all: no photo's fault, and the next one would fare no better.
_NO_WORKER = (
    *("worker_unavailable", "worker_missing", "worker_silent", "worker_version"),
    *("worker_exited", "worker_gave_up"),
)
_MOST_CHANGES = 3  # that a photo may go through while it is being edited

_AGAIN = "pixelsmile queue retry takes it up again"
_SAME_COMMAND = "the same command goes on from there"


@dataclass(frozen=True)
class _InHand:
    """A job that a worker is at, by its number there."""

    job: Job
    client: WorkerClient
    number: JobId


class Run:
    """One process's part in the work. Others may work on the same jobs at the same time."""

    def __init__(
        self, library: Library, scope: Scope, report: QueueReport, *, idle_s: float = IDLE_S
    ) -> None:
        """`idle_s`: how long workers are kept when there is nothing to do."""
        self.library = library
        self._scope = scope
        self._report = report
        self._owner = this_process()
        self._idle_s = idle_s
        self._idle_since = time.monotonic()
        self._outlook = Outlook(self._idle_since)
        self._lock = threading.RLock()
        self._turns: defaultdict[int, threading.Lock] = defaultdict(threading.Lock)
        self._stopped = threading.Event()
        self._fault: BaseException | None = None
        self._halt = ""
        self._failures = 0
        self._expected = 0
        self._told: set[int] = set()  # jobs about which this run has said the last word
        # By lease, because a job that is cancelled and retried may be held twice for a moment.
        self._busy: dict[str, int] = {}  # jobs that its runners have leased
        self._in_hand: dict[str, _InHand] = {}
        self._changes: Counter[int] = Counter()

    # ---- the main thread ------------------------------------------------------------------------

    def go(self, find: Callable[[], bool], workplace: Workplace) -> int:
        """Do what there is to do; returns the exit code: 0 all done, 1 some failed.

        Args:
            find: has jobs planned with `plan`; called again and again while it returns
                True.
            workplace: the workers; closed afterwards.

        Raises what went wrong on any thread, and KeyboardInterrupt; what was in hand is queued
        again by then.
        """
        works = [partial(self._conduct, find, workplace)]
        for bench in range(workplace.benches):
            works += [partial(self._serve, workplace, bench)] * _RUNNERS_A_WORKER
        threads = [threading.Thread(target=self._guarded, args=[work]) for work in works]
        try:
            for thread in threads:
                thread.start()
            while not self._stopped.wait(_LOOK_S):
                pass
        finally:
            self._stopped.set()
            workplace.close()
            for thread in threads:
                if thread.ident is not None:
                    thread.join(_JOIN_S)
        if self._fault is not None:
            raise self._fault
        self._report.close(self._halt)
        return 1 if self._failures or self._halt else 0

    @property
    def is_halted(self) -> bool:
        """Whether it ended before its time."""
        return bool(self._halt)

    def stop(self) -> None:
        """End soon; what is in hand is queued again."""
        self._stopped.set()

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - raised again on the main thread
            with self._lock:
                self._fault = self._fault or error
            self._stopped.set()

    # ---- the conductor --------------------------------------------------------------------------

    def plan(
        self, batch: int, plans: Sequence[Plan], wanted: Collection[Path], *, drop_others: bool
    ) -> None:
        """Queue what is not done yet, and tell how the jobs of the `wanted` photos stand."""
        # Together: a runner that took a job in between would tell of it, and then we again.
        with self._lock:
            planned = self.library.jobs.plan(batch, plans, drop_others=drop_others)
            self._expect([job for job in planned if job.source in wanted])

    def survey(self) -> None:
        """Take note of all jobs that others have queued, cancelled or done."""
        with self._lock:
            there = self.library.jobs.open_numbers()
            busy = set(self._busy.values())
            new = there - self._outlook.jobs - busy
            gone = self._outlook.jobs - there - busy
            for job in self.library.jobs.some(gone):
                if job.state == "cancelled":
                    self._report.cancelled(self._scope.task(job))
            for number in gone:
                self._outlook.forget(number)
            self._expect(self.library.jobs.some(new))

    def _expect(self, jobs: Iterable[Job]) -> None:
        """Those that have not ended are to be done in this run."""
        with self._lock:
            for job in jobs:
                self._told.discard(job.id)
                if job.state in ("queued", "running"):
                    self._expected += job.id not in self._outlook
                    stamp = stamp_of(job.source)
                    kind = kind_of(self._scope.batch_of(job))
                    self._outlook.expect(job.id, kind, 0 if stamp is None else stamp.size_bytes)
                    self._report.queued(self._scope.task(job))
                else:
                    self._tell(job)
            self._report.expect(self._expected)

    def _conduct(self, find: Callable[[], bool], workplace: Workplace) -> None:
        self.library.jobs.reclaim()
        goes_on = find()
        minded_at = kept_at = time.monotonic()
        while not self._stopped.wait(_LOOK_S):
            now = time.monotonic()
            if now - kept_at > _KEEP_S:
                self.library.jobs.renew(self._owner)
                kept_at = now
            self._mind_cancelled()
            if now - minded_at > _MIND_S:
                self._mind_others(workplace)
                goes_on = goes_on and find()
                self._tell_left()
                minded_at = now
            if self._is_over(goes_on):
                self._tell_what_others_did()
                self._stopped.set()

    def _is_over(self, goes_on: bool) -> bool:
        with self._lock:
            if self._busy:
                return False
            if self._halt:
                return True
            excluded = self._excluded()
        return not goes_on and self.library.jobs.are_over(self._scope.number, excluded)

    def _mind_cancelled(self) -> None:
        with self._lock:
            in_hand = list(self._in_hand.values())
        for one in in_hand:
            if not self.library.jobs.is_ours(one.job):
                one.client.cancel(one.number)

    def _mind_others(self, workplace: Workplace) -> None:
        self.library.jobs.reclaim()
        now = time.monotonic()
        with self._lock:
            is_idle = not self._busy
            if is_idle:
                self._outlook.rest(now)
            else:
                self._idle_since = now
        if is_idle and now - self._idle_since > self._idle_s:
            workplace.rest()
        if is_idle and self.library.jobs.is_paused(self._scope.number):
            self._report.note_once("the queue is paused; pixelsmile queue resume takes it up")

    def _tell_left(self) -> None:
        with self._lock:
            self._report.left(self._outlook.left_s(time.monotonic()), len(self._outlook))

    def _tell_what_others_did(self) -> None:
        if self._scope.number is None:
            return  # who follows the whole queue follows the library's own log
        for job in self.library.jobs.all(self._scope.number):
            if job.id in self._outlook and job.state not in ("queued", "running"):
                self._tell(job)

    def _tell(self, job: Job) -> None:
        """Say how a job stands that has ended before, or elsewhere."""
        task = self._scope.task(job)
        with self._lock:
            if job.id in self._told:
                return
            self._told.add(job.id)
            self._outlook.forget(job.id)
            if job.state == "finished" or job.code == REVIEW:
                batch = self._scope.batch_of(job)
                PhotoWork(job, task, batch, self.library, self._report).look()
            elif job.state == "cancelled":
                reason = f"it was cancelled; {_AGAIN} (job {job.id})"
                self._report.skipped(task, None, reason)
            else:
                reason = job.reason if job.state == "failed" else _set_aside(job.reason)
                self._failures += 1
                self._report.failed(task, Failed(0, job.code, reason, f"{_AGAIN} (job {job.id})"))

    # ---- the runners ----------------------------------------------------------------------------

    def _serve(self, workplace: Workplace, bench: int) -> None:
        while not self._stopped.is_set():
            # Until the worker has a job, the bench's other runner prepares none, so that photos
            # come in the order of the queue.
            with contextlib.ExitStack() as turn:
                turn.enter_context(self._turns[bench])
                job = self._next(bench)
                if job is not None:
                    self._do_or_give_back(job, workplace, bench, turn.close)
                    continue
            self._stopped.wait(_LOOK_S)

    def _do_or_give_back(
        self, job: Job, workplace: Workplace, bench: int, on_render: Callable[[], None]
    ) -> None:
        try:
            self._do(job, workplace, bench, on_render)
        except BaseException:
            with contextlib.suppress(LibraryError):
                self.library.jobs.give_back(job)
            raise
        finally:
            with self._lock:
                self._busy.pop(job.lease, None)

    def _excluded(self) -> Collection[int]:
        """Jobs that are not taken again: of a batch, each is told of once in a run."""
        return () if self._scope.number is None else tuple(self._told)

    def _next(self, bench: int) -> Job | None:
        # Leased and noted at once, or the batch might seem over in between.
        with self._lock:
            if self._halt or self._stopped.is_set():
                return None
            # One model fills a GPU: of the whole queue's benches only the first loads one.
            job = self.library.jobs.lease(
                self._owner,
                batch=self._scope.number,
                excluded=self._excluded(),
                generative=bench == 0 or self._scope.number is not None,
            )
            if job is not None:
                self._busy[job.lease] = job.id
                if self._scope.number is None and job.id not in self._outlook:
                    self._expect([job])
            return job

    def _do(
        self, job: Job, workplace: Workplace, bench: int, on_render: Callable[[], None]
    ) -> None:
        """Bring one job to its end, or back into the queue; `on_render` when a worker gets it."""
        try:
            batch, task = self._scope.batch_of(job), self._scope.task(job)
        except KeyError:
            return  # it was cleared

        def begin() -> None:
            with self._lock:
                self._outlook.begin(job.id, kind_of(batch), time.monotonic())

        work = PhotoWork(job, task, batch, self.library, self._report, begin)
        if not work.claim():
            return
        try:
            missing = work.look()
            failed = self._make(work, missing, workplace, bench, on_render) if missing else None
            self._settle(work, failed)
        except LeaseLostError:
            self._lose(work)
        finally:
            with self._lock:
                self._outlook.drop(job.id, time.monotonic())

    def _lose(self, work: PhotoWork) -> None:
        """The job is another's now, or cancelled; of a batch that is told of at the end."""
        with contextlib.suppress(KeyError):
            if self.library.jobs.get(work.job.id).state == "cancelled":
                self._report.cancelled(work.task)
                if self._scope.number is None:
                    with self._lock:
                        self._outlook.forget(work.job.id)

    def _make(
        self,
        work: PhotoWork,
        missing: list[int],
        workplace: Workplace,
        bench: int,
        on_render: Callable[[], None],
    ) -> Failed | None:
        try:
            missing = work.copy(missing)
        except OSError as error:
            if isinstance(error, BrokenPipeError):
                raise
            return write_failure(error)
        if not missing:
            return None
        with workplace.client(bench) as client:

            def note(number: JobId) -> None:
                with self._lock:
                    self._in_hand[work.job.lease] = _InHand(work.job, client, number)
                on_render()

            try:
                failed = work.render(client, missing, note)
            finally:
                with self._lock:
                    self._in_hand.pop(work.job.lease, None)
            if failed is not None and failed.code in (*_CRASHES, _NO_MEMORY):
                is_first = workplace.renew(bench, client)
                # Another photo had used up this worker's memory before: not this one's fault.
                if failed.code == _NO_MEMORY and not is_first:
                    return msgspec.structs.replace(failed, code=_NOT_STARTED)
        return failed

    def _settle(self, work: PhotoWork, failed: Failed | None) -> None:
        """Bring the job's state in line with how the work on it ended."""
        jobs, job = self.library.jobs, work.job
        if failed is None and work.reviews:
            reason = " ".join(dict.fromkeys(work.reviews))
            if jobs.set_aside(job, REVIEW, reason):
                self._report.aside(work.task, reason)
            self._end(work)
        elif failed is None:
            jobs.finish(job)
            self._end(work)
        elif self._stopped.is_set() or failed.code == _NOT_STARTED:
            jobs.give_back(job)
        elif failed.code == "cancelled":
            raise LeaseLostError
        elif failed.code in _NO_WORKER:
            jobs.give_back(job)
            self._stop_early(f"{failed.reason}; {failed.remedy}")
        elif failed.code in _CRASHES:
            self._blame(work, failed)
        elif failed.code == _NO_MEMORY:
            if jobs.blame(job, failed.code, failed.reason, "failed") == "failed":
                self._fail(work, failed)
        elif failed.code == "source_changed" and self._changes[job.id] < _MOST_CHANGES:
            self._changes[job.id] += 1
            jobs.give_back(job)
        else:
            jobs.fail(job, failed.code, failed.reason)
            self._fail(work, failed)
            if failed.code in _NO_ROOM:
                self._stop_early(_no_room(failed.reason))

    def _blame(self, work: PhotoWork, failed: Failed) -> None:
        if self._stopped.wait(_BLAME_AFTER_S):
            self.library.jobs.give_back(work.job)
            return
        state = self.library.jobs.blame(work.job, failed.code, failed.reason, "needs_review")
        if state == "needs_review":
            remedy = f"{_AGAIN} (job {work.job.id})"
            reason = _set_aside(failed.reason)
            told = Failed(0, failed.code, reason, remedy, failed.details)
            self._fail(work, told, is_aside=True)
        elif state == "queued":
            self._report.again(work.task, failed)

    def _stop_early(self, reason: str) -> None:
        with self._lock:
            self._halt = self._halt or reason

    def _fail(self, work: PhotoWork, failed: Failed, *, is_aside: bool = False) -> None:
        with self._lock:
            self._failures += 1
            self._report.failed(work.task, failed)
            if is_aside:
                self._report.aside(work.task, failed.reason)
            self._end(work)

    def _end(self, work: PhotoWork) -> None:
        """The last word about a job has been said."""
        with self._lock:
            self._told.add(work.job.id)
            now = time.monotonic()
            if work.count.seconds:  # neither copied nor found
                self._outlook.done(work.job.id, now)
            self._outlook.forget(work.job.id)
            left_s = self._outlook.left_s(now)
            self._report.over(work.task, work.count.pictures, work.count.seconds, left_s)
            self._report.left(left_s, len(self._outlook))


def _no_room(reason: str) -> str:
    full = "the disk is full"
    more = "" if reason == full else f" ({reason})"
    return f"stopped, because {full}{more}: make room; {_SAME_COMMAND}"


def _set_aside(reason: str) -> str:
    return f"it was set aside after {reason}" if reason else "it was set aside"
