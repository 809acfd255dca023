"""`pixelsmile batch`: a folder of photos, edited into a folder of the same tree."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.cli.folders import FolderFault, make_writable
from engine.cli.options import Look, UsageFault
from engine.cli.stills import Task, Wish, distinct_photos, edit_all, names_by_folder, plan, resolved
from engine.cli.text import count, printable

PHOTO_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".tif", ".tiff", ".webp", ".gif", ".bmp"}
)

# Photos that this program cannot open: to pass them over in silence would look like a loss.
FOREIGN_SUFFIXES = frozenset(
    {".heic", ".heif", ".avif", ".jxl", ".jp2", ".psd", ".dng", ".cr2", ".cr3", ".nef", ".nrw"}
    | {".arw", ".srf", ".sr2", ".orf", ".rw2", ".raf", ".pef", ".3fr", ".fff", ".iiq", ".rwl"}
    | {".x3f", ".srw", ".erf", ".mrw", ".kdc", ".dcr"}
)


@dataclass(frozen=True)
class Folder:
    """What a folder holds: photos in order, and how many files of each kind cannot be opened."""

    photos: Sequence[Path]
    foreign: Counter[str]


def batch(folder: str, out: str, wish: Wish, *, as_json: bool) -> int:
    """Edit every photo in a folder; returns the exit code.

    Raises `UsageFault` when `out` is the folder itself, `FolderFault` when either cannot be used.
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
    found = read_folder(top, skipped=resolved(target))
    note = _foreign_note(found.foreign)
    if not found.photos:
        raise FolderFault(f"{printable(top)}: there is no photo in it{note and '; ' + note}")
    tasks = plan_tree(found.photos, top, target, wish.looks)
    make_writable(target)
    for parent in sorted({task.outputs[0].parent for task in tasks} - {target}):
        make_writable(parent)
    if note:
        from engine.cli.report import Report

        Report(as_json=as_json, total=0).note(f"{printable(top)}: {note}")
    return edit_all(tasks, wish, as_json=as_json)


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


def plan_tree(photos: Sequence[Path], top: Path, target: Path, looks: Sequence[Look]) -> list[Task]:
    """Where the outputs go: the photos' own tree under `target`, in the photos' order."""
    by_folder: dict[Path, list[Path]] = {}
    for photo in photos:
        by_folder.setdefault(photo.parent, []).append(photo)
    names = names_by_folder(photos)
    tasks: list[Task] = []
    for parent, siblings in by_folder.items():
        folder = target / parent.relative_to(top)
        tasks += plan(siblings, folder, looks, names.get(resolved(folder), []))
    return tasks


def _foreign_note(foreign: Counter[str]) -> str:
    if not foreign:
        return ""
    kinds = ", ".join(sorted(suffix[1:].upper() for suffix in foreign))
    number = count(sum(foreign.values()), "file")
    return f"{number} of a kind that cannot be opened yet left out ({kinds})"
