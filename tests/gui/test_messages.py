"""The message bar: news goes by itself, trouble stays, and neither takes the focus."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QLineEdit, QToolButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from engine.protocol import Failed
from pixelsmile_desktop.messages import Messages
from pixelsmile_desktop.widgets.message_bar import MessageBar


@pytest.fixture
def messages() -> Messages:
    return Messages()


@pytest.fixture
def bar(messages: Messages, qtbot: QtBot) -> MessageBar:
    built = MessageBar(messages, news_ms=50)
    qtbot.addWidget(built)
    built.show()
    return built


def texts(bar: MessageBar) -> list[str]:
    return [one.text() for one in bar.findChildren(QLabel) if one.isVisible()]


def buttons(bar: MessageBar) -> list[str]:
    return [one.text() for one in bar.findChildren(QToolButton) if one.isVisible()]


def press(bar: MessageBar, text: str) -> None:
    [found] = [b for b in bar.findChildren(QToolButton) if b.isVisible() and b.text() == text]
    found.click()


def test_quiet_lines_go_to_the_status_line_alone(
    bar: MessageBar, messages: Messages, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(bar.quiet) as heard:
        messages.say("The preview was restarted.", "quiet")
    assert heard.args == ["The preview was restarted."]
    assert texts(bar) == []


def test_news_goes_by_itself_and_trouble_does_not(
    bar: MessageBar, messages: Messages, qtbot: QtBot
) -> None:
    messages.say("5 photos are in the queue.")
    messages.say("anna.jpg: it cannot be read; choose another", "trouble")
    assert texts(bar) == [
        "5 photos are in the queue.",
        "⚠ anna.jpg: it cannot be read; choose another",
    ]
    qtbot.waitUntil(lambda: len(texts(bar)) == 1)
    qtbot.wait(100)
    assert texts(bar) == ["⚠ anna.jpg: it cannot be read; choose another"]


def test_several_troubles_stack_and_are_closed_one_by_one(
    bar: MessageBar, messages: Messages
) -> None:
    for name in ("a", "b", "c", "a"):
        messages.say(name, "trouble")
    assert texts(bar) == ["⚠ b"]  # the oldest; `a` came again
    assert "2 more" in buttons(bar)
    press(bar, "Close")
    assert texts(bar) == ["⚠ c"]
    press(bar, "1 more")
    assert texts(bar) == ["⚠ a"]
    press(bar, "Close all")
    assert texts(bar) == []


def test_details_are_copied_with_the_sentence(bar: MessageBar, messages: Messages) -> None:
    messages.say("nothing to copy", "trouble")
    assert "Copy details" not in buttons(bar)
    press(bar, "Close")
    failed = Failed(1, "no_face", "no face was found", "choose another photo", "at line 3")
    messages.failed(Path("/shoot/anna.jpg"), failed)
    press(bar, "Copy details")
    copied = QGuiApplication.clipboard().text()
    assert copied.startswith("anna.jpg: no face was found; choose another photo\n")
    assert "at line 3" in copied


def test_the_focus_stays_where_it_is(messages: Messages, qtbot: QtBot) -> None:
    window, line = QWidget(), QLineEdit()
    rows = QVBoxLayout(window)
    rows.addWidget(MessageBar(messages))
    rows.addWidget(line)
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    line.setFocus()
    qtbot.waitUntil(line.hasFocus)
    messages.say("trouble", "trouble", "details")
    messages.say("news")
    qtbot.keyClicks(line, "typed")
    assert line.hasFocus()
    assert line.text() == "typed"
    [close] = [b for b in window.findChildren(QToolButton) if b.text() == "Close"]
    close.click()
    assert line.hasFocus()
    assert close.focusPolicy() & Qt.FocusPolicy.TabFocus
