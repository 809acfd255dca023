"""The coarse grid on which displacement is solved, and its way up to pixels."""

from dataclasses import dataclass
from typing import Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

Scalar = TypeVar("Scalar", bound=np.generic)
Float = NDArray[np.floating[Any]]

CELLS_PER_EYE_DISTANCE = 56
"""Fine enough that the narrowest falloff in the table spans several cells."""


@dataclass(frozen=True)
class Grid:
    """Square cells of `step` pixels over a rectangle of the photo; values stand at cell centres.

    The rectangle may reach over the photo's border; `left` and `top` may then be negative.
    """

    left: int
    top: int
    step: int
    columns: int
    rows: int

    @property
    def width(self) -> int:
        """Width of the rectangle in pixels."""
        return self.columns * self.step

    @property
    def height(self) -> int:
        """Height of the rectangle in pixels."""
        return self.rows * self.step

    def centres(self) -> Float:
        """(rows, columns, 2) x, y of the cell centres, in photo pixels."""
        x = self.left + (np.arange(self.columns, dtype=np.float32) + 0.5) * self.step - 0.5
        y = self.top + (np.arange(self.rows, dtype=np.float32) + 0.5) * self.step - 0.5
        return np.stack(np.meshgrid(x, y), axis=-1)

    def cells(self, values: Float) -> Float:
        """Photo coordinates (…, 2) as fractional cell coordinates."""
        corner = np.array((self.left - 0.5, self.top - 0.5), np.float32)
        return (values - corner) / np.float32(self.step) - np.float32(0.5)

    def part(self, x0: float, y0: float, x1: float, y1: float) -> "Grid":
        """The smallest grid of whole cells that covers a rectangle in photo pixels, clipped."""
        return self.cells_part(
            int((y0 - self.top) // self.step),
            int((x0 - self.left) // self.step),
            int(-((self.top - y1) // self.step)),
            int(-((self.left - x1) // self.step)),
        )

    def cells_part(self, row0: int, column0: int, row1: int, column1: int) -> "Grid":
        """The grid of the cells from (row0, column0) up to (row1, column1), clipped."""
        row0, column0 = min(max(row0, 0), self.rows - 1), min(max(column0, 0), self.columns - 1)
        row1, column1 = (
            max(min(row1, self.rows), row0 + 1),
            max(min(column1, self.columns), column0 + 1),
        )
        return Grid(
            int(self.left + column0 * self.step),
            int(self.top + row0 * self.step),
            self.step,
            int(column1 - column0),
            int(row1 - row0),
        )

    def around(self, chosen: NDArray[Any]) -> "Grid | None":
        """The smallest grid that holds all chosen cells (rows, columns); None if there are none."""
        rows, columns = np.flatnonzero(chosen.any(axis=1)), np.flatnonzero(chosen.any(axis=0))
        if len(rows) == 0:
            return None
        return self.cells_part(rows[0], columns[0], rows[-1] + 1, columns[-1] + 1)

    def clipped(self, part: "Grid") -> "Grid":
        """What of this grid's cells lies in `part`, a grid of the same cells."""
        return self.part(part.left, part.top, part.left + part.width, part.top + part.height)

    def pixels(self, part: "Grid") -> tuple[slice, slice]:
        """Where the pixels of `part` stand in arrays that cover this grid's rectangle."""
        y, x = part.top - self.top, part.left - self.left
        return slice(y, y + part.height), slice(x, x + part.width)

    def window(self, part: "Grid") -> tuple[slice, slice]:
        """Where the cells of `part` stand in arrays of this grid."""
        row = (part.top - self.top) // self.step
        column = (part.left - self.left) // self.step
        return slice(row, row + part.rows), slice(column, column + part.columns)

    def enlarge(self, values: NDArray[Scalar]) -> NDArray[Scalar]:
        """Cell values (rows, columns[, k]) at every pixel of the rectangle, bilinear."""
        size = (self.width, self.height)
        # The stubs lose the type of the values, which resizing keeps.
        return cv2.resize(values, size, interpolation=cv2.INTER_LINEAR)  # type: ignore[return-value]


def covering(points: Float, eye_distance: float, margins: tuple[float, float, float]) -> Grid:
    """The grid around mesh points (n, 2).

    `margins` are left and right, above, below, in eye distances.
    """
    step = max(1, round(eye_distance / CELLS_PER_EYE_DISTANCE))
    sides, above, below = (m * eye_distance for m in margins)
    left, top = np.floor(points.min(axis=0) - np.array((sides, above))).astype(int)
    right, bottom = np.ceil(points.max(axis=0) + np.array((sides, below))).astype(int)
    return Grid(
        int(left),
        int(top),
        step,
        max(2, -(-int(right - left) // step)),
        max(2, -(-int(bottom - top) // step)),
    )


_DAMPING = np.float32(0.65)


def invert(forward: Float, step: int, rounds: int = 10) -> Float:
    """Backward displacement on the grid: where the pixel that arrives at a cell came from.

    `forward` is (rows, columns, 2) in pixels: the point p moves to p + forward(p). Solves
    b(q) = −forward(q + b(q)) by fixed-point iteration (Chen et al., A simple fixed-point approach
    to invert a deformation field, 2008). Plain iteration swings where the skin is stretched to
    more than twice its length, so each round goes only part of the way.
    """
    # In cells, and with the arithmetic in OpenCV: the arrays are small and the rounds many.
    shift = np.ascontiguousarray(forward, np.float32) * np.float32(1 / step)
    rows, columns = shift.shape[:2]
    cells = np.stack(
        np.meshgrid(np.arange(columns, dtype=np.float32), np.arange(rows, dtype=np.float32)),
        axis=-1,
    )
    places = cells - shift
    for _ in range(rounds):
        # The stubs do not know that one map may hold x and y.
        moved = cv2.remap(shift, places, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)  # type: ignore
        places += _DAMPING * (cells - moved - places)
    return (places - cells) * np.float32(step)
