"""The sample portraits with their faces, found once, and the instant editor run on them."""

from functools import cache
from typing import NamedTuple

import cv2
import numpy as np

from engine.editors.base import FaceCrop, Pixels
from engine.editors.instant import InstantEditor
from engine.editors.instant.editor import PreparedFace, render_frame
from engine.faces import find_faces
from engine.faces.face import Face
from engine.recipes import RESOURCES, Intensities


class Portrait(NamedTuple):
    """A photo and its face."""

    photo: Pixels
    face: Face

    def edited(self, **intensities: float) -> Pixels:
        """The whole photo with the expression on its face."""
        return edit(self.photo, prepare(self.photo, self.face), **intensities)


def prepare(photo: Pixels, face: Face) -> PreparedFace:
    return InstantEditor().prepare(FaceCrop(photo, face), on_step=lambda done, total: None)


def edit(photo: Pixels, prepared: PreparedFace, **intensities: float) -> Pixels:
    image = render_frame(prepared, Intensities(intensities))
    result = photo.copy()
    height, width = image.pixels.shape[:2]
    window = result[image.top : image.top + height, image.left : image.left + width]
    window[...] = image.pixels.reshape(window.shape)
    return result


@cache
def portrait(name: str, factor: float = 1.0) -> Portrait:
    photo = cv2.imread(str(RESOURCES / "samples" / name))
    assert photo is not None
    photo = np.ascontiguousarray(photo[:, :, ::-1])
    if factor != 1:
        photo = cv2.resize(photo, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    return Portrait(photo.astype(np.uint8, copy=False), find_faces(photo)[0])
