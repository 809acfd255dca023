"""From a folder on disk to a model that is ready: planned, streamed, quantized, with its LoRAs."""

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from engine.editors.base import OnStep
from engine.editors.pixelsmile.conditioning import PromptEncoder
from engine.editors.pixelsmile.errors import PixelSmileError
from engine.editors.pixelsmile.lora import LoadedLora, check_shapes, read_lora
from engine.editors.pixelsmile.memory import measure
from engine.editors.pixelsmile.model import Model
from engine.editors.pixelsmile.modulation import is_modulation
from engine.editors.pixelsmile.precision import TRANSFORMER_PARAMETERS, Machine, plan
from engine.editors.pixelsmile.tensors import TensorFiles, check_loaded, readable
from engine.editors.pixelsmile.text_encoder import load_text_encoder
from engine.editors.pixelsmile.transformer import Target, load_transformer
from engine.recipes.expressions import expressions
from engine.recipes.generative import Lora, ModelChoice, PrecisionName

PARTS = ("scheduler", "text_encoder", "tokenizer", "transformer", "vae")

Locate = Callable[[str], Path]
"""From what the user named (a path, an installed model) to a path on disk."""

Shapes = Mapping[str, tuple[int, ...]]


def load_model(
    choice: ModelChoice,
    *,
    locate: Locate,
    on_step: OnStep,
    cache: Path | None = None,
    machine: Machine | None = None,
    side_px: int = 512,
) -> Model:
    """Load a base model and its LoRAs as `choice` says, or as memory allows.

    Args:
        locate: finds what `choice` names; raises an error of its own.
        on_step: told of progress; raises `Cancelled` to stop.
        cache: a folder for quantized weights and tables; None keeps nothing.
        machine: what to plan for; measured when None.
        side_px: the larger of output and reference, which the plan makes room for.

    Raises `PixelSmileError` for a model, a LoRA or a machine that will not do.
    """
    folder = locate(choice.path)
    _check_parts(folder)
    machine = machine or measure()
    files = TensorFiles(folder / "transformer")
    shapes = files.shapes()
    loras = _read_loras(choice.loras, shapes, locate)
    chosen = plan(
        machine, choice.precision, choice.placement, choice.batch, side_px=side_px,
        scale=_scale(shapes),
    )  # fmt: skip
    device = torch.device(machine.device)
    dtype = compute_dtype(chosen.precision.name, device)
    host = torch.device("cpu")
    blocks_home = host if chosen.placement == "offloaded" else device
    transformer, modulations = load_transformer(
        folder,
        files,
        loras,
        Target(chosen, device, blocks_home, dtype, cache),
        _part(on_step, 0, 6),
    )
    on_step(6, 10)
    text_home = device if chosen.placement == "together" else host
    text_encoder = load_text_encoder(folder, Target(chosen, device, text_home, dtype, cache))
    on_step(9, 10)
    return Model(
        folder=folder,
        transformer=transformer,
        vae=_vae(folder, device, dtype),
        text_encoder=text_encoder,
        prompts=_prompts(folder, text_encoder),
        scheduler=_scheduler(folder, lightning=choice.lightning),
        device=device,
        dtype=dtype,
        plan=chosen,
        loras=loras,
        modulations=modulations,
        files=files,
        cache=cache,
        notes=(chosen.reason, *(_note(lora) for lora in loras)),
        words=(*(one.word for one in expressions().values()), *choice.words),
    )


def compute_dtype(precision: PrecisionName, device: torch.device) -> torch.dtype:
    """What products are computed in. Never float16: the model's activations overflow it."""
    if precision == "fp32" or (device.type == "cpu" and precision != "bf16"):
        return torch.float32
    return torch.bfloat16


def _check_parts(folder: Path) -> None:
    missing = [part for part in PARTS if not (folder / part).is_dir()]
    if missing:
        raise PixelSmileError(
            "model_incomplete",
            f"{folder} is no model of Qwen-Image-Edit: it has no folder {missing[0]}",
            "name the folder that holds model_index.json, or run 'pixelsmile models get "
            "qwen-image-edit-2511'",
        )


def _scale(shapes: Shapes) -> float:
    """The transformer's size against the real one's, at most 1."""
    size = sum(math.prod(shape) for name, shape in shapes.items() if not is_modulation(name))
    return min(1.0, size / TRANSFORMER_PARAMETERS)


def _part(on_step: OnStep, start: int, length: int) -> OnStep:
    """Progress of a part that is `length` of ten."""

    def part(done: int, total: int) -> None:
        on_step(start * 100 + round(length * 100 * done / max(total, 1)), 1000)

    return part


def _read_loras(wanted: Sequence[Lora], shapes: Shapes, locate: Locate) -> tuple[LoadedLora, ...]:
    weights = {
        name.removesuffix(".weight"): shape
        for name, shape in shapes.items()
        if name.endswith(".weight") and len(shape) == 2
    }
    loras: list[LoadedLora] = []
    for one in wanted:
        file = read_lora(_lora_file(locate(one.path)), weights, one.layers)
        check_shapes(file, weights)
        loras.append(LoadedLora(file, one.weight))
    return tuple(loras)


def _lora_file(path: Path) -> Path:
    """The file itself, or the only safetensors in a folder."""
    if not path.is_dir():
        return path
    files = sorted(path.glob("*.safetensors"))
    if len(files) == 1:
        return files[0]
    raise PixelSmileError(
        "lora_unreadable",
        f"the folder {path.name} holds {len(files)} safetensors, not one LoRA",
        "name the file",
    )


def _note(lora: LoadedLora) -> str:
    return str(lora.file) if lora.weight == 1 else f"{lora.file}, times {lora.weight:g}"


def _vae(folder: Path, device: torch.device, dtype: torch.dtype) -> Any:
    from diffusers import AutoencoderKLQwenImage

    TensorFiles(folder / "vae")  # says in a sentence what diffusers would say in a traceback
    loaded: Any = readable(
        lambda: AutoencoderKLQwenImage.from_pretrained(
            folder / "vae",
            dtype=dtype,
            use_safetensors=True,
            local_files_only=True,
            output_loading_info=True,
        )
    )
    vae, report = loaded
    check_loaded("vae", sorted(report["missing_keys"]))
    return vae.to(device).eval().requires_grad_(False)


def _prompts(folder: Path, text_encoder: Any) -> PromptEncoder:
    from transformers import AutoTokenizer
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import (
        Qwen2VLImageProcessorPil,
    )

    tokenizer = readable(
        lambda: AutoTokenizer.from_pretrained(folder / "tokenizer", local_files_only=True)
    )
    source = folder / "processor"
    is_there = any(
        (source / f"{name}_config.json").exists() for name in ("preprocessor", "processor")
    )
    # The variant without torchvision: same tokens, pixels within one step of 8 bits.
    images = (
        readable(lambda: Qwen2VLImageProcessorPil.from_pretrained(source, local_files_only=True))
        if is_there
        else Qwen2VLImageProcessorPil()
    )
    return PromptEncoder(text_encoder, tokenizer, images)


def _scheduler(folder: Path, *, lightning: bool) -> Any:
    """The model's own schedule, or the one that Lightning LoRAs were distilled with (shift 3)."""
    from diffusers import FlowMatchEulerDiscreteScheduler

    read = FlowMatchEulerDiscreteScheduler.load_config
    found: Any = readable(lambda: read(folder / "scheduler"))
    config: dict[str, Any] = dict(found)
    if lightning:
        config |= {"base_shift": math.log(3), "max_shift": math.log(3), "shift_terminal": None}
    return FlowMatchEulerDiscreteScheduler.from_config(config)
