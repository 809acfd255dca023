"""Photos made small, for lists."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.photos import glance_at, to_srgb8


def make_thumbnail(source: Path, longest_px: int) -> NDArray[np.uint8]:
    """The upright photo as (height, width, 3) sRGB, its longer side at most `longest_px`.

    It is never enlarged; of RAW files it is what the camera has made of them. Raises `PhotoError`.
    """
    photo = glance_at(source).photo
    height, width, channels = photo.pixels.shape
    factor = min(longest_px / max(height, width), 1.0)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    # Made small first: converting the colours of all pixels would take ten times as long.
    small: Any = cv2.resize(photo.pixels, size, interpolation=cv2.INTER_AREA)
    return to_srgb8(small.reshape(size[1], size[0], channels), photo.icc)
