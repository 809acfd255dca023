"""Samples of a photo: as large and where they should be, whatever the photo's size."""

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.faces.sampling import Region, placed, sampled, shrunk


def ramps(height: int, width: int) -> NDArray[np.uint16]:
    """(height, width, 3): red rises from left to right, green from top to bottom.

    Of 16 bits, so that nothing but the place decides about a sample of 8.
    """
    photo = np.zeros((height, width, 3), np.uint16)
    photo[..., 0] = np.round(np.linspace(0, 65535, width))
    photo[..., 1] = np.round(np.linspace(0, 65535, height))[:, None]
    return photo


@pytest.mark.parametrize("size", [120.0, 333.3, 901.0, 1500.0])
@pytest.mark.parametrize("angle", [0.0, 0.4])
def test_a_turned_square_is_read_from_its_place(size: float, angle: float) -> None:
    height, width = 1805, 2207
    photo = ramps(height, width)
    to_photo = Region(1103.5, 902.25, size, angle).to_photo(64)
    samples = sampled(photo, to_photo, 64)
    # Not at the rim, where whole steps leave less than a sample over.
    at = np.stack(np.meshgrid(np.arange(1, 63), np.arange(1, 63)), axis=-1).reshape(-1, 2)
    x, y = placed(at.astype(float), to_photo).T
    wanted = np.stack([x / (width - 1), y / (height - 1)], axis=-1).clip(0, 1) * 255.996
    rim = 2 * size / 64
    inside = (x > rim) & (x < width - 1 - rim) & (y > rim) & (y < height - 1 - rim)
    assert inside.mean() > 0.7
    off = samples[1:63, 1:63].reshape(-1, 3)[inside, :2] + 0.5 - wanted[inside]
    assert np.abs(off).max() < 1.1
    # A quarter of a sample, which would move every landmark.
    assert (np.abs(off.mean(axis=0)) < 0.25 * 255 * size / 64 / np.array([width, height])).all()


@pytest.mark.parametrize(("height", "width"), [(1280, 1920), (1281, 1923), (2503, 4507)])
def test_a_shrunk_photo_keeps_its_proportions(height: int, width: int) -> None:
    small = shrunk(ramps(height, width), 640 / width)
    assert small.shape == (round(height * 640 / width), 640, 3)
    across = (np.arange(640) + 0.5) / 640 * 255.996
    down = (np.arange(small.shape[0]) + 0.5) / small.shape[0] * 255.996
    # A level is more than two pixels of the small photo.
    assert np.abs(small[..., 0] + 0.5 - across).max() < 1
    assert np.abs(small[..., 1] + 0.5 - down[:, None]).max() < 1
