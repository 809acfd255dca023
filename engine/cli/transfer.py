"""How far a download or a check of large files is: a bar, now and then a line, or rows."""

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from engine.cli.text import duration, printable, size

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

Tell = Callable[[dict[str, Any]], None]

_LINE_EVERY_S = 10.0
_ROW_EVERY_S = 0.2
_LONGEST = 40


class Transfer:
    """Tells people on stderr how many bytes of a model are done; a `Watch` of the weights.

    Ends before rows are printed, so that a bar never tears them.
    """

    def __init__(self, verb: str, tell: Tell | None = None) -> None:
        """`verb`: what is done to the bytes, such as `fetched`; `tell` is given rows instead."""
        self._verb = verb
        self._tell = tell
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._began_at = self._said_at = time.monotonic()
        self._began_with: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def progress(self, path: str, done_bytes: int, total_bytes: int) -> None:
        """A step further: the file that is worked on, and the bytes of the whole model."""
        if self._tell is not None:
            self._tell_of(path, done_bytes, total_bytes)
            return
        if self._began_with is None:
            self._began_with = done_bytes
            self._start_bar(total_bytes)
        name = _shortened(printable(path))
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, description=name, completed=done_bytes)
        elif time.monotonic() - self._said_at >= _LINE_EVERY_S:
            self._said_at = time.monotonic()
            left = self._time_left(done_bytes, total_bytes)
            self.note(f"{size(done_bytes)} of {size(total_bytes)} {self._verb}, {name}{left}")

    def note(self, sentence: str) -> None:
        """Something worth knowing, on stderr."""
        if self._bar is not None:
            self._bar.console.print(
                printable(sentence), markup=False, highlight=False, soft_wrap=True
            )
        else:
            print(printable(sentence), file=sys.stderr, flush=True)

    def _tell_of(self, path: str, done_bytes: int, total_bytes: int) -> None:
        now = time.monotonic()
        is_first, is_last = self._began_with is None, done_bytes >= total_bytes
        if self._tell is None or not (is_first or is_last or now - self._said_at >= _ROW_EVERY_S):
            return
        self._began_with, self._said_at = done_bytes, now
        row = {"progress": self._verb, "file": path}
        self._tell(row | {"done_bytes": done_bytes, "total_bytes": total_bytes})

    def _time_left(self, done_bytes: int, total_bytes: int) -> str:
        gained = done_bytes - (self._began_with or 0)
        if gained <= 0:
            return ""
        spent = time.monotonic() - self._began_at
        return f" ({duration(spent / gained * (total_bytes - done_bytes))} left)"

    def _start_bar(self, total_bytes: int) -> None:
        if sys.stderr is None or not sys.stderr.isatty():
            return
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            DownloadColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
            TransferSpeedColumn,
        )

        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._bar.start()
        # The bar counts its speed from where an earlier attempt had stopped.
        self._task = self._bar.add_task("", total=total_bytes, completed=self._began_with or 0)


def _shortened(path: str) -> str:
    return path if len(path) <= _LONGEST else "…" + path[1 - _LONGEST :]
