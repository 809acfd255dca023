"""What the user typed, checked and turned into values; faults are sentences for the user."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from engine.cli.arguments import NOT_FINITE, NUMBER
from engine.protocol.messages import OutputFormat
from engine.recipes import (
    MAX_INTENSITY,
    Curve,
    EditorName,
    FaceChoice,
    FaceEdit,
    Intensities,
    Keyframe,
    PhotoEdit,
    Sampling,
    expressions,
    ramp,
    still,
)
from engine.recipes.naming import expression_label

MAX_FRAMES = 1000
MAX_FPS = 120.0
GIF_MAX_FPS = 50.0  # of engine.strips, whose encoders a usage error need not load
STRIP_SUFFIXES = (".gif", ".webp", ".png", ".mp4", ".apng", ".frames")

_LONGEST_NUMBER = 24  # it becomes part of a file name
_FORMATS = {"jpg": "jpeg", "tif": "tiff", "heif": "heic"}
# Room for steps that add up: 3 × 0.5 may miss 1.5 by the last binary digit.
_TOLERANCE = 1e-9


class UsageFault(Exception):
    """Something that was typed cannot be meant; one sentence without a full stop."""


@dataclass(frozen=True)
class Scale:
    """A factor of the intensities, as it was typed and as a number."""

    text: str
    value: float


@dataclass(frozen=True)
class Blend:
    """The expressions that were asked for with their intensities, in the order typed."""

    intensities: dict[str, Scale]

    @property
    def label(self) -> str:
        """`happy`, or `happy+surprised`."""
        return expression_label({name: one.value for name, one in self.intensities.items()})

    @property
    def intensity_text(self) -> str:
        """The intensity as typed; several are joined with `+` unless they are all equal."""
        values = list(self.intensities.values())
        if len({one.value for one in values}) == 1:
            return values[0].text
        return "+".join(one.text for one in values)

    @property
    def common_intensity(self) -> float:
        """The intensity when all are equal, else 1.0: the factor that each is taken at."""
        values = {one.value for one in self.intensities.values()}
        return values.pop() if len(values) == 1 else 1.0

    def at(self, scale: Scale) -> Intensities:
        """The intensities times `scale`; raises `UsageFault` outside 0 to 1.5."""
        return Intensities(
            {name: _product(name, one, scale) for name, one in self.intensities.items()}
        )


@dataclass(frozen=True)
class Look:
    """One output that every photo gets: what stands in its name, its row, and its recipe.

    Attributes:
        scale_text: the last part of the file's name.
        scale: the same as a number; 1.0 for a blend of different intensities.
        intensities: what the expressions are rendered at.
    """

    expression: str
    scale_text: str
    scale: float
    intensities: Intensities


def parse_blend(texts: Sequence[str]) -> Blend:
    """`happy` and `happy=0.6` to a blend; raises `UsageFault`."""
    if not texts:
        raise UsageFault("--expression is missing, such as --expression happy")
    known = expressions()
    intensities: dict[str, Scale] = {}
    for text in texts:
        name, has_intensity, amount = text.partition("=")
        name = name.strip().lower()
        if name not in known:
            raise UsageFault(
                f"{_quoted(name)} is none of the expressions; choose from {', '.join(known)}"
            )
        if name in intensities:
            raise UsageFault(f"the expression {name} is given twice")
        what = f"the intensity of {name}"
        intensities[name] = parse_amount(what, amount) if has_intensity else Scale("1.0", 1.0)
    return Blend(intensities)


def parse_scales(texts: Sequence[str]) -> list[Scale]:
    """Numbers, single or separated by commas, each value once; raises `UsageFault`."""
    scales: dict[float, Scale] = {}
    for text in texts:
        parts = [part for part in text.split(",") if part.strip()]
        for part in parts or [text]:
            scale = parse_amount("a scale", part)
            scales.setdefault(scale.value, scale)
    return list(scales.values())


def looks(blend: Blend, scales: Sequence[Scale]) -> list[Look]:
    """The outputs of every photo: one per scale, or one at the intensities themselves."""
    if scales:
        return [Look(blend.label, one.text, one.value, blend.at(one)) for one in scales]
    own = blend.at(Scale("1.0", 1.0))
    return [Look(blend.label, blend.intensity_text, blend.common_intensity, own)]


def parse_face(text: str) -> FaceChoice:
    """`all`, `largest` or a number from 1; raises `UsageFault`."""
    word = text.strip().lower()
    if word == "all":
        return "all"
    if word == "largest":
        return "largest"
    if re.fullmatch(r"\d{1,6}", word, re.ASCII) and int(word) > 0:
        return int(word)
    raise UsageFault(f"--face {_quoted(text)} is none of: all, largest, a number from 1")


def parse_format(text: str) -> OutputFormat:
    """The output format by one of its names; raises `UsageFault`."""
    word = text.strip().lower()
    word = _FORMATS.get(word, word)
    for known in get_args(OutputFormat):
        if word == known:
            return known
    raise UsageFault(f"--format {_quoted(text)} is none of: {', '.join(get_args(OutputFormat))}")


def parse_editor(text: str) -> EditorName:
    """The editor by its name; raises `UsageFault`."""
    word = text.strip().lower()
    for known in get_args(EditorName):
        if word == known:
            return known
    raise UsageFault(f"--editor {_quoted(text)} is none of: {', '.join(get_args(EditorName))}")


def parse_strip_output(text: str) -> Path:
    """The path of a strip, whose suffix is its format; raises `UsageFault`."""
    path = Path(text)
    if path.suffix.lower() not in STRIP_SUFFIXES:
        raise UsageFault(
            f"--out {_quoted(text)} is no file of a strip; its name must end in "
            f"{', '.join(STRIP_SUFFIXES[:-1])} or {STRIP_SUFFIXES[-1]}"
        )
    return path


def check_timing(frames: int, fps: float, suffix: str) -> None:
    """Raise `UsageFault` unless such a strip can have so many frames at this rate."""
    if not 1 <= frames <= MAX_FRAMES:
        raise UsageFault(f"--frames {frames} is not a number from 1 to {MAX_FRAMES}")
    if not math.isfinite(fps) or not 0 < fps <= MAX_FPS:
        raise UsageFault(f"--fps {fps:g} is not a number above 0, up to {MAX_FPS:g}")
    if suffix.lower() == ".gif" and fps > GIF_MAX_FPS:
        raise UsageFault(f"--fps {fps:g} is more than the {GIF_MAX_FPS:g} that a GIF can show")


def still_edit(
    look: Look,
    face: FaceChoice,
    editor: EditorName,
    seed: int,
    sampling: Sampling = Sampling(),
) -> PhotoEdit:
    """The recipe of one output."""
    return PhotoEdit((still(look.intensities, face),), editor, seed, sampling)


def strip_edit(
    blend: Blend,
    start: Scale,
    stop: Scale,
    frames: int,
    face: FaceChoice,
    editor: EditorName,
    seed: int,
    sampling: Sampling = Sampling(),
) -> PhotoEdit:
    """The recipe of a strip: every expression's intensity times `start` … `stop`, even in steps."""
    first, last = blend.at(start).values, blend.at(stop).values
    curves = {
        name: _curve(first.get(name, 0.0), last.get(name, 0.0), frames)
        for name in blend.intensities
    }
    return PhotoEdit((FaceEdit(curves, face),), editor, seed, sampling)


