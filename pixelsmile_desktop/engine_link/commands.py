"""The command line as a process: what takes long and is not about one photo, such as downloads."""

import json
import logging
import sys
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer, Signal

from engine.client import worker_environment

_log = logging.getLogger(__name__)

_LEAVES_WITHIN_MS = 5_000
_JOIN_MS = 2_000
_KEPT_NOTES = 50


class Command(QObject):
    """`pixelsmile WORDS`, once. Keep it until it has ended."""

    row = Signal(dict)
    """An object of its output."""

    ended = Signal(int)
    """With the exit code, once; -1 when it could not be started or was killed."""

    def __init__(self, words: Sequence[str], parent: QObject | None = None) -> None:
        """`words`: the subcommand and its options, with `--json` among them."""
        super().__init__(parent)
        self.words = tuple(words)
        self.notes: list[str] = []
        """The last lines for people."""
        self.error = ""
        """The last sentence about what went wrong."""
        self._process = QProcess(self)
        self._process.setProcessEnvironment(_environment())
        self._process.readyReadStandardOutput.connect(self._read_rows)
        self._process.readyReadStandardError.connect(self._read_notes)
        self._process.finished.connect(self._finish)
        self._process.errorOccurred.connect(self._break)
        self._patience = QTimer(self, singleShot=True, interval=_LEAVES_WITHIN_MS)
        self._patience.timeout.connect(self._process.kill)
        self._rows, self._lines = b"", b""
        self._is_wanted = True

    @property
    def is_running(self) -> bool:
        """Whether it has begun and not ended."""
        return self._process.state() != QProcess.ProcessState.NotRunning

    def start(self) -> None:
        """Begin. Signals come later, never from inside this call."""
        QTimer.singleShot(0, self, self._begin)

    def cancel(self) -> None:
        """Have it stop in good order; it is killed when it does not."""
        if not self.is_running:  # its start is still to come
            self._is_wanted = False
        self._process.terminate()
        self._patience.start()

    def close(self) -> None:
        """End it now and say nothing more: the window closes."""
        self._is_wanted = False
        self.blockSignals(True)
        if self.is_running:
            self._process.terminate()
            if not self._process.waitForFinished(_JOIN_MS):
                self._process.kill()
                self._process.waitForFinished(_JOIN_MS)

    def _begin(self) -> None:
        if not self._is_wanted:
            self.ended.emit(-1)
            return
        program, *arguments = _program()
        self._process.start(program, [*arguments, *self.words])

    def _read_rows(self) -> None:
        self._rows += bytes(self._process.readAllStandardOutput().data())
        *lines, self._rows = self._rows.split(b"\n")
        for line in lines:
            self._take(line)

    def _take(self, line: bytes) -> None:
        try:
            row: Any = json.loads(line)
        except ValueError:
            _log.warning("not a row: %r", line[:200])
            return
        if isinstance(row, dict):
            self.error = str(row.get("error", self.error))
            self.row.emit(row)

    def _read_notes(self) -> None:
        self._lines += bytes(self._process.readAllStandardError().data())
        *lines, self._lines = self._lines.split(b"\n")
        for line in lines:
            text = line.decode("utf-8", "replace").strip()
            if text:
                self.notes = [*self.notes, text][-_KEPT_NOTES:]

    def _finish(self, code: int, status: QProcess.ExitStatus) -> None:
        self._patience.stop()
        self._read_rows()
        self._read_notes()
        if self._rows.strip():  # its last line had no end
            self._take(self._rows)
        was_killed = status == QProcess.ExitStatus.CrashExit
        if code and not self.error and self.notes:
            self.error = self.notes[-1]
        self.ended.emit(-1 if was_killed else code)

    def _break(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self.error = self._process.errorString()
            self.ended.emit(-1)


def _program() -> list[str]:
    if getattr(sys, "frozen", False):  # one packed program that starts itself again
        return [sys.executable]
    return [sys.executable, "-P", "-m", "engine.cli.main"]


def _environment() -> QProcessEnvironment:
    environment = QProcessEnvironment()
    for name, value in worker_environment().items():
        environment.insert(name, value)
    return environment
