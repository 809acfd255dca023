"""The Train screen with the real commands: a check, an sshd, a training, runs that go on alone."""

import asyncio
import contextlib
import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QCheckBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QTreeWidget,
    QWidget,
)
from pytestqt.qtbot import QtBot

from engine.recipes import RESOURCES
from engine.remote.errors import RemoteError
from engine.remote.remote import connect
from engine.remote.runs import Job, Run
from engine.remote.runs import Runs as KeptRuns
from engine.remote.targets import LOCAL
from pixelsmile_desktop import paths
from pixelsmile_desktop.context import Context
from pixelsmile_desktop.models.runs import RunRow
from pixelsmile_desktop.models.training import (
    PRESETS,
    Draft,
    Person,
    read_draft,
    write_run,
)
from pixelsmile_desktop.views.train import TrainView
from pixelsmile_desktop.views.train_data import ConsentPage
from tests.helpers.ssh_node import SshNode, ssh_node, why_no_sshd

WAIT_MS = 60_000
STAND_IN = RESOURCES.parent / "tests" / "helpers" / "stand_in_training.py"
ANNA = Person("Anna", "training, until revoked", "", True)


@pytest.fixture
def view(context: Context, qtbot: QtBot) -> Iterator[TrainView]:
    built = TrainView(context)
    qtbot.addWidget(built)
    built.resize(1200, 800)
    built.show()
    yield built
    built.close_links()


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A person's folder; the portrait stands for every expression, with a patch of its own."""
    from PIL import Image

    folder = tmp_path_factory.mktemp("faces")
    person = folder / "grace"
    person.mkdir()
    portrait = Image.open(RESOURCES / "samples" / "grace_hopper.jpg").convert("RGB")
    portrait = portrait.resize((128, 128))
    portrait.save(person / "neutral.png")
    for number, name in enumerate(("fear_0.5", "fear_1", "surprised_0.5", "surprised_1")):
        shown = portrait.copy()
        shown.paste((40 * number, 200, 90), (40, 40 + 10 * number, 60, 60 + 10 * number))
        shown.save(person / f"{name}.png")
    return folder


def button(inside: QWidget, text: str) -> QPushButton:
    [found] = [one for one in inside.findChildren(QPushButton) if one.text() == text]
    return found


def until(qtbot: QtBot, true: Callable[[], object]) -> None:
    qtbot.waitUntil(lambda: bool(true()), timeout=WAIT_MS)


def named(inside: QWidget, kind: type[Any], name: str) -> Any:
    [found] = [one for one in inside.findChildren(kind) if one.accessibleName() == name]
    return found


def lines(tree: QTreeWidget) -> list[list[str]]:
    items = [tree.topLevelItem(at) for at in range(tree.topLevelItemCount())]
    return [[one.text(at) for at in range(tree.columnCount())] for one in items if one is not None]


# ---- the wizard ---------------------------------------------------------------------------------


def test_nothing_goes_on_before_everybody_has_agreed(view: TrainView, qtbot: QtBot) -> None:
    button(view, "New fine-tune…").click()
    wizard, page = view.wizard, view.wizard.pages["consent"]
    assert isinstance(page, ConsentPage)
    forward = button(wizard, "Next")
    assert not forward.isEnabled()
    qtbot.keyClicks(named(page, QLineEdit, "Held by"), "Studio North")
    qtbot.keyClicks(named(page, QLineEdit, "Name, person 1"), "Anna")
    qtbot.keyClicks(named(page, QLineEdit, "What was agreed, person 1"), "training")
    assert not forward.isEnabled()
    [tick] = [one for one in page.findChildren(QCheckBox) if one.text().startswith("Anna")]
    qtbot.keyClick(tick, Qt.Key.Key_Space)
    assert forward.isEnabled()
    button(page, "Add a person").click()
    qtbot.keyClicks(named(page, QLineEdit, "Name, person 2"), "Ben")
    assert not forward.isEnabled()
    wizard.show_page("estimate")
    assert wizard.page == "consent"
    named(page, QPushButton, "Remove person 2").click()
    forward.click()
    assert wizard.page == "data"
    kept = read_draft(paths.fine_tunes_folder() / "draft.json")
    assert kept is not None
    assert kept.people == (Person("Anna", "training", "", True),)


