"""Frames without their alpha, for kinds of files that have none."""

import numpy as np
from numpy.typing import NDArray


def over_white(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(height, width, 3): the frame as it looks on white."""
    if frame.shape[2] == 3:
        return frame
    alpha = frame[..., 3:].astype(np.uint16)
    return ((frame[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)
