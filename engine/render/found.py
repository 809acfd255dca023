"""The faces of a photo that nobody edits."""

from dataclasses import dataclass
from pathlib import Path

from engine import faces
from engine.faces.face import Face
from engine.photos import open_photo


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


def find_faces(source: Path) -> PhotoFaces:
    """Open a photo and find the faces in it; raises `PhotoError`. No face is no error here."""
    photo = open_photo(source)
    width, height = photo.size
    return PhotoFaces(width, height, tuple(faces.find_faces(photo.pixels)), photo.warnings)