def test_faults_of_the_data_set_block_and_warnings_do_not(
    view: TrainView, faces: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    data = tmp_path / "data"
    shutil.copytree(faces, data)
    shutil.copy(data / "grace" / "fear_1.png", data / "grace" / "fear_0.9.png")
    view.new_fine_tune()
    view.drafting.change(holder="Studio", people=(ANNA,))
    wizard, drafting = view.wizard, view.drafting
    wizard.show_page("data")
    page = wizard.pages["data"]
    named(page, QLineEdit, "Data set").setText(str(data))
    forward = button(wizard, "Next")
    assert not forward.isEnabled()
    button(page, "Check the data set").click()
    until(qtbot, lambda: drafting.report)
    found = lines(named(page, QTreeWidget, "Findings"))
    assert any("fault" in level and "fear_0.9.png" in text for level, text in found)
    assert not forward.isEnabled()
    until(qtbot, lambda: drafting.pictures)
    shown = named(page, QListWidget, "Pictures")
    until(qtbot, lambda: shown.count() and not shown.item(0).icon().isNull())
    (data / "grace" / "fear_0.9.png").unlink()
    button(page, "Check the data set").click()
    until(qtbot, lambda: drafting.report and drafting.report.ok)
    assert any("warning" in level for level, _ in lines(named(page, QTreeWidget, "Findings")))
    assert forward.isEnabled()
    balance = lines(named(page, QTreeWidget, "Balance of the expressions"))
    assert [row[:2] for row in balance] == [["Fear", "2"], ["Surprised", "2"]]
    pairs = lines(named(page, QTreeWidget, "Easily confused pairs"))
    assert pairs[0][0] == "Fear – Surprised"
    named(page, QLineEdit, "Own expressions").setText("smirk")
    drafting.change(words=("smirk",))
    assert not forward.isEnabled()


def test_a_data_set_that_cannot_be_read_is_explained(
    view: TrainView, tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "data" / "anna").mkdir(parents=True)
    view.drafting.change(holder="Studio", people=(ANNA,), data=str(tmp_path / "data"))
    view.drafting.check()
    until(qtbot, lambda: view.drafting.report)
    assert view.drafting.report is not None
    assert "data gives no triplets" in view.drafting.report.error
    assert not view.drafting.report.ok


def test_synthetic_pairs_become_the_data_set_and_say_what_they_are(
    view: TrainView, tmp_path: Path, qtbot: QtBot
) -> None:
    portraits = tmp_path / "portraits"
    portraits.mkdir()
    from PIL import Image

    portrait = Image.open(RESOURCES / "samples" / "grace_hopper.jpg").convert("RGB")
    portrait.resize((256, 256)).save(portraits / "grace.png")
    view.drafting.change(holder="Studio", people=(ANNA,))
    view.drafting.make_pairs(str(portraits), str(tmp_path / "pairs"))
    until(qtbot, lambda: view.drafting.report)
    report = view.drafting.report
    assert report is not None
    assert report.ok
    assert report.synthetic == report.triplets > 0
    assert view.drafting.draft.data == str(tmp_path / "pairs")
    assert any("synthetic" in one.sentence for one in report.findings)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshNode]:
    pytest.importorskip("asyncssh", reason="the extra `remote` is not installed")
    if why_no_sshd():
        pytest.skip(why_no_sshd())
    with ssh_node(tmp_path_factory.mktemp("gui") / "node") as started:
        yield started


def test_a_host_key_is_shown_once_and_pinned_when_it_was_compared(
    view: TrainView, node: SshNode, own_home: Path, qtbot: QtBot
) -> None:
    from engine.remote.ssh import fingerprint, read_host_key
    from engine.remote.targets import Target

    shutil.copytree(node.home / ".ssh", own_home / ".ssh")
    page, drafting = view.wizard.pages["target"], view.drafting
    page.begin()
    named(page, QLineEdit, "Target's name").setText("node")
    named(page, QLineEdit, "Address").setText(f"root@{node.address}:{node.port}")
    button(page, "Add target").click()
    shown = named(page, QLineEdit, "Fingerprint of the host key")
    until(qtbot, shown.text)
    key = asyncio.run(
        read_host_key(Target(name="n", kind="ssh", host=node.address, port=node.port))
    )
    assert shown.text() == fingerprint(key)
    pin = button(page, "Pin the key and add")
    assert not pin.isEnabled()
    [compared] = [one for one in page.findChildren(QCheckBox) if "owner" in one.text()]
    compared.setChecked(True)
    pin.click()
    until(qtbot, lambda: drafting.facts is not None and drafting.facts.target == "node")
    assert drafting.draft.target == "node"
    assert [one.target for one in drafting.targets] == ["local", "node"]
    assert drafting.targets[1].fingerprint == fingerprint(key)
    drafting.remove_target("node")
    until(qtbot, lambda: len(drafting.targets) == 1)
    assert drafting.draft.target == ""


