"""Whether pictures will fit on the disk, told before the first of them is made.

Nothing is opened: how many pixels a photo has is guessed from its file's size. Wrong by a factor of
two is usual, so only what cannot fit by the widest bounds is called too little.
"""

import os
import shutil
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from engine.recipes import AS_IT_CAME, Export, OutputFormat

Verdict = Literal["fits", "doubtful", "too_little"]


class _Density(NamedTuple):
    """Bytes a pixel that files of a format have: the fewest, the usual, the most."""

    least: float
    usual: float
    most: float


# Measured with `engine.photos` on the sample portraits, also at 8 MP with a sensor's grain, and
# widened: the fewest for smooth pictures of low quality, the most for noise, layers and alpha.
_DENSITIES = {
    # Cameras write 0.3 to 0.6, messengers 0.06, quality 100 of a noisy picture 1.5.
    "jpeg": _Density(0.03, 0.40, 1.5),
    # Lossless packs smooth skin to 0.9 (measured), a real portrait to 1.7, its grain to 3. As a
    # source a PNG may have 16 bits (4.6) and alpha.
    "png": _Density(0.2, 1.8, 8.0),
    "tiff8": _Density(0.2, 1.8, 4.0),
    # 16 bits that were 8 pack well: 1.3 times the 8-bit file, 8 to 17 times a JPEG (measured).
    "tiff16 from 8 bits": _Density(0.25, 2.6, 8.0),
    # A sensor's lower bits are noise, which nothing packs: 4.7 (measured), 6 unpacked.
    "tiff16": _Density(0.4, 4.7, 8.0),
    # As a source: of any depth, packed or not, with layers.
    "tiff": _Density(0.2, 4.7, 16.0),
    # Measured 0.1 to 0.3 as written here, less as found on the web.
    "webp": _Density(0.01, 0.25, 3.0),
    # Of lossless photos, unless they have 16 bits; measured 0.7 to 1.4.
    "webp lossless": _Density(0.01, 1.0, 3.0),
    "avif": _Density(0.01, 0.20, 1.5),
    "heic": _Density(0.01, 0.25, 1.5),
    # One value a pixel of 12 to 16 bits, packed by half or not at all, and a preview.
    "raw": _Density(0.3, 1.2, 3.0),
    "gif": _Density(0.05, 0.5, 1.1),
    "bmp": _Density(0.1, 3.0, 4.0),
}
# A photo written back in its own format, as a multiple of its file. Measured: JPEG keeps its tables
# (1.00 to 1.02), TIFF its packing (1.00), a PNG comes to 0.60 to 1.02. WebP and AVIF do not tell
# their quality, so a good one is taken (1.8 and 2.4).
_REWRITTEN = {"jpeg": 1.05, "png": 1.05, "tiff": 1.05, "webp": 1.8, "avif": 2.4, "heic": 2.0}
# What phones append to a photo (a film, depth) goes, which may be two thirds of the file.
_LEAST_REWRITTEN = 0.3

_KINDS = {
    **dict.fromkeys((".jpg", ".jpeg", ".jpe", ".jfif"), "jpeg"),
    **dict.fromkeys((".tif", ".tiff"), "tiff"),
    **dict.fromkeys((".heic", ".heif", ".hif"), "heic"),
    **{f".{name}": name for name in ("png", "webp", "avif", "gif", "bmp")},
}
_EIGHT_BITS = ("jpeg", "webp", "gif", "bmp")
_LOSSLESS = ("png", "gif", "bmp")
_WRITTEN_FOR = {"gif": "png", "bmp": "png", "raw": "tiff16"}

# A size limits the longer side; how long the other is, is not known: 3 : 2 is usual, 10 : 1 rare.
_USUAL_ASPECT, _LEAST_ASPECT = 2 / 3, 0.1


@dataclass(frozen=True)
class Space:
    """What pictures take and what is there.

    Attributes:
        needed_bytes: what they take, as far as can be told.
        least_bytes: what they take at the very least.
        free_bytes: what a user may still write there.
        folder: where they go.
    """

    needed_bytes: int
    least_bytes: int
    free_bytes: int
    folder: Path

    @property
    def verdict(self) -> Verdict:
        """`too_little` when they cannot fit, `doubtful` when they may not."""
        if self.least_bytes > self.free_bytes:
            return "too_little"
        return "doubtful" if self.needed_bytes > self.free_bytes else "fits"


def free_bytes(folder: Path) -> int | None:
    """What may still be written on the disk of a folder, which need not be there yet.

    None where the system does not tell.
    """
    for place in (folder, *folder.absolute().parents):
        try:
            usage = shutil.disk_usage(place)
        except FileNotFoundError:
            continue
        except OSError:
            return None
        return usage.free if usage.total else None  # some network disks know of no size
    return None


def space_for(
    pictures: Iterable[tuple[Path, int]],
    folder: Path,
    format: OutputFormat = "source",
    export: Export = AS_IT_CAME,
    *,
    replaced: int = 0,
    free: Callable[[Path], int | None] = free_bytes,
) -> Space | None:
    """The room that pictures need and have; None where the system does not tell what is free.

    Args:
        pictures: photos and how many pictures are made of each; one that cannot be looked at needs
            nothing.
        folder: where they go.
        format, export: how they are written.
        replaced: bytes of files whose place they take, see `bytes_at`.
        free: tells what is free.
    """
    left = free(folder)
    if left is None:
        return None
    least = usual = 0.0
    for photo, number in pictures:
        low, middle = _bytes_of(photo, format, export)
        least += number * low
        usual += number * middle
    return Space(max(round(usual) - replaced, 0), max(round(least) - replaced, 0), left, folder)


def bytes_at(stems: Collection[Path]) -> int:
    """Bytes of the files that are called like these paths, whatever their suffix."""
    names: dict[Path, set[str]] = defaultdict(set)
    for stem in stems:
        names[stem.parent].add(stem.name)
    return sum(_bytes_in(folder, wanted) for folder, wanted in names.items())


def _bytes_in(folder: Path, stems: set[str]) -> int:
    try:
        with os.scandir(folder) as entries:
            files = [one for one in entries if one.name.rpartition(".")[0] in stems]
            return sum(one.stat(follow_symlinks=False).st_size for one in files)
    except OSError:
        return 0


def _bytes_of(photo: Path, format: OutputFormat, export: Export) -> tuple[float, float]:
    """The least and the usual size of a picture of this photo, in bytes."""
    try:
        size = photo.stat().st_size
    except (OSError, ValueError):
        return 0.0, 0.0
    kind = _KINDS.get(photo.suffix.lower(), "raw")
    written = _WRITTEN_FOR.get(kind, kind) if format == "source" else format
    if written == kind and not export.quality and not export.longest_px:
        return size * _LEAST_REWRITTEN, size * _REWRITTEN[kind]
    if written == "tiff" and kind != "tiff":  # a TIFF has the depth that its source has
        written = "tiff16" if kind == "raw" else "tiff8"
    if written == "webp" and kind in _LOSSLESS and not export.quality:
        written = "webp lossless"
    if written == "tiff16" and kind in _EIGHT_BITS:
        written = "tiff16 from 8 bits"
    before, after = _DENSITIES[kind], _DENSITIES[written]
    fewest, usual = size / before.most, size / before.usual
    if export.longest_px:
        square = export.longest_px**2
        fewest, usual = min(fewest, square * _LEAST_ASPECT), min(usual, square * _USUAL_ASPECT)
    return fewest * after.least, usual * after.usual
