"""The face panel, as a user and a screen reader use it; the worker and the catalogue are real."""

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from engine.library import VersionKey
from engine.recipes import Intensities, Preset, expressions
from pixelsmile_desktop.context import Context
from pixelsmile_desktop.models import editing
from pixelsmile_desktop.views.face_panel import FacePanel

PHOTO = Path("/photos/anna.jpg")
KEY = VersionKey(PHOTO)


@pytest.fixture
def panel(context: Context, qtbot: QtBot) -> FacePanel:
    made = FacePanel(context)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    context.session.show([PHOTO])
    return made


def intensity(context: Context, expression: str = "happy") -> float:
    return editing.intensity(
        context.project.version(KEY).edit, context.session.face, expression, context.session.frame
    )


def set_value(widget: QWidget, value: float) -> None:
    """As a screen reader does."""
    found = QAccessible.queryAccessibleInterface(widget)
    found.valueInterface().setCurrentValue(value)


def test_names_begin_with_the_visible_word(panel: FacePanel):
    for name, expression in expressions().items():
        row = panel.row(name)
        word = row.label.text()
        assert word == name.capitalize()
        assert row.slider.accessibleName() == word
        assert row.number.accessibleName().startswith(word)
        assert row.slider.toolTip() == expression.summary


def test_a_screen_reader_sets_the_slider_in_one_step_and_undo_puts_it_back(
    panel: FacePanel, context: Context
):
    row, stack = panel.row("happy"), context.project.undo_stack
    set_value(row.slider, 60)
    assert intensity(context) == 0.6
    assert (stack.count(), stack.undoText()) == (1, "Happy 60 %")
    assert row.number.value() == 60
    set_value(row.slider, 80)
    assert stack.count() == 2
    stack.undo()
    stack.undo()
    assert (row.slider.value(), row.number.value(), intensity(context)) == (0, 0, 0)


def test_a_screen_reader_sets_the_number_too(panel: FacePanel, context: Context):
    set_value(panel.row("sad").number, 33.5)
    assert intensity(context, "sad") == 0.335
    assert context.project.undo_stack.undoText() == "Sad 33.5 %"
    assert panel.row("sad").slider.value() in (33, 34)


def test_a_typed_number_is_one_step(panel: FacePanel, context: Context, qtbot: QtBot):
    number = panel.row("happy").number
    number.setFocus()
    number.selectAll()
    qtbot.keyClicks(number, "62.5")
    qtbot.keyClick(number, Qt.Key.Key_Return)
    assert intensity(context) == 0.625
    assert context.project.undo_stack.count() == 1
    assert context.project.undo_stack.undoText() == "Happy 62.5 %"


