"""A small model of the real classes with random weights, saved as the real one is.

Quality is nil; everything else (keys, layouts, tokens, schedules, traps) is that of
Qwen-Image-Edit-2511 and of a PixelSmile LoRA.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from diffusers import (
    AutoencoderKLQwenImage,
    FlowMatchEulerDiscreteScheduler,
    QwenImageTransformer2DModel,
)
from diffusers.pipelines.qwenimage.pipeline_qwenimage_edit_plus import QwenImageEditPlusPipeline
from safetensors.torch import save_file
from tokenizers import Regex, models, pre_tokenizers, trainers
from tokenizers import Tokenizer as RawTokenizer
from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration, Qwen2Tokenizer
from transformers.models.qwen2.tokenization_qwen2 import PRETOKENIZE_REGEX
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

from engine.recipes import expressions

SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>",
           "<|image_pad|>", "<|video_pad|>")  # fmt: skip

# Module suffix of one block → how the published file spells its pair.
LORA_LAYERS = {
    "attn.to_q": "down_up",
    "attn.to_k": "down_up",
    "attn.to_v": "down_up",
    "attn.to_out.0": "down_up",
    "attn.add_q_proj": "A_B",
    "attn.add_k_proj": "A_B",
    "attn.add_v_proj": "A_B",
    "attn.to_add_out": "A_B",
    "img_mlp.net.0.proj": "A_B",
    "img_mlp.net.2": "A_B",
    "txt_mlp.net.0.proj": "A_B",
    "txt_mlp.net.2": "A_B",
}

LoraStyle = Literal["mixed", "lora_A", "lora.down", "comfy", "kohya", "peft_default", "bare"]


@dataclass(frozen=True)
class Sizes:
    """How large the small model is."""

    blocks: int = 2
    heads: int = 2
    text_width: int = 32
    text_layers: int = 2
    vision_width: int = 32
    vision_layers: int = 2
    vae_width: int = 4


def save_tiny_model(folder: Path, sizes: Sizes = Sizes(), seed: int = 0) -> Path:
    """Write a whole pipeline folder; the same seed gives the same weights."""
    torch.manual_seed(seed)
    tokenizer = tiny_tokenizer()
    text_encoder = _text_encoder(tokenizer, sizes)
    transformer = QwenImageTransformer2DModel(
        num_layers=sizes.blocks,
        attention_head_dim=32,
        num_attention_heads=sizes.heads,
        joint_attention_dim=sizes.text_width,
        axes_dims_rope=(8, 12, 12),
        zero_cond_t=True,
    )
    vae = AutoencoderKLQwenImage(base_dim=sizes.vae_width, num_res_blocks=1)
    _make_lively(transformer, text_encoder, vae)
    scheduler = FlowMatchEulerDiscreteScheduler(
        base_shift=0.5,
        max_shift=0.9,
        base_image_seq_len=256,
        max_image_seq_len=8192,
        shift_terminal=0.02,
        use_dynamic_shifting=True,
        time_shift_type="exponential",
    )
    scheduler.save_pretrained(folder / "scheduler")
    vae.save_pretrained(folder / "vae")
    transformer.save_pretrained(folder / "transformer", max_shard_size="500KB")
    text_encoder.save_pretrained(folder / "text_encoder")
    tokenizer.save_pretrained(folder / "tokenizer")
    tokenizer.save_pretrained(folder / "processor")
    Qwen2VLImageProcessorPil().save_pretrained(folder / "processor")
    index = {
        "_class_name": "QwenImageEditPlusPipeline",
        "processor": ["transformers", "Qwen2VLProcessor"],
        "scheduler": ["diffusers", "FlowMatchEulerDiscreteScheduler"],
        "text_encoder": ["transformers", "Qwen2_5_VLForConditionalGeneration"],
        "tokenizer": ["transformers", "Qwen2Tokenizer"],
        "transformer": ["diffusers", "QwenImageTransformer2DModel"],
        "vae": ["diffusers", "AutoencoderKLQwenImage"],
    }
    (folder / "model_index.json").write_text(json.dumps(index))
    return folder


def tiny_tokenizer() -> Qwen2Tokenizer:
    """A byte-level BPE in which every word of the template and of the prompts is one token.

    So the template's head is 64 tokens long and the expression stands at −7, as in the real one;
    any other word is several tokens.
    """
    raw = RawTokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PRETOKENIZE_REGEX), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=20_000,
        min_frequency=1,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    raw.train_from_iterator(_corpus(), trainer)
    model = json.loads(raw.to_str())["model"]
    merges: Any = [tuple(merge) for merge in model["merges"]]
    tokenizer = Qwen2Tokenizer(vocab=model["vocab"], merges=merges)
    tokenizer.add_special_tokens({"additional_special_tokens": list(SPECIAL[1:])})
    return tokenizer


def _corpus() -> Iterator[str]:
    words = [expression.word for expression in expressions().values()]
    template = QwenImageEditPlusPipeline.__init__.__code__.co_consts
    yield from (text for text in template if isinstance(text, str) and "im_start" in text)
    yield "Picture 1: "
    for word in [*words, "neutral"]:
        for subject in ("person", "character"):
            yield f"Edit the {subject} to show a {word} expression"


def _text_encoder(tokenizer: Qwen2Tokenizer, sizes: Sizes) -> Qwen2_5_VLForConditionalGeneration:
    ids: dict[str, Any] = {token: tokenizer.convert_tokens_to_ids(token) for token in SPECIAL}
    config = Qwen2_5_VLConfig(
        text_config={
            "vocab_size": len(tokenizer),
            "hidden_size": sizes.text_width,
            "intermediate_size": 2 * sizes.text_width,
            "num_hidden_layers": sizes.text_layers,
            "num_attention_heads": 2,
            "num_key_value_heads": 1,
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": 10000.0,
                "mrope_section": [2, 3, 3],
            },
            "bos_token_id": ids["<|endoftext|>"],
            "eos_token_id": ids["<|endoftext|>"],
        },
        vision_config={
            "depth": sizes.vision_layers,
            "hidden_size": sizes.vision_width,
            "intermediate_size": 2 * sizes.vision_width,
            "num_heads": 2,
            "out_hidden_size": sizes.text_width,
            "fullatt_block_indexes": [sizes.vision_layers - 1],
        },
        image_token_id=ids["<|image_pad|>"],
        video_token_id=ids["<|video_pad|>"],
        vision_start_token_id=ids["<|vision_start|>"],
        vision_end_token_id=ids["<|vision_end|>"],
    )
    return Qwen2_5_VLForConditionalGeneration(config).eval()


def _make_lively(*modules: torch.nn.Module) -> None:
    """Random weights hardly react to a word; with these, α moves the picture by some levels.

    Seven of 2,400 tokens carry the expression, so the text's keys must stand out and its values
    must weigh.
    """
    factors = {
        "transformer_blocks.": 2.5,
        "txt_in.weight": 3.0,
        "norm_added_k.": 8.0,
        "add_v_proj.weight": 8.0,
        "embed_tokens.": 30.0,
        "language_model.layers.": 4.0,
        "decoder.conv_out.": 2.0,
    }
    with torch.no_grad():
        for module in modules:
            for name, weight in module.named_parameters():
                for part, factor in factors.items():
                    if part in name and (weight.ndim > 1 or "norm_added_k" in name):
                        weight.mul_(factor)


def lora_pairs(
    transformer: Mapping[str, torch.Tensor], rank: int = 4, seed: int = 1, strength: float = 0.3
) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """Module path → (down, up) for the twelve kinds of layers of every block."""
    generator = torch.Generator().manual_seed(seed)
    pairs: dict[str, tuple[torch.Tensor, torch.Tensor]] = {}
    for key, weight in transformer.items():
        path = key.removesuffix(".weight")
        block, _, layer = path.removeprefix("transformer_blocks.").partition(".")
        if key.endswith(".weight") and block.isdigit() and layer in LORA_LAYERS:
            rows, columns = weight.shape
            down = torch.randn(rank, columns, generator=generator) / columns**0.5
            up = torch.randn(rows, rank, generator=generator) * strength / rank**0.5
            pairs[path] = (down, up)
    return pairs


def save_lora(
    file: Path,
    pairs: Mapping[str, tuple[torch.Tensor, torch.Tensor]],
    style: LoraStyle = "mixed",
    *,
    alpha: float | None = None,
    metadata: Mapping[str, str] | None = None,
) -> Path:
    """Write pairs under the keys of one of the styles that are about."""
    tensors: dict[str, torch.Tensor] = {}
    for path, (down, up) in pairs.items():
        names = _names(path, style)
        tensors[names[0]], tensors[names[1]] = down.contiguous(), up.contiguous()
        if alpha is not None:
            stem = names[0].rpartition(".lora")[0]
            tensors[f"{stem}.alpha"] = torch.tensor(alpha)
    save_file(tensors, file, metadata=dict(metadata or {}))
    return file


def _names(path: str, style: LoraStyle) -> tuple[str, str]:
    layer = path.removeprefix("transformer_blocks.").partition(".")[2]
    dotted = f"transformer.{path}"
    match style:
        case "mixed":
            style_of_layer = "lora.down" if LORA_LAYERS[layer] == "down_up" else "lora_A"
            return _names(path, style_of_layer)
        case "lora.down":
            return f"{dotted}.lora.down.weight", f"{dotted}.lora.up.weight"
        case "lora_A":
            return f"{dotted}.lora_A.weight", f"{dotted}.lora_B.weight"
        case "comfy":
            return f"diffusion_model.{path}.lora_A.weight", f"diffusion_model.{path}.lora_B.weight"
        case "kohya":
            flat = "lora_unet_" + path.replace(".", "_")
            return f"{flat}.lora_down.weight", f"{flat}.lora_up.weight"
        case "peft_default":
            return f"{dotted}.lora_A.default.weight", f"{dotted}.lora_B.default.weight"
        case "bare":
            return f"{path}.lora_A.weight", f"{path}.lora_B.weight"
