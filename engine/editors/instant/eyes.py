"""Eyeballs: they stay round and in place while the lids move over them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.editors.base import Pixels
from engine.editors.instant.contour import axis_between, contour
from engine.editors.instant.grid import Grid
from engine.editors.instant.rig import Displacement, Rig
from engine.editors.instant.sampling import fetch
from engine.editors.instant.topology import Eye

Float = NDArray[np.floating[Any]]

# Lashes and the lid's wet rim lie inside the mesh's contour; they belong to the lid.
_RIM = 0.012


def eye_part(rig: Rig, eye: Eye, within: Grid) -> Grid:
    """The cells around one eye."""
    points = rig.landmarks[list(eye.upper + eye.lower), :2]
    pad = 0.06 * rig.frame.eye_distance
    return within.part(*(points.min(0) - pad), *(points.max(0) + pad))


def look_through(
    rig: Rig,
    eye: Eye,
    displacement: Displacement,
    gaze: Float,
    photo: Pixels,
    part: Grid,
) -> tuple[Float, Float]:
    """The eyeball between the moved lids: (height, width, channels) values and (height, width)
    cover over the pixels of `part`.

    What the lids hid is completed: the iris by its own lower half turned over, for it is round;
    the white by the white next to it.
    """
    points = rig.landmarks[:, :2]
    axis = axis_between(*(points[[eye.upper[0], eye.upper[-1]]][:: -eye.outward]))
    order = slice(None, None, -eye.outward)
    upper, lower = eye.upper[order], eye.lower[order]
    before = contour(axis, points, upper, lower)
    after = contour(axis, points + displacement.points, upper, lower)
    rim = min(_RIM * rig.frame.eye_distance, 0.22 * max(before.opening, 0.0))

    along, across = axis.over(part)
    top, bottom = after.edges(along)
    blur = max(1.0, 0.008 * rig.frame.eye_distance)
    inside = np.minimum(across - top - rim, bottom - rim - across)
    ends = np.minimum(along - after.along[0], after.along[-1] - along) - rim
    cover = np.clip(np.minimum(inside, ends) / blur + 0.5, 0, 1)

    shift = axis.project(gaze + axis.centre)
    ball_along, ball_across = along - shift[0], across - shift[1]
    seen_top, seen_bottom = before.edges(ball_along)
    seen_top, seen_bottom = seen_top + rim, np.maximum(seen_bottom - rim, seen_top + rim)
    # Turned over at the lid's edge, and never past the other lid.
    mirrored = np.where(ball_across < seen_top, 2 * seen_top - ball_across, ball_across)
    mirrored = np.where(mirrored > seen_bottom, 2 * seen_bottom - mirrored, mirrored)
    mirrored = np.clip(mirrored, seen_top, seen_bottom)
    ball = fetch(photo, axis.to_pixels(ball_along, mirrored)).astype(np.float32)

    iris = axis.project(points[list(eye.iris)])
    radius = float(np.hypot(*(iris[1:] - iris[0]).T).mean())
    dx, dy = ball_along - iris[0, 0], ball_across - iris[0, 1]
    turned = 2 * iris[0, 1] - ball_across
    hidden = (ball_across < seen_top) & (turned <= seen_bottom) & (turned >= seen_top)
    within = np.clip((radius - np.hypot(dx, dy)) / (0.2 * radius) + 0.5, 0, 1) * hidden
    if np.any(within):
        completed = fetch(photo, axis.to_pixels(ball_along, np.where(hidden, turned, mirrored)))
        ball += (completed - ball) * within[..., None]
    return ball, cover.astype(np.float32)
