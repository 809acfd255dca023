"""When each frame of a strip is shown, in the ticks that file formats count in."""

import itertools
from collections.abc import Sequence
from fractions import Fraction


def durations(count: int, fps: float, ticks_per_second: int) -> list[int]:
    """How many ticks each frame stays, so that no frame starts more than half a tick off.

    >>> durations(6, 30, 100)
    [3, 4, 3, 3, 4, 3]
    """
    starts = [round(frame * ticks_per_second / fps) for frame in range(count + 1)]
    return [end - start for start, end in itertools.pairwise(starts)]


def rate(fps: float) -> Fraction:
    """The frame rate as a fraction of small numbers; 29.97 and the like become n/1001.

    >>> rate(12.5), rate(29.97)
    (Fraction(25, 2), Fraction(30000, 1001))
    """
    broadcast = Fraction(round(fps * 1.001) * 1000, 1001)
    if fps != round(fps) and abs(float(broadcast) - fps) < 0.005:
        return broadcast
    return Fraction(fps).limit_denominator(1000)


def played(count: int, *, back: bool) -> Sequence[int]:
    """Which frames are shown, in order; `back` adds the way back, without either end twice.

    >>> list(played(4, back=True))
    [0, 1, 2, 3, 2, 1]
    """
    forward = list(range(count))
    return [*forward, *forward[-2:0:-1]] if back else forward
