"""Which faces an edit means, and which of its entries is for which face."""

from collections.abc import Sequence

from engine.recipes import FaceChoice, FaceEdit
from engine.render.errors import no_face, no_such_face


def edits_by_face(edits: Sequence[FaceEdit], found: int) -> dict[int, FaceEdit]:
    """Face number (from 1, the largest first) → what to do to it, in the order of the numbers.

    Where two entries mean the same face, the later one counts: `all` first and exceptions after
    it. Raises `RenderError` (`no_face`, `no_such_face`) when nobody, or not enough, was found.
    """
    if found == 0:
        raise no_face()
    chosen: dict[int, FaceEdit] = {}
    for edit in edits:
        chosen.update(dict.fromkeys(_numbers(edit.face, found), edit))
    return dict(sorted(chosen.items()))


def _numbers(choice: FaceChoice, found: int) -> range:
    if choice == "all":
        return range(1, found + 1)
    if choice == "largest":
        return range(1, 2)
    if choice > found:
        raise no_such_face(choice, found)
    return range(choice, choice + 1)
