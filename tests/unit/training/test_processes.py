"""One run on one process and on two."""

import socket
from pathlib import Path

import pytest
import torch

from engine.training.config import save_config
from engine.training.metrics import latest_by_step
from engine.training.run import train
from tests.unit.training.runs import run_in_process, saved
from tests.unit.training.tiny import tiny_config

pytestmark = pytest.mark.timeout(400)  # processes that import everything again


def test_two_processes_are_one(base: Path, faces: Path, tmp_path: Path) -> None:
    """The same global batch over gloo: the same weights, but for the order of the sums."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    runs = {}
    for processes in (1, 2):
        run = tmp_path / f"run{processes}"
        config = tiny_config(
            base, run, faces, optimisation={"batch": 4, "micro_batch": 2, "max_steps": 3},
            schedule={"warmup_steps": 1},
        )  # fmt: skip
        file = tmp_path / f"{processes}.json"
        save_config(config, file)
        if processes == 1:
            train(config, resume=False)
        else:
            started = [
                run_in_process(
                    file, RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE="2",
                    MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port), OMP_NUM_THREADS="1",
                )
                for rank in range(2)
            ]  # fmt: skip
            for one in started:
                printed, errors = one.communicate(timeout=300)
                assert one.returncode == 0, errors
                assert printed.strip().endswith("finished")
        runs[processes] = run
    rows = {number: latest_by_step(run, "step") for number, run in runs.items()}
    for step in (1, 2, 3):
        # The schedule counts steps of the optimizer, not of processes.
        assert rows[2][step]["learning_rate"] == rows[1][step]["learning_rate"]
        for name in ("loss", "flow", "contrast", "grad_norm"):
            assert rows[2][step][name] == pytest.approx(rows[1][step][name], rel=2e-5)
    one, two = saved(runs[1], 3), saved(runs[2], 3)
    for name, tensor in one["weights"].items():
        torch.testing.assert_close(two["weights"][name], tensor, rtol=0, atol=2e-5)
    moved = max(float(one["weights"][name].abs().max()) for name in one["weights"] if "up" in name)
    assert moved > 50 * 2e-5  # the tolerance does not hide that nothing was learnt
