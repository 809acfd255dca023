"""The mouth's two lips, which move apart, and what shows between them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.editors.base import Pixels
from engine.editors.instant.contour import Contour, axis_between, contour
from engine.editors.instant.grid import Grid
from engine.editors.instant.palette import Palette
from engine.editors.instant.rig import Displacement, Rig
from engine.editors.instant.sampling import fetch, resized
from engine.editors.instant.topology import (
    LIP_INNER_LOWER,
    LIP_INNER_UPPER,
)

Float = NDArray[np.floating[Any]]

# A mouth whose inner contours are nearer than this (eye distances) is closed: the gap that the
# mesh shows is its error, and the dark line between the lips belongs to the skin.
_CLOSED = 0.022
# Widths of the upper teeth from the middle outwards as a frontal viewer sees them: central and
# lateral incisor, canine, premolars turning away. In eye distances; an outer eye distance is
# about 88 mm and a central incisor 8.5 mm (Wheeler's Dental Anatomy).
_TEETH = (0.094, 0.072, 0.066, 0.046, 0.034)


_PAINTED_EYE_DISTANCE = 260


@dataclass(frozen=True)
class Mouth:
    """The mouth as it is, and as the displacement makes it."""

    before: Contour
    after: Contour
    was_open: bool
    drop: float  # how far the lower lip's middle goes down, pixels


def mouth(rig: Rig, displacement: Displacement) -> Mouth:
    """The mouth's contours before and after."""
    points = rig.landmarks[:, :2]
    moved = points + displacement.points
    axis = axis_between(moved[78], moved[308])
    before = contour(axis, points, LIP_INNER_UPPER, LIP_INNER_LOWER)
    was_open = before.opening > _CLOSED * rig.frame.eye_distance
    if was_open:
        after = contour(axis, moved, LIP_INNER_UPPER, LIP_INNER_LOWER)
    else:
        line = (points[list(LIP_INNER_UPPER)] + points[list(LIP_INNER_LOWER)]) / 2
        meeting = points.copy()
        meeting[list(LIP_INNER_UPPER)] = meeting[list(LIP_INNER_LOWER)] = line
        before = contour(axis, meeting, LIP_INNER_UPPER, LIP_INNER_LOWER)
        after = contour(axis, meeting + displacement.points, LIP_INNER_UPPER, LIP_INNER_LOWER)
    drop = float(axis.project(displacement.points[[14, 87, 317]] + axis.centre)[:, 1].mean())
    return Mouth(before, after, was_open, drop)


def lips_part(rig: Rig, shape: Mouth, within: Grid) -> Grid:
    """The cells around the line between the lips, where both layers meet."""
    after = shape.after
    edges = np.concatenate([after.upper, after.lower])
    places = after.axis.to_pixels(np.concatenate([after.along, after.along]), edges)
    pad = 0.05 * rig.frame.eye_distance + 3 * within.step
    return within.part(*(places.min(axis=0) - pad), *(places.max(axis=0) + pad))


def lower_share(shape: Mouth, along: Float, across: Float, softest: float) -> Float:
    """How much of the lower lip's layer each place takes: 0 above the lips' line, 1 below.

    Sharp between the corners and ever softer beyond, where both layers agree. `softest` is the
    width of the change between the corners, in pixels.
    """
    upper, lower = shape.after.edges(along)
    reach = np.maximum(shape.after.along[0] - along, along - shape.after.along[-1])
    softness = softest + 0.8 * np.maximum(reach, 0)
    return np.clip((across - (upper + lower) / 2) / softness + 0.5, 0, 1).astype(np.float32)


def opening_mask(shape: Mouth, along: Float, across: Float, blur: float) -> Float:
    """1 well inside the opening, 0 outside; `blur` pixels wide at the lips' edges."""
    upper, lower = shape.after.edges(along)
    ends = np.minimum(along - shape.after.along[0], shape.after.along[-1] - along)
    inside = np.minimum(np.minimum(across - upper, lower - across), ends)
    return np.clip(inside / blur, 0, 1).astype(np.float32)


