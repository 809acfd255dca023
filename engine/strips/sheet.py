"""Contact sheets: the frames of a strip side by side, each with its label."""

import bisect
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.photos import png_parts
from engine.strips.flat import over_white

_MAX_PIXELS = 64_000_000
_ASPECT = 1.5
_PAPER = 250
_INK = (34, 34, 34)
_SMALLEST_TEXT_PX = 11


def sheet_parts(
    frames: Sequence[NDArray[np.uint8]], labels: Sequence[str], xmp: bytes = b""
) -> list[bytes]:
    """The pieces of a PNG file with the sheet."""
    return png_parts(sheet(frames, labels), xmp=xmp or None)


def sheet(frames: Sequence[NDArray[np.uint8]], labels: Sequence[str]) -> NDArray[np.uint8]:
    """(height, width, 3) uint8: the frames in rows, read like text, labels centred below.

    The grid is about half as wide again as it is high. Frames keep their size until the sheet would
    show more than 64 megapixels of them; then all shrink alike. Alpha is laid over white.
    """
    shape = frames[0].shape
    columns = _columns(len(frames), shape[1], shape[0])
    rows = math.ceil(len(frames) / columns)
    scale = min(1.0, math.sqrt(_MAX_PIXELS / (columns * shape[1] * rows * shape[0])))
    width, height = (max(1, int(side * scale)) for side in (shape[1], shape[0]))
    gap = max(4, round(min(width, height) / 32))
    text = max(_SMALLEST_TEXT_PX, round(width / 14)) if any(labels) else 0
    band = round(text * 1.6)
    size = (gap + rows * (height + band + gap), gap + columns * (width + gap), 3)
    paper = np.full(size, _PAPER, np.uint8)
    for number, frame in enumerate(frames):
        row, column = divmod(number, columns)
        top, left = gap + row * (height + band + gap), gap + column * (width + gap)
        paper[top : top + height, left : left + width] = _scaled(over_white(frame), width, height)
        if text:
            label = _label(labels[number], width + gap - 2, band, text)
            start = left + (width - label.shape[1]) // 2
            cut = max(0, -start)
            paper[top + height : top + height + band, start + cut : start + label.shape[1]] = label[
                :, cut:
            ]
    return paper


def _columns(count: int, width: int, height: int) -> int:
    """How many frames stand in a row: no row is left empty, and the last is as full as can be."""
    wished = max(1, min(count, round(math.sqrt(_ASPECT * count * height / width))))
    return math.ceil(count / math.ceil(count / wished))


def _scaled(frame: NDArray[np.uint8], width: int, height: int) -> NDArray[Any]:
    if frame.shape[:2] == (height, width):
        return frame
    import cv2

    return cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA)


def _label(label: str, width: int, band: int, size: int) -> NDArray[np.uint8]:
    """(band, up to width, 3): the text, smaller or cut short where the frame is too narrow."""
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.load_default(size)
    line = " ".join(_drawable(label, font).split())
    if font.getlength(line) > width:
        fitting = int(size * width / font.getlength(line))
        font = ImageFont.load_default(max(_SMALLEST_TEXT_PX, fitting))
    if font.getlength(line) > width:
        kept = bisect.bisect(range(len(line)), width, key=lambda n: font.getlength(line[:n] + "…"))
        line = line[: max(0, kept - 1)] + "…"
    length = max(1, min(width, math.ceil(font.getlength(line))))
    image = Image.new("RGB", (length, band), (_PAPER,) * 3)
    ImageDraw.Draw(image).text((length / 2, band / 2), line, fill=_INK, font=font, anchor="mm")
    return np.asarray(image)


def _drawable(label: str, font: Any) -> str:
    """The label without what Pillow's own font, which is Latin, would draw as an empty box."""
    box = bytes(font.getmask("\uffff"))
    known = {c for c in set(label) if c.isspace() or bytes(font.getmask(c)) != box}
    return "".join(c for c in label if c in known)
