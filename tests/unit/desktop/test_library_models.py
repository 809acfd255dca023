"""What lists, filters and groups photos, without a window."""

import os
import random
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

import pytest

from engine.library import Flag, KnownFace
from engine.protocol import FaceReport
from pixelsmile_desktop.models.face_states import FaceState, face_states
from pixelsmile_desktop.models.opening import SUFFIXES, photos_below
from pixelsmile_desktop.models.people import SAME_PERSON, Group, nearest
from pixelsmile_desktop.models.photo_filter import Filters
from pixelsmile_desktop.models.photo_filter import test_of as question
from pixelsmile_desktop.models.photos import JobState


@dataclass(frozen=True)
class Row:
    """`Facts` given outright."""

    name: str = "IMG_1.jpg"
    folder: str = "/shoot/day one"
    is_edited: bool = False
    state: JobState | None = None
    faces: frozenset[FaceState] = frozenset()
    stars: int = 0
    flag: Flag = "none"
    people: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    ("filters", "passes", "fails"),
    [
        (Filters(edited=True), Row(is_edited=True), Row()),
        (Filters(states=frozenset({"queued", "running"})), Row(state="running"), Row()),
        (
            Filters(faces=frozenset({"eyes closed", "not smiling"})),
            Row(faces=frozenset({"eyes closed", "not smiling"})),
            Row(faces=frozenset({"eyes closed"})),
        ),
        (Filters(stars=3), Row(stars=3), Row(stars=2)),
        (Filters(flags=frozenset({"pick", "none"})), Row(), Row(flag="reject")),
        (Filters(text="img 1"), Row(), Row(name="IMG_2.jpg")),
        (Filters(text="ÄRGER"), Row(name="ärger.jpg"), Row()),
        (Filters(person="Grace"), Row(people=frozenset({"Grace", "Eileen"})), Row()),
        (Filters(folder=Path("/shoot")), Row(), Row(folder="/shoots")),
        (Filters(folder=Path("/shoot/day one")), Row(), Row(folder="/shoot")),
        (Filters(edited=True, stars=1), Row(is_edited=True, stars=1), Row(is_edited=True)),
    ],
)
def test_filters(filters: Filters, passes: Row, fails: Row) -> None:
    assert question(filters)(passes)
    assert not question(filters)(fails)


def face(reading: Sequence[str], smile: float = 0.0, side: float = 100.0) -> KnownFace:
    shapes = {"mouthSmileLeft": smile, "mouthSmileRight": smile}
    report = FaceReport((0, 0, side, side), 1, 0, 0, 0, shapes, tuple(reading), ())
    return KnownFace(1, report, None)


def test_face_states_are_those_of_the_main_faces() -> None:
    assert face_states(()) == frozenset()
    assert face_states([face(["smiling"], 0.7)]) == frozenset()
    assert face_states([face(["eyes closed"], 0.7)]) == {"eyes closed"}
    assert face_states([face(["neutral"])]) == {"not smiling"}
    assert face_states([face(["smiling"], 0.7), face(["eyes closed"], side=30)]) == frozenset()


def unit(values: Sequence[float]) -> tuple[float, ...]:
    length = sqrt(sum(value * value for value in values))
    return tuple(value / length for value in values)


def likeness(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def test_faces_join_the_nearest_group_and_strangers_none() -> None:
    chance = random.Random(4)

    def someone() -> tuple[float, ...]:
        return unit([chance.gauss(0, 1) for _ in range(128)])

    def seen(person: Sequence[float]) -> tuple[float, ...]:
        return unit([value + chance.gauss(0, 0.055) for value in person])

    anna, bert = someone(), someone()
    assert 0.5 < likeness(seen(anna), seen(anna)) < 0.95
    groups = [Group("Anna", True, list(seen(anna))), Group("Bert", True, list(seen(bert)))]
    for _ in range(10):
        for person, group in ((anna, groups[0]), (bert, groups[1])):
            identity = seen(person)
            assert nearest(groups, identity, SAME_PERSON) is group
            group.take(identity)
    assert groups[0].faces == 11
    assert groups[0].likeness(anna) > 0.9, "the mean comes nearer to the person"
    assert nearest(groups, someone(), SAME_PERSON) is None
    assert nearest(groups, (1.0, 0.0), SAME_PERSON) is None, "of another network"


def test_a_folder_is_listed_in_order_without_what_is_hidden_or_made(tmp_path: Path) -> None:
    for name in ("b.JPG", "a.cr3", "c.txt", ".hidden.jpg", "below/d.png", "PixelSmile/made.jpg",
                 ".trash/e.jpg"):  # fmt: skip
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    os.symlink(tmp_path, tmp_path / "loop")
    os.mkfifo(tmp_path / "pipe.jpg")
    troubles: list[str] = []
    found = list(photos_below(tmp_path, troubles))
    assert [str(one.photo.relative_to(tmp_path)) for one in found] == [
        "a.cr3",
        "b.JPG",
        "below/d.png",
    ]
    assert not troubles
    assert found[1].mtime_ns == (tmp_path / "b.JPG").stat().st_mtime_ns
    assert not list(photos_below(tmp_path / "gone.jpg", troubles))
    assert troubles == ["gone.jpg: No such file or directory"]


def test_every_format_that_the_engine_reads_is_listed() -> None:
    from engine.photos import SUFFIXES as READ

    assert SUFFIXES == READ
