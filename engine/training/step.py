"""One joint symmetric step: both branches from the same noise at the same timestep."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

from engine.training.batch import Batch
from engine.training.config import Losses
from engine.training.features import ClipFeatures, FaceIdentity
from engine.training.latents import TOKEN_LATENTS, decode, pack, unpack
from engine.training.losses import (
    expected_clean,
    identity_distance,
    identity_gate,
    interpolate,
    symmetric_contrast,
    symmetric_flow_matching,
)
from engine.training.modulation import ModulationRows
from engine.training.schedule import TIMESTEPS


@dataclass(frozen=True)
class Networks:
    """What a step runs.

    Attributes:
        transformer: with the trained layers in it.
        rows: modulations of the timesteps 1…1000.
        vae: decodes; None where no loss looks at pictures.
        clip, face: None where their loss weighs nothing.
        thrifty: compute pictures again for the gradient rather than keep what is between.
    """

    transformer: nn.Module
    rows: ModulationRows
    vae: Any | None
    clip: ClipFeatures | None
    face: FaceIdentity | None
    device: torch.device
    dtype: torch.dtype
    thrifty: bool = False


@dataclass(frozen=True)
class StepLosses:
    """Per sample, (samples,): the terms, each before its weight, and what is minimised.

    Attributes:
        identity: of samples with a face, gated; 0 for the others.
        faces: how many of the two branches show a face.
    """

    total: torch.Tensor
    flow: torch.Tensor
    contrast: torch.Tensor
    identity: torch.Tensor
    faces: torch.Tensor


def predict_velocity(
    networks: Networks,
    noisy: torch.Tensor,
    source: torch.Tensor,
    embeddings: torch.Tensor,
    mask: torch.Tensor | None,
    timestep: torch.Tensor,
    choose: Callable[[], None],
) -> torch.Tensor:
    """(samples, 16, 1, h, w) float32.

    Args:
        noisy: (samples, 16, 1, h, w) float32.
        source: as `noisy`, the reference.
        timestep: (samples,) from 0 to 1000.
        choose: puts the modulations of those timesteps in place.
    """
    choose()
    height, width = noisy.shape[3:]
    tokens = pack(noisy)
    shape = (1, height // TOKEN_LATENTS, width // TOKEN_LATENTS)
    reference = (1, source.shape[3] // TOKEN_LATENTS, source.shape[4] // TOKEN_LATENTS)
    velocity = networks.transformer(
        hidden_states=torch.cat([tokens, pack(source)], dim=1).to(networks.dtype),
        timestep=(timestep / TIMESTEPS).to(networks.dtype),
        encoder_hidden_states=embeddings.to(networks.dtype),
        encoder_hidden_states_mask=mask,
        img_shapes=[[shape, reference]] * noisy.shape[0],
        return_dict=False,
    )[0][:, : tokens.shape[1]]
    return unpack(velocity.float(), height, width)


def losses_of(
    networks: Networks,
    batch: Batch,
    noise: torch.Tensor,
    timestep: torch.Tensor,
    settings: Losses,
) -> StepLosses:
    """The published objective for a micro-batch; noisy latents, σ and losses are float32.

    Args:
        noise: (samples, 16, 1, h, w), shared by the branches.
        timestep: (samples,) from 1 to 1000, shared by the branches.
    """
    device, samples = networks.device, batch.samples
    noise, timestep = noise.to(device), timestep.to(device)
    clean, source = batch.clean.to(device), batch.source.to(device)
    both, sigma = timestep.repeat(2), timestep.repeat(2) / TIMESTEPS
    noisy = interpolate(clean, noise.repeat(2, 1, 1, 1, 1), sigma)
    velocity = predict_velocity(
        networks,
        noisy,
        source.repeat(2, 1, 1, 1, 1),
        batch.embeddings.to(device),
        None if batch.mask is None else batch.mask.to(device),
        both,
        lambda: networks.rows.choose(both.long() - 1, device),
    )
    first, second = velocity.chunk(2)
    flow = symmetric_flow_matching((first, second), _halves(clean), noise)
    total, nothing = flow, torch.zeros_like(flow)
    contrast, identity, faces = nothing, nothing, nothing
    if networks.clip is not None or networks.face is not None:
        pixels = _decoded(networks, expected_clean(noisy, velocity, sigma))
        if networks.clip is not None and batch.clip is not None:
            truth = batch.clip.to(device)
            contrast = symmetric_contrast(_halves(networks.clip(pixels)), _halves(truth), settings)
            total = total + settings.contrast * contrast
        if networks.face is not None and len(batch.faces):
            places = batch.faces.to(device)
            seen = networks.face(pixels[places], batch.crops.to(device))
            away = identity_distance(seen, batch.identity.to(device))
            spread = torch.zeros(2 * samples, device=device).index_put((places,), away)
            gate = identity_gate(timestep, settings.identity_below)
            identity = gate * spread.view(2, samples).mean(dim=0)
            faces = torch.bincount(places % samples, minlength=samples).float()
            total = total + settings.identity * identity
    return StepLosses(
        total=total,
        flow=flow.detach(),
        contrast=contrast.detach(),
        identity=identity.detach(),
        faces=faces.detach(),
    )


def _decoded(networks: Networks, latents: torch.Tensor) -> torch.Tensor:
    """Pictures with gradients, one at a time where memory counts."""
    vae = networks.vae
    if not networks.thrifty:
        return decode(vae, latents)

    def one(part: torch.Tensor) -> torch.Tensor:
        return decode(vae, part)

    pictures = [checkpoint(one, part, use_reentrant=False) for part in latents.split(1)]
    return torch.cat(pictures)  # type: ignore[arg-type]


def _halves(both: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    first, second = both.chunk(2)
    return first, second
