"""An opened photo with its faces, each prepared by an editor once, when first needed."""

from collections.abc import Sequence
from typing import Any

from engine.editors.base import Editor, FaceCrop, FaceImage, OnStep
from engine.faces.face import Face
from engine.recipes import FaceEdit, Intensities
from engine.render.canvas import Canvas, Patch, Pixels
from engine.render.progress import Progress


class Subject:
    """What all variants, frames and previews of one photo share.

    Nothing of it outlives a change of the photo or of the faces' numbers.
    """

    def __init__(self, pixels: Pixels, faces: Sequence[Face], editor: Editor) -> None:
        """`pixels`: (height, width, channels), never written to; `faces`: the largest first."""
        self.pixels = pixels
        self.faces = tuple(faces)
        self.editor = editor
        self._canvas = Canvas(pixels)
        self._prepared: dict[int, Any] = {}

    def render(
        self, edits: dict[int, FaceEdit], frame: float, *, seed: int, progress: Progress
    ) -> Pixels:
        """The whole photo with every face of `edits` (by number) as on `frame`.

        Where nothing is asked for, the photo's own array comes back; an edited one is valid until
        the next call. Raises `Cancelled` and whatever the editor raises.
        """
        wanted = {number: edit.at(frame) for number, edit in edits.items()}
        wanted = {number: values for number, values in wanted.items() if not values.is_zero}
        if not wanted:
            return self.pixels
        patches: list[Patch] = []
        for index, (number, values) in enumerate(wanted.items()):
            progress.at(index / len(wanted))
            part = progress.part(index, len(wanted))
            image = self._render_face(number, values, seed, part)
            patches.append(Patch(image, self.faces[number - 1].box))
        return self._canvas.compose(patches)

    def _render_face(
        self, number: int, values: Intensities, seed: int, on_step: OnStep
    ) -> FaceImage:
        if number not in self._prepared:
            crop = FaceCrop(self.pixels, self.faces[number - 1])
            self._prepared[number] = self.editor.prepare(crop)
        prepared = self._prepared[number]
        return next(iter(self.editor.render(prepared, [values], seed=seed, on_step=on_step)))


def is_untouched(edits: dict[int, FaceEdit], frame: float) -> bool:
    """Whether nothing at all is asked of any face on that frame."""
    return all(edit.at(frame).is_zero for edit in edits.values())
