"""A list of photos as pictures: what the grid and the filmstrip have in common."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QHideEvent,
    QImage,
    QKeyEvent,
    QPaintDevice,
    QPainter,
    QPalette,
    QPen,
    QPixmap,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from pixelsmile_desktop.models.photos import Look, PhotoRole
from pixelsmile_desktop.widgets.badges import paint_sign, paint_stars

_WANT_MS = 20
_PIXMAPS = 250  # kept as large as they are shown; twice what a screen holds
_Index = QModelIndex | QPersistentModelIndex


class PhotoCell(QStyledItemDelegate):
    """Paints one photo: the picture, its name, stars, flag and badges."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.size = QSize(160, 160)
        self._pixmaps: OrderedDict[tuple[int, int, int, float], QPixmap] = OrderedDict()

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return self.size

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        palette: QPalette = option.palette  # type: ignore[attr-defined]
        rect: QRect = option.rect.adjusted(2, 2, -2, -2)  # type: ignore[attr-defined]
        state: QStyle.StateFlag = option.state  # type: ignore[attr-defined]
        metrics = option.fontMetrics  # type: ignore[attr-defined]
        line = metrics.height()
        look: Look = index.data(PhotoRole.LOOK)
        is_selected = bool(state & QStyle.StateFlag.State_Selected)
        painter.fillRect(
            rect,
            palette.color(QPalette.ColorRole.Light if is_selected else QPalette.ColorRole.Mid),
        )
        has_name = rect.width() > 7 * line and rect.height() > 6 * line
        place = rect.adjusted(4, 4, -4, -4 - (line + 2 if has_name else 0))
        self._paint_picture(painter, look, place, palette)
        if has_name:
            painter.setPen(palette.color(QPalette.ColorRole.Text))
            below = QRect(rect.left() + 5, rect.bottom() - line - 2, rect.width() - 10, line)
            name = metrics.elidedText(look.name, Qt.TextElideMode.ElideMiddle, below.width())
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, name)
        self._paint_signs(painter, look, place, palette, max(14.0, line * 0.9))
        # Selected: a thick frame. The one that is worked on, when the keys are here: a second one.
        if is_selected:
            self._frame(painter, rect, palette.color(QPalette.ColorRole.Highlight), 3)
        if state & QStyle.StateFlag.State_HasFocus:
            self._frame(
                painter, rect.adjusted(4, 4, -4, -4), palette.color(QPalette.ColorRole.Text), 1
            )

    def _paint_picture(
        self, painter: QPainter, look: Look, place: QRect, palette: QPalette
    ) -> None:
        picture, reason = look.picture, look.reason
        if picture is not None:
            ratio = min(place.width() / picture.width(), place.height() / picture.height(), 1.5)
            size = QSize(
                max(1, round(picture.width() * ratio)), max(1, round(picture.height() * ratio))
            )
            target = QRect(place.topLeft(), size)
            target.moveCenter(place.center())
            painter.drawPixmap(target, self._scaled(picture, size, painter.device()))
            return
        painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
        if reason:
            centred = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
            painter.drawText(place, centred, reason[0].upper() + reason[1:])
        else:
            painter.drawRect(
                place.adjusted(
                    place.width() // 6,
                    place.height() // 6,
                    -place.width() // 6,
                    -place.height() // 6,
                )
            )

    def _scaled(self, picture: QImage, size: QSize, device: QPaintDevice) -> QPixmap:
        """The picture in the size that it has on the screen, from the last ones if it is there."""
        ratio = device.devicePixelRatioF()
        key = (picture.cacheKey(), size.width(), size.height(), ratio)
        found = self._pixmaps.get(key)
        if found is None:
            found = QPixmap.fromImage(
                picture.scaled(
                    size * ratio,
                    Qt.AspectRatioMode.IgnoreAspectRatio,
                    Qt.TransformationMode.SmoothTransformation,
                )
            )
            found.setDevicePixelRatio(ratio)
            self._pixmaps[key] = found
            if len(self._pixmaps) > _PIXMAPS:
                self._pixmaps.popitem(last=False)
        else:
            self._pixmaps.move_to_end(key)
        return found

    def _paint_signs(
        self, painter: QPainter, look: Look, place: QRect, palette: QPalette, side: float
    ) -> None:
        x = place.right() - side
        for badge in look.badges:
            paint_sign(painter, badge, QRectF(x, place.bottom() - side, side, side), palette)
            x -= side + 3
        if look.reason:
            corner = QRectF(place.right() - side, place.top(), side, side)
            paint_sign(painter, "failed", corner, palette)
        if look.flag != "none":
            paint_sign(painter, look.flag, QRectF(place.left(), place.top(), side, side), palette)
        if look.stars:
            box = QRectF(place.left() + 2, place.bottom() - side * 0.85, side * 4, side * 0.7)
            ground = palette.color(QPalette.ColorRole.Base)
            ground.setAlpha(200)
            back = QRectF(
                box.left() - 2, box.top() - 2, side * 0.735 * look.stars + 4, side * 0.7 + 4
            )
            painter.fillRect(back, ground)
            paint_stars(painter, look.stars, box, palette.color(QPalette.ColorRole.Text))

    def _frame(self, painter: QPainter, rect: QRect, colour: QColor, width: int) -> None:
        painter.save()
        pen = QPen(colour, width)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        half = width // 2
        painter.drawRect(rect.adjusted(half, half, -half - 1, -half - 1))
        painter.restore()


