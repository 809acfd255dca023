"""What the model has changed, beyond what it always gets wrong."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.compositing.fields import Field, largest, luma, ramp, smooth
from engine.compositing.prior import Prior

Area = NDArray[Any]
"""(height, width) uint8, 1 where something has changed."""

SIDE_PX = 512
"""Lengths below are for a picture of that side, and grow with it."""

_SCALES_PX = (1.2, 5.0)  # edges and folds; shading and blush
_FLOORS = (0.7, 0.35)  # 8-bit steps: no error is taken to be smaller
_WEAK, _STRONG = 4.0, 7.0  # times the usual error: what may belong to a change, what is one
_FAR_FACTOR, _FAR = 2.5, (0.15, 0.8)  # thresholds rise with the distance from the face
_SEED_FAR, _SEED_PX = 0.12, 5  # a change begins at the face, and is no speck
_CLOSE_PX, _GROW_PX, _FEATHER_PX = 6, 7.0, 18.0
_MOVING_PX = 0.35
_EVERY = 3  # pixels: neighbours say the same
_BORDER = 0.06  # of the shorter side, where the crop's border is no border of the photo


@dataclass(frozen=True)
class OpenSides:
    """Which sides of the crop are the photo's own edges: there is no seam to hide."""

    left: bool = False
    top: bool = False
    right: bool = False
    bottom: bool = False


@dataclass(frozen=True)
class Difference:
    """Two pictures compared.

    Attributes:
        strength: (height, width), in units of the error that is usual at such a place.
        noise: (height, width), that error of fine detail, in 8-bit steps.
    """

    strength: Field
    noise: Field


def contrast(reference: Field) -> Field:
    """(height, width), 8-bit steps a pixel: how much is going on at a place."""
    grey = luma(reference)
    across = cv2.Sobel(grey, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8)
    down = cv2.Sobel(grey, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8)
    return smooth(cv2.magnitude(across, down), 2.0)


def difference(first: Field, second: Field, busy: Field, unchanged: Field) -> Difference:
    """How far two pictures differ at each place, against what is usual where nothing changed.

    The usual error grows with local contrast; a line is fitted to its medians.

    Args:
        first, second: (height, width, 3), 8-bit steps, laid over each other.
        busy: (height, width) of `contrast`.
        unchanged: (height, width), 0 to 1.
    """
    raw = first - second
    strengths: list[Field] = []
    usual: list[Field] = []
    for scale, floor in zip(_SCALES_PX, _FLOORS, strict=True):
        size = largest(np.abs(smooth(raw, scale)))
        usual.append(_usual(size, busy, unchanged, floor))
        strengths.append(size / usual[-1])
    return Difference(np.maximum(*strengths), usual[0])


def _usual(size: Field, busy: Field, unchanged: Field, floor: float) -> Field:
    """(height, width): the median error that the contrast leads to expect."""
    few = np.s_[::_EVERY, ::_EVERY]
    chosen = unchanged[few] > 0.5
    sizes, contrasts = size[few][chosen], busy[few][chosen]
    if sizes.size < 64:
        return np.full(size.shape, floor, np.float32)
    order = np.array_split(np.argsort(contrasts, kind="stable"), 8)
    middles = np.array([np.median(contrasts[part]) for part in order])
    medians = np.array([np.median(sizes[part]) for part in order])
    # Quiet and busy places alike have a say: bins of equal numbers, weighted equally.
    rise = float(np.polyfit(middles, medians, 1)[0]) if np.ptp(middles) > 0.5 else 0.0
    rise = max(rise, 0.0)
    base = max(float(np.median(medians - rise * middles)), 0.0)
    return np.maximum(base + rise * busy, floor).astype(np.float32)


def unchanged(compared: Difference, prior: Prior) -> Field:
    """(height, width), 1 where a picture shows nothing but the usual error."""
    return ramp(compared.strength, 4.5, 2.0) * (0.3 + 0.7 * prior.elsewhere)


def changed_area(strength: Field, prior: Prior) -> Area:
    """Strong differences at the face, followed as far as weak ones reach (hysteresis), no holes.

    Args:
        strength: the larger of the differences of edit and null, and of edit and reference.
    """
    needed = (1 + _FAR_FACTOR * ramp(prior.far, *_FAR)) / np.maximum(prior.allowed, 1e-3)
    weak = _opened((strength > _WEAK * needed).astype(np.uint8), 3)
    strong = (strength > _STRONG * needed) & (prior.far < _SEED_FAR)
    return _filled(_closed(_reached(weak, strong, _SEED_PX), _unit(strength) * _CLOSE_PX))


def with_moving(area: Area, way: Field, prior: Prior) -> Area:
    """The area and what moves beside it: skin that slides looks the same and is not.

    Args:
        way: (height, width), how far a place has moved in pixels, 0 where that is not sure.
    """
    moving = (way > _MOVING_PX) & (prior.far < _SEED_FAR) & (prior.allowed > 0.5)
    either = area | _opened(moving.astype(np.uint8), 5)
    return _filled(_closed(_reached(either, area > 0, 1), _unit(way) * _CLOSE_PX))


def soft_mask(area: Area, prior: Prior, sides: OpenSides) -> Field:
    """(height, width), 1 where the edit counts, 0 where the photo stays, soft between.

    The area is grown, so that it covers what moved both where it was and where it is.
    """
    distance = cv2.distanceTransform(1 - area, cv2.DIST_L2, 5)
    unit = _unit(distance)
    soft = ramp(distance, (_GROW_PX + _FEATHER_PX) * unit, _GROW_PX * unit)
    return soft * prior.allowed * _towards_border(area.shape, sides)


def _unit(field: Field) -> float:
    return max(field.shape) / SIDE_PX


def _opened(mask: Area, side: int) -> Area:
    return cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((side, side), np.uint8))


def _closed(mask: Area, radius: float) -> Area:
    side = 2 * max(1, round(radius)) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return cv2.morphologyEx(mask, cv2.MORPH_CLOSE, disc, borderType=cv2.BORDER_REPLICATE)


def _reached(weak: Area, strong: NDArray[np.bool_], enough: int) -> Area:
    """The connected parts of `weak` that hold so many pixels of `strong`."""
    count, labels = cv2.connectedComponents(weak, connectivity=8)
    seeds = np.bincount(labels[strong & (weak > 0)], minlength=count)
    kept = seeds >= enough
    kept[0] = False
    return kept[np.asarray(labels, np.intp)].astype(np.uint8)


def _filled(mask: Area) -> Area:
    """Without holes: what is enclosed by change keeps its pixels anyway where nothing differs."""
    padded = np.pad(mask, 1)
    cv2.floodFill(padded, None, (0, 0), 1)
    return mask | (1 - padded[1:-1, 1:-1])


def _towards_border(shape: tuple[int, ...], sides: OpenSides) -> Field:
    """(height, width) from 0 at the crop's edges to 1 inside."""
    band = max(3.0, _BORDER * min(shape))

    def along(length: int, free_start: bool, free_end: bool) -> Field:
        place = np.arange(length, dtype=np.float32) - 1
        start = np.full(length, band, np.float32) if free_start else place
        end = np.full(length, band, np.float32) if free_end else place[::-1]
        return ramp(np.minimum(start, end), 0, band)

    down = along(shape[0], sides.top, sides.bottom)
    across = along(shape[1], sides.left, sides.right)
    return np.minimum(down[:, None], across[None])
