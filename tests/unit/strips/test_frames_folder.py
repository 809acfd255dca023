"""Strips as folders of numbered pictures."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.library import sweep
from engine.photos import WriteError
from engine.strips import write_strip


def frames(count: int) -> list[np.ndarray]:
    return [np.full((8, 12, 3), 20 * number, np.uint8) for number in range(count)]


def test_every_frame_is_a_file_and_a_shorter_strip_takes_the_folders_place(tmp_path: Path):
    target = tmp_path / "anna.1.frames"
    strip = write_strip(frames(3), target, fps=10, loop="bounce")
    assert (strip.path, strip.frames, strip.codec) == (target, 3, "frames")
    names = sorted(one.name for one in target.iterdir())
    assert names == ["anna.1_0001.png", "anna.1_0002.png", "anna.1_0003.png"]
    for number, name in enumerate(names):
        with Image.open(target / name) as picture:
            assert np.array_equal(np.asarray(picture), frames(3)[number])
    write_strip(frames(2), target, fps=10)
    assert sorted(one.name for one in target.iterdir()) == names[:2]
    assert [one.name for one in tmp_path.iterdir()] == ["anna.1.frames"]


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path: Path):
    target = tmp_path / "a.frames"
    write_strip(frames(2), target, fps=10)
    (target / "notes.txt").write_text("mine")
    with pytest.raises(WriteError, match="something else in it"):
        write_strip(frames(3), target, fps=10)
    assert len(list(target.iterdir())) == 3
    with pytest.raises(WriteError, match=r"a\.frames"):
        write_strip(frames(1), tmp_path / "none" / "a.frames", fps=10)


@pytest.mark.skipif(sys.platform != "linux", reason="tells processes apart by /proc")
def test_a_folder_that_a_killed_process_was_filling_is_swept(tmp_path: Path):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    for pid in (ended.pid, os.getpid()):
        half = tmp_path / f".pixelsmile-{pid}-0123456789ab.frames"
        half.mkdir()
        (half / "a_0001.png").write_bytes(b"x")
    sweep([tmp_path])
    assert [one.name for one in tmp_path.iterdir()] == [
        f".pixelsmile-{os.getpid()}-0123456789ab.frames"
    ]
