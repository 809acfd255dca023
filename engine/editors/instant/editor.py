"""The instant editor: a face-aware warp, no download, no GPU, an answer while the slider moves."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.editors.base import FaceCrop, FaceImage, OnStep
from engine.editors.instant.activation import activation_changes
from engine.editors.instant.eyes import eye_part, look_through
from engine.editors.instant.frame import face_frame
from engine.editors.instant.grid import Grid, covering, invert
from engine.editors.instant.mouth import (
    lower_share,
    mouth,
    mouth_part,
    opening_mask,
    paint_interior,
)
from engine.editors.instant.palette import Palette, read_palette
from engine.editors.instant.rig import Displacement, Rig, build_rig, right_is_higher
from engine.editors.instant.topology import EYES, OVAL
from engine.faces import head_frame
from engine.faces.face import Face
from engine.recipes import Intensities

Pixels = NDArray[np.uint8] | NDArray[np.uint16]
Float = NDArray[np.float32]

# Around the face's outline, in eye distances: sides, above, below (a jaw may drop).
_MARGINS = (0.06, 0.06, 0.40)
# Factors of light are carried as integers of this unit, for a multiplication without floats.
_LIGHT_UNIT = 200


@dataclass(frozen=True)
class PreparedFace:
    """A face ready to be rendered at any intensity."""

    photo: Pixels  # colour channels only, (height, width, 1 or 3)
    whole: Pixels  # the photo as it came, alpha included
    face: Face
    rig: Rig
    palette: Palette


class InstantEditor:
    """Moves the mesh points of a face by its action units and warps the photo after them."""

    name = "instant"

    def prepare(self, crop: FaceCrop) -> PreparedFace:
        """Build the face's rig: grid, frame, borders, colours."""
        photo = crop.photo if crop.photo.ndim == 3 else crop.photo[..., None]
        colours = 3 if photo.shape[2] >= 3 else 1
        landmarks = crop.face.landmarks
        frame = face_frame(landmarks, head_frame(landmarks))
        grid = covering(landmarks[list(OVAL), :2], frame.eye_distance, _MARGINS)
        colour = photo[..., :colours]
        return PreparedFace(
            photo=colour,
            whole=photo,
            face=crop.face,
            rig=build_rig(colour, grid, frame, landmarks),
            palette=read_palette(colour, landmarks, frame.eye_distance),
        )

    def render(
        self,
        prepared: PreparedFace,
        frames: Sequence[Intensities],
        *,
        seed: int,
        on_step: OnStep,
    ) -> Iterator[FaceImage]:
        """One edited rectangle per frame. `seed` changes nothing: nothing here is random."""
        del seed
        for done, intensities in enumerate(frames):
            on_step(done, len(frames))
            yield render_frame(prepared, intensities)


def render_frame(prepared: PreparedFace, intensities: Intensities) -> FaceImage:
    """The face at these intensities; an untouched pixel when nothing is to change."""
    rig, whole = prepared.rig, prepared.whole
    changes = activation_changes(
        intensities, prepared.face.blendshapes, lambda unit: right_is_higher(rig, unit)
    )
    left, top, right, bottom = _inside(rig.grid, whole)
    if not changes or right <= left or bottom <= top:
        return FaceImage(0, 0, whole[:1, :1].copy())
    moved = rig.displacement(changes)
    upper = invert(moved.upper, rig.grid.step)
    lower = invert(moved.lower, rig.grid.step)
    shape = mouth(rig, moved)
    axis = shape.after.axis

    centres = rig.grid.centres()
    place = axis.project(centres)
    share = lower_share(shape, place[..., 0], place[..., 1], softest=rig.grid.step)
    backward = upper + (lower - upper) * share[..., None]
    canvas = _warp(prepared.photo, rig.grid, backward)
    shade = rig.shade(changes)
    if shade is not None:
        canvas = _shade(canvas, rig.grid, backward, shade)
    _lay_mouth(canvas, prepared, shape, upper, lower, moved, shade)
    _lay_eyes(canvas, prepared, moved, rig.gaze(changes))

    result = whole[top:bottom, left:right].copy()
    edited = canvas[
        top - rig.grid.top : bottom - rig.grid.top, left - rig.grid.left : right - rig.grid.left
    ]
    result[..., : edited.shape[2]] = edited
    return FaceImage(left, top, result)


def _inside(grid: Grid, photo: Pixels) -> tuple[int, int, int, int]:
    """The part of the grid's rectangle that lies inside the photo: left, top, right, bottom."""
    height, width = photo.shape[:2]
    return (
        max(grid.left, 0),
        max(grid.top, 0),
        min(grid.left + grid.width, width),
        min(grid.top + grid.height, height),
    )


