"""Faces are found by the real worker, grouped, named, and known when the photos come again."""

import shutil
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from engine.protocol import FaceReport
from engine.recipes import RESOURCES
from pixelsmile_desktop.context import Context
from pixelsmile_desktop.models.face_crops import FaceCrops
from pixelsmile_desktop.models.photo_filter import Filters

WAIT_MS = 60_000


@pytest.fixture
def wedding(tmp_path: Path) -> Path:
    """Two people on two photos each, and a photo of nobody."""
    folder = tmp_path / "wedding"
    folder.mkdir()
    for name in ("eileen_collins.png", "grace_hopper.jpg"):
        for number in (1, 2):
            shutil.copy(RESOURCES / "samples" / name, folder / f"{number}_{name}")
    from PIL import Image

    Image.new("RGB", (300, 200), "grey").save(folder / "wall.jpg")
    return folder


def open_and_look(context: Context, qtbot: QtBot, folder: Path) -> None:
    context.session.open([folder])
    session = context.session

    def is_known() -> bool:
        photos = session.photos.paths()
        has_all = len(photos) == 5 and all(session.faces.of(one) is not None for one in photos)
        return has_all and not session.people.is_busy and len(session.people.listed()) == 2

    qtbot.waitUntil(is_known, timeout=WAIT_MS)


def test_people_are_found_named_merged_and_remembered(
    context: Context, qtbot: QtBot, wedding: Path
) -> None:
    session = context.session
    open_and_look(context, qtbot, wedding)
    people = session.people.listed()
    assert [(one.name, one.photos, one.is_named) for one in people] == [
        ("Person 1", 2, False),
        ("Person 2", 2, False),
    ]
    grace = wedding / "1_grace_hopper.jpg"
    faces = session.faces.of(grace)
    assert faces is not None
    before = faces[0].person
    assert before is not None
    session.people.rename(before, "Grace")
    assert [face.person for face in session.faces.of(grace) or ()] == ["Grace"]

    session.filter.set_filters(Filters(person="Grace"))
    listed = [key.photo.name for key in session.filter.listed()]
    assert listed == ["1_grace_hopper.jpg", "2_grace_hopper.jpg"]
    session.filter.set_filters(Filters(faces=frozenset({"not smiling"})))
    assert wedding / "wall.jpg" not in [key.photo for key in session.filter.listed()]

    asked: list[object] = []
    find = context.worker.ask

    def counted(make: object, *, background: bool = False) -> object:
        asked.append(make)
        return find(make, background=background)  # type: ignore[arg-type]

    context.worker.ask = counted  # type: ignore[method-assign,assignment]
    open_and_look(context, qtbot, wedding)
    assert not asked, "the catalogue knows them all"
    assert {one.name for one in session.people.listed()} == {"Grace", *_others(people, before)}

    other = next(one.name for one in session.people.listed() if one.name != "Grace")
    session.people.rename(other, "Grace")
    assert [(one.name, one.photos) for one in session.people.listed()] == [("Grace", 4)]
    names: list[list[str]] = []
    context.catalogue.ask(lambda library: library.catalogue.people(), names.append)
    qtbot.waitUntil(lambda: bool(names), timeout=WAIT_MS)
    assert names == [["Grace"]]


def _others(people: list, name: str) -> set[str]:  # type: ignore[type-arg]
    return {one.name for one in people} - {name}


def test_a_photo_that_changed_is_looked_at_again(
    context: Context, qtbot: QtBot, wedding: Path
) -> None:
    open_and_look(context, qtbot, wedding)
    photo = wedding / "1_grace_hopper.jpg"
    shutil.copy(wedding / "wall.jpg", photo)
    context.session.open([wedding])
    qtbot.waitUntil(lambda: context.session.faces.of(photo) == (), timeout=WAIT_MS)


def test_a_file_that_is_no_photo_is_passed_over(
    context: Context, qtbot: QtBot, wedding: Path
) -> None:
    text = wedding / "text.jpg"
    text.write_text("hello")
    failed: list[tuple[Path, object]] = []
    context.session.faces.failed.connect(lambda photo, why: failed.append((photo, why)))
    context.session.open([text, wedding / "1_grace_hopper.jpg"])
    qtbot.waitUntil(
        lambda: bool(context.session.faces.of(wedding / "1_grace_hopper.jpg")), timeout=WAIT_MS
    )
    assert [photo for photo, _ in failed] == [text]
    assert context.session.faces.of(text) == ()


def test_a_face_is_cut_out(qapp: object, qtbot: QtBot) -> None:
    crops = FaceCrops()
    photo, box = RESOURCES / "samples" / "grace_hopper.jpg", (182.0, 119.0, 170.0, 212.0)
    with qtbot.waitSignal(crops.ready, timeout=WAIT_MS):
        assert crops.of(photo, box) is None
    picture = crops.of(photo, box)
    assert picture is not None
    assert picture.width() == picture.height()
    crops.close()


def report(identity: tuple[float, ...], reading: str = "neutral") -> FaceReport:
    """A face of which only that matters."""
    return FaceReport((0, 0, 9, 9), 1.0, 0, 0, 0, {}, (reading,), identity)
