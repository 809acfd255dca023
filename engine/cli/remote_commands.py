"""The subcommands of `pixelsmile remote` and their options; imports nothing beyond Typer."""

from collections.abc import Callable
from typing import Annotated

import typer

Work = Callable[[], int]

AsJson = Annotated[
    bool, typer.Option("--json", help="One JSON object per line on stdout, nothing else.")
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="As `pixelsmile remote list` shows it.")]

remote_commands = typer.Typer(
    short_help="Add, look at and remove machines that work for you.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@remote_commands.command("add", short_help="Add a machine, a cluster or a queue.")
def _add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What you want to call it.")],
    where: Annotated[
        str,
        typer.Argument(metavar="WHERE", help="[USER@]HOST[:PORT]."),
    ],
    kind: Annotated[
        str,
        typer.Option("--kind", metavar="ssh|slurm|ray", help="Who gives jobs a turn."),
    ] = "ssh",
    host_key: Annotated[
        str,
        typer.Option(
            "--host-key",
            metavar="SHA256:...",
            help="The fingerprint that the host's owner told you; you are asked without it.",
        ),
    ] = "",
    folder: Annotated[
        str, typer.Option("--folder", metavar="DIR", help="Where everything lies there.")
    ] = "~/.pixelsmile",
    python: Annotated[
        str,
        typer.Option(
            "--python", metavar="FILE", help="An interpreter there that has all it needs."
        ),
    ] = "",
    wheels: Annotated[
        str,
        typer.Option(
            "--wheelhouse", metavar="DIR", help="Wheels here, for a node without a package index."
        ),
    ] = "",
    requirements: Annotated[
        str, typer.Option("--requirements", metavar="FILE", help="Instead of the product's own.")
    ] = "",
    index: Annotated[
        str, typer.Option("--index-url", metavar="URL", help="The index the node installs from.")
    ] = "",
    models: Annotated[
        str, typer.Option("--models", metavar="DIR", help="A folder there that has models.")
    ] = "",
    options: Annotated[
        list[str] | None,
        typer.Option("--option", metavar="WORD", help="Of sbatch; repeatable."),
    ] = None,
    url: Annotated[
        str,
        typer.Option("--url", metavar="URL", help="Of a running Ray cluster, as HOST sees it."),
    ] = "",
    token_file: Annotated[
        str, typer.Option("--token-file", metavar="FILE", help="A Ray cluster's token.")
    ] = "",
    workers: Annotated[
        int, typer.Option("--workers", metavar="N", min=0, help="Processes; 0 for one a GPU.")
    ] = 0,
    stall: Annotated[
        float,
        typer.Option(
            "--stall", metavar="S", min=1, help="Seconds of silence that count as stalled."
        ),
    ] = 1800,
    as_json: AsJson = False,
) -> Work:
    """Add a target. Its host key is shown once and pinned; a change is refused from then on.

    Your own ssh keys and agent are used where they are and never copied.
    """
    from engine.cli.remote_targets import Wanted, add

    wanted = Wanted(
        name, where, kind, host_key, folder, python, wheels, requirements, index, models,
        tuple(options or ()), url, token_file, workers, stall,
    )  # fmt: skip
    return lambda: add(wanted, as_json=as_json)


@remote_commands.command("list", short_help="List what was added.")
def _list(as_json: AsJson = False) -> Work:
    """List the targets; `local` is this machine. Nobody is contacted."""
    from engine.cli.remote_targets import list_targets

    return lambda: list_targets(as_json=as_json)


@remote_commands.command("probe", short_help="Say what a machine has.")
def _probe(name: Name, as_json: AsJson = False) -> Work:
    """Log in and say what there is: Python, driver, GPUs, memory, disk, jobs."""
    from engine.cli.remote_targets import probe

    return lambda: probe(name, as_json=as_json)


@remote_commands.command("remove", short_help="Forget a machine.")
def _remove(name: Name, as_json: AsJson = False) -> Work:
    """Forget a target and its secrets. What lies there stays there."""
    from engine.cli.remote_targets import remove

    return lambda: remove(name, as_json=as_json)
