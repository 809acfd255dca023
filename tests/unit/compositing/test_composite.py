"""What a composite keeps of the photo, takes of the edit, and says about the model."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from engine.compositing import Composite, OpenSides, apply, change_of, compose, prepare
from engine.compositing.alignment import Similarity
from tests.unit.compositing.stand_in import (
    TYPICAL,
    Picture,
    Scenario,
    Wrong,
    decibels,
    render,
    scenario,
    shrunk,
)

HAPPY = (("happy", 1.0),)


def hard_paste(made: Scenario) -> Picture:
    side = made.original.shape[0]
    return np.asarray(cv2.resize(made.edit, (side, side), interpolation=cv2.INTER_CUBIC))


def face_of(made: Scenario) -> Picture:
    mask = np.zeros(made.original.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(made.landmarks[:, :2].astype(np.int32)), 1)
    return mask > 0


@pytest.fixture(scope="module")
def made() -> Scenario:
    return scenario()


@pytest.fixture(scope="module")
def composed(made: Scenario) -> Composite:
    return made.composed()


def test_nothing_outside_the_mask_is_touched(made: Scenario, composed: Composite):
    outside = composed.mask == 0
    assert outside.mean() > 0.4
    assert np.array_equal(composed.pixels[outside], made.original[outside])
    assert (composed.pixels != made.original).any()


def test_the_mask_fades_out_before_the_crops_border(composed: Composite):
    assert composed.mask.dtype == np.float32
    for edge in (
        composed.mask[:2],
        composed.mask[-2:],
        composed.mask[:, :2],
        composed.mask[:, -2:],
    ):
        assert (edge == 0).all()
    assert composed.mask.max() == 1
    assert np.abs(np.diff(composed.mask, axis=0)).max() < 0.1


def test_it_comes_nearer_to_the_truth_than_a_paste(made: Scenario, composed: Composite):
    face = face_of(made)
    pasted = decibels(hard_paste(made), made.truth, face)
    assert decibels(composed.pixels, made.truth, face) > pasted + 8
    assert decibels(composed.pixels, made.truth, ~face) > 40


def test_the_expression_does_arrive(made: Scenario, composed: Composite):
    face = face_of(made)
    untouched = decibels(made.original, made.truth, face)
    assert decibels(composed.pixels, made.truth, face) > untouched + 6


def test_the_photos_texture_is_kept(made: Scenario, composed: Composite):
    cheeks = np.zeros(made.original.shape[:2], bool)
    for x, y in made.landmarks[[50, 280], :2].astype(int):
        cheeks[y - 30 : y + 30, x - 30 : x + 30] = True
    assert composed.mask[cheeks].mean() > 0.5

    def fine(picture: Picture) -> float:
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
        return float(np.square(grey - cv2.GaussianBlur(grey, (0, 0), 1.5))[cheeks].sum())

    assert 0.8 < fine(composed.pixels) / fine(made.truth) < 1.1
    assert fine(hard_paste(made)) / fine(made.truth) < 0.5


def test_the_photos_texture_moves_with_the_skin():
    """Detail finer than the model's pixels stands where the truth has it, on all that has moved."""
    wrong = Wrong(blur=0.7, noise=1.0)
    smiling = scenario(wrong, wanted=HAPPY, name="grace_hopper.jpg", side=2000)
    result = smiling.composed()

    def fine(picture: Picture) -> Picture:
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
        grey = cv2.GaussianBlur(grey, (0, 0), 0.8)
        return grey - cv2.GaussianBlur(grey, (0, 0), 1.6)

    before, after, truth = (fine(p) for p in (smiling.original, result.pixels, smiling.truth))
    lost = cv2.GaussianBlur(np.square(before - truth), (0, 0), 8.0)
    moved = face_of(smiling) & (lost > 0.5 * cv2.GaussianBlur(np.square(truth), (0, 0), 8.0))
    assert moved.sum() > 100_000

    def in_place(picture: Picture) -> float:
        return float((picture * truth)[moved].sum() / np.square(truth[moved]).sum())

    assert in_place(before) < 0.2
    assert in_place(after) > 0.45
    assert (result.mask[moved] > 0.5).mean() > 0.95


