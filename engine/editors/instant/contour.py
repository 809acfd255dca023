"""An opening of the face (mouth or eye) seen along its own axis."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.editors.instant.grid import Grid

Float = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Axis:
    """A turned pair of axes in the picture: `along` the opening and `across` it, downwards."""

    centre: Float  # (2,) pixels
    direction: Float  # (2,) unit vector along

    def project(self, points: Float) -> Float:
        """(…, 2) pixels → (…, 2) along, across, in pixels."""
        x, y = self.direction
        return ((points - self.centre) @ np.array([[x, -y], [y, x]], np.float32)).astype(np.float32)

    def over(self, part: Grid) -> tuple[Float, Float]:
        """Along and across at every pixel of a grid's rectangle, each (height, width)."""
        x = part.left + np.arange(part.width, dtype=np.float32) - self.centre[0]
        y = (part.top + np.arange(part.height, dtype=np.float32) - self.centre[1])[:, None]
        dx, dy = self.direction
        return x * dx + y * dy, y * dx - x * dy

    def to_pixels(self, along: Float, across: Float) -> Float:
        """The way back: (…, 2) pixels of places given along and across."""
        dx, dy = self.direction
        x = self.centre[0] + along * dx - across * dy
        return np.stack([x, self.centre[1] + along * dy + across * dx], axis=-1)


def axis_between(start: Float, end: Float) -> Axis:
    """The axis from one corner (2,) to the other."""
    direction = end - start
    return Axis((start + end) / 2, direction / max(float(np.hypot(*direction)), 1e-6))


@dataclass(frozen=True)
class Contour:
    """Upper and lower edge of an opening as functions of the place along its axis, in pixels.

    `along` rises; both edges meet at its ends.
    """

    axis: Axis
    along: Float
    upper: Float
    lower: Float

    def edges(self, along: Float) -> tuple[Float, Float]:
        """Upper and lower edge at the places `along`, level beyond the corners."""
        # One lookup of a fine table is several times quicker than interpolating every pixel.
        start, stop = self.along[0], self.along[-1]
        table = np.linspace(start, stop, 257, dtype=np.float32)
        index = np.clip((along - start) * (256 / max(stop - start, 1e-6)), 0, 256).astype(np.intp)
        upper = np.interp(table, self.along, self.upper).astype(np.float32)
        lower = np.interp(table, self.along, self.lower).astype(np.float32)
        return upper[index], lower[index]

    @property
    def opening(self) -> float:
        """Mean gap over the middle half, in pixels; negative when the edges cross."""
        quarter = max(len(self.along) // 4, 1)
        return float((self.lower - self.upper)[quarter:-quarter].mean())


def contour(axis: Axis, points: Float, upper: Sequence[int], lower: Sequence[int]) -> Contour:
    """The contour through mesh points (478, 2); `upper` and `lower` pair up and share ends."""
    up, low = axis.project(points[list(upper)]), axis.project(points[list(lower)])
    # Pairs stand almost above each other; their mean keeps one rising abscissa for both.
    along = np.maximum.accumulate((up[:, 0] + low[:, 0]) / 2 + np.arange(len(up)) * 1e-4)
    return Contour(axis, along.astype(np.float32), up[:, 1], low[:, 1])
