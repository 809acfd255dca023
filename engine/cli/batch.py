"""`pixelsmile batch`: a folder of photos, edited into a folder of the same tree.

The jobs stand in the library's queue, so that the same command after an interruption does only what
is missing, and two of them at one time share the work.
"""

import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import engine
from engine.cli.exporting import PLAIN_NAMES, Naming
from engine.cli.folders import FolderFault, check_space, make_writable
from engine.cli.options import Look, UsageFault, still_edit
from engine.cli.queue_report import Label, QueueReport
from engine.cli.queue_run import Run
from engine.cli.queue_scope import OneBatch, Place
from engine.cli.queue_settling import Settling
from engine.cli.queue_workers import Workplace
from engine.cli.report import Report
from engine.cli.stills import Task, Wish, distinct_photos, names_by_folder, plan, resolved
from engine.cli.text import count, printable
from engine.library import (
    Batch,
    Library,
    LibraryError,
    Plan,
    Request,
    Wanted,
    bytes_at,
    space_for,
    sweep,
    sync_folder,
)
from engine.recipes import EditorName

MAX_WORKERS = 16
_MOST_BY_DEFAULT = 4
_LEFT_ALONE = ("cancelled", "needs_review")  # until someone asks for them
_SEARCH_S = 1.0  # between looks for photos that have arrived

# As `engine.photos.SUFFIXES`, which would draw numpy into a process that renders nothing.
PHOTO_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".tif", ".tiff", ".webp", ".gif", ".bmp"}
    | {".avif", ".heic", ".heif", ".hif"}
    | {".dng", ".cr2", ".cr3", ".crw", ".nef", ".nrw", ".arw", ".srf", ".sr2", ".orf", ".rw2"}
    | {".raf", ".pef", ".3fr", ".fff", ".iiq", ".rwl", ".x3f", ".srw", ".erf", ".mrw", ".kdc"}
    | {".dcr", ".mos", ".mef"}
)

# Pictures that this program cannot open: to pass them over in silence would look like a loss.
FOREIGN_SUFFIXES = frozenset({".jxl", ".jp2", ".psd", ".psb", ".xcf"})


@dataclass(frozen=True)
class Folder:
    """What a folder holds: photos in order, and how many files of each kind cannot be opened."""

    photos: Sequence[Path]
    foreign: Counter[str]


@dataclass(frozen=True)
class Manner:
    """How a batch is done: nothing of it changes the pictures.

    Attributes:
        workers: processes that render; None for as many as suit the machine.
        watch: go on with what arrives in the folder.
    """

    workers: int | None = None
    watch: bool = False


def batch(folder: str, out: str, wish: Wish, manner: Manner = Manner(), *, as_json: bool) -> int:
    """Edit every photo in a folder; returns the exit code.

    Raises `UsageFault` when `out` is the folder itself, `FolderFault` when one of the two, or the
    library, cannot be used.
    """
    top, target = Path(folder), Path(out)
    if not top.is_dir():
        what = (
            "it is no folder; use edit for a photo" if top.exists() else "there is no such folder"
        )
        raise FolderFault(f"{printable(top)}: {what}")
    if resolved(top) == resolved(target):
        raise UsageFault(
            "--out is the folder of the photos itself; choose a folder inside it or elsewhere"
        )
    workers = worker_count(manner.workers, wish.editor)
    found = read_folder(top, skipped=resolved(target))
    note = _foreign_note(found.foreign)
    if not found.photos and not manner.watch:
        raise FolderFault(f"{printable(top)}: there is no photo in it{note and '; ' + note}")
    make_writable(target)
    place = Place(top, target, resolved(top), resolved(target))
    try:
        with Library() as library, Report(as_json=as_json, total=len(found.photos)) as report:
            if note:
                report.note(f"{printable(top)}: {note}")
            return _run(library, place, wish, report, workers, watch=manner.watch)
    except LibraryError as error:
        raise FolderFault(str(error)) from error


