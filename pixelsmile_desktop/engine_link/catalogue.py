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
_Asked = tuple[Work, Callable[[Any], None] | None, Callable[[str], None] | None]


class CatalogueLink(QObject):
    """Does things with the library one after another; answers on the window's thread."""

    failed = Signal(str)
    """A sentence: something could not be read or saved."""

    _answered = Signal(object, object)  # who asked, what they get

    def __init__(self, path: Path | None = None, parent: QObject | None = None) -> None:
        """The user's library, or the one at `path`; the thread opens it when it is first asked."""
        super().__init__(parent)
        self._path = path
        self._works: queue.SimpleQueue[_Asked | None] = queue.SimpleQueue()
        self._answered.connect(self._answer)
        self._thread = threading.Thread(target=self._serve, name="catalogue", daemon=True)

    def ask(
        self,
        work: Callable[[Library], T],
        on_done: Callable[[T], None] | None = None,
        on_failed: Callable[[str], None] | None = None,
    ) -> None:
        """Do `work` on the catalogue's thread, then `on_done` with its result on the window's.

        When that cannot be, `on_failed` is called with a sentence; without one, `failed` is said.
        Of a library that cannot be opened, `failed` tells once.
        """
        self._works.put((work, on_done, on_failed))
        # Not before: nobody would hear that the library cannot be opened.
        if self._thread.ident is None:
            self._thread.start()

    def close(self) -> None:
        """Do what has been asked for, then close the library."""
        self._works.put(None)
        if self._thread.ident is not None:
            self._thread.join(_JOIN_S)

    def _serve(self) -> None:
        try:
            library = Library(self._path)
        except LibraryError as error:
            _log.exception("the library cannot be opened")
            self.failed.emit(str(error))
            self._refuse_all(str(error))
            return
        with library:
            while (item := self._works.get()) is not None:
                work, on_done, on_failed = item
                try:
                    result = work(library)
                except Exception as error:  # noqa: BLE001 - the thread must go on
                    _log.exception("the catalogue failed")
                    if on_failed is None:
                        self.failed.emit(str(error))
                    else:
                        self._answered.emit(on_failed, str(error))
                    continue
                if on_done is not None:
                    self._answered.emit(on_done, result)

    def _refuse_all(self, reason: str) -> None:
        while (item := self._works.get()) is not None:
            on_failed = item[2]
            if on_failed is not None:
                self._answered.emit(on_failed, reason)

    def _answer(self, on_done: Callable[[Any], None], result: object) -> None:
        on_done(result)
