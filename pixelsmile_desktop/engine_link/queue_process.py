"""The process that works the queue off: `pixelsmile queue run --follow`, there while there is work.

What it says is in docs/queue.md. Which jobs there are and how they stand, the library knows; what
is too quick for it comes from here: steps, pictures in the making, the time left.
"""

import contextlib
import json
import logging
import os
import sys
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer, Signal
from PySide6.QtGui import QImage

from engine.client import worker_environment
from pixelsmile_desktop.engine_link.preview import read_buffer

_log = logging.getLogger(__name__)

_LEAVES_WITHIN_MS = 4_000
_FIRST_WAIT_MS, _LONGEST_WAIT_MS = 250, 8_000
_MOST_DEATHS = 6
"""In a row, without a job having got on."""

_LONGEST_LINE = 1_000_000
_LARGEST_SIDE = 8192
_KEPT_NOTES = 30
_NICENESS = 5


def queue_command(workers: int = 0) -> list[str]:
    """The command of the process; `workers` 0 leaves their number to it."""
    packed = getattr(sys, "frozen", False)  # one program that starts itself again
    program = [sys.executable] if packed else [sys.executable, "-P", "-m", "engine.cli.main"]
    more = ["--workers", str(workers)] if workers else []
    return [*program, "queue", "run", "--follow", "--json", *more]


