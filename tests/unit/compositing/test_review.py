"""What is set aside for a person to look at, and why."""

from dataclasses import replace

import pytest

from engine.compositing import Drift, needs_review
from engine.recipes import Limits

GOOD = Drift(1.5, 1.004, 0.1, (3.0, -2.0, 1.0), 0.7, 2.0)


def test_a_good_result_passes():
    assert needs_review(GOOD, 0.8, Limits()) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"shift_px": 12.0}, "moved the picture by 12.0 pixels"),
        ({"scale": 0.95}, "zoomed by -5.0 %"),
        ({"rotation_deg": -4.0}, "turned the picture by -4.0°"),
        ({"residual": 25.0}, "left alone, by 25 steps"),
        ({"colour": (2.0, -31.0, 5.0)}, "colour by -31 steps"),
    ],
)
def test_each_limit_has_its_sentence(changed: dict[str, object], said: str):
    (sentence,) = needs_review(replace(GOOD, **changed), 0.8, Limits())  # type: ignore[arg-type]
    assert said in sentence


def test_a_stranger_or_no_face_at_all():
    (stranger,) = needs_review(GOOD, 0.3, Limits(identity=0.5))
    assert "0.30" in stranger
    (nobody,) = needs_review(GOOD, None, Limits())
    assert "No face" in nobody


def test_what_was_not_measured_is_not_held_against_it():
    assert needs_review(GOOD, float("nan"), Limits()) == []


def test_limits_are_the_users():
    assert needs_review(GOOD, 0.8, Limits(shift_px=1.0))
    assert len(needs_review(replace(GOOD, shift_px=9.0, scale=1.1), 0.1, Limits())) == 3
