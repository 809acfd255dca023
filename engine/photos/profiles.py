"""ICC profiles of the usual colour spaces, made here so that their bytes are always the same.

Matrix and curve profiles of ICC.1:2010 (version 4.2). Colorants are adapted to D50 by Bradford.
"""

import struct
from dataclasses import dataclass
from functools import cache

from engine.recipes import ColourProfile

_D50 = (0.9642, 1.0, 0.8249)
_DATE = (2026, 1, 1, 0, 0, 0)
# Bradford's adaptation from D65 to D50 (ICC.1:2010, annex E).
_FROM_D65 = (1.04788, 0.02292, -0.05022, 0.02959, 0.99048, -0.01707, -0.00925, 0.01508, 0.75168)
_SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
_ROMM_CURVE = (1.8, 1.0, 0.0, 1 / 16, 16 / 512)
_ADOBE_GAMMA = (563 / 256,)
_COPYRIGHT = "No rights reserved"


@dataclass(frozen=True)
class _Space:
    """A colour space: its name, the XYZ of its three colours, its curve.

    One number is a plain exponent; five are g, a, b, c and d of the parametric curve
    Y = (aX + b)^g from d on, and Y = cX below.
    """

    name: str
    colorants: tuple[tuple[float, float, float], ...]
    curve: tuple[float, ...]
    from_d65: bool


_SPACES: dict[str, _Space] = {
    "srgb": _Space(
        "sRGB",
        ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410)),
        _SRGB_CURVE,
        True,
    ),
    "display-p3": _Space(
        "Display P3",
        ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407)),
        _SRGB_CURVE,
        True,
    ),
    "adobe-rgb": _Space(
        "Compatible with Adobe RGB (1998)",
        ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457)),
        _ADOBE_GAMMA,
        True,
    ),
    "prophoto": _Space(
        "ProPhoto RGB (ROMM)",
        ((0.79767, 0.28804, 0.0), (0.13519, 0.71188, 0.0), (0.03134, 0.00009, 0.82491)),
        _ROMM_CURVE,
        False,
    ),
}


@cache
def profile_bytes(name: ColourProfile, *, grey: bool = False) -> bytes:
    """The profile of a colour space, or of a grey picture with that space's curve."""
    space = _SPACES[name]
    curve = _curve(space.curve)
    tags = {
        b"desc": _text(f"Grey, curve of {space.name}" if grey else space.name),
        b"cprt": _text(_COPYRIGHT),
        b"wtpt": _xyz(_D50),
    }
    if grey:
        tags[b"kTRC"] = curve
    else:
        for letter, colorant in zip(b"rgb", space.colorants, strict=True):
            tags[bytes([letter]) + b"XYZ"] = _xyz(colorant)
            tags[bytes([letter]) + b"TRC"] = curve
        if space.from_d65:
            tags[b"chad"] = b"sf32\0\0\0\0" + b"".join(map(_fixed, _FROM_D65))
    return _profile(b"GRAY" if grey else b"RGB ", tags)


def _profile(colours: bytes, tags: dict[bytes, bytes]) -> bytes:
    places: dict[bytes, int] = {}
    at = 128 + 4 + 12 * len(tags)
    table, heap = struct.pack(">I", len(tags)), b""
    for name, value in tags.items():
        if value not in places:
            places[value] = at + len(heap)
            heap += value + b"\0" * (-len(value) % 4)
        table += struct.pack(">4sII", name, places[value], len(value))
    size = at + len(heap)
    header = struct.pack(
        ">I4sI4s4s4s6H4s4sIIIQI12s4s",
        *(size, b"\0\0\0\0", 0x04200000, b"mntr", colours, b"XYZ ", *_DATE, b"acsp"),
        *(b"\0\0\0\0", 0, 0, 0, 0, 0, b"".join(map(_fixed, _D50)), b"\0\0\0\0"),
    )
    return header.ljust(128, b"\0") + table + heap


def _fixed(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))


def _xyz(value: tuple[float, float, float]) -> bytes:
    return b"XYZ \0\0\0\0" + b"".join(map(_fixed, value))


def _curve(numbers: tuple[float, ...]) -> bytes:
    if len(numbers) == 1:
        return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(numbers[0] * 256)) + b"\0\0"
    return b"para\0\0\0\0" + struct.pack(">HH", 3, 0) + b"".join(map(_fixed, numbers))


def _text(text: str) -> bytes:
    encoded = text.encode("utf-16-be")
    return (
        b"mluc\0\0\0\0" + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(encoded), 28) + encoded
    )
