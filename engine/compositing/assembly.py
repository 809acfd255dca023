"""The full-resolution original, moved and corrected by fields of the model's resolution."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.compositing.fields import GREY, Field

Pixels = NDArray[np.unsignedinteger[Any]]

_BAND_ROWS = 64  # a band's arrays stay in the processor's cache
_LIMIT = 2.0  # standard deviations of the texture: what is larger may be the ghost of a contour


@dataclass(frozen=True)
class Correction:
    """What is done to the original, all on the model's grid, colours in 8-bit steps.

    Attributes:
        flow: (h, w, 2), in the grid's pixels, where to fetch from.
        mask: (h, w), how far the pixels below count.
        keep: (h, w), 1 where the original's own detail fits, 0 where the model's pixels come.
        trust: (h, w), whether the detail at least comes from the right place.
        residual: (h, w, 3), to be added to what is fetched.
        soft: (h, w, 3), what is fetched, as soft as the model has it.
        grain: (h, w), standard deviation of the noise that stands in for lost detail.
        texture: (h, w), of the detail that is no contour.
    """

    flow: Field
    mask: Field
    keep: Field
    trust: Field
    residual: Field
    soft: Field
    grain: Field
    texture: Field


@dataclass(frozen=True)
class _Grid:
    """How a field lies under the crop: pixels of the crop per pixel of the field."""

    scale_x: float
    scale_y: float

    def enlarge(
        self, field: Field, left: int, top: int, width: int, height: int, interpolation: int
    ) -> Field:
        """The field at a rectangle of the crop's pixels, (height, width[, channels])."""
        matrix = np.array(
            [
                [1 / self.scale_x, 0, (left + 0.5) / self.scale_x - 0.5],
                [0, 1 / self.scale_y, (top + 0.5) / self.scale_y - 0.5],
            ]
        )
        flags = interpolation | cv2.WARP_INVERSE_MAP
        return cv2.warpAffine(
            field, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE
        )


def full_mask(mask: Field, shape: tuple[int, int]) -> Field:
    """(height, width): the mask at the crop's size."""
    height, width = shape
    return cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR)


def assemble(original: Pixels, correction: Correction, tile: Field) -> tuple[Pixels, Field]:
    """The edited crop and the mask at its size; where the mask is 0, the original bit by bit.

    Args:
        original: (height, width, channels): grey, grey and alpha, RGB or RGBA.
        tile: (side, side), noise of deviation 1 whose edges meet.
    """
    height, width, channels = original.shape
    colours = 3 if channels >= 3 else 1
    result = original.copy()
    mask = full_mask(correction.mask, (height, width))
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if rows.size == 0:
        return result, mask
    left, right = int(columns[0]), int(columns[-1]) + 1
    fields = _Fields(original, correction, tile, colours)
    for top, bottom in _bands(int(rows[0]), int(rows[-1]) + 1):
        window = result[top:bottom, left:right, :colours]
        alpha = mask[top:bottom, left:right, None]
        edited = fields.band(left, top, right, bottom, alpha)
        window[...] = np.where(alpha > 0, edited, window)
    return result, mask


def _bands(start: int, end: int) -> Iterator[tuple[int, int]]:
    for top in range(start, end, _BAND_ROWS):
        yield top, min(top + _BAND_ROWS, end)


class _Fields:
    """A correction made ready to be looked up at the crop's resolution."""

    def __init__(self, original: Pixels, correction: Correction, tile: Field, colours: int) -> None:
        height, width = original.shape[:2]
        h, w = correction.mask.shape
        self._grid = _Grid(width / w, height / h)
        self._original = original
        self._colours = colours
        self._limit = float(np.iinfo(original.dtype).max)
        self._unit = np.float32(self._limit / 255)
        self._tile = tile
        residual, soft = correction.residual, correction.soft
        if colours == 1:
            residual, soft = (cv2.transform(field, GREY[None]) for field in (residual, soft))
        flow = correction.flow * np.array([width / w, height / h], np.float32)
        self._reach = int(np.abs(flow[..., 1]).max()) + 4
        self._places = np.dstack([flow, correction.keep])
        self._residual = residual
        self._stand_in = np.dstack([correction.trust, correction.grain, correction.texture])
        self._soft = soft

    def band(self, left: int, top: int, right: int, bottom: int, alpha: Field) -> Pixels:
        """The edited pixels of a rectangle, (rows, columns, colours)."""
        rectangle = (left, top, right - left, bottom - top)
        places = self._grid.enlarge(self._places, *rectangle, cv2.INTER_LINEAR)
        added = self._grid.enlarge(self._residual, *rectangle, cv2.INTER_CUBIC)
        fetched = self._fetch(left, top, places)
        change = added.reshape(fetched.shape) * self._unit
        lost = 1 - places[..., 2:]
        if lost.max() > 0:
            change -= lost * self._misplaced(rectangle, fetched)
        edited = fetched + alpha * change
        return np.clip(np.rint(edited), 0, self._limit).astype(self._original.dtype)

    def _fetch(self, left: int, top: int, places: Field) -> Field:
        """The original, moved: float32 in its own values."""
        height = self._original.shape[0]
        rows, columns = places.shape[:2]
        first, last = max(0, top - self._reach), min(height, top + rows + self._reach)
        source = self._original[first:last, :, : self._colours].astype(np.float32)
        x = places[..., 0] + np.arange(left, left + columns, dtype=np.float32)
        y = places[..., 1] + np.arange(top - first, top - first + rows, dtype=np.float32)[:, None]
        moved = cv2.remap(source, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        return moved.reshape(rows, columns, self._colours)

    def _misplaced(self, rectangle: tuple[int, int, int, int], fetched: Field) -> Field:
        """Detail of the original that does not belong here, less what stands in for it.

        Where the flow is sound, but the model shows something else, detail that is no larger than
        the texture about stays; a contour would be a ghost. Where the flow is not, noise of the
        grain's size and strength comes.
        """
        left, top, columns, rows = rectangle
        soft = self._grid.enlarge(self._soft, *rectangle, cv2.INTER_CUBIC)
        stand_in = self._grid.enlarge(self._stand_in, *rectangle, cv2.INTER_LINEAR)
        detail = fetched - soft.reshape(fetched.shape) * self._unit
        limit = _LIMIT * stand_in[..., 2:] * self._unit
        small = np.clip(detail, -limit, limit)
        side = self._tile.shape[0]
        down, across = np.arange(top, top + rows) % side, np.arange(left, left + columns) % side
        noise = self._tile[down][:, across, None] * stand_in[..., 1:2] * self._unit
        trust = stand_in[..., :1]
        return detail - trust * small - np.sqrt(1 - trust * trust) * noise
