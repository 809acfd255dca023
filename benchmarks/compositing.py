"""How well a generative edit is put back into a photo, where the truth is known.

    python benchmarks/compositing.py [--photos FOLDER]

The instant editor makes the truth at full size. A stand-in for the model gets it at 512 px and does
to it what such models do: softens, shifts, zooms and turns by a little, tints, loses and invents
texture, changes the background, rounds to 8 bits. The null render is the same done to the original,
or to another expression. Then each way of pasting back is held against the truth. The same run
times `prepare` and `compose` in processor time, so that neighbours do not count. Pictures go to
`docs/compositing*.jpg`.

Shipped portraits are 512 px; they are enlarged and get grain, so that there is detail to lose.
`--photos` takes a folder of larger portraits as well.
"""

import argparse
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.compositing import Scene, compose, prepare
from engine.compositing.alignment import Similarity, align
from engine.compositing.colour import match
from engine.compositing.fields import luma
from engine.editors.base import FaceCrop, Pixels
from engine.editors.instant import InstantEditor
from engine.editors.pixelsmile.crop import Crop, crop_around
from engine.faces import find_faces
from engine.faces.face import Face
from engine.recipes import RESOURCES, Intensities, Resolution

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
MOUTH = [0, 17, 61, 291, 37, 267, 84, 314, 146, 375]  # of the mesh, about the lips
Rgb = NDArray[np.uint8]
Plane = NDArray[Any]  # float32; OpenCV's annotations promise no element type


@dataclass(frozen=True)
class Wrong:
    """What the stand-in for the model does wrong.

    Attributes:
        blur: sigma in pixels of its picture.
        shift: x and y in pixels.
        zoom: above 1, zoomed in.
        turn_deg: clockwise.
        gain, offset: of red, green and blue; offsets in 8-bit steps.
        tint: of a cast that varies over the picture, 8-bit steps.
        texture: of its own invention, at busy places, share of the contrast.
        spill: changes of the background, 8-bit steps.
    """

    blur: float = 0.7
    shift: tuple[float, float] = (2.3, -1.6)
    zoom: float = 1.005
    turn_deg: float = 0.15
    gain: tuple[float, float, float] = (1.03, 1.0, 0.97)
    offset: tuple[float, float, float] = (5.0, -2.0, 3.0)
    tint: float = 2.5
    texture: float = 0.12
    spill: float = 5.0


@dataclass(frozen=True)
class Case:
    """A crop, what it should become, and what a model would give."""

    name: str
    photo: Pixels
    crop: Crop
    truth: Pixels
    reference: Rgb
    edit: Rgb
    null: Rgb
    landmarks: NDArray[np.float32]
    neighbours: tuple[NDArray[np.float32], ...]

    @property
    def original(self) -> Pixels:
        """The crop's pixels before."""
        return self.crop.part(self.photo)

    @property
    def wanted(self) -> Pixels:
        """The crop's pixels after, as they should be."""
        return self.crop.part(self.truth)


# ---- the stand-in for the model -----------------------------------------------------------------


def noise_field(shape: Sequence[int], sigma: float, seed: int) -> Plane:
    """Smooth noise, mean 0, deviation 1."""
    field = np.random.default_rng(seed).standard_normal(tuple(shape), np.float32)
    field = cv2.GaussianBlur(field, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
    return (field - field.mean()) / field.std()


def imitate(picture: Rgb, face: Plane, wrong: Wrong, seed: int) -> Rgb:
    """A model's render of a picture.

    Args:
        picture: (h, w, 3) what it means to show.
        face: (h, w), 1 on the face, for changes that spill over the rest.
        seed: of what differs between renders; the systematic part does not depend on it.
    """
    height, width = picture.shape[:2]
    shown = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), max(wrong.blur, 0.05))
    busy = cv2.GaussianBlur(
        np.abs(shown - cv2.GaussianBlur(shown, (0, 0), 2.0)).max(2), (0, 0), 2.0
    )
    for share, own in ((0.8, 11), (0.6, 12 + seed)):  # most of it is the same for every render
        invented = noise_field((height, width, 3), 0.9, own)
        shown += share * wrong.texture * (busy + 2)[..., None] * invented
    patches = noise_field((height, width, 3), 14.0, 40 + seed)
    grain = noise_field((height, width, 3), 1.2, 60 + seed) * (patches > 0.4)
    shown += wrong.spill * (1 - face)[..., None] * (0.6 * patches + 0.5 * grain)
    tint = noise_field((height, width, 3), width / 6, 80)
    shown = (
        shown * np.array(wrong.gain, np.float32)
        + np.array(wrong.offset, np.float32)
        + wrong.tint * tint
    )
    matrix = cv2.getRotationMatrix2D(
        ((width - 1) / 2, (height - 1) / 2), -wrong.turn_deg, wrong.zoom
    )
    matrix[:, 2] += wrong.shift
    shown = cv2.warpAffine(
        shown, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
    )
    return np.clip(np.rint(shown), 0, 255).astype(np.uint8)


