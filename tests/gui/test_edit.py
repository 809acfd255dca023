"""The Edit screen with a real worker: pictures that follow the sliders, zoom, faces, sync."""

import os
import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.library import VersionKey
from engine.recipes import RESOURCES, read_sidecar
from pixelsmile_desktop.context import Context
from pixelsmile_desktop.models import editing
from pixelsmile_desktop.models.picture import PLAIN
from pixelsmile_desktop.paths import buffer_folder
from pixelsmile_desktop.views.edit import EditView
from pixelsmile_desktop.views.photo_commands import commands_of
from pixelsmile_desktop.widgets.canvas import FaceBox, SplitHandle

WAIT_MS = 60_000


@pytest.fixture
def view(context: Context, qtbot: QtBot) -> EditView:
    made = EditView(context)
    made.resize(800, 600)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    return made


@pytest.fixture
def grace(shoot: Path) -> Path:
    return shoot / "grace_hopper.jpg"


@pytest.fixture
def wall(tmp_path: Path) -> Path:
    """A photo without a face."""
    path = tmp_path / "wall.png"
    picture = QImage(320, 240, QImage.Format.Format_RGB32)
    picture.fill(QColor(90, 120, 150))
    assert picture.save(str(path))
    return path


def smile(context: Context, photo: Path, value: float) -> None:
    key = VersionKey(photo)
    edit = editing.with_intensity(context.project.version(key).edit, "all", "happy", value)
    context.project.edit(f"Happy {value:.0%}", {key: edit})


def intensity(context: Context, photo: Path, face: int | str = "all") -> float:
    return editing.intensity(context.project.version(VersionKey(photo)).edit, face, "happy")  # type: ignore[arg-type]


def open_photo(view: EditView, context: Context, qtbot: QtBot, photo: Path) -> None:
    context.session.show([photo])
    qtbot.waitUntil(lambda: view.picture.before is not None, timeout=WAIT_MS)


def said(context: Context) -> list[str]:
    return [message.text for message in context.messages.history]


def test_the_picture_follows_the_slider(
    view: EditView, context: Context, qtbot: QtBot, grace: Path
):
    open_photo(view, context, qtbot, grace)
    assert view.picture.size == QSize(512, 600)
    assert view.picture.after is None
    smile(context, grace, 0.9)
    qtbot.waitUntil(lambda: view.picture.after is not None, timeout=WAIT_MS)
    assert view.picture.after != view.picture.before
    assert "Happy 90 %" in view.canvas.accessibleDescription()
    assert "grace_hopper.jpg" in view.canvas.accessibleDescription()
    context.project.undo_stack.undo()
    assert view.picture.after is None  # at once: the untouched picture is there


def test_a_photo_is_shown_plain_before_anybody_looks_for_faces(
    view: EditView, context: Context, qtbot: QtBot, grace: Path
):
    wishes = []
    view.picture.before_changed.connect(lambda: wishes.append("plain"))
    view.picture.wish_shown.connect(lambda wish: wishes.append(wish.edit))
    context.session.show([grace])
    smile(context, grace, 0.5)
    qtbot.waitUntil(lambda: view.picture.after is not None, timeout=WAIT_MS)
    assert wishes[0] == "plain"
    assert PLAIN not in wishes[1:]


def test_a_photo_without_faces_can_be_looked_at_and_says_so_once(
    view: EditView, context: Context, qtbot: QtBot, wall: Path
):
    open_photo(view, context, qtbot, wall)
    assert not any("wall.png" in text for text in said(context))
    for value in (0.3, 0.6):
        smile(context, wall, value)
        qtbot.waitUntil(lambda: any("wall.png" in text for text in said(context)), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: not context.worker.is_busy, timeout=WAIT_MS)
    assert len([text for text in said(context) if "wall.png" in text]) == 1
    assert view.picture.before is not None
    assert view.picture.after is None


def test_a_broken_file_has_a_sentence_in_its_place(
    view: EditView, context: Context, qtbot: QtBot, tmp_path: Path
):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff\xe0 no picture")
    with qtbot.waitSignal(view.picture.broken, timeout=WAIT_MS) as told:
        context.session.show([broken])
    assert told.args is not None
    assert told.args[0].startswith("broken.jpg: ")
    assert view.picture.before is None


