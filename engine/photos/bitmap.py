"""GIF and BMP files: old, simple, read only."""

import io
import struct
import warnings

import numpy as np

from engine.photos.decoding import Decoded, damaged, truncated
from engine.photos.limits import check_size


def read_gif(data: bytes) -> Decoded:
    """Decode a GIF's first frame.

    Raises:
        Refusal: `truncated`, `damaged`, `too_large`.
    """
    if len(data) < 13:
        raise truncated()
    width, height = struct.unpack_from("<HH", data, 6)
    check_size(width, height, 4, 1)
    frames = _whole_gif_frames(data, width, height)
    more = ("only the first picture of the animation was opened",) if frames > 1 else ()
    return Decoded(pixels=_through_pillow(data, "GIF"), warnings=more)


def _whole_gif_frames(data: bytes, width: int, height: int) -> int:
    """How many frames there are, at most 2; refuses when the first does not end."""
    at = 13 + (3 << ((data[10] & 7) + 1) if data[10] & 0x80 else 0)
    frames = 0
    while frames < 2:
        if at >= len(data):
            break
        block = data[at]
        if block == 0x21:
            at = _after_blocks(data, at + 2)
        elif block == 0x2C:
            if at + 10 > len(data):
                break
            left, top, across, down, flags = struct.unpack_from("<HHHHB", data, at + 1)
            if not frames and (left + across > width or top + down > height):
                # Pillow enlarges the canvas for such a frame.
                check_size(left + across, top + down, 4, 1)
            at += 10 + (3 << ((flags & 7) + 1) if flags & 0x80 else 0)
            after = _after_blocks(data, at + 1)
            if after > len(data):
                break
            at = after
            frames += 1
        else:
            break
    if not frames:
        raise truncated()
    return frames


def _after_blocks(data: bytes, at: int) -> int:
    """Where a chain of length-prefixed blocks ends; beyond the data when it does not."""
    while at < len(data):
        length = data[at]
        at += 1 + length
        if not length:
            return at
    return len(data) + 1


def read_bmp(data: bytes) -> Decoded:
    """Decode a BMP.

    Raises:
        Refusal: `truncated`, `damaged`, `too_large`.
    """
    if len(data) < 26:
        raise truncated()
    header = struct.unpack_from("<I", data, 14)[0]
    if header == 12:
        width, height = struct.unpack_from("<HH", data, 18)
    elif header >= 40:
        width, height = struct.unpack_from("<ii", data, 18)
    else:
        raise damaged("its header has an unknown length")
    check_size(abs(width), abs(height), 4, 1)
    return Decoded(pixels=_through_pillow(data, "BMP"))


def _through_pillow(data: bytes, name: str) -> np.ndarray:
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(data), formats=[name]) as image:
                plain = image.convert(_plain_mode(image))
                pixels = np.array(plain)
        except OSError as error:
            if "truncated" in str(error):
                raise truncated() from error
            raise
    return pixels[..., None] if pixels.ndim == 2 else pixels


def _plain_mode(image) -> str:
    if image.mode in ("1", "L"):
        return "LA" if "transparency" in image.info else "L"
    if image.mode in ("LA", "RGBA") or "transparency" in image.info:
        return "RGBA"
    return "RGB"
