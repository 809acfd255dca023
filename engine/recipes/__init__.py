"""What to do, as plain frozen data: expressions, intensities, curves, edits, presets, names.

Imports the standard library and msgspec alone.
"""

from engine.recipes.curves import Curve, Easing, Keyframe, constant, ramp
from engine.recipes.edits import EditorName, FaceChoice, FaceEdit, PhotoEdit, still
from engine.recipes.expressions import (
    RESOURCES,
    Expression,
    UnknownExpressionError,
    expression,
    expressions,
)
from engine.recipes.generative import Lora, ModelChoice, Resolution, Sampling, parse_resolution
from engine.recipes.intensities import MAX_INTENSITY, Intensities, IntensityError
from engine.recipes.presets import Preset, shipped_presets
from engine.recipes.text import RecipeError, from_text, to_text

__all__ = [
    "MAX_INTENSITY",
    "RESOURCES",
    "Curve",
    "Easing",
    "EditorName",
    "Expression",
    "FaceChoice",
    "FaceEdit",
    "Intensities",
    "IntensityError",
    "Keyframe",
    "Lora",
    "ModelChoice",
    "PhotoEdit",
    "Preset",
    "RecipeError",
    "Resolution",
    "Sampling",
    "UnknownExpressionError",
    "constant",
    "expression",
    "expressions",
    "from_text",
    "parse_resolution",
    "ramp",
    "shipped_presets",
    "still",
    "to_text",
]
