"""Writing an edited photo: the metadata, depth and compression that it came with, atomically."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.photos import exif as exif_blocks
from engine.photos import xmp as packets
from engine.photos.avif import MAX_SIDE as AVIF_MAX_SIDE
from engine.photos.avif import avif_parts
from engine.photos.colour import in_profile, to_8_bit, to_16_bit
from engine.photos.errors import PhotoError, Refusal, WriteError
from engine.photos.exiftool import REMEDY, ExifToolError, copy_metadata, exiftool
from engine.photos.files import read_file, temporary_beside, write_atomically, write_parts
from engine.photos.formats import WRITABLE, written_format
from engine.photos.heic import heic_parts
from engine.photos.jpeg_writing import fitted_xmp, jpeg_parts
from engine.photos.photo import Photo, Pixels
from engine.photos.png import png_parts
from engine.photos.provenance import Provenance, packet
from engine.photos.signing import read_signature, sign
from engine.photos.tiff import tiff_parts
from engine.photos.webp import MAX_SIDE as WEBP_MAX_SIDE
from engine.photos.webp import webp_parts
from engine.recipes import AS_IT_CAME, Export, OutputFormat

Format = OutputFormat
_JPEG_MAX_SIDE = 65500
_EIGHT_BITS = ("jpeg", "webp", "avif")


def format_to_write(photo: Photo, format: Format = "source") -> str:
    """The format that `write_photo` will write, one of `WRITABLE`."""
    return written_format(photo.format if format == "source" else format)


def losses(photo: Photo, format: Format = "source", export: Export = AS_IT_CAME) -> tuple[str, ...]:
    """What the format cannot hold of the photo, as sentences' clauses; empty when it holds all."""
    written = format_to_write(photo, format)
    lost: list[str] = []
    if (written in _EIGHT_BITS or format == "tiff8") and photo.pixels.dtype == np.uint16:
        lost.append(f"the {photo.bits or 16}-bit values are rounded to 8 bits")
    if written == "heic" and photo.pixels.dtype == np.uint16 and photo.bits not in (10, 12):
        lost.append("the 16-bit values are rounded to 10 bits")
    if written == "jpeg" and photo.pixels.shape[2] in (2, 4):
        lost.append("JPEG has no transparency, so the photo is laid over white")
    if export.strip_metadata == "all":
        return tuple(lost)
    if written == "jpeg" and photo.exif and len(photo.exif) > exif_blocks.JPEG_LIMIT:
        lost.append("the EXIF metadata are too long for JPEG, so its largest parts are left out")
    if written in ("png", "webp", "avif", "heic") and photo.iptc:
        lost.append(f"the IPTC records have no place in {written.upper()} and are left out")
    return tuple(lost)


def write_photo(
    photo: Photo,
    pixels: Pixels,
    target: Path,
    format: Format = "source",
    provenance: Provenance | None = None,
) -> Path:
    """Write the edited pixels as the photo came: profile, metadata, depth, alpha, compression.

    The metadata are those in `photo` and no others; `export_photo` has more of the file's.

    Args:
        photo: the photo that was opened.
        pixels: the edited picture, of the photo's shape and type, upright.
        target: the file to write; an existing one is replaced at once when all is on the disk.
        format: `source` for the photo's own format (GIF and BMP become PNG, RAW and DNG become
            TIFF), or another. JPEG to JPEG keeps the quantization tables and the subsampling;
            other formats become quality 95 without subsampling. WebP is lossless when the photo's
            file was.
        provenance: what was done, to be said in the file.

    Returns:
        The target. What the format could not hold is told by `losses`.

    Raises:
        WriteError: nothing was written, and a file that was there before is still there.
    """
    target = Path(target)
    finished = _finished(photo, pixels, target, format, AS_IT_CAME, provenance)
    write_atomically(target, _encoded_for(finished, target, format, AS_IT_CAME))
    return target


@dataclass(frozen=True)
class Exported:
    """A picture that is on the disk, and what it does not hold, as sentences' clauses."""

    path: Path
    warnings: tuple[str, ...]


