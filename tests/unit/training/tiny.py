"""A small model of the real classes, a small CLIP, graded synthetic pairs, and a run on them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from diffusers import AutoencoderKLQwenImage, QwenImageTransformer2DModel
from PIL import Image

from engine.faces import find_faces
from engine.recipes import RESOURCES
from engine.training.config import Config, parse_config
from engine.training.data.pictures import square
from engine.training.data.synthetic import make_graded
from engine.training.latents import pixels_of
from tests.helpers.tiny_pixelsmile import Sizes, save_tiny_model

SIDE = 64
PORTRAITS = ("grace_hopper.jpg", "eileen_collins.png")
WORDS = ("fear", "surprised", "angry", "disgust")


def save_tiny_clip(folder: Path) -> Path:
    """CLIP's vision tower, random, that looks at 32 pixels."""
    from transformers import CLIPVisionConfig, CLIPVisionModel

    torch.manual_seed(1)
    config = CLIPVisionConfig(
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        image_size=32,
        patch_size=8,
    )
    CLIPVisionModel(config).save_pretrained(folder)
    return folder


def save_tiny(folder: Path, heads: int = 2) -> Path:
    """`model/` and `clip/` inside the folder."""
    save_tiny_model(folder / "model", Sizes(heads=heads))
    save_tiny_clip(folder / "clip")
    return folder


