"""Turning pixels upright, by the eight orientations of EXIF."""

from typing import Any

from engine.photos.photo import Pixels


def upright(pixels: Pixels, orientation: int) -> Pixels:
    """The picture as it is meant to be looked at; the same array for orientation 1.

    Args:
        pixels: (height, width, channels), as stored.
        orientation: 1 to 8; odd or even, each is a mirroring, a turn or both.
    """
    if orientation == 1:
        return pixels
    import cv2

    clockwise, around, counter = (
        cv2.ROTATE_90_CLOCKWISE,
        cv2.ROTATE_180,
        cv2.ROTATE_90_COUNTERCLOCKWISE,
    )
    turned: Any = {
        2: lambda: cv2.flip(pixels, 1),
        3: lambda: cv2.rotate(pixels, around),
        4: lambda: cv2.flip(pixels, 0),
        5: lambda: cv2.transpose(pixels),
        6: lambda: cv2.rotate(pixels, clockwise),
        7: lambda: cv2.rotate(cv2.transpose(pixels), around),
        8: lambda: cv2.rotate(pixels, counter),
    }[orientation]()
    return turned.reshape(*turned.shape[:2], pixels.shape[2])
