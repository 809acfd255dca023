"""What a run says about itself: one JSON object a line, and a TensorBoard of it on request."""

import json
import math
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.training.errors import TrainingError

METRICS = "metrics.jsonl"
STATUS = "status.json"


class Metrics:
    """Appends rows; every row is on disk when `write` returns.

    A resumed run repeats the steps after its checkpoint: of two rows of one step and kind, the
    later one counts.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / METRICS
        self._status = folder / STATUS

    def write(self, kind: str, **values: Any) -> dict[str, Any]:
        """Append `{"kind": …, "time": …, …}`; returns the row."""
        row = {"kind": kind, "time": round(time.time(), 3)}
        row |= {name: _plain(value) for name, value in values.items()}
        line = json.dumps(row, allow_nan=False) + "\n"
        # One write: a reader by offset never sees half a line that another writer continues.
        with self._file.open("ab") as file:
            file.write(line.encode())
            file.flush()
            os.fsync(file.fileno())
        return row

    def status(self, state: str, **values: Any) -> None:
        """What the run is doing now, with the time: a heartbeat for whoever watches."""
        partial = self._status.with_suffix(".partial")
        row = {"state": state, "time": round(time.time(), 3), **values}
        partial.write_text(json.dumps(row) + "\n")
        partial.replace(self._status)


def read_metrics(folder: Path) -> Iterator[dict[str, Any]]:
    """All whole rows, in order; a last line that was cut off is left out."""
    try:
        lines = (folder / METRICS).read_bytes().split(b"\n")[:-1]
    except OSError:
        return
    for line in lines:
        try:
            yield json.loads(line)
        except ValueError:
            continue


def latest_by_step(folder: Path, kind: str) -> dict[int, dict[str, Any]]:
    """Step → the row of that kind that counts."""
    return {row["step"]: row for row in read_metrics(folder) if row.get("kind") == kind}


def export_tensorboard(folder: Path, target: Path) -> int:
    """Write the run's numbers as a TensorBoard log; returns how many.

    Raises `TrainingError` (`tensorboard_missing`).
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise TrainingError(
            "tensorboard_missing",
            "the package tensorboard is not installed",
            'install it with pip install "pixelsmile-desktop[train]"',
        ) from error
    count = 0
    with SummaryWriter(str(target)) as writer:
        for kind in ("step", "validation"):
            for step, row in sorted(latest_by_step(folder, kind).items()):
                for name, value in _numbers(row):
                    writer.add_scalar(f"{kind}/{name}", value, step, walltime=row["time"])
                    count += 1
    return count


def _plain(value: Any) -> Any:
    """JSON has no NaN: what is not known is null."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _numbers(row: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for name, value in row.items():
        if isinstance(value, int | float) and name not in ("step", "time"):
            yield name, float(value)
