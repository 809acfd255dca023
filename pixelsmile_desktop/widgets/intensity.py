"""One expression's intensity: a slider and a number that are always the same."""

from PySide6.QtCore import QEvent, QObject, QRect, QSignalBlocker, Qt, QTimer, QTimerEvent, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QGridLayout,
    QLabel,
    QSlider,
    QStyle,
    QStyleOptionSlider,
    QWidget,
)

from engine.recipes import MAX_INTENSITY

FULL = 100
"""Steps of a slider from 0 to intensity 1: a screen reader sets and reads per cent."""

FINE, COARSE = 0.1, 10.0
"""Per cent: with Shift, and with Page Up and Page Down."""

_PAUSE_MS = 500
"""After the last key or turn of the wheel: what comes later is a step of its own."""


class IntensityRow(QObject):
    """Label, slider and spin box of one expression; `place` puts them into a grid.

    The value is an intensity, 0 to 1.5, and finer than the slider's own steps.
    """

    changed = Signal(float)
    """The user has set another intensity; within a drag, again and again."""

    ended = Signal()
    """What the user was at is done: what follows is a step of its own."""

    def __init__(self, name: str, tip: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._value = 0.0
        self.label = QLabel(name, parent)
        self.slider = _Slider(parent)
        self.number = _Number(parent)
        for one in (self.label, self.slider, self.number):
            one.setToolTip(tip)
        self.slider.setAccessibleName(name)
        self.slider.setAccessibleDescription(tip)
        self.number.setAccessibleName(self.tr("{name} value").format(name=name))
        self.number.setAccessibleDescription(tip)
        self.label.setBuddy(self.number)
        self.label.installEventFilter(self)
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self.ended)
        self.slider.valueChanged.connect(lambda value: self._set(value / FULL, self.slider.hand))
        self.slider.wanted.connect(lambda value: self._set(value, by_hand=True))
        self.slider.stepped.connect(lambda by: self._set(self._value + by, by_hand=True))
        self.slider.grasped.connect(self._end)
        self.slider.released.connect(self._pause.start)
        self.slider.reset.connect(self.reset)
        self.number.valueChanged.connect(lambda value: self._set(value / 100, self.number.hand))
        self.number.editingFinished.connect(self._end)

    def place(self, grid: QGridLayout, row: int) -> None:
        """Put the three side by side into a row of a grid."""
        grid.addWidget(self.label, row, 0)
        grid.addWidget(self.slider, row, 1)
        grid.addWidget(self.number, row, 2)

    @property
    def value(self) -> float:
        """The intensity that is shown, 0 to 1.5."""
        return self._value

    def show_value(self, value: float) -> None:
        """Show an intensity; nobody is told."""
        self._value = value
        self._show()

    def reset(self) -> None:
        """Back to nothing, as one step."""
        self._set(0.0, by_hand=True)
        self._end()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonDblClick:
            self.reset()
            return True
        return super().eventFilter(watched, event)

    def _set(self, value: float, by_hand: bool) -> None:
        """Take what the user has set. By hand: more may follow that belongs to it."""
        value = min(max(round(value, 4), 0.0), MAX_INTENSITY)
        if value == self._value:
            return
        if not by_hand:
            self._end()
        self._value = value
        self._show()
        self.changed.emit(value)
        if not by_hand:
            self._end()
        elif not self.slider.isSliderDown():
            self._pause.start()

    def _show(self) -> None:
        with QSignalBlocker(self.slider):
            self.slider.setValue(round(self._value * FULL))
        # Its own text stays as it is being typed.
        if abs(self.number.value() - self._value * 100) > FINE / 2:
            with QSignalBlocker(self.number):
                self.number.setValue(self._value * 100)

    def _end(self) -> None:
        self._pause.stop()
        self.ended.emit()


class _Slider(QSlider):
    """0 to 150 in per cent. A click goes there; Shift is fine; the wheel needs the focus."""

    wanted = Signal(float)  # an intensity
    stepped = Signal(float)  # by an intensity
    grasped = Signal()
    released = Signal()
    reset = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setRange(0, round(MAX_INTENSITY * FULL))
        self.setPageStep(round(COARSE))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 12)
        self.hand = False
        self._last_x: float | None = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        fine = {
            Qt.Key.Key_Right: FINE,
            Qt.Key.Key_Up: FINE,
            Qt.Key.Key_Left: -FINE,
            Qt.Key.Key_Down: -FINE,
        }
        by = fine.get(Qt.Key(event.key()))
        if by is not None and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.stepped.emit(by / 100)
            return
        self.hand = True
        super().keyPressEvent(event)
        self.hand = False

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not self.hasFocus():
            event.ignore()  # the panel scrolls
            return
        fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        # With Shift or Alt some systems turn the wheel sideways.
        turned = event.angleDelta().y() or event.angleDelta().x()
        self.stepped.emit(turned / 120 * (FINE if fine else 1.0) / 100)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self.grasped.emit()
        self.setSliderDown(True)
        self._last_x = event.position().x()
        if not self._handle_rect().contains(event.position().toPoint()):
            self.wanted.emit(self._value_at(self._last_x))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._last_x is None:
            return
        x = event.position().x()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.stepped.emit((x - self._last_x) * FINE / 100)
        else:
            self.wanted.emit(self._value_at(x))
        self._last_x = x

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._last_x is not None:
            self._last_x = None
            self.setSliderDown(False)
            self.released.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.reset.emit()

    def _option(self) -> QStyleOptionSlider:
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        return option

    def _handle_rect(self) -> QRect:
        control, handle = QStyle.ComplexControl.CC_Slider, QStyle.SubControl.SC_SliderHandle
        return self.style().subControlRect(control, self._option(), handle, self)

    def _value_at(self, x: float) -> float:
        """The intensity below a place, to one per cent."""
        control, groove = QStyle.ComplexControl.CC_Slider, QStyle.SubControl.SC_SliderGroove
        rail = self.style().subControlRect(control, self._option(), groove, self)
        handle = self._handle_rect().width()
        length = max(rail.width() - handle, 1)
        place = round(x - rail.x() - handle / 2)
        return QStyle.sliderValueFromPosition(self.minimum(), self.maximum(), place, length) / FULL


class _Number(QDoubleSpinBox):
    """0 to 150 % with one decimal, which is shown where it matters."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setDecimals(1)
        self.setRange(0.0, MAX_INTENSITY * 100)
        self.setSuffix(" %")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.hand = False

    def textFromValue(self, value: float) -> str:
        return self.locale().toString(value, "f", 0 if abs(value - round(value)) < FINE / 2 else 1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.hand = True
        steps = {Qt.Key.Key_Up: FINE, Qt.Key.Key_Down: -FINE}
        by = steps.get(Qt.Key(event.key()))
        if by is not None and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.setValue(self.value() + by)
        else:
            super().keyPressEvent(event)
        self.hand = False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.hand = True
        super().mousePressEvent(event)
        self.hand = False

    def timerEvent(self, event: QTimerEvent) -> None:  # an arrow that is held down
        self.hand = True
        super().timerEvent(event)
        self.hand = False

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not self.hasFocus():
            event.ignore()  # the panel scrolls
            return
        self.hand = True
        fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        turned = event.angleDelta().y() or event.angleDelta().x()
        self.setValue(self.value() + turned / 120 * (FINE if fine else 1.0))
        self.hand = False
        event.accept()
