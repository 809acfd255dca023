"""One palette for all frames of a strip, and a dithering that stands still."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

COLOURS = 255
"""One of the 256 is left for "unchanged" or "transparent"."""

_SAMPLES = 1 << 18
_LEVELS = 64
_MAX_AMPLITUDE = 10.0


class Palette:
    """The colours of a strip and the way from a pixel to its colour.

    Attributes:
        colours: (up to 255, 3) uint8.
    """

    def __init__(self, frames: Sequence[NDArray[np.uint8]]) -> None:
        """Choose the colours over all frames, (height, width, 3) each."""
        exact = _few_colours(frames)
        self.colours = exact if exact is not None else _chosen(_sampled(frames))
        self._table = None if exact is not None else _nearest_table(self.colours)
        self._amplitude = _spacing(self.colours)

    def indices(self, frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """(height, width) palette indices of a frame.

        The dithering adds a fixed pattern by position. Diffused errors would run differently
        through every frame, and the parts that do not move would shimmer.
        """
        if self._table is None:
            codes = _codes(frame)
            order = np.argsort(_codes(self.colours))
            found = np.searchsorted(_codes(self.colours)[order], codes)
            return order[found].astype(np.uint8)
        height, width = frame.shape[:2]
        pattern = np.round(_bayer() * self._amplitude).astype(np.int16)
        tiled = np.tile(pattern, (-(-height // 8), -(-width // 8)))[:height, :width, None]
        dithered = np.clip(frame + tiled, 0, 255).astype(np.uint8) >> 2
        red, green, blue = dithered[..., 0], dithered[..., 1], dithered[..., 2]
        return self._table[red, green, blue]


def _codes(colours: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """0xRRGGBB for every pixel."""
    wide = colours.astype(np.uint32)
    codes = wide[..., 0] * 0x10000 + wide[..., 1] * 0x100 + wide[..., 2]
    return codes.astype(np.uint32, copy=False)


def _few_colours(frames: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8] | None:
    """The strip's colours themselves, where they are few enough."""
    found = np.empty(0, np.uint32)
    for frame in frames:
        found = np.union1d(found, _codes(frame))
        if len(found) > COLOURS:
            return None
    return np.stack([found >> 16, found >> 8 & 255, found & 255], axis=-1).astype(np.uint8)


def _sampled(frames: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Pixels of all frames on a regular grid, about a million together, (samples, 3)."""
    total = sum(frame.shape[0] * frame.shape[1] for frame in frames)
    step = max(1, int(np.ceil(np.sqrt(total / _SAMPLES))))
    return np.concatenate([frame[::step, ::step].reshape(-1, 3) for frame in frames])


def _chosen(samples: NDArray[np.uint8]) -> NDArray[np.uint8]:
    from PIL import Image

    width = 1024
    rows = -(-len(samples) // width)
    filled = np.resize(samples, (rows, width, 3))
    reduced = Image.fromarray(filled).quantize(COLOURS, method=Image.Quantize.MEDIANCUT, kmeans=3)
    colours = np.array(reduced.getpalette(), np.uint8).reshape(-1, 3)
    return colours[: int(np.asarray(reduced).max()) + 1]


def _nearest_table(colours: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(64, 64, 64) the nearest colour to each cell of the colour cube."""
    centres = np.arange(_LEVELS, dtype=np.float32) * 4 + 1.5
    plane = np.stack(np.meshgrid(centres, centres, indexing="ij"), axis=-1).reshape(-1, 2)
    palette = colours.astype(np.float32)
    squares = (palette**2).sum(axis=1)
    table = np.empty((_LEVELS, _LEVELS * _LEVELS), np.uint8)
    for red in range(_LEVELS):
        # |c − p|² without |c|², which is the same for all p.
        cross = centres[red] * palette[:, 0] + plane @ palette[:, 1:].T
        table[red] = (squares - 2 * cross).argmin(axis=1)
    return table.reshape(_LEVELS, _LEVELS, _LEVELS)


def _spacing(colours: NDArray[np.uint8]) -> float:
    """How far the dithering may push a value: half the usual step between colours."""
    if len(colours) < 2:
        return 0.0
    wide = colours.astype(np.float32)
    distances = ((wide[:, None] - wide[None]) ** 2).sum(axis=2)
    np.fill_diagonal(distances, np.inf)
    step = float(np.sqrt(np.median(distances.min(axis=1)) / 3))
    return min(step / 2, _MAX_AMPLITUDE)


def _bayer() -> NDArray[np.float32]:
    """(8, 8) thresholds in −1…1 (Bayer 1973)."""
    pattern = np.zeros((1, 1))
    for _ in range(3):
        pattern = np.block([[4 * pattern, 4 * pattern + 2], [4 * pattern + 3, 4 * pattern + 1]])
    return ((pattern + 0.5) / 32 - 1).astype(np.float32)
