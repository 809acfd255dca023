"""What is minimised, per sample, in whatever precision it is given.

`L = L_flow + w_contrast · L_contrast + w_identity · L_identity` (arXiv 2603.25728), each the mean
over samples. They come per sample so that a sample can be left out and micro-batches add up.
"""

from collections.abc import Callable

import torch
from torch.nn import functional

from engine.training.config import ContrastMode, Losses

_RATIO_EPSILON = 1e-6


def interpolate(clean: torch.Tensor, noise: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
    """`x_t = (1 − σ) x + σ ε`; σ is (samples,), in float32 or wider."""
    sigma = _beside(sigma, clean)
    return (1.0 - sigma) * clean + sigma * noise


def expected_clean(
    noisy: torch.Tensor, velocity: torch.Tensor, sigma: torch.Tensor
) -> torch.Tensor:
    """`x̂₀ = x_t − σ v`: the picture that a velocity means."""
    return noisy - _beside(sigma, noisy) * velocity


def flow_matching(velocity: torch.Tensor, clean: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
    """(samples,): the mean square of `v − (ε − x)`."""
    return (velocity - (noise - clean)).square().flatten(1).mean(dim=1)


def symmetric_flow_matching(
    velocities: tuple[torch.Tensor, torch.Tensor],
    cleans: tuple[torch.Tensor, torch.Tensor],
    noise: torch.Tensor,
) -> torch.Tensor:
    """(samples,): the mean of both branches, which share noise and timestep."""
    first, second = (flow_matching(v, x, noise) for v, x in zip(velocities, cleans, strict=True))
    return (first + second) / 2


def symmetric_contrast(
    predicted: tuple[torch.Tensor, torch.Tensor],
    truth: tuple[torch.Tensor, torch.Tensor],
    settings: Losses,
) -> torch.Tensor:
    """(samples,): each branch is drawn to its own truth and away from the other's.

    Args:
        predicted, truth: (samples, width) features of both branches.
    """
    pull = _PULLS[settings.contrast_mode]
    forward = pull(*_cosines(predicted[0], truth[0], truth[1]), settings)
    if not settings.symmetric:
        return forward
    backward = pull(*_cosines(predicted[1], truth[1], truth[0]), settings)
    return 0.5 * (forward + backward)


def identity_distance(predicted: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """(samples,): `1 − cos` of face embeddings, (samples, width)."""
    return 1.0 - functional.cosine_similarity(predicted, truth, dim=-1)


def identity_gate(timestep: torch.Tensor, below: float) -> torch.Tensor:
    """(samples,): what multiplies each sample's identity; next to nothing above `below`.

    The published factors, 1e-5 and 1 − 1e-5, each by its own sample's timestep (0 to 1000).
    """
    return torch.where(timestep > below, 1e-5, 1.0 - 1e-5)


def _cosines(
    predicted: torch.Tensor, positive: torch.Tensor, negative: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    return (
        functional.cosine_similarity(predicted, positive, dim=-1),
        functional.cosine_similarity(predicted, negative, dim=-1),
    )


def _nce(near: torch.Tensor, far: torch.Tensor, settings: Losses) -> torch.Tensor:
    """InfoNCE with one negative: `−log(e^{s⁺/τ} / (e^{s⁺/τ} + e^{s⁻/τ}))`."""
    return functional.softplus((far - near) / settings.temperature)


def _hinge(near: torch.Tensor, far: torch.Tensor, settings: Losses) -> torch.Tensor:
    """`max(0, d⁺ − d⁻ + margin)` with `d = 1 − cos`."""
    return functional.relu(far - near + settings.margin)


def _ratio(near: torch.Tensor, far: torch.Tensor, settings: Losses) -> torch.Tensor:
    """`log((d⁺ + ε) / (d⁻ + ε))`."""
    del settings
    return torch.log((1.0 - near + _RATIO_EPSILON) / (1.0 - far + _RATIO_EPSILON))


_PULLS: dict[ContrastMode, Callable[[torch.Tensor, torch.Tensor, Losses], torch.Tensor]] = {
    "nce": _nce,
    "hinge": _hinge,
    "ratio": _ratio,
}


def _beside(sigma: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    return sigma.reshape(-1, *(1 for _ in like.shape[1:]))
