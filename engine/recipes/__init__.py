"""What to do, as plain frozen data: expressions, intensities, curves, edits, presets, names.

Imports the standard library and msgspec alone.
"""

from engine.recipes.curves import Curve, Easing, Keyframe, constant, ramp
from engine.recipes.edits import EditorName, FaceChoice, FaceEdit, PhotoEdit, still
from engine.recipes.export import (
    AS_IT_CAME,
    ColourProfile,
    Consent,
    Export,
    ExportPreset,
    OutputFormat,
    Stripped,
    shipped_export_presets,
)
from engine.recipes.expressions import (
    RESOURCES,
    Expression,
    UnknownExpressionError,
    expression,
    expressions,
)
from engine.recipes.generative import (
    REVIEW_FOLDER,
    Limits,
    Lora,
    ModelChoice,
    Resolution,
    Sampling,
    parse_resolution,
)
from engine.recipes.intensities import MAX_INTENSITY, Intensities, IntensityError
from engine.recipes.presets import Preset, shipped_presets
from engine.recipes.sidecar import SavedEdit, Sidecar, SidecarError, read_sidecar, save_edits
from engine.recipes.text import RecipeError, from_text, to_text

__all__ = [
    "AS_IT_CAME",
    "MAX_INTENSITY",
    "RESOURCES",
    "REVIEW_FOLDER",
    "ColourProfile",
    "Consent",
    "Curve",
    "Easing",
    "EditorName",
    "Export",
    "ExportPreset",
    "Expression",
    "FaceChoice",
    "FaceEdit",
    "Intensities",
    "IntensityError",
    "Keyframe",
    "Limits",
    "Lora",
    "ModelChoice",
    "OutputFormat",
    "PhotoEdit",
    "Preset",
    "RecipeError",
    "Resolution",
    "Sampling",
    "SavedEdit",
    "Sidecar",
    "SidecarError",
    "Stripped",
    "UnknownExpressionError",
    "constant",
    "expression",
    "expressions",
    "from_text",
    "parse_resolution",
    "ramp",
    "read_sidecar",
    "save_edits",
    "shipped_export_presets",
    "shipped_presets",
    "still",
    "to_text",
]
