"""What output files are called."""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

Collision = Literal["number", "skip", "overwrite"]
"""What happens to an output whose name is that of a file that is there already: it gets a number,
it is not made, or it takes the file's place."""

TOKENS = ("name", "ext", "expression", "scale", "seq", "date", "folder", "person")
"""What may stand in braces in a template of names."""

PLAIN_TEMPLATE = "{name}_{expression}_{scale}"
"""What outputs are called unless the user says otherwise."""

_TOKEN = re.compile(r"\{([^{}]*)\}")
_UNNAMEABLE = re.compile(r'[/\\:*?"<>|]')  # what Windows' file systems take no name with
_LONGEST_SEQUENCE = 9

# Both matter on the file systems of Windows and macOS, where `A.jpg` and `a.jpg` are one file.
_LONGEST_NAME_BYTES = 200
_NUMBER_BYTES = 8  # for the `-2` that tells photos of one name apart


def number_text(value: float) -> str:
    """The shortest decimal that says it is one.

    >>> number_text(1), number_text(0.6), number_text(0.25)
    ('1.0', '0.6', '0.25')
    """
    return repr(round(float(value), 6))


def expression_label(intensities: Mapping[str, float]) -> str:
    """The names of a blend joined with `+`, in the order they were asked for."""
    return "+".join(intensities)


def intensity_label(intensities: Iterable[float]) -> str:
    """One number when all are equal, else all of them joined with `+`.

    >>> intensity_label([0.6]), intensity_label([1, 1]), intensity_label([0.8, 0.4])
    ('0.6', '1.0', '0.8+0.4')
    """
    texts = [number_text(value) for value in intensities]
    return texts[0] if len(set(texts)) == 1 else "+".join(texts)


def output_name(stem: str, expressions: str, scale: str) -> str:
    """`{stem}_{expression}_{scale}` without a suffix; an overlong stem is shortened at its end.

    >>> output_name("anna", "happy+surprised", "0.5")
    'anna_happy+surprised_0.5'
    """
    tail = f"_{expressions}_{scale}"
    room = _LONGEST_NAME_BYTES - len(tail.encode())
    return stem.encode("utf-8", "surrogateescape")[:room].decode("utf-8", "ignore") + tail


def output_stems(
    photos: Iterable[PurePath], tails: Sequence[tuple[str, str]], reserved: Collection[str] = ()
) -> list[str]:
    """Each photo's stem for `output_name`, so that all the names for one folder are distinct.

    Args:
        photos: in the order in which they claim their names.
        tails: expression label and scale of every output that each photo gets.
        reserved: names without suffix that no output may have, such as those of sources which lie
            in the folder of the outputs.

    >>> output_stems([PurePath("a/x.jpg"), PurePath("b/x.jpg")], [("happy", "1.0")])
    ['x', 'x-2']
    >>> output_stems([PurePath("x.jpg")], [("sad", "1.0")], reserved=["x_sad_1.0"])
    ['x-2']
    """
    # Shortened and made printable before they are told apart: two long names may end up as one.
    room = _LONGEST_NAME_BYTES - max(len(f"_{label}_{scale}".encode()) for label, scale in tails)
    plain = [_shortened(photo.stem, max(room - _NUMBER_BYTES, 1)) for photo in photos]
    forbidden = {_name_key(name) for name in reserved}
    # A number must not produce the name of a photo that comes later either.
    own = {_name_key(stem) for stem in plain}
    taken: set[str] = set()
    stems: list[str] = []
    for base in plain:
        stem, number = base, 1
        while (
            _name_key(stem) in taken
            or (number > 1 and _name_key(stem) in own)
            or any(_name_key(output_name(stem, *tail)) in forbidden for tail in tails)
        ):
            number += 1
            stem = f"{base}-{number}"
        taken.add(_name_key(stem))
        stems.append(stem)
    return stems


def planned_ext(photo: PurePath, format: str) -> str:
    """The suffix, without its dot, that a photo's output is expected to get.

    >>> planned_ext(PurePath("a.CR2"), "source"), planned_ext(PurePath("a.JPG"), "source")
    ('tif', 'JPG')
    """
    if format != "source":
        return {"jpeg": "jpg", "tiff": "tif", "tiff8": "tif", "tiff16": "tif"}.get(format, format)
    own = photo.suffix[1:]
    if own.lower() in ("gif", "bmp"):
        return "png"
    kept = ("jpg", "jpeg", "jpe", "png", "tif", "tiff", "webp", "avif", "heic", "heif", "hif")
    return own if own.lower() in kept else "tif"


class TemplateError(ValueError):
    """A template of names that cannot be used; one sentence without a full stop."""


