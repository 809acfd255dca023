"""The rig of one face: displacement fields of its action units, solved once, added per frame."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.editors.base import Pixels
from engine.editors.instant.action_units import ActionUnit, action_units, mirror
from engine.editors.instant.activation import Sides
from engine.editors.instant.frame import FaceFrame, depth_at, squared_distances
from engine.editors.instant.glasses import frames_hold
from engine.editors.instant.grid import Grid
from engine.editors.instant.topology import EYES, LOWER_LIP, OVAL, UPPER_LIP, indices

Float = NDArray[np.floating[Any]]

# Within this distance of the middle line a one-sided unit fades out, in eye distances.
_MIDLINE = 0.13
# Lids never cross and never leave the eyeball bare.
_LID_LIMITS = (-0.55, 0.93)
# How far the fold above and below the eye follows its lid.
_FOLD_FOLLOWS = 0.45
# Where a crease ends, in its widths: a bell is down to a three thousandth there.
_RIDGE_REACH = 4.0


@dataclass(frozen=True)
class Displacement:
    """Pixels moved, twice: the skin that goes with the upper and that which goes with the lower
    lip. Both agree away from the mouth.

    Attributes:
        upper, lower: (rows, columns, 2) on the grid; one array when the lips are not parted.
        points: (478, 2) of the mesh points.
    """

    upper: Float
    lower: Float
    points: Float


@dataclass(frozen=True)
class Rig:
    """What of a face does not depend on intensity. Fields are solved when first asked for."""

    grid: Grid
    frame: FaceFrame
    landmarks: Float  # (478, 3) pixels
    local: Float  # (478, 3) in the face's frame
    centres: Float  # (rows, columns, 2) pixels
    cells: Float  # (rows, columns, 2) in the face's frame
    border: Float  # (rows, columns) 1 inside the face, 0 where nothing may move
    point_border: Float  # (478,) the same at the mesh points
    right_side: Float  # (rows, columns) 1 on the person's right, 0 on the left
    point_right_side: Float  # (478,)
    _solved: dict[str, Displacement] = field(default_factory=dict)

    def displacement(self, changes: Mapping[str, Sides]) -> Displacement:
        """The sum over all units; `lids` of all units are summed first and kept within reason."""
        units = action_units()
        parts = [(name, sides) for name, sides in changes.items() if units[name].moves]
        for lid in ("upper", "lower"):
            closing = [
                sum(
                    getattr(units[name].lids, lid) * sides[k]
                    for name, sides in changes.items()
                    if units[name].lids
                )
                for k in (0, 1)
            ]
            sides = Sides(*(float(np.clip(c, *_LID_LIMITS)) for c in closing))
            if any(sides):
                parts.append((f"{lid} lid", sides))
        upper, points = np.zeros_like(self.cells), np.zeros_like(self.landmarks[:, :2])
        apart = np.zeros_like(self.cells)
        parted = False
        for name, (right, left) in parts:
            solved = self._field(name)
            weight = (left + (right - left) * self.right_side)[..., None]
            upper += solved.upper * weight
            if solved.lower is not solved.upper:
                apart += (solved.lower - solved.upper) * weight
                parted = True
            points += solved.points * (left + (right - left) * self.point_right_side)[:, None]
        return Displacement(upper, upper + apart if parted else upper, points)

    def gaze(self, changes: Mapping[str, Sides]) -> Float:
        """(2, 2) shift of the right and the left eyeball, in pixels."""
        shift = np.zeros((2, 3), np.float32)
        for name, sides in changes.items():
            if gaze := action_units()[name].gaze:
                shift[:, :2] += np.outer(sides, gaze)
        return self.frame.to_pixels(shift)

    def shade(self, changes: Mapping[str, Sides]) -> Float | None:
        """(rows, columns) light left in the folds, 1 where nothing changes; None if nowhere."""
        loss = None
        for name, sides in changes.items():
            for number in range(len(action_units()[name].creases)):
                for side, amount in enumerate(sides):
                    if amount > 0:
                        line = self._crease(name, number, side)
                        loss = line * amount if loss is None else loss + line * amount
        return None if loss is None else 1 - np.minimum(loss, 0.45)

    def _field(self, name: str) -> Displacement:
        if name not in self._solved:
            if name.endswith(" lid"):
                controls = _lid_controls(self.local, upper=name.startswith("upper"))
                reach = 0.17
            else:
                unit = action_units()[name]
                controls, reach = _controls(unit), unit.reach
            self._solved[name] = self._solve(controls, reach)
        return self._solved[name]

    def _solve(self, controls: Mapping[int, Float], reach: float) -> Displacement:
        upper_controls = {p: v for p, v in controls.items() if p not in LOWER_LIP}
        lower_controls = {p: v for p, v in controls.items() if p not in UPPER_LIP}
        at_points = np.empty((len(self.local), 2), np.float32)
        upper = self._spread(upper_controls, reach, self.local[:, :2])
        at_points[:] = upper
        if len(lower_controls) == len(controls) == len(upper_controls):
            grid = self._spread_on_grid(controls, reach)
            return Displacement(grid, grid, at_points * self.point_border[:, None])
        lower_lip = indices(LOWER_LIP)
        at_points[lower_lip] = self._spread(lower_controls, reach, self.local[lower_lip, :2])
        return Displacement(
            self._spread_on_grid(upper_controls, reach),
            self._spread_on_grid(lower_controls, reach),
            at_points * self.point_border[:, None],
        )

    def _spread_on_grid(self, controls: Mapping[int, Float], reach: float) -> Float:
        """On every second cell, for the fields are smooth, and only as far as the reach goes."""
        every = self.cells[::2, ::2]
        xy = self.local[list(controls), :2]
        near = _around(every, xy, reach)
        values = np.zeros((*every.shape[:2], 2), np.float32)
        values[near] = self._spread(controls, reach, every[near])
        return _on_every_cell(values, self.grid) * self.border[..., None]

    def _spread(self, controls: Mapping[int, Float], reach: float, at: Float) -> Float:
        """Pixel displacement (n, 2) at local points (n, 2) by radial-basis interpolation."""
        if not controls:
            return np.zeros((len(at), 2), np.float32)
        xy = self.local[list(controls), :2]
        moves = np.array(list(controls.values()), np.float32)
        # The ridge keeps close controls with unlike moves from overshooting between them.
        system = _wendland(_distances(xy, xy) / reach) + 0.02 * np.eye(len(xy), dtype=np.float32)
        weights = np.linalg.solve(system, moves).astype(np.float32)
        return self.frame.to_pixels(_wendland(_distances(at, xy) / reach) @ weights)

    def _crease(self, name: str, number: int, side: int) -> Float:
        key = f"{name} crease {number} {side}"
        if key not in self._solved:
            crease = action_units()[name].creases[number]
            points = [p if side == 0 else mirror()[p] for p in crease.line]
            loss = crease.depth * _ridge(self.cells, self.local[points, :2], crease.width)
            loss *= self.border
            self._solved[key] = Displacement(loss, loss, loss)
        return self._solved[key].upper


def build_rig(photo: Pixels, grid: Grid, frame: FaceFrame, landmarks: Float) -> Rig:
    """Find what the fields need: the cells' and points' places in the face's own frame, and where
    nothing may move. `photo` has one or three channels."""
    centres = grid.centres()
    depth = depth_at(centres[::2, ::2], landmarks[:468], 0.08 * frame.eye_distance)
    depth = _on_every_cell(depth, grid)
    cells = frame.to_local(np.dstack([centres, depth]).astype(np.float32))[..., :2]
    local = frame.to_local(landmarks)
    border = _border(grid, landmarks, cells, local, frame.eye_distance)
    hold = frames_hold(photo, frame, landmarks, local, cells)
    if hold is not None:
        border = border * (1 - hold)
    at = grid.cells(landmarks[:, :2])
    return Rig(
        grid=grid,
        frame=frame,
        landmarks=landmarks,
        local=local,
        centres=centres,
        cells=cells,
        border=border,
        point_border=cv2.remap(border, at[None, :, 0], at[None, :, 1], cv2.INTER_LINEAR)[0],
        right_side=_smooth_step((_MIDLINE - cells[..., 0]) / (2 * _MIDLINE)),
        point_right_side=_smooth_step((_MIDLINE - local[:, 0]) / (2 * _MIDLINE)),
    )


def right_is_higher(rig: Rig, name: str) -> bool:
    """Whether the points that a unit moves stand higher on the person's right."""
    right = [point for move in action_units()[name].moves for point in move.points]
    left = [mirror()[point] for point in right]
    return bool(rig.local[right, 1].mean() < rig.local[left, 1].mean())


