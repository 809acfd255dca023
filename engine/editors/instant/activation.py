"""From intensities to the change of each action unit, relative to what the face shows already."""

from collections.abc import Mapping
from typing import NamedTuple

from engine.editors.instant.action_units import ActionUnit, action_units
from engine.recipes import Intensities, expression

# How much of a movement is left for a face that shows it fully already: enough that the slider
# still does something, little enough that a broad smile does not become a grimace.
_REST = 0.30


class Sides(NamedTuple):
    """A value for the person's right and left side."""

    right: float
    left: float


def present_activation(unit: ActionUnit, blendshapes: Mapping[str, float]) -> Sides:
    """How active a unit is now, 0 to 1 a side, from the face's blendshapes."""

    def strongest(side: str) -> float:
        return max(
            (blendshapes.get(sign + side, blendshapes.get(sign, 0.0)) for sign in unit.signs),
            default=0.0,
        )

    return Sides(strongest("Right"), strongest("Left"))


def activation_changes(
    intensities: Intensities, blendshapes: Mapping[str, float]
) -> dict[str, Sides]:
    """Action unit → change of its activation on each side; negative relaxes it.

    Sums over all expressions, so a blend is the sum of its parts.
    """
    wanted: dict[str, list[float]] = {}
    released: dict[str, float] = {}
    for name, intensity in intensities.values.items():
        recipe = expression(name)
        for key, weight in recipe.action_units.items():
            unit, right, left = _split(key)
            sides = wanted.setdefault(unit, [0.0, 0.0])
            sides[0] += right * weight * intensity
            sides[1] += left * weight * intensity
        for unit, share in recipe.releases.items():
            released[unit] = released.get(unit, 0.0) + share * intensity
    table = action_units()
    present = {
        unit: present_activation(table[unit], blendshapes) for unit in wanted.keys() | released
    }
    changes = {
        unit: Sides(*(_relative(want, now) for want, now in zip(sides, present[unit], strict=True)))
        for unit, sides in wanted.items()
    }
    for unit, share in released.items():
        before = changes.get(unit, Sides(0.0, 0.0))
        let_go = min(share, 1.0)
        changes[unit] = Sides(
            *(b - let_go * now for b, now in zip(before, present[unit], strict=True))
        )
    return {unit: sides for unit, sides in changes.items() if any(sides)}


def _split(key: str) -> tuple[str, float, float]:
    """`AU12L` → AU12 on the left alone; `AU12` → both sides."""
    if key.endswith("R"):
        return key[:-1], 1.0, 0.0
    if key.endswith("L"):
        return key[:-1], 0.0, 1.0
    return key, 1.0, 1.0


def _relative(wanted: float, present: float) -> float:
    """What is left to do of `wanted` when `present` is there already.

    Linear in `wanted`, so that intensity keeps its meaning on every face.
    """
    return wanted * (1 - (1 - _REST) * min(present, 1.0))
