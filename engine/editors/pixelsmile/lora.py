"""LoRA files: every spelling of keys brought to one, every pair accounted for, then applied.

Training scripts write one file in two spellings at once, and loaders that look at the first key
alone drop the rest without an error. Here a key that finds no place is a refusal.
"""

import json
import math
import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import nn

from engine.editors.pixelsmile.errors import PixelSmileError
from engine.editors.pixelsmile.modulation import is_modulation
from engine.recipes.generative import LoraLayers

_PREFIXES = ("base_model.model.", "diffusion_model.", "transformer.", "lora_unet_")
_KEY = re.compile(
    r"(?P<path>.+?)\.(?:lora[._])?"
    r"(?P<part>A|B|down|up|alpha)(?:\.default|\.default_0)?(?:\.weight)?$"
)
_METADATA = "lora_adapter_metadata"  # where diffusers writes the configuration


@dataclass(frozen=True)
class Pair:
    """One layer's update: `scale · up @ down` is added to its weight.

    Attributes:
        down: (rank, columns).
        up: (rows, rank).
        scale: alpha / rank.
    """

    down: torch.Tensor
    up: torch.Tensor
    scale: float


@dataclass(frozen=True)
class _Stated:
    """What a file's metadata say about alpha: nothing, when both are empty.

    Attributes:
        alphas: end of a module path → alpha; the empty one is for all others.
        by_root: whether alpha is divided by the root of the rank ("rank-stabilised").
    """

    alphas: Mapping[str, float]
    by_root: bool


@dataclass(frozen=True)
class LoraFile:
    """What is in a LoRA file, under the module paths of the transformer.

    Attributes:
        name: the file's, for sentences.
        pairs: module path → pair.
        alpha_stated: whether the file says its alpha; otherwise it is taken to be the rank.
        dropped: pairs that `upstream` leaves out.
        stamp: changes when the file does: its size and time.
    """

    name: str
    pairs: Mapping[str, Pair]
    alpha_stated: bool
    dropped: int
    stamp: str = ""

    @property
    def ranks(self) -> tuple[int, ...]:
        """The different ranks, in ascending order."""
        return tuple(sorted({pair.down.shape[0] for pair in self.pairs.values()}))

    @property
    def scales(self) -> tuple[float, ...]:
        """The different values of alpha / rank, in ascending order."""
        return tuple(sorted({pair.scale for pair in self.pairs.values()}))

    def __str__(self) -> str:
        ranks = "/".join(map(str, self.ranks))
        scales = "/".join(f"{scale:g}" for scale in self.scales)
        alpha = "" if self.alpha_stated else " (the file states no alpha: taken as the rank)"
        left_out = f", {self.dropped} left out as the published script does" if self.dropped else ""
        return (
            f"{self.name}: {len(self.pairs)} pairs of rank {ranks}, scale {scales}{alpha}{left_out}"
        )


@dataclass(frozen=True)
class LoadedLora:
    """A LoRA file and what multiplies its effect."""

    file: LoraFile
    weight: float


def read_lora(file: Path, module_paths: Iterable[str], layers: LoraLayers = "full") -> LoraFile:
    """Read a safetensors file whose every key must belong to a pair of a module that is there.

    Args:
        file: the LoRA.
        module_paths: of the transformer's linear layers, its modulations included.
        layers: `upstream` keeps what diffusers' loader keeps of a file of mixed spellings.

    Raises `PixelSmileError`: `lora_unreadable`, `lora_unknown_key`, `lora_ambiguous`,
    `lora_incomplete`.
    """
    tensors, metadata = _read(file)
    known = {path: path for path in module_paths}
    known |= {path.replace(".", "_"): path for path in known}
    parts: dict[str, dict[str, torch.Tensor]] = {}
    spelled_a: set[str] = set()
    for key, tensor in tensors.items():
        path, part = _parse(file.name, key, known)
        if ".lora_A" in key:
            spelled_a.add(path)
        if part in parts.setdefault(path, {}):
            raise PixelSmileError(
                "lora_ambiguous",
                f"the LoRA file {file.name} has the pair for {path} twice",
                "download the file again, or ask its maker which one counts",
            )
        parts[path][part] = tensor
    stated = _read_stated(metadata)
    pairs = {path: _pair(file.name, path, found, stated) for path, found in parts.items()}
    if not pairs:
        raise PixelSmileError(
            "lora_unreadable", f"the LoRA file {file.name} is empty", "choose another file"
        )
    kept = pairs
    if layers == "upstream" and ".lora_A" in next(iter(tensors)):
        kept = {path: pair for path, pair in pairs.items() if path in spelled_a}
    alpha_stated = bool(stated.alphas) or any("alpha" in found for found in parts.values())
    status = file.stat()
    stamp = f"{status.st_size}:{status.st_mtime_ns}"
    return LoraFile(file.name, kept, alpha_stated, len(pairs) - len(kept), stamp)


def _read(file: Path) -> tuple[dict[str, torch.Tensor], Mapping[str, str]]:
    try:
        with safe_open(file, framework="pt") as opened:
            metadata = opened.metadata() or {}
            return {key: opened.get_tensor(key) for key in opened.keys()}, metadata  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise PixelSmileError(
            "lora_unreadable",
            f"the LoRA file {file.name} cannot be read as safetensors",
            "check the path, or download the file again",
        ) from error


