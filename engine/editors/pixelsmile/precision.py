"""How weights can be kept: one table of choices, and the pick that fits the memory that is free."""

from dataclasses import dataclass
from typing import Literal

from engine.editors.pixelsmile.errors import PixelSmileError
from engine.recipes.generative import Placement, PrecisionName

TRANSFORMER_PARAMETERS = 13.63e9
"""Of Qwen-Image-Edit-2511, without the 6.80 billion that the modulation table stands for."""

LANGUAGE_PARAMETERS, VISION_PARAMETERS = 6.53e9, 1.22e9
"""Of Qwen2.5-VL-7B without its language-model head: the layers, which can be quantized, and the
embeddings with the vision tower, which stay as they are."""

GB = 1e9

_REST_GB = 0.8  # VAE, modulation table, LoRA, the context of the device
_ONE_SAMPLE_GB = {512: 0.9, 1024: 3.2}  # activations of one intensity at that side
_STAGING_GB = 2.0  # of two blocks on their way to the device
_MARGIN = 0.92  # of what is free: allocators fragment

Device = Literal["cuda", "mps", "cpu"]


@dataclass(frozen=True)
class Precision:
    """One way to keep weights.

    Attributes:
        name: what the user types.
        library: what does it.
        bits: of a weight in memory, its scales included.
        speed: of a step against bf16 on the same device, in words.
        hardware: what it runs on.
        loses: what it costs in exactness, in words.
        min_capability: CUDA compute capability from which the fast way is taken.
    """

    name: PrecisionName
    library: str
    bits: float
    speed: str
    hardware: str
    loses: str
    min_capability: tuple[int, int] = (0, 0)

    @property
    def transformer_gb(self) -> float:
        """Of the transformer in memory."""
        return TRANSFORMER_PARAMETERS * self.bits / 8 / GB

    @property
    def text_encoder_gb(self) -> float:
        """Of the text encoder in memory; its layers are quantized where the transformer is."""
        rest = VISION_PARAMETERS * max(self.bits, 16)
        return (LANGUAGE_PARAMETERS * self.bits + rest) / 8 / GB


PRECISIONS: dict[str, Precision] = {
    one.name: one
    for one in (
        Precision(
            "fp32", "torch", 32, "a tenth on a GPU; the one for CPUs", "anything", "nothing"
        ),
        Precision(
            "bf16", "torch", 16, "1", "CUDA from 8.0, Apple M2 and later", "nothing worth naming",
            (8, 0),
        ),
        Precision(
            "fp8", "torchao", 8.03, "faster from 8.9 on (8-bit products), slower before",
            "CUDA from 8.9; elsewhere weights alone", "little", (8, 9),
        ),
        Precision(
            "int8", "optimum-quanto", 8.03, "slower: weights are widened for every product",
            "anything", "little",
        ),
        Precision(
            "int4", "bitsandbytes", 4.13, "slower: weights are widened for every product",
            "CUDA from 7.0; CPUs, slowly", "visible in fine texture",
        ),
    )
}  # fmt: skip
"""The table. Memory follows from the bits; speed on a GPU has not been measured yet."""


@dataclass(frozen=True)
class Machine:
    """What there is to run on.

    Attributes:
        device: where the models run.
        free_gb: free memory of the device.
        host_free_gb: free memory of the machine, where what is put aside waits.
        capability: of a CUDA device.
        name: for sentences.
    """

    device: Device
    free_gb: float
    host_free_gb: float
    capability: tuple[int, int] = (0, 0)
    name: str = ""


@dataclass(frozen=True)
class Plan:
    """What was picked, and why.

    Attributes:
        precision: of the weights.
        placement: `together`, `in-turn` or `offloaded`.
        batch: most intensities at once.
        reason: a sentence without a full stop.
    """

    precision: Precision
    placement: Placement
    batch: int
    reason: str


