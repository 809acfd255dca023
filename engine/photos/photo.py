"""A decoded photo: upright pixels and what is needed to write it back as it came."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Photo:
    """One opened photo.

    Attributes:
        path: the file it came from.
        format: what the file's bytes really are (`jpeg`, `png`, `tiff`, `webp`, ...), whatever
            its name says.
        pixels: (height, width, channels) uint8 or uint16, upright (EXIF orientation applied).
            Channels: 1 grey, 2 grey + alpha, 3 RGB, 4 RGB + alpha, in the photo's own colour space.
        icc: the embedded colour profile's bytes, if any.
        exif: the EXIF block's bytes (TIFF structure, no `Exif\\0\\0` prefix), if any, its
            orientation already set to 1.
        jpeg: the quantization tables and chroma subsampling of a JPEG, so that it can be written
            back with the same ones.
        warnings: sentences about what was odd but did not stop the work.
    """

    path: Path
    format: str
    pixels: NDArray[np.uint8] | NDArray[np.uint16]
    icc: bytes | None = None
    exif: bytes | None = None
    jpeg: "JpegTables | None" = None
    warnings: tuple[str, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels, upright."""
        return self.pixels.shape[1], self.pixels.shape[0]


@dataclass(frozen=True)
class JpegTables:
    """How a JPEG was compressed: quantization tables as Pillow gives them, and subsampling."""

    quantization: dict[int, list[int]]
    subsampling: int
