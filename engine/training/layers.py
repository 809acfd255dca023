"""The trained part: low-rank updates beside frozen layers, plain or quantized."""

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from engine.training.config import Lora
from engine.training.errors import TrainingError
from engine.training.schedule import generator


class LoraLinear(nn.Module):
    """`base(x) + alpha / rank · up(down(x))`.

    The update's weights are float32, the product is computed in the dtype of `x`: what the
    optimizer adds is never lost in rounding, and no activation is widened.
    """

    def __init__(self, base: nn.Module, settings: Lora, place: tuple[object, ...]) -> None:
        """`base` has `in_features` and `out_features`; `place` decides the first weights."""
        super().__init__()
        features: Any = base
        self.base = base
        self.scale = settings.alpha / settings.rank
        self.dropout = settings.dropout
        device = next(iter([*base.parameters(), *base.buffers()])).device
        # peft's "gaussian": a standard deviation of 1 / rank, and no effect at the start.
        down = torch.randn(settings.rank, features.in_features, generator=generator(*place))
        self.down = nn.Parameter((down / settings.rank).to(device))
        self.up = nn.Parameter(torch.zeros(features.out_features, settings.rank, device=device))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(…, in) → (…, out)."""
        narrow = functional.dropout(x, self.dropout, self.training) if self.dropout else x
        narrow = functional.linear(narrow, self.down.to(x.dtype))
        return self.base(x) + self.scale * functional.linear(narrow, self.up.to(x.dtype))


def attach_lora(transformer: nn.Module, settings: Lora, seed: int) -> dict[str, LoraLinear]:
    """Put a `LoraLinear` where each layer that `settings` names stands; returns them by path.

    Everything else is frozen. Raises `TrainingError` when a block lacks such a layer.
    """
    transformer.requires_grad_(False)
    paths = [
        name
        for name, _ in transformer.named_modules()
        if name.startswith("transformer_blocks.") and name.split(".", 2)[-1] in settings.layers
    ]
    blocks = sum(1 for _ in transformer.get_submodule("transformer_blocks").children())
    if len(paths) != blocks * len(settings.layers):
        raise TrainingError(
            "layers_missing",
            f"the model has {len(paths)} of the {blocks * len(settings.layers)} layers that the "
            "LoRA is for",
            "use Qwen-Image-Edit-2511",
        )
    layers: dict[str, LoraLinear] = {}
    for path in paths:
        parent, _, child = path.rpartition(".")
        layer = LoraLinear(transformer.get_submodule(path), settings, (seed, "lora", path))
        setattr(transformer.get_submodule(parent), child, layer)
        layers[path] = layer
    return layers


def trained_weights(layers: Mapping[str, LoraLinear]) -> dict[str, nn.Parameter]:
    """`PATH.down` and `PATH.up`, in a fixed order."""
    return {
        f"{path}.{half}": getattr(layer, half)
        for path, layer in layers.items()
        for half in ("down", "up")
    }


@torch.no_grad()
def start_from(layers: Mapping[str, LoraLinear], pairs: Mapping[str, Any], file_name: str) -> None:
    """Take a LoRA file's pairs (`engine.editors.pixelsmile.lora.Pair`) as the first weights.

    Its scale is folded in, and smaller ranks are filled up with the random rows that are there,
    whose `up` is zero. Raises `TrainingError` (`start_unfit`).
    """
    left_over = set(pairs) - set(layers)
    if left_over:
        raise TrainingError(
            "start_unfit",
            f"the LoRA {file_name} has a pair for {min(left_over)}, which is not trained",
            "add the layer to lora.layers, or start without it",
        )
    for path, pair in pairs.items():
        layer, rank = layers[path], pair.down.shape[0]
        if rank > layer.down.shape[0]:
            raise TrainingError(
                "start_unfit",
                f"the LoRA {file_name} is of rank {rank} and lora.rank is {layer.down.shape[0]}",
                f"set lora.rank to {rank} or more",
            )
        # Both halves carry the same share of what differs in scale.
        root = math.sqrt(abs(pair.scale) / layer.scale)
        layer.down[:rank] = pair.down.float() * root
        layer.up[:, :rank] = pair.up.float() * math.copysign(root, pair.scale)
