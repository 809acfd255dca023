"""Faults of the program itself: logged, told of in one sentence, survived; and found out later."""

import contextlib
import logging
import os
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import msgspec
from PySide6.QtCore import (
    QMessageLogContext,
    QObject,
    QtMsgType,
    Signal,
    qInstallMessageHandler,
)

from engine.library import Owner, this_process
from pixelsmile_desktop.details import system_details, without_home
from pixelsmile_desktop.messages import Messages

_log = logging.getLogger(__name__)
_qt_log = logging.getLogger("qt")

_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


class Faults(QObject):
    """Hears of every exception that nobody caught, on any thread, and of what Qt complains of."""

    _met = Signal(str, str)

    def __init__(self, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._messages = messages
        self._told: set[str] = set()
        self._met.connect(self._tell)
        self._before: tuple[Callable[..., object], Callable[..., object]] | None = None

    def install(self) -> None:
        """Listen from now on."""
        self._before = (sys.excepthook, threading.excepthook)
        sys.excepthook = self._take
        threading.excepthook = self._take_thread
        qInstallMessageHandler(_log_qt)

    def uninstall(self) -> None:
        """Leave things as they were."""
        if self._before is not None:
            sys.excepthook, threading.excepthook = self._before
            self._before = None
            qInstallMessageHandler(None)

    def _take(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        text = "".join(traceback.format_exception(kind, error, trace))
        _log.error("a fault that nobody caught\n%s", text)
        # A fault while painting comes again with every frame; it is told of once.
        frames = traceback.extract_tb(trace)
        place = f"{kind.__name__} {frames[-1].filename}:{frames[-1].lineno}" if frames else text
        if place not in self._told:
            self._told.add(place)
            self._met.emit(kind.__name__, text)

    def _take_thread(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            self._take(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)

    def _tell(self, kind: str, text: str) -> None:
        sentence = self.tr(
            "The program met a fault of its own ({kind}). Your edits are saved and you can go on; "
            "if it comes again, send the details to the makers."
        )
        details = f"{system_details()}\n\n{without_home(text)}"
        self._messages.say(sentence.format(kind=kind), "trouble", details)


def _log_qt(kind: QtMsgType, _context: QMessageLogContext, text: str | None) -> None:
    _qt_log.log(_LEVELS.get(kind, logging.WARNING), "%s", text)


class RunMarker:
    """A file that is there while the program runs, so that the next start finds out about a crash.

    Each process has its own: two windows may be open at a time.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._own = folder / f"running-{os.getpid()}.json"

    def begin(self) -> bool:
        """Say that we run; returns whether an earlier run ended without saying so."""
        crashed = False
        for path in self._folder.glob("running-*.json"):
            if path == self._own or _is_gone(path):
                crashed = True
                with contextlib.suppress(OSError):
                    path.unlink()
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            owner = this_process()
            content = {"host": owner.host, "pid": owner.pid, "start": owner.start}
            self._own.write_bytes(msgspec.json.encode(content))
        except OSError as error:
            _log.warning("a crash of this run will not be noticed: %s", error)
        return crashed

    def end(self) -> None:
        """Say that we have ended as we should."""
        with contextlib.suppress(OSError):
            self._own.unlink(missing_ok=True)


def _is_gone(path: Path) -> bool:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Owner).is_gone
    except (OSError, msgspec.DecodeError):
        return True
