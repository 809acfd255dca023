"""The faces of a photo that nobody edits."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from engine import faces
from engine.faces.face import Face
from engine.photos import glance_at
from engine.render.frames import scaled_face


@dataclass(frozen=True)
class PhotoFaces:
    """Who is in a photo.

    Attributes:
        width, height: of the upright photo in pixels.
        faces: the largest first; empty when nobody was found.
        warnings: sentences about what was odd but did not stop the work.
    """

    width: int
    height: int
    faces: tuple[Face, ...]
    warnings: tuple[str, ...]


ProviderName = Literal["shipped", "insightface"]


def find_faces(
    source: Path, provider: ProviderName = "shipped", *, licence_accepted: bool = False
) -> PhotoFaces:
    """Open a photo and find the faces in it. No face is no error here.

    Raises:
        PhotoError: the photo cannot be opened.
        InsightFaceError: insightface was asked for, and is not there or its licence not accepted.
    """
    finder = _provider(provider, licence_accepted)
    glance = glance_at(source)
    width, height = glance.size
    seen_width, seen_height = glance.photo.size
    x, y = width / seen_width, height / seen_height
    found = faces.find_faces(glance.photo.pixels, finder)
    return PhotoFaces(
        width, height, tuple(scaled_face(face, x, y) for face in found), glance.photo.warnings
    )


@cache
def _provider(name: ProviderName, licence_accepted: bool) -> faces.FaceProvider:
    """Loaded once a process: insightface takes seconds."""
    if name == "insightface":
        return faces.InsightFaces(licence_accepted=licence_accepted)
    return faces.ShippedFaces()
