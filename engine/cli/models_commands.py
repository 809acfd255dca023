"""The subcommands of `pixelsmile models` and their options; imports nothing beyond Typer."""

from collections.abc import Callable
from typing import Annotated

import typer

Work = Callable[[], int]

Name = Annotated[str, typer.Argument(metavar="NAME", help="As `pixelsmile models` lists it.")]
AsJson = Annotated[
    bool, typer.Option("--json", help="One JSON object per line on stdout, nothing else.")
]
Accepted = Annotated[
    bool,
    typer.Option("--yes", "-y", "--accept-licence", help="You accept the licence of the model."),
]
InRows = Annotated[
    bool, typer.Option("--progress", help="With --json: objects that say how far it is, too.")
]

models_commands = typer.Typer(
    short_help="List, get, check and remove model files.",
    invoke_without_command=True,
    rich_markup_mode=None,
)


@models_commands.callback()
def _models(context: typer.Context, as_json: AsJson = False) -> Work | None:
    """List the model files with their licences, and what each editor needs.

    Models that do not ship are downloaded with `get` or taken from disk with `import`, into the
    folder that PIXELSMILE_MODELS names or one of your own.
    """
    context.obj = as_json
    return None if context.invoked_subcommand else _list(as_json)


def _list(as_json: bool) -> Work:
    from engine.cli.models import models

    return lambda: models(as_json=as_json)


def _wants_json(context: typer.Context, as_json: bool) -> bool:
    """`pixelsmile models --json get NAME` means the same as `pixelsmile models get NAME --json`."""
    return as_json or bool(context.obj)


@models_commands.command("list", short_help="List what is there and what can be had.")
def _list_command(context: typer.Context, as_json: AsJson = False) -> Work:
    """List the model files with their licences, and what each editor needs."""
    return _list(_wants_json(context, as_json))


@models_commands.command("get", short_help="Download a model, or continue to.")
def _get(
    context: typer.Context,
    name: Name,
    accepted: Accepted = False,
    progress: InRows = False,
    as_json: AsJson = False,
) -> Work:
    """Download a model after you have accepted its licence.

    What an interrupted download has fetched is kept: the same command continues it. Every file is
    checked before the model counts as installed.
    """
    from engine.cli.weights import get

    wants_json = _wants_json(context, as_json)
    return lambda: get(name, accepted=accepted, as_json=wants_json, progress=progress)


@models_commands.command("verify", short_help="Check installed models byte by byte.")
def _verify(
    context: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME", help="All that are installed if none.")
    ] = None,
    progress: InRows = False,
    as_json: AsJson = False,
) -> Work:
    """Read installed models again and name every file that is damaged or missing."""
    from engine.cli.weights import verify

    wants_json = _wants_json(context, as_json)
    return lambda: verify(names or [], as_json=wants_json, progress=progress)


@models_commands.command("import", short_help="Take a model from a folder or file.")
def _import(
    context: typer.Context,
    name: Name,
    path: Annotated[
        str, typer.Argument(metavar="PATH", help="The folder, or the file of a single-file model.")
    ],
    accepted: Accepted = False,
    progress: InRows = False,
    as_json: AsJson = False,
) -> Work:
    """Take a model that is on this machine already: linked where the disk allows, else copied.

    Nothing is taken unless every file is there and is what it should be.
    """
    from engine.cli.weights import import_

    wants_json = _wants_json(context, as_json)
    return lambda: import_(name, path, accepted=accepted, as_json=wants_json, progress=progress)


@models_commands.command("remove", short_help="Delete a model.")
def _remove(
    context: typer.Context,
    name: Name,
    sure: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> Work:
    """Delete an installed model, or what an unfinished download has fetched."""
    from engine.cli.weights import remove

    return lambda: remove(name, sure=sure, as_json=_wants_json(context, as_json))


@models_commands.command("commercial-only", short_help="Refuse models that forbid commercial use.")
def _commercial_only(
    context: typer.Context,
    wanted: Annotated[
        str | None, typer.Argument(metavar="on|off", help="Without it, the setting is shown.")
    ] = None,
    as_json: AsJson = False,
) -> Work:
    """Show or set whether models that forbid commercial use are refused.

    PIXELSMILE_COMMERCIAL_ONLY=1 or 0 comes before the setting.
    """
    from engine.cli.weights import commercial_only

    return lambda: commercial_only(wanted, as_json=_wants_json(context, as_json))
