"""The client and a worker that behaves."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.client import ClientClosedError, WorkerClient, worker_command, worker_environment
from engine.protocol import (
    Cancelled,
    Ending,
    Event,
    Failed,
    FindFaces,
    Finished,
    LineTooLongError,
    Progress,
)
from tests.helpers.workers import SCRIPTED_WORKER, is_gone_within, is_running


@pytest.fixture
def client():
    with WorkerClient(SCRIPTED_WORKER, cancel_grace_s=0.5) as client:
        yield client
        worker = client.process_id
    assert worker is None or not is_running(worker)


@contextmanager
def front_end(program: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A program in a session of its own, as in a terminal; killed at the end of the block."""
    process = subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env=worker_environment(),
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_the_command_that_comes_with_the_program_works_from_any_folder(tmp_path: Path) -> None:
    (tmp_path / "engine").mkdir()
    (tmp_path / "engine" / "__init__.py").write_text("raise SystemExit('the wrong engine')")
    (tmp_path / "json.py").write_text("raise SystemExit('the wrong json')")
    worker = subprocess.Popen(
        worker_command(),
        env=worker_environment(),
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    out, _ = worker.communicate(timeout=20)
    assert (worker.returncode, out.count(b'"Hello"')) == (0, 1)


def test_the_client_draws_nothing_heavy_in() -> None:
    check = (
        "import sys, engine.client;"
        "sys.exit(str({'numpy', 'cv2', 'engine.worker', 'engine.editors'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", check], capture_output=True, env=worker_environment(), check=False
    )
    assert done.stderr.strip() == b"set()"


def test_a_job_is_done_and_its_events_come_in_order(client: WorkerClient) -> None:
    events: list[Event] = []
    assert client.run(FindFaces(1, "steps:5:0.04"), events.append) == Finished(1)
    assert events == [Progress(1, step, 5) for step in range(1, 6)]


def test_jobs_that_wait_are_done_one_after_another(client: WorkerClient) -> None:
    jobs = [client.submit(FindFaces(client.next_job_id(), "steps:1:0.001")) for _ in range(20)]
    for job in reversed(jobs):
        assert list(client.events(job)) == [Progress(job, 1, 1), Finished(job)]
    with pytest.raises(KeyError):
        client.events(jobs[0])


def test_a_number_in_use_is_refused(client: WorkerClient) -> None:
    client.submit(FindFaces(1, "steps:1000:0.01"))
    with pytest.raises(ValueError, match="in hand"):
        client.submit(FindFaces(1, "nothing"))
    client.cancel(1)
    assert list(client.events(1))[-1] == Cancelled(1)


def test_a_job_too_long_for_a_line_leaves_the_worker_alone(client: WorkerClient) -> None:
    with pytest.raises(LineTooLongError):
        client.run(FindFaces(1, "x" * 10_000_000))
    assert client.run(FindFaces(1, "nothing")) == Finished(1)


def test_a_file_name_that_is_not_utf8_reaches_the_worker(client: WorkerClient) -> None:
    ending = client.run(FindFaces(1, os.fsdecode(b"caf\xe9")))
    assert isinstance(ending, Failed)
    assert "KeyError: 'caf\\udce9'" in ending.reason


def test_another_thread_can_cancel(client: WorkerClient) -> None:
    def cancel(event: Event) -> None:
        threading.Thread(target=client.cancel, args=[1]).start()

    started = time.monotonic()
    assert client.run(FindFaces(1, "steps:1000:0.01"), cancel) == Cancelled(1)
    assert time.monotonic() - started < 6


def test_a_worker_killed_from_outside_is_replaced(client: WorkerClient) -> None:
    def kill(event: Event) -> None:
        assert client.process_id is not None
        os.kill(client.process_id, signal.SIGKILL)

    ending = client.run(FindFaces(1, "steps:1000:0.01"), kill)
    assert isinstance(ending, Failed)
    assert (ending.code, "SIGKILL" in ending.reason) == ("worker_crashed", True)
    assert "memory" in ending.remedy
    assert client.run(FindFaces(2, "nothing")) == Finished(2)


def test_a_segfault_says_where_it_was(client: WorkerClient) -> None:
    ending = client.run(FindFaces(1, "crash"))
    assert isinstance(ending, Failed)
    assert "SIGSEGV" in ending.reason
    assert "scripted_worker.py" in ending.details


