"""PixelSmile as an editor of faces in photos, and of whole pictures as the published script."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from engine.editors.base import FaceCrop, OnPreview, OnStep, Rendition
from engine.editors.pixelsmile.crop import Crop, crop_around, official_square
from engine.editors.pixelsmile.model import Model
from engine.editors.pixelsmile.resident import load
from engine.editors.pixelsmile.sampling import Portrait, Rgb8, prepare, render
from engine.recipes import Intensities
from engine.recipes.expressions import expression
from engine.recipes.generative import ModelChoice, Sampling, parse_resolution

SEEN_PX = 512
"""What the text encoder saw in training, whatever the output's size."""


@dataclass(frozen=True)
class PreparedFace:
    """One face, read and encoded.

    Attributes:
        part: the crop as the model sees colours, (h, w, 3) at the output's size.
        nulls: seed → the render at no intensity, once it was made.
    """

    crop: Crop
    part: Rgb8
    portrait: Portrait
    model: Model
    nulls: dict[int, Rgb8] = field(default_factory=dict)


class PixelSmileEditor:
    """Renders expressions with Qwen-Image-Edit-2511 and a PixelSmile LoRA."""

    name = "pixelsmile"

    def __init__(self, choice: ModelChoice, sampling: Sampling) -> None:
        self._choice = choice
        self._sampling = sampling
        self._notes: tuple[str, ...] = ()

    def prepare(self, crop: FaceCrop, *, on_step: OnStep) -> PreparedFace:
        """Load the model if it is not there yet, then read the face and its surroundings.

        Raises `PixelSmileError` and whatever `on_step` raises.
        """
        resolution = parse_resolution(self._sampling.resolution)
        model = load(self._choice, resolution, on_step)
        self._notes = model.notes
        height, width = crop.photo.shape[:2]
        place = crop_around(crop.face.box, (width, height), resolution)
        view = Image.fromarray(crop.view(place.part(crop.photo)))
        shrink = SEEN_PX / resolution.output_px
        seen = (round(place.output[0] * shrink), round(place.output[1] * shrink))
        portrait = prepare(
            model,
            seen=_resized(view, seen),
            reference=_resized(view, place.reference),
            output_size=place.output,
            sampling=self._sampling,
        )
        return PreparedFace(place, np.asarray(_resized(view, place.output)), portrait, model)

    def render(
        self,
        prepared: PreparedFace,
        frames: Sequence[Intensities],
        *,
        seed: int,
        on_step: OnStep,
        on_preview: OnPreview | None = None,
    ) -> Iterator[Rendition]:
        """One rendition per frame, in order. Raises `PixelSmileError`.

        The first call with a seed renders the neutral prompt as well: what differs between the
        two is the expression, and what they share is the model's own doing.
        """
        wanted = [
            {expression(name).word: value for name, value in frame.values.items()}
            for frame in frames
        ]
        first = 0 if seed in prepared.nulls else 1
        pictures = render(
            prepared.model,
            prepared.portrait,
            [{}, *wanted] if first else wanted,
            sampling=self._sampling,
            seed=seed,
            on_step=on_step,
            on_preview=_from(on_preview, first),
        )
        if first:
            prepared.nulls[seed] = next(pictures)
        place = prepared.crop
        for picture in pictures:
            yield Rendition(
                place.left,
                place.top,
                place.width,
                place.height,
                picture,
                prepared.nulls[seed],
                prepared.part,
            )

    def notes(self) -> tuple[str, ...]:
        """Which precision was picked and why, and what is in the LoRAs; empty before loading."""
        return self._notes


def _resized(view: Image.Image, size: tuple[int, int]) -> Image.Image:
    return view.resize(size, Image.Resampling.LANCZOS)


def _from(on_preview: OnPreview | None, first: int) -> OnPreview | None:
    """The same for pictures of which the first ones are nobody's."""
    if on_preview is None or not first:
        return on_preview
    show = on_preview

    def on_later(index: int, picture: Rgb8) -> None:
        if index >= first:
            show(index - first, picture)

    return on_later


def edit_whole(
    picture: Image.Image,
    wanted: Sequence[Mapping[str, float]],
    *,
    choice: ModelChoice,
    sampling: Sampling,
    seed: int,
    on_step: OnStep,
    on_preview: OnPreview | None = None,
) -> tuple[Model, Iterator[Rgb8]]:
    """The published script's way: the middle square of a picture, no face sought, no paste-back.

    Args:
        picture: RGB, upright.
        wanted: word → weight, absolute; `{}` is the neutral prompt's edit.

    Returns the model that does it and one square picture per entry of `wanted`.
    Raises `PixelSmileError`.
    """
    resolution = parse_resolution(sampling.resolution)
    model = load(choice, resolution, on_step)
    square = official_square(picture, SEEN_PX)
    side = resolution.reference_px
    portrait = prepare(
        model,
        seen=square,
        reference=_resized(square, (side, side)),
        output_size=(resolution.output_px, resolution.output_px),
        sampling=sampling,
    )
    pictures = render(
        model,
        portrait,
        wanted,
        sampling=sampling,
        seed=seed,
        on_step=on_step,
        on_preview=on_preview,
    )
    return model, pictures
