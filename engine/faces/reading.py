"""What a face shows, in a word: a small reading of its blendshapes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Mood = Literal["eyes closed", "smiling", "mouth open", "frowning", "neutral", "other"]

# Set on the shipped portraits and their warps. Lids drawn shut over open eyes read 0.48 to 0.55,
# one eye of a wink 0.3, open eyes under 0.1.
_SMILE, _CLOSED, _OPEN, _FROWN, _REST = 0.4, 0.4, 0.3, 0.4, 0.45

_AT_REST_IGNORES = ("_neutral", "eyeLook", "eyeSquint")
"""Readings that say where the eyes look or how narrow they are, which a face at rest may do."""


@dataclass(frozen=True)
class Reading:
    """The state of a face.

    Attributes:
        smile, eye_closure, jaw_open, frown: strength, 0 to 1; of pairs the mean, but for the eyes
            the more open one, as a wink is not closed eyes.
        smiling, eyes_closed, mouth_open, frowning: whether each is plainly there.
        neutral: none of them, and no other part of the face is strongly drawn.
    """

    smile: float
    eye_closure: float
    jaw_open: float
    frown: float
    smiling: bool
    eyes_closed: bool
    mouth_open: bool
    frowning: bool
    neutral: bool

    @property
    def word(self) -> Mood:
        """The one word that matters most to whoever picks photos."""
        named: tuple[tuple[bool, Mood], ...] = (
            (self.eyes_closed, "eyes closed"),
            (self.smiling, "smiling"),
            (self.mouth_open, "mouth open"),
            (self.frowning, "frowning"),
            (self.neutral, "neutral"),
        )
        for holds, word in named:
            if holds:
                return word
        return "other"


def read_state(blendshapes: Mapping[str, float]) -> Reading:
    """Return the reading of blendshapes as in `Face.blendshapes`; absent names count as 0."""

    def pair(name: str) -> tuple[float, float]:
        return blendshapes.get(f"{name}Left", 0.0), blendshapes.get(f"{name}Right", 0.0)

    smile = sum(pair("mouthSmile")) / 2
    frown = max(sum(pair("mouthFrown")) / 2, sum(pair("browDown")) / 2)
    eye_closure = min(pair("eyeBlink"))
    jaw_open = blendshapes.get("jawOpen", 0.0)
    smiling, eyes_closed = smile >= _SMILE, eye_closure >= _CLOSED
    mouth_open, frowning = jaw_open >= _OPEN, frown >= _FROWN and smile < _SMILE
    at_rest = all(
        value < _REST
        for name, value in blendshapes.items()
        if not name.startswith(_AT_REST_IGNORES)
    )
    return Reading(
        smile=smile,
        eye_closure=eye_closure,
        jaw_open=jaw_open,
        frown=frown,
        smiling=smiling,
        eyes_closed=eyes_closed,
        mouth_open=mouth_open,
        frowning=frowning,
        neutral=at_rest and not (smiling or eyes_closed or mouth_open or frowning),
    )
