"""What one more intensity costs in processor time, against the official loop on the same model.

    python benchmarks/pixelsmile_cpu.py

A small random model of the real classes, whose vision tower is so deep that encoding the two
prompts is a third of the official loop, as it is worth saving in the real one. The official loop
does everything for every α: both prompts, the reference, the steps, the decoding. Ours reads and
encodes the portrait once, so what counts is a further α: (T(n α) − T(1 α)) / (n − 1). Runs are
interleaved, in float32 on one thread, and medians of processor seconds are printed, with the
largest difference of a pixel, so that no speed is bought with another picture.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # for tests.helpers

from engine.editors.pixelsmile.crop import official_square
from engine.editors.pixelsmile.loading import load_model
from engine.editors.pixelsmile.model import Model
from engine.editors.pixelsmile.sampling import prepare, render
from engine.editors.pixelsmile.tensors import TensorFiles
from engine.recipes import RESOURCES
from engine.recipes.generative import Lora, ModelChoice, Sampling
from tests.helpers.official_pixelsmile import official_edit, official_pipeline
from tests.helpers.tiny_pixelsmile import Sizes, lora_pairs, save_lora, save_tiny_model

SAMPLE = RESOURCES / "samples" / "grace_hopper.jpg"
SIZES = Sizes(vision_layers=15, vision_width=256)
STEPS = 4
ALPHAS = (0.25, 0.5, 0.75, 1.0)
REPEATS = 7
GOAL = 0.6
PARTS = {
    "prompts": "encode_prompt",
    "reference": "encode",
    "steps": "forward",
    "decoding": "decode",
}
"""Part of the official loop → the method that does it."""

Pictures = Sequence[NDArray[np.uint8]]


@dataclass
class Shares:
    """Processor seconds of the parts of the official loop, added up as it runs."""

    seconds: dict[str, float] = field(default_factory=dict)

    def watch(self, owner: Any, name: str, part: str) -> None:
        """Count what that method takes as `part`."""
        method = getattr(owner, name)

        def watched(*args: Any, **kwargs: Any) -> Any:
            started = time.process_time()
            try:
                return method(*args, **kwargs)
            finally:
                spent = time.process_time() - started
                self.seconds[part] = self.seconds.get(part, 0.0) + spent

        setattr(owner, name, watched)


def save_model(folder: Path) -> tuple[Path, Path]:
    """The small model, and a LoRA whose spelling the official loader takes whole."""
    save_tiny_model(folder, SIZES)
    with TensorFiles(folder / "transformer") as files:
        weights = {name: files.read(name) for name in files.names}
    return folder, save_lora(folder / "lora.safetensors", lora_pairs(weights), style="lora_A")


def official(folder: Path, lora: Path) -> tuple[Any, Shares]:
    """The stock pipeline, watched."""
    pipeline = official_pipeline(folder, lora)
    shares = Shares()
    owners = (pipeline, pipeline.vae, pipeline.transformer, pipeline.vae)
    for (part, method), owner in zip(PARTS.items(), owners, strict=True):
        shares.watch(owner, method, part)
    return pipeline, shares


def ours(model: Model, picture: Image.Image, alphas: Sequence[float]) -> Pictures:
    """All of it: reading the portrait, then one picture an α."""
    sampling = Sampling(steps=STEPS)
    square = official_square(picture)
    portrait = prepare(
        model, seen=square, reference=square, output_size=square.size, sampling=sampling
    )
    wanted = [{"happy": alpha} for alpha in alphas]
    pictures = render(
        model, portrait, wanted, sampling=sampling, seed=42, on_step=lambda done, total: None
    )
    return list(pictures)


def theirs(pipeline: Any, picture: Image.Image, alphas: Sequence[float]) -> Pictures:
    """The official loop, once for every α."""
    return [
        np.asarray(
            official_edit(pipeline, picture, {"happy": alpha}, resolution="trained", steps=STEPS)
        )
        for alpha in alphas
    ]


def seconds_of(work: Callable[[], object]) -> float:
    """Processor seconds of a call."""
    started = time.process_time()
    work()
    return time.process_time() - started


def compare(one: Pictures, other: Pictures) -> None:
    """Print how far the pictures differ."""
    differences = np.abs(np.subtract(one, other, dtype=np.int64))
    print(f"largest difference of a pixel over {len(one)} α: {differences.max()} of 255, "
          f"{(differences > 2).mean():.4%} differ by more than 2", flush=True)  # fmt: skip


def conclude(officials: Sequence[float], further: Sequence[float], parts: Sequence[Shares]) -> None:
    """Print where the official loop's time goes, what theory says of that, and the ratio."""
    share = {name: statistics.median(one.seconds[name] for one in parts) for name in PARTS}
    total = statistics.median(officials)
    named = ", ".join(f"{name} {share[name] / total:.0%}" for name in PARTS)
    once = 1 - (share["prompts"] + share["reference"]) / total
    again = once + share["prompts"] / total
    ratio = statistics.median(a / b for a, b in zip(further, officials, strict=True))
    print(f"official loop: {total:.2f} s per α ({named})")
    print(f"theory: {once:.2f} where prompts and reference are encoded once, {again:.2f} where "
          f"prompts are encoded again, 1.00 where both are")  # fmt: skip
    print(f"ours: {statistics.median(further):.2f} s per further α, {ratio:.2f} of the official "
          f"loop (goal: at most {GOAL})")  # fmt: skip


def measure(pipeline: Any, shares: Shares, model: Model, picture: Image.Image) -> None:
    """One line an interleaved run, then the medians."""
    print("run   official/α   ours 1 α   ours 4 α   ours/further α   ratio")
    officials: list[float] = []
    further: list[float] = []
    parts: list[Shares] = []
    for run in range(1, REPEATS + 1):
        one = seconds_of(lambda: ours(model, picture, ALPHAS[:1]))
        shares.seconds = {}
        officials.append(seconds_of(lambda: theirs(pipeline, picture, ALPHAS[-1:])))
        parts.append(Shares(shares.seconds))
        many = seconds_of(lambda: ours(model, picture, ALPHAS))
        further.append((many - one) / (len(ALPHAS) - 1))
        print(f"{run:3}{officials[-1]:11.2f} s{one:9.2f} s{many:9.2f} s{further[-1]:15.2f} s"
              f"{further[-1] / officials[-1]:8.2f}", flush=True)  # fmt: skip
    conclude(officials, further, parts)


def main() -> None:
    """Both on one model; the first runs, which also warm up, are compared pixel by pixel."""
    torch.set_num_threads(1)
    picture = Image.open(SAMPLE).convert("RGB")
    with tempfile.TemporaryDirectory() as temporary:
        folder, lora = save_model(Path(temporary))
        pipeline, shares = official(folder, lora)
        choice = ModelChoice(path=str(folder), loras=(Lora(str(lora)),), precision="fp32")
        model = load_model(choice, locate=Path, on_step=lambda done, total: None)
        print(f"512/512, {STEPS} steps, float32; processor seconds on one thread")
        compare(ours(model, picture, ALPHAS), theirs(pipeline, picture, ALPHAS))
        measure(pipeline, shares, model, picture)


if __name__ == "__main__":
    main()
