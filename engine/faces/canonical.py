"""MediaPipe's canonical face: the mesh of an average, frontal head at rest.

It lies inside `face_landmarker.task` as a protocol buffer of four message kinds; the few lines
that read it here spare a dependency.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from engine.faces.mesh import landmarker_part
from engine.weights.shipped import FACE_LANDMARKER, ModelDamagedError

_PART = "geometry_pipeline_metadata_landmarks.binarypb"
_VERTEX_FLOATS = 5  # x, y, z, and two texture coordinates

# Field numbers, from MediaPipe's geometry_pipeline_metadata.proto and mesh_3d.proto.
_CANONICAL_MESH, _RIGID_POINT = 1, 2
_VERTICES, _TRIANGLES = 3, 4
_NUMBER, _WEIGHT = 1, 2


@dataclass(frozen=True)
class CanonicalFace:
    """The average head, in centimetres, in head axes: x to the viewer's right, y down, z away.

    Attributes:
        points: (468, 3) float64; the mesh's points without the ten of the irises.
        triangles: (898, 3) corner numbers.
        rigid_numbers: (33,) points that expressions hardly move.
        rigid_weights: (33,) how much each of them counts.
    """

    points: NDArray[np.float64]
    triangles: NDArray[np.intp]
    rigid_numbers: NDArray[np.intp]
    rigid_weights: NDArray[np.float64]


@lru_cache(maxsize=1)
def canonical_face() -> CanonicalFace:
    """Return the canonical face from the shipped file, read once per process.

    Raises:
        ModelMissingError, ModelDamagedError: the shipped file cannot be used.
    """
    try:
        return _parsed(landmarker_part(_PART))
    except (IndexError, KeyError, ValueError) as error:
        raise ModelDamagedError(FACE_LANDMARKER.file_name) from error


def _parsed(content: bytes) -> CanonicalFace:
    mesh: dict[int, list[bytes | int]] = {}
    numbers: list[int] = []
    weights: list[float] = []
    for field, value in _fields(content):
        if field == _CANONICAL_MESH and isinstance(value, bytes):
            for inner_field, inner in _fields(value):
                mesh.setdefault(inner_field, []).append(inner)
        elif field == _RIGID_POINT and isinstance(value, bytes):
            entry = dict(_fields(value))
            numbers.append(int(entry[_NUMBER]))
            weights.append(float(np.frombuffer(_bytes(entry[_WEIGHT]), "<f4")[0]))
    floats = _packed_floats(mesh[_VERTICES]).reshape(-1, _VERTEX_FLOATS)
    # The file counts y upwards and z towards the viewer.
    points = floats[:, :3].astype(np.float64) * [1.0, -1.0, -1.0]
    triangles = np.array(_packed_numbers(mesh[_TRIANGLES]), np.intp).reshape(-1, 3)
    return CanonicalFace(points, triangles, np.array(numbers, np.intp), np.array(weights))


def _fields(content: bytes) -> Iterator[tuple[int, bytes | int]]:
    """Yield field number and raw value of one protocol buffer message."""
    at = 0
    while at < len(content):
        key, at = _varint(content, at)
        kind = key & 7
        if kind == 0:
            value, at = _varint(content, at)
            yield key >> 3, value
        else:
            length, at = _varint(content, at) if kind == 2 else ({1: 8, 5: 4}[kind], at)
            yield key >> 3, content[at : at + length]
            at += length


def _varint(content: bytes, at: int) -> tuple[int, int]:
    """Return a variable-length number and where it ends."""
    value = shift = 0
    while True:
        byte = content[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _packed_floats(parts: list[bytes | int]) -> NDArray[np.float32]:
    return np.frombuffer(b"".join(_bytes(part) for part in parts), "<f4")


def _packed_numbers(parts: list[bytes | int]) -> list[int]:
    """Return numbers written one per field or many in one field."""
    numbers: list[int] = []
    for part in parts:
        if isinstance(part, int):
            numbers.append(part)
            continue
        at = 0
        while at < len(part):
            number, at = _varint(part, at)
            numbers.append(number)
    return numbers


def _bytes(value: bytes | int) -> bytes:
    if isinstance(value, int):
        raise ValueError("expected bytes, found a number")
    return value
