"""`pixelsmile batch` and `pixelsmile queue` on real photos: killed, starved, raced and resumed."""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import cv2
import numpy as np
import pytest

from engine.recipes import RESOURCES

ROOT = RESOURCES.parent
HOPPER = RESOURCES / "samples" / "grace_hopper.jpg"
COMMAND = [sys.executable, "-m", "engine.cli.main"]
BROKEN = {"empty.jpg": b"", "text.jpg": b"this is no picture", "cut.jpg": b"\xff\xd8\xff\xe0 cut"}

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
Row = dict[str, Any]


def small_portrait(number: int) -> bytes:
    """A portrait of 256 × 300 as JPEG, no two alike."""
    picture = cv2.imread(str(HOPPER))
    assert picture is not None
    small = cv2.resize(picture, (256, 300), interpolation=cv2.INTER_AREA)
    small[:8, :8] = number
    small[:8, 8:16] = number * 37 % 256
    return cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()


@dataclass
class Desk:
    """A user's machine: a home, a working directory, a temporary folder."""

    root: Path
    running: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    @property
    def here(self) -> Path:
        return self.root / "here"

    def environment(self) -> dict[str, str]:
        return os.environ | {
            "PYTHONPATH": str(ROOT),
            "PYTHONWARNINGS": "error",
            "HOME": str(self.root / "home"),
            "TMPDIR": str(self.root / "tmp"),
            "XDG_DATA_HOME": str(self.root / "home" / "data"),
            "XDG_STATE_HOME": str(self.root / "home" / "state"),
        }

    def add(self, *names: str, start: int = 0) -> None:
        """Portraits of these names in the folder `in`."""
        for number, name in enumerate(names, start=start):
            path = self.here / "in" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(small_portrait(number))

    def add_broken(self) -> None:
        for name, content in BROKEN.items():
            (self.here / "in" / name).write_bytes(content)

    def start(
        self, *words: str, out: int | IO[bytes] = subprocess.PIPE
    ) -> "subprocess.Popen[bytes]":
        """Start the command in a session of its own, as a terminal would."""
        process = subprocess.Popen(
            [*COMMAND, *words],
            cwd=self.here,
            env=self.environment(),
            stdout=out,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self.running.append(process)
        return process

    def call(self, *words: str, timeout_s: float = 90) -> tuple[int, list[Row], str]:
        """Run the command to its end: exit code, rows, stderr."""
        process = self.start(*words)
        out, err = process.communicate(timeout=timeout_s)
        assert b"Traceback" not in err, err.decode()
        return process.returncode, rows_of(out), err.decode()

    def batch(self, *more: str) -> tuple[int, list[Row], str]:
        return self.call(*BATCH, *more)

    def outputs(self, folder: str = "out") -> dict[str, str]:
        """The hash of every file in the folder, hidden ones too."""
        top = self.here / folder
        return {
            str(path.relative_to(top)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(top.rglob("*"))
            if path.is_file()
        }

    def leftovers(self) -> list[Path]:
        return [path for path in self.root.rglob(".pixelsmile-*") if path.is_file()]


BATCH = ("batch", "in", "--out", "out", "-e", "happy", "--json")


def rows_of(out: bytes) -> list[Row]:
    """The rows; what a killed process has left of its last line is none."""
    return [json.loads(line) for line in out.splitlines(keepends=True) if line.endswith(b"\n")]


def said(rows: list[Row], event: str, what: str = "source") -> list[str]:
    """The names of the photos, or pictures, of the events of one kind."""
    return [Path(row[what]).name for row in rows if row["event"] == event]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    for name in ("here", "home", "tmp"):
        (tmp_path / name).mkdir()
    yield desk
    for process in desk.running:
        if process.poll() is None:
            process.kill()
        assert process.stderr is not None
        if not process.stderr.closed:  # nobody has waited for its end
            process.communicate()


def wait_for(true: Callable[[], bool], timeout_s: float = 30.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


# ---- what is said, and what is done twice -------------------------------------------------------


def test_every_row_is_an_event(desk: Desk):
    desk.add("a.jpg", "b/c.jpg")
    desk.add_broken()
    code, rows, err = desk.batch("--scales", "0.5", "1")
    assert code == 1
    for row in rows:
        assert row.keys() >= {"event", "source", "output", "reason"}
    kinds = Counter(row["event"] for row in rows)
    assert kinds == {"queued": 5, "started": 5, "finished": 4, "failed": 3}
    for row in rows:
        if row["event"] == "finished":
            assert row.keys() >= {"expression", "scale", "face", "editor", "identity", "seconds"}
            assert (desk.here / row["output"]).exists()
        if row["event"] == "failed":
            assert row["reason"]
            assert row["code"] in ("empty", "not_an_image", "truncated", "damaged")
            assert row["error"] in err.splitlines()
    assert sorted(said(rows, "failed")) == sorted(BROKEN)
    first = desk.outputs()
    assert sorted(first) == [
        "a_happy_0.5.jpg", "a_happy_1.jpg", "b/c_happy_0.5.jpg", "b/c_happy_1.jpg",
    ]  # fmt: skip

    code, rows, _ = desk.batch("--scales", "0.5", "1")
    assert code == 1
    kinds = Counter(row["event"] for row in rows)
    assert (kinds["finished"], kinds["skipped"], kinds["failed"]) == (0, 4, 3)
    assert desk.outputs() == first
    assert desk.leftovers() == []


def test_the_same_photo_and_recipe_give_the_same_bytes(desk: Desk):
    desk.add("a.jpg", "b.jpg", "c.jpg")
    desk.call(*BATCH)
    desk.root.joinpath("home", "data", "pixelsmile", "library.sqlite").unlink()
    code, rows, _ = desk.call("batch", "in", "--out", "again", "-e", "happy", "--json")
    assert code == 0
    assert len(said(rows, "finished")) == 3
    assert desk.outputs("again") == desk.outputs("out")


def test_what_is_there_for_another_folder_is_copied(desk: Desk):
    desk.add("a.jpg")
    desk.add("b.jpg")  # the same bytes
    desk.batch()
    code, rows, _ = desk.call("batch", "in", "--out", "again", "-e", "happy", "--json")
    assert code == 0
    assert sorted(said(rows, "finished", "output")) == ["a_happy_1.0.jpg", "b_happy_1.0.jpg"]
    assert desk.outputs("again") == desk.outputs("out")
    assert len(set(desk.outputs("again").values())) == 1


def test_a_photo_that_comes_later_takes_no_name_away(desk: Desk):
    desk.add("sub/b.jpg", "sub/b.jpeg", "c.jpg")
    desk.batch()
    first = desk.outputs()
    assert set(first) == {"c_happy_1.0.jpg", "sub/b_happy_1.0.jpeg", "sub/b-2_happy_1.0.jpg"}
    desk.add("sub/b.jpe", start=50)
    (desk.here / "in" / "c.jpg").unlink()
    code, rows, _ = desk.batch()
    assert code == 0
    assert said(rows, "finished", "output") == ["b-3_happy_1.0.jpe"]
    assert {name: digest for name, digest in desk.outputs().items() if name in first} == first


# ---- killed -------------------------------------------------------------------------------------


@linux_only
def test_killed_at_random_and_started_again_until_done(desk: Desk):
    names = [f"p{number:02}.jpg" for number in range(12)]
    desk.add(*names)
    desk.add_broken()
    chance = random.Random(20240607)
    finished: Counter[str] = Counter()
    kills = 0
    while True:
        with tempfile.TemporaryFile() as out:
            process = desk.start(*BATCH, out=out)
            # Some at the start, before anything is done; most in the middle of the work. By what
            # it has said and not by the clock, which says little on a busy machine.
            if wait_for_rows(process, out, chance.choice([0, 1, 2, 3, 4])):
                time.sleep(chance.uniform(0, 0.3))
            if process.poll() is None:
                kills += 1
                kill_all(process)
            else:
                process.communicate()
            out.seek(0)
            rows = rows_of(out.read())
        finished.update(said(rows, "finished", "output"))
        assert max(Counter(said(rows, "failed")).values(), default=1) == 1
        if process.returncode >= 0:
            break
        assert kills < 100
    assert process.returncode == 1
    assert sorted(said(rows, "failed")) == sorted(BROKEN)
    assert kills >= 3
    assert finished == {f"{Path(name).stem}_happy_1.0.jpg": 1 for name in names}
    assert sorted(desk.outputs()) == sorted(finished)
    assert desk.leftovers() == []

    desk.root.joinpath("home", "data", "pixelsmile", "library.sqlite").unlink()
    desk.call("batch", "in", "--out", "undisturbed", "-e", "happy", "--json")
    assert desk.outputs("undisturbed") == desk.outputs()


def wait_for_rows(process: "subprocess.Popen[bytes]", out: IO[bytes], number: int) -> bool:
    """Wait until pictures were begun or done so often; False when the process ended before."""
    while process.poll() is None:
        said_so_far = os.pread(out.fileno(), 1 << 20, 0)
        if sum(said_so_far.count(word) for word in (b'"started"', b'"finished"')) >= number:
            return True
        time.sleep(0.01)
    return False


def kill_all(process: "subprocess.Popen[bytes]") -> None:
    """SIGKILL the process and all below it, the youngest first."""
    for child in descendants(process.pid):
        os.kill(child, signal.SIGKILL)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def descendants(process: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            for child in map(int, task.read_text().split()):
                found += [*descendants(child), child]
        except OSError:
            continue
    return found


@linux_only
def test_leftovers_of_a_crash_are_swept_at_the_next_start(desk: Desk):
    desk.add("a.jpg", "sub/b.jpg")
    desk.batch()
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    name = f".pixelsmile-{ended.pid}-0123456789ab.jpg"
    mine = f".pixelsmile-{os.getpid()}-0123456789ab.jpg"
    for folder in (
        desk.here / "out",
        desk.here / "out" / "sub",
        desk.root / "tmp",
        desk.root / "home",
    ):
        (folder / name).write_bytes(b"half")
        (folder / mine).write_bytes(b"half")
    desk.batch()
    assert len(desk.leftovers()) == 4
    assert {path.name for path in desk.leftovers()} == {mine}


@linux_only
def test_a_photo_that_kills_its_worker_twice_is_set_aside(desk: Desk):
    desk.add("a.jpg", "c.jpg", "d.jpg")
    picture = cv2.imread(str(HOPPER))
    assert picture is not None
    big = cv2.resize(picture, None, fx=8, fy=8)
    cv2.imwrite(str(desk.here / "in" / "b.png"), big, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    process = desk.start(*BATCH)
    assert process.stdout is not None
    rows: list[Row] = []
    for line in process.stdout:
        rows.append(json.loads(line))
        if rows[-1]["event"] == "started" and rows[-1]["source"] == "in/b.png":
            time.sleep(0.2)
            for worker in descendants(process.pid):
                os.kill(worker, signal.SIGKILL)
    assert process.wait(30) == 1
    assert sorted(said(rows, "finished")) == ["a.jpg", "c.jpg", "d.jpg"]
    (failed,) = [row for row in rows if row["event"] == "failed"]
    assert failed["code"] == "worker_crashed"
    assert "set aside" in failed["reason"]
    assert sum(row["event"] == "started" and row["source"] == "in/b.png" for row in rows) == 2

    code, listed, _ = desk.call("queue", "list", "--state", "needs_review", "--json")
    assert code == 0
    assert [Path(row["source"]).name for row in listed] == ["b.png"]
    assert desk.call("queue", "retry", "--failed", "--json")[0] == 0
    code, rows, _ = desk.batch()
    assert code == 0
    assert said(rows, "finished") == ["b.png"]


# ---- two at once --------------------------------------------------------------------------------


def test_two_batches_at_once_render_nothing_twice(desk: Desk):
    names = [f"p{number:02}.jpg" for number in range(12)]
    desk.add(*names)
    desk.add_broken()
    both = [desk.start(*BATCH) for _ in range(2)]
    outs = [process.communicate(timeout=90)[0] for process in both]
    assert [process.returncode for process in both] == [1, 1]
    first, second = (rows_of(out) for out in outs)
    pictures = sorted(f"{Path(name).stem}_happy_1.0.jpg" for name in names)
    assert sorted(said([*first, *second], "finished", "output")) == pictures
    for rows in (first, second):
        assert (
            sorted(said(rows, "finished", "output") + said(rows, "skipped", "output")) == pictures
        )
        assert sorted(said(rows, "failed")) == sorted(BROKEN)
    started = Counter(said([*first, *second], "started"))
    assert all(started[name] == 1 for name in names)


# ---- a disk that fills --------------------------------------------------------------------------


@pytest.fixture
def small_disk(desk: Desk) -> Iterator[Callable[[Path], None]]:
    """Make a folder a disk of 3 MB."""
    mounted: list[Path] = []

    def mount(folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)], capture_output=True
        )
        if done.returncode:
            pytest.skip("no disk can be mounted here")
        mounted.append(folder)

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="mounts a disk")
@pytest.mark.parametrize("where", ["here/out", "home"])
def test_a_disk_that_fills(desk: Desk, small_disk: Callable[[Path], None], where: str):
    small_disk(desk.root / where)
    ballast = desk.root / where / "ballast"
    desk.add(*(f"p{number:02}.jpg" for number in range(12)))
    if where == "home":
        desk.batch()  # the library is there and has no room to grow
        desk.add("q.jpg", start=60)
    size = 3_000_000 if where == "home" else 2_960_000
    with ballast.open("wb") as file:
        try:
            file.write(b"\1" * size)
        except OSError:
            file.close()
    before = desk.outputs()
    code, rows, err = desk.batch()
    assert code == 1
    assert "full" in err
    assert len(err.splitlines()) < 20
    assert {".jpg"} >= {Path(name).suffix for name in desk.outputs() if name != "ballast"}
    for name in desk.outputs():
        if name != "ballast":
            assert cv2.imread(str(desk.here / "out" / name)) is not None, "truncated"
    done = said(rows, "finished", "output")
    assert len(desk.outputs()) - len(before) >= len(done)
    ballast.unlink()
    code, more, _ = desk.batch()
    assert code == 0
    whole = said(more, "finished", "output")
    assert set(done).isdisjoint(whole)
    assert len(desk.outputs()) == (13 if where == "home" else 12)
    assert desk.leftovers() == []


# ---- the queue ----------------------------------------------------------------------------------


def test_the_queue_is_steered_from_elsewhere(desk: Desk):
    desk.add("a.jpg", "b.jpg", "c.jpg")
    assert desk.call("queue", "list", "--json")[:2] == (0, [])
    assert desk.call("queue", "pause", "--json")[1] == [{"paused": True, "batch": None}]
    process = desk.start(*BATCH)

    def jobs() -> dict[str, Row]:
        rows = desk.call("queue", "list", "--json")[1]
        return {Path(row["source"]).name: row for row in rows}

    wait_for(lambda: len(jobs()) == 3)
    listed = jobs()
    assert list(listed) == ["a.jpg", "b.jpg", "c.jpg"]
    assert {row["state"] for row in listed.values()} == {"queued"}
    assert all(row["paused"] for row in listed.values())
    number = {name: str(row["job"]) for name, row in listed.items()}
    assert desk.call("queue", "move", number["c.jpg"], "--first", "--json")[0] == 0
    assert desk.call("queue", "cancel", number["a.jpg"], "--json")[1][0]["state"] == "cancelled"
    assert list(jobs()) == ["c.jpg", "a.jpg", "b.jpg"]
    assert process.poll() is None
    assert desk.outputs() == {}
    assert desk.call("queue", "resume", "--json")[0] == 0
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0
    rows = rows_of(out)
    assert said(rows, "finished") == ["c.jpg", "b.jpg"]
    assert said(rows, "skipped") == ["a.jpg"]
    assert b"queue resume" in err

    assert desk.call("queue", "cancel", number["b.jpg"])[0] == 1
    assert desk.call("queue", "retry", number["a.jpg"], "--json")[0] == 0
    code, rows, _ = desk.batch()
    assert (code, said(rows, "finished")) == (0, ["a.jpg"])
    assert desk.call("queue", "clear", "--json")[1] == [{"cleared": 3}]
    assert jobs() == {}
    code, rows, _ = desk.batch()
    assert (code, len(said(rows, "skipped")), said(rows, "finished")) == (0, 3, [])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["queue", "cancel"], "--all"),
        (["queue", "retry"], "--failed"),
        (["queue", "move", "7", "--first"], "no job 7"),
        (["queue", "move", "7"], "--before"),
        (["queue", "list", "--state", "lost"], "'lost'"),
        (["queue", "pause", "--batch", "3"], "no batch 3"),
        (["batch", "in", "--out", "out", "-e", "happy", "--workers", "0"], "--workers"),
    ],
)
def test_wrong_usage(desk: Desk, words: list[str], told: str):
    desk.add("a.jpg")
    code, rows, err = desk.call(*words)
    assert (code, rows) == (2, [])
    assert told in err


