"""`pixelsmile infer`: PixelSmile's published script, its arguments kept and its faults mended."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.cli.exporting import signing_files
from engine.cli.folders import make_writable
from engine.cli.generative import model_choice, one_of, sampling_of
from engine.cli.option_groups import ModelOptions, ScaledOptions, SignOptions
from engine.cli.options import Scale, UsageFault, parse_amount, parse_scales
from engine.cli.report import Report
from engine.cli.stills import resolved
from engine.cli.text import count, duration, printable
from engine.cli.worker_jobs import Sweeper, do, sentence, worker
from engine.protocol import Blend, EditWhole, Event, Progress, SquareFormat, Written
from engine.recipes import MAX_INTENSITY, expressions
from engine.recipes.naming import output_name

_SUFFIXES = {"png": ".png", "jpeg": ".jpg"}
_WORD = re.compile(r"[^\W\d_][\w-]{0,31}")


@dataclass(frozen=True)
class _Picture:
    """One output: what its name says, and the weights of words."""

    label: str
    scale_text: str
    scale: float
    weights: Mapping[str, float]


def infer(
    image_path: str,
    output_dir: str,
    what: ScaledOptions,
    model: ModelOptions,
    signing: SignOptions,
    *,
    format: str,
    as_json: bool,
) -> int:
    """Write one square picture per scale; returns the exit code.

    Raises `UsageFault` and `FolderFault`.
    """
    choice, sampling = model_choice(model), sampling_of(model)
    written_as: SquareFormat = one_of("--format", {"jpg": "jpeg"}.get(format, format), SquareFormat)
    pictures = _pictures(what.expression, parse_scales(what.scales), choice.words)
    certificate, key = signing_files(signing)
    source, folder = Path(image_path), Path(output_dir)
    outputs = [folder / output_name(source.stem, one.label, one.scale_text) for one in pictures]
    suffix = _SUFFIXES[written_as]
    if any(resolved(out.with_name(out.name + suffix)) == resolved(source) for out in outputs):
        raise UsageFault("an output would be the image itself, which is never written over")
    make_writable(folder, "--output-dir")
    sweeper = Sweeper([folder])
    notes: list[str] = []
    seconds = 0.0
    with Report(as_json=as_json, total=1, noun="picture") as report:

        def hear(event: Event) -> None:
            nonlocal seconds
            if isinstance(event, Progress):
                report.within(event.done, event.total)
            elif isinstance(event, Written):
                seconds += event.seconds
                for note in (*event.notes, *event.warnings):
                    if note not in notes:
                        notes.append(note)
                        report.note(note)
                row = _row(image_path, pictures[event.index], event)
                row |= {
                    "seed": what.seed,
                    "steps": sampling.steps,
                    "resolution": sampling.resolution,
                }
                report.row(row, printable(event.output))

        for one in pictures:
            if any(not 0 <= weight <= MAX_INTENSITY for weight in one.weights.values()):
                report.note(f"{one.label} at {one.scale_text} is outside 0 to {MAX_INTENSITY}")
                break
        report.begin(source.name)
        blends = tuple(
            Blend(dict(one.weights), str(output))
            for one, output in zip(pictures, outputs, strict=True)
        )
        try:
            with worker() as client:
                job = EditWhole(
                    client.next_job_id(),
                    image_path,
                    blends,
                    written_as,
                    sampling,
                    what.seed,
                    choice,
                    certificate=certificate,
                    key=key,
                )
                failed = do(client, job, hear)
        finally:
            sweeper.sweep()
        report.finish()
        if failed is not None:
            report.failure(image_path, sentence(image_path, failed), failed.code)
            return 1
        if not as_json:
            report.note(f"{count(len(pictures), 'picture')} in {duration(seconds)}")
    return 0


def _row(source: str, picture: _Picture, written: Written) -> dict[str, Any]:
    row: dict[str, Any] = {
        "source": source,
        "output": written.output,
        "expression": picture.label,
        "scale": picture.scale,
        "editor": written.editor,
        "seconds": round(written.seconds, 4),
        "intensities": dict(picture.weights),
    }
    if written.warnings:
        row["warnings"] = list(written.warnings)
    return row


def _pictures(
    texts: Sequence[str], scales: Sequence[Scale], words: Sequence[str]
) -> list[_Picture]:
    """One per scale, or one at the intensities that stand with the expressions."""
    amounts = _amounts(texts, words)
    label = "+".join(amounts)
    if scales:
        # The published script writes a scale as Python writes a float.
        return [
            _Picture(label, str(one.value), one.value, _weights(amounts, one.value))
            for one in scales
        ]
    values = [one.value for one in amounts.values()]
    same = len(set(values)) == 1
    text = str(values[0]) if same else "+".join(str(value) for value in values)
    return [_Picture(label, text, values[0] if same else 1.0, _weights(amounts, 1.0))]


def _weights(amounts: Mapping[str, Scale], scale: float) -> dict[str, float]:
    known = expressions()
    return {
        known[name].word if name in known else name: round(one.value * scale, 12)
        for name, one in amounts.items()
    }


def _amounts(texts: Sequence[str], words: Sequence[str]) -> dict[str, Scale]:
    """`happy` and `happy=0.6` to name → amount; raises `UsageFault`."""
    if not texts:
        raise UsageFault("--expression is missing, such as --expression happy")
    for word in words:
        if not _WORD.fullmatch(word):
            raise UsageFault(f"--word {word[:60]!r} is no single word")
    known = [*expressions(), *words]
    amounts: dict[str, Scale] = {}
    for text in texts:
        name, has_amount, amount = text.partition("=")
        name = name.strip().lower() if name.strip().lower() in known else name.strip()
        if name not in known:
            raise UsageFault(
                f"{name[:60]!r} is none of the expressions; choose from {', '.join(known)}, or "
                "name a word of your own fine-tune with --word"
            )
        if name in amounts:
            raise UsageFault(f"the expression {name} is given twice")
        what = f"the intensity of {name}"
        amounts[name] = parse_amount(what, amount) if has_amount else Scale("1.0", 1.0)
    return amounts
