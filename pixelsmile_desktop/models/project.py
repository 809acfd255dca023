"""What the user has made of the photos, changed through one door that can be undone."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from engine.library import Version, VersionKey
from engine.recipes import PhotoEdit
from pixelsmile_desktop.engine_link.catalogue import CatalogueLink

UNTOUCHED = Version()
_SAVE_MS = 250


@dataclass(frozen=True)
class Change:
    """Versions as they shall be; None removes a virtual copy.

    Attributes:
        label: what the user did, for the Edit menu.
        versions: only those that change.
        merge: changes with the same word that follow each other undo as one; empty for none.
    """

    label: str
    versions: Mapping[VersionKey, Version | None]
    merge: str = ""


class Project(QObject):
    """All versions that are open. Every change is saved in the catalogue at once."""

    changed = Signal(object)
    """With the frozenset of `VersionKey` whose version is another now."""

    def __init__(self, catalogue: CatalogueLink, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self._versions: dict[VersionKey, Version] = {}
        self._copies: dict[Path, tuple[VersionKey, ...]] = {}
        self._unsaved: dict[VersionKey, Version | None] = {}
        # A drag changes a version with every step; the disk is flushed for the last of a moment.
        self._saving = QTimer(self, singleShot=True, interval=_SAVE_MS)
        self._saving.timeout.connect(self.save)
        self.undo_stack = QUndoStack(self)

    def load(self, photos: Iterable[Path], on_done: Callable[[], None] = lambda: None) -> None:
        """Bring in what the catalogue knows of these photos."""
        wanted = tuple(photos)

        def take(found: dict[VersionKey, Version]) -> None:
            # What was changed while the catalogue was read is newer.
            news = {key: one for key, one in found.items() if key not in self._versions}
            self._versions |= news
            self._note_copies(news)
            if news:
                self.changed.emit(frozenset(news))
            on_done()

        self._catalogue.ask(lambda library: library.versions.of(wanted), take)

    def version(self, key: VersionKey) -> Version:
        """The version as it is now; the untouched photo when there is none."""
        return self._versions.get(key, UNTOUCHED)

    def copies(self, photo: Path) -> tuple[VersionKey, ...]:
        """The photo's virtual copies, in the order they were made."""
        return self._copies.get(photo, ())

    def apply(self, change: Change) -> None:
        """Make a change; undo takes it back. Nothing happens when it changes nothing."""
        news = {
            key: version
            for key, version in change.versions.items()
            if self._versions.get(key) != version
            and not (version == UNTOUCHED and key not in self._versions and not key.copy)
        }
        if news:
            self.undo_stack.push(_Step(self, change.label, change.merge, news))

    def edit(self, label: str, edits: Mapping[VersionKey, PhotoEdit], merge: str = "") -> None:
        """Change the edits of versions."""
        versions = {
            key: msgspec.structs.replace(self.version(key), edit=edit)
            for key, edit in edits.items()
        }
        self.apply(Change(label, versions, merge))

    def end_merge(self) -> None:
        """What follows is a step of its own: the mouse was let go, another photo was chosen."""
        stack = self.undo_stack
        command = stack.command(stack.index() - 1) if stack.index() else None
        if isinstance(command, _Step):
            command.close()

    def restore(self, versions: Mapping[VersionKey, Version | None]) -> None:
        """Set versions without an undo step; only `_Step` calls it."""
        for key, version in versions.items():
            if version is None:
                self._versions.pop(key, None)
            else:
                self._versions[key] = version
        self._note_copies(versions)
        self._unsaved.update(versions)
        self._saving.start()
        self.changed.emit(frozenset(versions))

    def save(self) -> None:
        """Have what has changed in the catalogue now; it is done soon after each change anyway."""
        versions, self._unsaved = self._unsaved, {}
        self._saving.stop()
        if versions:
            self._catalogue.ask(lambda library: library.versions.save(versions))

    def _note_copies(self, keys: Iterable[VersionKey]) -> None:
        """Keep the copies by photo: they are asked for with every row of a list."""
        for key in keys:
            if key.copy:
                others = (one for one in self._copies.get(key.photo, ()) if one != key)
                mine = (key,) if key in self._versions else ()
                self._copies[key.photo] = tuple(sorted((*others, *mine)))

    def known(self, key: VersionKey) -> Version | None:
        """The version, or None when nobody has touched it."""
        return self._versions.get(key)


class _Step(QUndoCommand):
    """A change on the undo stack.

    Attributes:
        merge: empty when the step takes no more changes in.
        after: the versions that it sets.
    """

    def __init__(
        self,
        project: Project,
        label: str,
        merge: str,
        after: Mapping[VersionKey, Version | None],
    ) -> None:
        super().__init__(label)
        self._project = project
        self.merge = merge
        self._before = {key: project.known(key) for key in after}
        self.after = dict(after)

    def id(self) -> int:
        return 1 if self.merge else -1

    def redo(self) -> None:
        self._project.restore(self.after)

    def undo(self) -> None:
        self._project.restore(self._before)

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, _Step) or not self.merge or other.merge != self.merge:
            return False
        if other.after.keys() != self.after.keys():
            return False
        self.after = other.after
        self.setText(other.text())
        return True

    def close(self) -> None:
        """Take no more changes in."""
        self.merge = ""
