"""Intensities of faces in an edit: what a slider shows, and what moving it makes."""

from engine.recipes import Curve, FaceEdit, Keyframe, PhotoEdit, constant
from pixelsmile_desktop.models import editing

EMPTY = PhotoEdit(())


def test_a_slider_sets_a_constant_and_zero_takes_it_out() -> None:
    smile = editing.with_intensity(EMPTY, "all", "happy", 0.6)
    assert smile.faces == (FaceEdit({"happy": constant(0.6)}, "all"),)
    assert editing.intensity(smile, "all", "happy") == 0.6
    assert editing.with_intensity(smile, "all", "happy", 0.0) == EMPTY


def test_a_face_without_settings_of_its_own_shows_those_of_all_faces() -> None:
    smile = editing.with_intensity(EMPTY, "all", "happy", 0.6)
    assert editing.intensity(smile, 2, "happy") == 0.6
    both = editing.with_intensity(smile, 2, "sad", 0.3)
    # The render takes the entry of face 2 alone: the smile has to be in it.
    assert editing.own_edit(both, 2) == FaceEdit({"happy": constant(0.6), "sad": constant(0.3)}, 2)
    assert editing.intensity(both, "all", "sad") == 0.0
    assert editing.intensity(both, 1, "sad") == 0.0


def test_a_face_can_be_left_out_of_what_all_faces_show() -> None:
    smile = editing.with_intensity(EMPTY, "all", "happy", 0.6)
    spared = editing.with_intensity(smile, 2, "happy", 0.0)
    assert editing.intensity(spared, 2, "happy") == 0.0
    assert editing.own_edit(spared, 2) == FaceEdit({}, 2)
    assert editing.intensity(spared, 1, "happy") == 0.6


def test_more_particular_choices_come_later_as_the_render_wants_it() -> None:
    edit = EMPTY
    for face in (10, 2, "largest", "all"):
        edit = editing.with_intensity(edit, face, "happy", 0.1 if face == "all" else 0.5)
    assert [one.face for one in edit.faces] == ["all", "largest", 2, 10]
    assert editing.intensity(edit, 1, "happy") == 0.5  # the largest


def test_of_a_curve_the_slider_moves_the_key_on_the_frame() -> None:
    curve = Curve((Keyframe(0, 0.0, "ease_in"), Keyframe(10, 1.0)))
    edit = editing.with_curve(EMPTY, "all", "happy", curve)
    moved = editing.with_intensity(edit, "all", "happy", 0.4, frame=0)
    keys = editing.face_edit(moved, "all").curves["happy"].keyframes
    assert keys == (Keyframe(0, 0.4, "ease_in"), Keyframe(10, 1.0))
    between = editing.with_intensity(edit, "all", "happy", 0.9, frame=5)
    assert editing.intensity(between, "all", "happy", 5) == 0.9
    assert len(editing.face_edit(between, "all").curves["happy"].keyframes) == 3


def test_a_preset_replaces_all_sliders() -> None:
    edit = editing.with_intensities(EMPTY, "all", {"happy": 0.5, "sad": 0.2})
    assert editing.intensities(edit, "all") == {"happy": 0.5, "sad": 0.2}
    edit = editing.with_intensities(edit, "all", {"surprised": 0.4})
    assert editing.intensities(edit, "all") == {"surprised": 0.4}
