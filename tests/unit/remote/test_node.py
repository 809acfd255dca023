"""Runs on a node that is a folder of this machine: real processes, killed at every point."""

import os
import signal
import stat

import pytest

from engine.remote.remote import Wish, explain
from engine.remote.runs import Run
from tests.unit.remote.conftest import OnFolder, code_of, rows


def test_a_run_outlives_who_submitted_it_and_ends_by_itself(node: OnFolder) -> None:
    run = node.submit("one", steps=3)
    seen = node.ended(run)
    assert seen.state.state == "finished"
    assert [row["kind"] for row in rows(seen)] == ["step", "step", "step", "finished"]
    assert seen.files["log.txt"].text == "step 1\nstep 2\nstep 3\n"


def test_the_run_has_a_session_of_its_own(node: OnFolder) -> None:
    run = node.submit("one", steps=1000)
    node.steps(run, 1)
    child, holder = node.process(run, "child"), node.process(run, "holder")
    assert os.getsid(child) == child
    assert os.getsid(holder) == holder
    assert os.getsid(0) not in (child, holder)


def test_the_same_submission_twice_is_one_run(node: OnFolder) -> None:
    run = node.submit("one", steps=1000)
    node.steps(run, 1)
    before = node.process(run, "child")
    assert node.submit("one", steps=1000) == run
    assert node.process(run, "child") == before
    assert node.until(run, lambda seen: True).state.starts == 1


def test_stop_saves_and_resume_goes_on_from_there(node: OnFolder) -> None:
    run = node.submit("one", steps=1000, pause_s=0.02)
    node.steps(run, 2)
    node.do(lambda remote: remote.stop(run))
    seen = node.ended(run)
    assert seen.state.state == "stopped"
    assert rows(seen)[-1]["kind"] == "checkpoint"
    reached = rows(seen)[-1]["step"]
    node.do(lambda remote: remote.resume(run))
    seen = node.until(run, lambda seen: any(row["kind"] == "resumed" for row in rows(seen)))
    assert next(row["step"] for row in rows(seen) if row["kind"] == "resumed") == reached
    assert seen.state.starts == 2


@pytest.mark.parametrize(("wish", "kind"), [("save", "checkpoint"), ("sample", "validation")])
def test_save_now_and_sample_now_leave_it_running(node: OnFolder, wish: Wish, kind: str) -> None:
    run = node.submit("one", steps=1000, pause_s=0.02)
    node.steps(run, 1)
    node.do(lambda remote: remote.wish(run, wish))
    node.until(run, lambda seen: any(row["kind"] == kind for row in rows(seen)))
    assert node.until(run, lambda seen: True).state.state == "running"


def test_a_job_by_files_is_asked_by_a_file(node: OnFolder) -> None:
    """A launcher of many processes would die of a signal that means `save`."""
    import msgspec

    job = msgspec.structs.replace(node.job("one", 1000, 0.02), by_files=True)
    run = Run(id="one", kind="train", target="here", source="", into="", created=0, job=job)
    node.do(lambda remote: remote.submit(run, job))
    node.steps(run, 1)
    child = node.process(run, "child")
    os.kill(child, signal.SIGSTOP)
    node.do(lambda remote: remote.stop(run))
    assert (node.root / "runs/one/run/requests/stop").exists()
    os.kill(child, signal.SIGCONT)
    assert node.ended(run).state.state == "stopped"


def test_a_killed_run_says_so_and_leaves_room_for_the_next(node: OnFolder) -> None:
    first = node.submit("first", steps=1000)
    node.steps(first, 1)
    second = node.submit("second", steps=1)
    os.kill(node.process(first, "child"), signal.SIGKILL)
    seen = node.ended(first)
    assert (seen.state.state, seen.state.reason) == ("failed", "killed")
    error = explain(seen.state, node.target)
    assert error is not None
    assert "killed on here" in error.reason
    assert node.ended(second).state.state == "finished"


def test_kill_ends_at_once_without_saving(node: OnFolder) -> None:
    run = node.submit("one", steps=1000)
    node.steps(run, 1)
    node.do(lambda remote: remote.wish(run, "kill"))
    seen = node.ended(run)
    assert seen.state.state == "stopped"
    assert all(row["kind"] == "step" for row in rows(seen))


def test_two_jobs_on_one_node_come_one_after_the_other(node: OnFolder) -> None:
    first = node.submit("b-first", steps=1000)
    node.steps(first, 1)
    second = node.submit("b-second", steps=1)
    third = node.submit("a-third", steps=1)
    assert node.until(second, lambda seen: True).state.state == "queued"
    node.do(lambda remote: remote.stop(first))
    ends = [node.ended(run).state.since for run in (first, second, third)]
    assert ends == sorted(ends)


