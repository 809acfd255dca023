"""A running mean of the trained weights."""

from collections.abc import Mapping

import torch


class Ema:
    """`mean ← d · mean + (1 − d) · weights`, in float32.

    The decay rises from 0.1 to what is asked for, so that the first random weights are forgotten:
    `min(decay, (1 + n) / (10 + n))` at the n-th update.
    """

    def __init__(self, weights: Mapping[str, torch.Tensor], decay: float) -> None:
        self.mean = {name: one.detach().float().clone() for name, one in weights.items()}
        self._decay = decay

    @torch.no_grad()
    def update(self, weights: Mapping[str, torch.Tensor], updates_before: int) -> None:
        """Take in the weights after a step of the optimizer."""
        decay = min(self._decay, (1 + updates_before) / (10 + updates_before))
        means = [self.mean[name] for name in weights]
        torch._foreach_lerp_(means, [one.detach() for one in weights.values()], 1 - decay)
