"""Where faces are: YuNet, run on one square canvas size over the whole photo and over tiles.

The network rebuilds itself for each new input size, which costs more than a run, so every look at
a photo goes through the same 640-pixel canvas:

1. the whole photo, shrunk to fit;
2. tiles of a finer copy, when the whole showed no large face;
3. the whole once more, turned, closer and farther, when nothing was found at all.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.faces.face import Box
from engine.faces.sampling import Pixels, placed, shrunk
from engine.weights.shipped import YUNET, shipped_model

CANVAS = 640
"""Side of the detector's input in pixels; YuNet is at its best between 12 and 400 px a face."""

MIN_SCORE = 0.55
"""Weakest detection reported; the mesh throws out false ones that pass."""

_DETAIL_AREA = 5_000_000  # Pixels of the finer copy: a 24 px face in 12 MP is still 15 px there.
_DETAIL_TILES = 48  # The longest second pass, for extreme panoramas: about half a second.
_OVERLAP = 96  # A face up to this size lies whole in some tile; larger ones show in the first pass.
_LARGE_FACE = 0.16  # Of the photo's longer side: a portrait, whose background is no subject.
_OVERLAPPING = 0.35  # Intersection over union above which two boxes are one face.
_CONTAINED = 0.7  # Share of the smaller box inside the larger above which they are one face.
_MOST_FACES = 1000
_TURNS = (90.0, 270.0, 180.0, 45.0, 315.0)  # Degrees, the likelier first.


@dataclass(frozen=True)
class Detection:
    """One face as the detector saw it.

    Attributes:
        box: rectangle in photo pixels; may reach over the photo's border.
        score: confidence, 0 to 1.
        points: (5, 2) photo pixels: the person's right eye, left eye, nose tip, right and left
            corner of the mouth.
    """

    box: Box
    score: float
    points: NDArray[np.float64]


