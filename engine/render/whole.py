"""A whole picture through the generative editor, as PixelSmile's published script does it."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image

from engine.editors.base import OnPreview, OnStep
from engine.photos import Photo, export_photo, extension, open_photo, to_srgb8
from engine.recipes import Export, ModelChoice, Sampling
from engine.render.editors import check_installed, complete
from engine.render.provenance import provenance_of_whole


@dataclass(frozen=True)
class Square:
    """One square picture that is safely on disk.

    Attributes:
        index: which of the wanted pictures, from 0.
        path: the file, with its suffix.
        seconds: from the decoded photo to the picture's pixels; the first has the loading of the
            model, and of pictures rendered together the first has the time of all.
        warnings: sentences about what was odd but did not stop the work.
        notes: sentences about how it was done.
    """

    index: int
    path: Path
    seconds: float
    warnings: tuple[str, ...]
    notes: tuple[str, ...]


def edit_whole_picture(
    source: Path,
    wanted: Sequence[tuple[Mapping[str, float], Path]],
    *,
    format: Literal["png", "jpeg"],
    sampling: Sampling,
    seed: int,
    model: ModelChoice,
    on_step: OnStep,
    on_preview: OnPreview | None = None,
    certificate: str = "",
    key: str = "",
) -> Iterator[Square]:
    """Write the middle square of a photo, edited, once per entry of `wanted`.

    Args:
        wanted: words with their weights (none: the neutral prompt's edit), and the picture's path
            without its suffix.
        on_step: told of progress; raises `Cancelled` to stop.
        certificate, key: paths of PEM files that the pictures are signed with; empty for neither.

    Raises:
        PhotoError: the photo cannot be opened.
        RenderError: the editor is not installed.
        PixelSmileError, WeightsError: the model cannot be used.
        WriteError: a picture cannot be written.
    """
    check_installed()
    export = Export(strip_metadata="all", certificate=certificate, key=key)
    on_step(0, 1)
    photo = open_photo(source)
    from engine.editors.pixelsmile import edit_whole

    started = time.perf_counter()
    picture = Image.fromarray(to_srgb8(photo.pixels, photo.icc))
    loaded, pictures = edit_whole(
        picture,
        [weights for weights, _ in wanted],
        choice=complete(model),
        sampling=sampling,
        seed=seed,
        on_step=on_step,
        on_preview=on_preview,
    )
    for index, (edited, (_, output)) in enumerate(zip(pictures, wanted, strict=True)):
        seconds = time.perf_counter() - started
        # A new picture: the photo's own metadata describe other pixels, and its place may be
        # nobody's business.
        fresh = Photo(source, photo.format, edited)
        path = output.with_name(output.name + extension(format))
        done = provenance_of_whole(dict(wanted[index][0]), sampling, model, seed)
        export_photo(fresh, edited, path, format, export, done)
        yield Square(index, path, seconds, photo.warnings, loaded.notes)
        started = time.perf_counter()
