"""What a run of a batch says: an event a line with --json, each told once over all runs."""

import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.cli.report import Report
from engine.cli.stills import face_field, rounded
from engine.cli.text import count, duration, printable
from engine.cli.worker_jobs import sentence
from engine.library import Library, Result
from engine.protocol import Failed, Written

Label = dict[str, Any]

_PRESENT = "it was done before"
_PROGRESS_S = 0.1


@dataclass(frozen=True)
class Task:
    """One photo and its pictures' paths without suffix, as the user typed them.

    None stands for a picture that shall not be made, because something of its name is there.
    `labels` are what is said about each picture; `job` is its number in the library.
    """

    source: Path
    outputs: tuple[Path | None, ...]
    labels: tuple[Label, ...] = ()
    job: int = 0


class QueueReport:
    """Tells of jobs; any thread may call.

    Rows have `event` (`queued`, `started`, `finished`, `failed`, `skipped`), `source`, `output` and
    `reason`; the last two are null where there is nothing to say. *queued*, *started* and *failed*
    are said of a photo, *finished* and *skipped* of a picture.
    """

    shows_steps = False
    """Whether pictures in the making are of use."""

    def __init__(self, report: Report, library: Library) -> None:
        self._report = report
        self._library = library
        self._lock = threading.RLock()
        self._notes: set[str] = set()
        self._skipped = 0
        self._failed = 0
        self._photos = 0

    def expect(self, photos: int) -> None:
        """So many photos are to be done in this run."""
        with self._lock:
            self._photos = photos
            self._report.expect(photos)

    def queued(self, task: Task) -> None:
        """A photo waits for its turn."""
        self._row(self._event("queued", task))

    def started(self, task: Task) -> None:
        """The work on a photo begins."""
        with self._lock:
            self._report.begin(task.source.name)
            self._row(self._event("started", task))

    def within(self, task: Task, done: int, total: int) -> None:
        """A photo is done to `done` of `total`."""
        del task  # only one bar
        with self._lock:
            self._report.within(done, total)

    def preview(self, task: Task, buffer: Path, width: int, height: int) -> None:
        """A picture of what is in the making lies in a file."""

    def left(self, seconds: float | None, jobs: int) -> None:
        """So much is left of all that is queued; None where the time is not known yet."""

    def cancelled(self, task: Task) -> None:
        """Somebody has cancelled the job."""

    def aside(self, task: Task, reason: str) -> None:
        """The photo waits for somebody to look at it."""

    def again(self, task: Task, failed: Failed) -> None:
        """The photo took its worker down and is done again, with another one."""
        with self._lock:
            self._report.note(f"{printable(task.source)}: {failed.reason}; it is done again")

    def present(self, task: Task, number: int, result: Result, output: Path) -> None:
        """A picture is on the disk: finished, if nobody has said so yet, else skipped.

        Args:
            number: which of the photo's pictures.
            output: its path as the user typed it.
        """
        with self._lock:
            if not self._library.results.say(result):
                self.skipped(task, output, _PRESENT)
                return
            row = self._event("finished", task, output)
            row |= (task.labels[number] if task.labels else {}) | result.details
            try:
                self._row(row, printable(output))
            except OSError:
                self._library.results.unsay(result)
                raise

    def skipped(self, task: Task, output: Path | None, reason: str) -> None:
        """Nothing needs to be done."""
        with self._lock:
            self._skipped += 1
            self._row(self._event("skipped", task, output, reason))

    def failed(self, task: Task, failed: Failed) -> None:
        """A photo could not be done: an event, and a sentence on stderr."""
        said = sentence(task.source, failed)
        row = self._event("failed", task, None, failed.reason)
        with self._lock:
            self._failed += 1
            self._report.note(said)
            self._row(row | {"code": failed.code, "error": said})

    def remark(self, task: Task, written: Written) -> None:
        """What was odd about a picture; what is true of many is said once."""
        with self._lock:
            for note in written.notes:
                self.note_once(note)
            for warning in written.warnings:
                self.note_once(f"{printable(task.source)}: {warning}")
            for why in written.review:
                self.note_once(f"{printable(written.output)}: needs a look. {why}")

    def note_once(self, text: str) -> None:
        """Something worth knowing, unless it has been said."""
        with self._lock:
            if text not in self._notes:
                self._notes.add(text)
                self._report.note(text)

    def over(self, task: Task, pictures: int, seconds: float, left_s: float | None) -> None:
        """A photo is over; `pictures` were made of it, in so many seconds."""
        with self._lock:
            if pictures:
                name = printable(task.source.name)
                summary = f"{name}: {count(pictures, 'picture')} in {duration(seconds)}"
                self._report.finish(summary, left_s)
            else:
                self._report.finish()

    def close(self, halt: str) -> None:
        """The run is over; `halt` says why before its time."""
        with self._lock:
            if self._skipped:
                self._report.note(f"{count(self._skipped, 'picture')} left as they were")
            if self._failed and self._photos > 1:
                self._report.note(f"{self._failed} of {count(self._photos, 'photo')} failed")
            if halt:
                self._report.note(halt)

    def _event(
        self, event: str, task: Task, output: Path | None = None, reason: str | None = None
    ) -> dict[str, Any]:
        shown = None if output is None else str(output)
        return {"event": event, "source": str(task.source), "output": shown, "reason": reason}

    def _row(self, row: dict[str, Any], line: str = "") -> None:
        with self._lock:
            self._report.row(row, line)


