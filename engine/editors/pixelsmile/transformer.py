"""The transformer, streamed from disk block by block, with its LoRAs merged or beside it.

Neither the machine nor the device ever holds it twice, and the modulation layers are not loaded.
"""

from collections.abc import Callable, Sequence
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
    adapter_name,
    attach,
    attached_pairs,
    merged,
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

    def empty() -> Any:
        with init_empty_weights():
            made: Any = readable(lambda: QwenImageTransformer2DModel.from_config(config))
        replace_modulations(made, target.dtype, target.home)
        return made.eval().requires_grad_(False)

    transformer = _load_weights(empty, folder, files, loras, target, on_step)
    modulations = [module for module in transformer.modules() if isinstance(module, Modulation)]
    if target.is_quantized:
        _attach_all(transformer, loras)
    for index in range(len(loras)):
        _check_effect(transformer, loras, index, files)
    if target.plan.placement == "offloaded":
        offload_blocks(transformer, target.device)
    return transformer, modulations


def _load_weights(
    empty: Callable[[], Any],
    folder: Path,
    files: TensorFiles,
    loras: Sequence[LoadedLora],
    target: Target,
    on_step: OnStep,
) -> Any:
    """A transformer that `empty` makes, filled from the cache or from the model's own files."""
    precision, cached = target.plan.precision, None
    if target.is_quantized and target.cache is not None:
        name = f"transformer-{precision.name}-{identity(folder, files.fingerprint)}.safetensors"
        cached = target.cache / name
        transformer = load_cached(empty, precision, cached, target.home)
        if transformer is not None:
            return transformer
    transformer = empty()
    merge = () if target.is_quantized else loras
    _stream(transformer, files, merge, target, on_step)
    if cached is not None:
        size = sum(p.numel() for p in transformer.parameters()) * precision.bits / 8
        try_to_save(lambda file: save_quantized(transformer, precision, file), cached, size)
    return transformer


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
        set_module_tensor_to_device(
            module, name, target.home, value=weight, dtype=target.dtype, clear_cache=False
        )


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


def _check_effect(
    transformer: Any, loras: Sequence[LoadedLora], index: int, files: TensorFiles
) -> None:
    """A LoRA that changes nothing is untrained, or was lost on the way: refuse it."""
    one = loras[index]
    paths = [path for path in one.file.pairs if not is_modulation(f"{path}.")]
    if one.weight == 0 or not paths:
        return
    others = [other for place, other in enumerate(loras) if place != index]
    for path in paths:
        layer = transformer.get_submodule(path)
        if hasattr(layer, "lora_A"):
            changes = _changes_beside(layer, adapter_name(index))
        else:
            changes = _changes_merged(layer, path, others, files)
        if changes:
            return
    raise PixelSmileError(
        "lora_without_effect",
        f"the LoRA {one.file.name} changes nothing in the model's output",
        "choose a trained LoRA: in this one every update is zero or lost in rounding",
    )


@torch.inference_mode()
def _changes_beside(layer: Any, name: str) -> bool:
    """Whether the output of a layer is another without the LoRA of that name."""
    like = layer.lora_A[name].weight
    probe = _probe(like.shape[1], like)
    active = list(layer.active_adapters)
    with_it = layer(probe)
    layer.set_adapter([other for other in active if other != name])
    try:
        return not torch.equal(with_it, layer(probe))
    finally:
        layer.set_adapter(active)


@torch.inference_mode()
def _changes_merged(
    layer: Any, path: str, others: Sequence[LoadedLora], files: TensorFiles
) -> bool:
    """Whether the output of a layer is another with the other LoRAs alone."""
    weight = layer.weight
    base = files.read(f"{path}.weight").to(weight.device, weight.dtype)
    without = merged(base, updates_of(others, path))
    probe = _probe(base.shape[1], weight)
    return not torch.equal(probe @ weight.T, probe @ without.T)


def _probe(width: int, like: torch.Tensor) -> torch.Tensor:
    """(3, width) inputs of different shapes."""
    ramp = torch.linspace(-1.0, 1.0, width, dtype=torch.float32)
    return torch.stack([ramp, ramp.sin(), 1 - ramp]).to(like.device, like.dtype)
