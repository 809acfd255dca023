"""Head pose: signs, stability, and the canonical face it rests on."""

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.faces import (
    Face,
    HeadPose,
    canonical_face,
    eye_distance,
    find_faces,
    head_frame,
    head_pose,
)
from engine.faces.pose import frame_of_pose, pose_of_frame

Picture = NDArray[np.uint8]


def _head(pose: HeadPose) -> NDArray[np.float64]:
    """(478, 3) landmarks of the canonical face at a pose, 20 px a centimetre."""
    points = canonical_face().points @ frame_of_pose(pose).T * 20 + [700, 400, 30]
    return np.vstack([points, points[:10]])


@pytest.mark.parametrize("yaw", [-60, -25, 0, 40])
@pytest.mark.parametrize("pitch", [-35, 0, 30])
@pytest.mark.parametrize("roll", [-170, -20, 0, 90])
def test_a_known_pose_is_read_back(yaw: float, pitch: float, roll: float) -> None:
    found = head_pose(_head(HeadPose(yaw, pitch, roll)))
    assert (found.yaw, found.pitch, found.roll) == pytest.approx((yaw, pitch, roll), abs=0.01)


def test_signs_are_as_documented() -> None:
    nose, between_eyes, right_eye, left_eye = 1, 168, 33, 263
    right = _head(HeadPose(30, 0, 0))
    assert right[nose, 0] > right[between_eyes, 0] + 10
    level, up = _head(HeadPose(0, 0, 0)), _head(HeadPose(0, 30, 0))
    assert up[nose, 1] - up[between_eyes, 1] < level[nose, 1] - level[between_eyes, 1] - 10
    clockwise = _head(HeadPose(0, 0, 20))
    assert clockwise[left_eye, 1] > clockwise[right_eye, 1] + 10


def test_a_frontal_head_has_the_camera_axes() -> None:
    np.testing.assert_allclose(head_frame(_head(HeadPose(0, 0, 0))), np.eye(3), atol=1e-9)


def test_the_frame_is_a_rotation_also_for_noise() -> None:
    noise = np.random.default_rng(3).normal(size=(478, 3))
    for points in (noise, np.zeros((478, 3))):
        frame = head_frame(points)
        np.testing.assert_allclose(frame @ frame.T, np.eye(3), atol=1e-9)
        assert np.linalg.det(frame) == pytest.approx(1)


def test_a_moving_mouth_does_not_nod_the_head() -> None:
    still = _head(HeadPose(10, -5, 3))
    talking = still.copy()
    talking[[17, 152, 148, 377, 61, 291, 13, 14], 1] += 40
    one, other = head_pose(still), head_pose(talking)
    assert (one.yaw, one.pitch, one.roll) == pytest.approx(
        (other.yaw, other.pitch, other.roll), abs=0.5
    )


def test_pose_and_frame_are_inverse_at_the_side_view() -> None:
    side = HeadPose(90, 0, 15)
    found = pose_of_frame(frame_of_pose(side))
    assert (found.yaw, found.pitch, found.roll) == pytest.approx((90, 0, 15), abs=1e-6)


def test_eye_distance_hardly_changes_with_the_turn() -> None:
    assert eye_distance(_head(HeadPose(50, 10, 5))) == pytest.approx(
        eye_distance(_head(HeadPose(0, 0, 0)))
    )


def test_a_mirrored_photo_mirrors_the_pose(collins: Picture, collins_face: Face) -> None:
    mirrored = find_faces(np.ascontiguousarray(collins[:, ::-1]))[0].pose
    pose = collins_face.pose
    assert mirrored.yaw == pytest.approx(-pose.yaw, abs=3)
    assert mirrored.roll == pytest.approx(-pose.roll, abs=3)
    assert mirrored.pitch == pytest.approx(pose.pitch, abs=3)


def test_a_frontal_portrait_looks_into_the_camera(hopper_face: Face) -> None:
    assert abs(hopper_face.pose.yaw) < 8
    assert abs(hopper_face.pose.roll) < 8
    assert abs(hopper_face.pose.pitch) < 15


def test_the_canonical_face_is_whole() -> None:
    face = canonical_face()
    assert face.points.shape == (468, 3)
    assert face.triangles.shape == (898, 3)
    assert face.triangles.max() == 467
    assert face.rigid_numbers.shape == face.rigid_weights.shape == (33,)
    assert (face.rigid_weights > 0).all()
