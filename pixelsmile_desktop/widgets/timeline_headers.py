"""The ruler over the timelines and the names before them."""

import math
from collections.abc import Callable

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPalette, QPolygon
from PySide6.QtWidgets import QHeaderView, QWidget

from pixelsmile_desktop.models.timeline import ROWS, Timeline
from pixelsmile_desktop.models.words import percent

_Role = QPalette.ColorRole
_STEPS = (1, 2, 5, 10, 20, 25, 50, 100, 200, 500)


class Ruler(QHeaderView):
    """Frames and seconds, the playhead, and which frames can be shown at once."""

    scrubbed = Signal(int)
    """The pointer is on this frame."""

    released = Signal()
    """The pointer was let go."""

    def __init__(self, timeline: Timeline, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._timeline = timeline
        self._ready: frozenset[int] = frozenset()
        self._playhead = 0.0
        self.setMinimumSectionSize(1)
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setAccessibleName(self.tr("Ruler"))

    def set_ready(self, frames: frozenset[int]) -> None:
        """Say which frames can be shown at once."""
        if frames != self._ready:
            self._ready = frames
            self.viewport().update()

    def set_playhead(self, frame: float) -> None:
        """Move the playhead's mark."""
        self._playhead = frame
        self.viewport().update()

    def sizeHint(self) -> QSize:
        return QSize(0, 2 * self.fontMetrics().height() + self._bar_px() + 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        palette, metrics = self.palette(), self.fontMetrics()
        painter.fillRect(event.rect(), palette.color(_Role.Window))
        left, width, frames = -self.offset(), self.defaultSectionSize(), self._timeline.frames
        painter.setPen(palette.color(_Role.WindowText))
        line = metrics.height()
        room = metrics.horizontalAdvance("0000")
        numbered = self._numbered(room / width)
        start, stop = max(0, -left // width - 2), min(frames, (self.width() - left) // width + 2)
        for frame in range(start, stop):
            if frame == 0 or (frame + 1) % numbered == 0:
                middle = round(left + (frame + 0.5) * width)
                centre = Qt.AlignmentFlag.AlignHCenter
                painter.drawText(middle - room, 0, 2 * room, line, centre, str(frame + 1))
        self._paint_seconds(painter, left, width, line)
        self._paint_ready(painter, left, width, range(start, stop))
        self._paint_playhead(painter, round(left + (self._playhead + 0.5) * width))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._scrub(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._scrub(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.released.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._scrub(event)

    def _scrub(self, event: QMouseEvent) -> None:
        frame = math.floor((event.position().x() + self.offset()) / self.defaultSectionSize())
        self.scrubbed.emit(min(max(frame, 0), self._timeline.frames - 1))

    def _numbered(self, least: float) -> int:
        """Every how many frames a number stands."""
        return next((step for step in _STEPS if step >= least), _STEPS[-1])

    def _paint_seconds(self, painter: QPainter, left: int, width: int, line: int) -> None:
        """Whole seconds, or as many of them as there is room for."""
        fps = self._timeline.timing.fps
        room = self.fontMetrics().horizontalAdvance("00.0 s ")
        step = self._numbered(room / (width * fps))
        painter.setPen(self.palette().color(_Role.PlaceholderText))
        for second in range(0, math.ceil(self._timeline.frames / fps), step):
            x = round(left + second * fps * width)
            if -room < x < self.width():
                painter.drawLine(x, line, x, 2 * line)
                text = self.tr("{seconds} s").format(seconds=second)
                painter.drawText(x + 3, line, room, line, Qt.AlignmentFlag.AlignLeft, text)

    def _paint_ready(self, painter: QPainter, left: int, width: int, shown: range) -> None:
        """A bar under the frames that are ready; the others have a thin line."""
        bar = self._bar_px()
        bottom = self.height() - 1
        accent, thin = self.palette().color(_Role.Highlight), self.palette().color(_Role.Mid)
        for frame in shown:
            x = left + frame * width
            if frame in self._ready:
                painter.fillRect(x, bottom - bar, width, bar, accent)
            else:
                painter.fillRect(x, bottom - 1, width, 1, thin)

    def _paint_playhead(self, painter: QPainter, x: int) -> None:
        half, bottom = max(4, self.fontMetrics().height() // 3), self.height() - self._bar_px() - 1
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.palette().color(_Role.WindowText))
        corners = (QPoint(x - half, bottom - half), QPoint(x + half, bottom - half))
        painter.drawPolygon(QPolygon([*corners, QPoint(x, bottom)]))

    def _bar_px(self) -> int:
        return max(3, self.fontMetrics().height() // 4)


class Labels(QHeaderView):
    """The names of the expressions, each with its value at the playhead."""

    def __init__(self, timeline: Timeline, playhead: Callable[[], float], parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._timeline = timeline
        self._playhead = playhead
        self._current = 0
        self.setMinimumSectionSize(1)
        self.setSectionsClickable(True)
        self.setAccessibleName(self.tr("Expressions"))

    def set_current(self, row: int) -> None:
        """Mark the row that is worked on."""
        if row != self._current:
            self._current = row
            self.viewport().update()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        names = (self._timeline.row_name(row) for row in range(len(ROWS)))
        name = max(metrics.horizontalAdvance(one) for one in names)
        # The row that is worked on is bold, and so wider.
        return QSize(round(name * 1.1) + metrics.horizontalAdvance("  100.5 % ") + 16, 0)

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        palette = self.palette()
        painter.fillRect(rect, palette.color(_Role.Window))
        font = self.font()
        font.setBold(section == self._current)
        painter.setFont(font)
        inner = rect.adjusted(8, 0, -8, 0)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(palette.color(_Role.WindowText))
        name = self._timeline.row_name(section)
        painter.drawText(inner, Qt.AlignmentFlag.AlignLeft | middle, name)
        value = self._timeline.value(section, self._playhead())
        if value == 0:
            painter.setPen(palette.color(_Role.PlaceholderText))
        painter.drawText(inner, Qt.AlignmentFlag.AlignRight | middle, percent(value))
