"""Animated WebP: every frame kept, only what changes stored."""

import io
import struct
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.strips.changes import Window, changed_window
from engine.strips.timing import durations

MAX_SIDE = 16383
"""Pixels, by the format's definition."""

_QUALITY = 90
_NO_BLENDING = 2
_ANIMATED, _HAS_XMP, _HAS_ALPHA = 0x02, 0x04, 0x10


def webp_parts(
    frames: Sequence[NDArray[np.uint8]], fps: float, endless: bool, xmp: bytes = b""
) -> Iterator[bytes]:
    """The pieces of an animated WebP with exactly these frames, (height, width, 3 or 4) each."""
    height, width, channels = frames[0].shape
    alpha = channels == 4
    flags = _ANIMATED | (_HAS_ALPHA if alpha else 0) | (_HAS_XMP if xmp else 0)
    body = [
        b"WEBP",
        _chunk(b"VP8X", bytes([flags, 0, 0, 0]) + _size(width, height)),
        _chunk(b"ANIM", b"\0\0\0\0" + struct.pack("<H", 0 if endless else 1)),
    ]
    before: NDArray[np.uint8] | None = None
    corner = b""
    for frame, delay in zip(frames, durations(len(frames), fps, 1000), strict=True):
        window = changed_window(before, frame, grid=2)
        if before is not None and np.array_equal(window.of(before), window.of(frame)):
            still = _encoded(_top_left_pixel(corner), lossless=True)
        else:
            still = _encoded(window.of(frame), lossless=False)
            corner = still if window.left == window.top == 0 else corner
        body.append(_chunk(b"ANMF", _place(window, delay) + _picture(still)))
        before = frame
    if xmp:
        body.append(_chunk(b"XMP ", xmp))
    yield b"RIFF" + struct.pack("<I", sum(map(len, body)))
    yield from body


def _place(window: Window, delay: int) -> bytes:
    corner = _three(window.left // 2) + _three(window.top // 2)
    return corner + _size(window.width, window.height) + _three(delay) + bytes([_NO_BLENDING])


def _encoded(pixels: NDArray[np.uint8], *, lossless: bool) -> bytes:
    """A still WebP."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(
        buffer, "WEBP", quality=_QUALITY, method=3, exact=True, lossless=lossless
    )
    return buffer.getvalue()


def _top_left_pixel(still: bytes) -> NDArray[np.uint8]:
    """(1, 1, channels): the corner as it is shown, which may differ a little from the frame's.

    A frame that changes nothing says this one pixel again.
    """
    from PIL import Image

    with Image.open(io.BytesIO(still)) as image:
        return np.asarray(image)[:1, :1]


def _picture(still: bytes) -> bytes:
    """The alpha and picture chunks of a still WebP."""
    at, chunks = 12, b""
    while at + 8 <= len(still):
        kind, length = struct.unpack_from("<4sI", still, at)
        end = at + 8 + length + length % 2
        if kind in (b"ALPH", b"VP8 ", b"VP8L"):
            chunks += still[at:end]
        at = end
    return chunks


def _chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def _size(width: int, height: int) -> bytes:
    return _three(width - 1) + _three(height - 1)


def _three(value: int) -> bytes:
    return value.to_bytes(3, "little")
