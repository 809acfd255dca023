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
from engine.cli.queue_commands import queue_commands

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
Expressions = Annotated[
    list[str] | None,
    typer.Option(
        "--expression",
        "-e",
        metavar="NAME[=INTENSITY]",
        help="angry, confused, contempt, confident, disgust, fear, happy, sad, shy, sleepy, "
        "surprised or anxious; the intensity is 1.0 unless given, and goes to 1.5. "
        "Several make a blend.",
    ),
]
Scales = Annotated[
    list[str] | None,
    typer.Option(
        "--scales",
        metavar="A...",
        help="Numbers that multiply the intensities; one picture each.",
    ),
]
Editor = Annotated[str, typer.Option("--editor", metavar="auto|instant|pixelsmile")]
Face = Annotated[
    str,
    typer.Option("--face", metavar="all|largest|N", help="Which faces; 1 is the largest."),
]
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
Format = Annotated[
    str,
    typer.Option(
        "--format",
        metavar="source|jpeg|png|tiff|tiff8|tiff16|webp|avif|heic",
        help="source, the default: as the photo is; RAW becomes a 16-bit TIFF.",
    ),
]
Profile = Annotated[
    str,
    typer.Option(
        "--profile",
        metavar="source|srgb|display-p3|adobe-rgb|prophoto",
        help="Colour space of the pictures; source, the default: the photo's own.",
    ),
]
Size = Annotated[
    int | None,
    typer.Option("--size", metavar="PX", min=16, max=65500, help="At most so long; never larger."),
]
Quality = Annotated[
    int | None,
    typer.Option("--quality", metavar="1-100", help="Of JPEG, WebP, AVIF, HEIC; else the photo's."),
]
StripMetadata = Annotated[
    str,
    typer.Option("--strip-metadata", metavar="gps|all", help="Leave out places, or everything."),
]
ExportPresetOption = Annotated[
    str,
    typer.Option(
        "--export-preset",
        metavar="NAME|FILE",
        help="web, print, proof or same, or a file of your own: format, size, names at once.",
    ),
]
NameOption = Annotated[
    str,
    typer.Option(
        "--name",
        metavar="TEMPLATE",
        help="Names of the pictures, of {name} {ext} {expression} {scale} {seq:4} {date} "
        "{folder} {person}.",
    ),
]
CollisionOption = Annotated[
    str,
    typer.Option(
        "--collision",
        metavar="number|skip|overwrite",
        help="When a picture of that name is there; overwrite is the default.",
    ),
]
SidecarOption = Annotated[
    bool,
    typer.Option("--sidecar", help="Keep the recipe beside the photo: PHOTO.ext.pixelsmile.json."),
]
ConsentOption = Annotated[
    list[str] | None,
    typer.Option(
        "--consent", metavar="WHO: WHAT", help="A record of consent for the sidecar; repeatable."
    ),
]
Sign = Annotated[
    str,
    typer.Option("--sign", metavar="CERT.pem", help="Sign with this certificate chain (C2PA)."),
]
SignKey = Annotated[
    str, typer.Option("--sign-key", metavar="KEY.pem", help="The certificate's private key.")
]
Seed = Annotated[
    int,
    typer.Option("--seed", metavar="N", min=0, max=2**63 - 1, help="For editors that use chance."),
]
Steps = Annotated[
    int | None,
    typer.Option("--steps", metavar="N", help="Steps of the sampler; 50, or 4 with --lightning."),
]
Resolution = Annotated[
    str,
    typer.Option(
        "--resolution",
        metavar="trained|upstream|N",
        help="512 as trained, 1024 as the published script, or a side of your own.",
    ),
]
DataType = Annotated[
    str, typer.Option("--data-type", metavar="human|anime", help="What the prompt calls them.")
]
Precision = Annotated[
    str,
    typer.Option(
        "--precision",
        metavar="auto|bf16|fp32|fp8|int8|int4",
        help="How weights are kept; auto measures the memory and says why.",
    ),
]
PlacementOption = Annotated[
    str,
    typer.Option(
        "--placement",
        metavar="auto|together|in-turn|offloaded",
        help="Where the model's parts wait.",
    ),
]
ModelPath = Annotated[
    str,
    typer.Option(
        "--model-path",
        metavar="DIR|NAME",
        help="The base model; the installed Qwen-Image-Edit-2511 unless given.",
    ),
]
LoraPath = Annotated[
    list[str] | None,
    typer.Option(
        "--lora-path",
        metavar="FILE|NAME",
        help="A LoRA; the installed PixelSmile unless given. Several are added up.",
    ),
]
LoraScale = Annotated[
    list[float] | None,
    typer.Option("--lora-scale", metavar="X", help="What multiplies a LoRA; 1.0 as trained."),
]
LoraLayersOption = Annotated[
    str,
    typer.Option(
        "--lora-layers",
        metavar="full|upstream",
        help="upstream leaves out what the published script's loader drops.",
    ),
]
Lightning = Annotated[
    str,
    typer.Option(
        "--lightning",
        metavar="FILE|NAME",
        help="A Lightning LoRA for drafts in few steps; not the published method.",
    ),
]
ShortcutOption = Annotated[
    str,
    typer.Option(
        "--shortcut",
        metavar="none|first-block-cache",
        help="Skip work at a small cost in exactness.",
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
def _edit(
    out: Out,
    photos: Photos = None,
    expression: Expressions = None,
    scales: Scales = None,
    editor: Editor = "auto",
    face: Face = "all",
    format: Format = "",
    profile: Profile = "",
    size: Size = None,
    quality: Quality = None,
    strip_metadata: StripMetadata = "",
    export_preset: ExportPresetOption = "",
    name: NameOption = "",
    collision: CollisionOption = "",
    sidecar: SidecarOption = False,
    consent: ConsentOption = None,
    sign: Sign = "",
    sign_key: SignKey = "",
    seed: Seed = 42,
    steps: Steps = None,
    resolution: Resolution = "trained",
    data_type: DataType = "human",
    precision: Precision = "auto",
    placement: PlacementOption = "auto",
    model_path: ModelPath = "",
    lora_path: LoraPath = None,
    lora_scale: LoraScale = None,
    lightning: Lightning = "",
    shortcut: ShortcutOption = "none",
    as_json: AsJson = False,
) -> Work:
    """Edit photos: one picture per photo and scale, whole and at full size.

    Pictures are called STEM_EXPRESSION_SCALE, such as anna_happy_0.5.jpg. Exit code 1: some
    photos failed, for instance because no face was found.
    """
    from engine.cli.edit import edit, read_wish
    from engine.cli.exporting import ExportOptions
    from engine.cli.generative import ModelOptions

    def work() -> int:
        wish = read_wish(
            expression=expression or [],
            scales=scales or [],
            editor=editor,
            face=face,
            format=format,
            seed=seed,
            options=ModelOptions(
                model_path=model_path,
                lora_path=lora_path or [],
                lora_scale=lora_scale or [],
                lightning=lightning,
                precision=precision,
                placement=placement,
                steps=steps,
                resolution=resolution,
                data_type=data_type,
                shortcut=shortcut,
            ),
            export=ExportOptions(
                format=format,
                profile=profile,
                size=size,
                quality=quality,
                strip_metadata=strip_metadata,
                preset=export_preset,
                name=name,
                collision=collision,
                sidecar=sidecar,
                consent=consent or [],
                sign=sign,
                sign_key=sign_key,
            ),
        )
        return edit(photos or [], out, wish, as_json=as_json)

    return work


@app.command("strip", short_help="Make a GIF, WebP, MP4 or contact sheet of a photo.")
def _strip(
    photo: Annotated[str, typer.Argument(metavar="PHOTO")],
    out: Annotated[
        str,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help=".gif, .webp, .mp4 or .apng; .png is a contact sheet.",
        ),
    ],
    expression: Expressions = None,
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
    editor: Editor = "auto",
    face: Face = "all",
    seed: Seed = 42,
    steps: Steps = None,
    resolution: Resolution = "trained",
    data_type: DataType = "human",
    precision: Precision = "auto",
    placement: PlacementOption = "auto",
    model_path: ModelPath = "",
    lora_path: LoraPath = None,
    lora_scale: LoraScale = None,
    lightning: Lightning = "",
    shortcut: ShortcutOption = "none",
    as_json: AsJson = False,
) -> Work:
    """Make a strip of a photo: frames of even steps as GIF, WebP, MP4 or contact sheet.

    Frames are sRGB; their longer side is at most 1080 pixels in a GIF or WebP, 1920 in an MP4 and
    512 in a contact sheet. A smaller photo is not enlarged.
    """
    from engine.cli.generative import ModelOptions
    from engine.cli.strip import strip

    return lambda: strip(
        photo,
        out,
        expression=expression or [],
        start=start,
        stop=stop,
        frames=frames,
        fps=fps,
        loop=loop,
        face=face,
        editor=editor,
        seed=seed,
        as_json=as_json,
        options=ModelOptions(
            model_path=model_path,
            lora_path=lora_path or [],
            lora_scale=lora_scale or [],
            lightning=lightning,
            precision=precision,
            placement=placement,
            steps=steps,
            resolution=resolution,
            data_type=data_type,
            shortcut=shortcut,
        ),
    )


@app.command("infer", short_help="Edit a whole picture as PixelSmile's published script does.")
def _infer(
    image_path: Annotated[str, typer.Option("--image-path", metavar="FILE", help="The picture.")],
    output_dir: Annotated[
        str, typer.Option("--output-dir", metavar="DIR", help="Folder for the pictures.")
    ],
    expression: Expressions = None,
    scales: Scales = None,
    data_type: DataType = "human",
    model_path: ModelPath = "",
    lora_path: LoraPath = None,
    lora_scale: LoraScale = None,
    lora_layers: LoraLayersOption = "full",
    word: Annotated[
        list[str] | None,
        typer.Option("--word", metavar="WORD", help="An expression that a fine-tune has taught."),
    ] = None,
    seed: Seed = 42,
    steps: Steps = None,
    resolution: Resolution = "trained",
    precision: Precision = "bf16",
    placement: PlacementOption = "auto",
    batch: Annotated[
        int, typer.Option("--batch", metavar="N", help="Most scales at once; 0 as memory allows.")
    ] = 0,
    lightning: Lightning = "",
    shortcut: ShortcutOption = "none",
    format: Annotated[str, typer.Option("--format", metavar="png|jpeg")] = "png",
    as_json: AsJson = False,
) -> Work:
    """Edit the middle square of a picture, one output per scale: STEM_EXPRESSION_SCALE.

    No face is sought and nothing is pasted back. Scale 0 is the neutral prompt's edit, not the
    picture itself.
    """
    from engine.cli.generative import ModelOptions
    from engine.cli.infer import infer

    options = ModelOptions(
        model_path=model_path,
        lora_path=lora_path or [],
        lora_scale=lora_scale or [],
        lora_layers=lora_layers,
        precision=precision,
        placement=placement,
        batch=batch,
        lightning=lightning,
        words=word or [],
        steps=steps,
        resolution=resolution,
        data_type=data_type,
        shortcut=shortcut,
    )
    return lambda: infer(
        image_path,
        output_dir,
        expression=expression or [],
        scales=scales or [],
        seed=seed,
        format=format,
        options=options,
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


@app.command("batch", short_help="Edit all photos in a folder and its subfolders.")
def _batch(
    folder: Annotated[str, typer.Argument(metavar="FOLDER")],
    out: Out,
    expression: Expressions = None,
    scales: Scales = None,
    editor: Editor = "auto",
    face: Face = "all",
    format: Format = "",
    profile: Profile = "",
    size: Size = None,
    quality: Quality = None,
    strip_metadata: StripMetadata = "",
    export_preset: ExportPresetOption = "",
    name: NameOption = "",
    collision: CollisionOption = "",
    sidecar: SidecarOption = False,
    consent: ConsentOption = None,
    sign: Sign = "",
    sign_key: SignKey = "",
    seed: Seed = 42,
    steps: Steps = None,
    resolution: Resolution = "trained",
    data_type: DataType = "human",
    precision: Precision = "auto",
    placement: PlacementOption = "auto",
    model_path: ModelPath = "",
    lora_path: LoraPath = None,
    lora_scale: LoraScale = None,
    lightning: Lightning = "",
    shortcut: ShortcutOption = "none",
    workers: Annotated[
        int | None,
        typer.Option("--workers", metavar="N", help="Processes; half the cores, at most 4."),
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on with what arrives in the folder, until Ctrl-C.")
    ] = False,
    as_json: AsJson = False,
) -> Work:
    """Edit all photos in a folder and its subfolders; the pictures stand in a tree like it.

    Hidden files, links to folders and what lies under --out are passed over. The same command
    after an interruption makes only what is missing; photos that failed are tried anew. See also
    `pixelsmile queue`.
    """
    from engine.cli.batch import Manner, batch
    from engine.cli.edit import read_wish
    from engine.cli.exporting import ExportOptions
    from engine.cli.generative import ModelOptions

    def work() -> int:
        wish = read_wish(
            expression=expression or [],
            scales=scales or [],
            editor=editor,
            face=face,
            format=format,
            seed=seed,
            options=ModelOptions(
                model_path=model_path,
                lora_path=lora_path or [],
                lora_scale=lora_scale or [],
                lightning=lightning,
                precision=precision,
                placement=placement,
                steps=steps,
                resolution=resolution,
                data_type=data_type,
                shortcut=shortcut,
            ),
            export=ExportOptions(
                format=format,
                profile=profile,
                size=size,
                quality=quality,
                strip_metadata=strip_metadata,
                preset=export_preset,
                name=name,
                collision=collision,
                sidecar=sidecar,
                consent=consent or [],
                sign=sign,
                sign_key=sign_key,
            ),
        )
        return batch(folder, out, wish, Manner(workers, watch), as_json=as_json)

    return work


app.add_typer(models_commands, name="models")
app.add_typer(queue_commands, name="queue")


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