def _warp(photo: Pixels, grid: Grid, backward: Float) -> Pixels:
    """The photo over the grid's rectangle, each pixel fetched from where it came from."""
    shift = grid.enlarge(backward)
    x = shift[..., 0] + np.arange(grid.left, grid.left + grid.width, dtype=np.float32)
    y = shift[..., 1] + np.arange(grid.top, grid.top + grid.height, dtype=np.float32)[:, None]
    warped = cv2.remap(photo, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    return warped.reshape(grid.height, grid.width, photo.shape[2])


def _shade(canvas: Pixels, grid: Grid, backward: Float, light: Float) -> Pixels:
    """Darken the folds; they move with the skin."""
    at = grid.cells(grid.centres() + backward)
    moved = cv2.remap(light, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderValue=1.0)
    channels = canvas.shape[2]
    factor = 1 - (1 - grid.enlarge(moved)[..., None]) * _fold_tint(channels)
    factors = np.round(factor * _LIGHT_UNIT).astype(canvas.dtype)
    return cv2.multiply(canvas, factors, scale=1 / _LIGHT_UNIT).reshape(canvas.shape)


def _fold_tint(channels: int) -> Float:
    """Light that has passed through skin is red: a fold loses less of it."""
    return np.array([0.62, 1.0, 1.05] if channels == 3 else [0.9], np.float32)


def _lay_mouth(
    canvas: Pixels,
    prepared: PreparedFace,
    shape,
    upper: Float,
    lower: Float,
    moved: Displacement,
    light: Float | None,
) -> None:
    """Lips at full resolution, each from its own layer, and the opening between them."""
    rig = prepared.rig
    if np.array_equal(upper, lower):
        return
    part = mouth_part(rig, moved)
    window = rig.grid.window(part)
    along, across = shape.after.axis.over(part)
    share = lower_share(shape, along, across, softest=1.5)
    both = part.enlarge(upper[window]), part.enlarge(lower[window])
    shift = both[0] + (both[1] - both[0]) * share[..., None]
    x = shift[..., 0] + np.arange(part.left, part.left + part.width, dtype=np.float32)
    y = shift[..., 1] + np.arange(part.top, part.top + part.height, dtype=np.float32)[:, None]
    lips = cv2.remap(prepared.photo, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    lips = lips.reshape(*along.shape, -1).astype(np.float32)
    if light is not None:
        centres = rig.grid.centres()[window]
        place = lower_share(
            shape, *np.moveaxis(shape.after.axis.project(centres), -1, 0), softest=1.5
        )
        back = upper[window] + (lower[window] - upper[window]) * place[..., None]
        at = rig.grid.cells(centres + back)
        moved_light = cv2.remap(light, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderValue=1.0)
        lips *= 1 - (1 - part.enlarge(moved_light)[..., None]) * _fold_tint(lips.shape[2])
    blur = max(1.0, 0.008 * rig.frame.eye_distance)
    mask = opening_mask(shape, along, across, blur)
    if mask.max() > 0:
        inside = paint_interior(rig, shape, prepared.photo, prepared.palette, along, across)
        lips += (inside - lips) * mask[..., None]
    # The outermost cells only pad the enlargement.
    _paste(canvas, rig.grid, part, lips, inset=rig.grid.step)


def _lay_eyes(canvas: Pixels, prepared: PreparedFace, moved: Displacement, gaze: Float) -> None:
    rig = prepared.rig
    for eye, shift in zip(EYES, gaze, strict=True):
        points = list(eye.upper + eye.lower)
        if not np.any(np.abs(moved.points[points]) > 0.05) and not np.any(shift):
            continue
        part = eye_part(rig, eye)
        ball, cover = look_through(rig, eye, moved, shift, prepared.photo, part)
        y, x = part.top - rig.grid.top, part.left - rig.grid.left
        under = canvas[y : y + part.height, x : x + part.width].astype(np.float32)
        _paste(canvas, rig.grid, part, under + (ball - under) * cover[..., None], inset=0)


def _paste(canvas: Pixels, grid: Grid, part: Grid, values: Float, inset: int) -> None:
    y, x = part.top - grid.top, part.left - grid.left
    full = np.iinfo(canvas.dtype).max
    whole = np.clip(np.rint(values), 0, full).astype(canvas.dtype)
    inner = slice(inset, part.height - inset), slice(inset, part.width - inset)
    canvas[y : y + part.height, x : x + part.width][inner] = whole[inner]
