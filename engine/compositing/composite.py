"""A generative edit put into the full-resolution photo: what stays is the photo's own."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.compositing.alignment import Similarity, align
from engine.compositing.assembly import Correction, Pixels, assemble
from engine.compositing.change import (
    Area,
    Difference,
    OpenSides,
    changed_area,
    contrast,
    difference,
    soft_mask,
    unchanged,
    with_moving,
)
from engine.compositing.colour import local_offset, match, usable
from engine.compositing.detail import Grain, model_blur, read_grain
from engine.compositing.fields import Field, largest, luma, ramp, smooth
from engine.compositing.motion import Motion, fetch, follow
from engine.compositing.prior import Landmarks, Prior, expect

Rgb8 = NDArray[np.uint8]
"""(height, width, 3)."""

_FINE_PX = 4.0  # what is finer than that is detail, what is coarser shading
_GHOST = (2.5, 5.0)  # times the usual error: with so much left over the photo's detail is a ghost
_NEW = (1.5, 3.0)  # and so much is something that the model has made


@dataclass(frozen=True)
class Drift:
    """How far the model's picture lay off, measured where it changed nothing.

    Attributes:
        shift_px: how far the crop's middle moved, in pixels of the model's picture.
        scale: above 1, the model has zoomed in.
        rotation_deg: clockwise.
        colour: red, green and blue added, in 8-bit steps.
        blur_px: sigma of the sharpness that is lost, in pixels of the model's picture.
        residual: what differs after all corrections, root mean square in 8-bit steps.
    """

    shift_px: float
    scale: float
    rotation_deg: float
    colour: tuple[float, float, float]
    blur_px: float
    residual: float


@dataclass(frozen=True, eq=False)
class Composite:
    """An edited crop.

    Attributes:
        pixels: shape and dtype of the original crop; bit-identical to it where `mask` is 0.
        mask: (height, width) float32, 0 to 1, how far the edit counts.
        drift: how far off the model was.
        changed_share: of the crop's area, 0 to 1.
        seam: steepest change of brightness along the mask's rim (95 % are below), in 8-bit steps a
            pixel of the model's picture.
    """

    pixels: Pixels
    mask: NDArray[np.float32]
    drift: Drift
    changed_share: float
    seam: float


@dataclass(frozen=True, eq=False)
class Scene:
    """A crop and all that is known of how the model renders it, for any number of edits.

    Attributes:
        original: the crop at full resolution.
        reference: (h, w, 3) on the working grid, 8-bit steps.
        soft: the same, as soft as the model's pictures.
        null: the null render, laid over the reference, casts removed.
        null_same: (h, w), 1 where the null render is the reference but for the usual error.
        busy: (h, w), local contrast.
        likeness: how the null render lay.
        blur: sigma in pixels of the working grid.
        prior: where changes are expected.
        grain: the photo's texture.
        sides: where the crop's border is the photo's.
        model_shape: of the model's pictures.
    """

    original: Pixels
    reference: Field
    soft: Field
    null: Field
    null_same: Field
    busy: Field
    likeness: Similarity
    blur: float
    prior: Prior
    grain: Grain
    sides: OpenSides
    model_shape: tuple[int, ...]

    @property
    def model_px(self) -> float:
        """Pixels of the model's picture per pixel of the working grid."""
        return self.model_shape[1] / self.reference.shape[1]


@dataclass(frozen=True, eq=False)
class Change:
    """What an edit of a scene changes.

    Attributes:
        scene: which it is of.
        drift: how far off the model was.
        mask: (h, w) on the working grid, 0 to 1, where the edit counts.
        edit: (h, w, 3), the edit laid over the reference, its casts removed.
        noise: (h, w), the usual error of its detail.
        seen: (h, w), 1 where the model's picture reaches.
        motion: how the face moved; None where nothing has changed.
    """

    scene: Scene
    drift: Drift
    mask: Field
    edit: Field
    noise: Field
    seen: Field
    motion: Motion | None


