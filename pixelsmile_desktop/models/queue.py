"""The queue as the window shows it: a row a job, kept up to date from the library's log.

Only what has changed is read again, on the catalogue's thread.
"""

import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QImage

from engine.library import Job, Library, Picture, State
from pixelsmile_desktop.engine_link.catalogue import CatalogueLink
from pixelsmile_desktop.engine_link.queue_process import QueueProcess
from pixelsmile_desktop.widgets.time_text import duration_text

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()

_LOOK_MS = 250
_REST_AFTER_S = 3.0  # the process is cheap without its workers, and starting costs a second
_MANY_RUNS = 100  # pieces of rows that go at once, beyond which the table is made anew
_PREVIEW_PX = 256
_EVENTS_AT_ONCE = 1000


class Column(IntEnum):
    """The table's columns."""

    PHOTO = 0
    STATE = 1
    PROGRESS = 2
    LEFT = 3
    OUTPUT = 4


class QueueRole(IntEnum):
    """What a cell gives beyond Qt's own roles."""

    JOB = Qt.ItemDataRole.UserRole + 1
    """The `Job`."""

    SHARE = Qt.ItemDataRole.UserRole + 2
    """How much is done, 0 to 1; None where nobody is at it."""

    STEP = Qt.ItemDataRole.UserRole + 3
    """A small `QImage` of what is in the making, or None."""


@dataclass
class _Work:
    """What is known of a job that somebody is at."""

    since: float
    share: float = 0.0
    step: QImage | None = None

    @property
    def left_s(self) -> float | None:
        """Seconds, once a tenth is done."""
        spent = time.monotonic() - self.since
        return spent / self.share * (1 - self.share) if self.share >= 0.1 and spent > 2 else None


