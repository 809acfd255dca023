"""The timelines of the current photo and face: twelve expressions by frames.

A still is one frame of the same thing: what the sliders set are the keys that are seen here.
"""

from collections.abc import Callable, Collection
from typing import Any

import msgspec
from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from engine.library import Timing, Version
from engine.recipes import MAX_INTENSITY, Easing, Keyframe, PhotoEdit, expressions
from pixelsmile_desktop.models import keys
from pixelsmile_desktop.models.editing import face_edit, with_curves
from pixelsmile_desktop.models.keys import Curves, KeyRef
from pixelsmile_desktop.models.motions import Motion, with_motion
from pixelsmile_desktop.models.project import Change
from pixelsmile_desktop.models.session import Session
from pixelsmile_desktop.models.words import expression_title, percent

Index = QModelIndex | QPersistentModelIndex

_NOWHERE = QModelIndex()

ROWS: tuple[str, ...] = tuple(expressions())
"""The expressions in the order of the rows."""

MOTION_FRAMES = 24
"""What a still is given when a motion is chosen for it."""


class Timeline(QAbstractTableModel):
    """What the grid shows, and the one way to change it."""

    timing_changed = Signal(object)
    """With the `Timing`: frames, rate, loop."""

    changed = Signal()
    """Curves, timing, face or photo are others."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._project = session.project
        self._curves: Curves = {}
        self._timing = Timing()
        self._drags = 0
        self._stretched: tuple[Version, Version] | None = None
        session.current_changed.connect(lambda _key: self._reload())
        session.face_changed.connect(lambda _face: self._reload())
        session.project.changed.connect(self._note_project)
        self._reload()

    # ---- what there is --------------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """Whether there is a photo to work on."""
        return self._session.current is not None

    @property
    def curves(self) -> Curves:
        """The curves of the current face by expression; those of nothing are left out."""
        return self._curves

    @property
    def timing(self) -> Timing:
        """Frames, rate and loop of the current version."""
        return self._timing

    @property
    def frames(self) -> int:
        """How many frames there are; one is a still."""
        return self._timing.frames

    def value(self, row: int, frame: float) -> float:
        """The intensity of a cell, or between two."""
        curve = self._curves.get(ROWS[row])
        return 0.0 if curve is None else curve.at(frame)

    def key(self, row: int, frame: int) -> Keyframe | None:
        """The key in a cell."""
        return keys.key_at(self._curves, KeyRef(ROWS[row], frame))

    def row_name(self, row: int) -> str:
        """The expression as it is read."""
        return expression_title(ROWS[row])

    # ---- changing it ----------------------------------------------------------------------------

    def set_curves(self, label: str, curves: Curves, merge: str = "") -> None:
        """Set the curves of the current face; `label` is for the Edit menu."""
        key = self._session.current
        if key is None:
            return
        if self.frames == 1:  # a slider at zero is no key
            curves = {name: one for name, one in curves.items() if one.at(0) > 0}
        edit = with_curves(self._project.version(key).edit, self._session.face, curves)
        self._project.edit(label, {key: edit}, merge)

    def set_key(
        self,
        row: int,
        frame: int,
        value: float,
        easing: Easing | None = None,
        merge: str = "",
    ) -> None:
        """Set the key in a cell, or add one."""
        ref = KeyRef(ROWS[row], frame)
        label = self.tr("{expression} keys").format(expression=self.row_name(row))
        self.set_curves(label, keys.set_key(self._curves, ref, value, easing), merge)

    def delete(self, chosen: Collection[KeyRef]) -> None:
        """Take keys out."""
        self.set_curves(self.tr("Delete keys"), keys.delete_keys(self._curves, chosen))

    def ease(self, chosen: Collection[KeyRef], easing: Easing) -> None:
        """Say how curves leave keys."""
        self.set_curves(self.tr("Easing"), keys.set_easing(self._curves, chosen, easing))

    def set_timing(self, *, is_stretched: bool = True, **fields: Any) -> None:
        """Set fields of the timing.

        With another number of frames the curves of every face are stretched, unless `is_stretched`
        is off. A strip that becomes a still keeps what the playhead is on. Changes that follow each
        other undo as one.
        """
        key = self._session.current
        if key is None:
            return
        version = self._project.version(key)
        timing = msgspec.structs.replace(version.timing, **fields)
        if timing.frames == version.timing.frames:
            changed = msgspec.structs.replace(version, timing=timing)
            self._project.apply(Change(self.tr("Rate and loop"), {key: changed}, "timing"))
            return
        # Frame by frame, rounding would wear the keys down: each step starts from the first.
        is_another_step = self._stretched is not None and self._stretched[1] == version
        before = self._stretched[0] if is_another_step and self._stretched else version
        edit = version.edit
        if timing.frames == 1:
            edit = self._of_each_face(edit, lambda one: keys.frozen(one, self._session.frame))
        elif is_stretched:
            old, new = before.timing.frames, timing.frames
            edit = self._of_each_face(before.edit, lambda one: keys.retimed(one, old, new))
        changed = msgspec.structs.replace(version, edit=edit, timing=timing)
        self._stretched = (before, changed)
        label = self.tr("{number} frames").format(number=timing.frames)
        if timing.frames == 1:
            label = self.tr("1 frame")
        self._project.apply(Change(label, {key: changed}, "frames"))

    def apply_motion(self, motion: Motion, row: int, label: str) -> None:
        """Give the current face a motion; a still becomes a strip."""
        key = self._session.current
        if key is None:
            return
        version = self._project.version(key)
        timing = version.timing
        if timing.frames == 1:
            timing = msgspec.structs.replace(timing, frames=MOTION_FRAMES)
        curves = with_motion(self._curves, motion, timing.frames, ROWS[row])
        edit = with_curves(version.edit, self._session.face, curves)
        changed = msgspec.structs.replace(version, edit=edit, timing=timing)
        self._project.apply(Change(label, {key: changed}))

    def new_drag(self) -> str:
        """A word by which the changes of one drag are one step of undo."""
        self._drags += 1
        self._project.end_merge()
        return f"keys {self._drags}"

    def end_drag(self) -> None:
        """The drag is over."""
        self._project.end_merge()

    # ---- the model ------------------------------------------------------------------------------

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(ROWS)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else self._timing.frames

    def flags(self, index: Index) -> Qt.ItemFlag:
        flag = Qt.ItemFlag
        return flag.ItemIsEnabled | flag.ItemIsSelectable | flag.ItemIsEditable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.EditRole:
            return self.value(index.row(), index.column()) * 100
        if role == Qt.ItemDataRole.DisplayRole:
            return percent(self.value(index.row(), index.column()))
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return self.cell_text(index.row(), index.column())
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.EditRole or not index.isValid():
            return False
        self.set_key(index.row(), index.column(), min(max(value / 100, 0.0), MAX_INTENSITY))
        return True

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        is_across = orientation == Qt.Orientation.Horizontal
        if role == Qt.ItemDataRole.DisplayRole:
            return str(section + 1) if is_across else self.row_name(section)
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            if not is_across:
                return self.row_name(section)
            return self.tr("Frame {frame}, {seconds} s").format(
                frame=section + 1, seconds=f"{section / self._timing.fps:.2f}"
            )
        return None

    def cell_text(self, row: int, frame: int) -> str:
        """A cell in words: "Happy, frame 12: 60 %, key, eases in"."""
        text = self.tr("{expression}, frame {frame}: {value}").format(
            expression=self.row_name(row),
            frame=frame + 1,
            value=percent(self.value(row, frame)),
        )
        key = self.key(row, frame)
        if key is None:
            return text
        return f"{text}, {self.tr('key')}, {self.easing_text(key.easing)}"

    def easing_text(self, easing: Easing) -> str:
        """How a curve leaves a key, in words."""
        return {
            "linear": self.tr("linear"),
            "hold": self.tr("holds"),
            "ease_in": self.tr("eases in"),
            "ease_out": self.tr("eases out"),
            "ease_in_out": self.tr("eases in and out"),
        }[easing]

    def _of_each_face(self, edit: PhotoEdit, change: Callable[[Curves], Curves]) -> PhotoEdit:
        for face in edit.faces:
            edit = with_curves(edit, face.face, change(face.curves))
        return edit

    # ---- following the project ------------------------------------------------------------------

    def _note_project(self, changed: frozenset[object]) -> None:
        if self._session.current in changed:
            self._reload()

    def _reload(self) -> None:
        key = self._session.current
        version = self._project.version(key) if key is not None else None
        timing = Timing() if version is None else version.timing
        curves = {} if version is None else face_edit(version.edit, self._session.face).curves
        is_same_timing, is_same = timing == self._timing, curves == self._curves
        self._resize(timing)
        self._curves = curves
        if not is_same:
            last = self.index(len(ROWS) - 1, self.frames - 1)
            self.dataChanged.emit(self.index(0, 0), last)
        if not is_same_timing:
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, self.frames - 1)
            self.timing_changed.emit(timing)
        if self._session.frame > self.frames - 1:
            self._session.set_frame(float(self.frames - 1))
        self.changed.emit()

    def _resize(self, timing: Timing) -> None:
        old, new = self._timing.frames, timing.frames
        if new > old:
            self.beginInsertColumns(QModelIndex(), old, new - 1)
        elif new < old:
            self.beginRemoveColumns(QModelIndex(), new, old - 1)
        self._timing = timing
        if new > old:
            self.endInsertColumns()
        elif new < old:
            self.endRemoveColumns()
