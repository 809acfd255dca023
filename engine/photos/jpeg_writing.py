"""Writing JPEG files: the tables of the source where there are any, and its metadata."""

import hashlib
import io
import struct
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engine.photos import exif as exif_blocks
from engine.photos import xmp as packets
from engine.photos.photo import Photo

_QUALITY = 95
_THUMBNAIL_QUALITY = 80
_LONGEST_BODY = 65533
_ICC_PIECE = _LONGEST_BODY - len(b"ICC_PROFILE\0") - 2
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_XMP_EXTENSION = b"http://ns.adobe.com/xmp/extension/\0"
_XMP_PIECE = 65000

THUMBNAIL_PX = 160
"""The longer side of the small picture in an EXIF block."""

XMP_LIMIT = _LONGEST_BODY - len(_XMP)
"""The longest XMP packet that one segment holds."""


def jpeg_parts(
    pixels: NDArray[np.uint8], photo: Photo, quality: int = 0, continuation: bytes | None = None
) -> list[bytes]:
    """The pieces of a JPEG file of (height, width, 1 or 3) pixels.

    Quality 0 is the photo's own; `continuation` is XMP that goes on beyond `photo.xmp`.
    """
    picture = _compressed(pixels, photo, quality)
    # The encoder's file begins with SOI and its JFIF segment; ours take the place after it.
    after_jfif = 4 + struct.unpack_from(">H", picture, 4)[0]
    if photo.exif and photo.thumbnail:
        small = _thumbnail(pixels)
        photo = replace(photo, exif=exif_blocks.with_thumbnail(photo.exif, small))
    metadata = _metadata_segments(photo, continuation)
    return [picture[:after_jfif], *metadata, picture[after_jfif:]]


def _compressed(pixels: NDArray[np.uint8], photo: Photo, quality: int) -> bytes:
    from PIL import Image

    image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    buffer = io.BytesIO()
    density = tuple(min(max(round(value), 1), 65535) for value in photo.dpi) if photo.dpi else None
    dpi = {"dpi": density} if density else {}
    if photo.jpeg is not None and not quality:
        image.save(
            buffer,
            "JPEG",
            qtables=photo.jpeg.quantization,
            subsampling=photo.jpeg.subsampling,
            **dpi,
        )
    else:
        subsampling = photo.jpeg.subsampling if photo.jpeg is not None else 0
        image.save(buffer, "JPEG", quality=quality or _QUALITY, subsampling=subsampling, **dpi)
    return buffer.getvalue()


def _thumbnail(pixels: NDArray[np.uint8]) -> bytes:
    """The picture as a small JPEG, in its own colour space."""
    from PIL import Image

    image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    factor = min(THUMBNAIL_PX / max(image.size), 1.0)
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    buffer = io.BytesIO()
    # Whole pixels are averaged first: 24 MP cost milliseconds.
    small = image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)
    small.convert("RGB").save(buffer, "JPEG", quality=_THUMBNAIL_QUALITY)
    return buffer.getvalue()


def _metadata_segments(photo: Photo, continuation: bytes | None) -> list[bytes]:
    segments: list[bytes] = []
    exif = exif_blocks.fitted(photo.exif) if photo.exif else None
    if exif:
        segments.append(_segment(0xE1, b"Exif\0\0" + exif))
    segments += _xmp_segments(photo.xmp, continuation)
    if photo.icc:
        pieces = [photo.icc[at : at + _ICC_PIECE] for at in range(0, len(photo.icc), _ICC_PIECE)]
        if len(pieces) <= 255:
            for number, piece in enumerate(pieces, 1):
                place = bytes([number, len(pieces)])
                segments.append(_segment(0xE2, b"ICC_PROFILE\0" + place + piece))
    if photo.iptc and len(photo.iptc) <= 65000:
        resource = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(photo.iptc)) + photo.iptc
        segments.append(
            _segment(0xED, b"Photoshop 3.0\0" + resource + b"\0" * (len(photo.iptc) % 2))
        )
    return segments


def _xmp_segments(xmp: bytes | None, continuation: bytes | None) -> list[bytes]:
    """The packet, and its continuation in pieces that its hash names (XMP, part 3, 1.1.3.1)."""
    pieces: list[bytes] = []
    if continuation:
        text = packets.unpadded(continuation)
        number = hashlib.md5(text, usedforsecurity=False).hexdigest().upper()
        noted = packets.with_values(xmp, packets.NOTE, "xmpNote", {"HasExtendedXMP": number})
        if noted is not None:
            xmp = noted
            pieces = [
                number.encode() + struct.pack(">II", len(text), at) + text[at : at + _XMP_PIECE]
                for at in range(0, len(text), _XMP_PIECE)
            ]
    fitting = fitted_xmp(xmp)
    main = [_segment(0xE1, _XMP + fitting)] if fitting else []
    return main + [_segment(0xE1, _XMP_EXTENSION + piece) for piece in pieces]


def fitted_xmp(xmp: bytes | None) -> bytes | None:
    """The packet if it fits into a segment, without its padding where that makes it fit."""
    if xmp and len(xmp) > XMP_LIMIT:
        xmp = packets.unpadded(xmp)
    return xmp if xmp and len(xmp) <= XMP_LIMIT else None


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body
