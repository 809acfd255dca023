"""One tiny model loaded and run as the program does it, with as little work as will do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file

from engine.editors.base import OnStep
from engine.editors.pixelsmile.loading import load_model
from engine.editors.pixelsmile.model import Model
from engine.editors.pixelsmile.sampling import OnPreview, Portrait, Rgb8, prepare, render
from engine.recipes.generative import Lora, ModelChoice, Sampling, parse_resolution

Weights = Mapping[str, torch.Tensor]
Shapes = Mapping[str, tuple[int, ...]]
Pairs = Mapping[str, tuple[torch.Tensor, torch.Tensor]]

QUICK = Sampling(steps=2, resolution="256")
HAPPY: Mapping[str, float] = {"happy": 1.0}


@dataclass(frozen=True)
class Tiny:
    """A small model on disk.

    Attributes:
        folder: the pipeline's parts.
        weights: of the transformer.
        shapes: of its linear layers, by module path.
        pairs: of the LoRA.
        loras: the files that hold it, by spelling.
    """

    folder: Path
    weights: Weights
    shapes: Shapes
    pairs: Pairs
    loras: Mapping[str, Path]

    @property
    def lora(self) -> Path:
        """The LoRA in the two spellings of the published file."""
        return self.loras["mixed"]

    def load(self, *loras: Path | Lora, cache: Path | None = None, **choice: Any) -> Model:
        """The model in float32, unless `choice` says otherwise, with those LoRAs."""
        chosen = tuple(one if isinstance(one, Lora) else Lora(str(one)) for one in loras)
        wanted = {"precision": "fp32", **choice}
        return load_model(
            ModelChoice(path=str(self.folder), loras=chosen, **wanted),
            locate=Path,
            on_step=ignore,
            cache=cache,
        )


def tensors_in(file: Path) -> dict[str, torch.Tensor]:
    """All of them, in memory: the file may be written over."""
    return {name: tensor.clone() for name, tensor in load_file(file).items()}


def ignore(done: int, total: int) -> None:
    """No progress wanted."""


def read_portrait(model: Model, square: Image.Image, sampling: Sampling = QUICK) -> Portrait:
    """The square at that size, read and encoded."""
    resolution = parse_resolution(sampling.resolution)
    side = resolution.reference_px
    return prepare(
        model,
        seen=square,
        reference=square.resize((side, side), Image.Resampling.LANCZOS),
        output_size=(resolution.output_px, resolution.output_px),
        sampling=sampling,
    )


def pictures(
    model: Model,
    portrait: Portrait,
    wanted: Sequence[Mapping[str, float]] = (HAPPY,),
    *,
    sampling: Sampling = QUICK,
    seed: int = 42,
    on_step: OnStep = ignore,
    on_preview: OnPreview | None = None,
) -> list[Rgb8]:
    """All that is wanted, rendered."""
    rendered = render(
        model, portrait, wanted, sampling=sampling, seed=seed, on_step=on_step,
        on_preview=on_preview,
    )  # fmt: skip
    return list(rendered)


def happy(model: Model, square: Image.Image, seed: int = 42) -> Rgb8:
    """One picture from the start."""
    return pictures(model, read_portrait(model, square), seed=seed)[0]


def difference(one: Rgb8, other: Rgb8) -> np.ndarray:
    """How many levels apart, pixel by pixel."""
    assert one.shape == other.shape
    return np.abs(one.astype(int) - other.astype(int))