def save_flat_faces(folder: Path, persons: int = 2) -> Path:
    """Portraits in the layout of folders: the samples, with patches that grow with the score."""
    for number in range(persons):
        name = PORTRAITS[number % 2]
        picture = Image.open(RESOURCES / "samples" / name).convert("RGB").resize((128, 128))
        pixels = np.asarray(picture)
        person = folder / f"person{number}"
        person.mkdir(parents=True)
        picture.save(person / "neutral.png")
        for place, word in enumerate(WORDS):
            for score in (0.5, 1.0):
                shown = pixels.copy()
                corner = (32 + 32 * (place // 2), 32 + 32 * (place % 2))
                colour = (int(255 * score), 80 * (place % 2), 120)
                cv2.rectangle(shown, corner, (corner[0] + 24, corner[1] + 24), colour, -1)
                Image.fromarray(shown).save(person / f"{word}_{score:g}.png")
    return folder


def tables(
    base: Path, run_folder: Path, data_path: Path, **changes: Mapping[str, Any]
) -> dict[str, Any]:
    """A configuration that runs in seconds; `changes` are merged into its tables."""
    table: dict[str, dict[str, Any]] = {
        "run": {"folder": str(run_folder), "cache": str(base / "cache"), "seed": 7},
        "data": {"path": str(data_path), "side_px": SIDE},
        "rights": {"holder": "a test", "consent": "public domain"},
        "model": {"path": str(base / "model"), "clip": str(base / "clip"), "precision": "fp32"},
        "lora": {"rank": 4, "alpha": 8},
        "optimisation": {"batch": 4, "micro_batch": 2, "max_steps": 4, "learning_rate": 1e-3},
        "schedule": {"warmup_steps": 2},
        "validation": {"every": 0},
        "checkpoints": {"every": 2},
        "machine": {"device": "cpu", "gradient_checkpointing": False},
    }
    for name, change in changes.items():
        table[name] = {**table.get(name, {}), **change}
    return table


def tiny_config(
    base: Path, run_folder: Path, data_path: Path, **changes: Mapping[str, Any]
) -> Config:
    """The same, parsed."""
    return parse_config(tables(base, run_folder, data_path, **changes))


def fit_vae(folder: Path, pictures: Sequence[Image.Image], side: int, steps: int = 240) -> None:
    """Let the VAE learn these pictures, so that its latents tell expressions apart.

    A random one's latents are ten thousand times more about what pictures share. Their mean and
    deviation become the configuration's, as Qwen's are those of its data.
    """
    torch.manual_seed(1)
    vae = AutoencoderKLQwenImage(base_dim=4, num_res_blocks=1)
    pixels = torch.cat([pixels_of(square(one, side, "crop")) for one in pictures])
    own = pixels - pixels.mean(0)
    optimizer = torch.optim.Adam(vae.parameters(), lr=3e-3)
    for _ in range(steps):
        latents = _latents(vae, pixels)
        seen: Any = vae.decode(latents, return_dict=False)
        again = seen[0][:, :, 0]
        shared = (again - pixels).square().mean()
        differing = (again - again.mean(0) - own).square().mean()
        optimizer.zero_grad()
        (shared + 20 * differing).backward()
        optimizer.step()
    with torch.no_grad():
        latents = _latents(vae, pixels)
    vae.register_to_config(
        latents_mean=latents.mean((0, 2, 3, 4)).tolist(),
        latents_std=latents.std((0, 2, 3, 4)).tolist(),
    )
    vae.save_pretrained(folder)


def _latents(vae: AutoencoderKLQwenImage, pixels: torch.Tensor) -> torch.Tensor:
    encoded: Any = vae.encode(pixels[:, :, None])
    return encoded.latent_dist.mode()


def open_up(folder: Path) -> None:
    """Let a random transformer pass on what it is given, as a trained one does.

    Gates of 1 instead of about 0, and attention that is not saturated by the text.
    """
    transformer = QwenImageTransformer2DModel.from_pretrained(folder, low_cpu_mem_usage=False)
    assert isinstance(transformer, QwenImageTransformer2DModel)
    with torch.no_grad():
        for name, weight in transformer.named_parameters():
            if "norm_added_k" in name:
                weight.fill_(1)
            if name.endswith("_mod.1.bias"):
                _, _, first, _, _, second = weight.chunk(6)
                first.fill_(1)
                second.fill_(1)
    for file in folder.iterdir():
        file.unlink()
    transformer.save_pretrained(folder)


def save_graded_face(
    folder: Path, words: Sequence[str], scores: Sequence[float], persons: int = 1
) -> Path:
    """Sample portraits, cut to their faces, and their expressions by the instant editor."""
    folder.mkdir(parents=True)
    portraits: list[Path] = []
    for name in PORTRAITS[:persons]:
        photo = Image.open(RESOURCES / "samples" / name).convert("RGB")
        box = find_faces(np.asarray(photo))[0].box
        half = 0.68 * max(box.width, box.height)
        x, y = box.x + box.width / 2, box.y + box.height / 2
        portraits.append(folder / f"{Path(name).stem}.png")
        corners = (int(x - half), int(y - half), int(x + half), int(y + half))
        photo.crop(corners).save(portraits[-1])
    make_graded(portraits, folder / "pairs", words, scores)
    return folder / "pairs"


def learning_run(
    folder: Path,
    pairs: Path,
    *,
    steps: int,
    every: int,
    contrast: float,
    rate: str = "cosine",
) -> Config:
    """A base that can learn graded faces within minutes, and a run on them.

    Wider than the other tiny models, for a token's 64 numbers must pass through it; 32 pixels.
    """
    save_tiny(folder, heads=8)
    open_up(folder / "model" / "transformer")
    pictures = [Image.open(one).convert("RGB") for one in sorted(pairs.rglob("*.png"))]
    fit_vae(folder / "model" / "vae", pictures, 32)
    return tiny_config(
        folder,
        folder / "run",
        pairs,
        data={"side_px": 32},
        lora={"rank": 64, "alpha": 128},
        losses={"contrast": contrast, "identity": 0.0},
        optimisation={
            "batch": 8, "micro_batch": 8, "max_steps": steps, "learning_rate": 2e-3,
            "epochs": 100_000,
        },
        schedule={"warmup_steps": 20, "kind": rate},
        ema={"decay": 0.98},
        validation={"every": every, "triplets": 16, "steps": 4},
        checkpoints={"every": 100_000},
    )  # fmt: skip
