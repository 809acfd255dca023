"""The face's own frame: mesh points in units of the eye distance, upright and frontal."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.editors.instant.topology import OUTER_EYE_CORNERS

Float = NDArray[np.floating[Any]]

_BLOCK = 256  # points whose distances to all others stay in the processor's cache


@dataclass(frozen=True)
class FaceFrame:
    """A similarity between the photo's pixels and the face.

    Local axes of a face that looks into the camera: x to the viewer's right, y down, z away from
    the camera; the unit is the distance between the outer eye corners, the origin lies between
    them.

    Attributes:
        rotation: (3, 3), local axes → camera axes.
        origin: (3,) pixels.
        eye_distance: pixels, in three dimensions: a turned head does not shrink it.
    """

    rotation: Float
    origin: Float
    eye_distance: float

    def to_local(self, points: Float) -> Float:
        """(…, 3) pixels → local coordinates."""
        return ((points - self.origin) @ self.rotation / self.eye_distance).astype(np.float32)

    def to_pixels(self, vectors: Float) -> Float:
        """(…, 3) local displacements → (…, 2) pixel displacements as the camera sees them."""
        return (vectors @ self.rotation[:2].T * self.eye_distance).astype(np.float32)


def face_frame(landmarks: Float, rotation: Float) -> FaceFrame:
    """The frame of a face with (478, 3) landmarks in pixels and that head rotation."""
    corners = landmarks[list(OUTER_EYE_CORNERS)].astype(np.float64)
    return FaceFrame(
        rotation=rotation.astype(np.float32),
        origin=corners.mean(axis=0).astype(np.float32),
        eye_distance=float(np.linalg.norm(corners[1] - corners[0])),
    )


def depth_at(points: Float, landmarks: Float, reach_px: float) -> Float:
    """Depth (…,) at image points (…, 2), smooth between the (n, 3) landmarks.

    Inverse-distance weights of fourth order: exact enough near the mesh, level far from it, and
    without a linear system to solve.
    """
    flat = points.reshape(-1, 2)
    depth = np.empty(len(flat), np.float32)
    for start in range(0, len(flat), _BLOCK):
        block = slice(start, start + _BLOCK)
        weights = squared_distances(flat[block], landmarks[:, :2])
        weights += reach_px**2
        weights *= weights
        np.reciprocal(weights, out=weights)
        depth[block] = (weights @ landmarks[:, 2]) / weights.sum(axis=1)
    return depth.reshape(points.shape[:-1])


def squared_distances(a: Float, b: Float) -> Float:
    """(n, m) between points (n, 2) and (m, 2)."""
    x, y = np.subtract.outer(a[:, 0], b[:, 0]), np.subtract.outer(a[:, 1], b[:, 1])
    x *= x
    y *= y
    x += y
    return x
