"""What output files are called."""

import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import PurePath

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


def _shortened(stem: str, room_bytes: int) -> str:
    """The stem as text that every file system takes, at most `room_bytes` bytes of it."""
    text = stem.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    text = "".join("_" if unicodedata.category(c) == "Cc" else c for c in text)
    return text.encode("utf-8", "replace")[:room_bytes].decode("utf-8", "ignore") or "photo"


def _name_key(name: str) -> str:
    """Equal for names that some file system takes for one: case and composition of accents."""
    return unicodedata.normalize("NFC", name).casefold()