def prepare(
    original: Pixels,
    reference: Rgb8,
    null: Rgb8,
    *,
    landmarks: Landmarks | None = None,
    neighbours: Sequence[Landmarks] = (),
    sides: OpenSides | None = None,
) -> Scene:
    """What does not depend on the edit: once for a crop and seed.

    Args:
        original: (height, width, channels) uint8 or uint16, 1 to 4 channels, never written to.
        reference: (h, w, 3), what the model was given: the crop made smaller, same values.
        null: (h, w, 3), its render at zero intensity with the edits' seed.
        landmarks: (478, 3) of the face in pixels of the crop; None expects it in the middle.
        neighbours: landmarks of other faces in the crop, which stay as they are.
        sides: which sides of the crop are edges of the photo; none by default.

    Raises `ValueError` when the pictures' shapes do not fit.
    """
    _check(original, reference, null)
    height, width = original.shape[:2]
    model_height, model_width = reference.shape[:2]
    grid = (min(width, model_width), min(height, model_height))
    given, rendered = _on_grid(reference, grid), _on_grid(null, grid)
    prior = expect((grid[1], grid[0]), landmarks, neighbours, (grid[0] / width, grid[1] / height))
    elsewhere = prior.elsewhere
    likeness = align(luma(given), luma(rendered), np.sqrt(elsewhere), Similarity())
    laid = likeness.undo(rendered)
    weight = elsewhere * usable(laid, given)
    laid = match(laid, given, weight).apply(laid)
    blur = model_blur(luma(given), luma(laid), weight)
    soft = smooth(given, blur)
    busy = contrast(soft)
    compared = difference(laid, soft, busy, elsewhere)
    return Scene(
        original=original,
        reference=given,
        soft=soft,
        null=laid,
        null_same=unchanged(compared, prior) * usable(laid, soft),
        busy=busy,
        likeness=likeness,
        blur=blur,
        prior=prior,
        grain=read_grain(_grey(original), luma(soft), prior.far),
        sides=sides or OpenSides(),
        model_shape=reference.shape,
    )


def compose(scene: Scene, edit: Rgb8) -> Composite:
    """One edit of the scene, in the shape and depth of the original; see `change_of`."""
    return apply(change_of(scene, edit))


def change_of(scene: Scene, edit: Rgb8) -> Change:
    """What an edit changes: the first half of `compose`, and what neighbouring frames share.

    Args:
        edit: (h, w, 3), of the same seed as the scene's null render.

    Raises `ValueError` when its shape does not fit.
    """
    if edit.shape != scene.model_shape:
        raise ValueError("the edit must have the size of the null render")
    height, width = scene.reference.shape[:2]
    rendered = _on_grid(edit, (width, height))
    likeness = align(
        luma(scene.reference), luma(rendered), np.sqrt(scene.prior.elsewhere), scene.likeness
    )
    laid = likeness.undo(rendered)
    usual = usable(laid, scene.soft)
    cast = match(laid, scene.soft, scene.prior.elsewhere * usual)
    matched = cast.apply(laid)
    same = unchanged(
        difference(matched, scene.soft, scene.busy, scene.prior.elsewhere), scene.prior
    )
    matched = matched + local_offset(matched, scene.null, scene.soft, same * usual, scene.null_same)
    seen = likeness.seen(matched.shape)
    area, compared = _changes(scene, matched, same, seen)
    same = unchanged(compared, scene.prior) * (area == 0)
    drift = _drift(scene, likeness, laid, matched, same)
    noise = compared.noise
    if not area.any():
        return Change(scene, drift, np.zeros(area.shape, np.float32), matched, noise, seen, None)
    motion = follow(matched, scene.soft, (area > 0) | (scene.prior.far == 0))
    area = with_moving(area, motion.way, scene.prior)
    mask = soft_mask(area, scene.prior, scene.sides)
    return Change(scene, drift, mask, matched, noise, seen, motion)


def apply(change: Change, beside: Sequence[Change] = ()) -> Composite:
    """The scene's original with the change: the second half of `compose`.

    Args:
        beside: the changes of the frames before and after. The mask becomes their mean with this
            one's, which counts twice, so that its border does not jump from frame to frame.
    """
    scene = change.scene
    masks = [change.mask] * 2 + [one.mask for one in beside if one.scene is scene]
    mask = np.asarray(np.mean(masks, axis=0), np.float32)
    if change.motion is None:
        empty = np.zeros(scene.original.shape[:2], np.float32)
        return Composite(scene.original.copy(), empty, change.drift, 0.0, 0.0)
    correction = _correct(change, change.motion.within(mask), mask)
    pixels, full = assemble(scene.original, correction, scene.grain.tile)
    return Composite(pixels, full, change.drift, float(full.mean()), _seam(scene, correction))


