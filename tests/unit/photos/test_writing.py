"""Writing photos: what is kept in each format, and that a failure leaves nothing behind."""

import dataclasses
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from engine.photos import (
    Format,
    Photo,
    WriteError,
    copy_photo,
    losses,
    open_photo,
    to_srgb8,
    write_photo,
)
from engine.photos.exif import fitted
from tests.unit.photos.photo_files import (
    DATE,
    deep_picture,
    encoded,
    every_kind,
    exif,
    picture,
    profile,
    tiff,
)

Opened = Callable[..., Photo]
FORMATS: tuple[Format, ...] = ("source", "png", "jpeg", "tiff", "webp")


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    """Peak signal to noise in dB, of 8-bit values."""
    error = ((one.astype(float) - other) ** 2).mean()
    return float("inf") if error == 0 else float(10 * np.log10(255**2 / error))


@pytest.mark.parametrize("name", every_kind())
@pytest.mark.parametrize("format_name", FORMATS)
def test_round_trip(name: str, format_name: Format, opened: Opened, tmp_path: Path) -> None:
    photo = opened(every_kind()[name])
    target = write_photo(photo, photo.pixels, tmp_path / "out", format_name)
    again = open_photo(target)
    source = "png" if photo.format in ("gif", "bmp") else photo.format
    assert again.format == (source if format_name == "source" else format_name)
    assert again.icc == photo.icc
    if again.format in ("png", "tiff"):
        assert np.array_equal(again.pixels, photo.pixels)
        assert again.pixels.dtype == photo.pixels.dtype
    if again.format == "webp" and photo.lossless and photo.pixels.dtype == np.uint8:
        assert np.array_equal(to_srgb8(again.pixels), to_srgb8(photo.pixels))
    if photo.exif and again.format != "gif":
        assert again.exif is not None
        for tag, value in tags_of(photo.exif).items():
            assert tags_of(again.exif)[tag] == value
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def tags_of(block: bytes) -> dict[int, object]:
    """The tags of an EXIF block's first directory and of the one below it."""
    tags = Image.Exif()
    tags.load(block)
    plain = {tag: value for tag, value in tags.items() if tag != 0x8769}
    return plain | dict(tags.get_ifd(0x8769))


@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize("quality", [40, 75, 92, 100])
def test_jpeg_keeps_its_tables(
    quality: int, subsampling: int, opened: Opened, tmp_path: Path
) -> None:
    sample = Path(__file__).parents[3] / "resources/samples/eileen_collins.png"
    with Image.open(sample) as image:
        small = image.convert("RGB").crop((100, 0, 356, 256))
    data = encoded(small, "JPEG", quality=quality, subsampling=subsampling)
    photo = opened(data)
    again = open_photo(write_photo(photo, photo.pixels, tmp_path / "out.jpg"))
    assert again.jpeg == photo.jpeg
    assert psnr(again.pixels, photo.pixels) > 45


def test_grey_stays_one_channel(opened: Opened, tmp_path: Path) -> None:
    photo = opened(every_kind()["jpeg_grey"])
    assert photo.pixels.shape == (48, 64, 1)
    written = write_photo(photo, photo.pixels, tmp_path / "out.jpg")
    with Image.open(written) as image:
        assert image.mode == "L"


def test_deep_values_are_rounded_to_the_nearest(opened: Opened, tmp_path: Path) -> None:
    pixels = np.arange(65536, dtype=np.uint16).reshape(256, 256, 1).repeat(3, axis=2)
    photo = opened(imagecodecs.png_encode(pixels))
    again = open_photo(write_photo(photo, photo.pixels, tmp_path / "out.jpg", "jpeg"))
    expected = np.round(pixels / 257)
    assert np.abs(again.pixels - expected).max() <= 2
    assert np.array_equal(to_srgb8(pixels), expected)
    assert losses(photo, "jpeg") == ("the 16-bit values are rounded to 8 bits",)


def test_jpeg_lays_transparency_over_white(opened: Opened, tmp_path: Path) -> None:
    pixels = np.zeros((16, 16, 4), np.uint8)
    pixels[:, :, 0] = 200
    photo = opened(imagecodecs.png_encode(pixels))
    again = open_photo(write_photo(photo, photo.pixels, tmp_path / "out.jpg", "jpeg"))
    assert (again.pixels == 255).all()
    assert "white" in losses(photo, "jpeg")[0]


