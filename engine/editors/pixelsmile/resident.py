"""The one model that a process keeps loaded."""

import threading
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from engine.editors.base import OnStep
from engine.editors.pixelsmile.loading import load_model
from engine.editors.pixelsmile.memory import release
from engine.editors.pixelsmile.model import Model
from engine.recipes.generative import ModelChoice, Resolution
from engine.weights import locate


@dataclass
class _Resident:
    choice: ModelChoice
    side_px: int
    model: Model


_lock = threading.Lock()
_resident: list[_Resident] = []


def load(choice: ModelChoice, resolution: Resolution, on_step: OnStep) -> Model:
    """The model of that choice; another one leaves memory first.

    Raises `PixelSmileError`, `WeightsError` and whatever `on_step` raises.
    """
    side_px = max(resolution.output_px, resolution.reference_px)
    with _lock:
        for resident in _resident:
            if resident.choice == choice and resident.side_px >= side_px:
                return resident.model
        unload()
        model = load_model(
            choice, locate=locate, on_step=on_step, cache=cache_folder(), side_px=side_px
        )
        _resident.append(_Resident(choice, side_px, model))
        return model


def unload() -> None:
    """Let the model go."""
    while _resident:
        device = _resident.pop().model.device
        release(device)


def cache_folder() -> Path:
    """Where quantized weights and tables are kept for the next start."""
    return platformdirs.user_cache_path("pixelsmile", appauthor=False) / "weights"
