"""How long a step of training takes, against a plain transcription of the published one.

    python benchmarks/training.py            # tiny model, on the processor: a ratio
    python benchmarks/training.py --full     # a GPU of 80 GB or more: 512², batch 4, bf16

Both steps get the same batch and end in a gradient for the same LoRA. The transcription is the
published script's as far as it runs: the stock transformer with its modulation layers and a LoRA
by peft, once per branch; ground truths decoded and looked at in every step. Ours runs the branches
together, takes modulations from the table and the ground truths' features from the cache.
`--full` makes the transformer (20.43 billion parameters), VAE and CLIP ViT-L/14 at random on the
GPU: nothing is downloaded. Its figures are seconds per triplet against the floor of 0.44 s that was
counted for an H200, and peak memory. Identity is left out of both: it is a network of 40 MB.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # for tests and benchmarks

from benchmarks.pixelsmile_gpu import FULL, TINY, RandomWeights, Scale, empty_transformer, fill
from engine.training.batch import Batch
from engine.training.config import LAYERS, Lora, Losses
from engine.training.features import ClipFeatures
from engine.training.latents import decode, pack, unpack
from engine.training.layers import attach_lora, trained_weights
from engine.training.modulation import ModulationRows, sampled_modulations, tabulate
from engine.training.step import Networks, losses_of

FLOOR_S = 0.44
SETTINGS = Losses()


@dataclass(frozen=True)
class Setup:
    """What is measured on.

    Attributes:
        side: of the latents.
        times: steps that are timed, after one that warms up.
    """

    scale: Scale
    device: torch.device
    dtype: torch.dtype
    side: int
    batch: int
    tokens: int
    rank: int
    times: int


def main() -> None:
    """Measure the transcription, then ours, and print both."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--full", action="store_true", help="the real sizes, on a GPU")
    parser.add_argument("--only", choices=("ours", "published"), help="one of the two")
    parser.add_argument("--times", type=int, default=5)
    wanted = parser.parse_args()
    if wanted.full and not torch.cuda.is_available():
        print("There is no CUDA GPU here.")
        sys.exit(1)
    if wanted.full:
        device = torch.device("cuda")
        setup = Setup(FULL, device, torch.bfloat16, 64, 4, 344, 64, wanted.times)
    else:
        setup = Setup(TINY, torch.device("cpu"), torch.float32, 8, 4, 24, 4, wanted.times)
    vae, clip = frozen_parts(setup, full=wanted.full)
    batch = random_batch(setup, vae, clip)
    seconds: dict[str, float] = {}
    for name, make in (("published", published), ("ours", ours)):
        if wanted.only in (None, name):
            seconds[name] = measure(name, make(setup, vae, clip, batch), setup)
    if len(seconds) == 2:
        print(f"ours takes {seconds['ours'] / seconds['published']:.2f} of the published step")


def measure(name: str, step: Callable[[], None], setup: Setup) -> float:
    """Median seconds per triplet."""
    if setup.device.type == "cuda":
        torch.cuda.reset_peak_memory_stats()
    taken: list[float] = []
    for _ in range(setup.times + 1):
        synchronize(setup.device)
        started = time.perf_counter()
        step()
        synchronize(setup.device)
        taken.append((time.perf_counter() - started) / setup.batch)
    median = statistics.median(taken[1:])
    line = f"{name:>10}: {median:.4f} s per triplet ({min(taken[1:]):.4f} to {max(taken[1:]):.4f})"
    if setup.device.type == "cuda":
        peak = torch.cuda.max_memory_allocated() / 1e9
        line += f", {median / FLOOR_S:.2f} × the floor of {FLOOR_S} s, peak {peak:.1f} GB"
    print(line, flush=True)
    return median


