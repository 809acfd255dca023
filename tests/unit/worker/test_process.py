"""The worker as a front end meets it: a process at the end of two pipes."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from engine.client import worker_environment
from engine.protocol import (
    Cancel,
    Cancelled,
    EditPhoto,
    Ending,
    Event,
    Failed,
    FindFaces,
    Finished,
    Hello,
    JobId,
    Preview,
    PreviewReady,
    Progress,
    Shutdown,
    Variant,
    Written,
)
from engine.recipes import Intensities, PhotoEdit, still
from tests.helpers.workers import REAL_WORKER, RawWorker

EDIT = PhotoEdit((still(Intensities({"happy": 1.0})),))

BOUND_S = 1.5
"""One second, and what a test machine with other work takes."""


def script(job: JobId, source: str) -> FindFaces:
    return FindFaces(job, source)


def ending(worker: RawWorker) -> Ending:
    while not isinstance(event := worker.hear(), Ending):
        pass
    return event


def test_greets_first_and_fast_with_nothing_heavy_loaded() -> None:
    with RawWorker(REAL_WORKER) as worker:
        assert isinstance(worker.hello, Hello)
        assert worker.hello.program.startswith("pixelsmile-worker ")
        maps = Path(f"/proc/{worker.process.pid}/maps")
        if maps.exists():
            assert not any(name in maps.read_text() for name in ("cv2", "torch", "numpy", "litert"))
        assert worker.leave() == (0, [], "")


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        (b'{"type":"Hello","version":999,"program":"x","new":1}\n', 3, "version 999"),
        (b'{"type":"Cancel","job":1}\n', 4, "not a Hello"),
        (b"GET / HTTP/1.1\n", 4, "not JSON"),
        (b'{"type":"Hello"', 4, "inside a line"),
        (b"", 0, ""),
    ],
)
def test_refuses_a_front_end_that_does_not_greet_well(line: bytes, code: int, said: str) -> None:
    with RawWorker(greet=False) as worker:
        worker.write(line)
        status, events, stderr = worker.leave()
        assert (status, events) == (code, [])
        assert said in stderr


@pytest.mark.parametrize(
    "line",
    [
        b"nonsense\n",
        b'{"type":"Hello","version":1,"program":""}\n',
        b'{"type":"FindFaces","job":1,"source":"nothing"}\n',
        b'{"type":"FindFaces"}\n',
        b'{"type":"FindFaces","job":9',
    ],
)
def test_a_front_end_that_breaks_the_protocol_is_left(line: bytes) -> None:
    with RawWorker() as worker:
        worker.say(script(1, "steps:1000:0.01"))
        worker.hear()
        worker.write(line)
        status, events, stderr = worker.leave()
        assert status == 4
        assert "broke the protocol" in stderr
        assert [event for event in events if isinstance(event, Ending)] == [Cancelled(1)]


def test_the_stream_stays_clean_when_a_job_prints() -> None:
    with RawWorker() as worker:
        worker.say(script(1, "print"), script(2, "read_stdin"), script(3, "nothing"))
        assert [ending(worker) for _ in range(3)] == [Finished(1), Finished(2), Finished(3)]
        status, events, stderr = worker.leave()
        assert (status, events) == (0, [])
        assert stderr.count("printed") == 4
        assert "written to descriptor 1" in stderr


def test_progress_is_throttled_and_its_last_step_told() -> None:
    with RawWorker() as worker:
        started = time.monotonic()
        worker.say(script(1, "steps:200:0.001"))
        events: list[Event] = []
        while not isinstance(event := worker.hear(), Ending):
            events.append(event)
        most = (time.monotonic() - started) / 0.03 + 2
        assert 2 <= len(events) <= most
        assert events[-1] == Progress(1, 200, 200)


def test_cancel_takes_effect_in_one_step() -> None:
    with RawWorker() as worker:
        worker.say(script(1, "steps:1000:0.2"), script(2, "nothing"))
        assert isinstance(worker.hear(), Progress)
        started = time.monotonic()
        worker.say(Cancel(1))
        assert worker.hear() == Cancelled(1), "no further step is told"
        assert time.monotonic() - started < BOUND_S
        assert ending(worker) == Finished(2)


def test_cancel_ends_a_queued_job_while_another_runs() -> None:
    with RawWorker() as worker:
        worker.say(script(1, "steps:1000:0.01"), script(2, "crash"), Cancel(2))
        assert ending(worker) == Cancelled(2)
        worker.say(Cancel(2), Cancel(77), Cancel(1))
        assert ending(worker) == Cancelled(1)


def test_a_newer_preview_replaces_those_that_wait() -> None:
    def preview(job: JobId, buffer: str) -> Preview:
        return Preview(job, "frame", EDIT, 100, buffer)

    with RawWorker() as worker:
        worker.say(script(1, "steps:1000:0.01"))
        worker.hear()
        worker.say(preview(2, "a"), preview(3, "a"), preview(4, "b"), preview(5, "a"), Cancel(1))
        endings: list[Event] = []
        ready: list[Event] = []
        while len(endings) < 5:
            event = worker.hear()
            if isinstance(event, Ending):
                endings.append(event)
            elif isinstance(event, PreviewReady):
                ready.append(event)
        assert endings == [Cancelled(2), Cancelled(3), Cancelled(1), Finished(4), Finished(5)]
        assert [event.job for event in ready if isinstance(event, PreviewReady)] == [4, 5]


def test_errors_become_failures_and_the_next_job_is_done() -> None:
    with RawWorker() as worker:
        for job, name in enumerate(["odd", "fault", "exit", "nothing"]):
            worker.say(script(job, name))
        odd, fault, left = ending(worker), ending(worker), ending(worker)
        assert isinstance(odd, Failed)
        assert (odd.code, odd.reason, odd.remedy) == (
            "odd",
            "the photo is odd",
            "try another one",
        )
        assert isinstance(fault, Failed)
        assert fault.code == "internal"
        assert fault.reason.endswith("(ZeroDivisionError: division by zero)")
        assert "raise_any_error" in fault.details
        assert isinstance(left, Failed)
        assert left.code == "internal"
        assert ending(worker) == Finished(3)


def test_what_was_written_before_an_error_stays_told() -> None:
    variants = tuple(Variant(EDIT, f"out{number}") for number in range(4))
    with RawWorker() as worker:
        worker.say(EditPhoto(1, "variants", variants))
        events = [worker.hear() for _ in range(4)]
        assert [event.index for event in events if isinstance(event, Written)] == [0, 1, 2]
        assert isinstance(events[3], Failed)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX limits")
def test_a_memory_limit_fails_a_job_and_not_the_worker() -> None:
    limited = (
        "import sys; from engine.worker.process import limit_memory, serve;"
        "from tests.helpers.scripted_worker import run_job;"
        "limit_memory(4096); sys.exit(serve(run_job))"
    )
    with RawWorker([sys.executable, "-c", limited]) as worker:
        worker.say(script(1, "memory"), script(2, "nothing"))
        failed = ending(worker)
        assert isinstance(failed, Failed)
        assert failed.code == "out_of_memory"
        assert ending(worker) == Finished(2)


def test_options_are_checked() -> None:
    done = subprocess.run(
        [*REAL_WORKER, "--memory-limit-mb", "0"],
        capture_output=True,
        env=worker_environment(),
        check=False,
    )
    assert done.returncode == 2
    assert b"at least 1" in done.stderr


@pytest.mark.parametrize("work", ["sleep", "steps:1000:0.01"])
@pytest.mark.parametrize("how", ["eof", "shutdown"])
def test_leaves_within_a_second_even_when_busy(work: str, how: str) -> None:
    with RawWorker() as worker:
        worker.say(script(1, "steps:3:0.01"), script(2, work), script(3, "nothing"))
        assert ending(worker) == Finished(1)
        started = time.monotonic()
        if how == "shutdown":
            worker.say(Shutdown())
            assert worker.process.wait(5) == 0
        status, events, _ = worker.leave()
        assert time.monotonic() - started < BOUND_S
        assert status == 0
        ends = [event for event in events if isinstance(event, Ending)]
        assert sorted(ends, key=lambda end: end.job) == [Cancelled(2), Cancelled(3)]


def test_leaves_when_nobody_reads_any_more() -> None:
    with RawWorker() as worker:
        assert worker.process.stdout is not None
        worker.say(script(1, "steps:1000:0.01"))
        worker.hear()
        worker.process.stdout.close()
        assert worker.process.wait(2) == 0
        worker.process.stdout = None


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_ctrl_c_is_the_front_ends_to_decide() -> None:
    with RawWorker() as worker:
        worker.say(script(1, "steps:20:0.01"))
        worker.hear()
        os.kill(worker.process.pid, signal.SIGINT)
        assert ending(worker) == Finished(1)
        assert worker.leave() == (0, [], "")


def test_every_job_ends_once_however_cancels_fall() -> None:
    chance = random.Random(20260)
    jobs = range(1, 301)
    with RawWorker() as worker:
        for job in jobs:
            worker.say(script(job, f"steps:{chance.randrange(4)}:0.0005"))
            for _ in range(chance.randrange(3)):
                worker.say(Cancel(chance.randint(max(1, job - 5), job)))
            if chance.random() < 0.3:
                time.sleep(chance.random() * 0.004)
        worker.say(script(999, "nothing"))
        ends: Counter[JobId] = Counter()
        kinds: Counter[type] = Counter()
        while 999 not in ends:
            event = worker.hear()
            assert not isinstance(event, Hello)
            assert event.job not in ends, "an event after its job's ending"
            if isinstance(event, Ending):
                ends[event.job] += 1
                kinds[type(event)] += 1
        assert ends == Counter([*jobs, 999])
        assert kinds.keys() == {Finished, Cancelled}
        assert min(kinds.values()) > 20, "both endings must have been tried"
        assert worker.leave() == (0, [], "")
