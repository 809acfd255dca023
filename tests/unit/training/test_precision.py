"""Training beside quantized weights (QLoRA), and over weights that are spread out."""

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


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("precision", ["int8", "int4", "fp8"])
def test_a_quantized_base_is_trained_beside(
    precision: str, base: Path, faces: Path, tmp_path: Path
) -> None:
    losses = {}
    for one in ("fp32", precision):
        config = tiny_config(
            base, tmp_path / one, faces,
            model={"precision": one}, optimisation={"max_steps": 3}, schedule={"warmup_steps": 1},
            losses={"contrast": 0.0, "identity": 0.0},
        )  # fmt: skip
        train(config, resume=False)
        losses[one] = latest_by_step(tmp_path / one, "step")
        ups = [w for name, w in saved(tmp_path / one, 3)["weights"].items() if name.endswith("up")]
        assert all(weight.dtype == torch.float32 for weight in ups)
        assert sum(bool(weight.any()) for weight in ups) > len(ups) * 0.8
    for step in (1, 2, 3):
        assert losses[precision][step]["flow"] == pytest.approx(losses["fp32"][step]["flow"], 0.2)
        assert losses[precision][step]["flow"] != losses["fp32"][step]["flow"]


def test_spread_weights_train_the_same(base: Path, faces: Path, tmp_path: Path) -> None:
    """Two processes that each hold half of the frozen blocks."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for shard in (False, True):
        config = tiny_config(
            base, tmp_path / str(shard), faces, machine={"shard": shard},
            optimisation={"max_steps": 2}, schedule={"warmup_steps": 1},
            losses={"contrast": 0.0, "identity": 0.0},
        )  # fmt: skip
        if not shard:
            train(config, resume=False)
            continue
        save_config(config, tmp_path / "shard.json")
        started = [
            run_in_process(
                tmp_path / "shard.json", RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE="2",
                MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port), OMP_NUM_THREADS="1",
            )
            for rank in range(2)
        ]  # fmt: skip
        for one in started:
            _, errors = one.communicate(timeout=300)
            assert one.returncode == 0, errors[-3000:]
    whole, spread = (saved(tmp_path / str(one), 2)["weights"] for one in (False, True))
    for name, tensor in whole.items():
        torch.testing.assert_close(spread[name], tensor, rtol=0, atol=2e-5)
