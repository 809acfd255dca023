"""What faces show: smiles, closed eyes, and which side is which."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from engine.faces import BLENDSHAPE_NAMES, Face, blendshapes_of, find_faces, read_state

Picture = NDArray[np.uint8]
Close = Callable[[Picture, NDArray[np.floating], tuple[str, ...]], Picture]


@pytest.fixture(scope="module")
def large(collins: Picture) -> Picture:
    """Three times the size: lids of 3 px are too small to redraw."""
    picture: Any = cv2.resize(collins, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    return picture


@pytest.fixture(scope="module")
def large_face(large: Picture) -> Face:
    return find_faces(large)[0]


def test_the_portraits_read_as_anyone_would(collins_face: Face, hopper_face: Face) -> None:
    smiling, neutral = (read_state(face.blendshapes) for face in (collins_face, hopper_face))
    assert smiling.word == "smiling"
    assert smiling.smile > 0.7
    assert not smiling.neutral
    assert neutral.word == "neutral"
    assert neutral.smile < 0.1
    assert not neutral.eyes_closed
    assert not neutral.mouth_open


def test_closed_eyes_are_read(large: Picture, large_face: Face, with_closed_eyes: Close) -> None:
    shut = find_faces(with_closed_eyes(large, large_face.landmarks, ("Left", "Right")))[0]
    reading = read_state(shut.blendshapes)
    assert reading.eyes_closed
    assert reading.word == "eyes closed"
    assert reading.smiling
    assert not read_state(large_face.blendshapes).eyes_closed


@pytest.mark.parametrize(("side", "other"), [("Left", "Right"), ("Right", "Left")])
def test_a_wink_is_read_on_the_persons_own_side(
    side: str, other: str, large: Picture, large_face: Face, with_closed_eyes: Close
) -> None:
    winking = find_faces(with_closed_eyes(large, large_face.landmarks, (side,)))[0].blendshapes
    assert winking[f"eyeBlink{side}"] > winking[f"eyeBlink{other}"] + 0.1
    assert not read_state(winking).eyes_closed


def test_a_mirrored_wink_changes_sides(
    large: Picture, large_face: Face, with_closed_eyes: Close
) -> None:
    winking = with_closed_eyes(large, large_face.landmarks, ("Left",))
    mirrored = find_faces(np.ascontiguousarray(winking[:, ::-1]))[0].blendshapes
    assert mirrored["eyeBlinkRight"] > mirrored["eyeBlinkLeft"] + 0.1


def test_a_raised_corner_of_the_mouth_is_a_smile_on_that_side(hopper_face: Face) -> None:
    moved = hopper_face.landmarks.copy()
    span = float(np.linalg.norm(moved[263] - moved[33]))
    corner = moved[291].copy()  # the person's left corner of the mouth
    near = np.exp(-((np.linalg.norm(moved - corner, axis=1) / (0.2 * span)) ** 2))
    moved[:, 0] += 0.1 * span * near
    moved[:, 1] -= 0.12 * span * near
    before, after = blendshapes_of(hopper_face.landmarks), blendshapes_of(moved)
    left = after["mouthSmileLeft"] - before["mouthSmileLeft"]
    right = after["mouthSmileRight"] - before["mouthSmileRight"]
    assert left > right + 0.1


def test_blendshapes_do_not_depend_on_place_size_or_turn(collins_face: Face) -> None:
    turn = np.deg2rad(130)
    matrix = 3 * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    moved = collins_face.landmarks[:, :2] @ matrix.T + [4000, 900]
    for name, value in blendshapes_of(moved).items():
        assert value == pytest.approx(collins_face.blendshapes[name], abs=0.02), name


def test_names_are_the_52_in_order() -> None:
    assert len(set(BLENDSHAPE_NAMES)) == 52
    assert BLENDSHAPE_NAMES[0] == "_neutral"
    assert BLENDSHAPE_NAMES[25] == "jawOpen"
    assert BLENDSHAPE_NAMES[51] == "noseSneerRight"


@pytest.mark.parametrize(
    ("blendshapes", "word"),
    [
        ({}, "neutral"),
        ({"jawOpen": 0.6}, "mouth open"),
        ({"mouthSmileLeft": 0.9, "mouthSmileRight": 0.7, "jawOpen": 0.5}, "smiling"),
        ({"eyeBlinkLeft": 0.9, "eyeBlinkRight": 0.1}, "other"),
        ({"eyeBlinkLeft": 0.9, "eyeBlinkRight": 0.8}, "eyes closed"),
        ({"browDownLeft": 0.7, "browDownRight": 0.6}, "frowning"),
        ({"mouthPucker": 0.9}, "other"),
        ({"eyeLookOutLeft": 0.9, "eyeSquintLeft": 0.6}, "neutral"),
    ],
)
def test_words_follow_the_numbers(blendshapes: dict[str, float], word: str) -> None:
    assert read_state(blendshapes).word == word
