"""Options as they were typed, as words again: for the same command on another machine."""

import dataclasses
from typing import Any, get_args

from engine.cli.option_groups import ExportOptions
from engine.cli.options import UsageFault


def words_of(*groups: Any) -> list[str]:
    """`--name=value` of every option that is not left at its default.

    >>> from engine.cli.option_groups import FaceOptions
    >>> words_of(FaceOptions(expression=["happy=0.5"], seed=7))
    ['--expression=happy=0.5', '--seed=7']
    """
    words: list[str] = []
    for group in groups:
        for field in dataclasses.fields(group):
            value = getattr(group, field.name)
            if not get_args(field.type) or value == _default(field):
                continue
            # In an annotation Typer keeps the first spelling where a default would stand.
            name = get_args(field.type)[1].default
            for one in value if isinstance(value, list) else [value]:
                words.append(name if one is True else f"{name}={one}")
    return words


def check_can_travel(export: ExportOptions, *, watch: bool) -> None:
    """Raise `UsageFault` for what is not done elsewhere."""
    if export.sign or export.sign_key:
        raise UsageFault("--sign and --on do not go together: your private key stays here")
    if export.sidecar:
        raise UsageFault("--sidecar and --on do not go together: sidecars stand beside the photos")
    if watch:
        raise UsageFault("--watch and --on do not go together")


def _default(field: "dataclasses.Field[Any]") -> Any:
    made = field.default_factory
    return field.default if made is dataclasses.MISSING else made()  # pyright: ignore
