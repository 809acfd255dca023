"""Pictures and figures of a checkpoint at fixed seeds, so that checkpoints can be compared."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from engine.training.base import Trained
from engine.training.cache import Cache, embedding, take
from engine.training.config import Config
from engine.training.data.triplets import Triplet
from engine.training.features import FaceIdentity, face_crop
from engine.training.latents import TOKEN_LATENTS, decode, picture_of
from engine.training.modulation import ModulationRows, tabulate
from engine.training.schedule import TIMESTEPS, generator
from engine.training.step import Networks, predict_velocity


@dataclass(frozen=True)
class Figures:
    """What a checkpoint does, over all validation triplets.

    Attributes:
        linearity: Pearson correlation, over all triplets and α, of how far the picture should have
            moved from source to target and of how far it has, in latents.
        slope: how far it moves against how far it should; 1 is exactly.
        separation: how far the two expressions of a triplet are apart, along the line between
            their ground truths; 1 is as far as those, 0 not at all.
        identity: mean cosine of source and picture, of those that show a face; NaN without any.
    """

    linearity: float
    slope: float
    separation: float
    identity: float


@dataclass(frozen=True)
class Point:
    """One rendered intensity.

    Attributes:
        triplet: its number among those of the validation.
        alpha: what was asked for.
        score: what the target was annotated with.
        wanted: how far the picture should have moved from the source: the target shows `score`,
            so α = 1 goes beyond it. Root mean square over the latents.
        moved: how far it has moved towards the target.
    """

    triplet: int
    expression: str
    score: float
    alpha: float
    wanted: float
    moved: float


def pearson(first: Sequence[float], second: Sequence[float]) -> float:
    """Correlation of two lists of numbers; 0 where one does not vary."""
    one, other = np.asarray(first, np.float64), np.asarray(second, np.float64)
    one, other = one - one.mean(), other - other.mean()
    size = math.sqrt(float(one @ one) * float(other @ other))
    return float(one @ other) / size if size > 1e-12 else 0.0


def spread_evenly(triplets: Sequence[Triplet], count: int) -> list[Triplet]:
    """So many triplets, from the first to the last."""
    count = min(count, len(triplets))
    return [triplets[index * len(triplets) // count] for index in range(count)]


class Sampler:
    """The method's sampler on what is being trained."""

    def __init__(
        self, config: Config, networks: Networks, trained: Trained, scheduler: Any, side: int
    ) -> None:
        """`side`: of the latents, in latents."""
        from diffusers.pipelines.qwenimage.pipeline_qwenimage_edit_plus import calculate_shift

        steps, settings = config.validation.steps, scheduler.config
        mu = calculate_shift(
            (side // TOKEN_LATENTS) ** 2,
            settings.get("base_image_seq_len", 256),
            settings.get("max_image_seq_len", 4096),
            settings.get("base_shift", 0.5),
            settings.get("max_shift", 1.15),
        )
        scheduler.set_timesteps(sigmas=np.linspace(1.0, 1 / steps, steps), mu=mu)
        self._sigmas = scheduler.sigmas.float().cpu()
        times = self._sigmas[:-1]
        rows, still = tabulate(trained.transformer, times, trained.files.read)
        self._rows = ModulationRows(trained.modules, rows, still)
        self._networks = networks
        self._many = 2 * config.optimisation.micro_batch

    @torch.no_grad()
    def sample(
        self, source: torch.Tensor, embeddings: torch.Tensor, noise: torch.Tensor
    ) -> torch.Tensor:
        """(samples, 16, 1, h, w) finished latents of each embedding, from the same noise.

        Args:
            source, noise: (1, 16, 1, h, w).
            embeddings: (samples, tokens, width).
        """
        return torch.cat([self._some(source, part, noise) for part in embeddings.split(self._many)])

    def _some(
        self, source: torch.Tensor, embeddings: torch.Tensor, noise: torch.Tensor
    ) -> torch.Tensor:
        device, count = self._networks.device, embeddings.shape[0]
        latents = noise.to(device).expand(count, -1, -1, -1, -1)
        source = source.to(device).expand(count, -1, -1, -1, -1)
        for step in range(len(self._sigmas) - 1):
            places = torch.full((count,), step)
            velocity = predict_velocity(
                self._networks,
                latents,
                source,
                embeddings.to(device),
                None,
                self._sigmas[step].expand(count).to(device) * TIMESTEPS,
                lambda places=places: self._rows.choose(places, device),
            )
            latents = latents + (self._sigmas[step + 1] - self._sigmas[step]).item() * velocity
        return latents


@torch.no_grad()
def validate(
    config: Config,
    cache: Cache,
    triplets: Sequence[Triplet],
    sampler: Sampler,
    vae: Any,
    face: FaceIdentity | None,
    folder: Path | None,
) -> Figures:
    """Render every α of both expressions of some triplets.

    Strips (source, every α, target) and `points.json` go into `folder`, if any.
    """
    alphas = config.validation.alphas
    points: list[Point] = []
    apart: list[float] = []
    likeness: list[float] = []
    for number, triplet in enumerate(spread_evenly(triplets, config.validation.triplets)):
        source = take(cache.latents(triplet.source))["latents"][None]
        prompts = take(cache.prompts(triplet.source))
        place = (config.validation.seed, "validation", number)
        noise = torch.randn(source.shape, generator=generator(*place))
        ends: list[torch.Tensor] = []
        truths: list[torch.Tensor] = []
        for target in triplet.targets:
            wanted = torch.stack([embedding(prompts, target.expression, a) for a in alphas])
            rendered = sampler.sample(source, wanted, noise).cpu()
            truth = take(cache.latents(target.picture))["latents"][None]
            shares = _along(rendered - rendered[alphas.index(min(alphas))], truth - source)
            way = float((truth - source).square().mean().sqrt())
            points += [
                Point(
                    number,
                    target.expression,
                    target.score,
                    alpha,
                    wanted=way * alpha / (target.score or 1.0),
                    moved=way * share,
                )
                for alpha, share in zip(alphas, shares, strict=True)
            ]
            ends.append(rendered[alphas.index(max(alphas))][None])
            truths.append(truth)
            pictures = [
                picture_of(decode(vae, one[None].to(vae.device))[0])
                for one in [source[0], *rendered, truth[0]]
            ]
            likeness += _likeness(face, pictures[0], pictures[1:-1], config)
            if folder is not None:
                _save_strip(folder / f"{number:02d}-{target.expression}.png", pictures)
        apart += _along(ends[0] - ends[1], truths[0] - truths[1])
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        rows = [asdict(one) for one in points]
        (folder / "points.json").write_text(json.dumps(rows, indent=1) + "\n")
    return Figures(
        linearity=pearson([one.wanted for one in points], [one.moved for one in points]),
        slope=_slope(points),
        separation=float(np.mean(apart)),
        identity=float(np.mean(likeness)) if likeness else math.nan,
    )


def _slope(points: Sequence[Point]) -> float:
    """Least squares through the origin: `moved ≈ slope · wanted`."""
    wanted = sum(one.wanted**2 for one in points)
    return sum(one.wanted * one.moved for one in points) / wanted if wanted else 0.0


def _along(moves: torch.Tensor, direction: torch.Tensor) -> list[float]:
    """How far each of (samples, …) goes along (1, …), as a share of its length."""
    flat, line = moves.flatten(1), direction.flatten()
    return (flat @ line / (line @ line).clamp(min=1e-12)).tolist()


def _likeness(
    face: FaceIdentity | None, source: Image.Image, pictures: Sequence[Image.Image], config: Config
) -> list[float]:
    if face is None:
        return []
    found = [(one, face_crop(np.asarray(one))) for one in [source, *pictures]]
    if found[0][1] is None:
        return []
    device = next(face.buffers()).device
    seen: list[torch.Tensor] = []
    for picture, crop in found:
        if crop is not None:
            pixels = torch.from_numpy(np.array(picture, np.float32)).permute(2, 0, 1)[None]
            seen.append(face(pixels.to(device) / 127.5 - 1, crop[None].to(device))[0])
    return [float(seen[0] @ one) for one in seen[1:]]


def _save_strip(file: Path, pictures: Sequence[Image.Image]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    width, height = pictures[0].size
    strip = Image.new("RGB", (width * len(pictures), height))
    for place, one in enumerate(pictures):
        strip.paste(one, (place * width, 0))
    strip.save(file)
