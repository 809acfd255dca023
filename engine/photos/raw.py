"""Camera RAW files and DNG: developed by LibRaw where it is installed, or their own preview."""

import contextlib
import importlib
import io
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np

from engine.photos import exif as exif_blocks
from engine.photos import tags
from engine.photos.avif import check_boxes
from engine.photos.decoding import Decoded, damaged, truncated
from engine.photos.errors import Refusal
from engine.photos.jpeg import read_jpeg
from engine.photos.limits import MAX_METADATA_BYTES, check_size
from engine.photos.profiles import profile_bytes
from engine.photos.tags import Directory, Header

EXTRA = "pixelsmile-desktop[raw]"

_SENSOR_COLOURS = (32803, 34892)  # colour filter array, linear raw (DNG 1.7, photometric)
_SENSOR_COMPRESSIONS = (34713, 32770, 32767, 65535)  # Nikon's, Samsung's, Sony's, Pentax's
_DNG_VERSION, _SUB_DIRECTORIES, _XMP = 50706, 330, 700
_FUJIFILM = b"FUJIFILMCCD-RAW"
_ROMM_CURVE = (1.8, 16.0)  # exponent, and the slope of the line below 16/512


def raw_kind(data: bytes) -> str | None:
    """`dng` or `raw` for a TIFF that holds what a sensor recorded, else None."""
    directories = list(_directories(data))
    if not directories:
        return None
    if _DNG_VERSION in directories[0][1].entries:
        return "dng"
    if data[8:10] == b"CR":
        return "raw"
    return "raw" if any(_is_sensor_s(data, *one) for one in directories) else None


def _is_sensor_s(data: bytes, header: Header, directory: Directory) -> bool:
    colours = tags.integer(data, header, directory.entries.get(262), 0)
    compression = tags.integer(data, header, directory.entries.get(259), 0)
    return colours in _SENSOR_COLOURS or compression in _SENSOR_COMPRESSIONS


def read_raw(data: bytes) -> Decoded:
    """Develop a RAW file: 16 bits, ProPhoto RGB, upright, as the camera balanced its white.

    Highlights are as the sensor has them: nothing is brightened, so that nothing is lost that the
    photographer might want. Much of that is taste, and a RAW developer's own export is an
    alternative to this.

    Raises:
        Refusal: `damaged`, `too_large`, or `needs_package` without rawpy.
    """
    rawpy = _rawpy()
    with _unpacked(data) as raw:
        pixels = raw.postprocess(
            output_bps=16,
            output_color=rawpy.ColorSpace.ProPhoto,
            gamma=_ROMM_CURVE,
            use_camera_wb=True,
            no_auto_bright=True,
        )
    if pixels.ndim != 3 or pixels.shape[2] not in (1, 3) or pixels.dtype != np.uint16:
        raise damaged("it holds no picture")
    grey = pixels.shape[2] == 1
    exif, xmp = _metadata(data)
    return Decoded(
        pixels=np.ascontiguousarray(pixels),
        orientation=1,
        icc=profile_bytes("prophoto", grey=grey),
        exif=exif,
        xmp=xmp,
        compression="deflate",
        left_out=("the maker's notes",),
        warnings=("it was developed plainly, without your RAW developer's settings",),
    )


def read_preview(data: bytes) -> Decoded:
    """The preview that the camera put into a RAW file, or a quick development of half the size.

    Raises:
        Refusal: as `read_raw`.
    """
    rawpy = _rawpy()
    with _unpacked(data) as raw:
        try:
            thumb = raw.extract_thumb()
        except (rawpy.LibRawNoThumbnailError, rawpy.LibRawUnsupportedThumbnailError):
            thumb = None
        sizes = raw.sizes
        if thumb is not None and thumb.format == rawpy.ThumbFormat.JPEG:
            preview = read_jpeg(bytes(thumb.data))
            turned = exif_blocks.orientation(preview.exif) if preview.exif else None
            turn = turned or _ORIENTATIONS.get(sizes.flip, 1)
            if max(preview.pixels.shape[:2]) * 4 >= max(sizes.width, sizes.height):
                return Decoded(pixels=preview.pixels, orientation=turn, icc=preview.icc)
        pixels = raw.postprocess(half_size=True, use_camera_wb=True)
    return Decoded(pixels=np.ascontiguousarray(pixels), orientation=1)


