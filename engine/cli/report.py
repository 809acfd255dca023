"""What a command says while it works: rows on stdout; progress and problems on stderr."""

import json
import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from engine.cli.text import duration, printable

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


def json_line(row: dict[str, Any]) -> str:
    """The row as one line of ASCII: valid whatever the terminal's encoding and the file's name.

    A file name's bytes that are no text come out as lone surrogates (`\\udcff`), from which
    Python's `os.fsencode` makes the bytes again.
    """
    return json.dumps(row, ensure_ascii=True, allow_nan=False)


class Report:
    """One command's output. A bar with the time left on a terminal, plain lines elsewhere."""

    def __init__(self, *, as_json: bool, total: int, noun: str = "photo") -> None:
        """`total`: how many things are going to be done; `noun`: what one is called."""
        self._as_json = as_json
        self._total = total
        self._noun = noun
        self._done = 0
        self._started = time.monotonic()
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        # None: closed before the start.
        if sys.stderr is not None and sys.stderr.isatty() and self._total:
            self._start_bar()
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

    def row(self, row: dict[str, Any], line: str) -> None:
        """A result: the object with --json, else the line for people. Out at once.

        `line` may have several lines of its own, or be empty for nothing.
        """
        text = json_line(row) if self._as_json else line
        if text:
            self._print(text, to_stdout=True)

    def failure(self, source: str, sentence: str, code: str) -> None:
        """A photo that could not be done: a sentence on stderr, and a row with --json."""
        self._print(sentence, to_stdout=False)
        if self._as_json:
            row = {"source": source, "error": sentence, "code": code}
            self._print(json_line(row), to_stdout=True)

    def note(self, sentence: str) -> None:
        """Something worth knowing, on stderr."""
        self._print(sentence, to_stdout=False)

    def begin(self, name: str) -> None:
        """The next thing is being worked on."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, description=_shortened(printable(name)))

    def expect(self, total: int) -> None:
        """There are more, or fewer, things to do than was thought."""
        self._total = total
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, total=total)

    def within(self, done: int, total: int) -> None:
        """The present thing is done to `done` of `total`."""
        if self._bar is not None and self._task is not None and total > 0:
            self._bar.update(self._task, completed=self._done + min(done / total, 1.0))

    def finish(self, summary: str = "", left_s: float | None = None) -> None:
        """The present thing is over, well or not; `summary` is a plain line's text for it.

        `left_s`: seconds for what is left, from whoever knows better than the mean so far.
        """
        self._done += 1
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=self._done)
        elif summary and self._total > 1:
            left = self._time_left(left_s)
            self._print(f"[{self._done}/{self._total}] {summary}{left}", to_stdout=False)

    def _time_left(self, known_s: float | None) -> str:
        spent = time.monotonic() - self._started
        left = spent / self._done * (self._total - self._done) if known_s is None else known_s
        # Nobody needs an estimate of a moment, and the first photo includes the start-up.
        return f" ({duration(left)} left)" if left >= 5 and self._done >= 2 else ""

    def _start_bar(self) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        # Rows go to the real stdout, so the bar must not catch it.
        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn() if self._total > 1 else TextColumn("{task.percentage:>3.0f} %"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._bar.start()
        self._task = self._bar.add_task(f"{self._total} {self._noun}s", total=self._total)

    def _print(self, text: str, *, to_stdout: bool) -> None:
        stream = sys.stdout if to_stdout else sys.stderr
        if self._bar is not None and stream is not None and stream.isatty():
            # Both are one terminal: through the bar's console, or the bar would be torn.
            self._bar.console.print(text, markup=False, highlight=False, soft_wrap=True)
            return
        print(text, file=stream, flush=True)


def _shortened(name: str, longest: int = 32) -> str:
    return name if len(name) <= longest else "…" + name[1 - longest :]
