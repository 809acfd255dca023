"""Embeddings of prompts: one reading of the portrait, and a word more for each expression."""

from typing import Any

import pytest
import torch
from PIL import Image

from engine.editors.pixelsmile.conditioning import NEUTRAL, PromptEncoder, Reading, instruction
from engine.editors.pixelsmile.errors import PixelSmileError
from engine.editors.pixelsmile.model import Model
from engine.recipes.expressions import expressions
from engine.recipes.generative import Subject
from tests.helpers.official_pixelsmile import official_pipeline
from tests.unit.pixelsmile.tiny_runs import Tiny

WORDS = tuple(expression.word for expression in expressions().values())


@pytest.fixture(scope="module")
def model(tiny: Tiny) -> Model:
    return tiny.load()


@pytest.fixture(scope="module")
def prompts(model: Model) -> PromptEncoder:
    return model.prompts


@pytest.fixture(scope="module")
def stock(tiny: Tiny) -> Any:
    """The pipeline that is followed."""
    return official_pipeline(tiny.folder, tiny.lora)


def read(prompts: PromptEncoder, square: Image.Image, *words: str) -> Reading:
    reading = prompts.read(square, "human")
    prompts.encode(reading, words)
    return reading


@pytest.mark.parametrize("subject", ["human", "anime"])
def test_prefix_and_suffix_make_the_whole_prompt(
    prompts: PromptEncoder, stock: Any, square: Image.Image, subject: Subject
) -> None:
    reading = prompts.read(square, subject)
    prompts.encode(reading, WORDS)
    assert len(reading.suffixes) == 13
    for word in (NEUTRAL, *WORDS):
        with torch.no_grad():
            expected, _ = stock.encode_prompt(
                image=square, prompt=instruction(subject, word), device="cpu"
            )
        weights = {} if word == NEUTRAL else {word: 1.0}
        torch.testing.assert_close(reading.at(weights), expected, rtol=1e-4, atol=1e-4)


def test_person_and_character_read_differently(prompts: PromptEncoder, square: Image.Image) -> None:
    human, anime = prompts.read(square, "human"), prompts.read(square, "anime")
    assert human.prefix.shape == anime.prefix.shape
    assert not torch.allclose(human.prefix, anime.prefix, atol=1e-3)


def test_without_positions_in_the_picture_the_answer_is_another(
    tiny: Tiny, prompts: PromptEncoder, square: Image.Image
) -> None:
    reading = read(prompts, square)
    bare = official_pipeline(tiny.folder, tiny.lora)
    bare.text_encoder.forward = type(bare.text_encoder).forward.__get__(bare.text_encoder)
    with torch.no_grad():
        lost, _ = bare.encode_prompt(
            image=square, prompt=instruction("human", NEUTRAL), device="cpu"
        )
    ours = reading.at({})
    assert lost.shape == ours.shape
    assert (lost - ours).abs().mean() > 0.01 * ours.abs().mean()


def test_expressions_differ_from_their_word_on(prompts: PromptEncoder, square: Image.Image) -> None:
    reading = read(prompts, square, *WORDS)
    shared, total = reading.prefix.shape[1], reading.positions.shape[-1]
    assert total == reading.prefix_tokens + 7  # the word, and six that close the turn
    assert reading.at({}).shape[1] == total - 64
    deltas = torch.stack([reading.at({word: 1.0}) - reading.at({}) for word in WORDS])
    assert not deltas[:, :, :shared].any()
    assert deltas[:, :, shared:].abs().amax(dim=(1, 2, 3)).min() > 1e-3


def test_blends_add_what_every_expression_changes(
    prompts: PromptEncoder, square: Image.Image
) -> None:
    reading = read(prompts, square, "happy", "surprised")
    neutral = reading.suffixes[NEUTRAL]
    expected = neutral
    expected = expected + 1.3 * (reading.suffixes["happy"] - neutral)
    expected = expected + 0.4 * (reading.suffixes["surprised"] - neutral)
    blend = reading.at({"happy": 1.3, "surprised": 0.4})
    assert torch.equal(blend[:, -7:], expected)
    assert torch.equal(reading.at({"happy": 0.0}), reading.at({}))
    torch.testing.assert_close(reading.at({"happy": 1.0})[:, -7:], reading.suffixes["happy"])


def test_encoding_later_equals_encoding_at_once(
    prompts: PromptEncoder, square: Image.Image
) -> None:
    together = read(prompts, square, "happy", "sad", "fear")
    later = read(prompts, square, "happy")
    before = later.at({"happy": 1.0})
    prompts.encode(later, ["sad"])
    prompts.encode(later, ["fear", "happy"])
    assert torch.equal(later.at({"happy": 1.0}), before)
    for word in ("happy", "sad", "fear"):
        torch.testing.assert_close(
            later.at({word: 1.0}), together.at({word: 1.0}), rtol=1e-5, atol=1e-5
        )


def test_a_word_of_several_tokens_is_refused(prompts: PromptEncoder, square: Image.Image) -> None:
    reading = read(prompts, square, "happy")
    with pytest.raises(PixelSmileError, match="'gleeful'") as caught:
        prompts.encode(reading, ["sad", "gleeful"])
    assert caught.value.code == "word_length"
    prompts.encode(reading, ["sad"])
    assert set(reading.suffixes) == {NEUTRAL, "happy", "sad"}


def test_a_word_of_ones_own_works_when_it_is_one_token(
    prompts: PromptEncoder, stock: Any, square: Image.Image
) -> None:
    reading = read(prompts, square, "texture")
    with torch.no_grad():
        expected, _ = stock.encode_prompt(
            image=square, prompt=instruction("human", "texture"), device="cpu"
        )
    torch.testing.assert_close(reading.at({"texture": 1.0}), expected, rtol=1e-4, atol=1e-4)


def test_the_picture_is_looked_at_once(
    model: Model, prompts: PromptEncoder, square: Image.Image
) -> None:
    looks: list[int] = []
    tokens: list[int] = []
    tower, language = model.text_encoder.visual, model.text_encoder.language_model
    counting = [
        tower.register_forward_hook(lambda *_: looks.append(1)),
        language.layers[0].register_forward_hook(
            lambda _, given, __: tokens.append(given[0][..., 0].numel())
        ),
    ]
    try:
        reading = prompts.read(square, "human")
        for word in WORDS:
            prompts.encode(reading, [word])
        prompts.encode(reading, WORDS)
    finally:
        for hook in counting:
            hook.remove()
    assert len(looks) == 1
    assert tokens == [reading.prefix_tokens, 14, *[7] * 11]