@dataclass(frozen=True)
class NameFacts:
    """What the tokens of a template stand for in one output's name.

    Attributes:
        name, ext: the photo's name without suffix, and the output's suffix without its dot.
        expression, scale: labels of what was asked for.
        sequence: the output's number in this call, from 1.
        date: when the photo was taken, as YYYY-MM-DD.
        folder: the name of the photo's folder.
        person: who is in it; empty when it is not known.
    """

    name: str
    ext: str
    expression: str
    scale: str
    sequence: int
    date: str = ""
    folder: str = ""
    person: str = ""


def check_template(template: str) -> None:
    """Raise `TemplateError` unless every token of the template is known and it makes a name."""
    for token in _TOKEN.findall(template):
        word, colon, digits = token.partition(":")
        if word not in TOKENS:
            known = ", ".join(f"{{{name}}}" for name in TOKENS)
            raise TemplateError(f"{{{token[:40]}}} is none of the tokens of a name: {known}")
        if colon and (word != "seq" or not re.fullmatch("[1-9]", digits, re.ASCII)):
            raise TemplateError(
                f"{{{token[:40]}}} is no token; only seq takes a number of digits, from 1 to "
                f"{_LONGEST_SEQUENCE}, such as {{seq:4}}"
            )
    rest = _TOKEN.sub("", template)
    if "{" in rest or "}" in rest:
        raise TemplateError("a brace of the name's template has no partner")
    if _UNNAMEABLE.search(rest) or any(unicodedata.category(c) == "Cc" for c in rest):
        raise TemplateError("the name's template holds a character that no file name may have")
    if not template.strip(" ."):
        raise TemplateError("the name's template is empty")


def filled(template: str, facts: NameFacts) -> str:
    """The output's name without its suffix; a `.{ext}` at the template's end is that suffix.

    >>> filled("{folder}_{seq:4}.{ext}", NameFacts("a", "jpg", "happy", "1.0", 7, folder="Eve"))
    'Eve_0007'

    Characters that some file system does not take become `_`; an overlong name is shortened.
    Raises `TemplateError`.
    """
    check_template(template)
    values = {
        "name": facts.name,
        "ext": facts.ext,
        "expression": facts.expression,
        "scale": facts.scale,
        "date": facts.date or "undated",
        "folder": facts.folder or "photos",
        "person": facts.person or "unnamed",
    }

    def value(token: re.Match[str]) -> str:
        word, _, digits = token[1].partition(":")
        if word == "seq":
            return str(facts.sequence).zfill(int(digits or 1))
        return _UNNAMEABLE.sub("_", values[word])

    text = _TOKEN.sub(value, template.removesuffix(".{ext}")).strip()
    return _shortened(text, _LONGEST_NAME_BYTES - _NUMBER_BYTES).lstrip(".") or "photo"


def template_names(
    template: str,
    facts: Sequence[NameFacts],
    *,
    reserved: Collection[str] = (),
    collision: Collision = "overwrite",
    exists: Callable[[str], bool] = lambda _: False,
) -> list[str | None]:
    """The names without suffix of a folder's outputs, in order: what a preview of names shows.

    Two outputs never get one name, and none gets a reserved one: the later is numbered, `-2`.

    Args:
        template: see `filled`.
        facts: one per output.
        reserved: names without suffix that are other photos' own.
        collision: `number` also numbers where a file is there already; `skip` leaves the output
            out (None); `overwrite` lets it take the file's place.
        exists: whether the folder has a picture of that name, whatever its suffix.

    >>> two = [NameFacts("a", "jpg", "sad", s, n) for n, s in enumerate(("0.5", "1.0"), 1)]
    >>> template_names("{name}_{expression}", two)
    ['a_sad', 'a_sad-2']
    """
    taken = {_name_key(name) for name in reserved}
    names: list[str | None] = []
    for one in facts:
        base = filled(template, one)

        name, number = base, 1
        while _name_key(name) in taken or (collision == "number" and exists(name)):
            number += 1
            name = f"{base}-{number}"
        taken.add(_name_key(name))
        skipped = collision == "skip" and exists(name)
        names.append(None if skipped else name)
    return names


def _shortened(stem: str, room_bytes: int) -> str:
    """The stem as text that every file system takes, at most `room_bytes` bytes of it."""
    text = stem.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    text = "".join("_" if unicodedata.category(c) == "Cc" else c for c in text)
    return text.encode("utf-8", "replace")[:room_bytes].decode("utf-8", "ignore") or "photo"


def _name_key(name: str) -> str:
    """Equal for names that some file system takes for one: case and composition of accents."""
    return unicodedata.normalize("NFC", name).casefold()
