"""The queue by itself: states, order, pauses, leases."""

import dataclasses
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.library import Batch, Job, Library, Plan, Request, Wanted, this_process
from engine.library.owners import Owner, start_of, this_host
from engine.recipes import Intensities, ModelChoice, PhotoEdit, still

ME = this_process()
REQUEST = Request(
    (Wanted(PhotoEdit((still(Intensities({"happy": 1.0})),))),), "source", ModelChoice(), "1"
)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library(tmp_path / "library.sqlite") as library:
        yield library


def planned(library: Library, *names: str, target: str = "/out") -> Batch:
    """A batch of photos of these names."""
    batch = library.jobs.open_batch(Path("/in"), Path(target), REQUEST)
    plans = [Plan(Path("/in") / name, (Path(target) / name,)) for name in names]
    library.jobs.plan(batch.id, plans)
    return batch


def order(library: Library) -> list[str]:
    """The names of the queued jobs in the order in which they would be done."""
    return [job.source.name for job in library.jobs.all() if job.state == "queued"]


def leased(library: Library, owner: Owner = ME, seconds: float = 60.0) -> Job:
    job = library.jobs.lease(owner, seconds=seconds)
    assert job is not None
    return job


def test_jobs_are_done_in_the_order_they_came(library: Library):
    planned(library, "c", "a", "b")
    assert [leased(library).source.name for _ in range(3)] == ["c", "a", "b"]
    assert library.jobs.lease(ME) is None


def test_the_same_plan_twice_is_one(library: Library):
    planned(library, "a", "b")
    job = leased(library)
    library.jobs.finish(job)
    planned(library, "a", "b")
    assert order(library) == ["b", "a"], "a is planned again because its picture is not there"
    batch = library.jobs.batches()[0]
    done = Plan(Path("/in/a"), (Path("/out/a"),), is_done=True)
    library.jobs.plan(batch.id, [done])
    assert order(library) == ["b"]
    library.jobs.plan(batch.id, [done], drop_others=True)
    assert [job.source.name for job in library.jobs.all()] == ["a"]


def test_names_that_are_no_text_come_back(library: Library):
    name = b"caf\xe9\n.jpg".decode("utf-8", "surrogateescape")
    planned(library, name)
    job = leased(library)
    assert job.source == Path("/in") / name
    assert job.outputs == (Path("/out") / name,)
    assert library.events.after()[-1].source == job.source


def test_moving_and_priority(library: Library):
    planned(library, "a", "b", "c", "d")
    number = {job.source.name: job.id for job in library.jobs.all()}
    library.jobs.move(number["d"], before=number["b"])
    assert order(library) == ["a", "d", "b", "c"]
    library.jobs.move(number["a"])
    assert order(library) == ["d", "b", "c", "a"]
    library.jobs.move_first(number["c"])
    assert order(library) == ["c", "d", "b", "a"]
    library.jobs.prioritize(number["a"], 5)
    assert order(library) == ["a", "c", "d", "b"]
    assert leased(library).source.name == "a"
    with pytest.raises(KeyError):
        library.jobs.move(99)


def test_pauses_of_the_queue_and_of_a_batch(library: Library):
    first, second = planned(library, "a"), planned(library, "b", target="/out2")
    library.jobs.pause(first.id)
    assert leased(library).source.name == "b"
    assert library.jobs.lease(ME) is None
    library.jobs.resume(first.id)
    library.jobs.pause()
    assert library.jobs.is_paused(second.id)
    assert library.jobs.lease(ME) is None
    library.jobs.resume()
    assert leased(library).source.name == "a"
    with pytest.raises(KeyError):
        library.jobs.pause(99)


