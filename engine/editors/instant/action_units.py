"""The table of action units: which mesh points move, where and how far."""

from functools import cache
from typing import Any

import msgspec

from engine.recipes import RESOURCES


class Move(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Points that move together: `by` is (right, down, away) in eye distances at activation 1."""

    points: tuple[int, ...]
    by: tuple[float, float, float]


class Lids(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far the lids close (negative: widen), as fractions of the eye's present opening."""

    upper: float
    lower: float


class Crease(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fold of the skin: a line through mesh points that darkens.

    `depth` is the share of light lost at its middle, `width` its half-width in eye distances.
    """

    line: tuple[int, ...]
    depth: float
    width: float


class ActionUnit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One action unit of FACS (Ekman & Friesen), for the person's right side.

    Attributes:
        name: what the muscle does.
        signs: blendshapes, without Left or Right, that tell how active the unit is already.
        reach: radius in eye distances within which a movement is felt.
        moves: what moves.
        hold: points that stay where they are.
        lids: movement of the lids, if any.
        gaze: shift of the eyeball, (right, down) in eye distances.
        creases: folds that appear.
    """

    name: str
    reach: float
    signs: tuple[str, ...] = ()
    moves: tuple[Move, ...] = ()
    hold: tuple[int, ...] = ()
    lids: Lids | None = None
    gaze: tuple[float, float] | None = None
    creases: tuple[Crease, ...] = ()


class _Table(msgspec.Struct, frozen=True):
    about: str
    action_units: dict[str, ActionUnit]


@cache
def action_units() -> dict[str, ActionUnit]:
    """All action units by their FACS name (`AU12`)."""
    return msgspec.json.decode(
        (RESOURCES / "action_units.json").read_bytes(), type=_Table
    ).action_units


@cache
def mirror() -> tuple[int, ...]:
    """For each of the 478 mesh points its partner on the other side of the face."""
    table: Any = msgspec.json.decode((RESOURCES / "face_mesh.json").read_bytes())
    return tuple(table["mirror"])
