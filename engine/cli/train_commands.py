"""The subcommands of `pixelsmile train` and their options; imports nothing beyond Typer."""

from collections.abc import Callable
from typing import Annotated

import typer

Work = Callable[[], int]

ConfigFile = Annotated[
    str,
    typer.Option("--config", "-c", metavar="FILE", help="The configuration, .toml or .json."),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="One JSON object per line on stdout, nothing else.")
]
Processes = Annotated[
    int,
    typer.Option(
        "--processes", metavar="N", min=1, max=1024, help="Processes on this machine, one a GPU."
    ),
]

train_commands = typer.Typer(
    short_help="Teach a look or expressions of your own: a LoRA from graded pictures.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@train_commands.command("check", short_help="Check a data set before it costs anything.")
def _check(
    config: ConfigFile,
    report: Annotated[
        str, typer.Option("--report", metavar="FILE", help="Write a report with pictures, .html.")
    ] = "",
    as_json: AsJson = False,
) -> Work:
    """Check pairs, files, faces, scores and balance; exit code 1 when a run could not begin."""
    from engine.cli.train import check

    return lambda: check(config, report, as_json=as_json)


@train_commands.command("run", short_help="Train from the start.")
def _run(
    config: ConfigFile,
    processes: Processes = 1,
    on: Annotated[
        str,
        typer.Option("--on", metavar="NAME", help="Do it on a target; see pixelsmile remote."),
    ] = "",
    detach: Annotated[bool, typer.Option("--detach", help="With --on: do not wait.")] = False,
    as_json: AsJson = False,
) -> Work:
    """Train until the end. Ctrl-C and SIGTERM save and stop, SIGUSR1 saves; `resume` goes on.

    With --on the run goes on by itself on the target; see `pixelsmile runs`.
    """
    if on:
        from engine.cli.remote_launch import train_on

        return lambda: train_on(on, config, detach=detach, as_json=as_json)
    from engine.cli.train import run

    return lambda: run(config, processes, resume=False, as_json=as_json)


@train_commands.command("resume", short_help="Go on from the last checkpoint.")
def _resume(config: ConfigFile, processes: Processes = 1, as_json: AsJson = False) -> Work:
    """Go on as if the run had never stopped; from the start when nothing was saved yet."""
    from engine.cli.train import run

    return lambda: run(config, processes, resume=True, as_json=as_json)


@train_commands.command("export", short_help="Write a checkpoint's LoRA as a file.")
def _export(
    config: ConfigFile,
    out: Annotated[
        str, typer.Option("--out", "-o", metavar="FILE", help="The LoRA, .safetensors.")
    ] = "",
    step: Annotated[
        int | None, typer.Option("--step", metavar="N", help="Of that step; else the newest.")
    ] = None,
    keys: Annotated[
        str, typer.Option("--keys", metavar="diffusers|comfyui", help="How layers are called.")
    ] = "diffusers",
    kept: Annotated[
        str,
        typer.Option("--weights", metavar="auto|mean|last", help="The running mean, or the last."),
    ] = "auto",
    dtype: Annotated[str, typer.Option("--dtype", metavar="bf16|fp32")] = "bf16",
    tensorboard: Annotated[
        str,
        typer.Option("--tensorboard", metavar="DIR", help="Write the metrics for TensorBoard."),
    ] = "",
    as_json: AsJson = False,
) -> Work:
    """Write the LoRA of a checkpoint, for this editor, plain diffusers or ComfyUI."""
    from engine.cli.train import export

    return lambda: export(
        config, out, step=step, keys=keys, kept=kept, dtype=dtype, tensorboard=tensorboard,
        as_json=as_json,
    )  # fmt: skip


@train_commands.command("pairs", short_help="Make graded pictures to try a run with.")
def _pairs(
    photos: Annotated[str, typer.Argument(metavar="FOLDER", help="Portraits, one face each.")],
    out: Annotated[
        str, typer.Option("--out", "-o", metavar="DIR", help="Folder for a folder per portrait.")
    ],
    as_json: AsJson = False,
) -> Work:
    """Make graded expressions of portraits with the instant editor. They are synthetic."""
    from engine.cli.train import pairs

    return lambda: pairs(photos, out, as_json=as_json)


@train_commands.command("propose", short_help="Propose scores for pictures.")
def _propose(
    folder: Annotated[str, typer.Argument(metavar="FOLDER", help="Pictures of one person.")],
    neutral: Annotated[
        str, typer.Option("--neutral", metavar="FILE", help="The person's face at rest.")
    ] = "",
    as_json: AsJson = False,
) -> Work:
    """Propose the twelve scores of each picture from its blendshapes, for a person to correct."""
    from engine.cli.train import propose

    return lambda: propose(folder, neutral, as_json=as_json)
