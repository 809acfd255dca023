"""The subcommands of `pixelsmile queue` and their options; imports nothing beyond Typer."""

from collections.abc import Callable
from typing import Annotated

import typer

Work = Callable[[], int]

AsJson = Annotated[
    bool, typer.Option("--json", help="One JSON object per line on stdout, nothing else.")
]
Numbers = Annotated[
    list[int] | None,
    typer.Argument(metavar="JOB", help="Numbers as `pixelsmile queue list` shows them."),
]
BatchNumber = Annotated[
    int | None, typer.Option("--batch", metavar="N", help="Only this batch, by its number.")
]

queue_commands = typer.Typer(
    short_help="See and steer the jobs of batches.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@queue_commands.command("list", short_help="List the jobs in the order in which they are done.")
def _list(
    state: Annotated[
        list[str] | None,
        typer.Option(
            "--state",
            metavar="STATE",
            help="queued, running, finished, failed, cancelled or needs_review; several add up.",
        ),
    ] = None,
    batch: BatchNumber = None,
    as_json: AsJson = False,
) -> Work:
    """List the jobs, one a photo, in the order in which they are done."""
    from engine.cli.queue_steering import list_jobs

    return lambda: list_jobs(state or [], batch, as_json=as_json)


@queue_commands.command("run", short_help="Work on whatever is queued.")
def _run(
    follow: Annotated[
        bool, typer.Option("--follow", help="Stay for jobs to come, until stdin is closed.")
    ] = False,
    workers: Annotated[
        int | None,
        typer.Option("--workers", metavar="N", help="Processes that render; half the cores."),
    ] = None,
    as_json: AsJson = False,
) -> Work:
    """Work on whatever is queued, of all batches, in the order of priority and position."""
    from engine.cli.queue_all import run_queue

    return lambda: run_queue(follow=follow, workers=workers, as_json=as_json)


@queue_commands.command("pause", short_help="Start no more jobs.")
def _pause(batch: BatchNumber = None, as_json: AsJson = False) -> Work:
    """Start no more jobs, of one batch or at all; what runs goes on. It holds over restarts."""
    from engine.cli.queue_steering import pause

    return lambda: pause(batch, as_json=as_json)


@queue_commands.command("resume", short_help="Take up what was paused.")
def _resume(batch: BatchNumber = None, as_json: AsJson = False) -> Work:
    """Take up one batch again, or the queue with all its batches."""
    from engine.cli.queue_steering import resume

    return lambda: resume(batch, as_json=as_json)


@queue_commands.command("cancel", short_help="Cancel jobs that have not ended.")
def _cancel(
    jobs: Numbers = None,
    every: Annotated[
        bool, typer.Option("--all", help="All that have not ended, of --batch if given.")
    ] = False,
    batch: BatchNumber = None,
    as_json: AsJson = False,
) -> Work:
    """Cancel jobs; one that runs is stopped within a step. They stay cancelled until retried."""
    from engine.cli.queue_steering import cancel

    return lambda: cancel(jobs or [], batch, every=every, as_json=as_json)


@queue_commands.command(
    "retry", short_help="Queue jobs anew that failed, were set aside or cancelled."
)
def _retry(
    jobs: Numbers = None,
    failed: Annotated[
        bool,
        typer.Option("--failed", help="All that failed or were set aside, of --batch if given."),
    ] = False,
    batch: BatchNumber = None,
    as_json: AsJson = False,
) -> Work:
    """Queue jobs anew; a batch that runs takes them up, or the next one of the same command."""
    from engine.cli.queue_steering import retry

    return lambda: retry(jobs or [], batch, failed=failed, as_json=as_json)


@queue_commands.command("clear", short_help="Forget jobs that have ended.")
def _clear(
    state: Annotated[
        list[str] | None,
        typer.Option(
            "--state",
            metavar="STATE",
            help="finished, failed, cancelled or needs_review; all of them unless given.",
        ),
    ] = None,
    batch: BatchNumber = None,
    as_json: AsJson = False,
) -> Work:
    """Forget jobs that have ended. Pictures stay, and the same command does not make them again."""
    from engine.cli.queue_steering import clear

    return lambda: clear(state or [], batch, as_json=as_json)


@queue_commands.command("move", short_help="Have a job done earlier or later.")
def _move(
    job: Annotated[int, typer.Argument(metavar="JOB")],
    first: Annotated[bool, typer.Option("--first", help="Before all others.")] = False,
    last: Annotated[bool, typer.Option("--last", help="After all others.")] = False,
    before: Annotated[
        int | None, typer.Option("--before", metavar="JOB", help="Right before that one.")
    ] = None,
    priority: Annotated[
        int | None,
        typer.Option("--priority", metavar="N", help="Higher ones are done first; 0 is usual."),
    ] = None,
    as_json: AsJson = False,
) -> Work:
    """Have a job done earlier or later: --first, --last, --before JOB, or by --priority N."""
    from engine.cli.queue_steering import move

    return lambda: move(
        job, first=first, last=last, before=before, priority=priority, as_json=as_json
    )