def test_a_job_that_holds_the_interpreter_is_killed(client: WorkerClient) -> None:
    started = time.monotonic()
    ending = client.run(FindFaces(1, "hold"), timeout_s=0.3)
    assert time.monotonic() - started < 8
    assert isinstance(ending, Failed)
    assert ending.code == "worker_hung"
    assert client.run(FindFaces(2, "nothing")) == Finished(2)


@pytest.mark.parametrize("work", ["steps:1000:0.01", "steps:2:0.01:20"])
def test_what_a_listener_raises_stops_the_job(client: WorkerClient, work: str) -> None:
    def fail(event: Event) -> None:
        raise BrokenPipeError

    started = time.monotonic()
    with pytest.raises(BrokenPipeError):
        client.run(FindFaces(1, work), fail)
    assert time.monotonic() - started < 6
    assert client.run(FindFaces(1, "nothing")) == Finished(1), "the number is free again"


def test_ctrl_c_leaves_at_once_and_nothing_stays() -> None:
    program = (
        "import sys; from engine.client import WorkerClient;"
        "from engine.protocol import FindFaces;"
        "from tests.helpers.workers import SCRIPTED_WORKER;"
        "client = WorkerClient(SCRIPTED_WORKER).__enter__();"
        "client.start(); print(client.process_id, flush=True)\n"
        "with client: client.run(FindFaces(1, sys.argv[1]))"
    )
    for work in ("steps:1000:0.01", "sleep", "hold"):
        with front_end(program, work) as process:
            assert process.stdout is not None
            worker = int(process.stdout.readline())
            time.sleep(0.15)
            started = time.monotonic()
            os.killpg(process.pid, signal.SIGINT)
            _, said = process.communicate(timeout=30)
        # The work alone takes ten seconds; how soon it is, a busy machine decides.
        assert time.monotonic() - started < 8
        assert said.rstrip().endswith(b"KeyboardInterrupt")
        assert not is_running(worker)


def test_a_front_end_that_is_killed_takes_its_worker_along() -> None:
    program = (
        "import sys, time; from engine.client import WorkerClient;"
        "from engine.protocol import FindFaces;"
        "from tests.helpers.workers import SCRIPTED_WORKER;"
        "client = WorkerClient(SCRIPTED_WORKER); client.submit(FindFaces(1, 'sleep'));"
        "print(client.process_id, flush=True); time.sleep(60)"
    )
    with front_end(program) as process:
        assert process.stdout is not None
        worker = int(process.stdout.readline())
    assert is_gone_within(worker, 1.5)


def test_close_cancels_what_is_in_hand_and_ends_the_client() -> None:
    client = WorkerClient(SCRIPTED_WORKER)
    client.submit(FindFaces(1, "steps:1000:0.01"))
    client.submit(FindFaces(2, "nothing"))
    client.close()
    client.close()
    assert [list(client.events(job))[-1] for job in (1, 2)] == [Cancelled(1), Cancelled(2)]
    with pytest.raises(ClientClosedError):
        client.run(FindFaces(3, "nothing"))


def test_an_idle_worker_is_left_without_waiting(client: WorkerClient) -> None:
    client.start()
    started = time.monotonic()
    client.close()
    assert time.monotonic() - started < 4


def test_every_job_ends_once_however_often_the_worker_is_killed(client: WorkerClient) -> None:
    chance = random.Random(4711)
    codes: Counter[str] = Counter()
    for _ in range(6):
        jobs = [client.submit(FindFaces(client.next_job_id(), "steps:3:0.002")) for _ in range(8)]
        time.sleep(chance.random() * 0.1)
        if (worker := client.process_id) is not None:
            os.kill(worker, signal.SIGKILL)
        for job in jobs:
            events = list(client.events(job, timeout_s=10))
            endings = [event for event in events if isinstance(event, Ending)]
            assert endings == events[-1:]
            codes[endings[0].code if isinstance(endings[0], Failed) else "finished"] += 1
    assert codes.keys() <= {"finished", "worker_crashed", "not_started"}
    assert 1 <= codes["worker_crashed"] <= 6, "one job is to blame for each crash, not all"


def test_several_threads_share_one_worker(client: WorkerClient) -> None:
    endings: list[Ending] = []

    def work() -> None:
        for _ in range(25):
            job = client.next_job_id()
            endings.append(client.run(FindFaces(job, "steps:2:0.0002"), timeout_s=20))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(endings, key=lambda ending: ending.job) == [
        Finished(job) for job in range(1, 101)
    ]
