"""The transformer, streamed from disk block by block, with its LoRAs merged or beside it.

Neither the machine nor the device ever holds it twice, and the modulation layers are not loaded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from engine.editors.base import OnStep
from engine.editors.pixelsmile.cache import identity, load_cached, try_to_save
from engine.editors.pixelsmile.errors import PixelSmileError
from engine.editors.pixelsmile.lora import (
    LoadedLora,
    attach,
    attached_pairs,
    merged,
    switch,
    updates_of,
)
from engine.editors.pixelsmile.memory import offload_blocks
from engine.editors.pixelsmile.modulation import Modulation, is_modulation, replace_modulations
from engine.editors.pixelsmile.precision import Plan
from engine.editors.pixelsmile.quantization import quantize, save_quantized
from engine.editors.pixelsmile.tensors import TensorFiles, readable

_BLOCKS = "transformer_blocks."


@dataclass(frozen=True)
class Target:
    """Where weights go and as what.

    Attributes:
        plan: precision and placement.
        device: that computes.
        home: where weights wait; the device itself unless blocks are streamed.
        dtype: of what is not quantized, and of products.
        cache: a folder for quantized weights; None keeps nothing.
    """

    plan: Plan
    device: torch.device
    home: torch.device
    dtype: torch.dtype
    cache: Path | None

    @property
    def is_quantized(self) -> bool:
        """Whether weights have fewer than 16 bits."""
        return self.plan.precision.bits < 16


def load_transformer(
    folder: Path,
    files: TensorFiles,
    loras: Sequence[LoadedLora],
    target: Target,
    on_step: OnStep,
) -> tuple[Any, list[Modulation]]:
    """The transformer with a `Modulation` for every modulation layer, and those in order.

    LoRAs are merged into weights that are not quantized, and laid beside those that are: what is
    added to a quantized weight is lost. Each must change the output. Raises `PixelSmileError`.
    """
    from accelerate import init_empty_weights
    from diffusers import QwenImageTransformer2DModel

    config: Any = readable(lambda: QwenImageTransformer2DModel.load_config(folder / "transformer"))
    with init_empty_weights():
        transformer: Any = readable(lambda: QwenImageTransformer2DModel.from_config(config))
    transformer.eval().requires_grad_(False)
    modulations = replace_modulations(transformer, target.dtype, target.home)
    _load_weights(transformer, folder, files, loras, target, on_step)
    if target.is_quantized:
        _attach_all(transformer, loras)
    for one in loras:
        _check_effect(transformer, one, files)
    if target.plan.placement == "offloaded":
        offload_blocks(transformer, target.device)
    return transformer, modulations


def _load_weights(
    transformer: Any,
    folder: Path,
    files: TensorFiles,
    loras: Sequence[LoadedLora],
    target: Target,
    on_step: OnStep,
) -> None:
    precision, cached = target.plan.precision, None
    if target.is_quantized and target.cache is not None:
        name = f"transformer-{precision.name}-{identity(folder, files.fingerprint)}.safetensors"
        cached = target.cache / name
    if load_cached(transformer, precision, cached, target.home):
        return
    merge = () if target.is_quantized else loras
    _stream(transformer, files, merge, target, on_step)
    if cached is not None:
        size = sum(p.numel() for p in transformer.parameters()) * precision.bits / 8
        try_to_save(lambda file: save_quantized(transformer, precision, file), cached, size)


def _stream(
    transformer: Any,
    files: TensorFiles,
    loras: Sequence[LoadedLora],
    target: Target,
    on_step: OnStep,
) -> None:
    """Fill the transformer block by block; each is quantized as soon as it is there."""
    blocks = list(transformer.transformer_blocks.named_children())
    outside = [name for name, _ in transformer.named_parameters() if not name.startswith(_BLOCKS)]
    _fill(transformer, "", outside, files, loras, target)
    for index, (name, block) in enumerate(blocks):
        on_step(index, len(blocks))
        inside = [parameter for parameter, _ in block.named_parameters()]
        _fill(block, f"{_BLOCKS}{name}.", inside, files, loras, target)
        # A quantizer works where the fast kernels are.
        block.to(target.device)
        quantize(block, target.plan.precision)
        block.to(target.home)


def _fill(
    module: nn.Module,
    prefix: str,
    names: Sequence[str],
    files: TensorFiles,
    loras: Sequence[LoadedLora],
    target: Target,
) -> None:
    from accelerate.utils import set_module_tensor_to_device

    for name in names:
        weight = files.read(prefix + name)
        expected = module.get_parameter(name).shape
        if weight.shape != expected:
            raise PixelSmileError(
                "model_incomplete",
                f"the tensor {prefix + name} has the shape {tuple(weight.shape)}, "
                f"and the model's configuration says {tuple(expected)}",
                "run 'pixelsmile models verify', or download the model again",
            )
        weight = weight.to(target.home, target.dtype)
        path, _, kind = (prefix + name).rpartition(".")
        updates = updates_of(loras, path) if kind == "weight" else []
        if updates:
            weight = merged(weight, updates)
        set_module_tensor_to_device(module, name, target.home, value=weight, dtype=target.dtype)


# ---- LoRAs --------------------------------------------------------------------------------------


def _attach_all(transformer: Any, loras: Sequence[LoadedLora]) -> None:
    attach(transformer, loras)
    expected = sum(not is_modulation(f"{path}.") for one in loras for path in one.file.pairs)
    missing = expected - attached_pairs(transformer)
    if missing:
        raise PixelSmileError(
            "lora_incomplete",
            f"{missing} of {expected} LoRA pairs were not applied",
            "report it: the model's layers and the LoRA's do not meet",
        )


def _check_effect(transformer: Any, one: LoadedLora, files: TensorFiles) -> None:
    """A LoRA that changes nothing is untrained, or was lost on the way: refuse it."""
    paths = [path for path in one.file.pairs if not is_modulation(f"{path}.")]
    if one.weight == 0 or not paths:
        return
    if not any(_changes(transformer.get_submodule(path), path, files) for path in paths):
        raise PixelSmileError(
            "lora_without_effect",
            f"the LoRA {one.file.name} changes nothing in the model's output",
            "choose a trained LoRA: in this one every update is zero or lost in rounding",
        )


@torch.inference_mode()
def _changes(layer: Any, path: str, files: TensorFiles) -> bool:
    """Whether a layer's output differs from what it would be without LoRAs."""
    if hasattr(layer, "lora_A"):
        like = next(iter(layer.lora_A.values())).weight
        probe = _probe(like.shape[1], like)
        adapted = layer(probe)
        switch(layer, on=False)
        try:
            return not torch.equal(adapted, layer(probe))
        finally:
            switch(layer, on=True)
    weight = layer.weight
    base = files.read(f"{path}.weight").to(weight.device, weight.dtype)
    probe = _probe(base.shape[1], weight)
    return not torch.equal(probe @ weight.T, probe @ base.T)


def _probe(width: int, like: torch.Tensor) -> torch.Tensor:
    """(3, width) inputs of different shapes."""
    ramp = torch.linspace(-1.0, 1.0, width, dtype=torch.float32)
    return torch.stack([ramp, ramp.sin(), 1 - ramp]).to(like.device, like.dtype)
