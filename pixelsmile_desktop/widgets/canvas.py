"""The picture: zoomed and moved about, before and after, with boxes around its faces."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetricsF,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QApplication, QWidget

Compare = Literal["after", "split", "side"]
"""What is shown: the edit alone; before and after divided by a handle; side by side."""

MAX_ZOOM = 8.0
"""Screen pixels per pixel of the photo."""

_LEAST_SHARE = 0.25  # of the fitting zoom
_WHEEL_STEP, _KEY_STEP = 1.2, 1.25
_PAN_SHARE = 0.1  # of the canvas, by an arrow key
_SPLIT_STEPS = 1000
_SMALL = 16
"""How much larger a photo is taken to be than its thumbnail until its size is known, so that it
fills the canvas at once."""


@dataclass(frozen=True)
class FaceBox:
    """A face on the canvas: its number from 1, where it is in pixels of the photo, and its name
    for screen readers."""

    number: int
    rectangle: QRectF
    name: str


class Canvas(QWidget):
    """One photo. It knows no project: pictures and boxes are handed to it.

    Places are kept as shares of the photo's sides, so that pictures of any size may stand for it.
    """

    face_chosen = Signal(int)
    """A face was clicked or entered, by its number."""

    zoomed = Signal()
    """Another part, size or zoom of the photo is visible."""

    step_wanted = Signal(int)
    """The next photo (1) or the one before (-1), by an arrow key."""

    painted = Signal()
    """The canvas has been drawn."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(QSize(12, 8) * self.fontMetrics().averageCharWidth())
        self.setMouseTracking(True)
        self._size = QSize()
        self._before: QImage | None = None
        self._after: QImage | None = None
        self._text = ""
        self._mode: Compare = "after"
        self._is_original = False
        self._is_fitting = True
        self._zoom = 1.0  # screen pixels per pixel of the photo
        self._middle = QPointF(0.5, 0.5)  # of what is visible, in shares of the photo
        self._grip: QPointF | None = None
        self._has_moved = False
        self._is_space_down = False
        self._are_boxes_shown = True
        self._boxes: list[_BoxButton] = []
        self._handle = SplitHandle(self)
        self._handle.setAccessibleName(self.tr("Before and after split"))
        self._handle.valueChanged.connect(self._split_moved)
        self._handle.hide()

    # ---- what is shown --------------------------------------------------------------------------

    def show_photo(self, size: QSize, picture: QImage | None) -> None:
        """Show another photo whole; `picture` may be small, `size` is the whole photo's."""
        self._size = size
        if size.isEmpty() and picture is not None:
            self._size = picture.size() * _SMALL
        self._before, self._after, self._text = picture, None, ""
        self._middle = QPointF(0.5, 0.5)
        self._is_fitting = True
        self.set_boxes(())
        self._changed()

    def set_size(self, size: QSize) -> None:
        """Say how large the photo is, in its own pixels, upright."""
        if size != self._size and not size.isEmpty():
            if not self._is_fitting and not self._size.isEmpty():
                self._zoom *= self._size.width() / size.width()
            self._size = size
            self._changed()

    def set_before(self, picture: QImage | None) -> None:
        """The untouched photo."""
        self._before, self._text = picture, ""
        self._fit_sizes(picture)
        self.update()

    def set_after(self, picture: QImage | None) -> None:
        """The edited photo; None when it is the untouched one."""
        self._after = picture
        self._fit_sizes(picture)
        self.update()

    def show_text(self, text: str) -> None:
        """A sentence in place of a photo that cannot be shown."""
        self._before = self._after = None
        self._text = text
        self.set_boxes(())
        self._changed()

    @property
    def mode(self) -> Compare:
        """How before and after are shown."""
        return self._mode

    def set_mode(self, mode: Compare) -> None:
        """Show the edit alone, divided, or beside the original."""
        self._mode = mode
        self._changed()

    def set_original(self, is_original: bool) -> None:
        """Show the untouched photo in place of everything."""
        self._is_original = is_original
        self._changed()

    def set_boxes(self, boxes: Sequence[FaceBox], chosen: int | None = None) -> None:
        """The faces; the chosen one stands out."""
        while len(self._boxes) > len(boxes):
            one = self._boxes.pop()
            one.hide()
            one.deleteLater()
        # Those that stay keep the focus.
        for button, box in zip(self._boxes, boxes, strict=False):
            button.set_box(box)
        for box in boxes[len(self._boxes) :]:
            button = _BoxButton(box, self)
            button.toggled.connect(lambda _, b=button: self._choose(b))
            self._boxes.append(button)
        for button in self._boxes:
            with QSignalBlocker(button):
                button.setChecked(button.box.number == chosen)
        self._place_children()

    def _choose(self, button: "_BoxButton") -> None:
        """It was clicked, or toggled by a screen reader; who is chosen stays so."""
        with QSignalBlocker(button):
            button.setChecked(True)
        self.face_chosen.emit(button.box.number)

    def show_boxes(self, are_shown: bool) -> None:
        """Show or hide the boxes."""
        self._are_boxes_shown = are_shown
        self._place_children()

    # ---- zoom -----------------------------------------------------------------------------------

    @property
    def is_fitting(self) -> bool:
        """Whether the whole photo is made to fit."""
        return self._is_fitting

    @property
    def zoom(self) -> float:
        """Device pixels per pixel of the photo: 1 is 100 %."""
        return self._scale() * self.devicePixelRatioF()

    @property
    def needed_px(self) -> int:
        """The longer side in pixels of a picture that is as fine as the screen shows it."""
        longest = max(self._size.width(), self._size.height())
        return round(longest * self.zoom)

    def fit(self) -> None:
        """The whole photo."""
        self._is_fitting = True
        self._middle = QPointF(0.5, 0.5)
        self._changed()

    def zoom_to(self, zoom: float, at: QPointF | None = None) -> None:
        """Zoom (1 is 100 %) so that what is at a place of the canvas stays there."""
        if self._size.isEmpty():
            return
        fitting = self._fitting_scale()
        ratio = self.devicePixelRatioF()
        most = max(MAX_ZOOM / ratio, fitting)
        scale = min(max(zoom / ratio, min(fitting, 1 / ratio) * _LEAST_SHARE), most)
        pane = self._pane_at(at) if at is not None else self._panes()[0]
        place = at if at is not None else pane.center()
        before = self._photo_rect(pane)
        share_x = (place.x() - before.x()) / before.width()
        share_y = (place.y() - before.y()) / before.height()
        self._is_fitting = False
        self._zoom = scale
        width, height = self._size.width() * scale, self._size.height() * scale
        self._middle = QPointF(
            share_x + (pane.center().x() - place.x()) / width,
            share_y + (pane.center().y() - place.y()) / height,
        )
        self._changed()

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom in (above 1) or out."""
        self.zoom_to(self.zoom * factor, at)

    def zoom_in(self) -> None:
        """One step closer."""
        self.zoom_by(_KEY_STEP)

    def zoom_out(self) -> None:
        """One step away."""
        self.zoom_by(1 / _KEY_STEP)

    def toggle_full_size(self, at: QPointF | None = None) -> None:
        """100 % at a place, or at the chosen face; the whole photo when it is there already."""
        if not self._is_fitting and abs(self.zoom - 1) < 1e-3:
            self.fit()
            return
        self.zoom_to(1.0, at)
        faces = [one for one in self._boxes if one.isChecked()] or self._boxes[:1]
        if at is None and faces:
            middle = faces[0].box.rectangle.center()
            self._middle = QPointF(
                middle.x() / self._size.width(), middle.y() / self._size.height()
            )
            self._changed()

    def pan(self, by: QPointF) -> None:
        """Move the photo by that many screen pixels."""
        if self._is_fitting:
            return
        rect = self._photo_rect(self._panes()[0])
        self._middle -= QPointF(by.x() / rect.width(), by.y() / rect.height())
        self._changed()

    def photo_place(self, at: QPointF) -> QPointF:
        """The pixel of the photo at a place of the canvas."""
        rect, scale = self._photo_rect(self._pane_at(at)), self._scale()
        return QPointF((at.x() - rect.x()) / scale, (at.y() - rect.y()) / scale)

    def boxes(self) -> list[QAbstractButton]:
        """The controls that stand for the faces."""
        return list(self._boxes)

    # ---- geometry -------------------------------------------------------------------------------

    def _fit_sizes(self, picture: QImage | None) -> None:
        if self._size.isEmpty() and picture is not None:
            self._size = picture.size() * _SMALL
            self._changed()

    def _panes(self) -> list[QRectF]:
        """Where pictures are: one, or two side by side."""
        whole = QRectF(self.rect())
        if self._mode != "side" or self._is_original:
            return [whole]
        gap = self.fontMetrics().averageCharWidth()
        width = (whole.width() - gap) / 2
        right = QRectF(whole.right() - width, 0, width, whole.height())
        return [QRectF(0, 0, width, whole.height()), right]

    def _pane_at(self, at: QPointF) -> QRectF:
        panes = self._panes()
        return next((pane for pane in panes if pane.contains(at)), panes[0])

    def _fitting_scale(self) -> float:
        if self._size.isEmpty():
            return 1.0
        pane = self._panes()[0]
        fitting = min(pane.width() / self._size.width(), pane.height() / self._size.height())
        return min(max(fitting, 1e-6), 1.0 if self._size.width() > 64 else MAX_ZOOM)

    def _scale(self) -> float:
        return self._fitting_scale() if self._is_fitting else self._zoom

    def _photo_rect(self, pane: QRectF) -> QRectF:
        """Where the whole photo lies, which may reach beyond the pane."""
        scale = self._scale()
        width, height = self._size.width() * scale, self._size.height() * scale
        middle = pane.center()
        return QRectF(
            middle.x() - self._middle.x() * width,
            middle.y() - self._middle.y() * height,
            width,
            height,
        )

    def _keep_inside(self) -> None:
        """No further than to the photo's border, and centred when there is room around it."""
        if self._size.isEmpty():
            return
        pane, scale = self._panes()[0], self._scale()
        half_x = min(pane.width() / (self._size.width() * scale) / 2, 0.5)
        half_y = min(pane.height() / (self._size.height() * scale) / 2, 0.5)
        self._middle = QPointF(
            min(max(self._middle.x(), half_x), 1 - half_x),
            min(max(self._middle.y(), half_y), 1 - half_y),
        )

    def _changed(self) -> None:
        self._keep_inside()
        self._place_children()
        self.update()
        self.zoomed.emit()

    def _place_children(self) -> None:
        rect = self._photo_rect(self._panes()[-1])
        scale = self._scale()
        for button in self._boxes:
            box = button.box.rectangle
            place = QRectF(
                rect.x() + box.x() * scale,
                rect.y() + box.y() * scale,
                box.width() * scale,
                box.height() * scale,
            )
            button.setGeometry(place.toRect())
            button.setVisible(self._are_boxes_shown and self._before is not None)
        is_split = self._mode == "split" and not self._is_original
        self._handle.setVisible(is_split and self._before is not None)
        if is_split:
            visible = rect.intersected(QRectF(self.rect()))
            width = self._handle.sizeHint().width()
            x = self._split_x()
            self._handle.setGeometry(
                QRect(round(x - width / 2), round(visible.y()), width, round(visible.height()))
            )
            self._handle.raise_()

    def _split_x(self) -> float:
        """Where the handle stands: a share of the visible part of the photo."""
        visible = self._photo_rect(self._panes()[0]).intersected(QRectF(self.rect()))
        return visible.x() + visible.width() * self._handle.value() / _SPLIT_STEPS

    def _split_moved(self) -> None:
        self._place_children()
        self.update()

    def drag_split(self, x: float) -> None:
        """Put the handle there, in pixels of the canvas."""
        visible = self._photo_rect(self._panes()[0]).intersected(QRectF(self.rect()))
        if visible.width() > 0:
            self._handle.setValue(round((x - visible.x()) / visible.width() * _SPLIT_STEPS))

    # ---- painting -------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), self.palette().color(QPalette.ColorRole.Dark))
        if self._text:
            self._paint_text(painter)
        elif self._before is not None:
            self._paint_pictures(painter, self._before, self._after or self._before)
        if self.hasFocus():
            painter.setPen(QPen(self.palette().highlight().color(), 1))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()
        self.painted.emit()

    def _paint_pictures(self, painter: QPainter, before: QImage, after: QImage) -> None:
        panes = self._panes()
        # Enlarged pixels are shown as they are.
        is_smooth = self.zoom < 2 or max(before.width(), before.height()) < self.needed_px / 2
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, is_smooth)
        if len(panes) == 2:
            for pane, picture, word in zip(
                panes, (before, after), (self.tr("Before"), self.tr("After")), strict=True
            ):
                self._paint_picture(painter, pane, picture, pane)
                self._paint_word(painter, pane, word, Qt.AlignmentFlag.AlignLeft)
            return
        pane = panes[0]
        if self._is_original:
            self._paint_picture(painter, pane, before, pane)
            self._paint_word(painter, pane, self.tr("Original"), Qt.AlignmentFlag.AlignLeft)
        elif self._mode == "split":
            x = self._split_x()
            left, right = QRectF(pane), QRectF(pane)
            left.setRight(x)
            right.setLeft(x)
            self._paint_picture(painter, pane, before, left)
            self._paint_picture(painter, pane, after, right)
            self._paint_word(painter, pane, self.tr("Before"), Qt.AlignmentFlag.AlignLeft)
            self._paint_word(painter, pane, self.tr("After"), Qt.AlignmentFlag.AlignRight)
        else:
            self._paint_picture(painter, pane, after, pane)

    def _paint_picture(
        self, painter: QPainter, pane: QRectF, picture: QImage, clip: QRectF
    ) -> None:
        """The part of a picture that is visible; the rest costs nothing."""
        rect = self._photo_rect(pane)
        visible = rect.intersected(clip)
        if visible.isEmpty():
            return
        x, y = picture.width() / rect.width(), picture.height() / rect.height()
        part = QRectF(
            (visible.x() - rect.x()) * x,
            (visible.y() - rect.y()) * y,
            visible.width() * x,
            visible.height() * y,
        )
        painter.drawImage(visible, picture, part)

    def _paint_word(
        self, painter: QPainter, pane: QRectF, word: str, side: Qt.AlignmentFlag
    ) -> None:
        metrics = QFontMetricsF(self.font())
        size = metrics.size(0, word)
        pad = metrics.averageCharWidth()
        box = QRectF(0, 0, size.width() + 2 * pad, size.height() + pad / 2)
        box.moveTop(pane.top() + pad)
        if side == Qt.AlignmentFlag.AlignLeft:
            box.moveLeft(pane.left() + pad)
        else:
            box.moveRight(pane.right() - pad)
        paint_plate(painter, box, self.palette())
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, word)

    def _paint_text(self, painter: QPainter) -> None:
        painter.setPen(self.palette().windowText().color())
        width = self.fontMetrics().averageCharWidth() * 60
        box = QRectF(self.rect())
        space = max((box.width() - width) / 2, 0)
        box.adjust(space, 0, -space, 0)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(box, int(flags), self._text)

    # ---- events ---------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._changed()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._is_space_down = False
        self.update()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self.zoom_by(1 + event.value(), event.position())
                return True
        elif event.type() == QEvent.Type.DevicePixelRatioChange:
            self._changed()
        return super().event(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.zoom_by(_WHEEL_STEP ** (event.angleDelta().y() / 120), event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._grip, self._has_moved = event.position(), False
            self.setFocus(Qt.FocusReason.MouseFocusReason)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grip is None:
            over = self._box_at(event.position()) is not None and not self._is_space_down
            self.setCursor(
                Qt.CursorShape.PointingHandCursor
                if over
                else Qt.CursorShape.ArrowCursor
                if self._is_fitting
                else Qt.CursorShape.OpenHandCursor
            )
            return
        way = event.position() - self._grip
        if self._has_moved or way.manhattanLength() >= QApplication.startDragDistance():
            self._has_moved = True
            self._grip = event.position()
            self.pan(way)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        grip, self._grip = self._grip, None
        is_click = grip is not None and not self._has_moved and not self._is_space_down
        if is_click and event.button() == Qt.MouseButton.LeftButton:
            box = self._box_at(event.position())
            if box is not None:
                self.face_chosen.emit(box.number)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.toggle_full_size(event.position())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if event.modifiers() not in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.KeypadModifier,
        ):
            super().keyPressEvent(event)
            return
        arrows = {
            Qt.Key.Key_Left: QPointF(1, 0),
            Qt.Key.Key_Right: QPointF(-1, 0),
            Qt.Key.Key_Up: QPointF(0, 1),
            Qt.Key.Key_Down: QPointF(0, -1),
        }
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        pages = {Qt.Key.Key_PageUp: -1, Qt.Key.Key_PageDown: 1}
        if key in arrows and not self._is_fitting:
            way = arrows[Qt.Key(key)]
            share = _PAN_SHARE
            self.pan(QPointF(way.x() * self.width() * share, way.y() * self.height() * share))
        elif key in steps or key in pages:
            self.step_wanted.emit({**steps, **pages}[Qt.Key(key)])
        elif key == Qt.Key.Key_Space:
            self._is_space_down = True
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._is_space_down = False
            self.unsetCursor()
        super().keyReleaseEvent(event)

    def _box_at(self, at: QPointF) -> FaceBox | None:
        """The smallest box there."""
        if not self._are_boxes_shown:
            return None
        place = self.photo_place(at)
        hits = [one.box for one in self._boxes if one.box.rectangle.contains(place)]
        return min(hits, key=lambda box: box.rectangle.width(), default=None)


class SplitHandle(QAbstractSlider):
    """The line between before and after: dragged, or moved by keys when it has the focus."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setRange(0, _SPLIT_STEPS)
        self.setSingleStep(_SPLIT_STEPS // 100)
        self.setPageStep(_SPLIT_STEPS // 10)
        self.setValue(_SPLIT_STEPS // 2)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.SplitHCursor)

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().height() + 4, self.fontMetrics().height() * 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x, y = self.width() / 2, self.height() / 2
        painter.setPen(QPen(QColor(0, 0, 0, 160), 3))
        painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
        painter.setPen(QPen(QColor(255, 255, 255), 1))
        painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
        radius = self.width() / 2 - 1
        roles = QPalette.ColorRole
        is_chosen = self.hasFocus()
        fill = roles.Highlight if is_chosen else roles.Button
        ink = roles.HighlightedText if is_chosen else roles.ButtonText
        painter.setPen(QPen(self.palette().color(ink), 1))
        painter.setBrush(self.palette().color(fill))
        painter.drawEllipse(QPointF(x, y), radius, radius)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "↔")

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._canvas.drag_split(self.mapToParent(event.position()).x())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.setValue(_SPLIT_STEPS // 2)


class _BoxButton(QAbstractButton):
    """A face's frame and number. It takes keys; clicks go through it to the canvas, which can be
    dragged there."""

    def __init__(self, box: FaceBox, canvas: Canvas) -> None:
        super().__init__(canvas)
        self.set_box(box)
        self.setCheckable(True)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def set_box(self, box: FaceBox) -> None:
        """Stand for this face."""
        self.box = box
        self.setText(box.name)
        self.setAccessibleName(box.name)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        is_chosen = self.isChecked()
        frame = QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5)
        # Two lines, light on dark: it can be seen on any photo.
        painter.setPen(QPen(QColor(0, 0, 0, 150), 3))
        painter.drawRoundedRect(frame, 4, 4)
        colour = palette.highlight().color() if is_chosen else QColor(255, 255, 255, 220)
        style = Qt.PenStyle.DashLine if self.hasFocus() else Qt.PenStyle.SolidLine
        painter.setPen(QPen(colour, 2.5 if is_chosen else 1, style))
        painter.drawRoundedRect(frame, 4, 4)
        number = str(self.box.number)
        metrics = QFontMetricsF(self.font())
        plate = QRectF(0, 0, metrics.horizontalAdvance(number) + 8, metrics.height())
        plate.moveTopLeft(frame.topLeft())
        paint_plate(painter, plate, palette, is_chosen=is_chosen)
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, number)


def paint_plate(
    painter: QPainter, box: QRectF, palette: QPalette, *, is_chosen: bool = False
) -> None:
    """A plate for text on a photo; the pen is set for the text afterwards."""
    painter.save()
    painter.setPen(Qt.PenStyle.NoPen)
    if is_chosen:
        painter.setBrush(palette.highlight())
    else:
        colour = QColor(palette.window().color())
        colour.setAlpha(215)
        painter.setBrush(colour)
    painter.drawRoundedRect(box, 3, 3)
    painter.restore()
    ink = palette.highlightedText() if is_chosen else palette.windowText()
    painter.setPen(ink.color())
