"""Which part of a photo the model gets, and how what it gives back lies in the photo."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.editors.base import FaceImage, Pixels
from engine.faces.face import Box
from engine.recipes.generative import GRID_PX, Resolution

CONTEXT = 2.1
"""Side of the crop over that of the face: the whole head, the jaw at its widest, some shoulder."""

_RISE = 0.06  # of the face: there is more head above the features than below
_FEATHER = 0.09  # of the crop's shorter side
_NEARLY_SQUARE = 1.04


@dataclass(frozen=True)
class Crop:
    """A rectangle of the photo and the sizes that the model works in, all of the same aspect.

    Attributes:
        left, top, width, height: in pixels of the photo.
        output: width and height in pixels that the model renders.
        reference: width and height in pixels that the transformer sees.
    """

    left: int
    top: int
    width: int
    height: int
    output: tuple[int, int]
    reference: tuple[int, int]

    def part(self, photo: Pixels) -> Pixels:
        """The crop's own pixels."""
        return photo[self.top : self.top + self.height, self.left : self.left + self.width]


def crop_around(box: Box, photo_size: tuple[int, int], resolution: Resolution) -> Crop:
    """A crop with context around a face, moved inside the photo and never stretched.

    A square where the photo has room for one. Where it has not, the output takes the crop's
    aspect, in whole steps of the model's grid, and the crop is trimmed to exactly that.

    Args:
        box: the face, in pixels of the photo.
        photo_size: width and height.
        resolution: sides of squares of the same area.
    """
    photo_width, photo_height = photo_size
    side = CONTEXT * max(box.width, box.height)
    width, height = min(side, photo_width), min(side, photo_height)
    # The smaller of the two has the coarser grid, and both must have the aspect.
    coarser = min(resolution.output_px, resolution.reference_px)
    across, down = _ratio(width / height, coarser)
    step = max(1, math.floor(min(width / across, height / down)))
    width, height = step * across, step * down
    middle_x = box.x + box.width / 2
    middle_y = box.y + box.height / 2 - _RISE * box.height
    left = round(min(max(middle_x - width / 2, 0), photo_width - width))
    top = round(min(max(middle_y - height / 2, 0), photo_height - height))
    output = _nearest((across, down), resolution.output_px)
    reference = _nearest((across, down), resolution.reference_px)
    return Crop(left, top, width, height, output, reference)


def _ratio(aspect: float, side_px: int) -> tuple[int, int]:
    """The aspect as a fraction of whole steps of the grid, lowest terms."""
    if 1 / _NEARLY_SQUARE < aspect < _NEARLY_SQUARE:
        return 1, 1
    steps = side_px / GRID_PX
    across = max(1, round(steps * math.sqrt(aspect)))
    down = max(1, round(steps / math.sqrt(aspect)))
    common = math.gcd(across, down)
    return across // common, down // common


def _nearest(ratio: tuple[int, int], side_px: int) -> tuple[int, int]:
    """Width and height on the grid, exactly of the ratio, of about a square's area of that side."""
    across, down = ratio
    times = max(1, round(side_px / GRID_PX / math.sqrt(across * down)))
    return times * across * GRID_PX, times * down * GRID_PX


def to_picture(pixels: Pixels, size: tuple[int, int]) -> Image.Image:
    """A part of a photo, of 8 or 16 bits and 1 to 4 channels, as RGB of that size."""
    deep = pixels.dtype == np.uint16
    eight = ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8) if deep else pixels
    colour = eight[..., :3] if eight.shape[2] >= 3 else np.repeat(eight[..., :1], 3, axis=2)
    picture = Image.fromarray(np.ascontiguousarray(colour))
    return picture.resize(size, Image.Resampling.LANCZOS)


def lay_back(edited: NDArray[np.uint8], crop: Crop, photo: Pixels) -> FaceImage:
    """The photo's rectangle with the edited picture, faded into the photo towards its edges.

    Args:
        edited: (height, width, 3) of the crop's aspect.
        photo: whole; never written to.
    """
    original = crop.part(photo)
    size = (crop.width, crop.height)
    way = cv2.INTER_CUBIC if crop.width > edited.shape[1] else cv2.INTER_AREA
    fitted = np.asarray(cv2.resize(edited, size, interpolation=way), np.float32)
    scale = 257.0 if photo.dtype == np.uint16 else 1.0
    channels = photo.shape[2]
    colour = fitted if channels >= 3 else fitted @ np.array([[0.299], [0.587], [0.114]], np.float32)
    result = original.copy()
    many = colour.shape[2]
    mask = _fade(crop, (photo.shape[1], photo.shape[0]))[..., None]
    mixed = original[..., :many] * (1 - mask) + colour * scale * mask
    limit = np.iinfo(photo.dtype).max
    result[..., :many] = np.clip(np.rint(mixed), 0, limit).astype(photo.dtype)
    return FaceImage(crop.left, crop.top, result)


def _fade(crop: Crop, photo_size: tuple[int, int]) -> NDArray[np.float32]:
    """(height, width) from 0 at the crop's edges to 1; an edge of the photo itself is no seam."""
    band = max(1.0, _FEATHER * min(crop.width, crop.height))

    def ramp(length: int, at_start: bool, at_end: bool) -> NDArray[np.float32]:
        place = np.arange(length, dtype=np.float32)
        start = place / band if at_start else np.full(length, 1.0, np.float32)
        end = (length - 1 - place) / band if at_end else np.full(length, 1.0, np.float32)
        t = np.clip(np.minimum(start, end), 0, 1)
        return t * t * (3 - 2 * t)

    across = ramp(crop.width, crop.left > 0, crop.left + crop.width < photo_size[0])
    down = ramp(crop.height, crop.top > 0, crop.top + crop.height < photo_size[1])
    return np.outer(down, across).astype(np.float32)


def official_square(picture: Image.Image, side: int = 512) -> Image.Image:
    """The middle of a picture that is scaled to cover a square, as the published script does it.

    Whole pixels by truncation, LANCZOS, and the crop's corner truncated.
    """
    width, height = picture.size
    scale = max(side / width, side / height)
    wide, high = int(width * scale), int(height * scale)
    left, top = (wide - side) // 2, int((high - side) * 0.5)
    covering = picture.resize((wide, high), Image.Resampling.LANCZOS)
    return covering.crop((left, top, left + side, top + side))
