"""What a fine-tune will take: time, money, disk, upload; told before it begins.

The time is

    steps × batch × triplet on an H200 × (side / 512)² × factor of the GPU ÷ number of GPUs
    + validations × pictures × sampler steps × 0.046 s × factor
    + pictures × 1 s × factor ÷ GPUs, for what is computed once
    + 5 minutes for loading

A triplet's floor on an H200 is 0.44 s (239 TFLOP and four decodes); half as much again is what
loading, gradients and the optimizer add. A GPU's factor is the H200's speed in bf16 over its own.
Right to a factor of two or so; once the run goes on, its own seconds a step count.
"""

import math
from dataclasses import dataclass

from pixelsmile_desktop.models.training import Draft, Facts, Report, Settings

TRIPLET_S = 0.44
_OVERHEAD = 1.5
_SAMPLER_STEP_S = 0.046
_PICTURE_S = 1.0
_LOADING_S = 300.0
_TRAINED_PX = 512

# Dense bf16 in TFLOP/s, as the makers state it; the first name that is in the card's counts.
_H200 = 989.0
_TFLOPS = (
    ("B300", 2250.0), ("B200", 2250.0), ("GB200", 2500.0), ("H200", _H200), ("H100 PCIe", 756.0),
    ("H100", _H200), ("A100", 312.0), ("L40S", 362.0), ("L40", 181.0), ("6000 Ada", 364.0),
    ("RTX PRO 6000", 500.0), ("5090", 209.0), ("4090", 165.0), ("A6000", 155.0), ("3090", 71.0),
    ("A40", 150.0), ("A10", 125.0), ("L4", 121.0),
)  # fmt: skip
_UNKNOWN_GPU = 100.0
_A_CORE = 0.04

BASE_BYTES = 57_700_000_000
CLIP_BYTES = 1_711_000_000
_ENVIRONMENT_BYTES = 8_000_000_000
_PARAMETERS_A_RANK = 60 * 110_592  # sixty blocks, twelve kinds of layers
_CHECKPOINT_BYTES = 16  # a parameter: weights, two moments, running mean, in float32
_LORA_BYTES = 2
_PICTURE_BYTES = 6_000_000  # latents, features, prompts


@dataclass(frozen=True)
class Estimate:
    """Before launch.

    Attributes:
        gpu: what was counted with; empty for a processor.
        money: None where no price was typed.
        disk_bytes: on the target, at most; upload_bytes: what is sent there.
        lacks_disk: whether the target has less room than that.
        sends_model: whether the base model has to be sent.
    """

    steps: int
    seconds: float
    gpus: int
    gpu: str
    money: float | None
    disk_bytes: int
    upload_bytes: int
    lacks_disk: bool
    sends_model: bool
    checkpoints: int


def total_steps(settings: Settings, triplets: int) -> int:
    """Steps of the optimizer, as the trainer counts them."""
    steps = math.ceil(triplets * settings.epochs / settings.batch)
    return min(steps, settings.max_steps or steps)


def gpu_factor(name: str, cores: int = 1) -> float:
    """How many times slower than an H200; a processor where the name is empty.

    >>> gpu_factor("NVIDIA H200"), round(gpu_factor("NVIDIA A100-SXM4-80GB"), 1)
    (1.0, 3.2)
    """
    if not name:
        return _H200 / (_A_CORE * max(1, cores))
    speed = next((speed for word, speed in _TFLOPS if word in name), _UNKNOWN_GPU)
    return _H200 / speed


def gpus_used(settings: Settings, available: int) -> int:
    """As many as the batch can be shared out evenly to, as the command does it."""
    for number in range(available, 1, -1):
        if settings.batch % (number * settings.micro_batch) == 0:
            return number
    return 1


def estimate(draft: Draft, report: Report, facts: Facts, data_bytes: int) -> Estimate:
    """What the draft takes on the target; `data_bytes`: of the data set's files."""
    own = draft.settings
    steps = total_steps(own, report.triplets)
    name = facts.gpus[0].name if facts.gpus else ""
    factor = gpu_factor(name, facts.cores) * (own.side_px / _TRAINED_PX) ** 2
    number = gpus_used(own, len(facts.gpus))
    triplet = TRIPLET_S * _OVERHEAD * factor
    validations = steps // own.validation_every + 2 if own.validation_every else 0
    pictures = min(own.validation_triplets, report.triplets) * 2 * len(own.alphas)
    seconds = (
        steps * own.batch * triplet / number
        + validations * pictures * own.validation_steps * _SAMPLER_STEP_S * factor
        + report.pictures * _PICTURE_S * factor / number
        + _LOADING_S
    )
    is_here = draft.target == "local"
    has_model = is_here or (draft.model or "qwen-image-edit-2511") in facts.models
    parameters = own.rank * _PARAMETERS_A_RANK
    written = steps // own.checkpoint_every + 1
    kept = min(own.keep or written, written) + 1  # the next is whole before the oldest goes
    upload = 0 if is_here else data_bytes + (CLIP_BYTES if own.clip else 0)
    upload += 0 if has_model else BASE_BYTES
    disk = (
        upload
        + (0 if is_here else _ENVIRONMENT_BYTES)
        + kept * parameters * _CHECKPOINT_BYTES
        + parameters * _LORA_BYTES
        + report.pictures * _PICTURE_BYTES
    )
    return Estimate(
        steps=steps,
        seconds=seconds,
        gpus=number if facts.gpus else 0,
        gpu=name,
        money=seconds / 3600 * draft.price if draft.price else None,
        disk_bytes=disk,
        upload_bytes=upload,
        lacks_disk=facts.disk_free_bytes < disk,
        sends_model=not has_model,
        checkpoints=written,
    )
