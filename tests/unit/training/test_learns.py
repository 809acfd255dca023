"""It learns what it is shown: the short version of benchmarks/training_learns.py."""

from pathlib import Path

import pytest
from safetensors.torch import load_file

from engine.training.metrics import latest_by_step
from engine.training.run import train
from tests.unit.training.tiny import learning_run, save_graded_face


@pytest.mark.timeout(600)
def test_pictures_move_with_alpha_and_expressions_move_apart(tmp_path: Path) -> None:
    """Graded synthetic pairs of one face, two confusable expressions, a base that knows neither.

    A tiny random base cannot show more than this: that gradients, data, conditioning and sampling
    are joined up the right way round.
    """
    pairs = save_graded_face(tmp_path / "data", ("fear", "surprised"), (0.25, 0.5, 0.75, 1.0))
    steps = 170
    config = learning_run(tmp_path, pairs, steps=steps, every=steps, contrast=0.0, rate="constant")
    outcome = train(config, resume=False)
    figures = latest_by_step(Path(config.run.folder), "validation")
    before, after = figures[0], figures[steps]
    assert abs(before["slope"]) < 0.05
    assert abs(before["linearity"]) < 0.7  # of next to nothing, in any direction
    assert abs(before["separation"]) < 0.1
    assert after["linearity"] >= 0.9
    assert after["slope"] > 0.2
    assert after["separation"] > 0.2
    assert outcome.lora is not None
    assert load_file(outcome.lora)