def developed_size(data: bytes) -> tuple[int, int]:
    """Width and height of the upright picture that `read_raw` makes, without making it."""
    with _unpacked(data) as raw:
        sizes = raw.sizes
        turned = sizes.flip in (5, 6)
        return (sizes.height, sizes.width) if turned else (sizes.width, sizes.height)


# LibRaw's numbers of quarter turns, as EXIF's.
_ORIENTATIONS = {0: 1, 3: 3, 5: 8, 6: 6}


@contextlib.contextmanager
def _unpacked(data: bytes) -> Iterator[Any]:
    """The opened file, refused before it is unpacked when it is too large or cut off."""
    rawpy = _rawpy()
    _check_complete(data)
    try:
        with rawpy.imread(io.BytesIO(data)) as raw:
            sizes = raw.sizes
            check_size(sizes.width, sizes.height, 3, 2)
            check_size(sizes.raw_width, sizes.raw_height, 1, 2)
            yield raw
    except rawpy.LibRawFileUnsupportedError as error:
        raise Refusal(
            "unsupported",
            "it is a RAW file of a kind that LibRaw does not know",
            "export it as TIFF from your RAW developer and open that",
        ) from error
    except rawpy.LibRawIOError as error:
        raise truncated() from error


def _check_complete(data: bytes) -> None:
    """Refuse a file whose directories or boxes point beyond its end.

    LibRaw makes grey or noise of what is missing and says nothing.
    """
    if data[4:8] == b"ftyp":
        check_boxes(data)
    if data.startswith(_FUJIFILM) and len(data) >= 108:
        for at in (84, 92, 100):  # where the preview, its header and the sensor's values stand
            offset, length = struct.unpack_from(">II", data, at)
            if offset + length > len(data):
                raise truncated()
    for header, directory in _directories(data):
        for starts, sizes in ((273, 279), (324, 325)):
            offsets = tags.integers(data, header, directory.entries.get(starts))
            counts = tags.integers(data, header, directory.entries.get(sizes))
            for offset, count in zip(offsets, counts, strict=False):
                if offset + count > len(data):
                    raise truncated()


def _directories(data: bytes) -> Iterator[tuple[Header, Directory]]:
    """The first directory and those that it names as below it; none of what is no TIFF."""
    try:
        header = tags.read_header(data)
        first = tags.read_directory(data, header, header.first)
    except Refusal:
        return
    yield header, first
    for offset in tags.integers(data, header, first.entries.get(_SUB_DIRECTORIES), 16):
        with contextlib.suppress(Refusal):
            yield header, tags.read_directory(data, header, offset)


def _rawpy() -> Any:
    try:
        return importlib.import_module("rawpy")
    except ImportError as error:
        raise Refusal(
            "needs_package",
            "it is a camera RAW file, and the package that develops those is not installed",
            f"install {EXTRA}, or export it as TIFF from your RAW developer and open that",
        ) from error


def _metadata(data: bytes) -> tuple[bytes | None, bytes | None]:
    """EXIF and XMP of a RAW file that is built like a TIFF; neither of any other."""
    try:
        header = tags.read_header(data)
        directory = tags.read_directory(data, header, header.first)
    except Refusal:
        return None, None
    entry = directory.entries.get(_XMP)
    has_xmp = entry is not None and 0 < entry.size <= MAX_METADATA_BYTES
    xmp = bytes(data[entry.start : entry.start + entry.size]) if entry and has_xmp else None
    return exif_blocks.from_tiff(data, header, directory), xmp