def test_the_originals_arrays_are_not_written_to(made: Scenario):
    before = made.original.copy()
    made.composed()
    assert np.array_equal(made.original, before)


@pytest.mark.parametrize("wrong", [Wrong(), TYPICAL], ids=["perfect", "typical"])
def test_an_edit_that_changes_nothing_gives_the_original(wrong: Wrong):
    same = scenario(wrong, wanted=())
    result = same.composed()
    assert np.array_equal(result.pixels, same.original)
    assert result.changed_share == 0
    assert not result.mask.any()


def test_the_null_render_itself_gives_the_original(made: Scenario):
    scene = prepare(made.original, made.reference, made.null, landmarks=made.landmarks)
    assert np.array_equal(compose(scene, made.null).pixels, made.original)


@pytest.mark.parametrize(
    "lies",
    [
        Similarity(3.2, -2.1, 1.006, 0.3),
        Similarity(-6.0, 4.0, 0.985, -0.8),
        Similarity(0.4, 0.3, 1.001, 0.0),
    ],
)
def test_drift_is_measured(lies: Similarity):
    drift = scenario(Wrong(lies, (5.0, 0.0, -4.0), 0.8, 1.5)).composed().drift
    assert drift.shift_px == pytest.approx(lies.shift, abs=0.2)
    assert drift.scale == pytest.approx(lies.scale, abs=0.001)
    assert drift.rotation_deg == pytest.approx(lies.rotation_deg, abs=0.06)


def test_a_cast_is_measured_and_removed():
    tinted = scenario(Wrong(tint=(9.0, -6.0, 4.0)))
    result = tinted.composed()
    assert result.drift.colour == pytest.approx((9.0, -6.0, 4.0), abs=1.0)
    face = face_of(tinted)
    left = (result.pixels.astype(float) - tinted.truth)[face].mean(axis=0)
    assert np.abs(left).max() < 1.0


def test_a_cast_that_varies_is_removed():
    plain = scenario(Wrong(blur=0.7, noise=1.0))
    ramp = np.linspace(-9, 9, 512)[None, :, None] * np.array([1, 0.5, -1])
    null, edit = (
        np.clip(np.rint(p + ramp), 0, 255).astype(np.uint8) for p in (plain.null, plain.edit)
    )
    scene = prepare(plain.original, plain.reference, null, landmarks=plain.landmarks)
    result = compose(scene, edit)
    face = face_of(plain)
    left = decibels(result.pixels, plain.truth, face)
    assert left > decibels(plain.composed().pixels, plain.truth, face) - 1.0
    assert result.drift.residual < 2.5


def test_a_blush_is_no_cast(made: Scenario):
    """Faint and smooth, on a picture that the model has covered with texture of its own."""
    y, x = np.mgrid[0:512, 0:512]
    places = made.landmarks[[50, 280], :2] * 0.512
    blush = sum(np.exp(-((x - u) ** 2 + (y - v) ** 2) / (2 * 24**2)) for u, v in places)
    colour = np.asarray(blush)[..., None] * np.array([6.0, -3.0, -3.0])
    texture = np.random.default_rng(8).standard_normal((512, 512, 1)).astype(np.float32)
    texture = cv2.GaussianBlur(texture, (0, 0), 2.0)[..., None]
    null = made.reference + 6 * texture / texture.std()
    scene = prepare(
        made.original,
        made.reference,
        np.clip(np.rint(null), 0, 255).astype(np.uint8),
        landmarks=made.landmarks,
    )
    result = compose(scene, np.clip(np.rint(null + colour), 0, 255).astype(np.uint8))
    redder = (result.pixels[..., 0].astype(float) - result.pixels[..., 1]) - (
        made.original[..., 0].astype(float) - made.original[..., 1]
    )
    cheek = cv2.resize(np.asarray(blush), (1000, 1000)) > 0.8
    assert redder[cheek].mean() > 4.5


def test_lost_sharpness_is_measured():
    assert scenario(Wrong(blur=1.2)).composed().drift.blur_px == pytest.approx(1.2, abs=0.2)


