"""The learning rate as a function of the optimizer's step, and what every step draws.

Nothing here depends on how many processes there are or on what ran before: each number is a
function of the seed, the step and the place in the batch. So a resumed run needs no generator's
state, and two processes draw what one would have drawn.
"""

import hashlib
import math

import torch

from engine.training.config import Config, Schedule

TIMESTEPS = 1000


def learning_rate(step: int, total: int, peak: float, schedule: Schedule) -> float:
    """Of the step of that number, from 0 up: linear warm-up, then a half cosine down to 0."""
    if step < schedule.warmup_steps:
        return peak * step / schedule.warmup_steps
    if schedule.kind == "constant":
        return peak
    done = (step - schedule.warmup_steps) / max(1, total - schedule.warmup_steps)
    return peak * max(0.0, 0.5 * (1.0 + math.cos(math.pi * min(1.0, done))))


def generator(*place: object) -> torch.Generator:
    """A generator of its own for a place such as `(seed, "noise", step, sample)`."""
    digest = hashlib.sha256(repr(place).encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "little") >> 1)


def draw_timesteps(seed: int, positions: list[int]) -> torch.Tensor:
    """(samples,) float32 from 1 to 1000, uniform, one for each position in the run's data."""
    drawn = [torch.rand((), generator=generator(seed, "time", place)) for place in positions]
    return TIMESTEPS - (torch.stack(drawn) * TIMESTEPS).long().clamp(max=TIMESTEPS - 1).float()


def draw_noise(seed: int, positions: list[int], shape: tuple[int, ...]) -> torch.Tensor:
    """(samples, *shape) float32, standard normal, drawn on the processor: alike on every device."""
    drawn = [torch.randn(shape, generator=generator(seed, "noise", place)) for place in positions]
    return torch.stack(drawn)


class Order:
    """Which triplet stands at which position of the run: a new permutation every epoch.

    Positions count from 0 over the whole run; a batch may span two epochs, so none is short.
    """

    def __init__(self, triplets: int, seed: int) -> None:
        self._triplets = triplets
        self._seed = seed
        self._epoch = -1
        self._permutation: list[int] = []

    def at(self, position: int) -> int:
        """The number of the triplet."""
        epoch, place = divmod(position, self._triplets)
        if epoch != self._epoch:
            drawn = torch.randperm(self._triplets, generator=generator(self._seed, "order", epoch))
            self._epoch, self._permutation = epoch, drawn.tolist()
        return self._permutation[place]


def positions_of(config: Config, step: int, micro: int, process: int, processes: int) -> list[int]:
    """The positions that a process works on in one micro-batch of a step."""
    size = config.optimisation.micro_batch
    start = step * config.optimisation.batch + (micro * processes + process) * size
    return list(range(start, start + size))
