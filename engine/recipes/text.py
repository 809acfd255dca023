"""The text form of recipes: small, diffable, versioned JSON that round-trips."""

from typing import Any, TypeVar

import msgspec

from engine.recipes.edits import PhotoEdit
from engine.recipes.presets import Preset

VERSION = 1

Recipe = PhotoEdit | Preset
T = TypeVar("T", PhotoEdit, Preset)


class RecipeError(ValueError):
    """Text that is no recipe this program can read; says why in one sentence."""


def to_text(recipe: Recipe) -> str:
    """Indented JSON with the version on top; `from_text` gives an equal recipe back."""
    body = {"pixelsmile_recipe": VERSION, "kind": type(recipe).__name__}
    body |= msgspec.to_builtins(recipe)
    return msgspec.json.format(msgspec.json.encode(body), indent=2).decode() + "\n"


def from_text(text: str, kind: type[T]) -> T:
    """Read what `to_text` wrote; raises `RecipeError`."""
    try:
        body = msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise RecipeError(f"this is not a recipe: {error}") from error
    version = body.pop("pixelsmile_recipe", None)
    if not isinstance(version, int):
        raise RecipeError("this is not a recipe: it carries no version")
    if version > VERSION:
        raise RecipeError(
            f"this recipe has version {version} and this program reads up to {VERSION}; "
            "update the program"
        )
    found = body.pop("kind", None)
    if found != kind.__name__:
        raise RecipeError(f"this recipe is a {found}, not a {kind.__name__}")
    try:
        return msgspec.convert(body, kind)
    except (msgspec.ValidationError, ValueError) as error:
        raise RecipeError(f"this recipe has a fault: {error}") from error
