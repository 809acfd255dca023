import pytest

from engine.recipes import FaceEdit, Intensities, still
from engine.render.choice import edits_by_face
from engine.render.errors import RenderError


def edit(face) -> FaceEdit:
    return still(Intensities({"happy": 1.0}), face)


def test_all_the_largest_and_one():
    assert list(edits_by_face([edit("all")], 3)) == [1, 2, 3]
    assert list(edits_by_face([edit("largest")], 3)) == [1]
    assert list(edits_by_face([edit(2)], 3)) == [2]


def test_the_later_entry_counts():
    everyone, second = edit("all"), still(Intensities({"sad": 1.0}), 2)
    chosen = edits_by_face([everyone, second], 3)
    assert chosen == {1: everyone, 2: second, 3: everyone}


def test_nobody_is_there():
    with pytest.raises(RenderError) as caught:
        edits_by_face([edit("all")], 0)
    assert caught.value.code == "no_face"


@pytest.mark.parametrize(("found", "told"), [(1, "only one face was"), (2, "only 2 faces were")])
def test_a_face_that_is_not_there_is_named_with_how_many_are(found, told):
    with pytest.raises(RenderError) as caught:
        edits_by_face([edit(3)], found)
    assert caught.value.code == "no_such_face"
    assert "no face 3" in caught.value.reason
    assert told in caught.value.reason
