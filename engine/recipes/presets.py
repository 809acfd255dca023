"""Named intensities to start from."""

from functools import cache

import msgspec

from engine.recipes.expressions import RESOURCES
from engine.recipes.intensities import Intensities


class Preset(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A name that a user recognises and the intensities it stands for."""

    name: str
    intensities: Intensities


@cache
def shipped_presets() -> dict[str, Preset]:
    """The presets that come with the program, by name."""
    table = (RESOURCES / "presets.json").read_bytes()
    return {p.name: p for p in msgspec.json.decode(table, type=list[Preset])}
