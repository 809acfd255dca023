"""Contact sheets of the instant editor: all expressions, intensity 0 to 1.5.

    python benchmarks/contact_sheet.py [PHOTO…] [--out DIR]

Without photos it makes the sheets in `docs/` from the shipped samples.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np

from engine.editors.base import FaceCrop, Pixels
from engine.editors.instant import InstantEditor
from engine.editors.instant.editor import render_frame
from engine.faces import find_faces
from engine.faces.face import Face
from engine.photos import open_photo, to_srgb8
from engine.recipes import RESOURCES, Intensities, expressions

ROOT = RESOURCES.parent
SCALES = (0.0, 0.375, 0.75, 1.125, 1.5)
CELL_PX = 260


def close_up(photo: Pixels, face: Face, size_px: int) -> Pixels:
    """The face with some room around it, square."""
    points = face.landmarks[:, :2]
    side = float(np.ptp(points, axis=0).max()) * 1.35
    corner = (points.min(axis=0) + points.max(axis=0)) / 2 - side / 2
    scale = size_px / side
    place = np.array([[scale, 0, -corner[0] * scale], [0, scale, -corner[1] * scale]], np.float32)
    flags = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    cell = cv2.warpAffine(
        photo, place, (size_px, size_px), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    return cell.astype(np.uint8, copy=False)


def labelled(cell: Pixels, text: str) -> Pixels:
    """The cell with its name in the corner, readable on light and dark."""
    out = cell.copy()
    for colour, thickness in (((0, 0, 0), 3), ((255, 255, 255), 1)):
        cv2.putText(
            out, text, (6, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.5, colour, thickness, cv2.LINE_AA
        )
    return out


class Sitter:
    """A portrait ready for any expression."""

    def __init__(self, path: Path) -> None:
        photo = open_photo(path)
        self.pixels = to_srgb8(photo.pixels, photo.icc)
        self.face = find_faces(self.pixels)[0]
        self._prepared = InstantEditor().prepare(
            FaceCrop(self.pixels, self.face), on_step=lambda *_: None
        )

    def cell(self, name: str, scale: float, size_px: int) -> Pixels:
        """One labelled close-up."""
        image = render_frame(self._prepared, Intensities({name: scale}))
        edited = self.pixels.copy()
        height, width = image.pixels.shape[:2]
        edited[image.top : image.top + height, image.left : image.left + width] = image.pixels
        return labelled(close_up(edited, self.face, size_px), f"{name} {scale:g}")


def full_sheet(sitter: Sitter) -> Pixels:
    """Twelve expressions by `SCALES`, two expressions a row."""
    rows = [
        np.hstack([sitter.cell(name, scale, CELL_PX) for scale in SCALES]) for name in expressions()
    ]
    return np.hstack([np.vstack(rows[:6]), np.vstack(rows[6:])])


def overview(sitter: Sitter) -> Pixels:
    """Twelve expressions at full intensity, four a row."""
    cells = [sitter.cell(name, 1.0, CELL_PX) for name in expressions()]
    return np.vstack([np.hstack(cells[k : k + 4]) for k in range(0, 12, 4)])


def write(path: Path, picture: Pixels) -> None:
    """JPEG: the sheets live in the repository."""
    cv2.imwrite(str(path), picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])
    print(path)


def main() -> None:
    """Make the sheets that the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("photos", nargs="*", type=Path)
    parser.add_argument("--out", type=Path, default=ROOT / "docs")
    options = parser.parse_args()
    samples = [RESOURCES / "samples" / n for n in ("grace_hopper.jpg", "eileen_collins.png")]
    for path in options.photos or samples:
        sitter = Sitter(path)
        write(options.out / f"expressions-{path.stem}.jpg", full_sheet(sitter))
        if path == samples[0]:
            write(options.out / "expressions.jpg", overview(sitter))


if __name__ == "__main__":
    main()
