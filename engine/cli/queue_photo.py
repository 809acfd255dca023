"""One leased job: from its photo to the pictures that are safely on the disk and told of."""

import contextlib
import errno
import hashlib
import os
import tempfile
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

from engine.cli.queue_report import QueueReport, Task, details_of
from engine.cli.worker_jobs import do
from engine.client import WorkerClient
from engine.library import Batch, Job, Library, Result, Stamp, is_aside, stamp, sync_folder
from engine.protocol import (
    EditPhoto,
    Event,
    Failed,
    JobId,
    MakeStrip,
    Progress,
    StepPreview,
    Variant,
    Written,
)
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
        failed = self._make_folders(missing)
        wanted = self._request.wanted
        stills = [number for number in missing if wanted[number].strip is None]
        # A strip is a job of its own for the worker; all pictures together are one.
        parts = [stills] if stills else []
        parts += [[number] for number in missing if wanted[number].strip is not None]
        with step_buffer(self._request.is_generative and self._report.shows_steps) as buffer:
            for done, part in enumerate(parts):
                if failed is None:
                    failed = self._render_part(client, part, buffer, on_render, done, len(parts))
        # Pictures of a photo that has changed meanwhile are those of neither version.
        is_changed = failed is None and self._before != stamp_of(self.job.source)
        return CHANGED if is_changed else failed

    def _render_part(
        self,
        client: WorkerClient,
        part: list[int],
        buffer: str,
        on_render: OnRender,
        done: int,
        parts: int,
    ) -> Failed | None:
        """Have the worker do one job, the next after `done` of `parts`."""
        number = client.next_job_id()
        on_render(number)
        job = self._worker_job(number, part, buffer)

        def hear(event: Event) -> None:
            self.start()
            if isinstance(event, Progress):
                total = event.total * parts
                self._report.within(self.task, event.total * done + event.done, total)
            elif isinstance(event, StepPreview):
                self._report.preview(self.task, Path(event.buffer), event.width, event.height)
            elif isinstance(event, Written):
                self._take(event, part[event.index])

        failed = do(client, job, hear)
        if failed is None or failed.code not in _NEVER_BEGUN:
            self.start()  # a photo that cannot be opened says nothing before its failure
        return failed

    def _worker_job(self, number: JobId, part: list[int], buffer: str) -> EditPhoto | MakeStrip:
        request, source = self._request, str(self.task.source)
        wanted = request.wanted[part[0]]
        if (strip := wanted.strip) is not None:
            return MakeStrip(
                number,
                source,
                wanted.edit,
                f"{self.task.outputs[part[0]]}{strip.suffix}",
                strip.frames,
                strip.fps,
                strip.loop,
                request.model,
                buffer,
                limits=request.limits,
                certificate=request.export.certificate,
                key=request.export.key,
            )
        variants = tuple(
            Variant(request.wanted[one].edit, str(self.task.outputs[one])) for one in part
        )
        return EditPhoto(
            number,
            source,
            variants,
            request.format,
            request.model,
            buffer,
            export=request.export,
            limits=request.limits,
        )

    def _make_folders(self, missing: list[int]) -> Failed | None:
        stems = (self.job.outputs[number] for number in missing)
        for folder in sorted({stem.parent for stem in stems if stem is not None}):
            if not folder.is_dir():
                try:
                    folder.mkdir(parents=True, exist_ok=True)
                except OSError as error:
                    return write_failure(error)
                # Their names must outlast a power cut as the pictures in them do.
                for above in folder.parents:
                    sync_folder(above)
        return None

    def start(self) -> None:
        """Say that the work begins, once."""
        if not self._is_started:
            self._is_started = True
            self._library.jobs.start(self.job)
            self._report.started(self.task)
            self._on_start()

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
            self._report.skipped(self.task, None, _NAME_TAKEN)
            return True
        if self._content is None:
            return False
        result = self._library.results.present(self._key(number), stem)
        if result is not None:
            self._report.present(self.task, number, result, self._typed(number, result))
            if is_aside(result.output):
                self.reviews += tuple(result.details.get("review", ()))
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


@contextlib.contextmanager
def step_buffer(is_wanted: bool) -> Generator[str, None, None]:
    """A name for a file of pictures in the making, which is gone after the block; else empty.

    Named like all temporary files, so that one that a killed process leaves is swept.
    """
    if not is_wanted:
        yield ""
        return
    name = f".pixelsmile-{os.getpid()}-{os.urandom(6).hex()}.rgb"
    path = Path(tempfile.gettempdir()) / name
    try:
        yield str(path)
    finally:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


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
