"""Pictures that a person looks at: what jobs have made, accepted, rejected, tried again."""

import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from engine.library.database import Database
from engine.library.events import log_event
from engine.library.files import move_durably, output_digest
from engine.library.jobs import Batch, Job, Jobs, Plan
from engine.library.photos import Photos
from engine.library.results import Result, Results
from engine.recipes import REVIEW_FOLDER

REVIEW = "review"
"""The code of jobs whose pictures were put aside for a look."""

REJECTED = "rejected"


@dataclass(frozen=True)
class Picture:
    """One of a job's pictures.

    Attributes:
        number: which of the request's; label: what the front end says about it.
        stem: the path that was asked for, without suffix; None when it shall not be made.
        output: where it is; None when it is not there.
        seed: that it was made with.
        details: `face`, `editor`, `identity`, `seconds`, and where there are any `drift`,
            `warnings`, `review` (why somebody should look at it).
    """

    number: int
    label: dict[str, Any]
    stem: Path | None
    output: Path | None
    seed: int
    details: dict[str, Any]

    @property
    def is_aside(self) -> bool:
        """Whether it waits in the folder of those that need a look."""
        return self.output is not None and is_aside(self.output)

    @property
    def identity(self) -> float | None:
        """Cosine of the edited face against the photo's; None when it is not known."""
        return self.details.get("identity")

    @property
    def editor(self) -> str:
        """Which editor made it; empty when it is not made."""
        return str(self.details.get("editor", ""))

    @property
    def seconds(self) -> float | None:
        """How long it took to render; None when it is not made."""
        return self.details.get("seconds")

    @property
    def drift(self) -> dict[str, float]:
        """How far off a generative editor was; empty for others."""
        return dict(self.details.get("drift", {}))

    @property
    def reasons(self) -> list[str]:
        """Why somebody should look at it."""
        return list(self.details.get("review", []))

    @property
    def warnings(self) -> list[str]:
        """What was odd about it."""
        return list(self.details.get("warnings", []))


class Review:
    """Decisions about pictures. Everything is durable when the call returns."""

    def __init__(self, database: Database, jobs: Jobs, photos: Photos, results: Results) -> None:
        self._database = database
        self._jobs = jobs
        self._photos = photos
        self._results = results

    def pictures(self, number: int) -> list[Picture]:
        """A job's pictures, made or not, in the order of its request; raises KeyError."""
        job = self._jobs.get(number)
        batch = self._jobs.batch(job.batch)
        return [self._picture(job, batch, place) for place in range(len(job.outputs))]

    def accept(self, number: int) -> Job:
        """Put a job's pictures where they belong; the job is finished then.

        A name that something has by now gets a number. Raises KeyError, ValueError when the job
        does not wait for a look or a picture is gone, OSError when one cannot be moved.
        """
        with self._database.write() as connection:
            job = self._waiting(number)
            for result in self._aside(job):
                output = self._put_in_place(result)
                self._results.moved(result, output)
                source = os.fsencode(job.source)
                log_event(
                    connection, "finished", batch=job.batch, job=number, source=source,
                    output=output,
                )  # fmt: skip
            return self._settle(job, "finished", "", "")

    def reject(self, number: int) -> Job:
        """Leave a job's pictures where they are and have nothing of it done again.

        The job is cancelled, until it is retried. Raises KeyError, ValueError when it does not wait
        for a look.
        """
        with self._database.write():
            return self._settle(self._waiting(number), "cancelled", REJECTED, REJECTED)

    def retry_with_seed(self, number: int, seed: int) -> Job:
        """Queue the same photo with another seed, under the same names; returns the new job.

        The old one is rejected if it waits for a look. Raises KeyError.
        """
        with self._database.write():
            job = self._jobs.get(number)
            batch = self._jobs.batch(job.batch)
            wanted = tuple(
                msgspec.structs.replace(one, edit=msgspec.structs.replace(one.edit, seed=seed))
                for one in batch.request.wanted
            )
            request = msgspec.structs.replace(batch.request, wanted=wanted)
            if job.state == "needs_review":
                reason = f"{REJECTED}; tried again with seed {seed}"
                self._settle(job, "cancelled", REJECTED, reason)
            other = self._jobs.open_batch(batch.folder, batch.target, request)
            return self._jobs.queue(other.id, Plan(job.source, job.outputs))

    def _waiting(self, number: int) -> Job:
        job = self._jobs.get(number)
        if job.state != "needs_review" or job.code != REVIEW:
            raise ValueError(f"job {number} does not wait for a look: it is {job.state}")
        return job

    def _picture(self, job: Job, batch: Batch, number: int) -> Picture:
        wanted, stem = batch.request.wanted[number], job.outputs[number]
        result = None if stem is None else self._result(job, batch, number, stem)
        is_there = result is not None and result.output.exists()
        return Picture(
            number=number,
            label=dict(wanted.label),
            stem=stem,
            output=result.output if result is not None and is_there else None,
            seed=wanted.edit.seed,
            details={} if result is None else result.details,
        )

    def _result(self, job: Job, batch: Batch, number: int, stem: Path) -> Result | None:
        content = self._photos.last_content(job.source)
        key = None
        if content is not None:
            key = batch.request.work_key(number, content, job.source.suffix)
        return self._results.at(stem, key)

    def _aside(self, job: Job) -> list[Result]:
        batch = self._jobs.batch(job.batch)
        found = [
            self._result(job, batch, number, stem)
            for number, stem in enumerate(job.outputs)
            if stem is not None
        ]
        return [one for one in found if one is not None and is_aside(one.output)]

    def _put_in_place(self, result: Result) -> Path:
        """Move a picture; it may have been moved before a power cut forgot to note it."""
        folder = result.output.parent.parent
        if result.output.exists():
            target = move_durably(result.output, folder)
            with contextlib.suppress(OSError):
                result.output.parent.rmdir()
            return target
        there = folder / result.output.name
        if there.exists() and output_digest(there) == result.sha256:
            return there
        raise ValueError(f"{result.output.name} is gone from {result.output.parent}")

    def _settle(self, job: Job, state: str, code: str, reason: str) -> Job:
        with self._database.write() as connection:
            connection.execute(
                "UPDATE jobs SET state = ?, code = ?, reason = ?, changed_at = ? WHERE id = ?",
                (state, code, reason, time.time(), job.id),
            )
            kind = "done" if state == "finished" else state
            source = os.fsencode(job.source)
            log_event(connection, kind, batch=job.batch, job=job.id, source=source, reason=reason)
            return self._jobs.get(job.id)


def is_aside(output: Path) -> bool:
    """Whether a picture lies in the folder of those that need a look."""
    return output.parent.name == REVIEW_FOLDER
