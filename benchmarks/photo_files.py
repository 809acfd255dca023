"""What exporting costs beyond decoding and encoding, and what full-size photos keep.

    python benchmarks/photo_files.py [MEGAPIXELS]

For a 16-bit ProPhoto TIFF, an Adobe RGB JPEG turned by EXIF, a 16-bit PNG, an AVIF and, where this
machine can, a HEIC and a DNG, all with some hundred tags: seconds to open and to write back the
pixels alone, then an edit by `engine.render.edit_photo`, as a ratio to that; the share of tags that
are there afterwards, and whether the pixels outside the face are the same. Needs exiftool.
"""

import importlib.util
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from engine.photos import open_photo, write_photo
from engine.recipes import Intensities, PhotoEdit, still
from engine.render import edit_photo
from tests.unit.photos import camera_files as files

EDIT = PhotoEdit((still(Intensities({"happy": 0.7})),), "instant")


def kinds(side: int) -> dict[str, tuple[Callable[[Path], None], int]]:
    """Makers of the photos by their names, with the orientation that their tags say."""
    known: dict[str, tuple[Callable[[Path], None], int]] = {
        "prophoto.tif": (lambda path: files.prophoto_tiff(path, side), 1),
        "adobe.jpg": (lambda path: files.adobe_jpeg(path, side), 6),
        "deep.png": (lambda path: files.deep_png(path, side), 1),
        "colour.avif": (lambda path: files.avif(path, side), 1),
    }
    if files.have("heif-enc") and importlib.util.find_spec("pi_heif"):
        known["phone.heic"] = (lambda path: files.heic(path, side=side), 1)
    if importlib.util.find_spec("rawpy"):
        known["sensor.dng"] = (lambda path: files.dng(path, side), 1)
    return known


def measure(name: str, make: Callable[[Path], None], orientation: int, folder: Path) -> str:
    """One line of the table."""
    source = folder / name
    make(source)
    files.with_tags(source, orientation)
    tags = files.tags_of(source)
    started = time.perf_counter()
    photo = open_photo(source)
    opened = time.perf_counter()
    write_photo(photo, photo.pixels, folder / f"plain{source.suffix}")
    written = time.perf_counter()
    variants = [(EDIT, folder / "edited")]
    result = next(iter(edit_photo(source, variants, format="source", on_step=lambda *_: None)))
    edited = time.perf_counter() - written
    share, _ = files.kept(tags, files.tags_of(result.path))
    after = open_photo(result.path).pixels
    same = float((after == photo.pixels).all(axis=2).mean())
    plain = written - started
    megabytes = source.stat().st_size / 1e6
    return (
        f"{name:14} {megabytes:6.1f} MB  open {opened - started:5.2f} s  "
        f"write {written - opened:5.2f} s  edit {edited:5.2f} s = {edited / plain:4.2f} ×  "
        f"tags {share:.3f} of {len(tags)}  pixels the same {same:.3f}"
    )


def main(megapixels: float) -> None:
    """Print a line per kind of file."""
    side = round((megapixels * 1e6) ** 0.5) // 16 * 16
    print(f"{side} × {side} pixels")
    with tempfile.TemporaryDirectory() as folder:
        for name, (make, orientation) in kinds(side).items():
            print(measure(name, make, orientation, Path(folder)))


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 24)
