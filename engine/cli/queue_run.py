"""One run of a batch: its jobs leased from the queue, done by workers, and told about.

Threads: the main one only waits, because Ctrl-C is heard there and must not come between the note
that a picture is going to be told of and the telling. A conductor plans, keeps the leases and sees
when all is over. Two runners a worker take turns, so that its next photo is there when it is done.
"""

import contextlib
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec

from engine.cli.queue_photo import LeaseLostError, PhotoWork, stamp_of, write_failure
from engine.cli.queue_report import QueueReport, Task
from engine.cli.queue_workers import Workplace
from engine.client import WorkerClient
from engine.library import Batch, Job, Library, LibraryError, Pace, Plan, this_process
from engine.protocol import Failed, JobId

_RUNNERS_A_WORKER = 2
_LOOK_S = 0.1  # for work that others have left, and for the end
_MIND_S = 0.5  # for what others have cancelled, paused or left behind
_KEEP_S = 10.0  # between renewals of leases, which hold for a minute
_JOIN_S = 3.0

_BLAME_AFTER_S = 0.25
"""Whoever ends a worker and its front end together, one after the other, blames no photo."""

_CRASHES = ("worker_crashed", "worker_hung", "worker_protocol")
_REVIEW = "review"
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
class Place:
    """Where a batch reads and writes: as typed, and as the library knows it."""

    top: Path
    target: Path
    known_top: Path
    known_target: Path

    def known_source(self, photo: Path) -> Path:
        """A photo below `top` as the library knows it."""
        return self.known_top / photo.relative_to(self.top)

    def known_output(self, output: Path) -> Path:
        """A picture below `target` as the library knows it."""
        return self.known_target / output.relative_to(self.target)

    def task(self, job: Job) -> Task:
        """A job in the words that the user typed."""
        source = self.top / job.source.relative_to(self.known_top)
        outputs = (
            None if one is None else self.target / one.relative_to(self.known_target)
            for one in job.outputs
        )
        return Task(source, tuple(outputs))


@dataclass(frozen=True)
class _InHand:
    """A job that a worker is at, by its number there."""

    job: Job
    client: WorkerClient
    number: JobId


