"""A decoded photo: upright pixels and what is needed to write it back as it came."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8] | NDArray[np.uint16]
"""(height, width, channels); 1 grey, 2 grey + alpha, 3 RGB, 4 RGB + alpha."""


@dataclass(frozen=True)
class JpegTables:
    """How a JPEG was compressed.

    Attributes:
        quantization: one list of 64 values (row by row, not zigzag) per table, 0 for the first
            component, 1 for the second, as Pillow takes them.
        subsampling: Pillow's number: 0 for 4:4:4, 1 for 4:2:2, 2 for 4:2:0.
    """

    quantization: dict[int, list[int]]
    subsampling: int


@dataclass(frozen=True)
class Photo:
    """One opened photo.

    Attributes:
        path: the file it came from.
        format: what the file's bytes really are (`jpeg`, `png`, `tiff`, `webp`, `avif`, `heic`,
            `dng`, `raw` for other cameras' files, `gif`, `bmp`), whatever its name says.
        pixels: (height, width, channels) uint8 or uint16, upright (EXIF orientation applied).
            Channels: 1 grey, 2 grey + alpha, 3 RGB, 4 RGB + alpha, in the photo's own colour space.
            Alpha is never premultiplied.
        icc: the embedded colour profile's bytes, if any; without one the photo is sRGB.
        exif: the EXIF block's bytes (TIFF structure, no `Exif\\0\\0` prefix), if any, its
            orientation already set to 1 and its thumbnail removed.
        xmp: the XMP packet's bytes, if any, its orientation already set to 1.
        iptc: the IPTC records' bytes (captions, credits), if any.
        dpi: dots per inch, horizontally and vertically, if the file says so.
        jpeg: the quantization tables and chroma subsampling of a JPEG, so that it can be written
            back with the same ones.
        lossless: whether the file's compression kept every value.
        compression: how a TIFF is compressed (`none`, `lzw`, `deflate`), empty for anything else.
        warnings: sentences about what was odd but did not stop the work.
        bits: how many bits a value has in the file: 10 or 12 in some HEIC and AVIF, whose pixels
            are spread over 0…65535. 0 stands for those of the pixels' type.
        left_out: metadata in the file that only exiftool can carry over.
        thumbnail: whether the EXIF block had a small JPEG, which a JPEG gets anew.
    """

    path: Path
    format: str
    pixels: Pixels
    icc: bytes | None = None
    exif: bytes | None = None
    jpeg: JpegTables | None = None
    warnings: tuple[str, ...] = ()
    xmp: bytes | None = None
    iptc: bytes | None = None
    dpi: tuple[float, float] | None = None
    lossless: bool = True
    compression: str = ""
    bits: int = 0
    left_out: tuple[str, ...] = ()
    thumbnail: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels, upright."""
        return self.pixels.shape[1], self.pixels.shape[0]
