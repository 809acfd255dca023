"""The objective against an independent transcription of the published formulas, in float64."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from diffusers.optimization import get_scheduler
from diffusers.training_utils import compute_loss_weighting_for_sd3

from engine.training.config import ContrastMode, Losses, Schedule
from engine.training.losses import (
    expected_clean,
    identity_distance,
    identity_gate,
    interpolate,
    symmetric_contrast,
    symmetric_flow_matching,
)
from engine.training.schedule import (
    Order,
    draw_noise,
    draw_timesteps,
    learning_rate,
)

SAMPLES = 5
MODES: tuple[ContrastMode, ...] = ("nce", "hinge", "ratio")


def drawn(*shape: int, seed: int, grad: bool = False) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64).requires_grad_(grad)


# ---- the published formulas, transcribed as they stand in the paper and its script -------------


def published_flow(
    predicted: tuple[torch.Tensor, torch.Tensor],
    clean: tuple[torch.Tensor, torch.Tensor],
    noise: torch.Tensor,
    sigma: torch.Tensor,
) -> torch.Tensor:
    weighting: Any = compute_loss_weighting_for_sd3(weighting_scheme="none", sigmas=sigma)
    branches = []
    for prediction, latents in zip(predicted, clean, strict=True):
        squares = weighting.view(-1, 1, 1, 1, 1) * (prediction - (noise - latents)) ** 2
        branches.append(squares.reshape(squares.shape[0], -1).mean(dim=1).mean())
    return (branches[0] + branches[1]) / 2.0


def published_triplet(
    mode: str, anchor: torch.Tensor, near: torch.Tensor, far: torch.Tensor, settings: Losses
) -> torch.Tensor:
    sim_near = (F.normalize(anchor, dim=-1) * F.normalize(near, dim=-1)).sum(-1)
    sim_far = (F.normalize(anchor, dim=-1) * F.normalize(far, dim=-1)).sum(-1)
    if mode == "nce":
        logits = torch.stack([sim_near, sim_far], dim=1) / settings.temperature
        return F.cross_entropy(logits, torch.zeros(len(logits), dtype=torch.long))
    d_near, d_far = 1 - sim_near, 1 - sim_far
    if mode == "hinge":
        return torch.clamp(d_near - d_far + settings.margin, min=0).mean()
    return torch.log((d_near + 1e-6) / (d_far + 1e-6)).mean()


def published_contrast(
    mode: str,
    predicted: tuple[torch.Tensor, torch.Tensor],
    truth: tuple[torch.Tensor, torch.Tensor],
    settings: Losses,
) -> torch.Tensor:
    first = published_triplet(mode, predicted[0], truth[0], truth[1], settings)
    if not settings.symmetric:
        return first
    second = published_triplet(mode, predicted[1], truth[1], truth[0], settings)
    return 0.5 * (first + second)


# ---- equality -----------------------------------------------------------------------------------


def same(ours: torch.Tensor, theirs: torch.Tensor, inputs: list[torch.Tensor]) -> None:
    """Values and gradients."""
    assert ours.dtype == torch.float64
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-9)
    for one, other in zip(
        torch.autograd.grad(ours, inputs), torch.autograd.grad(theirs, inputs), strict=True
    ):
        assert one.abs().max() > 0
        torch.testing.assert_close(one, other, rtol=0, atol=1e-9)


def test_flow_matching_is_the_published_one_in_both_branches() -> None:
    shape = (SAMPLES, 16, 1, 4, 4)
    clean = drawn(*shape, seed=1), drawn(*shape, seed=2)
    noise = drawn(*shape, seed=3)
    predicted = drawn(*shape, seed=4, grad=True), drawn(*shape, seed=5, grad=True)
    sigma = torch.rand(SAMPLES, dtype=torch.float64)
    same(
        symmetric_flow_matching(predicted, clean, noise).mean(),
        published_flow(predicted, clean, noise, sigma),
        list(predicted),
    )


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("mode", MODES)
def test_contrast_is_the_published_one(mode: ContrastMode, symmetric: bool) -> None:
    settings = Losses(contrast_mode=mode, symmetric=symmetric, margin=0.9, temperature=0.07)
    predicted = drawn(SAMPLES, 12, seed=6, grad=True), drawn(SAMPLES, 12, seed=7, grad=True)
    truth = drawn(SAMPLES, 12, seed=8), drawn(SAMPLES, 12, seed=9)
    same(
        symmetric_contrast(predicted, truth, settings).mean(),
        published_contrast(mode, predicted, truth, settings),
        list(predicted) if symmetric else [predicted[0]],
    )


@pytest.mark.parametrize("mode", MODES)
def test_contrast_holds_where_features_are_nearly_alike(mode: ContrastMode) -> None:
    """Where training begins: confusable ground truths, and a prediction that is one of them."""
    settings = Losses(contrast_mode=mode)
    truth = drawn(SAMPLES, 12, seed=8)
    truths = truth, truth + 1e-3 * drawn(SAMPLES, 12, seed=10)
    predicted = (
        (truth + 1e-2 * drawn(SAMPLES, 12, seed=11)).detach().requires_grad_(),
        (truth + 1e-2 * drawn(SAMPLES, 12, seed=12)).detach().requires_grad_(),
    )
    same(
        symmetric_contrast(predicted, truths, settings).mean(),
        published_contrast(mode, predicted, truths, settings),
        list(predicted),
    )


def test_identity_is_one_minus_cosine() -> None:
    predicted, truth = drawn(SAMPLES, 12, seed=13, grad=True), drawn(SAMPLES, 12, seed=14)
    lengths = predicted.norm(dim=1) * truth.norm(dim=1)
    theirs = (1 - (predicted * truth).sum(1) / lengths).mean()
    same(identity_distance(predicted, truth).mean(), theirs, [predicted])


def test_the_expected_picture_is_the_clean_one_for_the_true_velocity() -> None:
    clean, noise = drawn(SAMPLES, 16, 1, 2, 2, seed=15), drawn(SAMPLES, 16, 1, 2, 2, seed=16)
    sigma = torch.linspace(0.001, 1, SAMPLES, dtype=torch.float64)
    noisy = interpolate(clean, noise, sigma)
    torch.testing.assert_close(expected_clean(noisy, noise - clean, sigma), clean)


def test_every_sample_has_its_own_gate() -> None:
    """The published script gates a batch by its first sample."""
    gate = identity_gate(torch.tensor([700.0, 600.0, 1.0, 601.0]), 600.0)
    expected = torch.tensor([1e-5, 1 - 1e-5, 1 - 1e-5, 1e-5])
    torch.testing.assert_close(gate, expected, rtol=1e-7, atol=0)


# ---- schedule and draws -------------------------------------------------------------------------


@pytest.mark.parametrize(("warmup", "total"), [(500, 2000), (0, 10), (7, 30)])
def test_the_learning_rate_is_the_cosine_of_diffusers(warmup: int, total: int) -> None:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1e-4)
    theirs = get_scheduler("cosine", optimizer, num_warmup_steps=warmup, num_training_steps=total)
    settings = Schedule(warmup_steps=warmup)
    for step in range(total):
        ours = learning_rate(step, total, 1e-4, settings)
        assert ours == pytest.approx(theirs.get_last_lr()[0], rel=1e-12, abs=1e-20)
        optimizer.step()
        theirs.step()


def test_draws_depend_on_the_place_alone() -> None:
    """A batch drawn by two processes is the batch drawn by one."""
    whole = draw_noise(3, [8, 9, 10, 11], (2, 3))
    torch.testing.assert_close(draw_noise(3, [10, 11], (2, 3)), whole[2:], rtol=0, atol=0)
    times = draw_timesteps(3, list(range(4000)))
    assert times.min() >= 1
    assert times.max() <= 1000
    assert times.frac().abs().max() == 0
    assert times.mean() == pytest.approx(500.5, abs=15)
    assert not torch.equal(draw_noise(4, [8], (2, 3)), draw_noise(3, [8], (2, 3)))


def test_each_epoch_shows_every_triplet_once_in_another_order() -> None:
    order = Order(17, seed=5)
    epochs = [[order.at(17 * epoch + place) for place in range(17)] for epoch in range(3)]
    assert all(sorted(one) == list(range(17)) for one in epochs)
    assert epochs[0] != epochs[1] != epochs[2]
    assert Order(17, seed=5).at(40) == epochs[2][6]  # asked for out of turn
