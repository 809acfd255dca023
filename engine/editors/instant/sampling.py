"""Fetching picture values from fractional places."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.editors.base import Pixels

Float = NDArray[np.floating[Any]]


def fetch(photo: Pixels, places: Float, *, cubic: bool = False) -> Pixels:
    """Values (height, width, channels) of a photo at `places` (height, width, 2), x and y.

    Beyond the border the photo goes on mirrored. A whole-numbered place gives its pixel exactly.
    """
    values = cv2.remap(
        photo,
        places.astype(np.float32, copy=False),
        None,  # type: ignore[arg-type]  # the stubs do not know that one map may hold x and y
        cv2.INTER_CUBIC if cubic else cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT,
    )
    return values.reshape(*places.shape[:2], photo.shape[2])


def fetch_level(field: Float, places: Float, beyond: float) -> Float:
    """Values (height, width) of a field (rows, columns) at places (height, width, 2); `beyond` its
    border that number."""
    return cv2.remap(
        field.astype(np.float32, copy=False),
        places.astype(np.float32, copy=False),
        None,  # type: ignore[arg-type]
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=beyond,
    )


def resized(field: Float, size: tuple[int, int]) -> Float:
    """A field (rows, columns) or (rows, columns, k) at another width and height, bilinear."""
    if (field.shape[1], field.shape[0]) == size:
        return field
    values = cv2.resize(field, size, interpolation=cv2.INTER_LINEAR).astype(np.float32, copy=False)
    return values.reshape(size[1], size[0], *field.shape[2:])
