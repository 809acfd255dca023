"""The 478-point face mesh and the 52 blendshape readings, from the networks in
`face_landmarker.task`.

The method follows MediaPipe's published face landmarker graph: a square around the face, turned
upright, 1.5 times as large as the face, goes to the mesh network; 146 of its points go to the
blendshape network.
"""

import io
import threading
import zipfile
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from engine.faces.detector import Detection
from engine.faces.face import Box
from engine.faces.sampling import Pixels, Region, placed, sampled
from engine.weights.shipped import FACE_LANDMARKER, ModelDamagedError, shipped_model

POINTS = 478
SAMPLES = 256
"""Side of the mesh network's input in pixels."""

MIN_PRESENCE = 0.5
"""Presence below which what the detector saw is no face (MediaPipe's own default)."""

# Landmark numbers; right and left are the person's own.
RIGHT_EYE_OUTER, RIGHT_EYE_INNER = 33, 133
LEFT_EYE_INNER, LEFT_EYE_OUTER = 362, 263
NOSE_TIP, MOUTH_RIGHT, MOUTH_LEFT = 1, 61, 291

_MARGIN = 1.5
_HOPELESS = 0.05  # A first reading below this leads the second nowhere.
_THREADS = 2

# The points that the blendshape network reads and the names of what it answers, as listed in
# MediaPipe's face_blendshapes_graph.cc.
# fmt: off
_BLENDSHAPE_POINTS = (
    0, 1, 4, 5, 6, 7, 8, 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, 52, 53, 54, 55, 58, 61, 63, 65,
    66, 67, 70, 78, 80, 81, 82, 84, 87, 88, 91, 93, 95, 103, 105, 107, 109, 127, 132, 133, 136,
    144, 145, 146, 148, 149, 150, 152, 153, 154, 155, 157, 158, 159, 160, 161, 162, 163, 168,
    172, 173, 176, 178, 181, 185, 191, 195, 197, 234, 246, 249, 251, 263, 267, 269, 270, 276,
    282, 283, 284, 285, 288, 291, 293, 295, 296, 297, 300, 308, 310, 311, 312, 314, 317, 318,
    321, 323, 324, 332, 334, 336, 338, 356, 361, 362, 365, 373, 374, 375, 377, 378, 379, 380,
    381, 382, 384, 385, 386, 387, 388, 389, 390, 397, 398, 400, 402, 405, 409, 415, 454, 466,
    468, 469, 470, 471, 472, 473, 474, 475, 476, 477,
)
BLENDSHAPE_NAMES: tuple[str, ...] = (
    "_neutral", "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft",
    "browOuterUpRight", "cheekPuff", "cheekSquintLeft", "cheekSquintRight", "eyeBlinkLeft",
    "eyeBlinkRight", "eyeLookDownLeft", "eyeLookDownRight", "eyeLookInLeft", "eyeLookInRight",
    "eyeLookOutLeft", "eyeLookOutRight", "eyeLookUpLeft", "eyeLookUpRight", "eyeSquintLeft",
    "eyeSquintRight", "eyeWideLeft", "eyeWideRight", "jawForward", "jawLeft", "jawOpen",
    "jawRight", "mouthClose", "mouthDimpleLeft", "mouthDimpleRight", "mouthFrownLeft",
    "mouthFrownRight", "mouthFunnel", "mouthLeft", "mouthLowerDownLeft", "mouthLowerDownRight",
    "mouthPressLeft", "mouthPressRight", "mouthPucker", "mouthRight", "mouthRollLower",
    "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper", "mouthSmileLeft", "mouthSmileRight",
    "mouthStretchLeft", "mouthStretchRight", "mouthUpperUpLeft", "mouthUpperUpRight",
    "noseSneerLeft", "noseSneerRight",
)
# fmt: on


@dataclass(frozen=True)
class Mesh:
    """One reading of a face.

    Attributes:
        landmarks: (478, 3) float32 photo pixels, as `Face.landmarks`.
        presence: 0 to 1, how sure the network is that it looks at a face.
    """

    landmarks: NDArray[np.float32]
    presence: float