def test_what_comes_late_is_not_shown_on_another_photo(
    view: EditView, context: Context, qtbot: QtBot, shoot: Path
):
    grace, eileen = shoot / "grace_hopper.jpg", shoot / "eileen_collins.png"
    context.session.show([grace, eileen])
    smile(context, grace, 0.9)
    context.session.select(VersionKey(eileen))
    qtbot.waitUntil(lambda: view.picture.before is not None, timeout=WAIT_MS)
    assert view.picture.size == QSize(512, 512)
    assert view.picture.after is None


def test_faces_are_chosen_on_the_canvas_and_by_keys(
    view: EditView, context: Context, qtbot: QtBot, grace: Path
):
    open_photo(view, context, qtbot, grace)
    qtbot.waitUntil(lambda: bool(view.canvas.boxes()), timeout=WAIT_MS)
    box = view.canvas.boxes()[0]
    assert box.accessibleName().startswith("Face 1 of 1")
    QTest.mouseClick(view.canvas, Qt.MouseButton.LeftButton, pos=box.geometry().center())
    assert context.session.face == 1
    assert box.isChecked()
    context.actions["face.next"].trigger()
    assert context.session.face == "all"
    assert not box.isChecked()
    context.session.set_face("all")
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert context.session.face == 1
    context.actions["view.boxes"].setChecked(False)
    assert not box.isVisible()


def test_zoom_keeps_the_place_below_the_cursor(
    view: EditView, context: Context, qtbot: QtBot, grace: Path
):
    open_photo(view, context, qtbot, grace)
    canvas = view.canvas
    assert canvas.is_fitting
    place = QPointF(canvas.width() / 2 + 40, canvas.height() / 2 - 30)
    before = canvas.photo_place(place)
    canvas.zoom_by(3, place)
    assert not canvas.is_fitting
    after = canvas.photo_place(place)
    assert (after - before).manhattanLength() < 1.5
    canvas.toggle_full_size()
    assert canvas.zoom == pytest.approx(1)
    canvas.toggle_full_size()
    assert canvas.is_fitting
    for _ in range(60):
        canvas.zoom_in()
    assert canvas.zoom <= 8
    for _ in range(90):
        canvas.zoom_out()
    assert canvas.zoom > 0.1