def seen(part: Pixels, size: tuple[int, int]) -> Rgb:
    """A part of a photo at the model's size."""
    return np.asarray(Image.fromarray(part).resize(size, Image.Resampling.LANCZOS))


# ---- photos with a known truth ------------------------------------------------------------------


def shipped(name: str, factor: float) -> Pixels:
    """A sample enlarged, with the grain of a camera."""
    small = cv2.imread(str(RESOURCES / "samples" / name))
    assert small is not None
    large = cv2.resize(small, None, fx=factor, fy=factor, interpolation=cv2.INTER_LANCZOS4)
    grain = noise_field(large.shape[:2], 0.7, 5)[..., None] * 3.0
    return np.clip(np.rint(large[:, :, ::-1] + grain), 0, 255).astype(np.uint8)


def edited(photo: Pixels, face: Face, **intensities: float) -> Pixels:
    """The photo with an expression by the instant editor."""
    editor = InstantEditor()
    prepared = editor.prepare(FaceCrop(photo, face), on_step=lambda *_: None)
    image = next(iter(editor.render(
        prepared, [Intensities(intensities)], seed=0, on_step=lambda *_: None
    )))  # fmt: skip
    result = photo.copy()
    height, width = image.pixels.shape[:2]
    result[image.top : image.top + height, image.left : image.left + width] = image.pixels
    return result


def case_of(
    name: str,
    photo: Pixels,
    truth: Pixels,
    null: Pixels,
    faces: Sequence[Face],
    wrong: Wrong,
    number: int = 0,
) -> Case:
    """What the model is given and gives back for one of the faces."""
    face = faces[number]
    height, width = photo.shape[:2]
    crop = crop_around(face.box, (width, height), Resolution())
    marks = [(f.landmarks - np.array([crop.left, crop.top, 0])).astype(np.float32) for f in faces]
    pictures = [seen(crop.part(picture), crop.output) for picture in (photo, truth, null)]
    mask = np.zeros(pictures[0].shape[:2], np.uint8)
    points = (marks[number][:, :2] * crop.output[0] / crop.width).astype(np.int32)
    cv2.fillConvexPoly(mask, cv2.convexHull(points), 1)
    mask = cv2.dilate(mask, np.ones((25, 25), np.uint8)).astype(np.float32)
    mask = cv2.GaussianBlur(mask, (0, 0), 6.0)
    return Case(
        name, photo, crop, truth, pictures[0],
        imitate(pictures[1], mask, wrong, 1), imitate(pictures[2], mask, wrong, 0),
        marks[number], tuple(m for k, m in enumerate(marks) if k != number),
    )  # fmt: skip


def group() -> Pixels:
    """Both samples and a mirrored one, side by side, so near that crops overlap."""
    hopper = shipped("grace_hopper.jpg", 2.2)
    collins = shipped("eileen_collins.png", 2.2)
    part = slice(150, 1150)
    left = hopper[:1100, part]
    right = hopper[:1100, part][:, ::-1]
    middle = collins[:1100, 60:860]
    return np.ascontiguousarray(np.concatenate([left, middle, right], 1))


