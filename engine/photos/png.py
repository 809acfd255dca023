"""PNG files: their chunks, decoding without touching what is not the picture, fast encoding."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.photos.decoding import Decoded, damaged, truncated
from engine.photos.errors import Refusal
from engine.photos.limits import MAX_METADATA_BYTES, MAX_PROFILE_BYTES, check_size
from engine.photos.photo import Pixels

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_XMP_KEYWORD = b"XML:com.adobe.xmp"
_CHANNELS = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_DEFLATE_RATIO = 1040
_SUB_FILTER = 1
_LEVEL = 1


@dataclass
class _Chunks:
    header: bytes = b""
    picture: list[bytes] = field(default_factory=list)
    data_bytes: int = 0
    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    dpi: tuple[float, float] | None = None
    transparent: bool = False
    text: bool = False
    warnings: list[str] = field(default_factory=list)


def read_png(data: bytes) -> Decoded:
    """Decode a PNG; palettes are expanded, fewer than 8 bits become 8, 16 bits stay.

    Raises:
        Refusal: `truncated`, `damaged`, `too_large`.
    """
    from imagecodecs import png_decode

    chunks = _read_chunks(data)
    # Only what makes the picture goes to the library: text and profiles can be bombs.
    pixels = png_decode(b"".join([SIGNATURE, *chunks.picture]))
    pixels = pixels[..., None] if pixels.ndim == 2 else pixels
    return Decoded(
        pixels=pixels,
        icc=chunks.icc,
        exif=chunks.exif,
        xmp=chunks.xmp,
        dpi=chunks.dpi,
        warnings=tuple(chunks.warnings),
        left_out=("the PNG's text",) if chunks.text else (),
    )


def _read_chunks(data: bytes) -> _Chunks:
    chunks = _Chunks()
    for kind, start, end in _chunk_places(data):
        body = data[start:end]
        if kind == b"IHDR":
            chunks.header = body
        elif not chunks.header:
            raise damaged("it has no header")
        if kind[:1].isupper() or kind == b"tRNS":
            if zlib.crc32(data[start - 4 : end]) != struct.unpack_from(">I", data, end)[0]:
                raise damaged("its checksums do not match its contents")
            chunks.picture.append(data[start - 8 : end + 4])
            chunks.data_bytes += len(body) if kind == b"IDAT" else 0
            chunks.transparent |= kind == b"tRNS"
        else:
            _read_extra(chunks, kind, body)
    _check_header(chunks)
    return chunks


def _chunk_places(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Every chunk's type and where its contents begin and end, up to and with IEND."""
    at = len(SIGNATURE)
    while True:
        if at + 12 > len(data):
            raise truncated()
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 8 + length
        if not kind.isalpha():
            raise damaged("one of its parts has no valid name")
        if end + 4 > len(data):
            raise truncated()
        yield kind, at + 8, end
        if kind == b"IEND":
            return
        at = end + 4


def _check_header(chunks: _Chunks) -> None:
    if len(chunks.header) != 13:
        raise damaged("its header is incomplete")
    width, height, depth, colour = struct.unpack_from(">IIBB", chunks.header)
    if depth not in _DEPTHS.get(colour, ()):
        raise damaged("its header names a kind of pixels that does not exist")
    channels = _CHANNELS[colour] + chunks.transparent
    check_size(width, height, channels, 2 if depth == 16 else 1)
    if not chunks.data_bytes:
        raise truncated()
    stored = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour] * depth * width * height // 8
    if stored > chunks.data_bytes * _DEFLATE_RATIO + 65536:
        raise truncated()


def _read_extra(chunks: _Chunks, kind: bytes, body: bytes) -> None:
    """Keep what is known of the ancillary chunks; a broken one is only worth a warning."""
    try:
        if kind == b"iCCP" and chunks.icc is None:
            name, _, packed = body.partition(b"\0")
            chunks.icc = _inflate(packed[1:], MAX_PROFILE_BYTES) if name else None
        elif kind == b"eXIf" and len(body) <= MAX_METADATA_BYTES:
            chunks.exif = body.removeprefix(b"Exif\0\0")
        elif kind == b"iTXt" and body.startswith(_XMP_KEYWORD + b"\0"):
            chunks.xmp = _international_text(body)
        elif kind in (b"tEXt", b"zTXt", b"iTXt"):
            chunks.text = True
        elif kind == b"pHYs" and len(body) == 9:
            across, down, unit = struct.unpack(">IIB", body)
            if unit == 1 and across and down:
                chunks.dpi = across * 0.0254, down * 0.0254
    except (zlib.error, Refusal):
        what = {b"iCCP": "colour profile", b"iTXt": "XMP"}.get(kind, "metadata")
        chunks.warnings.append(f"its {what} is damaged or too large and was left out")


