"""The faces of the photos: from the catalogue, or found by the worker in the background."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, Signal

from engine.library import KnownFace
from engine.protocol import FacesFound, Failed, FindFaces
from pixelsmile_desktop.engine_link.catalogue import CatalogueLink
from pixelsmile_desktop.engine_link.worker import Ticket, WorkerLink

_ASKED_TOGETHER = 200


@dataclass(frozen=True)
class Sight:
    """Somebody on a photo whom nobody has recognised yet.

    Attributes:
        number: of the face, from 1.
        identity: of unit length.
    """

    photo: Path
    number: int
    identity: tuple[float, ...]


class Faces(QObject):
    """Faces by photo, the largest first.

    They are kept without their `identity`, which takes more room than all the rest together;
    `unknown` carries it to whoever groups them.
    """

    found = Signal(Path)
    """A photo's faces are known now; there may be none."""

    failed = Signal(Path, object)
    """A photo could not be read, and the `Failed` that says why."""

    looked = Signal(object)
    """A tuple of photos whose faces are known now."""

    unknown = Signal(object)
    """A tuple of `Sight`: faces that belong to nobody yet."""

    people_changed = Signal(object)
    """A tuple of photos whose people are others, or called otherwise, now."""

    progress = Signal(int, int)
    """Of the photos that are open, how many were looked at, and how many there are."""

    def __init__(
        self, catalogue: CatalogueLink, worker: WorkerLink, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self._worker = worker
        self._known: dict[Path, tuple[KnownFace, ...]] = {}
        self._tickets: dict[Path, Ticket] = {}
        self._open: set[Path] = set()
        self._queue: deque[Path] = deque()  # to be looked at when nothing else is to do
        self._current: Ticket | None = None
        self._is_held = False
        self._generation = 0

    def of(self, photo: Path) -> tuple[KnownFace, ...] | None:
        """The faces, or None while nobody has looked."""
        return self._known.get(photo)

    def find(self, photos: Iterable[Path], *, background: bool = True) -> None:
        """Have the faces of these photos found, unless they are known."""
        for photo in photos:
            if photo not in self._known and photo not in self._tickets:
                self._ask(photo, background=background)

    def look(self, photos: Sequence[Path], *, anew: bool = False) -> None:
        """Have the faces of all these photos known in time: from the catalogue, or looked for.

        Those that must be looked for wait until nobody uses the worker, one after another. `anew`:
        other photos are open now; what waited is forgotten.
        """
        if anew:
            self._generation += 1
            self._queue.clear()
            self._open.clear()
            # Files may have changed since; the catalogue knows which have not.
            self._known.clear()
        self._open.update(photos)
        generation = self._generation
        for at in range(0, len(photos), _ASKED_TOGETHER):
            piece = tuple(photos[at : at + _ASKED_TOGETHER])

            def take(
                known: dict[Path, tuple[KnownFace, ...]], piece: tuple[Path, ...] = piece
            ) -> None:
                if generation == self._generation:
                    self._take_known(known)
                    self._queue.extend(photo for photo in piece if photo not in self._known)
                    self._go_on()

            self._catalogue.ask(
                lambda library, piece=piece: library.catalogue.known_faces(piece), take
            )

    def hold(self, is_held: bool) -> None:
        """Look at no more photos in the background for now, or go on."""
        self._is_held = is_held
        self._go_on()

    def name(self, photo: Path, number: int, person: str) -> None:
        """Say who a face is."""

        def done(_: None) -> None:
            self.set_people({(photo, number): person})

        self._catalogue.ask(
            lambda library: library.catalogue.name_face(photo, number, person), done
        )

    def set_people(self, names: Mapping[tuple[Path, int], str]) -> None:
        """Note who faces are; the catalogue knows already."""
        photos = {photo for photo, _ in names if photo in self._known}
        for photo in photos:
            self._known[photo] = tuple(
                replace(face, person=names.get((photo, face.number), face.person))
                for face in self._known[photo]
            )
        if photos:
            self.people_changed.emit(tuple(photos))

    def rename(self, name: str, new: str) -> None:
        """Note that somebody is called otherwise, or is one with another."""
        self.set_people(
            {
                (photo, face.number): new
                for photo, faces in self._known.items()
                for face in faces
                if face.person == name
            }
        )

    # ---- inside ---------------------------------------------------------------------------------

    def _go_on(self) -> None:
        while self._queue and self._current is None and not self._is_held:
            photo = self._queue.popleft()
            if photo not in self._known and photo not in self._tickets:
                self._current = self._ask(photo, background=True)

    def _ask(self, photo: Path, *, background: bool) -> Ticket:
        ticket = self._worker.ask(lambda job: FindFaces(job, str(photo)), background=background)
        self._tickets[photo] = ticket
        ticket.heard.connect(lambda event: self._take(photo, event))
        ticket.ended.connect(lambda ending: self._end(photo, ticket, ending))
        return ticket

    def _take(self, photo: Path, event: object) -> None:
        if isinstance(event, FacesFound):
            faces = tuple(
                KnownFace(number, report, None) for number, report in enumerate(event.faces, 1)
            )
            self._catalogue.ask(lambda library: library.catalogue.save_faces(photo, event.faces))
            self._take_known({photo: faces})

    def _take_known(self, known: Mapping[Path, tuple[KnownFace, ...]]) -> None:
        self._known |= {
            photo: tuple(_without_identity(face) for face in faces)
            for photo, faces in known.items()
        }
        self.looked.emit(tuple(known))
        for photo in known:
            self.found.emit(photo)
        sights = tuple(
            Sight(photo, face.number, face.report.identity)
            for photo, faces in known.items()
            for face in faces
            if face.person is None and face.report.identity
        )
        if sights:
            self.unknown.emit(sights)
        self._tell_progress()

    def _end(self, photo: Path, ticket: Ticket, ending: object) -> None:
        self._tickets.pop(photo, None)
        if isinstance(ending, Failed):
            self._known[photo] = ()
            self.failed.emit(photo, ending)
            self._tell_progress()
        if self._current is ticket:
            self._current = None
            self._go_on()

    def _tell_progress(self) -> None:
        self.progress.emit(len(self._open & self._known.keys()), len(self._open))


def _without_identity(face: KnownFace) -> KnownFace:
    return replace(face, report=msgspec.structs.replace(face.report, identity=()))
