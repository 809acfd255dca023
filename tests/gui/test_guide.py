"""The first-run guide blocks nothing, finds out what runs here, and edits a portrait in place."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from engine.library import VersionKey
from engine.recipes import RESOURCES
from pixelsmile_desktop.context import Context
from pixelsmile_desktop.models.editing import intensity
from pixelsmile_desktop.models.exporting import plan_with_preferences
from pixelsmile_desktop.views.guide import SAMPLE, Guide


@pytest.fixture
def guide(context: Context, qtbot: QtBot) -> Guide:
    built = Guide(context)
    qtbot.addWidget(built)
    return built


def text(guide: Guide) -> str:
    return "\n".join(one.text() for one in guide.findChildren(QLabel))


def test_it_is_shown_once_and_again_when_asked_for(context: Context, guide: Guide) -> None:
    guide.begin()
    assert guide.isVisible()
    [close] = guide.findChildren(QToolButton)
    close.click()
    assert not guide.isVisible()
    guide.begin()
    assert not guide.isVisible()
    assert context.preferences.current.is_guided
    guide.open_again()
    assert guide.isVisible()


def test_the_machine_is_looked_at_while_the_guide_is_there(
    context: Context, guide: Guide, qtbot: QtBot
) -> None:
    guide.begin()
    assert "being looked at" in text(guide)
    qtbot.waitUntil(lambda: "being looked at" not in text(guide), timeout=60_000)
    machine = context.machine.current
    assert machine.device_name in text(guide)
    assert "58.6 GB" in text(guide)


def test_the_sample_is_edited_where_it_is_and_exported_elsewhere(
    context: Context, guide: Guide, own_home: Path, qtbot: QtBot
) -> None:
    guide.begin()
    [button] = [
        b for b in guide.findChildren(QPushButton) if b.text() == "Edit the sample portrait"
    ]
    with qtbot.waitSignal(guide.screen_wanted) as wanted:
        button.click()
    assert wanted.args == ["edit"]
    key = VersionKey(SAMPLE)
    assert context.session.current == key
    assert intensity(context.project.version(key).edit, "all", "happy") == 0.6
    plan = plan_with_preferences(context, [key])
    folder = plan.delivery.folder_of(plan.orders[0])
    assert own_home in folder.parents
    assert RESOURCES not in folder.parents
    context.project.undo_stack.undo()
    assert intensity(context.project.version(key).edit, "all", "happy") == 0
