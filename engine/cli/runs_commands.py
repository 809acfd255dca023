"""The subcommands of `pixelsmile runs` and their options; imports nothing beyond Typer."""

from collections.abc import Callable
from typing import Annotated

import typer

Work = Callable[[], int]

AsJson = Annotated[
    bool, typer.Option("--json", help="One JSON object per line on stdout, nothing else.")
]
RunId = Annotated[
    str, typer.Argument(metavar="RUN", help="As `pixelsmile runs list` shows it, or its beginning.")
]

runs_commands = typer.Typer(
    short_help="See and steer what runs elsewhere.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@runs_commands.command("list", short_help="List the runs, newest first.")
def _list(
    offline: Annotated[
        bool, typer.Option("--offline", help="As last heard of; contact nobody.")
    ] = False,
    as_json: AsJson = False,
) -> Work:
    """List the runs and how they are."""
    from engine.cli.runs import list_runs

    return lambda: list_runs(offline=offline, as_json=as_json)


@runs_commands.command("show", short_help="Say how a run is.")
def _show(run: RunId, as_json: AsJson = False) -> Work:
    """Say how a run is, and why it ended if it did."""
    from engine.cli.runs import show

    return lambda: show(run, as_json=as_json)


@runs_commands.command("logs", short_help="Show what a run says.")
def _logs(
    run: RunId,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Stay until it has ended.")
    ] = False,
    as_json: AsJson = False,
) -> Work:
    """Show what a run has said; with --json its numbers too."""
    from engine.cli.runs import logs

    return lambda: logs(run, follow=follow, as_json=as_json)


@runs_commands.command("stop", short_help="Save and stop a run.")
def _stop(
    run: RunId,
    now: Annotated[bool, typer.Option("--now", help="At once, without saving.")] = False,
    as_json: AsJson = False,
) -> Work:
    """Have a run save and stop. It can be resumed, here or on another target."""
    from engine.cli.runs import ask

    return lambda: ask(run, "kill" if now else "stop", as_json=as_json)


@runs_commands.command("save", short_help="Have a run save now.")
def _save(run: RunId, as_json: AsJson = False) -> Work:
    """Have a run save now and go on."""
    from engine.cli.runs import ask

    return lambda: ask(run, "save", as_json=as_json)


@runs_commands.command("sample", short_help="Have a run make pictures now.")
def _sample(run: RunId, as_json: AsJson = False) -> Work:
    """Have a run make validation pictures now and go on."""
    from engine.cli.runs import ask

    return lambda: ask(run, "sample", as_json=as_json)


@runs_commands.command("resume", short_help="Start a run again where it saved.")
def _resume(
    run: RunId,
    on: Annotated[
        str, typer.Option("--on", metavar="NAME", help="Another target; what was saved goes along.")
    ] = "",
    as_json: AsJson = False,
) -> Work:
    """Start a run again that has ended; it goes on where it saved last."""
    from engine.cli.runs import resume

    return lambda: resume(run, on, as_json=as_json)


@runs_commands.command("fetch", short_help="Bring what a run has made.")
def _fetch(
    run: RunId,
    into: Annotated[
        str, typer.Option("--into", metavar="DIR", help="The run's own folder here unless given.")
    ] = "",
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="PATTERN", help="Such as '*.safetensors'; repeatable."),
    ] = None,
    checkpoints: Annotated[
        bool, typer.Option("--checkpoints", help="The training's checkpoints, too.")
    ] = False,
    as_json: AsJson = False,
) -> Work:
    """Bring what a run has made; each file is checked by its SHA-256."""
    from engine.cli.runs import fetch

    return lambda: fetch(run, into, only or [], checkpoints=checkpoints, as_json=as_json)


@runs_commands.command("forget", short_help="Delete a run that has ended.")
def _forget(run: RunId, as_json: AsJson = False) -> Work:
    """Delete a run that has ended, here and on its node. What was fetched stays."""
    from engine.cli.runs import forget

    return lambda: forget(run, as_json=as_json)
