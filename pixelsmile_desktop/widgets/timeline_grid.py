"""The grid of timelines: keys are added, moved and typed here, by mouse or by keyboard.

A QTableView, so that screen readers find a table with named rows, columns and cells; all painting
is its own. The cell cursor and the playhead are one: the cursor's column is the frame that is seen.
"""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from PySide6.QtCore import (
    QByteArray,
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QLine,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QAction,
    QContextMenuEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QDoubleSpinBox,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QToolTip,
    QWidget,
)

from engine.recipes import MAX_INTENSITY, Easing
from pixelsmile_desktop.models import keys
from pixelsmile_desktop.models.keys import Curves, KeyRef
from pixelsmile_desktop.models.session import Session
from pixelsmile_desktop.models.timeline import ROWS, Timeline
from pixelsmile_desktop.widgets.timeline_headers import Labels, Ruler
from pixelsmile_desktop.widgets.timeline_paint import (
    Lane,
    Look,
    make_look,
    paint_keys,
    paint_lane,
)

KEYS_MIME = "application/x-pixelsmile-keys+json"

MIN_FRAME_PX, MAX_FRAME_PX = 2, 96
_STEP, _FINE_STEP = 0.01, 0.001
_DEAD_PX = 5  # a drag along the time does not change values by a shaking hand
_NEAR_PX = 4  # a double click so close to a curve is meant for it
_ROUND_TO = 0.05  # a double click's height is no more exact than that

_Select = QItemSelectionModel.SelectionFlag
_Key = Qt.Key
_Modifier = Qt.KeyboardModifier
_Index = QModelIndex | QPersistentModelIndex


@dataclass
class _Drag:
    """Keys on their way: where the pointer was pressed, and what was there then."""

    start: QPointF
    anchor: KeyRef
    chosen: frozenset[KeyRef]
    curves: Curves
    merge: str = ""
    has_moved: bool = False


class _PercentDelegate(QStyledItemDelegate):
    """A spin box for a typed value."""

    def __init__(self, timeline: Timeline, parent: QWidget) -> None:
        super().__init__(parent)
        self._timeline = timeline

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: _Index) -> QWidget:
        box = QDoubleSpinBox(parent, minimum=0, maximum=MAX_INTENSITY * 100, decimals=1)
        box.setSuffix(" %")
        box.setAccessibleName(self._timeline.cell_text(index.row(), index.column()))
        return box

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: _Index
    ) -> None:
        # A frame is narrower than a number.
        cell: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue]
        size = editor.sizeHint()
        room = editor.parentWidget().size() - size  # pyright: ignore[reportOptionalMemberAccess]
        left = min(cell.left(), room.width())
        middle = cell.center().y() - size.height() // 2
        top = min(max(middle, 0), max(room.height(), 0))
        editor.setGeometry(max(left, 0), top, size.width(), size.height())


