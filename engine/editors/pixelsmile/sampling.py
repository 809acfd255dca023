"""prepare → schedule → denoise → decode: the method on tensors, many intensities at once."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from engine.editors.base import OnPreview, OnStep
from engine.editors.pixelsmile.conditioning import Reading
from engine.editors.pixelsmile.model import Model
from engine.editors.pixelsmile.preview import fit_colours, show
from engine.recipes.generative import Sampling

Rgb8 = NDArray[np.uint8]
"""(height, width, 3)."""

LATENT_PX, TOKEN_LATENTS = 8, 2
TOKEN_PX = LATENT_PX * TOKEN_LATENTS


@dataclass(frozen=True)
class Portrait:
    """All of one picture that does not depend on intensity.

    Attributes:
        reading: what the language model has read.
        reference: (1, tokens, 64) the reference picture's latents in tokens.
        reference_grid: height and width of the reference in tokens.
        output_grid: of the output.
        colours: (17, 3) latents to colours, for previews.
    """

    reading: Reading
    reference: torch.Tensor
    reference_grid: tuple[int, int]
    output_grid: tuple[int, int]
    colours: torch.Tensor


@dataclass(frozen=True)
class Schedule:
    """A fresh scheduler and its timesteps, (steps,) from 1000 down."""

    scheduler: Any
    timesteps: torch.Tensor


def prepare(
    model: Model,
    *,
    seen: Image.Image,
    reference: Image.Image,
    output_size: tuple[int, int],
    sampling: Sampling,
) -> Portrait:
    """Read and encode a picture once; where memory runs out the model makes room.

    Args:
        seen: RGB, what the text encoder sees: 512 pixels in either resolution.
        reference: RGB, what the transformer sees, its sides multiples of 16.
        output_size: width and height in pixels, multiples of 16.

    Raises `PixelSmileError` (`out_of_memory`, `tokenizer`).
    """
    while True:
        try:
            return _read_and_encode(model, seen, reference, output_size, sampling)
        except (RuntimeError, MemoryError) as error:
            model.make_room(error, 1)


@torch.inference_mode()
def _read_and_encode(
    model: Model,
    seen: Image.Image,
    reference: Image.Image,
    output_size: tuple[int, int],
    sampling: Sampling,
) -> Portrait:
    with model.text_encoder_at_work():
        reading = model.prompts.read(seen, sampling.subject)
        if model.plan.placement != "together":
            # It will not be there when an expression is asked for later.
            model.prompts.encode(reading, model.words)
    latents = _encode(model, reference)
    colours = fit_colours(latents[0, :, 0], reference)
    width, height = output_size
    return Portrait(
        reading=reading,
        reference=_pack(latents),
        reference_grid=(latents.shape[3] // TOKEN_LATENTS, latents.shape[4] // TOKEN_LATENTS),
        output_grid=(height // TOKEN_PX, width // TOKEN_PX),
        colours=colours,
    )


def schedule(model: Model, portrait: Portrait, steps: int) -> Schedule:
    """The noise levels for an output of that size: the larger, the longer at high noise."""
    from diffusers.pipelines.qwenimage.pipeline_qwenimage_edit_plus import calculate_shift

    scheduler = copy.deepcopy(model.scheduler)
    height, width = portrait.output_grid
    config = scheduler.config
    mu = calculate_shift(
        height * width,
        config.get("base_image_seq_len", 256),
        config.get("max_image_seq_len", 4096),
        config.get("base_shift", 0.5),
        config.get("max_shift", 1.15),
    )
    sigmas = np.linspace(1.0, 1 / steps, steps)
    scheduler.set_timesteps(sigmas=sigmas, device=model.device, mu=mu)
    scheduler.set_begin_index(0)
    return Schedule(scheduler, scheduler.timesteps)


def noise(model: Model, portrait: Portrait, seed: int) -> torch.Tensor:
    """(1, tokens, 64): one draw in the shape and dtype of the stock pipeline, then packed."""
    height, width = (side * TOKEN_LATENTS for side in portrait.output_grid)
    channels = model.transformer.config.in_channels // TOKEN_LATENTS**2
    generator = torch.Generator(model.device).manual_seed(seed)
    drawn = torch.randn(
        (1, 1, channels, height, width),
        generator=generator,
        device=model.device,
        dtype=model.dtype,
    )
    return _pack(drawn.transpose(1, 2))


@torch.inference_mode()
def denoise(
    model: Model,
    portrait: Portrait,
    embeddings: torch.Tensor,
    latents: torch.Tensor,
    plan: Schedule,
    on_step: OnStep,
    on_preview: OnPreview | None = None,
) -> torch.Tensor:
    """(samples, tokens, 64) finished latents of every embedding, from the same noise.

    Args:
        embeddings: (samples, prompt tokens, width).
        latents: (1, tokens, 64) noise.

    Raises whatever `on_step` raises, between two steps.
    """
    samples, tokens = embeddings.shape[0], latents.shape[1]
    latents = latents.expand(samples, -1, -1)
    reference = portrait.reference.expand(samples, -1, -1)
    shapes = [[(1, *portrait.output_grid), (1, *portrait.reference_grid)]] * samples
    times = plan.timesteps.to(model.dtype) / 1000
    table = model.table(times)
    total = len(plan.timesteps)
    for step, timestep in enumerate(plan.timesteps):
        on_step(step, total)
        table.go_to(step)
        with model.transformer.cache_context("cond"):
            velocity = model.transformer(
                hidden_states=torch.cat([latents, reference], dim=1),
                timestep=times[step].expand(samples),
                encoder_hidden_states=embeddings,
                encoder_hidden_states_mask=None,  # all ones; a mask would slow attention down
                img_shapes=shapes,
                return_dict=False,
            )[0][:, :tokens]
        if on_preview is not None:
            sigma = plan.scheduler.sigmas[step]
            expected = _unpack(latents - sigma * velocity, portrait.output_grid)
            for index, sample in enumerate(expected):
                on_preview(index, show(sample[:, 0], portrait.colours))
        latents = plan.scheduler.step(velocity, timestep, latents, return_dict=False)[0]
    on_step(total, total)
    return latents


@torch.inference_mode()
def decode(model: Model, latents: torch.Tensor, grid: tuple[int, int]) -> Iterator[Rgb8]:
    """Pictures of finished latents, one by one: decoding takes more memory than a step."""
    vae = model.vae
    for sample in latents:
        unpacked = _unpack(sample[None], grid).to(vae.dtype)
        mean, inverse_std = _statistics(vae, unpacked)
        pixels = vae.decode(unpacked / inverse_std + mean, return_dict=False)[0][0, :, 0]
        unit = (pixels.float() / 2 + 0.5).clamp(0, 1)
        yield (unit * 255).round().to(torch.uint8).permute(1, 2, 0).cpu().numpy()


def render(
    model: Model,
    portrait: Portrait,
    wanted: Sequence[Mapping[str, float]],
    *,
    sampling: Sampling,
    seed: int,
    on_step: OnStep,
    on_preview: OnPreview | None = None,
) -> Iterator[Rgb8]:
    """One picture per entry of `wanted` (word → weight), in order, batched as memory allows.

    A batch that does not fit is made smaller, then the model makes room, then a `PixelSmileError`
    (`out_of_memory`) says so. A broken picture is made once more; `bad_output` when it stays so.
    """
    words = dict.fromkeys(word for weights in wanted for word in weights)
    with model.text_encoder_at_work(needed=any(w not in portrait.reading.suffixes for w in words)):
        model.prompts.encode(portrait.reading, words)
    start = noise(model, portrait, seed)
    done, size = 0, model.plan.batch
    while done < len(wanted):
        chunk = wanted[done : done + size]
        embeddings = torch.cat([portrait.reading.at(weights) for weights in chunk])

        def part(step: int, total: int, base: int = done, count: int = len(chunk)) -> None:
            on_step(base * total + step * count, len(wanted) * total)

        def preview(index: int, picture: Rgb8, base: int = done) -> None:
            if on_preview is not None:
                on_preview(base + index, picture)

        try:
            pictures = _batch(
                model, portrait, embeddings, start, sampling, part,
                None if on_preview is None else preview,
            )  # fmt: skip
        except (RuntimeError, MemoryError) as error:
            size = model.make_room(error, len(chunk))
            continue
        yield from pictures
        done += len(chunk)


def _batch(
    model: Model,
    portrait: Portrait,
    embeddings: torch.Tensor,
    start: torch.Tensor,
    sampling: Sampling,
    on_step: OnStep,
    on_preview: OnPreview | None,
) -> list[Rgb8]:
    pictures: list[Rgb8] = []
    plan = schedule(model, portrait, sampling.steps)
    with _shortcut(model, sampling):
        latents = denoise(model, portrait, embeddings, start, plan, on_step, on_preview)
    for index, picture in enumerate(decode(model, latents, portrait.output_grid)):
        if is_broken(latents[index], picture):
            again = embeddings[index : index + 1]
            picture = _once_more(model, portrait, again, start, sampling, on_step)
        pictures.append(picture)
    return pictures


def is_broken(latents: torch.Tensor, picture: Rgb8) -> bool:
    """Whether numbers ran over, or the picture is one flat colour."""
    return not bool(torch.isfinite(latents).all()) or int(picture.max()) - int(picture.min()) < 3


def _once_more(
    model: Model,
    portrait: Portrait,
    embedding: torch.Tensor,
    start: torch.Tensor,
    sampling: Sampling,
    on_step: OnStep,
) -> Rgb8:
    """Alone, without shortcuts: what a neighbour or a skipped step has broken comes out right."""
    from engine.editors.pixelsmile.errors import PixelSmileError

    plan = schedule(model, portrait, sampling.steps)

    def still_there(done: int, total: int) -> None:
        on_step(total, total)  # no progress is taken back, but a stop is heard

    latents = denoise(model, portrait, embedding, start, plan, still_there)
    picture = next(decode(model, latents, portrait.output_grid))
    if is_broken(latents[0], picture):
        raise PixelSmileError(
            "bad_output",
            "the model gave an empty picture twice (numbers ran over)",
            "try another seed or --precision bf16, or verify the model's files",
        )
    return picture


@contextmanager
def _shortcut(model: Model, sampling: Sampling) -> Iterator[None]:
    """Leave blocks out while the first one hardly changes. Never outlives a run, even a stopped."""
    if sampling.shortcut == "none":
        yield
        return
    from diffusers import FirstBlockCacheConfig

    model.transformer.enable_cache(FirstBlockCacheConfig(threshold=sampling.cache_threshold))
    try:
        yield
    finally:
        model.transformer.disable_cache()


# ---- latents ------------------------------------------------------------------------------------


def _encode(model: Model, picture: Image.Image) -> torch.Tensor:
    """(1, 16, 1, height / 8, width / 8): the mode of the encoder's distribution, normalised."""
    pixels = torch.from_numpy(np.array(picture, np.float32) / 255.0) * 2.0 - 1.0
    batch = pixels.permute(2, 0, 1)[None, :, None].to(model.device, model.vae.dtype)
    latents = model.vae.encode(batch).latent_dist.mode()
    mean, inverse_std = _statistics(model.vae, latents)
    return ((latents - mean) / (1.0 / inverse_std)).to(model.dtype)


def _statistics(vae: Any, like: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    shape = (1, -1, 1, 1, 1)
    mean = torch.tensor(vae.config.latents_mean).view(shape).to(like.device, like.dtype)
    std = torch.tensor(vae.config.latents_std).view(shape)
    return mean, 1.0 / std.to(like.device, like.dtype)


def _pack(latents: torch.Tensor) -> torch.Tensor:
    """(1, 16, 1, h, w) → (1, h/2 · w/2, 64): each token is a square of two by two latents."""
    _, channels, _, height, width = latents.shape
    squares = latents.reshape(1, channels, height // 2, 2, width // 2, 2)
    return squares.permute(0, 2, 4, 1, 3, 5).reshape(1, -1, channels * 4)


def _unpack(tokens: torch.Tensor, grid: tuple[int, int]) -> torch.Tensor:
    """(samples, tokens, 64) → (samples, 16, 1, h, w)."""
    height, width = grid
    samples, _, values = tokens.shape
    squares = tokens.reshape(samples, height, width, values // 4, 2, 2)
    return squares.permute(0, 3, 1, 4, 2, 5).reshape(samples, -1, 1, height * 2, width * 2)
