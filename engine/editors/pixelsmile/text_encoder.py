"""Qwen2.5-VL without its language-model head, quantized where the transformer is."""

from pathlib import Path
from typing import Any

from engine.editors.pixelsmile.cache import identity, load_cached, try_to_save
from engine.editors.pixelsmile.quantization import quantize, save_quantized
from engine.editors.pixelsmile.tensors import TensorFiles, check_loaded, readable
from engine.editors.pixelsmile.transformer import Target

_HEAD = "lm_head.weight"


def load_text_encoder(folder: Path, target: Target) -> Any:
    """The vision tower and the language model, at `target.home`.

    The 0.5 billion parameters of the head predict words, which nobody asks for. Raises
    `PixelSmileError`.
    """
    source = folder / "text_encoder"
    files = TensorFiles(source)
    precision, cached = target.plan.precision, None
    if target.is_quantized and target.cache is not None:
        name = f"text-encoder-{precision.name}-{identity(source, files.fingerprint)}.safetensors"
        cached = target.cache / name
        encoder = load_cached(lambda: _empty(source), precision, cached, target.home)
        if encoder is not None:
            return encoder.to(target.home).eval().requires_grad_(False)
    encoder = _from_disk(source, target)
    if cached is not None:
        size = sum(p.numel() for p in encoder.parameters()) * precision.bits / 8
        try_to_save(lambda file: save_quantized(encoder, precision, file), cached, size)
    return encoder


def _from_disk(source: Path, target: Target) -> Any:
    from transformers import Qwen2_5_VLForConditionalGeneration

    loaded: Any = readable(
        lambda: Qwen2_5_VLForConditionalGeneration.from_pretrained(
            source,
            dtype=target.dtype,
            use_safetensors=True,
            local_files_only=True,
            output_loading_info=True,
        )
    )
    whole, report = loaded
    check_loaded(source.name, sorted(set(report["missing_keys"]) - {_HEAD}))
    encoder = whole.model.eval().requires_grad_(False)
    for layer in encoder.language_model.layers:
        layer.to(target.device)
        quantize(layer, target.plan.precision)
        layer.to(target.home)
    return encoder.to(target.home)


def _empty(source: Path) -> Any:
    from accelerate import init_empty_weights
    from transformers import AutoConfig, Qwen2_5_VLModel

    config: Any = readable(lambda: AutoConfig.from_pretrained(source, local_files_only=True))
    with init_empty_weights():
        return Qwen2_5_VLModel(config)
