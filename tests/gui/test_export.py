"""The export dialog: names before they are made, what the disk says, and jobs in the real queue."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QLineEdit,
    QListWidget,
    QRadioButton,
    QSpinBox,
    QWidget,
)
from pytestqt.qtbot import QtBot

from engine.client import worker_environment
from engine.library import Job, Timing, Version, VersionKey
from pixelsmile_desktop.context import Context
from pixelsmile_desktop.models.editing import with_intensity
from pixelsmile_desktop.models.exporting import Exporter, plan_with_preferences
from pixelsmile_desktop.models.project import Change
from pixelsmile_desktop.views.export import ExportDialog

T = TypeVar("T", bound=QWidget)


@pytest.fixture
def keys(context: Context, shoot: Path) -> list[VersionKey]:
    """Both photos open, the first of them happy."""
    photos = sorted(shoot.iterdir())
    context.session.show(photos, [shoot])
    found = [VersionKey(photo) for photo in photos]
    smile(context, found[0])
    return found


@pytest.fixture
def exporter(context: Context) -> Iterator[Exporter]:
    built = Exporter(context)
    yield built
    built.close()


@pytest.fixture
def dialog(
    context: Context, exporter: Exporter, keys: list[VersionKey], qtbot: QtBot
) -> Iterator[ExportDialog]:
    built = ExportDialog(context, exporter)
    qtbot.addWidget(built)
    built.show()
    yield built
    built.reject()


def smile(context: Context, key: VersionKey, value: float = 0.6) -> None:
    edit = with_intensity(context.project.version(key).edit, "all", "happy", value)
    context.project.edit("Happy", {key: edit})


def shown(dialog: ExportDialog) -> list[str]:
    [found] = dialog.findChildren(QListWidget)
    return [found.item(row).text() for row in range(found.count())]


def named(dialog: QWidget, kind: type[T], name: str) -> T:
    [found] = [one for one in dialog.findChildren(kind) if one.accessibleName() == name]
    return found


def button(dialog: QWidget, text: str) -> QAbstractButton:
    [found] = [one for one in dialog.findChildren(QAbstractButton) if text in one.text()]
    return found


def choose(box: QComboBox, data: str) -> None:
    box.setCurrentIndex(box.findData(data))
    box.activated.emit(box.currentIndex())


def queued(context: Context, qtbot: QtBot) -> list[Job]:
    got: list[list[Job]] = []
    context.catalogue.ask(lambda library: library.jobs.all(), got.append)
    qtbot.waitUntil(lambda: bool(got))
    return got[0]


def test_names_follow_the_template_as_it_is_typed(dialog: ExportDialog, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: shown(dialog) == ["eileen_collins_happy_0.6.png"])
    named(dialog, QLineEdit, "Template of names").setText("{folder}_{seq:4}")
    choose(named(dialog, QComboBox, "Format"), "jpeg")
    qtbot.waitUntil(lambda: shown(dialog) == ["shoot_0001.jpg"])


def test_a_faulty_template_is_named_and_nothing_can_be_exported(
    dialog: ExportDialog, context: Context, qtbot: QtBot
) -> None:
    named(dialog, QLineEdit, "Template of names").setText("{nam}")
    qtbot.waitUntil(lambda: not button(dialog, "Export").isEnabled())
    dialog.accept()
    assert dialog.isVisible()
    assert queued(context, qtbot) == []


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        ("number", "eileen_collins_happy_0.6-2.png (numbered"),
        ("skip", "eileen_collins_happy_0.6.png is there already"),
        ("overwrite", "eileen_collins_happy_0.6.png (replaces"),
    ],
)
def test_the_list_says_what_happens_where_a_name_is_taken(
    context: Context,
    exporter: Exporter,
    keys: list[VersionKey],
    shoot: Path,
    qtbot: QtBot,
    rule: str,
    line: str,
) -> None:
    (shoot / "PixelSmile").mkdir()
    (shoot / "PixelSmile" / "eileen_collins_happy_0.6.png").write_bytes(b"x")
    dialog = ExportDialog(context, exporter)
    qtbot.addWidget(dialog)
    choose(named(dialog, QComboBox, "If a name is taken"), rule)
    qtbot.waitUntil(lambda: [one for one in shown(dialog) if one.startswith(line)] != [])
    dialog.reject()


def test_dates_come_from_the_photos(
    dialog: ExportDialog, exporter: Exporter, context: Context, qtbot: QtBot
) -> None:
    named(dialog, QLineEdit, "Template of names").setText("{date}_{name}")
    qtbot.waitUntil(lambda: [one for one in shown(dialog) if one[:2] == "20"] != [], timeout=20_000)
    with qtbot.waitSignal(exporter.queued, timeout=20_000):
        dialog.accept()
    [job] = queued(context, qtbot)
    assert job.places[0].name == shown(dialog)[0].removesuffix(".png")


def test_a_folder_that_cannot_be_written_to_is_told_of(
    dialog: ExportDialog, tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "file").write_text("in the way")
    button(dialog, "One folder").setChecked(True)
    named(dialog, QLineEdit, "Folder for the pictures").setText(str(tmp_path / "file"))
    qtbot.waitUntil(lambda: not button(dialog, "Export").isEnabled())
    named(dialog, QLineEdit, "Folder for the pictures").setText(str(tmp_path / "new" / "er"))
    qtbot.waitUntil(lambda: button(dialog, "Export").isEnabled())
    assert not (tmp_path / "new").exists()


def test_an_export_is_in_the_queue_and_remembered_without_its_consent(
    dialog: ExportDialog, exporter: Exporter, context: Context, tmp_path: Path, qtbot: QtBot
) -> None:
    choose(named(dialog, QComboBox, "Format"), "tiff")
    choose(named(dialog, QComboBox, "Depth"), "16")
    choose(named(dialog, QComboBox, "Colour profile"), "adobe-rgb")
    choose(named(dialog, QComboBox, "Metadata"), "gps")
    named(dialog, QSpinBox, "Longer side at most").setValue(300)
    button(dialog, "One folder").setChecked(True)
    named(dialog, QLineEdit, "Folder for the pictures").setText(str(tmp_path / "out"))
    button(dialog, "Keep the recipe").setChecked(True)
    named(dialog, QLineEdit, "Consent of").setText("Eileen")
    named(dialog, QLineEdit, "Agreed on").setText("2026-02-30")
    assert not button(dialog, "Export").isEnabled()
    named(dialog, QLineEdit, "Agreed on").setText("2026-02-28")
    with qtbot.waitSignal(exporter.queued):
        dialog.accept()
    assert not dialog.isVisible()
    [job] = queued(context, qtbot)
    assert job.places == [tmp_path / "out" / "eileen_collins_happy_0.6"]
    batches = []
    context.catalogue.ask(lambda library: library.jobs.batch(job.batch), batches.append)
    qtbot.waitUntil(lambda: bool(batches))
    request = batches[0].request
    assert (request.format, request.export.profile) == ("tiff16", "adobe-rgb")
    assert (request.export.longest_px, request.export.strip_metadata) == (300, "gps")
    [consent] = request.export.consents
    assert (consent.subject, consent.date) == ("Eileen", "2026-02-28")
    kept = context.preferences.current
    assert (kept.format, kept.output_folder) == ("tiff16", str(tmp_path / "out"))
    assert kept.export.sidecar
    assert kept.export.consents == ()


def test_all_edited_are_exported_and_no_others(
    dialog: ExportDialog, exporter: Exporter, context: Context, keys: list[VersionKey], qtbot: QtBot
) -> None:
    named_radio = [b for b in dialog.findChildren(QRadioButton) if b.text() == "All edited (1)"]
    named_radio[0].setChecked(True)
    with qtbot.waitSignal(exporter.queued):
        dialog.accept()
    assert [job.source for job in queued(context, qtbot)] == [keys[0].photo]


def test_a_preset_of_ones_own_comes_back_and_goes(
    dialog: ExportDialog, context: Context, exporter: Exporter, qtbot: QtBot
) -> None:
    named(dialog, QSpinBox, "Quality").setValue(55)
    named(dialog, QLineEdit, "Template of names").setText("{name}_album")
    dialog.save_preset("Album")
    named(dialog, QSpinBox, "Quality").setValue(90)
    again = ExportDialog(context, exporter)
    qtbot.addWidget(again)
    choose(named(again, QComboBox, "Preset"), "Album")
    assert named(again, QSpinBox, "Quality").value() == 55
    assert named(again, QLineEdit, "Template of names").text() == "{name}_album"
    button(again, "Delete preset").click()
    assert context.preferences.current.export_presets == ()
    again.reject()


def test_shipped_presets_fill_the_form(dialog: ExportDialog) -> None:
    choose(named(dialog, QComboBox, "Preset"), "web")
    assert named(dialog, QComboBox, "Format").currentData() == "jpeg"
    assert named(dialog, QSpinBox, "Longer side at most").value() == 2048
    assert not button(dialog, "Delete preset").isEnabled()


def test_add_to_queue_asks_nothing_and_the_picture_is_made(
    context: Context, exporter: Exporter, keys: list[VersionKey], qtbot: QtBot
) -> None:
    plan = plan_with_preferences(context, keys)
    assert plan.left_out == (keys[1],)
    with qtbot.waitSignal(exporter.queued):
        exporter.hand_over(plan)
    [job] = queued(context, qtbot)
    done = subprocess.run(
        [sys.executable, "-m", "engine.cli.main", "queue", "run"],
        env=worker_environment(), capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert [path.name for path in job.places[0].parent.iterdir()] == [f"{job.places[0].name}.png"]


def test_nothing_edited_is_nothing_queued(
    context: Context, exporter: Exporter, keys: list[VersionKey], qtbot: QtBot
) -> None:
    exporter.hand_over(plan_with_preferences(context, keys[1:]))
    assert "Nothing was queued" in context.messages.history[-1].text
    assert queued(context, qtbot) == []


def test_a_version_of_several_frames_becomes_a_strip(
    context: Context, keys: list[VersionKey]
) -> None:
    version = msgspec.structs.replace(context.project.version(keys[0]), timing=Timing(8, 6.0))
    context.project.apply(Change("Frames", {keys[0]: version}))
    context.preferences.change(strip_suffix=".webp")
    [order] = plan_with_preferences(context, keys).orders
    strip = order.wanted[0].strip
    assert strip is not None
    assert (strip.frames, strip.fps, strip.suffix) == (8, 6.0, ".webp")


def test_picked_photos_are_those_with_the_flag(
    context: Context, exporter: Exporter, keys: list[VersionKey], qtbot: QtBot
) -> None:
    context.project.apply(Change("Pick", {keys[1]: Version(flag="pick")}))
    dialog = ExportDialog(context, exporter)
    qtbot.addWidget(dialog)
    assert button(dialog, "All picked (1)").isEnabled()
    button(dialog, "All picked (1)").setChecked(True)
    qtbot.waitUntil(lambda: not button(dialog, "Export").isEnabled())  # it is not edited
    dialog.reject()
