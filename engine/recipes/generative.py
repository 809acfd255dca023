"""What a generative editor is told beyond the expressions: the look, and the model."""

import re
from typing import Literal

import msgspec

Subject = Literal["human", "anime"]
LoraLayers = Literal["full", "upstream"]
PrecisionName = Literal["auto", "fp32", "bf16", "fp8", "int8", "int4"]
Placement = Literal["auto", "together", "in-turn", "offloaded"]
Shortcut = Literal["none", "first-block-cache"]

NAMED_SIDES = {"trained": 512, "upstream": 1024}
"""Names of sizes: what PixelSmile was trained with, and what its published script runs with."""

REVIEW_FOLDER = "needs-review"
"""Beside the outputs: pictures that a person should look at before they go anywhere."""

GRID_PX = 32
"""Sides are multiples of it: 8 pixels a latent, 2 latents a token, and the pipeline's own step."""

MIN_SIDE_PX, MAX_SIDE_PX = 256, 1536

MAX_STEPS = 200


class Resolution(msgspec.Struct, frozen=True):
    """Sides in pixels of squares of the same area as the output and the reference."""

    output_px: int = 512
    reference_px: int = 512


class Sampling(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How an expression is rendered; changing any of it changes the picture.

    Attributes:
        steps: of the sampler, 1 to 200; the method uses 50.
        resolution: `trained` (512 for output and reference), `upstream` (1024 for both), a side
            such as `768`, or `OUTPUT/REFERENCE` such as `768/512`.
        subject: `human` says "the person" in the prompt, `anime` "the character".
        shortcut: a way to skip work that changes the result a little; `none` is exact.
        cache_threshold: how far the first block may drift, relatively, before the others are
            computed again; for `first-block-cache`.
    """

    steps: int = 50
    resolution: str = "trained"
    subject: Subject = "human"
    shortcut: Shortcut = "none"
    cache_threshold: float = 0.08

    def __post_init__(self) -> None:
        if not 1 <= self.steps <= MAX_STEPS:
            raise ValueError(f"steps are from 1 to {MAX_STEPS}, not {self.steps}")
        if not 0 < self.cache_threshold < 1:
            raise ValueError("the cache's threshold lies between 0 and 1")
        parse_resolution(self.resolution)


class Lora(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One LoRA file on top of the base model.

    Attributes:
        path: a safetensors file, or the name of an installed model.
        weight: multiplies its effect; 1 is as trained.
        layers: `full` applies every pair in the file; `upstream` only those that the published
            script applies, whose loader drops one of two spellings of keys.
    """

    path: str
    weight: float = 1.0
    layers: LoraLayers = "full"


class ModelChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which weights are loaded and how they are kept in memory.

    Attributes:
        path: a folder with the pipeline's parts, or the name of an installed model; empty for the
            installed Qwen-Image-Edit-2511.
        loras: in the order given; empty for the installed PixelSmile LoRA.
        precision: of the weights; `auto` picks by the memory that is free.
        placement: `together` keeps text encoder and transformer on the device; `in-turn` one of
            them; `offloaded` streams the transformer's blocks; `auto` picks by free memory.
        batch: most intensities rendered at once; 0 picks by free memory.
        lightning: the first LoRA that makes few steps possible is among `loras`; its schedule
            is used. A draft: not the published method.
        words: expressions beyond the twelve that a fine-tune has taught.
    """

    path: str = ""
    loras: tuple[Lora, ...] = ()
    precision: PrecisionName = "auto"
    placement: Placement = "auto"
    batch: int = 0
    lightning: bool = False
    words: tuple[str, ...] = ()


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a user lets pass of a generative editor's result.

    Attributes:
        shift_px: of the crop's middle, in pixels of the model's picture.
        scale: how far zoomed in or out, as a share (0.02 is two per cent).
        rotation_deg: either way.
        colour: the largest cast of a channel in 8-bit steps.
        residual: what may differ where nothing should, root mean square in 8-bit steps.
        identity: the lowest cosine of the face before and after, −1 to 1.
    """

    shift_px: float = 8.0
    scale: float = 0.03
    rotation_deg: float = 2.0
    colour: float = 20.0
    residual: float = 12.0
    identity: float = 0.5


def parse_resolution(text: str) -> Resolution:
    """A named size, a side, or `OUTPUT/REFERENCE`, in pixels.

    >>> parse_resolution("768/trained")
    Resolution(output_px=768, reference_px=512)

    Raises `ValueError` with a sentence.
    """
    output, _, reference = text.strip().lower().partition("/")
    side = _parse_side(output, text)
    return Resolution(side, _parse_side(reference, text) if reference else side)


def _parse_side(part: str, text: str) -> int:
    side = NAMED_SIDES.get(part)
    if side is None and re.fullmatch(r"\d{1,5}", part, re.ASCII):
        side = int(part)
    if side is None or side % GRID_PX or not MIN_SIDE_PX <= side <= MAX_SIDE_PX:
        raise ValueError(
            f"resolution {text[:40]!r} is none of: trained, upstream, or a multiple of {GRID_PX} "
            f"from {MIN_SIDE_PX} to {MAX_SIDE_PX}"
        )
    return side
