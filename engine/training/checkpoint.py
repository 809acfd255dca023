"""All that a run needs to go on as if it had never stopped, in one folder, whole or not there.

Weights, optimizer and mean are safetensors, the rest is JSON; nothing is pickled. Randomness needs
no state of its own: every draw is a function of the seed and the position (`schedule`).
"""

import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from engine.training.errors import TrainingError

FOLDER = "checkpoints"
_NAME = re.compile(r"step-(\d{8})$")
_VERSION = 1


class State(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is not tensors.

    Attributes:
        step: steps of the optimizer that were done.
        position: triplets that were seen; the next batch begins there.
        seed: of the run's draws.
        triplets: of the data set; with another number the order would be another.
        fingerprint: of the configuration and data that decide what is learnt.
        sizes: file → bytes, so that a cut-off copy is noticed.
    """

    step: int
    position: int
    seed: int
    triplets: int
    fingerprint: str
    sizes: dict[str, int]
    version: int = _VERSION


@dataclass(frozen=True)
class Loaded:
    """What was read back; `mean` is empty where no running mean is kept."""

    state: State
    weights: dict[str, torch.Tensor]
    optimizer: dict[str, torch.Tensor]
    mean: dict[str, torch.Tensor]


def optimizer_tensors(
    optimizer: torch.optim.Optimizer, weights: Mapping[str, torch.nn.Parameter]
) -> dict[str, torch.Tensor]:
    """The optimizer's state under `WEIGHT/KEY`, such as `….down/exp_avg`."""
    return {
        f"{name}/{key}": value if torch.is_tensor(value) else torch.tensor(float(value))
        for name, weight in weights.items()
        for key, value in optimizer.state.get(weight, {}).items()
    }


def restore_optimizer(
    optimizer: torch.optim.Optimizer,
    weights: Mapping[str, torch.nn.Parameter],
    tensors: Mapping[str, torch.Tensor],
) -> None:
    """The inverse of `optimizer_tensors`. Raises `TrainingError` for a state of other weights."""
    optimizer.state.clear()
    for full_name, tensor in tensors.items():
        name, _, key = full_name.rpartition("/")
        if name not in weights:
            raise _unfit(f"it has an optimizer's state for {name}, which is not trained")
        weight = weights[name]
        # AdamW keeps its count of steps on the processor.
        place = tensor if key == "step" else tensor.to(weight.device)
        optimizer.state[weight][key] = place.clone()


def save_checkpoint(
    run: Path,
    state: State,
    weights: Mapping[str, torch.Tensor],
    optimizer: Mapping[str, torch.Tensor],
    mean: Mapping[str, torch.Tensor],
    keep: int,
) -> Path:
    """Write a checkpoint beside its name and rename it; returns its folder.

    Older ones go when the new one is whole; `keep` of 0 keeps all.
    """
    folder = run / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    final = folder / f"step-{state.step:08d}"
    partial = folder / f"{final.name}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    parts = {"weights": weights, "optimizer": optimizer, "mean": mean}
    sizes: dict[str, int] = {}
    for name, tensors in parts.items():
        if not tensors:
            continue
        file = partial / f"{name}.safetensors"
        save_file({k: one.detach().cpu().contiguous() for k, one in tensors.items()}, file)
        sizes[file.name] = _settled(file)
    file = partial / "state.json"
    state = msgspec.structs.replace(state, sizes=sizes)
    file.write_bytes(msgspec.json.format(msgspec.json.encode(state)) + b"\n")
    _settled(file)
    shutil.rmtree(final, ignore_errors=True)  # of a run that was resumed from an earlier one
    partial.rename(final)
    _sync_folder(folder)
    if keep:
        for old in checkpoints(run)[:-keep]:
            shutil.rmtree(old, ignore_errors=True)
    return final


def checkpoints(run: Path) -> list[Path]:
    """Whole checkpoints, oldest first."""
    folder = run / FOLDER
    found = [one for one in folder.glob("step-*") if _NAME.match(one.name)]
    return sorted(one for one in found if _is_whole(one))


def load_checkpoint(folder: Path) -> Loaded:
    """Read a checkpoint. Raises `TrainingError` (`checkpoint_unreadable`)."""
    try:
        state = read_state(folder)
        tensors: dict[str, Any] = {
            name: load_file(folder / f"{name}.safetensors")
            if f"{name}.safetensors" in state.sizes
            else {}
            for name in ("weights", "optimizer", "mean")
        }
    except (OSError, SafetensorError, msgspec.MsgspecError) as error:
        raise TrainingError(
            "checkpoint_unreadable",
            f"the checkpoint {folder.name} is damaged",
            "delete it; the run goes on from the one before",
        ) from error
    return Loaded(state, **tensors)


def restore_weights(weights: Mapping[str, torch.Tensor], saved: Mapping[str, torch.Tensor]) -> None:
    """Copy saved weights into place. Raises `TrainingError` (`checkpoint_unfit`)."""
    if set(weights) != set(saved):
        raise _unfit("its layers are not those that the configuration trains")
    with torch.no_grad():
        for name, weight in weights.items():
            if weight.shape != saved[name].shape:
                raise _unfit(f"{name} has another shape")
            weight.copy_(saved[name])


def read_state(folder: Path) -> State:
    """What is not tensors. Raises `OSError`, `MsgspecError`."""
    return msgspec.json.decode((folder / "state.json").read_bytes(), type=State)


def _is_whole(folder: Path) -> bool:
    try:
        sizes = read_state(folder).sizes
        return all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, msgspec.MsgspecError):
        return False


def _settled(file: Path) -> int:
    """Push a file's bytes to the disk; returns how many."""
    with file.open("rb") as opened:
        os.fsync(opened.fileno())
    return file.stat().st_size


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _unfit(what: str) -> TrainingError:
    return TrainingError(
        "checkpoint_unfit",
        f"the checkpoint does not fit: {what}",
        "resume with the configuration that it was made with",
    )


def fingerprint_of(*parts: Any) -> str:
    """Of what decides what is learnt, as JSON."""
    import hashlib

    text = json.dumps([msgspec.to_builtins(one) for one in parts], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
