"""What a running training hears."""

import json
import signal
from pathlib import Path

import pytest

from engine.training.checkpoint import checkpoints, load_checkpoint
from engine.training.config import save_config
from engine.training.metrics import latest_by_step
from tests.unit.training.runs import run_in_process, wait_for
from tests.unit.training.tiny import tiny_config

pytestmark = pytest.mark.timeout(400)  # processes that import everything again


def test_sigterm_saves_after_the_step_and_stops(base: Path, faces: Path, tmp_path: Path) -> None:
    config = tiny_config(
        base, tmp_path / "run", faces,
        optimisation={"max_steps": 500}, checkpoints={"every": 1000},
    )  # fmt: skip
    save_config(config, tmp_path / "config.json")
    process = run_in_process(tmp_path / "config.json")
    wait_for(lambda: latest_by_step(tmp_path / "run", "step"), process)
    process.send_signal(signal.SIGUSR1)
    wait_for(lambda: checkpoints(tmp_path / "run"), process)
    process.send_signal(signal.SIGTERM)
    printed, _ = process.communicate(timeout=300)
    assert printed.strip() == "stopped"
    assert process.returncode == 0
    last = load_checkpoint(checkpoints(tmp_path / "run")[-1]).state.step
    assert last == max(latest_by_step(tmp_path / "run", "step"))
    assert json.loads((tmp_path / "run" / "status.json").read_text())["state"] == "stopped"
