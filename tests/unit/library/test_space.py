"""Whether pictures fit, against what is really written."""

import subprocess
import sys
from pathlib import Path

import pytest

from engine.library import Space, bytes_at, free_bytes, space_for
from engine.photos import export_photo, open_photo
from engine.recipes import RESOURCES, Export, OutputFormat

SAMPLES = [RESOURCES / "samples" / name for name in ("grace_hopper.jpg", "eileen_collins.png")]
FORMATS: list[OutputFormat] = ["source", "jpeg", "png", "tiff", "tiff8", "tiff16", "webp", "avif"]


def room(photo: Path, count: int = 1, free: int | None = 0, **more: object) -> Space:
    found = space_for([(photo, count)], Path("out"), free=lambda _: free, **more)  # pyright: ignore
    assert found is not None
    return found


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("export", [Export(), Export(longest_px=200)], ids=["whole", "200 px"])
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_what_is_written_lies_within_the_bounds(
    tmp_path: Path, sample: Path, format: OutputFormat, export: Export
):
    photo = open_photo(sample)
    written = export_photo(photo, photo.pixels, tmp_path / "picture", format, export).path
    told = room(sample, format=format, export=export)
    real = written.stat().st_size
    assert told.least_bytes <= real
    # Usual are camera files; these are scans of 0.2 and 3 bytes a pixel.
    assert real / 4 < told.needed_bytes < real * 4


def test_a_deep_tiff_of_a_jpeg_grows_and_a_jpeg_of_it_shrinks(tmp_path: Path):
    photo = tmp_path / "a.jpg"
    photo.write_bytes(bytes(10_000_000))
    raw = tmp_path / "a.nef"
    raw.write_bytes(bytes(30_000_000))
    assert room(photo, format="tiff16").needed_bytes > 5 * 10_000_000
    assert room(raw).needed_bytes > room(raw, format="tiff8").needed_bytes > 30_000_000
    assert room(raw, format="jpeg").needed_bytes < 15_000_000
    assert room(photo, format="tiff16", export=Export(longest_px=1000)).needed_bytes < 3_000_000
    assert room(photo, 3).needed_bytes == 3 * room(photo).needed_bytes


@pytest.mark.parametrize(
    ("free", "verdict"), [(100_000_000, "fits"), (40_000_000, "doubtful"), (1_000, "too_little")]
)
def test_only_what_cannot_fit_is_too_little(tmp_path: Path, free: int, verdict: str):
    photo = tmp_path / "a.jpg"
    photo.write_bytes(bytes(10_000_000))
    assert room(photo, 6, free).verdict == verdict


def test_files_that_are_replaced_leave_their_room(tmp_path: Path):
    photo = tmp_path / "a.jpg"
    photo.write_bytes(bytes(1_000_000))
    (tmp_path / "a_happy_0.5.jpg").write_bytes(bytes(900_000))
    (tmp_path / "a_happy_0.jpg").write_bytes(bytes(70_000))
    stems = [tmp_path / "a_happy_0.5", tmp_path / "a_happy_1.0", tmp_path / "none" / "a_happy_0.5"]
    assert bytes_at(stems) == 900_000
    assert room(photo, replaced=900_000).least_bytes == 0


def test_photos_that_are_gone_and_disks_without_a_size_stop_nobody(tmp_path: Path):
    assert room(tmp_path / "gone.jpg", 5).needed_bytes == 0
    assert space_for([(SAMPLES[0], 9)], tmp_path, free=lambda _: None) is None


def test_what_is_free_is_asked_of_the_folder_that_there_will_be(tmp_path: Path):
    assert free_bytes(tmp_path / "not" / "yet") == pytest.approx(free_bytes(tmp_path), rel=0.05)


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a disk")
def test_a_small_disk_tells_what_is_free(tmp_path: Path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        (disk / "ballast").write_bytes(bytes(1 << 20))
        free = free_bytes(disk / "out")
        assert free is not None
        assert (1 << 20) - 65536 <= free <= 1 << 20
        assert space_for([(SAMPLES[1], 20)], disk / "out").verdict == "too_little"  # pyright: ignore
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)