class QueueProcess(QObject):
    """Keeps the process alive between `wake` and `rest`. Nothing here waits."""

    progress = Signal(int, int, int)
    """A job's number, steps done, steps in all."""

    preview = Signal(int, QImage)
    """A job's number, and a small picture of what is in the making."""

    left = Signal(object, int)
    """Seconds left of the whole queue or None, and how many jobs are open."""

    changed = Signal(int)
    """Something has happened to the job of this number; the library knows what."""

    note = Signal(str)
    """A line for people."""

    worker_lost = Signal(Path, str)
    """A photo and how its worker was lost; another worker does it again."""

    restarted = Signal(str)
    """It stopped, for this reason, and is started again."""

    gave_up = Signal(str)
    """It cannot go on, for this reason, until it is woken anew."""

    running_changed = Signal(bool)

    def __init__(self, command: Sequence[str] = (), parent: QObject | None = None) -> None:
        """Nothing is started yet; `command` is `queue_command()` unless given."""
        super().__init__(parent)
        self._command = list(command) or queue_command()
        self._process = QProcess(self)
        self._process.setProcessEnvironment(_environment())
        self._process.started.connect(self._note_start)
        self._process.readyReadStandardOutput.connect(self._read_rows)
        self._process.readyReadStandardError.connect(self._read_notes)
        self._process.finished.connect(self._finish)
        self._process.errorOccurred.connect(self._break)
        self._is_wanted = False
        self._has_given_up = False
        self._deaths = 0
        self._halt = ""
        self._notes: deque[str] = deque(maxlen=_KEPT_NOTES)
        self._rows, self._lines = b"", b""
        self._again = QTimer(self, singleShot=True)
        self._again.timeout.connect(self._start)
        self._patience = QTimer(self, singleShot=True, interval=_LEAVES_WITHIN_MS)
        self._patience.timeout.connect(self._process.kill)

    def _note_start(self) -> None:
        if hasattr(os, "setpriority"):
            # Its workers, which it starts later, inherit it: the window and the slider go first.
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, self.process_id, _NICENESS)
        self.running_changed.emit(True)

    @property
    def is_running(self) -> bool:
        """Whether the process is there."""
        return self._process.state() != QProcess.ProcessState.NotRunning

    @property
    def process_id(self) -> int:
        """Its number, or 0."""
        return int(self._process.processId())

    @property
    def has_given_up(self) -> bool:
        """Whether only `wake(anew=True)` starts it again."""
        return self._has_given_up

    def wake(self, *, anew: bool = False) -> None:
        """There is work; `anew`: somebody has seen why it gave up, and means it."""
        if anew:
            self._has_given_up, self._deaths = False, 0
        self._is_wanted = True
        self._patience.stop()
        self._start()

    def rest(self) -> None:
        """There is no work: have the process leave in good order."""
        self._is_wanted = False
        self._again.stop()
        if self.is_running:
            self._process.closeWriteChannel()
            self._patience.start()

    def close(self) -> None:
        """The same, waiting for it; what is in hand goes back into the queue."""
        self.blockSignals(True)
        self.rest()
        if self.is_running and not self._process.waitForFinished(_LEAVES_WITHIN_MS):
            self._process.kill()
            self._process.waitForFinished(_LEAVES_WITHIN_MS)

    # ---- its life -------------------------------------------------------------------------------

    def _start(self) -> None:
        if self.is_running or self._again.isActive() or self._has_given_up or not self._is_wanted:
            return
        self._halt = ""
        self._notes.clear()
        self._rows, self._lines = b"", b""
        program, *arguments = self._command
        self._process.start(program, arguments)

    def _finish(self, code: int, status: QProcess.ExitStatus) -> None:
        self._patience.stop()
        self._read_rows()
        self._read_notes()
        self.running_changed.emit(False)
        if not self._is_wanted:
            return
        if self._halt:
            self._give_up(self._halt)
        elif code == 0 and status == QProcess.ExitStatus.NormalExit:
            self._start()  # it was told to rest, and there is work again
        elif status == QProcess.ExitStatus.CrashExit:
            self._die(self.tr("it was ended from outside, or crashed"))
        else:
            self._die(self._notes[-1] if self._notes else f"it ended with code {code}")

    def _break(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart and self._is_wanted:
            self._die(self._process.errorString())

    def _die(self, reason: str) -> None:
        self._deaths += 1
        _log.warning("the queue's process stopped: %s\n%s", reason, "\n".join(self._notes))
        if self._deaths >= _MOST_DEATHS:
            self._give_up(reason)
            return
        self._again.start(min(_FIRST_WAIT_MS * 2 ** (self._deaths - 1), _LONGEST_WAIT_MS))
        self.restarted.emit(reason)

    def _give_up(self, reason: str) -> None:
        self._has_given_up = True
        self.gave_up.emit(reason)

    # ---- what it says ---------------------------------------------------------------------------

    def _read_rows(self) -> None:
        self._rows += bytes(self._process.readAllStandardOutput().data())
        *lines, self._rows = self._rows.split(b"\n")
        if len(self._rows) > _LONGEST_LINE:
            self._rows = b""  # no row of ours; its end will be one more line without sense
        for line in lines:
            self._take(line)

    def _take(self, line: bytes) -> None:
        try:
            row: Any = json.loads(line)
            self._hear(row)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
            _log.warning("not a row of the queue: %r", line[:200])

    def _hear(self, row: dict[str, Any]) -> None:
        match row["event"]:
            case "progress":
                self._deaths = 0
                done, total = _number(row["done"]), _number(row["total"])
                self.progress.emit(_number(row["job"]), done, max(total, 1))
            case "preview":
                self._show(_number(row["job"]), row)
            case "left":
                seconds = row["seconds"]
                known = None if seconds is None else float(seconds)
                self.left.emit(known, _number(row["jobs"]))
            case "stopped":
                self._halt = str(row["reason"])
            case "again":
                self.worker_lost.emit(Path(str(row["source"])), str(row["reason"]))
                self.changed.emit(_number(row["job"]))
            case _ if row.get("job"):
                self.changed.emit(_number(row["job"]))

    def _show(self, job: int, row: dict[str, Any]) -> None:
        width, height = _number(row["width"]), _number(row["height"])
        if not (0 < width <= _LARGEST_SIDE and 0 < height <= _LARGEST_SIDE):
            raise ValueError("no picture is so large")
        path = Path(str(row["buffer"]))
        try:
            self.preview.emit(job, read_buffer(path, width, height))
        except OSError:
            return  # the job is over already

    def _read_notes(self) -> None:
        self._lines += bytes(self._process.readAllStandardError().data())
        *lines, self._lines = self._lines.split(b"\n")
        self._lines = self._lines[-_LONGEST_LINE:]
        for line in lines:
            if text := line.decode("utf-8", "replace").strip():
                self._notes.append(text)
                self.note.emit(text)


def _number(value: object) -> int:
    """A whole number that fits a signal; raises ValueError."""
    if isinstance(value, int) and 0 <= value < 2**31:
        return value
    raise ValueError(f"{value!r:.20} is no such number")


def _environment() -> QProcessEnvironment:
    environment = QProcessEnvironment()
    for name, value in worker_environment().items():
        environment.insert(name, value)
    return environment
