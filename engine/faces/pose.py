"""How a head is turned, from its 3-D landmarks and MediaPipe's canonical face.

Axes of the head: x to the viewer's right while the face looks into the camera, y down, z away
from the camera. Axes of the camera: x right, y down, z away, as pixels and landmarks have them.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from engine.faces.canonical import canonical_face
from engine.faces.face import HeadPose
from engine.faces.mesh import LEFT_EYE_OUTER, RIGHT_EYE_OUTER


def head_frame(landmarks: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the (3, 3) rotation from head axes to camera axes of (478, 3) landmarks.

    Its columns are the head's axes in the picture. Found by laying the canonical face over the
    landmarks (weighted orthogonal Procrustes) by those 33 points that expressions hardly move;
    so a smile or an open jaw does not nod the head. Landmarks that all coincide give the identity.
    """
    numbers, weights, reference = _rigid_points()
    points = np.asarray(landmarks, np.float64)[numbers]
    centred = points - weights @ points
    left, _, right = np.linalg.svd((centred * weights[:, None]).T @ reference)
    mirror = np.array([1.0, 1.0, np.sign(np.linalg.det(left @ right)) or 1.0])
    return left * mirror @ right


def eye_distance(landmarks: NDArray[np.floating]) -> float:
    """Return the 3-D distance in pixels between the outer corners of the eyes.

    It hardly changes while the head turns, so it is the unit for moving landmarks.
    """
    points = np.asarray(landmarks, np.float64)
    return float(np.linalg.norm(points[LEFT_EYE_OUTER] - points[RIGHT_EYE_OUTER]))


def head_pose(landmarks: NDArray[np.floating]) -> HeadPose:
    """Return yaw, pitch and roll in degrees, with the signs that `HeadPose` documents."""
    return pose_of_frame(head_frame(landmarks))


def pose_of_frame(frame: NDArray[np.floating]) -> HeadPose:
    """Return the pose of a (3, 3) head frame.

    Yaw and pitch say where in the picture the face looks; roll is the turn about that direction.
    Of a head seen from the side by 90 degrees, yaw is ±90 and roll remains defined.
    """
    looks_to = -np.asarray(frame, np.float64)[:, 2]
    yaw = np.arctan2(looks_to[0], -looks_to[2])
    pitch = np.arcsin(np.clip(-looks_to[1], -1, 1))
    unrolled = _towards(yaw, pitch).T @ frame
    roll = np.arctan2(unrolled[1, 0], unrolled[0, 0])
    return HeadPose(*(float(np.rad2deg(angle)) for angle in (yaw, pitch, roll)))


def frame_of_pose(pose: HeadPose) -> NDArray[np.float64]:
    """Return the (3, 3) head frame of a pose: the inverse of `pose_of_frame`."""
    cosine, sine = np.cos(np.deg2rad(pose.roll)), np.sin(np.deg2rad(pose.roll))
    rolled = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])
    return _towards(np.deg2rad(pose.yaw), np.deg2rad(pose.pitch)) @ rolled


def _towards(yaw: float, pitch: float) -> NDArray[np.float64]:
    """Return the (3, 3) frame of an unrolled head that looks to (yaw, pitch) in radians."""
    cosine, sine = np.cos(yaw), np.sin(yaw)
    turned = np.array([[cosine, 0, -sine], [0, 1, 0], [sine, 0, cosine]])
    cosine, sine = np.cos(pitch), np.sin(pitch)
    raised = np.array([[1, 0, 0], [0, cosine, sine], [0, -sine, cosine]])
    return turned @ raised


@lru_cache(maxsize=1)
def _rigid_points() -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]:
    """Return numbers (N,), weights (N,) that sum to 1, and (N, 3) centred canonical points."""
    face = canonical_face()
    weights = face.rigid_weights / face.rigid_weights.sum()
    reference = face.points[face.rigid_numbers]
    return face.rigid_numbers, weights, reference - weights @ reference
