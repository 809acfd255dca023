"""Weights in 8 or 4 bits: one function per library that changes a module, and a cache on disk."""

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn

from engine.editors.pixelsmile.errors import PixelSmileError
from engine.editors.pixelsmile.precision import Precision

SENSITIVE = ("img_mlp.net.2", "txt_mlp.net.2")
"""Layers whose inputs have outliers: their weights may be 8-bit, their inputs stay as they are."""


def quantize(module: nn.Module, precision: Precision) -> None:
    """Quantize the weights of every linear layer inside `module`, where they are.

    Nothing is done for fp32 and bf16. A LoRA must be attached afterwards, never merged into the
    result: adding to a quantized weight is lost.
    """
    if precision.name in _QUANTIZERS:
        _QUANTIZERS[precision.name](module)


def _fp8(module: nn.Module) -> None:
    from torchao.quantization import (
        Float8DynamicActivationFloat8WeightConfig,
        Float8WeightOnlyConfig,
        PerRow,
        quantize_,
    )

    device = next(module.parameters()).device
    fast = device.type == "cuda" and torch.cuda.get_device_capability(device) >= (8, 9)

    def is_plain(layer: nn.Module, name: str) -> bool:
        return isinstance(layer, nn.Linear) and not (fast and not name.endswith(SENSITIVE))

    def is_fast(layer: nn.Module, name: str) -> bool:
        return isinstance(layer, nn.Linear) and not name.endswith(SENSITIVE)

    quantize_(module, Float8WeightOnlyConfig(), is_plain)
    if fast:
        dynamic = Float8DynamicActivationFloat8WeightConfig(granularity=PerRow())
        quantize_(module, dynamic, is_fast)


def _int8(module: nn.Module) -> None:
    from optimum.quanto import freeze, qint8
    from optimum.quanto import quantize as quanto

    quanto(module, weights=qint8)
    freeze(module)


def _int4(module: nn.Module) -> None:
    for name, layer in list(module.named_modules()):
        if type(layer) is nn.Linear:
            _put(module, name, _four_bits(layer))


def _four_bits(layer: nn.Linear) -> nn.Module:
    from bitsandbytes import nn as four_bit

    weight = layer.weight.data
    narrow: Any = four_bit.Linear4bit(
        layer.in_features,
        layer.out_features,
        bias=layer.bias is not None,
        compute_dtype=weight.dtype,
        compress_statistics=True,
        quant_type="nf4",
        device="meta",
    )
    parameters: Any = four_bit.Params4bit
    narrow.weight = parameters(
        weight, requires_grad=False, compress_statistics=True, quant_type="nf4"
    ).to(weight.device)
    narrow.bias = layer.bias
    return narrow


def _put(root: nn.Module, name: str, layer: nn.Module) -> None:
    parent, _, child = name.rpartition(".")
    setattr(root.get_submodule(parent), child, layer)


_QUANTIZERS: dict[str, Callable[[nn.Module], None]] = {"fp8": _fp8, "int8": _int8, "int4": _int4}


_CONTENTS = "pixelsmile_contents"

# ---- the cache ----------------------------------------------------------------------------------


def save_quantized(module: nn.Module, precision: Precision, file: Path) -> None:
    """Write a quantized module as safetensors with a list of what is in it.

    Raises `OSError` when the disk is full or not to be written to.
    """
    tensors, metadata = _packed(module, precision)
    metadata = {**metadata, _CONTENTS: _contents(tensors)}
    save_file({k: v.contiguous() for k, v in tensors.items()}, file, metadata)


def load_quantized(
    module: nn.Module, precision: Precision, file: Path, device: torch.device
) -> None:
    """Fill a module on the meta device from what `save_quantized` wrote.

    Raises `PixelSmileError` (`cache_damaged`) when the file is not that.
    """
    try:
        with safe_open(file, framework="pt", device=str(device)) as opened:
            metadata = dict(opened.metadata() or {})
            tensors = {key: opened.get_tensor(key) for key in opened.keys()}  # noqa: SIM118
        # The libraries would fill a gap with whatever is in memory.
        if metadata.pop(_CONTENTS, None) != _contents(tensors):
            raise ValueError("tensors are missing")
        # Kernels of 8-bit products want aligned rows, and a mapped file does not promise them.
        if device.type == "cpu":
            tensors = {key: tensor.clone() for key, tensor in tensors.items()}
        _UNPACK[precision.name](module, tensors, metadata)
    except Exception as error:
        raise PixelSmileError(
            "cache_damaged",
            f"the cached {precision.name} weights cannot be used",
            f"delete {file.name}; it will be made anew",
        ) from error


def _contents(tensors: Mapping[str, torch.Tensor]) -> str:
    return hashlib.sha256("\n".join(sorted(tensors)).encode()).hexdigest()


def _packed(
    module: nn.Module, precision: Precision
) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    state = module.state_dict()
    if precision.name == "fp8":
        from torchao.prototype.safetensors.safetensors_support import flatten_tensor_state_dict

        return flatten_tensor_state_dict(state)
    if precision.name == "int8":
        from optimum.quanto import quantization_map

        return state, {"quantization_map": json.dumps(quantization_map(module))}
    return state, {}


def _unpack_fp8(
    module: nn.Module, tensors: dict[str, torch.Tensor], metadata: Mapping[str, str]
) -> None:
    from torchao.prototype.safetensors.safetensors_support import unflatten_tensor_state_dict

    state, left_over = unflatten_tensor_state_dict(tensors, dict(metadata))
    if left_over:
        raise ValueError(f"{len(left_over)} tensors belong to nothing")
    module.load_state_dict(state, strict=True, assign=True)


def _unpack_int8(
    module: nn.Module, tensors: dict[str, torch.Tensor], metadata: Mapping[str, str]
) -> None:
    from optimum.quanto import requantize

    quantized = json.loads(metadata["quantization_map"])
    device = next(iter(tensors.values())).device
    requantize(module, tensors, quantized, device=device)


def _unpack_int4(
    module: nn.Module, tensors: dict[str, torch.Tensor], metadata: Mapping[str, str]
) -> None:
    from bitsandbytes import nn as four_bit

    for name, layer in list(module.named_modules()):
        if type(layer) is not nn.Linear:
            continue
        stem = f"{name}.weight"
        statistics = {key: tensors.pop(key) for key in list(tensors) if key.startswith(f"{stem}.")}
        if not statistics:
            continue
        weight = tensors.pop(stem)
        narrow: Any = four_bit.Linear4bit(
            layer.in_features, layer.out_features, bias=layer.bias is not None, device="meta"
        )
        parameters: Any = four_bit.Params4bit
        narrow.weight = parameters.from_prequantized(
            weight, statistics, requires_grad=False, device=str(weight.device)
        )
        narrow.bias = layer.bias
        _put(module, name, narrow)
    rest: Any = module.load_state_dict(tensors, strict=False, assign=True)
    missing = [key for key in rest.missing_keys if not key.endswith(".weight")]
    if missing or rest.unexpected_keys:
        raise ValueError(f"{len(missing)} missing, {len(rest.unexpected_keys)} unexpected")


_UNPACK: dict[str, Callable[[nn.Module, dict[str, torch.Tensor], Mapping[str, str]], None]] = {
    "fp8": _unpack_fp8,
    "int8": _unpack_int8,
    "int4": _unpack_int4,
}
