"""The `pixelsmile` command: its subcommands, their options, and how it ends.

Start-up is part of the feel: nothing beyond the standard library and Typer is imported before a
subcommand runs.
"""

import io
import os
import sys
from collections.abc import Callable, Sequence
from typing import Annotated, NoReturn

import typer

import engine
from engine.cli.arguments import spread_scales
from engine.cli.models_commands import models_commands
from engine.cli.option_groups import (
    EditOptions,
    ExportOptions,
    FaceOptions,
    ModelOptions,
    ScaledOptions,
    ScriptModelOptions,
    SignOptions,
    with_groups,
)
from engine.cli.queue_commands import queue_commands
from engine.cli.remote_commands import remote_commands
from engine.cli.runs_commands import runs_commands
from engine.cli.train_commands import train_commands

_NO_PHOTO_HELP = "Photos; the same file given twice is edited once."

Work = Callable[[], int]
"""What a subcommand does once its options are parsed; returns the exit code."""


def _do(work: Work, version: bool = False) -> NoReturn:
    """Do what the subcommand returned and leave with its exit code, whatever it raises."""
    del version
    from engine.cli.endings import exit_code_of

    raise typer.Exit(exit_code_of(work))


app = typer.Typer(
    name="pixelsmile",
    result_callback=_do,
    help="Edit facial expressions in portraits. Originals are never written.",
    no_args_is_help=True,
    add_completion=False,
    # Rich help costs more than the rest of the start.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Photos = Annotated[list[str] | None, typer.Argument(metavar="PHOTO", help=_NO_PHOTO_HELP)]
Out = Annotated[str, typer.Option("--out", "-o", metavar="DIR", help="Folder for the pictures.")]
Provider = Annotated[
    str,
    typer.Option("--provider", metavar="shipped|insightface", help="Which networks find faces."),
]
AcceptNonCommercial = Annotated[
    bool,
    typer.Option(
        "--accept-non-commercial",
        help="You accept that insightface's model packs are for non-commercial research only.",
    ),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="One JSON object per line on stdout, nothing else.")
]


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"pixelsmile {engine.__version__}")
        raise typer.Exit


@app.callback()
def _program(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    pass


@app.command("edit", short_help="Edit photos, a picture per photo and scale.")
@with_groups
def _edit(
    out: Out,
    what: EditOptions,
    export: ExportOptions,
    model: ModelOptions,
    photos: Photos = None,
    as_json: AsJson = False,
) -> Work:
    """Edit photos: one picture per photo and scale, whole and at full size.

    Pictures are called STEM_EXPRESSION_SCALE, such as anna_happy_0.5.jpg. Exit code 1: some
    photos failed, for instance because no face was found.
    """
    from engine.cli.edit import edit, read_wish

    return lambda: edit(photos or [], out, read_wish(what, model, export), as_json=as_json)


@app.command("strip", short_help="Make a GIF, WebP, MP4 or contact sheet of a photo.")
@with_groups
def _strip(
    photo: Annotated[str, typer.Argument(metavar="PHOTO")],
    out: Annotated[
        str,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help=".gif, .webp, .mp4 or .apng; .png is a contact sheet, .frames a folder of PNGs.",
        ),
    ],
    what: FaceOptions,
    model: ModelOptions,
    signing: SignOptions,
    start: Annotated[
        str, typer.Option("--from", metavar="A", help="Scale of the first frame.")
    ] = "0",
    stop: Annotated[str, typer.Option("--to", metavar="A", help="Scale of the last.")] = "1.5",
    frames: Annotated[int, typer.Option("--frames", metavar="N", help="How many.")] = 16,
    fps: Annotated[float, typer.Option("--fps", metavar="N", help="Frames a second.")] = 12,
    loop: Annotated[
        str,
        typer.Option(
            "--loop",
            metavar="bounce|repeat|once",
            help="After the last frame: back again, from the start, or stop.",
        ),
    ] = "repeat",
    as_json: AsJson = False,
) -> Work:
    """Make a strip of a photo: frames of even steps as GIF, WebP, MP4 or contact sheet.

    Frames are sRGB; their longer side is at most 1080 pixels in a GIF or WebP, 1920 in an MP4 and
    512 in a contact sheet. A smaller photo is not enlarged.
    """
    from engine.cli.strip import Timing, strip

    timing = Timing(start, stop, frames, fps, loop)
    return lambda: strip(photo, out, what, timing, model, signing, as_json=as_json)