class TimelineGrid(QTableView):
    """Twelve rows of frames."""

    zoomed = Signal(int)
    """With the width of a frame in pixels."""

    menu_wanted = Signal(QPoint)
    """A menu for the chosen keys is asked for at this place of the screen."""

    cursor_moved = Signal()

    def __init__(self, timeline: Timeline, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._timeline = timeline
        self._session = session
        self._look: Look | None = None
        self._values: dict[str, tuple[object, list[float]]] = {}
        self._played: int | None = None
        self._drag: _Drag | None = None
        self._nudged: tuple[frozenset[KeyRef], str] = (frozenset(), "")
        self._band: QRect | None = None
        self._band_start = QPoint()
        self._is_fitted = True
        self.ruler = Ruler(timeline, self)
        self.labels = Labels(timeline, lambda: self.playhead, self)
        self.setHorizontalHeader(self.ruler)
        self.setVerticalHeader(self.labels)
        self.setModel(timeline)
        self.setItemDelegate(_PercentDelegate(timeline, self))
        self.setAccessibleName(self.tr("Timelines"))
        self.setAccessibleDescription(
            self.tr("Expressions by frames. Arrow keys move the cursor, Enter types a value.")
        )
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setCornerButtonEnabled(False)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(False)
        self.setMinimumHeight(self.labels.fontMetrics().height() * 6)
        self.ruler.scrubbed.connect(self._scrub)
        session.frame_changed.connect(self._follow_frame)
        timeline.changed.connect(self._refresh)
        timeline.timing_changed.connect(lambda _timing: self._fit_if_wanted())
        self.setCurrentIndex(timeline.index(0, 0))

    # ---- what the panel asks --------------------------------------------------------------------

    @property
    def row(self) -> int:
        """The row that is worked on."""
        return max(self.currentIndex().row(), 0)

    @property
    def playhead(self) -> float:
        """The frame that is seen."""
        return float(self._played) if self._played is not None else self._session.frame

    @property
    def frame_px(self) -> int:
        """The width of a frame."""
        return self.ruler.defaultSectionSize()

    def chosen_keys(self) -> frozenset[KeyRef]:
        """The selected keys."""
        ranges = self.selectionModel().selection()
        found: set[KeyRef] = set()
        for one in ranges:  # pyright: ignore[reportGeneralTypeIssues]
            for row in range(one.top(), one.bottom() + 1):
                curve = self._timeline.curves.get(ROWS[row])
                for key in () if curve is None else curve.keyframes:
                    if one.left() <= key.frame <= one.right():
                        found.add(KeyRef(ROWS[row], key.frame))
        return frozenset(found)

    def chosen_or_current(self) -> frozenset[KeyRef]:
        """The selected keys, or the one under the cursor; there may be none."""
        here = KeyRef(ROWS[self.row], self._column())
        is_key = keys.key_at(self._timeline.curves, here) is not None
        return self.chosen_keys() or (frozenset({here}) if is_key else frozenset())

    def choose(self, chosen: frozenset[KeyRef]) -> None:
        """Select these keys."""
        selection = QItemSelection()
        for ref in chosen:
            index = self._timeline.index(ROWS.index(ref.expression), ref.frame)
            selection.select(index, index)
        self.selectionModel().select(selection, _Select.ClearAndSelect)

    def show_played(self, frame: int | None) -> None:
        """Show the playhead on a frame that is played; None when playing is over."""
        before, self._played = self.playhead, frame
        self._move_playhead(before)

    def set_frame_px(self, width: int, anchor_x: float | None = None) -> None:
        """Zoom; the frame at `anchor_x` of the viewport, or the playhead, stays where it is."""
        width = min(max(width, MIN_FRAME_PX), MAX_FRAME_PX)
        if width == self.frame_px:
            return
        x = self._lane_left() + (self.playhead + 0.5) * self.frame_px
        x = x if anchor_x is None else anchor_x
        frame = (x - self._lane_left()) / self.frame_px
        self._is_fitted = False
        self._set_width(width)
        self.horizontalScrollBar().setValue(round(frame * width - x))

    def zoom(self, steps: float, anchor_x: float | None = None) -> None:
        """Make frames wider or narrower by so many steps."""
        width = round(self.frame_px * 1.25**steps)
        if width == self.frame_px:
            width += 1 if steps > 0 else -1
        self.set_frame_px(width, anchor_x)

    def fit(self) -> None:
        """Show all frames, now and when the grid or the strip changes its size."""
        self._is_fitted = True
        self._fit_if_wanted()

    # ---- operations on keys ---------------------------------------------------------------------

    def add_key(self) -> None:
        """Add a key at the cursor, with the value that the curve has there."""
        row, frame = self.row, self._column()
        self._timeline.set_key(row, frame, self._timeline.value(row, frame))
        self.choose(frozenset({KeyRef(ROWS[row], frame)}))

    def delete_keys(self) -> None:
        """Delete the chosen keys."""
        if chosen := self.chosen_or_current():
            self._timeline.delete(chosen)

    def ease(self, easing: Easing) -> None:
        """Set the easing of the chosen keys."""
        if chosen := self.chosen_or_current():
            self._timeline.ease(chosen, easing)

    def copy_keys(self) -> None:
        """Copy the chosen keys."""
        clip = keys.copy_keys(self._timeline.curves, self.chosen_or_current())
        if clip.keys:
            data = QMimeData()
            data.setData(KEYS_MIME, QByteArray(msgspec.json.encode(clip)))
            QGuiApplication.clipboard().setMimeData(data)

    def cut_keys(self) -> None:
        """Copy the chosen keys and delete them."""
        self.copy_keys()
        self.delete_keys()

    def paste_keys(self) -> None:
        """Paste at the playhead; keys of one row go to the row that is worked on."""
        data = QGuiApplication.clipboard().mimeData()
        clip = keys.clip_from(bytes(data.data(KEYS_MIME).data()))
        if clip is None:
            return
        changed, pasted = keys.paste_keys(
            self._timeline.curves, clip, self._column(), self._timeline.frames, ROWS[self.row]
        )
        self._timeline.set_curves(self.tr("Paste keys"), changed)
        self.choose(pasted)

    def step_key(self, step: int) -> None:
        """Go to the next key (1) or the one before (-1): of the row, or of all if it has none."""
        curves, name = self._timeline.curves, ROWS[self.row]
        only = (name,) if name in curves else ()
        frame = keys.neighbour_frame(curves, self._session.frame, step, only)
        if frame is not None and frame < self._timeline.frames:
            self._go(self.row, frame)

    def change_value(self, by: float) -> None:
        """Raise or lower the chosen keys; without any, a key is added at the cursor."""
        label = self.tr("{percent} on keys").format(percent=f"{by * 100:+g} %")
        chosen = self.chosen_or_current()
        curves = self._timeline.curves
        if not chosen:
            here = KeyRef(ROWS[self.row], self._column())
            curves = keys.set_key(curves, here, self._timeline.value(self.row, here.frame))
            chosen = frozenset({here})
        # Steps on the same keys undo as one.
        merge = f"keys value {sorted((ref.expression, ref.frame) for ref in chosen)}"
        self._timeline.set_curves(label, keys.add_value(curves, chosen, by), merge)

    def nudge(self, by_frames: int) -> None:
        """Move the chosen keys along the time."""
        chosen = self.chosen_or_current()
        if not chosen:
            return
        changed, moved = keys.move_keys(
            self._timeline.curves, chosen, by_frames, 0.0, self._timeline.frames
        )
        if chosen != self._nudged[0]:
            self._nudged = (chosen, self._timeline.new_drag())
        self._nudged = (moved, self._nudged[1])
        self._timeline.set_curves(self.tr("Move keys"), changed, self._nudged[1])
        frames = self._timeline.frames
        self._go(self.row, min(max(self._column() + by_frames, 0), frames - 1))
        self.choose(moved)

    def type_value(self) -> None:
        """Open the box for a typed value at the cursor."""
        # Enter in the box comes here too, before the box is closed.
        if self.state() != QAbstractItemView.State.EditingState:
            self.edit(self.currentIndex())

    # ---- keyboard -------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        # What is typed here is for the keys, also where the window has the same shortcut.
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and (self._command(event) is not None or self._own_action(event) is not None)
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == _Key.Key_Escape and self._drag is not None:
            self._cancel_drag()
            return
        command = self._command(event)
        action = self._own_action(event)
        if command is not None:
            command()
        elif action is not None:
            action.trigger()
        else:
            super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """Letters are commands here, not the beginnings of cells."""

    def _command(self, event: QKeyEvent) -> Callable[[], object] | None:
        key, modifiers = event.key(), event.modifiers()
        is_fine = bool(modifiers & _Modifier.ShiftModifier)
        if modifiers & _Modifier.AltModifier:
            return {
                _Key.Key_Left: lambda: self.nudge(-1),
                _Key.Key_Right: lambda: self.nudge(1),
            }.get(key)  # pyright: ignore[reportCallIssue, reportArgumentType]
        if modifiers & _Modifier.ControlModifier:
            return None
        step = _FINE_STEP if is_fine else _STEP
        if key in (_Key.Key_Plus, _Key.Key_Equal, _Key.Key_Asterisk):
            return lambda: self.change_value(step)
        if key in (_Key.Key_Minus, _Key.Key_Underscore):
            return lambda: self.change_value(-step)
        if key in (_Key.Key_Return, _Key.Key_Enter, _Key.Key_F2):
            return self.type_value
        return None

    def _own_action(self, event: QKeyEvent) -> QAction | None:
        wanted = QKeySequence(event.keyCombination())
        for action in self.actions():
            if action.isEnabled() and wanted in action.shortcuts():
                return action
        return None

    # ---- mouse ----------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = event.position()
        is_adding = bool(event.modifiers() & _Modifier.ControlModifier)
        ref = self.key_near(place)
        if event.button() == Qt.MouseButton.RightButton:
            if ref is not None and ref not in self.chosen_keys():
                self._choose_one(ref)
            return
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if ref is None:
            self._begin_band(place.toPoint(), is_adding)
            return
        if is_adding:
            self.choose(self.chosen_keys() ^ {ref})
        elif ref not in self.chosen_keys():
            self._choose_one(ref)
        else:
            index = self._timeline.index(ROWS.index(ref.expression), ref.frame)
            self.selectionModel().setCurrentIndex(index, _Select.NoUpdate)
        if ref in self.chosen_keys():
            self._drag = _Drag(place, ref, self.chosen_keys(), self._timeline.curves)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drag is not None:
            self._move_drag(self._drag, event)
        elif self._band is not None:
            self._move_band(event.position().toPoint())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._drag is not None:
            if self._drag.has_moved:
                self._timeline.end_drag()
            elif not event.modifiers() & _Modifier.ControlModifier:
                self._choose_one(self._drag.anchor)
            self._drag = None
        if self._band is not None:
            self._band = None
            self.viewport().update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        place = event.position()
        if self.key_near(place) is not None:
            self.type_value()
            return
        index = self.indexAt(place.toPoint())
        if not index.isValid():
            return
        row, frame = index.row(), index.column()
        lane, value = self._lane(row), self._timeline.value(row, frame)
        if abs(lane.y(value) - place.y()) > _NEAR_PX or ROWS[row] not in self._timeline.curves:
            value = round(lane.value(place.y()) / _ROUND_TO) * _ROUND_TO
        self._timeline.set_key(row, frame, value)
        self._choose_one(KeyRef(ROWS[row], frame))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        place = event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            place = self.viewport().mapToGlobal(self.visualRect(self.currentIndex()).center())
        self.menu_wanted.emit(place)

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta().y()
        if event.modifiers() & _Modifier.ControlModifier and turned:
            self.zoom(turned / 120, event.position().x())
            event.accept()
            return
        super().wheelEvent(event)

    def key_near(self, place: QPointF) -> KeyRef | None:
        """The key under the pointer."""
        row = self.rowAt(round(place.y()))
        curve = self._timeline.curves.get(ROWS[row]) if row >= 0 else None
        if curve is None:
            return None
        lane, reach = self._lane(row), self._key_px() + 3
        best = min(curve.keyframes, key=lambda key: abs(lane.x(key.frame) - place.x()))
        # Rows are low: anywhere above or below a key on a wide frame is that key too.
        is_near = abs(lane.x(best.frame) - place.x()) <= reach
        is_level = abs(lane.y(best.value) - place.y()) <= 2 * reach
        return KeyRef(ROWS[row], best.frame) if is_near and is_level else None

    def _choose_one(self, ref: KeyRef) -> None:
        index = self._timeline.index(ROWS.index(ref.expression), ref.frame)
        self.selectionModel().setCurrentIndex(index, _Select.ClearAndSelect)

    def _move_drag(self, drag: _Drag, event: QMouseEvent) -> None:
        moved = event.position() - drag.start
        if not drag.has_moved:
            if moved.manhattanLength() < QApplication.startDragDistance():
                return
            drag.has_moved = True
            drag.merge = self._timeline.new_drag()
        is_fine = bool(event.modifiers() & _Modifier.ShiftModifier)
        across, up = moved.x(), -moved.y()
        if event.modifiers() & _Modifier.AltModifier:
            across, up = (across, 0.0) if abs(across) > abs(up) else (0.0, up)
        by_frames = round(across / self.frame_px)
        past = max(abs(up) - _DEAD_PX, 0.0)
        # A pixel is a percent, whatever the height of the rows.
        by_value = round(past) * (_FINE_STEP if is_fine else _STEP) * (1 if up > 0 else -1)
        frames = self._timeline.frames
        changed, chosen = keys.move_keys(drag.curves, drag.chosen, by_frames, by_value, frames)
        self._timeline.set_curves(self.tr("Move keys"), changed, drag.merge)
        first = min(ref.frame for ref in drag.chosen)
        shift = min(ref.frame for ref in chosen) - first
        row, frame = ROWS.index(drag.anchor.expression), drag.anchor.frame + shift
        self._go(row, frame)
        self.choose(chosen)
        text = self._timeline.cell_text(row, frame)
        QToolTip.showText(event.globalPosition().toPoint(), text, self)

    def _cancel_drag(self) -> None:
        drag = self._drag
        self._drag = None
        if drag is not None and drag.has_moved:
            self._timeline.set_curves(self.tr("Move keys"), drag.curves, drag.merge)
            self._timeline.end_drag()
            self.choose(drag.chosen)

    def _begin_band(self, place: QPoint, is_adding: bool) -> None:
        index = self.indexAt(place)
        if index.isValid():
            flag = _Select.NoUpdate if is_adding else _Select.ClearAndSelect
            self.selectionModel().setCurrentIndex(index, flag)
        elif not is_adding:
            self.clearSelection()
        self._band_start = place
        self._band = QRect(place, place)

    def _move_band(self, place: QPoint) -> None:
        self._band = QRect(self._band_start, place).normalized()
        rows = [row for row in range(len(ROWS)) if self._row_rect(row).intersects(self._band)]
        left = (self._band.left() - self._lane_left()) // self.frame_px
        right = (self._band.right() - self._lane_left()) // self.frame_px
        left, right = max(left, 0), min(right, self._timeline.frames - 1)
        if rows and left <= right:
            model = self._timeline
            area = QItemSelection(model.index(rows[0], left), model.index(rows[-1], right))
            self.selectionModel().select(area, _Select.ClearAndSelect)
        self.viewport().update()

    # ---- cursor and playhead --------------------------------------------------------------------

    def currentChanged(self, current: _Index, previous: _Index) -> None:
        super().currentChanged(current, previous)
        if current.isValid():
            self.labels.set_current(current.row())
            self._session.set_frame(float(current.column()))
            self.cursor_moved.emit()
            self.viewport().update()

    def _go(self, row: int, frame: int) -> None:
        """Put the cursor on a cell and select it."""
        index = self._timeline.index(row, frame)
        self.selectionModel().setCurrentIndex(index, _Select.ClearAndSelect)

    def _column(self) -> int:
        return min(max(round(self._session.frame), 0), self._timeline.frames - 1)

    def _scrub(self, frame: int) -> None:
        index = self._timeline.index(self.row, frame)
        # Chosen keys stay chosen; an empty cell that was left behind does not.
        flag = _Select.NoUpdate if self.chosen_keys() else _Select.ClearAndSelect
        self.selectionModel().setCurrentIndex(index, flag)

    def _follow_frame(self, frame: float) -> None:
        column = min(max(round(frame), 0), self._timeline.frames - 1)
        if column != self.currentIndex().column():
            self._scrub(column)
        self._move_playhead(None)

    def _move_playhead(self, before: float | None) -> None:
        frame = self.playhead
        self.ruler.set_playhead(frame)
        self.labels.viewport().update()
        if before is None:
            self.viewport().update()
            return
        for one in (before, frame):
            x = round(self._lane_left() + (one + 0.5) * self.frame_px)
            self.viewport().update(x - 2, 0, 5, self.viewport().height())

    # ---- sizes ----------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        height = max(self._least_row_px(), self.viewport().height() // len(ROWS))
        self.labels.setDefaultSectionSize(height)
        self._fit_if_wanted()

    def sizeHint(self) -> QSize:
        """All rows, and the bar below them."""
        rows = len(ROWS) * (self._least_row_px() + 2)
        bar = self.horizontalScrollBar().sizeHint().height()
        width = self.labels.sizeHint().width() + 24 * self.fontMetrics().height()
        return QSize(width, self.ruler.sizeHint().height() + rows + bar + 4)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self._look = None

    def _fit_if_wanted(self) -> None:
        if self._is_fitted:
            # A few frames need not fill the whole width.
            widest = 4 * self.fontMetrics().height()
            width = self.viewport().width() // self._timeline.frames
            self._set_width(min(max(width, MIN_FRAME_PX), widest))

    def _set_width(self, width: int) -> None:
        self.ruler.setDefaultSectionSize(width)
        self.viewport().update()
        self.zoomed.emit(width)

    def _least_row_px(self) -> int:
        return self.fontMetrics().height() + 2

    def _key_px(self) -> float:
        return self.fontMetrics().height() / 3.2

    def _lane_left(self) -> int:
        return -self.ruler.offset()

    def _row_rect(self, row: int) -> QRect:
        width = self._timeline.frames * self.frame_px
        top, height = self.rowViewportPosition(row), self.rowHeight(row)
        return QRect(self._lane_left(), top, width, height)

    def _lane(self, row: int) -> Lane:
        return Lane(self._lane_left(), self.frame_px, self._row_rect(row))

    # ---- painting -------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        self.paint(painter, event.rect())

    def paint(self, painter: QPainter, area: QRect) -> None:
        """Paint a part of the viewport."""
        look = self._current_look()
        left, width, frames = self._lane_left(), self.frame_px, self._timeline.frames
        reach = round(look.middle) + 1  # keys stand over the edges of their frames
        start = max((area.left() - reach - left) // width, 0)
        stop = min((area.right() + reach - left) // width + 1, frames)
        shown = range(start, max(stop, start))
        painter.fillRect(area, self.palette().window())
        chosen: dict[str, set[int]] = {}
        for ref in self.chosen_keys():
            chosen.setdefault(ref.expression, set()).add(ref.frame)
        lanes = [self._lane(row) for row in range(len(ROWS))]
        for row, lane in enumerate(lanes):
            painter.fillRect(lane.rect & area, look.bands[row % 2])
        self._paint_lines(painter, look, shown)
        rows = [
            (name, curve, lane)
            for name, lane in zip(ROWS, lanes, strict=True)
            if (curve := self._timeline.curves.get(name)) and lane.rect.intersects(area)
        ]
        for name, curve, lane in rows:
            paint_lane(painter, look, lane, curve, self._samples(name), shown)
        self._paint_selection(painter, look)
        for name, curve, lane in rows:
            paint_keys(painter, look, lane, curve.keyframes, chosen.get(name, ()), shown)
        self._paint_cursor(painter, look)

    def _paint_lines(self, painter: QPainter, look: Look, shown: range) -> None:
        left, width = self._lane_left(), self.frame_px
        bottom = self._row_rect(len(ROWS) - 1).bottom()
        if width >= 6:
            painter.setPen(look.line)
            edges = (left + (frame + 1) * width - 1 for frame in shown)
            painter.drawLines([QLine(x, 0, x, bottom) for x in edges])
        fps = self._timeline.timing.fps
        step = max(1, round(24 / (fps * width)))  # lines no closer than that
        for second in range(0, int(self._timeline.frames / fps) + 1, step):
            x = round(left + second * fps * width)
            painter.fillRect(x - 1, 0, 1, bottom + 1, look.second)

    def _paint_selection(self, painter: QPainter, look: Look) -> None:
        chosen = self.selectionModel().selection()
        for one in chosen:  # pyright: ignore[reportGeneralTypeIssues]
            top, bottom = self._row_rect(one.top()).top(), self._row_rect(one.bottom()).bottom()
            x = self._lane_left() + one.left() * self.frame_px
            width = (one.right() - one.left() + 1) * self.frame_px
            painter.fillRect(x, top, width, bottom - top + 1, look.selected)

    def _paint_cursor(self, painter: QPainter, look: Look) -> None:
        x = round(self._lane_left() + (self.playhead + 0.5) * self.frame_px)
        bottom = self._row_rect(len(ROWS) - 1).bottom()
        painter.fillRect(x - 1, 0, 2, bottom + 1, look.playhead)
        if self._played is None and self.currentIndex().isValid():
            painter.setPen(look.playhead)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            cell = self.visualRect(self.currentIndex())
            # A frame of a few pixels would be hidden by the playhead.
            room = max(0, (self._key_px() * 2 - cell.width()) / 2)
            painter.drawRect(cell.adjusted(-round(room), 0, round(room) - 1, -1))
        if self._band is not None:
            painter.setPen(look.playhead)
            painter.drawRect(self._band)

    def _samples(self, name: str) -> list[float]:
        """The values of a row, counted once for each curve."""
        curve = self._timeline.curves[name]
        known = self._values.get(name)
        if known is None or known[0] is not curve or len(known[1]) != self._timeline.frames:
            known = (curve, keys.sampled(curve, self._timeline.frames))
            self._values[name] = known
        return known[1]

    def _current_look(self) -> Look:
        if self._look is None:
            self._look = make_look(self.palette(), self._key_px(), self.devicePixelRatioF())
        return self._look

    def _refresh(self) -> None:
        self.labels.viewport().update()
        self.viewport().update()
        self.cursor_moved.emit()
