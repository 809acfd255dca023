"""Every kind of strip says how it was made, and plays as if it did not."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from engine.photos import Provenance, WriteError, open_photo, provenance_packet, signing
from engine.recipes import Export
from engine.strips import write_strip
from tests.unit.photos import camera_files as files
from tests.unit.photos.certificates import needs_c2pa, signature_in

DONE = Provenance("humanEdits", "instant", '{"faces":"é"}', "PixelSmile Desktop 1")
PACKET = provenance_packet(None, DONE)


def frames() -> list[np.ndarray]:
    return [np.full((40, 60, 3), 40 * n, np.uint8) for n in range(4)]


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".apng", ".mp4", ".png"])
def test_every_kind_carries_the_packet(suffix: str, tmp_path: Path) -> None:
    said, plain = tmp_path / f"said{suffix}", tmp_path / f"plain{suffix}"
    strip = write_strip(frames(), said, fps=10, loop="repeat", xmp=PACKET)
    write_strip(frames(), plain, fps=10, loop="repeat")
    assert strip.frames == 4
    assert said.read_bytes().count(PACKET) == 1
    if suffix == ".mp4":
        assert cv2.VideoCapture(str(said)).get(cv2.CAP_PROP_FRAME_COUNT) == 4
        return
    with Image.open(said) as one, Image.open(plain) as other:
        count = getattr(one, "n_frames", 1)
        assert count == getattr(other, "n_frames", 1)
        for number in range(count):
            one.seek(number)
            other.seek(number)
            assert one.convert("RGB").tobytes() == other.convert("RGB").tobytes()


@pytest.mark.skipif(not files.have("exiftool"), reason="exiftool is not installed")
@pytest.mark.parametrize("suffix", [".gif", ".webp", ".apng", ".mp4", ".png"])
def test_another_program_reads_it(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"strip{suffix}"
    write_strip(frames(), path, fps=10, loop="repeat", xmp=PACKET)
    said = files.exiftool("-j", "-XMP-iptcExt:all", "-XMP-pixelsmile:all", str(path))
    assert "digitalsourcetype/humanEdits" in said
    assert "é" in said


@pytest.fixture(scope="module")
def signature(tmp_path_factory: pytest.TempPathFactory) -> Export:
    """A certificate of a test authority, with its key."""
    return signature_in(tmp_path_factory.mktemp("certificate"))


@needs_c2pa
@pytest.mark.parametrize("suffix", [".gif", ".webp", ".apng", ".mp4", ".png", ".frames"])
def test_every_kind_can_be_signed_and_plays_the_same(
    suffix: str,
    signature: Export,
    tmp_path: Path,
) -> None:
    import c2pa

    photo = tmp_path / "a.jpg"
    files.p3_jpeg(photo)
    signed, plain = tmp_path / f"signed{suffix}", tmp_path / f"plain{suffix}"
    files_of = (lambda path: sorted(path.iterdir())) if suffix == ".frames" else (lambda p: [p])
    sign = signing(
        open_photo(photo), DONE, signed, suffix[1:], signature.certificate, signature.key
    )
    write_strip(frames(), signed, fps=10, loop="repeat", xmp=PACKET, sign=sign)
    write_strip(frames(), plain, fps=10, loop="repeat", xmp=PACKET)
    for one, other in zip(files_of(signed), files_of(plain), strict=True):
        with open(one, "rb") as file, c2pa.Reader(_media(one), file) as reader:
            assert reader.get_validation_state() in ("Valid", "Trusted")
            assert '"relationship": "parentOf"' in reader.json()
            assert "digitalsourcetype/humanEdits" in reader.json()
        assert PACKET in one.read_bytes()
        assert shown(one) == shown(other)
    assert not list(tmp_path.glob(".pixelsmile-*"))


@needs_c2pa
def test_a_strip_that_cannot_be_signed_is_not_written(
    signature: Export,
    tmp_path: Path,
) -> None:
    photo = tmp_path / "a.jpg"
    files.p3_jpeg(photo)
    target = tmp_path / "a.gif"
    opened = open_photo(photo)
    with pytest.raises(WriteError, match="no private key"):
        signing(opened, DONE, target, "gif", signature.certificate, signature.certificate)
    sign = signing(opened, DONE, target, "gif", signature.certificate, signature.key)
    with pytest.raises(WriteError) as caught:  # a WebP, which `gif` is not
        write_strip(frames(), tmp_path / "b.webp", fps=10, sign=sign)
    assert caught.value.code == "not_signed"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.jpg"]


def _media(path: Path) -> str:
    media = {".gif": "image/gif", ".webp": "image/webp", ".mp4": "video/mp4"}
    return media.get(path.suffix, "image/png")


def shown(path: Path) -> list[bytes]:
    """The frames as a reader shows them, and what they wait."""
    if path.suffix == ".mp4":
        film, found = cv2.VideoCapture(str(path)), []
        while (read := film.read())[0]:
            found.append(read[1].tobytes())
        return [*found, str(film.get(cv2.CAP_PROP_FPS)).encode()]
    found = []
    with Image.open(path) as image:
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            found += [image.convert("RGB").tobytes(), str(image.info.get("duration")).encode()]
    return found
