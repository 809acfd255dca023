"""Intensity over time: keyframes and the easing between them."""

import itertools
from collections.abc import Callable
from typing import Literal

import msgspec

from engine.recipes.intensities import check_intensity

Easing = Literal["linear", "hold", "ease_in", "ease_out", "ease_in_out"]

# Cubic easing; each maps 0…1 to 0…1.
_EASINGS: dict[Easing, Callable[[float], float]] = {
    "linear": lambda t: t,
    "hold": lambda t: 0.0,
    "ease_in": lambda t: t**3,
    "ease_out": lambda t: 1 - (1 - t) ** 3,
    "ease_in_out": lambda t: 4 * t**3 if t < 0.5 else 1 - 4 * (1 - t) ** 3,
}


class Keyframe(msgspec.Struct, frozen=True):
    """An intensity at a frame, and how the curve leaves it towards the next keyframe."""

    frame: int
    value: float
    easing: Easing = "linear"


class Curve(msgspec.Struct, frozen=True):
    """One expression's intensity over the frames of a strip.

    Constant before the first keyframe and after the last. Raises ValueError when two keyframes
    share a frame or a value is no intensity; keyframes are kept in the order of their frames.

    >>> Curve((Keyframe(0, 0.0), Keyframe(10, 1.0))).at(4)
    0.4
    """

    keyframes: tuple[Keyframe, ...]

    def __post_init__(self) -> None:
        if not self.keyframes:
            raise ValueError("a curve needs at least one keyframe")
        ordered = tuple(sorted(self.keyframes, key=lambda key: key.frame))
        if len({key.frame for key in ordered}) < len(ordered):
            raise ValueError("two keyframes stand on one frame")
        for key in ordered:
            check_intensity(f"frame {key.frame}", key.value)
        msgspec.structs.force_setattr(self, "keyframes", ordered)

    def at(self, frame: float) -> float:
        """The intensity at `frame`, which may lie between two frames."""
        keys = self.keyframes
        if frame <= keys[0].frame:
            return keys[0].value
        for a, b in itertools.pairwise(keys):
            if frame < b.frame:
                t = (frame - a.frame) / (b.frame - a.frame)
                return a.value + (b.value - a.value) * _EASINGS[a.easing](t)
        return keys[-1].value


def constant(value: float) -> Curve:
    """The curve of a still: one keyframe on frame 0."""
    return Curve((Keyframe(0, value),))


def ramp(start: float, stop: float, frames: int, easing: Easing = "linear") -> Curve:
    """From `start` on frame 0 to `stop` on the last of `frames` frames."""
    if frames < 2:
        return constant(start)
    return Curve((Keyframe(0, start, easing), Keyframe(frames - 1, stop)))