# ---- a run --------------------------------------------------------------------------------------


def begin_stand_in(folder: Path, steps: int, pause_s: float = 0.05) -> Run:
    """A run on this machine that behaves as a training does."""
    draft = Draft(
        holder="x", people=(ANNA,), data="/photos", name="warm", target="local", price=3600.0
    )
    config = write_run(draft, folder / "warm-1")
    output = str(config.parent / "run")
    words = (sys.executable, str(STAND_IN), output, str(steps), str(pause_s))
    job = Job(words, (*words, "resume"), output)
    run = Run(
        id="warm-20260101-abcdef", kind="train", target="local", source=str(config), into=output,
        created=time.time(), job=job,
    )  # fmt: skip
    KeptRuns().save(run)

    async def submit() -> None:
        async with connect(LOCAL) as remote:
            await remote.submit(run, job)

    asyncio.run(submit())
    return run


@pytest.fixture
def going(own_home: Path) -> Iterator[Run]:
    run = begin_stand_in(paths.fine_tunes_folder(), 10_000)
    yield run

    async def end() -> None:
        async with connect(LOCAL) as remote:
            with contextlib.suppress(RemoteError):  # it may have ended
                await remote.wish(run, "kill")

    asyncio.run(end())


def test_a_run_that_goes_on_is_found_followed_and_paused(
    going: Run, view: TrainView, qtbot: QtBot
) -> None:
    runs = view.runs
    until(qtbot, lambda: runs.followed == going.id)
    until(qtbot, lambda: len(runs.progress.steps) > 3)
    row = runs.row(going.id)
    assert row is not None
    until(qtbot, lambda: button(view.page, "Save now").isEnabled())
    button(view.page, "Save now").click()
    until(qtbot, lambda: runs.progress.checkpoints)
    until(qtbot, lambda: button(view.page, "Sample now").isEnabled())
    button(view.page, "Sample now").click()
    until(qtbot, lambda: runs.progress.validations)
    until(qtbot, lambda: view.page.chart.summary().startswith("Step "))
    curves = named(view.page, QWidget, "Losses")
    described = QAccessible.queryAccessibleInterface(curves).text(QAccessible.Text.Description)
    assert described == view.page.chart.summary()
    until(qtbot, lambda: button(view.page, "Pause (save and stop)").isEnabled())
    button(view.page, "Pause (save and stop)").click()
    until(qtbot, lambda: (one := runs.row(going.id)) and one.state == "stopped")
    until(qtbot, lambda: button(view.page, "Resume").isEnabled())
    assert not button(view.page, "Save now").isEnabled()


def test_closing_the_window_leaves_the_run_alone(
    going: Run, context: Context, view: TrainView, qtbot: QtBot
) -> None:
    until(qtbot, lambda: len(view.runs.progress.steps) > 2)
    before = view.runs.progress.step
    view.close_links()
    again = TrainView(context)
    qtbot.addWidget(again)
    again.show()
    until(qtbot, lambda: again.runs.followed == going.id)
    until(qtbot, lambda: again.runs.progress.step > before + 3)
    again.close_links()


