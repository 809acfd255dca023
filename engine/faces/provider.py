"""Who finds the faces: the shipped networks, or insightface where the user turned it on."""

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.faces.detector import Detection, detect, in_order, shared_area
from engine.faces.face import Box, Face
from engine.faces.identity import read_identity, unit_length
from engine.faces.mesh import (
    MIN_PRESENCE,
    Mesh,
    blendshapes_of,
    box_of,
    read_detection,
    read_region,
    region_of_landmarks,
)
from engine.faces.orientation import SURE_SCORE, upright_points
from engine.faces.pose import head_pose
from engine.faces.sampling import Pixels, checked, shrunk

_SURE_PRESENCE = 0.95
_SAME_MESH = 0.5  # Intersection over union of two meshes above which they are of one face.
_LONGEST_SIDE = 2400  # What insightface is given; it shrinks to 640 itself.


class FaceProvider(Protocol):
    """Finds faces in a photo."""

    def find(self, pixels: Pixels) -> tuple[Face, ...]:
        """Return the faces of an upright photo, largest first."""
        ...


class ShippedFaces:
    """Faces by the networks that ship with the project. Safe to use from several threads."""

    def find(self, pixels: Pixels) -> tuple[Face, ...]:
        """Return the faces of an upright photo, largest first; none in a photo without faces.

        Raises:
            UnreadablePixelsError: `pixels` is no picture.
            ModelMissingError, ModelDamagedError: a shipped network cannot be used.
        """
        photo = checked(pixels)
        return _faces(photo, detect(photo), lambda index, mesh: read_identity(photo, mesh))


class InsightFaceError(Exception):
    """insightface cannot be used; `code`, `reason` and `remedy` say which way and what to do."""

    def __init__(self, code: str, reason: str, remedy: str) -> None:
        self.code = code
        self.reason = reason
        self.remedy = f"{remedy}, or keep the built-in face detection"
        super().__init__(f"{reason[0].upper()}{reason[1:]}: {self.remedy}.")


class LicenceNotAcceptedError(InsightFaceError):
    """insightface was asked for without accepting the licence of its networks."""

    def __init__(self) -> None:
        super().__init__(
            "licence_not_accepted",
            "the insightface model packs are licensed for non-commercial research only",
            "accept this licence to use them",
        )


class InsightFaceMissingError(InsightFaceError):
    """The insightface package is not installed, or does not work here."""

    def __init__(self) -> None:
        super().__init__(
            "insightface_missing",
            "the insightface package is not installed",
            "install the extra “pixelsmile-desktop[insightface]”",
        )


