"""Strips: every frame in the file, at its time, with its colours."""

import shutil
import stat
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageSequence

from engine.photos import WriteError
from engine.strips import Loop, write_strip
from engine.strips.sheet import sheet
from engine.strips.timing import durations

Frames = list[NDArray[np.uint8]]


@pytest.fixture(scope="module")
def frames() -> Frames:
    """Eight frames, 121 × 90: a face that moves; the fifth and sixth look like the fourth."""
    sample = Path(__file__).parents[3] / "resources/samples/eileen_collins.png"
    with Image.open(sample) as image:
        still = np.asarray(image.convert("RGB").crop((150, 20, 271, 110)))
    moved: Frames = []
    for number in range(8):
        frame = still.copy()
        frame[30:60, 40:80] = still[30 - number : 60 - number, 40:80]
        moved.append(frame)
    moved[4] = moved[3]
    moved[5] = moved[3].copy()
    return moved


def shown(path: Path) -> tuple[Frames, list[float]]:
    """The frames of an animation as a player shows them, and how long each, in ms."""
    with Image.open(path) as image:
        pictures, times = [], []
        for frame in ImageSequence.Iterator(image):
            pictures.append(np.asarray(frame.convert("RGB")))
            times.append(float(frame.info["duration"]))
    return pictures, times


@pytest.mark.parametrize("kind", [".gif", ".webp", ".apng"])
@pytest.mark.parametrize("loop", ["bounce", "repeat", "once"])
def test_every_frame_is_there(kind: str, loop: Loop, frames: Frames, tmp_path: Path) -> None:
    fps = 24.0
    strip = write_strip(frames, tmp_path / f"strip{kind}", fps=fps, loop=loop)
    pictures, times = shown(strip.path)
    expected = [*frames, *frames[-2:0:-1]] if loop == "bounce" else frames
    assert strip.frames == len(pictures) == len(expected)
    assert sum(times) == pytest.approx(1000 * len(expected) / fps, abs=5)
    assert sum(times) == pytest.approx(1000 * strip.seconds, abs=0.5)
    with Image.open(strip.path) as image:
        repeats = image.info.get("loop")
    assert repeats == (0 if loop != "once" else None if kind == ".gif" else 1)
    least = {".gif": 30.0, ".webp": 33.0, ".apng": 300.0}[kind]
    for picture, frame in zip(pictures, expected, strict=True):
        error = ((picture.astype(float) - frame) ** 2).mean()
        assert 10 * np.log10(255**2 / max(error, 1e-30)) > least


@pytest.mark.parametrize("kind", [".gif", ".webp", ".apng"])
def test_frames_that_never_change_are_all_there(kind: str, tmp_path: Path) -> None:
    same = [np.full((20, 30, 3), 90, np.uint8)] * 5
    pictures, _ = shown(write_strip(same, tmp_path / f"s{kind}", fps=10, loop="repeat").path)
    assert len(pictures) == 5


def test_what_stands_still_does_not_shimmer(frames: Frames, tmp_path: Path) -> None:
    for kind in (".gif", ".webp"):
        pictures, _ = shown(write_strip(frames, tmp_path / f"s{kind}", fps=10).path)
        for picture in pictures:
            assert np.array_equal(picture[:25], pictures[0][:25])


