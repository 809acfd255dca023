"""Opening photos: what comes out of each format and mode."""

import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from engine.photos import Photo, PhotoError
from engine.photos.colour import srgb_profile
from engine.photos.exif import orientation
from tests.unit.photos.photo_files import (
    deep_picture,
    encoded,
    every_kind,
    exif,
    picture,
    profile,
    tiff,
)

Opened = Callable[..., Photo]


@pytest.mark.parametrize("name", every_kind())
def test_every_kind_is_opened(name: str, opened: Opened) -> None:
    photo = opened(every_kind()[name])
    assert photo.format == name.split("_")[0]
    assert photo.pixels.ndim == 3
    assert photo.pixels.flags.c_contiguous
    assert photo.pixels.flags.writeable
    assert photo.pixels.dtype == (np.uint16 if "deep" in name else np.uint8)


@pytest.mark.parametrize("name", ["jpeg", "jpeg_progressive", "png_palette", "webp_lossless"])
def test_pixels_are_those_of_pillow(name: str, opened: Opened) -> None:
    data = every_kind()[name]
    image = Image.open(io.BytesIO(data))
    turned = image.transpose(Image.Transpose.ROTATE_270) if image.getexif().get(0x0112) else image
    mode = "RGBA" if turned.mode in ("P", "RGBA") else "RGB"
    assert np.array_equal(opened(data).pixels, np.asarray(turned.convert(mode)))


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_depth_and_alpha_are_exact(channels: int, opened: Opened) -> None:
    deep = deep_picture(channels)
    assert np.array_equal(opened(imagecodecs.png_encode(deep.squeeze())).pixels, deep)
    photometric = "minisblack" if channels < 3 else "rgb"
    extra = {"extrasamples": ["unassalpha"]} if channels in (2, 4) else {}
    data = tiff(deep.squeeze(), photometric=photometric, planarconfig="contig", **extra)
    assert np.array_equal(opened(data).pixels, deep)


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_all_orientations_are_applied(turn: int, kind: str, opened: Opened) -> None:
    image = Image.fromarray(picture())
    options = {"lossless": True} if kind == "WEBP" else {}
    data = encoded(image, kind, exif=exif(turn), **options)
    photo = opened(data)
    # Pillow turns TIFFs by itself.
    stored = picture() if kind == "TIFF" else np.asarray(Image.open(io.BytesIO(data)))
    upright = {
        1: stored,
        2: stored[:, ::-1],
        3: stored[::-1, ::-1],
        4: stored[::-1],
        5: stored.transpose(1, 0, 2),
        6: np.rot90(stored, -1),
        7: stored[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(stored),
    }[turn]
    assert np.array_equal(photo.pixels, upright)
    assert photo.exif is not None
    assert orientation(photo.exif) == 1
    tags = Image.Exif()
    tags.load(photo.exif)
    assert tags[0x010F] == "Camera Works"
    assert tags.get_ifd(0x8769)[0xA002] == photo.size[0]


def test_profile_is_kept(opened: Opened) -> None:
    files = every_kind()
    for name in ("jpeg", "png", "webp", "tiff"):
        assert opened(files[name]).icc == profile()


def test_the_bytes_decide_and_not_the_name(opened: Opened) -> None:
    assert opened(every_kind()["png"], "photo.jpg").format == "png"


def test_cmyk_becomes_srgb_and_says_so(opened: Opened) -> None:
    colour = Image.new("RGB", (32, 32), (200, 40, 90))
    for kind in ("JPEG", "TIFF"):
        photo = opened(encoded(colour.convert("CMYK"), kind))
        assert photo.pixels.shape == (32, 32, 3)
        assert np.abs(photo.pixels[16, 16].astype(int) - (200, 40, 90)).max() <= 3
        assert photo.icc == srgb_profile()
        assert "CMYK" in photo.warnings[0]


def test_premultiplied_alpha_is_undone(opened: Opened) -> None:
    pixels = np.full((8, 8, 4), (50, 100, 0, 128), np.uint8)
    photo = opened(tiff(pixels, photometric="rgb", extrasamples=["assocalpha"]))
    assert photo.pixels[0, 0].tolist() == [100, 199, 0, 128]


def test_white_is_zero_is_turned_round(opened: Opened) -> None:
    pixels = np.arange(64, dtype=np.uint8).reshape(8, 8)
    assert np.array_equal(
        opened(tiff(pixels, photometric="miniswhite")).pixels[..., 0], 255 - pixels
    )


def test_float_is_refused_clearly(opened: Opened) -> None:
    with pytest.raises(PhotoError, match="floating-point") as caught:
        opened(tiff(np.zeros((8, 8, 3), np.float32), photometric="rgb"))
    assert caught.value.code == "unsupported"


def test_one_pixel(opened: Opened) -> None:
    for kind in ("JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP"):
        assert opened(encoded(Image.new("RGB", (1, 1)), kind)).size == (1, 1)


def test_the_thumbnail_goes(opened: Opened) -> None:
    face = encoded(Image.fromarray(picture()), "JPEG")
    first = b"\x01\x00\x0f\x01\x02\x00\x04\x00\x00\x00Cam\x00" + (26).to_bytes(4, "little")
    entries = (b"\x01\x02\x04\x00\x01\x00\x00\x00" + (56).to_bytes(4, "little")) + (
        b"\x02\x02\x04\x00\x01\x00\x00\x00" + len(face).to_bytes(4, "little")
    )
    block = b"II*\0\x08\0\0\0" + first + b"\x02\x00" + entries + b"\0\0\0\0"
    block = block.ljust(56, b"\0") + face
    photo = opened(encoded(Image.fromarray(picture()), "JPEG", exif=b"Exif\0\0" + block))
    assert photo.exif is not None
    assert face[20:60] not in photo.exif
    assert len(photo.exif) < 64
    tags = Image.Exif()
    tags.load(photo.exif)
    assert tags[0x010F] == "Cam"


def test_importing_loads_no_picture_library() -> None:
    code = (
        "import sys, engine.photos, engine.strips;"
        "sys.exit(bool({'cv2', 'PIL', 'imagecodecs', 'tifffile'} & set(sys.modules)))"
    )
    root = Path(__file__).parents[3]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
