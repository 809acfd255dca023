"""How long the rest of a batch takes: an estimate that is honest once ten photos are done."""

import statistics
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

WINDOW = 100
"""Photos that the estimate goes by: the machine may be busier, or cooler, than an hour ago."""

MIN_PHOTOS = 3
_FADING = 0.98
_LEAST_AT_ONCE = 0.05
_OUTLIER = 30.0  # a machine that slept, a disk that woke: no photo takes so many times the usual


@dataclass(frozen=True)
class _Step:
    """How long a photo took, and the size of its file."""

    seconds: float
    size_bytes: int


class Pace:
    """Learns from the moments at which photos are begun and done, several at a time or not.

    The model: a photo takes as long as the mean so far, and longer or shorter per byte by which its
    file differs, as far as the sizes explain the times; and as many photos are worked on at once as
    were so far. All moments are monotonic seconds.
    """

    def __init__(self, now: float) -> None:
        self._last = now
        self._wall_s = 0.0
        self._busy_s = 0.0
        self._begun: dict[int, float] = {}
        self._steps: deque[_Step] = deque(maxlen=WINDOW)
        self._is_warm = False

    def begin(self, photo: int, now: float) -> None:
        """The work on a photo begins."""
        self._pass(now)
        self._begun[photo] = now

    def done(self, photo: int, size_bytes: int, now: float) -> None:
        """A photo that was begun is done. The first is not counted: the start-up is in it."""
        self._pass(now)
        begun = self._begun.pop(photo, None)
        if self._is_warm and begun is not None:
            self._steps.append(_Step(now - begun, size_bytes))
            self._wall_s, self._busy_s = self._wall_s * _FADING, self._busy_s * _FADING
        elif not self._is_warm:
            self._is_warm = True
            self._wall_s = self._busy_s = 0.0

    def drop(self, photo: int, now: float) -> None:
        """A photo that was begun is not done after all, or failed: it teaches nothing."""
        self._pass(now)
        self._begun.pop(photo, None)

    def rest(self, now: float) -> None:
        """Nothing was to be worked on until now: a pause, or waiting for another process."""
        self._last = now

    def left_s(self, photos: int, size_bytes: int, now: float) -> float | None:
        """Seconds for so many photos of so many bytes together, those that are begun included.

        None until the pace shows.
        """
        self._pass(now)
        if len(self._steps) < MIN_PHOTOS - 1 or not self._wall_s or not self._busy_s:
            return None
        longest = _OUTLIER * statistics.median(step.seconds for step in self._steps)
        seconds = [min(step.seconds, longest) for step in self._steps]
        sizes = [float(step.size_bytes) for step in self._steps]
        mean_s = statistics.fmean(seconds)
        surplus = size_bytes - photos * statistics.fmean(sizes)
        work_s = photos * mean_s + _trusted_slope(sizes, seconds) * surplus
        spent_s = sum(min(now - begun, mean_s) for begun in self._begun.values())
        at_once = max(self._busy_s / self._wall_s, _LEAST_AT_ONCE)
        return max(work_s - spent_s, 0.0) / at_once

    def _pass(self, now: float) -> None:
        elapsed = max(now - self._last, 0.0)
        self._wall_s += elapsed
        self._busy_s += elapsed * len(self._begun)
        self._last = max(now, self._last)


def _trusted_slope(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """Seconds per byte, from 0; the less the sizes explain, the closer to 0."""
    if len(sizes) < 3 or max(sizes) == min(sizes) or max(seconds) == min(seconds):
        return 0.0
    slope = statistics.linear_regression(sizes, seconds).slope
    return max(slope, 0.0) * statistics.correlation(sizes, seconds) ** 2
