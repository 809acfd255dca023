"""Whether the edited face is still the same person's: read again from the edited pixels."""

from collections.abc import Iterable, Sequence

from engine.faces import cosine, read_mesh
from engine.faces.face import Face
from engine.render.canvas import Pixels

_PRESENCE = 0.5
"""Below it, what stands where the face was is no face any more."""


def lowest_identity(pixels: Pixels, faces: Sequence[Face], numbers: Iterable[int]) -> float | None:
    """The lowest cosine, −1 to 1, between the faces of these numbers and their edited selves.

    `pixels` is the edited photo, `faces` those of the original. None when a face cannot be read
    any more.
    """
    cosines: list[float] = []
    for number in numbers:
        before = faces[number - 1]
        after = read_mesh(pixels, before)
        if after.score < _PRESENCE:
            return None
        cosines.append(cosine(before.identity, after.identity))
    return min(cosines, default=None)
