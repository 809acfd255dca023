"""Workers that crash, hang and talk nonsense, and files that are not what they should be."""

import os
from pathlib import Path

import pytest
from PySide6.QtWidgets import QComboBox, QWidget
from pytestqt.qtbot import QtBot

from engine.client import WorkerClient
from engine.library import Library
from engine.protocol import Failed, FindFaces, Finished
from pixelsmile_desktop.context import Context
from pixelsmile_desktop.engine_link import worker as worker_module
from pixelsmile_desktop.engine_link.catalogue import CatalogueLink
from pixelsmile_desktop.engine_link.preview import read_buffer
from pixelsmile_desktop.engine_link.worker import Ticket, WorkerLink
from pixelsmile_desktop.models.opening import photos_below
from pixelsmile_desktop.settings import Preferences, PreferencesFile
from pixelsmile_desktop.views.main_window import MainWindow
from pixelsmile_desktop.widgets.assistive import obey_screen_readers
from tests.helpers.workers import SCRIPTED_WORKER, bad_worker


def ask(link: WorkerLink, *, background: bool = False) -> tuple[Ticket, list[object]]:
    ticket = link.ask(lambda job: FindFaces(job, "photo.jpg"), background=background)
    endings: list[object] = []
    ticket.ended.connect(endings.append)
    return ticket, endings


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("segfaults_mid_job", "the worker stopped unexpectedly"),
        ("hangs_mid_job", "the worker stopped answering and was ended"),
        ("nonsense_mid_job", "the worker could not be understood"),
        ("unknown_job", "the worker could not be understood"),
        ("half_line", "the worker stopped unexpectedly"),
    ],
)
def test_a_bad_worker_is_replaced_with_one_quiet_line_and_its_job_ends(
    name: str, line: str, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "_SILENCE_S", 0.5)
    link = WorkerLink(WorkerClient(bad_worker(name), cancel_grace_s=0.2))
    lines: list[str] = []
    link.restarted.connect(lines.append)
    _, endings = ask(link)
    qtbot.waitUntil(lambda: bool(endings), timeout=15_000)
    assert isinstance(endings[0], Failed)
    assert lines == [line]
    link.close()


def test_a_worker_that_died_while_idle_is_told_of(qtbot: QtBot) -> None:
    client = WorkerClient(bad_worker("dies_after_each_job"))
    link = WorkerLink(client)
    lines: list[str] = []
    link.restarted.connect(lines.append)
    for _ in range(2):
        _, endings = ask(link)
        qtbot.waitUntil(lambda endings=endings: bool(endings), timeout=10_000)
        qtbot.waitUntil(lambda: client.process_id is None, timeout=10_000)
    assert len(lines) == 1
    link.close()


