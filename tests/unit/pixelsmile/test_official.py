"""The same pictures as the published method through the stock pipeline."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.recipes.generative import Lora, LoraLayers, Sampling, Subject
from tests.helpers.official_pixelsmile import SIDES, official_edit, official_pipeline
from tests.unit.pixelsmile.tiny_runs import Tiny, difference, pictures, read_portrait

BLEND = {"happy": 0.6, "surprised": 0.4}
SINGLE = {"sad": 1.0}


@pytest.fixture(scope="module")
def applied(tiny: Tiny) -> dict[LoraLayers, Path]:
    """What the stock loader must be given to apply all pairs, or to drop a third of them."""
    return {"full": tiny.loras["lora_A"], "upstream": tiny.loras["mixed"]}


def assert_same(ours: np.ndarray, official: Image.Image) -> None:
    """Within 2 of 255 on 99.9 % of the values."""
    apart = difference(ours, np.asarray(official))
    assert (apart <= 2).mean() >= 0.999, f"{(apart > 2).mean():.2%} differ, by up to {apart.max()}"


@pytest.mark.parametrize("subject", ["human", "anime"])
@pytest.mark.parametrize("layers", ["full", "upstream"])
def test_single_and_blended_pictures_are_the_official_ones(
    tiny: Tiny,
    applied: dict[LoraLayers, Path],
    photo: Image.Image,
    square: Image.Image,
    layers: LoraLayers,
    subject: Subject,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """At a quarter of the trained size, for the sake of time."""
    monkeypatch.setitem(SIDES, "256", 256)
    sampling = Sampling(steps=3, resolution="256", subject=subject)
    model = tiny.load(Lora(str(tiny.lora), layers=layers))
    portrait = read_portrait(model, square, sampling)
    stock = official_pipeline(tiny.folder, applied[layers])
    ours = pictures(model, portrait, [SINGLE, BLEND, {}], sampling=sampling)
    for picture, weights in zip(ours, (SINGLE, BLEND, {}), strict=True):
        official = official_edit(
            stock, photo, weights, data_type=subject, resolution="256", steps=3
        )
        assert_same(picture, official)
    for one, other in ((0, 1), (0, 2), (1, 2)):  # or the comparison would say nothing
        assert (difference(ours[one], ours[other]) > 2).mean() > 0.01


@pytest.mark.parametrize(
    ("layers", "subject", "wanted"),
    [
        ("full", "human", SINGLE),
        ("upstream", "anime", BLEND),
    ],
)
def test_pictures_of_the_trained_size_are_the_official_ones(
    tiny: Tiny,
    applied: dict[LoraLayers, Path],
    photo: Image.Image,
    square: Image.Image,
    layers: LoraLayers,
    subject: Subject,
    wanted: dict[str, float],
) -> None:
    sampling = Sampling(steps=2, subject=subject)
    model = tiny.load(Lora(str(tiny.lora), layers=layers))
    portrait = read_portrait(model, square, sampling)
    (ours,) = pictures(model, portrait, [wanted], sampling=sampling)
    stock = official_pipeline(tiny.folder, applied[layers])
    official = official_edit(stock, photo, wanted, data_type=subject, resolution="trained", steps=2)
    assert_same(ours, official)


def test_pictures_of_the_upstream_size_are_the_official_ones(
    tiny: Tiny, applied: dict[LoraLayers, Path], photo: Image.Image, square: Image.Image
) -> None:
    sampling = Sampling(steps=2, resolution="upstream")
    model = tiny.load(Lora(str(tiny.lora), layers="upstream"))
    (ours,) = pictures(model, read_portrait(model, square, sampling), [BLEND], sampling=sampling)
    stock = official_pipeline(tiny.folder, applied["upstream"])
    assert ours.shape == (1024, 1024, 3)
    assert_same(ours, official_edit(stock, photo, BLEND, resolution="upstream", steps=2))
