"""The library as a user has it: open, look, choose, mark, filter, sort, drop."""

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QPushButton
from pytestqt.qtbot import QtBot

from engine.library import VersionKey
from engine.recipes import RESOURCES, PhotoEdit
from pixelsmile_desktop.context import Context
from pixelsmile_desktop.models.editing import with_intensity
from pixelsmile_desktop.models.photo_filter import ALL, Filters
from pixelsmile_desktop.models.photos import PhotoRole
from pixelsmile_desktop.views.filmstrip import Filmstrip
from pixelsmile_desktop.views.library import LibraryPanel, LibraryView

WAIT_MS = 20_000
SMILE = with_intensity(PhotoEdit(()), "all", "happy", 0.6)


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Thirty photos in two folders, a text and a result of our own among them."""
    sample = RESOURCES / "samples" / "grace_hopper.jpg"
    for number in range(30):
        folder = tmp_path / "shoot" / ("morning" if number < 20 else "evening")
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(sample, folder / f"IMG_{number:03}.jpg")
    (tmp_path / "shoot" / "notes.txt").write_text("hello")
    (tmp_path / "shoot" / "PixelSmile").mkdir()
    shutil.copy(sample, tmp_path / "shoot" / "PixelSmile" / "made.jpg")
    return tmp_path / "shoot"


@pytest.fixture
def view(context: Context, qtbot: QtBot) -> LibraryView:
    """The library on a screen."""
    view = LibraryView(context)
    qtbot.addWidget(view)
    view.resize(900, 600)
    view.show()
    return view


def open_all(context: Context, qtbot: QtBot, folder: Path) -> None:
    with qtbot.waitSignal(context.session.listed, timeout=WAIT_MS):
        context.session.open([folder])


def names(context: Context) -> list[str]:
    return [key.photo.name for key in context.session.filter.listed()]


def trigger(context: Context, name: str) -> None:
    context.actions[name].trigger()


def test_a_folder_is_listed_without_texts_and_our_own_pictures(
    context: Context, view: LibraryView, qtbot: QtBot, many: Path
) -> None:
    assert {one.text() for one in view.findChildren(QPushButton) if one.isVisible()} == {
        "Open folder…",
        "Open photos…",
        "Open the sample portraits",
    }
    open_all(context, qtbot, many)
    assert names(context) == [f"IMG_{n:03}.jpg" for n in (*range(20, 30), *range(20))]
    assert context.session.current == VersionKey(many / "evening" / "IMG_020.jpg")
    assert view.grid.isVisible()
    index = view.grid.model().index(3, 0)
    assert index.data() == "IMG_023.jpg"
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "IMG_023.jpg"


def test_what_cannot_be_opened_is_said(context: Context, view: LibraryView, qtbot: QtBot) -> None:
    open_all(context, qtbot, Path("/nowhere/at/all"))
    assert "nowhere" not in names(context)
    assert "all" in context.messages.history[-1].text
    assert context.messages.history[-1].weight == "trouble"


def test_pictures_of_what_is_seen_are_made(
    context: Context, view: LibraryView, qtbot: QtBot, many: Path
) -> None:
    open_all(context, qtbot, many)
    seen = view.grid.visible_rows()
    assert 0 < len(seen) < 30
    last = view.grid.model().index(seen[-1], 0)
    assert view.grid.visualRect(last).intersects(view.grid.viewport().rect())
    after = view.grid.model().index(seen.stop, 0)
    assert not view.grid.visualRect(after).intersects(view.grid.viewport().rect())
    qtbot.waitUntil(lambda: last.data(PhotoRole.THUMBNAIL) is not None, timeout=WAIT_MS)
    view.grid.scrollToBottom()
    bottom = view.grid.model().index(29, 0)
    qtbot.waitUntil(lambda: bottom.data(PhotoRole.THUMBNAIL) is not None, timeout=WAIT_MS)


def test_keys_choose_and_marks_go_to_all_that_is_chosen(
    context: Context, view: LibraryView, qtbot: QtBot, many: Path
) -> None:
    open_all(context, qtbot, many)
    view.grid.setFocus()
    QTest.keyClick(view.grid, Qt.Key.Key_Home)
    QTest.keyClick(view.grid, Qt.Key.Key_Right)
    QTest.keyClick(view.grid, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    chosen = context.session.selected()
    assert [key.photo.name for key in chosen] == ["IMG_021.jpg", "IMG_022.jpg"]
    trigger(context, "photo.stars.4")
    trigger(context, "photo.flag.pick")
    for key in chosen:
        assert context.project.version(key).stars == 4
        assert context.project.version(key).flag == "pick"
    index = view.grid.model().index(1, 0)
    assert index.data(Qt.ItemDataRole.AccessibleDescriptionRole) == "4 of 5 stars, picked"
    context.project.undo_stack.undo()
    context.project.undo_stack.undo()
    assert context.project.version(chosen[0]).stars == 0
    QTest.keyClick(view.grid, Qt.Key.Key_End)
    assert context.session.current == VersionKey(many / "morning" / "IMG_019.jpg")
    trigger(context, "edit.select_all")
    assert len(context.session.selected()) == 30


def test_enter_opens_the_photo_in_edit(
    context: Context, view: LibraryView, qtbot: QtBot, many: Path
) -> None:
    went: list[bool] = []
    context.actions.add("view.edit", "Edit", lambda: went.append(True))
    open_all(context, qtbot, many)
    QTest.keyClick(view.grid, Qt.Key.Key_Return)
    assert went == [True]


def test_virtual_copies_stand_below_their_photo_and_carry_its_edit(
    context: Context, view: LibraryView, qtbot: QtBot, many: Path
) -> None:
    open_all(context, qtbot, many)
    first = context.session.filter.key_at(0)
    context.project.edit("Smile", {first: SMILE})
    trigger(context, "photo.copy")
    copy = VersionKey(first.photo, 1)
    assert context.session.filter.listed()[:2] == [first, copy]
    assert context.session.current == copy
    assert context.project.version(copy).edit == SMILE
    index = context.session.filter.index(1)
    assert index.data() == "IMG_020.jpg (2)"
    assert index.data(PhotoRole.BADGES) == ("edited", "copy")
    trigger(context, "photo.remove_copy")
    assert copy not in context.session.filter.listed()
    assert context.session.filter.rowCount() == 30
    context.project.undo_stack.undo()
    assert context.session.filter.listed()[1] == copy


def test_filters_keep_what_is_chosen_and_say_how_many_are_listed(
    context: Context, view: LibraryView, qtbot: QtBot, many: Path
) -> None:
    open_all(context, qtbot, many)
    session = context.session
    told: list[tuple[int, int]] = []
    session.filter.listed_changed.connect(lambda listed, total: told.append((listed, total)))
    session.select(VersionKey(many / "morning" / "IMG_007.jpg"))
    session.filter.set_filters(Filters(text="img_00"))
    assert names(context) == [f"IMG_{n:03}.jpg" for n in range(10)]
    assert told[-1] == (10, 30)
    assert session.current == VersionKey(many / "morning" / "IMG_007.jpg")
    assert session.selected() == (session.current,)
    session.filter.set_filters(Filters(text="img_02"))
    assert session.current is not None
    assert session.current.photo.name in names(context), "what is worked on is listed"
    session.filter.set_filters(Filters(text="nothing of that name"))
    assert session.current is None
    assert session.selected() == ()
    session.filter.set_filters(Filters(folder=many / "evening"))
    assert len(names(context)) == 10
    session.filter.set_filters(ALL)
    assert len(names(context)) == 30


def test_a_photo_leaves_and_joins_the_list_as_it_changes(
    context: Context, view: LibraryView, qtbot: QtBot, many: Path
) -> None:
    open_all(context, qtbot, many)
    session, project = context.session, context.project
    two, five = session.filter.key_at(2), session.filter.key_at(5)
    project.edit("Smile", {two: SMILE})
    session.filter.set_filters(Filters(edited=True))
    assert session.filter.listed() == [two]
    project.edit("Smile", {five: SMILE})
    assert session.filter.listed() == [two, five]
    project.undo_stack.undo()
    assert session.filter.listed() == [two]
    session.filter.set_filters(Filters(states=frozenset({"failed"})))
    session.photos.set_job_states({five.photo: "failed", two.photo: "queued"})
    assert session.filter.listed() == [five]
    assert session.filter.index(0).data(PhotoRole.BADGES) == ("failed",)
    session.photos.set_job_states({})
    assert session.filter.listed() == []


def test_sorting(context: Context, view: LibraryView, qtbot: QtBot, many: Path) -> None:
    open_all(context, qtbot, many)
    filter_ = context.session.filter
    filter_.set_order("name")
    assert names(context) == [f"IMG_{n:03}.jpg" for n in range(30)]
    filter_.set_order("name", descending=True)
    assert names(context)[0] == "IMG_029.jpg"
    filter_.set_order("stars", descending=True)
    context.session.select(VersionKey(many / "morning" / "IMG_011.jpg"))
    trigger(context, "photo.stars.5")
    assert names(context)[0] == "IMG_011.jpg"
    assert context.session.current == VersionKey(many / "morning" / "IMG_011.jpg")


def test_grid_and_filmstrip_share_one_selection(
    context: Context, view: LibraryView, qtbot: QtBot, many: Path
) -> None:
    strip = Filmstrip(context)
    qtbot.addWidget(strip)
    strip.resize(600, 120)
    strip.show()
    open_all(context, qtbot, many)
    QApplication.processEvents()
    context.session.select(context.session.filter.key_at(25))
    assert strip.currentIndex().row() == 25
    assert strip.viewport().rect().contains(strip.visualRect(strip.currentIndex()))
    assert 25 in strip.visible_rows()
    assert len(strip.visible_rows()) < 15
    QTest.keyClick(strip, Qt.Key.Key_Right)
    assert view.grid.currentIndex().row() == 26
    QTest.keyClick(strip, Qt.Key.Key_Up)
    assert view.grid.currentIndex().row() == 25


def test_dropping_opens_and_copies_nothing(
    context: Context, view: LibraryView, qtbot: QtBot, many: Path
) -> None:
    before = sorted(many.rglob("*"))
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(many / "evening"))])
    event = QDropEvent(
        QPointF(20, 20),
        Qt.DropAction.CopyAction | Qt.DropAction.MoveAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    with qtbot.waitSignal(context.session.listed, timeout=WAIT_MS):
        view.dropEvent(event)
    assert event.dropAction() == Qt.DropAction.CopyAction
    assert len(names(context)) == 10
    dragged = context.session.filter.mimeData([context.session.filter.index(1)])
    assert [url.fileName() for url in dragged.urls()] == ["IMG_021.jpg"]
    assert sorted(many.rglob("*")) == before


def test_what_was_made_of_the_photos_is_there_when_they_are_opened_again(
    context: Context, view: LibraryView, qtbot: QtBot, many: Path
) -> None:
    keys = [VersionKey(many / "evening" / "IMG_020.jpg", copy) for copy in (0, 1)]
    done: list[None] = []
    version = context.project.version(keys[0])
    context.catalogue.ask(
        lambda library: library.versions.save(dict.fromkeys(keys, version)), done.append
    )
    qtbot.waitUntil(lambda: bool(done), timeout=WAIT_MS)
    open_all(context, qtbot, many)
    qtbot.waitUntil(lambda: context.session.filter.rowCount() == 31, timeout=WAIT_MS)
    assert context.session.filter.listed()[:2] == keys


def test_the_panel_sets_filters_and_shows_them(
    context: Context, view: LibraryView, qtbot: QtBot, many: Path
) -> None:
    panel = LibraryPanel(context)
    qtbot.addWidget(panel)
    panel.show()
    open_all(context, qtbot, many)
    assert str(many) in context.preferences.current.recent
    boxes = {box.text(): box for box in panel.findChildren(QCheckBox)}
    boxes["Queued"].click()
    boxes["Picked"].click()
    assert context.session.filter.filters == Filters(
        states=frozenset({"queued", "running"}), flags=frozenset({"pick"})
    )
    context.session.filter.set_filters(Filters(faces=frozenset({"eyes closed"})))
    assert boxes["Eyes closed"].isChecked()
    assert not boxes["Queued"].isChecked()
    context.session.filter.set_filters(ALL)
    assert not any(box.isChecked() for box in boxes.values())
