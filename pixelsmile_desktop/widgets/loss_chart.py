"""Losses and the learning rate over steps: curves for the eye, a table for everybody."""

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QHeaderView,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from pixelsmile_desktop.models.runs import Step

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()

TERMS = ("loss", "flow", "contrast", "identity")
_STYLES = (
    Qt.PenStyle.SolidLine,
    Qt.PenStyle.DashLine,
    Qt.PenStyle.DotLine,
    Qt.PenStyle.DashDotLine,
)
_KEPT = 0.9  # of the mean, with each step
_MOST_POINTS = 2000
_POINT_PX = 6  # dashes along thousands of corners take a tenth of a second
_RATE_SHARE = 0.25  # of the height, for the learning rate


def smoothed(values: Sequence[float], kept: float = _KEPT) -> list[float]:
    """A running mean that begins at the first value.

    >>> smoothed([1.0, 0.0, 0.0], 0.5)
    [1.0, 0.5, 0.25]
    """
    found: list[float] = []
    for value in values:
        found.append(value if not found else kept * found[-1] + (1 - kept) * value)
    return found


def thinned(points: Sequence[tuple[float, float]], most: int) -> list[tuple[float, float]]:
    """At most about twice so many points: the lowest and highest of each stretch stay.

    >>> len(thinned([(x, 0.0) for x in range(1000)], 50)) <= 100
    True
    """
    if len(points) <= 2 * most:
        return list(points)
    size = len(points) / most
    found: list[tuple[float, float]] = []
    for number in range(most):
        part = points[round(number * size) : round((number + 1) * size)]
        ends = {min(part, key=lambda one: one[1]), max(part, key=lambda one: one[1])}
        found += sorted(ends)
    return found


