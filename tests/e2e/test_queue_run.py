"""`pixelsmile queue run` on real photos, with jobs that another process puts in the library."""

import hashlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import pytest
from PIL import Image

from engine.library import Delivery, Job, Library, Order, StripFile, Wanted
from engine.recipes import RESOURCES, FaceEdit, Intensities, PhotoEdit, ramp, still

ROOT = RESOURCES.parent
HOPPER = RESOURCES / "samples" / "grace_hopper.jpg"
COMMAND = [sys.executable, "-P", "-m", "engine.cli.main", "queue", "run", "--json"]
MOVING = PhotoEdit((FaceEdit({"happy": ramp(0.0, 1.0, 4)}),), "instant")
Row = dict[str, Any]

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def happy(scale: float, seed: int = 42) -> PhotoEdit:
    return PhotoEdit((still(Intensities({"happy": scale})),), "instant", seed)


class Follower:
    """A `queue run` and what it says, each row with when it was heard."""

    def __init__(self, desk: "Desk", *words: str) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, *words],
            cwd=desk.root,
            env=desk.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self.rows: list[Row] = []
        self._heard: queue.Queue[Row] = queue.Queue()
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._heard.put(json.loads(line))

    def wait_for(self, event: str, timeout_s: float = 40.0, **fields: Any) -> Row:
        """The first row from now on of this kind with these fields."""
        deadline = time.monotonic() + timeout_s
        while True:
            row = self._heard.get(timeout=max(deadline - time.monotonic(), 0.01))
            self.rows.append(row)
            if row["event"] == event and fields.items() <= row.items():
                return row

    def close(self) -> int:
        """Close its stdin; returns its exit code."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(10)


class Desk:
    """A user's machine with a library that this process writes too."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.followers: list[Follower] = []
        for name in ("in", "home", "tmp"):
            (root / name).mkdir()
        self.library = Library(root / "library.sqlite")

    def environment(self) -> dict[str, str]:
        return os.environ | {
            "PYTHONPATH": str(ROOT),
            "PYTHONWARNINGS": "error",
            "PIXELSMILE_LIBRARY": str(self.root / "library.sqlite"),
            "HOME": str(self.root / "home"),
            "TMPDIR": str(self.root / "tmp"),
            "XDG_STATE_HOME": str(self.root / "home" / "state"),
        }

    def photo(self, name: str, number: int = 0, zoom: float = 0.5) -> Path:
        """A portrait, no two of different numbers alike."""
        picture = cv2.imread(str(HOPPER))
        assert picture is not None
        picture = cv2.resize(picture, None, fx=zoom, fy=zoom)
        picture[:8, :8] = number
        path = self.root / "in" / name
        cv2.imwrite(str(path), picture, [cv2.IMWRITE_PNG_COMPRESSION, 1])
        return path

    def add(self, *orders: tuple[Path, Wanted | PhotoEdit], **delivery: Any) -> list[Job]:
        placed = [
            Order(photo, (one if isinstance(one, Wanted) else Wanted(one),))
            for photo, one in orders
        ]
        return self.library.orders.place(placed, Delivery(self.root / "out", **delivery))

    def follow(self, *words: str) -> Follower:
        self.followers.append(Follower(self, "--follow", *words))
        return self.followers[-1]

    def run(self, *words: str) -> tuple[int, list[Row]]:
        done = subprocess.run(
            [*COMMAND, *words],
            cwd=self.root,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=90,
        )
        assert b"Traceback" not in done.stderr, done.stderr.decode()
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]

    def leftovers(self) -> list[Path]:
        return list(self.root.rglob(".pixelsmile-*"))

    def outputs(self) -> list[str]:
        out = self.root / "out"
        return sorted(str(one.relative_to(out)) for one in out.rglob("*") if one.is_file())


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.library.close()
    for follower in desk.followers:
        if follower.process.poll() is None:
            follower.process.kill()
        follower.process.wait()
        follower.reader.join()
        for pipe in (follower.process.stdin, follower.process.stdout, follower.process.stderr):
            assert pipe is not None
            pipe.close()


def of(rows: list[Row], event: str) -> list[Row]:
    return [row for row in rows if row["event"] == event]