def synchronize(device: torch.device) -> None:
    """Wait until the device has done what it was told."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


# ---- what both have -----------------------------------------------------------------------------


def frozen_parts(setup: Setup, *, full: bool) -> tuple[Any, ClipFeatures]:
    """A random VAE and CLIP of the size."""
    from diffusers import AutoencoderKLQwenImage
    from transformers import CLIPVisionConfig, CLIPVisionModel

    torch.manual_seed(0)
    vae: Any = AutoencoderKLQwenImage(**setup.scale.vae)
    large: dict[str, Any] = {
        "hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 24,
        "num_attention_heads": 16, "image_size": 224, "patch_size": 14, "projection_dim": 768,
    }  # fmt: skip
    small: dict[str, Any] = {
        "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
        "num_attention_heads": 2, "image_size": 32, "patch_size": 8,
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        config = CLIPVisionConfig(**(large if full else small))
        CLIPVisionModel(config).save_pretrained(folder)
        clip = ClipFeatures(Path(folder)).to(setup.device)
    return vae.to(setup.device, setup.dtype).eval().requires_grad_(False), clip


def random_batch(setup: Setup, vae: Any, clip: ClipFeatures) -> Batch:
    """Latents and prompts of no meaning, and the features that the cache would hold."""
    generator = torch.Generator().manual_seed(1)
    samples, side = setup.batch, setup.side
    width = setup.scale.transformer["joint_attention_dim"]
    clean = torch.randn(2 * samples, 16, 1, side, side, generator=generator)
    with torch.no_grad():
        pictures = [decode(vae, one[None].to(setup.device)) for one in clean]
        features = torch.cat([clip(one) for one in pictures]).cpu()
    return Batch(
        source=torch.randn(samples, 16, 1, side, side, generator=generator),
        clean=clean,
        embeddings=torch.randn(2 * samples, setup.tokens, width, generator=generator),
        mask=None,
        clip=features,
        identity=torch.empty(0),
        crops=torch.empty(0),
        faces=torch.empty(0, dtype=torch.long),
    )


def random_transformer(setup: Setup) -> tuple[Any, RandomWeights]:
    """On the device, every weight random and the same in both."""
    transformer = empty_transformer(setup.scale)
    weights = RandomWeights(transformer, setup.device)
    fill(transformer, weights.read, setup.device)
    return transformer.to(setup.dtype), weights


def draws(setup: Setup) -> tuple[torch.Tensor, torch.Tensor]:
    """Noise and timesteps of a step."""
    noise = torch.randn(setup.batch, 16, 1, setup.side, setup.side)
    return noise, torch.randint(1, 1001, (setup.batch,)).float()


# ---- ours ---------------------------------------------------------------------------------------


def ours(setup: Setup, vae: Any, clip: ClipFeatures, batch: Batch) -> Callable[[], None]:
    """The trainer's own step."""
    transformer, weights = random_transformer(setup)
    timesteps = torch.arange(1, 1001) / 1000
    rows, still = tabulate(transformer, timesteps, weights.read)
    modules = sampled_modulations(transformer)
    layers = attach_lora(transformer, Lora(rank=setup.rank, alpha=2.0 * setup.rank), 0)
    trained = list(trained_weights(layers).values())
    transformer.enable_gradient_checkpointing()
    transformer.train()
    networks = Networks(
        transformer, ModulationRows(modules, rows, still), vae, clip, None, setup.device,
        setup.dtype, thrifty=setup.device.type == "cuda",
    )  # fmt: skip

    def step() -> None:
        noise, timestep = draws(setup)
        losses_of(networks, batch, noise, timestep, SETTINGS).total.mean().backward()
        for weight in trained:
            weight.grad = None

    return step


# ---- the published one --------------------------------------------------------------------------


def published(setup: Setup, vae: Any, clip: ClipFeatures, batch: Batch) -> Callable[[], None]:
    """Branch by branch, ground truths decoded every time, everything in the weights' dtype."""
    from peft import LoraConfig

    transformer, _ = random_transformer(setup)
    config = LoraConfig(
        r=setup.rank,
        lora_alpha=2 * setup.rank,
        init_lora_weights="gaussian",
        target_modules=[layer.removeprefix("attn.") for layer in LAYERS],
    )
    transformer.add_adapter(config)
    transformer.to(setup.dtype)
    transformer.enable_gradient_checkpointing()
    transformer.train()
    trained = [one for name, one in transformer.named_parameters() if "lora" in name]
    device, dtype = setup.device, setup.dtype
    truth = [part.to(device, dtype) for part in batch.clean.chunk(2)]
    prompts = [part.to(device, dtype) for part in batch.embeddings.chunk(2)]
    source = batch.source.to(device, dtype)
    grid = (1, setup.side // 2, setup.side // 2)

    def step() -> None:
        noise, timestep = draws(setup)
        noise, timestep = noise.to(device, dtype), timestep.to(device)
        sigma = (timestep / 1000).to(dtype).view(-1, 1, 1, 1, 1)
        noisy = [(1 - sigma) * one + sigma * noise for one in truth]
        velocity = [
            _forward(transformer, one, source, prompt, timestep.to(dtype) / 1000, grid)
            for one, prompt in zip(noisy, prompts, strict=True)
        ]
        flow = sum(
            (v.float() - (noise - x).float()).square().mean()
            for v, x in zip(velocity, truth, strict=True)
        )
        real = [clip(decode(vae, one)).detach() for one in truth]
        seen = [clip(decode(vae, one - sigma * v)) for one, v in zip(noisy, velocity, strict=True)]
        loss = flow / 2 + 0.5 * (_nce(seen[0], real[0], real[1]) + _nce(seen[1], real[1], real[0]))
        loss.backward()
        for weight in trained:
            weight.grad = None

    return step


def _forward(
    transformer: nn.Module,
    noisy: torch.Tensor,
    source: torch.Tensor,
    prompt: torch.Tensor,
    time_: torch.Tensor,
    grid: tuple[int, int, int],
) -> torch.Tensor:
    tokens = pack(noisy)
    out = transformer(
        hidden_states=torch.cat([tokens, pack(source)], dim=1),
        timestep=time_,
        encoder_hidden_states=prompt,
        encoder_hidden_states_mask=torch.ones(prompt.shape[:2], dtype=torch.long).to(prompt.device),
        img_shapes=[[grid, grid]] * noisy.shape[0],
        return_dict=False,
    )[0][:, : tokens.shape[1]]
    return unpack(out, noisy.shape[3], noisy.shape[4])


def _nce(seen: torch.Tensor, near: torch.Tensor, far: torch.Tensor) -> torch.Tensor:
    logits = torch.stack(
        [functional.cosine_similarity(seen, one, dim=-1) for one in (near, far)], dim=1
    )
    nothing = torch.zeros(len(logits), dtype=torch.long, device=logits.device)
    return functional.cross_entropy(logits / SETTINGS.temperature, nothing)


if __name__ == "__main__":
    main()
