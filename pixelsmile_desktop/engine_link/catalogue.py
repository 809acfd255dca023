"""The catalogue on a thread of its own: a transaction may wait for the disk or another process."""

import logging
import queue
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal

from engine.library import Library, LibraryError

T = TypeVar("T")

_log = logging.getLogger(__name__)
_JOIN_S = 10.0

Work = Callable[[Library], Any]


class CatalogueLink(QObject):
    """Does things with the library one after another; answers on the window's thread."""

    failed = Signal(str)
    """A sentence: something could not be read or saved."""

    _answered = Signal(object, object)  # who asked, what they get

    def __init__(self, path: Path | None = None, parent: QObject | None = None) -> None:
        """Open the user's library, or the one at `path`, on the thread."""
        super().__init__(parent)
        self._path = path
        self._works: queue.SimpleQueue[tuple[Work, Callable[[Any], None] | None] | None] = (
            queue.SimpleQueue()
        )
        self._answered.connect(self._answer)
        self._thread = threading.Thread(target=self._serve, name="catalogue", daemon=True)
        self._thread.start()

    def ask(self, work: Callable[[Library], T], on_done: Callable[[T], None] | None = None) -> None:
        """Do `work` on the catalogue's thread, then `on_done` with its result on the window's.

        When the library raises, `failed` is said instead of `on_done`.
        """
        self._works.put((work, on_done))

    def close(self) -> None:
        """Do what has been asked for, then close the library."""
        self._works.put(None)
        self._thread.join(_JOIN_S)

    def _serve(self) -> None:
        try:
            library = Library(self._path)
        except LibraryError as error:
            self.failed.emit(str(error))
            return
        with library:
            while (item := self._works.get()) is not None:
                work, on_done = item
                try:
                    result = work(library)
                except (LibraryError, OSError, KeyError) as error:
                    _log.exception("the catalogue failed")
                    self.failed.emit(str(error))
                    continue
                if on_done is not None:
                    self._answered.emit(on_done, result)

    def _answer(self, on_done: Callable[[Any], None], result: object) -> None:
        on_done(result)