def test_a_queued_job_is_stopped_before_it_begins(node: OnFolder) -> None:
    first = node.submit("first", steps=1000)
    node.steps(first, 1)
    second = node.submit("second", steps=1)
    node.do(lambda remote: remote.stop(second))
    assert node.ended(second).state.state == "stopped"
    assert not (node.root / "runs/second/log.txt").exists()


def test_a_run_whose_node_went_down_is_lost_and_can_be_resumed(node: OnFolder) -> None:
    run = node.submit("one", steps=1000, pause_s=0.02)
    node.steps(run, 1)
    node.do(lambda remote: remote.wish(run, "save"))
    node.until(run, lambda seen: any(row["kind"] == "checkpoint" for row in rows(seen)))
    os.kill(node.process(run, "holder"), signal.SIGKILL)
    os.kill(node.process(run, "child"), signal.SIGKILL)
    seen = node.until(run, lambda seen: seen.state.state == "lost")
    assert explain(seen.state, node.target) is not None
    node.do(lambda remote: remote.resume(run))
    node.until(run, lambda seen: any(row["kind"] == "resumed" for row in rows(seen)))


def test_without_its_holder_a_run_still_counts_as_running(node: OnFolder) -> None:
    run = node.submit("one", steps=1000)
    node.steps(run, 1)
    os.kill(node.process(run, "holder"), signal.SIGKILL)
    more = len(rows(node.until(run, lambda seen: True)))
    seen = node.until(run, lambda seen: len(rows(seen)) > more + 60)  # longer than the grace
    assert seen.state.state == "running"
    waiting = node.submit("two", steps=1)
    assert node.until(waiting, lambda seen: True).state.state == "queued"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB", "out_of_memory"),
        ("OSError: [Errno 28] No space left on device", "disk_full"),
        ("RuntimeError: The NVIDIA driver on your system is too old", "driver_too_old"),
        ("something else", "failed"),
    ],
)
def test_a_failure_is_explained_in_a_sentence(node: OnFolder, said: str, code: str) -> None:
    run = node.submit("one", steps=5, FAIL_AT="2", VOICE=said)
    seen = node.ended(run)
    assert (seen.state.state, seen.state.reason, seen.state.exit_code) == ("failed", code, 1)
    error = explain(seen.state, node.target)
    assert error is not None
    assert error.code == code


def test_a_command_that_is_not_there_fails(node: OnFolder) -> None:
    import msgspec

    job = msgspec.structs.replace(node.job("one", 1), command=("/nowhere/python",))
    run = Run(id="one", kind="train", target="here", source="", into="", created=0, job=job)
    node.do(lambda remote: remote.submit(run, job))
    assert node.ended(run).state.exit_code == 127


def test_silence_is_measured_on_the_node(node: OnFolder) -> None:
    run = node.submit("one", steps=1000)
    node.steps(run, 1)
    os.kill(node.process(run, "child"), signal.SIGSTOP)
    assert node.until(run, lambda seen: seen.quiet_s > 1).state.state == "running"
    os.kill(node.process(run, "child"), signal.SIGCONT)
    node.until(run, lambda seen: seen.quiet_s < 1)


def test_lines_come_whole_and_once(node: OnFolder) -> None:
    run = node.submit("one", steps=20, pause_s=0.01)

    async def read(remote: object) -> str:
        text = ""
        async for seen in remote.watch(run, every_s=0.02):  # type: ignore[attr-defined]
            text += seen.files["log.txt"].text
        return text

    assert node.do(read) == "".join(f"step {number}\n" for number in range(1, 21))


def test_what_a_node_keeps_is_for_its_owner_alone(node: OnFolder) -> None:
    run = node.submit("one", steps=1)
    node.ended(run)
    for path in (node.root, *node.root.rglob("*")):
        assert not path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO), path


def test_a_run_is_forgotten_only_when_it_has_ended(node: OnFolder) -> None:
    run = node.submit("one", steps=1000)
    node.steps(run, 1)
    forget = lambda link: link.call("forget", id=run.id)  # noqa: E731
    assert code_of(lambda: node.link(forget)) == "still_running"
    node.do(lambda remote: remote.wish(run, "kill"))
    node.ended(run)
    node.link(forget)
    assert code_of(lambda: node.until(run, lambda seen: True)) == "unknown_run"


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".hidden", "A"])
def test_an_identity_is_never_a_path(node: OnFolder, name: str) -> None:
    ask = lambda link: link.call("look", id=name, offsets={}, limit_bytes=1)  # noqa: E731
    assert code_of(lambda: node.link(ask)) == "bad_request"
