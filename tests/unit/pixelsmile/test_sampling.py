"""From a portrait to pictures: batches, seeds, schedules, previews and rounding."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from engine.editors.pixelsmile.model import Model
from engine.editors.pixelsmile.preview import fit_colours, show
from engine.editors.pixelsmile.sampling import (
    Portrait,
    Rgb8,
    decode,
    denoise,
    noise,
    render,
    schedule,
)
from engine.recipes.generative import Sampling
from tests.unit.pixelsmile.tiny_runs import (
    HAPPY,
    QUICK,
    Tiny,
    difference,
    ignore,
    pictures,
    read_portrait,
)

STRIP: tuple[Mapping[str, float], ...] = (
    {},
    {"happy": 0.5},
    {"happy": 1.0},
    {"sad": 1.5},
    {"happy": 0.6, "surprised": 0.4},
)


@pytest.fixture(scope="module")
def model(tiny: Tiny) -> Model:
    """For tests that leave it as it is."""
    return tiny.load(tiny.lora)


@pytest.fixture(scope="module")
def portrait(model: Model, square: Image.Image) -> Portrait:
    return read_portrait(model, square)


@pytest.fixture(scope="module")
def strip(model: Model, portrait: Portrait) -> list[Rgb8]:
    """All five at once."""
    assert model.plan.batch >= 5
    return pictures(model, portrait, STRIP)


def test_five_at_once_equal_one_by_one(model: Model, portrait: Portrait, strip: list[Rgb8]) -> None:
    for weights, picture in zip(STRIP, strip, strict=True):
        assert difference(picture, pictures(model, portrait, [weights])[0]).max() <= 1


def test_a_strip_longer_than_a_batch_stays_in_order(
    tiny: Tiny, square: Image.Image, strip: list[Rgb8]
) -> None:
    small = tiny.load(tiny.lora, batch=2)
    assert small.plan.batch == 2
    steps: list[tuple[int, int]] = []
    parts = pictures(
        small, read_portrait(small, square), STRIP, on_step=lambda *step: steps.append(step)
    )
    for one, other in zip(parts, strip, strict=True):
        assert difference(one, other).max() <= 1
    done = [done for done, _ in steps]
    assert done == [0, 2, 4, 4, 6, 8, 8, 9, 10]
    assert {total for _, total in steps} == {10}


def test_every_intensity_gives_another_picture(strip: list[Rgb8]) -> None:
    neutral, half, full, *_ = strip
    for one, other in ((half, neutral), (full, neutral), (full, half)):
        assert (difference(one, other) > 2).mean() > 0.01


def test_the_seed_decides(model: Model, portrait: Portrait) -> None:
    first, again, other = (pictures(model, portrait, seed=seed)[0] for seed in (42, 42, 43))
    assert np.array_equal(first, again)
    assert difference(first, other).mean() > 1


def test_all_of_a_strip_start_from_the_same_noise(model: Model, portrait: Portrait) -> None:
    first, second = pictures(model, portrait, [HAPPY, HAPPY])
    assert difference(first, second).max() <= 1


def test_the_sides_need_not_be_equal(model: Model, square: Image.Image) -> None:
    from engine.editors.pixelsmile.sampling import prepare

    wide = prepare(
        model,
        seen=square.resize((512, 384)),
        reference=square.resize((256, 192)),
        output_size=(320, 256),
        sampling=QUICK,
    )
    (picture,) = pictures(model, wide)
    assert picture.shape == (256, 320, 3)
    assert wide.reference_grid == (12, 16)


def test_pixels_are_rounded(model: Model, portrait: Portrait) -> None:
    """The stock pipeline rounds too; the published script's other savers truncate."""
    latents = noise(model, portrait, 1)
    (picture,) = decode(model, latents, portrait.output_grid)
    height, width = portrait.output_grid
    squares = latents[0].reshape(height, width, 16, 2, 2).permute(2, 0, 3, 1, 4)
    config = model.vae.config
    mean, std = (
        torch.tensor(values).view(16, 1, 1) for values in (config.latents_mean, config.latents_std)
    )
    scaled = squares.reshape(16, 2 * height, 2 * width) * std + mean
    with torch.inference_mode():
        exact = model.vae.decode(scaled[None, :, None]).sample[0, :, 0].permute(1, 2, 0)
    levels = ((exact / 2 + 0.5).clamp(0, 1) * 255).numpy()
    assert np.abs(picture - levels).max() <= 0.501
    assert (picture > levels).mean() > 0.2


