"""What `pixelsmile queue` does: lists the jobs and changes what becomes of them."""

import contextlib
from collections.abc import Collection, Generator, Sequence
from typing import Any, get_args

from engine.cli.folders import FolderFault
from engine.cli.options import UsageFault
from engine.cli.report import Report
from engine.cli.text import count, printable
from engine.library import ENDED, Job, Library, LibraryError, State

_WORDS: dict[State, str] = {"needs_review": "set aside"}


def list_jobs(states: Sequence[str], batch: int | None, *, as_json: bool) -> int:
    """Say what there is; returns the exit code."""
    wanted = _states(states, get_args(State))
    with _library() as library:
        _check_batch(library, batch)
        jobs = [job for job in library.jobs.all(batch) if job.state in wanted]
        report = Report(as_json=as_json, total=0)
        for job in jobs:
            report.row(_row(job, library.jobs.is_paused(job.batch)), _line(job))
        if library.jobs.is_paused():
            report.note("the queue is paused")
        if not jobs and not as_json:
            report.note("there is no job")
    return 0


def pause(batch: int | None, *, as_json: bool) -> int:
    """Start no more jobs; returns the exit code."""
    with _library() as library:
        _check_batch(library, batch)
        library.jobs.pause(batch)
    _say({"paused": True, "batch": batch}, "paused; what runs goes on", as_json=as_json)
    return 0


def resume(batch: int | None, *, as_json: bool) -> int:
    """Take up what was paused; returns the exit code."""
    with _library() as library:
        _check_batch(library, batch)
        library.jobs.resume(batch)
    _say({"paused": False, "batch": batch}, "taken up again", as_json=as_json)
    return 0


def cancel(numbers: Sequence[int], batch: int | None, *, every: bool, as_json: bool) -> int:
    """Cancel jobs; returns the exit code: 1 when one of those named had ended or is not there."""
    with _library() as library:
        _check_batch(library, batch)
        if every:
            open_jobs = [job for job in library.jobs.all(batch) if job.state not in ENDED]
            numbers = [*numbers, *(job.id for job in open_jobs)]
        _check_named(numbers, every, "--all")
        done = library.jobs.cancel(numbers)
        return _tell(library, numbers, done, "cancelled", as_json=as_json)


def retry(numbers: Sequence[int], batch: int | None, *, failed: bool, as_json: bool) -> int:
    """Queue jobs anew; returns the exit code: 1 when one of those named is not there to retry."""
    with _library() as library:
        _check_batch(library, batch)
        _check_named(numbers, failed, "--failed")
        done = library.jobs.retry(numbers)
        if failed:
            more = library.jobs.retry_failed(batch)
            numbers, done = [*numbers, *more], [*done, *more]
        return _tell(library, numbers, done, "queued anew", as_json=as_json)


def clear(states: Sequence[str], batch: int | None, *, as_json: bool) -> int:
    """Forget jobs that have ended; returns the exit code."""
    with _library() as library:
        _check_batch(library, batch)
        number = library.jobs.prune(_states(states, ENDED), batch)
        library.results.prune()
        library.events.trim()
    _say({"cleared": number}, f"{count(number, 'job')} forgotten", as_json=as_json)
    return 0


def move(
    number: int,
    *,
    first: bool,
    last: bool,
    before: int | None,
    priority: int | None,
    as_json: bool,
) -> int:
    """Have a job done earlier or later; returns the exit code."""
    if first + last + (before is not None) > 1:
        raise UsageFault("--first, --last and --before exclude each other")
    if not first and not last and before is None and priority is None:
        raise UsageFault("say where to: --first, --last, --before JOB or --priority N")
    with _library() as library:
        for one in (number, before):
            _check_job(library, one)
        if priority is not None:
            library.jobs.prioritize(number, priority)
        if first:
            library.jobs.move_first(number)
        elif last or before is not None:
            library.jobs.move(number, before=before)
        job = library.jobs.get(number)
        _say(_row(job, library.jobs.is_paused(job.batch)), _line(job), as_json=as_json)
    return 0


@contextlib.contextmanager
def _library() -> Generator[Library, None, None]:
    try:
        with Library() as library:
            yield library
    except LibraryError as error:
        raise FolderFault(str(error)) from error


def _states(texts: Sequence[str], allowed: Collection[State]) -> list[State]:
    words = [text.strip().lower().replace("-", "_") for text in texts]
    for word in words:
        if word not in allowed:
            raise UsageFault(f"--state {word[:60]!r} is none of: {', '.join(allowed)}")
    return [state for state in allowed if not words or state in words]


def _check_batch(library: Library, batch: int | None) -> None:
    if batch is not None and all(one.id != batch for one in library.jobs.batches()):
        raise UsageFault(f"there is no batch {batch}")


def _check_job(library: Library, number: int | None) -> None:
    if number is not None:
        try:
            library.jobs.get(number)
        except KeyError as error:
            raise UsageFault(f"there is no job {number}") from error


def _check_named(numbers: Sequence[int], every: bool, option: str) -> None:
    if not numbers and not every:
        raise UsageFault(f"name jobs by their numbers, or give {option}")


def _tell(
    library: Library, asked: Sequence[int], done: Sequence[int], what: str, *, as_json: bool
) -> int:
    """Say which of the jobs that were asked for had what done to them; returns the exit code."""
    report = Report(as_json=as_json, total=0)
    for number in dict.fromkeys(done):
        job = library.jobs.get(number)
        report.row(_row(job, library.jobs.is_paused(job.batch)), _line(job))
    others = [number for number in dict.fromkeys(asked) if number not in done]
    for number in others:
        report.note(f"job {number} is not {what}: {_standing(library, number)}")
    return 1 if others else 0


def _standing(library: Library, number: int) -> str:
    try:
        state = library.jobs.get(number).state
    except KeyError:
        return "there is no such job"
    return f"it is {_WORDS.get(state, state)}"


def _row(job: Job, is_paused: bool) -> dict[str, Any]:
    return {
        "job": job.id,
        "batch": job.batch,
        "state": job.state,
        "source": str(job.source),
        "outputs": [str(output) for output in job.places],
        "priority": job.priority,
        "position": job.position,
        "paused": is_paused,
        "code": job.code or None,
        "reason": job.reason or None,
    }


def _line(job: Job) -> str:
    why = f"  ({printable(job.reason)})" if job.reason else ""
    return f"{job.id:>6}  {_WORDS.get(job.state, job.state):<9}  {printable(job.source)}{why}"


def _say(row: dict[str, Any], line: str, *, as_json: bool) -> None:
    Report(as_json=as_json, total=0).row(row, line)