def paint_interior(rig: Rig, shape: Mouth, photo: Pixels, palette: Palette, part: Grid) -> Float:
    """(height, width, channels) what shows between the lips over a part's pixels, in the photo's
    values.

    What the photo shows of an open mouth is kept: the upper teeth stay with the skull, the lower
    part goes with the jaw. What was never seen is painted: a dark cavity, teeth, tongue.
    """
    # Paint is soft: a large face is painted small and enlarged.
    shrink = max(1, round(rig.frame.eye_distance / _PAINTED_EYE_DISTANCE))
    size = (max(1, part.width // shrink), max(1, part.height // shrink))
    along, across = shape.after.axis.over(part)
    small = [resized(v, size) for v in (along, across)]
    painted = resized(_paint_cavity(rig, shape, palette, *small), (part.width, part.height))
    if not shape.was_open:
        return painted
    unit = rig.frame.eye_distance
    for shift in (shape.drop, 0.0):  # the upper part is laid over the lower
        seen, trust = _seen_interior(shape, photo, along, across - shift, blur=0.02 * unit)
        painted += (seen - painted) * trust[..., None]
    return painted


def _seen_interior(
    shape: Mouth, photo: Pixels, along: Float, across: Float, blur: float
) -> tuple[Float, Float]:
    """The photo's own mouth at a place, and how far it can be trusted (0 outside the opening)."""
    upper, lower = shape.before.edges(along)
    start, stop = shape.before.along[0], shape.before.along[-1]
    inset = blur * 0.5
    inside = np.minimum(across - upper, lower - across) - inset
    ends = np.minimum(along - start, stop - along)
    seen = fetch(photo, shape.before.axis.to_pixels(along, across)).astype(np.float32)
    return seen, np.clip(np.minimum(inside, ends) / blur, 0, 1)


def _paint_cavity(rig: Rig, shape: Mouth, palette: Palette, along: Float, across: Float) -> Float:
    unit = rig.frame.eye_distance
    upper, lower = shape.after.edges(along)
    height = np.maximum(lower - upper, 1e-3)
    down = np.clip((across - upper) / height, 0, 1)
    x = along / unit
    half = (shape.after.along[-1] - shape.after.along[0]) / (2 * unit)
    side = np.clip(1 - (x / max(half, 1e-3)) ** 2, 0, 1)

    # Darkest behind the upper teeth; the tongue catches some light at the bottom.
    cavity = palette.cavity * (0.55 + 0.45 * down * side)[..., None]
    tongue = _step(((across - lower) / unit + 0.085) / 0.06) * _step((0.17 - np.abs(x)) / 0.10)
    picture = (
        cavity
        + (palette.tongue - cavity)
        * (0.75 * tongue * _step((height / unit - 0.045) / 0.07))[..., None]
    )

    teeth, cover = _upper_teeth(shape, palette, unit, x, across)
    picture += (teeth - picture) * cover[..., None]
    # The lips shade what lies behind them, the upper one most; a narrow gap has no room for it.
    shadow = 0.76 + 0.24 * _step((across - upper) / np.minimum(0.030 * unit, 0.6 * height))
    shadow *= 0.75 + 0.25 * _step((lower - across) / np.minimum(0.020 * unit, 0.4 * height))
    return (picture * (shadow * (0.62 + 0.38 * side))[..., None]).astype(np.float32)


def _upper_teeth(
    shape: Mouth, palette: Palette, unit: float, x: Float, across: Float
) -> tuple[Float, Float]:
    """Colour and cover of the upper row. It hangs from the skull: the lips move, it does not."""
    line, lower = shape.before.edges(np.zeros(1, np.float32))
    hangs = float(np.clip(0.8 * (lower - line)[0] / unit, 0.022, 0.085))
    bounds = np.cumsum((0.0, *_TEETH))
    distance = np.abs(x)
    # The edge rises towards the canines, and each tooth's corner is a little round.
    middles = (bounds[1:] + bounds[:-1]) / 2
    tooth = np.searchsorted(middles, distance)
    nearest = np.abs(distance - bounds[tooth])
    edge = line[0] / unit + hangs - 0.35 * distance**2 - 0.006 * np.exp(-((nearest / 0.012) ** 2))
    below = across / unit - edge
    cover = _step(-below / 0.010 + 0.5) * _step((bounds[-1] - distance) / 0.05)
    gap = 1 - 0.22 * np.exp(-((nearest / 0.0045) ** 2))
    turn = np.clip(1.03 - 6.5 * distance**2, 0.25, 1)
    rim = 1 - 0.12 * np.exp(-((below / 0.010) ** 2))  # enamel is translucent at the edge
    return palette.teeth * (gap * turn * rim)[..., None], cover


def _step(t: Float) -> Float:
    t = np.clip(t, 0, 1)
    return t * t * (3 - 2 * t)
