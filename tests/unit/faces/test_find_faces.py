"""Finding faces: turned, small, many, in every depth, and in pictures without any."""

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from engine.faces import Face, UnreadablePixelsError, cosine, eye_distance, find_faces, read_mesh

Picture = NDArray[np.uint8]
Turn = Callable[[Picture, float], tuple[Picture, NDArray[np.float64]]]


def _landmark_error(found: Face, expected: NDArray[np.floating]) -> float:
    """Mean distance of (478, 2) positions, as a share of the eye distance."""
    away = np.linalg.norm(found.landmarks[:, :2] - expected[:, :2], axis=1)
    return float(away.mean()) / eye_distance(found.landmarks)


def _only(faces: tuple[Face, ...]) -> Face:
    assert len(faces) == 1
    return faces[0]


def test_a_face_is_complete(hopper: Picture) -> None:
    face = _only(find_faces(hopper))
    assert face.landmarks.shape == (478, 3)
    assert face.landmarks.dtype == np.float32
    assert len(face.blendshapes) == 52
    assert all(0 <= value <= 1 for value in face.blendshapes.values())
    assert face.identity.shape == (128,)
    assert float(np.linalg.norm(face.identity)) == pytest.approx(1, abs=1e-5)
    middle = face.landmarks[:, :2].mean(axis=0)
    assert face.box.x < middle[0] < face.box.x + face.box.width
    assert face.box.y < middle[1] < face.box.y + face.box.height


def test_landmarks_lie_where_the_features_are(hopper_face: Face) -> None:
    right_eye, left_eye, nose, chin = hopper_face.landmarks[[33, 263, 1, 152], :2]
    assert right_eye[0] < nose[0] < left_eye[0]  # the person's right is the viewer's left
    assert max(right_eye[1], left_eye[1]) < nose[1] < chin[1]
    nearer = hopper_face.landmarks[1, 2] < hopper_face.landmarks[[234, 454], 2].min()
    assert nearer


