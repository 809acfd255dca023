"""The LoRA as a file that the editor, plain diffusers and ComfyUI load whole.

Every pair is spelled alike (`transformer.PATH.lora_A.weight`), because loaders look at the first
key and drop what is spelled otherwise. Most loaders take alpha for the rank, whatever was trained,
so the scale is multiplied into the pair and alpha is stated as the rank: each loader has the
effect that was trained, whether it reads the statement or not.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import torch
from safetensors.torch import save_file

from engine.training.checkpoint import checkpoints, load_checkpoint
from engine.training.config import Config
from engine.training.errors import TrainingError

KeyStyle = Literal["diffusers", "comfyui"]
Kept = Literal["auto", "mean", "last"]

_PREFIX: dict[KeyStyle, str] = {"diffusers": "transformer", "comfyui": "diffusion_model"}
_METADATA = "lora_adapter_metadata"  # where diffusers looks
DTYPES = {"bf16": torch.bfloat16, "fp32": torch.float32}


def lora_tensors(
    weights: Mapping[str, torch.Tensor], scale: float, style: KeyStyle, dtype: torch.dtype
) -> dict[str, torch.Tensor]:
    """`PATH.down` and `PATH.up` as a LoRA file spells them, the scale in `up`."""
    tensors: dict[str, torch.Tensor] = {}
    for name, weight in weights.items():
        path, _, half = name.rpartition(".")
        letter, factor = ("A", 1.0) if half == "down" else ("B", scale)
        key = f"{_PREFIX[style]}.{path}.lora_{letter}.weight"
        tensors[key] = (weight.detach().float() * factor).to(dtype).cpu().contiguous()
    return tensors


def metadata(config: Config, step: int, *, synthetic: bool) -> dict[str, str]:
    """What the file says about itself: its alpha for diffusers, and where it comes from."""
    rank = config.lora.rank
    adapter = {
        "transformer.r": rank,
        "transformer.lora_alpha": rank,
        "transformer.target_modules": sorted(config.lora.layers),
    }
    about = {
        "name": config.look.name,
        "expressions": list(config.words),
        "trained_rank": rank,
        "trained_alpha": config.lora.alpha,
        "step": step,
        "rights": config.rights.holder,
        "consent": config.rights.consent,
        "synthetic_data": synthetic,
    }
    return {
        "format": "pt",
        _METADATA: json.dumps(adapter, sort_keys=True),
        "pixelsmile": json.dumps(about, sort_keys=True, ensure_ascii=False),
    }


def save_lora(
    file: Path,
    weights: Mapping[str, torch.Tensor],
    config: Config,
    step: int,
    *,
    style: KeyStyle = "diffusers",
    dtype: torch.dtype = torch.bfloat16,
    synthetic: bool = False,
) -> Path:
    """Write the file so that it is whole or not there."""
    scale = config.lora.alpha / config.lora.rank
    tensors = lora_tensors(weights, scale, style, dtype)
    partial = file.with_name(f"{file.name}.partial")
    file.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, partial, metadata=metadata(config, step, synthetic=synthetic))
    partial.replace(file)
    return file


def export_checkpoint(
    config: Config,
    file: Path,
    *,
    step: int | None = None,
    kept: Kept = "auto",
    style: KeyStyle = "diffusers",
    dtype: torch.dtype = torch.bfloat16,
    synthetic: bool = False,
) -> int:
    """Write the LoRA of a checkpoint of the run, the newest unless `step` says; returns its step.

    `kept` of `auto` takes the running mean where there is one. Raises `TrainingError`
    (`no_checkpoint`).
    """
    found = checkpoints(Path(config.run.folder))
    if step is not None:
        found = [one for one in found if one.name == f"step-{step:08d}"]
    if not found:
        which = f"of step {step} " if step is not None else ""
        raise TrainingError(
            "no_checkpoint",
            f"the run has no checkpoint {which}yet",
            "wait until it has saved one, or see the folder checkpoints",
        )
    loaded = load_checkpoint(found[-1])
    if kept == "mean" and not loaded.mean:
        raise TrainingError(
            "no_checkpoint", "the run kept no running mean", "set ema.decay, or take the last"
        )
    weights = loaded.mean if loaded.mean and kept != "last" else loaded.weights
    save_lora(
        file, weights, config, loaded.state.step, style=style, dtype=dtype, synthetic=synthetic
    )
    return loaded.state.step
