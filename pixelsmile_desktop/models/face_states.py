"""What a photo's faces show, in words for its filters."""

from collections.abc import Sequence
from typing import Literal

from engine.library import KnownFace
from engine.protocol import FaceReport

FaceState = Literal["eyes closed", "not smiling"]

_SMILE = 0.4  # as the engine's reading of faces has it
_MAIN = 0.25  # of the largest face's area; smaller ones are passers-by


def face_states(faces: Sequence[KnownFace]) -> frozenset[FaceState]:
    """What at least one of the photo's main faces shows."""
    if not faces:
        return frozenset()
    largest = max(_area(one.report) for one in faces)
    found: set[FaceState] = set()
    for face in faces:
        report = face.report
        if _area(report) < largest * _MAIN:
            continue
        if "eyes closed" in report.reading:
            found.add("eyes closed")
        if not _smiles(report):
            found.add("not smiling")
    return frozenset(found)


def _area(report: FaceReport) -> float:
    return report.box[2] * report.box[3]


def _smiles(report: FaceReport) -> bool:
    left = report.blendshapes.get("mouthSmileLeft", 0.0)
    right = report.blendshapes.get("mouthSmileRight", 0.0)
    return "smiling" in report.reading or (left + right) / 2 >= _SMILE
