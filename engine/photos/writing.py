"""Writing an edited photo: the metadata, depth and compression that it came with, atomically."""

import os
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.photos import exif as exif_blocks
from engine.photos.colour import to_8_bit
from engine.photos.errors import PhotoError, Refusal, WriteError
from engine.photos.files import read_file, write_atomically
from engine.photos.formats import WRITABLE, written_format
from engine.photos.jpeg_writing import jpeg_parts
from engine.photos.photo import Photo, Pixels
from engine.photos.png import png_parts
from engine.photos.tiff import tiff_parts
from engine.photos.webp import MAX_SIDE as WEBP_MAX_SIDE
from engine.photos.webp import webp_parts

Format = Literal["source", "png", "jpeg", "tiff", "webp"]
_JPEG_MAX_SIDE = 65500


def format_to_write(photo: Photo, format: Format = "source") -> str:
    """The format that `write_photo` will write: `png`, `jpeg`, `tiff` or `webp`."""
    return written_format(photo.format) if format == "source" else format


def losses(photo: Photo, format: Format = "source") -> tuple[str, ...]:
    """What the format cannot hold of the photo, as sentences' clauses; empty when it holds all."""
    written = format_to_write(photo, format)
    lost: list[str] = []
    if written in ("jpeg", "webp") and photo.pixels.dtype == np.uint16:
        lost.append("the 16-bit values are rounded to 8 bits")
    if written == "jpeg" and photo.pixels.shape[2] in (2, 4):
        lost.append("JPEG has no transparency, so the photo is laid over white")
    if written == "jpeg" and photo.exif and len(photo.exif) > exif_blocks.JPEG_LIMIT:
        lost.append("the EXIF metadata are too long for JPEG, so its largest parts are left out")
    if written == "jpeg" and photo.xmp and len(photo.xmp) > 65000:
        lost.append("the XMP metadata are too long for JPEG and are left out")
    if written in ("png", "webp") and photo.iptc:
        lost.append(f"the IPTC records have no place in {written.upper()} and are left out")
    return tuple(lost)


def write_photo(photo: Photo, pixels: Pixels, target: Path, format: Format = "source") -> Path:
    """Write the edited pixels as the photo came: profile, metadata, depth, alpha, compression.

    Args:
        photo: the photo that was opened.
        pixels: the edited picture, of the photo's shape and type, upright.
        target: the file to write; an existing one is replaced at once when all is on the disk.
        format: `source` for the photo's own format (GIF and BMP become PNG), or another.
            JPEG to JPEG keeps the quantization tables and the subsampling; other formats become
            quality 95 without subsampling. WebP is lossless when the photo's file was.

    Returns:
        The target. What the format could not hold is told by `losses`.

    Raises:
        WriteError: nothing was written, and a file that was there before is still there.
    """
    target = Path(target)
    if pixels.shape != photo.pixels.shape or pixels.dtype != photo.pixels.dtype:
        raise ValueError(f"pixels {pixels.shape} {pixels.dtype} are not the photo's")
    check_not_source(photo, target)
    try:
        parts = encoded(photo, pixels, format)
    except Refusal as refusal:
        raise WriteError(target, refusal.reason, refusal.remedy, code=refusal.code) from refusal
    except MemoryError as error:
        raise WriteError(
            target, "there is not enough memory", "close other programs", code="failed"
        ) from error
    write_atomically(target, parts)
    return target


def copy_photo(photo: Photo, target: Path) -> Path:
    """Write the photo's own bytes to another place, for when nothing was changed.

    Raises:
        WriteError: also with `source_changed`, when the source can no longer be read.
    """
    target = Path(target)
    check_not_source(photo, target)
    try:
        data = read_file(photo.path)
    except PhotoError as error:
        raise WriteError(
            target,
            f"its source is gone ({error.reason})",
            "put the photo back and try again",
            code="source_changed",
        ) from error
    write_atomically(target, [data])
    return target


def check_not_source(photo: Photo, target: Path) -> None:
    """Refuse to write onto the photo itself, under whichever name.

    Raises:
        WriteError: `is_source`.
    """
    try:
        same = os.path.samefile(photo.path, target)
    except (OSError, ValueError):
        same = os.path.abspath(photo.path) == os.path.abspath(target)
    if same:
        raise WriteError(
            target,
            "it is the original photo, which is never overwritten",
            "choose another name or folder",
            code="is_source",
        )


def encoded(photo: Photo, pixels: Pixels, format: Format = "source") -> list[bytes]:
    """The pieces of the file that `write_photo` writes.

    Raises:
        Refusal: `too_large` or `unsupported`.
    """
    written = format_to_write(photo, format)
    if written == "png":
        return png_parts(pixels, icc=photo.icc, exif=photo.exif, xmp=photo.xmp, dpi=photo.dpi)
    if written == "tiff":
        return tiff_parts(
            pixels,
            compression=photo.compression or "deflate",
            icc=photo.icc,
            exif=photo.exif,
            xmp=photo.xmp,
            iptc=photo.iptc,
            dpi=photo.dpi,
        )
    if written == "jpeg":
        _check_side(pixels, _JPEG_MAX_SIDE, "JPEG")
        return jpeg_parts(_over_white(to_8_bit(pixels)), photo)
    if written == "webp":
        _check_side(pixels, WEBP_MAX_SIDE, "WebP")
        lossless = photo.lossless and photo.pixels.dtype == np.uint8
        return webp_parts(
            _in_colour(to_8_bit(pixels)),
            lossless=lossless,
            icc=photo.icc,
            exif=photo.exif,
            xmp=photo.xmp,
        )
    raise Refusal(
        "unsupported",
        f"{written!r} is not a format that can be written",
        f"choose one of {', '.join(WRITABLE)}",
    )


def _check_side(pixels: Pixels, limit: int, name: str) -> None:
    longest = max(pixels.shape[:2])
    if longest > limit:
        raise Refusal(
            "too_large",
            f"it is {longest} pixels long, and a {name} can have {limit}",
            "write it as PNG or TIFF",
        )


def _over_white(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture without alpha, laid over white in its own colour space."""
    if pixels.shape[2] in (1, 3):
        return pixels
    flat = np.empty((*pixels.shape[:2], pixels.shape[2] - 1), np.uint8)
    for top in range(0, pixels.shape[0], 512):
        band = pixels[top : top + 512].astype(np.uint16)
        alpha = band[..., -1:]
        flat[top : top + 512] = (band[..., :-1] * alpha + 255 * (255 - alpha) + 127) // 255
    return flat


def _in_colour(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Three or four channels: WebP knows no grey."""
    if pixels.shape[2] in (3, 4):
        return pixels
    grey = np.broadcast_to(pixels[..., :1], (*pixels.shape[:2], 3))
    return np.concatenate([grey, pixels[..., 1:]], axis=2)