def _controls(unit: ActionUnit) -> dict[int, Float]:
    """Mesh point → movement (3,) for both sides of the face; held points move by nothing."""
    partner = mirror()
    controls: dict[int, Float] = {}
    for point in unit.hold:
        controls[point] = controls[partner[point]] = np.zeros(3, np.float32)
    for move in unit.moves:
        for point in move.points:
            by = np.array(move.by, np.float32)
            if partner[point] == point:
                by[0] = 0  # the middle line does not drift to a side
            controls[point] = by
            controls[partner[point]] = by * (-1 if partner[point] != point else 1, 1, 1)
    return controls


def _lid_controls(local: Float, *, upper: bool) -> dict[int, Float]:
    """Controls that close one lid of both eyes fully, whatever the eye's present opening."""
    controls: dict[int, Float] = {}
    for eye in EYES:
        lid, other = (eye.upper, eye.lower) if upper else (eye.lower, eye.upper)
        controls |= {p: np.zeros(3, np.float32) for p in other}
        fold = eye.upper_fold if upper else eye.lower_fold
        for k, point in enumerate(lid):
            towards = local[other[k]] - local[point]
            controls[point] = towards
            if 0 < k < len(lid) - 1:
                controls[fold[k - 1]] = towards * _FOLD_FOLLOWS
    for brow in (46, 53, 52, 65, 55, 276, 283, 282, 295, 285):
        controls[brow] = np.zeros(3, np.float32)
    return controls


