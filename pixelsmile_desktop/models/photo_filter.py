"""Which of the open photos are listed, and in which order."""

import os
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from PySide6.QtCore import QAbstractListModel, QMimeData, QModelIndex, QObject, Qt, Signal

from engine.library import Flag, VersionKey
from pixelsmile_desktop.models.face_states import FaceState, face_states
from pixelsmile_desktop.models.faces import Faces
from pixelsmile_desktop.models.photos import NOWHERE, Index, JobState, Photos
from pixelsmile_desktop.models.project import Project

Order = Literal["folder", "name", "date", "stars"]

_NOTHING: frozenset[Any] = frozenset()
_FEW = 20  # rows that come or go one by one; more are a list of their own


@dataclass(frozen=True)
class Filters:
    """What a photo must be to be listed; the default lists all.

    Attributes:
        edited: it has an edit.
        states: the queue has it in one of these states.
        faces: its faces show all of these.
        stars: at least so many.
        flags: it has one of these flags; empty for any.
        text: its name holds each of these words, in any case.
        person: somebody of that name is on it; empty for anybody.
        folder: it lies in that folder or below.
    """

    edited: bool = False
    states: frozenset[JobState] = frozenset()
    faces: frozenset[FaceState] = frozenset()
    stars: int = 0
    flags: frozenset[Flag] = frozenset()
    text: str = ""
    person: str = ""
    folder: Path | None = None


ALL = Filters()


class Facts(Protocol):
    """What filters ask of a version. Read only what is asked for: each may have to be worked out.

    Attributes:
        name: the file's, as it is.
        folder: the file's, as text.
        people: names.
    """

    @property
    def name(self) -> str: ...
    @property
    def folder(self) -> str: ...
    @property
    def is_edited(self) -> bool: ...
    @property
    def state(self) -> JobState | None: ...
    @property
    def faces(self) -> frozenset[FaceState]: ...
    @property
    def stars(self) -> int: ...
    @property
    def flag(self) -> Flag: ...
    @property
    def people(self) -> frozenset[str]: ...


def test_of(filters: Filters) -> Callable[[Facts], bool]:
    """The filters as one question; it asks only what they ask."""
    tests: list[Callable[[Facts], bool]] = []
    if filters.edited:
        tests.append(lambda facts: facts.is_edited)
    if filters.states:
        tests.append(lambda facts: facts.state in filters.states)
    if filters.faces:
        tests.append(lambda facts: filters.faces <= facts.faces)
    if filters.stars:
        tests.append(lambda facts: facts.stars >= filters.stars)
    if filters.flags:
        tests.append(lambda facts: facts.flag in filters.flags)
    if words := filters.text.casefold().split():
        tests.append(lambda facts: _holds(facts.name.casefold(), words))
    if filters.person:
        tests.append(lambda facts: filters.person in facts.people)
    if filters.folder is not None:
        folder = str(filters.folder)
        below = folder.rstrip("/\\") + ("\\" if "\\" in folder else "/")
        tests.append(lambda facts: facts.folder == folder or facts.folder.startswith(below))
    if len(tests) == 1:
        return tests[0]
    return lambda facts: all(test(facts) for test in tests)


def _holds(text: str, words: Sequence[str]) -> bool:
    return all(word in text for word in words)


