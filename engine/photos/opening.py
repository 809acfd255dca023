"""Opening a photo: any of the formats, any of its modes, to upright pixels."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from engine.photos import exif as exif_blocks
from engine.photos import xmp as xmp_packets
from engine.photos.avif import read_avif
from engine.photos.bitmap import read_bmp, read_gif
from engine.photos.decoding import Decoded, damaged
from engine.photos.errors import PhotoError, Refusal
from engine.photos.files import read_file
from engine.photos.formats import RAW_SUFFIXES, READABLE, sniff, sniff_foreign
from engine.photos.heic import read_heic
from engine.photos.jpeg import read_jpeg
from engine.photos.orientation import upright
from engine.photos.photo import JpegTables, Photo
from engine.photos.png import read_png
from engine.photos.raw import developed_size, raw_kind, read_preview, read_raw
from engine.photos.tiff import read_tiff
from engine.photos.webp import read_webp

T = TypeVar("T")

_READERS: dict[str, Callable[[bytes], Decoded]] = {
    "jpeg": read_jpeg,
    "png": read_png,
    "tiff": read_tiff,
    "webp": read_webp,
    "avif": read_avif,
    "heic": read_heic,
    "dng": read_raw,
    "raw": read_raw,
    "gif": read_gif,
    "bmp": read_bmp,
}


def open_photo(path: Path) -> Photo:
    """Open a photo, going by its bytes and not by its name.

    Reads JPEG, PNG, TIFF (first page), WebP, AVIF, HEIC (with pi-heif), camera RAW and DNG (with
    rawpy), GIF (first frame) and BMP. Depth (8 or 16 bits), alpha, profile, EXIF, XMP and IPTC are
    kept; the picture is turned upright. Palettes become RGB, fewer than 8 bits become 8, 10 and 12
    become 16, CMYK becomes sRGB, RAW becomes 16-bit ProPhoto RGB.

    Raises:
        PhotoError: the file cannot be opened; see its codes. Nothing else is raised, whatever the
            bytes are. Incomplete files are refused.
    """
    path = Path(path)
    return _guarded(path, lambda: _opened(path, read_file(path)))


@dataclass(frozen=True)
class Glance:
    """A photo to look at: quickly opened, perhaps smaller than the photo itself.

    Attributes:
        photo: upright; of a RAW file it is what the camera has made of it, if it has.
        size: width and height in pixels of what `open_photo` gives.
    """

    photo: Photo
    size: tuple[int, int]


def glance_at(path: Path) -> Glance:
    """Open a photo for finding faces in it or for showing it small.

    RAW files hold a finished preview, which is there ten times as soon as a development. Other
    photos are opened as by `open_photo`. Raises what that raises.
    """
    path = Path(path)

    def look() -> Glance:
        data = read_file(path)
        name = _format_of(path, data)
        if name not in ("dng", "raw"):
            photo = _opened(path, data)
            return Glance(photo, photo.size)
        size = developed_size(data)
        return Glance(_upright_photo(path, name, read_preview(data)), size)

    return _guarded(path, look)


def _guarded(path: Path, work: Callable[[], T]) -> T:
    """What the work gives; whatever it raises becomes a `PhotoError` that names the photo."""
    try:
        return work()
    except PhotoError:
        raise
    except Refusal as refusal:
        raise PhotoError(path, refusal.reason, refusal.remedy, code=refusal.code) from refusal
    except MemoryError as error:
        raise PhotoError(
            path, "there is not enough memory for it", "close other programs", code="too_large"
        ) from error
    except Exception as error:  # libraries raise anything at all on broken bytes
        refusal = damaged("its contents are broken")
        raise PhotoError(path, refusal.reason, refusal.remedy, code=refusal.code) from error


def _opened(path: Path, data: bytes) -> Photo:
    name = _format_of(path, data)
    decoded = _READERS[name](data)
    del data
    return _upright_photo(path, name, decoded)


def _format_of(path: Path, data: bytes) -> str:
    if not data:
        raise Refusal("empty", "the file is empty", "copy it again from the camera or the backup")
    name = sniff(data)
    if name is None:
        raise _not_an_image(data)
    if name == "tiff":
        kind = raw_kind(data)
        # Some cameras' files are told from a TIFF by their name alone.
        return kind or ("raw" if path.suffix.lower() in RAW_SUFFIXES else name)
    return name


def _not_an_image(data: bytes) -> Refusal:
    foreign = sniff_foreign(data)
    if foreign is not None:
        return Refusal(
            "unsupported",
            f"it is a {foreign} file, which is not read",
            "export it as JPEG, PNG or TIFF and open that",
        )
    return Refusal("not_an_image", "it is not a photo", f"choose a {READABLE} file")


def _upright_photo(path: Path, name: str, decoded: Decoded) -> Photo:
    turn = decoded.orientation
    if turn is None and decoded.exif is not None:
        turn = exif_blocks.orientation(decoded.exif)
    if turn is None or turn not in range(1, 9):
        turn = 1
    pixels = upright(decoded.pixels, turn)
    height, width = pixels.shape[:2]
    warnings = decoded.warnings
    exif = None
    if decoded.exif:
        exif = exif_blocks.upright(decoded.exif, width, height)
        if exif is None:
            warnings = (*warnings, "its EXIF metadata are damaged and were left out")
    return Photo(
        path=path,
        format=name,
        pixels=pixels,
        icc=decoded.icc,
        exif=exif,
        jpeg=_turned_tables(decoded.jpeg, turn),
        warnings=warnings,
        xmp=xmp_packets.upright(xmp_packets.in_utf8(decoded.xmp)) if decoded.xmp else None,
        iptc=decoded.iptc,
        dpi=_turned(decoded.dpi, turn),
        lossless=decoded.lossless,
        compression=decoded.compression,
        bits=decoded.bits,
        left_out=decoded.left_out,
        thumbnail=bool(decoded.exif) and exif_blocks.has_thumbnail(decoded.exif),
    )


def _turned_tables(tables: JpegTables | None, orientation: int) -> JpegTables | None:
    """How to compress the upright picture: rows have become columns, also in the tables.

    Colours that were halved across alone would have to be halved down alone, for which there is
    no number; they stay whole.
    """
    if tables is None or orientation < 5:
        return tables
    turned = {
        number: [table[column * 8 + row] for row in range(8) for column in range(8)]
        for number, table in tables.quantization.items()
    }
    return JpegTables(turned, 0 if tables.subsampling == 1 else tables.subsampling)


def _turned(dpi: tuple[float, float] | None, orientation: int) -> tuple[float, float] | None:
    return (dpi[1], dpi[0]) if dpi and orientation >= 5 else dpi