def test_after_many_crashes_the_next_wish_of_the_user_is_tried_anew(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = WorkerClient(bad_worker("exits_mid_job"), max_restarts=0)
    link = WorkerLink(client)
    _, endings = ask(link)
    qtbot.waitUntil(lambda: bool(endings), timeout=10_000)
    monkeypatch.setattr(worker_module, "_ANEW_AFTER_S", 0.0)
    monkeypatch.setattr(client, "_command", [*SCRIPTED_WORKER])
    _, endings = ask(link)
    qtbot.waitUntil(lambda: bool(endings), timeout=10_000)
    assert isinstance(endings[0], Finished) or endings[0].code != "worker_gave_up"  # type: ignore[attr-defined]
    link.close()


def test_a_buffer_that_is_too_small_is_refused(tmp_path: Path) -> None:
    buffer = tmp_path / "buffer.rgb"
    buffer.write_bytes(bytes(2 * 2 * 3))
    assert read_buffer(buffer, 2, 2).width() == 2
    for width, height in ((2000, 2000), (0, 5), (-1, -1)):
        with pytest.raises(ValueError, match="does not hold"):
            read_buffer(buffer, width, height)


def test_a_library_that_cannot_be_opened_answers_whoever_asks(
    tmp_path: Path, qtbot: QtBot, qapp: object
) -> None:
    damaged = tmp_path / "library.sqlite"
    damaged.write_bytes(b"nonsense" * 1000)
    link = CatalogueLink(damaged)
    told: list[str] = []
    refused: list[str] = []
    link.failed.connect(told.append)
    link.ask(lambda library: library.jobs.all(), None, refused.append)
    link.ask(lambda library: library.jobs.all())
    qtbot.waitUntil(lambda: bool(told and refused), timeout=5_000)
    assert told == refused
    assert "is damaged" in told[0]
    link.close()


def test_the_catalogue_goes_on_after_work_that_fails(tmp_path: Path, qtbot: QtBot) -> None:
    link = CatalogueLink(tmp_path / "library.sqlite")
    refused: list[str] = []
    answers: list[int] = []

    def fail(_: Library) -> None:
        raise RuntimeError("nobody thought of this")

    link.ask(fail, None, refused.append)
    link.ask(lambda _: 1, answers.append)
    qtbot.waitUntil(lambda: bool(answers), timeout=5_000)
    assert refused == ["nobody thought of this"]
    link.close()


def test_one_odd_entry_does_not_hide_a_folder(tmp_path: Path) -> None:
    (tmp_path / "loop.jpg").symlink_to("loop.jpg")
    (tmp_path / "folder.jpg").mkdir()
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "photo.jpg").write_bytes(b"")
    troubles: list[str] = []
    assert [one.photo.name for one in photos_below(tmp_path, troubles)] == ["photo.jpg"]
    assert len(troubles) == 1
    assert "loop.jpg" in troubles[0]
    assert list(photos_below(tmp_path / "pipe.jpg", troubles)) == []
    assert list(photos_below(tmp_path / ("x" * 300), troubles)) == []
    assert len(troubles) == 3


@pytest.mark.parametrize("text", ['{"workers": -4}', '{"template": "{nonsense}"}', "{bad", "[]"])
def test_preferences_that_make_no_sense_are_put_aside(
    text: str, tmp_path: Path, qapp: object
) -> None:
    file = tmp_path / "desktop.json"
    file.write_text(text)
    assert PreferencesFile(file).current == Preferences()
    assert [one.name for one in tmp_path.iterdir()] == ["desktop.unreadable.json"]


def test_a_screen_whose_button_is_toggled_is_shown(context: Context, qtbot: QtBot) -> None:
    window = MainWindow(context)
    qtbot.addWidget(window)
    queue = context.actions["view.queue"]
    queue.setChecked(True)  # what a screen reader's toggle comes to
    assert window.screen_name == "queue"
    queue.setChecked(False)
    qtbot.waitUntil(queue.isChecked, timeout=1_000)
    assert window.screen_name == "queue"


def test_a_combo_box_follows_what_is_selected_in_its_closed_list(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    combo = QComboBox(parent)
    combo.addItems(["one", "two", "three"])
    obey_screen_readers(parent)
    chosen: list[int] = []
    combo.activated.connect(chosen.append)
    combo.view().setCurrentIndex(combo.model().index(2, 0))
    assert (combo.currentText(), chosen) == ("three", [2])


def test_an_innocent_job_survives_those_before_it(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What never came to its turn is not counted against it."""
    link = WorkerLink(WorkerClient(bad_worker("exits_mid_job")))
    turns = iter(["not_started", "not_started", "not_started", "done"])

    def once(_ticket: Ticket) -> object:
        turn = next(turns)
        return Finished(1) if turn == "done" else Failed(1, turn, "before its turn", "")

    monkeypatch.setattr(link, "_once", once)
    lines: list[str] = []
    link.restarted.connect(lines.append)
    _, endings = ask(link)
    qtbot.waitUntil(lambda: bool(endings), timeout=5_000)
    assert isinstance(endings[0], Finished)
    assert lines == []
    link.close()
