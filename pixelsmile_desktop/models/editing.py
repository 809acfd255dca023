"""Edits as the sliders see them: one intensity of one face on one frame. No widgets, no state."""

from collections.abc import Mapping

import msgspec

from engine.recipes import Curve, FaceChoice, FaceEdit, Keyframe, PhotoEdit, constant


def own_edit(edit: PhotoEdit, face: FaceChoice) -> FaceEdit | None:
    """The entry for exactly that face; None when it has none of its own."""
    return next((one for one in edit.faces if one.face == face), None)


def face_edit(edit: PhotoEdit, face: FaceChoice) -> FaceEdit:
    """What that face will show: its own entry, or that of all faces; nothing when there is none."""
    wider: tuple[FaceChoice, ...] = () if face == "all" else ("all",)
    if face == 1:
        wider = ("largest", "all")  # two names of one face
    for choice in (face, *wider):
        if (one := own_edit(edit, choice)) is not None:
            return FaceEdit(one.curves, face)
    return FaceEdit({}, face)


def intensity(edit: PhotoEdit, face: FaceChoice, expression: str, frame: float = 0.0) -> float:
    """The intensity that a slider shows."""
    curve = face_edit(edit, face).curves.get(expression)
    return 0.0 if curve is None else curve.at(frame)


def intensities(edit: PhotoEdit, face: FaceChoice, frame: float = 0.0) -> dict[str, float]:
    """All that the sliders show, those at zero left out."""
    curves = face_edit(edit, face).curves
    return {name: value for name, one in curves.items() if (value := one.at(frame)) != 0}


def with_curve(
    edit: PhotoEdit, face: FaceChoice, expression: str, curve: Curve | None
) -> PhotoEdit:
    """The edit with another curve; None, or one that is zero throughout, takes it out."""
    curves = dict(face_edit(edit, face).curves)
    if curve is None or all(key.value == 0 for key in curve.keyframes):
        curves.pop(expression, None)
    else:
        curves[expression] = curve
    return with_curves(edit, face, curves)


def with_curves(edit: PhotoEdit, face: FaceChoice, curves: Mapping[str, Curve]) -> PhotoEdit:
    """The edit with other curves of one face.

    A face without any is left out, unless it would then show what is set for all faces.
    """
    others = tuple(one for one in edit.faces if one.face != face)
    without = msgspec.structs.replace(edit, faces=others)
    is_needed = bool(curves or face_edit(without, face).curves)
    mine = (FaceEdit(dict(curves), face),) if is_needed else ()
    # The more particular choice later: the render lets it win.
    faces = sorted((*others, *mine), key=lambda one: _place(one.face))
    return msgspec.structs.replace(edit, faces=tuple(faces))


def with_intensity(
    edit: PhotoEdit, face: FaceChoice, expression: str, value: float, frame: int = 0
) -> PhotoEdit:
    """The edit with a slider moved: of a still the constant, of a curve the key on that frame."""
    curve = face_edit(edit, face).curves.get(expression)
    if curve is None or len(curve.keyframes) == 1:
        at = 0 if curve is None else curve.keyframes[0].frame
        if curve is None or at == frame or frame == 0:
            return with_curve(edit, face, expression, constant(value) if value else None)
    keys = () if curve is None else curve.keyframes
    key = next((key for key in keys if key.frame == frame), Keyframe(frame, value))
    others = tuple(other for other in keys if other.frame != frame)
    moved = Keyframe(frame, value, key.easing)
    return with_curve(edit, face, expression, Curve((*others, moved)))


def with_intensities(
    edit: PhotoEdit, face: FaceChoice, values: Mapping[str, float], frame: int = 0
) -> PhotoEdit:
    """The edit with all sliders set at once, as by a preset; those not named go to zero."""
    for name in {*face_edit(edit, face).curves, *values}:
        edit = with_intensity(edit, face, name, values.get(name, 0.0), frame)
    return edit


def _place(face: FaceChoice) -> tuple[int, int]:
    if isinstance(face, int):
        return 2, face
    return (0, 0) if face == "all" else (1, 0)
