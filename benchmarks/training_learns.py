"""Whether the trainer really learns: the curves before and after, on a tiny model.

    python benchmarks/training_learns.py [--steps 600] [--out docs/training_learns.png]

Graded pairs of two sample portraits and four easily confused expressions are made by the instant
editor; the tiny model of the real classes has random weights and a VAE that was fitted to those
pictures for a minute; the published objective (flow matching and InfoNCE) is trained with the
real loop. Before, on the way and after, every triplet is rendered at five α, and how far each
picture moved along the line from its source to its target is held against how far it should have.
It shows that data, conditioning, losses, sampler and files are joined up the right way round, and
no more: a random base knows no faces.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # for tests

from engine.training.config import Config
from engine.training.metrics import latest_by_step
from engine.training.run import train
from tests.unit.training.tiny import WORDS, learning_run, save_graded_face

SCORES = (0.25, 0.5, 0.75, 1.0)
PANEL, MARGIN, GAP = 300, 46, 30
COLOURS = {"fear": "#7b3294", "surprised": "#e66101", "angry": "#c51b1b", "disgust": "#1a7a3a"}


def main() -> None:
    """Train, print the figures, draw the picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--contrast", type=float, default=1.0)
    parser.add_argument("--persons", type=int, choices=(1, 2), default=2)
    parser.add_argument("--words", nargs="+", choices=WORDS, default=list(WORDS))
    parser.add_argument("--out", type=Path, default=None)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        started = time.perf_counter()
        pairs = save_graded_face(base / "data", wanted.words, SCORES, persons=wanted.persons)
        config = learning_run(
            base, pairs, steps=wanted.steps, every=wanted.steps // 4, contrast=wanted.contrast
        )
        print(f"base and pairs: {time.perf_counter() - started:.0f} s", flush=True)
        started = time.perf_counter()
        outcome = train(config, resume=False, on_row=show)
        print(f"{outcome.step} steps: {time.perf_counter() - started:.0f} s")
        if wanted.out is not None:
            draw(config, wanted.out)


def show(row: Mapping[str, Any]) -> None:
    """A line for what matters."""
    if row["kind"] == "validation":
        print(
            f"step {row['step']:5d}: Pearson {row['linearity']:+.3f}, slope {row['slope']:+.3f}, "
            f"separation {row['separation']:+.3f}",
            flush=True,
        )
    elif row["kind"] == "step" and row["step"] % 50 == 0:
        print(
            f"step {row['step']:5d}: flow {row['flow']:.3f}, contrast {row['contrast']:.3f}, "
            f"{row['seconds']:.2f} s",
            flush=True,
        )


def draw(config: Config, file: Path) -> None:
    """Moved against wanted, before and after; and the losses."""
    run = Path(config.run.folder)
    steps = sorted(latest_by_step(run, "validation"))
    width, height = 3 * (PANEL + MARGIN) + 2 * GAP, PANEL + 2 * MARGIN
    picture = Image.new("RGB", (width, height), "white")
    brush = ImageDraw.Draw(picture)
    figures = latest_by_step(run, "validation")
    for place, step in enumerate((steps[0], steps[-1])):
        points = json.loads((run / "validation" / f"step-{step:08d}" / "points.json").read_text())
        title = f"step {step}: Pearson {figures[step]['linearity']:.2f}"
        _scatter(brush, MARGIN + place * (PANEL + MARGIN + GAP), points, title)
    rows = latest_by_step(run, "step")
    _losses(brush, MARGIN + 2 * (PANEL + MARGIN + GAP) - GAP, rows)
    file.parent.mkdir(parents=True, exist_ok=True)
    picture.save(file)


def _scatter(
    brush: ImageDraw.ImageDraw, left: int, points: Sequence[Mapping[str, Any]], title: str
) -> None:
    most = max(point["wanted"] for point in points)
    low, high = -0.25 * most, most
    _frame(brush, left, title)
    brush.text((left, MARGIN + PANEL + 6), f"wanted, 0 to {most:.1f}", fill="black")
    brush.text((left + 4, MARGIN + 4), "moved towards the target", fill="black")

    def at(wanted: float, moved: float) -> tuple[float, float]:
        y = (min(max(moved, low), high) - low) / (high - low)
        return left + PANEL * wanted / most, MARGIN + PANEL * (1 - y)

    brush.line([at(0, 0), at(most, most)], fill="#bbbbbb")
    for point in points:
        x, y = at(point["wanted"], point["moved"])
        brush.ellipse((x - 3, y - 3, x + 3, y + 3), fill=COLOURS[point["expression"]])
    for place, (word, colour) in enumerate(COLOURS.items()):
        brush.text((left + PANEL - 70, MARGIN + PANEL - 60 + 13 * place), word, fill=colour)


def _losses(brush: ImageDraw.ImageDraw, left: int, rows: Mapping[int, Mapping[str, Any]]) -> None:
    _frame(brush, left, "losses (running means of 20 steps)")
    steps = sorted(rows)
    for name, colour in (("flow", "#1f5fa8"), ("contrast", "#a85f1f")):
        values = np.array([rows[step][name] for step in steps])
        smooth = np.convolve(values, np.ones(20) / 20, mode="valid")
        top = max(1e-9, float(smooth.max()))
        line = [
            (left + PANEL * place / len(smooth), MARGIN + PANEL * (1 - float(value) / top * 0.95))
            for place, value in enumerate(smooth)
        ]
        brush.line(line, fill=colour, width=2)
        brush.text(line[-1], f"{name} {smooth[-1]:.2f}", fill=colour, anchor="rb")
    brush.text((left, MARGIN + PANEL + 6), f"steps 1 to {steps[-1]}, each to its top", fill="black")


def _frame(brush: ImageDraw.ImageDraw, left: int, title: str) -> None:
    brush.rectangle((left, MARGIN, left + PANEL, MARGIN + PANEL), outline="black")
    brush.text((left, MARGIN - 16), title, fill="black")


if __name__ == "__main__":
    main()
