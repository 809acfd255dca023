"""What a batch asks for, and the name under which equal work is found again."""

import hashlib
import json
import math
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from engine.protocol import Loop, OutputFormat
from engine.recipes import AS_IT_CAME, Export, Limits, ModelChoice, PhotoEdit, to_text

STRIP_SUFFIXES = (".gif", ".webp", ".apng", ".mp4", ".png", ".frames")
"""What a strip is written as; `.png` is a contact sheet, `.frames` a folder of numbered PNGs."""


class StripFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How an edit's curves become one file: so many frames, so many a second."""

    frames: int
    fps: float
    loop: Loop = "repeat"
    suffix: str = ".gif"

    def __post_init__(self) -> None:
        if self.frames < 1 or not 0 < self.fps < math.inf:
            raise ValueError("a strip has at least one frame, and a rate above 0")
        if self.suffix not in STRIP_SUFFIXES:
            raise ValueError(f"a strip ends in one of: {', '.join(STRIP_SUFFIXES)}")


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One picture, or strip, that every photo of a batch gets.

    Attributes:
        edit: its recipe.
        label: what the front end says about it; not part of the work.
        strip: for a strip; None for a picture of frame 0.
    """

    edit: PhotoEdit
    label: dict[str, Any] = {}
    strip: StripFile | None = None


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What every photo of a batch gets.

    Attributes:
        wanted: the pictures, in order.
        format: of the files.
        model: the weights of a generative editor.
        version: of the program that renders; another one may render otherwise.
        export: what is done to the files besides.
        limits: what of a generative editor's is let pass; the rest is put aside.
    """

    wanted: tuple[Wanted, ...]
    format: OutputFormat
    model: ModelChoice
    version: str
    export: Export = AS_IT_CAME
    limits: Limits = Limits()

    @property
    def is_generative(self) -> bool:
        """Whether a generative editor is needed for any of it."""
        return any(wanted.edit.editor == "pixelsmile" for wanted in self.wanted)

    @property
    def copies_serve(self) -> bool:
        """Whether a copy of another photo's picture does when both photos are the same bytes.

        Not where something is written beside the photo, or the picture is signed under its name.
        """
        return not self.export.sidecar and not self.export.certificate

    def work_key(self, number: int, content: str, suffix: str) -> str:
        """Equal for pictures that come out the same to the byte, in the same folder.

        Args:
            number: which of the wanted pictures, from 0.
            content: SHA-256 of the photo's file.
            suffix: the photo's, whose spelling its pictures take over.
        """
        return _digest([content, suffix, self._recipe(number)])

    def _recipe(self, number: int) -> list[str]:
        wanted = self.wanted[number]
        strip = [] if wanted.strip is None else [wanted.strip]
        others = (self.model, self.export, self.limits)
        return [
            to_text(wanted.edit),
            self.format,
            self.version,
            *(json.dumps(msgspec.to_builtins(one)) for one in (*others, *strip)),
        ]


def request_text(request: Request) -> str:
    """The request as JSON; `request_from` gives an equal one back."""
    return json.dumps(msgspec.to_builtins(request), ensure_ascii=True)


@lru_cache(maxsize=256)
def request_from(text: str) -> Request:
    """Read what `request_text` wrote; raises `msgspec.ValidationError`."""
    return msgspec.convert(json.loads(text), Request)


def paths_text(paths: Sequence[Path | None]) -> str:
    """Paths as JSON in ASCII: names that are no text keep their bytes as lone surrogates."""
    return json.dumps([None if path is None else str(path) for path in paths], ensure_ascii=True)


def paths_from(text: str) -> tuple[Path | None, ...]:
    """Read what `paths_text` wrote."""
    return tuple(None if path is None else Path(path) for path in json.loads(text))


def _digest(parts: Sequence[object]) -> str:
    text = json.dumps(list(parts), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
