"""Whatever a worker does wrong ends in one clear error, in bounded time, with nothing left."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.client import (
    ClientError,
    WorkerClient,
    WorkerExitedError,
    WorkerGaveUpError,
    WorkerMissingError,
    WorkerNonsenseError,
    WorkerSilentError,
    WorkerVersionError,
)
from engine.protocol import Cancelled, Event, Failed, FindFaces, Finished
from tests.helpers.workers import bad_worker, is_gone_within, is_running

JOB = FindFaces(1, "a.jpg")


@contextmanager
def client_of(
    name: str, *, start_timeout_s: float = 10.0, cancel_grace_s: float = 0.2, max_restarts: int = 8
) -> Iterator[WorkerClient]:
    client = WorkerClient(
        bad_worker(name),
        start_timeout_s=start_timeout_s,
        cancel_grace_s=cancel_grace_s,
        close_grace_s=0.2,
        max_restarts=max_restarts,
    )
    with client:
        yield client


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("exits_at_start", WorkerExitedError, r"stopped before it was ready \(exit code 7\)"),
        ("nonsense_at_start", WorkerNonsenseError, "Welcome to Thing"),
        ("event_before_hello", WorkerNonsenseError, "not a Hello"),
        ("wrong_version", WorkerVersionError, "version 999 .* version 1"),
    ],
)
def test_no_worker_at_start(name: str, kind: type[ClientError], said: str) -> None:
    started = time.monotonic()
    with client_of(name) as client, pytest.raises(kind, match=said) as caught:
        client.start()
    assert time.monotonic() - started < 8
    assert str(caught.value).count(".") <= 2
    assert client.process_id is None
    if name == "exits_at_start":
        assert caught.value.details == "no such GPU\n"


def test_a_silent_worker_is_given_up() -> None:
    with client_of("silent", start_timeout_s=0.3) as client:
        with pytest.raises(WorkerSilentError, match=r"within 0.3 s"):
            client.run(JOB)
        assert client.process_id is None


def test_a_worker_that_does_not_exist() -> None:
    with (
        WorkerClient(["/nowhere/pixelsmile", "worker"]) as client,
        pytest.raises(WorkerMissingError, match=r"/nowhere/pixelsmile cannot be run \(No such"),
    ):
        client.start()


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("aborts_mid_job", "worker_crashed", r"unexpectedly \(SIGABRT\)"),
        ("segfaults_mid_job", "worker_crashed", r"unexpectedly \(SIGSEGV\)"),
        ("exits_mid_job", "worker_crashed", r"unexpectedly \(exit code 0\)"),
        ("half_line", "worker_crashed", r"unexpectedly \(exit code 0\)"),
        ("closes_stdout", "worker_protocol", "its messages ended before it did"),
        ("nonsense_mid_job", "worker_protocol", "XNNPACK"),
        ("long_line", "worker_protocol", "longer than 8388608 bytes"),
        ("unknown_job", "worker_protocol", "Finished that belongs to no job"),
        ("two_hellos", "worker_protocol", "Hello that belongs to no job"),
        ("hangs_mid_job", "worker_hung", "stopped answering"),
        ("never_reads", "worker_hung", "stopped answering"),
    ],
)
def test_a_job_fails_once_and_the_next_starts_afresh(name: str, code: str, said: str) -> None:
    with client_of(name) as client:
        client.start()
        first = client.process_id
        assert first is not None
        for job in (1, 2):
            started = time.monotonic()
            timeout_s = 0.3 if code == "worker_hung" else 10
            ending = client.run(FindFaces(job, "a.jpg"), timeout_s=timeout_s)
            assert time.monotonic() - started < 8
            assert isinstance(ending, Failed)
            assert (ending.job, ending.code) == (job, code)
            assert re.search(said, ending.reason)
            assert not is_running(first)
        assert client.process_id is None


def test_the_last_words_of_a_worker_are_kept() -> None:
    with client_of("aborts_mid_job") as client:
        ending = client.run(JOB)
    assert isinstance(ending, Failed)
    assert "assertion failed: width > 0" in ending.details


def test_a_second_ending_is_one_too_many() -> None:
    with client_of("two_endings") as client:
        client.submit(JOB)
        client.submit(FindFaces(2, "b.jpg"))
        assert list(client.events(1)) == [Finished(1)]
        (failed,) = client.events(2)
        assert isinstance(failed, Failed)
        assert failed.code == "worker_protocol"


def test_jobs_behind_the_one_that_crashed_were_not_started() -> None:
    with client_of("aborts_mid_job") as client:
        for job in (1, 2, 3):
            client.submit(FindFaces(job, "a.jpg"))
        endings = [list(client.events(job))[-1] for job in (1, 2, 3)]
    codes = [ending.code for ending in endings if isinstance(ending, Failed)]
    assert codes == ["worker_crashed", "not_started", "not_started"]


def test_a_job_that_ignores_cancel_is_killed() -> None:
    with client_of("ignores_cancel") as client:
        client.submit(JOB)
        worker = client.process_id
        assert worker is not None
        events = client.events(1)
        next(events)
        started = time.monotonic()
        client.cancel(1)
        client.cancel(1)
        *_, last = events
        assert last == Cancelled(1)
        assert 0.2 <= time.monotonic() - started < 5
        assert not is_running(worker)


def test_silence_is_the_fault_of_the_job_that_is_at_work() -> None:
    with client_of("answers_hang_with_cancelled", cancel_grace_s=5) as client:
        client.submit(JOB)
        client.submit(FindFaces(2, "b.jpg"))
        worker = client.process_id
        assert list(client.events(2, timeout_s=0.2)) == [Finished(2)]
        (failed,) = client.events(1)
        assert isinstance(failed, Failed)
        assert failed.code == "worker_hung"
        assert client.run(FindFaces(3, "c.jpg")) == Finished(3)
        assert client.process_id == worker, "it answered the cancel, so it may stay"


def test_a_flood_on_stderr_does_not_stop_the_worker(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "worker.log"
    with WorkerClient(bad_worker("floods_stderr"), log=log) as client:
        for job in (1, 2):
            assert client.run(FindFaces(job, "a.jpg"), timeout_s=10) == Finished(job)
    assert log.stat().st_size == 2 * (4000 * 1001 + len("the last word\n"))


def test_a_log_that_cannot_be_written_keeps_nothing_from_being_done(tmp_path: Path) -> None:
    with WorkerClient(bad_worker("floods_stderr"), log=tmp_path) as client:
        assert client.run(JOB, timeout_s=10) == Finished(1)


def test_a_worker_that_never_leaves_is_ended() -> None:
    with client_of("never_leaves") as client:
        assert client.run(JOB) == Finished(1)
        worker = client.process_id
        assert worker is not None
        started = time.monotonic()
    assert time.monotonic() - started < 4
    assert not is_running(worker)


def test_the_children_of_a_crashed_worker_go_with_it() -> None:
    with client_of("leaves_a_child") as client:
        started = time.monotonic()
        ending = client.run(JOB)
        assert time.monotonic() - started < 8
    assert isinstance(ending, Failed)
    assert ending.code == "worker_crashed"
    child = re.search(r"child=(\d+)", ending.details)
    assert child
    assert is_gone_within(int(child[1]), 2)


def test_a_worker_that_dies_between_jobs_is_replaced_without_a_word() -> None:
    with client_of("dies_after_each_job", max_restarts=2) as client:
        workers: set[int | None] = set()
        for job in range(1, 6):
            ending: Event = client.run(FindFaces(job, "a.jpg"))
            workers.add(client.process_id)
            while client.process_id is not None:  # until the client has seen it die
                time.sleep(0.002)
            assert ending == Finished(job)


def test_restarts_are_bounded() -> None:
    with client_of("exits_mid_job", max_restarts=2) as client:
        for job in (1, 2, 3):
            ending = client.run(FindFaces(job, "a.jpg"))
            assert isinstance(ending, Failed)
        with pytest.raises(WorkerGaveUpError, match="3 times in a row"):
            client.run(JOB)
        client.start()  # the user's word starts it again
        assert client.process_id is not None
