"""A run of a batch with real worker processes that misbehave."""

import io
import json
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from engine.cli.queue_report import QueueReport
from engine.cli.queue_run import Run
from engine.cli.queue_scope import OneBatch, Place
from engine.cli.queue_workers import Workplace
from engine.cli.report import Report
from engine.client import WorkerClient
from engine.library import Library, Plan, Request, Wanted
from engine.recipes import Intensities, ModelChoice, PhotoEdit, still

HELPERS = Path(__file__).resolve().parents[2] / "helpers"
COMMAND = [sys.executable, str(HELPERS / "batch_worker.py")]


def request_of(*scales: float, version: str = "1") -> Request:
    """Happy at these scales."""
    wanted = [
        Wanted(PhotoEdit((still(Intensities({"happy": scale})),)), {"name": f"happy_{scale}"})
        for scale in scales
    ]
    return Request(tuple(wanted), "source", ModelChoice(), version)


@dataclass
class Shoot:
    """A folder of photos, one of pictures, a library, and what was rendered."""

    root: Path
    capture: pytest.CaptureFixture[str]

    @property
    def library(self) -> Path:
        return self.root / "library.sqlite"

    def add(self, *names: str, content: str | None = None) -> None:
        (self.root / "in").mkdir(exist_ok=True)
        (self.root / "out").mkdir(exist_ok=True)
        for name in names:
            (self.root / "in" / f"{name}.jpg").write_text(name if content is None else content)

    def run(self, *scales: float, workers: int = 1, command: list[str] = COMMAND) -> int:
        with Library(self.library) as library:
            return self.run_in(library, *scales, workers=workers, command=command)

    def run_in(
        self,
        library: Library,
        *scales: float,
        workers: int = 1,
        command: list[str] = COMMAND,
        between: Callable[[], None] = lambda: None,
    ) -> int:
        """A run as `batch` does it."""
        request = request_of(*(scales or (1.0,)))
        place = Place(self.root / "in", self.root / "out", self.root / "in", self.root / "out")
        batch = library.jobs.open_batch(place.top, place.target, request)
        labels = tuple(dict(wanted.label) for wanted in request.wanted)
        report = QueueReport(Report(as_json=True, total=0), library)
        run = Run(library, OneBatch(batch, place, labels), report)

        def find() -> bool:
            plans = []
            for photo in sorted((self.root / "in").glob("*.jpg")):
                names = [f"{photo.stem}_{label['name']}" for label in labels]
                plans.append(Plan(photo, tuple(place.target / name for name in names)))
            run.plan(batch.id, plans, {plan.source for plan in plans}, drop_others=False)
            between()
            return False

        return run.go(find, Workplace(workers, lambda: WorkerClient(command, close_grace_s=0.2)))

    def rows(self) -> list[dict[str, Any]]:
        """What has been said since the last call."""
        return [json.loads(line) for line in self.capture.readouterr().out.splitlines()]

    def rendered(self) -> Counter[str]:
        """How often each photo was begun to be rendered."""
        log = self.root / "rendered"
        lines = log.read_text().splitlines() if log.exists() else []
        return Counter(Path(line).stem for line in lines)

    def pictures(self) -> list[str]:
        return sorted(path.name for path in (self.root / "out").iterdir())


