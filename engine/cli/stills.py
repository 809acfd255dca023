"""Photos through the worker, one after the other: what `edit` and `batch` have in common."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.cli.exporting import PLAIN_NAMES, Naming
from engine.cli.folders import check_space
from engine.cli.options import Look, still_edit
from engine.cli.report import Report
from engine.cli.text import count, duration, printable
from engine.cli.worker_jobs import Sweeper, do, sentence, worker
from engine.client import WorkerClient
from engine.library import Space, bytes_at, space_for
from engine.protocol import EditPhoto, Event, OutputFormat, Progress, Variant, Written
from engine.recipes import AS_IT_CAME, EditorName, Export, FaceChoice, Limits, ModelChoice, Sampling
from engine.recipes.naming import (
    PLAIN_TEMPLATE,
    NameFacts,
    output_name,
    output_stems,
    planned_ext,
    template_names,
)

_FULL = ("no_space", "disk_full")


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
    limits: Limits = Limits()
    export: Export = AS_IT_CAME
    naming: Naming = PLAIN_NAMES


@dataclass(frozen=True)
class Task:
    """One photo and where its outputs go: one path without suffix per look.

    `skipped` are the numbers of those that are there already and shall not be made again.
    """

    source: Path
    outputs: Sequence[Path]
    skipped: frozenset[int] = frozenset()


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
    photos: Sequence[Path],
    folder: Path,
    looks: Sequence[Look],
    reserved: Sequence[str],
    naming: Naming = PLAIN_NAMES,
    before: int = 0,
) -> list[Task]:
    """Where the outputs of photos go that share a folder of outputs.

    No two outputs get one name, and none of them one that is reserved for a photo of the call.
    `before`: how many photos of the call have been counted already, for `{seq}`.
    """
    if not naming.is_plain:
        return _plan_by_template(photos, folder, looks, reserved, naming, before)
    tails = [(look.expression, look.scale_text) for look in looks]
    stems = output_stems(photos, tails, reserved)
    return [
        Task(photo, [folder / output_name(stem, *tail) for tail in tails])
        for photo, stem in zip(photos, stems, strict=True)
    ]


def _plan_by_template(
    photos: Sequence[Path],
    folder: Path,
    looks: Sequence[Look],
    reserved: Sequence[str],
    naming: Naming,
    before: int,
) -> list[Task]:
    template = naming.template or PLAIN_TEMPLATE
    facts = [
        one
        for number, photo in enumerate(photos, before)
        for one in _name_facts(photo, looks, number * len(looks) + 1, naming)
    ]
    there = frozenset() if naming.collision == "overwrite" else _stems(folder)
    names = template_names(
        template,
        facts,
        reserved=reserved,
        collision=naming.collision,
        exists=there.__contains__,
    )
    tasks: list[Task] = []
    for number, photo in enumerate(photos):
        here = range(number * len(looks), (number + 1) * len(looks))
        outputs = [folder / (names[place] or photo.stem) for place in here]
        skipped = frozenset(n for n, place in enumerate(here) if names[place] is None)
        tasks.append(Task(photo, outputs, skipped))
    return tasks


def _name_facts(
    photo: Path, looks: Sequence[Look], first: int, naming: Naming
) -> Iterable[NameFacts]:
    """What the tokens of a photo's names stand for; the photo is read for those that need it."""
    date = person = ""
    if "{date}" in naming.template or "{person}" in naming.template:
        from engine.photos import read_facts

        read = read_facts(photo)
        date, person = read.date, read.person
    for number, look in enumerate(looks, first):
        yield NameFacts(
            name=photo.stem,
            ext=planned_ext(photo, naming.format),
            expression=look.expression,
            scale=look.scale_text,
            sequence=number,
            date=date,
            folder=resolved(photo).parent.name,
            person=person,
        )


def _stems(folder: Path) -> frozenset[str]:
    """The names without suffix of what is in a folder of outputs; none when it is not there."""
    try:
        return frozenset(path.stem for path in folder.iterdir() if not path.name.startswith("."))
    except OSError:
        return frozenset()


def edit_all(tasks: Sequence[Task], wish: Wish, *, as_json: bool) -> int:
    """Edit every photo; returns the exit code: 0 when all are done, 1 when some failed.

    A photo that fails, or takes the worker down, is reported, and the next one is done. Raises
    `FolderFault` before anything is written when several photos' pictures cannot fit.
    """
    failures = 0
    sweeper = Sweeper(output.parent for task in tasks for output in task.outputs)
    with Report(as_json=as_json, total=len(tasks)) as report:
        if len(tasks) > 1:
            check_space(_space(tasks, wish), report.note)
        try:
            with worker() as client:
                notes: set[str] = set()
                for number, task in enumerate(tasks):
                    if len(task.skipped) == len(task.outputs):
                        report.note(f"{printable(task.source)}: its pictures are there already")
                        continue
                    code = _edit(client, task, wish, report, notes)
                    failures += code is not None
                    if code in _FULL and number + 1 < len(tasks):
                        report.note(_stopped(len(tasks) - number - 1))
                        break
        finally:
            sweeper.sweep()
        if failures and len(tasks) > 1:
            report.note(f"{failures} of {count(len(tasks), 'photo')} failed")
    return 1 if failures else 0


def _space(tasks: Sequence[Task], wish: Wish) -> Space | None:
    pictures = [(task.source, len(task.outputs) - len(task.skipped)) for task in tasks]
    there = bytes_at([output for task in tasks for output in task.outputs])
    folder = tasks[0].outputs[0].parent
    return space_for(pictures, folder, wish.format, wish.export, replaced=there)


def _stopped(left: int) -> str:
    return f"there is no room for more: {count(left, 'photo')} not begun"


def _edit(
    client: WorkerClient, task: Task, wish: Wish, report: Report, notes: set[str]
) -> str | None:
    """Edit one photo; returns None when all went well, else the failure's code.

    `notes`: what has been said already.
    """
    source = str(task.source)
    report.begin(task.source.name)
    outcome = _Outcome()
    wanted = [number for number in range(len(task.outputs)) if number not in task.skipped]
    looks = [wish.looks[number] for number in wanted]
    outputs = [task.outputs[number] for number in wanted]

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
            for why in event.review:
                report.note(f"{printable(event.output)}: needs a look. {why}")
            for warning in event.warnings:
                if warning not in outcome.warnings:
                    outcome.warnings.append(warning)
                    report.note(f"{printable(source)}: {warning}")
            row = _row(source, event, looks[event.index])
            report.row(row, printable(event.output))

    variants = tuple(
        Variant(still_edit(look, wish.face, wish.editor, wish.seed, wish.sampling), str(output))
        for look, output in zip(looks, outputs, strict=True)
    )
    job = EditPhoto(
        client.next_job_id(),
        source,
        variants,
        wish.format,
        wish.model,
        export=wish.export,
        limits=wish.limits,
    )
    failed = do(client, job, hear)
    if failed is not None:
        report.failure(source, sentence(source, failed), failed.code)
        report.finish()
        return failed.code
    name = printable(task.source.name)
    report.finish(f"{name}: {count(outcome.written, 'picture')} in {duration(outcome.seconds)}")
    return None


def _row(source: str, written: Written, look: Look) -> dict[str, Any]:
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
    if written.review:
        row["review"] = list(written.review)
    return row


def face_field(faces: Sequence[int]) -> int | list[int]:
    """The number of the one face that was edited, or the list of several."""
    return faces[0] if len(faces) == 1 else list(faces)


def rounded(identity: float | None) -> float | None:
    """A cosine with as many digits as it is good for."""
    return None if identity is None else round(identity, 4)