def _parse(name: str, key: str, known: Mapping[str, str]) -> tuple[str, str]:
    """Module path and `down`, `up` or `alpha`."""
    bare = key
    for prefix in _PREFIXES:
        bare = bare.removeprefix(prefix)
    match = _KEY.match(bare)
    if match is None or match["path"] not in known:
        raise PixelSmileError(
            "lora_unknown_key",
            f"the LoRA file {name} has the key {key!r}, which belongs to no layer of the model",
            "use a LoRA made for Qwen-Image-Edit-2511; applying the rest alone would change the "
            "result silently",
        )
    part = {"A": "down", "B": "up"}.get(match["part"], match["part"])
    return known[match["path"]], part


def _pair(name: str, path: str, found: Mapping[str, torch.Tensor], stated: _Stated) -> Pair:
    if "down" not in found or "up" not in found:
        raise PixelSmileError(
            "lora_incomplete",
            f"the LoRA file {name} has only one half of the pair for {path}",
            "download the file again",
        )
    down, up = found["down"], found["up"]
    if down.ndim != 2 or up.ndim != 2 or down.shape[0] != up.shape[1]:
        raise PixelSmileError(
            "lora_incomplete",
            f"the two halves of the pair for {path} in the LoRA file {name} do not fit together",
            "download the file again",
        )
    rank = down.shape[0]
    if "alpha" in found:
        return Pair(down, up, float(found["alpha"]) / rank)
    alphas = stated.alphas
    alpha = next((v for end, v in alphas.items() if end and path.endswith(end)), alphas.get(""))
    divisor = math.sqrt(rank) if stated.by_root else rank
    return Pair(down, up, 1.0 if alpha is None else alpha / divisor)


def _read_stated(metadata: Mapping[str, str]) -> _Stated:
    try:
        config = json.loads(metadata.get(_METADATA, "{}"))
        config = {str(key).removeprefix("transformer."): value for key, value in config.items()}
        stated = {str(k).lstrip("^"): float(v) for k, v in config.get("alpha_pattern", {}).items()}
        if "lora_alpha" in config:
            stated[""] = float(config["lora_alpha"])
        return _Stated(stated, bool(config.get("use_rslora")))
    except (ValueError, TypeError, AttributeError):
        return _Stated({}, False)


def check_shapes(lora: LoraFile, shapes: Mapping[str, Sequence[int]]) -> None:
    """Raise `PixelSmileError` (`lora_mismatch`) unless every pair fits its layer's weight."""
    for path, pair in lora.pairs.items():
        rows, columns = pair.up.shape[0], pair.down.shape[1]
        if tuple(shapes[path]) != (rows, columns):
            raise PixelSmileError(
                "lora_mismatch",
                f"the LoRA file {lora.name} updates {path} as {rows} × {columns}, "
                f"and the model has it as {' × '.join(map(str, shapes[path]))}",
                "use a LoRA made for this model",
            )


def merged(weight: torch.Tensor, updates: Iterable[tuple[Pair, float]]) -> torch.Tensor:
    """The weight with the updates added, summed in float32 and rounded once.

    Args:
        weight: (rows, columns), not quantized: what is added to a quantized weight is lost.
        updates: pairs and what multiplies their effect.
    """
    total = weight.float()
    for pair, factor in updates:
        up, down = pair.up.to(weight.device).float(), pair.down.to(weight.device).float()
        total = total + (factor * pair.scale) * (up @ down)
    return total.to(weight.dtype)


def updates_of(loras: Iterable[LoadedLora], path: str) -> list[tuple[Pair, float]]:
    """What the LoRAs add to the weight of one layer, for `merged`."""
    return [(one.file.pairs[path], one.weight) for one in loras if path in one.file.pairs]


def adapter_name(index: int) -> str:
    """What peft calls the LoRA at that place in the list."""
    return f"lora_{index}"


def attach(transformer: Any, loras: Sequence[LoadedLora]) -> None:
    """Lay the pairs beside their layers with peft, so that a quantized weight stays as it is.

    Pairs of modulation layers are left to the table. Raises `PixelSmileError` when a layer that
    has a pair did not get it.
    """
    from peft import LoraConfig, inject_adapter_in_model

    for index, lora in enumerate(loras):
        pairs = {
            path: pair for path, pair in lora.file.pairs.items() if not is_modulation(f"{path}.")
        }
        if not pairs:
            continue
        name = adapter_name(index)
        ranks = {path: pair.down.shape[0] for path, pair in pairs.items()}
        config = LoraConfig(
            r=1,
            lora_alpha=1,
            target_modules=list(pairs),
            rank_pattern={f"^{re.escape(path)}": rank for path, rank in ranks.items()},
            alpha_pattern={f"^{re.escape(path)}": rank for path, rank in ranks.items()},
            init_lora_weights=False,
        )
        with warnings.catch_warnings():
            # That there is a LoRA already, and that this one cannot be merged: both are meant.
            warnings.simplefilter("ignore", UserWarning)
            inject_adapter_in_model(config, transformer, adapter_name=name)
        for path, pair in pairs.items():
            _fill(transformer.get_submodule(path), name, pair, lora.weight * pair.scale)
    names = [adapter_name(index) for index in range(len(loras))]
    for module in _adapted(transformer):
        module.set_adapter([name for name in names if name in module.lora_A])
    transformer.requires_grad_(False)


def _fill(layer: Any, name: str, pair: Pair, scale: float) -> None:
    with torch.no_grad():
        layer.lora_A[name].weight.copy_(pair.down)
        layer.lora_B[name].weight.copy_(pair.up)
    layer.scaling[name] = scale


def _adapted(transformer: nn.Module) -> Iterable[Any]:
    from peft.tuners.lora import LoraLayer

    return (module for module in transformer.modules() if isinstance(module, LoraLayer))


def attached_pairs(transformer: nn.Module) -> int:
    """How many pairs are active beside their layers."""
    return sum(len(module.active_adapters) for module in _adapted(transformer))
