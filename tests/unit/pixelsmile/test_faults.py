"""What goes wrong on the way: a stop, numbers that run over, memory that runs out."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from engine.editors.base import Cancelled, OnStep
from engine.editors.pixelsmile.errors import PixelSmileError
from engine.editors.pixelsmile.model import Model
from engine.editors.pixelsmile.sampling import Portrait, Rgb8
from engine.recipes.generative import Sampling, Shortcut
from tests.unit.pixelsmile.tiny_runs import (
    HAPPY,
    QUICK,
    Tiny,
    difference,
    pictures,
    read_portrait,
)

STRIP = ({"happy": 0.5}, HAPPY, {"sad": 1.0}, {}, {"fear": 1.0})
CACHED = Sampling(steps=4, resolution="256", shortcut="first-block-cache", cache_threshold=0.9)
EXACT = Sampling(steps=4, resolution="256")


@pytest.fixture
def model(tiny: Tiny) -> Model:
    """One's own, to be broken."""
    return tiny.load(tiny.lora)


@pytest.fixture
def portrait(model: Model, square: Image.Image) -> Portrait:
    return read_portrait(model, square)


@pytest.fixture(scope="module")
def clean(tiny: Tiny, square: Image.Image) -> list[Rgb8]:
    """The strip as it comes out undisturbed."""
    model = tiny.load(tiny.lora)
    return pictures(model, read_portrait(model, square), STRIP)


def stop_at(step: int, seen: list[int]) -> OnStep:
    """Stops a run, as the user does."""

    def on_step(done: int, total: int) -> None:
        seen.append(done)
        if done >= step:
            raise Cancelled

    return on_step


def assert_same(ours: Sequence[Rgb8], expected: Sequence[Rgb8]) -> None:
    for one, other in zip(ours, expected, strict=True):
        assert difference(one, other).max() <= 1


def wrap(model: Model, around: Callable[[Callable[..., Any], dict[str, Any]], Any]) -> None:
    """Put `around(forward, arguments)` in the place of the transformer's forward."""
    forward = model.transformer.forward
    model.transformer.forward = lambda **given: around(forward, given)


def broken_hooks(model: Model) -> list[str]:
    """Modules that still have a hook of diffusers."""
    return [
        name
        for name, module in model.transformer.named_modules()
        if getattr(getattr(module, "_diffusers_hook", None), "hooks", None)
    ]


# ---- stopping -----------------------------------------------------------------------------------


@pytest.mark.parametrize("shortcut", ["none", "first-block-cache"])
@pytest.mark.parametrize("step", [0, 2])
def test_a_stop_is_heard_within_a_step_and_leaves_no_trace(
    model: Model, portrait: Portrait, shortcut: Shortcut, step: int
) -> None:
    sampling = CACHED if shortcut != "none" else EXACT
    undisturbed = pictures(model, portrait, sampling=sampling)
    calls: list[int] = []
    counting = model.transformer.register_forward_hook(lambda *_: calls.append(1))
    seen: list[int] = []
    with pytest.raises(Cancelled):
        pictures(model, portrait, sampling=sampling, on_step=stop_at(step, seen))
    counting.remove()
    assert len(calls) == seen[-1] == step
    assert broken_hooks(model) == []
    again = pictures(model, portrait, sampling=sampling)
    assert np.array_equal(again[0], undisturbed[0])


def test_a_stop_is_heard_while_a_picture_is_made_again(model: Model, portrait: Portrait) -> None:
    calls: list[int] = []

    def always(forward: Callable[..., Any], given: dict[str, Any]) -> Any:
        calls.append(1)
        return (forward(**given)[0] * torch.nan,)

    def impatient(done: int, total: int) -> None:
        if len(calls) > EXACT.steps:
            raise Cancelled

    wrap(model, always)
    with pytest.raises(Cancelled):
        pictures(model, portrait, sampling=EXACT, on_step=impatient)
    assert len(calls) == EXACT.steps + 1


# ---- the shortcut -------------------------------------------------------------------------------


def test_the_shortcut_computes_fewer_blocks_and_leaves_no_hooks(
    model: Model, portrait: Portrait
) -> None:
    computed: Counter[int] = Counter()
    for index, block in enumerate(model.transformer.transformer_blocks):
        block.attn.register_forward_hook(lambda *_, index=index: computed.update([index]))
    exact = pictures(model, portrait, sampling=EXACT)
    assert computed == {0: 4, 1: 4}
    computed.clear()
    short = pictures(model, portrait, sampling=CACHED)
    assert computed[0] == 4
    assert 1 <= computed[1] < 4
    assert broken_hooks(model) == []
    computed.clear()
    assert np.array_equal(pictures(model, portrait, sampling=EXACT)[0], exact[0])
    assert computed == {0: 4, 1: 4}
    assert difference(short[0], exact[0]).max() > 0


def test_the_shortcut_forgets_between_two_batches(tiny: Tiny, square: Image.Image) -> None:
    model = tiny.load(tiny.lora, batch=1)
    portrait = read_portrait(model, square)
    strip = pictures(model, portrait, STRIP[:2], sampling=CACHED)
    for weights, picture in zip(STRIP, strip, strict=False):
        alone = pictures(model, portrait, [weights], sampling=CACHED)
        assert np.array_equal(picture, alone[0])