def export_photo(
    photo: Photo,
    pixels: Pixels,
    target: Path,
    format: Format = "source",
    export: Export = AS_IT_CAME,
    provenance: Provenance | None = None,
) -> Exported:
    """Write the edited pixels as `write_photo` does, as `export` asks for, and with all metadata.

    First come pixels and what this program understands of the metadata; then exiftool, where it is
    installed, copies the rest from the photo's file; the signature, which covers both, comes last.
    The same photo and edit give the same bytes, unless they are signed.

    Raises:
        WriteError: nothing was written, and a file that was there before is still there.
    """
    target = Path(target)
    sign_file = None
    if export.certificate:
        written = format_to_write(photo, format)
        sign_file = signing(photo, provenance, target, written, export.certificate, export.key)
    finished = _finished(photo, pixels, target, format, export, provenance)
    parts = _encoded_for(finished, target, format, export)
    lost = losses(photo, format, export)
    with temporary_beside(target) as temporary:
        write_parts(temporary, parts, target)
        del parts
        if export.strip_metadata != "all":
            lost = _with_all_metadata(photo, finished, temporary, format, export, lost)
        if sign_file is not None:
            sign_file(temporary)
    return Exported(target, lost)


@dataclass(frozen=True)
class _Finished:
    """The picture as it goes into the file, with the metadata that this program writes."""

    photo: Photo
    pixels: Pixels
    continuation: bytes | None = None
    """The photo's own XMP, where it is too long to stand in one segment of a JPEG with ours."""


def _finished(
    photo: Photo,
    pixels: Pixels,
    target: Path,
    format: Format,
    export: Export,
    provenance: Provenance | None,
) -> _Finished:
    """Depth, colour space, size and metadata as asked for; raises `WriteError`."""
    if pixels.shape != photo.pixels.shape or pixels.dtype != photo.pixels.dtype:
        raise ValueError(f"pixels {pixels.shape} {pixels.dtype} are not the photo's")
    check_not_source(photo, target)
    try:
        pixels, icc = in_profile(pixels, photo.icc, export.profile)
        if format == "tiff16":
            pixels = to_16_bit(pixels)
        elif format == "tiff8" or format_to_write(photo, format) in _EIGHT_BITS:
            pixels = to_8_bit(pixels)
        pixels = _fitted(pixels, export.longest_px)
    except MemoryError as error:
        raise _too_little_memory(target) from error
    kept = _with_metadata(replace(photo, icc=icc), pixels, export)
    # What the photo was before stays true, also where its metadata are left out.
    xmp = packet(kept.xmp, provenance, photo.xmp) if provenance else kept.xmp
    if format_to_write(photo, format) == "jpeg" and xmp and fitted_xmp(xmp) is None:
        short = packet(None, provenance, photo.xmp) if provenance else None
        return _Finished(replace(kept, xmp=short), pixels, kept.xmp)
    return _Finished(replace(kept, xmp=xmp), pixels)


def _with_metadata(photo: Photo, pixels: Pixels, export: Export) -> Photo:
    exif, xmp, iptc = photo.exif, photo.xmp, photo.iptc
    if export.strip_metadata == "all":
        exif = xmp = iptc = None
    elif export.strip_metadata == "gps":
        exif = exif_blocks.without_places(exif) if exif else None
        xmp = packets.without_places(xmp) if xmp else None
    if exif and pixels.shape[:2] != photo.pixels.shape[:2]:
        exif = exif_blocks.upright(exif, pixels.shape[1], pixels.shape[0])
    return replace(photo, exif=exif, xmp=xmp, iptc=iptc)


def _fitted(pixels: Pixels, longest_px: int) -> Pixels:
    """The picture with its longer side at most so long; averaged areas, never enlarged."""
    height, width, channels = pixels.shape
    longest = max(height, width)
    if not longest_px or longest <= longest_px:
        return pixels
    import cv2

    size = (
        max(1, round(width * longest_px / longest)),
        max(1, round(height * longest_px / longest)),
    )
    small: Any = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return small.reshape(size[1], size[0], channels)


