"""Photo files made for the tests: every format and mode, from one picture."""

import io
from functools import cache

import imagecodecs
import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

DATE = "2020:01:02 03:04:05"


def picture(height: int = 48, width: int = 64) -> NDArray[np.uint8]:
    """(height, width, 3): gradients with some grain, so that every row and column differs."""
    y, x = np.mgrid[0:height, 0:width]
    smooth = np.stack([x * 255 // width, y * 255 // height, (x + y) * 2 % 256], axis=-1)
    grain = np.random.default_rng(0).integers(0, 16, smooth.shape)
    return np.clip(smooth + grain, 0, 255).astype(np.uint8)


def deep_picture(channels: int = 3, height: int = 24, width: int = 32) -> NDArray[np.uint16]:
    """(height, width, channels) with values that 8 bits cannot hold."""
    shape = (height, width, channels)
    return np.random.default_rng(1).integers(0, 65536, shape, dtype=np.uint16)


@cache
def profile(name: str = "adobergb") -> bytes:
    """A colour profile's bytes; made once, for they hold the second in which they were made."""
    return bytes(imagecodecs.cms_profile(name))


def exif(orientation: int = 1) -> bytes:
    """An EXIF block with a camera, a date and an orientation, as Pillow writes it."""
    block = Image.Exif()
    block[0x0112] = orientation
    block[0x010F] = "Camera Works"
    block.get_ifd(0x8769)[0x9003] = DATE
    block.get_ifd(0x8769)[0xA002] = 64
    block.get_ifd(0x8769)[0xA003] = 48
    return block.tobytes()


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    """The bytes of a file that Pillow writes."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def tiff(pixels: NDArray, **options: object) -> bytes:
    """The bytes of a file that tifffile writes."""
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, pixels, **options)  # pyright: ignore[reportArgumentType]
    return buffer.getvalue()


def every_kind() -> dict[str, bytes]:
    """One small file of every format and of the modes that are decoded differently."""
    colour = Image.fromarray(picture())
    deep = deep_picture()
    with_all = {"exif": exif(6), "icc_profile": profile()}
    files = {
        "jpeg": encoded(colour, "JPEG", quality=90, **with_all),
        "jpeg_progressive": encoded(colour, "JPEG", progressive=True, **with_all),
        "jpeg_grey": encoded(colour.convert("L"), "JPEG"),
        "jpeg_cmyk": encoded(colour.convert("CMYK"), "JPEG"),
        "png": encoded(colour, "PNG", **with_all),
        "png_palette": encoded(colour.quantize(32), "PNG", transparency=2),
        "png_1_bit": encoded(colour.convert("1"), "PNG"),
        "png_deep": imagecodecs.png_encode(deep),
        "webp": encoded(colour, "WEBP", **with_all),
        "webp_lossless": encoded(colour.convert("RGBA"), "WEBP", lossless=True, **with_all),
        "webp_animated": encoded(colour, "WEBP", save_all=True, append_images=[colour.rotate(90)]),
        "gif": encoded(colour, "GIF"),
        "gif_animated": encoded(colour, "GIF", save_all=True, append_images=[colour.rotate(90)]),
        "bmp": encoded(colour, "BMP"),
        "bmp_palette": encoded(colour.quantize(16), "BMP"),
        "tiff": encoded(colour, "TIFF", **with_all),
        "tiff_lzw": encoded(colour, "TIFF", compression="tiff_lzw"),
        "tiff_jpeg": encoded(colour, "TIFF", compression="jpeg"),
        "tiff_fax": encoded(colour.convert("1"), "TIFF", compression="group4"),
        "tiff_cmyk": encoded(colour.convert("CMYK"), "TIFF"),
        "tiff_palette": encoded(colour.quantize(16), "TIFF"),
        "tiff_deep": tiff(deep, photometric="rgb", compression="zlib", predictor=True),
        "tiff_tiled": tiff(picture(), photometric="rgb", tile=(16, 16), compression="lzw"),
        "tiff_planar": tiff(
            np.ascontiguousarray(np.moveaxis(picture(), 2, 0)),
            photometric="rgb",
            planarconfig="separate",
        ),
        "tiff_big": tiff(picture(), photometric="rgb", bigtiff=True, byteorder=">"),
    }
    return {name: bytes(data) for name, data in files.items()}
