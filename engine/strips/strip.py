"""Writing frames as one file; the file name's extension says of which kind."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.photos import WriteError, temporary_beside, write_parts
from engine.strips.apng import apng_parts
from engine.strips.folder import write_frames
from engine.strips.gif import MAX_FPS as GIF_MAX_FPS
from engine.strips.gif import gif_parts
from engine.strips.sheet import sheet_parts
from engine.strips.timing import durations, played
from engine.strips.video import write_video, xmp_box
from engine.strips.webp import MAX_SIDE as WEBP_MAX_SIDE
from engine.strips.webp import webp_parts

Loop = Literal["bounce", "repeat", "once"]
"""How a strip plays: there and back for ever, from the start for ever, or one time."""

Frame = NDArray[np.uint8]
"""(height, width, 3 or 4) sRGB, upright."""

EXTENSIONS = (".gif", ".webp", ".apng", ".mp4", ".png", ".frames")
"""What a strip can be written as; `.png` is a contact sheet, `.frames` a folder of PNGs."""

_MAX_FPS = {".gif": GIF_MAX_FPS, ".webp": 1000.0, ".apng": 1000.0, ".mp4": 1000.0}
_MAX_SIDE = {".gif": 65535, ".webp": WEBP_MAX_SIDE, ".mp4": 16384}
_MAX_FRAMES = 10_000


@dataclass(frozen=True)
class Strip:
    """A strip that was written.

    Attributes:
        path: the file.
        frames: how many frames are in it.
        seconds: how long it plays once through, 0 for a contact sheet or a folder.
        codec: `gif`, `webp`, `apng`, `png`, `h264`, `mpeg4` or `frames`.
        remarks: sentences' clauses about what is not quite as asked for.
    """

    path: Path
    frames: int
    seconds: float
    codec: str
    remarks: tuple[str, ...] = ()


def write_strip(
    frames: Iterable[Frame],
    target: Path,
    *,
    fps: float,
    loop: Loop = "bounce",
    labels: Sequence[str] = (),
    xmp: bytes = b"",
    sign: Callable[[Path], None] | None = None,
) -> Strip:
    """Write frames as a GIF, WebP, APNG, MP4, contact sheet (`.png`) or folder (`.frames`).

    With `repeat` and `once` the file has exactly one frame per frame given, also where two look the
    same. With `bounce` N frames become 2 N − 2: the way back without either end. A contact sheet
    shows the frames once each, and so does a folder, whose files are numbered from 1.
    MP4 has no word for looping: players decide.

    Args:
        frames: at least one, all of one shape; held in memory together.
        target: the file to write; its extension is one of `EXTENSIONS`.
        fps: frames a second, above 0. GIF counts in 1/100 s and WebP in 1/1000 s: each frame starts
            within half of that of its time. GIF allows at most 50.
        loop: how it plays.
        labels: what stands under each frame of a contact sheet; other kinds do not show it.
        xmp: an XMP packet in UTF-8 that every kind of file carries; empty for none.
        sign: done to the whole file, or each of a folder, before it gets its name.

    Raises:
        WriteError: nothing was written, and a file that was there before is still there.
        ValueError: no frames, or frames, labels or a rate that make no sense.
    """
    target = Path(target)
    pictures = _checked(frames, labels, fps)
    kind = target.suffix.lower()
    _check_kind(target, kind, fps, pictures[0].shape)
    if kind == ".frames":
        write_frames(target, pictures, xmp, sign)
        return Strip(target, len(pictures), 0.0, "frames")
    with temporary_beside(target) as temporary:
        strip = _written(pictures, temporary, target, fps, loop, labels, xmp)
        if sign is not None:
            sign(temporary)
    return strip


def _written(
    pictures: Sequence[Frame],
    path: Path,
    target: Path,
    fps: float,
    loop: Loop,
    labels: Sequence[str],
    xmp: bytes,
) -> Strip:
    """Fill the file `path`, which is going to be `target`."""
    kind = target.suffix.lower()
    if kind == ".png":
        write_parts(path, sheet_parts(pictures, labels, xmp), target)
        return Strip(target, len(pictures), 0.0, "png")
    order = played(len(pictures), back=loop == "bounce")
    sequence = [pictures[number] for number in order]
    if kind == ".mp4":
        codec, remarks = write_video(sequence, path, fps, target)
        if xmp:
            with open(path, "ab") as file:
                file.write(xmp_box(xmp))
        return Strip(target, len(sequence), len(sequence) / fps, codec, remarks)
    write_parts(path, _ANIMATIONS[kind](sequence, fps, loop != "once", xmp), target)
    ticks = {".gif": 100, ".webp": 1000}.get(kind)
    seconds = sum(durations(len(sequence), fps, ticks)) / ticks if ticks else len(sequence) / fps
    return Strip(target, len(sequence), seconds, kind[1:])


_ANIMATIONS: dict[str, Callable[[Sequence[Frame], float, bool, bytes], Iterable[bytes]]] = {
    ".gif": gif_parts,
    ".webp": webp_parts,
    ".apng": apng_parts,
}


def _checked(frames: Iterable[Frame], labels: Sequence[str], fps: float) -> list[Frame]:
    pictures = list(frames)
    if not pictures:
        raise ValueError("a strip needs at least one frame")
    if len(pictures) > _MAX_FRAMES:
        raise ValueError(f"a strip can have {_MAX_FRAMES} frames, not {len(pictures)}")
    shapes = {picture.shape for picture in pictures}
    shape = pictures[0].shape
    if len(shapes) > 1 or len(shape) != 3 or shape[2] not in (3, 4) or 0 in shape:
        raise ValueError(f"frames must all be height × width × 3 or 4, not {sorted(shapes)}")
    if any(picture.dtype != np.uint8 for picture in pictures):
        raise ValueError("frames must be uint8")
    if labels and len(labels) != len(pictures):
        raise ValueError(f"{len(pictures)} frames have {len(labels)} labels")
    if not (math.isfinite(fps) and fps > 0):
        raise ValueError(f"{fps} frames a second cannot be shown")
    return pictures


def _check_kind(target: Path, kind: str, fps: float, shape: tuple[int, ...]) -> None:
    if kind not in EXTENSIONS:
        raise WriteError(
            target,
            f"a strip cannot be a {kind or 'file without extension'}",
            f"choose a name that ends in {', '.join(EXTENSIONS[:-1])} or {EXTENSIONS[-1]}",
            code="unsupported",
        )
    if fps > _MAX_FPS.get(kind, math.inf):
        raise WriteError(
            target,
            f"{kind[1:].upper()} shows at most {_MAX_FPS[kind]:g} frames a second, not {fps:g}",
            "choose a lower rate" + (" or WebP" if kind == ".gif" else ""),
            code="unsupported",
        )
    longest = max(shape[:2])
    if longest > _MAX_SIDE.get(kind, longest):
        raise WriteError(
            target,
            f"its frames are {longest} pixels long, and {kind[1:].upper()} allows "
            f"{_MAX_SIDE[kind]}",
            "make the frames smaller",
            code="too_large",
        )
