"""Pictures from the preview worker: of all that is asked for in a drag, the latest is shown."""

import logging
import mmap
import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtGui import QImage

from engine.protocol import Failed, Preview, PreviewReady
from engine.recipes import ModelChoice, PhotoEdit
from pixelsmile_desktop.engine_link.worker import Ticket, WorkerLink
from pixelsmile_desktop.paths import buffer_folder

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wish:
    """One frame of an edit, at screen size."""

    photo: Path
    edit: PhotoEdit
    frame: float = 0.0
    longest_px: int = 2048
    model: ModelChoice = ModelChoice()


class PreviewFeed(QObject):
    """One wish at a time, and the newest of those that came meanwhile."""

    shown = Signal(object, QImage, float)
    """The wish, its picture, and the seconds from the wish to the picture."""

    measured = Signal(object, QSize)
    """The wish, before it is shown, and the size of its whole photo."""

    failed = Signal(object, object)
    """The wish and its `Failed`."""

    def __init__(
        self, worker: WorkerLink, parent: QObject | None = None, *, background: bool = False
    ) -> None:
        """In the `background` its pictures wait while the user is at work."""
        super().__init__(parent)
        self._worker = worker
        self._is_background = background
        # Two by turns: the worker writes the next picture while the last one is read.
        name = f"pixelsmile-{os.getpid()}-{secrets.token_hex(6)}"
        self._buffers = [buffer_folder() / f"{name}-{side}.rgb" for side in "ab"]
        for buffer in self._buffers:
            worker.remove_at_close(buffer)
        self._next: tuple[Wish, float] | None = None
        self._ticket: Ticket | None = None

    def show(self, wish: Wish) -> None:
        """Ask for a picture; one that is asked for and not begun is forgotten."""
        self._next = (wish, time.monotonic())
        if self._ticket is None:
            self._begin()

    def clear(self) -> None:
        """Forget what is asked for."""
        self._next = None

    def close(self) -> None:
        """Remove the buffers; no picture comes afterwards."""
        self._next = None
        if self._ticket is not None:
            self._ticket.heard.disconnect()
            self._ticket.ended.disconnect()
            self._worker.cancel(self._ticket)
            self._ticket = None
        for buffer in self._buffers:
            buffer.unlink(missing_ok=True)

    def _begin(self) -> None:
        if self._next is None:
            return
        wish, since = self._next
        self._next = None
        self._buffers.reverse()
        buffer = self._buffers[0]
        ticket = self._worker.ask(
            lambda job: Preview(
                job,
                str(wish.photo),
                wish.edit,
                wish.longest_px,
                str(buffer),
                wish.frame,
                wish.model,
            ),
            background=self._is_background,
            ahead=True,
        )
        ticket.heard.connect(lambda event: self._take(ticket, wish, since, buffer, event))
        ticket.ended.connect(lambda ending: self._end(ticket, wish, ending))
        self._ticket = ticket

    def _take(self, ticket: Ticket, wish: Wish, since: float, buffer: Path, event: object) -> None:
        if isinstance(event, PreviewReady):
            self._go_on_after(ticket)  # before this one is read and painted
            try:
                picture = read_buffer(buffer, event.width, event.height)
            except (OSError, ValueError) as error:
                # The worker was closed meanwhile, and its buffers with it; or it talks nonsense.
                _log.warning("a picture did not come: %s", error)
                return
            if event.photo_width:
                self.measured.emit(wish, QSize(event.photo_width, event.photo_height))
            self.shown.emit(wish, picture, time.monotonic() - since)

    def _end(self, ticket: Ticket, wish: Wish, ending: object) -> None:
        if isinstance(ending, Failed):
            self.failed.emit(wish, ending)
        self._go_on_after(ticket)

    def _go_on_after(self, ticket: Ticket) -> None:
        if self._ticket is ticket:
            self._ticket = None
            self._begin()


def read_buffer(path: Path, width: int, height: int) -> QImage:
    """A copy of an 8-bit RGB picture without row padding at the start of a file.

    Raises `OSError` when there is no such file, `ValueError` when it holds no such picture.
    """
    # Qt would read on behind the end of the file, and the program with it.
    if not (width > 0 and height > 0 and path.stat().st_size >= width * height * 3):
        raise ValueError(f"{path} does not hold {width} × {height} pixels")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        rows = QImage(memoryview(view), width, height, width * 3, QImage.Format.Format_RGB888)
        # A copy in the format that the screen has, so that painting need not convert.
        picture = rows.convertToFormat(QImage.Format.Format_RGB32)
        del rows
    return picture