def test_a_null_render_of_another_expression():
    """The face smiles and the null render does not: the smile that is asked for comes."""
    other = scenario(wanted=HAPPY, null=(("sad", 1.0),))
    usual = scenario(wanted=HAPPY)
    face = face_of(other)
    with_other = decibels(other.composed().pixels, other.truth, face)
    assert with_other > decibels(usual.composed().pixels, usual.truth, face) - 1.5


def test_an_edit_that_is_the_null_render_still_counts_against_the_photo():
    """At the lowest intensities both are neutral, and the photo smiles."""
    neutral = scenario(wanted=(("sad", 1.0),), null=(("sad", 1.0),))
    face = face_of(neutral)
    result = neutral.composed()
    untouched = decibels(neutral.original, neutral.truth, face)
    assert decibels(result.pixels, neutral.truth, face) > untouched + 4


def test_the_mask_covers_the_jaw_before_and_after():
    dropped = scenario(name="grace_hopper.jpg", wanted=(("surprised", 1.3),))
    result = dropped.composed()
    moved = np.abs(dropped.truth.astype(int) - dropped.original).max(2)
    moved = cv2.GaussianBlur(moved.astype(np.float32), (0, 0), 4) > 12
    chin = dropped.landmarks[152]
    below = np.zeros_like(moved)
    below[int(chin[1]) - 40 :, int(chin[0]) - 60 : int(chin[0]) + 60] = True
    assert (moved & below).sum() > 200
    assert result.mask[moved & below].min() > 0.5


def test_spill_over_the_background_stays_out(made: Scenario):
    away = ~cv2.dilate(face_of(made).astype(np.uint8), np.ones((161, 161))).astype(bool)
    spill = cv2.GaussianBlur(
        np.random.default_rng(3).standard_normal(made.edit.shape).astype(np.float32), (0, 0), 5
    )
    spill = 9 * spill / spill.std() * shrunk((255 * away).astype(np.uint8), 512)[..., None] / 255
    edit = np.clip(made.edit + spill, 0, 255).astype(np.uint8)
    scene = prepare(made.original, made.reference, made.null, landmarks=made.landmarks)
    result = compose(scene, edit)
    assert np.array_equal(result.pixels[away], made.original[away])


def test_a_neighbours_face_stays_as_it_is():
    """Cheek to cheek. The model has made both smile; only one was asked for."""
    one = scenario(wanted=HAPPY)
    left, right = (int(edge) for edge in (one.landmarks[:, 0].min(), one.landmarks[:, 0].max()))
    seam, margin = right - left, (1000 - 2 * (right - left)) // 2

    def pair_of(picture: Picture) -> Picture:
        mirrored = picture[:, right - 1 : left - 1 : -1]
        outer = picture[:, right : right + margin]
        both = [outer[:, ::-1], picture[:, left:right], mirrored, outer]
        return np.ascontiguousarray(np.concatenate(both, 1))

    pair = pair_of(one.original)
    seam += margin
    marks = one.landmarks + np.array([margin - left, 0, 0], np.float32)
    theirs = marks * np.array([-1, 1, 1]) + np.array([2 * seam - 1, 0, 0])
    pictures = (pair, shrunk(pair, 512), render(pair, TYPICAL, 2))
    edit = render(pair_of(one.truth), TYPICAL, 1)
    greedy = compose(prepare(*pictures, landmarks=marks), edit)
    result = compose(prepare(*pictures, landmarks=marks, neighbours=[theirs]), edit)
    beyond = slice(seam + 30, None)
    assert (greedy.pixels[:, beyond] != pair[:, beyond]).any()
    assert np.array_equal(result.pixels[:, beyond], pair[:, beyond])
    mouth = (slice(int(marks[13, 1]) - 20, int(marks[13, 1]) + 20), int(marks[13, 0]))
    assert np.array_equal(result.mask[mouth], greedy.mask[mouth])


def test_faces_outside_the_crop_do_not_matter(made: Scenario, composed: Composite):
    away = [made.landmarks + np.array(shift) for shift in ([5e3, 0, 0], [0, -900, 0])]
    scene = prepare(
        made.original, made.reference, made.null, landmarks=made.landmarks, neighbours=away
    )
    assert np.array_equal(compose(scene, made.edit).pixels, composed.pixels)