class Jobs(QAbstractTableModel):
    """One row a job, in the order in which they are done."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs: list[Job] = []
        self._rows: dict[int, int] = {}
        self._works: dict[int, _Work] = {}
        self.counts: Counter[State] = Counter()
        """How many jobs there are of each state."""

    def job(self, number: int) -> Job | None:
        """The job of that number."""
        row = self._rows.get(number)
        return None if row is None else self._jobs[row]

    def jobs(self) -> Sequence[Job]:
        """All of them in order. Not to be changed."""
        return self._jobs

    def known(self) -> set[int]:
        """The numbers of all of them."""
        return set(self._rows)

    def photo_states(self) -> dict[Path, State]:
        """How the newest job of each photo stands."""
        newest: dict[Path, Job] = {}
        for job in self._jobs:
            if job.source not in newest or newest[job.source].id < job.id:
                newest[job.source] = job
        return {photo: job.state for photo, job in newest.items()}

    def row_of(self, number: int) -> int | None:
        """Where a job stands."""
        return self._rows.get(number)

    # ---- what Qt asks ---------------------------------------------------------------------------

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._jobs)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._titles()[Column(section)]
        return None

    def data(self, index: Index, role: int = 0) -> Any:
        if not index.isValid():
            return None
        job, column = self._jobs[index.row()], Column(index.column())
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(job, column)
            case Qt.ItemDataRole.AccessibleTextRole:
                return self._text(job, column) or self.tr("{title}: none").format(
                    title=self._titles()[column]
                )
            case Qt.ItemDataRole.ToolTipRole:
                return self._tip(job, column)
            case QueueRole.JOB:
                return job
            case QueueRole.SHARE:
                return self._works[job.id].share if job.id in self._works else None
            case QueueRole.STEP:
                return self._works[job.id].step if job.id in self._works else None
        return None

    def _titles(self) -> dict[Column, str]:
        return {
            Column.PHOTO: self.tr("Photo"),
            Column.STATE: self.tr("State"),
            Column.PROGRESS: self.tr("Progress"),
            Column.LEFT: self.tr("Time left"),
            Column.OUTPUT: self.tr("Result or reason"),
        }

    def state_text(self, state: State) -> str:
        """The state as it is read."""
        return {
            "queued": self.tr("queued"),
            "running": self.tr("running"),
            "finished": self.tr("finished"),
            "failed": self.tr("failed"),
            "cancelled": self.tr("cancelled"),
            "needs_review": self.tr("needs review"),
        }[state]

    def _text(self, job: Job, column: Column) -> str:
        work = self._works.get(job.id)
        match column:
            case Column.PHOTO:
                return job.source.name
            case Column.STATE:
                return self.state_text(job.state)
            case Column.PROGRESS:
                return "" if work is None else f"{work.share * 100:.0f} %"
            case Column.LEFT:
                left_s = None if work is None else work.left_s
                return "" if left_s is None else duration_text(left_s)
            case Column.OUTPUT:
                return job.reason or self._outputs(job)

    def _outputs(self, job: Job) -> str:
        places = job.places
        if not places:
            return self.tr("nothing to make: the name is taken")
        first = places[0].name
        if len(places) == 1:
            return first
        return self.tr("{name} and {number} more").format(name=first, number=len(places) - 1)

    def _tip(self, job: Job, column: Column) -> str:
        if column == Column.PHOTO:
            return str(job.source)
        if column == Column.OUTPUT:
            return job.reason or "\n".join(str(one) for one in job.places)
        return ""

    # ---- what is told ---------------------------------------------------------------------------

    def take(self, changed: Iterable[Job], order: Sequence[int] | None) -> None:
        """Take over jobs that have changed; with `order`, which there are and how they stand."""
        found = {job.id: job for job in changed}
        if order is None:
            self._replace(found)
            return
        there = set(order)
        if not self._remove([job.id not in there for job in self._jobs]):
            self.beginResetModel()
            self._jobs = [job for job in self._jobs if job.id in there]
            self._number()
            self.endResetModel()
        news = [found[number] for number in order if number in found and number not in self._rows]
        self._replace({number: job for number, job in found.items() if number in self._rows})
        if news:
            first = len(self._jobs)
            self.beginInsertRows(QModelIndex(), first, first + len(news) - 1)
            self._jobs += news
            self._number()
            self.endInsertRows()
        self._sort(order)
        self._works = {number: one for number, one in self._works.items() if number in self._rows}

    def set_progress(self, number: int, done: int, total: int) -> None:
        """A job is done to `done` of `total`."""
        if number in self._rows:
            work = self._works.setdefault(number, _Work(time.monotonic()))
            work.share = min(max(done / total, 0.0), 1.0)
            self._tell(number, Column.PROGRESS, Column.LEFT)

    def set_step(self, number: int, picture: QImage) -> None:
        """A picture of what is in the making."""
        if number in self._rows:
            work = self._works.setdefault(number, _Work(time.monotonic()))
            work.step = picture.scaled(
                _PREVIEW_PX,
                _PREVIEW_PX,
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
            self._tell(number, Column.PROGRESS, Column.PROGRESS)

    def forget_works(self) -> None:
        """Nobody is at anything: the process is gone."""
        numbers, self._works = list(self._works), {}
        for number in numbers:
            self._tell(number, Column.PROGRESS, Column.LEFT)

    def _replace(self, found: Mapping[int, Job]) -> None:
        for number, job in found.items():
            row = self._rows.get(number)
            if row is None or self._jobs[row] == job:
                continue
            self.counts[self._jobs[row].state] -= 1
            self.counts[job.state] += 1
            self._jobs[row] = job
            if job.state != "running":
                self._works.pop(number, None)
            self._tell(number, Column.PHOTO, Column.OUTPUT)

    def _tell(self, number: int, first: Column, last: Column) -> None:
        row = self._rows.get(number)
        if row is not None:
            self.dataChanged.emit(self.index(row, first), self.index(row, last))

    def _remove(self, is_gone: Sequence[bool]) -> bool:
        """Remove rows, from the end; False when they are in too many pieces."""
        runs: list[tuple[int, int]] = []
        for gone, group in itertools.groupby(range(len(is_gone)), key=is_gone.__getitem__):
            rows = list(group)
            if gone:
                runs.append((rows[0], rows[-1]))
        if len(runs) > _MANY_RUNS:
            return False
        for first, last in reversed(runs):
            self.beginRemoveRows(QModelIndex(), first, last)
            del self._jobs[first : last + 1]
            self._number()
            self.endRemoveRows()
        return True

    def _sort(self, order: Sequence[int]) -> None:
        places = {number: place for place, number in enumerate(order)}
        jobs = sorted(self._jobs, key=lambda job: places[job.id])
        if jobs == self._jobs:
            return
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        numbers = [self._jobs[index.row()].id for index in before]
        self._jobs = jobs
        self._number()
        after = [
            self.index(self._rows[number], index.column())
            for number, index in zip(numbers, before, strict=True)
        ]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _number(self) -> None:
        self._rows = {job.id: row for row, job in enumerate(self._jobs)}
        self.counts = Counter(job.state for job in self._jobs)


@dataclass(frozen=True)
class _News:
    """What a look at the library found."""

    last: int
    is_paused: bool
    changed: list[Job] = field(default_factory=list[Job])
    order: list[int] | None = None


class Queue(QObject):
    """The jobs, what is done about them, and the process that works on them."""

    changed = Signal()
    """The numbers of the summary may be others."""

    jobs_changed = Signal()
    """Jobs have come, gone, or changed their state."""

    done = Signal(int, int, int)
    """Nothing is left: how many jobs finished, failed and need review since there was work."""

    refused = Signal(str)
    """A sentence: something could not be done."""

    def __init__(
        self, catalogue: CatalogueLink, process: QueueProcess, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.jobs = Jobs(self)
        self.selection = QItemSelectionModel(self.jobs, self)
        self.process = process
        self.left_s: float | None = None
        self.is_paused = False
        self._catalogue = catalogue
        self._last = -1
        self._is_asking = False
        self._ask_again = False
        self._trouble = ""
        self._has_work = False
        self._had: Counter[State] = Counter()
        self._idle_since = time.monotonic()
        process.progress.connect(self.jobs.set_progress)
        process.preview.connect(self.jobs.set_step)
        process.left.connect(self._set_left)
        process.changed.connect(lambda _number: self.look())
        process.running_changed.connect(self._process_changed)
        self._timer = QTimer(self, interval=_LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def close(self) -> None:
        """End the process; what it has in hand stays queued."""
        self._timer.stop()
        self.process.close()

    @property
    def open_jobs(self) -> int:
        """How many are queued or running."""
        return self.jobs.counts["queued"] + self.jobs.counts["running"]

    def selected(self) -> list[Job]:
        """The jobs of the selected rows, in order."""
        # Not `selectedIndexes`, which asks for every cell's flags.
        ranges = self.selection.selection().toList()
        rows = sorted({row for one in ranges for row in range(one.top(), one.bottom() + 1)})
        return [self.jobs.jobs()[row] for row in rows]

    def look(self) -> None:
        """See what has happened, soon."""
        if self._is_asking:
            self._ask_again = True
            return
        self._is_asking = True
        last, known = self._last, self.jobs.known()
        running = [job.id for job in self.jobs.jobs() if job.state == "running"]
        self._catalogue.ask(
            lambda library: _news(library, last, known, running), self._take, self._look_failed
        )

    # ---- what is done about jobs ----------------------------------------------------------------

    def pause(self) -> None:
        """Start no more jobs; what runs goes on."""
        self._do(lambda library: library.jobs.pause())

    def resume(self) -> None:
        """Take the queue up again."""
        self.process.wake(anew=True)
        self._do(lambda library: library.jobs.resume())

    def cancel(self, numbers: Sequence[int]) -> None:
        """Cancel jobs that have not ended."""
        self._do(lambda library: library.jobs.cancel(numbers))

    def retry(self, numbers: Sequence[int]) -> None:
        """Queue jobs anew that failed, were set aside or cancelled."""
        self._forgive()
        self._do(lambda library: library.jobs.retry(numbers))

    def retry_failed(self) -> None:
        """Queue all anew that failed."""
        self.retry([job.id for job in self.jobs.jobs() if job.state == "failed"])

    def move(self, numbers: Sequence[int], by: int) -> None:
        """Have queued jobs done one place earlier (-1) or later (1)."""
        waiting = [job for job in self.jobs.jobs() if job.state == "queued"]
        moves = _moves([job.id for job in waiting], set(numbers), by)

        def work(library: Library) -> None:
            for number, before in moves:
                library.jobs.move(number, before=before)

        if moves:
            self._do(work)

    def clear(self) -> None:
        """Forget jobs that have finished or were cancelled; their pictures stay."""
        self._do(lambda library: library.jobs.prune(("finished", "cancelled")))

    def accept(self, number: int) -> None:
        """Put a job's pictures where they belong."""
        self._do(lambda library: library.review.accept(number))

    def reject(self, number: int) -> None:
        """Leave a job's pictures aside."""
        self._do(lambda library: library.review.reject(number))

    def retry_with_seed(self, number: int, seed: int) -> None:
        """Render a job's photo anew with another seed."""
        self._forgive()
        self._do(lambda library: library.review.retry_with_seed(number, seed))

    def pictures(self, number: int, on_done: Callable[[list[Picture]], None]) -> None:
        """Give `on_done` what a job has made; nothing when the job is gone."""

        def work(library: Library) -> list[Picture]:
            try:
                return library.review.pictures(number)
            except KeyError:
                return []

        self._catalogue.ask(work, on_done)

    def _forgive(self) -> None:
        if self.process.has_given_up:
            self.process.wake(anew=True)

    def _do(self, work: Callable[[Library], object]) -> None:
        def tried(library: Library) -> str:
            try:
                work(library)
            except (ValueError, OSError) as error:
                return str(error)
            except KeyError:
                return self.tr("That job is not there any more.")
            return ""

        self._catalogue.ask(tried, self._done, self.refused.emit)

    def _done(self, refusal: str) -> None:
        if refusal:
            self.refused.emit(refusal)
        self.look()

    # ---- what comes back ------------------------------------------------------------------------

    def _look_failed(self, reason: str) -> None:
        """Look again with the next turn; that it cannot be read is told of once."""
        self._is_asking = self._ask_again = False
        if reason != self._trouble:
            self._trouble = reason
            self.refused.emit(reason)

    def _take(self, news: _News) -> None:
        self._is_asking = False
        self._trouble = ""
        is_other = self.is_paused != news.is_paused or news.order is not None or news.changed
        self.is_paused = news.is_paused
        self._last = news.last
        if news.changed or news.order is not None:
            before = self.jobs.rowCount()
            self.jobs.take(news.changed, news.order)
            if self.jobs.rowCount() > before:
                self._forgive()  # who adds work wants it done
            self.jobs_changed.emit()
        self._mind_process()
        if is_other:
            self.changed.emit()
        if self._ask_again:
            self._ask_again = False
            self.look()

    def _mind_process(self) -> None:
        """Have the process there while there is work, and tell when there is none any more."""
        now = time.monotonic()
        has_work = self.open_jobs > 0
        if has_work and not self._has_work:
            self._had = Counter(self.jobs.counts)
        if self._has_work and not has_work:
            ended = [max(self.jobs.counts[state] - self._had[state], 0) for state in _TOLD]
            self._idle_since = now
            self.left_s = None
            if any(ended):
                self.done.emit(*ended)
        self._has_work = has_work
        if has_work and not (self.is_paused and not self.jobs.counts["running"]):
            self.process.wake()
        elif self.process.is_running and now - self._idle_since > _REST_AFTER_S:
            self.process.rest()

    def _set_left(self, seconds: float | None, _jobs: int) -> None:
        self.left_s = seconds
        self.changed.emit()

    def _process_changed(self, is_running: bool) -> None:
        if not is_running:
            self.left_s = None
            self.jobs.forget_works()
        self.look()


