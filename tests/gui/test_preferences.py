"""Preferences hold at once; the other small dialogs show what they promise."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QTextBrowser,
    QTreeWidget,
    QWidget,
)
from pytestqt.qtbot import QtBot

from pixelsmile_desktop import paths
from pixelsmile_desktop.context import Context
from pixelsmile_desktop.models.exporting import Exporter
from pixelsmile_desktop.settings import PreferencesFile
from pixelsmile_desktop.theme import apply_theme
from pixelsmile_desktop.views.about import AboutDialog
from pixelsmile_desktop.views.dialogs import add_dialog_actions
from pixelsmile_desktop.views.log import LogDialog, log_end
from pixelsmile_desktop.views.preferences import PreferencesDialog
from pixelsmile_desktop.views.shortcuts import ShortcutsDialog


@pytest.fixture
def dialog(context: Context, qtbot: QtBot) -> Iterator[PreferencesDialog]:
    built = PreferencesDialog(context)
    qtbot.addWidget(built)
    built.show()
    yield built
    built.reject()


def box(dialog: PreferencesDialog, name: str) -> QComboBox:
    [found] = [one for one in dialog.findChildren(QComboBox) if one.accessibleName() == name]
    return found


def choose(dialog: PreferencesDialog, name: str, data: str) -> None:
    found = box(dialog, name)
    found.setCurrentIndex(found.findData(data))
    found.activated.emit(found.currentIndex())


def test_what_is_chosen_holds_at_once_and_at_the_next_start(
    dialog: PreferencesDialog, context: Context, qapp: QApplication, tmp_path: Path
) -> None:
    apply_theme(qapp, "dark")
    dark = qapp.palette().color(QPalette.ColorRole.Window)
    choose(dialog, "Theme", "light")
    assert qapp.palette().color(QPalette.ColorRole.Window).lightness() > dark.lightness()
    choose(dialog, "Editor of new edits", "pixelsmile")
    choose(dialog, "Precision", "int4")
    dialog.findChildren(QSpinBox)[0].setValue(3)
    lines = {one.accessibleName(): one for one in dialog.findChildren(QLineEdit)}
    lines["Folder for the pictures"].setText(str(tmp_path / "out"))
    kept = PreferencesFile(paths.settings_file()).current
    assert (kept.theme, kept.editor, kept.model.precision) == ("light", "pixelsmile", "int4")
    assert (kept.workers, kept.output_folder) == (3, str(tmp_path / "out"))
    lines["Folder for the pictures"].setText("relative/folder")
    assert context.preferences.current.output_folder == str(tmp_path / "out")


def test_commercial_use_only_is_the_command_lines_setting(
    dialog: PreferencesDialog, own_home: Path, qtbot: QtBot
) -> None:
    [check] = dialog.findChildren(QCheckBox)
    qtbot.waitUntil(check.isEnabled, timeout=20_000)
    assert not check.isChecked()
    check.click()
    qtbot.waitUntil(check.isEnabled, timeout=20_000)
    assert check.isChecked()
    setting = own_home / ".config" / "pixelsmile" / "weights.json"
    assert json.loads(setting.read_text()) == {"commercial_only": True}


def test_about_names_licences_and_copies_nothing_personal(qtbot: QtBot, own_home: Path) -> None:
    dialog = AboutDialog()
    qtbot.addWidget(dialog)
    [tree] = dialog.findChildren(QTreeWidget)
    qtbot.waitUntil(lambda: tree.topLevelItemCount() > 5, timeout=20_000)
    rows = {
        item.text(0): item.text(2)
        for number in range(tree.topLevelItemCount())
        if (item := tree.topLevelItem(number)) is not None
    }
    assert "LGPL" in rows["PySide6_Essentials"]
    notices = dialog.findChildren(QTextBrowser)[0].toPlainText()
    assert "YuNet" in notices
    assert "Grace Hopper" in notices
    [copy] = [b for b in dialog.findChildren(QPushButton) if b.text() == "Copy details"]
    copy.click()
    copied = QGuiApplication.clipboard().text()
    assert "PixelSmile Desktop" in copied
    assert str(own_home) not in copied
    dialog.reject()


def test_the_keyboard_map_holds_every_action_with_keys_and_is_filtered(
    context: Context, qtbot: QtBot
) -> None:
    exporter = Exporter(context)
    window = QWidget()
    qtbot.addWidget(window)
    add_dialog_actions(context, exporter, window)
    dialog = ShortcutsDialog(context.actions)
    qtbot.addWidget(dialog)
    dialog.show()
    assert {"Export…", "Preferences…", "Keyboard shortcuts"} <= set(listed(dialog))
    assert listed(dialog)["Keyboard shortcuts"] == "?, F1"
    assert "About and licences" not in listed(dialog)  # it has no keys
    dialog.findChildren(QLineEdit)[0].setText("ctrl+shift+e")
    assert set(listed(dialog)) == {"Export…"}
    exporter.close()


def listed(dialog: ShortcutsDialog) -> dict[str, str]:
    [tree] = dialog.findChildren(QTreeWidget)
    groups = [tree.topLevelItem(number) for number in range(tree.topLevelItemCount())]
    items = [g.child(n) for g in groups if g is not None for n in range(g.childCount())]
    return {one.text(0): one.text(1) for one in items if one is not None and not one.isHidden()}


def test_a_dialog_that_is_open_is_not_opened_twice(context: Context, qtbot: QtBot) -> None:
    exporter, window = Exporter(context), QWidget()
    qtbot.addWidget(window)
    add_dialog_actions(context, exporter, window)
    for _ in range(2):
        context.actions["help.shortcuts"].trigger()
    assert len(window.findChildren(ShortcutsDialog)) == 1
    window.findChildren(ShortcutsDialog)[0].reject()
    qtbot.waitUntil(lambda: not window.findChildren(ShortcutsDialog))
    context.actions["help.shortcuts"].trigger()
    assert len(window.findChildren(ShortcutsDialog)) == 1
    exporter.close()


def test_the_log_shows_its_end_and_follows_it(own_home: Path, qtbot: QtBot) -> None:
    log = paths.log_file()
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("".join(f"line {n} {own_home}/photo\n" for n in range(20_000)))
    assert log_end(log, 100).count("\n") < 5
    dialog = LogDialog()
    qtbot.addWidget(dialog)
    dialog.show()
    [view] = dialog.findChildren(QPlainTextEdit)
    qtbot.waitUntil(lambda: "line 19999" in view.toPlainText())
    assert str(own_home) not in view.toPlainText()
    with log.open("a") as file:
        file.write("a new line\n")
    qtbot.waitUntil(lambda: "a new line" in view.toPlainText())
    dialog.findChildren(QLineEdit)[0].setText("NEW")
    assert view.toPlainText() == "a new line"
    dialog.close()