def test_a_thumbnail_fills_the_canvas_as_the_photo_will(
    view: EditView, context: Context, qtbot: QtBot, grace: Path
):
    thumbnail = QImage(205, 240, QImage.Format.Format_RGB32)
    thumbnail.fill(QColor("red"))
    canvas = view.canvas
    canvas.show_photo(QSize(), thumbnail)
    shot = canvas.grab().toImage()
    assert shot.pixelColor(canvas.width() // 2, 4) == QColor("red")
    canvas.set_size(QSize(4100, 4800))
    assert canvas.grab().toImage() == shot


def test_full_size_goes_to_the_face(view: EditView, context: Context, qtbot: QtBot, grace: Path):
    open_photo(view, context, qtbot, grace)
    canvas = view.canvas
    canvas.set_size(QSize(5120, 6000))
    canvas.set_boxes([FaceBox(1, QRectF(1000, 1200, 400, 400), "Face 1 of 1")])
    canvas.toggle_full_size()
    middle = canvas.photo_place(QPointF(canvas.width() / 2, canvas.height() / 2))
    assert (middle - QPointF(1200, 1400)).manhattanLength() < 3


def test_the_wheel_zooms_at_the_cursor(view: EditView, context: Context, qtbot: QtBot, grace: Path):
    open_photo(view, context, qtbot, grace)
    canvas = view.canvas
    canvas.zoom_to(2)  # larger than the canvas; a smaller one stays in its middle
    place = QPointF(canvas.width() / 2 - 50, canvas.height() / 2 + 20)
    before = canvas.photo_place(place)
    for _ in range(4):
        event = QWheelEvent(
            place,
            QPointF(canvas.mapToGlobal(place.toPoint())),
            QPoint(),
            QPoint(0, 120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(canvas, event)
    assert canvas.zoom > 3
    assert (canvas.photo_place(place) - before).manhattanLength() < 1.5


def test_arrows_move_a_large_picture_and_change_the_photo_otherwise(
    view: EditView, context: Context, qtbot: QtBot, shoot: Path
):
    photos = [shoot / "eileen_collins.png", shoot / "grace_hopper.jpg"]
    context.session.show(photos)
    qtbot.waitUntil(lambda: view.picture.before is not None, timeout=WAIT_MS)
    canvas = view.canvas
    middle = QPointF(canvas.rect().center())
    canvas.zoom_to(4)
    before = canvas.photo_place(middle)
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    assert canvas.photo_place(middle).x() > before.x()
    assert context.session.current == VersionKey(photos[0])
    canvas.fit()
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    assert context.session.current == VersionKey(photos[1])
    qtbot.keyClick(canvas, Qt.Key.Key_Left)
    assert context.session.current == VersionKey(photos[0])


def test_dragging_pans_and_does_not_choose_a_face(
    view: EditView, context: Context, qtbot: QtBot, grace: Path
):
    open_photo(view, context, qtbot, grace)
    qtbot.waitUntil(lambda: bool(view.canvas.boxes()), timeout=WAIT_MS)
    canvas = view.canvas
    canvas.zoom_to(3)
    start = canvas.rect().center()
    before = canvas.photo_place(QPointF(start))
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=start)
    for step in range(5, 60, 5):
        QTest.mouseMove(canvas, start + QPoint(step, 0))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=start + QPoint(55, 0))
    assert canvas.photo_place(QPointF(start)).x() < before.x() - 5
    assert context.session.face == "all"


def test_before_and_after_are_divided_where_the_handle_stands(
    view: EditView, context: Context, qtbot: QtBot, grace: Path
):
    open_photo(view, context, qtbot, grace)
    red, blue = QColor("red"), QColor("blue")
    before = QImage(512, 600, QImage.Format.Format_RGB32)
    before.fill(red)
    after = QImage(512, 600, QImage.Format.Format_RGB32)
    after.fill(blue)
    canvas = view.canvas
    canvas.show_boxes(False)
    canvas.set_before(before)
    canvas.set_after(after)

    def colours() -> tuple[QColor, QColor]:
        shot = canvas.grab().toImage()
        y, middle = canvas.height() // 4, canvas.width() // 2
        return shot.pixelColor(middle - 100, y), shot.pixelColor(middle + 100, y)

    assert colours() == (blue, blue)
    view.cycle_modes()
    assert colours() == (red, blue)
    handle = canvas.findChild(SplitHandle)
    assert isinstance(handle, SplitHandle)
    handle.setFocus()
    qtbot.keyClick(handle, Qt.Key.Key_Home)
    assert colours() == (blue, blue)
    qtbot.keyClick(handle, Qt.Key.Key_End)
    assert colours() == (red, red)
    view.cycle_modes()
    assert canvas.mode == "side"
    assert colours() == (red, blue)
    context.actions["view.original"].trigger()
    assert colours() == (red, red)
    context.actions["view.original"].trigger()
    view.cycle_modes()
    assert colours() == (blue, blue)


def test_a_larger_picture_is_asked_for_when_looked_at_from_near(
    view: EditView, context: Context, qtbot: QtBot, tmp_path: Path
):
    large = tmp_path / "large.jpg"
    sample = QImage(str(RESOURCES / "samples" / "grace_hopper.jpg"))
    assert sample.scaled(2560, 3000).save(str(large))
    open_photo(view, context, qtbot, large)
    assert view.picture.size == QSize(2560, 3000)

    def height() -> int:
        return 0 if view.picture.before is None else view.picture.before.height()

    assert height() <= 2048
    view.canvas.zoom_to(1)
    qtbot.waitUntil(lambda: height() == 3000, timeout=WAIT_MS)
    assert view.canvas.zoom == pytest.approx(1)


def test_the_key_of_the_original_toggles_or_holds(
    view: EditView, context: Context, qtbot: QtBot, grace: Path
):
    open_photo(view, context, qtbot, grace)
    original = context.actions["view.original"]

    def release_after(ms: int) -> None:
        original.trigger()  # what the shortcut does when the key goes down
        qtbot.wait(ms)
        qtbot.keyRelease(view.canvas, Qt.Key.Key_Backslash)

    release_after(450)
    assert not original.isChecked()
    release_after(0)
    assert original.isChecked()
    release_after(0)
    assert not original.isChecked()


def test_buffers_are_gone_once_the_worker_is(view: EditView, context: Context, grace: Path):
    context.session.show([grace])
    own = f"pixelsmile-{os.getpid()}-*.rgb"
    context.worker.close()
    assert not list(buffer_folder().glob(own))


def test_copy_and_paste_allow_for_what_a_face_shows(
    view: EditView, context: Context, qtbot: QtBot, shoot: Path
):
    grace, eileen = shoot / "grace_hopper.jpg", shoot / "eileen_collins.png"
    context.session.show([grace, eileen])
    smile(context, grace, 0.7)
    context.actions["edit.copy"].trigger()
    context.session.select(VersionKey(eileen))
    steps = context.project.undo_stack.count()
    context.actions["edit.relative"].setChecked(False)
    context.actions["edit.paste"].trigger()
    qtbot.waitUntil(lambda: intensity(context, eileen) == 0.7, timeout=WAIT_MS)
    assert context.project.undo_stack.count() == steps + 1
    context.project.undo_stack.undo()
    smile(context, eileen, 0.1)
    context.actions["edit.relative"].setChecked(True)
    context.actions["edit.paste"].trigger()
    # She smiles broadly already.
    qtbot.waitUntil(lambda: intensity(context, eileen) == 0, timeout=WAIT_MS)


def test_sync_waits_for_faces_and_says_what_was_left_out(
    view: EditView, context: Context, qtbot: QtBot, shoot: Path, wall: Path
):
    grace, second = shoot / "grace_hopper.jpg", shoot / "grace_again.jpg"
    shutil.copy(grace, second)
    context.session.show([grace, second, wall])
    smile(context, grace, 0.7)
    context.session.selection.select(
        context.session.filter.index(1, 0), context.session.selection.SelectionFlag.Select
    )
    context.session.selection.select(
        context.session.filter.index(2, 0), context.session.selection.SelectionFlag.Select
    )
    context.actions["edit.sync"].trigger()
    qtbot.waitUntil(lambda: intensity(context, second) == 0.7, timeout=WAIT_MS)
    assert intensity(context, wall) == 0
    assert any("wall.png" in text for text in said(context))
    assert context.project.undo_stack.undoText() == "Sync settings to 2 photos"
    context.project.undo_stack.undo()
    assert intensity(context, second) == 0


def test_sync_to_a_person_finds_them_by_their_face(
    view: EditView, context: Context, qtbot: QtBot, shoot: Path
):
    grace, eileen = shoot / "grace_hopper.jpg", shoot / "eileen_collins.png"
    second = shoot / "grace_again.png"
    assert QImage(str(grace)).scaled(460, 540).save(str(second))
    context.session.show([grace, eileen, second])
    smile(context, grace, 0.7)
    context.actions["edit.sync_person"].trigger()
    qtbot.waitUntil(lambda: intensity(context, second, 1) > 0.5, timeout=WAIT_MS)
    assert intensity(context, eileen, 1) == 0


def test_resetting_keeps_the_stars(view: EditView, context: Context, grace: Path):
    context.session.show([grace])
    smile(context, grace, 0.7)
    context.actions["photo.reset"].trigger()
    assert intensity(context, grace) == 0
    context.project.undo_stack.undo()
    assert intensity(context, grace) == 0.7


def test_a_sidecar_is_written_when_asked_for_and_read_back(
    view: EditView, context: Context, qtbot: QtBot, grace: Path
):
    open_photo(view, context, qtbot, grace)
    smile(context, grace, 0.7)
    assert list(grace.parent.glob("*.json")) == []
    context.actions["photo.save_sidecar"].trigger()
    qtbot.waitUntil(lambda: any("was saved" in text for text in said(context)), timeout=WAIT_MS)
    sidecar = read_sidecar(grace)
    assert sidecar is not None
    assert sidecar.edits[0].edit == context.project.version(VersionKey(grace)).edit
    smile(context, grace, 0.1)
    context.actions["photo.load_sidecar"].trigger()
    qtbot.waitUntil(lambda: intensity(context, grace) == 0.7, timeout=WAIT_MS)


def test_a_broken_sidecar_is_told_in_a_sentence(
    view: EditView, context: Context, qtbot: QtBot, grace: Path
):
    context.session.show([grace])
    grace.with_name("grace_hopper.jpg.pixelsmile.json").write_text("{broken")
    context.actions["photo.load_sidecar"].trigger()
    qtbot.waitUntil(
        lambda: any("grace_hopper.jpg" in text and "sidecar" in text for text in said(context)),
        timeout=WAIT_MS,
    )


def test_there_is_one_set_of_commands(context: Context):
    assert commands_of(context) is commands_of(context)
