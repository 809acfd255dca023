"""What is said in a picture about how it came about."""

from pathlib import PurePath

import msgspec

import engine
from engine.photos import Provenance
from engine.recipes import ModelChoice, PhotoEdit, Sampling
from engine.render.editors import complete

PROGRAM = f"PixelSmile Desktop {engine.__version__}"
_GENERATIVE = "pixelsmile"


def provenance_of(edit: PhotoEdit, editor: str, model: ModelChoice) -> Provenance:
    """For a photo that `editor` has edited as `edit` asks."""
    recipe = msgspec.json.encode(msgspec.structs.replace(edit, editor=editor)).decode()
    return _provenance(editor, recipe, model, edit.seed)


def provenance_of_whole(
    weights: dict[str, float], sampling: Sampling, model: ModelChoice, seed: int
) -> Provenance:
    """For a picture that the generative editor has made as a whole."""
    recipe = {"weights": weights, "sampling": sampling, "seed": seed}
    return _provenance(_GENERATIVE, msgspec.json.encode(recipe).decode(), model, seed)


def _provenance(editor: str, recipe: str, model: ModelChoice, seed: int) -> Provenance:
    if editor != _GENERATIVE:
        # It moves the photo's own pixels and makes none up.
        return Provenance("humanEdits", editor, recipe, PROGRAM)
    used = complete(model)
    return Provenance(
        "compositeWithTrainedAlgorithmicMedia",
        editor,
        recipe,
        PROGRAM,
        model=_name(used.path),
        loras=tuple(f"{_name(lora.path)} × {lora.weight:g}" for lora in used.loras),
        seed=seed,
    )


def _name(path: str) -> str:
    """The last part of a path: folders tell of the machine and its user."""
    return PurePath(path.replace("\\", "/")).name
