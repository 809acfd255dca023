"""The model's cast, found on pixels that it has not changed and taken away everywhere."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.compositing.fields import Field, fill_in, largest, smallest, smooth, spread

_LOCAL = 0.07  # of the longer side: casts are smoother than that
_GAIN_LIMIT = 0.25
_PULL = 0.03  # weight of "no local offset"; it decides where no unchanged pixel is near
_DARKEST, _BRIGHTEST = 3, 252  # beyond it a cast is cut off by the range of values


@dataclass(frozen=True)
class Match:
    """What brings a picture's colours to the reference's: `picture · gain + offset`, (3,) each."""

    gain: NDArray[np.float32]
    offset: NDArray[np.float32]

    def apply(self, picture: Field) -> Field:
        """(height, width, 3) with matched colours."""
        return picture * self.gain + self.offset


def usable(picture: Field, reference: Field) -> Field:
    """(height, width): 0 where a channel of either is at its end, else 1."""
    low = smallest(cv2.min(picture, reference)) >= _DARKEST
    high = largest(cv2.max(picture, reference)) <= _BRIGHTEST
    return (low & high).astype(np.float32)


def match(picture: Field, reference: Field, weight: Field) -> Match:
    """Gain and offset per channel by weighted least squares, made robust by Tukey's weights.

    Args:
        picture, reference: (height, width, 3), 8-bit steps, laid over each other.
        weight: (height, width), 0 to 1, how far a pixel is expected to be the same.
    """
    step = max(1, min(reference.shape[:2]) // 170)
    source = smooth(picture, 1.5)[::step, ::step].reshape(-1, 3)
    target = smooth(reference, 1.5)[::step, ::step].reshape(-1, 3)
    trusted = weight[::step, ::step].reshape(-1)
    gain, offset = np.ones(3, np.float32), np.zeros(3, np.float32)
    for channel in range(3):
        values, wanted = source[:, channel], target[:, channel]
        offset[channel] = _median(wanted - values, trusted)
        for _ in range(4):
            left = wanted - values * gain[channel] - offset[channel]
            cut = 4.685 * max(spread(left[trusted > 0.5]), 0.5)
            w = trusted * np.square(np.maximum(1 - np.square(left / cut), 0))
            gain[channel], offset[channel] = _line(values, wanted, w)
    return Match(gain, offset)


def _median(values: NDArray[np.float32], weight: NDArray[np.float32]) -> float:
    chosen = values[weight > 0.5]
    return float(np.median(chosen)) if chosen.size else 0.0


def _line(
    values: NDArray[np.float32], wanted: NDArray[np.float32], weight: NDArray[np.float32]
) -> tuple[float, float]:
    """Gain and offset; a picture of one colour keeps the gain at 1."""
    total = float(weight.sum()) + 1e-6
    mean = float((weight * values).sum()) / total
    mean_wanted = float((weight * wanted).sum()) / total
    across, along = values - mean, wanted - mean_wanted
    variance = float((weight * across * across).sum()) / total
    covariance = float((weight * across * along).sum()) / total
    ridge = 25.0
    gain = (covariance + ridge) / (variance + ridge)
    gain = min(max(gain, 1 - _GAIN_LIMIT), 1 + _GAIN_LIMIT)
    return gain, mean_wanted - gain * mean


def local_offset(
    edit: Field, null: Field, reference: Field, edit_weight: Field, null_weight: Field
) -> Field:
    """What to add to a matched edit, smoothly: (height, width, 3).

    From the edit where it is unchanged. Where it is not, the null render tells, if it has left
    the place alone: both have the same systematic error.

    Args:
        edit, null, reference: (height, width, 3), 8-bit steps, laid over each other.
        edit_weight, null_weight: (height, width), 1 where the picture is unchanged.
    """
    both = edit_weight * null_weight
    total = float(both.sum()) + 1.0
    between = np.einsum("hw,hwc->c", both, null - edit) / np.float32(total)
    own = edit_weight[..., None]
    lent = (0.5 * null_weight * (1 - edit_weight))[..., None]
    seen = own + lent
    missing = (own * (reference - edit) + lent * (reference - null + between)) / np.maximum(
        seen, 1e-6
    )
    sigma = _LOCAL * max(reference.shape[:2])
    return fill_in(missing, seen[..., 0], sigma, _PULL)
