"""How large a photo may be, checked against its header before anything is decoded."""

from engine.photos.errors import Refusal

MAX_PIXELS = 200_000_000
"""Width × height; with 8-bit RGB it meets `MAX_DECODED_BYTES`."""

MAX_DECODED_BYTES = 600_000_000
"""Width × height × channels × bytes a sample: 200 MP of 8-bit RGB, 100 MP of 16-bit RGB, 75 MP of
16-bit RGB with alpha. Reading, turning and editing hold at most three such arrays at a time, so
the whole stays under 2 GB."""

MAX_FILE_BYTES = 1_200_000_000
"""An uncompressed TIFF with a few extra pages still fits."""

MAX_PROFILE_BYTES = 16_000_000
"""Colour profiles; the largest printer profiles in use are about 3 MB."""

MAX_METADATA_BYTES = 32_000_000
"""EXIF, XMP and IPTC, each."""


def check_size(width: int, height: int, channels: int, bytes_per_sample: int) -> None:
    """Refuse a picture whose header claims nothing, or more than the limits.

    >>> check_size(6000, 4000, 3, 1)
    """
    if width <= 0 or height <= 0:
        raise Refusal(
            "damaged",
            f"its header says that it is {width} × {height} pixels",
            "get the file again from where it came from",
        )
    decoded = width * height * channels * bytes_per_sample
    if width * height > MAX_PIXELS or decoded > MAX_DECODED_BYTES:
        raise Refusal(
            "too_large",
            f"it is {width} × {height} pixels, which needs {decoded / 1e6:,.0f} MB, more than the "
            f"limit of {MAX_PIXELS / 1e6:.0f} megapixels or {MAX_DECODED_BYTES / 1e6:.0f} MB",
            "make a smaller copy in another program and open that",
        )
