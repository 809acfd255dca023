"""The instant editor on real faces: what must move moves, all else stays to the bit."""

import dataclasses

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from engine.editors.base import Cancelled, FaceCrop, Pixels
from engine.editors.instant import InstantEditor
from engine.editors.instant.activation import activation_changes
from engine.editors.instant.glasses import frames_hold
from engine.faces import cosine, read_mesh
from engine.faces.face import Face
from engine.recipes import Intensities, expressions
from tests.helpers.portraits import Portrait, edit, prepare

ALL = list(expressions())


def outside(portrait: Portrait, margin: float) -> NDArray[np.bool_]:
    """True away from the face: beyond its mesh by `margin` eye distances (more under the chin)."""
    points = portrait.face.landmarks[:, :2]
    eyes = float(np.linalg.norm(points[33] - points[263]))
    mask = np.zeros(portrait.photo.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(points.astype(np.int32)), 255)
    r = int(margin * eyes)
    grown = cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * r + 1, 2 * r + 1)))
    below = np.roll(grown, int(0.35 * eyes), axis=0)
    return (grown == 0) & (below == 0)


def reading(photo: Pixels, face: Face) -> dict[str, float]:
    return read_mesh(photo, face).blendshapes


def mean(blendshapes: dict[str, float], name: str) -> float:
    return (blendshapes[f"{name}Left"] + blendshapes[f"{name}Right"]) / 2


def test_zero_is_the_photo_itself(grace: Portrait) -> None:
    assert np.array_equal(grace.edited(), grace.photo)


@pytest.mark.parametrize("name", ALL)
def test_everything_away_from_the_face_stays_to_the_bit(grace: Portrait, name: str) -> None:
    edited = grace.edited(**{name: 1.5})
    away = outside(grace, 0.1)
    assert away.mean() > 0.5
    assert np.array_equal(edited[away], grace.photo[away])
    assert not np.array_equal(edited, grace.photo)


@pytest.mark.parametrize("name", ALL)
def test_the_person_stays_the_person(grace: Portrait, eileen: Portrait, name: str) -> None:
    for portrait in (grace, eileen):
        after = read_mesh(portrait.edited(**{name: 1.0}), portrait.face)
        assert cosine(after.identity, portrait.face.identity) > 0.7


def rises(portrait: Portrait, name: str, sign: str) -> list[float]:
    return [
        mean(reading(portrait.edited(**({name: a} if a else {})), portrait.face), sign)
        for a in (0.0, 0.5, 1.0, 1.5)
    ]


def test_happiness_grows_with_its_intensity(grace: Portrait) -> None:
    smile = rises(grace, "happy", "mouthSmile")
    assert smile == sorted(smile)
    assert smile[2] - smile[0] > 0.5


def test_surprise_opens_the_mouth(grace: Portrait) -> None:
    jaw = [
        reading(grace.edited(**({"surprised": a} if a else {})), grace.face)["jawOpen"]
        for a in (0.0, 0.5, 1.0)
    ]
    assert jaw == sorted(jaw)
    assert jaw[2] - jaw[0] > 0.15


def test_sleep_lowers_the_lids(eileen: Portrait) -> None:
    blink = rises(eileen, "sleepy", "eyeBlink")
    assert blink[2] - blink[0] > 0.15


def test_sadness_takes_the_smile_away(eileen: Portrait) -> None:
    smile = rises(eileen, "sad", "mouthSmile")
    assert smile[2] < smile[0] - 0.1


def test_a_smiling_face_does_not_go_grotesque(eileen: Portrait, grace: Portrait) -> None:
    """The corners of a broad smile move less than half as far as those of a straight mouth."""

    def moved(portrait: Portrait) -> float:
        prepared = prepare(portrait.photo, portrait.face)
        changes = activation_changes(Intensities({"happy": 1.0}), portrait.face.blendshapes)
        points = prepared.rig.displacement(changes).points
        return float(np.linalg.norm(points[61]) / prepared.rig.frame.eye_distance)

    assert moved(eileen) < 0.5 * moved(grace)


def test_contempt_is_one_sided(grace: Portrait) -> None:
    after = reading(grace.edited(contempt=1.0), grace.face)
    difference = abs(after["mouthSmileLeft"] - after["mouthSmileRight"])
    before = abs(
        grace.face.blendshapes["mouthSmileLeft"] - grace.face.blendshapes["mouthSmileRight"]
    )
    assert difference > before + 0.1


@pytest.mark.parametrize("degrees", [30, -75, 180])
def test_a_tilted_head_gets_the_same_expression(grace: Portrait, degrees: float) -> None:
    """Turning the photo and editing it is editing it and turning the result."""
    height, width = grace.photo.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    turned = cv2.warpAffine(grace.photo, turn, (width, height), flags=cv2.INTER_CUBIC)
    turned = turned.astype(np.uint8, copy=False)
    landmarks = grace.face.landmarks.copy()
    landmarks[:, :2] = landmarks[:, :2] @ turn[:, :2].T + turn[:, 2]
    face = dataclasses.replace(grace.face, landmarks=landmarks)
    edited = edit(turned, prepare(turned, face), surprised=1.0)
    expected = cv2.warpAffine(
        grace.edited(surprised=1.0), turn, (width, height), flags=cv2.INTER_CUBIC
    )
    difference = np.abs(edited.astype(int) - expected.astype(int)).mean(axis=2)
    changed = np.abs(edited.astype(int) - turned.astype(int)).mean(axis=2)
    # Two resamplings differ by a little everywhere; the expression itself by far more.
    assert difference.mean() < 0.35 * changed.mean()


