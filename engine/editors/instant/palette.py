"""Colours for what the photo does not show, taken from the light that falls on the face."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.editors.base import Pixels
from engine.editors.instant.topology import EYES

Float = NDArray[np.floating[Any]]

# Reflectance relative to the white of the eye under the same light, red, green, blue.
_TEETH = np.array([0.93, 0.90, 0.80], np.float32)
# Red, green and blue of skin in white light, mean one: much alike from fair to dark.
_SKIN = np.array([1.20, 0.96, 0.84], np.float32)
# Relative to the skin.
_CAVITY = np.array([0.25, 0.12, 0.12], np.float32)
_TONGUE = np.array([0.62, 0.42, 0.44], np.float32)

_CHEEKS = (50, 280, 205, 425, 101, 330)


@dataclass(frozen=True)
class Palette:
    """Colours in the photo's own values, each (channels,)."""

    teeth: Float
    cavity: Float
    tongue: Float


def read_palette(photo: Pixels, landmarks: Float, eye_distance: float) -> Palette:
    """Read the light off cheeks and eyes; `photo` is (height, width, 1 or 3)."""
    channels = photo.shape[2]
    skin = np.median(
        np.vstack([_patch(photo, landmarks[p, :2], 0.05 * eye_distance) for p in _CHEEKS]), axis=0
    )
    whites = [w for eye in EYES if len(w := _white(photo, landmarks, eye.upper, eye.lower))]
    full = float(np.iinfo(photo.dtype).max)
    # A white can be in shadow or too small to see; skin bounds what is believable.
    white = np.percentile(np.vstack(whites), 85, axis=0) if whites else skin * 1.2
    level = np.clip(
        white.mean(), 0.9 * skin.mean(), min(1.35 * skin.mean() + 0.1 * full, 0.92 * full)
    )
    white = level * _cast(white, skin)

    def tint(base: Float, ratio: Float) -> Float:
        return (base * (ratio if channels == 3 else ratio.mean())).astype(np.float32)

    return Palette(
        teeth=np.minimum(tint(white, _TEETH), 0.9 * full),
        cavity=tint(skin, _CAVITY),
        tongue=tint(skin, _TONGUE),
    )


def _cast(white: Float, skin: Float) -> Float:
    """The colour of the light, (channels,), mean one.

    Half from the white of the eye, where a coloured iris or a red rim is easily caught, and half
    from how much redder than ordinary the skin is.
    """
    if len(skin) == 1:
        return np.ones(1, np.float32)
    by_white = white / max(float(white.mean()), 1.0)
    by_skin = skin / max(float(skin.mean()), 1.0) / _SKIN
    cast = np.clip((by_white + by_skin) / 2, 0.75, 1.25)
    return cast / cast.mean()


def _patch(photo: Pixels, centre: Float, radius: float) -> Float:
    """The pixels around a place as (n, channels); the nearest pixel when it lies outside."""
    height, width = photo.shape[:2]
    x, y = int(np.clip(centre[0], 0, width - 1)), int(np.clip(centre[1], 0, height - 1))
    r = max(1, int(radius))
    block = photo[max(0, y - r) : y + r + 1, max(0, x - r) : x + r + 1]
    return block.reshape(-1, photo.shape[2]).astype(np.float32)


def _white(
    photo: Pixels, landmarks: Float, upper: tuple[int, ...], lower: tuple[int, ...]
) -> Float:
    """Pixels between the lids to both sides of the iris, (n, channels)."""
    places = [
        landmarks[upper[k], :2] * (1 - t) + landmarks[lower[k], :2] * t
        for k in (2, 3, 6)
        for t in (0.4, 0.5, 0.6)
    ]
    return np.vstack([_patch(photo, place, 0.0) for place in places])
