"""What a reader of one file format hands over, and how its refusals are worded."""

from dataclasses import dataclass

from engine.photos.errors import Refusal
from engine.photos.photo import JpegTables, Pixels


@dataclass(frozen=True)
class Decoded:
    """The contents of a file, not yet turned upright; the fields are those of `Photo`.

    `orientation` is EXIF's number, 1 to 8; `exif` and `xmp` are as the file has them.
    """

    pixels: Pixels
    orientation: int | None = None
    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    iptc: bytes | None = None
    dpi: tuple[float, float] | None = None
    jpeg: JpegTables | None = None
    lossless: bool = True
    compression: str = ""
    warnings: tuple[str, ...] = ()
    bits: int = 0
    left_out: tuple[str, ...] = ()


def truncated() -> Refusal:
    """The file ends before its picture does."""
    return Refusal(
        "truncated",
        "the file is incomplete, part of the picture is missing",
        "copy it again from the camera or the backup",
    )


def damaged(detail: str) -> Refusal:
    """The file's structure contradicts itself; `detail` is a clause."""
    return Refusal("damaged", detail, "get the file again from where it came from")


def unsupported(detail: str) -> Refusal:
    """A valid file that this program cannot hold; `detail` is a clause."""
    return Refusal(
        "unsupported", detail, "save it as an 8- or 16-bit TIFF, PNG or JPEG and open that"
    )
