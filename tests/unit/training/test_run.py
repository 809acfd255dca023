"""Runs on a tiny model: resumed, asked for things."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from msgspec.structs import replace
from safetensors.torch import load_file

from engine.training.checkpoint import checkpoints
from engine.training.config import load_config, save_config
from engine.training.errors import TrainingError
from engine.training.metrics import latest_by_step, read_metrics
from engine.training.requests import ask
from engine.training.run import Outcome, train
from tests.unit.training.runs import assert_bit_equal, run_in_process, saved, wait_for
from tests.unit.training.tiny import tiny_config

pytestmark = pytest.mark.timeout(400)  # processes that import everything again


@pytest.fixture(scope="module")
def whole(base: Path, faces: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of four steps without an interruption, with dropout so that all draws matter."""
    folder = tmp_path_factory.mktemp("whole")
    config = tiny_config(base, folder, faces, lora={"dropout": 0.1})
    outcome = train(config, resume=False)
    assert outcome == Outcome("finished", 4, 4, folder / "look.safetensors")
    return folder


def test_a_run_learns_something_and_says_what(whole: Path) -> None:
    steps = latest_by_step(whole, "step")
    assert sorted(steps) == [1, 2, 3, 4]
    assert steps[1]["learning_rate"] == 0  # the warm-up's first
    assert {"loss", "flow", "contrast", "identity", "grad_norm", "seconds"} <= steps[4].keys()
    assert steps[4]["loss"] == pytest.approx(steps[4]["flow"] + steps[4]["contrast"], rel=1e-5)
    ups = [one for name, one in saved(whole, 4)["weights"].items() if name.endswith(".up")]
    assert sum(bool(one.any()) for one in ups) > len(ups) * 0.8
    assert json.loads((whole / "status.json").read_text())["state"] == "finished"
    assert load_config(whole / "config.json").lora.dropout == 0.1


def test_a_run_that_was_killed_and_resumed_is_bit_equal(
    whole: Path, base: Path, faces: Path, tmp_path: Path
) -> None:
    """SIGKILL in the middle of things: only what was renamed into place is there."""
    config = tiny_config(base, tmp_path / "run", faces, lora={"dropout": 0.1})
    save_config(config, tmp_path / "config.json")
    process = run_in_process(tmp_path / "config.json")
    wait_for(lambda: checkpoints(tmp_path / "run"), process)
    process.kill()
    process.communicate()
    assert [one.name for one in checkpoints(tmp_path / "run")] == ["step-00000002"]
    (tmp_path / "run" / "checkpoints" / "step-00000004.partial").mkdir(exist_ok=True)
    assert train(config, resume=True).state == "finished"
    assert_bit_equal(saved(whole, 4), saved(tmp_path / "run", 4))
    kinds = [row["kind"] for row in read_metrics(tmp_path / "run")]
    assert kinds.count("resumed") == 1


def test_files_ask_for_what_signals_cannot(base: Path, faces: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    config = tiny_config(
        base, run, faces, checkpoints={"every": 1000}, optimisation={"max_steps": 50},
        validation={"triplets": 1, "steps": 2, "alphas": [0.0, 1.0]},
    )  # fmt: skip

    def on_row(row: Mapping[str, Any]) -> None:
        if row["kind"] == "step" and row["step"] == 1:
            ask(run, "sample")
        if row["kind"] == "step" and row["step"] == 2:
            ask(run, "stop")

    assert train(config, resume=False, on_row=on_row).step == 2
    assert [one.name for one in checkpoints(run)] == ["step-00000002"]
    pictures = sorted((run / "validation" / "step-00000001").glob("*.png"))
    assert len(pictures) == 2


def test_gradient_accumulation_is_the_same_batch(base: Path, faces: Path, tmp_path: Path) -> None:
    losses = {}
    for size in (1, 4):
        config = tiny_config(
            base, tmp_path / str(size), faces,
            optimisation={"batch": 4, "micro_batch": size, "max_steps": 2},
        )  # fmt: skip
        train(config, resume=False)
        losses[size] = saved(tmp_path / str(size), 2)["weights"]
    for name, tensor in losses[1].items():
        torch.testing.assert_close(losses[4][name], tensor, rtol=0, atol=1e-5)


def test_gradient_checkpointing_changes_nothing(base: Path, faces: Path, tmp_path: Path) -> None:
    for thrifty in (False, True):
        config = tiny_config(
            base, tmp_path / str(thrifty), faces,
            optimisation={"max_steps": 2}, machine={"gradient_checkpointing": thrifty},
        )  # fmt: skip
        train(config, resume=False)
    plain, thrifty_one = (saved(tmp_path / str(one), 2)["weights"] for one in (False, True))
    for name, tensor in plain.items():
        torch.testing.assert_close(thrifty_one[name], tensor, rtol=0, atol=1e-6)


def test_a_run_is_not_begun_twice_nor_resumed_as_another(whole: Path) -> None:
    config = load_config(whole / "config.json")
    with pytest.raises(TrainingError, match="holds a run already"):
        train(config, resume=False)
    other = replace(config, losses=replace(config.losses, contrast_mode="hinge"))
    with pytest.raises(TrainingError, match="not those that the run began with"):
        train(other, resume=True)
    save_config(config, whole / "config.json")


def test_a_damaged_checkpoint_is_passed_over(whole: Path, tmp_path: Path) -> None:
    run = tmp_path / "copy"
    shutil.copytree(whole, run)
    newest = checkpoints(run)[-1]
    file = newest / "optimizer.safetensors"
    file.write_bytes(file.read_bytes()[:-10])
    assert [one.name for one in checkpoints(run)] == ["step-00000002"]
    assert load_file(whole / "look.safetensors")
