"""What every editor of faces offers, and the data that goes in and out."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.faces.face import Face
from engine.recipes.intensities import Intensities

Pixels = NDArray[np.unsignedinteger[Any]]
"""Picture values as they are stored: uint8 or uint16, (height, width, channels)."""

OnStep = Callable[[int, int], None]
"""Called as `on_step(done, total)` between steps; raises `Cancelled` to stop the work."""


OnPreview = Callable[[int, NDArray[np.uint8]], None]
"""Called as `on_preview(index, picture)`: what frame `index` is becoming, small, (h, w, 3) RGB."""


class Cancelled(Exception):
    """The user stopped the job; raised from inside `OnStep`."""


View = Callable[[Pixels], NDArray[np.uint8]]
"""A part of the photo, (height, width, channels), as 8-bit sRGB of three channels."""


def plain_view(part: Pixels) -> NDArray[np.uint8]:
    """The view of a photo that is sRGB already: 8 bits, grey as three channels, no alpha."""
    deep = part.dtype == np.uint16
    eight = ((part.astype(np.uint32) + 128) // 257).astype(np.uint8) if deep else part
    colour = eight[..., :3] if eight.shape[2] >= 3 else np.repeat(eight[..., :1], 3, axis=2)
    return np.ascontiguousarray(colour, np.uint8)


@dataclass(frozen=True)
class FaceCrop:
    """One face and the upright photo that it is in.

    Attributes:
        photo: (height, width, channels) uint8 or uint16, the whole photo; never written to.
        face: the face, its coordinates in the photo's pixels.
        view: how a part of the photo looks in sRGB, for editors whose model knows nothing else.
    """

    photo: Pixels
    face: Face
    view: View = plain_view


@dataclass(frozen=True)
class FaceImage:
    """The edited pixels of one face: the rectangle of the photo that they replace.

    Attributes:
        left, top: where the rectangle's upper-left corner stands in the photo, in pixels.
        pixels: (height, width, channels), dtype and channels as the photo has them.
    """

    left: int
    top: int
    pixels: Pixels


@dataclass(frozen=True)
class Rendition:
    """What a generative editor has made of a part of the photo; it is not in the photo yet.

    Attributes:
        left, top, width, height: the part, in pixels of the photo.
        picture: (h, w, 3) 8-bit sRGB, the edit at the model's own size.
        null: of the same size, rendered at no intensity with the same seed.
        reference: of the same size, what the model was given.
    """

    left: int
    top: int
    width: int
    height: int
    picture: NDArray[np.uint8]
    null: NDArray[np.uint8]
    reference: NDArray[np.uint8]


class Editor(Protocol):
    """Renders a face at any number of intensities."""

    name: str

    def prepare(self, crop: FaceCrop, *, on_step: OnStep) -> Any:
        """Everything that does not depend on intensity, once per face."""
        ...

    def render(
        self,
        prepared: Any,
        frames: Sequence[Intensities],
        *,
        seed: int,
        on_step: OnStep,
        on_preview: OnPreview | None = None,
    ) -> Iterator[FaceImage] | Iterator[Rendition]:
        """One edited rectangle, or one rendition, per entry of `frames`, in order.

        An editor that takes long may show through `on_preview` what is coming.
        """
        ...

    def notes(self) -> tuple[str, ...]:
        """Sentences about how the work is done that the user should know; may be empty."""
        ...
