"""Timelines as an animator uses them: keys by mouse and keyboard, prepared frames, the export."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QAction, QImage, QKeySequence, QMouseEvent
from PySide6.QtWidgets import QApplication, QDoubleSpinBox, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from engine.library import Job, Library, Timing, VersionKey
from engine.recipes import Curve, FaceEdit, Keyframe, PhotoEdit
from pixelsmile_desktop.context import Context
from pixelsmile_desktop.engine_link.preview import Wish
from pixelsmile_desktop.models.editing import intensity, with_intensity
from pixelsmile_desktop.models.exporting import Exporter
from pixelsmile_desktop.models.keys import KeyRef
from pixelsmile_desktop.models.motions import MOTIONS
from pixelsmile_desktop.models.picture import Picture
from pixelsmile_desktop.models.playback import due_frame
from pixelsmile_desktop.models.project import Change
from pixelsmile_desktop.models.proxies import (
    Onion,
    ProxyKey,
    ProxyStore,
    blended,
    frame_key,
    frame_keys,
    next_missing,
    onion_frames,
)
from pixelsmile_desktop.models.timeline import ROWS
from pixelsmile_desktop.views.strip_export import StripExport, plan_strip, renders
from pixelsmile_desktop.views.timelines import TimelinePanel

HAPPY, SAD = ROWS.index("happy"), ROWS.index("sad")
MOTION = {one.name: one for one in MOTIONS}
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def key(context: Context, shoot: Path) -> VersionKey:
    photos = sorted(shoot.iterdir())
    context.session.show(photos, [shoot])
    return VersionKey(photos[0])


@pytest.fixture
def panel(context: Context, key: VersionKey, qtbot: QtBot) -> Iterator[TimelinePanel]:
    panel = TimelinePanel(context)
    qtbot.addWidget(panel)
    panel.resize(1200, 420)
    panel.show()
    qtbot.waitExposed(panel)
    panel.activateWindow()
    panel.grid.setFocus()
    qtbot.waitUntil(panel.grid.hasFocus)
    yield panel
    panel.end()


def edit_of(context: Context, key: VersionKey) -> PhotoEdit:
    return context.project.version(key).edit


def happy_keys(context: Context, key: VersionKey) -> list[tuple[int, float]]:
    curves = [
        face.curves["happy"] for face in edit_of(context, key).faces if "happy" in face.curves
    ]
    return [(one.frame, round(one.value, 4)) for curve in curves for one in curve.keyframes]


def middle(panel: TimelinePanel, row: int, frame: int) -> QPoint:
    return panel.grid.visualRect(panel.timeline.index(row, frame)).center()


def place_of_key(panel: TimelinePanel, row: int, frame: int) -> QPoint:
    """Where the key stands, found as the pointer would find it."""
    cell = panel.grid.visualRect(panel.timeline.index(row, frame))
    ref = KeyRef(ROWS[row], frame)
    heights = [
        y
        for y in range(cell.top(), cell.bottom() + 1)
        if panel.grid.key_near(QPointF(cell.center().x(), y)) == ref
    ]
    assert heights, "no key can be grabbed there"
    return QPoint(cell.center().x(), heights[len(heights) // 2])


def mouse(
    panel: TimelinePanel,
    kind: QEvent.Type,
    place: QPoint,
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    view = panel.grid.viewport()
    pressed = LEFT if kind != QEvent.Type.MouseButtonRelease else Qt.MouseButton.NoButton
    button = LEFT if kind != QEvent.Type.MouseMove else Qt.MouseButton.NoButton
    there = view.mapToGlobal(place)
    event = QMouseEvent(kind, QPointF(place), QPointF(there), button, pressed, modifiers)
    QApplication.sendEvent(view, event)


def drag(
    panel: TimelinePanel,
    start: QPoint,
    by: QPoint,
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    mouse(panel, QEvent.Type.MouseButtonPress, start)
    for step in range(1, 6):
        mouse(panel, QEvent.Type.MouseMove, start + by * step / 5, modifiers)
    mouse(panel, QEvent.Type.MouseButtonRelease, start + by, modifiers)


def give_keys(context: Context, key: VersionKey, *keys: Keyframe, frames: int = 24) -> None:
    edit = PhotoEdit((FaceEdit({"happy": Curve(keys)}),))
    context.project.edit("keys", {key: edit})
    version = context.project.version(key)
    assert version.edit == edit
    context.project.end_merge()
    timing = Timing(frames)
    context.project.apply(Change("frames", {key: replace(version, timing=timing)}))


# ---- sliders and timelines are one ---------------------------------------------------------------


def test_a_slider_of_a_still_is_a_timeline_of_one_frame(
    context: Context, key: VersionKey, panel: TimelinePanel
) -> None:
    edit = with_intensity(PhotoEdit(()), "all", "happy", 0.6)
    context.project.edit("Happy", {key: edit})
    assert panel.timeline.columnCount() == 1
    assert panel.timeline.index(HAPPY, 0).data() == "60 %"
    panel.timeline.set_key(HAPPY, 0, 0.8)
    assert intensity(edit_of(context, key), "all", "happy") == 0.8
    panel.timeline.set_key(HAPPY, 0, 0.0)
    assert edit_of(context, key).faces == (), "a slider at zero leaves nothing behind"


def test_a_motion_makes_a_strip_of_a_still_and_one_undo_takes_it_back(
    context: Context, key: VersionKey, panel: TimelinePanel
) -> None:
    before = context.project.version(key)
    context.actions["strip.motion.smile"].trigger()
    version = context.project.version(key)
    assert version.timing.frames == panel.timeline.columnCount() == 24
    assert happy_keys(context, key) == [(0, 0.0), (23, 1.0)]
    context.project.undo_stack.undo()
    assert context.project.version(key) == before
    assert panel.timeline.columnCount() == 1


def test_each_face_has_its_own_timelines(
    context: Context, key: VersionKey, panel: TimelinePanel
) -> None:
    give_keys(context, key, Keyframe(0, 0.5))
    context.session.set_face(2)
    assert panel.timeline.value(HAPPY, 0) == 0.5, "what all faces show, until it has its own"
    panel.timeline.set_key(SAD, 3, 0.4)
    assert [face.face for face in edit_of(context, key).faces] == ["all", 2]
    context.session.set_face("all")
    assert (panel.timeline.value(HAPPY, 0), panel.timeline.value(SAD, 3)) == (0.5, 0.0)


# ---- frames --------------------------------------------------------------------------------------


def test_frames_stretch_the_keys_and_steps_do_not_wear_them_down(
    context: Context, key: VersionKey, panel: TimelinePanel
) -> None:
    give_keys(context, key, *(Keyframe(frame, frame / 24) for frame in range(0, 24, 2)))
    before = happy_keys(context, key)
    for frames in (*range(23, 5, -1), *range(6, 25)):
        panel.timeline.set_timing(frames=frames)
    assert happy_keys(context, key) == before
    panel.timeline.set_timing(frames=47)
    assert [frame for frame, _ in happy_keys(context, key)] == [2 * f for f, _ in before]
    panel.timeline.set_timing(frames=24, is_stretched=False)
    assert [frame for frame, _ in happy_keys(context, key)] == [2 * f for f, _ in before]


def test_a_strip_that_becomes_a_still_keeps_the_frame_that_is_seen(
    context: Context, key: VersionKey, panel: TimelinePanel
) -> None:
    give_keys(context, key, Keyframe(0, 0.0), Keyframe(20, 1.0))
    context.session.set_frame(10)
    panel.timeline.set_timing(frames=1)
    assert happy_keys(context, key) == [(0, 0.5)]
    assert context.session.frame == 0


def test_the_playhead_stays_on_the_strip(
    context: Context, key: VersionKey, panel: TimelinePanel
) -> None:
    give_keys(context, key, Keyframe(0, 0.5), frames=100)
    context.session.set_frame(90)
    panel.timeline.set_timing(frames=50)
    assert context.session.frame == 49
    assert panel.grid.currentIndex().column() == 49


# ---- the mouse -----------------------------------------------------------------------------------


def test_a_double_click_adds_a_key_at_that_height(
    context: Context, key: VersionKey, panel: TimelinePanel, qtbot: QtBot
) -> None:
    panel.timeline.set_timing(frames=24)
    cell = panel.grid.visualRect(panel.timeline.index(HAPPY, 5))
    qtbot.mouseDClick(panel.grid.viewport(), LEFT, pos=QPoint(cell.center().x(), cell.top() + 1))
    qtbot.mouseDClick(panel.grid.viewport(), LEFT, pos=middle(panel, HAPPY, 15))
    (first, high), (second, low) = happy_keys(context, key)
    assert (first, second) == (5, 15)
    assert high > 1.3
    assert 0.5 < low < 1.0


def test_a_dragged_key_moves_in_time_and_value_as_one_step(
    context: Context, key: VersionKey, panel: TimelinePanel
) -> None:
    give_keys(context, key, Keyframe(4, 0.5), Keyframe(6, 0.2), Keyframe(20, 1.0))
    steps = context.project.undo_stack.count()
    width = panel.grid.frame_px
    drag(panel, place_of_key(panel, HAPPY, 4), QPoint(3 * width, -35))
    # 5 pixels of a hand that shakes, then a percent a pixel; the key that was passed stays.
    assert happy_keys(context, key) == [(6, 0.2), (7, 0.8), (20, 1.0)]
    assert context.project.undo_stack.count() == steps + 1
    assert context.session.frame == 7
    context.project.undo_stack.undo()
    assert happy_keys(context, key) == [(4, 0.5), (6, 0.2), (20, 1.0)]


def test_alt_keeps_a_drag_to_one_direction_and_shift_makes_it_fine(
    context: Context, key: VersionKey, panel: TimelinePanel
) -> None:
    give_keys(context, key, Keyframe(4, 0.5), Keyframe(20, 1.0))
    alt, shift = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier
    drag(panel, place_of_key(panel, HAPPY, 4), QPoint(3 * panel.grid.frame_px, -35), alt)
    assert happy_keys(context, key)[0] == (7, 0.5)
    drag(panel, place_of_key(panel, HAPPY, 7), QPoint(10, -45), alt)
    assert happy_keys(context, key)[0] == (7, 0.9)
    drag(panel, place_of_key(panel, HAPPY, 7), QPoint(0, 35), shift)
    assert happy_keys(context, key)[0] == (7, 0.87)


def test_escape_puts_a_dragged_key_back(
    context: Context, key: VersionKey, panel: TimelinePanel, qtbot: QtBot
) -> None:
    give_keys(context, key, Keyframe(4, 0.5))
    start = place_of_key(panel, HAPPY, 4)
    mouse(panel, QEvent.Type.MouseButtonPress, start)
    mouse(panel, QEvent.Type.MouseMove, start + QPoint(90, 0))
    assert happy_keys(context, key) != [(4, 0.5)]
    qtbot.keyClick(panel.grid, Qt.Key.Key_Escape)
    assert happy_keys(context, key) == [(4, 0.5)]
    mouse(panel, QEvent.Type.MouseMove, start + QPoint(90, 0))
    assert happy_keys(context, key) == [(4, 0.5)]


def test_a_band_chooses_keys_that_then_move_together(
    context: Context, key: VersionKey, panel: TimelinePanel
) -> None:
    give_keys(context, key, Keyframe(4, 0.5), Keyframe(6, 0.6), Keyframe(20, 1.0))
    panel.timeline.set_key(SAD, 5, 0.3)
    top = panel.grid.visualRect(panel.timeline.index(HAPPY, 2)).topLeft()
    bottom = panel.grid.visualRect(panel.timeline.index(SAD, 8)).bottomRight()
    drag(panel, top + QPoint(2, 2), bottom - top - QPoint(4, 4))
    chosen = {KeyRef("happy", 4), KeyRef("happy", 6), KeyRef("sad", 5)}
    assert panel.grid.chosen_keys() == chosen
    drag(panel, place_of_key(panel, HAPPY, 6), QPoint(2 * panel.grid.frame_px, 0))
    assert [frame for frame, _ in happy_keys(context, key)] == [6, 8, 20]
    assert panel.timeline.key(SAD, 7) is not None


def test_the_ruler_scrubs(
    context: Context, key: VersionKey, panel: TimelinePanel, qtbot: QtBot
) -> None:
    give_keys(context, key, Keyframe(4, 0.5))
    ruler = panel.grid.ruler
    x = round(9.5 * panel.grid.frame_px)
    qtbot.mouseClick(ruler.viewport(), LEFT, pos=QPoint(x, 5))
    assert context.session.frame == 9


# ---- the keyboard --------------------------------------------------------------------------------


def press(qtbot: QtBot, panel: TimelinePanel, *wanted: str) -> None:
    for text in wanted:
        combination = QKeySequence(text)[0]  # pyright: ignore[reportIndexIssue]
        qtbot.keyClick(panel.grid, combination.key(), combination.keyboardModifiers())


def test_everything_about_keys_works_without_a_mouse(
    context: Context, key: VersionKey, panel: TimelinePanel, qtbot: QtBot
) -> None:
    panel.timeline.set_timing(frames=24)
    panel.grid._go(HAPPY, 0)  # noqa: SLF001 - the cursor's start
    press(qtbot, panel, "K", "End", "K")
    press(qtbot, panel, *["+"] * 60, *["-"] * 10)
    assert happy_keys(context, key) == [(0, 0.0), (23, 0.5)]
    qtbot.keyClick(panel.grid, Qt.Key.Key_Plus, Qt.KeyboardModifier.ShiftModifier)
    assert happy_keys(context, key)[1] == (23, 0.501)
    press(qtbot, panel, "J")
    assert context.session.frame == 0
    press(qtbot, panel, "F9")
    assert panel.timeline.key(HAPPY, 0) == Keyframe(0, 0.0, "ease_in_out")
    press(qtbot, panel, "L", "Alt+Left", "Alt+Left")
    assert [frame for frame, _ in happy_keys(context, key)] == [0, 21]
    assert context.session.frame == 21
    press(qtbot, panel, "Ctrl+C", "Down", "Home", "Ctrl+V")
    assert panel.timeline.key(SAD, 0) == Keyframe(0, 0.501, "linear")
    press(qtbot, panel, "Del")
    assert panel.timeline.key(SAD, 0) is None
    press(qtbot, panel, "Up", "End", "Left", "Left", "Ctrl+X")
    assert happy_keys(context, key) == [(0, 0.0)]


def test_a_value_is_typed(
    context: Context, key: VersionKey, panel: TimelinePanel, qtbot: QtBot
) -> None:
    panel.timeline.set_timing(frames=24)
    panel.grid._go(HAPPY, 7)  # noqa: SLF001 - the cursor's start
    press(qtbot, panel, "Return")
    box = panel.grid.findChild(QDoubleSpinBox)
    assert isinstance(box, QDoubleSpinBox)
    assert box.accessibleName() == "Happy, frame 8: 0 %"
    box.selectAll()
    qtbot.keyClicks(box, "62.5")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: happy_keys(context, key) == [(7, 0.625)])


def test_steps_on_one_key_undo_together_and_those_on_another_apart(
    context: Context, key: VersionKey, panel: TimelinePanel, qtbot: QtBot
) -> None:
    give_keys(context, key, Keyframe(0, 0.5), Keyframe(10, 0.5))
    panel.grid._go(HAPPY, 0)  # noqa: SLF001 - the cursor's start
    press(qtbot, panel, "+", "+", "+", "L", "-", "-")
    context.project.undo_stack.undo()
    assert happy_keys(context, key) == [(0, 0.53), (10, 0.5)]
    context.project.undo_stack.undo()
    assert happy_keys(context, key) == [(0, 0.5), (10, 0.5)]


def test_the_grid_keeps_its_keys_from_the_window(
    context: Context, key: VersionKey, panel: TimelinePanel, qtbot: QtBot
) -> None:
    window = QWidget()
    QVBoxLayout(window).addWidget(panel)
    heard: list[str] = []
    for keys in ("Ctrl+C", "Space", "Left"):
        action = QAction(keys, window, shortcut=QKeySequence(keys))
        action.triggered.connect(lambda _=False, keys=keys: heard.append(keys))
        window.addAction(action)
    window.show()
    qtbot.waitExposed(window)
    give_keys(context, key, Keyframe(0, 0.5))
    panel.grid.setFocus()
    qtbot.waitUntil(panel.grid.hasFocus)
    press(qtbot, panel, "Ctrl+C")
    press(qtbot, panel, "Space")
    assert panel.playback.is_playing
    panel.playback.stop()
    assert heard == []
    panel.setParent(None)
    window.close()


def test_keys_of_a_strip_that_nobody_sees_cannot_be_changed(
    context: Context, key: VersionKey, panel: TimelinePanel
) -> None:
    panel.hide()
    context.actions["strip.key.add"].trigger()
    context.actions["strip.motion.smile"].trigger()
    assert context.project.known(key) is None


# ---- for everyone --------------------------------------------------------------------------------


def test_a_screen_reader_finds_a_table_with_names(
    context: Context, key: VersionKey, panel: TimelinePanel
) -> None:
    give_keys(context, key, Keyframe(0, 0.0, "ease_in"), Keyframe(11, 0.6, "ease_in"))
    found = QAccessible.queryAccessibleInterface(panel.grid)
    assert found.role() == QAccessible.Role.Table
    assert found.text(QAccessible.Text.Name) == "Timelines"
    columns = 1 + 24  # names and ruler are cells too
    assert found.childCount() == (1 + 12) * columns

    def name(row: int, column: int) -> str:
        return found.child(row * columns + column).text(QAccessible.Text.Name)

    assert name(1 + HAPPY, 0) == "Happy"
    assert name(0, 1 + 11) == "Frame 12, 0.92 s"
    assert name(1 + HAPPY, 1 + 11) == "Happy, frame 12: 60 %, key, eases in"
    between = name(1 + HAPPY, 1 + 6)
    assert between.startswith("Happy, frame 7: ")
    assert "key" not in between


# ---- prepared frames -----------------------------------------------------------------------------


def test_frames_are_prepared_and_shown_at_once_while_scrubbing(
    context: Context, key: VersionKey, panel: TimelinePanel, qtbot: QtBot
) -> None:
    give_keys(context, key, Keyframe(0, 0.0), Keyframe(5, 1.0), frames=8)
    qtbot.waitUntil(lambda: len(panel.proxies.ready) == 8, timeout=30_000)
    shown: list[QImage] = []
    panel.proxies.frame_shown.connect(shown.append)
    context.session.set_frame(5)
    assert len(shown) == 1, "without waiting for anybody"
    context.session.set_frame(0)
    assert shown[0] != shown[1], "the faces differ"
    assert max(shown[0].width(), shown[0].height()) <= 640
    panel.timeline.set_key(HAPPY, 5, 0.5)
    # 10 % to 50 % now; what was shown at 20 % and 40 % serves again.
    assert panel.proxies.ready == {0, 2, 4}
    context.project.undo_stack.undo()
    assert len(panel.proxies.ready) == 8, "and back at once"


def test_a_photo_without_a_strip_costs_nothing(
    context: Context, key: VersionKey, panel: TimelinePanel
) -> None:
    context.project.edit("Happy", {key: with_intensity(PhotoEdit(()), "all", "happy", 0.6)})
    assert panel.proxies.key(0) is None
    assert panel.proxies.ready == frozenset()


def test_playing_moves_the_playhead_and_leaves_the_exact_picture_alone(
    context: Context, key: VersionKey, panel: TimelinePanel, qtbot: QtBot
) -> None:
    give_keys(context, key, Keyframe(0, 0.0), Keyframe(5, 1.0), frames=6)
    qtbot.waitUntil(lambda: len(panel.proxies.ready) == 6, timeout=30_000)
    held: list[bool] = []
    panel.proxies.hold_changed.connect(held.append)
    asked: list[float] = []
    context.session.frame_changed.connect(asked.append)
    context.actions["strip.play"].trigger()
    qtbot.waitUntil(lambda: panel.playback.frame == 2, timeout=5000)
    assert panel.grid.playhead == 2
    assert (held, asked) == ([True], []), "nobody renders while the strip is played"
    context.actions["strip.play"].trigger()
    assert held == [True, False]
    assert asked == [context.session.frame]


@pytest.mark.parametrize(
    ("loop", "expected"),
    [
        ("repeat", [1, 2, 3, 0, 1, 2, 3]),
        ("bounce", [1, 2, 3, 2, 1, 0, 1]),
        ("once", [1, 2, 3, None, None, None, None]),
    ],
)
def test_what_is_played(loop: str, expected: list[int | None]) -> None:
    timing = Timing(4, loop=loop)  # pyright: ignore[reportArgumentType]
    assert [due_frame(n, timing, start=1) for n in range(7)] == expected


def test_a_frames_key_is_that_of_its_wish() -> None:
    curves = {
        "sad": Curve((Keyframe(1, 0.3, "ease_in"), Keyframe(9, 1.2))),
        "happy": Curve((Keyframe(0, 0.0), Keyframe(5, 1.0, "ease_out"), Keyframe(8, 0.0))),
    }
    edit = PhotoEdit((FaceEdit(curves), FaceEdit({"fear": Curve((Keyframe(3, 0.2),))}, 2)))
    keys = frame_keys(Path("a.jpg"), (1, 2), edit, 12)
    for frame, one in enumerate(keys):
        assert one == frame_key(Wish(Path("a.jpg"), edit, float(frame)), (1, 2))
    assert keys[10] == keys[11]
    assert len(set(keys)) == 10, "frames 0 and 1 differ, those after the last key do not"


def picture(value: int, side: int = 64) -> QImage:
    made = QImage(side, side, QImage.Format.Format_RGB32)
    made.fill(0xFF000000 | value << 16 | value << 8 | value)
    return made


def test_the_store_forgets_what_was_not_looked_at_for_longest() -> None:
    keys = [ProxyKey(Path("a.jpg"), (number, 0), ()) for number in range(4)]
    store = ProxyStore()
    store.put(keys[0], picture(10))
    one = store.size_bytes
    store = ProxyStore(max_bytes=3 * one + one // 2)
    for number in range(3):
        store.put(keys[number], picture(10))
    assert store.get(keys[0]) is not None
    store.put(keys[3], picture(10))
    assert [key in store for key in keys] == [True, False, True, True]
    assert store.size_bytes <= 3 * one + one // 2


def test_missing_frames_are_made_around_the_playhead_first() -> None:
    keys = [ProxyKey(Path("a.jpg"), (number, 0), ()) for number in range(5)]
    store, made = ProxyStore(), []
    while (frame := next_missing(keys, store, 2)) is not None:
        made.append(frame)
        store.put(keys[frame], picture(0, 8))
    assert made == [2, 3, 1, 4, 0]


def test_neighbours_shine_through_with_equal_shares() -> None:
    mixed = blended(picture(200), [picture(0), picture(0), picture(100)], 0.6)
    expected = 0.4 * 200 + 0.2 * (0 + 0 + 100)
    assert mixed.pixelColor(3, 3).red() == pytest.approx(expected, abs=3)
    curves = {"happy": Curve((Keyframe(2, 0.1), Keyframe(9, 0.2)))}
    assert onion_frames(curves, 5, 12, Onion(reach="keys")) == [2, 9]
    assert onion_frames(curves, 0, 12, Onion(reach="frames", frames=2)) == [2, 1]


def test_the_canvas_shows_a_prepared_frame_until_the_exact_one_comes(
    context: Context, key: VersionKey, panel: TimelinePanel, qtbot: QtBot
) -> None:
    give_keys(context, key, Keyframe(0, 0.0), Keyframe(5, 1.0), frames=8)
    picture = Picture(
        context.session, context.faces, context.worker, context.messages, context.session
    )
    panel.proxies.frame_shown.connect(picture.show_frame)
    panel.proxies.hold_changed.connect(picture.set_held)
    picture.set_active(True)
    qtbot.waitUntil(lambda: picture.before is not None, timeout=30_000)
    qtbot.waitUntil(lambda: len(panel.proxies.ready) == 8, timeout=30_000)
    with qtbot.waitSignal(picture.wish_shown, timeout=30_000) as exact:
        context.session.set_frame(5)
        assert picture.after == panel.proxies.picture(5)
    assert exact.args is not None
    assert exact.args[0].frame == 5
    context.actions["strip.onion"].setChecked(True)
    with qtbot.assertNotEmitted(picture.wish_shown, wait=700):
        context.session.set_frame(2)
        blend = picture.after
    assert picture.after is blend
    assert blend != panel.proxies.picture(2), "its neighbours shine through"
    with qtbot.waitSignal(picture.wish_shown, timeout=30_000):
        context.actions["strip.onion"].setChecked(False)


def test_with_onion_skin_an_edit_is_seen_without_waiting_for_the_background(
    context: Context, key: VersionKey, panel: TimelinePanel, qtbot: QtBot
) -> None:
    give_keys(context, key, Keyframe(0, 0.0), Keyframe(5, 1.0), frames=8)
    qtbot.waitUntil(lambda: len(panel.proxies.ready) == 8, timeout=30_000)
    context.actions["strip.onion"].setChecked(True)
    context.session.set_frame(3)
    # The background is busy with something else for good.
    panel.proxies._feed.clear()  # noqa: SLF001
    panel.proxies._feed.show = lambda wish: None  # noqa: SLF001  # pyright: ignore
    with qtbot.waitSignal(panel.proxies.frame_shown, timeout=30_000):
        panel.timeline.set_key(HAPPY, 3, 1.4)
    assert 3 in panel.proxies.ready


# ---- export --------------------------------------------------------------------------------------


def test_a_strip_goes_to_the_queue_as_it_was_chosen(
    context: Context, key: VersionKey, panel: TimelinePanel, qtbot: QtBot, tmp_path: Path
) -> None:
    give_keys(context, key, Keyframe(0, 0.0), Keyframe(5, 1.0), frames=8)
    plan = plan_strip(context, key, StripExport(".webp", "instant", str(tmp_path / "out")))
    exporter = Exporter(context)
    with qtbot.waitSignal(exporter.queued, timeout=10_000) as queued:
        exporter.hand_over(plan)
    exporter.close()
    assert queued.args is not None
    (job,) = queued.args[0]
    assert isinstance(job, Job)
    with Library() as library:
        assert library.jobs.get(job.id).state == "queued"
        (wanted,) = library.jobs.batch(job.batch).request.wanted
    assert wanted.strip is not None
    assert (wanted.strip.frames, wanted.strip.suffix, wanted.edit.editor) == (8, ".webp", "instant")


def test_only_different_faces_count_as_renders() -> None:
    held = Curve((Keyframe(0, 0.0), Keyframe(4, 1.0, "hold"), Keyframe(9, 1.0)))
    edit = PhotoEdit((FaceEdit({"happy": held}),))
    # Frames 1 to 4; frame 0 is the photo, and those after the hold are the same.
    assert renders(edit, 24) == 4
    assert renders(PhotoEdit(()), 24) == 0
