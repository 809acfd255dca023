"""Which part of a photo the model gets."""

import math
from dataclasses import dataclass

from PIL import Image

from engine.editors.base import Pixels
from engine.faces.face import Box
from engine.recipes.generative import GRID_PX, Resolution

CONTEXT = 2.1
"""Side of the crop over that of the face: the whole head, the jaw at its widest, some shoulder."""

_RISE = 0.06  # of the face: there is more head above the features than below
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
