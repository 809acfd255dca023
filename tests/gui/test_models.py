"""The Models screen: a real download from a hub on this machine, with a pause, and what follows."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QCheckBox, QComboBox, QPushButton, QTreeWidget
from pytestqt.qtbot import QtBot

from engine.recipes import Sampling
from pixelsmile_desktop.context import Context
from pixelsmile_desktop.models.machine import CheckRow, Machine, MachineLink
from pixelsmile_desktop.views.models import ModelsView
from tests.helpers.hub import Hub
from tests.helpers.weights import (
    AT_THE_HUB,
    FILES,
    FIRST,
    LARGE,
    PACK,
    PART_BYTES,
    REPOSITORY,
    write_catalogue,
    write_files,
)

_PATIENCE_MS = 30_000


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub(REPOSITORY, AT_THE_HUB, LARGE) as hub:
        yield hub


@pytest.fixture
def store(tmp_path: Path, hub: Hub, own_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of models of this test; no word leaves this machine."""
    for name, value in {
        "HF_ENDPOINT": hub.url,
        "HF_HOME": str(tmp_path / "hf"),
        "NO_PROXY": "*",
        "PIXELSMILE_MODELS": str(tmp_path / "models"),
        "PIXELSMILE_CATALOGUE": str(write_catalogue(tmp_path / "catalogue.json")),
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("PIXELSMILE_COMMERCIAL_ONLY", raising=False)
    return tmp_path / "models"


@pytest.fixture
def view(store: Path, context: Context, qtbot: QtBot) -> Iterator[ModelsView]:
    built = ModelsView(context)
    qtbot.addWidget(built)
    with qtbot.waitSignal(built.files.listed, timeout=_PATIENCE_MS):
        built.show()
    yield built
    built.close_files()


def select(view: ModelsView, name: str) -> None:
    [tree] = view.findChildren(QTreeWidget)
    for row in range(tree.topLevelItemCount()):
        item = tree.topLevelItem(row)
        if item is not None and item.text(0) == name:
            tree.setCurrentItem(item)
            return
    pytest.fail(f"{name} is not listed")


def row(view: ModelsView, name: str) -> list[str]:
    [tree] = view.findChildren(QTreeWidget)
    items = [tree.topLevelItem(number) for number in range(tree.topLevelItemCount())]
    [found] = [one for one in items if one is not None and one.text(0) == name]
    return [found.text(column) for column in range(tree.columnCount())]


def press(view: ModelsView, text: str) -> None:
    [found] = [one for one in view.findChildren(QPushButton) if one.text() == text]
    assert found.isVisible()
    assert found.isEnabled()
    found.click()


def accept_licence(view: ModelsView) -> None:
    boxes = [one for one in view.findChildren(QCheckBox) if "licence" in one.text()]
    boxes[0].setChecked(True)


def test_models_are_listed_with_what_they_may_be_used_for(view: ModelsView) -> None:
    assert row(view, "The tiny")[1::3] == ["not installed", "yes"]
    assert row(view, "The pack")[1:] == ["not installed", "", "research only", "no"]
    assert row(view, "Finds faces (YuNet)")[1] == "comes with the program"


def test_nothing_is_fetched_before_the_licence_is_accepted(view: ModelsView) -> None:
    select(view, "The tiny")
    [get] = [one for one in view.findChildren(QPushButton) if one.text() == "Download"]
    assert not get.isEnabled()
    accept_licence(view)
    assert get.isEnabled()
    select(view, "The lora")
    assert not get.isEnabled()  # every licence is accepted for itself


def test_a_download_is_paused_and_goes_on_where_it_was(
    view: ModelsView, hub: Hub, store: Path, context: Context, qtbot: QtBot
) -> None:
    hub.faults[FIRST].pause_s = 0.02
    select(view, "The tiny")
    accept_licence(view)
    press(view, "Download")
    half = PART_BYTES // 3
    qtbot.waitUntil(
        lambda: (a := view.files.activity("tiny")) is not None and a.done_bytes > half,
        timeout=_PATIENCE_MS,
    )
    with qtbot.waitSignal(view.files.listed, timeout=_PATIENCE_MS):
        press(view, "Pause")
    assert row(view, "The tiny")[1] == "paused"
    assert not (store / "tiny").exists()
    hub.faults[FIRST].pause_s = 0.0
    with qtbot.waitSignal(view.files.listed, timeout=_PATIENCE_MS):
        press(view, "Resume")
    assert row(view, "The tiny")[1] == "installed"
    assert (store / "tiny" / FIRST).read_bytes() == FILES[FIRST]
    assert max(hub.starts(FIRST)) > 0
    assert not [one for one in context.messages.history if one.weight == "trouble"]


def test_a_damaged_model_is_found_told_of_and_removed(
    view: ModelsView, store: Path, context: Context, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(view.files.listed, timeout=_PATIENCE_MS):
        view.files.get("lora")
    file = store / "lora" / "lora.safetensors"
    file.chmod(0o644)
    content = file.read_bytes()
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    select(view, "The lora")
    with qtbot.waitSignal(view.files.listed, timeout=_PATIENCE_MS):
        press(view, "Verify")
    assert context.messages.history[-1].weight == "trouble"
    assert "lora" in context.messages.history[-1].text
    with qtbot.waitSignal(view.files.listed, timeout=_PATIENCE_MS):
        view.files.remove("lora")
    assert not (store / "lora").exists()
    assert row(view, "The lora")[1] == "not installed"


def test_a_model_is_imported_and_a_wrong_folder_is_told_of(
    view: ModelsView, store: Path, tmp_path: Path, context: Context, qtbot: QtBot
) -> None:
    (tmp_path / "empty").mkdir()
    with qtbot.waitSignal(view.files.listed, timeout=_PATIENCE_MS):
        view.files.import_from("pack", str(tmp_path / "empty"))
    assert context.messages.history[-1].weight == "trouble"
    folder = write_files(tmp_path / "pack", PACK)
    with qtbot.waitSignal(view.files.listed, timeout=_PATIENCE_MS):
        view.files.import_from("pack", str(folder))
    assert row(view, "The pack")[1] == "installed"


def test_commercial_use_only_forbids_what_is_for_research(view: ModelsView, qtbot: QtBot) -> None:
    [box] = [one for one in view.findChildren(QCheckBox) if one.text() == "Commercial use only"]
    with qtbot.waitSignal(view.files.listed, timeout=_PATIENCE_MS):
        box.click()
    assert box.isChecked()
    assert row(view, "The pack")[4] == "no: not allowed here"
    select(view, "The pack")
    boxes = [one for one in view.findChildren(QCheckBox) if "licence" in one.text()]
    assert not boxes[0].isEnabled()


def test_the_precision_is_kept(view: ModelsView, context: Context) -> None:
    [box] = [one for one in view.findChildren(QComboBox) if one.accessibleName() == "Precision"]
    box.setCurrentIndex(box.findData("int8"))
    box.activated.emit(box.currentIndex())
    assert context.preferences.current.model.precision == "int8"


def test_the_machine_is_looked_at_once_for_a_version(store: Path, qtbot: QtBot) -> None:
    cache = store.parent / "cache" / "machine.json"
    link = MachineLink(cache)
    with qtbot.waitSignal(link.changed, timeout=60_000):
        link.look()
    found = link.current
    assert found.is_known
    assert not found.installed  # the catalogue of this test has other models
    assert not found.can_run_pixelsmile
    assert found.lacks
    again = MachineLink(cache)
    assert again.current == found
    cache.write_text(json.dumps({"version": "0.0.0", "checks": [{"check": "a", "state": "ok"}]}))
    assert not MachineLink(cache).current.is_known
    cache.write_text("nonsense")
    assert not MachineLink(cache).current.is_known


def test_a_gpu_takes_less_time_than_a_processor_and_larger_pictures_more() -> None:
    facts = {"name": "A GPU", "total_gb": 24.0, "free_gb": 20.0, "capability": 8.9}
    gpu = Machine("1", (CheckRow("gpu", "ok", "", facts),))
    cpu = Machine("1", (CheckRow("gpu", "missing"),))
    assert (gpu.label, cpu.label) == ("GPU 24 GB", "CPU")
    trained, upstream = Sampling(), Sampling(resolution="upstream")
    assert cpu.seconds_for(trained) > 50 * gpu.seconds_for(trained)
    assert gpu.seconds_for(upstream) > 3 * gpu.seconds_for(trained)
    assert gpu.seconds_for(Sampling(steps=4)) < gpu.seconds_for(trained)
