"""Small pictures of the photos, made in the background, the visible ones first.

What Qt reads is read by Qt, at reduced size; the rest, and what Qt refuses, by the preview worker.
Profiles are honoured: what is converted has 256 pixels a side.
"""

import logging
import os
import secrets
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import (
    QBuffer,
    QIODevice,
    QObject,
    QRunnable,
    QSize,
    Qt,
    QThread,
    QThreadPool,
    QTimer,
    Signal,
)
from PySide6.QtGui import QColorSpace, QImage, QImageReader

from engine.library import Library, Stamp, stamp
from engine.protocol import Failed, Finished, PreviewReady
from engine.protocol import Thumbnail as ThumbnailJob
from pixelsmile_desktop.engine_link.catalogue import CatalogueLink
from pixelsmile_desktop.engine_link.preview import read_buffer
from pixelsmile_desktop.engine_link.worker import Ticket, WorkerLink
from pixelsmile_desktop.paths import buffer_folder

LONGEST_PX = 256
MEMORY_BYTES = 96 * 1024 * 1024
"""What pictures in memory may take together; the least recently shown go first."""

_THREADS = 2
_BEGUN_AT_ONCE = _THREADS + 2  # so that no thread waits for the window's
_LOOKED_UP_AT_ONCE = 48
_KEPT_TOGETHER, _KEEP_MS = 64, 1000
_QUALITIES = (82, 60, 35)
_MOST_BYTES = 20_000
_QT_READS = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"}
)

T = TypeVar("T")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Made:
    """What a thread has to say of a photo.

    Attributes:
        picture: None when Qt does not read it.
        encoded: what is to be kept; empty for a picture that was kept already.
    """

    photo: Path
    stamp: Stamp
    picture: QImage | None
    encoded: bytes = b""


