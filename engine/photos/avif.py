"""AVIF files: decoded at their own depth, written with 8 bits or more."""

import io
import struct

import numpy as np
from numpy.typing import NDArray

from engine.photos.decoding import Decoded, damaged, truncated
from engine.photos.limits import MAX_METADATA_BYTES, MAX_PROFILE_BYTES, check_size
from engine.photos.photo import Pixels
from engine.photos.profiles import profile_bytes

MAX_SIDE = 65535
_QUALITY = 92
_SPEED = 8
_P3_PRIMARIES = 12


def read_avif(data: bytes) -> Decoded:
    """Decode an AVIF, or the first frame of an animated one; 10 and 12 bits become 16.

    Raises:
        Refusal: `truncated`, `damaged`, `too_large`.
    """
    from imagecodecs import avif_decode
    from PIL import Image

    check_boxes(data)
    bits, grey = _depth(data)
    with Image.open(io.BytesIO(data), formats=["AVIF"]) as image:
        width, height = image.size
        check_size(width, height, len(image.getbands()), 2 if bits > 8 else 1)
        info = dict(image.info)
        turn = image.getexif().get(0x0112, 1)
        frames = getattr(image, "n_frames", 1)
    pixels = avif_decode(data, index=0)
    pixels = pixels[..., None] if pixels.ndim == 2 else pixels
    if pixels.shape[:2] != (height, width):
        raise damaged("its header and its contents do not agree")
    if grey and pixels.shape[2] >= 3:
        pixels = np.ascontiguousarray(np.delete(pixels, (1, 2), axis=2))
    said = ("only the first picture of the animation was opened",) if frames > 1 else ()
    return Decoded(
        pixels=spread(pixels, bits),
        orientation=turn,
        icc=limited(info.get("icc_profile"), MAX_PROFILE_BYTES) or _named_profile(data),
        exif=_exif(info.get("exif")),
        xmp=limited(info.get("xmp"), MAX_METADATA_BYTES),
        lossless=False,
        bits=bits,
        warnings=said,
    )


def check_boxes(data: bytes) -> None:
    """Refuse a file whose outermost boxes do not end where it does.

    Raises:
        Refusal: `truncated` or `damaged`.
    """
    at = 0
    while at < len(data):
        if at + 8 > len(data):
            raise truncated()
        size = struct.unpack_from(">I", data, at)[0]
        if size == 1 and at + 16 <= len(data):
            size = struct.unpack_from(">Q", data, at + 8)[0]
        elif size == 0:
            return
        if size < 8:
            raise damaged("one of its parts has no length")
        at += size
    if at > len(data):
        raise truncated()


def spread(pixels: NDArray[np.uint8] | NDArray[np.uint16], bits: int) -> Pixels:
    """Values of 10 or 12 bits as 16, the highest to the highest; 8 bits as they are."""
    if pixels.dtype == np.uint8 or bits in (8, 16):
        return pixels
    # Repeating the upper bits below the lower ones is within half a step of v × 65535 ÷ top.
    return (pixels << np.uint16(16 - bits)) | (pixels >> np.uint16(2 * bits - 16))


def limited(value: bytes | None, limit: int) -> bytes | None:
    """The bytes, unless there are none or too many."""
    return bytes(value) if value and len(value) <= limit else None


def _exif(block: bytes | None) -> bytes | None:
    found = limited(block, MAX_METADATA_BYTES)
    return found.removeprefix(b"Exif\0\0") if found else None


def _depth(data: bytes) -> tuple[int, bool]:
    """Bits of a value and whether there is but brightness, from the codec's configuration."""
    at = data.find(b"av1C")
    if at < 0 or at + 7 > len(data):
        raise damaged("it does not say how it is coded")
    flags = data[at + 6]
    bits = (12 if flags & 0x20 else 10) if flags & 0x40 else 8
    return bits, bool(flags & 0x10)


def _named_profile(data: bytes) -> bytes | None:
    """The profile of primaries that are named by number (ITU-T H.273) and are not sRGB's."""
    at = data.find(b"colrnclx")
    if at < 0 or at + 10 > len(data):
        return None
    return named_profile(struct.unpack_from(">H", data, at + 8)[0])


def named_profile(primaries: int) -> bytes | None:
    """The profile that goes with a number of primaries; None for sRGB's and unusual ones."""
    return profile_bytes("display-p3") if primaries == _P3_PRIMARIES else None


def avif_parts(
    pixels: NDArray[np.uint8],
    *,
    quality: int = 0,
    icc: bytes | None = None,
    exif: bytes | None = None,
    xmp: bytes | None = None,
) -> list[bytes]:
    """An AVIF file of (height, width, 1, 3 or 4) pixels, without colour subsampling."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels).save(
        buffer,
        "AVIF",
        quality=quality or _QUALITY,
        subsampling="4:0:0" if pixels.shape[2] == 1 else "4:4:4",
        speed=_SPEED,
        max_threads=2,
        icc_profile=icc or b"",
        exif=b"Exif\0\0" + exif if exif else b"",
        xmp=xmp or b"",
    )
    return [buffer.getvalue()]
