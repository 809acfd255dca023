"""What output files are called."""

from collections.abc import Iterable, Mapping
from pathlib import PurePath

# Both matter on the file systems of Windows and macOS, where `A.jpg` and `a.jpg` are one file.
_LONGEST_NAME_BYTES = 200


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


def distinct_stems(photos: Iterable[PurePath]) -> list[str]:
    """Each photo's stem, numbered where another photo of the same call has it already.

    Photos of one name from different folders, or of one stem and different suffixes, must not
    overwrite each other; comparison ignores case because some file systems do.

    >>> distinct_stems([PurePath("a/x.jpg"), PurePath("b/x.jpg"), PurePath("b/X.png")])
    ['x', 'x-2', 'X-3']
    """
    photos = list(photos)
    # A number must not produce the name of a photo that comes later either.
    taken: set[str] = set()
    plain = {photo.stem.casefold() for photo in photos}
    stems: list[str] = []
    for photo in photos:
        stem, number = photo.stem, 1
        while stem.casefold() in taken or (number > 1 and stem.casefold() in plain):
            number += 1
            stem = f"{photo.stem}-{number}"
        taken.add(stem.casefold())
        stems.append(stem)
    return stems