@app.command("infer", short_help="Edit a whole picture as PixelSmile's published script does.")
@with_groups
def _infer(
    image_path: Annotated[str, typer.Option("--image-path", metavar="FILE", help="The picture.")],
    output_dir: Annotated[
        str, typer.Option("--output-dir", metavar="DIR", help="Folder for the pictures.")
    ],
    what: ScaledOptions,
    model: ScriptModelOptions,
    signing: SignOptions,
    format: Annotated[str, typer.Option("--format", metavar="png|jpeg")] = "png",
    as_json: AsJson = False,
) -> Work:
    """Edit the middle square of a picture, one output per scale: STEM_EXPRESSION_SCALE.

    No face is sought and nothing is pasted back. Scale 0 is the neutral prompt's edit, not the
    picture itself.
    """
    from engine.cli.infer import infer

    return lambda: infer(
        image_path,
        output_dir,
        what,
        model,
        signing,
        format=format,
        as_json=as_json,
    )


@app.command("faces", short_help="List the faces in photos and who is who.")
def _faces(
    photos: Photos = None,
    provider: Provider = "shipped",
    accept_non_commercial: AcceptNonCommercial = False,
    as_json: AsJson = False,
) -> Work:
    """List the faces in photos: box, head pose, what they show, and who is the same person.

    A photo without a face has an empty list, which is no failure.
    """
    from engine.cli.faces import faces

    return lambda: faces(
        photos or [],
        provider=provider,
        licence_accepted=accept_non_commercial,
        as_json=as_json,
    )


@app.command("facts", short_help="List when photos were taken and who is named in them.")
def _facts(photos: Photos = None, as_json: AsJson = False) -> Work:
    """List when photos were taken and who is named in them, as their metadata say."""
    from engine.cli.facts import facts

    return lambda: facts(photos or [], as_json=as_json)


@app.command("batch", short_help="Edit all photos in a folder and its subfolders.")
@with_groups
def _batch(
    folder: Annotated[str, typer.Argument(metavar="FOLDER")],
    out: Out,
    what: EditOptions,
    export: ExportOptions,
    model: ModelOptions,
    workers: Annotated[
        int | None,
        typer.Option("--workers", metavar="N", help="Processes; half the cores, at most 4."),
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on with what arrives in the folder, until Ctrl-C.")
    ] = False,
    on: Annotated[
        str,
        typer.Option("--on", metavar="NAME", help="Do it on a target; see pixelsmile remote."),
    ] = "",
    detach: Annotated[bool, typer.Option("--detach", help="With --on: do not wait.")] = False,
    as_json: AsJson = False,
) -> Work:
    """Edit all photos in a folder and its subfolders; the pictures stand in a tree like it.

    Hidden files, links to folders and what lies under --out are passed over. The same command
    after an interruption makes only what is missing; photos that failed are tried anew. See also
    `pixelsmile queue`.
    """
    from engine.cli.batch import Manner, batch
    from engine.cli.edit import read_wish

    def work() -> int:
        wish = read_wish(what, model, export)
        if on:
            from engine.cli.remote_launch import batch_on
            from engine.cli.remote_words import check_can_travel, words_of

            check_can_travel(export, watch=watch)
            words = words_of(what, export, model) + ([f"--workers={workers}"] if workers else [])
            return batch_on(on, folder, out, words, detach=detach, as_json=as_json)
        return batch(folder, out, wish, Manner(workers, watch), as_json=as_json)

    return work


app.add_typer(models_commands, name="models")
app.add_typer(queue_commands, name="queue")
app.add_typer(remote_commands, name="remote")
app.add_typer(runs_commands, name="runs")
app.add_typer(train_commands, name="train")


@app.command("worker", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def _worker(context: typer.Context) -> Work:
    """Serve a front end over stdin and stdout; for programs, not for people."""
    from engine.worker.process import main as serve

    return lambda: serve(context.args)


@app.command("doctor", short_help="Say what this machine can run.")
def _doctor(
    deep: Annotated[
        bool, typer.Option("--deep", help="Also edit a sample portrait from end to end.")
    ] = False,
    as_json: AsJson = False,
) -> Work:
    """Say what this machine can run and what is missing."""
    from engine.cli.doctor import doctor

    return lambda: doctor(deep=deep, as_json=as_json)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and leave: 0 all done, 1 something failed, 2 wrong usage."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    _tolerate_any_text()
    if words[:1] != ["worker"]:  # a worker leaves when its front end does
        from engine.cli.interruption import listen_for_interruption

        listen_for_interruption()
    try:
        app(args=spread_scales(words), prog_name="pixelsmile")
    finally:
        _flush_stdout()
    sys.exit(0)


def _flush_stdout() -> None:
    if sys.stdout is None:  # closed before the start
        return
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        # Nobody reads any more; the interpreter must not find that out again on its way out.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _tolerate_any_text() -> None:
    """Let names be printed that the terminal's encoding does not have."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    main()
