"""German: complete, compiled, and seen everywhere in a real window."""

import importlib.util
import re
import string
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from PySide6.QtCore import QCoreApplication, QLocale, QTranslator
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QGroupBox,
    QLabel,
    QLineEdit,
    QTabWidget,
    QTreeWidget,
    QWidget,
)
from pytestqt.qtbot import QtBot

from engine.recipes import RESOURCES, expressions
from pixelsmile_desktop.context import Context
from pixelsmile_desktop.language import languages, set_language
from pixelsmile_desktop.models.words import expression_title, percent
from pixelsmile_desktop.views.main_window import MainWindow
from pixelsmile_desktop.views.preferences import PreferencesDialog

ROOT = Path(__file__).resolve().parents[2]
TS = RESOURCES / "translations" / "pixelsmile_de.ts"
SCREENS = ("library", "edit", "strip", "queue", "review", "models", "train")
DIALOGS = ("file.export", "edit.preferences", "help.shortcuts", "help.log", "help.about")

NAMES = {
    *("PixelSmile", "PixelSmile Desktop", "PixelSmile Desktop {version}", "Original", "Editor"),
    *("GIF", "WebP", "APNG", "JPEG", "PNG", "TIFF", "AVIF", "HEIC", "MP4", "Format", "Name"),
    *("sRGB", "Display P3", "Adobe RGB", "ProPhoto RGB", "CPU ●", "Web", "Filter", "100 %"),
    *("English", "Deutsch", "bf16", "fp8", "int8", "int4", "fp32", "Status", "Version", "Pause"),
    *("Apache-2.0", "Download", "Training", "Rate"),
}
"""Words that German has as well, and names that nobody translates."""