class _Network:
    """YuNet, one run at a time: OpenCV's networks hold their buffers and are not thread-safe."""

    def __init__(self, side: int) -> None:
        import cv2

        model = np.frombuffer(shipped_model(YUNET.file_name), np.uint8)
        with quiet_opencv():
            self._detector = cv2.FaceDetectorYN.create(
                "onnx",
                model,
                np.empty(0, np.uint8),
                (side, side),
                score_threshold=MIN_SCORE,
                nms_threshold=_OVERLAPPING,
                top_k=_MOST_FACES,
            )
        self._lock = threading.Lock()

    def run(self, canvas: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Return the (N, 15) answer of `rows` for an RGB square of this network's side."""
        with self._lock:
            found: Any = self._detector.detect(np.ascontiguousarray(canvas[:, :, ::-1]))[1]
        return np.empty((0, 15)) if found is None else np.asarray(found, np.float64)


@contextmanager
def quiet_opencv() -> Iterator[None]:
    """Hold back OpenCV's notes about targets that its engine ignores while a network is built."""
    import cv2

    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
    try:
        yield
    finally:
        cv2.utils.logging.setLogLevel(level)


@lru_cache(maxsize=2)
def _network(side: int) -> _Network:
    return _Network(side)


def rows(canvas: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Run the network on a square RGB canvas.

    Returns (N, 15): x, y, width, height; five points as x, y; score. Each new side builds a new
    network, so use few of them.
    """
    return _network(canvas.shape[0]).run(canvas)


def detect(pixels: Pixels) -> tuple[Detection, ...]:
    """Return the faces of a checked photo, largest first (equal sizes: top to bottom, then left).

    Faces down to about 12 px of the canvas are found: 1/50 of the photo's longer side in any
    photo, and about 24 px in 12 MP when no large face fills the photo.
    """
    whole_scale = min(1.0, CANVAS / max(pixels.shape[:2]))
    detail_scale = _detail_scale(pixels.shape[0], pixels.shape[1])
    detail: NDArray[np.uint8] | None = None
    found = _look(shrunk(pixels, whole_scale), 0.0, 1 / whole_scale)
    if detail_scale > 1.25 * whole_scale and not _has_large_face(found, max(pixels.shape[:2])):
        detail = shrunk(pixels, detail_scale)
        found = _distinct([*found, *_look_at_tiles(detail, detail_scale)])
    if not found:
        found = _look_again(shrunk(pixels, whole_scale), whole_scale)
    return in_order(found)


def in_order(found: Sequence[Detection]) -> tuple[Detection, ...]:
    """Return detections largest first, equal areas by place: the order of face numbers."""
    return tuple(sorted(found, key=lambda one: (-one.box.area, one.box.y, one.box.x)))


def shared_area(one: Box, other: Box) -> tuple[float, float]:
    """Return intersection over union, and intersection over the smaller box, both 0 to 1."""
    width = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    height = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    if width <= 0 or height <= 0:
        return 0.0, 0.0
    both = width * height
    return both / (one.area + other.area - both), both / min(one.area, other.area)


def is_same_place(one: Box, other: Box) -> bool:
    """Tell whether two boxes are so much over each other that they must be one face."""
    union_share, smaller_share = shared_area(one, other)
    return union_share > _OVERLAPPING or smaller_share > _CONTAINED


def _detail_scale(height: int, width: int) -> float:
    """Return the scale of the finer copy, at most 1, that keeps time bounded."""
    scale = min(1.0, (_DETAIL_AREA / (height * width)) ** 0.5)
    while len(_starts(height * scale)) * len(_starts(width * scale)) > _DETAIL_TILES:
        scale *= 0.9
    return scale


def _starts(length: float) -> list[int]:
    """Return where tiles begin along a side, evenly spread with at least the overlap."""
    side = max(1, round(length))
    if side <= CANVAS:
        return [0]
    count = -(-(side - _OVERLAP) // (CANVAS - _OVERLAP))
    return [round(index * (side - CANVAS) / (count - 1)) for index in range(count)]


def _has_large_face(found: Sequence[Detection], longer_side: int) -> bool:
    return any(max(one.box.width, one.box.height) > _LARGE_FACE * longer_side for one in found)


def _look(picture: NDArray[np.uint8], turn: float, unit: float) -> list[Detection]:
    """Return the faces of a picture that fits the canvas, seen turned by `turn` degrees.

    `unit` is the number of photo pixels in one pixel of the picture.
    """
    import cv2

    height, width = picture.shape[:2]
    if turn == 0.0:
        canvas = np.full((CANVAS, CANVAS, 3), 128, np.uint8)
        canvas[:height, :width] = picture
        return _detections(canvas, np.eye(2, 3), unit)
    radians = np.deg2rad(turn)
    cosine, sine = abs(np.cos(radians)), abs(np.sin(radians))
    turned_side = max(width * cosine + height * sine, width * sine + height * cosine)
    middle = ((width - 1) / 2, (height - 1) / 2)
    to_canvas = cv2.getRotationMatrix2D(middle, turn, min(1.0, CANVAS / turned_side))
    to_canvas[:, 2] += (CANVAS - 1) / 2 - np.array(middle)
    grey = (128, 128, 128)
    canvas = cv2.warpAffine(picture, to_canvas, (CANVAS, CANVAS), borderValue=grey)
    return _detections(canvas, cv2.invertAffineTransform(to_canvas), unit)


def _detections(canvas: Any, to_picture: Any, unit: float) -> list[Detection]:
    """Run the network and carry what it finds through `to_picture` (2, 3) to photo pixels."""
    found = []
    for row in rows(canvas):
        x, y, width, height = row[:4]
        middle = np.array([[x + width / 2, y + height / 2]])
        points = (placed(np.vstack([row[4:14].reshape(5, 2), middle]), to_picture) + 0.5) * unit
        points -= 0.5
        # The box stays upright: turned with the points it would grow by a corner's worth.
        size = float(np.hypot(to_picture[0, 0], to_picture[1, 0])) * unit
        half_turned = abs(to_picture[0, 0]) < abs(to_picture[0, 1])
        box_width, box_height = (height, width) if half_turned else (width, height)
        centre_x, centre_y = points[5]
        box = Box(
            float(centre_x - box_width * size / 2),
            float(centre_y - box_height * size / 2),
            float(box_width * size),
            float(box_height * size),
        )
        if min(box.width, box.height) > 1:
            found.append(Detection(box, float(np.clip(row[14], 0, 1)), points[:5]))
    return found


def _look_at_tiles(detail: NDArray[np.uint8], scale: float) -> list[Detection]:
    """Return the faces of a finer copy, tile by tile; halves of faces at tile edges go."""
    found: list[Detection] = []
    height, width = detail.shape[:2]
    for top in _starts(height):
        for left in _starts(width):
            tile = detail[top : top + CANVAS, left : left + CANVAS]
            inner = Box(left / scale, top / scale, tile.shape[1] / scale, tile.shape[0] / scale)
            for one in _look(tile, 0.0, 1 / scale):
                moved = _moved(one, inner.x, inner.y)
                if not _is_cut(moved.box, inner, width / scale, height / scale):
                    found.append(moved)
    return found


def _moved(one: Detection, right: float, down: float) -> Detection:
    box = Box(one.box.x + right, one.box.y + down, one.box.width, one.box.height)
    return Detection(box, one.score, one.points + np.array([right, down]))


def _is_cut(box: Box, tile: Box, photo_width: float, photo_height: float) -> bool:
    """Tell whether a face touches a tile edge that is not also the photo's edge."""
    slack = 2.0
    return (
        (box.x < tile.x + slack and tile.x > 0)
        or (box.y < tile.y + slack and tile.y > 0)
        or (
            box.x + box.width > tile.x + tile.width - slack
            and tile.x + tile.width < photo_width - 1
        )
        or (
            box.y + box.height > tile.y + tile.height - slack
            and tile.y + tile.height < photo_height - 1
        )
    )


def _look_again(whole: NDArray[np.uint8], scale: float) -> list[Detection]:
    """Search a photo that showed no face: turned, then with the face made smaller or larger."""
    for turn in _TURNS:
        found = _look(whole, turn, 1 / scale)
        if found:
            return _distinct(found)
    longer = max(whole.shape[:2])
    # A face that fills the frame is too large for the network; one in a thumbnail is too small.
    for factor in (0.45, min(4.0, CANVAS / longer)):
        if factor != 1.0:
            found = _look_centred(shrunk(whole, factor), 1 / (scale * factor))
            if found:
                return _distinct(found)
    return []


def _look_centred(picture: NDArray[np.uint8], unit: float) -> list[Detection]:
    """Look at a picture with margin around it, so that a face may run to its border."""
    height, width = picture.shape[:2]
    top, left = (CANVAS - height) // 2, (CANVAS - width) // 2
    canvas = np.full((CANVAS, CANVAS, 3), 128, np.uint8)
    canvas[top : top + height, left : left + width] = picture
    return _detections(canvas, np.array([[1.0, 0, -left], [0, 1.0, -top]]), unit)


def _distinct(found: Sequence[Detection]) -> list[Detection]:
    """Keep the best-scored of detections that lie over each other."""
    kept: list[Detection] = []
    for one in sorted(found, key=lambda one: -one.score):
        if not any(is_same_place(one.box, other.box) for other in kept):
            kept.append(one)
    return kept