def test_few_colours_are_exact_in_a_gif(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    colours = chance.integers(0, 256, (100, 3), dtype=np.uint8)
    exact = [colours[chance.integers(0, 100, (40, 50))] for _ in range(4)]
    pictures, _ = shown(write_strip(exact, tmp_path / "s.gif", fps=10, loop="once").path)
    assert all(np.array_equal(*pair) for pair in zip(pictures, exact, strict=True))


@pytest.mark.parametrize("kind", [".gif", ".webp", ".apng"])
def test_transparency_is_kept(kind: str, tmp_path: Path) -> None:
    clear = np.zeros((32, 32, 4), np.uint8)
    clear[8:24, 8:24] = (250, 10, 10, 255)
    moved = np.roll(clear, 4, axis=1)
    strip = write_strip([clear, moved], tmp_path / f"s{kind}", fps=10, loop="repeat")
    with Image.open(strip.path) as image:
        for number, expected in enumerate((clear, moved)):
            image.seek(number)
            alpha = np.asarray(image.convert("RGBA"))[..., 3]
            assert np.array_equal(alpha, expected[..., 3])


def test_times_do_not_drift() -> None:
    assert durations(3, 10, 100) == [10, 10, 10]
    assert sum(durations(300, 24, 100)) == 1250
    assert set(durations(300, 24, 100)) == {4, 5}


def test_one_frame(tmp_path: Path) -> None:
    frame = np.zeros((3, 3, 3), np.uint8)
    for kind in (".gif", ".webp", ".apng", ".png", ".mp4"):
        for loop in ("bounce", "once"):
            assert write_strip([frame], tmp_path / f"s{kind}", fps=5, loop=loop).frames == 1


def film(path: Path) -> tuple[Frames, float]:
    """The frames of a film and their rate."""
    reader = cv2.VideoCapture(str(path))
    pictures = []
    while True:
        there, picture = reader.read()
        if not there:
            break
        pictures.append(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
    rate = reader.get(cv2.CAP_PROP_FPS)
    reader.release()
    return pictures, rate


@pytest.mark.parametrize("codec", ["h264", "mpeg4"])
def test_films(codec: str, frames: Frames, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if codec == "mpeg4":
        monkeypatch.setenv("PATH", str(tmp_path))
    elif shutil.which("ffmpeg") is None:
        pytest.skip("there is no ffmpeg program here")
    strip = write_strip(frames, tmp_path / "film.mp4", fps=12.5, loop="repeat")
    if codec == "h264" and strip.codec != "h264":
        pytest.skip("the ffmpeg program here cannot write H.264")
    pictures, rate = film(strip.path)
    assert strip.codec == codec
    assert bool(strip.remarks) == (codec == "mpeg4")
    assert len(pictures) == len(frames)
    assert rate == pytest.approx(12.5, abs=0.01)
    assert pictures[0].shape == (90, 122, 3)
    for picture, frame in zip(pictures, frames, strict=True):
        error = ((picture[:, :121].astype(float) - frame) ** 2).mean()
        assert 10 * np.log10(255**2 / error) > 27


def test_an_ffmpeg_that_fails_is_told(
    frames: Frames, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "ffmpeg"
    program.write_text(
        "#!/bin/sh\n"
        'case "$*" in *-encoders*) echo " V....D libx264 x";; *) echo no luck >&2; exit 3;; esac\n'
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(folder))
    if shutil.which("ffmpeg") is None:
        pytest.skip("programs are not started like this here")
    with pytest.raises(WriteError, match="no luck"):
        write_strip(frames, tmp_path / "film.mp4", fps=12)
    assert [path.name for path in tmp_path.iterdir()] == ["bin"]


def test_sheets_show_each_frame_and_label(frames: Frames, tmp_path: Path) -> None:
    labels = [f"α {number / 7:.2f}" for number in range(8)]
    strip = write_strip(frames, tmp_path / "sheet.png", fps=12, labels=labels)
    with Image.open(strip.path) as image:
        paper = np.asarray(image)
    assert strip.frames == 8
    found = [
        (number, y, x)
        for number, frame in enumerate(frames)
        for y in range(0, paper.shape[0] - 89)
        for x in range(0, paper.shape[1] - 120)
        if np.array_equal(paper[y, x : x + 121], frame[0])
        and np.array_equal(paper[y : y + 90, x : x + 121], frame)
    ]
    assert {number for number, _, _ in found} == set(range(8))
    plain = sheet(frames, [])
    assert plain.shape[0] < paper.shape[0]


def test_huge_sheets_are_made_smaller() -> None:
    paper = sheet([np.zeros((4000, 4000, 3), np.uint8)] * 9, ["a" * 500] * 9)
    assert paper.shape[0] * paper.shape[1] < 80_000_000


def test_nonsense_is_refused(frames: Frames, tmp_path: Path) -> None:
    target = tmp_path / "s.gif"
    with pytest.raises(ValueError, match="at least one"):
        write_strip([], target, fps=12)
    with pytest.raises(ValueError, match="cannot be shown"):
        write_strip(frames, target, fps=0)
    with pytest.raises(ValueError, match="labels"):
        write_strip(frames, target, fps=12, labels=["one"])
    with pytest.raises(ValueError, match="must all be"):
        write_strip([frames[0], frames[0][1:]], target, fps=12)
    for name, fps in (("s.gif", 60), ("s.avi", 12), ("s", 12), ("none/s.gif", 12)):
        with pytest.raises(WriteError):
            write_strip(frames, tmp_path / name, fps=fps)
    assert list(tmp_path.iterdir()) == []
