"""Who is on the photos: faces grouped by likeness, a little at a time between other things.

A face joins the group to whose mean it is nearest. The shipped network gives 0.63 to 0.84 for two
pictures of one person and at most 0.27 for two persons.
"""

import re
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import sqrt
from operator import mul
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from engine.library import AUTOMATIC, KnownFace, Person
from pixelsmile_desktop.engine_link.catalogue import CatalogueLink
from pixelsmile_desktop.models.faces import Faces, Sight

SAME_PERSON = 0.5
_ONE_GROUP = 0.6  # of two groups' means, which are surer than single faces
_SLICE_S = 0.004
_TELL_MS = 500

_AUTOMATIC = re.compile(re.escape(AUTOMATIC).replace(r"\{number\}", r"(\d+)"))


@dataclass
class Group:
    """Faces held to be one person; `total` is the sum of their identities."""

    name: str
    is_named: bool
    total: list[float]
    faces: int = 1
    direction: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._turn()

    def likeness(self, identity: Sequence[float]) -> float:
        """Cosine of the mean and an identity of unit length; -1 when they cannot be compared."""
        if len(identity) != len(self.direction):
            return -1.0
        return sum(map(mul, self.direction, identity))

    def take(self, total: Sequence[float], faces: int = 1) -> None:
        """Add faces of which `total` is the sum."""
        self.total = [a + b for a, b in zip(self.total, total, strict=True)]
        self.faces += faces
        self._turn()

    def _turn(self) -> None:
        length = sqrt(sum(map(mul, self.total, self.total))) or 1.0
        self.direction = [value / length for value in self.total]


def nearest(groups: Sequence[Group], identity: Sequence[float], least: float) -> Group | None:
    """The group that an identity of unit length belongs to; None when all are strangers."""
    best, likeness = None, least
    for group in groups:
        found = group.likeness(identity)
        if found >= likeness:
            best, likeness = group, found
    return best


@dataclass(frozen=True)
class Somebody:
    """A person among the open photos.

    Attributes:
        photos: how many photos show the person.
        photo, box: where the face is seen best: x, y, width, height in pixels of the upright photo.
    """

    name: str
    is_named: bool
    photos: int
    photo: Path
    box: tuple[float, float, float, float]


