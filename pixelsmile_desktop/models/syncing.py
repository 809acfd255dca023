"""Copy, paste and sync: what `sync` works out, for the photos of this session, as one step."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from engine.library import KnownFace, Version, VersionKey
from engine.recipes import FaceChoice
from pixelsmile_desktop.engine_link.catalogue import CatalogueLink
from pixelsmile_desktop.messages import Messages
from pixelsmile_desktop.models.faces import Faces
from pixelsmile_desktop.models.project import Change, Project
from pixelsmile_desktop.models.session import Session
from pixelsmile_desktop.models.sync import Copied, Target, pasted, pasted_to_person

_NAMES_TOLD = 8

Known = Mapping[Path, Sequence[KnownFace]]


@dataclass(eq=False)
class _Order:
    """A sync that is under way.

    Attributes:
        unread: photos whose faces nobody has looked for yet.
        to_person: whether only the copied face's person is meant.
    """

    label: str
    copied: Copied
    source: VersionKey
    targets: tuple[VersionKey, ...]
    onto: FaceChoice = "all"
    to_person: bool = False
    unread: list[Path] = field(default_factory=list)


class Syncing(QObject):
    """The settings that were copied, and ways to carry them to other photos."""

    copied_changed = Signal()
    """Something was copied."""

    def __init__(
        self,
        session: Session,
        faces: Faces,
        catalogue: CatalogueLink,
        messages: Messages,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.is_relative = True
        """Whether to allow for what each face shows already."""
        self._session = session
        self._project: Project = session.project
        self._faces = faces
        self._catalogue = catalogue
        self._messages = messages
        self._clipboard: tuple[VersionKey, Copied] | None = None
        self._orders: list[_Order] = []
        faces.found.connect(self._note_read)
        faces.failed.connect(lambda photo, _: self._note_read(photo))
        session.opened.connect(self._orders.clear)

    @property
    def copied(self) -> Copied | None:
        """What `paste` would paste."""
        return None if self._clipboard is None else self._clipboard[1]

    def copy(self) -> None:
        """Remember the current photo's settings."""
        key = self._session.current
        if key is not None:
            self._clipboard = key, self._take(key)
            self.copied_changed.emit()
            self._messages.say(
                self.tr("The settings of {photo} are copied.").format(photo=key.photo.name), "quiet"
            )

    def paste(self) -> None:
        """Put the copied settings onto the selected photos.

        When a face is chosen on the only one, they are for that face.
        """
        if self._clipboard is None:
            self._messages.say(self.tr("Nothing is copied yet: copy a photo's settings first."))
            return
        source, copied = self._clipboard
        targets = self._session.selected()
        onto: FaceChoice = self._session.face if len(targets) == 1 else "all"
        label = self.tr("Paste settings")
        self._begin(_Order(label, copied, source, targets, 1 if onto == "largest" else onto))

    def sync_selected(self) -> None:
        """Carry the current photo's settings to the other selected ones."""
        key = self._session.current
        if key is None:
            return
        targets = tuple(one for one in self._session.selected() if one != key)
        if not targets:
            self._messages.say(
                self.tr("Only {photo} is selected: select the photos to sync to as well.").format(
                    photo=key.photo.name
                )
            )
            return
        label = self.tr("Sync settings to {number} photos").format(number=len(targets))
        if len(targets) == 1:
            label = self.tr("Sync settings to 1 photo")
        self._begin(_Order(label, self._take(key), key, targets))

    def sync_person(self) -> None:
        """Carry the chosen face's settings to the same person on all open photos."""
        key = self._session.current
        if key is None:
            return
        targets = tuple(one for one in self._session.photos.keys if one != key)
        label = self.tr("Sync settings to this person")
        self._begin(_Order(label, self._take(key), key, targets, to_person=True))

    # ---- inside ---------------------------------------------------------------------------------

    def _take(self, key: VersionKey) -> Copied:
        faces = self._faces.of(key.photo) or ()
        return Copied(self._project.version(key), faces, self._session.face)

    def _begin(self, order: _Order) -> None:
        photos = dict.fromkeys(key.photo for key in (order.source, *order.targets))
        order.unread = [photo for photo in photos if self._faces.of(photo) is None]
        if order.unread:
            text = self.tr("Looking for faces on {number} photos first.")
            if len(order.unread) == 1:
                text = self.tr("Looking for faces on 1 photo first.")
            self._messages.say(text.format(number=len(order.unread)), "quiet")
            self._orders.append(order)
            self._read_next(order)
        else:
            self._look_up(order)

    def _read_next(self, order: _Order) -> None:
        # One at a time: what the user does meanwhile need not wait for all of them.
        self._faces.find(order.unread[:1], background=False)

    def _note_read(self, photo: Path) -> None:
        for order in [one for one in self._orders if photo in one.unread]:
            order.unread.remove(photo)
            order.unread = [one for one in order.unread if self._faces.of(one) is None]
            if order.unread:
                self._read_next(order)
            else:
                self._orders.remove(order)
                self._look_up(order)

    def _look_up(self, order: _Order) -> None:
        """Persons are told apart by identities, which the catalogue has."""
        photos = tuple(dict.fromkeys(key.photo for key in (order.source, *order.targets)))
        if order.to_person:
            self._catalogue.ask(
                lambda library: library.catalogue.known_faces(photos),
                lambda known: self._apply(order, known),
            )
        else:
            self._apply(order, {photo: self._faces.of(photo) or () for photo in photos})

    def _apply(self, order: _Order, known: Known) -> None:
        faces = tuple(known.get(order.source.photo, ()))
        copied = Copied(order.copied.version, faces or order.copied.faces, order.copied.face)
        work: Callable[[Target], Version | None]
        if order.to_person:
            work = lambda target: pasted_to_person(  # noqa: E731
                copied, target, is_relative=self.is_relative
            )
        else:
            work = lambda target: pasted(  # noqa: E731
                copied, target, onto=order.onto, is_relative=self.is_relative
            )
        news: dict[VersionKey, Version | None] = {}
        left_out: list[VersionKey] = []
        for key in order.targets:
            made = work(Target(self._project.version(key), tuple(known.get(key.photo, ()))))
            if made is None:
                left_out.append(key)
            else:
                news[key] = made
        self._project.apply(Change(order.label, news))
        self._tell(order, len(news), left_out)

    def _tell(self, order: _Order, done: int, left_out: Sequence[VersionKey]) -> None:
        if order.to_person:
            if done == 1:
                text = self.tr("The settings went to this person on 1 more photo.")
            elif done:
                text = self.tr("The settings went to this person on {number} more photos.")
            else:
                text = self.tr("This person was found on no other of the open photos.")
            self._messages.say(text.format(number=done))
            return
        text = self.tr("The settings went to {number} photos.").format(number=done)
        if done == 1:
            text = self.tr("The settings went to 1 photo.")
        if left_out:
            names = ", ".join(key.photo.name for key in left_out[:_NAMES_TOLD])
            more = ", …" if len(left_out) > _NAMES_TOLD else ""
            text += " " + self.tr("Left out, no such face: {names}.").format(names=names + more)
        details = "\n".join(str(key.photo) for key in left_out)
        self._messages.say(text, "news" if left_out else "quiet", details)
