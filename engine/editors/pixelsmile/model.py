"""A model that is ready to render: its parts, where they are, and the room it can still make."""

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError

from engine.editors.pixelsmile.cache import identity, try_to_save
from engine.editors.pixelsmile.conditioning import PromptEncoder
from engine.editors.pixelsmile.errors import PixelSmileError
from engine.editors.pixelsmile.lora import LoadedLora, merged, updates_of
from engine.editors.pixelsmile.memory import is_out_of_memory, offload_blocks, release
from engine.editors.pixelsmile.modulation import (
    Modulation,
    ModulationTable,
    is_modulation,
    tabulate,
)
from engine.editors.pixelsmile.precision import Plan
from engine.editors.pixelsmile.tensors import TensorFiles


@dataclass
class Model:
    """Everything that renders, on its device.

    Attributes:
        transformer: with `Modulation`s where its modulation layers were.
        plan: what was picked, and why.
        loras: what lies on top of the base.
        notes: sentences about the choices made, for the user.
    """

    folder: Path
    transformer: Any
    vae: Any
    text_encoder: Any
    prompts: PromptEncoder
    scheduler: Any
    device: torch.device
    dtype: torch.dtype
    plan: Plan
    loras: tuple[LoadedLora, ...]
    modulations: list[Modulation]
    files: TensorFiles
    cache: Path | None
    notes: tuple[str, ...]
    words: tuple[str, ...]
    _tables: dict[str, ModulationTable] = field(default_factory=dict)

    def table(self, timesteps: torch.Tensor) -> ModulationTable:
        """The modulations at these timesteps, computed the first time they are asked for.

        `timesteps`: (steps,) from 1 to 0. Raises `PixelSmileError` when weights are missing.
        """
        timesteps = timesteps.cpu()
        key = hashlib.sha256(str((timesteps.tolist(), self.dtype)).encode()).hexdigest()[:24]
        if key not in self._tables:
            self._tables.clear()  # one schedule at a time: a table is 0.2 GB
            rows, still = self._rows(key, timesteps)
            # Where the blocks wait: a row is written into a block before it goes to the device.
            home = self.modulations[0].row.device
            rows, still = rows.to(home), still.to(home)
            self._tables[key] = ModulationTable(self.modulations, rows, still)
        return self._tables[key]

    @contextlib.contextmanager
    def text_encoder_at_work(self, *, needed: bool = True) -> Iterator[None]:
        """Where the two take turns: the text encoder on the device for the length of the block."""
        if not needed or self.plan.placement == "together":
            yield
            return
        in_turn = self.plan.placement == "in-turn"
        if in_turn:
            self.transformer.to("cpu")
            release(self.device)
        self.text_encoder.to(self.device)
        try:
            yield
        finally:
            self.text_encoder.to("cpu")
            release(self.device)
            if in_turn:
                self.transformer.to(self.device)

    def make_room(self, error: BaseException, tried: int) -> int:
        """After memory ran out with `tried` intensities: how many to try next.

        First half as many; then the text encoder leaves the device; then the transformer's blocks
        are streamed. Raises `PixelSmileError` (`out_of_memory`) after that, and `error` itself
        when it is about something else.
        """
        if not is_out_of_memory(error):
            raise error
        release(self.device)
        if tried > 1:
            self.plan = replace(self.plan, batch=max(1, tried // 2))
            return self.plan.batch
        if self.device.type == "cuda" and self.plan.placement == "together":
            self.text_encoder.to("cpu")
            self.plan = replace(self.plan, placement="in-turn")
        elif self.device.type == "cuda" and self.plan.placement == "in-turn":
            self.transformer.to("cpu")
            offload_blocks(self.transformer, self.device)
            self.plan = replace(self.plan, placement="offloaded")
        else:
            raise PixelSmileError(
                "out_of_memory",
                "there is not enough memory to render one intensity",
                "close other programs, choose --resolution trained or --precision int4, or use "
                "the editor instant",
            ) from error
        release(self.device)
        return 1

    def _rows(self, key: str, timesteps: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        from safetensors.torch import load_file, save_file

        file = None
        if self.cache is not None:
            file = self.cache / f"modulation-{self._base_id()}-{key}.safetensors"
        if file is not None and file.exists():
            try:
                saved = load_file(file)
                return saved["rows"], saved["still"]
            except (OSError, ValueError, KeyError, SafetensorError):
                file.unlink(missing_ok=True)
        rows, still = tabulate(self.transformer, timesteps, self._read_merged)
        if file is not None:
            tensors = {"rows": rows.cpu(), "still": still.cpu()}
            size = rows.numel() * rows.element_size()
            try_to_save(lambda path: save_file(tensors, path), file, size)
        return rows, still

    def _read_merged(self, name: str) -> torch.Tensor:
        weight = self.files.read(name)
        updates = updates_of(self.loras, name.removesuffix(".weight"))
        return merged(weight, updates) if updates else weight

    def _base_id(self) -> str:
        touched = [
            f"{lora.file.name}:{lora.file.stamp}:{lora.weight}"
            for lora in self.loras
            if any(is_modulation(f"{path}.") for path in lora.file.pairs)
        ]
        return identity(self.folder, self.files.fingerprint, *touched)
