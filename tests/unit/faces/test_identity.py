"""Identity: the same person, others, and people across photos."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from engine.faces import (
    Face,
    IncomparableIdentitiesError,
    cosine,
    find_faces,
    group_people,
    read_identity,
    same_person,
)
from engine.faces.face import Box, HeadPose
from engine.faces.identity import crop_to_photo

Picture = NDArray[np.uint8]


def _known_as(identity: NDArray[np.floating]) -> Face:
    return Face(
        Box(0, 0, 1, 1),
        1.0,
        np.zeros((478, 3), np.float32),
        {},
        HeadPose(0, 0, 0),
        identity.astype(np.float32),
    )


def _person(number: int, spread: float, rng: np.random.Generator) -> Face:
    base = np.zeros(128)
    base[number] = 1
    return _known_as(base + rng.normal(size=128) * spread)


def test_two_people_are_told_apart(collins_face: Face, hopper_face: Face) -> None:
    assert cosine(collins_face.identity, hopper_face.identity) < 0.3
    assert not same_person(collins_face.identity, hopper_face.identity)


def test_one_person_stays_the_same_through_changes(hopper: Picture, hopper_face: Face) -> None:
    mirrored = np.ascontiguousarray(hopper[:, ::-1])
    dim = (hopper * 0.5).astype(np.uint8)
    blurred = cv2.GaussianBlur(hopper, (0, 0), 3).astype(np.uint8)
    for picture in (mirrored, dim, blurred):
        assert same_person(find_faces(picture)[0].identity, hopper_face.identity)


def test_identity_reads_at_given_landmarks(hopper: Picture, hopper_face: Face) -> None:
    identity = read_identity(hopper, hopper_face.landmarks)
    assert identity.shape == (128,)
    assert cosine(identity, hopper_face.identity) > 0.999


def test_the_crop_puts_the_points_on_the_template() -> None:
    matrix = crop_to_photo(np.array([[38, 52], [74, 52], [56, 72], [42, 92], [71, 92]]) * 7.0 + 90)
    assert matrix[0, 0] == pytest.approx(7, abs=0.15)
    assert matrix[0, 1] == pytest.approx(0, abs=0.1)
    assert np.linalg.det(matrix[:, :2]) > 0


def test_coinciding_points_still_make_a_crop(hopper: Picture) -> None:
    assert np.isfinite(read_identity(hopper, np.zeros((478, 3), np.float32))).all()


def test_embeddings_of_different_networks_are_refused() -> None:
    with pytest.raises(IncomparableIdentitiesError, match="128 and 512"):
        cosine(np.ones(128), np.ones(512))


def test_no_identity_resembles_nobody() -> None:
    assert cosine(np.zeros(128), np.ones(128)) == 0.0


def test_people_are_grouped_across_photos(
    collins: Picture, hopper: Picture, collins_face: Face, hopper_face: Face
) -> None:
    flipped = find_faces(np.ascontiguousarray(hopper[:, ::-1]))[0]
    dim = find_faces((collins * 0.6).astype(np.uint8))[0]
    assert group_people([hopper_face, collins_face, flipped, dim]) == [0, 1, 0, 1]


def test_grouping_does_not_depend_on_the_order() -> None:
    rng = np.random.default_rng(5)
    people = [number for number in range(8) for _ in range(6)]
    faces = [_person(number, 0.06, rng) for number in people]
    for _ in range(5):
        order = rng.permutation(len(faces))
        groups = group_people([faces[i] for i in order])
        pairs = {(people[i], group) for i, group in zip(order, groups, strict=True)}
        assert len(pairs) == 8
        first_seen = list(dict.fromkeys(groups))
        assert first_seen == list(range(8))


def test_a_late_face_joins_a_person_that_was_split() -> None:
    unlike = np.zeros((3, 128))
    unlike[0, 0] = 1
    unlike[1, :2] = 0.3, 0.954  # below the threshold with the first
    unlike[2, :3] = 0.65, 0.4245, 0.63  # like both
    for order in ([0, 1, 2], [0, 2, 1], [2, 1, 0]):
        assert group_people([_known_as(unlike[i]) for i in order]) == [0, 0, 0]


def test_a_likeness_between_two_does_not_chain_them() -> None:
    one, other = np.eye(128)[0], np.eye(128)[1]
    between = one + other
    faces = [_known_as(vector) for vector in (one, one, one, between, other, other, other)]
    groups = group_people(faces)
    assert groups[0] != groups[-1]
    assert len(set(groups)) == 2


def test_grouping_nobody_and_mixed_networks() -> None:
    assert group_people([]) == []
    assert group_people([_known_as(np.ones(128)), _known_as(np.ones(512))]) == [0, 1]
