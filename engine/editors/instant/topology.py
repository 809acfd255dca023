"""Which points of the 478-point face mesh make up lips, eyes and outline.

The numbers are MediaPipe's (face_landmarks_connections); `right` and `left` are the person's own.
Upper and lower contours run from the person's right to the person's left and share their ends.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

LIP_OUTER_UPPER = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291)
LIP_OUTER_LOWER = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291)
LIP_INNER_UPPER = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308)
LIP_INNER_LOWER = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)

# The vermilion has two more rings between the outer and the inner contour.
UPPER_LIP = frozenset(
    (
        *(*LIP_OUTER_UPPER[1:-1], *LIP_INNER_UPPER[1:-1]),
        *(184, 74, 73, 72, 11, 302, 303, 304, 408),
        *(183, 42, 41, 38, 12, 268, 271, 272, 407),
    )
)
LOWER_LIP = frozenset(
    (
        *(*LIP_OUTER_LOWER[1:-1], *LIP_INNER_LOWER[1:-1]),
        *(77, 90, 180, 85, 16, 315, 404, 320, 307),
        *(96, 89, 179, 86, 15, 316, 403, 319, 325),
    )
)


class Eye(NamedTuple):
    """One eye: upper and lower lid from the outer to the inner corner, and the iris.

    `upper` and `lower` have 9 points each and share both ends. `iris` is the centre followed by
    four points on the rim.
    """

    upper: tuple[int, ...]
    lower: tuple[int, ...]
    upper_fold: tuple[int, ...]
    lower_fold: tuple[int, ...]
    iris: tuple[int, ...]
    outward: int  # −1: the outer corner is on the viewer's left of a frontal face


RIGHT_EYE = Eye(
    upper=(33, 246, 161, 160, 159, 158, 157, 173, 133),
    lower=(33, 7, 163, 144, 145, 153, 154, 155, 133),
    upper_fold=(247, 30, 29, 27, 28, 56, 190),
    lower_fold=(25, 110, 24, 23, 22, 26, 112),
    iris=(468, 469, 470, 471, 472),
    outward=-1,
)
LEFT_EYE = Eye(
    upper=(263, 466, 388, 387, 386, 385, 384, 398, 362),
    lower=(263, 249, 390, 373, 374, 380, 381, 382, 362),
    upper_fold=(467, 260, 259, 257, 258, 286, 414),
    lower_fold=(255, 339, 254, 253, 252, 256, 341),
    iris=(473, 474, 475, 476, 477),
    outward=1,
)
EYES = (RIGHT_EYE, LEFT_EYE)
OUTER_EYE_CORNERS = (33, 263)

OVAL = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377),
    *(152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)
"""The face's outline, clockwise as the viewer sees it, from the middle of the forehead."""


def indices(points: frozenset[int]) -> NDArray[np.intp]:
    """The points as a sorted index array."""
    return np.array(sorted(points), dtype=np.intp)