def test_sixteen_bits_stay_sixteen(made: Scenario, composed: Composite):
    low = np.random.default_rng(5).integers(0, 256, made.original.shape, np.uint16)
    deep = made.original.astype(np.uint16) * 256 + low
    scene = prepare(deep, made.reference, made.null, landmarks=made.landmarks)
    result = compose(scene, made.edit)
    assert result.pixels.dtype == np.uint16
    outside = result.mask == 0
    assert np.array_equal(result.pixels[outside], deep[outside])
    assert decibels(result.pixels / 257, composed.pixels) > 42
    assert len(np.unique(result.pixels[~outside] & 255)) == 256


@pytest.mark.parametrize("channels", [1, 2])
def test_grey_stays_grey(made: Scenario, channels: int):
    grey = np.asarray(cv2.cvtColor(made.original, cv2.COLOR_RGB2GRAY), np.uint8)[..., None]
    alpha = np.random.default_rng(6).integers(0, 256, grey.shape, np.uint8)
    original = np.concatenate([grey, alpha], 2)[..., :channels]
    seen = np.repeat(shrunk(grey, 512)[..., None], 3, 2)
    scene = prepare(original, seen, render(seen, TYPICAL, 2), landmarks=made.landmarks)
    truth = cv2.cvtColor(made.truth, cv2.COLOR_RGB2GRAY)[..., None]
    wanted = np.repeat(shrunk(truth, 512)[..., None], 3, 2)
    result = compose(scene, render(wanted, TYPICAL, 1))
    assert result.pixels.shape == original.shape
    assert np.array_equal(result.pixels[..., 1:], original[..., 1:])
    face = face_of(made)
    before = decibels(original[..., :1], truth, face)
    assert decibels(result.pixels[..., :1], truth, face) > before + 5


def test_alpha_is_not_touched(made: Scenario, composed: Composite):
    alpha = np.random.default_rng(6).integers(0, 256, (*made.original.shape[:2], 1), np.uint8)
    original = np.concatenate([made.original, alpha], 2)
    scene = prepare(original, made.reference, made.null, landmarks=made.landmarks)
    result = compose(scene, made.edit)
    assert np.array_equal(result.pixels[..., 3], original[..., 3])
    assert np.array_equal(result.pixels[..., :3], composed.pixels)


@pytest.mark.parametrize("side", [60, 120, 300, 3000])
def test_any_size_of_crop(side: int):
    sized = scenario(side=side, wanted=(("surprised", 1.3),))
    result = sized.composed()
    face = face_of(sized)
    assert result.pixels.shape == sized.original.shape
    assert np.isfinite(result.mask).all()
    before = decibels(sized.original, sized.truth, face)
    assert decibels(result.pixels, sized.truth, face) > before + 2
    assert np.array_equal(result.pixels[result.mask == 0], sized.original[result.mask == 0])


def test_a_crop_that_is_not_square(made: Scenario):
    part = slice(100, 900)
    low = slice(51, 461)
    scene = prepare(
        made.original[part],
        made.reference[low],
        made.null[low],
        landmarks=made.landmarks - np.array([0, 100, 0]),
    )
    result = compose(scene, made.edit[low])
    assert result.pixels.shape == (800, 1000, 3)
    inside = face_of(made)[part]
    assert decibels(result.pixels, made.truth[part], inside) > 30


def test_without_landmarks_the_middle_is_expected_to_be_the_face(made: Scenario):
    result = compose(prepare(made.original, made.reference, made.null), made.edit)
    face = face_of(made)
    assert decibels(result.pixels, made.truth, face) > decibels(made.original, made.truth, face) + 4


@pytest.mark.parametrize("value", [0, 128, 255])
def test_flat_pictures_break_nothing(value: int):
    flat = np.full((256, 256, 3), value, np.uint8)
    spot = flat.copy()
    spot[110:150, 110:150] = 255 - value // 2
    with np.errstate(all="raise", under="ignore"):
        result = compose(prepare(flat, flat, flat), spot)
    assert np.isfinite(result.mask).all()
    assert np.isfinite([result.drift.shift_px, result.drift.scale, result.drift.residual]).all()
    assert result.drift.shift_px < 0.5


