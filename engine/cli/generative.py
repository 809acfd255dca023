"""Options of the generative editor: which model, how precise, how many steps."""

import math
from collections.abc import Sequence
from typing import Any, get_args

from engine.cli.option_groups import ModelOptions
from engine.cli.options import UsageFault
from engine.recipes import Limits, Lora, ModelChoice, Sampling
from engine.recipes.generative import (
    LoraLayers,
    Placement,
    PrecisionName,
    Shortcut,
    Subject,
    parse_resolution,
)

LIGHTNING_STEPS = 4

# As they are typed, and as `Limits` calls them.
_LIMITS = {
    "shift": "shift_px",
    "scale": "scale",
    "rotation": "rotation_deg",
    "colour": "colour",
    "residual": "residual",
    "identity": "identity",
}
_HIGHEST_LIMIT = 10_000.0  # lets all pass


def model_choice(options: ModelOptions) -> ModelChoice:
    """The weights and how they are kept; raises `UsageFault`."""
    layers = one_of("--lora-layers", options.lora_layers, LoraLayers)
    scales = list(options.lora_scale)
    if any(not math.isfinite(scale) for scale in scales):
        raise UsageFault("--lora-scale is no number")
    if len(scales) > max(len(options.lora_path), 1):
        raise UsageFault("--lora-scale is given more often than --lora-path")
    # Without a path the scale is that of the installed LoRA, which an empty path stands for.
    paths = list(options.lora_path) or (
        [""] if scales or options.lightning or layers != "full" else []
    )
    scales += [1.0] * (len(paths) - len(scales))
    loras = [Lora(path, scale, layers) for path, scale in zip(paths, scales, strict=True)]
    if options.lightning:
        loras.append(Lora(options.lightning))
    if options.batch < 0:
        raise UsageFault("--batch is a number from 0")
    return ModelChoice(
        path=options.model_path,
        loras=tuple(loras),
        precision=one_of("--precision", options.precision, PrecisionName),
        placement=one_of("--placement", options.placement, Placement),
        batch=options.batch,
        lightning=bool(options.lightning),
        words=tuple(word.strip() for word in options.words),
    )


def sampling_of(options: ModelOptions) -> Sampling:
    """Steps, sizes and shortcuts; raises `UsageFault`."""
    steps = options.steps
    if steps is None:
        steps = LIGHTNING_STEPS if options.lightning else Sampling().steps
    subject = one_of("--data-type", options.data_type, Subject)
    shortcut = one_of("--shortcut", options.shortcut, Shortcut)
    try:
        parse_resolution(options.resolution)
        return Sampling(steps, options.resolution.strip().lower(), subject, shortcut)
    except ValueError as error:
        raise UsageFault(str(error)) from error


def limits_of(texts: Sequence[str]) -> Limits:
    """What is let pass without a look, from texts such as `identity=0.4`; raises `UsageFault`."""
    values: dict[str, float] = {}
    for text in texts:
        name, _, number = text.partition("=")
        field = _LIMITS.get(name.strip().lower())
        if field is None:
            raise UsageFault(
                f"--review-limit {text[:60]!r} is none of: "
                f"{', '.join(f'{known}=N' for known in _LIMITS)}"
            )
        if field in values:
            raise UsageFault(f"--review-limit {name.strip().lower()} is given twice")
        values[field] = _limit(field, number, text)
    return Limits(**values)


def _limit(field: str, number: str, text: str) -> float:
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    lowest, highest = (-1.0, 1.0) if field == "identity" else (0.0, _HIGHEST_LIMIT)
    if not lowest <= value <= highest:
        raise UsageFault(
            f"--review-limit {text[:60]!r} needs a number from {lowest:g} to {highest:g}"
        )
    return value


def one_of(option: str, text: str, choices: Any) -> Any:
    """The one of a `Literal`'s choices that was typed, in any case; raises `UsageFault`."""
    word = text.strip().lower()
    known = get_args(choices)
    if word not in known:
        raise UsageFault(f"{option} {text[:60]!r} is none of: {', '.join(known)}")
    return word
