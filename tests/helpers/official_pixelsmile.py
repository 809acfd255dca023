"""The published method, run where it behaves as its authors ran it: the stock diffusers pipeline.

One α at a time; the prompts are encoded by the pipeline, 50 or fewer steps by the pipeline. Two
things are put right that later libraries have broken: the multimodal positions are passed on, and
the image processor does without torchvision.
"""

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from diffusers import QwenImageEditPlusPipeline
from diffusers.pipelines.qwenimage import pipeline_qwenimage_edit_plus as stock
from PIL import Image
from transformers import AutoTokenizer
from transformers.feature_extraction_utils import BatchFeature
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

SUBJECTS = {"human": "person", "anime": "character"}
SIDES = {"trained": 512, "upstream": 1024}


class _Processor:
    """What `Qwen2VLProcessor` does with one picture, which needs torchvision to be made."""

    def __init__(self, images: Any, tokenizer: Any) -> None:
        self.images = images
        self.tokenizer = tokenizer

    def __call__(self, *, text: list[str], images: Any, **_: Any) -> BatchFeature:
        features = self.images(images=images, return_tensors="pt")
        count = int(features["image_grid_thw"][0].prod()) // 4
        spread = [one.replace("<|image_pad|>", "<|image_pad|>" * count) for one in text]
        tokens = self.tokenizer(spread, return_tensors="pt")
        return BatchFeature({**tokens, **features})


def official_pipeline(folder: Path, lora: Path | dict[str, torch.Tensor]) -> Any:
    """The stock pipeline in float32 with the LoRA as it loads it."""
    pipeline = QwenImageEditPlusPipeline.from_pretrained(
        folder, processor=None, dtype=torch.float32
    )
    images = Qwen2VLImageProcessorPil.from_pretrained(folder / "processor")
    mend(pipeline, images, AutoTokenizer.from_pretrained(folder / "tokenizer"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it drops a third of the layers is what it says
        pipeline.load_lora_weights(dict(lora) if isinstance(lora, dict) else str(lora))
    return pipeline


def mend(pipeline: Any, images: Any, tokenizer: Any) -> None:
    """Put right what later libraries have broken; `images` is a `Qwen2VLImageProcessorPil`."""
    pipeline.processor = _Processor(images, tokenizer)
    pipeline.set_progress_bar_config(disable=True)
    encoder = pipeline.text_encoder
    image_token, forward = encoder.config.image_token_id, encoder.forward

    def with_positions(*args: Any, **kwargs: Any) -> Any:
        kwargs["mm_token_type_ids"] = (kwargs["input_ids"] == image_token).int()
        return forward(*args, **kwargs)

    encoder.forward = with_positions


def official_crop(picture: Image.Image, side: int = 512) -> Image.Image:
    """Scale to cover, whole pixels by truncation, LANCZOS, the middle."""
    width, height = picture.size
    scale = max(side / width, side / height)
    wide, high = int(width * scale), int(height * scale)
    left, top = (wide - side) // 2, (high - side) * 0.5
    scaled = picture.convert("RGB").resize((wide, high), Image.Resampling.LANCZOS)
    return scaled.crop((left, int(top), left + side, int(top + side)))


def official_edit(
    pipeline: Any,
    picture: Image.Image,
    weights: Mapping[str, float],
    *,
    data_type: str = "human",
    resolution: str = "upstream",
    steps: int = 4,
    seed: int = 42,
) -> Image.Image:
    """One picture: `e_neutral + Σ αᵢ (eᵢ − e_neutral)` through the stock pipeline."""
    crop = official_crop(picture)
    subject = SUBJECTS[data_type]

    def encode(word: str) -> torch.Tensor:
        prompt = f"Edit the {subject} to show a {word} expression"
        return pipeline.encode_prompt(image=crop, prompt=prompt, device=pipeline.device)[0]

    side = SIDES[resolution]
    with torch.no_grad():
        neutral = encode("neutral")
        embedding = neutral + sum(a * (encode(word) - neutral) for word, a in weights.items())
        reference, stock.VAE_IMAGE_SIZE = stock.VAE_IMAGE_SIZE, side * side
        try:
            return pipeline(
                image=crop,
                prompt_embeds=embedding,
                prompt_embeds_mask=torch.ones(embedding.shape[:2], dtype=torch.long),
                height=side,
                width=side,
                num_inference_steps=steps,
                true_cfg_scale=0,
                generator=torch.Generator(pipeline.device).manual_seed(seed),
            ).images[0]
        finally:
            stock.VAE_IMAGE_SIZE = reference