def cases(folder: Path | None) -> Iterator[Case]:
    """All of them, one at a time."""
    hopper, collins = shipped("grace_hopper.jpg", 4.0), shipped("eileen_collins.png", 4.0)
    for name, photo in (("hopper", hopper), ("collins", collins)):
        faces = find_faces(photo)
        happy = edited(photo, faces[0], happy=1.0)
        startled = edited(photo, faces[0], surprised=1.3)
        sad = edited(photo, faces[0], sad=0.7)
        yield case_of(f"{name} happy", photo, happy, photo, faces[:1], Wrong())
        yield case_of(f"{name} open mouth", photo, startled, photo, faces[:1], Wrong())
        yield case_of(f"{name} other null", photo, happy, sad, faces[:1], Wrong())
        far = Wrong(blur=1.0, shift=(-3.4, 2.7), zoom=0.99, turn_deg=-0.5, offset=(9, -6, 8))
        yield case_of(f"{name} far off", photo, happy, photo, faces[:1], far)
    # The way back: a face with its teeth shown, from one that has none or other ones.
    faces = find_faces(collins)
    closed = edited(collins, faces[0], sad=1.2)
    yield case_of("collins teeth", closed, collins, closed, find_faces(closed)[:1], Wrong())
    together = group()
    faces = find_faces(together)
    for number in range(len(faces)):
        truth = edited(together, faces[number], happy=1.0)
        # The model smiles at everybody in its crop; only one of them was asked for.
        all_happy = truth
        for other in range(len(faces)):
            if other != number:
                all_happy = edited(all_happy, faces[other], surprised=0.8)
        case = case_of(f"group {number + 1}", together, truth, together, faces, Wrong(), number)
        greedy = case_of("", together, all_happy, together, faces, Wrong(), number)
        yield Case(**{**case.__dict__, "edit": greedy.edit})
    for path in sorted(folder.iterdir()) if folder else ():
        photo = cv2.imread(str(path))
        if photo is None:
            continue
        photo = np.ascontiguousarray(photo[:, :, ::-1]).astype(np.uint8, copy=False)
        faces = find_faces(photo)
        if faces and faces[0].box.width > 200:
            truth = edited(photo, faces[0], happy=1.0)
            yield case_of(path.stem, photo, truth, photo, faces, Wrong())


# ---- ways to paste back -------------------------------------------------------------------------


@dataclass(frozen=True)
class Pasted:
    """A whole photo, and which of the crop's pixels the method has had in hand."""

    photo: Pixels
    touched: NDArray[np.bool_]


def enlarged(case: Case) -> Rgb:
    """The edit at the crop's size."""
    size = (case.crop.width, case.crop.height)
    return cv2.resize(case.edit, size, interpolation=cv2.INTER_CUBIC).astype(np.uint8, copy=False)


def laid(case: Case, pixels: Pixels) -> Pixels:
    """The photo with the crop's pixels replaced."""
    photo = case.photo.copy()
    case.crop.part(photo)[...] = pixels
    return photo


def everything(case: Case) -> NDArray[np.bool_]:
    return np.ones(case.original.shape[:2], np.bool_)


def hard(case: Case) -> Pasted:
    """The enlarged edit, edge to edge."""
    return Pasted(laid(case, enlarged(case)), everything(case))


def feathered(case: Case) -> Pasted:
    """Faded in from the crop's border."""
    height, width = case.original.shape[:2]
    band = 0.09 * min(height, width)
    down, across = (
        np.clip((np.minimum(np.arange(side), np.arange(side)[::-1]) + 0.5) / band, 0, 1)
        for side in (height, width)
    )
    mask = np.outer(smooth_step(down), smooth_step(across))[..., None]
    mixed = case.original * (1 - mask) + enlarged(case) * mask
    return Pasted(laid(case, np.rint(mixed).astype(np.uint8)), everything(case))


def smooth_step(t: Plane) -> Plane:
    return t * t * (3 - 2 * t)


