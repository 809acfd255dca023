"""The two shipped portraits, what is read in them, and ways to change a picture."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

import engine
from engine.faces import Face, find_faces

Picture = NDArray[np.uint8]

_SAMPLES = Path(engine.__file__).parents[1] / "resources" / "samples"
# Upper and lower lid from the outer to the inner corner; right and left are the person's own.
_LIDS = {
    "Right": (
        [33, 246, 161, 160, 159, 158, 157, 173, 133],
        [33, 7, 163, 144, 145, 153, 154, 155, 133],
    ),
    "Left": (
        [263, 466, 388, 387, 386, 385, 384, 398, 362],
        [263, 249, 390, 373, 374, 380, 381, 382, 362],
    ),
}


def _read(name: str) -> Picture:
    picture: Any = cv2.imread(str(_SAMPLES / name), cv2.IMREAD_COLOR_RGB)
    return picture


@pytest.fixture(scope="session")
def collins() -> Picture:
    """Eileen Collins, smiling: (512, 512, 3)."""
    return _read("eileen_collins.png")


@pytest.fixture(scope="session")
def hopper() -> Picture:
    """Grace Hopper, neutral, with glasses: (600, 512, 3)."""
    return _read("grace_hopper.jpg")


@pytest.fixture(scope="session")
def collins_face(collins: Picture) -> Face:
    return find_faces(collins)[0]


@pytest.fixture(scope="session")
def hopper_face(hopper: Picture) -> Face:
    return find_faces(hopper)[0]


@pytest.fixture(scope="session")
def turned() -> Callable[[Picture, float], tuple[Picture, NDArray[np.float64]]]:
    """Turn a picture clockwise by degrees on a canvas that holds it; also (2, 3) old to new."""

    def turn(picture: Picture, degrees: float) -> tuple[Picture, NDArray[np.float64]]:
        height, width = picture.shape[:2]
        side = int(np.hypot(height, width)) + 1
        middle = ((width - 1) / 2, (height - 1) / 2)
        matrix: Any = cv2.getRotationMatrix2D(middle, -degrees, 1.0)
        matrix[:, 2] += (side - 1) / 2 - np.array(middle)
        grey = (128, 128, 128)
        return cv2.warpAffine(picture, matrix, (side, side), borderValue=grey).astype(
            np.uint8
        ), matrix

    return turn


@pytest.fixture(scope="session")
def with_closed_eyes() -> Callable[..., Picture]:
    """Pull the skin above the eyes of `sides` down over them."""

    def close(picture: Picture, landmarks: NDArray[np.floating], sides: tuple[str, ...]) -> Picture:
        height, width = picture.shape[:2]
        columns, rows = np.meshgrid(np.arange(width, dtype=float), np.arange(height, dtype=float))
        source = rows.copy()
        for side in sides:
            upper, lower = (landmarks[line, :2].astype(float) for line in _LIDS[side])
            upper, lower = (line[np.argsort(line[:, 0])] for line in (upper, lower))
            lid = np.interp(np.arange(width), upper[:, 0], upper[:, 1])
            ground = np.interp(np.arange(width), lower[:, 0], lower[:, 1])
            start = lid - (upper[-1, 0] - upper[0, 0]) * 0.5
            share = np.clip((rows - start) / np.maximum(ground - start, 1), 0, 1)
            inside = (columns > upper[0, 0]) & (columns < upper[-1, 0])
            inside &= (rows > start) & (rows < ground)
            # Level at the lashes, so that they move as they are and the lid above stretches.
            pull = np.sin(share * np.pi / 2) * np.maximum(ground - lid, 0)
            source = np.where(inside, rows - pull, source)
        return cv2.remap(
            picture,
            columns.astype(np.float32),
            source.astype(np.float32),
            cv2.INTER_LINEAR,
        ).astype(np.uint8)

    return close