def _international_text(body: bytes) -> bytes | None:
    compressed = body[len(_XMP_KEYWORD) + 1 : len(_XMP_KEYWORD) + 2] == b"\1"
    parts = body[len(_XMP_KEYWORD) + 3 :].split(b"\0", 2)
    if len(parts) < 3:
        return None
    text = _inflate(parts[2], MAX_METADATA_BYTES) if compressed else parts[2]
    return text if len(text) <= MAX_METADATA_BYTES else None


def _inflate(packed: bytes, limit: int) -> bytes:
    inflater = zlib.decompressobj()
    text = inflater.decompress(packed, limit)
    if inflater.unconsumed_tail or not inflater.eof:
        raise damaged("a part of it unpacks to more than it may")
    return text


def png_parts(
    pixels: Pixels,
    *,
    icc: bytes | None = None,
    exif: bytes | None = None,
    xmp: bytes | None = None,
    dpi: tuple[float, float] | None = None,
) -> list[bytes]:
    """The pieces of a PNG file, to be written one after the other.

    Every row has the same filter (difference to the left neighbour) and goes through libdeflate at
    its first level: three times as fast as libpng at its usual level, on photos about as small.
    """
    from imagecodecs import zlib_crc32

    def chunk(kind: bytes, body: bytes) -> list[bytes]:
        checksum = zlib_crc32(body, zlib.crc32(kind))
        return [struct.pack(">I", len(body)) + kind, body, struct.pack(">I", checksum)]

    height, width, channels = pixels.shape
    colour = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    depth = 8 * pixels.itemsize
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    parts = [SIGNATURE, *chunk(b"IHDR", header)]
    if icc:
        parts += chunk(b"iCCP", b"icc\0\0" + zlib.compress(icc))
    if dpi:
        across, down = (round(value / 0.0254) for value in dpi)
        parts += chunk(b"pHYs", struct.pack(">IIB", across, down, 1))
    if xmp:
        parts += chunk(b"iTXt", _XMP_KEYWORD + b"\0\0\0\0\0" + xmp)
    if exif:
        parts += chunk(b"eXIf", exif)
    return [*parts, *_picture_chunks(pixels), *chunk(b"IEND", b"")]


def _picture_chunks(pixels: Pixels) -> Iterator[bytes]:
    from imagecodecs import zlib_crc32

    packed = packed_rows(pixels)
    # A chunk may hold 2³¹ − 1 bytes; readers like them smaller.
    piece = 1 << 30
    for start in range(0, len(packed), piece):
        body = bytes(packed[start : start + piece])
        yield struct.pack(">I", len(body)) + b"IDAT"
        yield body
        yield struct.pack(">I", zlib_crc32(body, zlib.crc32(b"IDAT")))


def packed_rows(pixels: Pixels) -> bytes:
    """The filtered and compressed rows of (height, width, channels) pixels: the contents of a
    PNG's IDAT chunks, or of an animated one's fdAT."""
    from imagecodecs import deflate_encode

    rows: Any = _filtered(pixels)  # taken like any buffer, against what the stubs say
    return bytes(deflate_encode(rows, _LEVEL))


def _filtered(pixels: Pixels) -> NDArray[np.uint8]:
    """(height, 1 + row bytes): each row's filter number and its differences to the left."""
    height, width, channels = pixels.shape
    left = channels * pixels.itemsize
    big_endian = pixels.astype(">u2") if pixels.dtype == np.uint16 else pixels
    rows = np.ascontiguousarray(big_endian).view(np.uint8).reshape(height, width * left)
    filtered = np.empty((height, 1 + width * left), np.uint8)
    filtered[:, 0] = _SUB_FILTER
    filtered[:, 1 : 1 + left] = rows[:, :left]
    np.subtract(rows[:, left:], rows[:, :-left], out=filtered[:, 1 + left :])
    return filtered
