"""Small pictures of a strip's frames, made ahead in the background for scrubbing and playing.

They are the instant editor's, whatever renders the strip in the end. Kept as JPEG: a frame of
640 pixels takes some 60 kB instead of a megabyte and unpacks in two milliseconds.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, Signal
from PySide6.QtGui import QImage, QPainter

from engine.library import VersionKey
from engine.protocol import Failed
from engine.recipes import PhotoEdit
from pixelsmile_desktop.engine_link.catalogue import CatalogueLink
from pixelsmile_desktop.engine_link.preview import PreviewFeed, Wish
from pixelsmile_desktop.engine_link.worker import WorkerLink
from pixelsmile_desktop.models import keys
from pixelsmile_desktop.models.session import Session
from pixelsmile_desktop.models.timeline import Timeline

LONGEST_PX = 640
MAX_BYTES = 128_000_000
"""Of packed pictures, over all photos: some two thousand frames."""

_QUALITY = 90

Stamp = tuple[int, int]
"""When a file was changed, and its size."""

Shown = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class ProxyKey:
    """What a picture is the same by: the photo as it is on disk, and what its faces show."""

    photo: Path
    stamp: Stamp
    shown: tuple[tuple[str, Shown], ...]


@dataclass(frozen=True)
class Onion:
    """Neighbours that shine through.

    Attributes:
        reach: `keys` for the key before and the one after, `frames` for so many frames around.
        frames: how many before and after, 1 to 5.
        opacity: of all neighbours together, 0 to 1.
    """

    is_on: bool = False
    reach: Literal["keys", "frames"] = "keys"
    frames: int = 1
    opacity: float = 0.4


class ProxyStore:
    """Pictures by key, packed; those not looked at for longest go when there are too many."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._packed: OrderedDict[ProxyKey, bytes] = OrderedDict()
        self._bytes = 0

    def __contains__(self, key: ProxyKey) -> bool:
        return key in self._packed

    @property
    def size_bytes(self) -> int:
        """How much is kept."""
        return self._bytes

    def put(self, key: ProxyKey, picture: QImage) -> None:
        """Keep a picture."""
        packed = _packed(picture)
        self._bytes += len(packed) - len(self._packed.pop(key, b""))
        self._packed[key] = packed
        while self._bytes > self._max_bytes and len(self._packed) > 1:
            _, gone = self._packed.popitem(last=False)
            self._bytes -= len(gone)

    def get(self, key: ProxyKey) -> QImage | None:
        """The picture, or None."""
        packed = self._packed.get(key)
        if packed is None:
            return None
        self._packed.move_to_end(key)
        return QImage.fromData(packed).convertToFormat(QImage.Format.Format_RGB32)


