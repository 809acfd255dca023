"""Colour profiles: photos to sRGB for looking at, and CMYK to RGB for editing."""

import functools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.photos.photo import Pixels

_BAND_ROWS = 512
_DATE = slice(24, 36)
_SOME_DATE = bytes([0x07, 0xEA, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0])  # 1 January 2026


@functools.cache
def srgb_profile() -> bytes:
    """An sRGB profile's bytes, the same ones every time."""
    from imagecodecs import cms_profile

    made = bytes(cms_profile("srgb"))
    return made[: _DATE.start] + _SOME_DATE + made[_DATE.stop :]


def to_srgb8(pixels: Pixels, icc: bytes | None = None) -> NDArray[np.uint8]:
    """The photo as 8-bit sRGB, for strips, previews and finding faces.

    Args:
        pixels: (height, width, 1 to 4) uint8 or uint16, or (height, width) grey.
        icc: the profile that the pixels are in; without one, or with one that is broken or meant
            for other channels, they count as sRGB.

    Returns:
        (height, width, 3) uint8, a new array unless it already was that; alpha is left out.
    """
    colours = pixels[..., None] if pixels.ndim == 2 else pixels
    count = 1 if colours.shape[2] < 3 else 3
    colours = colours[..., :count]
    if icc is not None and not is_srgb(icc):
        converted = _through_profile(colours, icc)
        if converted is not None:
            return converted
    eight = to_8_bit(colours)
    return np.ascontiguousarray(np.broadcast_to(eight, (*eight.shape[:2], 3)))


def to_8_bit(pixels: Pixels) -> NDArray[np.uint8]:
    """Values of 0…65535 as 0…255, rounded to the nearest; 8-bit values as they are."""
    if pixels.dtype == np.uint8:
        return pixels.astype(np.uint8, copy=False)
    # (v × 255 + 32767) ÷ 65535 is the exact rounding and needs no more than 32 bits.
    eight = np.empty(pixels.shape, np.uint8)
    for top in range(0, pixels.shape[0], _BAND_ROWS):
        band = pixels[top : top + _BAND_ROWS].astype(np.uint32)
        eight[top : top + _BAND_ROWS] = (band * 255 + 32767) // 65535
    return eight


def is_srgb(icc: bytes) -> bool:
    """Whether the profile is one of the usual sRGB ones, so that nothing need be converted.

    The one of 3144 bytes is Hewlett-Packard's, which cameras and editors embed most.
    """
    usual = len(icc) == 3144 and b"sRGB IEC61966-2.1" in icc
    ours = srgb_profile()
    return usual or icc[: _DATE.start] + ours[_DATE] + icc[_DATE.stop :] == ours


def _through_profile(colours: Pixels, icc: bytes) -> NDArray[np.uint8] | None:
    from imagecodecs import cms_transform

    space = {b"RGB ": "rgb", b"GRAY": "gray"}.get(icc[16:20])
    if space != ("gray" if colours.shape[2] == 1 else "rgb"):
        return None
    source = colours[..., 0] if space == "gray" else colours
    converted = np.empty((*colours.shape[:2], 3), np.uint8)
    try:
        for top in range(0, colours.shape[0], _BAND_ROWS):
            band = np.ascontiguousarray(source[top : top + _BAND_ROWS])
            converted[top : top + _BAND_ROWS] = cms_transform(
                band,
                icc,
                srgb_profile(),
                colorspace=space,
                outcolorspace="rgb",
                outdtype="uint8",
                intent=1,
            )
    except (RuntimeError, ValueError, TypeError):
        return None
    return converted


def cmyk_to_rgb(ink: NDArray[Any], icc: bytes | None) -> tuple[Pixels, bytes, tuple[str, ...]]:
    """CMYK as sRGB of the same depth, with the sRGB profile and a warning that says so.

    Args:
        ink: (height, width, 4) uint8 or uint16, 0 is no ink.
        icc: the embedded profile; without a usable one, ink counts as ideal filters.
    """
    converted = _ink_through_profile(ink, icc) if icc else None
    how = "its own profile"
    if converted is None:
        converted = _ink_as_filters(ink)
        how = "a plain formula, because it has no usable profile"
    warning = f"the photo was CMYK and was converted to sRGB with {how}"
    return converted, srgb_profile(), (warning,)


def _ink_through_profile(ink: NDArray[Any], icc: bytes) -> Pixels | None:
    from imagecodecs import cms_transform

    if icc[16:20] != b"CMYK":
        return None
    converted = np.empty((*ink.shape[:2], 3), ink.dtype)
    try:
        for top in range(0, ink.shape[0], _BAND_ROWS):
            converted[top : top + _BAND_ROWS] = cms_transform(
                np.ascontiguousarray(ink[top : top + _BAND_ROWS]),
                icc,
                srgb_profile(),
                colorspace="cmyk",
                outcolorspace="rgb",
                outdtype=ink.dtype,
                intent=1,
                flags=0x2000,  # black point compensation
            )
    except (RuntimeError, ValueError, TypeError):
        return None
    return converted


def _ink_as_filters(ink: NDArray[Any]) -> Pixels:
    top_value = int(np.iinfo(ink.dtype).max)
    converted = np.empty((*ink.shape[:2], 3), ink.dtype)
    for top in range(0, ink.shape[0], _BAND_ROWS):
        band = top_value - ink[top : top + _BAND_ROWS].astype(np.uint64)
        product = band[..., :3] * band[..., 3:]
        converted[top : top + _BAND_ROWS] = (product + top_value // 2) // top_value
    return converted
