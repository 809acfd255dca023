"""Small signs on photos. Each has a shape of its own: colour is never the only sign."""

from collections.abc import Callable
from math import cos, pi, sin

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPalette, QPen, QPolygonF

Sign = str
_Shape = Callable[[QPainterPath, QRectF], None]


def paint_sign(painter: QPainter, sign: Sign, rect: QRectF, palette: QPalette) -> None:
    """Paint one of `edited`, `copy`, `queued`, `running`, `failed`, `needs_review`, `pick`,
    `reject` on a round ground, so that it can be read on any photo."""
    ground, ink = palette.color(QPalette.ColorRole.Base), palette.color(QPalette.ColorRole.Text)
    if sign in ("failed", "needs_review", "reject"):
        ground, ink = ink, ground
    elif sign in ("edited", "pick", "running"):
        ground = palette.color(QPalette.ColorRole.Highlight)
        ink = palette.color(QPalette.ColorRole.HighlightedText)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    ground.setAlpha(235)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawEllipse(rect)
    pen = QPen(ink, max(1.2, rect.width() / 9))
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    path = QPainterPath()
    _SHAPES[sign](path, rect.adjusted(*(rect.width() * f for f in (0.27, 0.27, -0.27, -0.27))))
    if sign in ("running", "pick"):
        painter.setBrush(ink)
    painter.drawPath(path)
    painter.restore()


def paint_stars(painter: QPainter, number: int, rect: QRectF, colour: QColor) -> None:
    """Paint stars from the left edge, as high as the rectangle."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    radius = rect.height() / 2
    for at in range(number):
        centre = QPointF(rect.left() + radius * (1 + 2.1 * at), rect.center().y())
        painter.drawPolygon(_star(centre, radius))
    painter.restore()


def _star(centre: QPointF, radius: float) -> QPolygonF:
    points: list[QPointF] = []
    for at in range(10):
        angle, away = at * pi / 5 - pi / 2, radius * (1.0 if at % 2 == 0 else 0.45)
        points.append(centre + QPointF(cos(angle) * away, sin(angle) * away))
    return QPolygonF(points)


def _edited(path: QPainterPath, box: QRectF) -> None:
    """Two sliders."""
    for part, knob in ((0.2, 0.7), (0.8, 0.3)):
        y = box.top() + box.height() * part
        path.moveTo(box.left(), y)
        path.lineTo(box.right(), y)
        path.addEllipse(QPointF(box.left() + box.width() * knob, y), 1.4, 1.4)


def _copy(path: QPainterPath, box: QRectF) -> None:
    side = box.width() * 0.68
    path.addRect(QRectF(box.left(), box.top(), side, side))
    path.addRect(QRectF(box.right() - side, box.bottom() - side, side, side))


def _queued(path: QPainterPath, box: QRectF) -> None:
    """A clock's hands."""
    path.moveTo(box.center().x(), box.top())
    path.lineTo(box.center())
    path.lineTo(box.right(), box.center().y() + box.height() * 0.25)


def _running(path: QPainterPath, box: QRectF) -> None:
    path.addPolygon(
        QPolygonF([box.topLeft(), QPointF(box.right(), box.center().y()), box.bottomLeft()])
    )
    path.closeSubpath()


def _failed(path: QPainterPath, box: QRectF) -> None:
    """An exclamation mark."""
    x = box.center().x()
    path.moveTo(x, box.top() - box.height() * 0.1)
    path.lineTo(x, box.top() + box.height() * 0.6)
    path.moveTo(x, box.bottom())
    path.lineTo(x, box.bottom() + 0.1)


def _needs_review(path: QPainterPath, box: QRectF) -> None:
    """A question mark."""
    x, width = box.center().x(), box.width()
    path.moveTo(x - width * 0.3, box.top() + box.height() * 0.15)
    path.cubicTo(
        QPointF(x - width * 0.2, box.top() - box.height() * 0.3),
        QPointF(x + width * 0.8, box.top() + box.height() * 0.1),
        QPointF(x, box.top() + box.height() * 0.62),
    )
    path.moveTo(x, box.bottom())
    path.lineTo(x, box.bottom() + 0.1)


def _pick(path: QPainterPath, box: QRectF) -> None:
    """A flag."""
    path.moveTo(box.bottomLeft())
    path.lineTo(box.topLeft())
    path.lineTo(box.right(), box.top() + box.height() * 0.3)
    path.lineTo(box.left(), box.top() + box.height() * 0.6)


def _reject(path: QPainterPath, box: QRectF) -> None:
    path.moveTo(box.topLeft())
    path.lineTo(box.bottomRight())
    path.moveTo(box.topRight())
    path.lineTo(box.bottomLeft())


_SHAPES: dict[Sign, _Shape] = {
    "edited": _edited,
    "copy": _copy,
    "queued": _queued,
    "running": _running,
    "failed": _failed,
    "needs_review": _needs_review,
    "pick": _pick,
    "reject": _reject,
}
