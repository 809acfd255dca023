"""Settings of one photo carried to others, relative to what each face shows already.

Pure functions. What a face shows is read from its blendshapes by `present`; `left_to_do` says what
of a setting remains for another face.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from engine.library import KnownFace, Timing, Version
from engine.recipes import MAX_INTENSITY, Curve, FaceChoice, Keyframe, PhotoEdit
from pixelsmile_desktop.models import editing

SAME_PERSON = 0.363
"""Least cosine of two identities of one person (SFace, on LFW)."""


@dataclass(frozen=True)
class _Sign:
    """How an expression shows in blendshapes.

    Attributes:
        names: readings of which the mean is taken.
        rest: the mean on a face at rest.
        full: the mean on a face that shows the expression at intensity 1.
    """

    names: tuple[str, ...]
    rest: float
    full: float


# Only expressions that the readings tell apart; of the others nothing counts as present, so that
# they are carried over as they stand. A smile is calibrated on the shipped portraits: a face at
# rest reads 0.0 and at happy 100 % 0.75. For the others the readings of faces that plainly show
# the expression are taken; drawn ones read less.
_SIGNS = {
    "happy": _Sign(("mouthSmileLeft", "mouthSmileRight"), 0.05, 0.75),
    "sad": _Sign(("mouthFrownLeft", "mouthFrownRight"), 0.05, 0.5),
    "angry": _Sign(("browDownLeft", "browDownRight"), 0.1, 0.6),
    "surprised": _Sign(("browInnerUp", "jawOpen"), 0.05, 0.4),
    "sleepy": _Sign(("eyeBlinkLeft", "eyeBlinkRight"), 0.1, 0.5),
}


def present(face: KnownFace | None) -> dict[str, float]:
    """How much of each expression a face shows now, 0 to 1; those that do not show are left out."""
    if face is None:
        return {}
    readings = face.report.blendshapes
    found: dict[str, float] = {}
    for name, sign in _SIGNS.items():
        mean = sum(readings.get(one, 0.0) for one in sign.names) / len(sign.names)
        share = min(max((mean - sign.rest) / (sign.full - sign.rest), 0.0), 1.0)
        if share > 0:
            found[name] = share
    return found


def left_to_do(wanted: float, here: float, there: float) -> float:
    """What of a setting is left to do for another face, 0 to 1.5.

    `wanted` was set by eye on a face that showed `here` of the expression already, so what pleased
    was `here + wanted`. A face that shows `there` gets there with the difference: nothing when it
    smiles as much by itself, more than `wanted` when it smiles less than the first did. What was
    not set at all stays so, and nothing is taken away from a face that shows more.

    >>> round(left_to_do(0.7, 0.0, 0.5), 2), left_to_do(0.3, 0.0, 0.9), left_to_do(0.0, 0.8, 0.0)
    (0.2, 0.0, 0.0)
    """
    if wanted <= 0:
        return 0.0
    return min(max(wanted + here - there, 0.0), MAX_INTENSITY)


def relative(
    curves: Mapping[str, Curve], here: Mapping[str, float], there: Mapping[str, float]
) -> dict[str, Curve]:
    """Curves for a face that shows `there`, of those that were set on one that showed `here`.

    A timeline is scaled as a whole by what is left of its highest value, so that it keeps its
    course and its zeros.
    """
    scaled: dict[str, Curve] = {}
    for name, curve in curves.items():
        peak = max(key.value for key in curve.keyframes)
        rest = left_to_do(peak, here.get(name, 0.0), there.get(name, 0.0))
        if rest > 0:
            factor = rest / peak
            scaled[name] = Curve(
                tuple(
                    Keyframe(
                        key.frame, round(min(key.value * factor, MAX_INTENSITY), 3), key.easing
                    )
                    for key in curve.keyframes
                )
            )
    return scaled


def is_same_person(one: KnownFace, other: KnownFace) -> bool:
    """By their names where both have one, by their looks otherwise."""
    if one.person and other.person:
        return one.person == other.person
    a, b = one.report.identity, other.report.identity
    if not a or len(a) != len(b):
        return False
    lengths = math.hypot(*a) * math.hypot(*b)
    return lengths > 0 and sum(x * y for x, y in zip(a, b, strict=True)) / lengths >= SAME_PERSON


def same_person(one: KnownFace, faces: Iterable[KnownFace]) -> KnownFace | None:
    """The first of these faces that is the same person's."""
    return next((other for other in faces if is_same_person(one, other)), None)


@dataclass(frozen=True)
class Copied:
    """Settings that were copied, and the faces on which they were made.

    Attributes:
        version: what they were copied from.
        faces: of its photo, the largest first; empty when nobody has looked.
        face: which face was chosen when they were copied.
    """

    version: Version
    faces: tuple[KnownFace, ...]
    face: FaceChoice = "all"

    @property
    def subject(self) -> KnownFace | None:
        """The face that was chosen; the largest when all were."""
        number = self.face if isinstance(self.face, int) else 1
        return next((one for one in self.faces if one.number == number), None)


@dataclass(frozen=True)
class Target:
    """A photo that settings are carried to: what it has, and its faces, the largest first."""

    version: Version
    faces: Sequence[KnownFace]


def pasted(
    copied: Copied, target: Target, *, onto: FaceChoice = "all", is_relative: bool = True
) -> Version | None:
    """The target with the copied settings; None when it has no face that they are for.

    The curves of the face that was chosen go to the face `onto`, or to every face. Where all faces
    were chosen, those with settings of their own keep them for the same person.

    Args:
        onto: a face of the target by its number, or `all`.
        is_relative: whether to allow for what each face shows already.
    """
    numbers = [one for one in target.faces if onto in ("all", one.number)]
    if not numbers:
        return None
    edit = target.version.edit
    if onto == "all":
        edit = msgspec.structs.replace(edit, faces=())
    for face in numbers:
        curves = _curves_for(copied, face, is_relative)
        is_alone = onto == "all" and len(target.faces) == 1
        edit = editing.with_curves(edit, "all" if is_alone else face.number, curves)
    return _with_manner(copied, target.version, edit)


def pasted_to_person(copied: Copied, target: Target, *, is_relative: bool = True) -> Version | None:
    """The target with the settings on the same person's face alone; None when they are not in it.

    Other faces keep what they have.
    """
    subject = copied.subject
    face = None if subject is None else same_person(subject, target.faces)
    if face is None:
        return None
    return pasted(copied, target, onto=face.number, is_relative=is_relative)


def _curves_for(copied: Copied, face: KnownFace, is_relative: bool) -> dict[str, Curve]:
    edit, source, choice = copied.version.edit, copied.subject, copied.face
    if choice == "all":
        own = [one for one in copied.faces if editing.own_edit(edit, one.number) is not None]
        if (same := same_person(face, own)) is not None:
            source, choice = same, same.number
    curves = editing.face_edit(edit, choice).curves
    return relative(curves, present(source), present(face)) if is_relative else dict(curves)


def _with_manner(copied: Copied, version: Version, edit: PhotoEdit) -> Version:
    """Editor and sampling go along, and the length of a strip; a seed is the photo's own."""
    manner = copied.version.edit
    edit = msgspec.structs.replace(edit, editor=manner.editor, sampling=manner.sampling)
    timing = version.timing if copied.version.timing == Timing() else copied.version.timing
    return msgspec.structs.replace(version, edit=edit, timing=timing)