def _with_all_metadata(
    photo: Photo,
    finished: _Finished,
    temporary: Path,
    format: Format,
    export: Export,
    lost: tuple[str, ...],
) -> tuple[str, ...]:
    """Copy the photo's metadata with exiftool; returns what is lost all the same."""
    tool = exiftool()
    missing = photo.left_out
    if tool is None:
        if not missing:
            return lost
        return (*lost, f"without exiftool these are left out: {', '.join(missing)}; {REMEDY}")
    height, width = finished.pixels.shape[:2]
    try:
        copy_metadata(tool, photo, temporary, (width, height), export.strip_metadata)
    except ExifToolError as error:
        said = f"exiftool could not copy the metadata ({error}), only the usual ones are kept"
        return (*lost, said)
    # It spreads over several segments what is too long for one, and has a place in PNG for IPTC.
    solved = {"jpeg": "the EXIF metadata are too long", "png": "the IPTC records"}
    start = solved.get(format_to_write(photo, format))
    return tuple(one for one in lost if start is None or not one.startswith(start))


def signing(
    photo: Photo,
    provenance: Provenance | None,
    target: Path,
    format: str,
    certificate: str,
    key: str,
) -> Callable[[Path], None]:
    """What puts signed credentials into a whole file made of this photo; the file is replaced.

    Args:
        photo: the parent.
        target: where the file will be.
        format: of the file: one of `WRITABLE`, `gif`, `apng`, `mp4`, or `frames` for PNG.
        certificate, key: paths of PEM files, which are read now.

    Raises:
        WriteError: as `read_signature`; what comes back raises `not_signed`.
    """
    signature = read_signature(certificate, key, target)
    uri = provenance.source_uri(photo.xmp) if provenance else ""
    return lambda file: sign(
        file, format, photo.path, photo.format, provenance, uri, signature, target
    )


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


def _encoded_for(finished: _Finished, target: Path, format: Format, export: Export) -> list[bytes]:
    """The pieces of the file; raises `WriteError`."""
    try:
        return encoded(
            finished.photo, finished.pixels, format, export.quality, finished.continuation
        )
    except Refusal as refusal:
        raise WriteError(target, refusal.reason, refusal.remedy, code=refusal.code) from refusal
    except MemoryError as error:
        raise _too_little_memory(target) from error


def _too_little_memory(target: Path) -> WriteError:
    return WriteError(target, "there is not enough memory", "close other programs", code="failed")


def encoded(
    photo: Photo,
    pixels: Pixels,
    format: Format = "source",
    quality: int = 0,
    continuation: bytes | None = None,
) -> list[bytes]:
    """The pieces of a file of the photo's metadata and of these pixels.

    `continuation` is XMP that goes on beyond `photo.xmp` in a JPEG.

    Raises:
        Refusal: `too_large`, `unsupported`, `needs_program` or `failed`.
    """
    written = format_to_write(photo, format)
    blocks = {"icc": photo.icc, "exif": photo.exif, "xmp": photo.xmp}
    if written == "png":
        return png_parts(pixels, **blocks, dpi=photo.dpi)
    if written == "tiff":
        compression = photo.compression or "deflate"
        return tiff_parts(pixels, compression=compression, **blocks, iptc=photo.iptc, dpi=photo.dpi)
    if written == "jpeg":
        _check_side(pixels, _JPEG_MAX_SIDE, "JPEG")
        return jpeg_parts(_over_white(to_8_bit(pixels)), photo, quality, continuation)
    if written == "webp":
        _check_side(pixels, WEBP_MAX_SIDE, "WebP")
        lossless = photo.lossless and photo.pixels.dtype == np.uint8 and not quality
        return webp_parts(
            _in_colour(to_8_bit(pixels)), lossless=lossless, quality=quality, **blocks
        )
    if written == "avif":
        _check_side(pixels, AVIF_MAX_SIDE, "AVIF")
        return avif_parts(_without_grey_alpha(to_8_bit(pixels)), quality=quality, **blocks)
    if written == "heic":
        return heic_parts(pixels, photo, quality)
    raise Refusal(
        "unsupported",
        f"{written!r} is not a format that can be written",
        f"choose one of {', '.join(WRITABLE)}",
    )


def _without_grey_alpha(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """One, three or four channels: AVIF's encoder knows no grey with alpha."""
    return _in_colour(pixels) if pixels.shape[2] == 2 else pixels


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
