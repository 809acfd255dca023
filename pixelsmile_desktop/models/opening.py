"""Folders and photos as they are opened: listed on a thread, handed over in pieces."""

import os
import stat
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from pixelsmile_desktop.paths import OUTPUT_FOLDER

SUFFIXES = frozenset(
    {
        *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".tif", ".tiff", ".webp", ".gif", ".bmp"),
        *(".avif", ".heic", ".heif", ".hif", ".dng", ".cr2", ".cr3", ".crw", ".nef", ".nrw"),
        *(".arw", ".srf", ".sr2", ".orf", ".rw2", ".raf", ".pef", ".3fr", ".fff", ".iiq", ".rwl"),
        *(".x3f", ".srw", ".erf", ".mrw", ".kdc", ".dcr", ".mos", ".mef"),
    }
)
"""Files that are listed when a folder is opened."""

_FIRST, _NEXT = 60, 100  # photos a piece: the first one soon
_PAUSE_MS = 10
"""Between pieces. Qt delivers all that waits before it does anything else, so a thread that hands
over as fast as it can would hold the window up."""
_LOOK_AGAIN_S = 0.2


@dataclass(frozen=True)
class Listed:
    """A photo that was found, and when its file was last changed, in nanoseconds."""

    photo: Path
    mtime_ns: int


class Opening(QObject):
    """Lists what is to be opened. All calls return at once; the latest one wins."""

    begun = Signal(object)
    """The tuple of folders, before the first photos."""

    found = Signal(object)
    """A tuple of `Listed`: some more photos, in the order of their folders and names."""

    finished = Signal(object)
    """The tuple of sentences about what could not be read."""

    _said = Signal(int, object, object)  # which opening, signal, what it carries

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._number = 0
        self._turn = threading.Semaphore()
        self._said.connect(self._pass_on)

    def open(self, paths: Sequence[Path]) -> None:
        """List these photos, and those in these folders and below them."""
        self._number += 1
        number = self._number
        self._turn = turn = threading.Semaphore()

        def say(signal: str, content: object) -> bool:
            while not turn.acquire(timeout=_LOOK_AGAIN_S):
                if number != self._number:
                    return False
            self._said.emit(number, signal, content)
            return number == self._number

        threading.Thread(
            target=_list, args=(tuple(paths), say), name="opening", daemon=True
        ).start()

    def stop(self) -> None:
        """Forget what is being listed."""
        self._number += 1

    def _pass_on(self, number: int, signal: str, content: object) -> None:
        if number == self._number:
            getattr(self, signal).emit(content)
            QTimer.singleShot(_PAUSE_MS, self._turn.release)


def _list(paths: Sequence[Path], say: Callable[[str, object], bool]) -> None:
    absolute = [Path(os.path.abspath(path)) for path in paths]
    say("begun", tuple(path for path in absolute if os.path.isdir(path)))
    troubles: list[str] = []
    piece: list[Listed] = []
    size = _FIRST
    seen: set[Path] = set()
    for path in absolute:
        for listed in photos_below(path, troubles):
            if listed.photo in seen:
                continue
            seen.add(listed.photo)
            piece.append(listed)
            if len(piece) >= size:
                if not say("found", tuple(piece)):
                    return
                piece, size = [], _NEXT
    if piece:
        say("found", tuple(piece))
    say("finished", tuple(troubles))


def photos_below(path: Path, troubles: list[str]) -> Iterator[Listed]:
    """The photo, or the photos of a folder and then of those below it, by name.

    Hidden files and folders are left out, and so is what this program has made. What cannot be
    read is told in `troubles`, a sentence each.
    """
    try:
        status = path.stat()
        if not stat.S_ISDIR(status.st_mode):
            if stat.S_ISREG(status.st_mode):
                yield Listed(path, status.st_mtime_ns)
            else:  # a pipe would never end
                troubles.append(f"{path.name}: neither a file nor a folder")
            return
        with os.scandir(path) as entries:
            found = sorted(
                (one for one in entries if not one.name.startswith(".")), key=lambda one: one.name
            )
    except OSError as error:
        troubles.append(f"{path.name}: {error.strerror or error}")
        return
    for entry in found:
        if os.path.splitext(entry.name)[1].lower() not in SUFFIXES:
            continue
        try:
            if entry.is_file():
                yield Listed(Path(entry.path), entry.stat().st_mtime_ns)
        except OSError as error:  # a link to itself, or a folder whose files may not be looked at
            troubles.append(f"{entry.name}: {error.strerror or error}")
    for entry in found:
        if entry.is_dir(follow_symlinks=False) and entry.name != OUTPUT_FOLDER:
            yield from photos_below(Path(entry.path), troubles)
