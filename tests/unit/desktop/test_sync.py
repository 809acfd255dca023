"""Settings carried to other faces, relative to what those show already."""

import msgspec
import pytest

from engine.library import KnownFace, Timing, Version
from engine.protocol import FaceReport
from engine.recipes import Curve, FaceChoice, Keyframe, PhotoEdit
from pixelsmile_desktop.models import editing
from pixelsmile_desktop.models.sync import (
    Copied,
    Target,
    is_same_person,
    left_to_do,
    pasted,
    pasted_to_person,
    present,
    relative,
)

ANNA, BEN = (1.0, 0.0), (0.0, 1.0)


def face(
    number: int = 1,
    *,
    smile: float = 0.0,
    identity: tuple[float, ...] = ANNA,
    person: str | None = None,
) -> KnownFace:
    shapes = {"mouthSmileLeft": smile, "mouthSmileRight": smile}
    report = FaceReport((0, 0, 10, 10), 0.9, 0, 0, 0, shapes, ("neutral",), identity)
    return KnownFace(number, report, person)


def happy(value: float, choice: FaceChoice = "all") -> Version:
    return Version(editing.with_intensity(PhotoEdit(()), choice, "happy", value))


def smile_of(version: Version | None, choice: FaceChoice = "all") -> float:
    assert version is not None
    return editing.intensity(version.edit, choice, "happy")


def test_a_smile_is_read_from_the_corners_of_the_mouth() -> None:
    assert present(face()) == {}
    assert present(face(smile=0.75)) == {"happy": 1.0}
    assert present(face(smile=0.4))["happy"] == pytest.approx(0.5)
    assert present(None) == {}


@pytest.mark.parametrize(
    ("wanted", "here", "there", "left"),
    [
        (0.7, 0.0, 0.0, 0.7),  # the same on a face at rest
        (0.7, 0.0, 0.5, 0.2),  # it smiles already
        (0.3, 0.0, 0.9, 0.0),  # more than wanted: nothing is taken away
        (0.2, 0.5, 0.0, 0.7),  # the first one smiled by itself
        (1.4, 1.0, 0.0, 1.5),  # no further than there is
        (0.0, 1.0, 0.0, 0.0),  # what was not set stays so
    ],
)
def test_what_is_left_to_do(wanted: float, here: float, there: float, left: float) -> None:
    assert left_to_do(wanted, here, there) == pytest.approx(left)


def test_a_timeline_keeps_its_course() -> None:
    curve = Curve((Keyframe(0, 0.0, "ease_in"), Keyframe(6, 0.4), Keyframe(12, 0.8)))
    keys = relative({"happy": curve}, {}, {"happy": 0.4})["happy"].keyframes
    assert keys == (Keyframe(0, 0.0, "ease_in"), Keyframe(6, 0.2), Keyframe(12, 0.4))
    assert relative({"happy": curve}, {}, {"happy": 0.9}) == {}


def test_every_face_of_the_target_gets_what_is_left_for_it() -> None:
    copied = Copied(happy(0.7), (face(),))
    two = (face(1, smile=0.4), face(2, identity=BEN))
    result = pasted(copied, Target(Version(), two))
    assert smile_of(result, 1) == pytest.approx(0.2)
    assert smile_of(result, 2) == pytest.approx(0.7)
    absolute = pasted(copied, Target(Version(), two), is_relative=False)
    assert smile_of(absolute, 1) == 0.7


def test_a_lone_face_is_set_as_all_faces() -> None:
    result = pasted(Copied(happy(0.7), (face(),)), Target(Version(), (face(),)))
    assert smile_of(result, "all") == 0.7


def test_a_photo_without_faces_is_left_out() -> None:
    assert pasted(Copied(happy(0.7), (face(),)), Target(Version(), ())) is None
    assert pasted(Copied(happy(0.7), (face(),)), Target(Version(), (face(),)), onto=2) is None


def test_settings_of_one_face_alone_go_to_the_same_person() -> None:
    version = Version(editing.with_intensity(happy(0.7).edit, 2, "happy", 0.1))
    copied = Copied(version, (face(1), face(2, identity=BEN)))
    swapped = (face(1, identity=BEN), face(2))
    result = pasted(copied, Target(Version(), swapped))
    assert smile_of(result, 1) == 0.1
    assert smile_of(result, 2) == 0.7


def test_sync_to_a_person_leaves_others_as_they_are() -> None:
    copied = Copied(happy(0.7, 1), (face(1),), face=1)
    before = happy(0.3, 1)
    group = (face(1, identity=BEN), face(2, smile=0.4))
    result = pasted_to_person(copied, Target(before, group))
    assert smile_of(result, 1) == 0.3
    assert smile_of(result, 2) == pytest.approx(0.2)
    assert pasted_to_person(copied, Target(before, (face(1, identity=BEN),))) is None


def test_names_go_before_looks() -> None:
    assert is_same_person(face(person="Anna"), face(identity=BEN, person="Anna"))
    assert not is_same_person(face(person="Anna"), face(person="Berta"))
    assert is_same_person(face(person="Anna"), face())
    assert not is_same_person(face(identity=()), face(identity=()))


def test_stars_and_seed_stay_and_the_strips_length_comes_along() -> None:
    source = msgspec.structs.replace(happy(0.7), timing=Timing(24, 25.0), stars=1)
    target = Version(PhotoEdit((), "instant", 7), stars=4, flag="pick")
    result = pasted(Copied(source, (face(),)), Target(target, (face(),)))
    assert result is not None
    assert (result.stars, result.flag, result.edit.seed) == (4, "pick", 7)
    assert result.timing == Timing(24, 25.0)
    assert result.edit.editor == "auto"
