"""Everything that can be computed before the first step, computed once and shared out."""

import gc
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch

from engine.editors.pixelsmile.cache import identity
from engine.editors.pixelsmile.memory import release
from engine.editors.pixelsmile.tensors import TensorFiles
from engine.training.base import Place, load_prompts, load_vae
from engine.training.cache import (
    Cache,
    Fingerprints,
    is_whole,
    prompt_tensors,
    put,
    share,
    sources_of,
    take,
    targets_of,
)
from engine.training.config import Config
from engine.training.data.pictures import open_picture, square
from engine.training.data.triplets import Picture, Triplet
from engine.training.features import ClipFeatures, FaceIdentity, face_crop
from engine.training.latents import decode, encode, picture_of, pixels_of

OnPart = Callable[[str, int, int], None]
"""Called as `on_part(what, done, total)`; raises to stop."""


def fingerprints(config: Config, place: Place) -> Fingerprints:
    """Of the networks that the cache depends on."""

    def part(name: str) -> str:
        folder = place.folder / name
        return identity(folder, TensorFiles(folder).fingerprint, str(place.dtype))

    face = config.model.identity if config.losses.identity else "none"
    if face not in ("sface", "none"):
        face = f"{face}:{Path(face).stat().st_size}" if Path(face).exists() else face
    clip = ""
    if config.losses.contrast:
        folder = Path(config.model.clip)
        clip = identity(folder, TensorFiles(folder).fingerprint)
    text = f"{part('text_encoder')}:{place.precision}"
    return Fingerprints(vae=part("vae"), text_encoder=text, clip=clip, identity=face)


def load_clip(config: Config, device: torch.device) -> ClipFeatures | None:
    """None where the contrast weighs nothing."""
    if not config.losses.contrast:
        return None
    return ClipFeatures(Path(config.model.clip)).to(device)


def load_face(config: Config, device: torch.device) -> FaceIdentity | None:
    """None where the identity weighs nothing, or no network is wanted."""
    if not config.losses.identity or config.model.identity == "none":
        return None
    return FaceIdentity(config.model.identity).to(device)


def prepare(
    config: Config,
    place: Place,
    triplets: Sequence[Triplet],
    *,
    process: int,
    processes: int,
    wait: Callable[[], None],
    on_part: OnPart,
) -> Cache:
    """Fill the cache: this process's share of each part, then all wait for the others.

    A network is loaded only when something is missing, and leaves memory with its part.
    """
    cache = Cache(config, fingerprints(config, place))
    sources, targets = sources_of(triplets), targets_of(triplets)
    pictures = list(dict.fromkeys([*sources, *targets]))

    def own(items: Sequence[Picture], name: Callable[[Picture], Path]) -> list[Picture]:
        return [one for one in share(items, process, processes) if not is_whole(name(one))]

    _latents(config, place, cache, own(pictures, cache.latents), on_part)
    wait()
    if config.losses.contrast or config.losses.identity:
        _features(config, place, cache, own(targets, cache.features), on_part)
    wait()
    _prompts(config, place, cache, own(sources, cache.prompts), on_part)
    wait()
    return cache


def _latents(
    config: Config, place: Place, cache: Cache, pictures: Sequence[Picture], on_part: OnPart
) -> None:
    if not pictures:
        return
    vae = load_vae(place)
    for done, one in enumerate(pictures):
        on_part("latents", done, len(pictures))
        seen = square(open_picture(one), config.data.side_px, config.data.resize, one.box)
        put(cache.latents(one), {"latents": encode(vae, pixels_of(seen))[0]})
    del vae
    _forget(place)


def _features(
    config: Config, place: Place, cache: Cache, pictures: Sequence[Picture], on_part: OnPart
) -> None:
    if not pictures:
        return
    vae = load_vae(place)
    clip, face = load_clip(config, place.device), load_face(config, place.device)
    for done, one in enumerate(pictures):
        on_part("features", done, len(pictures))
        latents = take(cache.latents(one))["latents"].to(place.device)
        with torch.no_grad():
            pixels = decode(vae, latents[None])
            found: dict[str, torch.Tensor] = {}
            if clip is not None:
                found["clip"] = clip(pixels)[0]
            crop = face_crop(np.asarray(picture_of(pixels[0]))) if face is not None else None
            if face is not None and crop is not None:
                found["crop"] = crop
                found["identity"] = face(pixels, crop[None].to(place.device))[0]
        # An entry must hold something, and says so where there is no face.
        put(cache.features(one), found or {"nothing": torch.zeros(1)})
    del vae, clip, face
    _forget(place)


def _prompts(
    config: Config, place: Place, cache: Cache, pictures: Sequence[Picture], on_part: OnPart
) -> None:
    if not pictures:
        return
    encoder = load_prompts(place)
    for done, one in enumerate(pictures):
        on_part("prompts", done, len(pictures))
        put(cache.prompts(one), prompt_tensors(config, encoder, one))
    del encoder
    _forget(place)


def _forget(place: Place) -> None:
    gc.collect()
    release(place.device)
