"""`pixelsmile queue run`: works on whatever is queued in the library."""

import os
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path

from engine.cli.batch import worker_count
from engine.cli.folders import FolderFault
from engine.cli.queue_report import FollowedReport
from engine.cli.queue_run import Run
from engine.cli.queue_scope import WholeQueue
from engine.cli.queue_workers import Workplace
from engine.cli.report import Report
from engine.library import Job, Library, LibraryError, sweep

_READ_BYTES = 4096


def run_queue(*, follow: bool, workers: int | None, as_json: bool) -> int:
    """Work on all jobs of all batches until nothing is left; returns the exit code.

    With `follow` it stays for jobs to come, until stdin is closed.
    """
    benches = worker_count(workers, "auto")
    try:
        with Library() as library, Report(as_json=as_json, total=0, noun="job") as report:
            return _run(library, report, benches, follow=follow)
    except LibraryError as error:
        raise FolderFault(str(error)) from error


def _run(library: Library, report: Report, benches: int, *, follow: bool) -> int:
    run = Run(library, WholeQueue(library), FollowedReport(report, library))
    if follow:
        threading.Thread(target=_stop_at_the_end_of_stdin, args=[run], daemon=True).start()

    def find() -> bool:
        run.survey()
        return follow

    jobs = library.jobs.some(library.jobs.open_numbers())
    _sweep(jobs)
    try:
        code = run.go(find, Workplace(benches))
    finally:
        _sweep(library.jobs.all())
    # Who follows was told of every failure, and has asked for the end.
    return code if run.is_halted or not follow else 0


def _stop_at_the_end_of_stdin(run: Run) -> None:
    # Not through sys.stdin, whose lock would be held when the interpreter leaves.
    try:
        while os.read(0, _READ_BYTES):
            pass
    except OSError:
        pass  # there is no stdin
    run.stop()


def _sweep(jobs: Iterable[Job]) -> None:
    """Remove what was left half written when a run was killed."""
    folders = {output.parent for job in jobs for output in job.places}
    sweep({Path(tempfile.gettempdir()), Path.home(), *folders})
