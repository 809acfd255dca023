"""Recipes: data that holds together, curves that do what their names say, text that round-trips."""

import itertools
import json
from pathlib import PurePath

import pytest

from engine.recipes import (
    Curve,
    FaceEdit,
    Intensities,
    IntensityError,
    Keyframe,
    PhotoEdit,
    Preset,
    RecipeError,
    UnknownExpressionError,
    constant,
    expression,
    expressions,
    from_text,
    ramp,
    shipped_presets,
    still,
    to_text,
)
from engine.recipes.naming import intensity_label, output_name, output_stems

PUBLISHED = [
    *("angry", "confused", "contempt", "confident", "disgust", "fear"),
    *("happy", "sad", "shy", "sleepy", "surprised", "anxious"),
]


def test_the_twelve_published_expressions_in_their_order() -> None:
    assert list(expressions()) == PUBLISHED
    assert all(e.word == name for name, e in expressions().items())
    basic = {name for name, e in expressions().items() if e.family == "basic"}
    assert basic == {"angry", "disgust", "fear", "happy", "sad", "surprised"}


def test_an_unknown_expression_is_named_with_the_known_ones() -> None:
    with pytest.raises(UnknownExpressionError, match=r"'smug'.*happy"):
        expression("smug")


def test_zero_intensities_vanish_so_that_equal_edits_are_equal() -> None:
    assert Intensities({"happy": 0.0}).is_zero
    assert Intensities({"happy": 0.5, "sad": 0.0}) == Intensities({"happy": 0.5})


@pytest.mark.parametrize("value", [-0.1, 1.51, float("nan"), float("inf")])
def test_an_intensity_outside_its_range_is_refused(value: float) -> None:
    with pytest.raises(IntensityError):
        Intensities({"happy": value})


def test_scaling_a_blend_keeps_its_proportions_and_its_limit() -> None:
    blend = Intensities({"happy": 0.8, "surprised": 0.4})
    assert blend.scaled(0.5).values == {"happy": 0.4, "surprised": 0.2}
    with pytest.raises(IntensityError):
        blend.scaled(2)


def test_a_curve_passes_its_keyframes_and_is_level_outside() -> None:
    curve = Curve((Keyframe(10, 1.0), Keyframe(2, 0.2, "ease_in_out")))
    assert curve.at(2) == 0.2
    assert curve.at(10) == 1.0
    assert curve.at(0) == 0.2
    assert curve.at(99) == 1.0
    assert curve.at(6) == pytest.approx(0.6)  # ease in-out is symmetric


def test_easing_leans_the_way_it_says() -> None:
    def middle(easing: str) -> float:
        return Curve((Keyframe(0, 0.0, easing), Keyframe(10, 1.0))).at(5)  # type: ignore[arg-type]

    assert middle("hold") == 0
    assert middle("ease_in") < middle("linear") == 0.5 < middle("ease_out")


def test_curves_that_mean_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Curve(())
    with pytest.raises(ValueError, match="one frame"):
        Curve((Keyframe(1, 0.0), Keyframe(1, 1.0)))
    with pytest.raises(IntensityError):
        Curve((Keyframe(0, 7.0),))


def test_a_ramp_is_even_and_reaches_both_ends() -> None:
    curve = ramp(0, 1.5, 16)
    values = [curve.at(frame) for frame in range(16)]
    assert values[0] == 0
    assert values[-1] == 1.5
    steps = {round(b - a, 9) for a, b in itertools.pairwise(values)}
    assert steps == {0.1}


def test_a_still_is_a_timeline_of_one_frame() -> None:
    edit = still(Intensities({"happy": 0.6}), face=2)
    assert edit.at(0) == edit.at(30) == Intensities({"happy": 0.6})


def test_recipes_round_trip_through_text() -> None:
    edit = PhotoEdit(
        (
            FaceEdit({"happy": ramp(0, 1.5, 16, "ease_out")}, face=1),
            still(Intensities({"sad": 0.4})),
        ),
        editor="instant",
        seed=7,
    )
    assert from_text(to_text(edit), PhotoEdit) == edit
    for preset in shipped_presets().values():
        assert from_text(to_text(preset), Preset) == preset


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"pixelsmile_recipe": 99}, "update the program"),
        ({"pixelsmile_recipe": None}, "no version"),
        ({"kind": "Preset"}, "not a PhotoEdit"),
        ({"colour": 1}, "fault"),
        ({"faces": [{"curves": {"smug": {"keyframes": [{"frame": 0, "value": 1}]}}}]}, "smug"),
        ({"faces": [{"curves": {"sad": {"keyframes": [{"frame": 0, "value": 9}]}}}]}, "9"),
    ],
)
def test_a_faulty_recipe_says_what_is_wrong(change: dict[str, object], says: str) -> None:
    body = json.loads(to_text(PhotoEdit((FaceEdit({"sad": constant(0.4)}),))))
    with pytest.raises(RecipeError, match=says):
        from_text(json.dumps(body | change), PhotoEdit)


def test_text_that_is_no_json_is_no_recipe() -> None:
    with pytest.raises(RecipeError, match="not a recipe"):
        from_text("happy = 1", PhotoEdit)


def test_names_never_collide_whatever_the_folders_hold() -> None:
    photos = [PurePath(p) for p in ("a/x.jpg", "b/x.jpg", "c/x-2.jpg", "d/X.png", "e/y.jpg")]
    stems = output_stems(photos, [("happy", "1.0")])
    assert len({stem.casefold() for stem in stems}) == len(stems)
    assert stems[0] == "x"
    assert stems[2] == "x-2"  # a photo keeps its own name; the numbered one steps aside


def test_a_long_name_is_shortened_where_it_does_not_matter() -> None:
    name = output_name("é" * 300, "happy", "0.5")
    assert len(name.encode()) <= 200
    assert name.endswith("_happy_0.5")


def test_a_blend_of_unlike_intensities_says_all_of_them() -> None:
    assert intensity_label([0.8, 0.4]) == "0.8+0.4"
    assert intensity_label([0.5, 0.5]) == "0.5"