def test_sixteen_bits_and_eight_bits_show_the_same(grace: Portrait) -> None:
    eight = grace.edited(surprised=1.0)
    deep = grace.photo.astype(np.uint16) * 257
    sixteen = edit(deep, prepare(deep, grace.face), surprised=1.0)
    assert sixteen.dtype == np.uint16
    assert np.abs(sixteen / 257 - eight).max() <= 2
    assert len(np.unique(sixteen)) > 3000  # the depth between the 256 steps is used


@pytest.mark.parametrize("channels", [1, 2, 4])
def test_grey_and_alpha_are_kept(grace: Portrait, channels: int) -> None:
    grey = cv2.cvtColor(grace.photo, cv2.COLOR_RGB2GRAY)[..., None]
    alpha = np.arange(grey.size, dtype=np.uint64).reshape(grey.shape).astype(np.uint8)
    colour = grey if channels < 3 else grace.photo
    photo = colour if channels == 1 else np.concatenate([colour, alpha], axis=2)
    photo = photo.astype(np.uint8, copy=False)
    edited = edit(photo, prepare(photo, grace.face), happy=1.0)
    assert edited.shape == photo.shape
    assert not np.array_equal(edited[..., 0], photo[..., 0])
    if channels in (2, 4):
        assert np.array_equal(edited[..., -1], photo[..., -1])


def test_a_face_cut_by_the_photos_border_is_edited_where_it_shows(grace: Portrait) -> None:
    left = int(grace.face.landmarks[:, 0].mean())
    photo = np.ascontiguousarray(grace.photo[:, left:])
    landmarks = grace.face.landmarks - np.array([left, 0, 0], np.float32)
    face = dataclasses.replace(grace.face, landmarks=landmarks)
    edited = edit(photo, prepare(photo, face), surprised=1.0)
    whole = grace.edited(surprised=1.0)[:, left:]
    inner = slice(None), slice(25, None)  # at the cut itself there is nothing to fetch from
    assert np.abs(edited[inner].astype(int) - whole[inner].astype(int)).mean() < 0.3


def test_spectacle_frames_stay_put(grace: Portrait) -> None:
    """The dark upper rims, found by eye in the sample, do not move under the strongest brow."""
    edited = grace.edited(surprised=1.5)
    rim = grace.face.landmarks[[52, 282], :2].mean(axis=0)
    eyes = grace.face.landmarks[[33, 263], :2]
    prepared = prepare(grace.photo, grace.face)
    assert prepared.rig.border.min() == 0
    grey = [cv2.cvtColor(p, cv2.COLOR_RGB2GRAY) for p in (grace.photo, edited)]
    y0, y1 = int(rim[1]), int(eyes[:, 1].mean()) + 4
    x0, x1 = int(eyes[0, 0]) - 8, int(eyes[1, 0]) + 8
    dark = grey[0][y0:y1, x0:x1] < 40
    moved = grey[1][y0:y1, x0:x1] >= 90
    assert dark.sum() > 100
    assert (dark & moved).sum() < 0.1 * dark.sum()


def test_a_bare_face_has_no_frames(eileen: Portrait) -> None:
    rig = prepare(eileen.photo, eileen.face).rig
    assert frames_hold(eileen.photo, rig.frame, rig.landmarks, rig.local, rig.cells) is None


def test_frames_come_one_by_one_and_equal_to_single_ones(grace: Portrait) -> None:
    editor = InstantEditor()
    prepared = editor.prepare(FaceCrop(grace.photo, grace.face), on_step=lambda *_: None)
    wanted = [Intensities({"happy": a}) for a in (0.3, 0.9)]
    steps: list[tuple[int, int]] = []
    together = list(
        editor.render(prepared, wanted, seed=1, on_step=lambda *step: steps.append(step))
    )
    alone = [
        next(editor.render(prepared, [one], seed=2, on_step=lambda *_: None)) for one in wanted
    ]
    assert steps == [(0, 2), (1, 2)]
    for a, b in zip(together, alone, strict=True):
        assert np.array_equal(a.pixels, b.pixels)


def test_cancelling_stops_before_the_next_frame(grace: Portrait) -> None:
    editor = InstantEditor()
    prepared = editor.prepare(FaceCrop(grace.photo, grace.face), on_step=lambda *_: None)

    def stop_at_one(done: int, total: int) -> None:
        del total
        if done == 1:
            raise Cancelled

    frames = editor.render(prepared, [Intensities({"happy": 1.0})] * 3, seed=1, on_step=stop_at_one)
    next(frames)
    with pytest.raises(Cancelled):
        next(frames)
