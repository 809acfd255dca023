"""Keys of expression curves: adding, moving, copying, easing, retiming. Plain data, no Qt.

Every operation takes curves by expression and gives new ones; frames are counted from 0. A curve
whose last key is deleted is left out: the expression is not asked for.
"""

import itertools
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

import msgspec

from engine.recipes import MAX_INTENSITY, Curve, Easing, Keyframe, constant, expressions

MAX_FRAMES = 600
"""The longest strip that the window makes."""

EASINGS: tuple[Easing, ...] = ("linear", "ease_in", "ease_out", "ease_in_out", "hold")

Curves = Mapping[str, Curve]


@dataclass(frozen=True, order=True)
class KeyRef:
    """A key by its expression and frame."""

    expression: str
    frame: int


class ClipKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A copied key: where it stood after the first of those copied with it."""

    expression: str
    offset: int
    value: float
    easing: Easing = "linear"


class Clip(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Copied keys; they may be pasted on another photo."""

    keys: tuple[ClipKey, ...]

    @property
    def is_of_one_row(self) -> bool:
        """Whether all keys are of one expression, and so may be pasted on another."""
        return len({key.expression for key in self.keys}) == 1


# ---- looking ------------------------------------------------------------------------------------


def key_at(curves: Curves, ref: KeyRef) -> Keyframe | None:
    """The key, or None where there is none."""
    curve = curves.get(ref.expression)
    keys = () if curve is None else curve.keyframes
    return next((key for key in keys if key.frame == ref.frame), None)


def all_keys(curves: Curves) -> frozenset[KeyRef]:
    """Every key."""
    return frozenset(
        KeyRef(name, key.frame) for name, curve in curves.items() for key in curve.keyframes
    )


def neighbour_frame(
    curves: Curves, frame: float, step: int, expressions: Collection[str] = ()
) -> int | None:
    """The frame of the next key (`step` 1) or the one before (-1); None where there is none.

    Looks at `expressions` only, or at all when none are named.
    """
    frames = {
        key.frame
        for name, curve in curves.items()
        if not expressions or name in expressions
        for key in curve.keyframes
    }
    if step > 0:
        return min((one for one in frames if one > frame), default=None)
    return max((one for one in frames if one < frame), default=None)


def sampled(curve: Curve, frames: int) -> list[float]:
    """The curve's values on frames 0 to `frames` − 1: what `Curve.at` gives, all at once."""
    keys = curve.keyframes
    values = [keys[0].value] * min(keys[0].frame, frames)
    for a, b in itertools.pairwise(keys):
        if a.frame >= frames:
            break
        piece = Curve((a, b))
        values += [piece.at(frame) for frame in range(max(a.frame, 0), min(b.frame, frames))]
    return values + [keys[-1].value] * (frames - len(values))


# ---- changing -----------------------------------------------------------------------------------


def set_key(curves: Curves, ref: KeyRef, value: float, easing: Easing | None = None) -> Curves:
    """Set the key there, or add one; without `easing` it keeps its own, or takes the curve's."""
    curve = curves.get(ref.expression)
    keys = () if curve is None else curve.keyframes
    if easing is None:
        easing = _easing_at(keys, ref.frame)
    others = tuple(key for key in keys if key.frame != ref.frame)
    changed = Curve((*others, Keyframe(ref.frame, _clamped(value), easing)))
    return {**curves, ref.expression: changed}


def delete_keys(curves: Curves, chosen: Collection[KeyRef]) -> Curves:
    """Take keys out."""
    return _each(curves, chosen, lambda _key: None)


def set_values(curves: Curves, chosen: Collection[KeyRef], value: float) -> Curves:
    """Give keys one value."""
    return _each(curves, chosen, lambda key: Keyframe(key.frame, _clamped(value), key.easing))


def add_value(curves: Curves, chosen: Collection[KeyRef], by: float) -> Curves:
    """Raise or lower keys, each as far as its range goes."""

    def raised(key: Keyframe) -> Keyframe:
        # Rounded, so that a hundred steps of 1 % end at 100 %.
        return Keyframe(key.frame, _clamped(round(key.value + by, 6)), key.easing)

    return _each(curves, chosen, raised)


def set_easing(curves: Curves, chosen: Collection[KeyRef], easing: Easing) -> Curves:
    """Say how curves leave keys."""
    return _each(curves, chosen, lambda key: Keyframe(key.frame, key.value, easing))