class Proxies(QObject):
    """The frames of the current strip: what is ready, what is made next, what is shown."""

    frame_shown = Signal(QImage)
    """The picture for the frame that is looked at or played, neighbours blended in."""

    ready_changed = Signal()
    """Other frames are ready."""

    hold_changed = Signal(bool)
    """True while playing or with onion skin: only the pictures from here shall be seen."""

    failed = Signal(object)
    """With the `Failed` that says why no frames can be made."""

    def __init__(
        self,
        timeline: Timeline,
        session: Session,
        worker: WorkerLink,
        catalogue: CatalogueLink,
        parent: QObject | None = None,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        super().__init__(parent)
        self._timeline = timeline
        self._session = session
        self._catalogue = catalogue
        self._store = ProxyStore(max_bytes)
        self._feed = PreviewFeed(worker, self, background=True)
        self._feed.shown.connect(self._take)
        self._feed.failed.connect(self._fail)
        self._now = PreviewFeed(worker, self)
        self._now.shown.connect(self._take)
        self._now.failed.connect(self._fail)
        self._stamps: dict[Path, Stamp] = {}
        self._keys: tuple[ProxyKey, ...] = ()
        self._edit = PhotoEdit(())
        self._underway: tuple[ProxyKey, Wish] | None = None
        self._ready: frozenset[int] = frozenset()
        self._onion = Onion()
        self._is_active = False
        self._is_holding = False
        self._played: int | None = None
        self._shown: ProxyKey | None = None
        self._has_failed = False
        timeline.changed.connect(self._renew)
        session.frame_changed.connect(lambda _frame: self._look())
        session.current_changed.connect(self._read_stamp)
        self._read_stamp(session.current)

    # ---- what the panel asks --------------------------------------------------------------------

    @property
    def ready(self) -> frozenset[int]:
        """The frames that can be shown at once."""
        return self._ready

    @property
    def onion(self) -> Onion:
        """The onion skin."""
        return self._onion

    @property
    def size_bytes(self) -> int:
        """How much is kept in memory."""
        return self._store.size_bytes

    def set_active(self, is_active: bool) -> None:
        """Make pictures while somebody may look at them."""
        if is_active != self._is_active:
            self._is_active = is_active
            if is_active:
                self._renew()
                self._look()
            else:
                self._feed.clear()
            self._note_hold()

    def set_onion(self, onion: Onion) -> None:
        """Change the onion skin."""
        self._onion = onion
        self._note_hold()
        self._look()

    def set_played(self, frame: int | None) -> None:
        """Show a frame that is played, if it is ready; None when playing is over."""
        self._played = frame
        self._note_hold()
        self._look()

    def key(self, frame: int) -> ProxyKey | None:
        """What the picture of a frame is the same by."""
        return self._keys[frame] if 0 <= frame < len(self._keys) else None

    def picture(self, frame: int) -> QImage | None:
        """The picture of a frame, or None while it is not ready."""
        key = self.key(frame)
        return None if key is None else self._store.get(key)

    def close(self) -> None:
        """Make no more."""
        self.set_active(False)
        self._feed.close()
        self._now.close()

    # ---- what there is to make ------------------------------------------------------------------

    def _read_stamp(self, key: VersionKey | None) -> None:
        """Ask for the file's age on another thread: its disk may sleep."""
        if key is None:
            return

        def read(_library: object) -> Stamp:
            try:
                status = key.photo.stat()
            except OSError:
                return (0, 0)
            return (status.st_mtime_ns, status.st_size)

        def take(stamp: Stamp) -> None:
            self._stamps[key.photo] = stamp
            self._renew()

        self._catalogue.ask(read, take)

    def _renew(self) -> None:
        """The strip is another: look what of it is there, and make the rest."""
        if not self._is_active:
            return
        key = self._session.current
        stamp = self._stamps.get(key.photo) if key is not None else None
        if key is None or stamp is None or self._timeline.frames < 2:
            self._keys, self._edit = (), PhotoEdit(())
            self._feed.clear()
        else:
            edit = self._session.project.version(key).edit
            self._edit = msgspec.structs.replace(edit, editor="instant")
            self._keys = frame_keys(key.photo, stamp, edit, self._timeline.frames)
        self._has_failed = False
        self._underway = None
        self._count()
        self._note_hold()
        if self._seen_key() != self._shown:
            self._look()
        self._make_next()

    def _make_now(self, frame: int) -> None:
        """Ask for a frame that the user waits for: with onion skin nobody else shows it."""
        current = self._session.current
        if current is not None and self.key(frame) is not None and not self._has_failed:
            self._now.show(Wish(current.photo, self._edit, float(frame), LONGEST_PX))

    def _make_next(self) -> None:
        """Ask for the frame that is missing nearest to the one that is looked at."""
        key = self._session.current
        if not self._is_active or self._has_failed or key is None:
            return
        frame = next_missing(self._keys, self._store, self._seen_frame())
        if frame is None:
            self._feed.clear()
            return
        wish = Wish(key.photo, self._edit, float(frame), LONGEST_PX)
        if self._underway is not None and self._underway[0] == self._keys[frame]:
            return
        self._underway = (self._keys[frame], wish)
        self._feed.show(wish)

    def _take(self, wish: Wish, picture: QImage, _seconds: float) -> None:
        key = frame_key(wish, self._stamps.get(wish.photo, (0, 0)))
        self._store.put(key, picture)
        if self._underway is not None and self._underway[1] is wish:
            self._underway = None
        was_ready = self._seen_frame() in self._ready
        self._count()
        is_seen = self._seen_frame() in self._ready
        if is_seen and (not was_ready or self._onion.is_on):
            self._look()
        self._make_next()

    def _fail(self, wish: Wish, failed: Failed) -> None:
        if wish.edit == self._edit and not self._has_failed:
            self._underway = None
            self._has_failed = True
            self.failed.emit(failed)

    def _count(self) -> None:
        ready = frozenset(n for n, key in enumerate(self._keys) if key in self._store)
        if ready != self._ready:
            self._ready = ready
            self.ready_changed.emit()

    # ---- what is seen ---------------------------------------------------------------------------

    def _seen_frame(self) -> int:
        return round(self._session.frame) if self._played is None else self._played

    def _seen_key(self) -> ProxyKey | None:
        return self.key(self._seen_frame())

    def _look(self) -> None:
        """Show the frame that is looked at, if it is ready."""
        if not self._is_active:
            return
        frame = self._seen_frame()
        picture = self.picture(frame)
        if picture is None:
            self._shown = None
            if self._onion.is_on and self._played is None:
                self._make_now(frame)
            self._make_next()
            return
        self._shown = self._seen_key()
        if self._onion.is_on and self._played is None:
            around = onion_frames(self._timeline.curves, frame, self._timeline.frames, self._onion)
            others = [one for n in around if (one := self.picture(n)) is not None]
            picture = blended(picture, others, self._onion.opacity)
        self.frame_shown.emit(picture)

    def _note_hold(self) -> None:
        is_strip = self._is_active and self._timeline.frames > 1
        is_holding = is_strip and (self._played is not None or self._onion.is_on)
        if is_holding != self._is_holding:
            self._is_holding = is_holding
            self.hold_changed.emit(is_holding)


def frame_keys(photo: Path, stamp: Stamp, edit: PhotoEdit, frames: int) -> tuple[ProxyKey, ...]:
    """The key of every frame; equal frames have equal keys."""
    faces = [
        (
            str(one.face),
            tuple(one.curves),
            list(zip(*(keys.sampled(curve, frames) for curve in one.curves.values()), strict=True)),
        )
        for one in edit.faces
        if one.curves
    ]
    found: list[ProxyKey] = []
    for frame in range(frames):
        shown = tuple((face, _shown(names, values[frame])) for face, names, values in faces)
        found.append(ProxyKey(photo, stamp, shown))
    return tuple(found)


def frame_key(wish: Wish, stamp: Stamp) -> ProxyKey:
    """The key of what a wish asks for."""
    shown = tuple(
        (
            str(one.face),
            _shown(tuple(one.curves), [c.at(wish.frame) for c in one.curves.values()]),
        )
        for one in wish.edit.faces
        if one.curves
    )
    return ProxyKey(wish.photo, stamp, shown)


def next_missing(wanted: Sequence[ProxyKey], store: ProxyStore, seen: int) -> int | None:
    """The frame without a picture that is nearest to the one that is seen; the later one first."""
    missing = (frame for frame, key in enumerate(wanted) if key not in store)
    return min(missing, key=lambda frame: (abs(frame - seen), frame < seen), default=None)


def onion_frames(curves: keys.Curves, frame: int, frames: int, onion: Onion) -> list[int]:
    """The frames that shine through, the farthest first."""
    if onion.reach == "keys":
        around = [keys.neighbour_frame(curves, frame, step) for step in (-1, 1)]
        found = [one for one in around if one is not None]
    else:
        steps = range(onion.frames, 0, -1)
        found = [frame + sign * step for step in steps for sign in (-1, 1)]
    return [one for one in found if 0 <= one < frames]


def blended(picture: QImage, others: Sequence[QImage], opacity: float) -> QImage:
    """The picture with others shining through; `opacity` is what they take of it together."""
    if not others or opacity <= 0:
        return picture
    mixed = picture.copy()
    painter = QPainter(mixed)
    for number, other in enumerate(others, start=1):
        # Laid over one another so that all have the same share in the end.
        share = opacity / len(others)
        rest = 1 - opacity + share * number
        painter.setOpacity(share / rest)
        painter.drawImage(0, 0, other)
    painter.end()
    return mixed


def _shown(names: Sequence[str], values: Sequence[float]) -> Shown:
    pairs = zip(names, values, strict=True)
    return tuple(sorted((name, round(value, 4)) for name, value in pairs if value > 0))


def _packed(picture: QImage) -> bytes:
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(buffer, "JPG", _QUALITY)  # pyright: ignore[reportCallIssue, reportArgumentType]
    return bytes(data.data())
