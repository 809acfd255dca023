"""Power cuts, simulated: the files as a disk may hold them at any moment of any write.

Of what was written since the last flush, a disk holds any sectors and not others, and any length of
a file that grew. SQLite flushes the log before it writes it back into the main file, the main file
before it begins the log anew, and the log's new header before anything behind it. From every state
that this allows, the library must open whole, with all that it had acknowledged and nothing half
done.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.library.database import Database
from engine.library.jobs import Jobs, Plan
from engine.library.owners import this_process
from engine.library.requests import Request, Wanted
from engine.recipes import Intensities, ModelChoice, PhotoEdit, still

SECTOR_BYTES = 512
HEADER_BYTES = 32
CUTS_A_STEP = 12

REQUEST = Request(
    (Wanted(PhotoEdit((still(Intensities({"happy": 1.0})),))),), "source", ModelChoice(), "1"
)


@dataclass(frozen=True)
class Disk:
    """The library's two files at one moment; the third is rebuilt and does not outlast a cut."""

    main: bytes
    log: bytes

    @classmethod
    def of(cls, path: Path) -> "Disk":
        log = path.with_name(path.name + "-wal")
        return cls(path.read_bytes(), log.read_bytes() if log.exists() else b"")

    def put(self, path: Path) -> None:
        path.write_bytes(self.main)
        path.with_name(path.name + "-wal").write_bytes(self.log)
        path.with_name(path.name + "-shm").unlink(missing_ok=True)


def torn(before: bytes, after: bytes, chance: random.Random) -> bytes:
    """A file on its way from one content to another: any sectors, any length in between."""
    size = chance.randint(min(len(before), len(after)), max(len(before), len(after)))
    kept = chance.choice([0.0, 0.1, 0.5, 0.9, 1.0])
    # What a file has grown by and was never written holds zeros, or what was there on the disk.
    old = before.ljust(size, b"\0") if chance.random() < 0.5 else before + chance.randbytes(size)
    new = after.ljust(size, b"\0")
    parts = [
        (new if chance.random() < kept else old)[start : start + SECTOR_BYTES]
        for start in range(0, size, SECTOR_BYTES)
    ]
    return b"".join(parts)[:size]


def torn_log(before: bytes, after: bytes, chance: random.Random) -> bytes:
    """The log on its way; a new header is flushed by itself before the frames behind it."""
    header = after[:HEADER_BYTES]
    if before[:HEADER_BYTES] == header:
        return torn(before, after, chance)
    if chance.random() < 0.3:
        return header[: chance.randint(0, HEADER_BYTES)] + before[HEADER_BYTES:]
    return header + torn(before[HEADER_BYTES:], after[HEADER_BYTES:], chance)


def facts(database: Database) -> tuple[tuple[object, ...], ...]:
    """All that is acknowledged durably: which jobs there are and how they stand."""
    rows = database.rows("SELECT source, state, priority, crashes, reason FROM jobs ORDER BY id")
    # A lease need not outlast a power cut, nor that it was taken.
    return tuple((r[0], "queued" if r[1] == "running" else r[1], r[2], r[3], r[4]) for r in rows)


def history(database: Database) -> Iterator[tuple[bool, Callable[[], object]]]:
    """Acts of a queue's life, and whether each is acknowledged durably."""
    jobs, owner = Jobs(database), this_process()
    batch = jobs.open_batch(Path("/in"), Path("/out"), REQUEST)
    plans = [Plan(Path(f"/in/{n}.jpg"), (Path(f"/out/{n}"),)) for n in range(12)]
    yield True, lambda: jobs.plan(batch.id, plans[:7])
    yield True, lambda: jobs.plan(batch.id, plans)
    for number in range(12):
        yield False, lambda: jobs.renew(owner)
        job = jobs.lease(owner)
        assert job is not None
        if number % 4 == 0:
            yield True, lambda job=job: jobs.fail(job, "odd", "it is odd")
        elif number % 4 == 1:
            yield True, lambda job=job: jobs.set_aside(job, "odd", "it is odder")
        elif number % 4 == 2:
            yield True, lambda job=job: jobs.blame(job, "crash", "it crashed", "needs_review")
        else:
            yield True, lambda job=job: jobs.cancel([job.id])
    yield True, lambda: jobs.retry_failed()
    yield True, lambda: jobs.prioritize(3, 7)
    yield True, lambda: jobs.prune()


@pytest.mark.parametrize("checkpoint_every", [0, 1, 3])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_power_cut_at_any_write_loses_nothing_acknowledged(
    tmp_path: Path, checkpoint_every: int, seed: int
) -> None:
    chance = random.Random(seed)
    path = tmp_path / "library.sqlite"
    database = Database(path, checkpoint_pages=0)
    synced, known = Disk.of(path), facts(database)
    cuts = 0
    for count, (is_durable, act) in enumerate(history(database), start=1):
        act()
        now = Disk.of(path)
        after = facts(database)
        for _ in range(CUTS_A_STEP):
            cut = Disk(now.main, torn_log(synced.log, now.log, chance))
            assert found_after(tmp_path / "cut", cut) in (known, after)
            cuts += 1
        assert found_after(tmp_path / "cut", now) == after
        if is_durable:
            synced, known = now, after
        if checkpoint_every and is_durable and count % checkpoint_every == 0:
            database.rows("PRAGMA wal_checkpoint(RESTART)")  # as SQLite does by itself
            later = Disk.of(path)
            for _ in range(CUTS_A_STEP):
                cut = Disk(torn(synced.main, later.main, chance), synced.log)
                assert found_after(tmp_path / "cut", cut) == known
                cuts += 1
            synced = later
    database.close()
    assert cuts > 300


def test_the_log_cut_at_every_length_is_one_of_the_states_that_were(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    database = Database(path, checkpoint_pages=0)
    jobs = Jobs(database)
    batch = jobs.open_batch(Path("/in"), Path("/out"), REQUEST)
    database.checkpoint()
    acknowledged = [(0, facts(database))]
    assert Disk.of(path).log == b""
    for number in range(4):
        jobs.plan(batch.id, [Plan(Path(f"/in/{number}"), (Path(f"/out/{number}"),))])
        acknowledged.append((len(Disk.of(path).log), facts(database)))
    disk = Disk.of(path)
    database.close()
    for length in [*range(0, len(disk.log), 211), len(disk.log)]:
        found = found_after(tmp_path / "cut", Disk(disk.main, disk.log[:length]))
        whole = [state for size, state in acknowledged if size <= length]
        assert found == whole[-1], length


def found_after(folder: Path, disk: Disk) -> tuple[tuple[object, ...], ...]:
    """What a library holds that is opened after the cut; it must be whole."""
    folder.mkdir(exist_ok=True)
    path = folder / "library.sqlite"
    disk.put(path)
    database = Database(path)
    try:
        assert database.faults() == []
        return facts(database)
    finally:
        database.close()