class PhotoList(QListView):
    """Cells of one size. It says which photos are seen, so that their pictures are made first."""

    opened = Signal()
    """The user wants to work on the current photo: Enter or a double click."""

    def __init__(
        self, want: Callable[[Sequence[Path]], None], parent: QWidget | None = None
    ) -> None:
        """`want` is told the photos that are seen, the most urgent first."""
        super().__init__(parent)
        self._want = want
        self.cell = PhotoCell(self)
        self.setItemDelegate(self.cell)
        # As icons: as a list, Qt lays out all rows again whenever one of them has changed.
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setUniformItemSizes(True)
        self.setMovement(QListView.Movement.Static)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setFrameShape(QListView.Shape.NoFrame)
        self._asking = QTimer(self, singleShot=True, interval=_WANT_MS)
        self._asking.timeout.connect(self._ask)
        self.verticalScrollBar().valueChanged.connect(self._asking_soon)
        self.horizontalScrollBar().valueChanged.connect(self._asking_soon)
        self.doubleClicked.connect(lambda _index: self.opened.emit())

    def setModel(self, model) -> None:  # type: ignore[no-untyped-def]
        super().setModel(model)
        for signal in (model.modelReset, model.rowsInserted, model.rowsRemoved):
            signal.connect(self._asking_soon)

    def set_cell(self, size: QSize) -> None:
        """Make the cells that large; the current one stays in view."""
        if size != self.gridSize():
            self.cell.size = size
            self.setGridSize(size)
            self.verticalScrollBar().setSingleStep(max(1, size.height() // 3))
            self.horizontalScrollBar().setSingleStep(max(1, size.width() // 2))
            QTimer.singleShot(0, self.show_current)
            self._asking_soon()

    def show_current(self) -> None:
        """Scroll until the current photo is in view."""
        if self.currentIndex().isValid():
            self.scrollTo(self.currentIndex())

    def visible_rows(self) -> range:
        """The rows of which at least a part is in view."""
        model = self.model()
        total = model.rowCount() if model is not None else 0
        cell = self.gridSize()
        if not total or cell.width() <= 0 or cell.height() <= 0:
            return range(0)
        view = self.viewport().rect()
        start = self.visualRect(model.index(0, 0)).topLeft()
        if not self.isWrapping():
            first = -start.x() // cell.width()
            last = (view.width() - start.x()) // cell.width()
            return range(max(0, first), min(total, last + 1))
        columns = max(1, view.width() // cell.width())
        first = -start.y() // cell.height() * columns
        last = (view.height() - start.y()) // cell.height() * columns + columns
        return range(max(0, first), min(total, last))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers() & (
            Qt.KeyboardModifier.ControlModifier
        ):
            self.opened.emit()
            return
        super().keyPressEvent(event)

    def selectAll(self) -> None:
        """All rows; unlike Qt's own it asks none of them whether it may."""
        model = self.model()
        if model is not None and (rows := model.rowCount()):
            every = QItemSelection(model.index(0, 0), model.index(rows - 1, 0))
            flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
            self.selectionModel().select(every, flag)

    def keyboardSearch(self, search: str) -> None:
        """Letters and numbers are commands here; names are searched in the panel."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._asking_soon()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._asking_soon()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._want(())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._asking_soon()

    def _asking_soon(self, *_: object) -> None:
        if not self._asking.isActive():
            self._asking.start()

    def _ask(self) -> None:
        """What is seen, then a page further, then a page back."""
        if not self.isVisible():
            return
        model, seen = self.model(), self.visible_rows()
        total, page = model.rowCount(), len(seen)
        rows = (
            *seen,
            *range(seen.stop, min(total, seen.stop + page)),
            *range(max(0, seen.start - page), seen.start),
        )
        self._want([model.key_at(row).photo for row in rows])  # type: ignore[attr-defined]