class PhotoFilter(QAbstractListModel):
    """The photos that pass the filters. A row is asked again only when something of it changed.

    Qt's own proxies ask Python for every row and every comparison, which takes too long.
    """

    listed_changed = Signal(int, int)
    """How many are listed, and how many are open."""

    filters_changed = Signal(object)

    order_changed = Signal(str, bool)

    def __init__(
        self, photos: Photos, project: Project, faces: Faces, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._photos = photos
        self._project = project
        self._faces = faces
        self._filters = ALL
        self._test: Callable[[Facts], bool] | None = None
        self._order: Order = "folder"
        self._is_descending = False
        self._rows: list[int] = []  # of the source, in the order that is shown
        self._places: dict[int, int] = {}  # where a source's row is shown
        photos.modelAboutToBeReset.connect(self._reset_begins)
        photos.modelReset.connect(self._reset_ends)
        photos.rowsInserted.connect(self._inserted)
        photos.rowsAboutToBeRemoved.connect(self._removed)
        photos.rowsRemoved.connect(self._gone)
        photos.dataChanged.connect(self._changed)
        faces.looked.connect(self._faces_looked)
        faces.people_changed.connect(self._people_changed)

    # ---- what is listed -------------------------------------------------------------------------

    @property
    def filters(self) -> Filters:
        """What is asked."""
        return self._filters

    @property
    def order(self) -> tuple[Order, bool]:
        """By what it is sorted, and whether backwards."""
        return self._order, self._is_descending

    @property
    def total(self) -> int:
        """How many are open."""
        return self._photos.rowCount()

    def set_filters(self, filters: Filters) -> None:
        """Ask something else."""
        if filters != self._filters:
            self._filters = filters
            self._test = None if filters == ALL else test_of(filters)
            self._list_anew()
            self.filters_changed.emit(filters)

    def set_order(self, order: Order, *, descending: bool = False) -> None:
        """Sort otherwise."""
        if (order, descending) != (self._order, self._is_descending):
            self._order, self._is_descending = order, descending
            self._list_anew()
            self.order_changed.emit(order, descending)

    def row_of(self, key: VersionKey) -> int | None:
        """Where a version is listed; None when it is not."""
        row = self._photos.row_of(key)
        return None if row is None else self._places.get(row)

    def key_at(self, row: int) -> VersionKey:
        """The version that is listed there."""
        return self._photos.keys[self._rows[row]]

    def listed(self) -> list[VersionKey]:
        """All that are listed, in their order."""
        keys = self._photos.keys
        return [keys[row] for row in self._rows]

    # ---- Qt's side ------------------------------------------------------------------------------

    def rowCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def mapToSource(self, index: Index) -> QModelIndex:
        if not index.isValid():
            return QModelIndex()
        return self._photos.index(self._rows[index.row()])

    def mapFromSource(self, index: Index) -> QModelIndex:
        place = self._places.get(index.row()) if index.isValid() else None
        return QModelIndex() if place is None else self.index(place)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        return self._photos.at(self._rows[index.row()], role) if index.isValid() else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        return self._photos.flags(index)

    def mimeTypes(self) -> list[str]:
        return self._photos.mimeTypes()

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        return self._photos.mimeData([self.mapToSource(index) for index in indexes])

    def supportedDragActions(self) -> Qt.DropAction:
        return self._photos.supportedDragActions()

    # ---- what changed ---------------------------------------------------------------------------

    def _reset_begins(self) -> None:
        self.beginResetModel()

    def _reset_ends(self) -> None:
        self._list()
        self.endResetModel()
        self._tell()

    def _list_anew(self) -> None:
        self.beginResetModel()
        self._list()
        self.endResetModel()
        self._tell()

    def _list(self) -> None:
        total = self._photos.rowCount()
        self._rows = self._sorted([row for row in range(total) if self._passes(row)])
        self._number()

    def _number(self) -> None:
        self._places = {row: place for place, row in enumerate(self._rows)}

    def _tell(self) -> None:
        self.listed_changed.emit(len(self._rows), self.total)

    def _passes(self, row: int) -> bool:
        return self._test is None or self._test(
            _Row(self._photos.keys[row], self._photos, self._project, self._faces)
        )

    def _sorted(self, rows: list[int]) -> list[int]:
        keys, photos, project = self._photos.keys, self._photos, self._project
        match self._order:
            case "name":
                rows.sort(key=lambda row: (keys[row].photo.name.casefold(), row))
            case "date":
                rows.sort(key=lambda row: (photos.changed_ns(keys[row].photo), row))
            case "stars":
                rows.sort(key=lambda row: project.version(keys[row]).stars)
            case "folder":
                pass
        if self._is_descending:
            rows.reverse()
        return rows

    def _inserted(self, _parent: QModelIndex, first: int, last: int) -> None:
        number = last - first + 1
        is_at_end = last == self._photos.rowCount() - 1
        if not is_at_end:
            self._rows = [row + number if row >= first else row for row in self._rows]
            self._number()
        news = [row for row in range(first, last + 1) if self._passes(row)]
        if self._order != "folder" or self._is_descending:
            if news:
                self._list_anew()
        elif news:
            self._insert(news)
        self._tell()

    def _insert(self, news: Sequence[int]) -> None:
        """List source rows that follow each other; the order is that of the folder."""
        place = bisect_left(self._rows, news[0])
        self.beginInsertRows(QModelIndex(), place, place + len(news) - 1)
        self._rows[place:place] = news
        if place + len(news) == len(self._rows):
            self._places |= {row: place + at for at, row in enumerate(news)}
        else:
            self._number()
        self.endInsertRows()

    def _removed(self, _parent: QModelIndex, first: int, last: int) -> None:
        for row in range(first, last + 1):
            self._take_out(row)

    def _gone(self, _parent: QModelIndex, first: int, last: int) -> None:
        number = last - first + 1
        self._rows = [row - number if row > last else row for row in self._rows]
        self._number()
        self._tell()

    def _take_out(self, row: int) -> None:
        place = self._places.get(row)
        if place is not None:
            self.beginRemoveRows(QModelIndex(), place, place)
            del self._rows[place]
            self._number()
            self.endRemoveRows()

    def _changed(self, first: QModelIndex, last: QModelIndex, roles: Sequence[int] = ()) -> None:
        rows = range(first.row(), last.row() + 1)
        if not roles:  # pictures change nothing that is asked
            self._ask_again(rows)
        places = [self._places[row] for row in rows if row in self._places]
        if places:
            top, bottom = self.index(min(places)), self.index(max(places))
            self.dataChanged.emit(top, bottom, roles)

    def _faces_looked(self, photos: Sequence[Path]) -> None:
        self._ask_of(photos, is_asked=bool(self._filters.faces or self._filters.person))

    def _people_changed(self, photos: Sequence[Path]) -> None:
        self._ask_of(photos, is_asked=bool(self._filters.person))

    def _ask_of(self, photos: Sequence[Path], *, is_asked: bool) -> None:
        if is_asked:
            keys = (k for one in photos for k in (VersionKey(one), *self._project.copies(one)))
            rows = [row for key in keys if (row := self._photos.row_of(key)) is not None]
            self._ask_again(rows)

    def _ask_again(self, rows: Sequence[int]) -> None:
        if self._order == "stars":
            if not self._is_sorted_by_stars() or self._test is not None:
                self._list_anew()
            return
        if self._test is None:
            return
        turned = [row for row in rows if self._passes(row) != (row in self._places)]
        if not turned:
            return
        is_plain = self._order == "folder" and not self._is_descending
        if len(turned) > _FEW or not (is_plain or all(row in self._places for row in turned)):
            self._list_anew()
            return
        for row in turned:
            if row in self._places:
                self._take_out(row)
            else:
                self._insert([row])
        self._tell()

    def _is_sorted_by_stars(self) -> bool:
        return self._sorted(sorted(self._rows)) == self._rows


class _Row:
    """`Facts` of an open photo, worked out when they are asked for."""

    __slots__ = ("_faces", "_key", "_photos", "_project")

    def __init__(self, key: VersionKey, photos: Photos, project: Project, faces: Faces) -> None:
        self._key, self._photos, self._project, self._faces = key, photos, project, faces

    @property
    def name(self) -> str:
        return os.path.basename(str(self._key.photo))  # quicker than Path's own

    @property
    def folder(self) -> str:
        return os.path.dirname(str(self._key.photo))

    @property
    def is_edited(self) -> bool:
        return self._project.version(self._key).is_edited

    @property
    def state(self) -> JobState | None:
        return self._photos.job_state(self._key.photo)

    @property
    def faces(self) -> frozenset[FaceState]:
        return face_states(self._faces.of(self._key.photo) or ())

    @property
    def stars(self) -> int:
        return self._project.version(self._key).stars

    @property
    def flag(self) -> Flag:
        return self._project.version(self._key).flag

    @property
    def people(self) -> frozenset[str]:
        faces = self._faces.of(self._key.photo)
        return frozenset(one.person for one in faces if one.person) if faces else _NOTHING
