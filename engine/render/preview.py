"""Screen-sized frames of one photo, again and again, while a slider moves."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine import faces
from engine.editors.base import OnStep
from engine.faces.face import Face
from engine.photos import open_photo, to_srgb8
from engine.recipes import ModelChoice, PhotoEdit
from engine.render.choice import edits_by_face
from engine.render.editors import choose_editor
from engine.render.frames import scaled_down, scaled_face
from engine.render.progress import Progress
from engine.render.subject import Subject, wanted_at


@dataclass(frozen=True)
class _Key:
    """What a previewed photo is recognised by: another file, or other contents, is another."""

    path: Path
    modified_ns: int
    size_bytes: int
    longest_px: int


class Previewer:
    """Keeps the last photo at screen size with its faces found and prepared."""

    def __init__(self) -> None:
        self._key: _Key | None = None
        self._picture: NDArray[np.uint8] | None = None
        self._people: tuple[Face, ...] = ()
        self._subjects: dict[str, Subject] = {}
        self._model = ModelChoice()

    def preview(
        self,
        source: Path,
        edit: PhotoEdit,
        *,
        frame: float,
        longest_px: int,
        on_step: OnStep,
        model: ModelChoice = ModelChoice(),
    ) -> NDArray[np.uint8]:
        """One frame of the edit: (height, width, 3) RGB, the longer side at most `longest_px`.

        Valid until the next call. Raises `PhotoError`, `RenderError`, `Cancelled`.
        """
        progress = Progress(on_step, 1)
        editor = choose_editor(edit.editor, edit.sampling, model)
        picture = self._open(source, longest_px, progress)
        chosen = edits_by_face(edit.faces, len(self._people))
        if model != self._model:
            # Prepared faces hold their model; two of them would not fit.
            self._model, self._subjects = model, {}
        key = f"{editor.name} {edit.sampling}"
        if key not in self._subjects:
            self._subjects[key] = Subject(picture, self._people, editor)
        wanted = wanted_at(chosen, frame)
        pixels = next(self._subjects[key].render([wanted], seed=edit.seed, progress=progress))
        progress.finish_output()
        return pixels.astype(np.uint8, copy=False)

    def _open(self, source: Path, longest_px: int, progress: Progress) -> NDArray[np.uint8]:
        key = _key(source, longest_px)
        if self._picture is None or key is None or key != self._key:
            # Forget the old photo first: two large ones need twice the memory.
            self._key, self._picture, self._people, self._subjects = None, None, (), {}
            photo = open_photo(source)
            progress.at(0.3)
            found = faces.find_faces(photo.pixels)
            progress.at(0.6)
            self._picture, x, y = scaled_down(to_srgb8(photo.pixels, photo.icc), longest_px)
            self._people = tuple(scaled_face(face, x, y) for face in found)
            self._key = key
        return self._picture


def _key(source: Path, longest_px: int) -> _Key | None:
    """None for a file that cannot be asked; opening it says why."""
    try:
        status = source.stat()
    except (OSError, ValueError):
        return None
    return _Key(source, status.st_mtime_ns, status.st_size, longest_px)
