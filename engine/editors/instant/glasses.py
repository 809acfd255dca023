"""Spectacles: are there any, and where do their frames run? Frames must not bend with the face."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.editors.base import Pixels
from engine.editors.instant.frame import FaceFrame
from engine.editors.instant.sampling import fetch_level
from engine.editors.instant.topology import EYES

Float = NDArray[np.floating[Any]]

# The eye region seen from the front, 128 pixels an eye distance: wide enough for the hinges.
_SCALE = 128
_LEFT, _TOP, _WIDTH, _HEIGHT = -0.80, -0.32, 1.60, 0.80
# A bridge crosses the nose and rims cross the cheeks as lines; skin does neither. Measured on 44
# portraits, 5 with spectacles: with 0.18–0.63 and 0.22–1.40, without below on one or the other.
_BRIDGE, _RIMS = 0.15, 0.20
_AROUND_EYES = (
    *(33, 133, 362, 263, 168, 6, 197, 195, 145, 374, 230, 450),
    *(120, 349, 117, 346, 105, 334, 9, 8),
)


def frames_hold(
    photo: Pixels, frame: FaceFrame, landmarks: Float, local: Float, cells: Float
) -> Float | None:
    """(rows, columns) 1 on a frame, fading to 0 beside it; None when the face wears none.

    `cells` (rows, columns, 2) are the grid's places in the face's frame, `photo` has one or three
    channels.
    """
    view = _frontal_view(photo, frame, landmarks, local)
    if not _wears_glasses(view):
        return None
    ridge = _ridges(view)
    cv2.fillPoly(
        ridge, [_grown(_to_view(local[list(e.upper + e.lower[::-1])]), 1.5) for e in EYES], 0
    )
    lines = _long_pieces(ridge, 0.30 * _SCALE)
    hold = cv2.dilate(lines, np.ones((5, 5), np.uint8)).astype(np.float32) / 255
    hold = np.minimum(cv2.GaussianBlur(hold, (0, 0), 0.025 * _SCALE) * 1.8, 1)
    free = np.zeros_like(view)  # lids move behind the lens
    cv2.fillPoly(
        free, [_grown(_to_view(local[list(e.upper + e.lower[::-1])]), 1.4) for e in EYES], 255
    )
    hold *= 1 - cv2.GaussianBlur(free.astype(np.float32) / 255, (0, 0), 0.02 * _SCALE)
    at = _to_view(cells.reshape(-1, 2)).reshape(cells.shape).astype(np.float32)
    return fetch_level(hold, at, beyond=0.0)


def _frontal_view(
    photo: Pixels, frame: FaceFrame, landmarks: Float, local: Float
) -> NDArray[np.uint8]:
    """The eye region as 8-bit grey, seen from the front; `_to_view` leads to its pixels."""
    points = list(_AROUND_EYES)
    known = np.c_[local[points, :2], np.ones(len(points), np.float32)]
    to_photo, *_ = np.linalg.lstsq(known, landmarks[points, :2], rcond=None)
    x = _LEFT + np.arange(round(_WIDTH * _SCALE), dtype=np.float32) / _SCALE
    y = _TOP + np.arange(round(_HEIGHT * _SCALE), dtype=np.float32) / _SCALE
    places = np.stack([*np.meshgrid(x, y), np.ones((len(y), len(x)), np.float32)], axis=-1)
    at = (places @ to_photo).astype(np.float32)
    left, top = np.floor(at.reshape(-1, 2).min(0)).astype(int) - 2
    right, bottom = np.ceil(at.reshape(-1, 2).max(0)).astype(int) + 3
    left, top = max(left, 0), max(top, 0)
    piece = photo[top : max(bottom, top + 1), left : max(right, left + 1)]
    if piece.size == 0:
        return np.zeros((len(y), len(x)), np.uint8)
    # What is finer than the view is averaged away; whole steps are many times as fast as a blur.
    blur = frame.eye_distance / _SCALE
    step = max(1, min(int(blur), *piece.shape[:2]))
    rows, columns = (side // step for side in piece.shape[:2])
    piece = piece[: rows * step, : columns * step]
    small = cv2.resize(piece, (columns, rows), interpolation=cv2.INTER_AREA)
    bright = small.reshape(rows, columns, -1).astype(np.float32).mean(axis=2)
    bright *= 255 / np.iinfo(photo.dtype).max
    if blur > 1.5:
        # The average of n pixels in a row has blurred by a variance of (n² − 1) / 12 already.
        variance = (0.4 * blur) ** 2 - (step**2 - 1) / 12
        bright = cv2.GaussianBlur(bright, (0, 0), variance**0.5 / step)
    corner = np.array((left, top), np.float32)
    at = (at - corner + np.float32(0.5)) / np.float32(step) - np.float32(0.5)
    view = cv2.remap(
        bright, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.clip(view, 0, 255).astype(np.uint8)


def _to_view(places: Float) -> Float:
    return (places[:, :2] - np.array((_LEFT, _TOP), np.float32)) * _SCALE


def _wears_glasses(view: NDArray[np.uint8]) -> bool:
    level = float(np.median(_block(view, (-0.4, 0.4), (0.2, 0.4)))) + 8
    bridge = _line_strength(_block(view, (-0.06, 0.06), (-0.12, 0.16))) / level
    rims = [
        _line_strength(_block(view, tuple(sorted((0.25 * s, 0.42 * s))), (0.08, 0.36))) / level
        for s in (-1, 1)
    ]
    return bridge > _BRIDGE and float(np.mean(rims)) > _RIMS


def _block(view: NDArray[Any], x: tuple[float, ...], y: tuple[float, ...]) -> NDArray[np.uint8]:
    columns = [int((v - _LEFT) * _SCALE) for v in x]
    rows = [int((v - _TOP) * _SCALE) for v in y]
    return view[rows[0] : rows[1], columns[0] : columns[1]]


def _line_strength(block: NDArray[Any]) -> float:
    """How sharply the brightness of whole rows bends somewhere: a line across gives a peak."""
    profile = np.median(block.astype(np.float32), axis=1)
    apart = int(0.02 * _SCALE)
    bend = profile[2 * apart :] - 2 * profile[apart:-apart] + profile[: -2 * apart]
    return float(np.abs(bend).max())


def _ridges(view: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """255 on lines darker or brighter than both their sides.

    A dark brow behind the upper rim counts as frame: a brow that stays is the lesser fault.
    """
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (13, 13))
    dark = cv2.morphologyEx(view, cv2.MORPH_BLACKHAT, disc)
    bright = cv2.morphologyEx(view, cv2.MORPH_TOPHAT, disc)
    strength = cv2.max(dark, bright)
    # As strong as the frame is where it surely runs; wrinkles and brows are mostly fainter.
    rims = [_block(strength, x, (0.08, 0.36)) for x in ((-0.42, -0.25), (0.25, 0.42))]
    sure = np.median([np.percentile(part, 95) for part in rims])
    return np.where(strength > max(12.0, 0.5 * float(sure)), 255, 0).astype(np.uint8)


def _long_pieces(mask: NDArray[np.uint8], length: float) -> NDArray[np.uint8]:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    long = [
        k
        for k in range(1, count)
        if max(stats[k, cv2.CC_STAT_WIDTH], stats[k, cv2.CC_STAT_HEIGHT]) > length
    ]
    return np.where(np.isin(labels, long), 255, 0).astype(np.uint8)


def _grown(polygon: Float, factor: float) -> NDArray[np.int32]:
    centre = polygon.mean(axis=0)
    return np.round(centre + (polygon - centre) * factor).astype(np.int32)
