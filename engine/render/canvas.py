"""The picture that edited faces are pasted on, and how neighbouring faces share it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.editors.base import FaceImage
from engine.faces.face import Box

Pixels = NDArray[np.uint8] | NDArray[np.uint16]
"""(height, width, channels), upright."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Patch:
    """One face's edited rectangle and whose it is."""

    image: FaceImage
    box: Box

    @property
    def rectangle(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom in photo pixels; right and bottom are one past the end."""
        height, width = self.image.pixels.shape[:2]
        left, top = self.image.left, self.image.top
        return left, top, left + width, top + height


class Canvas:
    """Where many variants of a photo are put together, one after the other.

    Copying a large photo costs more than editing a face, so it is copied once at most, and put
    back where a variant has touched it.
    """

    def __init__(self, photo: Pixels, *, in_place: bool = False) -> None:
        """`photo`: (height, width, channels), written to only if `in_place`, and then the photo
        again after `restore`."""
        self._photo = photo
        self._pixels = photo if in_place and photo.flags.writeable else None
        self._kept: list[tuple[tuple[int, int, int, int], Pixels]] = []

    def compose(self, patches: Sequence[Patch]) -> Pixels:
        """The photo with these faces; valid until the next call, or until `restore`.

        Every patch was made from the photo alone. Where two of them overlap, a pixel that only one
        has changed is that one's, and a pixel that both have changed belongs to the nearer face,
        so that neighbours keep both their edits. Everything else is the photo's, bit by bit.
        """
        self.restore()
        if self._pixels is None:
            self._pixels = self._photo.copy()
        rectangles = [patch.rectangle for patch in patches]
        self._kept = [(one, _window(self._pixels, one).copy()) for one in rectangles]
        pasted: list[tuple[Patch, Mask]] = []
        for patch, (rectangle, original) in zip(patches, self._kept, strict=True):
            window = _window(self._pixels, rectangle)
            if not any(
                _overlap(rectangle, other.rectangle) for other in patches if other is not patch
            ):
                window[...] = patch.image.pixels
                continue
            mine = (patch.image.pixels != original).any(axis=2)
            for other, theirs in pasted:
                _yield_to_nearer(patch, mine, other, theirs)
            window[mine] = patch.image.pixels[mine]
            pasted.append((patch, mine))
        return self._pixels

    def restore(self) -> None:
        """Take the faces off again."""
        for rectangle, original in self._kept:
            assert self._pixels is not None
            _window(self._pixels, rectangle)[...] = original
        self._kept = []


def _window(pixels: Pixels, rectangle: tuple[int, int, int, int]) -> Pixels:
    left, top, right, bottom = rectangle
    return pixels[top:bottom, left:right]


def _overlap(
    a: tuple[int, int, int, int], b: tuple[int, int, int, int]
) -> tuple[int, int, int, int] | None:
    left, top, right, bottom = (*map(max, a[:2], b[:2]), *map(min, a[2:], b[2:]))
    return (left, top, right, bottom) if left < right and top < bottom else None


def _yield_to_nearer(patch: Patch, mine: Mask, other: Patch, theirs: Mask) -> None:
    """Take the pixels out of `mine` that `other` has changed too and is nearer to."""
    common = _overlap(patch.rectangle, other.rectangle)
    if common is None:
        return
    here, there = _within(mine, patch, common), _within(theirs, other, common)
    nearer = _distance(other.box, common) <= _distance(patch.box, common)
    here &= ~(there & nearer)


def _within(mask: Mask, patch: Patch, rectangle: tuple[int, int, int, int]) -> Mask:
    left, top, right, bottom = rectangle
    x, y = patch.image.left, patch.image.top
    return mask[top - y : bottom - y, left - x : right - x]


def _distance(box: Box, rectangle: tuple[int, int, int, int]) -> NDArray[np.floating]:
    """(height, width): squared distance from the face's middle, in units of the face's size."""
    left, top, right, bottom = rectangle
    x = (np.arange(left, right, dtype=np.float32) - (box.x + box.width / 2)) / box.width
    y = (np.arange(top, bottom, dtype=np.float32) - (box.y + box.height / 2)) / box.height
    return y[:, None] ** 2 + x[None, :] ** 2
