"""The layout a photographer can make: a folder per person, a picture per expression and intensity.

portraits/
  anna/
    neutral.jpg           the source; several are neutral_1.jpg, neutral_2.jpg
    happy_0.3.jpg         EXPRESSION_INTENSITY, 0 to 1
    happy_1.jpg
    IMG_4711.jpg          or any name, with a line in scores.csv:
    scores.csv            file,expression,intensity
  ben/ …
"""

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.photos import SUFFIXES
from engine.training.data.triplets import (
    CONFUSING,
    NEUTRAL,
    Picture,
    Target,
    Triplet,
    all_scores,
)
from engine.training.errors import TrainingError

TABLE = "scores.csv"
SYNTHETIC_MARK = "SYNTHETIC.txt"
"""A file of this name in a person's folder says that an editor made the pictures."""

_NAME = re.compile(r"(?P<word>[a-z]+)(?:[_ -](?P<number>\d+(?:[.,]\d+)?))?(?:[_ -].*)?$")


@dataclass(frozen=True)
class Shown:
    """One picture of a person: what it shows, and how much of it; `neutral` has no intensity."""

    path: Path
    expression: str
    intensity: float


def read_folders(folder: Path, words: Sequence[str]) -> list[Triplet]:
    """Triplets of all persons' folders, in the order of their names.

    Args:
        words: expressions that there are.

    Raises `TrainingError` (`data_unreadable`), which names the file.
    """
    persons = sorted(one for one in folder.iterdir() if one.is_dir() and one.name[0] != ".")
    triplets: list[Triplet] = []
    for person in persons:
        shown = read_person(person, words)
        synthetic = (person / SYNTHETIC_MARK).exists()
        triplets += pair_up(person.name, shown, words, synthetic=synthetic)
    if not triplets:
        raise TrainingError(
            "data_unreadable",
            f"the folder {folder.name} gives no triplets: a person needs a neutral picture and "
            "pictures of two different expressions",
            "add them, or see docs/training.md for the layout",
        )
    return triplets


def read_person(folder: Path, words: Sequence[str]) -> list[Shown]:
    """Every picture of one person's folder. Raises `TrainingError` (`data_unreadable`)."""
    table = _read_table(folder / TABLE, words) if (folder / TABLE).exists() else {}
    shown: list[Shown] = []
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in SUFFIXES or path.name.startswith("."):
            continue
        if path.name in table:
            shown.append(table.pop(path.name))
        else:
            shown.append(_from_name(path, words))
    if table:
        raise _fault(folder, f"{TABLE} names {next(iter(table))}, which is not there")
    return shown


def pair_up(
    person: str, shown: Iterable[Shown], words: Sequence[str], *, synthetic: bool = False
) -> list[Triplet]:
    """Triplets in which every picture occurs, confusing expressions first.

    A picture is put beside the one of the nearest intensity of every expression that it is easily
    confused with; one that has none of these, beside that of the next expression.
    """
    pictures = list(shown)
    sources = [one for one in pictures if one.expression == NEUTRAL]
    targets = [one for one in pictures if one.expression != NEUTRAL]
    by_word = {
        word: [one for one in targets if one.expression == word]
        for word in words
        if any(one.expression == word for one in targets)
    }
    if not sources or len(by_word) < 2:
        return []
    pairs: dict[tuple[Path, Path], tuple[Shown, Shown]] = {}
    for one in targets:
        for word in _partners(one.expression, list(by_word)):
            other = min(by_word[word], key=lambda two: abs(two.intensity - one.intensity))
            first, second = sorted((one, other), key=lambda two: words.index(two.expression))
            pairs[first.path, second.path] = (first, second)
    return [
        Triplet(
            source=Picture(str(sources[index % len(sources)].path)),
            targets=(_target(first, words), _target(second, words)),
            person=person,
            synthetic=synthetic,
        )
        for index, (first, second) in enumerate(pairs.values())
    ]


def _partners(word: str, present: Sequence[str]) -> list[str]:
    confused = [
        other for pair in CONFUSING if word in pair for other in pair if other != word
    ]  # fmt: skip
    found = [other for other in confused if other in present]
    return found or [present[(present.index(word) + 1) % len(present)]]


def _target(shown: Shown, words: Sequence[str]) -> Target:
    scores = all_scores(shown.expression, shown.intensity, words)
    return Target(Picture(str(shown.path)), shown.expression, scores)


def _from_name(path: Path, words: Sequence[str]) -> Shown:
    match = _NAME.match(path.stem.lower())
    word = match["word"] if match else ""
    if match is None or word not in (NEUTRAL, *words):
        raise _fault(
            path.parent,
            f"{path.name} says no expression: name it EXPRESSION_INTENSITY, such as happy_0.5.jpg, "
            f"or give it a line in {TABLE}",
        )
    if word == NEUTRAL:
        return Shown(path, NEUTRAL, 0.0)
    if match["number"] is None:
        raise _fault(
            path.parent,
            f"{path.name} says no intensity: name it {word}_0.5{path.suffix}, 0 to 1",
        )
    return Shown(path, word, _intensity(path.parent, path.name, match["number"]))


def _read_table(table: Path, words: Sequence[str]) -> dict[str, Shown]:
    folder = table.parent
    found: dict[str, Shown] = {}
    try:
        with table.open(newline="", encoding="utf-8-sig") as file:
            head = file.readline()
            file.seek(0)
            rows = list(csv.DictReader(file, delimiter=";" if ";" in head else ","))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _fault(folder, f"{TABLE} cannot be read") from error
    for number, row in enumerate(rows, 2):
        name = (row.get("file") or "").strip()
        word = (row.get("expression") or "").strip().lower()
        if not name or word not in (NEUTRAL, *words):
            raise _fault(
                folder, f"{TABLE}, line {number}: file and expression must be there, and known"
            )
        if name in found:
            raise _fault(folder, f"{TABLE}, line {number}: {name} is there twice")
        text = (row.get("intensity") or "").strip()
        intensity = 0.0 if word == NEUTRAL else _intensity(folder, f"{TABLE}, line {number}", text)
        found[name] = Shown(folder / name, word, intensity)
    return found


def _intensity(folder: Path, where: str, text: str) -> float:
    try:
        value = float(text.replace(",", "."))
    except ValueError as error:
        raise _fault(folder, f"{where}: {text!r} is no intensity") from error
    if not 0 <= value <= 1:
        raise _fault(folder, f"{where}: the intensity {text} is not from 0 to 1")
    return value


def _fault(folder: Path, what: str) -> TrainingError:
    return TrainingError(
        "data_unreadable",
        f"in the folder {folder.name}: {what}",
        "mend it, or see docs/training.md for the layout",
    )