def test_a_library_that_cannot_be_used_is_one_sentence(desk: Desk):
    desk.add("a.jpg")
    place = desk.root / "home" / "data" / "pixelsmile" / "library.sqlite"
    place.parent.mkdir(parents=True)
    place.write_bytes(b"no library" * 1000)
    for words in (BATCH, ("queue", "list")):
        code, rows, err = desk.call(*words)
        assert (code, rows) == (1, [])
        assert len(err.splitlines()) == 1
        assert str(place) in err


# ---- watching -----------------------------------------------------------------------------------


def test_watching_takes_what_has_settled(desk: Desk):
    (desk.here / "in").mkdir()
    with (desk.root / "rows").open("wb") as out:
        process = desk.start(*BATCH, "--watch", out=out)

    def rows() -> list[Row]:
        return rows_of((desk.root / "rows").read_bytes())

    content = small_portrait(1)
    growing = desk.here / "in" / "growing.jpg"
    began = time.monotonic()
    with growing.open("wb") as file:
        for start in range(0, len(content), len(content) // 8 + 1):
            file.write(content[start : start + len(content) // 8 + 1])
            file.flush()
            time.sleep(0.5)
    written = time.monotonic()
    assert written - began > 3
    wait_for(lambda: bool(said(rows(), "finished")))
    assert time.monotonic() - written > 1.4
    desk.add("sub/later.jpg", start=5)
    wait_for(lambda: len(said(rows(), "finished")) == 2)
    growing.write_bytes(small_portrait(9))
    wait_for(lambda: said(rows(), "finished").count("growing.jpg") == 2)
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=5)
    assert process.returncode == 130
    assert said(rows(), "failed") == []
    assert sorted(desk.outputs()) == ["growing_happy_1.0.jpg", "sub/later_happy_1.0.jpg"]
    picture = cv2.imread(str(desk.here / "out" / "growing_happy_1.0.jpg"))
    assert picture is not None
    assert np.abs(picture[2:6, 2:6].astype(int) - 9).max() < 20


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="mounts a disk")
@pytest.mark.parametrize("command", ["batch", "edit"])
def test_what_cannot_fit_is_not_begun(desk: Desk, small_disk: Callable[[Path], None], command: str):
    small_disk(desk.here / "out")
    desk.add("a.jpg", "b/c.jpg")
    photos = ["in"] if command == "batch" else ["in/a.jpg", "in/b/c.jpg"]
    words = [command, *photos, *BATCH[2:]]
    ballast = desk.here / "out" / "ballast"
    ballast.write_bytes(bytes((3 << 20) - 8192))
    code, rows, err = desk.call(*words)
    assert (code, rows) == (1, [])
    assert len(err.splitlines()) == 1
    assert all(words in err for words in ("at least", "8 KB are free", "make room"))
    assert [path.name for path in (desk.here / "out").iterdir()] == ["ballast"]
    # With room for one and a half: a warning, and what fits is made.
    one = (desk.here / "in" / "a.jpg").stat().st_size
    ballast.write_bytes(bytes((3 << 20) - one * 3 // 2))
    code, rows, err = desk.call(*words)
    assert code == 1
    assert "may not fit" in err
    assert sum(row.get("event") == "finished" or "editor" in row for row in rows) == 1
    ballast.unlink()
    code, _, err = desk.call(*words)
    assert (code, "fit" in err) == (0, False)
    assert len(desk.outputs()) == 2


# ---- names that count ---------------------------------------------------------------------------


def test_photos_are_counted_over_all_folders_and_keep_their_numbers(desk: Desk):
    desk.add("b/d.jpg", "a/z.jpg", "c.jpg", "a/y.jpg")
    words = ("--name", "{seq:3}_{name}", "--scales", "0.5", "1")
    numbers = ["001_c", "002_c", "a/003_y", "a/004_y", "a/005_z", "a/006_z", "b/007_d", "b/008_d"]
    process = desk.start(*BATCH, *words)
    assert process.stdout is not None
    while json.loads(process.stdout.readline())["event"] != "finished":
        pass
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    # One may have been in the middle of being written.
    first = {name: one for name, one in desk.outputs().items() if "/." not in f"/{name}"}
    assert 1 <= len(first) < 8
    desk.add("0.jpg", start=50)  # arrives in between, and counts on
    code, _, _ = desk.batch(*words)
    assert code == 0
    made = desk.outputs()
    assert sorted(made) == sorted(f"{name}.jpg" for name in [*numbers, "009_0", "010_0"])
    assert first.items() <= made.items()
