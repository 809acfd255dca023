"""The window as somebody uses it who sees nothing of it but its accessibility tree."""

import hashlib
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.recipes import RESOURCES
from tests.helpers.desktop_user import DesktopUser, missing

pytestmark = [
    pytest.mark.skipif(bool(missing()), reason=missing()),
    pytest.mark.timeout(240),
    pytest.mark.xdist_group("desktop"),
]
SCREENS = ("Library", "Edit", "Strip", "Queue", "Review", "Models", "Train")


@pytest.fixture
def shoot(tmp_path: Path) -> Path:
    """Six photos: the two shipped portraits, thrice each."""
    folder = tmp_path / "shoot"
    folder.mkdir()
    for turn in range(3):
        for name in ("eileen_collins.png", "grace_hopper.jpg"):
            source = RESOURCES / "samples" / name
            shutil.copy(source, folder / f"{source.stem}_{turn}{source.suffix}")
    return folder


@pytest.fixture
def user(tmp_path: Path) -> Iterator[DesktopUser]:
    with DesktopUser(tmp_path / "home") as somebody:
        yield somebody


def until(is_so: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait; fails with what did not come true."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def digests(folder: Path) -> dict[str, str]:
    return {
        one.name: hashlib.sha256(one.read_bytes()).hexdigest()
        for one in sorted(folder.iterdir())
        if one.is_file()
    }


def states(user: DesktopUser) -> list[str]:
    return [row[1] for row in user.table("Jobs")]


def test_a_smile_for_one_photo_and_its_friends(user: DesktopUser, shoot: Path):
    before = digests(shoot)
    user.open(shoot)
    assert user.sees("Photos", ["list"], timeout_s=30)
    # One photo, one slider.
    assert user.select(["grace_hopper_0"]) == ["grace_hopper_0.jpg"]
    user.set_value("Happy", 60, ["slider"])
    assert user.value("Happy value", ["spin button"]) == 60
    user.press("Add to queue")
    until(lambda: "finished" in states(user), 60, "the job has not finished")
    made = shoot / "PixelSmile" / "grace_hopper_0_happy_0.6.jpg"
    assert made.is_file()
    assert made.read_bytes() != (shoot / "grace_hopper_0.jpg").read_bytes()
    # The same for the others, which were chosen with it, and back with one step.
    names = [f"grace_hopper_{turn}" for turn in range(3)] + ["eileen_collins_0", "eileen_collins_1"]
    user.select(names)
    user.select(["grace_hopper_0", *names[1:]])
    user.press("Sync")
    until(lambda: bool(user.sees("Undo", timeout_s=1)), 10, "no undo")
    time.sleep(1)
    user.select(["grace_hopper_2"])
    until(lambda: user.value("Happy") > 0, 20, "the slider of another photo has not moved")
    user.press("Undo")
    until(lambda: user.value("Happy") == 0, 10, "undo has not put the slider back")
    user.select(["grace_hopper_0"])
    until(lambda: user.value("Happy") == 60, 10, "undo took back more than one step")
    # Nothing was written but the picture.
    assert digests(shoot) == before
    assert [one.name for one in shoot.iterdir() if one.is_dir()] == ["PixelSmile"]
    assert [one.name for one in (shoot / "PixelSmile").iterdir()] == [made.name]


def test_undo_puts_the_slider_back(user: DesktopUser, shoot: Path):
    user.open(shoot / "grace_hopper_0.jpg")
    assert user.sees("Sad", ["slider"], timeout_s=30)
    user.set_value("Sad value", 40, ["spin button"])
    assert user.value("Sad", ["slider"]) == 40
    user.set_value("Sad", 90, ["slider"])
    user.press("Undo")
    assert user.value("Sad", ["slider"]) == 40
    user.press("Undo")
    assert user.value("Sad", ["slider"]) == 0
    user.press("Redo")
    assert user.value("Sad value", ["spin button"]) == 40
    assert not list(shoot.glob("*.json"))


def test_a_killed_window_loses_nothing(user: DesktopUser, shoot: Path):
    process = user.open(shoot)
    assert user.sees("Photos", ["list"], timeout_s=30)
    user.select(["eileen_collins_1"])
    user.set_value("Surprised", 70, ["slider"])
    time.sleep(3)  # where one is, is kept every two seconds
    os.kill(process, signal.SIGKILL)
    user.ask("wait", timeout_s=10)
    user.open()
    assert user.sees("Photos", ["list"], timeout_s=30)
    until(lambda: user.value("Surprised") == 70, 15, "the edit is lost")
    assert user.sees("eileen_collins_1", ["list item"], timeout_s=10)


def test_every_control_has_a_name_on_every_screen(user: DesktopUser, shoot: Path):
    user.open(shoot)
    assert user.sees("Photos", ["list"], timeout_s=30)
    for screen in SCREENS:
        user.press(screen)
        time.sleep(0.5)
        assert user.ask("unnamed") == [], screen
    user.press("Export…")
    assert user.sees("Export", ["dialog"], timeout_s=10)
    assert user.ask("unnamed") == [], "Export…"


def test_a_photo_that_cannot_be_read_is_named_and_the_rest_goes_on(user: DesktopUser, shoot: Path):
    (shoot / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture at all")
    user.open(shoot)
    assert user.sees("Photos", ["list"], timeout_s=30)
    user.select(["broken.jpg"])
    user.set_value("Happy", 50, ["slider"])
    user.press("Add to queue")
    user.select(["grace_hopper_0"])
    user.set_value("Happy", 50, ["slider"])
    user.press("Add to queue")
    until(lambda: sorted(states(user)) == ["failed", "finished"], 60, str(user.table("Jobs")))
    failed = next(row for row in user.table("Jobs") if row[1] == "failed")
    assert failed[0] == "broken.jpg"
    assert "Traceback" not in user.said()


def test_the_first_start_blocks_nothing(user: DesktopUser):
    user.open()
    assert user.sees("Welcome", timeout_s=30)
    user.press("Edit the sample portrait", timeout_s=15)
    until(lambda: user.value("Happy") == 60, 30, "the sample is not edited")
