"""The AdaLN modulations of every timestep that is drawn, as a table on disk.

A third of the transformer turns the timestep into shifts and gates, and the LoRA does not touch
it. Training draws from 1000 timesteps, so a table of 1001 rows replaces those layers exactly; it
stays mapped from disk, and a step fetches only the rows of its samples.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

from engine.editors.pixelsmile.modulation import STREAMS, Modulation

Weights = Callable[[str], torch.Tensor]


class SampledModulation(nn.Module):
    """Stands where a block's modulation layer stood and gives back the rows of each sample."""

    def __init__(self, *, is_image: bool) -> None:
        """`is_image`: the stream asks for rows at timestep 0 as well, for the reference."""
        super().__init__()
        self.is_image = is_image
        self.rows: torch.Tensor | None = None
        self.still: torch.Tensor | None = None

    def forward(self, temb: torch.Tensor) -> torch.Tensor:
        """(samples or 2 · samples, 6·width), in the order of `temb`."""
        if self.rows is None or self.still is None:
            raise RuntimeError("no timesteps have been chosen")
        if not self.is_image:
            return self.rows
        return torch.cat([self.rows, self.still.expand_as(self.rows)])


class ModulationRows:
    """All modulations of a transformer at a list of timesteps."""

    def __init__(
        self, modules: Sequence[SampledModulation], rows: torch.Tensor, still: torch.Tensor
    ) -> None:
        """`rows`: (timesteps, modules, 6·width), anywhere; `still`: (modules, 6·width)."""
        self._modules = modules
        self._rows = rows
        self._still = still

    def choose(self, indices: torch.Tensor, device: torch.device) -> None:
        """Make these rows, one a sample, the ones that the blocks get."""
        chosen = self._rows[indices.cpu()].to(device, non_blocking=True)
        for place, module in enumerate(self._modules):
            module.rows = chosen[:, place]
            module.still = self._still[place].to(device)


def sampled_modulations(transformer: Any) -> list[SampledModulation]:
    """Put a `SampledModulation` where every block has a modulation; returns them in order."""
    modules: list[SampledModulation] = []
    for block in transformer.transformer_blocks:
        for stream in STREAMS:
            before = getattr(block, stream)
            is_image = stream == "img_mod" and transformer.zero_cond_t
            if isinstance(before, Modulation) and before.is_image != is_image:
                raise RuntimeError("the streams are not where they were")
            module = SampledModulation(is_image=is_image)
            setattr(block, stream, module)
            modules.append(module)
    return modules


@torch.no_grad()
def tabulate(
    transformer: Any, timesteps: torch.Tensor, read: Weights
) -> tuple[torch.Tensor, torch.Tensor]:
    """(timesteps, modules, 6·width) and (modules, 6·width) at timestep 0, on the processor.

    Args:
        transformer: with its `time_text_embed` in place.
        timesteps: (timesteps,) from 1 to 0.
        read: gives the weights of the layers, one at a time; nothing is kept.
    """
    like = transformer.proj_out.weight
    all_times = torch.cat([timesteps, torch.zeros(1)]).to(like.device, like.dtype)
    embedded = nn.functional.silu(transformer.time_text_embed(all_times, like))
    columns: list[torch.Tensor] = []
    for block in range(len(transformer.transformer_blocks)):
        for stream in STREAMS:
            name = f"transformer_blocks.{block}.{stream}.1"
            weight = read(f"{name}.weight").to(like.device, like.dtype)
            bias = read(f"{name}.bias").to(like.device, like.dtype)
            columns.append(nn.functional.linear(embedded, weight, bias).cpu())
    both = torch.stack(columns, dim=1)
    return both[:-1], both[-1]


def saved_rows(
    file: Path, make: Callable[[], tuple[torch.Tensor, torch.Tensor]], *, may_write: bool = True
) -> tuple[torch.Tensor, torch.Tensor]:
    """What `make` gives, from the file where it is there; the file is mapped, not read."""
    found = _mapped(file)
    if found is None:
        rows, still = make()
        if not may_write:
            return rows, still
        partial = file.with_suffix(".partial")
        save_file({"rows": rows.contiguous(), "still": still.contiguous()}, partial)
        partial.replace(file)
        del rows, still
        found = _mapped(file)
    if found is None:
        raise OSError(f"{file.name} cannot be read back")
    return found


def _mapped(file: Path) -> tuple[torch.Tensor, torch.Tensor] | None:
    try:
        with safe_open(file, framework="pt") as opened:
            return opened.get_tensor("rows"), opened.get_tensor("still")
    except (OSError, SafetensorError):
        return None
