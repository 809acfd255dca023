"""The window while its processes are killed, its files are damaged, and nobody has a mouse."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from PIL import Image

from engine.recipes import RESOURCES
from tests.e2e.test_desktop import states, until
from tests.helpers.desktop_user import DesktopUser, missing

pytestmark = [
    pytest.mark.skipif(bool(missing()), reason=missing()),
    pytest.mark.timeout(240),
    pytest.mark.xdist_group("desktop"),
]


@pytest.fixture
def user(tmp_path: Path):
    with DesktopUser(tmp_path / "home") as somebody:
        yield somebody


@pytest.fixture
def shoot(tmp_path: Path) -> Path:
    """Six large photos, no two alike: equal ones would be rendered once."""
    folder = tmp_path / "shoot"
    folder.mkdir()
    with Image.open(RESOURCES / "samples" / "grace_hopper.jpg") as sample:
        large = sample.convert("RGB").resize((1536, 1800))
    for turn in range(6):
        large.crop((turn, 0, 1500 + turn, 1800)).save(folder / f"photo_{turn}.jpg")
    return folder


def processes(parent: int, words: str) -> list[int]:
    """The children of a process whose command holds these words."""
    asked = subprocess.run(
        ["ps", "--ppid", str(parent), "-o", "pid=,args="],
        capture_output=True,
        text=True,
        check=False,
    )
    rows = [line.split(None, 1) for line in asked.stdout.splitlines()]
    return [int(number) for number, command in rows if words in command]


def choose(user: DesktopUser, menu: str, entry: str) -> None:
    """Choose an entry of a menu, which may be open still."""
    if user.sees(entry, ["menu item"], timeout_s=0) is None:
        user.ask("press", name=menu, roles=["menu item"], timeout_s=10)
    user.ask("press", name=entry, roles=["menu item"], timeout_s=10)


def test_what_is_killed_comes_back_with_a_quiet_line_and_every_job_ends(
    user: DesktopUser, shoot: Path
):
    window = user.open(shoot)
    assert user.sees("Photos", ["list"], timeout_s=30)
    names = [f"photo_{turn}.jpg" for turn in range(6)]
    for turn, name in enumerate(names):
        user.select([name])
        user.set_value("Happy", 40 + turn, ["slider"])
    until(lambda: bool(processes(window, "engine.worker")), 20, "no preview worker")
    user.ask("press", name="Edit", roles=["check box"], timeout_s=10)
    os.kill(processes(window, "engine.worker")[0], signal.SIGKILL)
    user.set_value("Sad", 20, ["slider"])
    assert user.sees("The preview was restarted", ["status bar"], timeout_s=30)
    user.ask("press", name="Library", roles=["check box"], timeout_s=10)
    user.select(names)
    user.press("Add to queue")
    until(lambda: bool(processes(window, "queue run")), 20, "no queue")
    until(lambda: "running" in states(user) or "finished" in states(user), 30, "nothing runs")
    (queue,) = processes(window, "queue run")
    os.kill(queue, signal.SIGKILL)
    until(lambda: states(user) == ["finished"] * 6, 90, str(user.table("Jobs")))
    assert len(list((shoot / "PixelSmile").iterdir())) == 6
    assert "Traceback" not in user.said()


def test_a_window_that_quits_in_the_middle_leaves_nothing_and_goes_on_later(
    user: DesktopUser, shoot: Path
):
    window = user.open(shoot)
    assert user.sees("Photos", ["list"], timeout_s=30)
    names = [f"photo_{turn}.jpg" for turn in range(6)]
    for turn, name in enumerate(names):
        user.select([name])
        user.set_value("Happy", 40 + turn, ["slider"])
    user.select(names)
    user.press("Add to queue")
    until(lambda: "running" in states(user), 30, "nothing runs")
    (queue,) = processes(window, "queue run")
    children = [*processes(window, ""), *processes(queue, "")]
    os.kill(window, signal.SIGTERM)
    assert user.ask("wait", timeout_s=15) == 0
    until(lambda: not any(Path(f"/proc/{one}").exists() for one in children), 10, "left behind")
    assert not list(Path("/dev/shm").glob(f"pixelsmile-{window}-*"))
    assert not [one for one in shoot.rglob(".*") if one.is_file()]
    user.open(shoot)
    assert user.sees("Photos", ["list"], timeout_s=30)
    user.ask("press", name="Queue", roles=["check box"], timeout_s=10)
    until(lambda: states(user) == ["finished"] * 6, 90, "it does not go on")


def test_a_damaged_library_is_told_of_and_nothing_is_queued_in_silence(
    user: DesktopUser, shoot: Path
):
    library = user.home / ".local/share/pixelsmile/library.sqlite"
    library.parent.mkdir(parents=True)
    library.write_bytes(b"this is no library" * 1000)
    user.open(shoot)
    assert user.sees("⚠ the library", ["label"], timeout_s=30)
    assert user.sees("Photos", ["list"], timeout_s=30)
    user.set_value("Happy", 50, ["slider"])
    user.press("Add to queue")
    assert user.sees("1 more", timeout_s=10)


def test_a_strip_without_a_mouse(user: DesktopUser):
    photo = user.home / "grace_hopper.jpg"
    photo.write_bytes((RESOURCES / "samples" / photo.name).read_bytes())
    user.open(photo)
    assert user.sees("Happy", ["slider"], timeout_s=30)
    user.ask("press", name="Strip", roles=["check box"], timeout_s=10)
    assert user.sees("Timelines", ["table"])
    choose(user, "Strip", "Neutral → smile → neutral")
    until(lambda: user.value("Frames") > 1, 10, "no motion")
    user.set_value("Frames", 8, ["spin button"])
    for kind in ("GIF", "WebP"):
        choose(user, "Strip", "Export strip…")
        assert user.sees("Export strip", ["dialog"])
        user.ask("choose", name="Format", item=kind, timeout_s=10)
        assert user.sees(kind, ["combo box"])
        # The dialog's own button is the last of that name.
        user.ask("press", name="Add to queue", roles=["push button"], timeout_s=10, last=True)
        time.sleep(1)
    until(lambda: states(user) == ["finished"] * 2, 90, "the strips are not made")
    made = list((photo.parent / "PixelSmile").iterdir())
    assert sorted(one.suffix for one in made) == [".gif", ".webp"]
    for one in made:
        with Image.open(one) as strip:
            assert getattr(strip, "n_frames", 1) == 8
