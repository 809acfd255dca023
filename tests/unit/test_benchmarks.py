"""The benchmark for GPUs, run on a small model on the processor."""

import json
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.recipes import RESOURCES

ROOT = RESOURCES.parent


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The script as a user starts it, from the repository's root."""
    command = [sys.executable, "benchmarks/pixelsmile_gpu.py", *arguments]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False
    )


def records(folder: Path, *only: str) -> list[dict[str, Any]]:
    """What a tiny run with those words has measured."""
    file = folder / "figures.json"
    done = run("--tiny", "--json", str(file), "--only", *only)
    assert done.returncode == 0, done.stderr
    return json.loads(file.read_text())


@pytest.mark.timeout(300)
def test_every_way_to_keep_the_transformer_is_measured_and_the_table_is_exact(
    tmp_path: Path,
) -> None:
    """Without the compiled rows, which want a C++ compiler."""
    found = records(tmp_path, "512", "batch4", "eager")
    rows = [tuple(one["row"]) for one in found if one["kind"] == "row"]
    ways = product(("bf16", "fp8"), ("merged", "attached"), ("table", "layers"))
    assert sorted(rows) == sorted(("512", "batch4", *way, "eager") for way in ways)
    assert not [one for one in found if one["kind"] == "failed"]
    beside = [one for one in found if one["kind"] == "resident" and "attached" in str(one)]
    assert any(one.get("difference") == 0 for one in beside)


@pytest.mark.timeout(300)
def test_prompts_are_measured(tmp_path: Path) -> None:
    assert [one["kind"] for one in records(tmp_path, "prompts")] == ["prompts"]


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_there_is_a_sentence() -> None:
    done = run()
    assert done.returncode == 1
    assert "There is no CUDA GPU here." in done.stdout
