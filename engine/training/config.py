"""The whole configuration of a training, as frozen data: read from TOML or JSON, kept as JSON.

Defaults are the published method's. Every number has a range, and an error names its field.
"""

import json
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from engine.recipes.expressions import expressions
from engine.recipes.generative import GRID_PX, PrecisionName, Subject
from engine.training.errors import TrainingError

LAYERS = (
    "attn.to_q", "attn.to_k", "attn.to_v", "attn.to_out.0",
    "attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj", "attn.to_add_out",
    "img_mlp.net.0.proj", "img_mlp.net.2", "txt_mlp.net.0.proj", "txt_mlp.net.2",
)  # fmt: skip
"""The twelve kinds of layers of a block that the published LoRA touches."""

ContrastMode = Literal["nce", "hinge", "ratio"]
Layout = Literal["auto", "published", "folders"]
Resize = Literal["crop", "padding", "direct"]

Count = Annotated[int, msgspec.Meta(ge=1)]
AtLeastZero = Annotated[int, msgspec.Meta(ge=0)]
Positive = Annotated[float, msgspec.Meta(gt=0)]
Weight = Annotated[float, msgspec.Meta(ge=0)]
Share = Annotated[float, msgspec.Meta(ge=0, lt=1)]
Seed = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the file."""


class Run(_Section, frozen=True):
    """Where the run lives.

    Attributes:
        folder: of the run: configuration, checkpoints, metrics, pictures.
        cache: what is computed once: latents, prompts, features, tables; in the run's folder
            unless given. It may be shared by runs, and deleted.
        seed: of everything that is drawn.
    """

    folder: str
    cache: str = ""
    seed: Seed = 42


class Data(_Section, frozen=True):
    """What is shown to the model.

    Attributes:
        path: a published `.jsonl`, or a folder with a folder per person.
        layout: `auto` takes a folder for `folders` and a file for `published`.
        root: what relative paths in a `.jsonl` are relative to; its own folder unless given.
        max_triplets: use the first so many; 0 uses all.
        side_px: of the squares that are trained on.
        resize: `crop` around the face, `padding` by reflection, or `direct`, which distorts.
        subject: what the prompt calls them: `human` "the person", `anime` "the character".
        rescale_scores: apply the published rescaling, which its own script never ran.
    """

    path: str
    layout: Layout = "auto"
    root: str = ""
    max_triplets: AtLeastZero = 0
    side_px: Annotated[int, msgspec.Meta(ge=32, le=1536)] = 512
    resize: Resize = "crop"
    subject: Subject = "human"
    rescale_scores: bool = False


class Rights(_Section, frozen=True):
    """Who may use the pictures, and what the people in them agreed to; both are said, not proven.

    Attributes:
        holder: who holds the rights in the pictures, or has a licence.
        consent: how the people shown have agreed to being trained on.
    """

    holder: str = ""
    consent: str = ""


class Look(_Section, frozen=True):
    """What comes out.

    Attributes:
        name: of the LoRA, lower case letters, digits and hyphens.
        expressions: words taught beyond the twelve; each must be one token.
    """

    name: str = "look"
    expressions: tuple[str, ...] = ()


class Model(_Section, frozen=True):
    """What is trained on top of what.

    Attributes:
        path: Qwen-Image-Edit-2511, a folder or the name of an installed model; empty for the
            installed one.
        precision: of the frozen weights; `auto` is bf16 on a GPU and fp32 on a processor. int8,
            fp8 and int4 are QLoRA: the update stays in float32.
        clip: a folder with CLIP ViT-L/14, for the contrast; not needed where that weighs nothing.
        identity: `sface`, the network that ships; a path to an ArcFace `.onnx`; or `none`.
        start: a LoRA file to go on from.
    """

    path: str = ""
    precision: PrecisionName = "auto"
    clip: str = ""
    identity: str = "sface"
    start: str = ""


class Lora(_Section, frozen=True):
    """The update that is learnt.

    Attributes:
        rank, alpha: its effect is alpha / rank · up · down.
        dropout: of what goes into `down`.
        layers: ends of module paths; the twelve kinds unless given.
    """

    rank: Count = 64
    alpha: Positive = 128.0
    dropout: Share = 0.0
    layers: tuple[str, ...] = LAYERS


class Optimisation(_Section, frozen=True):
    """AdamW and how much it sees.

    Attributes:
        batch: triplets a step of the optimizer, over all processes.
        micro_batch: triplets at once on one process; the rest is accumulated.
        epochs: how often each triplet is seen.
        max_steps: ends earlier; 0 does not.
    """

    learning_rate: Positive = 1e-4
    beta1: Share = 0.9
    beta2: Share = 0.999
    epsilon: Positive = 1e-8
    weight_decay: Weight = 1e-3
    max_grad_norm: Positive = 1.0
    batch: Count = 16
    micro_batch: Count = 4
    epochs: Count = 100
    max_steps: AtLeastZero = 0


class Losses(_Section, frozen=True):
    """What is minimised: flow matching + contrast · symmetric contrast + identity · (1 − cosine).

    Attributes:
        contrast, identity: weights; 0 leaves the term and its network out.
        contrast_mode: InfoNCE, the triplet hinge or the log-ratio.
        symmetric: both branches pull; False is the first alone.
        temperature: of `nce`.
        margin: of `hinge`.
        identity_below: timestep, 0 to 1000, above which a sample's identity does not count: its
            picture is still noise.
    """

    contrast: Weight = 1.0
    contrast_mode: ContrastMode = "nce"
    symmetric: bool = True
    temperature: Positive = 0.07
    margin: Weight = 0.2
    identity: Weight = 0.1
    identity_below: Annotated[float, msgspec.Meta(ge=0, le=1000)] = 600.0


class Schedule(_Section, frozen=True):
    """The learning rate over steps of the optimizer, whatever the number of processes."""

    kind: Literal["cosine", "constant"] = "cosine"
    warmup_steps: AtLeastZero = 500


class Ema(_Section, frozen=True):
    """A running mean of the weights, in float32; a decay of 0 keeps none."""

    decay: Share = 0.999


class Validation(_Section, frozen=True):
    """Pictures and figures at fixed seeds, so that checkpoints can be compared.

    Attributes:
        every: steps; 0 makes none.
        triplets: of the data set, spread evenly.
        alphas: intensities of each expression.
        steps: of the sampler.
        seed: of the noise.
    """

    every: AtLeastZero = 500
    triplets: Count = 4
    alphas: tuple[float, ...] = (0.0, 0.25, 0.5, 0.75, 1.0)
    steps: Annotated[int, msgspec.Meta(ge=2, le=200)] = 20
    seed: Seed = 42


class Checkpoints(_Section, frozen=True):
    """How often all that a run needs is written; `keep` of the newest stay, 0 keeps all."""

    every: Count = 500
    keep: AtLeastZero = 3


class Machine(_Section, frozen=True):
    """How the work is laid out.

    Attributes:
        device: `auto` is the GPU where there is one.
        gradient_checkpointing: less memory for a third more work.
        shard: spread the frozen weights over the processes (FSDP), where one card cannot hold them.
    """

    device: Literal["auto", "cuda", "cpu"] = "auto"
    gradient_checkpointing: bool = True
    shard: bool = False


class Config(_Section, frozen=True):
    """All of it; one table of the file per attribute."""

    run: Run
    data: Data
    rights: Rights = Rights()
    look: Look = Look()
    model: Model = Model()
    lora: Lora = Lora()
    optimisation: Optimisation = Optimisation()
    losses: Losses = Losses()
    schedule: Schedule = Schedule()
    ema: Ema = Ema()
    validation: Validation = Validation()
    checkpoints: Checkpoints = Checkpoints()
    machine: Machine = Machine()

    @property
    def cache(self) -> Path:
        """The folder of what is computed once."""
        return Path(self.run.cache) if self.run.cache else Path(self.run.folder) / "cache"

    @property
    def words(self) -> tuple[str, ...]:
        """Every expression that a triplet may show: the twelve, and those that are taught."""
        known = [one.word for one in expressions().values()]
        return (*known, *(word for word in self.look.expressions if word not in known))

    def accumulation(self, processes: int) -> int:
        """Micro-batches a process adds up for one step.

        Raises `TrainingError` (`config_invalid`) when the batch cannot be shared out evenly.
        """
        together = processes * self.optimisation.micro_batch
        if self.optimisation.batch % together:
            raise _invalid(
                "optimisation.batch",
                f"{self.optimisation.batch} triplets cannot be shared out evenly over {processes} "
                f"processes in lots of {self.optimisation.micro_batch}",
                f"make optimisation.batch a multiple of {together}",
            )
        return self.optimisation.batch // together

    def total_steps(self, triplets: int) -> int:
        """Steps of the optimizer until every triplet has been seen `epochs` times."""
        seen = triplets * self.optimisation.epochs
        steps = -(-seen // self.optimisation.batch)
        return min(steps, self.optimisation.max_steps or steps)


def load_config(file: Path) -> Config:
    """Read a `.toml` or `.json`; relative paths in it are relative to its folder.

    Raises `TrainingError` (`config_unreadable`, `config_invalid`).
    """
    try:
        text = file.read_text(encoding="utf-8")
        table = json.loads(text) if file.suffix == ".json" else tomllib.loads(text)
    except OSError as error:
        raise TrainingError(
            "config_unreadable", f"the configuration {file.name} cannot be read", "check the path"
        ) from error
    except ValueError as error:
        raise TrainingError(
            "config_unreadable",
            f"the configuration {file.name} is not right: {error}",
            "mend that line",
        ) from error
    return _placed(parse_config(table), file.resolve().parent)


def parse_config(table: Any) -> Config:
    """Plain tables to a configuration. Raises `TrainingError` (`config_invalid`)."""
    try:
        config = msgspec.convert(table, Config)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at ")
        missing = re.search(r"(?:missing required|unknown) field `(\w+)`", what)
        field = where.strip("`").removeprefix("$").removeprefix(".")
        if missing:
            field = f"{field}.{missing[1]}".removeprefix(".")
        raise _invalid(field, what[0].lower() + what[1:], "see docs/training.md") from error
    _check(config)
    return config


def save_config(config: Config, file: Path) -> None:
    """Write it so that `load_config` gives the same back."""
    file.write_bytes(msgspec.json.format(msgspec.json.encode(config), indent=2) + b"\n")


def _invalid(field: str, reason: str, remedy: str) -> TrainingError:
    return TrainingError("config_invalid", f"{field or 'the configuration'}: {reason}", remedy)


def _check(config: Config) -> None:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,63}", config.look.name):
        raise _invalid("look.name", f"{config.look.name!r} is no name", "use a-z, 0-9 and hyphens")
    if not config.run.folder:
        raise _invalid("run.folder", "is empty", "name a folder")
    if config.data.side_px % GRID_PX:
        raise _invalid(
            "data.side_px",
            f"{config.data.side_px} is no multiple of {GRID_PX}",
            f"choose a multiple of {GRID_PX}; the method uses 512",
        )
    if config.losses.contrast > 0 and not config.model.clip:
        raise _invalid(
            "model.clip",
            "the contrast needs CLIP ViT-L/14 and no folder is named",
            "name one, or set losses.contrast to 0",
        )
    if not config.lora.layers:
        raise _invalid("lora.layers", "is empty", "leave it out for the twelve kinds")
    unknown = [layer for layer in config.lora.layers if layer not in LAYERS]
    if unknown:
        raise _invalid(
            "lora.layers", f"{unknown[0]!r} is no layer", f"choose from {', '.join(LAYERS)}"
        )
    words = config.look.expressions
    for word in words:
        if not re.fullmatch(r"[a-z]+", word):
            raise _invalid("look.expressions", f"{word!r} is no single word", "use a-z")
    if any(not 0 <= alpha <= 1.5 for alpha in config.validation.alphas):
        raise _invalid("validation.alphas", "an intensity is from 0 to 1.5", "mend it")
    if len(set(config.validation.alphas)) < 2:
        raise _invalid("validation.alphas", "two intensities are the least", "name more")
    if config.optimisation.batch % config.optimisation.micro_batch:
        config.accumulation(1)


def _placed(config: Config, base: Path) -> Config:
    """With absolute paths; what is no path that is there may be the name of an installed model."""

    def at(text: str) -> str:
        return str(base / Path(text).expanduser()) if text else ""

    def at_if_there(text: str) -> str:
        return at(text) if text and (base / Path(text).expanduser()).exists() else text

    model, replace = config.model, msgspec.structs.replace
    return replace(
        config,
        run=replace(config.run, folder=at(config.run.folder), cache=at(config.run.cache)),
        data=replace(config.data, path=at(config.data.path), root=at(config.data.root)),
        model=replace(
            model,
            path=at_if_there(model.path),
            clip=at_if_there(model.clip),
            identity=at_if_there(model.identity),
            start=at_if_there(model.start),
        ),
    )
