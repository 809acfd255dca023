"""What a job calls between its steps: cancellation is heard here, progress is told here."""

import threading
import time
from collections.abc import Callable

PROGRESS_INTERVAL_S = 0.03
"""Progress is told at most this often: a screen shows no more, and pipes stay short."""


class Steps:
    """One job's `on_step`."""

    def __init__(self, cancelled: threading.Event, tell: Callable[[int, int], None]) -> None:
        self._cancelled = cancelled
        self._tell = tell
        self._told_at = float("-inf")
        self._furthest = 0
        self._untold: tuple[int, int] | None = None
        self.stopped = False
        """Whether the job was told to stop: whatever it raises then is its way of stopping."""

    def __call__(self, done: int, total: int) -> None:
        """Note that `done` of `total` steps are done; raises `Cancelled` to stop the job."""
        if self._cancelled.is_set():
            self.stopped = True
            # Not above: it draws numpy in, which a worker that waits for work does not need. A
            # job that is at work has loaded it long since.
            from engine.editors.base import Cancelled

            raise Cancelled
        # Never back: a job of several parts may start to count anew within one.
        self._furthest = done = max(done, self._furthest)
        self._untold = (done, total)
        if done >= total or time.monotonic() - self._told_at >= PROGRESS_INTERVAL_S:
            self.flush()

    def flush(self) -> None:
        """Tell the last step now if it was held back."""
        if self._untold is not None:
            self._tell(*self._untold)
            self._told_at = time.monotonic()
            self._untold = None