def test_states_and_their_events(library: Library):
    planned(library, "a", "b", "c", "d")
    start = library.events.newest()
    library.jobs.fail(leased(library), "odd", "it is odd")
    library.jobs.set_aside(leased(library), "crash", "it crashed")
    cancelled = leased(library)
    assert library.jobs.cancel([cancelled.id, 99]) == [cancelled.id]
    assert not library.jobs.is_ours(cancelled)
    assert not library.jobs.finish(cancelled), "whoever was at it has lost it"
    assert library.jobs.finish(leased(library))
    states = {job.source.name: job.state for job in library.jobs.all()}
    assert states == {"a": "failed", "b": "needs_review", "c": "cancelled", "d": "finished"}
    kinds = [(event.kind, event.reason) for event in library.events.after(start)]
    settled = [("failed", "it is odd"), ("needs_review", "it crashed"), ("cancelled", "")]
    assert kinds == [*settled, ("done", "")]

    assert len(library.jobs.retry_failed()) == 2
    assert library.jobs.retry([cancelled.id]) == [cancelled.id]
    assert order(library) == ["a", "b", "c"]
    assert library.jobs.prune(["finished"]) == 1
    assert library.jobs.prune() == 0
    assert {job.reason for job in library.jobs.all()} == {""}


def test_a_photo_that_crashes_twice_is_set_aside(library: Library):
    planned(library, "a", "b")
    job = leased(library)
    assert library.jobs.blame(job, "crash", "boom", "needs_review") == "queued"
    assert order(library) == ["b", "a"]
    leased(library)
    again = leased(library)
    assert library.jobs.blame(again, "crash", "boom", "needs_review") == "needs_review"
    library.jobs.retry([again.id])
    assert library.jobs.get(again.id).crashes == 0


def test_a_lease_that_is_over_is_given_to_another(library: Library):
    planned(library, "a")
    job = leased(library, seconds=0.05)
    library.jobs.reclaim()
    assert library.jobs.is_ours(job)
    library.jobs.renew(ME, 0.2)
    time.sleep(0.1)
    library.jobs.reclaim()
    assert library.jobs.is_ours(job), "it was renewed"
    time.sleep(0.2)
    assert library.jobs.reclaim() == 1
    other = leased(library)
    assert other.lease != job.lease
    assert not library.jobs.finish(job)
    library.jobs.give_back(job)
    assert library.jobs.is_ours(other)
    assert library.jobs.finish(other)


@pytest.mark.skipif(sys.platform != "linux", reason="tells processes apart by /proc")
def test_a_killed_process_loses_nothing(library: Library):
    planned(library, "a", "b")
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    owner = Owner(this_host(), process.pid, start_of(process.pid) or "")
    job = leased(library, owner)
    mine = leased(library)
    assert library.jobs.reclaim() == 0
    process.kill()
    process.communicate()
    assert library.jobs.reclaim() == 1
    assert not library.jobs.is_ours(job)
    assert library.jobs.is_ours(mine)
    assert leased(library).source.name == "a"


def test_owners_that_only_look_alike():
    assert not ME.is_gone
    assert dataclasses.replace(ME, start="1").is_gone, "the number has been given out again"
    assert not dataclasses.replace(ME, host="elsewhere", pid=1).is_gone, "that cannot be known"


def test_equal_work_waits_for_the_one_that_is_at_it(library: Library):
    planned(library, "a", "b", "c")
    first, second = leased(library), leased(library)
    assert library.jobs.claim(first, "work")
    assert not library.jobs.claim(second, "work")
    third = leased(library)
    assert third.source.name == "c"
    assert library.jobs.claim(third, "other work")
    assert library.jobs.lease(ME) is None
    library.jobs.finish(first)
    assert leased(library).source.name == "b"


def test_a_job_is_leased_once_however_many_ask(tmp_path: Path):
    path = tmp_path / "library.sqlite"
    with Library(path) as library:
        planned(library, *(f"{n:03}" for n in range(120)))
    taken: list[str] = []

    def take() -> None:
        with Library(path) as mine:
            while (job := mine.jobs.lease(ME)) is not None:
                taken.append(job.source.name)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [f"{n:03}" for n in range(120)]


def test_a_front_end_follows_the_events(library: Library):
    planned(library, "a", "b")
    seen = library.events.after()
    assert [(event.kind, event.source) for event in seen] == [
        ("queued", Path("/in/a")),
        ("queued", Path("/in/b")),
    ]
    library.jobs.pause()
    (new,) = library.events.after(seen[-1].id)
    assert (new.kind, new.job) == ("paused", None)
    assert library.events.after(new.id) == []
    assert len(library.events.after(limit=2)) == 2
    library.events.trim(1)
    assert [event.id for event in library.events.after()] == [new.id]
