"""Pictures to normalised latents and back, and latents to the transformer's tokens."""

from typing import Any

import numpy as np
import torch
from PIL import Image

LATENT_PX, TOKEN_LATENTS = 8, 2


def pixels_of(picture: Image.Image) -> torch.Tensor:
    """(1, 3, height, width) float32 from −1 to 1."""
    values = np.array(picture.convert("RGB"), np.float32) / 127.5 - 1.0
    return torch.from_numpy(values).permute(2, 0, 1)[None]


def picture_of(pixels: torch.Tensor) -> Image.Image:
    """(3, height, width) from −1 to 1 as 8-bit RGB."""
    unit = (pixels.detach().float().cpu() / 2 + 0.5).clamp(0, 1)
    return Image.fromarray((unit * 255).round().to(torch.uint8).permute(1, 2, 0).numpy())


@torch.no_grad()
def encode(vae: Any, pixels: torch.Tensor) -> torch.Tensor:
    """(samples, 16, 1, height / 8, width / 8) float32: the mode, normalised."""
    latents = vae.encode(pixels[:, :, None].to(vae.device, vae.dtype)).latent_dist.mode().float()
    mean, std = _statistics(vae, latents)
    return (latents - mean) / std


def decode(vae: Any, latents: torch.Tensor) -> torch.Tensor:
    """(samples, 3, height, width) float32 from −1 to 1; gradients pass."""
    mean, std = _statistics(vae, latents)
    return vae.decode((latents * std + mean).to(vae.dtype), return_dict=False)[0][:, :, 0].float()


def pack(latents: torch.Tensor) -> torch.Tensor:
    """(samples, 16, 1, h, w) → (samples, h/2 · w/2, 64): a token is two by two latents."""
    samples, channels, _, height, width = latents.shape
    squares = latents.reshape(samples, channels, height // 2, 2, width // 2, 2)
    return squares.permute(0, 2, 4, 1, 3, 5).reshape(samples, -1, channels * 4)


def unpack(tokens: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """(samples, tokens, 64) → (samples, 16, 1, height, width), both in latents."""
    samples, _, values = tokens.shape
    squares = tokens.reshape(samples, height // 2, width // 2, values // 4, 2, 2)
    return squares.permute(0, 3, 1, 4, 2, 5).reshape(samples, -1, 1, height, width)


def _statistics(vae: Any, like: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    shape = (1, -1, 1, 1, 1)
    mean = torch.tensor(vae.config.latents_mean).view(shape).to(like)
    return mean, torch.tensor(vae.config.latents_std).view(shape).to(like)
