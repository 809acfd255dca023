"""Words for people: paths, times and sizes, printable whatever they hold."""

import os
from pathlib import Path


def printable(text: str | Path) -> str:
    """The text on one line: control characters and undecodable bytes become `�`.

    >>> printable(Path("a/holiday\\nbeach.jpg"))
    'a/holiday�beach.jpg'
    """
    return "".join(c if c.isprintable() else "�" for c in os.fspath(text))


def count(number: int, one: str, many: str = "") -> str:
    """A number and its noun.

    >>> count(1, "photo"), count(3, "photo"), count(2, "copy", "copies")
    ('1 photo', '3 photos', '2 copies')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def duration(seconds: float) -> str:
    """How long, as precisely as anyone wants to know.

    >>> duration(0.84), duration(75), duration(7300)
    ('0.8 s', '1 min 15 s', '2 h 1 min')
    """
    if seconds < 59.5:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def size(size_bytes: int) -> str:
    """Bytes in decimal units.

    >>> size(122489), size(10667852), size(25_000_000_000)
    ('122 KB', '10.7 MB', '25.0 GB')
    """
    if size_bytes < 1_000_000:
        return f"{size_bytes / 1e3:.0f} KB"
    if size_bytes < 1_000_000_000:
        return f"{size_bytes / 1e6:.1f} MB"
    return f"{size_bytes / 1e9:.1f} GB"