_TOLD: tuple[State, ...] = ("finished", "failed", "needs_review")


def _news(library: Library, last: int, known: set[int], running: Sequence[int]) -> _News:
    """What has happened since the event `last` (-1: everything), for the catalogue's thread.

    Jobs that were running are read in any case: that one is given back is in no event.
    """
    newest, is_paused = library.events.newest(), library.jobs.is_paused()
    if last < 0:
        return _News(newest, is_paused, library.jobs.all(), library.jobs.order())
    if newest == last:
        return _News(last, is_paused, library.jobs.some(running))
    events = library.events.after(last, _EVENTS_AT_ONCE)
    if len(events) >= _EVENTS_AT_ONCE:
        return _News(newest, is_paused, library.jobs.all(), library.jobs.order())
    touched = {event.job for event in events if event.job is not None}
    last = events[-1].id if events else last
    wanted, order = touched | set(running), None
    if touched - known or any(event.kind in ("queued", "moved", "cleared") for event in events):
        order = library.jobs.order()
        wanted |= set(order) - known
    return _News(last, is_paused, library.jobs.some(wanted), order)


def _moves(order: Sequence[int], chosen: set[int], by: int) -> list[tuple[int, int | None]]:
    """Which jobs are put before which others (None: the end) to bring `chosen` one place on.

    >>> _moves([1, 2, 3, 4], {2, 3}, -1)
    [(2, 1), (3, 1)]
    >>> _moves([1, 2, 3, 4], {2, 3}, 1)
    [(4, 2)]
    """
    moves: list[tuple[int, int | None]] = []
    if by < 0:
        for place, number in enumerate(order):
            is_block = place > 0 and order[place - 1] not in chosen
            if number in chosen and is_block:
                rest = itertools.takewhile(chosen.__contains__, order[place:])
                moves += [(one, order[place - 1]) for one in rest]
        return moves
    for place, number in enumerate(order):
        if number not in chosen and place > 0 and order[place - 1] in chosen:
            block = list(itertools.takewhile(chosen.__contains__, reversed(order[:place])))
            moves.append((number, block[-1]))
    return moves