def _check(original: Pixels, reference: Rgb8, null: Rgb8) -> None:
    if original.ndim != 3 or original.dtype not in (np.uint8, np.uint16):
        raise ValueError("the crop must be (height, width, channels) of 8 or 16 bits")
    if reference.ndim != 3 or reference.shape[2] != 3 or reference.shape != null.shape:
        raise ValueError("reference and null render must be RGB of one size")


def _on_grid(picture: Rgb8, size: tuple[int, int]) -> Field:
    """8-bit steps as float32, (h, w, 3). A crop smaller than the model's picture is the grid."""
    values = picture.astype(np.float32)
    if (picture.shape[1], picture.shape[0]) == size:
        return values
    return cv2.resize(values, size, interpolation=cv2.INTER_AREA)


def _grey(original: Pixels) -> Pixels:
    if original.shape[2] < 3:
        return np.ascontiguousarray(original[..., 0])
    colours = np.ascontiguousarray(original[..., :3])
    return cv2.cvtColor(colours, cv2.COLOR_RGB2GRAY).astype(original.dtype, copy=False)


def _changes(scene: Scene, edit: Field, same: Field, seen: Field) -> tuple[Area, Difference]:
    """Where the edit differs from null or reference, and how it differs from the reference.

    Both count: on a face that smiles already the null render is not the photo.
    """
    elsewhere = np.minimum(same, scene.prior.elsewhere)
    to_reference = difference(edit, scene.soft, scene.busy, elsewhere)
    to_null = difference(edit, scene.null, scene.busy, same * scene.null_same)
    strength = np.maximum(to_reference.strength, to_null.strength)
    return changed_area(strength * seen, scene.prior), to_reference


def _correct(change: Change, motion: Motion, mask: Field) -> Correction:
    """Flow first, then what it leaves over."""
    scene, edit, seen = change.scene, change.edit, change.seen
    moved = smooth(fetch(scene.reference, motion.flow), scene.blur)
    left = edit - moved
    shading = smooth(left, _FINE_PX)
    fine = left - shading
    size = smooth(largest(np.abs(fine)), 1.5) / change.noise
    keep = smooth(np.minimum(ramp(size, _GHOST[1], _GHOST[0]), motion.trust), 1.0)
    # Adding the model's detail costs little where it is not sure, losing the photo's costs much.
    adding = np.maximum(ramp(size, *_NEW), 1 - keep)
    residual = (shading + fine * adding[..., None]) * seen[..., None]
    return Correction(
        flow=motion.flow,
        mask=mask,
        keep=np.maximum(keep, 1 - seen),
        trust=motion.trust,
        residual=residual,
        soft=moved,
        grain=scene.grain.on(luma(edit)),
        texture=scene.grain.texture,
    )


def _drift(scene: Scene, likeness: Similarity, laid: Field, matched: Field, same: Field) -> Drift:
    weight = same / (float(same.sum()) + 1e-6)
    colour = np.einsum("hw,hwc->c", weight, laid - scene.soft)
    left = float(np.einsum("hw,hwc->", weight, np.square(matched - scene.soft)) / 3)
    return Drift(
        shift_px=likeness.shift * scene.model_px,
        scale=likeness.scale,
        rotation_deg=likeness.rotation_deg,
        colour=(float(colour[0]), float(colour[1]), float(colour[2])),
        blur_px=scene.blur * scene.model_px,
        residual=left**0.5,
    )


def _seam(scene: Scene, correction: Correction) -> float:
    mask = correction.mask
    rim = (mask > 0) & (mask < 0.4)
    if not rim.any():
        return 0.0
    added = luma(
        fetch(scene.reference, correction.flow)
        - scene.reference
        + mask[..., None] * correction.residual
    )
    across = cv2.Sobel(added, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8)
    down = cv2.Sobel(added, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8)
    return float(np.percentile(cv2.magnitude(across, down)[rim], 95))