class People(QObject):
    """The people on the open photos."""

    changed = Signal()
    """The list is another; told at most twice a second."""

    def __init__(
        self, catalogue: CatalogueLink, faces: Faces, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self._faces = faces
        self._groups: dict[str, Group] | None = None  # None until the catalogue has answered
        self._is_asked = False
        self._seen: set[str] = set()  # names of those on open photos
        self._pending: deque[Sight] = deque()
        self._named: list[tuple[Sight, str]] = []  # recognised, not yet saved
        self._touched: set[str] = set()
        self._is_tidy = True
        self._work: Iterator[None] | None = None
        self._photos: dict[str, dict[Path, KnownFace]] = {}
        self._of: dict[Path, frozenset[str]] = {}
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._go_on)
        self._telling = QTimer(self, singleShot=True, interval=_TELL_MS)
        self._telling.timeout.connect(self.changed)
        faces.unknown.connect(self._take)
        faces.looked.connect(self._note)
        faces.people_changed.connect(self._note)

    def listed(self) -> list[Somebody]:
        """Everybody, those on most photos first."""
        found = [
            Somebody(name, not _AUTOMATIC.fullmatch(name), len(photos), *_best(photos))
            for name, photos in self._photos.items()
            if photos
        ]
        return sorted(found, key=lambda one: (-one.photos, one.name))

    @property
    def is_busy(self) -> bool:
        """Whether faces wait to be recognised."""
        return bool(self._pending or self._named or self._work)

    def rename(self, name: str, new: str) -> None:
        """Give somebody a name; one that another has makes the two one person."""
        new = " ".join(new.split())
        if not new or new == name:
            return
        self._flush()
        if self._groups is not None and name in self._groups:
            group = self._groups.pop(name)
            other = self._groups.get(new)
            if other is None:
                self._groups[new] = Group(new, True, group.total, group.faces)
            elif len(other.total) == len(group.total):
                other.take(group.total, group.faces)
        self._seen.discard(name)
        self._seen.add(new)
        self._catalogue.ask(lambda library: library.catalogue.rename_person(name, new))
        self._faces.rename(name, new)

    def forget(self) -> None:
        """Other photos are open now."""
        self._flush()
        self._pending.clear()
        self._work = None
        self._groups = None
        self._seen.clear()
        self._photos.clear()
        self._of.clear()
        self._tell()

    # ---- what the faces say ---------------------------------------------------------------------

    def _note(self, photos: Sequence[Path]) -> None:
        for photo in photos:
            faces = {one.person: one for one in self._faces.of(photo) or () if one.person}
            names = frozenset(faces)
            for gone in self._of.get(photo, frozenset()) - names:
                self._photos[gone].pop(photo, None)
            for name, face in faces.items():
                self._photos.setdefault(name, {})[photo] = face
            self._of[photo] = names
            self._seen |= names
        self._tell()

    def _take(self, sights: Sequence[Sight]) -> None:
        self._pending.extend(sights)
        if self._groups is not None:
            self._timer.start()
        elif not self._is_asked:
            self._is_asked = True
            self._catalogue.ask(lambda library: library.catalogue.everybody(), self._begin)

    def _begin(self, everybody: Sequence[Person]) -> None:
        self._is_asked = False
        self._groups = {
            one.name: Group(one.name, one.is_named, list(one.total), one.faces) for one in everybody
        }
        self._timer.start()

    # ---- a slice at a time ----------------------------------------------------------------------

    def _go_on(self) -> None:
        """Work for a few milliseconds, then let others."""
        end = time.perf_counter() + _SLICE_S
        while time.perf_counter() < end:
            if self._work is None:
                if self._pending:
                    self._work = self._recognise(self._pending.popleft())
                elif not self._is_tidy:
                    self._is_tidy = True
                    self._work = self._tidy()
                else:
                    self._flush()
                    self._timer.stop()
                    return
            if next(self._work, self) is self:
                self._work = None

    def _recognise(self, sight: Sight) -> Iterator[None]:
        groups = self._groups
        assert groups is not None
        known = [one for one in groups.values() if one.is_named or one.name in self._seen]
        best, likeness = None, SAME_PERSON
        for at in range(0, len(known), 20):
            found = nearest(known[at : at + 20], sight.identity, likeness)
            if found is not None:
                best, likeness = found, found.likeness(sight.identity)
            yield
        if best is None:
            best = Group(self._next_name(groups), False, list(sight.identity))
            groups[best.name] = best
            self._is_tidy = False
        else:
            best.take(sight.identity)
            self._is_tidy = False
        self._seen.add(best.name)
        self._touched.add(best.name)
        self._named.append((sight, best.name))
        if len(self._named) >= 200:
            self._flush()

    def _tidy(self) -> Iterator[None]:
        """Join groups that turned out alike: the order of the faces must not split a person."""
        self._flush()
        assert self._groups is not None
        groups = [one for one in self._groups.values() if one.name in self._seen]
        groups.sort(key=lambda one: (one.is_named, one.faces), reverse=True)
        for at, group in enumerate(groups):
            if group.name not in self._groups:
                continue
            for other in groups[at + 1 :]:
                yield
                is_there = other.name in self._groups and not other.is_named
                if is_there and group.likeness(other.direction) >= _ONE_GROUP:
                    self.rename(other.name, group.name)

    @staticmethod
    def _next_name(groups: dict[str, Group]) -> str:
        numbers = [int(found[1]) for name in groups if (found := _AUTOMATIC.fullmatch(name))]
        return AUTOMATIC.format(number=max(numbers, default=0) + 1)

    def _flush(self) -> None:
        """Save who was recognised."""
        if not self._named or self._groups is None:
            return
        named, self._named = self._named, []
        people = {
            name: Person(name, group.is_named, group.faces, tuple(group.total))
            for name in self._touched
            if (group := self._groups.get(name)) is not None
        }
        self._touched.clear()
        faces = [(sight.photo, sight.number, name) for sight, name in named]
        self._catalogue.ask(lambda library: library.catalogue.group_faces(people, faces))
        self._faces.set_people({(photo, number): name for photo, number, name in faces})

    def _tell(self) -> None:
        if not self._telling.isActive():
            self._telling.start()


def _best(photos: dict[Path, KnownFace]) -> tuple[Path, tuple[float, float, float, float]]:
    """The photo on which the face is largest of those that look ahead, and its box."""
    photo, face = max(
        photos.items(), key=lambda one: one[1].report.box[2] * (1 - abs(one[1].report.yaw) / 90)
    )
    return photo, face.report.box