class Run:
    """One process's part in a batch. Others may work on the same batch at the same time."""

    def __init__(self, library: Library, batch: Batch, place: Place, report: QueueReport) -> None:
        self.library = library
        self.batch = batch
        self.place = place
        self._report = report
        self._owner = this_process()
        self._pace = Pace(time.monotonic())
        self._lock = threading.RLock()
        self._turns: defaultdict[int, threading.Lock] = defaultdict(threading.Lock)
        self._stopped = threading.Event()
        self._fault: BaseException | None = None
        self._halt = ""
        self._failures = 0
        self._sizes: dict[int, int] = {}  # bytes of the photos that are still to be done, by job
        self._expected = 0
        self._told: set[int] = set()  # jobs about which this run has said the last word
        self._busy: set[int] = set()  # jobs that its runners have leased
        self._in_hand: dict[int, _InHand] = {}
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
        works = [partial(self._conduct, find)]
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

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - raised again on the main thread
            with self._lock:
                self._fault = self._fault or error
            self._stopped.set()

    # ---- the conductor --------------------------------------------------------------------------

    def plan(self, plans: Sequence[Plan], wanted: Collection[Path], *, drop_others: bool) -> None:
        """Queue what is not done yet, and tell how the jobs of the `wanted` photos stand."""
        # Together: a runner that took a job in between would tell of it, and then we again.
        with self._lock:
            planned = self.library.jobs.plan(self.batch.id, plans, drop_others=drop_others)
            self._expect([job for job in planned if job.source in wanted])

    def _expect(self, jobs: Sequence[Job]) -> None:
        """Those that have not ended are to be done in this run."""
        with self._lock:
            for job in jobs:
                self._told.discard(job.id)
                if job.state in ("queued", "running"):
                    self._expected += job.id not in self._sizes
                    stamp = stamp_of(job.source)
                    self._sizes[job.id] = 0 if stamp is None else stamp.size_bytes
                    self._report.queued(self.place.task(job))
                else:
                    self._tell(job)
            self._report.expect(self._expected)

    def _conduct(self, find: Callable[[], bool]) -> None:
        self.library.jobs.reclaim()
        goes_on = find()
        minded_at = kept_at = time.monotonic()
        while not self._stopped.wait(_LOOK_S):
            now = time.monotonic()
            if now - kept_at > _KEEP_S:
                self.library.jobs.renew(self._owner)
                kept_at = now
            if now - minded_at > _MIND_S:
                self._mind_others()
                goes_on = goes_on and find()
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
            told = set(self._told)
        return not goes_on and self.library.jobs.are_over(self.batch.id, told)

    def _mind_others(self) -> None:
        self.library.jobs.reclaim()
        with self._lock:
            in_hand, is_idle = list(self._in_hand.values()), not self._busy
        for one in in_hand:
            if not self.library.jobs.is_ours(one.job):
                one.client.cancel(one.number)
        if is_idle:
            self._pace.rest(time.monotonic())
            if self.library.jobs.is_paused(self.batch.id):
                self._report.note_once("the queue is paused; pixelsmile queue resume takes it up")

    def _tell_what_others_did(self) -> None:
        for job in self.library.jobs.all(self.batch.id):
            if job.id in self._sizes and job.state not in ("queued", "running"):
                self._tell(job)

    def _tell(self, job: Job) -> None:
        """Say how a job stands that has ended before, or elsewhere."""
        task = self.place.task(job)
        with self._lock:
            if job.id in self._told:
                return
            self._told.add(job.id)
            self._sizes.pop(job.id, None)
            if job.state == "finished" or job.code == _REVIEW:
                PhotoWork(job, task, self.batch, self.library, self._report).look()
            elif job.state == "cancelled":
                reason = f"it was cancelled; {_AGAIN} (job {job.id})"
                self._report.skipped(task.source, None, reason)
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
                job = self._next()
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
                self._busy.discard(job.id)

    def _next(self) -> Job | None:
        # Leased and noted at once, or the batch might seem over in between.
        with self._lock:
            if self._halt or self._stopped.is_set():
                return None
            excluded = tuple(self._told)
            job = self.library.jobs.lease(self._owner, batch=self.batch.id, excluded=excluded)
            if job is not None:
                self._busy.add(job.id)
            return job

    def _do(
        self, job: Job, workplace: Workplace, bench: int, on_render: Callable[[], None]
    ) -> None:
        """Bring one job to its end, or back into the queue; `on_render` when a worker gets it."""

        def begin() -> None:
            with self._lock:
                self._pace.begin(job.id, time.monotonic())

        task = self.place.task(job)
        work = PhotoWork(job, task, self.batch, self.library, self._report, begin)
        if not work.claim():
            return
        try:
            missing = work.look()
            failed = self._make(work, missing, workplace, bench, on_render) if missing else None
            self._settle(work, failed)
        except LeaseLostError:
            pass  # it is another's, or will be told of as cancelled at the end
        finally:
            with self._lock:
                self._pace.drop(job.id, time.monotonic())

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
                    self._in_hand[work.job.id] = _InHand(work.job, client, number)
                on_render()

            try:
                failed = work.render(client, missing, note)
            finally:
                with self._lock:
                    self._in_hand.pop(work.job.id, None)
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
            jobs.set_aside(job, _REVIEW, " ".join(dict.fromkeys(work.reviews)))
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
            self._fail(work, Failed(0, failed.code, reason, remedy, failed.details))

    def _stop_early(self, reason: str) -> None:
        with self._lock:
            self._halt = self._halt or reason

    def _fail(self, work: PhotoWork, failed: Failed) -> None:
        with self._lock:
            self._failures += 1
            self._report.failed(work.task, failed)
            self._end(work)

    def _end(self, work: PhotoWork) -> None:
        """The last word about a job has been said."""
        with self._lock:
            self._told.add(work.job.id)
            size, now = self._sizes.pop(work.job.id, 0), time.monotonic()
            if work.count.seconds:  # neither copied nor found
                self._pace.done(work.job.id, size, now)
            left_s = self._pace.left_s(len(self._sizes), sum(self._sizes.values()), now)
            self._report.over(work.task, work.count.pictures, work.count.seconds, left_s)


def _no_room(reason: str) -> str:
    full = "the disk is full"
    more = "" if reason == full else f" ({reason})"
    return f"stopped, because {full}{more}: make room; {_SAME_COMMAND}"


def _set_aside(reason: str) -> str:
    return f"it was set aside after {reason}" if reason else "it was set aside"