def test_a_drag_is_one_step_and_the_next_another(panel: FacePanel, context: Context):
    slider, stack = panel.row("happy").slider, context.project.undo_stack
    y = slider.height() // 2
    for _ in range(2):
        QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=QPoint(slider.width() // 3, y))
        for x in range(slider.width() // 3, slider.width() - 10, 7):
            QTest.mouseMove(slider, QPoint(x, y))
        QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=QPoint(slider.width() - 10, y))
    assert intensity(context) > 1
    assert stack.count() == 2
    stack.undo()
    stack.undo()
    assert intensity(context) == 0


def test_keys_step_finely_and_coarsely(panel: FacePanel, context: Context, qtbot: QtBot):
    slider, stack = panel.row("happy").slider, context.project.undo_stack
    slider.setFocus()
    qtbot.keyClick(slider, Qt.Key.Key_PageUp)
    qtbot.keyClick(slider, Qt.Key.Key_Right)
    shift = Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(slider, Qt.Key.Key_Right, shift)
    qtbot.keyClick(slider, Qt.Key.Key_Right, shift)
    assert intensity(context) == 0.112
    assert panel.row("happy").number.text() == "11.2 %"
    assert stack.count() == 1  # one visit to the keys
    qtbot.keyClick(slider, Qt.Key.Key_Home)
    assert intensity(context) == 0


def test_keys_after_a_pause_are_another_step(panel: FacePanel, context: Context, qtbot: QtBot):
    slider = panel.row("happy").slider
    slider.setFocus()
    qtbot.keyClick(slider, Qt.Key.Key_PageUp)
    with qtbot.waitSignal(panel.row("happy").ended, timeout=5000):
        pass
    qtbot.keyClick(slider, Qt.Key.Key_PageUp)
    assert context.project.undo_stack.count() == 2


def test_a_double_click_on_label_or_slider_resets(panel: FacePanel, context: Context):
    row = panel.row("happy")
    for widget in (row.label, row.slider):
        set_value(row.slider, 70)
        QTest.mouseDClick(widget, Qt.MouseButton.LeftButton)
        assert intensity(context) == 0
    context.project.undo_stack.undo()
    assert intensity(context) == 0.7


def test_the_wheel_scrolls_the_panel_unless_a_slider_has_the_focus(
    panel: FacePanel, context: Context
):
    slider = panel.row("happy").slider

    def turn() -> None:
        place = QPointF(slider.rect().center())
        event = QWheelEvent(
            place,
            QPointF(slider.mapToGlobal(place.toPoint())),
            QPoint(),
            QPoint(0, 120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(slider, event)

    panel.row("sad").slider.setFocus()
    turn()
    assert intensity(context) == 0
    slider.setFocus()
    turn()
    assert intensity(context) == 0.01


def test_sliders_are_those_of_the_face_and_the_frame(panel: FacePanel, context: Context):
    row = panel.row("happy")
    set_value(row.slider, 60)
    context.session.set_face(2)
    assert row.slider.value() == 60  # it shows what all faces do
    set_value(row.slider, 20)
    context.session.set_face("all")
    assert row.slider.value() == 60


def test_presets_are_applied_kept_and_deleted(panel: FacePanel, context: Context, qtbot: QtBot):
    def actions() -> dict[str, object]:
        return {one.text(): one for one in panel.presets.actions()}

    next(one for one in panel.presets.actions() if one.text() == "Bittersweet").trigger()
    assert (intensity(context), intensity(context, "sad")) == (0.3, 0.5)
    assert context.project.undo_stack.undoText() == "Preset Bittersweet"
    panel.save_preset(Preset("Sunday", Intensities({"shy": 0.4})))
    qtbot.waitUntil(lambda: "Sunday" in actions(), timeout=5000)
    next(one for one in panel.presets.actions() if one.text() == "Sunday").trigger()
    assert (intensity(context), intensity(context, "shy")) == (0, 0.4)
    menu = next(one.menu() for one in panel.presets.actions() if one.menu())
    assert isinstance(menu, QMenu)
    remove = menu.actions()[0]
    assert remove.text() == "Sunday"
    remove.trigger()
    qtbot.waitUntil(lambda: "Sunday" not in actions(), timeout=5000)


def test_variants_are_virtual_copies_with_other_seeds(panel: FacePanel, context: Context):
    set_value(panel.row("happy").slider, 60)
    panel.editor.setCurrentIndex(panel.editor.findData("pixelsmile"))
    panel.editor.activated.emit(panel.editor.currentIndex())
    assert panel.seeds.isVisible()
    panel.variants.click()
    copies = context.project.copies(PHOTO)
    edits = [context.project.version(key).edit for key in copies]
    assert [edit.seed for edit in edits] == [43, 44, 45, 46]
    assert all(editing.intensity(edit, "all", "happy") == 0.6 for edit in edits)
    context.project.undo_stack.undo()
    assert context.project.copies(PHOTO) == ()


def test_the_cost_of_the_editor_is_said(panel: FacePanel, context: Context):
    assert "second" in panel.cost.text()
    panel.editor.setCurrentIndex(panel.editor.findData("pixelsmile"))
    panel.editor.activated.emit(panel.editor.currentIndex())
    assert "PixelSmile" in panel.cost.text()


def test_nothing_can_be_set_without_a_photo(context: Context, qtbot: QtBot):
    panel = FacePanel(context)
    qtbot.addWidget(panel)
    assert not panel.row("happy").slider.isEnabled()
