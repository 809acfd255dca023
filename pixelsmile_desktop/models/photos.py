"""The photos that are open, one row each, virtual copies below their photo."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any, Literal

from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QUrl,
)
from PySide6.QtGui import QImage

from engine.library import Flag, VersionKey
from pixelsmile_desktop.models.opening import SUFFIXES, Listed
from pixelsmile_desktop.models.project import Project
from pixelsmile_desktop.models.thumbnails import Thumbnails

__all__ = ["SUFFIXES", "Badge", "JobState", "Look", "PhotoRole", "Photos"]

Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()
"""The parent of every row of a list."""

JobState = Literal["queued", "running", "finished", "failed", "needs_review", "cancelled"]
Badge = Literal["edited", "copy", "queued", "running", "failed", "needs_review"]

_FLAGS = (
    Qt.ItemFlag.ItemIsEnabled
    | Qt.ItemFlag.ItemIsSelectable
    | Qt.ItemFlag.ItemIsDragEnabled
    | Qt.ItemFlag.ItemNeverHasChildren
)
_MANY = 40  # copies that come or go at once, beyond which the list is made anew


class PhotoRole(IntEnum):
    """What a row gives beyond Qt's own roles."""

    KEY = Qt.ItemDataRole.UserRole + 1
    """The `VersionKey`."""

    THUMBNAIL = Qt.ItemDataRole.UserRole + 2
    """The `QImage`, or None while there is none."""

    BADGES = Qt.ItemDataRole.UserRole + 3
    """A tuple of `Badge`."""

    STARS = Qt.ItemDataRole.UserRole + 4
    """0 to 5."""

    FLAG = Qt.ItemDataRole.UserRole + 5
    """`none`, `pick` or `reject`."""

    REASON = Qt.ItemDataRole.UserRole + 6
    """Why the photo cannot be shown; empty when nothing is wrong."""

    LOOK = Qt.ItemDataRole.UserRole + 7
    """All that a cell paints, as a `Look`: one question instead of six."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a photo looks in a list; the fields are those of the roles."""

    name: str
    picture: QImage | None
    badges: tuple[Badge, ...]
    stars: int
    flag: Flag
    reason: str