def plan(
    machine: Machine,
    precision: PrecisionName = "auto",
    placement: Placement = "auto",
    batch: int = 0,
    *,
    side_px: int = 512,
    scale: float = 1.0,
) -> Plan:
    """Pick what is left to `auto`, the most exact first; what the user named is kept.

    Args:
        machine: measured, not guessed.
        side_px: of the larger of output and reference; activations grow with it.
        scale: size of the model against the full one; small models are for tests.

    Raises `PixelSmileError` (`not_enough_memory`) when nothing fits, even offloaded.
    """
    candidates = [PRECISIONS[precision]] if precision != "auto" else _suitable(machine)
    placements: tuple[Placement, ...] = (
        ("together", "in-turn", "offloaded") if placement == "auto" else (placement,)
    )
    if machine.device != "cuda":  # what leaves the device would stay in the same memory
        placements = ("together",)
    sample = _sample_gb(side_px)
    room = machine.free_gb * _MARGIN
    # Taking turns costs seconds a face, streamed blocks seconds a step: so exactness is given up
    # before the blocks leave the device, and not before the parts take turns.
    resident: list[tuple[Precision, Placement]] = [
        (one, way) for one in candidates for way in placements if way != "offloaded"
    ]
    streamed: list[tuple[Precision, Placement]] = [
        (one, way) for way in placements if way == "offloaded" for one in candidates
    ]
    for candidate, way in resident + streamed:
        need = _resident_gb(candidate, way, scale)
        spare = room - need
        fits_aside = _aside_gb(candidate, way, scale) <= machine.host_free_gb * _MARGIN
        if spare >= sample * min(scale * 4, 1) and fits_aside:
            # A processor gains nothing by batches, and a step of many would take an hour.
            most = 1 if machine.device == "cpu" else 16
            fitting = max(1, min(most, int(spare / sample))) if scale == 1 else 16
            reason = _reason(machine, candidate, way, need, precision)
            return Plan(candidate, way, batch or fitting, reason)
    smallest = min(candidates, key=lambda one: one.bits)
    needed = _resident_gb(smallest, placements[-1], scale) / _MARGIN + sample
    raise PixelSmileError(
        "not_enough_memory",
        f"{_place(machine)} has {machine.free_gb:.1f} GB free and the model needs {needed:.0f} GB "
        f"at {smallest.name}",
        "close other programs, choose --precision int4, or use the editor instant",
    )


def _suitable(machine: Machine) -> list[Precision]:
    """From the most exact to the smallest, what runs well on the machine."""
    if machine.device == "cpu":
        return [PRECISIONS[name] for name in ("fp32", "int8", "int4")]
    if machine.device == "mps":
        return [PRECISIONS[name] for name in ("bf16", "int8")]
    has_fp8 = machine.capability >= PRECISIONS["fp8"].min_capability
    return [PRECISIONS[name] for name in ("bf16", "fp8" if has_fp8 else "int8", "int4")]


def _resident_gb(precision: Precision, placement: Placement, scale: float) -> float:
    transformer, text = precision.transformer_gb, precision.text_encoder_gb
    largest = {
        "together": transformer + text,
        "in-turn": max(transformer, text),
        "offloaded": _STAGING_GB * precision.bits / 16,
    }[placement]
    return (largest + _REST_GB) * scale


def _aside_gb(precision: Precision, placement: Placement, scale: float) -> float:
    """What waits in the machine's own memory."""
    transformer, text = precision.transformer_gb, precision.text_encoder_gb
    aside = {"in-turn": max(transformer, text), "offloaded": transformer + text}
    return aside.get(placement, 0.0) * scale


def _sample_gb(side_px: int) -> float:
    small, large = _ONE_SAMPLE_GB[512], _ONE_SAMPLE_GB[1024]
    return max(0.3, small + (large - small) * ((side_px / 512) ** 2 - 1) / 3)


def _reason(
    machine: Machine, precision: Precision, placement: Placement, need: float, asked: str
) -> str:
    how = {
        "together": "with text encoder and transformer together",
        "in-turn": "with text encoder and transformer one after the other",
        "offloaded": "with the transformer's blocks streamed from the machine's memory",
    }[placement]
    verb = "was asked for" if asked != "auto" else "is the most exact that fits"
    return (
        f"{precision.name} {verb}: {need:.1f} GB {how}, of {machine.free_gb:.1f} GB free on "
        f"{_place(machine)}"
    )


def _place(machine: Machine) -> str:
    return machine.name or ("this machine" if machine.device == "cpu" else "the GPU")
