"""Playing a strip: which frame is due."""

import time

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from engine.library import Timing


def due_frame(elapsed: int, timing: Timing, start: int = 0) -> int | None:
    """The frame after so many frames' time from `start`; None when a strip that plays once is over.

    >>> [due_frame(n, Timing(frames=3, loop="bounce")) for n in range(6)]
    [0, 1, 2, 1, 0, 1]
    """
    frames = timing.frames
    if frames < 2:
        return 0
    if timing.loop == "once":
        return start + elapsed if start + elapsed < frames else None
    if timing.loop == "repeat":
        return (start + elapsed) % frames
    place = (start + elapsed) % (2 * frames - 2)
    return place if place < frames else 2 * frames - 2 - place


class Playback(QObject):
    """Plays at the strip's rate. A turn that comes late leaves frames out rather than slow down."""

    frame_due = Signal(int)
    """This frame shall be seen now."""

    playing_changed = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timing = Timing()
        self._start = self._frame = 0
        self._since = 0.0
        self._timer = QTimer(self, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._turn)

    @property
    def is_playing(self) -> bool:
        """Whether it plays."""
        return self._timer.isActive()

    @property
    def frame(self) -> int:
        """The frame that was due last."""
        return self._frame

    def play(self, timing: Timing, start: int) -> None:
        """Play from a frame on; a strip that plays once and is at its end begins anew."""
        if timing.frames < 2:
            return
        if timing.loop == "once" and start >= timing.frames - 1:
            start = 0
        was_playing = self.is_playing
        self._timing, self._start, self._frame = timing, start, start
        self._since = time.monotonic()
        self._timer.start(max(1, round(1000 / timing.fps)))
        if not was_playing:
            self.playing_changed.emit(True)
        self.frame_due.emit(start)

    def stop(self) -> None:
        """Stop where it is."""
        if self.is_playing:
            self._timer.stop()
            self.playing_changed.emit(False)

    def _turn(self) -> None:
        elapsed = round((time.monotonic() - self._since) * self._timing.fps)
        frame = due_frame(elapsed, self._timing, self._start)
        if frame is None:
            self._frame = self._timing.frames - 1
            self.frame_due.emit(self._frame)
            self.stop()
        elif frame != self._frame:
            self._frame = frame
            self.frame_due.emit(frame)
