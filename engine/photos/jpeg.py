"""JPEG files: their segments, and decoding that notices when part of the picture is missing."""

import re
import struct
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engine.photos import xmp as xmp_packets
from engine.photos.decoding import Decoded, damaged, truncated, unsupported
from engine.photos.limits import MAX_METADATA_BYTES, MAX_PROFILE_BYTES, check_size
from engine.photos.photo import JpegTables, Pixels

_MARKER_IN_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_MAX_SCANS = 200
_EXIF = b"Exif\0\0"
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_EXTENSION = b"http://ns.adobe.com/xmp/extension/\0"
_ICC = b"ICC_PROFILE\0"
_PHOTOSHOP = b"Photoshop 3.0\0"
# The natural (row by row) place of each value of a table in zigzag order (ITU T.81, figure A.6).
_ZIGZAG = (
    *(0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34),
    *(27, 20, 13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44),
    *(51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63),
)
_SUBSAMPLING = {(1, 1): 0, (2, 1): 1, (2, 2): 2}
# Stuffed bits that decode to something other than nothing, wherever the picture is missing.
_JUNK = bytes.fromhex("5ac3961e7b2df08469b4d21ca53ce187") * 4


@dataclass
class _Segments:
    """What stands in a JPEG's segments; `end` is where the EOI marker begins."""

    exif: bytes | None = None
    xmp: bytes | None = None
    extensions: dict[bytes, dict[int, bytes]] = field(default_factory=dict)
    extended_bytes: int = 0
    others: set[str] = field(default_factory=set)
    photoshop: bytearray = field(default_factory=bytearray)
    icc: dict[int, bytes] = field(default_factory=dict)
    jfif: tuple[int, int, int] | None = None
    tables: dict[int, list[int]] = field(default_factory=dict)
    frame: int = 0
    precision: int = 0
    width: int = 0
    height: int = 0
    components: list[tuple[int, int, int, int]] = field(default_factory=list)
    scans: list[tuple[tuple[int, ...], int, int, int]] = field(default_factory=list)
    end: int = 0


def read_jpeg(data: bytes) -> Decoded:
    """Decode a JPEG to uint8; CMYK becomes sRGB.

    Raises:
        Refusal: `truncated`, `damaged`, `unsupported`, `too_large`.
    """
    from imagecodecs import jpeg8_decode

    segments = _read_segments(data)
    _check_frame(segments)
    stored = data[: segments.end] + b"\xff\xd9"
    pixels = jpeg8_decode(stored)
    pixels = pixels[..., None] if pixels.ndim == 2 else pixels
    if pixels.shape != (segments.height, segments.width, len(segments.components)):
        raise damaged("its header and its contents do not agree")
    if _may_be_cut(segments, pixels) and _is_cut(data[: segments.end], pixels):
        raise truncated()
    return _described(segments, pixels)


def _described(segments: _Segments, pixels: NDArray[np.uint8]) -> Decoded:
    icc = _profile(segments.icc)
    warnings: tuple[str, ...] = ()
    colours: Pixels = pixels
    if pixels.shape[2] == 4:
        from engine.photos.colour import cmyk_to_rgb

        # Adobe's programs write CMYK upside down, and everybody reads it so.
        colours, icc, warnings = cmyk_to_rgb(np.bitwise_not(pixels, out=pixels), icc)
    photoshop = bytes(segments.photoshop)
    return Decoded(
        pixels=colours,
        icc=icc,
        exif=segments.exif,
        xmp=_whole_xmp(segments),
        iptc=iptc_of(photoshop) if photoshop else None,
        dpi=_dots_per_inch(segments.jfif),
        jpeg=_tables(segments) if pixels.shape[2] != 4 else None,
        lossless=False,
        warnings=warnings,
        left_out=tuple(sorted(segments.others)),
    )


