"""Faces in photos: where they are, how they look, who they are.

The names below load on first use, so that the plain data of `engine.faces.face` costs no cv2.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.faces.canonical import CanonicalFace, canonical_face
    from engine.faces.face import Box, Face, HeadPose
    from engine.faces.identity import (
        IncomparableIdentitiesError,
        cosine,
        group_people,
        read_identity,
        same_person,
    )
    from engine.faces.mesh import BLENDSHAPE_NAMES, blendshapes_of
    from engine.faces.pose import eye_distance, head_frame, head_pose
    from engine.faces.provider import (
        FaceProvider,
        InsightFaceMissingError,
        InsightFacePackMissingError,
        InsightFaces,
        LicenceNotAcceptedError,
        ShippedFaces,
        find_faces,
        read_mesh,
    )
    from engine.faces.reading import Reading, read_state
    from engine.faces.sampling import UnreadablePixelsError

_HOMES = {
    "BLENDSHAPE_NAMES": "mesh",
    "Box": "face",
    "CanonicalFace": "canonical",
    "Face": "face",
    "FaceProvider": "provider",
    "HeadPose": "face",
    "IncomparableIdentitiesError": "identity",
    "InsightFaceMissingError": "provider",
    "InsightFacePackMissingError": "provider",
    "InsightFaces": "provider",
    "LicenceNotAcceptedError": "provider",
    "Reading": "reading",
    "ShippedFaces": "provider",
    "UnreadablePixelsError": "sampling",
    "blendshapes_of": "mesh",
    "canonical_face": "canonical",
    "cosine": "identity",
    "eye_distance": "pose",
    "find_faces": "provider",
    "group_people": "identity",
    "head_frame": "pose",
    "head_pose": "pose",
    "read_identity": "identity",
    "read_mesh": "provider",
    "read_state": "reading",
    "same_person": "identity",
}

__all__ = [
    "BLENDSHAPE_NAMES",
    "Box",
    "CanonicalFace",
    "Face",
    "FaceProvider",
    "HeadPose",
    "IncomparableIdentitiesError",
    "InsightFaceMissingError",
    "InsightFacePackMissingError",
    "InsightFaces",
    "LicenceNotAcceptedError",
    "Reading",
    "ShippedFaces",
    "UnreadablePixelsError",
    "blendshapes_of",
    "canonical_face",
    "cosine",
    "eye_distance",
    "find_faces",
    "group_people",
    "head_frame",
    "head_pose",
    "read_identity",
    "read_mesh",
    "read_state",
    "same_person",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
