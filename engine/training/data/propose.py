"""Scores proposed from blendshapes, for a person to correct.

The instant editor's table says which action units make an expression; the blendshapes of a face
say how far each is drawn. The score is how far the face has gone along the expression's own line,
against the same person's neutral picture where there is one. It is a first guess: it ranks
pictures of one expression and does not tell apart what shares its units.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from engine.faces import find_faces
from engine.photos import open_photo, to_srgb8
from engine.recipes.expressions import expressions

_BLENDSHAPES: Mapping[str, tuple[str, ...]] = {
    "AU1": ("browInnerUp",),
    "AU2": ("browOuterUpLeft", "browOuterUpRight"),
    "AU4": ("browDownLeft", "browDownRight"),
    "AU5": ("eyeWideLeft", "eyeWideRight"),
    "AU6": ("cheekSquintLeft", "cheekSquintRight"),
    "AU7": ("eyeSquintLeft", "eyeSquintRight"),
    "AU9": ("noseSneerLeft", "noseSneerRight"),
    "AU10": ("mouthUpperUpLeft", "mouthUpperUpRight"),
    "AU12": ("mouthSmileLeft", "mouthSmileRight"),
    "AU14": ("mouthDimpleLeft", "mouthDimpleRight"),
    "AU15": ("mouthFrownLeft", "mouthFrownRight"),
    "AU17": ("mouthShrugLower",),
    "AU20": ("mouthStretchLeft", "mouthStretchRight"),
    "AU23": ("mouthPressLeft", "mouthPressRight"),
    "AU25": ("mouthLowerDownLeft", "mouthLowerDownRight"),
    "AU26": ("jawOpen",),
    "AU43": ("eyeBlinkLeft", "eyeBlinkRight"),
}
"""Action unit → what the blendshape network answers about it; the others it does not see."""


def read_blendshapes(photo: Path) -> dict[str, float] | None:
    """Of the largest face; None without one. Raises `PhotoError`."""
    opened = open_photo(photo)
    faces = find_faces(to_srgb8(opened.pixels, opened.icc))
    return dict(faces[0].blendshapes) if faces else None


def propose_scores(
    blendshapes: Mapping[str, float], neutral: Mapping[str, float] | None = None
) -> dict[str, float]:
    """Word → score, 0 to 1 in hundredths, for the twelve expressions.

    Args:
        blendshapes: of the picture.
        neutral: of the same person's face at rest; all at 0 unless given.
    """
    rest = neutral or {}
    scores: dict[str, float] = {}
    for one in expressions().values():
        line = {
            name: min(1.0, strength)
            for unit, strength in one.action_units.items()
            for name in _names(unit)
        }
        wanted = np.array(list(line.values()))
        shown = np.array([blendshapes.get(name, 0.0) - rest.get(name, 0.0) for name in line])
        share = float(wanted @ shown / (wanted @ wanted)) if len(wanted) else 0.0
        scores[one.word] = round(float(np.clip(share, 0.0, 1.0)), 2)
    return scores


def _names(unit: str) -> tuple[str, ...]:
    """`AU4` is both sides, `AU4L` the person's own left."""
    side = {"L": "Left", "R": "Right"}.get(unit[-1], "")
    names = _BLENDSHAPES.get(unit.rstrip("LR"), ())
    return tuple(name for name in names if name.endswith(side)) or names
