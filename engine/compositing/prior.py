"""Where in the crop a change may be expected: about the face, and not on a neighbour's."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.compositing.fields import Field, ramp

Landmarks = NDArray[np.floating]
"""(points, 2 or more): x and y in pixels of the crop, then whatever."""

_MIDDLE, _HALF = (0.5, 0.53), (0.25, 0.29)  # of width, height: where crops with context have faces
_NEIGHBOUR_REACH = 0.25  # of the neighbour's size about its outline is the neighbour's own


@dataclass(frozen=True)
class Prior:
    """What is known of places before any pixel is compared.

    Attributes:
        far: (height, width), distance from the face's outline in units of its size; 0 inside.
        allowed: (height, width), 0 on neighbours' faces, else 1, soft between.
    """

    far: Field
    allowed: Field

    @property
    def elsewhere(self) -> Field:
        """(height, width), 1 away from the face, a little inside of it."""
        return 0.15 + 0.85 * ramp(self.far, 0.05, 0.3)


def expect(
    shape: tuple[int, int],
    landmarks: Landmarks | None,
    neighbours: Sequence[Landmarks],
    scale: tuple[float, float],
) -> Prior:
    """The prior on a grid.

    Args:
        shape: height and width of the grid.
        landmarks: of the face; None expects it in the crop's middle.
        neighbours: of other faces in the crop that shall stay as they are.
        scale: the grid's pixels per pixel of the crop, x and y.
    """
    own = _outline(landmarks, scale) if landmarks is not None else _usual(shape)
    distance, size = _distance(shape, own)
    allowed = np.ones(shape, np.float32)
    for other in neighbours:
        theirs, their_size = _distance(shape, _outline(other, scale))
        near = ramp(theirs, _NEIGHBOUR_REACH * their_size, 0.6 * _NEIGHBOUR_REACH * their_size)
        closer = ramp(theirs / their_size - distance / size, 0.03, -0.03)
        allowed *= 1 - near * closer
    return Prior(distance / size, allowed)


def _outline(landmarks: Landmarks, scale: tuple[float, float]) -> NDArray[np.int32]:
    """(points, 1, 2) convex outline in the grid's pixels."""
    points = (np.asarray(landmarks, np.float64)[:, :2] + 0.5) * scale - 0.5
    limit = 1 << 20
    whole = np.clip(np.rint(points), -limit, limit).astype(np.int32)
    return cv2.convexHull(whole).astype(np.int32, copy=False)


def _usual(shape: tuple[int, int]) -> NDArray[np.int32]:
    height, width = shape
    turn = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    x = width * (_MIDDLE[0] + _HALF[0] * np.cos(turn))
    y = height * (_MIDDLE[1] + _HALF[1] * np.sin(turn))
    return np.rint(np.stack([x, y], 1)).astype(np.int32)[:, None]


def _distance(shape: tuple[int, int], outline: NDArray[np.int32]) -> tuple[Field, float]:
    """Distance in pixels from the outline's inside, and the size of that (root of its area)."""
    outside = np.ones(shape, np.uint8)
    cv2.fillConvexPoly(outside, outline, 0)
    size = max(float(cv2.contourArea(outline)) ** 0.5, 4.0)
    if outside.all():  # the face lies outside the crop
        return np.full(shape, size, np.float32), size
    return cv2.distanceTransform(outside, cv2.DIST_L2, 5), size