def _read_segments(data: bytes) -> _Segments:
    segments = _Segments()
    at = 2
    while True:
        at = data.find(b"\xff", at)
        while at >= 0 and data[at + 1 : at + 2] == b"\xff":
            at += 1
        if at < 0 or at + 2 > len(data):
            raise truncated()
        marker = data[at + 1]
        if marker == 0xD9:
            segments.end = at
            break
        if marker in (0x00, 0x01) or 0xD0 <= marker <= 0xD8:
            at += 2
            continue
        if at + 4 > len(data):
            raise truncated()
        length = struct.unpack_from(">H", data, at + 2)[0]
        if at + 2 + length > len(data):
            raise truncated()
        if length < 2:
            raise damaged("a segment of it has no length")
        _read_segment(segments, marker, data[at + 4 : at + 2 + length])
        at += 2 + length
        if marker == 0xDA:
            found = _MARKER_IN_SCAN.search(data, at)
            if found is None:
                raise truncated()
            at = found.start()
    if not segments.scans:
        raise truncated() if segments.frame else damaged("it holds no picture")
    return segments


def _read_segment(segments: _Segments, marker: int, body: bytes) -> None:
    if marker == 0xDB:
        _read_tables(segments, body)
    elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
        _read_frame(segments, marker, body)
    elif marker == 0xDA:
        _read_scan(segments, body)
    elif marker == 0xE0 and body.startswith(b"JFIF\0") and len(body) >= 12:
        segments.jfif = struct.unpack_from(">BHH", body, 7)
    elif marker == 0xE1 and body.startswith(_EXIF) and segments.exif is None:
        segments.exif = body[len(_EXIF) :]
    elif marker == 0xE1 and body.startswith(_XMP) and segments.xmp is None:
        segments.xmp = body[len(_XMP) :]
    elif marker == 0xE1 and body.startswith(_EXTENSION) and len(body) > len(_EXTENSION) + 40:
        _read_extension(segments, body[len(_EXTENSION) :])
    elif marker == 0xE2 and body.startswith(_ICC) and len(body) > len(_ICC) + 2:
        segments.icc.setdefault(body[len(_ICC)], body[len(_ICC) + 2 :])
    elif (
        marker == 0xED
        and body.startswith(_PHOTOSHOP)
        and len(segments.photoshop) < MAX_METADATA_BYTES
    ):
        segments.photoshop += body[len(_PHOTOSHOP) :]
    elif marker == 0xFE:
        segments.others.add("the JPEG's comment")
    elif 0xE2 <= marker <= 0xEC and not body.startswith(b"MPF\0"):
        segments.others.add("the maker's own segments")


def _read_extension(segments: _Segments, body: bytes) -> None:
    """A piece of an XMP packet that is too long for one segment: number, length, offset, text."""
    if segments.extended_bytes < MAX_METADATA_BYTES:
        segments.extended_bytes += len(body)
        pieces = segments.extensions.setdefault(bytes(body[:32]), {})
        pieces[struct.unpack_from(">I", body, 36)[0]] = body[40:]


def _whole_xmp(segments: _Segments) -> bytes | None:
    """The packet with its continuation; notes in `others` when that cannot be put together."""
    xmp = segments.xmp
    number = xmp_packets.extension_id(xmp) if xmp else None
    if not xmp or not number:
        return xmp
    pieces = segments.extensions.get(number.encode(), {})
    continuation = bytearray()
    for offset in sorted(pieces):
        if offset == len(continuation):
            continuation += pieces[offset]
    joined = xmp_packets.joined(xmp, bytes(continuation))
    if joined is None:
        segments.others.add("the extended XMP")
        return xmp
    return joined


def _read_tables(segments: _Segments, body: bytes) -> None:
    at = 0
    while at < len(body):
        wide, number = body[at] >> 4, body[at] & 15
        size = 128 if wide else 64
        values = body[at + 1 : at + 1 + size]
        if len(values) < size:
            raise damaged("a quantization table of it is incomplete")
        zigzag = struct.unpack(f">64{'H' if wide else 'B'}", values)
        natural = [0] * 64
        for place, value in zip(_ZIGZAG, zigzag, strict=True):
            natural[place] = value
        segments.tables[number] = natural
        at += 1 + size


def _read_frame(segments: _Segments, marker: int, body: bytes) -> None:
    if segments.frame:
        raise damaged("it has two headers")
    if len(body) < 6 or len(body) < 6 + 3 * body[5]:
        raise damaged("its header is incomplete")
    segments.frame = marker
    segments.precision, segments.height, segments.width, count = struct.unpack_from(">BHHB", body)
    for at in range(6, 6 + 3 * count, 3):
        number, sampling, table = body[at : at + 3]
        segments.components.append((number, sampling >> 4, sampling & 15, table))


