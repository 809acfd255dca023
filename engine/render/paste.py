"""A generative editor's rendition put into the photo, in the photo's own colours and depth."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.compositing import Change, Drift, OpenSides, Scene, apply, change_of, prepare
from engine.editors.base import FaceImage, Rendition
from engine.faces.face import Face
from engine.photos import from_srgb8
from engine.recipes import Limits
from engine.render.canvas import Pixels

Rgb8 = NDArray[np.uint8]


@dataclass(frozen=True)
class Pasted:
    """A face's edited rectangle, and how far off the model was."""

    image: FaceImage
    drift: Drift


@dataclass(frozen=True, eq=False)
class _Read:
    """A rendition, its picture in the photo's colours, and what that changes."""

    rendition: Rendition
    edit: Rgb8
    change: Change


class Paster:
    """Puts the renditions of one face into the photo; what they share is measured once."""

    def __init__(
        self, photo: Pixels, icc: bytes | None, faces: Sequence[Face], number: int
    ) -> None:
        """`photo`: (height, width, channels) in the space of `icc`; `number`: from 1."""
        self._photo = photo
        self._icc = icc
        self._faces = faces
        self._number = number
        # Its null render is kept as well: another one could come to stand at the same address.
        self._last: tuple[Rgb8, Scene, Rgb8] | None = None

    def paste(self, renditions: Iterable[Rendition], *, in_time: bool = False) -> Iterator[Pasted]:
        """The renditions' rectangles with all of the photo that the edits do not change.

        Those that are `in_time` are frames: each looks at its neighbours, so that what is changed
        does not jump, and the next is asked for before one is given.
        """
        read = (self._read(one) for one in renditions)
        for here, *beside in _with_neighbours(read) if in_time else ((one,) for one in read):
            yield self._put(here, [one.change for one in beside])

    def _read(self, rendition: Rendition) -> "_Read":
        if self._last is None or self._last[0] is not rendition.null:
            self._last = (rendition.null, *self._scene(rendition))
        _, scene, own = self._last
        edit = self._in_own_space(rendition.picture, rendition.reference, own)
        return _Read(rendition, edit, change_of(scene, edit))

    def _put(self, read: "_Read", beside: Sequence[Change]) -> Pasted:
        change, scene = read.change, read.change.scene
        if change.drift.residual > Limits().residual:
            # Nothing of it can be told from the photo. Whoever looks at it shall see what it is.
            pixels = _faded(read.edit, scene.original, scene.sides)
        else:
            pixels = apply(change, beside).pixels
        image = FaceImage(read.rendition.left, read.rendition.top, pixels)
        return Pasted(image, change.drift)

    def _scene(self, rendition: Rendition) -> tuple[Scene, Rgb8]:
        left, top = rendition.left, rendition.top
        right, bottom = left + rendition.width, top + rendition.height
        part = self._photo[top:bottom, left:right]
        own = _small(part, rendition.reference.shape)
        height, width = self._photo.shape[:2]
        landmarks = [face.landmarks - np.array([left, top, 0], np.float32) for face in self._faces]
        mine = landmarks.pop(self._number - 1)
        scene = prepare(
            part,
            own,
            self._in_own_space(rendition.null, rendition.reference, own),
            landmarks=mine,
            neighbours=[other for other in landmarks if _is_inside(other, part)],
            sides=OpenSides(left == 0, top == 0, right == width, bottom == height),
        )
        return scene, own

    def _in_own_space(self, picture: Rgb8, reference: Rgb8, own: Rgb8) -> Rgb8:
        """The model's picture with the colours that the photo writes down."""
        grey = self._photo.shape[2] < 3
        like = own[..., :1] if grey else own
        back = from_srgb8(picture, self._icc, like, reference).astype(np.uint8, copy=False)
        return np.repeat(back, 3, axis=2) if grey else back


def _small(part: Pixels, shape: tuple[int, ...]) -> Rgb8:
    """The crop at the model's size, 8 bits and three channels, in its own space."""
    colour = part[..., :3] if part.shape[2] >= 3 else np.repeat(part[..., :1], 3, axis=2)
    size = (shape[1], shape[0])
    shrinks = part.shape[1] > size[0]
    way = cv2.INTER_AREA if shrinks else cv2.INTER_LANCZOS4
    small = cv2.resize(np.ascontiguousarray(colour), size, interpolation=way)
    if small.dtype == np.uint16:
        small = (small.astype(np.uint32) + 128) // 257
    return small.astype(np.uint8)


def _faded(picture: Rgb8, part: Pixels, sides: OpenSides) -> Pixels:
    """The model's picture over the crop, fading out towards it."""
    height, width = part.shape[:2]
    fitted = cv2.resize(picture, (width, height), interpolation=cv2.INTER_LINEAR)
    scale = 257.0 if part.dtype == np.uint16 else 1.0
    count = 3 if part.shape[2] >= 3 else 1
    colour = fitted[..., :count].astype(np.float32) * scale
    across = _ramp(width, min(part.shape[:2]), sides.left, sides.right)
    down = _ramp(height, min(part.shape[:2]), sides.top, sides.bottom)
    mask = np.outer(down, across)[..., None]
    result = part.copy()
    mixed = part[..., :count] * (1 - mask) + colour * mask
    result[..., :count] = np.rint(mixed).astype(part.dtype)
    return result


def _ramp(length: int, side: int, starts: bool, ends: bool) -> NDArray[np.float32]:
    """0 at both ends, unless the photo ends there, and 1 from a tenth of the crop's side on."""
    place = np.arange(length, dtype=np.float32) / (0.1 * side)
    from_start = np.ones_like(place) if starts else place
    from_end = np.ones_like(place) if ends else place[::-1]
    return np.clip(np.minimum(from_start, from_end), 0, 1)


def _is_inside(landmarks: NDArray[np.floating], part: Pixels) -> bool:
    """Whether any of a face lies in the crop."""
    height, width = part.shape[:2]
    x, y = landmarks[:, 0], landmarks[:, 1]
    return bool(((x >= 0) & (x < width) & (y >= 0) & (y < height)).any())


def _with_neighbours(frames: Iterable[_Read]) -> Iterator[tuple[_Read, _Read, _Read]]:
    """Every frame with the one before and the one after it; the ends are their own neighbours."""
    before: _Read | None = None
    here: _Read | None = None
    for after in frames:
        if here is not None:
            yield here, before or here, after
        before, here = here, after
    if here is not None:
        yield here, before or here, here
