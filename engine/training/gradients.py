"""The gradients of all trained weights as one flat vector: summed over processes, clipped, scaled.

The frozen model has no gradients to speak of, so the processes exchange one vector a step, not a
bucket a layer: two forward passes, accumulation and layers without a gradient need no care.
"""

from collections.abc import Callable, Sequence

import torch
from torch import nn


class FlatGradients:
    """Gradients that are views into one vector."""

    def __init__(self, weights: Sequence[nn.Parameter]) -> None:
        first = weights[0]
        total = sum(one.numel() for one in weights)
        self.flat = torch.zeros(total, device=first.device, dtype=first.dtype)
        place = 0
        for weight in weights:
            weight.grad = self.flat[place : place + weight.numel()].view_as(weight)
            place += weight.numel()

    def clear(self) -> None:
        """Set all to 0, in place: the optimizer and autograd hold views."""
        self.flat.zero_()

    def share(self, add_up: Callable[[torch.Tensor], torch.Tensor]) -> None:
        """Replace them with their sum over all processes."""
        total = add_up(self.flat)
        if total is not self.flat:
            self.flat.copy_(total)

    def clip(self, most: float) -> float:
        """Scale them to a norm of at most `most`; returns the norm before."""
        norm = float(self.flat.norm())
        if norm > most:
            self.flat.mul_(most / (norm + 1e-6))
        return norm
