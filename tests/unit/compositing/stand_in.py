"""Crops with an edit of known truth, and what a generative model would make of them."""

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.compositing import Composite, compose, prepare
from engine.compositing.alignment import Similarity
from tests.helpers.portraits import edit, portrait
from tests.helpers.portraits import prepare as prepare_instant

Picture = NDArray[Any]
STILL = Similarity()


@dataclass(frozen=True)
class Wrong:
    """What the model does wrong: lies off, tints, softens, invents texture."""

    lies: Similarity = STILL
    tint: tuple[float, float, float] = (0.0, 0.0, 0.0)
    blur: float = 0.0
    noise: float = 0.0


TYPICAL = Wrong(Similarity(2.3, -1.6, 1.005, 0.15), (6.0, -3.0, 4.0), 0.7, 1.2)


@dataclass(frozen=True)
class Scenario:
    """A crop, what it shall become, and the model's pictures."""

    original: Picture
    truth: Picture
    reference: Picture
    edit: Picture
    null: Picture
    landmarks: Picture

    def composed(self) -> Composite:
        scene = prepare(self.original, self.reference, self.null, landmarks=self.landmarks)
        return compose(scene, self.edit)


def render(picture: Picture, wrong: Wrong, seed: int, side: int = 512) -> Picture:
    """What the model gives for a picture that it means to show."""
    shown = shrunk(picture, side).astype(np.float32)
    if wrong.blur:
        shown = cv2.GaussianBlur(shown, (0, 0), wrong.blur)
    noise = np.random.default_rng(seed).standard_normal(shown.shape).astype(np.float32)
    shown = shown + wrong.noise * noise + np.array(wrong.tint, np.float32)
    if wrong.lies != STILL:
        shown = cv2.warpAffine(
            shown,
            wrong.lies.matrix(shown.shape),
            (side, side),
            flags=cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REFLECT,
        )
    return np.clip(np.rint(shown), 0, 255).astype(np.uint8)


def shrunk(picture: Picture, side: int) -> Picture:
    how = cv2.INTER_AREA if picture.shape[0] > side else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, (side, side), interpolation=how), np.uint8)


@cache
def _square(name: str, side: int) -> tuple[Picture, Picture, Any]:
    """A square crop of a sample portrait with grain, its landmarks, and its prepared face."""
    whole = portrait(name)
    size = min(whole.photo.shape[:2])
    grain = np.random.default_rng(4).standard_normal((side, side, 1))
    photo = cv2.resize(whole.photo[:size, :size], (side, side), interpolation=cv2.INTER_CUBIC)
    photo = np.clip(np.rint(photo + 3 * grain), 0, 255).astype(np.uint8)
    marks = (whole.face.landmarks * (side / size)).astype(np.float32)
    box = whole.face.box
    scaled = [value * side / size for value in (box.x, box.y, box.width, box.height)]
    face = replace(whole.face, landmarks=marks, box=type(box)(*scaled))
    return photo, marks, prepare_instant(photo, face)


@cache
def scenario(
    wrong: Wrong = TYPICAL,
    name: str = "eileen_collins.png",
    side: int = 1000,
    wanted: tuple[tuple[str, float], ...] = (("surprised", 1.0),),
    null: tuple[tuple[str, float], ...] = (),
) -> Scenario:
    """The portrait asked for an expression; the null render may show another one."""
    photo, marks, prepared = _square(name, side)
    truth = edit(photo, prepared, **dict(wanted)) if wanted else photo
    other = edit(photo, prepared, **dict(null)) if null else photo
    return Scenario(
        photo,
        truth,
        shrunk(photo, 512),
        render(truth, wrong, 1),
        render(other, wrong, 2),
        marks,
    )


def decibels(first: Picture, second: Picture, where: Picture | None = None) -> float:
    error = np.square(first.astype(np.float64) - second)
    chosen = error if where is None else error[where]
    return 10 * float(np.log10(255**2 / max(float(chosen.mean()), 1e-9)))
