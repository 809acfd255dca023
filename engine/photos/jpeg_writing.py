"""Writing JPEG files: the tables of the source where there are any, and its metadata."""

import io
import struct

import numpy as np
from numpy.typing import NDArray

from engine.photos import exif as exif_blocks
from engine.photos.photo import Photo

_QUALITY = 95
_LONGEST_BODY = 65533
_ICC_PIECE = _LONGEST_BODY - len(b"ICC_PROFILE\0") - 2
_XMP = b"http://ns.adobe.com/xap/1.0/\0"


def jpeg_parts(pixels: NDArray[np.uint8], photo: Photo) -> list[bytes]:
    """The pieces of a JPEG file of (height, width, 1 or 3) pixels."""
    picture = _compressed(pixels, photo)
    # The encoder's file begins with SOI and its JFIF segment; ours take the place after it.
    after_jfif = 4 + struct.unpack_from(">H", picture, 4)[0]
    return [picture[:after_jfif], *_metadata_segments(photo), picture[after_jfif:]]


def _compressed(pixels: NDArray[np.uint8], photo: Photo) -> bytes:
    from PIL import Image

    image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    buffer = io.BytesIO()
    density = tuple(min(max(round(value), 1), 65535) for value in photo.dpi) if photo.dpi else None
    dpi = {"dpi": density} if density else {}
    if photo.jpeg is not None:
        image.save(
            buffer,
            "JPEG",
            qtables=photo.jpeg.quantization,
            subsampling=photo.jpeg.subsampling,
            **dpi,
        )
    else:
        image.save(buffer, "JPEG", quality=_QUALITY, subsampling=0, **dpi)
    return buffer.getvalue()


def _metadata_segments(photo: Photo) -> list[bytes]:
    segments: list[bytes] = []
    exif = exif_blocks.fitted(photo.exif) if photo.exif else None
    if exif:
        segments.append(_segment(0xE1, b"Exif\0\0" + exif))
    if photo.xmp and len(_XMP) + len(photo.xmp) <= _LONGEST_BODY:
        segments.append(_segment(0xE1, _XMP + photo.xmp))
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


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body
