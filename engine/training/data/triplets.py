"""Triplets of the published method: a source, and two expressions of the same person."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from engine.training.errors import TrainingError

NEUTRAL = "neutral"

CONFUSING = (
    ("fear", "surprised"),
    ("angry", "disgust"),
    ("sad", "anxious"),
    ("fear", "anxious"),
    ("confused", "anxious"),
    ("contempt", "confident"),
    ("happy", "confident"),
    ("happy", "shy"),
    ("sad", "sleepy"),
)
"""Pairs that people and models mistake for each other: the ones the contrast is there for.

The first two are the paper's examples; the others share most of their action units in
resources/expressions.json.
"""


class Picture(msgspec.Struct, frozen=True):
    """A file and where the face is in it.

    Attributes:
        path: absolute.
        box: left, top, right, bottom in pixels of the upright picture; None where it is not said.
    """

    path: str
    box: tuple[float, float, float, float] | None = None

    @property
    def name(self) -> str:
        """For sentences: the folder and the file."""
        return "/".join(Path(self.path).parts[-2:])


class Target(msgspec.Struct, frozen=True):
    """A picture that shows an expression.

    Attributes:
        expression: the prompt's word.
        scores: expression → how much of it there is, 0 to 1.
    """

    picture: Picture
    expression: str
    scores: dict[str, float]

    @property
    def score(self) -> float:
        """Of its own expression: the α that it is trained with."""
        return self.scores[self.expression]


class Triplet(msgspec.Struct, frozen=True):
    """What one sample of a step is made of.

    Attributes:
        person: a name that is the same for all of one person's, where it is known.
        synthetic: made by an editor, not by a camera.
    """

    source: Picture
    targets: tuple[Target, Target]
    person: str = ""
    synthetic: bool = False


def rescaled(score: float) -> float:
    """The published rescaling of annotated scores, which stretches the upper end.

    >>> [round(rescaled(x), 3) for x in (0.0, 0.6, 0.8, 0.9, 1.0)]
    [0.0, 0.3, 0.5, 0.8, 1.0]
    """
    if score <= 0.6:
        return 0.5 * score
    if score <= 0.8:
        return score - 0.3
    if score <= 0.9:
        return 3.0 * score - 1.9
    return 2.0 * score - 1.0


def read_published(file: Path, root: Path | None = None) -> list[Triplet]:
    """Triplets of a published `.jsonl`; relative paths are relative to `root`, or to the file.

    Raises `TrainingError` (`data_unreadable`), which names the line.
    """
    base = root or file.resolve().parent
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(file, "it cannot be read as text") from error
    triplets: list[Triplet] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise _unreadable(file, f"line {number} is no JSON") from error
        try:
            triplets.append(_triplet(row, base))
        except _RowFault as fault:
            raise _unreadable(file, f"line {number}: {fault}") from fault
    return triplets


def write_published(file: Path, triplets: Iterable[Triplet]) -> None:
    """Write a `.jsonl` that `read_published` and the published script read."""
    lines = [json.dumps(_row(one), ensure_ascii=False) for one in triplets]
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


class _RowFault(ValueError):
    """A row that is no triplet; says why."""


def _triplet(row: Any, base: Path) -> Triplet:
    if not isinstance(row, dict):
        raise _RowFault("it is no object")
    targets = row.get("dst")
    if not isinstance(targets, list) or len(targets) != 2:
        raise _RowFault("dst must be a list of two")
    first, second = (_target(one, f"dst[{index}]", base) for index, one in enumerate(targets))
    return Triplet(
        source=_picture(row.get("src"), "src", base),
        targets=(first, second),
        person=str(row.get("person", "")),
        synthetic=bool(row.get("synthetic", False)),
    )


def _picture(row: Any, where: str, base: Path) -> Picture:
    if not isinstance(row, dict) or not isinstance(row.get("image"), str) or not row["image"]:
        raise _RowFault(f"{where}.image is missing")
    return Picture(str(base / row["image"]), _box(row, where))


def _box(row: Mapping[str, Any], where: str) -> tuple[float, float, float, float] | None:
    # The script reads "boxes", the paper writes "box", and a list of one box is about as well.
    value = row.get("boxes") or row.get("box")
    if not value:
        return None
    if isinstance(value, list) and isinstance(value[0], list):
        value = value[0]
    try:
        left, top, right, bottom = (_number(part) for part in value)
    except (TypeError, ValueError) as error:
        raise _RowFault(f"{where}: a box is four numbers") from error
    if right <= left or bottom <= top:
        raise _RowFault(f"{where}: the box is empty (it is left, top, right, bottom)")
    return left, top, right, bottom


def _target(row: Any, where: str, base: Path) -> Target:
    picture = _picture(row, where, base)
    expression, scores = row.get("category"), row.get("scores")
    if not isinstance(expression, str) or not expression:
        raise _RowFault(f"{where}.category is missing")
    if not isinstance(scores, dict):
        raise _RowFault(f"{where}.scores is missing")
    try:
        numbers = {str(name): _number(value) for name, value in scores.items()}
    except (TypeError, ValueError) as error:
        raise _RowFault(f"{where}.scores must be numbers") from error
    if expression not in numbers:
        raise _RowFault(f"{where}.scores has none for its category {expression!r}")
    return Target(picture, expression, numbers)


def _number(value: Any) -> float:
    number = float(value) if not isinstance(value, bool | str) else math.nan
    if not math.isfinite(number):
        raise ValueError(value)
    return number


def _row(triplet: Triplet) -> dict[str, Any]:
    def picture(one: Picture) -> dict[str, Any]:
        return {"image": one.path, **({"boxes": list(one.box)} if one.box else {})}

    row: dict[str, Any] = {
        "src": picture(triplet.source),
        "dst": [
            {**picture(one.picture), "category": one.expression, "scores": one.scores}
            for one in triplet.targets
        ],
    }
    if triplet.person:
        row["person"] = triplet.person
    if triplet.synthetic:
        row["synthetic"] = True
    return row


def all_scores(expression: str, score: float, words: Sequence[str]) -> dict[str, float]:
    """The scores of a picture of which one expression alone is known."""
    return {word: score if word == expression else 0.0 for word in words}


def _unreadable(file: Path, what: str) -> TrainingError:
    return TrainingError(
        "data_unreadable",
        f"the data set {file.name} is not right: {what}",
        "mend it, or see docs/training.md for what it shall look like",
    )
