"""The instant editor: a face-aware warp, no download, no GPU, an answer while the slider moves."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.editors.base import FaceCrop, FaceImage, OnPreview, OnStep, Pixels
from engine.editors.instant.activation import activation_changes
from engine.editors.instant.eyes import eye_part, look_through
from engine.editors.instant.frame import face_frame
from engine.editors.instant.grid import Grid, covering, invert
from engine.editors.instant.mouth import (
    Mouth,
    lips_part,
    lower_share,
    mouth,
    opening_mask,
    paint_interior,
)
from engine.editors.instant.palette import Palette, read_palette
from engine.editors.instant.rig import Displacement, Rig, build_rig, right_is_higher
from engine.editors.instant.sampling import fetch, fetch_level
from engine.editors.instant.topology import EYES, OVAL
from engine.faces import head_frame
from engine.faces.face import Face
from engine.recipes import Intensities

Float = NDArray[np.floating[Any]]

# Around the face's outline, in eye distances: sides, above, below (a jaw may drop).
_MARGINS = (0.06, 0.06, 0.40)
# A smaller shift is not seen; fetched again, the skin would only lose of its grain.
_NO_SHIFT_PX = 1 / 16
# Factors of light are carried as integers of this unit, for a multiplication without floats.
_LIGHT_UNIT = 200
_BAND_PX = 96


@dataclass(frozen=True)
class PreparedFace:
    """A face ready to be rendered at any intensity."""

    photo: Pixels  # as it came, (height, width, channels), alpha included
    colour: Pixels  # its colour channels, (height, width, 1 or 3)
    face: Face
    rig: Rig
    palette: Palette


class InstantEditor:
    """Moves the mesh points of a face by its action units and warps the photo after them."""

    name = "instant"

    def prepare(self, crop: FaceCrop, *, on_step: OnStep) -> PreparedFace:
        """Build the face's rig: grid, frame, borders, colours."""
        on_step(0, 1)
        photo = crop.photo if crop.photo.ndim == 3 else crop.photo[..., None]
        has_alpha = photo.shape[2] in (2, 4)
        # OpenCV warps contiguous pixels; without alpha this is the photo itself, not a copy.
        colour = np.ascontiguousarray(photo[..., :-1] if has_alpha else photo)
        landmarks = crop.face.landmarks
        frame = face_frame(landmarks, head_frame(landmarks))
        grid = covering(landmarks[list(OVAL), :2], frame.eye_distance, _MARGINS)
        return PreparedFace(
            photo=photo,
            colour=colour,
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
        on_preview: OnPreview | None = None,
    ) -> Iterator[FaceImage]:
        """One edited rectangle per frame. `seed` changes nothing: nothing here is random."""
        del seed, on_preview
        for done, intensities in enumerate(frames):
            on_step(done, len(frames))
            yield render_frame(prepared, intensities)

    def notes(self) -> tuple[str, ...]:
        """Nothing: there is one way to do it."""
        return ()


@dataclass(frozen=True)
class _Flow:
    """Where everything came from, on the whole grid.

    Attributes:
        upper, lower: (rows, columns, 2) backward displacement of the two lips' layers, in pixels;
            one array when nothing parts them.
        came_from: (rows, columns, 2) places in the photo, both layers joined.
        changed: (rows, columns) where anything changes, a cell of margin included.
        light: (rows, columns) light left in the folds at the places they moved to, or None.
    """

    moved: Displacement
    mouth: Mouth
    upper: Float
    lower: Float
    came_from: Float
    changed: NDArray[np.bool_]
    light: Float | None