def _border(grid: Grid, landmarks: Float, cells: Float, local: Float, eye_distance: float) -> Float:
    """How freely each cell may move: 1 inside the face, 0 from its outline on.

    Below the chin the limit is farther out, for a jaw that drops takes its outline with it.
    """
    outline = grid.cells(landmarks[list(OVAL), :2])
    inside = np.zeros((grid.rows, grid.columns), np.uint8)
    cv2.fillPoly(inside, [np.round(outline).astype(np.int32)], 255)
    unit = eye_distance / grid.step
    depth_in = cv2.distanceTransform(inside, cv2.DIST_L2, 5) / unit
    depth_out = cv2.distanceTransform(255 - inside, cv2.DIST_L2, 5) / unit
    face = _smooth_step((depth_in - 0.015) / 0.15)
    mouth_y = local[[61, 291], 1].mean()
    chin_y = local[152, 1]
    low = _smooth_step((cells[..., 1] - mouth_y) / max(chin_y - mouth_y, 0.1) * 1.4 - 0.25)
    aside = _smooth_step((np.abs(cells[..., 0]) - 0.15) / 0.45)
    chin = low * (1 - aside) ** 0.5 * (1 - _smooth_step(depth_out / (0.36 - 0.08 * aside)))
    return np.maximum(face, chin).astype(np.float32)


def _ridge(cells: Float, line: Float, width: float) -> Float:
    """(rows, columns) 1 on a line through local points (n, 2), fading across and at both ends."""
    smooth = _through(line)
    along = np.linspace(0, 1, len(smooth))
    fade = (np.clip(np.minimum(along, 1 - along) * 5, 0, 1) ** 0.7).astype(np.float32)
    ridge = np.zeros(cells.shape[:2], np.float32)
    # Most of the face is far from the line.
    reach = _RIDGE_REACH * width
    near = _around(cells, smooth, reach)
    strength = np.exp(squared_distances(cells[near], smooth) * np.float32(-0.5 / width**2))
    ridge[near] = (strength * fade).max(axis=1, initial=0)
    return ridge


def _around(cells: Float, points: Float, reach: float) -> NDArray[np.bool_]:
    """(rows, columns) whether a cell lies in the points' rectangle, grown by `reach`."""
    (x0, y0), (x1, y1) = points.min(0) - reach, points.max(0) + reach
    x, y = cells[..., 0], cells[..., 1]
    return (x > x0) & (x < x1) & (y > y0) & (y < y1)


def _through(line: Float, count: int = 24) -> Float:
    """Points along a Catmull-Rom curve through `line`."""
    padded = np.vstack([2 * line[0] - line[1], line, 2 * line[-1] - line[-2]])
    t = np.linspace(0, len(line) - 1 - 1e-6, count)
    k, u = t.astype(int), (t % 1)[:, None]
    a, b, c, d = padded[k], padded[k + 1], padded[k + 2], padded[k + 3]
    return (
        0.5
        * (
            2 * b
            + (c - a) * u
            + (2 * a - 5 * b + 4 * c - d) * u**2
            + (3 * b - a - 3 * c + d) * u**3
        )
    ).astype(np.float32)


def _distances(a: Float, b: Float) -> Float:
    squared = squared_distances(a, b)
    return np.sqrt(squared, out=squared)


def _on_every_cell(values: Float, grid: Grid) -> Float:
    """Values solved on every second cell, from the first, brought to all cells of the grid."""
    doubled = np.array([[2, 0, 0], [0, 2, 0]], np.float32)
    return cv2.warpAffine(
        values,
        doubled,
        (grid.columns, grid.rows),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    ).astype(np.float32, copy=False)


def _wendland(r: Float) -> Float:
    """Wendland's C2 function (1995): smooth, positive definite, zero from r = 1 on."""
    rest = np.maximum(1 - r, 0)
    rest *= rest
    rest *= rest
    return rest * (4 * r + 1)


def _smooth_step(t: NDArray[Any]) -> Float:
    t = np.clip(t, 0, 1)
    return (t * t * (3 - 2 * t)).astype(np.float32)
