"""What to do to a face and to a photo. A still is a timeline of one frame."""

from typing import Literal

import msgspec

from engine.recipes.curves import Curve, constant
from engine.recipes.expressions import expression
from engine.recipes.generative import Sampling
from engine.recipes.intensities import Intensities

FaceChoice = int | Literal["all", "largest"]
"""A face by its number, counted from 1 with the largest first; or all; or the largest."""

EditorName = Literal["auto", "instant", "pixelsmile"]


class FaceEdit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one face, or each of several, shall show: one intensity curve per expression."""

    curves: dict[str, Curve]
    face: FaceChoice = "all"

    def __post_init__(self) -> None:
        for name in self.curves:
            expression(name)
        if isinstance(self.face, int) and self.face < 1:
            raise ValueError("faces are counted from 1")

    def at(self, frame: float) -> Intensities:
        """The intensities on that frame."""
        return Intensities({name: curve.at(frame) for name, curve in self.curves.items()})


class PhotoEdit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A photo's edit: faces and editor. Seed and sampling matter to generative editors only."""

    faces: tuple[FaceEdit, ...]
    editor: EditorName = "auto"
    seed: int = 42
    sampling: Sampling = Sampling()


def still(intensities: Intensities, face: FaceChoice = "all") -> FaceEdit:
    """The edit of a single picture."""
    return FaceEdit({name: constant(value) for name, value in intensities.values.items()}, face)
