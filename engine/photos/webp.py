"""WebP files: their RIFF chunks, decoding and encoding."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.photos.decoding import Decoded, damaged, truncated
from engine.photos.limits import MAX_METADATA_BYTES, MAX_PROFILE_BYTES, check_size

MAX_SIDE = 16383
"""Pixels, by the format's definition."""

_QUALITY = 95


@dataclass
class _Chunks:
    canvas: tuple[int, int] | None = None
    image: tuple[bytes, int, int] | None = None
    animated: bool = False
    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None


def read_webp(data: bytes) -> Decoded:
    """Decode a WebP, or the first frame of an animated one.

    Raises:
        Refusal: `truncated`, `damaged`, `too_large`.
    """
    from imagecodecs import webp_decode

    chunks = _read_chunks(data)
    if chunks.image is None:
        raise damaged("it holds no picture")
    kind, start, _ = chunks.image
    width, height = chunks.canvas or _dimensions(kind, data[start : start + 10])
    check_size(width, height, 4, 1)
    inner = _dimensions(kind, data[start : start + 10])
    if not chunks.animated and inner != (width, height):
        raise damaged("its header and its contents do not agree")
    check_size(*inner, 4, 1)
    size = struct.unpack_from("<I", data, 4)[0] + 8
    pixels = webp_decode(data[:size], index=0)
    warnings = ("only the first picture of the animation was opened",) if chunks.animated else ()
    return Decoded(
        pixels=pixels[..., None] if pixels.ndim == 2 else pixels,
        icc=chunks.icc,
        exif=chunks.exif,
        xmp=chunks.xmp,
        lossless=kind == b"VP8L",
        warnings=warnings,
    )


def _read_chunks(data: bytes) -> _Chunks:
    if len(data) < 20:
        raise truncated()
    end = struct.unpack_from("<I", data, 4)[0] + 8
    if end > len(data):
        raise truncated()
    chunks = _Chunks()
    for kind, start, stop in _chunk_places(data, 12, end):
        _read_chunk(chunks, data, kind, start, stop)
    return chunks


def _chunk_places(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    while at + 8 <= end:
        kind, length = struct.unpack_from("<4sI", data, at)
        if at + 8 + length > end:
            raise truncated()
        yield kind, at + 8, at + 8 + length
        at += 8 + length + length % 2


def _read_chunk(chunks: _Chunks, data: bytes, kind: bytes, start: int, stop: int) -> None:
    if kind == b"VP8X" and stop - start >= 10:
        chunks.canvas = _three_bytes(data, start + 4) + 1, _three_bytes(data, start + 7) + 1
        chunks.animated = bool(data[start] & 2)
    elif kind in (b"VP8 ", b"VP8L") and chunks.image is None:
        chunks.image = (kind, start, stop)
    elif kind == b"ANMF" and chunks.image is None:
        for inner, inner_start, inner_stop in _chunk_places(data, start + 16, stop):
            if inner in (b"VP8 ", b"VP8L"):
                chunks.image = (inner, inner_start, inner_stop)
                break
    elif kind == b"ICCP" and 0 < stop - start <= MAX_PROFILE_BYTES:
        chunks.icc = data[start:stop]
    elif kind == b"EXIF" and 0 < stop - start <= MAX_METADATA_BYTES:
        chunks.exif = data[start:stop].removeprefix(b"Exif\0\0")
    elif kind == b"XMP " and 0 < stop - start <= MAX_METADATA_BYTES:
        chunks.xmp = data[start:stop]


def _dimensions(kind: bytes, head: bytes) -> tuple[int, int]:
    """Width and height from the first ten bytes of a lossy or lossless picture."""
    if len(head) < 10:
        raise truncated()
    if kind == b"VP8L":
        if head[0] != 0x2F:
            raise damaged("its picture has no valid header")
        bits = struct.unpack_from("<I", head, 1)[0]
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if head[3:6] != b"\x9d\x01\x2a":
        raise damaged("its picture has no valid header")
    width, height = struct.unpack_from("<HH", head, 6)
    return width & 0x3FFF, height & 0x3FFF


def _three_bytes(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 3], "little")


def webp_parts(
    pixels: NDArray[np.uint8],
    *,
    lossless: bool,
    quality: int = 0,
    icc: bytes | None = None,
    exif: bytes | None = None,
    xmp: bytes | None = None,
) -> list[bytes]:
    """A WebP file of (height, width, 3 or 4) pixels; grey must have been spread to three."""
    import io

    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(
        buffer,
        "WEBP",
        lossless=lossless,
        # For lossless this is effort, and the least effort is nearly as small on photos.
        quality=0 if lossless else quality or _QUALITY,
        method=1 if lossless else 4,
        exact=True,
        icc_profile=icc or b"",
        exif=b"Exif\0\0" + exif if exif else b"",
        xmp=xmp or b"",
    )
    return [buffer.getvalue()]
