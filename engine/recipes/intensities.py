"""How much of which expressions: the one value that stills, blends and strips are made of."""

import math

import msgspec

from engine.recipes.expressions import expression

MAX_INTENSITY = 1.5
"""Beyond 1 exaggerates; the published method shows results up to 1.5."""


class IntensityError(ValueError):
    """An intensity that is no number from 0 to `MAX_INTENSITY`."""


class Intensities(msgspec.Struct, frozen=True):
    """Expression name → intensity, each 0 to 1.5; expressions at zero are left out.

    A blend is nothing special: it names more than one expression.

    >>> Intensities({"happy": 0.8, "surprised": 0.4, "sad": 0.0}).scaled(0.5)
    Intensities(values={'happy': 0.4, 'surprised': 0.2})
    """

    values: dict[str, float] = {}

    def __post_init__(self) -> None:
        for name, value in self.values.items():
            expression(name)
            check_intensity(name, value)
        kept = {name: float(value) for name, value in self.values.items() if value != 0}
        msgspec.structs.force_setattr(self, "values", kept)

    def scaled(self, factor: float) -> "Intensities":
        """Every intensity times `factor`; raises `IntensityError` outside 0 to 1.5."""
        return Intensities({name: value * factor for name, value in self.values.items()})

    @property
    def is_zero(self) -> bool:
        """Whether nothing is asked for: the result is the photo itself."""
        return not self.values


def check_intensity(name: str, value: float) -> None:
    """Raise `IntensityError` unless `value` is a number from 0 to 1.5."""
    # The tolerance lets 0.1 steps add up to 1.5 without tripping over the last binary digit.
    if not math.isfinite(value) or not -1e-9 <= value <= MAX_INTENSITY + 1e-9:
        raise IntensityError(f"{name}: intensity {value:g} is not a number from 0 to 1.5")
