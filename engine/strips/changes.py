"""Where one frame differs from the one before."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Window:
    """A rectangle of a frame, in pixels."""

    left: int
    top: int
    width: int
    height: int

    def of(self, frame: NDArray[Any]) -> NDArray[Any]:
        """The part of the frame that lies in the window, contiguous."""
        part = frame[self.top : self.top + self.height, self.left : self.left + self.width]
        return np.ascontiguousarray(part)


def changed_window(before: NDArray[Any] | None, frame: NDArray[Any], grid: int = 1) -> Window:
    """The smallest rectangle that holds every changed pixel, at least one pixel large.

    An animation holds this part of the frame only; a frame that changes nothing is still there, so
    that the file has as many frames as were asked for.

    Args:
        before: the frame before, (height, width) or (height, width, channels); None for the first.
        frame: the frame, of the same shape.
        grid: left and top are multiples of this many pixels.
    """
    height, width = frame.shape[:2]
    if before is None:
        return Window(0, 0, width, height)
    different = before != frame
    if different.ndim == 3:
        different = different.any(axis=2)
    rows = np.flatnonzero(different.any(axis=1))
    columns = np.flatnonzero(different.any(axis=0))
    if not len(rows):
        return Window(0, 0, 1, 1)
    left, top = int(columns[0]) // grid * grid, int(rows[0]) // grid * grid
    return Window(left, top, int(columns[-1]) + 1 - left, int(rows[-1]) + 1 - top)