def test_clear_pixels_keep_their_colours(opened: Opened, tmp_path: Path) -> None:
    rgba = np.concatenate([picture(), np.zeros((48, 64, 1), np.uint8)], axis=2)
    photo = opened(imagecodecs.png_encode(rgba))
    for kind in ("png", "tiff", "webp"):
        again = open_photo(write_photo(photo, photo.pixels, tmp_path / kind, kind))
        assert np.array_equal(again.pixels, rgba)


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate"])
def test_tiff_keeps_its_compression(compression: str, opened: Opened, tmp_path: Path) -> None:
    photo = opened(encoded(Image.fromarray(picture()), "TIFF", compression=compression))
    written = write_photo(photo, photo.pixels, tmp_path / "out.tif")
    with Image.open(written) as image:
        assert image.info["compression"] == compression
        assert np.array_equal(np.asarray(image), picture())


@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_deep_tiff_is_what_another_reader_reads(
    byteorder: str, opened: Opened, tmp_path: Path
) -> None:
    deep = deep_picture(4)
    photo = opened(tiff(deep, photometric="rgb", extrasamples=["unassalpha"], byteorder=byteorder))
    written = write_photo(photo, photo.pixels, tmp_path / "out.tif")
    assert np.array_equal(tifffile.imread(written), deep)


def test_tiff_keeps_exif_in_its_own_directory(opened: Opened, tmp_path: Path) -> None:
    for order in ("little", "big"):
        photo = opened(every_kind()["jpeg"])
        if order == "big":
            block = Image.Exif()
            block.endian = ">"
            block[0x010F] = "Camera Works"
            block.get_ifd(0x8769)[0x9003] = DATE
            photo = dataclasses.replace(photo, exif=block.tobytes().removeprefix(b"Exif\0\0"))
        written = write_photo(photo, photo.pixels, tmp_path / "out.tif", "tiff")
        with Image.open(written) as image:
            assert image.getexif().get_ifd(0x8769)[0x9003] == DATE
            assert image.getexif()[0x010F] == "Camera Works"


def test_long_exif_is_shortened_for_jpeg(opened: Opened, tmp_path: Path) -> None:
    block = Image.Exif()
    block.load(exif())
    block.get_ifd(0x8769)[0x927C] = bytes(80_000)
    photo = opened(encoded(Image.fromarray(picture()), "PNG", exif=block.tobytes()))
    assert photo.exif is not None
    assert len(photo.exif) > 80_000
    assert "EXIF" in losses(photo, "jpeg")[0]
    again = open_photo(write_photo(photo, photo.pixels, tmp_path / "out.jpg", "jpeg"))
    assert again.exif is not None
    assert tags_of(again.exif)[0x9003] == DATE
    assert len(fitted(photo.exif) or b"") < 1000


def test_xmp_and_density_are_kept(opened: Opened, tmp_path: Path) -> None:
    xmp = b'<x:xmpmeta><rdf tiff:Orientation="6" dc:title="Eve"/></x:xmpmeta>'
    image = Image.fromarray(picture())
    photo = opened(encoded(image, "JPEG", xmp=xmp, dpi=(300, 300)))
    for kind in FORMATS:
        again = open_photo(write_photo(photo, photo.pixels, tmp_path / "out", kind))
        assert again.xmp == xmp.replace(b'"6"', b'"1"')
    with Image.open(write_photo(photo, photo.pixels, tmp_path / "out.png", "png")) as written:
        assert written.info["dpi"] == pytest.approx((300, 300), abs=0.1)


def test_iptc_goes_from_jpeg_to_jpeg_and_tiff(opened: Opened, tmp_path: Path) -> None:
    records = b"\x1c\x02\x78\x00\x03Eve"
    resource = b"8BIM\x04\x04\0\0" + len(records).to_bytes(4, "big") + records
    thumbnail = b"8BIM\x04\x0c\0\0\0\0\0\x04face"
    body = b"Photoshop 3.0\0" + thumbnail + resource
    jpeg = encoded(Image.fromarray(picture()), "JPEG")
    segment = b"\xff\xed" + (len(body) + 2).to_bytes(2, "big") + body
    photo = opened(jpeg[:2] + segment + jpeg[2:])
    assert photo.iptc == records
    for kind in ("jpeg", "tiff"):
        written = write_photo(photo, photo.pixels, tmp_path / kind, kind)
        assert open_photo(written).iptc == records
        assert b"face" not in written.read_bytes()


