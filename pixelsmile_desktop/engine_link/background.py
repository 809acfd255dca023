"""Work that may wait for a disk, on threads; answers come on the window's thread."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal

T = TypeVar("T")


class Background(QObject):
    """One piece of work at a time; of those that wait, only the latest is done."""

    failed = Signal(str)
    """A sentence: the latest work could not be done."""

    _answered = Signal(int, object, object)
    _failed = Signal(int, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="background")
        self._latest = 0
        self._answered.connect(self._answer)
        self._failed.connect(self._fail)

    def do(self, work: Callable[[], T], on_done: Callable[[T], None]) -> None:
        """Do `work` on a thread, then `on_done` here, unless something else is asked for first."""
        self._latest += 1
        number = self._latest

        def run() -> None:
            if number != self._latest:
                return
            try:
                result = work()
            except (OSError, ValueError) as error:
                self._failed.emit(number, str(error))
                return
            self._answered.emit(number, on_done, result)

        self._pool.submit(run)

    def forget(self) -> None:
        """Nobody waits for an answer any more."""
        self._latest += 1

    def close(self) -> None:
        """Forget what is asked for, and wait for what is in hand."""
        self._latest += 1
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _answer(self, number: int, on_done: Callable[[Any], None], result: object) -> None:
        if number == self._latest:
            on_done(result)

    def _fail(self, number: int, sentence: str) -> None:
        if number == self._latest:
            self.failed.emit(sentence)
