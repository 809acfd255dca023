"""How the face moved from the photo to the edit, as a flow that fetches the photo's pixels."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.compositing.fields import Field, fill_in, luma, ramp, smooth

_AGREE_PX = (0.5, 1.6)  # there and back again: full trust, none
_SMOOTH_PX = 2.2
_FLATTEST = 0.2  # of a pixel's area may be left of it; less is a fold
_MARGIN_PX = 24
_SMALLEST_PX = 16


@dataclass(frozen=True, eq=False)
class Motion:
    """Where each pixel of the edit comes from.

    Attributes:
        flow: (height, width, 2), x and y in pixels: edit at p is the reference at p + flow.
        trust: (height, width), 0 to 1, whether the way back leads to the start.
    """

    flow: Field
    trust: Field

    @property
    def way(self) -> Field:
        """(height, width), pixels that a place has moved, 0 where that is not sure."""
        return cv2.magnitude(self.flow[..., 0], self.flow[..., 1]) * (self.trust > 0.5)

    def within(self, mask: Field) -> "Motion":
        """Coming to rest where the mask (height, width) does."""
        return Motion(self.flow * mask[..., None], self.trust)


def fetch(picture: Field, flow: Field) -> Field:
    """`picture` at p + flow for every p, cubic; edges repeat."""
    height, width = flow.shape[:2]
    x = np.arange(width, dtype=np.float32) + flow[..., 0]
    y = np.arange(height, dtype=np.float32)[:, None] + flow[..., 1]
    return cv2.remap(picture, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def follow(edit: Field, reference: Field, area: NDArray[np.bool_]) -> Motion:
    """Dense inverse search (Kroeger et al. 2016) both ways, regularised.

    Args:
        edit, reference: (height, width, 3), 8-bit steps, laid over each other, equally sharp.
        area: (height, width), where motion is looked for; elsewhere all stands still.
    """
    flow, trust = np.zeros((*area.shape, 2), np.float32), np.ones(area.shape, np.float32)
    part = _around(area)
    here, there = (_eight(luma(picture[part])) for picture in (edit, reference))
    if min(here.shape) < _SMALLEST_PX:
        return Motion(flow, trust)
    back, forth = _search(here, there), _search(there, here)
    agreement = 1 - ramp(_round_trip(back, forth), *_AGREE_PX)
    flow[part] = _unfolded(_regular(back, agreement, reference[part]))
    trust[part] = smooth(agreement, 1.0)
    return Motion(flow, trust)


def _around(mask: NDArray[np.bool_]) -> tuple[slice, slice]:
    """The rows and columns of what is not zero, with a margin."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    height, width = mask.shape
    return (
        slice(max(0, rows[0] - _MARGIN_PX), min(height, rows[-1] + 1 + _MARGIN_PX)),
        slice(max(0, columns[0] - _MARGIN_PX), min(width, columns[-1] + 1 + _MARGIN_PX)),
    )


def _eight(grey: Field) -> NDArray[np.uint8]:
    return np.clip(np.rint(grey), 0, 255).astype(np.uint8)


def _search(here: NDArray[np.uint8], there: NDArray[np.uint8]) -> Field:
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    return search.calc(here, there, None)  # type: ignore[call-overload]


def _round_trip(back: Field, forth: Field) -> Field:
    """(height, width), pixels between a place and where going and coming back leads."""
    height, width = back.shape[:2]
    x = np.arange(width, dtype=np.float32) + back[..., 0]
    y = np.arange(height, dtype=np.float32)[:, None] + back[..., 1]
    home = cv2.remap(forth, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return cv2.magnitude(back[..., 0] + home[..., 0], back[..., 1] + home[..., 1])


def _regular(flow: Field, agreement: Field, reference: Field) -> Field:
    """Carried from where there is texture and agreement to where there is none."""
    grey = luma(reference)
    across = cv2.Sobel(grey, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8)
    down = cv2.Sobel(grey, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8)
    texture = smooth(across**2 + down**2, 2.0)
    weight = agreement * texture / (texture + 1.0) + 0.02 * agreement + 0.002
    return fill_in(flow, weight, _SMOOTH_PX, 1e-6)


def _unfolded(flow: Field) -> Field:
    """Smoothed where it would turn the picture over, until it does not."""
    for sigma in (3.0, 6.0, 12.0, 24.0):
        bad = _area(flow) < _FLATTEST
        if not bad.any():
            break
        blend = smooth(cv2.dilate(bad.astype(np.float32), np.ones((5, 5))), sigma / 2)
        blend = np.minimum(blend * 2, 1)[..., None]
        flow = flow + blend * (smooth(flow, sigma) - flow)
    return flow


def _area(flow: Field) -> Field:
    """(height, width): the area that a pixel is fetched from, in pixels; negative: a fold."""
    down_x, across_x = np.gradient(flow[..., 0])
    down_y, across_y = np.gradient(flow[..., 1])
    return (1 + across_x) * (1 + down_y) - across_y * down_x
