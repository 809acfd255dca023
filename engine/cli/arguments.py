"""The command line before it is parsed: an option that takes as many numbers as follow it."""

import re
from collections.abc import Sequence
from pathlib import Path

NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
NOT_FINITE = re.compile(r"[+-]?(nan|inf|infinity)", re.ASCII | re.IGNORECASE)


def spread_scales(arguments: Sequence[str]) -> list[str]:
    """Let `--scales` take all the numbers that follow it: one option each.

    What follows and is no number ends the list only when it can be something else: an option, or
    a photo (it exists, or it has a suffix or a folder). Otherwise it is a scale that is no number.

    >>> spread_scales(["a.jpg", "--scales", "0.5", "1.0,1.5", "b.jpg", "--json"])
    ['a.jpg', '--scales=0.5', '--scales=1.0,1.5', 'b.jpg', '--json']
    """
    spread: list[str] = []
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word == "--":
            return [*spread, word, *rest]
        if word != "--scales" and not word.startswith("--scales="):
            spread.append(word)
            continue
        if word == "--scales":
            if not rest:
                return [*spread, word]
            word = f"--scales={rest.pop(0)}"
        spread.append(word)
        while rest and _can_be_scale(rest[0]):
            spread.append(f"--scales={rest.pop(0)}")
    return spread


def _can_be_scale(word: str) -> bool:
    if all(_is_number(part) for part in word.split(",") if part.strip()) and word.strip(", "):
        return True
    if word.startswith("-"):
        return False
    is_photo = Path(word).suffix or "/" in word or "\\" in word or Path(word).exists()
    return not is_photo


def _is_number(text: str) -> bool:
    text = text.strip()
    return bool(NUMBER.fullmatch(text) or NOT_FINITE.fullmatch(text))
