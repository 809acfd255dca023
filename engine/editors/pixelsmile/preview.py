"""A cheap look at latents: colours by a linear fit to the portrait's own latents.

A decoder takes as long as a step. A latent's sixteen values are close to linear in the mean colour
of its 8 × 8 pixels, and the portrait gives thousands of examples, so no table of constants is
needed and any VAE will do.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

_RIDGE = 1e-2


def fit_colours(latents: torch.Tensor, picture: Image.Image) -> torch.Tensor:
    """(17, 3): least squares from latents and a constant to colours of 0…1.

    Args:
        latents: (16, h, w) of the picture, normalised.
        picture: RGB, of any size with the latents' aspect.
    """
    channels, height, width = latents.shape
    small = picture.resize((width, height), Image.Resampling.BOX)
    colours = torch.from_numpy(np.asarray(small, np.float32) / 255.0).reshape(-1, 3)
    values = latents.float().cpu().reshape(channels, -1).T
    inputs = torch.cat([values, torch.ones(len(values), 1)], dim=1)
    gram = inputs.T @ inputs + _RIDGE * torch.eye(channels + 1)
    return torch.linalg.solve(gram, inputs.T @ colours).to(latents.device)


def show(latents: torch.Tensor, colours: torch.Tensor) -> NDArray[np.uint8]:
    """(h, w, 3) picture of (16, h, w) latents."""
    channels, height, width = latents.shape
    values = latents.float().reshape(channels, -1).T
    mixed = values @ colours[:-1] + colours[-1]
    picture = (mixed.clamp(0, 1) * 255).round().to(torch.uint8)
    return picture.reshape(height, width, 3).cpu().numpy()
