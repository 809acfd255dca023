"""What is left of a run, and how long it takes: each kind of work has a pace of its own."""

from collections import Counter
from collections.abc import Hashable

from engine.library import Pace


class Outlook:
    """Jobs that are still to be done, with the sizes of their photos. Moments are monotonic
    seconds; whoever shares it between threads locks."""

    def __init__(self, now: float) -> None:
        self._now = now
        self._jobs: dict[int, tuple[Hashable, int]] = {}
        self._paces: dict[Hashable, Pace] = {}
        self._begun: dict[int, Hashable] = {}

    def __contains__(self, job: int) -> bool:
        return job in self._jobs

    def __len__(self) -> int:
        return len(self._jobs)

    @property
    def jobs(self) -> set[int]:
        """Their numbers."""
        return set(self._jobs)

    def expect(self, job: int, kind: Hashable, size_bytes: int) -> None:
        """A job is to be done; those of one kind take equally long for photos of one size."""
        self._jobs[job] = (kind, size_bytes)

    def forget(self, job: int) -> None:
        """A job is none of this run's any more."""
        self._jobs.pop(job, None)

    def begin(self, job: int, kind: Hashable, now: float) -> None:
        """The work on a job begins."""
        self._pace(kind).begin(job, now)
        self._begun[job] = kind
        self._rest_others(kind, now)

    def done(self, job: int, now: float) -> None:
        """A job that was begun is done, by rendering."""
        kind, size_bytes = self._jobs.pop(job, (None, 0))
        self._end(job, now)
        if kind is not None:
            self._pace(kind).done(job, size_bytes, now)

    def drop(self, job: int, now: float) -> None:
        """A job that was begun is not done after all: it teaches nothing."""
        kind = self._begun.get(job)
        self._end(job, now)
        if kind is not None:
            self._pace(kind).drop(job, now)

    def rest(self, now: float) -> None:
        """Nothing was to be worked on until now."""
        for pace in self._paces.values():
            pace.rest(now)

    def left_s(self, now: float) -> float | None:
        """Seconds for all jobs, those that are begun included; None until the pace shows."""
        counts: Counter[Hashable] = Counter()
        sizes: Counter[Hashable] = Counter()
        for kind, size_bytes in self._jobs.values():
            counts[kind] += 1
            sizes[kind] += size_bytes
        lefts = [self._pace(kind).left_s(counts[kind], sizes[kind], now) for kind in counts]
        known = [left for left in lefts if left is not None]
        return sum(known) if len(known) == len(lefts) else None

    def _pace(self, kind: Hashable) -> Pace:
        return self._paces.setdefault(kind, Pace(self._now))

    def _end(self, job: int, now: float) -> None:
        kind = self._begun.pop(job, None)
        if kind is not None:
            self._rest_others(kind, now)

    def _rest_others(self, kind: Hashable, now: float) -> None:
        # Time that another kind has had says nothing about how many are worked on at once.
        at_work = set(self._begun.values())
        for other, pace in self._paces.items():
            if other != kind and other not in at_work:
                pace.rest(now)