@pytest.fixture(scope="module")
def translations() -> ModuleType:
    """`packaging/translations.py`, which is a script and no package."""
    spec = importlib.util.spec_from_file_location(
        "translations", ROOT / "packaging" / "translations.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def german(qapp: QApplication) -> Iterator[None]:
    """The window's language for one test."""
    before = QLocale()
    set_language(qapp, "de")
    yield
    for translator in qapp.findChildren(QTranslator):
        qapp.removeTranslator(translator)
        translator.deleteLater()
    QLocale.setDefault(before)


@pytest.fixture
def window(german: None, context: Context, qtbot: QtBot) -> Iterator[MainWindow]:
    """A window in German with every page and panel."""
    window = MainWindow(context)
    qtbot.addWidget(window)
    with qtbot.waitSignal(window.ready, timeout=20_000):
        window.build_rest()
    yield window
    window.close()


def test_german_is_complete_and_compiled(translations: ModuleType) -> None:
    assert translations.check(TS) == []


def test_a_missing_text_is_found(translations: ModuleType, tmp_path: Path) -> None:
    tree = ElementTree.parse(TS)
    context = next(one for one in tree.getroot() if one.findtext("name") == "MainWindow")
    context.remove(next(iter(context.findall("message"))))
    broken = tmp_path / TS.name
    tree.write(broken, encoding="unicode")
    faults = "\n".join(translations.check(broken))
    assert "lacks 'MainWindow:" in faults
    assert "is not what" in faults


def _messages() -> list[tuple[str, str]]:
    """Every text with its German; that none is missing is tested by itself."""
    both = (
        (message.findtext("source", ""), message.findtext("translation", ""))
        for message in ElementTree.parse(TS).getroot().iter("message")
    )
    return [(english, german) for english, german in both if german]


def test_fields_and_keys_stay_as_they_are() -> None:
    for english, german in _messages():
        assert sorted(_fields(english)) == sorted(_fields(german)), (english, german)
        assert english.count("&") == german.count("&"), (english, german)
        assert english.endswith("…") == german.endswith("…"), (english, german)
        edges = (len(english) - len(english.lstrip()), len(english) - len(english.rstrip()))
        assert edges == (len(german) - len(german.lstrip()), len(german) - len(german.rstrip()))


def _fields(text: str) -> list[tuple[str, str]]:
    return [(name, form or "") for _, name, form, _ in string.Formatter().parse(text) if name]


def test_nobody_is_addressed_formally_or_informally() -> None:
    for english, german in _messages():
        # At the beginning of a clause, `Sie` is `they`.
        asked = re.search(r"[a-zäöü,] (Sie|Ihre?[mnrs]?|[Dd]u|[Dd]eine?)\b", german)
        assert not asked, (english, german)


def test_the_table_of_expressions_is_translated(german: None) -> None:
    assert expression_title("happy") == "Glücklich"
    for one in expressions().values():
        assert expression_title(one.name) != one.name.capitalize()
        assert QCoreApplication.translate("Resources", one.summary) != one.summary
    assert percent(0.125) == "12,5 %"


def test_a_window_in_german(window: MainWindow, context: Context, qtbot: QtBot) -> None:
    titles = [context.actions[f"view.{name}"].text() for name in SCREENS]
    assert titles[:3] == ["Bibliothek", "Bearbeiten", "Sequenz"]
    window.show_screen("edit")
    names = {one.accessibleName() for one in window.findChildren(QWidget)}
    assert {"Glücklich", "Überrascht"} <= names
    assert window.menuBar().actions()[0].text() == "Datei"


def test_no_text_of_the_window_stays_english(
    window: MainWindow, context: Context, qtbot: QtBot
) -> None:
    english = {source for source, german in _messages() if source != german} - NAMES
    shown: dict[str, str] = {}
    for screen in SCREENS:
        window.show_screen(screen)
        shown |= _texts(window)
    for name in DIALOGS:
        before = set(QApplication.topLevelWidgets())
        context.actions[name].trigger()
        for dialog in set(QApplication.topLevelWidgets()) - before:
            if dialog.isVisible():
                shown |= _texts(dialog)
                dialog.close()
    for action, _ in context.actions.all():
        shown[action.text()] = shown[action.toolTip()] = action.objectName()
    german = {german for _, german in _messages()} | NAMES
    # What the engine has found out is said as it says it, in English.
    german |= {row.detail for row in context.machine.current.checks}
    assert len(shown) > 200
    left = {text: place for text, place in shown.items() if text in english - german}
    unknown = {
        text: place
        for text, place in shown.items()
        if text not in german and re.search(r"\b(the|of|and|to|is|are|for|not|with)\b", text)
    }
    assert left == {}
    assert unknown == {}


def test_the_language_is_chosen_by_its_own_name(context: Context, qtbot: QtBot) -> None:
    dialog = PreferencesDialog(context)
    qtbot.addWidget(dialog)
    box = next(one for one in dialog.findChildren(QComboBox) if one.findData("de") >= 0)
    assert [box.itemText(at) for at in range(box.count())] == [
        "As the system", "English", "Deutsch",
    ]  # fmt: skip
    assert tuple(box.itemData(at) for at in range(box.count())) == ("", *languages())
    dialog.close()


def _texts(widget: QWidget) -> dict[str, str]:
    """What is written on a widget and in it, with the kind of widget that says it."""
    found: dict[str, str] = {}
    for one in (widget, *widget.findChildren(QWidget)):
        for text in _own_texts(one):
            found[text.replace("&", "")] = f"{type(one).__name__} {one.objectName()}"
    for action in widget.findChildren(QAction):
        found[action.text().replace("&", "")] = f"action {action.objectName()}"
    # What stands in the system's details is not said in any language.
    return {text: place for text, place in found.items() if text and "<pre>" not in text}


def _own_texts(widget: QWidget) -> Iterator[str]:
    yield from (widget.accessibleName(), widget.toolTip(), widget.windowTitle())
    if isinstance(widget, QLabel | QAbstractButton):
        yield widget.text()
    if isinstance(widget, QGroupBox):
        yield widget.title()
    if isinstance(widget, QLineEdit):
        yield widget.placeholderText()
    if isinstance(widget, QComboBox):
        yield from (widget.itemText(at) for at in range(widget.count()))
    if isinstance(widget, QTabWidget):
        yield from (widget.tabText(at) for at in range(widget.count()))
    if isinstance(widget, QTreeWidget):
        header = widget.headerItem()
        yield from (header.text(at) for at in range(widget.columnCount()))
