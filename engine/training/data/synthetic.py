"""Graded pairs made from a studio's own portraits by the instant editor, to try a run end to end.

They are warps of one photo, not people who feel something: a LoRA trained on them learns the
instant editor. So the folder, the data set's report and the LoRA's metadata say that they are
synthetic.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from engine.editors.base import FaceCrop
from engine.editors.instant import InstantEditor
from engine.faces import find_faces
from engine.photos import SUFFIXES, open_photo, to_srgb8
from engine.recipes.expressions import expressions
from engine.recipes.intensities import Intensities
from engine.training.data.folders import SYNTHETIC_MARK
from engine.training.errors import TrainingError

_MARK_TEXT = (
    "These pictures were made by the instant editor from one photo each. They are synthetic:\n"
    "good for trying a training from end to end, not for teaching how people look.\n"
)
_LONGEST_PX = 1536

OnPicture = Callable[[int, int], None]


def make_graded(
    photos: Sequence[Path],
    out: Path,
    words: Sequence[str] = ("fear", "surprised", "angry", "disgust"),
    intensities: Sequence[float] = (0.25, 0.5, 0.75, 1.0),
    on_picture: OnPicture = lambda done, total: None,
) -> list[Path]:
    """Write a folder per photo: `neutral.png` and `EXPRESSION_INTENSITY.png`, marked synthetic.

    Returns the folders. Raises `PhotoError`, and `TrainingError` (`no_face`) for a photo without
    a face.
    """
    names = {one.word: one.name for one in expressions().values()}
    unknown = [word for word in words if word not in names]
    if unknown:
        raise TrainingError(
            "unknown_expression",
            f"the instant editor has no expression {unknown[0]!r}",
            f"choose from {', '.join(names)}",
        )
    total = len(photos) * (1 + len(words) * len(intensities))
    folders: list[Path] = []
    done = 0
    for photo in photos:
        pixels = _pixels(photo)
        faces = find_faces(pixels)
        if not faces:
            raise TrainingError(
                "no_face", f"no face was found in {photo.name}", "leave that photo out"
            )
        folder = _folder_for(out, photo)
        editor = InstantEditor()
        prepared = editor.prepare(FaceCrop(pixels, faces[0]), on_step=lambda done, total: None)
        wanted = [(word, share) for word in words for share in intensities]
        frames = [Intensities({names[word]: share}) for word, share in wanted]
        Image.fromarray(pixels).save(folder / "neutral.png")
        rendered = editor.render(prepared, frames, seed=0, on_step=lambda done, total: None)
        for (word, share), image in zip(wanted, rendered, strict=True):
            whole = pixels.copy()
            height, width = image.pixels.shape[:2]
            whole[image.top : image.top + height, image.left : image.left + width] = image.pixels
            Image.fromarray(whole).save(folder / f"{word}_{share:g}.png")
            done += 1
            on_picture(done, total)
        (folder / SYNTHETIC_MARK).write_text(_MARK_TEXT, encoding="utf-8")
        folders.append(folder)
        done += 1
        on_picture(done, total)
    return folders


def photos_in(folder: Path) -> list[Path]:
    """The photos of a folder, by name."""
    return sorted(one for one in folder.iterdir() if one.suffix.lower() in SUFFIXES)


def _pixels(photo: Path) -> np.ndarray:
    opened = open_photo(photo)
    image = Image.fromarray(to_srgb8(opened.pixels, opened.icc))
    # Squares of 512 are trained on; larger files would only take longer.
    image.thumbnail((_LONGEST_PX, _LONGEST_PX), Image.Resampling.LANCZOS)
    return np.array(image)


def _folder_for(out: Path, photo: Path) -> Path:
    """A folder of its own: photos of one name in different folders do not meet."""
    for number in range(1, 10_000):
        folder = out / (photo.stem if number == 1 else f"{photo.stem}-{number}")
        if not folder.exists():
            folder.mkdir(parents=True)
            return folder
    raise TrainingError("run_unwritable", f"{out.name} is full", "name another folder")
