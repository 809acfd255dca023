"""Options that several subcommands share, as groups: how they are spelled, and what was typed."""

import dataclasses
import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, get_origin

import typer

Expressions = Annotated[
    list[str],
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
    list[str],
    typer.Option(
        "--scales",
        metavar="A...",
        help="Numbers that multiply the intensities; one picture each.",
    ),
]
Seed = Annotated[
    int,
    typer.Option("--seed", metavar="N", min=0, max=2**63 - 1, help="For editors that use chance."),
]
Editor = Annotated[str, typer.Option("--editor", metavar="auto|instant|pixelsmile")]
Face = Annotated[
    str,
    typer.Option("--face", metavar="all|largest|N", help="Which faces; 1 is the largest."),
]
ReviewLimit = Annotated[
    list[str],
    typer.Option(
        "--review-limit",
        metavar="NAME=N",
        help="How far the generative editor may be off before a picture is put aside for a look: "
        "shift, scale, rotation, colour, residual or identity; repeatable.",
    ),
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
Placement = Annotated[
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
    list[str],
    typer.Option(
        "--lora-path",
        metavar="FILE|NAME",
        help="A LoRA; the installed PixelSmile unless given. Several are added up.",
    ),
]
LoraScale = Annotated[
    list[float],
    typer.Option("--lora-scale", metavar="X", help="What multiplies a LoRA; 1.0 as trained."),
]
Lightning = Annotated[
    str,
    typer.Option(
        "--lightning",
        metavar="FILE|NAME",
        help="A Lightning LoRA for drafts in few steps; not the published method.",
    ),
]
Shortcut = Annotated[
    str,
    typer.Option(
        "--shortcut",
        metavar="none|first-block-cache",
        help="Skip work at a small cost in exactness.",
    ),
]
LoraLayers = Annotated[
    str,
    typer.Option(
        "--lora-layers",
        metavar="full|upstream",
        help="upstream leaves out what the published script's loader drops.",
    ),
]
Sign = Annotated[
    str,
    typer.Option("--sign", metavar="CERT.pem", help="Sign with this certificate chain (C2PA)."),
]
SignKey = Annotated[
    str, typer.Option("--sign-key", metavar="KEY.pem", help="The certificate's private key.")
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
Preset = Annotated[
    str,
    typer.Option(
        "--export-preset",
        metavar="NAME|FILE",
        help="web, print, proof or same, or a file of your own: format, size, names at once.",
    ),
]
Name = Annotated[
    str,
    typer.Option(
        "--name",
        metavar="TEMPLATE",
        help="Names of the pictures, of {name} {ext} {expression} {scale} {seq:4} {date} "
        "{folder} {person}.",
    ),
]
Collision = Annotated[
    str,
    typer.Option(
        "--collision",
        metavar="number|skip|overwrite",
        help="When a picture of that name is there; overwrite is the default.",
    ),
]
Sidecar = Annotated[
    bool,
    typer.Option("--sidecar", help="Keep the recipe beside the photo: PHOTO.ext.pixelsmile.json."),
]
Consent = Annotated[
    list[str],
    typer.Option(
        "--consent", metavar="WHO: WHAT", help="A record of consent for the sidecar; repeatable."
    ),
]
Words = Annotated[
    list[str],
    typer.Option("--word", metavar="WORD", help="An expression that a fine-tune has taught."),
]
Together = Annotated[
    int, typer.Option("--batch", metavar="N", help="Most scales at once; 0 as memory allows.")
]


@dataclass(frozen=True)
class BlendOptions:
    """What is shown."""

    expression: Expressions = dataclasses.field(default_factory=list)
    seed: Seed = 42


@dataclass(frozen=True)
class ScaledOptions(BlendOptions):
    """What is shown, at several scales."""

    scales: Scales = dataclasses.field(default_factory=list)


@dataclass(frozen=True)
class FaceOptions(BlendOptions):
    """What is shown by which faces, and who does it."""

    editor: Editor = "auto"
    face: Face = "all"
    review_limit: ReviewLimit = dataclasses.field(default_factory=list)


@dataclass(frozen=True)
class EditOptions(FaceOptions):
    """The same for pictures, one per scale."""

    scales: Scales = dataclasses.field(default_factory=list)


@dataclass(frozen=True)
class ModelOptions:
    """The generative editor: which model, how precise, how many steps."""

    steps: Steps = None
    resolution: Resolution = "trained"
    data_type: DataType = "human"
    precision: Precision = "auto"
    placement: Placement = "auto"
    model_path: ModelPath = ""
    lora_path: LoraPath = dataclasses.field(default_factory=list)
    lora_scale: LoraScale = dataclasses.field(default_factory=list)
    lightning: Lightning = ""
    shortcut: Shortcut = "none"
    lora_layers: str = "full"
    words: list[str] = dataclasses.field(default_factory=list)
    batch: int = 0


@dataclass(frozen=True)
class ScriptModelOptions(ModelOptions):
    """The same with what only `infer` lets one say."""

    precision: Precision = "bf16"
    lora_layers: LoraLayers = "full"
    words: Words = dataclasses.field(default_factory=list)
    batch: Together = 0


@dataclass(frozen=True)
class SignOptions:
    """The certificate that files are signed with."""

    sign: Sign = ""
    sign_key: SignKey = ""


@dataclass(frozen=True)
class ExportOptions(SignOptions):
    """How files are written: format, colours, size, metadata, names."""

    format: Format = ""
    profile: Profile = ""
    size: Size = None
    quality: Quality = None
    strip_metadata: StripMetadata = ""
    preset: Preset = ""
    name: Name = ""
    collision: Collision = ""
    sidecar: Sidecar = False
    consent: Consent = dataclasses.field(default_factory=list)


def with_groups(command: Callable[..., Any]) -> Callable[..., Any]:
    """Show Typer a command's parameters that are groups as their options, one by one.

    Fields that are not spelled as options keep their defaults.
    """
    parameters = inspect.signature(command).parameters
    groups: dict[str, Any] = {
        name: one.annotation
        for name, one in parameters.items()
        if dataclasses.is_dataclass(one.annotation)
    }
    shown: list[inspect.Parameter] = []
    for name, one in parameters.items():
        own = _options(groups[name]) if name in groups else [one]
        shown += [option.replace(kind=inspect.Parameter.KEYWORD_ONLY) for option in own]

    @functools.wraps(command)
    def call(**values: Any) -> Any:
        for name, group in groups.items():
            typed = {option.name: values.pop(option.name) for option in _options(group)}
            values[name] = group(**typed)
        return command(**values)

    # Typer reads both.
    call.__signature__ = inspect.Signature(shown)  # pyright: ignore[reportAttributeAccessIssue]
    call.__annotations__ = {option.name: option.annotation for option in shown}
    return call


def _options(group: Any) -> list[inspect.Parameter]:
    kind = inspect.Parameter.KEYWORD_ONLY
    return [
        inspect.Parameter(field.name, kind, default=_default(field), annotation=field.type)
        for field in dataclasses.fields(group)
        if get_origin(field.type) is Annotated
    ]


def _default(field: "dataclasses.Field[Any]") -> Any:
    made = field.default_factory
    return field.default if made is dataclasses.MISSING else made()  # pyright: ignore
