"""Files that cannot be opened: each ends as one clear sentence, quickly and in bounded memory."""

import os
import random
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.photos import Photo, PhotoError, open_photo
from tests.unit.photos.photo_files import encoded, every_kind, picture

Opened = Callable[..., Photo]
posix_only = pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")


def refusal(path: Path) -> PhotoError:
    """The error that opening the file ends in."""
    with pytest.raises(PhotoError) as caught:
        open_photo(path)
    sentence = str(caught.value)
    assert sentence.isprintable()
    assert sentence.endswith(".")
    return caught.value


def refused_bytes(tmp_path: Path, data: bytes) -> PhotoError:
    """The error that opening these bytes ends in."""
    path = tmp_path / "photo.bin"
    path.write_bytes(data)
    return refusal(path)


def test_the_sentence_names_photo_reason_and_remedy(tmp_path: Path) -> None:
    (tmp_path / "eve.jpg").touch()
    assert str(refusal(tmp_path / "eve.jpg")) == (
        "eve.jpg cannot be opened: the file is empty; copy it again from the camera or the backup."
    )


def test_what_is_no_file(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.jpg").code == "missing"
    assert refusal(tmp_path).code == "is_directory"
    assert refusal(tmp_path / ("x" * 300)).code == "missing"
    assert refusal(Path("nul\0byte.jpg")).code == "missing"


@posix_only
def test_pipes_devices_and_broken_links(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    assert refusal(tmp_path / "pipe.jpg").code == "not_a_file"
    assert refusal(Path("/dev/null")).code == "not_a_file"
    (tmp_path / "link.jpg").symlink_to(tmp_path / "gone.jpg")
    assert refusal(tmp_path / "link.jpg").code == "missing"
    (tmp_path / "loop.jpg").symlink_to(tmp_path / "loop.jpg")
    assert refusal(tmp_path / "loop.jpg").code == "missing"


@posix_only
@pytest.mark.skipif(getattr(os, "geteuid", lambda: 0)() == 0, reason="root may read everything")
def test_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "secret.jpg"
    path.write_bytes(every_kind()["jpeg"])
    path.chmod(0)
    assert refusal(path).code == "unreadable"


@posix_only
@pytest.mark.parametrize(
    "name", ["ünïcødé 微笑.jpg", "two\nlines.jpg", os.fsdecode(b"by\xffte.jpg")]
)
def test_odd_names(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    try:
        path.write_bytes(every_kind()["jpeg"])
    except OSError:
        pytest.skip("this file system does not allow the name")
    assert open_photo(path).path == path
    path.write_bytes(b"no photo")
    assert refusal(path).code == "not_an_image"


def test_what_is_no_photo(tmp_path: Path) -> None:
    assert refused_bytes(tmp_path, b"hello, world").code == "not_an_image"
    photoshop = refused_bytes(tmp_path, b"8BPS" + bytes(20))
    assert photoshop.code == "unsupported"
    assert "Photoshop" in str(photoshop)


@pytest.mark.parametrize("name", every_kind())
def test_incomplete_files_are_refused(name: str, tmp_path: Path) -> None:
    data = every_kind()[name]
    for kept in (0.3, 0.5, 0.8):
        if name == "gif_animated" and kept > 0.5:
            continue  # its first frame is whole by then
        error = refused_bytes(tmp_path, data[: int(len(data) * kept)])
        assert error.code in ("truncated", "damaged")


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_that_was_cut_and_closed_is_refused(progressive: bool, tmp_path: Path) -> None:
    data = encoded(Image.fromarray(picture(256, 256)), "JPEG", progressive=progressive)
    for kept in (0.4, 0.7, 0.95):
        closed = data[: int(len(data) * kept)] + b"\xff\xd9"
        assert refused_bytes(tmp_path, closed).code == "truncated"


def test_a_grey_corner_is_not_taken_for_a_cut(opened: Opened) -> None:
    grey = Image.new("RGB", (128, 128), (128, 128, 128))
    assert opened(encoded(grey, "JPEG")).size == (128, 128)


def chunk(kind: bytes, body: bytes) -> bytes:
    """A PNG chunk."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_of(width: int, height: int, depth: int = 8, extra: bytes = b"") -> bytes:
    """A PNG whose header claims this size and whose contents are next to nothing."""
    header = struct.pack(">IIBBBBB", width, height, depth, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(bytes(100)))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


def bombs() -> dict[str, bytes]:
    """Small files that claim to be, or unpack to, enormous ones."""
    files = every_kind()
    jpeg = bytearray(files["jpeg"])
    at = jpeg.index(b"\xff\xc0")
    jpeg[at + 5 : at + 9] = b"\xff\xdc\xff\xdc"
    gif = bytearray(files["gif"])
    gif[6:10] = b"\xff\xff\xff\xff"
    bmp = bytearray(files["bmp"])
    bmp[18:26] = struct.pack("<ii", 1 << 30, 1 << 30)
    tiff = bytearray(files["tiff"])
    width_entry = tiff.index(struct.pack("<HHI", 256, 4, 1)) if tiff[:2] == b"II" else 0
    tiff[width_entry + 8 : width_entry + 12] = struct.pack("<I", 1 << 31)
    webp = bytearray(files["webp_animated"])
    at = webp.index(b"VP8X")
    webp[at + 12 : at + 18] = b"\xff\xff\xff\xff\xff\x00"
    return {
        "png": png_of(1 << 30, 1 << 30),
        "png_just_over": png_of(20_000, 20_000),
        "png_deep": png_of(12_000, 12_000, depth=16),
        "png_little_data": png_of(14_000, 14_000),
        "jpeg": bytes(jpeg),
        "gif": bytes(gif),
        "bmp": bytes(bmp),
        "tiff": bytes(tiff),
        "webp": bytes(webp),
    }


def metadata_bombs() -> dict[str, bytes]:
    """Whole small photos with a part that unpacks to 200 MB."""
    zeros = zlib.compress(bytes(200_000_000), 9)
    whole = encoded(Image.fromarray(picture()), "PNG")
    after_header = 8 + 25
    parts = {
        "profile": chunk(b"iCCP", b"icc\0\0" + zeros),
        "text": chunk(b"zTXt", b"Comment\0\0" + zeros),
        "xmp": chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zeros),
    }
    return {
        name: whole[:after_header] + part + whole[after_header:] for name, part in parts.items()
    }


_BOUNDED = """
import resource, sys
from pathlib import Path
import imagecodecs, numpy
from imagecodecs import png_decode, jpeg8_decode, webp_decode
from PIL import Image, GifImagePlugin, BmpImagePlugin
import cv2, tifffile
from engine.photos import PhotoError, open_photo
used = int(Path('/proc/self/statm').read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 150_000_000,) * 2)
for name in sys.argv[1:]:
    try:
        photo = open_photo(Path(name))
        print(Path(name).name, 'opened', len(photo.warnings))
    except PhotoError as error:
        print(Path(name).name, error.code)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited through Linux")
def test_bombs_are_refused_within_bounded_memory(tmp_path: Path) -> None:
    files = bombs() | metadata_bombs()
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _BOUNDED, *(str(tmp_path / n) for n in files)],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    assert dict(line.split(" ", 1) for line in done.stdout.splitlines()) == {
        **dict.fromkeys(bombs(), "too_large"),
        "png_little_data": "truncated",
        "profile": "opened 1",
        "text": "opened 0",
        "xmp": "opened 1",
    }


def test_directories_that_go_in_circles(opened: Opened, tmp_path: Path) -> None:
    data = bytearray(every_kind()["tiff"])
    order = "<" if data[:2] == b"II" else ">"
    first = struct.unpack_from(order + "I", data, 4)[0]
    count = struct.unpack_from(order + "H", data, first)[0]
    struct.pack_into(order + "I", data, first + 2 + 12 * count, first)
    assert opened(bytes(data)).size == (48, 64)
    struct.pack_into(order + "I", data, 4, len(data) - 3)
    assert refused_bytes(tmp_path, bytes(data)).code == "damaged"


def mutated(data: bytes, chance: random.Random) -> bytes:
    """The bytes with some changed, missing or too many."""
    changed = bytearray(data)
    way = chance.random()
    at = chance.randrange(len(changed))
    if way < 0.7:
        reach = min(len(changed), 400 if way < 0.3 else len(changed))
        for _ in range(chance.choice((1, 2, 8))):
            changed[chance.randrange(reach)] = chance.choice((0, 1, 127, 255))
    elif way < 0.85:
        del changed[at : at + chance.randrange(1, 40)]
    else:
        changed[at:at] = chance.randbytes(chance.randrange(1, 40))
    return bytes(changed)


def ending_of(path: Path) -> Photo | PhotoError:
    """What opening the file ends in."""
    try:
        return open_photo(path)
    except PhotoError as error:
        return error


def test_broken_bytes_end_as_a_photo_or_a_photo_error(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "photo.bin"
    chance = random.Random(5)
    files = list(every_kind().values())
    for number in range(400):
        path.write_bytes(mutated(files[number % len(files)], chance))
        ending = ending_of(path)
        if isinstance(ending, PhotoError):
            assert str(ending).isprintable()
        else:
            assert ending.pixels.dtype in (np.uint8, np.uint16)
    assert capfd.readouterr() == ("", "")
