"""Which editor does the work."""

import importlib.util
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from engine.recipes import EditorName, Lora, ModelChoice, Sampling
from engine.render.errors import RenderError

if TYPE_CHECKING:
    from engine.editors.base import Editor

NEEDED = ("torch", "accelerate", "diffusers", "peft", "safetensors", "transformers")
"""Packages without which the generative editor cannot run."""


DEFAULT_MODELS = ("qwen-image-edit-2511", "pixelsmile-human-preview")
"""What it loads when nothing else is named: base and LoRA, as the catalogue calls them."""


def choose_editor(
    name: EditorName,
    sampling: Sampling = Sampling(),
    model: ModelChoice = ModelChoice(),
) -> "Editor":
    """The editor of that name; `auto` is the instant one, which runs everywhere.

    Raises `RenderError` (`editor_unavailable`) when its packages are not installed.
    """
    if name == "pixelsmile":
        check_installed()
        from engine.editors.pixelsmile import PixelSmileEditor

        return PixelSmileEditor(complete(model), sampling)
    return _instant()


def complete(model: ModelChoice) -> ModelChoice:
    """The choice with the usual models where none are named."""
    base, lora = DEFAULT_MODELS
    loras = tuple(
        one if one.path else msgspec.structs.replace(one, path=lora)
        for one in model.loras or (Lora(lora),)
    )
    return msgspec.structs.replace(model, path=model.path or base, loras=loras)


def check_installed() -> None:
    """Raise `RenderError` (`editor_unavailable`) unless the generative editor's packages are."""
    missing = [package for package in NEEDED if importlib.util.find_spec(package) is None]
    if missing:
        raise RenderError(
            "editor_unavailable",
            f"the editor pixelsmile needs Python packages that are not installed "
            f"({', '.join(missing)})",
            "install pixelsmile-desktop[pixelsmile], or use the editor instant",
        )


@cache
def _instant() -> "Editor":
    from engine.editors.instant import InstantEditor

    return InstantEditor()