@pytest.mark.parametrize("degrees", [30, 60, 90, 135, 180, 225, 270, 315])
@pytest.mark.parametrize("who", ["collins", "hopper"])
def test_a_turned_photo_reads_the_same(
    who: str, degrees: float, turned: Turn, request: pytest.FixtureRequest
) -> None:
    photo: Picture = request.getfixturevalue(who)
    upright: Face = request.getfixturevalue(f"{who}_face")
    picture, matrix = turned(photo, degrees)
    face = _only(find_faces(picture))
    expected = upright.landmarks[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    assert _landmark_error(face, expected) < 0.03
    roll = (face.pose.roll - upright.pose.roll - degrees + 180) % 360 - 180
    assert abs(roll) < 5
    assert cosine(face.identity, upright.identity) > 0.9
    for name, value in upright.blendshapes.items():
        assert abs(face.blendshapes[name] - value) < 0.3, name


@pytest.mark.parametrize("scale", [0.5, 2.0, 6.0])
def test_landmarks_follow_the_scale(scale: float, hopper: Picture, hopper_face: Face) -> None:
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    resized = cv2.resize(hopper, None, fx=scale, fy=scale, interpolation=method)
    face = _only(find_faces(resized))
    expected = (hopper_face.landmarks + 0.5) * scale - 0.5
    assert _landmark_error(face, expected) < 0.02
    depth = face.landmarks[:, 2] - hopper_face.landmarks[:, 2] * scale
    assert np.abs(depth).mean() < 0.03 * eye_distance(face.landmarks)


def test_a_small_face_in_a_large_photo(collins: Picture, collins_face: Face) -> None:
    scale = 24 / collins_face.box.width
    small = cv2.resize(collins, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    photo = np.full((3000, 4000, 3), 120, np.uint8)
    photo[2000 : 2000 + small.shape[0], 3100 : 3100 + small.shape[1]] = small
    face = _only(find_faces(photo))
    expected = (collins_face.landmarks + 0.5) * scale - 0.5 + [3100, 2000, 0]
    assert _landmark_error(face, expected) < 0.08
    assert cosine(face.identity, collins_face.identity) > 0.363


def test_a_face_that_fills_the_photo(collins: Picture) -> None:
    close = cv2.resize(collins[55:185, 165:285], (1300, 1400), interpolation=cv2.INTER_CUBIC)
    assert _only(find_faces(close.astype(np.uint8))).box.width > 800


def test_a_crowd_is_found_whole_and_once(collins: Picture) -> None:
    crowd = np.tile(collins[:300], (4, 6, 1))
    faces = find_faces(crowd)
    assert len(faces) == 24
    cells = {(int(face.landmarks[1, 0] // 512), int(face.landmarks[1, 1] // 300)) for face in faces}
    assert len(cells) == 24


def test_face_one_is_the_largest_and_the_order_is_stable(collins: Picture, hopper: Picture) -> None:
    photo = np.full((600, 1024, 3), 128, np.uint8)
    photo[:512, :512] = collins
    photo[:, 512:] = hopper
    first, second = find_faces(photo)
    assert first.box.area > second.box.area
    assert first.box.x > 512
    again = find_faces(photo)
    np.testing.assert_array_equal(first.landmarks, again[0].landmarks)
    np.testing.assert_array_equal(second.landmarks, again[1].landmarks)


def _grey(photo: Picture) -> NDArray[np.generic]:
    return cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)[:, :, None]


def _with_alpha(photo: Picture) -> NDArray[np.generic]:
    return np.dstack([photo, np.full(photo.shape[:2], 255, np.uint8)])


_SHAPES: dict[str, Callable[[Picture], NDArray[np.generic]]] = {
    "grey": _grey,
    "grey plane": lambda photo: _grey(photo)[:, :, 0],
    "grey with alpha": lambda photo: np.dstack([_grey(photo), np.full_like(_grey(photo), 255)]),
    "colour with alpha": _with_alpha,
    "16 bit": lambda photo: photo.astype(np.uint16) * 257,
    "16 bit with alpha": lambda photo: _with_alpha(photo).astype(np.uint16) * 257,
    "16 bit grey": lambda photo: _grey(photo).astype(np.uint16) * 257,
    "not contiguous": lambda photo: np.asfortranarray(photo)[:, :, :],
}


@pytest.mark.parametrize("kind", sorted(_SHAPES))
def test_every_depth_and_channel_count_reads_alike(
    kind: str, hopper: Picture, hopper_face: Face
) -> None:
    face = _only(find_faces(_SHAPES[kind](hopper)))
    assert _landmark_error(face, hopper_face.landmarks) < 0.02
    tolerance = 0.85 if "grey" in kind else 0.999
    assert cosine(face.identity, hopper_face.identity) > tolerance


def test_a_transparent_face_is_not_there(hopper: Picture) -> None:
    hidden = np.dstack([hopper, np.zeros(hopper.shape[:2], np.uint8)])
    assert find_faces(hidden) == ()


@pytest.mark.parametrize(
    "shape",
    [(1, 1, 1), (1, 1, 4), (2, 3, 3), (3, 2, 2), (1, 900, 3), (5000, 1, 3), (200, 30_000, 3)],
)
def test_odd_shapes_have_no_faces(shape: tuple[int, int, int]) -> None:
    assert find_faces(np.zeros(shape, np.uint8)) == ()


def test_noise_has_no_faces() -> None:
    noise = np.random.default_rng(7).integers(0, 65536, (700, 900, 3), dtype=np.uint16)
    assert find_faces(noise) == ()


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((0, 4, 3), np.uint8),
        np.zeros((4, 4, 5), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros(4, np.uint8),
    ],
)
def test_what_is_no_picture_is_refused(pixels: NDArray[np.generic]) -> None:
    with pytest.raises(UnreadablePixelsError, match="height, width"):
        find_faces(pixels)


@pytest.mark.parametrize("cut", [0.25, 0.5, 0.75])
@pytest.mark.parametrize("edge", ["left", "right", "top", "bottom"])
def test_faces_cut_by_the_border_never_fail(
    cut: float, edge: str, hopper: Picture, hopper_face: Face
) -> None:
    box = hopper_face.box
    x, y = int(box.x + box.width * cut), int(box.y + box.height * cut)
    parts = {
        "left": hopper[:, x:],
        "right": hopper[:, :x],
        "top": hopper[y:],
        "bottom": hopper[:y],
    }
    for face in find_faces(parts[edge]):
        assert np.isfinite(face.landmarks).all()
    if (edge, cut) in (("left", 0.25), ("right", 0.75)):
        assert len(find_faces(parts[edge])) == 1


def test_a_known_face_is_read_without_looking(hopper: Picture, hopper_face: Face) -> None:
    face = read_mesh(hopper, hopper_face)
    assert face.score > 0.9
    assert face.box == hopper_face.box
    assert _landmark_error(face, hopper_face.landmarks) < 0.01
    assert cosine(face.identity, hopper_face.identity) > 0.99
    from_points = read_mesh(hopper, hopper_face.landmarks)
    np.testing.assert_array_equal(from_points.landmarks, face.landmarks)


def test_reading_where_no_face_is_scores_low(hopper: Picture, hopper_face: Face) -> None:
    assert read_mesh(np.full_like(hopper, 90), hopper_face).score < 0.5
    beyond = hopper_face.landmarks + np.float32(5000)
    assert read_mesh(hopper, beyond).score < 0.5
    assert read_mesh(hopper, np.zeros((478, 3), np.float32)).score < 0.5


def test_threads_read_what_one_thread_reads(hopper: Picture, collins: Picture) -> None:
    photos = [hopper, collins] * 4
    alone = [find_faces(photo)[0] for photo in photos[:2]] * 4
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda photo: find_faces(photo)[0], photos))
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one.landmarks, other.landmarks)
        np.testing.assert_array_equal(one.identity, other.identity)


def test_the_plain_data_costs_no_heavy_import() -> None:
    program = (
        "import sys, engine.faces.face, engine.faces; from engine.faces import find_faces; "
        "sys.exit('cv2' in sys.modules or 'ai_edge_litert' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
