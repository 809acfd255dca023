"""An opened photo with its faces, each prepared by an editor once, when first needed."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import Any, cast

from engine.compositing import Drift
from engine.editors.base import Editor, FaceCrop, FaceImage, OnPreview, OnStep, Rendition
from engine.faces.face import Face
from engine.photos import to_srgb8
from engine.recipes import FaceEdit, Intensities
from engine.render.canvas import Canvas, Patch, Pixels
from engine.render.paste import Paster
from engine.render.progress import Progress

Wanted = Mapping[int, Intensities]
"""Face number → what it shall show; a face that is left out stays as it is."""


class Subject:
    """What all variants, frames and previews of one photo share.

    Nothing of it outlives a change of the photo or of the faces' numbers.
    """

    def __init__(
        self,
        pixels: Pixels,
        faces: Sequence[Face],
        editor: Editor,
        icc: bytes | None = None,
        *,
        in_place: bool = False,
    ) -> None:
        """`pixels`: (height, width, channels) in the space of `icc`; `faces`: the largest first.

        With `in_place` a variant is put together on `pixels` itself, which saves a copy; they are
        the photo's again when the next one is asked for, or there is none. Otherwise they are
        never written to.
        """
        self.pixels = pixels
        self.faces = tuple(faces)
        self.editor = editor
        self.drifts: dict[int, Drift] = {}
        """Of the picture that was given back last: face number → how far off the model was."""
        self._icc = icc
        self._canvas = Canvas(pixels, in_place=in_place)
        self._prepared: dict[int, Any] = {}
        self._pasters: dict[int, Paster] = {}

    def render(
        self,
        pictures: Sequence[Wanted],
        *,
        seed: int,
        progress: Progress,
        on_preview: OnPreview | None = None,
        in_time: bool = False,
    ) -> Iterator[Pixels]:
        """The whole photo once per entry of `pictures`, in order.

        Every face's intensities go to the editor together, which may render them at once. Where
        nothing is asked for, the photo's own array comes back; an edited one is valid until the
        next. Pictures `in_time` are frames of one strip. Raises `Cancelled` and whatever the
        editor raises.
        """
        numbers = sorted({number for wanted in pictures for number in wanted})
        steps = progress.parts(len(numbers), len(pictures))
        renders = {
            number: self._render_face(number, pictures, seed, on_step, on_preview, in_time)
            for number, on_step in zip(numbers, steps, strict=True)
        }
        self._canvas.restore()
        for wanted in pictures:
            self.drifts = {}
            if not wanted:
                yield self.pixels
                continue
            patches = [Patch(next(renders[n]), self.faces[n - 1].box) for n in sorted(wanted)]
            yield self._canvas.compose(patches)
            # Before anything is made from the photo again.
            self._canvas.restore()

    def _render_face(
        self,
        number: int,
        pictures: Sequence[Wanted],
        seed: int,
        on_step: OnStep,
        on_preview: OnPreview | None,
        in_time: bool,
    ) -> Iterator[FaceImage]:
        on_step(0, 1)
        if number not in self._prepared:
            view = partial(to_srgb8, icc=self._icc)
            crop = FaceCrop(self.pixels, self.faces[number - 1], view)
            # Preparing is no picture yet: it is only told that work goes on.
            self._prepared[number] = self.editor.prepare(crop, on_step=lambda *_: on_step(0, 1))
            self._pasters[number] = Paster(self.pixels, self._icc, self.faces, number)
        frames = [wanted[number] for wanted in pictures if number in wanted]
        made = self.editor.render(
            self._prepared[number], frames, seed=seed, on_step=on_step, on_preview=on_preview
        )
        for kind, group in groupby(made, key=type):
            if kind is FaceImage:
                yield from cast(Iterator[FaceImage], group)
                continue
            renditions = cast(Iterator[Rendition], group)
            for pasted in self._pasters[number].paste(renditions, in_time=in_time):
                self.drifts[number] = pasted.drift
                yield pasted.image


def wanted_at(edits: Mapping[int, FaceEdit], frame: float) -> Wanted:
    """What the edits (by face number) ask for on that frame; faces at zero are left out."""
    intensities = {number: edit.at(frame) for number, edit in edits.items()}
    return {number: values for number, values in intensities.items() if not values.is_zero}
