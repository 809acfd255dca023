"""How timelines are drawn: cells as bars, the curve over them, keys as ◆.

Values are told by height first; tints and marks take their colours from the palette.
"""

import itertools
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPalette, QPen, QPixmap, QPolygonF

from engine.recipes import MAX_INTENSITY, Curve, Easing, Keyframe

_Role = QPalette.ColorRole
_TINTS = 16
_WEAKEST, _STRONGEST = 40, 150  # of 255: a bar's tint at 0 and at the highest intensity


@dataclass(frozen=True)
class Look:
    """Colours and marks for one palette, one size and one screen.

    Attributes:
        bands: background of even and odd rows.
        line, second: between frames and between seconds.
        tints: of bars, from weak to strong.
        curve_offsets: how far below one another thin lines make the curve (logical pixels).
        key, chosen: a key and a selected key, with their middle at `middle` (logical pixels).
    """

    bands: tuple[QColor, QColor]
    line: QColor
    second: QColor
    selected: QColor
    tints: tuple[QColor, ...]
    curve: QPen
    curve_offsets: tuple[float, ...]
    full: QPen
    playhead: QColor
    key: QPixmap
    chosen: QPixmap
    middle: float


def make_look(palette: QPalette, key_px: float, ratio: float) -> Look:
    """The look for a palette; `key_px` is half a key's width, `ratio` the screen's scale."""
    accent, text = palette.color(_Role.Highlight), palette.color(_Role.Text)
    base = palette.color(_Role.Base)
    # Mixed rather than transparent: opaque rectangles are painted three times as fast.
    full = QPen(_mixed(base, text, 70), 1, Qt.PenStyle.DotLine)
    tints = tuple(
        _mixed(base, accent, round(_WEAKEST + (_STRONGEST - _WEAKEST) * step / (_TINTS - 1)))
        for step in range(_TINTS)
    )
    half = key_px + 3
    return Look(
        bands=(base, palette.color(_Role.AlternateBase)),
        line=_mixed(base, text, 22),
        second=_mixed(base, text, 70),
        selected=_faded(accent, 50),
        tints=tints,
        # Wide smooth lines take four times as long as several thin ones.
        curve=QPen(accent, 0),
        curve_offsets=tuple(step / ratio for step in range(round(1.5 * ratio))),
        full=full,
        playhead=text,
        key=_diamond(text, base, key_px, half, ratio),
        chosen=_diamond(accent, text, key_px + 2, half, ratio),
        middle=half,
    )


@dataclass(frozen=True)
class Lane:
    """Where one row lies: the left edge of frame 0, the width of a frame, and its rectangle."""

    left: int
    frame_px: int
    rect: QRect

    def x(self, frame: float) -> float:
        """The middle of a frame."""
        return self.left + (frame + 0.5) * self.frame_px

    def y(self, value: float) -> float:
        """The height of a value; some room is left above the highest and below the lowest."""
        room = lane_margin(self.rect.height())
        inner = self.rect.height() - 2 * room
        return self.rect.bottom() + 1 - room - value / MAX_INTENSITY * inner

    def value(self, y: float) -> float:
        """The value at a height, within its range."""
        room = lane_margin(self.rect.height())
        inner = max(self.rect.height() - 2 * room, 1)
        share = (self.rect.bottom() + 1 - room - y) / inner
        return min(max(share, 0.0), 1.0) * MAX_INTENSITY