def _read_scan(segments: _Segments, body: bytes) -> None:
    count = body[0] if body else 0
    if not 1 <= count <= 4 or len(body) < 4 + 2 * count:
        raise damaged("a scan of it has an incomplete header")
    if len(segments.scans) >= _MAX_SCANS:
        raise damaged(f"it is cut into more than {_MAX_SCANS} scans")
    start, end, bits = body[1 + 2 * count : 4 + 2 * count]
    segments.scans.append((tuple(body[1 : 1 + 2 * count : 2]), start, end, bits & 15))


def _check_frame(segments: _Segments) -> None:
    if segments.frame not in (0xC0, 0xC1, 0xC2, 0xC9, 0xCA) or segments.precision != 8:
        kind = "lossless" if segments.frame in (0xC3, 0xC7, 0xCB, 0xCF) else "special"
        bits = segments.precision
        raise unsupported(f"it is a {kind} JPEG with {bits} bits, which cannot be read")
    if len(segments.components) not in (1, 3, 4):
        raise unsupported(f"it is a JPEG with {len(segments.components)} colour channels")
    check_size(segments.width, segments.height, len(segments.components), 1)
    if segments.frame in (0xC2, 0xCA) and not _scans_are_complete(segments):
        raise truncated()


def _scans_are_complete(segments: _Segments) -> bool:
    """Whether a progressive JPEG's scans bring every coefficient to its last bit."""
    missing = {number: set(range(64)) for number, *_ in segments.components}
    for numbers, start, end, low_bit in segments.scans:
        if low_bit == 0:
            for number in numbers:
                missing.get(number, set()).difference_update(range(start, end + 1))
    return not any(missing.values())


def _may_be_cut(segments: _Segments, pixels: NDArray[np.uint8]) -> bool:
    """Whether it is worth decoding a second time to find out.

    libjpeg fills what is missing of a one-scan picture with mid-grey and says nothing. In the last
    scan of a progressive one, missing data looks like nothing in particular.
    """
    if len(segments.scans) > 1:
        return True
    corner = pixels[-4:, -4:]
    return bool((corner == corner[-1, -1]).all() and np.abs(corner[-1, -1] - 127.5).max() < 2)


def _is_cut(data: bytes, pixels: NDArray[np.uint8]) -> bool:
    """Whether bits put behind the last scan's change the picture, which then lacked some."""
    from imagecodecs import jpeg8_decode

    again = jpeg8_decode(data + _JUNK + b"\xff\xd9")
    return not np.array_equal(again.reshape(pixels.shape), pixels)


def _profile(chunks: dict[int, bytes]) -> bytes | None:
    profile = b"".join(chunks[number] for number in sorted(chunks))
    return profile if 0 < len(profile) <= MAX_PROFILE_BYTES else None


def _dots_per_inch(jfif: tuple[int, int, int] | None) -> tuple[float, float] | None:
    if jfif is None or jfif[0] not in (1, 2) or not jfif[1] or not jfif[2]:
        return None
    scale = 1.0 if jfif[0] == 1 else 2.54
    return jfif[1] * scale, jfif[2] * scale


def _tables(segments: _Segments) -> JpegTables | None:
    """The tables in the order in which Pillow gives them to the components."""
    numbers: list[int] = []
    for _, _, _, table in segments.components:
        if table not in segments.tables:
            return None
        if table not in numbers:
            numbers.append(table)
    quantization = {place: segments.tables[number] for place, number in enumerate(numbers)}
    _, across, down, _ = segments.components[0]
    others = {(h, v) for _, h, v, _ in segments.components[1:]}
    plain = others <= {(1, 1)}
    return JpegTables(quantization, _SUBSAMPLING.get((across, down), 0) if plain else 0)


def iptc_of(photoshop: bytes) -> bytes | None:
    """The IPTC records in a block of Photoshop resources, whose other contents (thumbnails,
    paths, print settings) belong to the picture before the edit."""
    at = 0
    while photoshop[at : at + 4] == b"8BIM" and at + 12 <= len(photoshop):
        number = struct.unpack_from(">H", photoshop, at + 4)[0]
        name = 1 + photoshop[at + 6]
        at += 6 + name + name % 2
        if at + 4 > len(photoshop):
            return None
        size = struct.unpack_from(">I", photoshop, at)[0]
        if number == 0x0404:
            return photoshop[at + 4 : at + 4 + size] or None
        at += 4 + size + size % 2
    return None
