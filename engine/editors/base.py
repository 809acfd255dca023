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


@dataclass(frozen=True)
class FaceCrop:
    """One face and the upright photo that it is in.

    Attributes:
        photo: (height, width, channels) uint8 or uint16, the whole photo; never written to.
        face: the face, its coordinates in the photo's pixels.
    """

    photo: Pixels
    face: Face


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
    ) -> Iterator[FaceImage]:
        """One edited rectangle per entry of `frames`, in order.

        An editor that takes long may show through `on_preview` what is coming.
        """
        ...

    def notes(self) -> tuple[str, ...]:
        """Sentences about how the work is done that the user should know; may be empty."""
        ...