class LossChart(QWidget):
    """The curves of a run, or its table."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.titles = {
            "loss": self.tr("Loss"),
            "flow": self.tr("Flow"),
            "contrast": self.tr("Contrast"),
            "identity": self.tr("Identity"),
            "learning_rate": self.tr("Learning rate"),
        }
        self._steps: tuple[Step, ...] = ()
        self._curves = _Curves(self.titles)
        self._rows = StepTable(self.titles, self)
        self._table = QTableView()
        self._table.setModel(self._rows)
        self._table.setAccessibleName(self.tr("Losses as a table"))
        self._table.verticalHeader().hide()
        self._table.setAlternatingRowColors(True)
        self._table.setTabKeyNavigation(False)
        self._table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self._table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._curves)
        self._stack.addWidget(self._table)
        self._smooth = QCheckBox(self.tr("Smooth"))
        self._smooth.setChecked(True)
        self._smooth.toggled.connect(lambda _: self._show())
        self._as_table = QCheckBox(self.tr("As a table"))
        self._as_table.toggled.connect(lambda is_on: self._stack.setCurrentIndex(int(is_on)))
        line = QHBoxLayout()
        line.addWidget(self._smooth)
        line.addWidget(self._as_table)
        line.addStretch(1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self._stack, 1)
        rows.addLayout(line)

    def show_steps(self, steps: Sequence[Step]) -> None:
        """Show these, in the order of their numbers."""
        self._steps = tuple(steps)
        self._show()

    def _show(self) -> None:
        curves: dict[str, list[tuple[float, float]]] = {}
        # A run of a hundred thousand steps must not hold the window up.
        steps = self._steps[:: len(self._steps) // _MOST_POINTS + 1]
        for name in (*TERMS, "learning_rate"):
            points: list[tuple[float, float]] = [
                (one.step, value) for one in steps if (value := getattr(one, name)) is not None
            ]
            if name in TERMS[1:] and not any(value for _, value in points):
                continue  # a term that weighs nothing
            if points and name in TERMS and self._smooth.isChecked():
                values = smoothed([value for _, value in points])
                points = [(x, y) for (x, _), y in zip(points, values, strict=True)]
            if points:
                curves[name] = points
        self._curves.show_curves(curves)
        self._rows.show_steps(self._steps)
        self._curves.setAccessibleDescription(self.summary())

    def summary(self) -> str:
        """The last values in words."""
        if not self._steps:
            return self.tr("No step has been done yet.")
        last = self._steps[-1]
        parts = [
            f"{self.titles[name]} {getattr(last, name):.4g}"
            for name in TERMS
            if getattr(last, name) is not None
        ]
        return self.tr("Step {number}: {values}").format(number=last.step, values=", ".join(parts))


class StepTable(QAbstractTableModel):
    """A row a step, the newest first."""

    def __init__(self, titles: dict[str, str], parent: QWidget) -> None:
        super().__init__(parent)
        self._names = (*TERMS, "learning_rate", "seconds")
        self._titles = [self.tr("Step"), *(titles.get(name, "") for name in self._names[:-1])]
        self._titles.append(self.tr("Seconds"))
        self._steps: tuple[Step, ...] = ()

    def show_steps(self, steps: Sequence[Step]) -> None:
        """Show these in place of others."""
        gained = len(steps) - len(self._steps)
        if gained > 0 and tuple(steps[: len(self._steps)]) == self._steps:
            self.beginInsertRows(_NOWHERE, 0, gained - 1)
            self._steps = tuple(steps)
            self.endInsertRows()
        elif gained or tuple(steps) != self._steps:
            self.beginResetModel()
            self._steps = tuple(steps)
            self.endResetModel()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """A row a step."""
        return 0 if parent.isValid() else len(self._steps)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        """A column a number."""
        return 0 if parent.isValid() else len(self._titles)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        """What the numbers are."""
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return self._titles[section]
        return None

    def data(self, index: Index, role: int = 0) -> Any:
        """A number as text."""
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        step = self._steps[-1 - index.row()]
        if index.column() == 0:
            return str(step.step)
        value = getattr(step, self._names[index.column() - 1])
        return "" if value is None else f"{value:.4g}"


class _Curves(QWidget):
    """The painting."""

    def __init__(self, titles: dict[str, str]) -> None:
        super().__init__()
        self._titles = titles
        self._curves: dict[str, list[tuple[float, float]]] = {}
        self.setAccessibleName(self.tr("Losses"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_curves(self, curves: dict[str, list[tuple[float, float]]]) -> None:
        self._curves = curves
        self.update()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.averageCharWidth() * 70, metrics.height() * 14)

    def minimumSizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.averageCharWidth() * 40, metrics.height() * 10)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        painter.fillRect(self.rect(), palette.color(QPalette.ColorRole.Base))
        if self.hasFocus():
            painter.setPen(QPen(palette.color(QPalette.ColorRole.Highlight), 2))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.setPen(palette.color(QPalette.ColorRole.Text))
        if not self._curves:
            text = self.tr("The curves begin with the first step.")
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, text)
            return
        line = self.fontMetrics().height()
        left = self.fontMetrics().horizontalAdvance("0.00e-00") + line / 2
        whole = QRectF(left, line * 1.8, self.width() - left - line, self.height() - line * 3.4)
        rates = self._curves.get("learning_rate", [])
        losses = {name: points for name, points in self._curves.items() if name in TERMS}
        share = _RATE_SHARE if rates else 0.0
        upper = QRectF(whole.left(), whole.top(), whole.width(), whole.height() * (1 - share))
        ends = [(points[0][0], points[-1][0]) for points in self._curves.values()]
        first, last = min(one for one, _ in ends), max(one for _, one in ends)
        self._paint(painter, upper, losses, (first, last), self._colours())
        if rates:
            lower = QRectF(
                whole.left(),
                upper.bottom() + line * 1.6,
                whole.width(),
                whole.height() * share - line * 1.6,
            )
            colour = palette.color(QPalette.ColorRole.Text)
            self._paint(painter, lower, {"learning_rate": rates}, (first, last), [colour])
        self._paint_steps(painter, whole, first, last)

    def _colours(self) -> list[QColor]:
        """The accent, and three that are as strong and far from it."""
        accent = self.palette().color(QPalette.ColorRole.Highlight)
        hue, strength, value = accent.hsvHue(), accent.hsvSaturation(), accent.value()
        return [QColor.fromHsv((hue + turn) % 360, strength, value) for turn in (0, 160, 90, 250)]

    def _paint(
        self,
        painter: QPainter,
        area: QRectF,
        curves: dict[str, list[tuple[float, float]]],
        ends: tuple[float, float],
        colours: Sequence[QColor],
    ) -> None:
        top = max((y for points in curves.values() for _, y in points), default=1.0) or 1.0
        low = min(0.0, *(y for points in curves.values() for _, y in points), 0.0)
        text = self.palette().color(QPalette.ColorRole.Text)
        grid = QColor(text)
        grid.setAlphaF(0.18)
        to_x, to_y = (
            _scale(ends, area.left(), area.right()),
            _scale((low, top), area.bottom(), area.top()),
        )
        lines = 4 if area.height() > self.fontMetrics().height() * 5 else 1
        for number in range(lines + 1):
            value = low + (top - low) * number / lines
            y = to_y(value)
            painter.setPen(grid)
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(text)
            box = QRectF(0, y - 20, area.left() - self.fontMetrics().height() / 3, 40)
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(box, right, f"{value:.3g}")
        at = area.left()
        painter.save()
        for name, points in curves.items():
            style = _STYLES[TERMS.index(name)] if name in TERMS else Qt.PenStyle.SolidLine
            colour = colours[TERMS.index(name)] if name in TERMS else colours[0]
            painter.setPen(QPen(colour, 1.8, style))
            shown = thinned(points, max(int(area.width()) // _POINT_PX, 2))
            line = [QPointF(to_x(x), to_y(y)) for x, y in shown]
            if len(line) == 1:
                painter.drawEllipse(line[0], 3, 3)
            else:
                painter.drawPolyline(QPolygonF(line))
            at = self._paint_legend(painter, at, area.top(), self._titles[name])
        painter.restore()

    def _paint_legend(self, painter: QPainter, at: float, top: float, title: str) -> float:
        """A piece of the line and its name; returns where the next begins."""
        metrics = self.fontMetrics()
        y, sample = top - metrics.height() * 0.8, metrics.averageCharWidth() * 4
        painter.drawLine(QPointF(at, y), QPointF(at + sample, y))
        painter.save()
        painter.setPen(self.palette().color(QPalette.ColorRole.Text))
        painter.drawText(QPointF(at + sample * 1.25, y + metrics.ascent() * 0.4), title)
        painter.restore()
        return (
            at + sample * 1.25 + metrics.horizontalAdvance(title) + metrics.averageCharWidth() * 3
        )

    def _paint_steps(self, painter: QPainter, area: QRectF, first: float, last: float) -> None:
        painter.setPen(self.palette().color(QPalette.ColorRole.Text))
        top = area.bottom() + self.fontMetrics().height() * 0.3
        box = QRectF(area.left(), top, area.width(), self.fontMetrics().height() * 1.2)
        text = self.tr("step {number}")
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft, text.format(number=int(first)))
        painter.drawText(box, Qt.AlignmentFlag.AlignRight, text.format(number=int(last)))


def _scale(ends: tuple[float, float], start: float, stop: float) -> Callable[[float], float]:
    low, high = ends
    span = (high - low) or 1.0
    return lambda value: start + (value - low) / span * (stop - start)
