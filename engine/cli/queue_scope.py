"""Which jobs a run works on, and what they are called in what it says."""

from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from engine.cli.queue_report import Label, Task
from engine.library import Batch, Job, Library


@dataclass(frozen=True)
class Place:
    """Where a batch reads and writes: as typed, and as the library knows it."""

    top: Path
    target: Path
    known_top: Path
    known_target: Path

    def known_source(self, photo: Path) -> Path:
        """A photo below `top` as the library knows it."""
        return self.known_top / photo.relative_to(self.top)

    def known_output(self, output: Path) -> Path:
        """A picture below `target` as the library knows it."""
        return self.known_target / output.relative_to(self.target)


class Scope(Protocol):
    """Which jobs a run works on."""

    @property
    def number(self) -> int | None:
        """Of the batch; None for all there are."""
        ...

    def batch_of(self, job: Job) -> Batch:
        """The batch of a job in the scope."""
        ...

    def task(self, job: Job) -> Task:
        """A job in the words that the front end knows."""
        ...


@dataclass(frozen=True)
class OneBatch:
    """The jobs of a batch, in the words that the user typed."""

    batch: Batch
    place: Place
    labels: tuple[Label, ...]

    @property
    def number(self) -> int | None:
        """Of the batch."""
        return self.batch.id

    def batch_of(self, job: Job) -> Batch:
        """The one."""
        del job
        return self.batch

    def task(self, job: Job) -> Task:
        """The job with paths as they were typed."""
        place = self.place
        source = place.top / job.source.relative_to(place.known_top)
        outputs = (
            None if one is None else place.target / one.relative_to(place.known_target)
            for one in job.outputs
        )
        return Task(source, tuple(outputs), self.labels, job.id)


class WholeQueue:
    """All jobs of the library, with the paths that it knows."""

    number: int | None = None

    def __init__(self, library: Library) -> None:
        self._library = library

    def batch_of(self, job: Job) -> Batch:
        """The job's; raises KeyError when the job was cleared meanwhile."""
        # Not kept: numbers of batches that are cleared are given out again.
        return self._library.jobs.batch(job.batch)

    def task(self, job: Job) -> Task:
        """The job as it stands in the library."""
        labels = tuple(dict(wanted.label) for wanted in self.batch_of(job).request.wanted)
        return Task(job.source, job.outputs, labels, job.id)


def kind_of(batch: Batch) -> Hashable:
    """Equal for batches whose jobs take equally long for photos of one size."""
    request = batch.request
    frames = tuple(1 if one.strip is None else one.strip.frames for one in request.wanted)
    return request.is_generative, frames
