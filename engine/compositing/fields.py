"""Fields: float32 values over a picture, and how they are smoothed and filled in."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[Any]  # OpenCV's annotations promise no element type
"""(height, width) or (height, width, channels) float32."""

GREY = np.array([0.299, 0.587, 0.114], np.float32)
"""Rec. 601 luma weights of R, G and B."""

_COARSE = 2.5  # a blur wider than this is made on a smaller grid: same picture, a fraction of time


def luma(colours: Field) -> Field:
    """(height, width) of (height, width, 3)."""
    return cv2.transform(colours, GREY[None])


def largest(colours: Field) -> Field:
    """(height, width): the largest channel of (height, width, 3)."""
    red, green, blue = cv2.split(colours)
    return cv2.max(cv2.max(red, green), blue)


def smallest(colours: Field) -> Field:
    """(height, width): the smallest channel of (height, width, 3)."""
    red, green, blue = cv2.split(colours)
    return cv2.min(cv2.min(red, green), blue)


def smooth(field: Field, sigma: float) -> Field:
    """A Gaussian blur, its sigma in pixels; 0 leaves the field as it is."""
    if sigma <= 0:
        return field
    height, width = field.shape[:2]
    shrink = int(sigma / _COARSE)
    if shrink < 2 or min(height, width) < 8 * shrink:
        return cv2.GaussianBlur(field, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
    small = cv2.resize(
        field, (-(-width // shrink), -(-height // shrink)), interpolation=cv2.INTER_AREA
    )
    # Averaging squares and linear interpolation blur too: each a box, a triangle of that width.
    rest = max(sigma**2 / shrink**2 - 1 / 12 - 1 / 6, 0.25) ** 0.5
    small = cv2.GaussianBlur(small, (0, 0), rest, borderType=cv2.BORDER_REFLECT)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)


def fill_in(field: Field, weight: Field, sigma: float, pull: float = 1e-4) -> Field:
    """The field smoothed from where its weight is high into where it is low.

    Normalised convolution (Knutsson and Westin 1993).

    Args:
        field: (height, width) or (height, width, channels).
        weight: (height, width), 0 to 1.
        sigma: of the Gaussian, in pixels.
        pull: how much weight zero has everywhere; far from all weight the field goes to zero.
    """
    total = smooth(weight, sigma) + np.float32(pull)
    if field.ndim == 2:
        return smooth(field * weight, sigma) / total
    return smooth(field * weight[..., None], sigma) / total[..., None]


def ramp(value: Field, low: float, high: float) -> Field:
    """From 0 at `low` to 1 at `high` (which may be the smaller), with level ends."""
    t = np.clip((value - np.float32(low)) * np.float32(1 / (high - low)), 0, 1)
    return t * t * (3 - 2 * t)


def spread(values: NDArray[np.floating]) -> float:
    """A robust standard deviation of values about zero (median of sizes, as of a Gaussian)."""
    return float(1.4826 * np.median(np.abs(values))) if values.size else 0.0
