"""Motions to start a timeline from, as data: neutral to smile, a pulse, all twelve in turn."""

from dataclasses import dataclass

from engine.recipes import Curve, Easing, Keyframe, expressions
from pixelsmile_desktop.models.keys import Curves


@dataclass(frozen=True)
class Point:
    """A key of a motion.

    Attributes:
        place: in the strip, 0 for its first frame to 1 for its last.
        value, easing: as of a keyframe.
    """

    place: float
    value: float
    easing: Easing = "ease_in_out"


@dataclass(frozen=True)
class Motion:
    """Keys by expression.

    Attributes:
        name: for code; the panel says it in words.
        tracks: an empty expression stands for the one that is worked on.
        replaces: whether curves of other expressions go.
    """

    name: str
    tracks: dict[str, tuple[Point, ...]]
    replaces: bool = True


def _sweep() -> dict[str, tuple[Point, ...]]:
    """One expression after another, each from and to neutral where its neighbours peak."""
    names = tuple(expressions())
    share = 1 / len(names)
    tracks: dict[str, tuple[Point, ...]] = {}
    for number, name in enumerate(names):
        peak = (number + 0.5) * share
        points = (Point(peak - share, 0.0), Point(peak, 1.0), Point(peak + share, 0.0))
        tracks[name] = tuple(point for point in points if 0 <= point.place <= 1)
    return tracks


MOTIONS: tuple[Motion, ...] = (
    Motion("smile", {"happy": (Point(0.0, 0.0), Point(1.0, 1.0))}),
    Motion("smile_and_back", {"happy": (Point(0.0, 0.0), Point(0.5, 1.0), Point(1.0, 0.0))}),
    Motion(
        "held_smile",
        {"happy": (Point(0.0, 0.0), Point(0.3, 0.8, "hold"), Point(0.7, 0.8), Point(1.0, 0.0))},
    ),
    Motion(
        "surprise_then_smile",
        {
            "surprised": (Point(0.0, 0.0, "ease_out"), Point(0.3, 0.9), Point(0.65, 0.0)),
            "happy": (Point(0.35, 0.0), Point(0.8, 0.9)),
        },
    ),
    Motion("sweep", _sweep()),
    Motion("rise", {"": (Point(0.0, 0.0), Point(1.0, 1.0))}, replaces=False),
    Motion("hold", {"": (Point(0.0, 0.7, "hold"), Point(1.0, 0.7))}, replaces=False),
    Motion(
        "pulse",
        {
            "": (
                Point(0.0, 0.2),
                Point(0.25, 1.0),
                Point(0.5, 0.2),
                Point(0.75, 1.0),
                Point(1.0, 0.2),
            )
        },
        replaces=False,
    ),
)


def with_motion(curves: Curves, motion: Motion, frames: int, expression: str) -> Curves:
    """The curves with a motion over `frames` frames; `expression` is the one that is worked on.

    On a strip too short for its keys the later ones stay.
    """
    changed = {} if motion.replaces else dict(curves)
    for name, points in motion.tracks.items():
        placed = {
            frame: Keyframe(frame, point.value, point.easing)
            for point in points
            for frame in (round(point.place * (frames - 1)),)
        }
        changed[name or expression] = Curve(tuple(placed.values()))
    return changed
