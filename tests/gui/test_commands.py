"""The command line behind the window: rows, sentences, ends."""

import logging

import pytest
from pytestqt.qtbot import QtBot

from pixelsmile_desktop.engine_link import commands
from pixelsmile_desktop.engine_link.commands import Command

_PATIENCE_MS = 20_000


def test_wrong_words_end_with_a_sentence(own_home: object, qtbot: QtBot) -> None:
    command = Command(["models", "verify", "nothing-of-that-name", "--json"])
    with qtbot.waitSignal(command.ended, timeout=_PATIENCE_MS) as ended:
        command.start()
    assert ended.args not in (None, [0], [-1])
    assert "nothing-of-that-name" in command.error


def test_a_program_that_is_not_there_ends_too(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "_program", lambda: ["/nowhere/python"])
    command = Command(["doctor"])
    with qtbot.waitSignal(command.ended, timeout=_PATIENCE_MS) as ended:
        command.start()
    assert ended.args == [-1]
    assert command.error


def test_nonsense_among_the_rows_is_passed_over(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    script = "echo 'not json'; echo '[1]'; echo '{\"a\": 1}'; printf '{\"b\": 2}'; exit 3"
    monkeypatch.setattr(commands, "_program", lambda: ["/bin/sh", "-c", script])
    command = Command([])
    rows: list[dict[str, int]] = []
    command.row.connect(rows.append)
    with (
        caplog.at_level(logging.WARNING),
        qtbot.waitSignal(command.ended, timeout=_PATIENCE_MS) as ended,
    ):
        command.start()
    assert rows[0] == {"a": 1}
    assert rows[1:] == [{"b": 2}]  # its line had no end
    assert ended.args == [3]


def test_one_that_is_cancelled_before_it_began_never_runs(qtbot: QtBot) -> None:
    command = Command(["doctor", "--json"])
    rows: list[object] = []
    command.row.connect(rows.append)
    with qtbot.waitSignal(command.ended, timeout=_PATIENCE_MS) as ended:
        command.start()
        command.cancel()
    assert ended.args == [-1]
    assert rows == []


def test_one_that_will_not_stop_is_killed(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    script = "trap '' TERM; echo '{}'; while :; do sleep 0.1; done"
    monkeypatch.setattr(commands, "_program", lambda: ["/bin/sh", "-c", script])
    monkeypatch.setattr(commands, "_LEAVES_WITHIN_MS", 200)
    command = Command([])
    with qtbot.waitSignal(command.row, timeout=_PATIENCE_MS):
        command.start()
    with qtbot.waitSignal(command.ended, timeout=_PATIENCE_MS) as ended:
        command.cancel()
    assert ended.args == [-1]