def wait_until(true: Callable[[], bool], timeout_s: float = 20.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def children(process: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        found += map(int, task.read_text().split())
    return found


def test_what_is_queued_is_done_in_order_and_rows_name_their_jobs(desk: Desk):
    photos = [desk.photo(f"p{n}.png", n, 0.3) for n in range(3)]
    jobs = desk.add(*((photo, happy(0.4 + n / 10)) for n, photo in enumerate(photos)))
    assert len({job.batch for job in jobs}) == 3, "each has a recipe of its own"
    desk.library.jobs.move_first(jobs[2].id)
    desk.library.jobs.prioritize(jobs[1].id, 3)
    code, rows = desk.run("--workers", "1")
    assert code == 0
    assert [row["job"] for row in of(rows, "started")] == [jobs[n].id for n in (1, 2, 0)]
    assert desk.outputs() == ["p0_happy_0.4.png", "p1_happy_0.5.png", "p2_happy_0.6.png"]
    for row in of(rows, "finished"):
        assert row.keys() >= {"job", "source", "output", "identity", "editor", "seconds", "face"}
        assert Path(row["output"]).is_file()
        assert row["expression"] == "happy"
    for job in jobs:
        steps = [row for row in of(rows, "progress") if row["job"] == job.id]
        assert steps
        assert [row["done"] for row in steps] == sorted(row["done"] for row in steps)
        assert steps[-1]["done"] == steps[-1]["total"]
    assert of(rows, "left")[-1] == {"event": "left", "seconds": 0, "jobs": 0}
    assert {job.state for job in desk.library.jobs.all()} == {"finished"}

    again = desk.add(*((photo, happy(0.4 + n / 10)) for n, photo in enumerate(photos)))
    assert [job.id for job in again] == [job.id for job in jobs]
    code, rows = desk.run()
    assert code == 0
    assert of(rows, "started") == [], "the same again is there"
    assert len(desk.outputs()) == 3


@linux_only
def test_a_follower_starts_no_worker_before_there_is_work_and_leaves_with_stdin(desk: Desk):
    follower = desk.follow("--workers", "1")
    follower.wait_for("left", jobs=0)
    assert children(follower.process.pid) == []
    (job,) = desk.add((desk.photo("a.png"), happy(0.5)))
    follower.wait_for("queued", job=job.id)
    follower.wait_for("finished", job=job.id)
    assert len(children(follower.process.pid)) == 1
    wait_until(lambda: desk.library.jobs.get(job.id).state == "finished")
    (other,) = desk.add((desk.root / "in" / "a.png", happy(0.7)))
    follower.wait_for("finished", job=other.id)
    assert follower.close() == 0
    assert desk.leftovers() == []


@linux_only
@pytest.mark.parametrize("how", ["stdin", "SIGTERM", "SIGKILL"])
def test_what_is_in_hand_is_given_back(desk: Desk, how: str):
    jobs = desk.add(*((desk.photo(f"p{n}.png", n, 4.0), happy(0.5)) for n in range(2)))
    follower = desk.follow("--workers", "1")
    follower.wait_for("started", job=jobs[0].id)
    if how == "stdin":
        assert follower.close() == 0
    else:
        follower.process.send_signal(getattr(signal, how))
        assert follower.process.wait(10) in (143, -signal.SIGKILL)
    if how != "SIGKILL":
        assert {job.state for job in desk.library.jobs.all()} <= {"queued", "finished"}
    again = desk.follow("--workers", "1")
    for job in jobs:
        if desk.library.jobs.get(job.id).state != "finished":
            again.wait_for("finished", job=job.id)
    again.close()
    assert desk.outputs() == ["p0_happy_0.5.png", "p1_happy_0.5.png"]
    assert desk.leftovers() == []


def test_a_job_that_runs_is_cancelled_from_another_process(desk: Desk):
    photo = desk.photo("a.png", zoom=0.5)
    long = Wanted(MOVING, strip=StripFile(2000, 10.0))
    running, waiting = desk.add((photo, long), (photo, happy(0.5)))
    follower = desk.follow("--workers", "1")
    follower.wait_for("progress", job=running.id)
    assert desk.library.jobs.cancel([running.id]) == [running.id]
    follower.wait_for("cancelled", job=running.id)
    follower.wait_for("finished", job=waiting.id)
    assert follower.close() == 0
    assert desk.outputs() == ["a_happy_0.5.png"]
    assert desk.leftovers() == []


def test_a_failure_is_a_row_and_the_rest_goes_on(desk: Desk):
    broken = desk.root / "in" / "broken.png"
    broken.write_bytes(b"this is no picture")
    jobs = desk.add((broken, happy(0.5)), (desk.photo("a.png"), happy(0.5)))
    code, rows = desk.run()
    assert code == 1
    (failed,) = of(rows, "failed")
    assert failed["job"] == jobs[0].id
    assert failed["reason"]
    assert str(broken) in failed["error"]
    assert [row["job"] for row in of(rows, "finished")] == [jobs[1].id]


STRIPS = (".gif", ".webp", ".apng", ".mp4", ".png", ".frames")


def test_strips_of_every_kind_and_nothing_twice(desk: Desk):
    photo = desk.photo("a.png", zoom=0.3)
    wanted = tuple(Wanted(MOVING, strip=StripFile(4, 10.0, "repeat", s)) for s in STRIPS)
    order = Order(photo, wanted)
    delivery = Delivery(desk.root / "out", template="{name}_{seq}")
    (job,) = desk.library.orders.place([order], delivery)
    code, rows = desk.run("--workers", "1")
    assert code == 0, rows
    made = [Path(row["output"]) for row in of(rows, "finished")]
    assert [path.name for path in made] == [f"a_{n}{s}" for n, s in enumerate(STRIPS, start=1)]
    assert {row["expression"] for row in of(rows, "finished")} == {"happy"}
    steps = [row["done"] / row["total"] for row in of(rows, "progress")]
    assert steps == sorted(steps)
    with Image.open(made[0]) as gif:
        assert gif.n_frames == 4  # type: ignore[attr-defined]
    frames = sorted(made[-1].iterdir())
    assert [frame.name for frame in frames] == [f"a_6_000{n}.png" for n in range(1, 5)]
    pictures = {hashlib.sha256(frame.read_bytes()).hexdigest() for frame in frames}
    assert len(pictures) == 4, "the face moves"

    frames[2].unlink()
    made[1].unlink()
    assert desk.library.orders.place([order], delivery)[0].id == job.id
    code, rows = desk.run("--workers", "1")
    assert code == 0
    again = [Path(row["output"]) for row in of(rows, "finished")]
    assert again == [made[1], made[-1]]
    assert {hashlib.sha256(one.read_bytes()).hexdigest() for one in made[-1].iterdir()} == pictures
    assert len(of(rows, "skipped")) == 4
