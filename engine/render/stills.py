"""One photo in, any number of edited pictures of it out."""

import contextlib
import math
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from engine import faces
from engine.compositing import Drift, needs_review
from engine.editors.base import Editor, OnPreview, OnStep
from engine.faces.face import Face
from engine.photos import (
    RAW_SUFFIXES,
    Exported,
    Format,
    Photo,
    Provenance,
    copy_photo,
    export_photo,
    extension,
    format_to_write,
    open_photo,
)
from engine.recipes import (
    AS_IT_CAME,
    REVIEW_FOLDER,
    Export,
    FaceEdit,
    Limits,
    ModelChoice,
    PhotoEdit,
    SavedEdit,
    SidecarError,
    save_edits,
)
from engine.render.canvas import Pixels
from engine.render.choice import edits_by_face
from engine.render.editors import choose_editor
from engine.render.identity import lowest_identity
from engine.render.networks import load_networks
from engine.render.progress import Progress
from engine.render.provenance import provenance_of
from engine.render.subject import Subject, wanted_at

_SPELLINGS = {
    "jpeg": (".jpg", ".jpeg", ".jpe"),
    "tiff": (".tif", ".tiff"),
    "png": (".png",),
    "webp": (".webp",),
    "avif": (".avif",),
    "heic": (".heic", ".heif", ".hif"),
    "dng": (".dng",),
    "raw": tuple(RAW_SUFFIXES),
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
            finding its faces, and the loading of a model; none includes encoding or reading the
            identity. Of pictures rendered together, the first has the time of all.
        warnings: sentences about what was odd but did not stop the work.
        notes: sentences about how the editor did it, such as the precision it picked.
        review: why a person should look at it first; it stands in `REVIEW_FOLDER` then.
        drift: how far off a generative editor was, by the names of `Limits`; empty for others.
    """

    index: int
    path: Path
    faces: tuple[int, ...]
    editor: str
    identity: float | None
    seconds: float
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    review: tuple[str, ...] = ()
    drift: Mapping[str, float] = field(default_factory=dict)


def edit_photo(
    source: Path,
    variants: Sequence[tuple[PhotoEdit, Path]],
    *,
    format: Format,
    on_step: OnStep,
    model: ModelChoice = ModelChoice(),
    on_preview: OnPreview | None = None,
    export: Export = AS_IT_CAME,
    limits: Limits = Limits(),
) -> Iterator[Still]:
    """Open a photo once, find its faces once and write every variant of it.

    A variant that asks for nothing is the photo itself: a copy byte by byte where the format stays
    the same. What has been yielded is on disk whatever happens afterwards.

    Args:
        source: the photo.
        variants: what to do, and the picture's path without the suffix, which the format decides.
        format: one of `engine.recipes.OutputFormat`, or `source` for the photo's own.
        on_step: told of progress; raises `Cancelled` to stop.
        model: the weights of a generative editor.
        on_preview: shown small pictures of variants in the making, by their index.
        export: what is done to the files besides the edit.
        limits: what of a generative editor's is let pass; the rest goes to `REVIEW_FOLDER`.

    Raises:
        PhotoError: the photo cannot be opened.
        RenderError: it has no face, or not the one asked for, or the editor is not there.
        WriteError: a picture cannot be written.
        PixelSmileError, WeightsError: the generative editor cannot run.
    """
    progress = Progress(on_step, len(variants))
    edits = [edit for edit, _ in variants]
    known: dict[str, Editor] = {}
    editors = [
        known.setdefault(_kind(edit), choose_editor(edit.editor, edit.sampling, model))
        for edit in edits
    ]
    photo = open_photo(source)
    load_networks()
    progress.at(0)
    started = time.perf_counter()
    found = tuple(faces.find_faces(photo.pixels))
    # Every variant must name faces that are there, before the first picture is written.
    chosen = [edits_by_face(edit.faces, len(found)) for edit in edits]
    pictures = _render_all(photo, found, edits, editors, chosen, progress, on_preview)
    for index, output in enumerate(output for _, output in variants):
        progress.at(0)
        edited, drifts = next(pictures)
        seconds = time.perf_counter() - started
        progress.at(0.99)
        untouched = not wanted_at(chosen[index], 0)
        editor = editors[index]
        done = None if untouched else provenance_of(edits[index], editor.name, model)
        # Who it is now is read while the picture is written, unless that says where it belongs.
        with ThreadPoolExecutor(1) as reader:
            reading = reader.submit(
                lowest_identity, edited, found, () if untouched else chosen[index]
            )
            review = review_reasons(drifts.values(), reading.result(), limits) if drifts else ()
            if review:
                output = put_aside(output)
            written = _write(photo, edited, output, format, export, done)
        identity = 1.0 if untouched else reading.result()
        path, warnings = written.path, photo.warnings + written.warnings
        if export.sidecar and index == len(variants) - 1:
            warnings += _save_sidecar(source, variants, export)
        yield Still(
            index, path, tuple(chosen[index]), editor.name, identity, seconds, warnings,
            editor.notes(), review, worst_drift(drifts.values()),
        )  # fmt: skip
        # Afterwards: a stop heard here must not hide a picture that is on the disk.
        progress.finish_output()
        started = time.perf_counter()


def review_reasons(
    drifts: Iterable[Drift], identity: float | None, limits: Limits
) -> tuple[str, ...]:
    """Why a person should look first; nothing for editors that do not drift."""
    reasons = (why for drift in drifts for why in needs_review(drift, identity, limits))
    return tuple(dict.fromkeys(reasons))


def put_aside(output: Path) -> Path:
    """Where an output goes that a person should look at; the folder is made."""
    aside = output.parent / REVIEW_FOLDER / output.name
    with contextlib.suppress(OSError):  # writing says what is wrong
        aside.parent.mkdir(exist_ok=True)
    return aside


def worst_drift(drifts: Iterable[Drift]) -> Mapping[str, float]:
    """Of several faces or frames, that which was changed most where nothing should be."""
    worst = max(drifts, key=lambda drift: drift.residual, default=None)
    if worst is None:
        return {}
    numbers = {
        "shift_px": worst.shift_px,
        "scale": worst.scale,
        "rotation_deg": worst.rotation_deg,
        "colour": max(worst.colour, key=abs),
        "residual": worst.residual,
    }
    return {name: round(float(one), 4) for name, one in numbers.items() if math.isfinite(one)}


def _render_all(
    photo: Photo,
    found: Sequence[Face],
    edits: Sequence[PhotoEdit],
    editors: Sequence[Editor],
    chosen: Sequence[Mapping[int, FaceEdit]],
    progress: Progress,
    on_preview: OnPreview | None,
) -> Iterator[tuple[Pixels, Mapping[int, Drift]]]:
    """The edited photo per variant, and per face how far off the model was.

    Neighbours of one editor, sampling and seed go together.
    """
    subjects: dict[str, Subject] = {}
    kinds = ((_kind(edit), edit.seed) for edit in edits)
    for (kind, seed), group in groupby(enumerate(kinds), key=lambda pair: pair[1]):
        indices = [index for index, _ in group]
        first = indices[0]
        if kind not in subjects:
            subjects[kind] = Subject(photo.pixels, found, editors[first], photo.icc, in_place=True)
        subject = subjects[kind]
        wanted = [wanted_at(chosen[index], 0) for index in indices]
        for picture in subject.render(
            wanted, seed=seed, progress=progress, on_preview=shifted(on_preview, first)
        ):
            yield picture, subject.drifts


def _kind(edit: PhotoEdit) -> str:
    """Edits of one kind are done by one editor, which prepares each face once."""
    return f"{edit.editor} {edit.sampling}"


def shifted(on_preview: OnPreview | None, start: int) -> OnPreview | None:
    """The same, for pictures that are counted from `start`."""
    if on_preview is None:
        return None
    show = on_preview
    return lambda index, picture: show(start + index, picture)


def _write(
    photo: Photo,
    edited: Pixels,
    output: Path,
    format: Format,
    export: Export,
    done: Provenance | None,
) -> Exported:
    """Write the picture; the photo itself, as it is, where nothing was done to it or the file."""
    # A format that cannot be written (GIF) can still be copied.
    is_copy = done is None and format in ("source", photo.format) and not export.changes_the_file
    written = photo.format if is_copy else format_to_write(photo, format)
    path = output.with_name(output.name + _suffix(photo, written))
    if is_copy:
        return Exported(copy_photo(photo, path), ())
    return export_photo(photo, edited, path, format, export, done)


def _save_sidecar(
    source: Path, variants: Sequence[tuple[PhotoEdit, Path]], export: Export
) -> tuple[str, ...]:
    """Keep the recipes beside the photo; returns what is to be said when that cannot be."""
    edits = [SavedEdit(output.name, edit) for edit, output in variants]
    try:
        save_edits(source, edits, export.consents)
    except (SidecarError, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        return (f"its sidecar could not be written ({reason})",)
    return ()


def _suffix(photo: Photo, written: str) -> str:
    """The source's own spelling (`.JPEG`, `.tiff`) where it is right for what is written."""
    own = photo.path.suffix
    return own if own.lower() in _SPELLINGS.get(written, ()) else extension(written)