@pytest.fixture
def shoot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setenv("RENDERED", str(tmp_path / "rendered"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    root = str(HELPERS.parents[1])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([root, os.environ.get("PYTHONPATH", "")]))
    return Shoot(tmp_path, capsys)


def told(rows: list[dict[str, Any]], event: str) -> list[str]:
    """The photos of the events of one kind."""
    return [Path(row["source"]).stem for row in rows if row["event"] == event]


def test_a_photo_that_kills_the_worker_twice_is_set_aside_and_the_rest_goes_on(shoot: Shoot):
    shoot.add("crash1", *(f"good{n}" for n in range(6)), "once1")
    assert shoot.run() == 1
    rows = shoot.rows()
    assert sorted(told(rows, "finished")) == [*(f"good{n}" for n in range(6)), "once1"]
    assert told(rows, "failed") == ["crash1"]
    (failed,) = [row for row in rows if row["event"] == "failed"]
    assert failed["code"] == "worker_crashed"
    assert "set aside" in failed["reason"]
    assert "SIGKILL" in failed["reason"]
    assert shoot.rendered()["crash1"] == 2
    with Library(shoot.library) as library:
        states = {job.source.stem: job.state for job in library.jobs.all()}
        assert states["crash1"] == "needs_review"
        assert set(states.values()) == {"finished", "needs_review"}

    assert shoot.run() == 1, "it stays set aside"
    rows = shoot.rows()
    assert told(rows, "failed") == ["crash1"]
    assert shoot.rendered()["crash1"] == 2
    assert told(rows, "finished") == []
    with Library(shoot.library) as library:
        library.jobs.retry_failed()
    assert shoot.run() == 1
    assert shoot.rendered()["crash1"] == 4


def test_ten_photos_that_kill_the_worker_in_a_row_do_not_stop_the_rest(shoot: Shoot):
    shoot.add(*(f"crash{n}" for n in range(6)), "good1")
    assert shoot.run(workers=2) == 1
    rows = shoot.rows()
    assert told(rows, "finished") == ["good1"]
    assert sorted(told(rows, "failed")) == [f"crash{n}" for n in range(6)]


def test_one_out_of_memory_does_not_fail_the_others(shoot: Shoot):
    shoot.add("memory1", *(f"good{n}" for n in range(20)), "tight1")
    assert shoot.run() == 1
    rows = shoot.rows()
    assert told(rows, "failed") == ["memory1"]
    assert [row["code"] for row in rows if row["event"] == "failed"] == ["out_of_memory"]
    assert len(told(rows, "finished")) == 21
    with Library(shoot.library) as library:
        states = {job.source.stem: job.state for job in library.jobs.all()}
    assert states["memory1"] == "failed"


def test_the_same_photo_under_two_names_is_rendered_once(shoot: Shoot):
    shoot.add("slow1", "slow2", "slow3", content="slow")
    assert shoot.run(workers=2) == 0
    assert sum(shoot.rendered().values()) == 1
    assert len(told(shoot.rows(), "finished")) == 3
    pictures = {(shoot.root / "out" / name).read_bytes() for name in shoot.pictures()}
    assert len(shoot.pictures()) == 3
    assert len(pictures) == 1


def test_what_is_missing_is_made_and_no_more(shoot: Shoot):
    shoot.add("a", "b")
    assert shoot.run(0.5, 1.0) == 0
    assert len(told(shoot.rows(), "finished")) == 4
    (shoot.root / "out" / "a_happy_1.0.jpg").unlink()
    (shoot.root / "out" / "b_happy_0.5.jpg").write_bytes(b"cut")
    assert shoot.run(0.5, 1.0) == 0
    rows = shoot.rows()
    finished = sorted(Path(row["output"]).name for row in rows if row["event"] == "finished")
    assert finished == ["a_happy_1.0.jpg", "b_happy_0.5.jpg"]
    assert sorted(told(rows, "skipped")) == ["a", "b"]
    assert (shoot.root / "out" / "b_happy_0.5.jpg").read_bytes().startswith(b"b{")

    shoot.add("a", content="another a")
    assert shoot.run(0.5, 1.0) == 0
    assert told(shoot.rows(), "finished") == ["a", "a"]
    assert shoot.rendered() == {"a": 3, "b": 2}


def test_failed_photos_are_tried_anew_after_all_others(shoot: Shoot):
    shoot.add("odd1", "good1")
    assert shoot.run() == 1
    shoot.add("good2")
    shoot.rows()
    assert shoot.run() == 1
    rows = shoot.rows()
    assert told(rows, "failed") == ["odd1"]
    order = [row for row in rows if row["event"] in ("finished", "failed")]
    assert [Path(row["source"]).stem for row in order] == ["good2", "odd1"]
    assert shoot.rendered() == {"odd1": 2, "good1": 1, "good2": 1}


def test_a_full_disk_stops_the_run_and_leaves_the_rest_queued(shoot: Shoot):
    shoot.add("full1", *(f"good{n}" for n in range(30)))
    with Library(shoot.library) as library:
        assert shoot.run_in(library) == 1
        states = Counter(job.state for job in library.jobs.all())
    out, err = shoot.capture.readouterr()
    rows = [json.loads(line) for line in out.splitlines()]
    assert [row["code"] for row in rows if row["event"] == "failed"] == ["disk_full"]
    assert states["failed"] == 1
    assert states["queued"] >= 25
    assert "the disk is full" in err
    assert "the same command" in err


def test_no_worker_at_all_is_no_photos_fault(shoot: Shoot):
    shoot.add("good1", "good2")
    assert shoot.run(command=[str(shoot.root / "none")]) == 1
    out, err = shoot.capture.readouterr()
    assert '"failed"' not in out
    assert "cannot be run" in err
    assert shoot.run() == 0


def test_a_job_is_cancelled_while_it_runs(shoot: Shoot):
    shoot.add("slow1", "good1")
    with Library(shoot.library) as library:

        def cancel() -> None:
            time.sleep(0.4)
            library.jobs.cancel(job.id for job in library.jobs.all() if job.source.stem == "slow1")

        started = threading.Thread(target=cancel)
        assert shoot.run_in(library, between=started.start) == 0
        started.join()
    rows = shoot.rows()
    assert told(rows, "finished") == ["good1"]
    assert [row["reason"][:16] for row in rows if row["event"] == "skipped"] == ["it was cancelled"]
    assert shoot.pictures() == ["good1_happy_1.0.jpg"]


def test_a_paused_queue_starts_nothing_until_it_is_resumed(shoot: Shoot):
    shoot.add("good1", "good2")
    with Library(shoot.library) as library:
        library.jobs.pause()
        seen: list[list[str]] = []

        def resume() -> None:
            time.sleep(1.2)
            seen.append(shoot.pictures())
            library.jobs.resume()

        later = threading.Thread(target=resume)
        assert shoot.run_in(library, between=later.start) == 0
        later.join()
    assert seen == [[]]
    assert len(shoot.pictures()) == 2
    assert "paused" in shoot.capture.readouterr().err


def test_two_runs_at_once_share_the_work(shoot: Shoot):
    shoot.add(*(f"good{n}" for n in range(40)), "odd1")
    codes: list[int] = []

    def work() -> None:
        with Library(shoot.library) as library:
            codes.append(shoot.run_in(library))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [1, 1]
    rows = shoot.rows()
    assert Counter(told(rows, "finished")) == {f"good{n}": 1 for n in range(40)}
    assert told(rows, "failed") == ["odd1", "odd1"], "each run says it once"
    counts = shoot.rendered()
    counts.pop("odd1")
    assert set(counts.values()) == {1}


class DeafAfter(io.StringIO):
    """A reader that goes away after so many lines."""

    def __init__(self, lines: int) -> None:
        super().__init__()
        self._left = lines
        self.heard: list[dict[str, Any]] = []

    def write(self, text: str) -> int:
        if not text.strip():
            return len(text)
        if not self._left:
            raise BrokenPipeError
        self._left -= 1
        self.heard.append(json.loads(text))
        return len(text)


def test_what_nobody_heard_is_said_by_the_next_run(shoot: Shoot, monkeypatch: pytest.MonkeyPatch):
    shoot.add("good1", "good2", "good3")
    reader = DeafAfter(6)  # three queued, one started, one finished, one more
    with monkeypatch.context() as context:
        context.setattr(sys, "stdout", reader)
        with pytest.raises(BrokenPipeError):
            shoot.run()
    heard = reader.heard
    assert 0 < len(told(heard, "finished")) < 3
    assert shoot.run() == 0
    rows = [*heard, *shoot.rows()]
    assert sorted(told(rows, "finished")) == ["good1", "good2", "good3"]