def test_noise_in_place_of_an_edit_is_finite(made: Scenario):
    scene = prepare(made.original, made.reference, made.null, landmarks=made.landmarks)
    noise = np.random.default_rng(7).integers(0, 256, made.edit.shape, np.uint8)
    result = compose(scene, noise)
    values = [result.drift.shift_px, result.drift.scale, result.drift.residual, result.seam]
    assert np.isfinite(values).all()
    assert np.isfinite(result.mask).all()


def test_the_same_twice_whatever_the_number_of_threads(made: Scenario, composed: Composite):
    threads = cv2.getNumThreads()
    try:
        for number in (1, 3):
            cv2.setNumThreads(number)
            again = made.composed()
            assert np.array_equal(again.pixels, composed.pixels)
            assert again.drift == composed.drift
    finally:
        cv2.setNumThreads(threads)


def test_an_edge_of_the_photo_is_no_seam():
    """A face that the photo's lower edge cuts changes up to that edge."""
    made = scenario(name="grace_hopper.jpg", wanted=(("surprised", 1.3),))
    end = int(made.landmarks[152, 1]) - 10
    end -= end % 2
    low = round(end * 512 / 1000)
    pictures = (made.original[:end], made.reference[:low], made.null[:low])
    closed = compose(prepare(*pictures, landmarks=made.landmarks), made.edit[:low])
    sides = OpenSides(bottom=True)
    opened = compose(prepare(*pictures, landmarks=made.landmarks, sides=sides), made.edit[:low])
    assert not closed.mask[-2:].any()
    assert opened.mask[-2:].max() == 1


def test_the_border_of_the_change_is_steady_in_time():
    """Frames that a model renders one by one differ in noise and in how they lie."""
    strengths, numbers = (0.4, 0.6, 0.8, 1.0), np.random.default_rng(5)
    frames = [
        scenario(wanted=(("surprised", one),), wrong=shaken(numbers), side=700) for one in strengths
    ]
    first = frames[0]
    scene = prepare(first.original, first.reference, first.null, landmarks=first.landmarks)
    changes = [change_of(scene, one.edit) for one in frames]
    alone = [apply(one) for one in changes]
    ends = [changes[0], *changes, changes[-1]]
    steady = [
        apply(one, (before, after))
        for before, one, after in zip(ends, changes, ends[2:], strict=False)
    ]
    assert np.array_equal(alone[0].pixels, compose(scene, first.edit).pixels)
    rim = np.any([(one.mask > 0) & (one.mask < 0.5) for one in alone], axis=0)
    assert jumps(steady)[:, rim].mean() < 0.6 * jumps(alone)[:, rim].mean()
    outside = np.all([one.mask == 0 for one in steady], axis=0)
    for one, other, frame in zip(steady, alone, frames, strict=True):
        assert np.array_equal(one.pixels[outside], frame.original[outside])
        assert decibels(one.pixels, frame.truth) > decibels(other.pixels, frame.truth) - 0.1


def shaken(numbers: np.random.Generator) -> Wrong:
    """What the model does wrong, a little different every time."""
    x, y, zoom, turn = numbers.normal(0, 1, 4) * (0.3, 0.3, 0.0005, 0.02)
    typical = TYPICAL.lies
    lies = Similarity(typical.shift_x + x, typical.shift_y + y, typical.scale + zoom, turn)
    return replace(TYPICAL, lies=lies)


def jumps(frames: list[Composite]) -> np.ndarray:
    """How much the mask leaves the straight way from frame to frame."""
    return np.abs(np.diff(np.stack([one.mask for one in frames]), 2, axis=0))


def test_pictures_that_do_not_fit_are_refused(made: Scenario):
    with pytest.raises(ValueError, match="one size"):
        prepare(made.original, made.reference, made.null[:400])
    with pytest.raises(ValueError, match="8 or 16"):
        prepare(made.original.astype(np.float32), made.reference, made.null)  # type: ignore
    scene = prepare(made.original, made.reference, made.null)
    with pytest.raises(ValueError, match="null render"):
        compose(scene, made.edit[:400])
