"""Photos through the worker, one after the other: what `edit` and `batch` have in common."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.cli.options import Look, still_edit
from engine.cli.report import Report
from engine.cli.text import count, duration, printable
from engine.cli.worker_jobs import Sweeper, do, sentence, worker
from engine.client import WorkerClient
from engine.protocol import EditPhoto, Event, OutputFormat, Progress, Variant, Written
from engine.recipes import EditorName, FaceChoice, ModelChoice, Sampling
from engine.recipes.naming import output_name, output_stems


@dataclass(frozen=True)
class Wish:
    """What every photo of a call gets."""

    looks: Sequence[Look]
    face: FaceChoice
    editor: EditorName
    format: OutputFormat
    seed: int
    model: ModelChoice = ModelChoice()
    sampling: Sampling = Sampling()


@dataclass(frozen=True)
class Task:
    """One photo and where its outputs go: one path without suffix per look."""

    source: Path
    outputs: Sequence[Path]


@dataclass
class _Outcome:
    """What came of one photo."""

    written: int = 0
    seconds: float = 0.0
    warnings: list[str] = field(default_factory=list)


def distinct_photos(photos: Iterable[Path]) -> list[Path]:
    """The photos without those that are an earlier one under another spelling or link."""
    first: dict[Path, Path] = {}
    for photo in photos:
        first.setdefault(resolved(photo), photo)
    return list(first.values())


def resolved(path: Path) -> Path:
    """The path without links, as far as it exists; a loop of links stays as it is."""
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):
        return path.absolute()


def names_by_folder(photos: Iterable[Path]) -> dict[Path, list[str]]:
    """The names without suffix of photos, and of what they are links to, by their folder."""
    names: dict[Path, list[str]] = {}
    for photo in photos:
        target = resolved(photo)
        names.setdefault(target.parent, []).append(target.stem)
        names.setdefault(resolved(photo.parent), []).append(photo.stem)
    return names


def plan(
    photos: Sequence[Path], folder: Path, looks: Sequence[Look], reserved: Sequence[str]
) -> list[Task]:
    """Where the outputs of photos go that share a folder of outputs.

    No two outputs get one name, and none of them one that is reserved for a photo of the call.
    """
    tails = [(look.expression, look.scale_text) for look in looks]
    stems = output_stems(photos, tails, reserved)
    return [
        Task(photo, [folder / output_name(stem, *tail) for tail in tails])
        for photo, stem in zip(photos, stems, strict=True)
    ]


def edit_all(tasks: Sequence[Task], wish: Wish, *, as_json: bool) -> int:
    """Edit every photo; returns the exit code: 0 when all are done, 1 when some failed.

    A photo that fails, or takes the worker down, is reported, and the next one is done.
    """
    failures = 0
    sweeper = Sweeper(output.parent for task in tasks for output in task.outputs)
    with Report(as_json=as_json, total=len(tasks)) as report:
        try:
            with worker() as client:
                notes: set[str] = set()
                for task in tasks:
                    failures += not _edit(client, task, wish, report, notes)
        finally:
            sweeper.sweep()
        if failures and len(tasks) > 1:
            report.note(f"{failures} of {count(len(tasks), 'photo')} failed")
    return 1 if failures else 0


def _edit(client: WorkerClient, task: Task, wish: Wish, report: Report, notes: set[str]) -> bool:
    """Edit one photo; returns whether all went well. `notes`: what has been said already."""
    source = str(task.source)
    report.begin(task.source.name)
    outcome = _Outcome()

    def hear(event: Event) -> None:
        if isinstance(event, Progress):
            report.within(event.done, event.total)
        elif isinstance(event, Written):
            outcome.written += 1
            outcome.seconds += event.seconds
            for note in event.notes:
                if note not in notes:
                    notes.add(note)
                    report.note(note)
            for warning in event.warnings:
                if warning not in outcome.warnings:
                    outcome.warnings.append(warning)
                    report.note(f"{printable(source)}: {warning}")
            row = _row(source, wish, event)
            report.row(row, printable(event.output))

    variants = tuple(
        Variant(still_edit(look, wish.face, wish.editor, wish.seed, wish.sampling), str(output))
        for look, output in zip(wish.looks, task.outputs, strict=True)
    )
    job = EditPhoto(client.next_job_id(), source, variants, wish.format, wish.model)
    failed = do(client, job, hear)
    if failed is not None:
        report.failure(source, sentence(source, failed), failed.code)
        report.finish()
        return False
    name = printable(task.source.name)
    report.finish(f"{name}: {count(outcome.written, 'picture')} in {duration(outcome.seconds)}")
    return True


def _row(source: str, wish: Wish, written: Written) -> dict[str, Any]:
    look = wish.looks[written.index]
    row: dict[str, Any] = {
        "source": source,
        "output": written.output,
        "expression": look.expression,
        "scale": look.scale,
        "face": face_field(written.faces),
        "editor": written.editor,
        "identity": rounded(written.identity),
        "seconds": round(written.seconds, 4),
        "intensities": look.intensities.values,
    }
    if written.warnings:
        row["warnings"] = list(written.warnings)
    return row


def face_field(faces: Sequence[int]) -> int | list[int]:
    """The number of the one face that was edited, or the list of several."""
    return faces[0] if len(faces) == 1 else list(faces)


def rounded(identity: float | None) -> float | None:
    """A cosine with as many digits as it is good for."""
    return None if identity is None else round(identity, 4)