class FollowedReport(QueueReport):
    """The same for a front end that shows every job: rows name their job, and there are more.

    See docs/queue.md.
    """

    shows_steps = True

    def __init__(self, report: Report, library: Library) -> None:
        super().__init__(report, library)
        self._told_at: dict[int, float] = {}
        self._left: tuple[int | None, int] | None = None

    def within(self, task: Task, done: int, total: int) -> None:
        """As a row, ten a second at most; the last step always."""
        with self._lock:
            super().within(task, done, total)
            now = time.monotonic()
            if done < total and now - self._told_at.get(task.job, -1.0) < _PROGRESS_S:
                return
            self._told_at[task.job] = now
            self._row({"event": "progress", "job": task.job, "done": done, "total": total})

    def preview(self, task: Task, buffer: Path, width: int, height: int) -> None:
        """As a row."""
        row = {"event": "preview", "job": task.job, "buffer": str(buffer)}
        self._row(row | {"width": width, "height": height})

    def left(self, seconds: float | None, jobs: int) -> None:
        """As a row, when whole seconds or the number of jobs have changed."""
        with self._lock:
            left = (None if seconds is None else round(seconds), jobs)
            if left != self._left:
                self._left = left
                self._row({"event": "left", "seconds": left[0], "jobs": jobs})

    def cancelled(self, task: Task) -> None:
        """As a row."""
        self._row(self._event("cancelled", task))

    def aside(self, task: Task, reason: str) -> None:
        """As a row."""
        self._row(self._event("needs_review", task, None, reason))

    def again(self, task: Task, failed: Failed) -> None:
        """As a row."""
        with self._lock:
            super().again(task, failed)
            self._row(self._event("again", task, None, failed.reason))

    def over(self, task: Task, pictures: int, seconds: float, left_s: float | None) -> None:
        """A photo is over."""
        with self._lock:
            self._told_at.pop(task.job, None)
            super().over(task, pictures, seconds, left_s)

    def close(self, halt: str) -> None:
        """The run is over; a row says why before its time."""
        if halt:
            self._row({"event": "stopped", "reason": halt})
        super().close(halt)

    def _event(
        self, event: str, task: Task, output: Path | None = None, reason: str | None = None
    ) -> dict[str, Any]:
        return super()._event(event, task, output, reason) | {"job": task.job}


def details_of(written: Written) -> dict[str, Any]:
    """What is known about a picture beyond what was asked for."""
    details: dict[str, Any] = {
        "face": face_field(written.faces),
        "editor": written.editor,
        "identity": rounded(written.identity),
        "seconds": round(written.seconds, 4),
    }
    if written.drift:
        details["drift"] = dict(written.drift)
    if written.warnings:
        details["warnings"] = list(written.warnings)
    if written.review:
        details["review"] = list(written.review)
    return details
