"""Sharpness and grain: what the model loses of the photo, and what stands in for it."""

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.compositing.fields import Field, smooth, spread

_BLURS = (0.0, 0.35, 0.5, 0.65, 0.8, 1.0, 1.25, 1.55, 1.9, 2.4)
_TILE_PX = 512
_SKIN_PX = 9  # lines and hairs are thinner than that and do not count as grain
_SMOOTHEST = 0.3  # of the face shows less texture; a beard's is no grain
_DARK_SHARE = 0.25  # of it is left in a dark mouth
_MEAN_TO_DEVIATION = 1.2533  # of a Gaussian


@dataclass(frozen=True)
class Grain:
    """The photo's fine texture above what the model's picture can hold.

    Attributes:
        strength: (height, width) on the model's grid, standard deviation in 8-bit steps, as of
            skin nearby.
        texture: (height, width), the same with what hair and beard there is.
        level: the skin's luma, 8-bit steps.
        tile: (512, 512), mean 0, deviation 1, of the photo's grain size; its edges meet.
    """

    strength: Field
    texture: Field
    level: float
    tile: Field

    def on(self, brightness: Field) -> Field:
        """(height, width), its strength where the picture is so bright: less in the dark."""
        return self.strength * np.clip(brightness / np.float32(self.level), _DARK_SHARE, 1)


def model_blur(reference: Field, picture: Field, weight: Field) -> float:
    """How much softer the picture is than the reference: sigma of a Gaussian in pixels.

    Args:
        reference, picture: (height, width), 8-bit steps, laid over each other, casts removed.
        weight: (height, width), 0 to 1, unchanged pixels.
    """
    wide = smooth(picture, 6.0)
    level = smooth(reference, 6.0)
    chosen = weight > 0.5
    if chosen.sum() < 256:
        return 0.0
    fine = picture - wide
    errors = [spread((smooth(reference, s) - level - fine)[chosen][::3]) for s in _BLURS]
    best = int(np.argmin(errors))
    if best in (0, len(_BLURS) - 1):
        return _BLURS[best]
    curve = np.polyfit(_BLURS[best - 1 : best + 2], errors[best - 1 : best + 2], 2)
    if curve[0] <= 0:
        return _BLURS[best]
    return float(np.clip(-curve[1] / (2 * curve[0]), _BLURS[best - 1], _BLURS[best + 1]))


def read_grain(grey: NDArray[np.unsignedinteger[Any]], soft: Field, far: Field) -> Grain:
    """Measured where the photo is.

    Args:
        grey: (height, width), the crop's luma at its full size, uint8 or uint16.
        soft: (h, w), the reference's luma, as soft as the model's pictures, 8-bit steps.
        far: (h, w), 0 on the face.
    """
    height, width = grey.shape
    enlarged = cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR)
    unit = 255 / float(np.iinfo(grey.dtype).max)
    fine = cv2.addWeighted(grey, unit, enlarged, -1, 0, dtype=cv2.CV_32F)
    sizes = cv2.resize(np.abs(fine), soft.shape[::-1], interpolation=cv2.INTER_AREA)
    skin = cv2.erode(smooth(sizes, 1.5), np.ones((_SKIN_PX, _SKIN_PX), np.uint8))
    texture = smooth(skin, 6.0) * _MEAN_TO_DEVIATION
    face = far == 0 if (far == 0).any() else np.ones(far.shape, np.bool_)
    strength = np.minimum(texture, np.float32(np.quantile(texture[face], _SMOOTHEST)))
    level = max(float(np.median(soft[face])), 1.0)
    return Grain(strength, texture, level, _tile(_grain_px(fine)))


def _grain_px(fine: Field) -> float:
    """Sigma of the Gaussian that makes white noise as coarse as the texture in the middle."""
    height, width = fine.shape
    part = fine[height // 3 : height * 3 // 4, width // 3 : width * 2 // 3]
    part = np.clip(part, *np.percentile(part[::4, ::4], (10, 90)))
    power = float(np.mean(np.square(part))) + 1e-9
    together = float(np.mean(part[:, 1:] * part[:, :-1])) / power
    together = min(max(together, 1e-3), 0.97)
    return min(math.sqrt(-1 / (4 * math.log(together))), 3.0)


def _tile(sigma: float) -> Field:
    """Noise that is the same in every run and on every machine."""
    noise = np.random.default_rng(1).standard_normal((_TILE_PX, _TILE_PX), np.float32)
    margin = 16
    noise = np.pad(noise, margin, mode="wrap")
    if sigma > 0.2:
        noise = cv2.GaussianBlur(noise, (0, 0), sigma)
    noise = noise[margin:-margin, margin:-margin]
    return ((noise - noise.mean()) / noise.std()).astype(np.float32)
