"""Animated PNG: every frame kept, exact colours, only what changes stored."""

import struct
import zlib
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.photos import packed_rows
from engine.strips.changes import changed_window
from engine.strips.timing import rate

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def apng_parts(
    frames: Sequence[NDArray[np.uint8]], fps: float, endless: bool, xmp: bytes = b""
) -> Iterator[bytes]:
    """The pieces of an APNG with exactly these frames, (height, width, 3 or 4) each."""
    height, width, channels = frames[0].shape
    colour = 6 if channels == 4 else 2
    yield _SIGNATURE
    yield _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0))
    yield _chunk(b"sRGB", b"\0")
    if xmp:
        yield _chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp)
    yield _chunk(b"acTL", struct.pack(">II", len(frames), 0 if endless else 1))
    stay = 1 / rate(fps)
    number = 0
    before: NDArray[np.uint8] | None = None
    for frame in frames:
        window = changed_window(before, frame)
        place = (window.width, window.height, window.left, window.top)
        timing = (stay.numerator, stay.denominator)
        yield _chunk(b"fcTL", struct.pack(">IIIIIHHBB", number, *place, *timing, 0, 0))
        packed = packed_rows(window.of(frame))
        number += 1
        if before is None:
            yield _chunk(b"IDAT", packed)
        else:
            yield _chunk(b"fdAT", struct.pack(">I", number) + packed)
            number += 1
        before = frame
    yield _chunk(b"IEND", b"")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