# ---- numbers that run over ----------------------------------------------------------------------


@pytest.mark.parametrize("shortcut", ["none", "first-block-cache"])
def test_a_picture_that_ran_over_once_is_made_again(
    model: Model, portrait: Portrait, clean: list[Rgb8], shortcut: Shortcut
) -> None:
    sampling = Sampling(steps=2, resolution="256", shortcut=shortcut, cache_threshold=0.9)
    calls: list[int] = []

    def poison_once(forward: Callable[..., Any], given: dict[str, Any]) -> Any:
        (velocity,) = forward(**given)
        calls.append(len(velocity))
        if len(calls) == 1:
            velocity = velocity.clone()
            velocity[1, 0, 0] = torch.nan
        return (velocity,)

    wrap(model, poison_once)
    mended = pictures(model, portrait, STRIP[:3], sampling=sampling)
    assert calls == [3] * sampling.steps + [1] * sampling.steps
    assert difference(mended[1], clean[1]).max() <= 1
    if shortcut == "none":
        assert_same(mended, clean[:3])


def test_a_black_picture_is_made_again(model: Model, portrait: Portrait, clean: list[Rgb8]) -> None:
    decode, calls = model.vae.decode, []

    def black_once(latents: torch.Tensor, **given: Any) -> Any:
        calls.append(1)
        (pixels,) = decode(latents, **given)
        return (pixels * 0 - 1 if len(calls) == 1 else pixels,)

    model.vae.decode = black_once
    assert_same(pictures(model, portrait, STRIP[:1]), clean[:1])
    assert len(calls) == 2


def test_a_picture_that_always_runs_over_is_said_in_a_sentence(
    model: Model, portrait: Portrait
) -> None:
    calls: list[int] = []

    def always(forward: Callable[..., Any], given: dict[str, Any]) -> Any:
        calls.append(1)
        return (forward(**given)[0] * torch.nan,)

    wrap(model, always)
    with pytest.raises(PixelSmileError) as caught:
        pictures(model, portrait)
    assert caught.value.code == "bad_output"
    assert len(calls) == 2 * QUICK.steps


# ---- memory that runs out -----------------------------------------------------------------------


def fits(limit: int, asked: list[int], error: type[Exception] = torch.OutOfMemoryError) -> Any:
    """A transformer with memory for `limit` intensities at once."""

    def around(forward: Callable[..., Any], given: dict[str, Any]) -> Any:
        asked.append(len(given["hidden_states"]))
        if asked[-1] > limit:
            raise error("CUDA out of memory. Tried to allocate 2.00 GiB")
        return forward(**given)

    return around


@pytest.mark.parametrize("error", [torch.OutOfMemoryError, MemoryError])
def test_a_batch_that_does_not_fit_is_halved(
    model: Model, portrait: Portrait, clean: list[Rgb8], error: type[Exception]
) -> None:
    asked: list[int] = []
    wrap(model, fits(2, asked, error))
    assert_same(pictures(model, portrait, STRIP), clean)
    assert asked == [5, 2, 2, 2, 2, 1, 1]
    asked.clear()
    pictures(model, portrait, STRIP[:3])
    assert asked == [2, 2, 1, 1]  # what did not fit is not tried again


def test_no_memory_for_one_intensity_is_said_in_a_sentence(
    model: Model, portrait: Portrait
) -> None:
    asked: list[int] = []
    wrap(model, fits(0, asked))
    with pytest.raises(PixelSmileError, match="not enough memory") as caught:
        pictures(model, portrait, STRIP[:3])
    assert caught.value.code == "out_of_memory"
    assert asked == [3, 1]


def test_memory_that_runs_out_in_the_middle_of_the_shortcut_leaves_no_hooks(
    model: Model, portrait: Portrait
) -> None:
    expected = pictures(model, portrait, STRIP[:1], sampling=CACHED)
    steps: list[int] = []

    def third_step(forward: Callable[..., Any], given: dict[str, Any]) -> Any:
        steps.append(1)
        if len(steps) == 3:
            raise torch.OutOfMemoryError("out of memory")
        return forward(**given)

    wrap(model, third_step)
    got = pictures(model, portrait, STRIP[:2], sampling=CACHED)
    assert broken_hooks(model) == []
    assert np.array_equal(got[0], expected[0])


def test_another_error_is_not_taken_for_memory(model: Model, portrait: Portrait) -> None:
    asked: list[int] = []

    def fails(forward: Callable[..., Any], given: dict[str, Any]) -> Any:
        asked.append(1)
        raise RuntimeError("shapes cannot be multiplied")

    wrap(model, fails)
    with pytest.raises(RuntimeError, match="shapes"):
        pictures(model, portrait, STRIP)
    assert len(asked) == 1


def test_memory_that_runs_out_while_decoding_makes_batches_smaller(
    model: Model, portrait: Portrait, clean: list[Rgb8]
) -> None:
    decode, calls = model.vae.decode, []

    def second_fails(latents: torch.Tensor, **given: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise torch.OutOfMemoryError("out of memory")
        return decode(latents, **given)

    model.vae.decode = second_fails
    assert_same(pictures(model, portrait, STRIP[:3]), clean[:3])
    assert model.plan.batch == 1