def lane_margin(height_px: int) -> int:
    """The room above and below a lane's range."""
    return max(2, height_px // 8)


def paint_lane(
    painter: QPainter,
    look: Look,
    lane: Lane,
    curve: Curve | None,
    values: Sequence[float],
    shown: range,
) -> None:
    """Bars and curve of one row on the frames that are `shown`."""
    if curve is None or not shown:
        return
    full = round(lane.y(1.0))
    painter.setPen(look.full)
    ends = lane.x(shown[0] - 0.5), lane.x(shown[-1] + 0.5)
    painter.drawLine(QPointF(ends[0], full), QPointF(ends[1], full))
    zero, width = round(lane.y(0.0)), max(lane.frame_px - 1, 1)
    strongest = len(look.tints) - 1
    x = lane.left + shown[0] * lane.frame_px
    for value in values[shown.start : shown.stop]:
        if value > 0:
            top = round(lane.y(value))
            tint = look.tints[round(value / MAX_INTENSITY * strongest)]
            painter.fillRect(x, top, width, zero - top, tint)
        x += lane.frame_px
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    path = curve_path(lane, curve, shown)
    for offset in look.curve_offsets:
        painter.strokePath(path.translated(0, offset - look.curve_offsets[-1] / 2), look.curve)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def paint_keys(
    painter: QPainter,
    look: Look,
    lane: Lane,
    keys: Sequence[Keyframe],
    chosen: Collection[int],
    shown: range,
) -> None:
    """The keys of one row on the frames that are `shown`."""
    if not shown:
        return
    for key in keys:
        if shown[0] <= key.frame <= shown[-1]:
            mark = look.chosen if key.frame in chosen else look.key
            place = QPointF(lane.x(key.frame) - look.middle, lane.y(key.value) - look.middle)
            painter.drawPixmap(place, mark)


def curve_path(lane: Lane, curve: Curve, shown: range) -> QPainterPath:
    """The curve over the frames that are shown.

    The easings are cubic, so Bézier curves draw them exactly.
    """
    keys = curve.keyframes
    start, stop = shown[0] - 0.5, shown[-1] + 0.5
    first, last = keys[0], keys[-1]
    path = QPainterPath(QPointF(lane.x(min(start, first.frame)), lane.y(first.value)))
    path.lineTo(lane.x(first.frame), lane.y(first.value))
    for a, b in itertools.pairwise(keys):
        if b.frame < start:
            path = QPainterPath(QPointF(lane.x(b.frame), lane.y(b.value)))
        elif a.frame <= stop:
            _add_piece(path, lane, a, b)
    if last.frame < stop:
        path.lineTo(lane.x(stop), lane.y(last.value))
    return path


def _add_piece(path: QPainterPath, lane: Lane, a: Keyframe, b: Keyframe) -> None:
    x0, x1, y0, y1 = lane.x(a.frame), lane.x(b.frame), lane.y(a.value), lane.y(b.value)
    third = (x1 - x0) / 3
    easing: Easing = a.easing
    if easing == "linear" or y0 == y1:
        path.lineTo(x1, y1)
    elif easing == "hold":
        path.lineTo(x1, y0)
        path.lineTo(x1, y1)
    elif easing == "ease_in":
        path.cubicTo(x0 + third, y0, x1 - third, y0, x1, y1)
    elif easing == "ease_out":
        path.cubicTo(x0 + third, y1, x1 - third, y1, x1, y1)
    else:
        x, y = (x0 + x1) / 2, (y0 + y1) / 2
        path.cubicTo(x0 + third / 2, y0, x - third / 2, y0, x, y)
        path.cubicTo(x + third / 2, y1, x1 - third / 2, y1, x1, y1)


def _diamond(fill: QColor, edge: QColor, half: float, middle: float, ratio: float) -> QPixmap:
    side = round(2 * middle * ratio)
    picture = QPixmap(side, side)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(edge, 1.2))
    painter.setBrush(fill)
    around = ((0, -half), (half, 0), (0, half), (-half, 0))
    painter.drawPolygon(QPolygonF([QPointF(middle + x, middle + y) for x, y in around]))
    painter.end()
    return picture


def _mixed(below: QColor, above: QColor, alpha: int) -> QColor:
    """What a colour of that opacity, of 255, looks like over another."""
    share = alpha / 255

    def mixed(low: int, high: int) -> int:
        return round(low + (high - low) * share)

    return QColor(
        mixed(below.red(), above.red()),
        mixed(below.green(), above.green()),
        mixed(below.blue(), above.blue()),
    )


def _faded(colour: QColor, alpha: int) -> QColor:
    faded = QColor(colour)
    faded.setAlpha(alpha)
    return faded
