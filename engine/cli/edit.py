"""`pixelsmile edit`."""

from collections.abc import Sequence
from pathlib import Path

from engine.cli.exporting import read_export
from engine.cli.folders import make_writable
from engine.cli.generative import limits_of, model_choice, sampling_of
from engine.cli.option_groups import EditOptions, ExportOptions, ModelOptions
from engine.cli.options import (
    UsageFault,
    looks,
    parse_blend,
    parse_editor,
    parse_face,
    parse_scales,
)
from engine.cli.stills import Wish, distinct_photos, edit_all, names_by_folder, plan, resolved


def read_wish(what: EditOptions, model: ModelOptions, export: ExportOptions) -> Wish:
    """What `edit` and `batch` are asked for; raises `UsageFault`."""
    written, file, naming = read_export(export)
    return Wish(
        looks=looks(parse_blend(what.expression), parse_scales(what.scales)),
        face=parse_face(what.face),
        editor=parse_editor(what.editor),
        format=written,
        seed=what.seed,
        model=model_choice(model),
        sampling=sampling_of(model),
        limits=limits_of(what.review_limit),
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