def _curve(start: float, stop: float, frames: int) -> Curve:
    return ramp(start, stop, frames) if frames > 1 else Curve((Keyframe(0, start),))


def parse_alpha(option: str, text: str) -> Scale:
    """An end of a strip's range; raises `UsageFault`."""
    return parse_amount(option, text)


def parse_amount(what: str, text: str) -> Scale:
    """A number from 0 on as it was typed; `what` names it in the sentence."""
    text = text.strip()
    if NOT_FINITE.fullmatch(text):
        raise UsageFault(f"{what}, {text}, is no number from 0 to {MAX_INTENSITY}")
    if not NUMBER.fullmatch(text):
        raise UsageFault(f"{what}, {_quoted(text)}, is no number")
    value = float(text)
    if value < 0 or not math.isfinite(value):
        raise UsageFault(f"{what}, {text}, is no number from 0 to {MAX_INTENSITY}")
    if len(text) > _LONGEST_NUMBER:
        raise UsageFault(f"{what}, {text[:_LONGEST_NUMBER]}…, has too many digits")
    return Scale(text, abs(value))


def _product(name: str, intensity: Scale, scale: Scale) -> float:
    value = intensity.value * scale.value
    if value > MAX_INTENSITY + _TOLERANCE:
        asked = f"{name}={intensity.text} at {scale.text} times" if scale.value != 1 else name
        raise UsageFault(f"{asked} makes an intensity of {value:g}, more than {MAX_INTENSITY}")
    return min(value, MAX_INTENSITY)


def _quoted(text: str) -> str:
    """Typed text in a sentence, on one line whatever it holds."""
    return repr(text.encode("utf-8", "replace").decode() if len(text) < 60 else text[:60] + "…")
