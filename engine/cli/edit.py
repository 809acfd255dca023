"""`pixelsmile edit`."""

from collections.abc import Sequence
from pathlib import Path

from engine.cli.exporting import ExportOptions, read_export
from engine.cli.folders import make_writable
from engine.cli.generative import ModelOptions, model_choice, sampling_of
from engine.cli.options import (
    UsageFault,
    looks,
    parse_blend,
    parse_editor,
    parse_face,
    parse_scales,
)
from engine.cli.stills import Wish, distinct_photos, edit_all, names_by_folder, plan, resolved


def read_wish(
    *,
    expression: Sequence[str],
    scales: Sequence[str],
    editor: str,
    face: str,
    format: str,
    seed: int,
    options: ModelOptions = ModelOptions(),
    export: ExportOptions | None = None,
) -> Wish:
    """What `edit` and `batch` are asked for; raises `UsageFault`."""
    written, file, naming = read_export(export or ExportOptions(format))
    return Wish(
        looks=looks(parse_blend(expression), parse_scales(scales)),
        face=parse_face(face),
        editor=parse_editor(editor),
        format=written,
        seed=seed,
        model=model_choice(options),
        sampling=sampling_of(options),
        export=file,
        naming=naming,
    )


def edit(photos: Sequence[str], out: str, wish: Wish, *, as_json: bool) -> int:
    """Edit photos into a folder; returns the exit code.

    Raises `UsageFault` without a photo and `FolderFault` when `out` cannot be written to.
    """
    if not photos:
        raise UsageFault("no photo is named")
    folder = Path(out)
    sources = distinct_photos([Path(photo) for photo in photos])
    make_writable(folder)
    reserved = names_by_folder(sources).get(resolved(folder), [])
    tasks = plan(sources, folder, wish.looks, reserved, wish.naming)
    return edit_all(tasks, wish, as_json=as_json)
