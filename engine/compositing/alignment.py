"""How a model's picture lies against what the model was given: shifted, zoomed, turned a little."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.compositing.fields import Field, smooth, spread

_LEVELS = ((4, 12), (2, 6), (1, 2))  # the picture made smaller by that, at most so many rounds
_FINE_PX, _WIDE_PX = 1.0, 7.0  # what is between these two scales is compared
_TUKEY = 4.685  # standard deviations; beyond it a pixel counts nothing (95 % efficient)
_STILL_PX = 0.004
_SMALLEST_PX = 24
_FARTHEST, _MOST_ZOOM, _MOST_TURN_DEG = 0.1, 0.12, 8.0  # beyond it it is another picture
_LARGE = 12.0  # 8-bit steps
_FLAT = 1e-3  # mean square of slopes: nothing to go by


@dataclass(frozen=True)
class Similarity:
    """Where the points of one picture lie in another.

    Attributes:
        shift_x, shift_y: how far the middle has moved, in pixels.
        scale: above 1, the other picture is zoomed in.
        rotation_deg: clockwise as the viewer sees it.
    """

    shift_x: float = 0.0
    shift_y: float = 0.0
    scale: float = 1.0
    rotation_deg: float = 0.0

    @property
    def shift(self) -> float:
        """Length of the middle's way in pixels."""
        return math.hypot(self.shift_x, self.shift_y)

    def matrix(self, shape: tuple[int, ...]) -> NDArray[np.float64]:
        """(2, 3): a pixel's (x, y, 1) to its place in the other picture, both of that shape."""
        middle = np.array([(shape[1] - 1) / 2, (shape[0] - 1) / 2])
        angle = math.radians(self.rotation_deg)
        turn = self.scale * np.array(
            [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
        )
        shift = middle + np.array([self.shift_x, self.shift_y]) - turn @ middle
        return np.column_stack([turn, shift])

    def undo(self, picture: Field, interpolation: int = cv2.INTER_CUBIC) -> Field:
        """The other picture brought back over the first; edges repeat beyond its border."""
        if self == Similarity():
            return picture
        height, width = picture.shape[:2]
        return cv2.warpAffine(
            picture,
            self.matrix(picture.shape),
            (width, height),
            flags=interpolation | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )

    def seen(self, shape: tuple[int, ...]) -> Field:
        """(height, width): 0 where the other picture has no pixels for `undo`, else 1."""
        height, width = shape[:2]
        inner = np.zeros((height, width), np.float32)
        inner[1:-1, 1:-1] = 1  # what is interpolated across the border is not seen either
        matrix = self.matrix(shape)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        seen = cv2.warpAffine(inner, matrix, (width, height), flags=flags)
        return np.ones_like(inner) if self == Similarity() else (seen > 0.99).astype(np.float32)


def align(reference: Field, picture: Field, weight: Field, start: Similarity) -> Similarity:
    """The similarity that takes the reference's pixels to the picture's, by all that agrees.

    Gauss–Newton on intensities, coarse to fine (Lucas and Kanade 1981; gradients averaged as in
    Benhimane and Malis 2004), with Tukey's weights, so that what the model has changed does not
    pull. Only a band of scales is compared: casts and grain are left out, and a difference in
    sharpness has no direction.

    Where there is nothing to go by, or what is found is no better, the start comes back.

    Args:
        reference, picture: (height, width), 8-bit steps.
        weight: (height, width), 0 to 1, how far a pixel is expected to be the same.
        start: a first guess, as of another picture of the same seed.
    """
    found = start
    first = second = trust = weight
    for shrink, rounds in _LEVELS:
        if shrink > 1 and min(reference.shape) < shrink * _SMALLEST_PX:
            continue
        first, second, trust = (_smaller(field, shrink) for field in (reference, picture, weight))
        guess = Similarity(
            found.shift_x / shrink, found.shift_y / shrink, found.scale, found.rotation_deg
        )
        first, second = _band(first), _band(second)
        guess = _descend(first, second, trust, guess, rounds)
        found = Similarity(
            guess.shift_x * shrink, guess.shift_y * shrink, guess.scale, guess.rotation_deg
        )
    likely = (
        found.shift <= _FARTHEST * max(reference.shape)
        and abs(found.scale - 1) <= _MOST_ZOOM
        and abs(found.rotation_deg) <= _MOST_TURN_DEG
    )
    if likely and _misfit(first, second, trust, found) <= _misfit(first, second, trust, start):
        return found
    return start


def _misfit(first: Field, second: Field, weight: Field, guess: Similarity) -> float:
    """Mean size of the difference, what is large counted as no more than large."""
    difference = np.abs(guess.undo(second, cv2.INTER_LINEAR) - first)
    return float((np.minimum(difference, _LARGE) * weight).mean())


def _smaller(field: Field, shrink: int) -> Field:
    if shrink == 1:
        return field
    size = (round(field.shape[1] / shrink), round(field.shape[0] / shrink))
    return cv2.resize(field, size, interpolation=cv2.INTER_AREA)


def _band(field: Field) -> Field:
    return smooth(field, _FINE_PX) - smooth(field, _WIDE_PX)


def _descend(
    first: Field, second: Field, weight: Field, guess: Similarity, rounds: int
) -> Similarity:
    height, width = first.shape
    reach = max(height, width) / 2
    x, y = _places(height, width, reach)
    slope_x, slope_y = _slopes(first)
    inside = np.full(first.shape, 1, np.float32)
    for _ in range(rounds):
        matrix = guess.matrix(first.shape)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        moved = cv2.warpAffine(second, matrix, (width, height), flags=flags)
        seen = cv2.warpAffine(inside, matrix, (width, height), flags=flags) * weight
        difference = moved - first
        noise = max(spread(difference[seen > 0.5][::5]), 0.3)
        trust = _tukey(difference, _TUKEY * noise) * seen
        moved_x, moved_y = _slopes(moved)
        across, down = (slope_x + moved_x) / 2, (slope_y + moved_y) / 2
        # Rows: shift x, shift y, zoom, turn, a gain that a lost sharpness looks like, and the aim.
        rows = np.stack(
            [across, down, across * x + down * y, down * x - across * y, first, difference]
        )
        rows = (rows * np.sqrt(trust)).reshape(6, -1)
        # Not numpy's product, whose last bits depend on the number of threads.
        products = cv2.mulTransposed(rows, aTa=False, dtype=cv2.CV_64F)
        normal, aim = products[:5, :5], products[:5, 5]
        if normal[0, 0] + normal[1, 1] < _FLAT * max(float(seen.sum()), 1.0):
            break
        normal[np.diag_indices(5)] += 1e-3 * np.trace(normal) / 5 + 1e-6
        step = np.linalg.solve(normal, aim)
        zoom, turn = step[2] / reach, step[3] / reach
        guess = Similarity(
            guess.shift_x - float(step[0]),
            guess.shift_y - float(step[1]),
            guess.scale * (1 - float(zoom)),
            guess.rotation_deg - math.degrees(float(turn)),
        )
        if max(np.abs(step[:4])) < _STILL_PX:
            break
    return guess


def _places(height: int, width: int, reach: float) -> tuple[Field, Field]:
    """(height, width) each: x and y from the middle, −1 to 1 along the longer side."""
    x = (np.arange(width, dtype=np.float32) - (width - 1) / 2) / np.float32(reach)
    y = (np.arange(height, dtype=np.float32) - (height - 1) / 2) / np.float32(reach)
    return np.broadcast_to(x, (height, width)), np.broadcast_to(y[:, None], (height, width))


def _slopes(field: Field) -> tuple[Field, Field]:
    across = cv2.Sobel(field, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8)
    down = cv2.Sobel(field, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8)
    return across, down


def _tukey(difference: Field, cut: float) -> Field:
    t = np.maximum(1 - np.square(difference * np.float32(1 / cut)), 0)
    return t * t