class Thumbnails(QObject):
    """Pictures by photo. Nothing here waits."""

    ready = Signal(Path)
    """The photo's picture is there."""

    failed = Signal(Path)
    """There is none; `reason` says why."""

    idle_changed = Signal(bool)
    """Whether all that Qt can read is made."""

    _made = Signal(object)

    def __init__(
        self, catalogue: CatalogueLink, worker: WorkerLink, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self._worker = worker
        self._pictures: OrderedDict[Path, QImage] = OrderedDict()
        self._bytes = 0
        self._reasons: dict[Path, str] = {}
        self._stamps: dict[Path, Stamp] = {}
        self._wishes: dict[str, tuple[Path, ...]] = {}
        self._visible: deque[Path] = deque()  # not begun, the most urgent first
        self._looked_up: set[Path] = set()  # asked of the catalogue, not answered
        self._waiting: deque[tuple[Path, Stamp, bytes | None]] = deque()  # for a thread
        self._background: deque[Path] = deque()
        self._begun: set[Path] = set()
        self._done: set[Path] = set()  # need nothing from the background any more
        self._odd: dict[Path, Stamp] = {}  # for the worker, in this order
        self._ticket: Ticket | None = None
        self._buffer = buffer_folder() / f"pixelsmile-{os.getpid()}-{secrets.token_hex(6)}.rgb"
        self._to_keep: dict[Path, tuple[Stamp, bytes]] = {}
        self._listing = 0  # questions to the catalogue that are under way
        self._generation = 0
        self._is_closed = False
        self._is_idle = True
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(_THREADS)
        self._pool.setThreadPriority(QThread.Priority.LowPriority)
        self._made.connect(self._take)
        self._keeping = QTimer(self, singleShot=True, interval=_KEEP_MS)
        self._keeping.timeout.connect(self._keep)

    # ---- what others see ------------------------------------------------------------------------

    def picture(self, photo: Path) -> QImage | None:
        """The picture if it is in memory; it counts as shown just now."""
        found = self._pictures.get(photo)
        if found is not None:
            self._pictures.move_to_end(photo)
        return found

    def reason(self, photo: Path) -> str:
        """Why there is no picture: a clause; empty while nothing is wrong."""
        return self._reasons.get(photo, "")

    @property
    def is_idle(self) -> bool:
        """Whether all that Qt can read is made."""
        return self._is_idle

    @property
    def memory_bytes(self) -> int:
        """What the pictures in memory take."""
        return self._bytes

    def want(self, viewer: str, photos: Iterable[Path]) -> None:
        """Say what a view shows, the most urgent first, in place of what it showed before.

        What no view shows any more, and was not begun, is left to the background.
        """
        self._wishes.pop(viewer, None)
        self._wishes[viewer] = tuple(photos)
        self._order()

    def prepare(self, photos: Sequence[Path], *, anew: bool = False) -> None:
        """Have the pictures of these photos made and kept when nothing else is to do.

        `anew`: other photos are open now; nothing of the earlier ones is done any more, and files
        that have changed since are read again.
        """
        if anew:
            self._clear()
        generation = self._generation
        for at in range(0, len(photos), 200):
            piece = tuple(photos[at : at + 200])
            self._ask(lambda library, piece=piece: _missing(library, piece), self._add, generation)
        self._tell_idle()

    def refuse(self, photo: Path, reason: str) -> None:
        """Note that a photo cannot be used, though a picture of it may be there."""
        if reason != self._reasons.get(photo):
            self._done.add(photo)
            self._reasons[photo] = reason
            self.failed.emit(photo)

    def close(self) -> None:
        """Keep what is made; nothing comes afterwards."""
        self._is_closed = True
        self._clear()
        self._pool.clear()
        self._pool.waitForDone()
        self._keep()
        self._buffer.unlink(missing_ok=True)

    # ---- what is to be done ---------------------------------------------------------------------

    def _clear(self) -> None:
        self._generation += 1
        self._pictures.clear()
        self._bytes = 0
        for one in (self._reasons, self._stamps, self._wishes, self._odd):
            one.clear()
        for other in (self._visible, self._waiting, self._background):
            other.clear()
        self._looked_up.clear()
        self._done.clear()

    def _order(self) -> None:
        """The visible photos that lack a picture, those of the newest wish first."""
        wanted = dict.fromkeys(
            photo for photos in reversed(self._wishes.values()) for photo in photos
        )
        self._waiting = deque(one for one in self._waiting if one[0] in wanted)
        waiting = {one[0] for one in self._waiting}
        self._visible = deque(
            photo
            for photo in wanted
            if photo not in self._pictures
            and photo not in self._reasons
            and photo not in self._looked_up
            and photo not in self._begun
            and photo not in self._odd
            and photo not in waiting
        )
        self._feed()

    def _feed(self) -> None:
        if self._visible and len(self._looked_up) < _LOOKED_UP_AT_ONCE:
            number = min(_LOOKED_UP_AT_ONCE, len(self._visible))
            photos = tuple(self._visible.popleft() for _ in range(number))
            self._looked_up.update(photos)
            self._ask(lambda library: _look_up(library, photos), self._look, self._generation)
        while len(self._begun) < _BEGUN_AT_ONCE and (self._waiting or self._background):
            if self._waiting:
                self._start(*self._waiting.popleft())
            elif self._looked_up:
                break  # what is seen comes first, and is there in a moment
            else:
                photo = self._background.popleft()
                if photo not in self._done and photo not in self._begun:
                    self._start(photo, self._stamps[photo], None)
        self._feed_worker()
        self._tell_idle()

    def _start(self, photo: Path, known: Stamp, kept: bytes | None) -> None:
        if kept is None and photo.suffix.lower() not in _QT_READS:
            self._odd[photo] = known
            return
        self._begun.add(photo)
        self._pool.start(_Work(self._made.emit, photo, known, kept))

    def _tell_idle(self) -> None:
        is_idle = not (
            self._begun or self._waiting or self._visible or self._background or self._listing
        )
        if is_idle != self._is_idle:
            self._is_idle = is_idle
            self.idle_changed.emit(is_idle)

    # ---- the catalogue --------------------------------------------------------------------------

    def _ask(
        self, work: Callable[[Library], T], on_done: Callable[[T], None], generation: int
    ) -> None:
        self._listing += 1

        def done(answer: T) -> None:
            self._listing -= 1
            if generation == self._generation:
                on_done(answer)
            self._feed()

        self._catalogue.ask(work, done)

    def _look(self, found: list[tuple[Path, Stamp | None, bytes | None]]) -> None:
        shown = {photo for photos in self._wishes.values() for photo in photos}
        for photo, known, kept in found:
            self._looked_up.discard(photo)
            if known is None:
                self.refuse(photo, "the file is not there; open the folder again")
            elif photo in shown:
                self._stamps[photo] = known
                self._waiting.append((photo, known, kept))

    def _add(self, missing: list[tuple[Path, Stamp]]) -> None:
        for photo, known in missing:
            self._stamps[photo] = known
            self._background.append(photo)

    def _keep(self) -> None:
        if self._to_keep:
            pictures, self._to_keep = self._to_keep, {}
            self._catalogue.ask(lambda library: library.thumbnails.put(pictures))

    # ---- what is made ---------------------------------------------------------------------------

    def _take(self, made: _Made) -> None:
        if self._is_closed:
            return
        self._begun.discard(made.photo)
        if made.picture is None:
            self._odd.setdefault(made.photo, made.stamp)
        else:
            self._show(made.photo, made.stamp, made.picture, made.encoded)
        self._feed()

    def _show(self, photo: Path, known: Stamp, picture: QImage, encoded: bytes) -> None:
        self._done.add(photo)
        if encoded:
            self._to_keep[photo] = (known, encoded)
            if len(self._to_keep) >= _KEPT_TOGETHER:
                self._keep()
            elif not self._keeping.isActive():
                self._keeping.start()
        if self._remember(photo, picture):
            self.ready.emit(photo)

    def _remember(self, photo: Path, picture: QImage) -> bool:
        """Put it into memory; one that nobody sees only while there is room."""
        is_seen = any(photo in photos for photos in self._wishes.values())
        if not is_seen and self._bytes + picture.sizeInBytes() > MEMORY_BYTES:
            return False
        before = self._pictures.pop(photo, None)
        self._bytes += picture.sizeInBytes() - (before.sizeInBytes() if before else 0)
        self._pictures[photo] = picture
        while self._bytes > MEMORY_BYTES and len(self._pictures) > 1:
            _, oldest = self._pictures.popitem(last=False)
            self._bytes -= oldest.sizeInBytes()
        return True

    # ---- what Qt does not read ------------------------------------------------------------------

    def _feed_worker(self) -> None:
        if self._ticket is not None or not self._odd or self._is_closed:
            return
        seen = (p for photos in reversed(self._wishes.values()) for p in photos if p in self._odd)
        photo = next(seen, None) or next(iter(self._odd))
        known, generation = self._odd[photo], self._generation
        ticket = self._worker.ask(
            lambda job: ThumbnailJob(job, str(photo), LONGEST_PX, str(self._buffer)),
            background=True,
        )

        def take(event: object) -> None:
            if isinstance(event, PreviewReady) and generation == self._generation:
                try:
                    picture = read_buffer(self._buffer, event.width, event.height)
                except (OSError, ValueError) as error:
                    _log.warning("%s: no picture came: %s", photo, error)
                    return
                self._show(photo, known, picture, encode(picture))

        def end(ending: object) -> None:
            self._ticket = None
            if generation == self._generation:
                self._odd.pop(photo, None)
                if isinstance(ending, Failed):
                    remedy = f"; {ending.remedy}" if ending.remedy else ""
                    self.refuse(photo, f"{ending.reason}{remedy}")
                elif not isinstance(ending, Finished):
                    self.refuse(photo, "it was stopped; open the folder again")
            self._feed_worker()

        self._ticket = ticket
        ticket.heard.connect(take)
        ticket.ended.connect(end)


class _Work(QRunnable):
    """One photo on a thread of the pool."""

    def __init__(
        self, say: Callable[[_Made], None], photo: Path, known: Stamp, kept: bytes | None
    ) -> None:
        super().__init__()
        self._say = say
        self._photo = photo
        self._stamp = known
        self._kept = kept

    def run(self) -> None:
        """Read it; one that Qt refuses goes to the worker, which says why."""
        made = _Made(self._photo, self._stamp, None)
        try:
            if self._kept is not None:
                picture = QImage.fromData(self._kept)
                made = _Made(self._photo, self._stamp, None if picture.isNull() else picture)
            else:
                picture = read(self._photo)
                if picture is not None:
                    made = _Made(self._photo, self._stamp, picture, encode(picture))
        except Exception:  # noqa: BLE001 - the thread must say something, whatever the file is
            _log.exception("no thumbnail of %s", self._photo)
        self._say(made)


def read(photo: Path) -> QImage | None:
    """The photo at thumbnail size, upright, in sRGB; None when Qt does not read it."""
    reader = QImageReader(str(photo))
    reader.setAutoTransform(True)
    size = reader.size()
    if not size.isValid():
        return None
    reader.setScaledSize(_fitted(size))
    picture = reader.read()
    if picture.isNull():
        return None
    space = picture.colorSpace()
    if space.isValid() and space != QColorSpace(QColorSpace.NamedColorSpace.SRgb):
        picture.convertToColorSpace(QColorSpace(QColorSpace.NamedColorSpace.SRgb))
    return picture.convertToFormat(QImage.Format.Format_RGB32)


def encode(picture: QImage) -> bytes:
    """A JPEG of at most 20 kB, for the catalogue."""
    data = b""
    for quality in _QUALITIES:
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        picture.save(buffer, "JPEG", quality)  # type: ignore[call-overload]
        data = bytes(buffer.data().data())
        if len(data) <= _MOST_BYTES:
            break
    return data


def _fitted(size: QSize) -> QSize:
    if max(size.width(), size.height()) <= LONGEST_PX:
        return size
    fitted = size.scaled(LONGEST_PX, LONGEST_PX, Qt.AspectRatioMode.KeepAspectRatio)
    return fitted.expandedTo(QSize(1, 1))


def _look_up(
    library: Library, photos: Sequence[Path]
) -> list[tuple[Path, Stamp | None, bytes | None]]:
    """Each photo's stamp, None when it is gone, and its kept picture."""
    stamps = _stamps(photos)
    kept = library.thumbnails.get(stamps)
    return [(photo, stamps.get(photo), kept.get(photo)) for photo in photos]


def _missing(library: Library, photos: Sequence[Path]) -> list[tuple[Path, Stamp]]:
    """The photos of which no picture is kept."""
    stamps = _stamps(photos)
    return [(photo, stamps[photo]) for photo in library.thumbnails.missing(stamps)]


def _stamps(photos: Sequence[Path]) -> dict[Path, Stamp]:
    found: dict[Path, Stamp] = {}
    for photo in photos:
        try:
            found[photo] = stamp(photo)
        except OSError:
            continue
    return found