def poisson(case: Case) -> Pasted:
    """OpenCV's seamless clone (Pérez et al. 2003) of the crop's inside."""
    edit = enlarged(case)
    inset = 6
    mask = np.zeros(edit.shape[:2], np.uint8)
    mask[inset:-inset, inset:-inset] = 255
    middle = (edit.shape[1] // 2, edit.shape[0] // 2)
    cloned = cv2.seamlessClone(edit, np.ascontiguousarray(case.original), mask, middle,
                               cv2.NORMAL_CLONE)  # fmt: skip
    return Pasted(laid(case, cloned.astype(np.uint8, copy=False)), mask > 0)


def multiband(case: Case) -> Pasted:
    """Laplacian pyramids (Burt and Adelson 1983), joined along an ellipse about the face."""
    height, width = case.original.shape[:2]
    outline = np.zeros((height, width), np.float32)
    box = cv2.minAreaRect(case.landmarks[:, :2].astype(np.float32))
    cv2.ellipse(outline, (box[0], (box[1][0] * 1.5, box[1][1] * 1.5), box[2]), 1.0, -1)
    first, second = case.original.astype(np.float32), enlarged(case).astype(np.float32)
    mask, total = outline, np.zeros_like(first)
    sizes: list[tuple[int, int]] = []
    bands: list[Plane] = []
    for level in range(7):
        if level == 6:
            bands.append(first + mask[..., None] * (second - first))
            break
        smaller = [np.asarray(cv2.pyrDown(p), np.float32) for p in (first, second)]
        sizes.append((first.shape[1], first.shape[0]))
        detail = [p - cv2.pyrUp(s, dstsize=sizes[-1])
                  for p, s in zip((first, second), smaller, strict=True)]  # fmt: skip
        bands.append(detail[0] + mask[..., None] * (detail[1] - detail[0]))
        mask = np.asarray(cv2.pyrDown(mask), np.float32)
        first, second = smaller
    total = bands.pop()
    while bands:
        total = np.asarray(cv2.pyrUp(total, dstsize=sizes.pop()), np.float32) + bands.pop()
    pixels = np.clip(np.rint(total), 0, 255).astype(np.uint8)
    return Pasted(laid(case, pixels), outline > 0)


def aligned(case: Case) -> Pasted:
    """Laid over the photo and its colours matched first, then faded in about the face."""
    reference, edit, null = (p.astype(np.float32) for p in (case.reference, case.edit, case.null))
    weight = np.ones(reference.shape[:2], np.float32)
    lies = align(luma(reference), luma(null), weight, Similarity())
    null, edit = lies.undo(null), lies.undo(edit)
    edit = match(null, reference, weight).apply(edit)
    height, width = case.original.shape[:2]
    large = cv2.resize(edit, (width, height), interpolation=cv2.INTER_CUBIC)
    outline = np.zeros((height, width), np.float32)
    hull = cv2.convexHull(case.landmarks[:, :2].astype(np.int32))
    cv2.fillConvexPoly(outline, hull, 1.0)
    reach = width // 20
    outline = cv2.dilate(outline, np.ones((reach, reach), np.uint8))
    mask = cv2.GaussianBlur(outline, (0, 0), reach / 3)[..., None]
    pixels = case.original * (1 - mask) + large * mask
    pixels = np.clip(np.rint(pixels), 0, 255).astype(np.uint8)
    return Pasted(laid(case, pixels), mask[..., 0] > 0)


def scene_of(case: Case) -> Scene:
    """The engine's preparation."""
    return prepare(
        case.original, case.reference, case.null,
        landmarks=case.landmarks, neighbours=case.neighbours,
    )  # fmt: skip


def composited(case: Case) -> Pasted:
    """The engine's way."""
    result = compose(scene_of(case), case.edit)
    return Pasted(laid(case, result.pixels), result.mask > 0)


WAYS = {
    "hard": hard,
    "feather": feathered,
    "poisson": poisson,
    "multiband": multiband,
    "aligned": aligned,
    "compositing": composited,
}

# ---- measures -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Score:
    """How near a pasted photo comes to the truth.

    Attributes:
        seam: 8-bit steps along the outline of what was touched.
        detail: energy of what is finer than the model's pixels, face without mouth, of the truth's.
        in_place: how much of that detail stands where the truth has it.
        mouth: as `detail`, of the mouth.
        face_db, rest_db: PSNR.
    """

    seam: float
    detail: float
    in_place: float
    mouth: float
    face_db: float
    rest_db: float


def score(case: Case, pasted: Pasted) -> Score:
    """A pasted photo against the truth, in the crop and just around it."""
    window, touched = _surroundings(case, pasted)
    result, truth = pasted.photo[window].astype(np.float32), case.truth[window].astype(np.float32)
    face, mouth = _outline(case, slice(None), window), _outline(case, MOUTH, window)
    error = np.square(result - truth)
    scale = case.crop.width / case.crop.output[0]
    detail, expected = _fine(result, scale), _fine(truth, scale)
    skin = face & ~mouth
    return Score(
        _seam(result - truth, touched),
        _share(detail**2, expected**2, skin),
        _share(detail * expected, expected**2, skin),
        _share(detail**2, expected**2, mouth),
        _decibels(error[face]),
        _decibels(error[~face]),
    )


def _share(part: Plane, whole: Plane, where: NDArray[np.bool_]) -> float:
    return float(part[where].sum() / (whole[where].sum() + 1e-9))


def _surroundings(case: Case, pasted: Pasted) -> tuple[tuple[slice, slice], NDArray[np.bool_]]:
    """The crop and a margin, and what was touched in it."""
    height, width = case.photo.shape[:2]
    crop, margin = case.crop, 8
    top, left = max(0, crop.top - margin), max(0, crop.left - margin)
    bottom = min(height, crop.top + crop.height + margin)
    right = min(width, crop.left + crop.width + margin)
    touched = np.zeros((height, width), np.bool_)
    crop.part(touched)[...] = pasted.touched  # type: ignore[arg-type]
    window = (slice(top, bottom), slice(left, right))
    return window, touched[window]


def _outline(
    case: Case, points: slice | list[int], window: tuple[slice, slice]
) -> NDArray[np.bool_]:
    """What the convex outline of these landmarks holds, a little wider."""
    mask = np.zeros(case.photo.shape[:2], np.uint8)
    places = case.landmarks[points, :2] + np.array([case.crop.left, case.crop.top])
    cv2.fillConvexPoly(mask, cv2.convexHull(places.astype(np.int32)), 1)
    reach = max(3, case.crop.width // 40)
    return cv2.dilate(mask, np.ones((reach, reach), np.uint8))[window] > 0


def _fine(picture: Plane, scale: float) -> Plane:
    """What is finer than the model's pixels."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    return grey - cv2.GaussianBlur(grey, (0, 0), max(0.6 * scale, 0.8))


def _seam(error: Plane, touched: NDArray[np.bool_]) -> float:
    """How much more wrong the picture is just inside the outline than just outside it.

    In 8-bit steps, the mean along the outline. Grain is averaged away; a seam is coherent.
    """
    inside = touched.astype(np.uint8)
    near = np.ones((9, 9), np.uint8)
    rim_in = (inside - cv2.erode(inside, near)).astype(np.float32)
    rim_out = (cv2.dilate(inside, near) - inside).astype(np.float32)
    if not rim_out.any():
        return 0.0

    def mean_at(rim: Plane) -> tuple[Plane, Plane]:
        weight = cv2.GaussianBlur(rim, (0, 0), 6.0)
        return cv2.GaussianBlur(error * rim[..., None], (0, 0), 6.0) / (weight + 1e-6)[
            ..., None
        ], weight

    (first, near_in), (second, near_out) = mean_at(rim_in), mean_at(rim_out)
    outline = (rim_in > 0) & (np.minimum(near_in, near_out) > 0.05)
    return float(np.abs(first - second).max(2)[outline].mean())


def _decibels(error: Plane) -> float:
    mean = float(error.mean()) if error.size else 0.0
    return 99.0 if mean == 0 else min(99.0, 10 * float(np.log10(255**2 / mean)))


TITLES = {
    "seam": "seam",
    "detail": "detail",
    "in_place": "in place",
    "mouth": "mouth",
    "face_db": "face dB",
    "rest_db": "rest dB",
}
SHOWN = ("hopper happy", "hopper open mouth", "collins teeth", "group 2")

# ---- the run ------------------------------------------------------------------------------------


def sheet(case: Case, pasted: dict[str, Pasted]) -> Rgb:
    """Before, what the model gave, every way, and the truth; below, the mouth closer."""
    pictures = [case.original, enlarged(case)]
    pictures += [case.crop.part(p.photo) for p in pasted.values()] + [case.wanted]
    titles = ["photo", "model", *pasted, "truth"]
    x, y = case.landmarks[13, :2]
    half = case.crop.width // 9
    x, y = (round(min(max(float(v), half), case.crop.width - half)) for v in (x, y))
    columns = []
    for title, picture in zip(titles, pictures, strict=True):
        whole = cv2.resize(picture, (300, round(300 * picture.shape[0] / picture.shape[1])),
                           interpolation=cv2.INTER_AREA)  # fmt: skip
        close = picture[y - half : y + half, x - half : x + half]
        close = cv2.resize(close, (300, 300), interpolation=cv2.INTER_AREA)
        column = np.concatenate([np.full((24, 300, 3), 255, np.uint8), whole, close])
        cv2.putText(column, title, (6, 17), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1,
                    cv2.LINE_AA)  # fmt: skip
        columns.append(column)
    return np.concatenate(columns, 1).astype(np.uint8, copy=False)


def save(path: Path, picture: Rgb) -> None:
    """As a JPEG."""
    cv2.imwrite(str(path), picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])


def timed() -> None:
    """Median seconds of a processor over several runs on one core."""
    for factor in (2.0, 4.06, 8.5):
        photo = shipped("grace_hopper.jpg", factor)
        faces = find_faces(photo)
        case = case_of("", photo, edited(photo, faces[0], happy=1.0), photo, faces[:1], Wrong())
        seconds: list[tuple[float, float]] = []
        for _ in range(5):
            started = time.process_time()
            scene = scene_of(case)
            ready = time.process_time()
            compose(scene, case.edit)
            seconds.append((ready - started, time.process_time() - ready))
        once, each = (statistics.median(column) for column in zip(*seconds, strict=True))
        print(f"{case.crop.width:5} px crop: prepare {1e3 * once:4.0f} ms, "
              f"compose {1e3 * each:4.0f} ms")  # fmt: skip


def main() -> None:
    """Everything, printed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--photos", type=Path, help="a folder of larger portraits")
    parser.add_argument("--only", default="", help="cases whose name holds this")
    parser.add_argument("--pictures", type=Path, default=DOCS, help="where they go")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    totals: dict[str, list[Score]] = {way: [] for way in WAYS}
    print(f"{'':35}{''.join(f'{title:>9}' for title in TITLES.values())}")
    for case in cases(arguments.photos):
        if arguments.only not in case.name:
            continue
        pasted = {name: way(case) for name, way in WAYS.items()}
        for name, result in pasted.items():
            totals[name].append(score(case, result))
            print(f"{case.name:22}{name:13}{line(totals[name][-1])}", flush=True)
        path = arguments.pictures / f"compositing-{case.name.replace(' ', '-')}.jpg"
        if case.name in SHOWN or arguments.pictures != DOCS:
            save(path, sheet(case, pasted))
    for name, scores in totals.items():
        if scores:
            mean = {title: statistics.mean(getattr(s, title) for s in scores) for title in TITLES}
            print(f"{'mean':22}{name:13}{line(Score(**mean))}")
    timed()


def line(s: Score) -> str:
    """One row's figures."""
    shares = "".join(f"{value:9.0%}" for value in (s.detail, s.in_place, s.mouth))
    return f"{s.seam:9.2f}{shares}{s.face_db:9.1f}{s.rest_db:9.1f}"


if __name__ == "__main__":
    main()
