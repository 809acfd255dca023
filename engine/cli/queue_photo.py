"""One leased job: from its photo to the pictures that are safely on the disk and told of."""

import errno
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.cli.queue_report import QueueReport, Task, details_of
from engine.cli.worker_jobs import do
from engine.client import WorkerClient
from engine.library import Batch, Job, Library, Result, Stamp, stamp
from engine.protocol import EditPhoto, Event, Failed, JobId, Progress, Variant, Written
from engine.recipes import REVIEW_FOLDER

OnRender = Callable[[JobId], None]

CHANGED = Failed(0, "source_changed", "it changed while it was being edited", "try again")
_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG)


# How a job ends that no worker has looked at.
_NEVER_BEGUN = ("not_started", "cancelled", "client_closed")


_NAME_TAKEN = "there is a file of that name already"


class LeaseLostError(Exception):
    """The job has been cancelled, or given to another process."""


@dataclass
class Count:
    """What has been made of a photo so far."""

    pictures: int = 0
    seconds: float = 0.0


class PhotoWork:
    """The work on one photo. Pictures that are there already are not made again."""

    def __init__(
        self,
        job: Job,
        task: Task,
        batch: Batch,
        library: Library,
        report: QueueReport,
        on_start: Callable[[], None] = lambda: None,
    ) -> None:
        self.job = job
        self.task = task
        self.count = Count()
        self.reviews: tuple[str, ...] = ()
        self._request = batch.request
        self._library = library
        self._report = report
        self._on_start = on_start
        self._before = stamp_of(job.source)
        self._content = self._read()
        self._is_started = False

    def claim(self) -> bool:
        """Whether nobody else is at the very same pictures; the job is given back when so."""
        if self._content is None:
            return True
        parts = [self._key(number) for number in range(len(self.job.outputs))]
        work = hashlib.sha256("".join(parts).encode()).hexdigest()
        return self._library.jobs.claim(self.job, work)

    def look(self) -> list[int]:
        """Tell of the pictures that are there; returns the numbers of those that are missing."""
        return [number for number in range(len(self.job.outputs)) if not self._is_present(number)]

    def copy(self, missing: list[int]) -> list[int]:
        """Copy what has been made for another place; returns what is still missing.

        Raises OSError when a copy cannot be written.
        """
        return [number for number in missing if not self._copied(number)]

    def render(
        self, client: WorkerClient, missing: list[int], on_render: OnRender
    ) -> Failed | None:
        """Have a worker make the missing pictures; None when all went well.

        Raises `LeaseLostError`, and OSError when nobody listens to the rows.
        """
        request = self._request
        variants = tuple(
            Variant(request.wanted[number].edit, str(self.task.outputs[number]))
            for number in missing
        )
        number = client.next_job_id()
        on_render(number)
        job = EditPhoto(
            number,
            str(self.task.source),
            variants,
            request.format,
            request.model,
            export=request.export,
        )
        failed = do(client, job, lambda event: self._hear(event, missing))
        if failed is None or failed.code not in _NEVER_BEGUN:
            self.start()  # a photo that cannot be opened says nothing before its failure
        # Pictures of a photo that has changed meanwhile are those of neither version.
        is_changed = failed is None and self._before != stamp_of(self.job.source)
        return CHANGED if is_changed else failed

    def start(self) -> None:
        """Say that the work begins, once."""
        if not self._is_started:
            self._is_started = True
            self._library.jobs.start(self.job)
            self._report.started(self.task)
            self._on_start()

    def _hear(self, event: Event, missing: list[int]) -> None:
        self.start()
        if isinstance(event, Progress):
            self._report.within(event.done, event.total)
        elif isinstance(event, Written):
            self._take(event, missing[event.index])

    def _take(self, written: Written, number: int) -> None:
        if self._content is None or self._before != stamp_of(self.job.source):
            return
        details = details_of(written)
        self._record(number, Path(written.output), details)
        self.reviews += written.review
        self.count.pictures += 1
        self.count.seconds += written.seconds
        self._report.remark(self.task, written)

    def _record(self, number: int, output: Path, details: dict[str, object]) -> None:
        """Note a picture durably, then tell of it."""
        stem = self.job.outputs[number]
        assert stem is not None, "nobody was asked to make it"
        place = _beside(stem, output)
        result = self._library.results.record(place, stem, self._key(number), details, self.job)
        if result is None:
            raise LeaseLostError
        self._report.present(self.task, number, result, self._typed(number, result))

    def _is_present(self, number: int) -> bool:
        stem = self.job.outputs[number]
        if stem is None:
            self._report.skipped(self.task.source, None, _NAME_TAKEN)
            return True
        if self._content is None:
            return False
        result = self._library.results.present(self._key(number), stem)
        if result is not None:
            self._report.present(self.task, number, result, self._typed(number, result))
        return result is not None

    def _copied(self, number: int) -> bool:
        stem = self.job.outputs[number]
        if self._content is None or stem is None or not self._request.copies_serve:
            return False
        copied = self._library.results.copy(self._key(number), stem)
        if copied is None:
            return False
        self.start()
        output, details = copied
        self._record(number, output, details)
        self.count.pictures += 1
        return True

    def _typed(self, number: int, result: Result) -> Path:
        typed = self.task.outputs[number]
        return result.output if typed is None else _beside(typed, result.output)

    def _key(self, number: int) -> str:
        assert self._content is not None
        return self._request.work_key(number, self._content, self.job.source.suffix)

    def _read(self) -> str | None:
        try:
            return self._library.photos.content(self.job.source)
        except OSError:
            return None  # the worker finds better words for it


def _beside(stem: Path, output: Path) -> Path:
    """Where a worker's output lies, seen from its stem: beside it, or put aside for review."""
    is_aside = output.parent.name == REVIEW_FOLDER and stem.parent.name != REVIEW_FOLDER
    return (stem.parent / REVIEW_FOLDER if is_aside else stem.parent) / output.name


def stamp_of(path: Path) -> Stamp | None:
    """The stamp of a file, or None when there is none."""
    try:
        return stamp(path)
    except OSError:
        return None


def write_failure(error: OSError) -> Failed:
    """Why a picture could not be copied to its place."""
    if error.errno in _FULL:
        return Failed(0, "no_space", "the disk is full", "make room or choose another disk")
    reason = f"its picture cannot be written ({(error.strerror or str(error)).lower()})"
    return Failed(0, "not_writable", reason, "choose another folder")
