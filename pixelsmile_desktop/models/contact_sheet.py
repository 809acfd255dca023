"""The frames of a strip as a list of small pictures."""

from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSize,
    Qt,
)
from PySide6.QtGui import QPixmap

from pixelsmile_desktop.models.proxies import Proxies, ProxyKey
from pixelsmile_desktop.models.timeline import ROWS, Timeline
from pixelsmile_desktop.models.words import expression_title, percent

_MOST = 2000
_NOWHERE = QModelIndex()


class ContactSheet(QAbstractListModel):
    """One row a frame: its number, its picture when that is ready, and what it shows in words."""

    def __init__(
        self, timeline: Timeline, proxies: Proxies, cell: QSize, parent: QObject | None = None
    ) -> None:
        """`cell`: the room for a picture."""
        super().__init__(parent)
        self._timeline = timeline
        self._proxies = proxies
        self._cell = cell
        self._frames = timeline.frames
        self._small: dict[ProxyKey, QPixmap] = {}
        self._blank = QPixmap(cell)
        self._blank.fill(Qt.GlobalColor.transparent)
        timeline.changed.connect(self._renew)
        proxies.ready_changed.connect(self._refresh)

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _NOWHERE) -> int:
        return 0 if parent.isValid() else self._frames

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        frame = index.row()
        if role == Qt.ItemDataRole.DisplayRole:
            return str(frame + 1)
        if role == Qt.ItemDataRole.DecorationRole:
            return self._picture(frame)
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return self._words(frame)
        return None

    def _words(self, frame: int) -> str:
        shown = [
            f"{expression_title(name)} {percent(self._timeline.value(row, frame))}"
            for row, name in enumerate(ROWS)
            if self._timeline.value(row, frame) > 0
        ]
        what = ", ".join(shown) or self.tr("the photo as it is")
        return self.tr("Frame {frame}: {what}").format(frame=frame + 1, what=what)

    def _picture(self, frame: int) -> QPixmap:
        key = self._proxies.key(frame)
        if key is None:
            return self._blank
        if key not in self._small:
            picture = self._proxies.picture(frame)
            if picture is None:
                return self._blank
            if len(self._small) >= _MOST:
                self._small.clear()
            fitted = picture.scaled(
                self._cell,
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
            self._small[key] = QPixmap.fromImage(fitted)
        return self._small[key]

    def _renew(self) -> None:
        if self._timeline.frames != self._frames:
            self.beginResetModel()
            self._frames = self._timeline.frames
            self.endResetModel()
        else:
            self._refresh()

    def _refresh(self) -> None:
        if self._frames:
            self.dataChanged.emit(self.index(0), self.index(self._frames - 1))