def move_keys(
    curves: Curves,
    chosen: Collection[KeyRef],
    by_frames: int,
    by_value: float,
    frames: int,
) -> tuple[Curves, frozenset[KeyRef]]:
    """Move keys in time and value; returns the curves and where the keys are then.

    The keys stay together: as a whole they go no further than the strip of `frames` frames. A key
    that stands where one of them ends is replaced.
    """
    present = [ref for ref in chosen if key_at(curves, ref) is not None]
    if not present:
        return dict(curves), frozenset()
    first, last = min(ref.frame for ref in present), max(ref.frame for ref in present)
    shift = min(max(by_frames, -first), max(frames - 1 - last, 0))
    changed = dict(curves)
    for name in {ref.expression for ref in present}:
        moving = {ref.frame for ref in present if ref.expression == name}
        keys = curves[name].keyframes
        moved = {
            key.frame + shift: Keyframe(
                key.frame + shift, _clamped(round(key.value + by_value, 6)), key.easing
            )
            for key in keys
            if key.frame in moving
        }
        stay = {key.frame: key for key in keys if key.frame not in moving}
        changed[name] = Curve(tuple((stay | moved).values()))
    return changed, frozenset(KeyRef(ref.expression, ref.frame + shift) for ref in present)


def copy_keys(curves: Curves, chosen: Collection[KeyRef]) -> Clip:
    """The keys as they can be pasted; no keys make an empty clip."""
    found = [(ref, key) for ref in sorted(chosen) if (key := key_at(curves, ref)) is not None]
    first = min((ref.frame for ref, _ in found), default=0)
    return Clip(
        tuple(ClipKey(ref.expression, ref.frame - first, k.value, k.easing) for ref, k in found)
    )


def paste_keys(
    curves: Curves, clip: Clip, frame: int, frames: int, onto: str = ""
) -> tuple[Curves, frozenset[KeyRef]]:
    """Put copied keys from `frame` on; returns the curves and the keys that were put there.

    Keys beyond the strip's end are left out. Keys of one expression go to `onto`, if it is named.
    """
    changed: Curves = dict(curves)
    pasted: set[KeyRef] = set()
    for key in clip.keys:
        name = onto if onto and clip.is_of_one_row else key.expression
        ref = KeyRef(name, frame + key.offset)
        if ref.frame < frames:
            changed = set_key(changed, ref, key.value, key.easing)
            pasted.add(ref)
    return changed, frozenset(pasted)


def clip_from(text: bytes) -> Clip | None:
    """A clip as `msgspec.json.encode` wrote it; None for anything else."""
    try:
        clip = msgspec.json.decode(text, type=Clip)
    except (msgspec.DecodeError, ValueError):
        return None
    return clip if all(_is_sound(key) for key in clip.keys) else None


# ---- the number of frames -----------------------------------------------------------------------


def retimed(curves: Curves, old: int, new: int) -> Curves:
    """The curves of a strip of `old` frames stretched over `new`.

    Where keys meet on a frame, a curve's first and last win, the last before the first, and else
    the later. From one frame on, nothing is stretched: a still's curves are constant.
    """
    if old <= 1 or new == old:
        return dict(curves)
    factor = (new - 1) / (old - 1)
    changed: dict[str, Curve] = {}
    for name, curve in curves.items():
        first, *others = curve.keyframes
        placed: dict[int, Keyframe] = {}
        for key in (*others[:-1], first, *others[-1:]):
            frame = round(key.frame * factor)
            placed[frame] = Keyframe(frame, key.value, key.easing)
        changed[name] = Curve(tuple(placed.values()))
    return changed


def frozen(curves: Curves, frame: float) -> Curves:
    """The curves of a still that shows that frame."""
    values = {name: curve.at(frame) for name, curve in curves.items()}
    return {name: constant(value) for name, value in values.items() if value > 0}


# ---- inside -------------------------------------------------------------------------------------


def _each(
    curves: Curves,
    chosen: Collection[KeyRef],
    change: Callable[[Keyframe], Keyframe | None],
) -> Curves:
    """Change the chosen keys; those that become None go."""
    wanted: dict[str, set[int]] = {}
    for ref in chosen:
        wanted.setdefault(ref.expression, set()).add(ref.frame)
    changed = dict(curves)
    for name, frames in wanted.items():
        if name not in curves:
            continue
        keys: Iterable[Keyframe | None] = (
            change(key) if key.frame in frames else key for key in curves[name].keyframes
        )
        kept = tuple(key for key in keys if key is not None)
        if kept:
            changed[name] = Curve(kept)
        else:
            del changed[name]
    return changed


def _is_sound(key: ClipKey) -> bool:
    return key.expression in expressions() and key.offset >= 0 and 0 <= key.value <= MAX_INTENSITY


def _easing_at(keys: Iterable[Keyframe], frame: int) -> Easing:
    """The easing that holds on that frame, so that a key on a curve does not bend it at once."""
    easing: Easing = "linear"
    for key in keys:
        if key.frame <= frame:
            easing = key.easing
    return easing


def _clamped(value: float) -> float:
    return min(max(value, 0.0), MAX_INTENSITY)
