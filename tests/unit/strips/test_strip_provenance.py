"""Every kind of strip says how it was made, and plays as if it did not."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from engine.photos import Provenance, provenance_packet
from engine.strips import write_strip
from tests.unit.photos import camera_files as files

PACKET = provenance_packet(
    None, Provenance("humanEdits", "instant", '{"faces":"é"}', "PixelSmile Desktop 1")
)


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
