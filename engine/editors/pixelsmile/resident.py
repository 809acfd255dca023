"""The one model that a process keeps loaded."""

import threading
from dataclasses import dataclass
from pathlib import Path

import msgspec
import platformdirs

from engine.editors.base import OnStep
from engine.editors.pixelsmile.loading import Model, load_model
from engine.editors.pixelsmile.memory import release
from engine.recipes.generative import Lora, ModelChoice, Resolution

BASE_NAME, LORA_NAME = "qwen-image-edit-2511", "pixelsmile-human-preview"
"""Installed models that are used when the user names none."""


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
    from engine.weights import locate

    choice = complete(choice)
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


def complete(choice: ModelChoice) -> ModelChoice:
    """The choice with the installed models where the user names none."""
    return msgspec.structs.replace(
        choice, path=choice.path or BASE_NAME, loras=choice.loras or (Lora(LORA_NAME),)
    )


def cache_folder() -> Path:
    """Where quantized weights and tables are kept for the next start."""
    return platformdirs.user_cache_path("pixelsmile", appauthor=False) / "weights"
