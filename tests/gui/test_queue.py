"""The queue and the review with a real library and the real process."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QWidget
from pytestqt.qtbot import QtBot

from engine.library import (
    REVIEW,
    Delivery,
    Job,
    Library,
    Order,
    StripFile,
    Wanted,
    this_process,
)
from engine.recipes import (
    REVIEW_FOLDER,
    EditorName,
    FaceEdit,
    Intensities,
    PhotoEdit,
    ramp,
    still,
)
from pixelsmile_desktop.context import Context
from pixelsmile_desktop.engine_link.queue_process import QueueProcess
from pixelsmile_desktop.models.queue import Column, Jobs
from pixelsmile_desktop.views.queue import DoneNotice, QueueSummary, QueueView, queue_commands
from pixelsmile_desktop.views.review import ReviewView

WAIT_MS = 40_000


def happy(scale: float, editor: EditorName = "instant") -> PhotoEdit:
    return PhotoEdit((still(Intensities({"happy": scale})),), editor)


def add(context: Context, qtbot: QtBot, *orders: Order, target: str = "out") -> list[Job]:
    """Queue orders as the export does."""
    placed: list[list[Job]] = []
    delivery = Delivery(Path(target))
    context.catalogue.ask(lambda library: library.orders.place(orders, delivery), placed.append)
    qtbot.waitUntil(lambda: bool(placed), timeout=WAIT_MS)
    return placed[0]


def asked(context: Context, qtbot: QtBot, work: Callable[[Library], Any]) -> Any:
    """What the library says."""
    answers: list[Any] = []
    context.catalogue.ask(work, answers.append)
    qtbot.waitUntil(lambda: bool(answers), timeout=WAIT_MS)
    return answers[0]


def states(jobs: Jobs) -> list[str]:
    return [jobs.index(row, Column.STATE).data() for row in range(jobs.rowCount())]


def names(jobs: Jobs) -> list[str]:
    return [jobs.index(row, Column.PHOTO).data() for row in range(jobs.rowCount())]


# ---- with the real process ----------------------------------------------------------------------


def test_jobs_run_and_their_rows_say_so(context: Context, qtbot: QtBot, shoot: Path):
    view = QueueView(context)
    summary = QueueSummary(context)
    for one in (view, summary):
        qtbot.addWidget(one)
    QAbstractItemModelTester(
        context.queue.jobs, QAbstractItemModelTester.FailureReportingMode.Fatal, view
    )
    assert summary.text() == "Queue: empty"
    broken = shoot / "broken.jpg"
    broken.write_bytes(b"no picture")
    photos = [shoot / "grace_hopper.jpg", broken, shoot / "eileen_collins.png"]
    seen: set[str] = set()
    context.queue.jobs.dataChanged.connect(lambda *_: seen.update(states(context.queue.jobs)))
    with qtbot.waitSignal(context.queue.done, timeout=WAIT_MS) as done:
        add(context, qtbot, *(Order(one, (Wanted(happy(0.6)),)) for one in photos))
    assert done.args == [2, 1, 0]
    jobs = context.queue.jobs
    assert names(jobs) == ["grace_hopper.jpg", "broken.jpg", "eileen_collins.png"]
    assert states(jobs) == ["finished", "failed", "finished"]
    assert "running" in seen
    assert "not a photo" in jobs.index(1, Column.OUTPUT).data()
    assert summary.text() == "Queue: 3 of 3 · 1 failed"
    assert {one.name for one in (shoot / "out").iterdir()} == {
        "grace_hopper_happy_0.6.jpg",
        "eileen_collins_happy_0.6.png",
    }
    assert context.session.photos.job_state(photos[0]) == "finished"

    context.actions["queue.clear"].trigger()
    qtbot.waitUntil(lambda: names(jobs) == ["broken.jpg"], timeout=WAIT_MS)
    context.actions["queue.retry_failed"].trigger()
    with qtbot.waitSignal(context.queue.done, timeout=WAIT_MS) as done:
        pass
    assert done.args == [0, 1, 0]


def test_progress_cancel_and_what_is_left_after_a_quit(context: Context, qtbot: QtBot, shoot: Path):
    moving = PhotoEdit((FaceEdit({"happy": ramp(0.0, 1.0, 1500)}),), "instant")
    long = Wanted(moving, strip=StripFile(1500, 10.0))
    first, second = (Order(shoot / one, (long,)) for one in sorted(os.listdir(shoot)))
    one, two = add(context, qtbot, first, second)
    jobs = context.queue.jobs
    qtbot.waitUntil(
        lambda: jobs.rowCount() > 0 and jobs.index(0, Column.PROGRESS).data() != "",
        timeout=WAIT_MS,
    )
    assert jobs.index(0, Column.PROGRESS).data().endswith(" %")
    assert jobs.index(1, Column.PROGRESS).data(Qt.ItemDataRole.AccessibleTextRole)
    context.queue.selection.select(
        jobs.index(0, 0),
        context.queue.selection.SelectionFlag.Select | context.queue.selection.SelectionFlag.Rows,
    )
    queue_commands(context)["queue.cancel"].trigger()
    qtbot.waitUntil(lambda: states(jobs)[0] == "cancelled", timeout=WAIT_MS)
    qtbot.waitUntil(lambda: states(jobs)[1] == "running", timeout=WAIT_MS)
    context.queue.close()
    assert not context.queue.process.is_running
    stored = asked(context, qtbot, lambda library: library.jobs.some([one.id, two.id]))
    assert [job.state for job in stored] == ["cancelled", "queued"]


def test_pause_holds_and_the_order_can_be_changed(context: Context, qtbot: QtBot, shoot: Path):
    asked(context, qtbot, lambda library: library.jobs.pause())
    for name in ("c.png", "d.png"):
        (shoot / name).write_bytes((shoot / "eileen_collins.png").read_bytes())
    photos = sorted(shoot.iterdir())
    add(context, qtbot, *(Order(one, (Wanted(happy(0.6)),)) for one in photos))
    queue, jobs = context.queue, context.queue.jobs
    qtbot.waitUntil(lambda: jobs.rowCount() == 4, timeout=WAIT_MS)
    assert queue.is_paused
    assert not queue.process.is_running, "there is nothing to do"
    a, b, c, d = (job.id for job in jobs.jobs())
    view = QueueView(context)
    qtbot.addWidget(view)
    view.table.selectRow(2)
    context.actions["queue.up"].trigger()
    qtbot.waitUntil(lambda: [job.id for job in jobs.jobs()] == [a, c, b, d], timeout=WAIT_MS)
    assert [job.id for job in queue.selected()] == [c], "the selection goes along"
    context.actions["queue.up"].trigger()
    qtbot.waitUntil(lambda: [job.id for job in jobs.jobs()] == [c, a, b, d], timeout=WAIT_MS)
    context.actions["queue.down"].trigger()
    qtbot.waitUntil(lambda: [job.id for job in jobs.jobs()] == [a, c, b, d], timeout=WAIT_MS)
    assert states(jobs) == ["queued"] * 4
    with qtbot.waitSignal(queue.done, timeout=WAIT_MS):
        context.actions["queue.resume"].trigger()
    assert states(jobs) == ["finished"] * 4
    assert not queue.is_paused


def test_every_control_has_a_name(context: Context, qtbot: QtBot):
    for view in (QueueView(context), QueueSummary(context), ReviewView(context)):
        qtbot.addWidget(view)
        for button in view.findChildren(QAbstractButton):
            assert button.accessibleName() or button.text(), button
        for one in view.findChildren(QWidget):
            if one.isVisibleTo(view) and one.focusPolicy() & Qt.FocusPolicy.TabFocus:
                assert one.accessibleName() or isinstance(one, QAbstractButton), one


def test_the_notice_says_what_happened(context: Context, qtbot: QtBot):
    window = QWidget()
    qtbot.addWidget(window)
    notice = DoneNotice(context, window)
    assert notice.text(5, 1, 2) == "5 finished · 1 failed · 2 need review"
    context.queue.done.emit(1, 0, 0)  # without a tray nothing happens


# ---- thousands of jobs --------------------------------------------------------------------------


def test_thousands_of_jobs_are_read_once(context: Context, qtbot: QtBot, tmp_path: Path):
    asked(context, qtbot, lambda library: library.jobs.pause())
    orders = [
        Order(tmp_path / f"{n:04}.jpg", (Wanted(happy(0.1 + n % 100 / 100)),)) for n in range(3000)
    ]
    placed = add(context, qtbot, *orders)
    jobs = context.queue.jobs
    qtbot.waitUntil(lambda: jobs.rowCount() == 3000, timeout=WAIT_MS)
    touched: list[tuple[int, int]] = []
    jobs.dataChanged.connect(lambda first, last: touched.append((first.row(), last.row())))
    context.queue.cancel([placed[7].id, placed[2000].id])
    qtbot.waitUntil(lambda: len(touched) == 2, timeout=WAIT_MS)
    assert sorted(touched) == [(7, 7), (2000, 2000)]
    context.queue.clear()
    qtbot.waitUntil(lambda: jobs.rowCount() == 2998, timeout=WAIT_MS)
    assert jobs.row_of(placed[8].id) == 7


# ---- processes that misbehave -------------------------------------------------------------------


def process_of(tmp_path: Path, script: str) -> QueueProcess:
    path = tmp_path / "process.py"
    path.write_text(script)
    return QueueProcess([sys.executable, str(path)])


def test_nonsense_on_its_stdout_is_passed_over(qtbot: QtBot, tmp_path: Path):
    buffer = tmp_path / "buffer.rgb"
    buffer.write_bytes(bytes(range(6)))
    rows: list[Any] = [
        *("no json", "[]", "null", "12", "{}", '{"event": 5}', '{"event": "progress"}'),
        {"event": "progress", "job": "x", "done": 1, "total": 2},
        {"event": "progress", "job": 10**30, "done": 1, "total": 2},
        {"event": "preview", "job": 1, "buffer": "/none", "width": 2, "height": 1},
        {"event": "preview", "job": 1, "buffer": str(buffer), "width": 900, "height": 900},
        {"event": "preview", "job": 1, "buffer": str(buffer), "width": -2, "height": 10**9},
        "x" * 3_000_000,
        {"event": "something new", "job": 4},
        {"event": "preview", "job": 1, "buffer": str(buffer), "width": 2, "height": 1},
        {"event": "left", "seconds": None, "jobs": 3},
    ]
    text = "\n".join(one if isinstance(one, str) else json.dumps(one) for one in rows) + "\n"
    (tmp_path / "rows").write_text(text)
    process = process_of(
        tmp_path,
        "import sys\n"
        f"rows = open({str(tmp_path / 'rows')!r}, 'rb').read()\n"
        "sys.stdout.buffer.write(b'\\xff\\xfe\\x00\\n' + rows)\n"
        "sys.stdout.flush()\nsys.stdin.read()\n",
    )
    pictures: list[QImage] = []
    heard: list[object] = []
    process.preview.connect(lambda _job, picture: pictures.append(picture))
    process.changed.connect(heard.append)
    process.progress.connect(lambda *args: heard.append(args))
    with qtbot.waitSignal(process.left, timeout=WAIT_MS) as left:
        process.wake()
    assert left.args == [None, 3]
    assert heard == [4]
    assert [(one.width(), one.height()) for one in pictures] == [(2, 1)]
    assert process.is_running
    process.close()


def test_a_process_that_dies_is_started_again_and_given_up_in_the_end(qtbot: QtBot, tmp_path: Path):
    process = process_of(
        tmp_path, "import sys\nprint('no room left', file=sys.stderr)\nsys.exit(3)"
    )
    reasons: list[str] = []
    process.restarted.connect(reasons.append)
    with qtbot.waitSignal(process.gave_up, timeout=WAIT_MS) as gave_up:
        process.wake()
    assert gave_up.args == ["no room left"]
    assert reasons == ["no room left"] * 5
    process.wake()
    assert not process.is_running, "until somebody means it"
    with qtbot.waitSignal(process.running_changed, timeout=WAIT_MS):
        process.wake(anew=True)
    process.close()


def test_one_that_says_why_it_stops_is_not_started_again(qtbot: QtBot, tmp_path: Path):
    row = {"event": "stopped", "reason": "the disk is full"}
    process = process_of(tmp_path, f"import sys\nprint({json.dumps(row)!r})\nsys.exit(1)")
    with (
        qtbot.assertNotEmitted(process.restarted),
        qtbot.waitSignal(process.gave_up, timeout=WAIT_MS) as gave_up,
    ):
        process.wake()
    assert gave_up.args == ["the disk is full"]


def test_a_command_that_is_not_there(qtbot: QtBot, tmp_path: Path):
    process = QueueProcess([str(tmp_path / "none")])
    with qtbot.waitSignal(process.restarted, timeout=WAIT_MS):
        process.wake()
    process.close()


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal")
def test_a_killed_process_costs_one_quiet_line_and_no_job(
    context: Context, qtbot: QtBot, shoot: Path
):
    moving = PhotoEdit((FaceEdit({"happy": ramp(0.0, 1.0, 60)}),), "instant")
    photo = shoot / "grace_hopper.jpg"
    said: list[str] = []
    context.messages.said.connect(lambda message: said.append(message.weight))
    add(context, qtbot, Order(photo, (Wanted(moving, strip=StripFile(60, 10.0)),)))
    queue = context.queue
    qtbot.waitUntil(lambda: states(queue.jobs) == ["running"], timeout=WAIT_MS)
    os.kill(queue.process.process_id, 9)
    with qtbot.waitSignal(queue.done, timeout=WAIT_MS) as done:
        pass
    assert done.args == [1, 0, 0]
    assert said == ["quiet"]


# ---- review -------------------------------------------------------------------------------------


def doubtful(context: Context, qtbot: QtBot, photo: Path) -> Job:
    """A job as a generative editor leaves it whose picture is outside the limits."""
    (job,) = add(context, qtbot, Order(photo, (Wanted(happy(0.6, "pixelsmile")),)))

    def work(library: Library) -> Job:
        leased = library.jobs.lease(this_process())
        assert leased is not None
        stem = leased.places[0]
        output = stem.parent / REVIEW_FOLDER / f"{stem.name}{photo.suffix}"
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_bytes(photo.read_bytes())
        request = library.jobs.batch(leased.batch).request
        key = request.work_key(0, library.photos.content(photo), photo.suffix)
        details = {
            "editor": "pixelsmile",
            "identity": 0.412,
            "seconds": 9.0,
            "face": 1,
            "drift": {"shift_px": 9.2, "scale": 1.01},
            "review": ["The model moved the picture by 9.2 pixels (limit 8)."],
        }
        library.results.record(output, stem, key, details, leased)
        library.jobs.set_aside(leased, REVIEW, details["review"][0])
        return library.jobs.get(leased.id)

    done: Job = asked(context, qtbot, work)
    assert done.id == job.id
    return done


def texts(view: ReviewView) -> str:
    return "\n".join(label.text() for label in view.findChildren(QLabel))


def test_results_are_accepted_rejected_and_tried_again(context: Context, qtbot: QtBot, shoot: Path):
    asked(context, qtbot, lambda library: library.jobs.pause())
    context.queue.process.wake = lambda **_: None  # type: ignore[method-assign]
    asked(context, qtbot, lambda library: library.jobs.resume())
    (shoot / "c.png").write_bytes((shoot / "eileen_collins.png").read_bytes())
    photos = [shoot / "eileen_collins.png", shoot / "grace_hopper.jpg", shoot / "c.png"]
    for photo in photos:
        doubtful(context, qtbot, photo)
    view = ReviewView(context)
    qtbot.addWidget(view)
    view.resize(1200, 800)
    view.show()
    jobs, actions = context.queue.jobs, context.actions
    qtbot.waitUntil(lambda: view.results.rowCount() == 3, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: not view.after.picture.isNull(), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: not view.before.picture.isNull(), timeout=WAIT_MS)
    for words in ("0.41", "moved 9.2 px", "limit 8", "seed 42", "eileen_collins.png – 1 of 3"):
        assert words in texts(view)
    view.list.setFocus()
    qtbot.waitUntil(lambda: actions["review.accept"].isEnabled(), timeout=WAIT_MS)

    actions["review.accept"].trigger()
    qtbot.waitUntil(lambda: states(jobs)[0] == "finished", timeout=WAIT_MS)
    assert (shoot / "out" / "eileen_collins_happy_0.6.png").exists()
    qtbot.waitUntil(lambda: "grace_hopper.jpg – 1 of 2" in texts(view), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: actions["review.reject"].isEnabled(), timeout=WAIT_MS)
    actions["review.reject"].trigger()
    qtbot.waitUntil(lambda: states(jobs)[1] == "cancelled", timeout=WAIT_MS)
    assert jobs.index(1, Column.OUTPUT).data() == "rejected"
    assert (shoot / "out" / REVIEW_FOLDER / "grace_hopper_happy_0.6.jpg").exists()
    qtbot.waitUntil(lambda: actions["review.retry"].isEnabled(), timeout=WAIT_MS)
    actions["review.retry"].trigger()
    qtbot.waitUntil(lambda: jobs.rowCount() == 4, timeout=WAIT_MS)
    assert states(jobs)[2:] == ["cancelled", "queued"]
    assert names(jobs)[2:] == ["c.png", "c.png"]
    qtbot.waitUntil(lambda: "Nothing needs review." in texts(view), timeout=WAIT_MS)

    mode = next(one for one in view.findChildren(QComboBox) if one.accessibleName() == "Show")
    mode.setCurrentIndex(1)
    assert view.results.rowCount() == 3, "all that have results"
    actions["review.next"].trigger()
    qtbot.waitUntil(lambda: "grace_hopper.jpg – 2 of 3" in texts(view), timeout=WAIT_MS)
    assert not actions["review.accept"].isEnabled()
    view.hide()
    assert not actions["review.next"].isEnabled(), "its keys are others' now"
