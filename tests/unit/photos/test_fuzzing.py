"""Thousands of broken photos of every format: a photo or one clear sentence, nothing else."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.photos import camera_files
from tests.unit.photos.photo_files import every_kind

COUNT = 2100
TIMEOUT_S = 60


def lay_out(folder: Path) -> None:
    """Small whole photos of every format that can be made here."""
    for name, data in every_kind().items():
        (folder / f"{name}.{name.partition('_')[0]}").write_bytes(data)
    camera_files.avif(folder / "portrait.avif")
    if importlib.util.find_spec("pi_heif") and camera_files.have("heif-enc"):
        camera_files.heic(folder / "eight.heic")
        camera_files.heic(folder / "ten.heic", bits=10)
    if importlib.util.find_spec("rawpy"):
        camera_files.dng(folder / "sensor.dng", 128)
        sensor = (folder / "sensor.dng").read_bytes()
        # Beginnings by which other makers' files are told.
        for name, start in (("orf", b"IIRO"), ("rw2", b"IIU\0"), ("raf", b"FUJIFILMCCD-RAW ")):
            (folder / f"sensor.{name}").write_bytes(start + sensor[len(start) :])
        box = b"\0\0\0\x18ftypcrx \0\0\0\1crx isom"
        (folder / "sensor.cr3").write_bytes(box + sensor[len(box) :])


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited through Linux")
@pytest.mark.timeout(TIMEOUT_S + 30)
def test_broken_photos_of_every_format(tmp_path: Path) -> None:
    lay_out(tmp_path)
    script = Path(__file__).with_name("fuzz_readers.py")
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script), str(tmp_path), "7", str(COUNT)],
        cwd=Path(__file__).parents[3],
        env={"PYTHONPATH": str(Path(__file__).parents[3]), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    assert "Traceback" not in done.stderr
    opened, refused, *_ = done.stdout.split()
    assert int(opened) + int(refused) == COUNT
    assert int(opened) > COUNT // 20
    assert int(refused) > COUNT // 20
