"""The filmstrip: the listed photos in one row, with the selection that the grid has."""

from PySide6.QtCore import QModelIndex, QSize, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QListView

from pixelsmile_desktop.context import Context
from pixelsmile_desktop.widgets.photo_list import PhotoList


class Filmstrip(PhotoList):
    """One row; the current photo is always in view."""

    def __init__(self, context: Context) -> None:
        thumbnails = context.session.thumbnails
        super().__init__(lambda photos: thumbnails.want("filmstrip", photos))
        self._session = context.session
        self.setAccessibleName(self.tr("Filmstrip"))
        self.setWrapping(False)
        self.setModel(context.session.filter)
        self.setSelectionModel(context.session.selection)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setResizeMode(QListView.ResizeMode.Fixed)
        line = self.fontMetrics().height()
        self.setMinimumHeight(5 * line)
        context.session.selection.currentChanged.connect(self._current_changed)
        context.session.filter.modelReset.connect(self.show_current)

    def sizeHint(self) -> QSize:
        line = self.fontMetrics().height()
        return QSize(40 * line, 8 * line)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        height = max(1, self.viewport().height())
        self.set_cell(QSize(round(height * 1.2), height))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel goes along the row."""
        turn = event.angleDelta()
        if event.pixelDelta().isNull() and turn.y() and not turn.x():
            bar = self.horizontalScrollBar()
            bar.setValue(bar.value() - turn.y() * self.gridSize().width() // 120)
            event.accept()
        else:
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down go along too; with the page keys a page."""
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        page = max(1, self.viewport().width() // max(1, self.gridSize().width()) - 1)
        steps |= {Qt.Key.Key_PageUp: -page, Qt.Key.Key_PageDown: page}
        by = steps.get(Qt.Key(event.key()))
        if by is None:
            super().keyPressEvent(event)
            return
        row = self.currentIndex().row() + by
        row = min(max(row, 0), self.model().rowCount() - 1)
        if row != self.currentIndex().row():
            self._session.step(row - self.currentIndex().row())

    def _current_changed(self, current: QModelIndex, _before: QModelIndex) -> None:
        if current.isValid() and self.isVisible():
            self.scrollTo(current, QListView.ScrollHint.PositionAtCenter)