def test_lightning_has_a_schedule_of_its_own(tiny: Tiny, model: Model, portrait: Portrait) -> None:
    draft = tiny.load(tiny.lora, lightning=True)
    sigmas = schedule(draft, portrait, 4).scheduler.sigmas
    times = torch.linspace(1, 0.25, 4)
    expected = torch.cat([3 * times / (1 + 2 * times), torch.zeros(1)])
    torch.testing.assert_close(sigmas, expected)
    larger = replace(portrait, output_grid=(64, 64))
    assert torch.equal(schedule(draft, larger, 4).scheduler.sigmas, sigmas)
    ours = schedule(model, portrait, 4).scheduler.sigmas
    assert not torch.allclose(ours, sigmas, atol=0.01)
    assert not torch.allclose(schedule(model, larger, 4).scheduler.sigmas, ours, atol=0.01)


# ---- previews -----------------------------------------------------------------------------------


def test_every_step_shows_a_preview_of_every_frame(
    model: Model, portrait: Portrait, strip: list[Rgb8]
) -> None:
    seen: list[tuple[int, tuple[int, ...]]] = []
    watched = pictures(
        model, portrait, STRIP[:2], on_preview=lambda index, p: seen.append((index, p.shape))
    )
    assert seen == [(0, (32, 32, 3)), (1, (32, 32, 3))] * 2
    for one, other in zip(watched, strip[:2], strict=True):
        assert difference(one, other).max() <= 1


def test_previews_of_a_later_batch_bear_their_own_number(tiny: Tiny, square: Image.Image) -> None:
    small = tiny.load(tiny.lora, batch=2)
    seen: list[int] = []
    pictures(small, read_portrait(small, square), STRIP[:3], on_preview=lambda i, _: seen.append(i))
    assert seen == [0, 1, 0, 1, 2, 2]


def test_the_last_preview_shows_the_latents_that_are_decoded(
    model: Model, portrait: Portrait
) -> None:
    """The velocity of the last step leads to the end: no noise is left in what is shown."""
    shown: list[Rgb8] = []
    model.prompts.encode(portrait.reading, [])
    latents = denoise(
        model, portrait, portrait.reading.at({}), noise(model, portrait, 42),
        schedule(model, portrait, 2), ignore, lambda _, picture: shown.append(picture),
    )  # fmt: skip
    height, width = portrait.output_grid
    squares = latents[0].reshape(height, width, 16, 2, 2).permute(2, 0, 3, 1, 4)
    end = show(squares.reshape(16, 2 * height, 2 * width), portrait.colours)
    assert difference(shown[-1], end).max() <= 1
    assert difference(shown[0], end).max() > 1


def test_colours_fitted_to_a_portrait_show_it(
    model: Model, portrait: Portrait, square: Image.Image
) -> None:
    height, width = portrait.reference_grid
    squares = portrait.reference[0].reshape(height, width, 16, 2, 2).permute(2, 0, 3, 1, 4)
    latents = squares.reshape(16, 2 * height, 2 * width)
    small = np.asarray(square.resize((32, 32), Image.Resampling.BOX), float)
    ours = show(latents, portrait.colours).astype(float)
    order = torch.randperm(1024, generator=torch.Generator().manual_seed(0))
    shuffled = latents.flatten(1)[:, order].reshape(16, 32, 32)
    chance = show(shuffled, fit_colours(shuffled, square)).astype(float)
    unlike = ((small - small.mean(axis=(0, 1))) ** 2).mean()
    assert ((ours - small) ** 2).mean() < 0.75 * unlike
    assert ((chance - small) ** 2).mean() > 0.9 * unlike


# ---- where the text encoder is not always there -------------------------------------------------


def test_in_turn_all_words_are_encoded_while_the_encoder_is_there(
    tiny: Tiny, square: Image.Image, strip: list[Rgb8]
) -> None:
    apart = tiny.load(tiny.lora, words=("texture",))
    apart.plan = replace(apart.plan, placement="in-turn")
    read = read_portrait(apart, square)
    asked: list[int] = []
    apart.text_encoder.register_forward_hook(lambda *_: asked.append(1))
    later = pictures(apart, read, [*STRIP[:2], {"texture": 1.0}])
    assert not asked
    for one, other in zip(later[:2], strip[:2], strict=True):
        assert difference(one, other).max() <= 1


def test_frames_come_as_they_are_ready(tiny: Tiny, square: Image.Image) -> None:
    small = tiny.load(tiny.lora, batch=1)
    portrait = read_portrait(small, square)
    steps: list[int] = []
    frames = render(
        small, portrait, STRIP[:3], sampling=QUICK, seed=1,
        on_step=lambda done, _: steps.append(done),
    )  # fmt: skip
    next(frames)
    assert steps[-1] == QUICK.steps
    next(frames)
    assert steps[-1] == 2 * QUICK.steps


def test_the_number_of_steps_is_kept(model: Model, portrait: Portrait) -> None:
    calls: list[int] = []
    hook = model.transformer.register_forward_hook(lambda *_: calls.append(1))
    try:
        pictures(model, portrait, sampling=Sampling(steps=3, resolution="256"))
    finally:
        hook.remove()
    assert len(calls) == 3