class _Network:
    """One .tflite network, one run at a time: an interpreter holds its tensors."""

    def __init__(self, file_name: str) -> None:
        from ai_edge_litert.interpreter import Interpreter

        content = landmarker_part(file_name)
        self._interpreter = Interpreter(model_content=content, num_threads=_THREADS)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._outputs = [one["index"] for one in self._interpreter.get_output_details()]
        self._lock = threading.Lock()

    def run(self, batch: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """Return copies of all outputs, in the model's own order."""
        with self._lock:
            self._interpreter.set_tensor(self._input, batch)
            self._interpreter.invoke()
            return [self._interpreter.get_tensor(index) for index in self._outputs]


def landmarker_part(file_name: str) -> bytes:
    """Return one file from inside `face_landmarker.task`, which is a zip.

    Raises:
        ModelMissingError, ModelDamagedError: the shipped file cannot be used.
    """
    content = shipped_model(FACE_LANDMARKER.file_name)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return archive.read(file_name)
    except (zipfile.BadZipFile, KeyError) as error:
        raise ModelDamagedError(FACE_LANDMARKER.file_name) from error


@lru_cache(maxsize=1)
def _mesh_network() -> _Network:
    return _Network("face_landmarks_detector.tflite")


@lru_cache(maxsize=1)
def _blendshape_network() -> _Network:
    return _Network("face_blendshapes.tflite")


def region_of_detection(found: Detection) -> Region:
    """Return the square to read a detected face from, upright by its eyes."""
    right_eye, left_eye = found.points[0], found.points[1]
    across = left_eye - right_eye
    box = found.box
    return Region(
        box.x + box.width / 2,
        box.y + box.height / 2,
        _MARGIN * max(box.width, box.height),
        float(np.arctan2(across[1], across[0])),
    )


def region_of_landmarks(landmarks: NDArray[np.floating]) -> Region:
    """Return the square to read a face of known (478, 3) or (478, 2) landmarks from."""
    plane = np.asarray(landmarks[:, :2], np.float64)
    across = plane[LEFT_EYE_OUTER] - plane[RIGHT_EYE_OUTER]
    angle = float(np.arctan2(across[1], across[0]))
    cosine, sine = np.cos(angle), np.sin(angle)
    turn = np.array([[cosine, -sine], [sine, cosine]])
    upright = plane @ turn
    low, high = upright.min(axis=0), upright.max(axis=0)
    x, y = turn @ ((low + high) / 2)
    # One pixel at least: degenerate landmarks must not make an empty square.
    return Region(float(x), float(y), max(1.0, _MARGIN * float((high - low).max())), angle)


def read_region(pixels: Pixels, region: Region) -> Mesh:
    """Run the mesh network once on a square of a checked photo; about 5 ms."""
    to_photo = region.to_photo(SAMPLES)
    crop = sampled(pixels, to_photo, SAMPLES)
    # Three outputs: points, presence, and one that MediaPipe leaves unused.
    points, presence = _mesh_network().run(crop[None].astype(np.float32) / np.float32(255))[:2]
    # The network counts from the square's edge, photo pixels from the middle of the first one.
    points = points.reshape(POINTS, 3).astype(np.float64)
    flat = placed(points[:, :2] - 0.5, to_photo)
    depth = points[:, 2] * (region.size / SAMPLES)
    landmarks = np.column_stack([flat, depth]).astype(np.float32)
    return Mesh(landmarks, _sigmoid(float(presence.reshape(-1)[0])))


def read_detection(pixels: Pixels, found: Detection) -> Mesh:
    """Read a detected face in two passes: the first mesh tells where the second looks."""
    first = read_region(pixels, region_of_detection(found))
    if first.presence < _HOPELESS:
        return first
    return read_region(pixels, region_of_landmarks(first.landmarks))


def blendshapes_of(landmarks: NDArray[np.floating]) -> dict[str, float]:
    """Return the 52 readings, each 0 to 1, of (478, 3) or (478, 2) landmarks; under 1 ms.

    The points are turned upright by the eyes first: the network was made for upright heads, and
    a photo that lies on its side should read the same.
    """
    plane = np.asarray(landmarks[:, :2], np.float64)
    across = plane[LEFT_EYE_OUTER] - plane[RIGHT_EYE_OUTER]
    angle = np.arctan2(across[1], across[0])
    cosine, sine = np.cos(angle), np.sin(angle)
    upright = plane[list(_BLENDSHAPE_POINTS)] @ np.array([[cosine, -sine], [sine, cosine]])
    answer = _blendshape_network().run(upright[None].astype(np.float32))[0].reshape(-1)
    return {
        name: float(value)
        for name, value in zip(BLENDSHAPE_NAMES, np.clip(answer, 0, 1), strict=True)
    }


def five_points(landmarks: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return (5, 2): the person's right eye, left eye, nose tip, right and left mouth corner.

    Eyes are the middle between their corners, which stays put when the gaze moves.
    """
    plane = np.asarray(landmarks[:, :2], np.float64)
    return np.stack(
        [
            plane[[RIGHT_EYE_OUTER, RIGHT_EYE_INNER]].mean(axis=0),
            plane[[LEFT_EYE_INNER, LEFT_EYE_OUTER]].mean(axis=0),
            plane[NOSE_TIP],
            plane[MOUTH_RIGHT],
            plane[MOUTH_LEFT],
        ]
    )


def box_of(landmarks: NDArray[np.floating]) -> Box:
    """Return the smallest upright rectangle around the landmarks."""
    low, high = landmarks[:, :2].min(axis=0), landmarks[:, :2].max(axis=0)
    return Box(float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1]))


def _sigmoid(logit: float) -> float:
    return float(1 / (1 + np.exp(-np.clip(logit, -30, 30))))
