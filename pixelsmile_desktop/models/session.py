"""What the user is looking at: the open photos, the selection, the face, the frame."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QObject, Signal

from engine.library import VersionKey
from engine.protocol import Failed
from engine.recipes import FaceChoice
from pixelsmile_desktop.models.faces import Faces
from pixelsmile_desktop.models.opening import Listed, Opening
from pixelsmile_desktop.models.people import People
from pixelsmile_desktop.models.photo_filter import PhotoFilter
from pixelsmile_desktop.models.photos import PhotoRole, Photos
from pixelsmile_desktop.models.project import Project
from pixelsmile_desktop.models.thumbnails import Thumbnails

_UNREADABLE = ("truncated", "damaged", "empty", "not_an_image", "unsupported", "too_large")


class Session(QObject):
    """One selection, shared by the grid, the filmstrip and every panel."""

    opened = Signal()
    """Other photos are open: the first of them are listed, more may follow."""

    listed = Signal(object)
    """All photos that were to be opened are listed; the tuple of sentences about what could not be
    read."""

    current_changed = Signal(object)
    """With the `VersionKey` that is worked on, or None."""

    closing = Signal()
    """The program ends; nothing new is begun any more."""

    selection_changed = Signal()

    face_changed = Signal(object)
    """With the `FaceChoice` whose sliders are shown."""

    frame_changed = Signal(float)
    """With the playhead's frame."""

    def __init__(
        self,
        project: Project,
        faces: Faces,
        people: People,
        thumbnails: Thumbnails,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.project = project
        self.faces = faces
        self.people = people
        self.thumbnails = thumbnails
        self.photos = Photos(project, thumbnails, self)
        self.filter = PhotoFilter(self.photos, project, faces, self)
        self.selection = QItemSelectionModel(self.filter, self)
        self.folders: tuple[Path, ...] = ()
        self._face: FaceChoice = "all"
        self._frame = 0.0
        self._current: VersionKey | None = None
        self._kept: tuple[tuple[VersionKey, ...], int] = ((), 0)  # over a reset: keys, a row
        self._is_opening = False
        self._opening = Opening(self)
        self._opening.begun.connect(self._begin)
        self._opening.found.connect(self._add)
        self._opening.finished.connect(self._finish)
        self.filter.modelAboutToBeReset.connect(self._keep_selection)
        self.filter.modelReset.connect(self._restore_selection)
        # Two cores are common: thumbnails are what the user sees, faces can wait.
        thumbnails.idle_changed.connect(lambda is_idle: faces.hold(not is_idle))
        faces.failed.connect(self._note_refused)
        self.selection.currentChanged.connect(self._note_current)
        self.selection.selectionChanged.connect(self._note_selection)

    # ---- photos ---------------------------------------------------------------------------------

    def open(self, paths: Sequence[Path]) -> None:
        """Open these photos, and those in these folders, in place of others. Returns at once."""
        self._opening.open(paths)

    def show(self, photos: Iterable[Path], folders: Iterable[Path] = ()) -> None:
        """Open these photos in place of others, without a look at the disk."""
        self._opening.stop()
        self._begin(tuple(folders))
        self._add(tuple(Listed(photo, 0) for photo in photos))
        self._finish(())

    def _begin(self, folders: tuple[Path, ...]) -> None:
        self.folders = folders
        self._is_opening = True
        self.project.undo_stack.clear()
        self.people.forget()
        self.thumbnails.prepare((), anew=True)
        self.faces.look((), anew=True)
        self.photos.set_photos(())

    def _add(self, listed: tuple[Listed, ...]) -> None:
        wanted = tuple(one.photo for one in listed)
        self.photos.add_photos(listed)
        self.project.load(wanted)
        self.thumbnails.prepare(wanted)
        self.faces.look(wanted)
        self._tell_opened()

    def _finish(self, troubles: tuple[str, ...]) -> None:
        self._tell_opened()
        self.listed.emit(troubles)

    def _tell_opened(self) -> None:
        if self._is_opening:
            self._is_opening = False
            self.opened.emit()
            if self.selection.currentIndex().row() < 0 and self.filter.rowCount():
                self.select(self.filter.key_at(0))

    def close(self) -> None:
        """Nothing is opened or made any more."""
        self.closing.emit()
        self._opening.stop()
        self.thumbnails.close()

    @property
    def current(self) -> VersionKey | None:
        """The version that is worked on."""
        return self._current

    def selected(self) -> tuple[VersionKey, ...]:
        """All selected versions in the order of the list; the current one at least."""
        # Not `selectedIndexes`, which asks for every row's flags.
        ranges = sorted((one.top(), one.bottom()) for one in self.selection.selection().toList())
        rows = (row for top, bottom in ranges for row in range(top, bottom + 1))
        keys = tuple(self.filter.key_at(row) for row in rows)
        return keys or ((self._current,) if self._current is not None else ())

    def select(self, key: VersionKey) -> None:
        """Make a version the current one, if it is listed."""
        row = self.filter.row_of(key)
        if row is not None:
            flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
            self.selection.setCurrentIndex(self.filter.index(row, 0), flag)

    def step(self, by: int) -> None:
        """Go to the next photo (1), or to the one before (-1)."""
        row = self.selection.currentIndex().row() + by
        if 0 <= row < self.filter.rowCount():
            flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
            self.selection.setCurrentIndex(self.filter.index(row, 0), flag)

    # ---- face and frame -------------------------------------------------------------------------

    @property
    def face(self) -> FaceChoice:
        """Whose sliders are shown: all faces, or one by its number."""
        return self._face

    def set_face(self, face: FaceChoice) -> None:
        """Choose a face."""
        if face != self._face:
            self._face = face
            self.project.end_merge()
            self.face_changed.emit(face)

    @property
    def frame(self) -> float:
        """Where the playhead stands."""
        return self._frame

    def set_frame(self, frame: float) -> None:
        """Move the playhead."""
        if frame != self._frame:
            self._frame = frame
            self.frame_changed.emit(frame)

    def _note_refused(self, photo: Path, failed: Failed) -> None:
        """The engine reads a file to its end, and so finds what a thumbnail does not show."""
        if failed.code in _UNREADABLE:
            remedy = f"; {failed.remedy}" if failed.remedy else ""
            self.thumbnails.refuse(photo, f"{failed.reason}{remedy}")

    # ---- what the selection model tells ---------------------------------------------------------

    def _note_current(self, index: QModelIndex, _before: QModelIndex) -> None:
        key = index.data(PhotoRole.KEY) if index.isValid() else None
        if key == self._current:
            return
        self._current = key
        self.project.end_merge()
        self._face, self._frame = "all", 0.0
        self.current_changed.emit(key)
        self.face_changed.emit(self._face)
        self.frame_changed.emit(self._frame)

    def _note_selection(self, _added: QItemSelection, _left: QItemSelection) -> None:
        # Screen readers select without moving the cursor; what is worked on must be among it.
        tops = [one.top() for one in self.selection.selection().toList()]
        if tops and not self.selection.isSelected(self.selection.currentIndex()):
            first = self.filter.index(min(tops), 0)
            self.selection.setCurrentIndex(first, QItemSelectionModel.SelectionFlag.NoUpdate)
        self.selection_changed.emit()

    # ---- the selection stays when the list is another -------------------------------------------

    def _keep_selection(self) -> None:
        self._kept = (
            self.selected() if self.selection.hasSelection() else (),
            max(self.selection.currentIndex().row(), 0),
        )

    def _restore_selection(self) -> None:
        (keys, before), current = self._kept, self._current
        self._kept = ((), 0)
        chosen = QItemSelection()
        for first, last in _runs(
            sorted(r for k in keys if (r := self.filter.row_of(k)) is not None)
        ):
            chosen.select(self.filter.index(first, 0), self.filter.index(last, 0))
        row = None if current is None else self.filter.row_of(current)
        if row is None and current is not None and self.filter.rowCount():
            row = min(before, self.filter.rowCount() - 1)  # what stands in its place now
        flags = QItemSelectionModel.SelectionFlag
        if row is None:
            self._note_current(QModelIndex(), QModelIndex())
            self.selection_changed.emit()
            return
        index = self.filter.index(row, 0)
        if chosen.isEmpty():
            chosen.select(index, index)
        self.selection.setCurrentIndex(index, flags.NoUpdate)
        self.selection.select(chosen, flags.ClearAndSelect)


def _runs(rows: Sequence[int]) -> Iterable[tuple[int, int]]:
    """First and last of those that follow each other, of ascending numbers."""
    start = 0
    for at in range(1, len(rows) + 1):
        if at == len(rows) or rows[at] != rows[at - 1] + 1:
            yield rows[start], rows[at - 1]
            start = at
