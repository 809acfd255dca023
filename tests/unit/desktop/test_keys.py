"""Operations on keys keep what they promise, for curves of all kinds."""

import random

import msgspec
import pytest

from engine.recipes import MAX_INTENSITY, Curve, Keyframe, expressions
from pixelsmile_desktop.models import keys
from pixelsmile_desktop.models.keys import Clip, ClipKey, Curves, KeyRef
from pixelsmile_desktop.models.motions import MOTIONS, with_motion

NAMES = tuple(expressions())
SEEDS = range(40)


class Case:
    """Curves at random, and a choice of their keys."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.frames = self.random.choice([2, 3, 24, 120, 600])
        self.curves: Curves = {name: self._curve() for name in self.random.sample(NAMES, 5)}
        everything = sorted(keys.all_keys(self.curves))
        count = self.random.randint(1, len(everything))
        self.chosen = frozenset(self.random.sample(everything, count))

    def _curve(self) -> Curve:
        count = self.random.randint(1, min(self.frames, 9))
        return Curve(
            tuple(
                Keyframe(
                    frame, self.random.uniform(0, MAX_INTENSITY), self.random.choice(keys.EASINGS)
                )
                for frame in self.random.sample(range(self.frames), count)
            )
        )


@pytest.fixture(params=SEEDS)
def case(request: pytest.FixtureRequest) -> Case:
    return Case(request.param)


def test_a_key_changes_its_own_frame_and_curve_alone(case: Case) -> None:
    ref = KeyRef(case.random.choice(NAMES), case.random.randrange(case.frames))
    changed = keys.set_key(case.curves, ref, 0.4)
    assert changed[ref.expression].at(ref.frame) == 0.4
    assert keys.all_keys(changed) == keys.all_keys(case.curves) | {ref}
    for name in case.curves:
        if name != ref.expression:
            assert changed[name] == case.curves[name]


def test_a_key_put_on_a_curve_takes_over_the_easing_that_holds_there() -> None:
    curves = {"happy": Curve((Keyframe(0, 0.0, "hold"), Keyframe(10, 1.0)))}
    key = keys.key_at(keys.set_key(curves, KeyRef("happy", 5), 0.3), KeyRef("happy", 5))
    assert key == Keyframe(5, 0.3, "hold")


def test_deleted_keys_are_gone_and_the_others_stand(case: Case) -> None:
    changed = keys.delete_keys(case.curves, case.chosen)
    assert keys.all_keys(changed) == keys.all_keys(case.curves) - case.chosen
    for ref in keys.all_keys(changed):
        assert keys.key_at(changed, ref) == keys.key_at(case.curves, ref)


def test_moved_keys_stay_together_within_the_strip(case: Case) -> None:
    by = case.random.randint(-case.frames, case.frames)
    changed, moved = keys.move_keys(case.curves, case.chosen, by, 0.2, case.frames)
    shifts = {b.frame - a.frame for a, b in zip(sorted(case.chosen), sorted(moved), strict=True)}
    assert len(shifts) == 1
    assert {ref.expression for ref in moved} == {ref.expression for ref in case.chosen}
    assert all(0 <= ref.frame < case.frames for ref in moved)
    (shift,) = shifts
    for ref in case.chosen:
        before = keys.key_at(case.curves, ref)
        after = keys.key_at(changed, KeyRef(ref.expression, ref.frame + shift))
        assert before is not None
        assert after is not None
        assert after.value == pytest.approx(min(before.value + 0.2, MAX_INTENSITY), abs=1e-6)
        assert after.easing == before.easing
    assert keys.all_keys(changed) == (keys.all_keys(case.curves) - case.chosen) | moved


def test_moving_by_nothing_changes_nothing(case: Case) -> None:
    rounded, _ = keys.move_keys(case.curves, keys.all_keys(case.curves), 0, 0.0, case.frames)
    assert keys.move_keys(rounded, case.chosen, 0, 0.0, case.frames) == (rounded, case.chosen)


def test_copied_keys_come_back_from_text_where_they_are_pasted(case: Case) -> None:
    clip = keys.clip_from(msgspec.json.encode(keys.copy_keys(case.curves, case.chosen)))
    assert clip is not None
    first = min(ref.frame for ref in case.chosen)
    changed, pasted = keys.paste_keys({}, clip, 1, case.frames)
    for ref in case.chosen:
        there = KeyRef(ref.expression, ref.frame - first + 1)
        before, after = keys.key_at(case.curves, ref), keys.key_at(changed, there)
        assert before is not None
        assert (there in pasted) == (there.frame < case.frames) == (after is not None)
        if after is not None:
            assert (after.value, after.easing) == (before.value, before.easing)


def test_keys_of_one_row_are_pasted_on_another_and_those_of_several_on_their_own() -> None:
    curves = {"happy": Curve((Keyframe(2, 1.0),)), "sad": Curve((Keyframe(4, 0.5),))}
    one = keys.copy_keys(curves, {KeyRef("happy", 2)})
    both = keys.copy_keys(curves, keys.all_keys(curves))
    assert keys.paste_keys({}, one, 7, 24, "fear")[1] == {KeyRef("fear", 7)}
    assert keys.paste_keys({}, both, 7, 24, "fear")[1] == {KeyRef("happy", 7), KeyRef("sad", 9)}


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{}",
        b"[1]",
        msgspec.json.encode(Clip((ClipKey("joyful", 0, 0.5),))),
        msgspec.json.encode(Clip((ClipKey("happy", 0, 7.0),))),
        msgspec.json.encode(Clip((ClipKey("happy", -3, 0.5),))),
    ],
)
def test_a_clipboard_with_something_else_is_no_clip(text: bytes) -> None:
    assert keys.clip_from(text) is None


def test_a_hundred_small_steps_end_on_a_round_value() -> None:
    curves: Curves = {"happy": Curve((Keyframe(0, 0.0),))}
    for _ in range(100):
        curves = keys.add_value(curves, {KeyRef("happy", 0)}, 0.01)
    assert curves["happy"].at(0) == 1.0
    for _ in range(200):
        curves = keys.add_value(curves, {KeyRef("happy", 0)}, 0.01)
    assert curves["happy"].at(0) == MAX_INTENSITY


def test_easing_and_values_reach_the_chosen_keys_alone(case: Case) -> None:
    eased = keys.set_easing(case.curves, case.chosen, "hold")
    valued = keys.set_values(case.curves, case.chosen, 0.25)
    for ref in keys.all_keys(case.curves):
        before = keys.key_at(case.curves, ref)
        assert before is not None
        a, b = keys.key_at(eased, ref), keys.key_at(valued, ref)
        is_chosen = ref in case.chosen
        assert a == Keyframe(ref.frame, before.value, "hold" if is_chosen else before.easing)
        assert b == Keyframe(ref.frame, 0.25 if is_chosen else before.value, before.easing)


def test_a_longer_strip_keeps_every_key_and_shortening_brings_it_back(case: Case) -> None:
    longer = keys.retimed(case.curves, case.frames, case.frames * 3)
    assert len(keys.all_keys(longer)) == len(keys.all_keys(case.curves))
    assert keys.retimed(longer, case.frames * 3, case.frames) == case.curves


def test_a_shorter_strip_keeps_where_each_curve_begins_and_ends(case: Case) -> None:
    new = case.random.randint(2, case.frames)
    shorter = keys.retimed(case.curves, case.frames, new)
    assert set(shorter) == set(case.curves)
    for name, curve in shorter.items():
        before = case.curves[name].keyframes
        assert 0 <= curve.keyframes[0].frame <= curve.keyframes[-1].frame < new
        assert curve.keyframes[-1].value == before[-1].value
        if len(curve.keyframes) > 1:
            assert curve.keyframes[0].value == before[0].value


def test_a_strip_frozen_to_a_still_shows_the_frame_and_nothing_of_zero(case: Case) -> None:
    frame = case.random.uniform(0, case.frames - 1)
    still = keys.frozen(case.curves, frame)
    for name, curve in case.curves.items():
        if curve.at(frame) > 0:
            assert still[name].keyframes == (Keyframe(0, curve.at(frame)),)
        else:
            assert name not in still


def test_neighbours_are_the_nearest_keys(case: Case) -> None:
    frame = case.random.uniform(0, case.frames - 1)
    frames = sorted({ref.frame for ref in keys.all_keys(case.curves)})
    later = [one for one in frames if one > frame]
    earlier = [one for one in frames if one < frame]
    assert keys.neighbour_frame(case.curves, frame, 1) == (later[0] if later else None)
    assert keys.neighbour_frame(case.curves, frame, -1) == (earlier[-1] if earlier else None)


def test_samples_are_what_the_curve_gives(case: Case) -> None:
    for curve in case.curves.values():
        for frames in (1, case.frames // 2, case.frames, case.frames + 5):
            assert keys.sampled(curve, frames) == [curve.at(frame) for frame in range(frames)]


@pytest.mark.parametrize("motion", MOTIONS, ids=lambda one: one.name)
@pytest.mark.parametrize("frames", [2, 5, 24, 600])
def test_motions_fit_any_strip(motion: object, frames: int) -> None:
    assert isinstance(motion, type(MOTIONS[0]))
    before = {"sad": Curve((Keyframe(0, 0.5),))}
    curves = with_motion(before, motion, frames, "fear")
    assert all(0 <= ref.frame < frames for ref in keys.all_keys(curves))
    assert any(key.value > 0 for curve in curves.values() for key in curve.keyframes)
    assert ("sad" in curves) == (not motion.replaces or "sad" in motion.tracks)


def test_the_sweep_shows_all_twelve_at_their_strongest_in_turn() -> None:
    sweep = next(one for one in MOTIONS if one.name == "sweep")
    curves = with_motion({}, sweep, 241, "happy")
    peaks = [max(curves[name].keyframes, key=lambda key: key.value) for name in NAMES]
    assert [key.value for key in peaks] == [1.0] * 12
    assert [key.frame for key in peaks] == sorted(key.frame for key in peaks)
    for name, peak in zip(NAMES, peaks, strict=True):
        shown = {other for other in NAMES if curves[other].at(peak.frame) > 0.05}
        assert shown == {name}