def render_frame(prepared: PreparedFace, intensities: Intensities) -> FaceImage:
    """The face at these intensities; one untouched pixel when nothing is to change."""
    rig = prepared.rig
    changes = activation_changes(
        intensities, prepared.face.blendshapes, lambda unit: right_is_higher(rig, unit)
    )
    if not changes:
        return _untouched(prepared)
    flow = _flow(rig, rig.displacement(changes), rig.shade(changes))
    part = rig.grid.around(flow.changed)
    if part is None:
        return _untouched(prepared)
    canvas = _warp(prepared.colour, rig.grid, part, flow)
    if flow.light is not None:
        _shade(canvas, flow.light[rig.grid.window(part)], part)
    if flow.upper is not flow.lower:
        _lay_lips(canvas, part, prepared, flow)
    _lay_eyes(canvas, part, prepared, flow.moved, rig.gaze(changes))
    return _cut(prepared, canvas, part)


def _flow(rig: Rig, moved: Displacement, shade: Float | None) -> _Flow:
    grid = rig.grid
    shape = mouth(rig, moved)
    upper = invert(moved.upper, grid.step)
    lower = upper if moved.lower is moved.upper else invert(moved.lower, grid.step)
    backward = upper
    if lower is not upper:
        along, across = np.moveaxis(shape.after.axis.project(rig.centres), -1, 0)
        share = lower_share(shape, along, across, softest=grid.step)
        backward = upper + (lower - upper) * share[..., None]
    came_from = rig.centres + backward
    light = None
    if shade is not None:
        light = fetch_level(shade, grid.cells(came_from), beyond=1.0)
    changed = _changed_cells(backward, light)
    return _Flow(moved, shape, upper, lower, came_from, changed, light)


def _untouched(prepared: PreparedFace) -> FaceImage:
    return FaceImage(0, 0, prepared.photo[:1, :1].copy())


def _changed_cells(backward: Float, light: Float | None) -> NDArray[np.bool_]:
    changed = np.abs(backward).max(axis=2) > _NO_SHIFT_PX
    if light is not None:
        changed |= light < 1 - 0.5 / _LIGHT_UNIT
    return cv2.dilate(changed.view(np.uint8), np.ones((3, 3), np.uint8)).view(bool)