@pytest.mark.timeout(400)
def test_a_run_is_launched_trains_and_becomes_a_look(
    view: TrainView, context: Context, faces: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    """The real trainer, on the smallest model of the real classes."""
    pytest.importorskip("diffusers", reason="the extra `train` is not installed")
    from tests.helpers.tiny_pixelsmile import Sizes, save_tiny_model

    save_tiny_model(tmp_path / "model", Sizes(heads=2))
    settings = msgspec.structs.replace(
        PRESETS["quick"], side_px=64, rank=2, alpha=4.0, batch=2, micro_batch=2, max_steps=4,
        warmup_steps=1, identity=0.0, validation_every=4, validation_triplets=1,
        validation_steps=2, alphas=(0.0, 1.0), checkpoint_every=2, gradient_checkpointing=False,
        precision="fp32",
    )  # fmt: skip
    drafting, wizard, runs = view.drafting, view.wizard, view.runs
    view.new_fine_tune()
    drafting.change(
        holder="Studio", people=(ANNA,), data=str(faces), name="warm", settings=settings,
        model=str(tmp_path / "model"), target="local", price=2.0,
    )  # fmt: skip
    drafting.check()
    until(qtbot, lambda: drafting.report)
    drafting.probe()
    until(qtbot, lambda: drafting.facts)
    wizard.show_page("estimate")
    assert wizard.page == "estimate"
    until(qtbot, lambda: button(wizard, "Launch").isEnabled())
    with qtbot.waitSignal(drafting.launched, timeout=WAIT_MS) as launched:
        button(wizard, "Launch").click()
    [name] = launched.args or [""]
    assert KeptRuns().get(name).target == "local"
    until(qtbot, lambda: runs.followed == name)
    qtbot.waitUntil(
        lambda: (one := runs.row(name)) is not None and one.has_ended, timeout=2 * WAIT_MS
    )
    row = runs.row(name)
    assert row is not None
    assert row.state == "finished", list(runs.progress.log)
    until(qtbot, lambda: runs.progress.step == 4)
    until(qtbot, lambda: runs.progress.checkpoints == [2, 4])
    tree = named(view.page, QTreeWidget, "Checkpoints")
    until(qtbot, lambda: tree.topLevelItemCount() == 4)
    assert [texts[0] for texts in lines(tree)] == ["0", "2", "4", "the end"]
    assert len(runs.strips(4)) == 2

    [use] = [one for one in view.page.findChildren(QCheckBox) if one.text().startswith("Use it")]
    use.setChecked(True)
    for at, expected in ((1, "warm-v1"), (3, "warm-v2")):  # a checkpoint, and the end
        tree.clearSelection()
        tree.topLevelItem(at).setSelected(True)
        until(qtbot, lambda: button(view.page, "Install as look").isEnabled())
        with qtbot.waitSignal(runs.exported, timeout=WAIT_MS):
            button(view.page, "Install as look").click()
        file = paths.looks_folder() / f"{expected}.safetensors"
        about = metadata(file)
        assert about["name"] == "warm"
        assert about["step"] == (2 if at == 1 else 4)
        assert "Anna" in about["consent"]
        assert [one.path for one in context.preferences.current.model.loras] == [str(file)]
    assert not [one for one in context.messages.history if one.weight == "trouble"]


def metadata(file: Path) -> dict[str, Any]:
    """What a LoRA says about itself."""
    content = file.read_bytes()
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    return json.loads(header["__metadata__"]["pixelsmile"])


@pytest.mark.parametrize(
    ("state", "is_fetched", "is_safe", "words"),
    [
        ("running", False, False, "Do not shut node down: the run goes on there"),
        ("stopped", False, False, "fetch the results first"),
        ("finished", True, False, "another run on it"),
        ("finished", True, True, "✓ Safe to shut node down"),
        ("finished", True, None, "another run on it"),  # nobody has asked yet
    ],
)
def test_whether_the_node_can_be_shut_down_is_said_in_words(
    view: TrainView, state: str, is_fetched: bool, is_safe: bool | None, words: str
) -> None:
    row = RunRow(
        "a-1", "train", "node", state, "/no/config.json", "/no/run", fetched=is_fetched,
        safe_to_shut_down=is_safe,
    )  # fmt: skip
    view.runs.rows = (row,)
    view.runs.followed = "a-1"
    view.page.show_run()
    assert words in named(view.page, QLabel, "Whether the node can be shut down").text()


def test_checkpoints_are_compared_by_their_pictures_where_nothing_can_be_rendered(
    going: Run, view: TrainView, context: Context, shoot: Path, qtbot: QtBot
) -> None:
    opened: list[str] = []
    context.actions.add("view.edit", "Edit", lambda: opened.append("edit"))
    until(qtbot, lambda: view.runs.progress.steps)
    strips = Path(going.into) / "validation" / "step-00000000"
    strips.mkdir(parents=True)
    for name in ("00-fear.png", "00-surprised.png"):
        shutil.copy(shoot / "eileen_collins.png", strips / name)
    view.runs.progress.take({"kind": "validation", "time": 1.0, "step": 0, "linearity": 0.9})
    view.runs.moved.emit("validation")
    tree = named(view.page, QTreeWidget, "Checkpoints")
    until(qtbot, tree.topLevelItemCount)
    tree.topLevelItem(0).setSelected(True)
    compare = button(view.page, "Compare in the editor")
    until(qtbot, compare.isEnabled)
    compare.click()
    until(qtbot, lambda: len(context.session.photos.keys) == 2)
    assert opened == ["edit"]
    assert "PixelSmile cannot run here" in context.messages.history[-1].text