class InsightFacePackMissingError(InsightFaceError):
    """The model pack is not on this computer; nothing is downloaded on the user's behalf."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            "insightface_pack_missing",
            f"the insightface model pack {folder.name} is missing or incomplete",
            f"unpack it into {folder}",
        )
        self.folder = folder


class InsightFaces:
    """Boxes and identities by insightface; meshes and blendshapes by the shipped networks.

    Its identities are (512,) and compare only with each other. Its networks are for
    non-commercial research, which the caller confirms by `licence_accepted`.
    """

    def __init__(
        self,
        *,
        licence_accepted: bool,
        pack: str = "buffalo_l",
        root: Path | None = None,
    ) -> None:
        """Load the pack from `root`/models/`pack`; `root` is ~/.insightface by default.

        Raises:
            LicenceNotAcceptedError: `licence_accepted` is False.
            InsightFaceMissingError: the package cannot be imported.
            InsightFacePackMissingError: the pack's files are not there.
        """
        if not licence_accepted:
            raise LicenceNotAcceptedError
        try:
            analysis = import_module("insightface.app").FaceAnalysis
        except (ImportError, AttributeError) as error:
            raise InsightFaceMissingError from error
        home = root if root is not None else Path.home() / ".insightface"
        folder = home / "models" / pack
        # insightface downloads a pack that it does not find: look first.
        if not any(folder.glob("*.onnx")):
            raise InsightFacePackMissingError(folder)
        self._analysis = _prepared(analysis, home, folder)

    def find(self, pixels: Pixels) -> tuple[Face, ...]:
        """Return the faces of an upright photo, largest first.

        Raises:
            UnreadablePixelsError: `pixels` is no picture.
            ModelMissingError, ModelDamagedError: a shipped network cannot be used.
        """
        photo = checked(pixels)
        scale = min(1.0, _LONGEST_SIDE / max(photo.shape[:2]))
        answers = self._analysis.get(np.ascontiguousarray(shrunk(photo, scale)[:, :, ::-1]))
        pairs = [(_detection(answer, scale), answer.normed_embedding) for answer in answers]
        found = in_order([one for one, _ in pairs])
        identity = {id(one): unit_length(np.asarray(embedding)) for one, embedding in pairs}
        return _faces(photo, found, lambda index, mesh: identity[id(found[index])])


def _prepared(analysis: Any, home: Path, folder: Path) -> Any:
    """Build insightface's analysis on the CPU.

    Raises:
        InsightFacePackMissingError: the pack lacks its detector or its recogniser.
    """
    try:
        loaded = analysis(
            name=folder.name,
            root=str(home),
            allowed_modules=["detection", "recognition"],
            providers=["CPUExecutionProvider"],
        )
        loaded.prepare(ctx_id=-1, det_size=(640, 640))
    except AssertionError as error:  # insightface's only word for a pack without detector
        raise InsightFacePackMissingError(folder) from error
    if "recognition" not in loaded.models:
        raise InsightFacePackMissingError(folder)
    return loaded


def _detection(answer: Any, scale: float) -> Detection:
    left, top, right, bottom = (float(value) / scale for value in answer.bbox)
    points = (np.asarray(answer.kps, np.float64) + 0.5) / scale - 0.5
    return Detection(Box(left, top, right - left, bottom - top), float(answer.det_score), points)


def _faces(
    photo: Pixels,
    found: Sequence[Detection],
    identity: Callable[[int, NDArray[np.float32]], NDArray[np.float32]],
) -> tuple[Face, ...]:
    """Read detections in order; drop what is no face, or a second sight of an earlier one."""
    faces: list[Face] = []
    taken: list[Box] = []
    for index, one in enumerate(found):
        mesh = _mesh(photo, one)
        place = box_of(mesh.landmarks)
        seen = any(shared_area(place, other)[0] > _SAME_MESH for other in taken)
        if mesh.presence >= MIN_PRESENCE and not seen:
            taken.append(place)
            known = identity(index, mesh.landmarks)
            faces.append(_face(one.box, one.score, mesh.landmarks, known))
    return tuple(faces)


def _mesh(photo: Pixels, one: Detection) -> Mesh:
    """Read a detection's mesh, looking which way up it is where there is doubt."""
    if one.score >= SURE_SCORE:
        mesh = read_detection(photo, one)
        if mesh.presence >= _SURE_PRESENCE:
            return mesh
    return read_detection(photo, upright_points(photo, one))


def _face(
    box: Box, score: float, landmarks: NDArray[np.float32], identity: NDArray[np.float32]
) -> Face:
    return Face(box, score, landmarks, blendshapes_of(landmarks), head_pose(landmarks), identity)


def find_faces(pixels: Pixels, provider: FaceProvider | None = None) -> tuple[Face, ...]:
    """Return the faces of an upright photo; face 1 is the largest.

    Args:
        pixels: (H, W, C) or (H, W), uint8 or uint16; C is 1 (grey), 2 (grey + alpha), 3 (RGB)
            or 4 (RGBA).
        provider: who looks; the shipped networks by default.

    Raises:
        UnreadablePixelsError: `pixels` is no picture.
        ModelMissingError, ModelDamagedError: a shipped network cannot be used.
    """
    return (provider or ShippedFaces()).find(pixels)


def read_mesh(pixels: Pixels, near: Face | NDArray[np.floating]) -> Face:
    """Read a face again where it is known to be, without looking for it; about 20 ms.

    Args:
        pixels: as for `find_faces`, for example an edited copy of the photo.
        near: the face, or its (478, 3) landmarks, from the photo or one aligned with it.

    Returns:
        The face as it is now. Its score is the mesh's presence, 0 to 1: low when nothing is there.
        Its box is the given face's, or the landmarks' own. Its identity is SFace's.

    Raises:
        UnreadablePixelsError: `pixels` is no picture.
    """
    photo = checked(pixels)
    landmarks = near.landmarks if isinstance(near, Face) else near
    mesh = read_region(photo, region_of_landmarks(landmarks))
    box = near.box if isinstance(near, Face) else box_of(mesh.landmarks)
    return _face(box, mesh.presence, mesh.landmarks, read_identity(photo, mesh.landmarks))
