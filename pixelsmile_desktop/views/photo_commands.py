"""Commands on the photo that is worked on: copy, paste, sync, copies, seeds, sidecars, faces."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import msgspec
from PySide6.QtCore import QObject, Signal

from engine.library import Version, VersionKey
from engine.recipes import (
    FaceChoice,
    PhotoEdit,
    RecipeError,
    SavedEdit,
    Sidecar,
    read_sidecar,
    save_edits,
)
from pixelsmile_desktop.context import Context
from pixelsmile_desktop.models import editing
from pixelsmile_desktop.models.project import Change
from pixelsmile_desktop.models.syncing import Syncing

MAX_SEED = 2**31 - 1


def commands_of(context: Context) -> "PhotoCommands":
    """The window's commands on photos; made when a panel or a page first needs them."""
    found = context.actions.findChild(PhotoCommands)
    return found if isinstance(found, PhotoCommands) else PhotoCommands(context)


class PhotoCommands(QObject):
    """Actions of the menus Edit, Photo and Face, and what they do."""

    _done = Signal(object, object)  # what to do on the window's thread, with what

    def __init__(self, context: Context) -> None:
        super().__init__(context.actions)
        self._context = context
        self._project, self._session = context.project, context.session
        self.syncing = Syncing(
            context.session, context.faces, context.catalogue, context.messages, self
        )
        self._files = ThreadPoolExecutor(1, thread_name_prefix="sidecars")
        self._done.connect(lambda then, result: then(result))
        self._add_actions()

    # ---- faces ----------------------------------------------------------------------------------

    def step_face(self, by: int) -> None:
        """Choose the next face, or the one before: all, 1, 2, …, all."""
        key = self._session.current
        if key is None:
            return
        count = len(self._context.faces.of(key.photo) or ())
        choices: list[FaceChoice] = ["all", *range(1, count + 1)]
        face = self._session.face
        place = choices.index(face) if face in choices else 0
        self._session.set_face(choices[(place + by) % len(choices)])

    def reset_face(self) -> None:
        """All intensities of the chosen face to zero."""
        if (key := self._session.current) is not None:
            edit = self._project.version(key).edit
            changed = editing.with_curves(edit, self._session.face, {})
            self._project.edit(self.tr("Reset intensities"), {key: changed})

    # ---- versions -------------------------------------------------------------------------------

    def reset_photo(self) -> None:
        """The selected photos as they came; stars and flags stay."""
        news = {}
        for key in self._session.selected():
            before = self._project.version(key)
            after = Version(stars=before.stars, flag=before.flag)
            if before != after:
                news[key] = after
        self._project.apply(Change(self.tr("Reset photo"), news))

    def make_variants(self, count: int) -> None:
        """Virtual copies that differ in their seed alone, as one step."""
        key = self._session.current
        if key is None:
            return
        version = self._project.version(key)
        first = self._next_copy(key).copy
        news: dict[VersionKey, Version | None] = {}
        for number in range(count):
            seed = (version.edit.seed + 1 + number) % MAX_SEED
            edit = msgspec.structs.replace(version.edit, seed=seed)
            news[VersionKey(key.photo, first + number)] = msgspec.structs.replace(
                version, edit=edit
            )
        label = self.tr("Make {number} variants").format(number=count)
        self._project.apply(Change(label, news))
        self._session.select(key)

    def _next_copy(self, key: VersionKey) -> VersionKey:
        numbers = [one.copy for one in self._project.copies(key.photo)]
        return VersionKey(key.photo, max(numbers, default=0) + 1)

    def set_edit(
        self, label: str, change: Callable[[PhotoEdit], PhotoEdit], merge: str = ""
    ) -> None:
        """Change the current version's edit as one step."""
        if (key := self._session.current) is not None:
            self._project.edit(label, {key: change(self.edit_of(key))}, merge)

    def edit_of(self, key: VersionKey) -> PhotoEdit:
        """The version's edit; of an untouched photo an empty one by the preferred editor."""
        known = self._project.known(key)
        if known is not None and known != Version():
            return known.edit
        preferred = self._context.preferences.current
        return PhotoEdit((), preferred.editor, sampling=preferred.sampling)

    # ---- sidecars -------------------------------------------------------------------------------

    def save_sidecar(self) -> None:
        """Write the edits of the selected photos beside them."""
        for key in self._session.selected():
            saved = SavedEdit(_name(key), self._project.version(key).edit)
            self._on_files(
                key,
                lambda key=key, saved=saved: save_edits(key.photo, [saved]),
                lambda path: self._context.messages.say(
                    self.tr("The edit was saved in {file}.").format(file=path.name)
                ),
            )

    def load_sidecar(self) -> None:
        """Take the current photo's edit from the file beside it."""
        if (key := self._session.current) is not None:
            self._on_files(
                key, lambda: read_sidecar(key.photo), lambda found: self._take(key, found)
            )

    def _take(self, key: VersionKey, sidecar: Sidecar | None) -> None:
        edits = {one.name: one.edit for one in sidecar.edits} if sidecar else {}
        if not edits:
            self._context.messages.say(
                self.tr("{photo}: there is no edit in a sidecar beside it.").format(
                    photo=key.photo.name
                )
            )
            return
        # Without one of this version's own: the one that was saved last.
        edit = edits.get(_name(key), list(edits.values())[-1])
        self._project.edit(self.tr("Load from sidecar"), {key: edit})

    def _on_files(
        self, key: VersionKey, work: Callable[[], object], then: Callable[..., None]
    ) -> None:
        """Read or write beside a photo on a thread; a failure is told."""

        def fail(error: Exception) -> None:
            said = error.strerror if isinstance(error, OSError) else str(error)
            text = self.tr("{photo}: the sidecar cannot be used: {reason}.")
            text = text.format(photo=key.photo.name, reason=said or str(error))
            self._context.messages.say(text, "trouble", f"{key.photo}\n{error!r}")

        def do() -> None:
            try:
                result = work()
            except (OSError, RecipeError) as error:
                self._done.emit(fail, error)
            else:
                self._done.emit(then, result)

        self._files.submit(do)

    # ---- actions --------------------------------------------------------------------------------

    def _add_actions(self) -> None:
        add, syncing, session = self._context.actions.add, self.syncing, self._session
        paste = add(
            "edit.paste", self.tr("Paste settings"), syncing.paste, keys="Ctrl+V",
            menu="Edit", group="settings",
        )  # fmt: skip
        paste.setEnabled(False)
        syncing.copied_changed.connect(lambda: paste.setEnabled(True))
        add(
            "edit.copy", self.tr("Copy settings"), syncing.copy, keys="Ctrl+C",
            menu="Edit", group="settings",
        )  # fmt: skip
        add(
            "edit.sync", self.tr("Sync settings"), syncing.sync_selected, keys="Ctrl+Shift+S",
            menu="Edit", group="settings",
            tip=self.tr("Carry this photo's settings to the other selected photos"),
        )  # fmt: skip
        add(
            "edit.sync_person", self.tr("Sync to this person"), syncing.sync_person,
            keys="Ctrl+Alt+S", menu="Edit", group="settings",
            tip=self.tr("Carry the settings to the same person on all open photos"),
        )  # fmt: skip
        relative = add(
            "edit.relative", self.tr("Sync relative to each face"),
            menu="Edit", group="settings", checkable=True,
            tip=self.tr("A face that smiles already is given less of a smile"),
        )  # fmt: skip
        relative.setChecked(syncing.is_relative)
        relative.toggled.connect(lambda is_on: setattr(syncing, "is_relative", is_on))
        add(
            "photo.reset", self.tr("Reset photo"), self.reset_photo, keys="Ctrl+Shift+R",
            menu="Photo", group="versions",
        )  # fmt: skip
        add(
            "photo.save_sidecar", self.tr("Save sidecar"), self.save_sidecar, keys="Ctrl+S",
            menu="Photo", group="sidecar",
            tip=self.tr("Write the edit into a file beside the photo"),
        )  # fmt: skip
        add(
            "photo.load_sidecar", self.tr("Load from sidecar"), self.load_sidecar,
            menu="Photo", group="sidecar",
        )  # fmt: skip
        add(
            "photo.next", self.tr("Next photo"), lambda: session.step(1), keys="Ctrl+Right",
            menu="Photo", group="step",
        )  # fmt: skip
        add(
            "photo.previous", self.tr("Previous photo"), lambda: session.step(-1),
            keys="Ctrl+Left", menu="Photo", group="step",
        )  # fmt: skip
        add(
            "face.next", self.tr("Next face"), lambda: self.step_face(1), keys="F",
            menu="Face", group="step",
        )  # fmt: skip
        add(
            "face.previous", self.tr("Previous face"), lambda: self.step_face(-1),
            keys="Shift+F", menu="Face", group="step",
        )  # fmt: skip
        add(
            "face.reset", self.tr("Reset all intensities"), self.reset_face,
            keys="Ctrl+R", menu="Face", group="intensities",
        )  # fmt: skip
        add(
            "face.next_seed", self.tr("Try another seed"), self.next_seed,
            menu="Face", group="seed",
        )  # fmt: skip

    def next_seed(self) -> None:
        """The next seed for the current version."""
        self.set_edit(
            self.tr("Try another seed"),
            lambda edit: msgspec.structs.replace(edit, seed=(edit.seed + 1) % MAX_SEED),
        )


def _name(key: VersionKey) -> str:
    """What a version's edit is called in the sidecar."""
    return f"{key.photo.stem} ({key.copy + 1})" if key.copy else key.photo.stem
