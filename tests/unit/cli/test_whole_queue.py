"""A run of the whole queue with real worker processes, followed row by row."""

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.cli.queue_report import FollowedReport
from engine.cli.queue_run import Run
from engine.cli.queue_scope import WholeQueue
from engine.cli.queue_workers import Workplace
from engine.cli.report import Report
from engine.client import WorkerClient
from engine.library import Delivery, Job, Library, Order, Wanted
from engine.recipes import EditorName, Intensities, PhotoEdit, still

HELPERS = Path(__file__).resolve().parents[2] / "helpers"
COMMAND = [sys.executable, str(HELPERS / "batch_worker.py")]
Row = dict[str, Any]


class Rows(Report):
    """Keeps what is said, as a front end would read it."""

    def __init__(self) -> None:
        super().__init__(as_json=True, total=0)
        self.rows: list[Row] = []
        self.on_row: Callable[[Row], None] = lambda row: None

    def row(self, row: Row, line: str) -> None:
        row = json.loads(json.dumps(row))
        self.rows.append(row)
        self.on_row(row)

    def of(self, event: str) -> list[Row]:
        return [row for row in self.rows if row["event"] == event]


class Bench:
    """A library, and a run of all that is queued in it until it is stopped."""

    def __init__(self, root: Path, library: Library) -> None:
        self.root = root
        self.library = library
        self.report = Rows()
        self.clients: list[WorkerClient] = []
        self._thread: threading.Thread | None = None
        self._run: Run | None = None

    def add(self, *names: str, editor: EditorName = "instant") -> list[Job]:
        edit = PhotoEdit((still(Intensities({"happy": 0.5})),), editor)
        orders: list[Order] = []
        for name in names:
            photo = self.root / "in" / f"{name}.jpg"
            photo.parent.mkdir(exist_ok=True)
            photo.write_text(name)
            orders.append(Order(photo, (Wanted(edit),)))
        return self.library.orders.place(orders, Delivery(self.root / "out"))

    def start(self, workers: int = 1, idle_s: float = 60.0) -> None:
        scope, report = WholeQueue(self.library), FollowedReport(self.report, self.library)
        run = Run(self.library, scope, report, idle_s=idle_s)

        def make() -> WorkerClient:
            self.clients.append(WorkerClient(COMMAND, close_grace_s=0.2))
            return self.clients[-1]

        def find() -> bool:
            run.survey()
            return True

        work = lambda: run.go(find, Workplace(workers, make))  # noqa: E731
        self._run, self._thread = run, threading.Thread(target=work)
        self._thread.start()

    def stop(self) -> None:
        if self._run is not None and self._thread is not None:
            self._run.stop()
            self._thread.join()

    def wait_for(self, true: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20
        while not true():
            assert time.monotonic() < deadline, self.report.rows
            time.sleep(0.02)

    def state(self, job: Job) -> str:
        return self.library.jobs.get(job.id).state


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setenv("RENDERED", str(tmp_path / "rendered"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    root = str(HELPERS.parents[1])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([root, os.environ.get("PYTHONPATH", "")]))
    with Library(tmp_path / "library.sqlite") as library:
        bench = Bench(tmp_path, library)
        yield bench
        bench.stop()


def test_a_job_that_failed_is_done_again_when_it_is_retried(bench: Bench):
    (odd,) = bench.add("odd1")
    bench.start()
    bench.wait_for(lambda: len(bench.report.of("failed")) == 1)
    bench.wait_for(lambda: bench.state(odd) == "failed")
    bench.library.jobs.retry([odd.id])
    bench.wait_for(lambda: len(bench.report.of("failed")) == 2)
    assert {row["job"] for row in bench.report.of("failed")} == {odd.id}


def test_a_number_that_is_given_out_again_is_another_job(bench: Bench):
    (first,) = bench.add("a")
    bench.start()
    bench.wait_for(lambda: bench.state(first) == "finished")
    bench.library.jobs.prune()
    (second,) = bench.add("b")
    assert second.id == first.id
    bench.wait_for(lambda: bench.state(second) == "finished")
    sources = [Path(row["source"]).stem for row in bench.report.of("finished")]
    assert sources == ["a", "b"]


def test_steps_reach_the_front_end_and_leave_no_file(bench: Bench):
    pictures: list[bytes] = []
    bench.report.on_row = lambda row: (
        pictures.append(Path(row["buffer"]).read_bytes()) if row["event"] == "preview" else None
    )
    (slow,) = bench.add("a", editor="pixelsmile")
    (quick,) = bench.add("b")
    bench.start()
    bench.wait_for(lambda: {bench.state(slow), bench.state(quick)} == {"finished"})
    (preview,) = bench.report.of("preview")
    assert (preview["job"], preview["width"], preview["height"]) == (slow.id, 2, 1)
    assert pictures == [b"abcdef"]
    assert not Path(preview["buffer"]).exists()


def test_one_bench_alone_takes_jobs_that_need_a_model(bench: Bench):
    bench.add("a", "b", "c", editor="pixelsmile")
    bench.start(workers=3)
    bench.wait_for(lambda: len(bench.report.of("finished")) == 3)
    assert [client.process_id is not None for client in bench.clients] == [True, False, False]


def test_what_is_set_aside_is_told(bench: Bench):
    doubt, crash = bench.add("doubt", "crash1")
    bench.start()
    bench.wait_for(lambda: len(bench.report.of("needs_review")) == 2)
    rows = {row["job"]: row for row in bench.report.of("needs_review")}
    assert rows[doubt.id]["reason"] == "It looks odd."
    assert "set aside" in rows[crash.id]["reason"]
    assert bench.state(doubt) == bench.state(crash) == "needs_review"

    bench.library.jobs.retry([doubt.id])
    bench.wait_for(lambda: len(bench.report.of("needs_review")) == 3)
    assert bench.state(doubt) == "needs_review", "it is as doubtful as before"
    assert len(bench.report.of("skipped")) == 1, "and not rendered anew"
    bench.library.review.accept(doubt.id)
    assert [path.name for path in (bench.root / "out").iterdir()] == ["doubt_happy_0.5.jpg"]


def test_jobs_that_are_cancelled_before_their_turn_are_told(bench: Bench):
    slow, waiting = bench.add("slow1", "a")
    bench.start()
    bench.wait_for(lambda: bool(bench.report.of("started")))
    bench.library.jobs.cancel([slow.id, waiting.id])
    bench.wait_for(lambda: len(bench.report.of("cancelled")) == 2)
    assert {row["job"] for row in bench.report.of("cancelled")} == {slow.id, waiting.id}
    bench.wait_for(lambda: any(row["jobs"] == 0 for row in bench.report.of("left")))


def test_a_worker_without_work_leaves_and_comes_back(bench: Bench):
    bench.add("a")
    bench.start(idle_s=0.3)
    bench.wait_for(lambda: len(bench.report.of("finished")) == 1)
    (first,) = bench.clients
    bench.wait_for(lambda: len(bench.clients) == 2)
    bench.wait_for(lambda: first.process_id is None)
    assert bench.clients[1].process_id is None
    bench.add("b")
    bench.wait_for(lambda: len(bench.report.of("finished")) == 2)


def test_a_full_disk_stops_the_run_with_a_row(bench: Bench):
    bench.add("full1", "a", "b", "c")
    bench.start()
    bench.wait_for(lambda: bool(bench.report.of("stopped")))
    assert "make room" in bench.report.of("stopped")[0]["reason"]
