"""Which temporary files are swept and which are kept."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.library import is_in_use, sweep

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="tells processes apart by /proc")


def ended_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def age(path: Path, seconds: float) -> None:
    """Let a file have been changed so long ago."""
    then = time.time() - seconds
    os.utime(path, (then, then))


def test_only_what_nobody_is_at_is_swept(tmp_path: Path):
    gone, mine = ended_process(), os.getpid()
    swept = [f".pixelsmile-{gone}-0123456789ab.jpg", f".pixelsmile-{gone}-0123456789ab"]
    swept.append(f".pixelsmile-{gone}-0123456789ab.jpg.pixelsmile.json")
    kept = [
        f".pixelsmile-{mine}-0123456789ab.jpg",
        f".pixelsmile-{os.getppid()}-0123456789ab.jpg",
        ".pixelsmile-0123456789ab.jpg",  # without a number, and young
        ".pixelsmile-notes.txt",
        "pixelsmile-0123456789ab.jpg",
        ".other",
    ]
    for name in (*swept, *kept):
        (tmp_path / name).touch()
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / swept[0]).touch()
    assert is_in_use(tmp_path / kept[0])
    assert not is_in_use(tmp_path / swept[0])
    assert sorted(path.name for path in sweep([tmp_path, tmp_path / "none"])) == sorted(swept)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*kept, "below"])


def test_a_file_without_a_number_is_swept_when_it_is_old(tmp_path: Path):
    old, young = tmp_path / ".pixelsmile-0123456789ab.jpg", tmp_path / ".pixelsmile-ab0123456789"
    for path in (old, young):
        path.touch()
    age(old, 10_000)
    age(young, 30)
    assert sweep([tmp_path]) == [old]


def test_a_number_that_has_been_given_out_again_protects_nothing(tmp_path: Path):
    path = tmp_path / f".pixelsmile-{os.getpid()}-0123456789ab.jpg"
    path.touch()
    age(path, 10**8)
    assert sweep([tmp_path]) == [path]
