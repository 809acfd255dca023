"""What is known of one face in one photo, as plain data."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Box:
    """An axis-aligned rectangle in photo pixels: left, top, width, height."""

    x: float
    y: float
    width: float
    height: float

    @property
    def area(self) -> float:
        """Area in square pixels."""
        return self.width * self.height


@dataclass(frozen=True)
class HeadPose:
    """How the head is turned, in degrees, zero for a face that looks into the camera.

    yaw > 0: the face looks towards the right edge of the picture; pitch > 0: it looks up;
    roll > 0: the head is tilted clockwise as the viewer sees it.
    """

    yaw: float
    pitch: float
    roll: float


@dataclass(frozen=True)
class Face:
    """One detected face.

    Attributes:
        box: the detector's rectangle, in pixels of the upright photo.
        score: the detector's confidence, 0 to 1.
        landmarks: (478, 3) float32; x and y in pixels of the upright photo, z in the same unit,
            smaller is nearer to the camera (the face mesh's own convention).
        blendshapes: the 52 ARKit-style readings by name (`mouthSmileLeft`, ...), each 0 to 1.
            Left and right are the person's own.
        pose: how the head is turned.
        identity: (128,) float32 of unit length (SFace), or (512,) where insightface read it; the
            cosine of two of one length tells whether they show the same person.
    """

    box: Box
    score: float
    landmarks: NDArray[np.float32]
    blendshapes: dict[str, float]
    pose: HeadPose
    identity: NDArray[np.float32]
