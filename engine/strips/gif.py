"""Animated GIFs: one palette, every frame kept, only what changes stored."""

import io
import struct
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.strips.changes import Window, changed_window
from engine.strips.palette import COLOURS, Palette
from engine.strips.timing import durations

MAX_FPS = 50.0
"""Browsers play anything quicker than 2/100 s at 10/100 s."""

# The packet stands in no blocks (XMP specification, part 3, 1.1.2). Whichever of its bytes a reader
# takes for a block's length, it ends up in this descending run and at the zero after it.
_XMP_TRAILER = b"\1" + bytes(range(255, -1, -1)) + b"\0"
_CLEAR = COLOURS
_KEEP, _TO_BACKGROUND = 1, 2


def gif_parts(
    frames: Sequence[NDArray[np.uint8]], fps: float, endless: bool, xmp: bytes = b""
) -> Iterator[bytes]:
    """The pieces of a GIF with exactly these frames, (height, width, 3 or 4) each.

    Alpha becomes one bit: below half is clear.
    """
    palette = Palette([frame[..., :3] for frame in frames])
    height, width = frames[0].shape[:2]
    table = np.zeros((256, 3), np.uint8)
    table[: len(palette.colours)] = palette.colours
    yield b"GIF89a" + struct.pack("<HHBBB", width, height, 0xF7, 0, 0) + table.tobytes()
    if endless:
        yield b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
    if xmp:
        yield b"\x21\xff\x0bXMP DataXMP" + xmp + _XMP_TRAILER
    clear = any(frame.shape[2] == 4 and bool((frame[..., 3] < 128).any()) for frame in frames)
    before: NDArray[np.uint8] | None = None
    for frame, delay in zip(frames, durations(len(frames), fps, 100), strict=True):
        indices = palette.indices(frame[..., :3])
        if clear:
            yield from _see_through_frame(indices, frame[..., 3] >= 128, delay)
            continue
        window = changed_window(before, indices)
        stored = window.of(indices).copy()
        if before is not None:
            stored[stored == window.of(before)] = _CLEAR
        yield from _frame(stored, window, delay, _KEEP)
        before = indices
    yield b"\x3b"


def _see_through_frame(
    indices: NDArray[np.uint8], solid: NDArray[np.bool_], delay: int
) -> Iterator[bytes]:
    height, width = indices.shape
    shown = np.where(solid, indices, np.uint8(_CLEAR))
    return _frame(shown, Window(0, 0, width, height), delay, _TO_BACKGROUND)


def _frame(
    indices: NDArray[np.uint8], window: Window, delay: int, disposal: int
) -> Iterator[bytes]:
    yield b"\x21\xf9\x04" + struct.pack("<BHBB", disposal << 2 | 1, delay, _CLEAR, 0)
    place = (window.left, window.top, window.width, window.height)
    yield b"\x2c" + struct.pack("<HHHHB", *place, 0)
    yield _compressed(indices)


def _compressed(indices: NDArray[np.uint8]) -> bytes:
    """The LZW code size and data blocks of (height, width) indices, by way of a still GIF."""
    from PIL import Image

    image = Image.fromarray(indices)  # grey: Pillow leaves a grey ramp's indices as they are
    buffer = io.BytesIO()
    image.save(buffer, "GIF", optimize=False, interlace=0)
    still = buffer.getvalue()
    at = 13 + (3 << ((still[10] & 7) + 1))
    while still[at] == 0x21:
        at += 2
        while still[at]:
            at += 1 + still[at]
        at += 1
    local = still[at + 9]
    start = at + 10 + (3 << ((local & 7) + 1) if local & 0x80 else 0)
    return still[start : still.rindex(b"\x3b")]