class Photos(QAbstractListModel):
    """One row per version. The name that is shown is the file's."""

    def __init__(
        self, project: Project, thumbnails: Thumbnails, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._project = project
        self._thumbnails = thumbnails
        self._keys: list[VersionKey] = []
        self._rows: dict[VersionKey, int] = {}
        self._changed_ns: dict[Path, int] = {}
        self._states: dict[Path, JobState] = {}
        project.changed.connect(self._versions_changed)
        thumbnails.ready.connect(self._thumbnail_changed)
        thumbnails.failed.connect(self._thumbnail_changed)

    @property
    def keys(self) -> Sequence[VersionKey]:
        """All versions in the order of the rows. Not to be changed."""
        return self._keys

    def paths(self) -> list[Path]:
        """The photos, each once, in the order of the rows."""
        return [key.photo for key in self._keys if not key.copy]

    def changed_ns(self, photo: Path) -> int:
        """When the file was last changed, as far as that is known."""
        return self._changed_ns.get(photo, 0)

    def job_state(self, photo: Path) -> JobState | None:
        """What the queue is doing with the photo."""
        return self._states.get(photo)

    # ---- what is open ---------------------------------------------------------------------------

    def set_photos(self, photos: Iterable[Path]) -> None:
        """Show these photos and their copies in place of others."""
        self.beginResetModel()
        self._keys = self._with_copies(photos)
        self._number()
        self.endResetModel()

    def add_photos(self, listed: Sequence[Listed]) -> None:
        """Show more photos below the others; those that are shown already are passed over."""
        self._changed_ns |= {one.photo: one.mtime_ns for one in listed}
        news = [one.photo for one in listed if VersionKey(one.photo) not in self._rows]
        keys = self._with_copies(news)
        if keys:
            first = len(self._keys)
            self.beginInsertRows(QModelIndex(), first, first + len(keys) - 1)
            self._keys += keys
            self._number(first)
            self.endInsertRows()

    def set_job_states(self, states: Mapping[Path, JobState]) -> None:
        """Say what the queue is doing with photos, in place of all that was said before."""
        before, self._states = self._states, dict(states)
        touched = before.keys() | self._states.keys()
        self._tell(
            self._rows[key]
            for photo in touched
            if before.get(photo) != self._states.get(photo)
            for key in (VersionKey(photo), *self._project.copies(photo))
            if key in self._rows
        )

    def row_of(self, key: VersionKey) -> int | None:
        """Where a version is shown."""
        return self._rows.get(key)

    # ---- rows -----------------------------------------------------------------------------------

    def rowCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._keys)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        return self.at(index.row(), role) if index.isValid() else None

    def at(self, row: int, role: int) -> Any:
        """What `data` gives, by the row's number."""
        key = self._keys[row]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return f"{key.photo.name} ({key.copy + 1})" if key.copy else key.photo.name
            case PhotoRole.KEY:
                return key
            case PhotoRole.LOOK:
                return self._look(row, key)
            case PhotoRole.THUMBNAIL | Qt.ItemDataRole.DecorationRole:
                return self._thumbnails.picture(key.photo)
            case PhotoRole.STARS:
                return self._project.version(key).stars
            case PhotoRole.FLAG:
                return self._project.version(key).flag
            case PhotoRole.BADGES:
                return self._badges(key)
            case PhotoRole.REASON:
                return self._thumbnails.reason(key.photo)
            case Qt.ItemDataRole.AccessibleDescriptionRole:
                return self._description(key)
            case Qt.ItemDataRole.ToolTipRole:
                return f"{key.photo}\n{self._description(key)}".strip()
            case _:
                return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return _FLAGS

    def mimeTypes(self) -> list[str]:
        return ["text/uri-list"]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        photos = dict.fromkeys(self._keys[index.row()].photo for index in indexes)
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(photo)) for photo in photos])
        return data

    def supportedDragActions(self) -> Qt.DropAction:
        return Qt.DropAction.CopyAction

    # ---- inside ---------------------------------------------------------------------------------

    def _with_copies(self, photos: Iterable[Path]) -> list[VersionKey]:
        return [
            key for photo in photos for key in (VersionKey(photo), *self._project.copies(photo))
        ]

    def _number(self, first: int = 0) -> None:
        if not first:
            self._rows = {}
        self._rows |= {key: row for row, key in enumerate(self._keys[first:], first)}

    def _look(self, row: int, key: VersionKey) -> Look:
        version, photo = self._project.version(key), key.photo
        return Look(
            self.at(row, Qt.ItemDataRole.DisplayRole),
            self._thumbnails.picture(photo),
            self._badges(key),
            version.stars,
            version.flag,
            self._thumbnails.reason(photo),
        )

    def _badges(self, key: VersionKey) -> tuple[Badge, ...]:
        badges: list[Badge] = []
        if self._project.version(key).is_edited:
            badges.append("edited")
        if key.copy:
            badges.append("copy")
        state = self._states.get(key.photo)
        if state in ("queued", "running", "failed", "needs_review"):
            badges.append(state)
        return tuple(badges)

    def _description(self, key: VersionKey) -> str:
        words = {
            "edited": self.tr("edited"),
            "copy": self.tr("virtual copy"),
            "queued": self.tr("queued"),
            "running": self.tr("running"),
            "failed": self.tr("failed"),
            "needs_review": self.tr("needs review"),
            "pick": self.tr("picked"),
            "reject": self.tr("rejected"),
            "none": "",
        }
        version = self._project.version(key)
        parts = [words[badge] for badge in self._badges(key)]
        if version.stars:
            parts.append(self.tr("{number} of 5 stars").format(number=version.stars))
        parts += [words[version.flag], self._thumbnails.reason(key.photo)]
        return ", ".join(part for part in parts if part)

    def _tell(self, rows: Iterable[int]) -> None:
        """Say that rows are others now; neighbours together."""
        start = end = None
        for row in sorted(set(rows)):
            if end is not None and row == end + 1:
                end = row
                continue
            if start is not None and end is not None:
                self.dataChanged.emit(self.index(start), self.index(end))
            start = end = row
        if start is not None and end is not None:
            self.dataChanged.emit(self.index(start), self.index(end))

    def _thumbnail_changed(self, photo: Path) -> None:
        roles = [int(PhotoRole.THUMBNAIL), int(PhotoRole.REASON)]
        for key in (VersionKey(photo), *self._project.copies(photo)):
            row = self._rows.get(key)
            if row is not None:
                self.dataChanged.emit(self.index(row), self.index(row), roles)

    def _versions_changed(self, keys: frozenset[VersionKey]) -> None:
        come = [k for k in keys if k.copy and k not in self._rows and self._is_copy_of_ours(k)]
        gone = [k for k in keys if k in self._rows and k.copy and self._project.known(k) is None]
        if len(come) + len(gone) > _MANY:
            self.set_photos(self.paths())
            return
        for key in sorted(gone):
            row = self._rows[key]
            self.beginRemoveRows(QModelIndex(), row, row)
            del self._keys[row], self._rows[key]
            self._number(row)
            self.endRemoveRows()
        for key in sorted(come):
            self._insert_copy(key)
        self._tell(self._rows[key] for key in keys if key in self._rows)

    def _is_copy_of_ours(self, key: VersionKey) -> bool:
        return self._project.known(key) is not None and VersionKey(key.photo) in self._rows

    def _insert_copy(self, key: VersionKey) -> None:
        row = self._rows[VersionKey(key.photo)] + 1
        while row < len(self._keys) and self._keys[row].photo == key.photo:
            if self._keys[row].copy > key.copy:
                break
            row += 1
        self.beginInsertRows(QModelIndex(), row, row)
        self._keys.insert(row, key)
        self._number(row)
        self.endInsertRows()
