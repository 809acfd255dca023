"""Screen-sized frames of one photo, again and again, while a slider moves."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine import faces
from engine.editors.base import OnStep
from engine.faces.face import Face
from engine.photos import Photo, open_photo, to_srgb8
from engine.recipes import ModelChoice, PhotoEdit
from engine.render.choice import edits_by_face
from engine.render.editors import choose_editor
from engine.render.found import PhotoFaces
from engine.render.frames import scaled_down, scaled_face
from engine.render.progress import Progress
from engine.render.subject import Subject, wanted_at

KEPT_SIZES = 2
"""For a slider while it moves, and for a look at a part from near."""

KEPT_BYTES = 100_000_000
"""Of a decoded photo that is kept for finding its faces and for other sizes; larger ones are
opened again."""


@dataclass(frozen=True)
class _File:
    """What a previewed photo is recognised by: another file, or other contents, is another."""

    path: Path
    modified_ns: int
    size_bytes: int


@dataclass(eq=False)
class _Sized:
    """The photo at one screen size, and its faces prepared for it."""

    pixels: NDArray[np.uint8]
    subjects: dict[str, Subject] = field(default_factory=dict)


class Previewer:
    """Keeps the last photo at screen size with its faces found and prepared.

    Nobody looks for faces before an edit needs them, so a photo is there as soon as it is open,
    and one without faces can be looked at.
    """

    def __init__(self) -> None:
        self._forget(None)
        self._model = ModelChoice()

    @property
    def photo_size(self) -> tuple[int, int]:
        """Width and height in pixels of the upright photo that was previewed last."""
        return self._size

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

        An edit that asks for nothing on that frame gives the photo. Valid until the next call.
        Raises `PhotoError`, `RenderError`, `Cancelled`.
        """
        progress = Progress(on_step, 1)
        sized = self._open(source, longest_px, progress)
        if not any(not one.at(frame).is_zero for one in edit.faces):
            progress.finish_output()
            return sized.pixels
        editor = choose_editor(edit.editor, edit.sampling, model)
        people = self._find(source, progress)
        wanted = wanted_at(edits_by_face(edit.faces, len(people)), frame)
        if model != self._model:
            # Prepared faces hold their model; two of them would not fit.
            self._model = model
            for one in self._sizes.values():
                one.subjects = {}
        key = f"{editor.name} {edit.sampling}"
        if key not in sized.subjects:
            height, width = sized.pixels.shape[:2]
            x, y = width / self._size[0], height / self._size[1]
            here = tuple(scaled_face(face, x, y) for face in people)
            sized.subjects[key] = Subject(sized.pixels, here, editor)
        subject = sized.subjects[key]
        pixels = next(subject.render([wanted], seed=edit.seed, progress=progress))
        progress.finish_output()
        return pixels.astype(np.uint8, copy=False)

    def faces_of(self, source: Path) -> PhotoFaces | None:
        """The faces of the photo that was previewed last, found now if need be.

        None when `source` is another photo. Raises `PhotoError`.
        """
        if self._file is None or self._file != _file(source):
            return None
        people = self._find(source, Progress(lambda *_: None, 1))
        return PhotoFaces(*self._size, people, self._warnings)

    def _open(self, source: Path, longest_px: int, progress: Progress) -> _Sized:
        file = _file(source)
        if file is None or file != self._file:
            # Forget the old photo first: two large ones need twice the memory.
            self._forget(file)
        sized = self._sizes.pop(longest_px, None)
        if sized is None:
            while len(self._sizes) >= KEPT_SIZES:
                del self._sizes[next(iter(self._sizes))]  # the one unused for longest
            photo = self._decoded(source)
            progress.at(0.3)
            pixels, _, _ = scaled_down(to_srgb8(photo.pixels, photo.icc), longest_px)
            sized = _Sized(pixels)
        self._sizes[longest_px] = sized
        return sized

    def _find(self, source: Path, progress: Progress) -> tuple[Face, ...]:
        """The faces in pixels of the whole photo."""
        if self._people is None:
            photo = self._decoded(source)
            progress.at(0.3)
            self._people = faces.find_faces(photo.pixels)
            progress.at(0.6)
        return self._people

    def _decoded(self, source: Path) -> Photo:
        if self._photo is not None:
            return self._photo
        photo = open_photo(source)
        self._size, self._warnings = photo.size, photo.warnings
        if photo.pixels.nbytes <= KEPT_BYTES:
            self._photo = photo
        return photo

    def _forget(self, file: _File | None) -> None:
        self._file = file
        self._photo: Photo | None = None
        self._size = (0, 0)
        self._warnings: tuple[str, ...] = ()
        self._people: tuple[Face, ...] | None = None
        self._sizes: dict[int, _Sized] = {}


def _file(source: Path) -> _File | None:
    """None for a file that cannot be asked; opening it says why."""
    try:
        status = source.stat()
    except (OSError, ValueError):
        return None
    return _File(source, status.st_mtime_ns, status.st_size)
