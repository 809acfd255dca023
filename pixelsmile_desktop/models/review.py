"""What there is to look at: the jobs with results, and their pictures read in the background."""

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from PySide6.QtCore import (
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRunnable,
    QSize,
    QSortFilterProxyModel,
    Qt,
    QThreadPool,
    Signal,
)
from PySide6.QtGui import QColorSpace, QIcon, QImage, QImageReader, QPainter, QPixmap

from engine.library import REJECTED, REVIEW, Job, Picture
from pixelsmile_desktop.models.queue import Queue, QueueRole

Index = QModelIndex | QPersistentModelIndex
Mode = Literal["doubtful", "all"]

ICON_PX = 256
_KEPT = 200


class Reviewed(QSortFilterProxyModel):
    """The jobs that need a look, or all that have results; one column, by the photo's name."""

    def __init__(self, queue: Queue, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue = queue
        self._mode: Mode = "doubtful"
        self._icons: OrderedDict[int, QIcon] = OrderedDict()
        self._none = _icon(QImage())
        self._asked: set[int] = set()
        self._reader = PictureReader(self)
        self._reader.read.connect(self._take)
        self.setSourceModel(queue.jobs)

    def set_mode(self, mode: Mode) -> None:
        """Which jobs are listed."""
        self.beginFilterChange()
        self._mode = mode
        self.endFilterChange()

    def job(self, index: Index) -> Job | None:
        """The job of a row."""
        found = index.data(QueueRole.JOB) if index.isValid() else None
        return found if isinstance(found, Job) else None

    def forget(self, number: int) -> None:
        """A job's pictures may have changed."""
        self._icons.pop(number, None)
        self._asked.discard(number)

    def close(self) -> None:
        """Read nothing more."""
        self._reader.close()

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        job = self._queue.jobs.jobs()[source_row]
        if self._mode == "doubtful":
            return job.state == "needs_review" and job.code == REVIEW
        is_looked_at = job.code in (REVIEW, REJECTED)
        return bool(job.places) and (job.state == "finished" or is_looked_at)

    def filterAcceptsColumn(self, source_column: int, source_parent: Index) -> bool:
        return source_column == 0

    def data(self, index: Index, role: int = 0) -> Any:
        job = super().data(index, QueueRole.JOB)
        if not isinstance(job, Job):
            return None
        if role == Qt.ItemDataRole.DecorationRole:
            return self._icon(job)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            text = self.tr("{name}: {state}")
            state = self._queue.jobs.state_text(job.state)
            return text.format(name=job.source.name, state=state)
        return super().data(index, role)

    def _icon(self, job: Job) -> QIcon:
        if job.id in self._icons:
            self._icons.move_to_end(job.id)
            return self._icons[job.id]
        if job.id not in self._asked:
            self._asked.add(job.id)
            self._queue.pictures(job.id, lambda pictures: self._read(job.id, pictures))
        return self._none

    def _read(self, number: int, pictures: list[Picture]) -> None:
        made = [one.output for one in pictures if one.output is not None]
        if made:
            self._reader.ask(number, made[0], ICON_PX)

    def _take(self, number: object, picture: QImage) -> None:
        if picture.isNull() or not isinstance(number, int):
            return
        self._icons[number] = _icon(picture)
        while len(self._icons) > _KEPT:
            oldest, _ = self._icons.popitem(last=False)
            self._asked.discard(oldest)
        row = self._queue.jobs.row_of(number)
        if row is not None:
            index = self.mapFromSource(self._queue.jobs.index(row, 0))
            self.dataChanged.emit(index, index, [Qt.ItemDataRole.DecorationRole])


def _icon(picture: QImage) -> QIcon:
    """A square icon, so that all are laid out alike."""
    square = QPixmap(ICON_PX, ICON_PX)
    square.fill(Qt.GlobalColor.transparent)
    if not picture.isNull():
        painter = QPainter(square)
        place = picture.rect()
        place.moveCenter(square.rect().center())
        painter.drawImage(place, picture)
        painter.end()
    icon = QIcon(square)
    # Colours are what is looked at: a chosen picture is not tinted.
    icon.addPixmap(square, QIcon.Mode.Selected)
    return icon


class PictureReader(QObject):
    """Reads files on threads, at reduced size, in the screen's colours."""

    read = Signal(object, QImage)
    """What was asked with, and the picture; a null one where Qt cannot read the file."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)

    def ask(self, key: object, path: Path, longest_px: int) -> None:
        """Read a file; `read` is told later."""
        self._pool.start(_Reading(lambda: self._tell(key, path, longest_px)))

    def close(self) -> None:
        """Read nothing more."""
        self._pool.clear()
        self._pool.waitForDone()

    def _tell(self, key: object, path: Path, longest_px: int) -> None:
        self.read.emit(key, read_picture(path, longest_px))


class _Reading(QRunnable):
    def __init__(self, work: Callable[[], None]) -> None:
        super().__init__()
        self._work = work

    def run(self) -> None:
        self._work()


def read_picture(path: Path, longest_px: int) -> QImage:
    """A file as sRGB with its longer side at most `longest_px`; of a folder of frames the first.

    Null where Qt cannot read it. Any thread may call.
    """
    if path.is_dir():
        path = min(path.glob("*.png"), default=path)
    reader = QImageReader(str(path))
    reader.setAutoTransform(True)
    size = reader.size()
    if size.isValid() and max(size.width(), size.height()) > longest_px:
        reader.setScaledSize(
            size.scaled(QSize(longest_px, longest_px), Qt.AspectRatioMode.KeepAspectRatio)
        )
    picture = reader.read()
    srgb = QColorSpace(QColorSpace.NamedColorSpace.SRgb)
    if picture.colorSpace().isValid() and picture.colorSpace() != srgb:
        picture.convertToColorSpace(srgb)
    return picture