def _warp(colour: Pixels, grid: Grid, part: Grid, flow: _Flow) -> Pixels:
    """The photo over the part's rectangle, each pixel fetched from where it came from.

    Band by band, and of each band only what changes: a face is rounder than its rectangle, and a
    band's map stays in the processor's cache.
    """
    canvas = np.zeros((part.height, part.width, colour.shape[2]), colour.dtype)
    height, width = colour.shape[:2]
    x0, y0 = max(part.left, 0), max(part.top, 0)
    x1, y1 = min(part.left + part.width, width), min(part.top + part.height, height)
    canvas[y0 - part.top : y1 - part.top, x0 - part.left : x1 - part.left] = colour[y0:y1, x0:x1]
    row0, column0 = grid.window(part)[0].start, grid.window(part)[1].start
    rows = max(1, _BAND_PX // part.step)
    for row in range(row0, row0 + part.rows, rows):
        columns = np.flatnonzero(flow.changed[row : row + rows].any(axis=0))
        if len(columns) == 0:
            continue
        # A cell on every side only pads the enlargement, which levels off in its outer half.
        band = grid.cells_part(row - 1, columns[0] - 1, row + rows + 1, columns[-1] + 2)
        came_from = band.enlarge(flow.came_from[grid.window(band)])
        inner = grid.cells_part(row, max(columns[0], column0), row + rows, columns[-1] + 1)
        inner = inner.clipped(part)
        canvas[part.pixels(inner)] = fetch(colour, came_from[band.pixels(inner)], cubic=True)
    return canvas


def _shade(canvas: Pixels, light: Float, part: Grid) -> None:
    """Darken the folds in place."""
    dark = (light < 1 - 0.5 / _LIGHT_UNIT).view(np.uint8)
    folds = part.around(cv2.dilate(dark, np.ones((3, 3), np.uint8)))
    if folds is None:
        return
    factors = _tinted(light[part.window(folds)], canvas.shape[2]) * _LIGHT_UNIT
    enlarged = folds.enlarge(np.rint(factors).astype(canvas.dtype))
    window = part.pixels(folds)
    canvas[window] = cv2.multiply(
        canvas[window], enlarged.reshape(canvas[window].shape), scale=1 / _LIGHT_UNIT
    ).reshape(canvas[window].shape)


def _tinted(light: Float, channels: int) -> Float:
    """Light per channel: what has passed through skin is red, so a fold loses less of that."""
    tint = np.array([0.62, 1.0, 1.05] if channels == 3 else [0.9], np.float32)
    return 1 - (1 - light[..., None]) * tint


def _lay_lips(canvas: Pixels, part: Grid, prepared: PreparedFace, flow: _Flow) -> None:
    """The lips' edges at full resolution, each from its own layer, and the opening between."""
    rig = prepared.rig
    lips = lips_part(rig, flow.mouth, within=part)
    window = rig.grid.window(lips)
    along, across = flow.mouth.after.axis.over(lips)
    share = lower_share(flow.mouth, along, across, softest=1.5)[..., None]
    upper = lips.enlarge(rig.centres[window] + flow.upper[window])
    lower = lips.enlarge(rig.centres[window] + flow.lower[window])
    came_from = upper + (lower - upper) * share
    pixels = fetch(prepared.colour, came_from, cubic=True).astype(np.float32)
    if flow.light is not None:
        light = lips.enlarge(flow.light[window])
        pixels *= _tinted(light, pixels.shape[2])
    mask = opening_mask(flow.mouth, along, across, max(1.0, 0.008 * rig.frame.eye_distance))
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if len(rows):
        step = lips.step
        gap = lips.cells_part(
            rows[0] // step, columns[0] // step, rows[-1] // step + 1, columns[-1] // step + 1
        )
        inside = paint_interior(rig, flow.mouth, prepared.colour, prepared.palette, gap)
        window = lips.pixels(gap)
        pixels[window] += (inside - pixels[window]) * mask[window][..., None]
    # Half a cell at the rim only pads the enlargement.
    _paste(canvas, part, lips, pixels, inset=lips.step)


def _lay_eyes(
    canvas: Pixels, part: Grid, prepared: PreparedFace, moved: Displacement, gaze: Float
) -> None:
    rig = prepared.rig
    for eye, shift in zip(EYES, gaze, strict=True):
        points = list(eye.upper + eye.lower)
        if not np.any(np.abs(moved.points[points]) > 0.05) and not np.any(shift):
            continue
        around = eye_part(rig, eye, within=part)
        ball, cover = look_through(rig, eye, moved, shift, prepared.colour, around)
        under = canvas[part.pixels(around)].astype(np.float32)
        _paste(canvas, part, around, under + (ball - under) * cover[..., None], inset=0)


def _paste(canvas: Pixels, part: Grid, piece: Grid, values: Float, inset: int) -> None:
    full = np.iinfo(canvas.dtype).max
    whole = np.clip(np.rint(values), 0, full).astype(canvas.dtype)
    inner = slice(inset, piece.height - inset), slice(inset, piece.width - inset)
    canvas[part.pixels(piece)][inner] = whole[inner]


def _cut(prepared: PreparedFace, canvas: Pixels, part: Grid) -> FaceImage:
    """What of the canvas lies inside the photo, alpha put back."""
    height, width = prepared.photo.shape[:2]
    left, top = max(part.left, 0), max(part.top, 0)
    right, bottom = min(part.left + part.width, width), min(part.top + part.height, height)
    if right <= left or bottom <= top:
        return _untouched(prepared)
    edited = canvas[top - part.top : bottom - part.top, left - part.left : right - part.left]
    if prepared.photo.shape[2] == edited.shape[2]:
        return FaceImage(left, top, edited)
    pixels = prepared.photo[top:bottom, left:right].copy()
    pixels[..., :-1] = edited
    return FaceImage(left, top, pixels)
