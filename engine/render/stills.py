"""One photo in, any number of edited pictures of it out."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine import faces
from engine.editors.base import OnStep
from engine.photos import (
    Format,
    Photo,
    copy_photo,
    extension,
    format_to_write,
    losses,
    open_photo,
    write_photo,
)
from engine.recipes import PhotoEdit
from engine.render.canvas import Pixels
from engine.render.choice import edits_by_face
from engine.render.editors import choose_editor
from engine.render.identity import lowest_identity
from engine.render.networks import load_networks
from engine.render.progress import Progress
from engine.render.subject import Subject, is_untouched

_SPELLINGS = {
    "jpeg": (".jpg", ".jpeg", ".jpe"),
    "tiff": (".tif", ".tiff"),
    "png": (".png",),
    "webp": (".webp",),
    "gif": (".gif",),
    "bmp": (".bmp",),
}


@dataclass(frozen=True)
class Still:
    """One picture that is safely on disk.

    Attributes:
        index: which variant it is, from 0; 0 for a strip.
        path: the file, with its suffix.
        faces: numbers of the faces that were edited, from 1 with the largest first.
        editor: the editor that did it.
        identity: lowest cosine of an edited face against the source, read from the edited pixels;
            None when a face was not found again.
        seconds: from the decoded photo to the edited pixels. The first of a photo includes
            finding its faces; none includes encoding or reading the identity.
        warnings: sentences about what was odd but did not stop the work.
    """

    index: int
    path: Path
    faces: tuple[int, ...]
    editor: str
    identity: float | None
    seconds: float
    warnings: tuple[str, ...] = ()


def edit_photo(
    source: Path,
    variants: Sequence[tuple[PhotoEdit, Path]],
    *,
    format: Format,
    on_step: OnStep,
) -> Iterator[Still]:
    """Open a photo once, find its faces once and write every variant of it.

    A variant that asks for nothing is the photo itself: a copy byte by byte where the format stays
    the same. What has been yielded is on disk whatever happens afterwards.

    Args:
        source: the photo.
        variants: what to do, and the picture's path without the suffix, which the format decides.
        format: `png`, `jpeg`, `tiff`, `webp`, or `source` for the photo's own.
        on_step: told of progress; raises `Cancelled` to stop.

    Raises:
        PhotoError: the photo cannot be opened.
        RenderError: it has no face, or not the one asked for, or the editor is not there.
        WriteError: a picture cannot be written.
    """
    progress = Progress(on_step, len(variants))
    editors = [choose_editor(edit.editor) for edit, _ in variants]
    photo = open_photo(source)
    load_networks()
    progress.at(0)
    started = time.perf_counter()
    found = tuple(faces.find_faces(photo.pixels))
    # Every variant must name faces that are there, before the first picture is written.
    chosen = [edits_by_face(edit.faces, len(found)) for edit, _ in variants]
    before_first = time.perf_counter() - started
    subjects: dict[str, Subject] = {}
    for index, (edit, output) in enumerate(variants):
        progress.at(0)
        started = time.perf_counter()
        editor = editors[index]
        subject = subjects.setdefault(editor.name, Subject(photo.pixels, found, editor))
        edited = subject.render(chosen[index], 0, seed=edit.seed, progress=progress)
        seconds = time.perf_counter() - started + (before_first if index == 0 else 0.0)
        progress.at(0.99)
        untouched = is_untouched(chosen[index], 0)
        identity = 1.0 if untouched else lowest_identity(edited, found, chosen[index])
        path = _write(photo, None if untouched else edited, output, format)
        warnings = photo.warnings if untouched else photo.warnings + losses(photo, format)
        yield Still(index, path, tuple(chosen[index]), editor.name, identity, seconds, warnings)
        # Afterwards: a stop heard here must not hide a picture that is on the disk.
        progress.finish_output()


def _write(photo: Photo, edited: Pixels | None, output: Path, format: Format) -> Path:
    """Write the picture, or the photo itself where `edited` is None; returns the path."""
    # A format that cannot be written (GIF) can still be copied.
    is_copy = edited is None and format in ("source", photo.format)
    written = photo.format if is_copy else format_to_write(photo, format)
    path = output.with_name(output.name + _suffix(photo, written))
    if is_copy:
        return copy_photo(photo, path)
    return write_photo(photo, photo.pixels if edited is None else edited, path, format)


def _suffix(photo: Photo, written: str) -> str:
    """The source's own spelling (`.JPEG`, `.tiff`) where it is right for what is written."""
    own = photo.path.suffix
    return own if own.lower() in _SPELLINGS.get(written, ()) else extension(written)