def test_colours_are_converted_by_the_profile() -> None:
    pixels = np.full((4, 4, 3), (0, 255, 0), np.uint8)
    assert to_srgb8(pixels)[0, 0].tolist() == [0, 255, 0]
    assert to_srgb8(pixels, profile("srgb"))[0, 0].tolist() == [0, 255, 0]
    grey = np.full((4, 4, 3), (100, 150, 100), np.uint8)
    assert to_srgb8(grey, profile())[0, 0, 0] < 90
    assert to_srgb8(grey, b"broken")[0, 0].tolist() == [100, 150, 100]
    assert to_srgb8(grey, profile()[:300])[0, 0].tolist() == [100, 150, 100]
    assert to_srgb8(np.full((4, 4, 2), 7, np.uint8), profile()).tolist()[0][0] == [7, 7, 7]
    deep = to_srgb8(np.full((4, 4, 4), 65535, np.uint16), profile())
    assert deep.shape == (4, 4, 3)
    assert deep.min() >= 254


def test_an_unchanged_copy_is_byte_for_byte(opened: Opened, tmp_path: Path) -> None:
    photo = opened(every_kind()["jpeg"])
    assert copy_photo(photo, tmp_path / "copy.jpg").read_bytes() == every_kind()["jpeg"]
    photo.path.unlink()
    with pytest.raises(WriteError) as caught:
        copy_photo(photo, tmp_path / "again.jpg")
    assert caught.value.code == "source_changed"


def failure(photo: Photo, target: Path) -> WriteError:
    """The error that writing the photo to the target ends in."""
    with pytest.raises(WriteError) as caught:
        write_photo(photo, photo.pixels, target, "png")
    assert str(caught.value).isprintable()
    return caught.value


def test_the_source_is_never_written(opened: Opened, tmp_path: Path) -> None:
    photo = opened(every_kind()["png"], "photo.png")
    assert failure(photo, photo.path).code == "is_source"
    assert failure(photo, tmp_path / "sub" / ".." / "photo.png").code in ("is_source", "no_folder")
    if os.name == "posix":
        (tmp_path / "link.png").symlink_to(photo.path)
        assert failure(photo, tmp_path / "link.png").code == "is_source"
    assert photo.path.read_bytes() == every_kind()["png"]


def test_targets_that_cannot_be_written(opened: Opened, tmp_path: Path) -> None:
    photo = opened(every_kind()["png"])
    assert failure(photo, tmp_path).code == "is_directory"
    assert failure(photo, tmp_path / "none" / "out.png").code == "no_folder"
    assert failure(photo, photo.path / "out.png").code == "no_folder"
    assert failure(photo, tmp_path / ("x" * 300)).code == "name_too_long"
    assert failure(photo, tmp_path / "nul\0.png").code == "bad_name"
    assert [path.name for path in tmp_path.iterdir()] == ["photo.bin"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
def test_pipes_are_not_written(opened: Opened, tmp_path: Path) -> None:
    photo = opened(every_kind()["png"])
    os.mkfifo(tmp_path / "pipe.png")
    assert failure(photo, tmp_path / "pipe.png").code == "not_a_file"


def test_formats_have_limits(opened: Opened, tmp_path: Path) -> None:
    photo = opened(encoded(Image.new("L", (16500, 1)), "PNG"))
    with pytest.raises(WriteError) as caught:
        write_photo(photo, photo.pixels, tmp_path / "out.webp", "webp")
    assert caught.value.code == "too_large"


_FULL = """
import resource, signal, sys
from pathlib import Path
from engine.photos import WriteError, open_photo, write_photo
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
photo = open_photo(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
try:
    write_photo(photo, photo.pixels, Path(sys.argv[2]), 'png')
except WriteError as error:
    print(error.code)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="file sizes are limited through Linux")
def test_no_space_leaves_the_old_file(opened: Opened, tmp_path: Path) -> None:
    photo = opened(every_kind()["png"])
    target = tmp_path / "out.png"
    target.write_bytes(b"the old one")
    done = subprocess.run(
        [sys.executable, "-c", _FULL, str(photo.path), str(target)],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("no_space\n", "")
    assert target.read_bytes() == b"the old one"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.png", "photo.bin"]
