"""Who is in the picture: identity embeddings, their comparison, and grouping into people."""

import threading
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from engine.faces.detector import quiet_opencv
from engine.faces.face import Face
from engine.faces.mesh import five_points
from engine.faces.sampling import Pixels, checked, sampled
from engine.weights.shipped import SFACE, shipped_model

SAME_PERSON = {128: 0.363, 512: 0.35}
"""Cosine above which two embeddings show one person, by embedding length.

128: SFace, the threshold that OpenCV documents for it. 512: ArcFace models of insightface.
"""

_SAMPLES = 112
# Where the five points lie in the 112-pixel crop that ArcFace and SFace were trained on.
_TEMPLATE = np.array(
    [
        [38.2946, 51.6963],
        [73.5318, 51.5014],
        [56.0252, 71.7366],
        [41.5493, 92.3655],
        [70.7299, 92.2041],
    ]
)


class IncomparableIdentitiesError(ValueError):
    """Two embeddings are of different networks, so their cosine would mean nothing."""

    def __init__(self, one: int, other: int) -> None:
        super().__init__(
            f"identities of {one} and {other} numbers come from different networks: "
            "read both faces with the same one"
        )


class _Network:
    """SFace, one run at a time: OpenCV's networks hold their buffers and are not thread-safe."""

    def __init__(self) -> None:
        import cv2

        model = np.frombuffer(shipped_model(SFACE.file_name), np.uint8)
        with quiet_opencv():
            # cv2.FaceRecognizerSF does not load this file on OpenCV 5.
            self._net = cv2.dnn.readNetFromONNX(model)
        self._lock = threading.Lock()

    def run(self, crop: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return (128,) of unit length for a (112, 112, 3) RGB crop."""
        blob = crop.transpose(2, 0, 1)[None].astype(np.float32)
        with self._lock:
            self._net.setInput(blob, "data")
            answer = np.array(self._net.forward(), np.float32).reshape(-1)
        return unit_length(answer)


@lru_cache(maxsize=1)
def _network() -> _Network:
    return _Network()


def read_identity(pixels: Pixels, landmarks: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return the (128,) unit-length SFace embedding of the face at (478, 3) landmarks.

    Raises:
        UnreadablePixelsError: `pixels` is no picture.
    """
    crop = sampled(checked(pixels), crop_to_photo(five_points(landmarks)), _SAMPLES)
    return _network().run(crop)


def crop_to_photo(points: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the (2, 3) similarity from the 112-pixel template crop to the photo.

    Least squares over the five points (Umeyama's closed form in the plane), never a reflection.
    """
    template = _TEMPLATE - _TEMPLATE.mean(axis=0)
    centre = np.asarray(points, np.float64).mean(axis=0)
    placed_points = points - centre
    # A similarity in the plane is one complex factor.
    factor = _complex(template).conj() @ _complex(placed_points) / (template**2).sum()
    if abs(factor) < 1e-6:
        factor = 1e-6 + 0j  # Coinciding points: a flat crop rather than no matrix.
    turn = np.array([[factor.real, -factor.imag], [factor.imag, factor.real]])
    return np.column_stack([turn, centre - turn @ _TEMPLATE.mean(axis=0)])


def cosine(one: NDArray[np.floating], other: NDArray[np.floating]) -> float:
    """Return the likeness of two embeddings, -1 to 1.

    Raises:
        IncomparableIdentitiesError: they differ in length.
    """
    if one.shape != other.shape:
        raise IncomparableIdentitiesError(one.size, other.size)
    return float(np.clip(unit_length(one) @ unit_length(other), -1, 1))


def same_person(one: NDArray[np.floating], other: NDArray[np.floating]) -> bool:
    """Tell whether two embeddings show one person, at the threshold of `SAME_PERSON`.

    Raises:
        IncomparableIdentitiesError: they differ in length.
    """
    return cosine(one, other) >= _threshold(one.size)


def group_people(faces: Sequence[Face]) -> list[int]:
    """Return a person number for each face, from one photo or many.

    Persons are numbered from 0 in order of their first face. A face belongs with others when its
    mean cosine to all of them reaches the threshold (average linkage), so that one odd likeness
    does not chain two people together. Embeddings of different length never meet.
    """
    groups: list[_Group] = []
    for index, face in enumerate(faces):
        _place(groups, index, unit_length(face.identity))
    _merge(groups)
    groups.sort(key=lambda group: min(group.members))
    persons = [0] * len(faces)
    for person, group in enumerate(groups):
        for index in group.members:
            persons[index] = person
    return persons


class _Group:
    """Faces held to be one person: their indices and the sum of their embeddings."""

    def __init__(self, index: int, identity: NDArray[np.floating]) -> None:
        self.members = [index]
        self.total = identity.astype(np.float64)

    def likeness(self, other: "_Group") -> float:
        """Return the mean cosine between the members of both, less the threshold."""
        if self.total.shape != other.total.shape:
            return -1.0
        pairs = len(self.members) * len(other.members)
        return float(self.total @ other.total) / pairs - _threshold(self.total.size)

    def take(self, other: "_Group") -> None:
        """Add the members of `other`."""
        self.members += other.members
        self.total = self.total + other.total


def _place(groups: list[_Group], index: int, identity: NDArray[np.floating]) -> None:
    single = _Group(index, identity)
    best = max(groups, key=single.likeness, default=None)
    if best is None or single.likeness(best) < 0:
        groups.append(single)
    else:
        best.take(single)


def _merge(groups: list[_Group]) -> None:
    """Join groups that turned out alike: the order of the faces must not split a person."""
    joined = True
    while joined:
        joined = False
        for at, group in enumerate(groups):
            rest = groups[at + 1 :]
            best = max(rest, key=group.likeness, default=None)
            if best is not None and group.likeness(best) >= 0:
                group.take(best)
                groups.remove(best)
                joined = True
                break


def unit_length(embedding: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return the embedding scaled to length 1; all zeros stay zeros."""
    length = float(np.linalg.norm(embedding))
    return np.asarray(embedding / length if length > 0 else embedding, np.float32)


def _threshold(length: int) -> float:
    return SAME_PERSON.get(length, SAME_PERSON[128])


def _complex(points: NDArray[np.float64]) -> NDArray[np.complex128]:
    return points[:, 0] + 1j * points[:, 1]
