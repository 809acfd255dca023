"""The AdaLN modulations as a table: a third of the transformer, and a function of the step alone.

Each block turns the timestep's embedding into shifts, scales and gates with two layers of
width × 6·width. The timesteps of a schedule are known beforehand, so the layers' outputs are a
table of steps × blocks × 6·width, and the layers themselves (6.80 of 20.43 billion parameters)
need not be in memory. Values are the same: the same layers compute them.
"""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import nn

Weights = Callable[[str], torch.Tensor]
"""Reads one of the transformer's tensors from disk by its name."""

STREAMS = ("img_mod", "txt_mod")


class Modulation(nn.Module):
    """Stands where a block's `img_mod` or `txt_mod` stood and gives back the present step's row."""

    row: torch.Tensor

    def __init__(self, width: int, dtype: torch.dtype, device: torch.device) -> None:
        """`width`: six times the transformer's."""
        super().__init__()
        self.register_buffer("row", torch.zeros(2, width, dtype=dtype, device=device), False)

    def forward(self, temb: torch.Tensor) -> torch.Tensor:
        """(rows of `temb`, 6·width).

        With `zero_cond_t` the image stream asks for two rows a sample: those at the step's
        timestep first, then those at timestep 0, which the reference's tokens get.
        """
        samples = temb.shape[0] // 2 if self.is_image else temb.shape[0]
        rows = self.row if self.is_image else self.row[:1]
        return rows.repeat_interleave(samples, dim=0)

    is_image = False


class ModulationTable:
    """All rows of one schedule, and the place in it."""

    def __init__(self, modules: list[Modulation], rows: torch.Tensor, still: torch.Tensor) -> None:
        """`rows`: (steps, modules, 6·width); `still`: (modules, 6·width), at timestep 0."""
        self._modules = modules
        self._rows = rows
        for module, row in zip(modules, still, strict=True):
            module.row[1].copy_(row)

    @property
    def size_bytes(self) -> int:
        """What the table takes on the device."""
        return self._rows.numel() * self._rows.element_size()

    def go_to(self, step: int) -> None:
        """Make `step` the present one for every block."""
        for module, row in zip(self._modules, self._rows[step], strict=True):
            module.row[0].copy_(row)


def replace_modulations(
    transformer: Any, dtype: torch.dtype, device: torch.device
) -> list[Modulation]:
    """Put a `Modulation` where every block has its two modulation layers; returns them in order.

    The weights of what is replaced may be on the meta device: they are not read.
    """
    width = 6 * transformer.inner_dim
    modules: list[Modulation] = []
    for block in transformer.transformer_blocks:
        for stream in STREAMS:
            module = Modulation(width, dtype, device)
            module.is_image = stream == "img_mod" and transformer.zero_cond_t
            setattr(block, stream, module)
            modules.append(module)
    return modules


def is_modulation(name: str) -> bool:
    """Whether a tensor of the transformer belongs to a layer that the table replaces."""
    return any(f".{stream}." in name for stream in STREAMS)


@torch.inference_mode()
def tabulate(
    transformer: Any, timesteps: torch.Tensor, read: Weights
) -> tuple[torch.Tensor, torch.Tensor]:
    """Compute the rows of a schedule: (steps, modules, 6·width) and (modules, 6·width).

    Args:
        transformer: with its `time_text_embed` in place.
        timesteps: (steps,) from 1 to 0, in the dtype that the denoiser gives them in.
        read: gives the weights of the layers, one at a time; nothing is kept.
    """
    like = transformer.proj_out.weight
    table: list[torch.Tensor] = []
    embeddings = [_embedding(transformer, time, like) for time in timesteps]
    for name in _layers(transformer):
        weight = read(f"{name}.weight").to(like.device, like.dtype)
        bias = read(f"{name}.bias").to(like.device, like.dtype)
        # Two rows at a time, as one sample of the denoiser would: the last digits depend on it.
        table.append(torch.stack([nn.functional.linear(e, weight, bias) for e in embeddings]))
    both = torch.stack(table, dim=1)  # (steps, modules, 2, 6·width)
    return both[:, :, 0].contiguous(), both[0, :, 1].contiguous()


def _embedding(transformer: Any, time: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    pair = torch.stack([time, time * 0]).to(like.device, like.dtype)
    return nn.functional.silu(transformer.time_text_embed(pair, like))


def _layers(transformer: Any) -> Iterator[str]:
    for block in range(len(transformer.transformer_blocks)):
        for stream in STREAMS:
            yield f"transformer_blocks.{block}.{stream}.1"
