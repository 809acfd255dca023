"""Faults that nobody caught, and where the window was before it crashed."""

import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer, qWarning
from pytestqt.qtbot import QtBot

from engine.library import VersionKey
from pixelsmile_desktop.crash import Faults, RunMarker
from pixelsmile_desktop.details import system_details
from pixelsmile_desktop.messages import Messages
from pixelsmile_desktop.work_state import WorkState, load_work, save_work


@pytest.fixture
def messages() -> Messages:
    return Messages()


@pytest.fixture
def faults(messages: Messages, qtbot: QtBot) -> Iterator[Faults]:
    built = Faults(messages)
    built.install()
    yield built
    built.uninstall()


def fail(text: str) -> None:
    raise RuntimeError(text)


def test_a_fault_in_a_slot_is_told_of_once_and_the_window_goes_on(
    faults: Faults, messages: Messages, qtbot: QtBot
) -> None:
    secret = str(Path.home() / "wedding")
    for _ in range(3):
        QTimer.singleShot(0, lambda: fail(secret))
    after: list[int] = []
    QTimer.singleShot(20, lambda: after.append(1))
    qtbot.waitUntil(lambda: bool(after) and len(messages.history) > 0)
    [message] = messages.history
    assert message.weight == "trouble"
    assert "RuntimeError" in message.text
    assert "Traceback" not in message.text
    assert "fail(" in message.details
    assert system_details() in message.details
    assert secret not in message.details


def test_a_fault_on_a_thread_is_told_of_on_the_windows_thread(
    faults: Faults, messages: Messages, qtbot: QtBot
) -> None:
    threads: list[threading.Thread] = []
    messages.said.connect(lambda _: threads.append(threading.current_thread()))
    thread = threading.Thread(target=fail, args=("on a thread",))
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: bool(threads))
    assert threads == [threading.main_thread()]


def test_what_qt_complains_of_is_in_the_log(
    faults: Faults, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="qt"):
        qWarning("a plugin is missing")
    assert "a plugin is missing" in caplog.text


def test_a_run_that_was_killed_is_found_out_by_the_next(tmp_path: Path) -> None:
    script = (
        "import os, sys\nfrom pathlib import Path\n"
        "from pixelsmile_desktop.crash import RunMarker\n"
        "assert not RunMarker(Path(sys.argv[1])).begin()\nos._exit(1)\n"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False, timeout=60)
    marker = RunMarker(tmp_path)
    assert marker.begin()
    marker.end()
    assert list(tmp_path.iterdir()) == []
    assert not RunMarker(tmp_path).begin()


def test_a_second_window_is_no_crash_of_the_first(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom pathlib import Path\n"
        "from pixelsmile_desktop.crash import RunMarker\n"
        "RunMarker(Path(sys.argv[1])).begin()\nprint('up', flush=True)\nsys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as other:  # fmt: skip
        assert other.stdout is not None
        other.stdout.readline()
        assert not RunMarker(tmp_path).begin()
        other.communicate()


def test_where_the_user_was_comes_back(tmp_path: Path) -> None:
    odd = "/shoot/caf\udce9.jpg"  # a name that is no text
    state = WorkState(("/shoot",), (odd,), odd, 2, "edit")
    file = tmp_path / "settings" / "work.json"
    save_work(file, state)
    assert load_work(file) == state
    assert state.key == VersionKey(Path(odd), 2)
    assert state.paths == [Path("/shoot"), Path(odd)]
    file.write_text("{")
    assert load_work(file) is None
    file.write_text('{"folders": 3}')
    assert load_work(file) is None
