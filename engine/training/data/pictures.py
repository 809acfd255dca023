"""A file to the square that is trained on."""

from pathlib import Path

import numpy as np
from PIL import Image

from engine.photos import open_photo, to_srgb8
from engine.training.config import Resize
from engine.training.data.triplets import Picture


def open_picture(picture: Picture) -> Image.Image:
    """Upright 8-bit sRGB of three channels. Raises `PhotoError`."""
    photo = open_photo(Path(picture.path))
    return Image.fromarray(to_srgb8(photo.pixels, photo.icc))


def square(
    image: Image.Image,
    side: int,
    resize: Resize,
    box: tuple[float, float, float, float] | None = None,
) -> Image.Image:
    """The square of that side, cut as the published trainer cuts it.

    `crop` scales to cover and centres on the box sideways; downwards it leaves as much above the
    box as below, as far as the picture goes. `padding` scales to fit and reflects at the border.
    """
    if resize == "direct":
        return image.resize((side, side), Image.Resampling.LANCZOS)
    if resize == "padding":
        return _padded(image, side)
    width, height = image.size
    scale = max(side / width, side / height)
    wide, high = int(width * scale), int(height * scale)
    covering = image.resize((wide, high), Image.Resampling.LANCZOS)
    left, top = (wide - side) // 2, (high - side) / 2
    if box is not None:
        x1, y1, x2, y2 = (value * scale for value in box)
        left, top = (x1 + x2 - side) / 2, (y1 + y2 - side) / 2
    left = int(max(0, min(left, wide - side)))
    top = int(max(0, min(top, high - side)))
    return covering.crop((left, top, left + side, top + side))


def _padded(image: Image.Image, side: int) -> Image.Image:
    width, height = image.size
    scale = min(side / width, side / height)
    wide, high = max(2, int(width * scale)), max(2, int(height * scale))
    fitting = np.asarray(image.resize((wide, high), Image.Resampling.LANCZOS))
    left, top = (side - wide) // 2, (side - high) // 2
    around = ((top, side - high - top), (left, side - wide - left), (0, 0))
    return Image.fromarray(np.pad(fitting, around, mode="reflect"))
