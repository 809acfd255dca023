"""Runs in processes of their own, and what they have saved."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from engine.training.checkpoint import load_checkpoint

ROOT = Path(__file__).parents[3]
PROGRAM = """
import sys
from pathlib import Path
import torch
torch.set_num_threads(1)
from engine.training.config import load_config
from engine.training.run import train
print(train(load_config(Path(sys.argv[1])), resume=sys.argv[2] == "resume").state)
"""


def run_in_process(config: Path, way: str = "new", **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, str(config), way],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def saved(run: Path, step: int) -> Mapping[str, Any]:
    loaded = load_checkpoint(run / "checkpoints" / f"step-{step:08d}")
    return {"weights": loaded.weights, "optimizer": loaded.optimizer, "mean": loaded.mean}


def assert_bit_equal(one: Mapping[str, Any], other: Mapping[str, Any]) -> None:
    for part, tensors in one.items():
        assert tensors, part
        assert tensors.keys() == other[part].keys()
        for name, tensor in tensors.items():
            assert torch.equal(tensor, other[part][name]), f"{part}: {name}"


def wait_for(
    condition: Callable[[], object], process: subprocess.Popen[str], seconds: float = 300
) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.05)
