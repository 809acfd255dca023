"""`pixelsmile train` as a user runs it: check, run, stop, resume, export, on a small model."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

from engine.recipes import RESOURCES
from engine.training.config import save_config
from tests.unit.training.tiny import save_flat_faces, save_tiny, tiny_config

pytestmark = pytest.mark.timeout(700)  # several starts that import everything

ROOT = RESOURCES.parent
COMMAND = [sys.executable, "-W", "ignore", "-m", "engine.cli.main", "train"]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = save_tiny(tmp_path_factory.mktemp("tiny"))
    save_flat_faces(folder / "data")
    return folder


def config_file(base: Path, run: Path, **changes: Any) -> Path:
    file = run.parent / f"{run.name}.json"
    save_config(tiny_config(base, run, base / "data", **changes), file)
    return file


def call(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )


def rows(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_data_set_is_checked_with_a_report(base: Path, tmp_path: Path) -> None:
    file = config_file(base, tmp_path / "run")
    done = call("check", "--config", str(file), "--report", str(tmp_path / "r.html"), "--json")
    assert done.returncode == 0, done.stderr
    assert rows(done.stdout)[-1]["ok"] is True
    assert "fear–surprised" in (tmp_path / "r.html").read_text()
    unstated = config_file(base, tmp_path / "unstated", rights={"consent": ""})
    refused = call("run", "--config", str(unstated))
    assert refused.returncode == 1
    assert "rights.consent is empty" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (tmp_path / "unstated").exists()


def test_a_stopped_run_is_resumed_to_the_end_and_exported(base: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    file = config_file(
        base, run, optimisation={"max_steps": 12}, checkpoints={"every": 1000},
        losses={"contrast": 0.0, "identity": 0.0},
    )  # fmt: skip
    first = subprocess.Popen(
        [*COMMAND, "run", "--config", str(file), "--json"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    metrics = run / "metrics.jsonl"
    end = time.monotonic() + 300
    while not (metrics.exists() and '"step"' in metrics.read_text()):
        assert first.poll() is None, first.communicate()[1]
        assert time.monotonic() < end
        time.sleep(0.02)
    first.send_signal(signal.SIGTERM)
    printed, errors = first.communicate(timeout=300)
    assert first.returncode == 0, errors
    assert rows(printed)[-1]["state"] in ("stopped", "finished")
    resumed = call("resume", "--config", str(file), "--json")
    assert resumed.returncode == 0, resumed.stderr
    last = rows(resumed.stdout)[-1]
    assert last["state"] == "finished"
    assert last["step"] == 12
    out = tmp_path / "comfy.safetensors"
    done = call("export", "--config", str(file), "--out", str(out), "--keys", "comfyui")
    assert done.returncode == 0, done.stderr
    assert all(key.startswith("diffusion_model.transformer_blocks.") for key in load_file(out))


def test_many_processes_are_started_by_one_command(base: Path, tmp_path: Path) -> None:
    file = config_file(
        base, tmp_path / "run", losses={"contrast": 0.0, "identity": 0.0},
        optimisation={"max_steps": 2},
    )  # fmt: skip
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [*COMMAND, "run", "--config", str(file), "--processes", "2", "--json"],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    said = rows(done.stdout)
    assert next(row for row in said if row.get("kind") == "started")["processes"] == 2
    assert [row["state"] for row in said if "state" in row] == ["finished"]


def test_wrong_files_and_words_are_sentences(base: Path, tmp_path: Path) -> None:
    missing = call("run", "--config", str(tmp_path / "nothing.toml"))
    assert missing.returncode == 1
    assert "cannot be read" in missing.stderr
    file = config_file(base, tmp_path / "run")
    wrong = call("export", "--config", str(file), "--out", "x.safetensors", "--keys", "kohya")
    assert wrong.returncode == 2
    early = call("export", "--config", str(file), "--out", str(tmp_path / "x.safetensors"))
    assert early.returncode == 1
    assert "no checkpoint" in early.stderr
    for done in (missing, wrong, early):
        assert "Traceback" not in done.stderr
