"""Opening a photo: any of the formats, any of its modes, to upright pixels."""

from collections.abc import Callable
from pathlib import Path

from engine.photos import exif as exif_blocks
from engine.photos import xmp as xmp_packets
from engine.photos.bitmap import read_bmp, read_gif
from engine.photos.decoding import Decoded, damaged
from engine.photos.errors import PhotoError, Refusal
from engine.photos.files import read_file
from engine.photos.formats import sniff, sniff_foreign
from engine.photos.jpeg import read_jpeg
from engine.photos.orientation import upright
from engine.photos.photo import Photo
from engine.photos.png import read_png
from engine.photos.tiff import read_tiff
from engine.photos.webp import read_webp

_READERS: dict[str, Callable[[bytes], Decoded]] = {
    "jpeg": read_jpeg,
    "png": read_png,
    "tiff": read_tiff,
    "webp": read_webp,
    "gif": read_gif,
    "bmp": read_bmp,
}


def open_photo(path: Path) -> Photo:
    """Open a photo, going by its bytes and not by its name.

    Reads JPEG, PNG, TIFF (first page), WebP, GIF (first frame) and BMP. Depth (8 or 16 bits),
    alpha, profile, EXIF, XMP and IPTC are kept; the picture is turned upright. Palettes become
    RGB, fewer than 8 bits become 8, CMYK becomes sRGB.

    Raises:
        PhotoError: the file cannot be opened; see its codes. Nothing else is raised, whatever the
            bytes are. Incomplete files are refused.
    """
    path = Path(path)
    try:
        return _opened(path, read_file(path))
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
    if not data:
        raise Refusal("empty", "the file is empty", "copy it again from the camera or the backup")
    name = sniff(data)
    if name is None:
        raise _not_an_image(data)
    decoded = _READERS[name](data)
    del data
    return _upright_photo(path, name, decoded)


def _not_an_image(data: bytes) -> Refusal:
    foreign = sniff_foreign(data)
    readable = "JPEG, PNG, TIFF, WebP, GIF or BMP"
    if foreign is not None:
        return Refusal(
            "unsupported",
            f"it is a {foreign} file, which is not read",
            f"export it as {readable} and open that",
        )
    return Refusal("not_an_image", "it is not a photo", f"choose a {readable} file")


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
        jpeg=decoded.jpeg,
        warnings=warnings,
        xmp=xmp_packets.upright(decoded.xmp) if decoded.xmp else None,
        iptc=decoded.iptc,
        dpi=_turned(decoded.dpi, turn),
        lossless=decoded.lossless,
        compression=decoded.compression,
    )


def _turned(dpi: tuple[float, float] | None, orientation: int) -> tuple[float, float] | None:
    return (dpi[1], dpi[0]) if dpi and orientation >= 5 else dpi
