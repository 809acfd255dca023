"""Crops around faces, laid back without a seam, and the published script's middle square."""

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import DTypeLike
from PIL import Image

from engine.editors.base import plain_view
from engine.editors.pixelsmile.crop import (
    crop_around,
    official_square,
)
from engine.faces.face import Box
from engine.recipes.generative import GRID_PX, Resolution, parse_resolution
from tests.helpers.official_pixelsmile import official_crop

TRAINED = parse_resolution("trained")
SIZES = ("trained", "upstream", "768/512", "1024/512", "256")


def faces(count: int) -> Iterator[tuple[Box, tuple[int, int]]]:
    """Photos of many shapes, with faces that may be cut by their edges."""
    rng = np.random.default_rng(7)
    for _ in range(count):
        width, height = (int(side) for side in np.exp(rng.uniform(4.2, 8.7, 2)))
        side = rng.uniform(0.03, 1.1) * min(width, height)
        shape = side * rng.uniform(0.7, 1.0), side * rng.uniform(0.9, 1.3)
        left, top = rng.uniform(-0.3, 0.9) * width, rng.uniform(-0.3, 0.9) * height
        yield Box(left, top, *shape), (width, height)


@pytest.mark.parametrize("size", SIZES)
def test_crops_stay_inside_and_are_never_stretched(size: str) -> None:
    resolution = parse_resolution(size)
    for box, (width, height) in faces(400):
        crop = crop_around(box, (width, height), resolution)
        assert crop.left >= 0
        assert crop.top >= 0
        assert crop.width >= 1
        assert crop.height >= 1
        assert crop.left + crop.width <= width
        assert crop.top + crop.height <= height
        for across, down in (crop.output, crop.reference):
            assert across % GRID_PX == down % GRID_PX == 0
            assert crop.width * down == crop.height * across
        for (across, down), side in (
            (crop.output, resolution.output_px),
            (crop.reference, resolution.reference_px),
        ):
            assert 0.45 < (across * down) ** 0.5 / side < 1.6


def test_a_face_with_room_around_gets_a_square_with_context() -> None:
    for box, (width, height) in faces(400):
        side = 2.3 * max(box.width, box.height)
        x, y = box.x + box.width / 2, box.y + box.height / 2
        if not (side < 2 * min(x, width - x) and side < 2 * min(y, height - y)):
            continue
        crop = crop_around(box, (width, height), TRAINED)
        assert crop.width == crop.height
        assert crop.output == crop.reference == (512, 512)
        face = max(box.width, box.height)
        assert 2.1 * face - 1 <= crop.width <= 2.1 * face
        assert abs(crop.left + crop.width / 2 - x) <= 1
        assert crop.top + crop.height > box.y + box.height + 0.3 * face  # jaw and neck
        assert crop.top < box.y - 0.3 * face  # hair
        above, below = box.y - crop.top, crop.top + crop.height - box.y - box.height
        assert above > below


def test_some_of_the_faces_have_room() -> None:
    squares = [crop_around(box, size, TRAINED).output == (512, 512) for box, size in faces(400)]
    assert 40 < sum(squares) < 360


def test_a_face_at_the_edge_gets_a_crop_moved_inside() -> None:
    crop = crop_around(Box(0, 0, 100, 120), (1000, 800), TRAINED)
    assert (crop.left, crop.top, crop.width, crop.height) == (0, 0, 252, 252)
    crop = crop_around(Box(900, 680, 100, 120), (1000, 800), TRAINED)
    assert (crop.left + crop.width, crop.top + crop.height) == (1000, 800)


@pytest.mark.parametrize(("photo", "tall"), [((300, 900), True), ((900, 300), False)])
def test_a_narrow_photo_gives_a_crop_that_is_not_square(photo: tuple[int, int], tall: bool) -> None:
    crop = crop_around(Box(photo[0] / 2 - 90, photo[1] / 2 - 90, 180, 180), photo, TRAINED)
    width, height = crop.output
    assert (height > width) is tall
    assert crop.width * height == crop.height * width
    assert min(crop.width, crop.height) > 0.9 * 300
    assert abs(width * height / 512**2 - 1) < 0.25


def test_a_tiny_photo_is_not_left() -> None:
    for width, height in ((33, 64), (64, 40), (40, 40), (50, 400)):
        crop = crop_around(Box(5, 5, 20, 25), (width, height), TRAINED)
        assert 0 <= crop.left <= crop.left + crop.width <= width
        assert 0 <= crop.top <= crop.top + crop.height <= height


# ---- what the model sees -----------------------------------------------------------------------


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_any_photo_is_shown_to_the_model_as_rgb(dtype: DTypeLike, channels: int) -> None:
    photo = np.full((60, 60, channels), 200 if dtype == np.uint8 else 200 * 257, dtype)
    seen = plain_view(photo)
    assert (seen.shape, seen.dtype) == ((60, 60, 3), np.uint8)
    assert np.unique(seen).tolist() == [200]


def test_deep_photos_are_rounded() -> None:
    values = np.array([0, 128, 129, 385, 386, 65535], np.uint16)
    photo = np.tile(values[None, :, None], (1, 1, 3))
    assert plain_view(photo)[0, :, 0].tolist() == [0, 0, 1, 1, 2, 255]


# ---- the published script -----------------------------------------------------------------------


def test_the_middle_square_is_the_published_scripts() -> None:
    rng = np.random.default_rng(5)
    sizes = [(512, 512), (513, 511), (300, 301), (1023, 767), (37, 401), (2000, 513), (511, 700)]
    sizes += [(int(w), int(h)) for w, h in rng.integers(40, 1500, (12, 2))]
    for width, height in sizes:
        small = rng.integers(0, 256, (9, 7, 3), dtype=np.uint8)
        picture = Image.fromarray(small).resize((width, height), Image.Resampling.BILINEAR)
        ours, theirs = official_square(picture), official_crop(picture)
        assert ours.size == (512, 512)
        assert np.array_equal(np.asarray(ours), np.asarray(theirs)), (width, height)


def test_the_resolution_is_of_output_and_reference() -> None:
    crop = crop_around(Box(400, 400, 100, 100), (1000, 1000), Resolution(768, 512))
    assert (crop.output, crop.reference) == ((768, 768), (512, 512))
