"""Eight-bit RGB samples of a photo of any depth and channel count.

Coordinates have pixel centres at whole numbers: (0, 0) is the middle of the top left pixel.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[Any]
"""A photo: (H, W, C) or (H, W), uint8 or uint16; C is 1 (grey), 2 (grey + alpha), 3 (RGB) or
4 (RGBA)."""

_BACKDROP = 128  # What shows through transparent pixels; neither skin nor shadow.
_LONGEST_WARP_SIDE = 4096  # cv2 addresses warp sources with 16-bit signed coordinates.


class UnreadablePixelsError(ValueError):
    """An array that is no picture: wrong shape, wrong number type, or empty."""

    def __init__(self, pixels: Pixels) -> None:
        super().__init__(
            "a picture is (height, width, 1 to 4 channels) of uint8 or uint16, "
            f"not {pixels.shape} of {pixels.dtype}"
        )


@dataclass(frozen=True)
class Region:
    """A square in the photo, turned about its centre.

    Attributes:
        x, y: centre in photo pixels.
        size: side in photo pixels.
        angle: radians, clockwise as seen; the square's own x axis points along it.
    """

    x: float
    y: float
    size: float
    angle: float

    def to_photo(self, samples: int) -> NDArray[np.float64]:
        """Return the (2, 3) matrix from pixels of a `samples`-wide square to photo pixels."""
        step = self.size / samples
        cosine, sine = np.cos(self.angle) * step, np.sin(self.angle) * step
        turn = np.array([[cosine, -sine], [sine, cosine]])
        middle = np.full(2, (samples - 1) / 2)
        return np.column_stack([turn, np.array([self.x, self.y]) - turn @ middle])


def checked(pixels: Pixels) -> Pixels:
    """Return `pixels` as (H, W, C).

    Raises:
        UnreadablePixelsError: it is no picture.
    """
    shaped = pixels[:, :, None] if pixels.ndim == 2 else pixels
    readable = shaped.ndim == 3 and shaped.size > 0 and 1 <= shaped.shape[2] <= 4
    if not readable or shaped.dtype not in (np.uint8, np.uint16):
        raise UnreadablePixelsError(pixels)
    return shaped


def as_rgb8(pixels: Pixels) -> NDArray[np.uint8]:
    """Return (H, W, 3) uint8 RGB; transparent parts show a mid-grey backdrop."""
    eight = (pixels >> 8).astype(np.uint8) if pixels.dtype == np.uint16 else pixels
    channels = eight.shape[2]
    colour = eight[:, :, :1] if channels <= 2 else eight[:, :, :3]
    if channels in (2, 4):
        alpha = eight[:, :, -1:].astype(np.uint16)
        blend = colour * alpha + _BACKDROP * (255 - alpha)
        colour = ((blend + 127) // 255).astype(np.uint8)
    return np.ascontiguousarray(np.broadcast_to(colour, (*colour.shape[:2], 3)))


def shrunk(pixels: Pixels, scale: float) -> NDArray[np.uint8]:
    """Return RGB uint8 samples of the whole photo, `scale` times its size (1 px at the least)."""
    import cv2

    height, width = pixels.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    if size == (width, height):
        return as_rgb8(pixels)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    smaller = cv2.resize(_halved(pixels, size), size, interpolation=method)
    return as_rgb8(smaller[:, :, None] if smaller.ndim == 2 else smaller)


def _halved(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """Average 2 by 2 pixels as often as leaves more than `size`: whole steps are much faster.

    The last row or column is left out where there is an odd number: less than a pixel of `size`.
    """
    import cv2

    while pixels.shape[1] >= 2 * size[0] and pixels.shape[0] >= 2 * size[1]:
        half = (pixels.shape[1] // 2, pixels.shape[0] // 2)
        even = pixels[: 2 * half[1], : 2 * half[0]]
        halved = cv2.resize(even, half, interpolation=cv2.INTER_AREA)
        pixels = halved[:, :, None] if halved.ndim == 2 else halved
    return pixels


def sampled(pixels: Pixels, to_photo: NDArray[np.float64], samples: int) -> NDArray[np.uint8]:
    """Return (samples, samples, 3) uint8 RGB, read from the photo through a (2, 3) matrix.

    The area under the square is averaged down first when it is much larger than the result, so
    that a face of a thousand pixels does not alias. What lies beyond the photo repeats its border.
    """
    import cv2

    left, top, part = _under(pixels, to_photo, samples)
    step = float(np.hypot(to_photo[0, 0], to_photo[1, 0]))
    # Half as fine as the samples is enough to interpolate from without blur.
    factor = 1
    while 2 * factor <= step or max(part.shape[:2]) > factor * _LONGEST_WARP_SIDE:
        factor *= 2
    height, width = (max(1, side // factor) for side in part.shape[:2])
    part = part[: height * factor, : width * factor]
    across, down = part.shape[1] / width, part.shape[0] / height
    part = _halved(part, (width, height))
    if part.shape[:2] != (height, width):
        part = cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA)
        part = part[:, :, None] if part.ndim == 2 else part
    ratio = np.array([1 / across, 1 / down])
    matrix = to_photo * ratio[:, None]
    matrix[:, 2] = (to_photo[:, 2] - [left, top] + 0.5) * ratio - 0.5
    return cv2.warpAffine(
        as_rgb8(part),
        matrix,
        (samples, samples),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    ).astype(np.uint8, copy=False)


def placed(points: NDArray[np.floating], to_photo: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (N, 2) photo positions of (N, 2) points of a square through its (2, 3) matrix."""
    return points @ to_photo[:, :2].T + to_photo[:, 2]


def _under(pixels: Pixels, to_photo: NDArray[np.float64], samples: int) -> tuple[int, int, Pixels]:
    """Return left, top and the part of the photo that the square covers (1 px at the least)."""
    last = samples - 1
    corners = placed(np.array([[0, 0], [last, 0], [0, last], [last, last]], float), to_photo)
    height, width = pixels.shape[:2]
    margin = 2
    low = np.floor(corners.min(axis=0)) - margin
    high = np.ceil(corners.max(axis=0)) + margin + 1
    left, top = (int(np.clip(low[i], 0, (width, height)[i] - 1)) for i in range(2))
    right = int(np.clip(high[0], left + 1, width))
    bottom = int(np.clip(high[1], top + 1, height))
    return left, top, pixels[top:bottom, left:right]
