"""A photo made small enough for a screen, and its faces with it."""

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.faces.face import Box, Face


def scaled_down(
    pixels: NDArray[np.uint8], longest_px: int
) -> tuple[NDArray[np.uint8], float, float]:
    """The picture with its longer side at most `longest_px`, never enlarged; factors of x and y.

    `pixels` is (height, width, channels); so is what comes back.
    """
    height, width, channels = pixels.shape
    factor = longest_px / max(height, width)
    if factor >= 1:
        return pixels, 1.0, 1.0
    size = max(1, round(width * factor)), max(1, round(height * factor))
    small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    small = small.reshape(size[1], size[0], channels)
    return small, size[0] / width, size[1] / height


def scaled_face(face: Face, x: float, y: float) -> Face:
    """The same face in a photo whose width and height were multiplied by `x` and `y`."""
    if x == 1 and y == 1:
        return face
    # Pixel centres lie at whole numbers, so the middle of the first pixel moves too.
    landmarks = face.landmarks.copy()
    landmarks[:, 0] = (landmarks[:, 0] + 0.5) * x - 0.5
    landmarks[:, 1] = (landmarks[:, 1] + 0.5) * y - 0.5
    landmarks[:, 2] *= x
    box = Box(
        (face.box.x + 0.5) * x - 0.5,
        (face.box.y + 0.5) * y - 0.5,
        face.box.width * x,
        face.box.height * y,
    )
    return replace(face, box=box, landmarks=landmarks)
