"""The twelve expressions as data: prompt word, family and action units."""

from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

import engine

RESOURCES = Path(engine.__file__).resolve().parents[1] / "resources"


class Expression(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One expression that a face can be given.

    Attributes:
        name: what the user types and reads, lower case.
        word: the word that PixelSmile's prompt carries (arXiv 2603.25728).
        family: `basic` (the six of Ekman) or `extended`.
        action_units: the instant editor's recipe at intensity 1: action unit → activation, 0 to 1
            of the muscle's full range. A key that ends in `L` or `R` is for the person's own left
            or right side alone.
        releases: action units that the expression lets go of when the face shows them: the share
            of their present activation that is relaxed at intensity 1.
        summary: what a viewer sees, in one line.
        lead: of a one-sided expression, the unit whose higher side takes the part written for the
            left; empty for the others.
    """

    name: str
    word: str
    family: Literal["basic", "extended"]
    action_units: dict[str, float]
    releases: dict[str, float]
    summary: str
    lead: str = ""


class UnknownExpressionError(ValueError):
    """A name that is none of the twelve."""

    def __init__(self, name: str) -> None:
        super().__init__(f"unknown expression {name!r}; choose from {', '.join(expressions())}")


@cache
def expressions() -> dict[str, Expression]:
    """All twelve by name, in the order of the published list."""
    table = (RESOURCES / "expressions.json").read_bytes()
    return {e.name: e for e in msgspec.json.decode(table, type=list[Expression])}


def expression(name: str) -> Expression:
    """The expression of that name; raises `UnknownExpressionError`."""
    try:
        return expressions()[name]
    except KeyError:
        raise UnknownExpressionError(name) from None
