"""From intensities to the change of each action unit, relative to what the face shows already."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from engine.editors.instant.action_units import ActionUnit, action_units
from engine.recipes import Intensities, expression

# How much of a movement is left for a face that shows it fully already: enough that the slider
# still does something, little enough that a broad smile does not become a grimace.
_REST = 0.30


# Below this the difference between the sides' readings is noise.
_ALIKE = 0.05


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
    intensities: Intensities,
    blendshapes: Mapping[str, float],
    right_is_higher: Callable[[str], bool] = lambda unit: False,
) -> dict[str, Sides]:
    """Action unit → change of its activation on each side; negative relaxes it.

    Sums over all expressions, so a blend is the sum of its parts. A one-sided expression is
    written for the person's left; it is mirrored where its leading unit is the more active one on
    the right, or, both being alike, where `right_is_higher` says that it stands higher there: a
    face deepens the asymmetry that it has.
    """
    wanted: dict[str, list[float]] = {}
    released: dict[str, list[float]] = {}
    for name, intensity in intensities.values.items():
        recipe = expression(name)
        mirrored = bool(recipe.lead) and _right_leads(recipe.lead, blendshapes, right_is_higher)
        for totals, part in ((wanted, recipe.action_units), (released, recipe.releases)):
            for key, weight in part.items():
                unit, *sides = _split(key)
                total = totals.setdefault(unit, [0.0, 0.0])
                for k, side in enumerate(reversed(sides) if mirrored else sides):
                    total[k] += side * weight * intensity
    changes: dict[str, Sides] = {}
    for unit in wanted.keys() | released.keys():
        now = present_activation(action_units()[unit], blendshapes)
        add, let_go = wanted.get(unit, (0.0, 0.0)), released.get(unit, (0.0, 0.0))
        change = Sides(
            *(_relative(a, n) - min(r, 1.0) * n for a, r, n in zip(add, let_go, now, strict=True))
        )
        if any(change):
            changes[unit] = change
    # A set's order differs from run to run, and with it the last bit of a sum.
    return dict(sorted(changes.items()))


def _right_leads(
    name: str, blendshapes: Mapping[str, float], right_is_higher: Callable[[str], bool]
) -> bool:
    now = present_activation(action_units()[name], blendshapes)
    if abs(now.right - now.left) > _ALIKE:
        return now.right > now.left
    return right_is_higher(name)


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