def _run(
    library: Library, place: Place, wish: Wish, report: Report, workers: int, *, watch: bool
) -> int:
    order = library.jobs.open_batch(place.known_top, place.known_target, request_of(wish))
    labels = tuple(_label(look) for look in wish.looks)
    run = Run(library, OneBatch(order, place, labels), QueueReport(report, library))
    search = _Search(run, order, place, wish, Settling() if watch else None, report.note)
    _sweep(library, order)
    try:
        return run.go(search.find, Workplace(workers))
    finally:
        _sweep(library, order)


def request_of(wish: Wish) -> Request:
    """The wish as the library keeps it."""
    wanted = tuple(
        Wanted(
            still_edit(look, wish.face, wish.editor, wish.seed, wish.sampling),
            {"name": f"{look.expression}_{look.scale_text}", "rule": str(wish.naming)},
        )
        for look in wish.looks
    )
    return Request(wanted, wish.format, wish.model, engine.__version__, wish.export, wish.limits)


def _label(look: Look) -> Label:
    return {
        "expression": look.expression,
        "scale": look.scale,
        "intensities": look.intensities.values,
    }


def worker_count(asked: int | None, editor: EditorName) -> int:
    """How many processes render; raises `UsageFault`.

    Half the cores unless said otherwise, because libraries use several each; one for an editor that
    fills a GPU.
    """
    if asked is None:
        if editor == "pixelsmile":
            return 1
        affinity = getattr(os, "sched_getaffinity", None)
        cores = len(affinity(0)) if affinity is not None else os.cpu_count() or 1
        return max(1, min(cores // 2, _MOST_BY_DEFAULT))
    if not 1 <= asked <= MAX_WORKERS:
        raise UsageFault(f"--workers {asked} is not a number from 1 to {MAX_WORKERS}")
    return asked


def _sweep(library: Library, order: Batch) -> None:
    """Remove what was left half written when a run was killed."""
    folders = {output.parent for job in library.jobs.all(order.id) for output in job.places}
    sweep({order.target, Path(tempfile.gettempdir()), Path.home(), *folders})


_Outputs = Mapping[Path, tuple[Path | None, ...]]
"""By photo, its pictures' paths without suffix; None for one that shall not be made."""


class _Search:
    """Finds the photos of a run and plans their jobs: once, or again and again."""

    def __init__(
        self,
        run: Run,
        batch: Batch,
        place: Place,
        wish: Wish,
        settling: Settling | None,
        note: Callable[[str], None],
    ) -> None:
        self._run = run
        self._batch = batch
        self._place = place
        self._wish = wish
        self._settling = settling
        self._note = note
        self._searched_at = -_SEARCH_S
        self._is_first = True

    def find(self) -> bool:
        """Plan what has come; returns whether more may come.

        Raises `FolderFault` when the pictures of the first photos cannot fit on the disk.
        """
        now = time.monotonic()
        if now - self._searched_at < _SEARCH_S:
            return True
        self._searched_at = now
        place = self._place
        every = read_folder(place.top, skipped=place.known_target).photos
        photos = every if self._settling is None else self._settling.settled(every, now)
        if photos:
            self._plan(photos, every)
        return self._settling is not None

    def _plan(self, photos: Sequence[Path], every: Sequence[Path]) -> None:
        """Plan jobs for `photos`, in a folder that holds `every` one of these."""
        run, place = self._run, self._place
        known = run.library.jobs.all(self._batch.id)
        jobs = {job.source: job.outputs for job in known}
        sources = [place.known_source(photo) for photo in photos]
        if any(source not in jobs for source in sources):
            jobs = dict(self._named(photos, every, jobs)) | jobs
        plans = [Plan(one, jobs[one], self._is_done(one, jobs[one])) for one in sources]
        if self._is_first:
            left_alone = {job.source for job in known if job.state in _LEFT_ALONE}
            self._check_space([one for one in plans if one.source not in left_alone])
            self._is_first = False
        _make_folders({one.parent for source in sources for one in jobs[source] if one is not None})
        wanted = set(sources)
        run.plan(self._batch.id, plans, wanted, drop_others=self._settling is None)

    def _check_space(self, plans: Sequence[Plan]) -> None:
        missing = [plan for plan in plans if not plan.is_done]
        outputs = [[one for one in plan.outputs if one is not None] for plan in missing]
        pictures = [(plan.source, len(own)) for plan, own in zip(missing, outputs, strict=True)]
        there = bytes_at([one for own in outputs for one in own])
        wish, target = self._wish, self._place.target
        space = space_for(pictures, target, wish.format, wish.export, replaced=there)
        check_space(space, self._note)

    def _named(self, photos: Sequence[Path], every: Sequence[Path], jobs: _Outputs) -> _Outputs:
        """Names for the pictures of photos that have none yet; those of others stay theirs."""
        place, naming = self._place, self._wish.naming
        new = [photo for photo in photos if place.known_source(photo) not in jobs]
        taken = names_by_folder(every)
        for output in (output for outputs in jobs.values() for output in outputs):
            if output is not None:
                taken.setdefault(resolved(output.parent), []).append(output.name)
        looks = self._wish.looks
        # What came before keeps its number, wherever in the order the new ones stand.
        tasks = plan_tree(new, place.top, place.target, looks, taken, naming, before=len(jobs))
        return {
            place.known_source(task.source): tuple(
                None if number in task.skipped else place.known_output(output)
                for number, output in enumerate(task.outputs)
            )
            for task in tasks
        }

    def _is_done(self, source: Path, outputs: Sequence[Path | None]) -> bool:
        """Whether all the pictures are there, as far as can be told without reading the photo."""
        library, request = self._run.library, self._batch.request
        content = library.photos.known_content(source)
        return content is not None and all(
            stem is None
            or library.results.present(request.work_key(number, content, source.suffix), stem)
            for number, stem in enumerate(outputs)
        )


def _make_folders(folders: set[Path]) -> None:
    for folder in sorted(folders):
        make_writable(folder)
    # Their names must outlast a power cut as the pictures in them do.
    for above in {above for folder in folders for above in folder.parents}:
        sync_folder(above)


def read_folder(top: Path, skipped: Path) -> Folder:
    """The photos under `top`, sorted by path; nothing hidden, nothing under `skipped`.

    Links to folders are not followed, so that a loop of them has no end to look for. Links to
    photos are; a photo that is found twice counts once.
    """
    photos: list[Path] = []
    foreign: Counter[str] = Counter()
    for path in _files(top, skipped):
        suffix = path.suffix.lower()
        if suffix in PHOTO_SUFFIXES:
            photos.append(path)
        elif suffix in FOREIGN_SUFFIXES:
            foreign[suffix] += 1
    return Folder(distinct_photos(photos), foreign)


def _files(top: Path, skipped: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(top):
        here = Path(parent)
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and resolved(here / name) != skipped
        )
        yield from (here / name for name in sorted(files) if not name.startswith("."))


def plan_tree(
    photos: Sequence[Path],
    top: Path,
    target: Path,
    looks: Sequence[Look],
    taken: Mapping[Path, Sequence[str]] | None = None,
    naming: Naming = PLAIN_NAMES,
    before: int = 0,
) -> list[Task]:
    """Where the outputs go: the photos' own tree under `target`, in the photos' order.

    Args:
        taken: by folder, names without suffix that no output may have; those of the photos unless
            given.
        before: how many photos of the batch have been counted already; `{seq}` goes on from there
            over all the folders.
    """
    by_folder: dict[Path, list[Path]] = {}
    for photo in photos:
        by_folder.setdefault(photo.parent, []).append(photo)
    names = names_by_folder(photos) if taken is None else taken
    tasks: list[Task] = []
    for parent, siblings in by_folder.items():
        folder = target / parent.relative_to(top)
        reserved = names.get(resolved(folder), [])
        tasks += plan(siblings, folder, looks, reserved, naming, before + len(tasks))
    return tasks


def _foreign_note(foreign: Counter[str]) -> str:
    if not foreign:
        return ""
    kinds = ", ".join(sorted(suffix[1:].upper() for suffix in foreign))
    number = count(sum(foreign.values()), "file")
    return f"{number} of a kind that cannot be opened yet left out ({kinds})"
