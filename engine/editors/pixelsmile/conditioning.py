"""Prompts to embeddings: the portrait is read once, every expression is seven more tokens.

`e = e_neutral + Σ αᵢ (eᵢ − e_neutral)` over all prompt tokens (arXiv 2603.25728, "textual latent
interpolation"). The language model is causal, so embeddings of two prompts differ only from the
expression's word on: the picture and the words before it are a prefix that is computed once, with
its keys and values kept, and each expression costs its own suffix alone.
"""

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from PIL import Image

from engine.editors.pixelsmile.errors import PixelSmileError
from engine.recipes.expressions import expressions
from engine.recipes.generative import Subject

HEAD_TOKENS = 64
"""Tokens of the system turn, whose embeddings the transformer was never shown."""

NEUTRAL = "neutral"

_SUBJECTS: dict[Subject, str] = {"human": "person", "anime": "character"}
_IMAGE = "<|image_pad|>"

# The words around the instruction are part of the trained model (QwenImageEditPlusPipeline).
_TEMPLATE = (
    "<|im_start|>system\nDescribe the key features of the input image (color, shape, size, "
    "texture, objects, background), then explain how the user's text instruction should alter or "
    "modify the image. Generate a new image that meets the user's requirements while maintaining "
    "consistency with the original input where appropriate.<|im_end|>\n<|im_start|>user\n"
    "Picture 1: <|vision_start|>{image}<|vision_end|>{instruction}<|im_end|>\n"
    "<|im_start|>assistant\n"
)


def instruction(subject: Subject, word: str) -> str:
    """The sentence that PixelSmile was trained with.

    >>> instruction("anime", "happy")
    'Edit the character to show a happy expression'
    """
    return f"Edit the {_SUBJECTS[subject]} to show a {word} expression"


@dataclass
class Reading:
    """A portrait as the language model has read it, and the expressions encoded so far.

    Attributes:
        prefix: (1, tokens before the word − 64, width) embeddings.
        positions: (3, 1, tokens) multimodal positions of a whole prompt.
        cache: keys and values of the prefix.
        suffixes: word → (1, tokens from the word on, width) embeddings.
    """

    subject: Subject
    prefix: torch.Tensor
    positions: torch.Tensor
    cache: Any
    image_tokens: int
    prefix_tokens: int
    suffixes: dict[str, torch.Tensor] = field(default_factory=dict)

    def at(self, weights: Mapping[str, float]) -> torch.Tensor:
        """(1, tokens, width): the prompt's embeddings at those weights of words encoded before.

        Weights are absolute: they are neither normalised nor limited.
        """
        neutral = self.suffixes[NEUTRAL]
        suffix = neutral
        for word, weight in weights.items():
            suffix = suffix + weight * (self.suffixes[word] - neutral)
        return torch.cat([self.prefix, suffix], dim=1)


class PromptEncoder:
    """Qwen2.5-VL with the tokens and the picture as the editing pipeline gives them to it."""

    def __init__(self, text_encoder: Any, tokenizer: Any, image_processor: Any) -> None:
        """`text_encoder`: a `Qwen2_5_VLModel`, on the device where it shall run."""
        self.text_encoder = text_encoder
        self._tokenizer = tokenizer
        self._image_processor = image_processor
        self._image_token = text_encoder.config.image_token_id

    @torch.inference_mode()
    def read(self, picture: Image.Image, subject: Subject) -> Reading:
        """The one prefill per portrait: vision tower and all tokens before the expression's word.

        `picture` is RGB; the processor brings it to a multiple of 28 pixels (512 → 504).
        """
        seen = self._image_processor(images=picture, return_tensors="pt")
        grid = seen["image_grid_thw"]
        merged = int(self.text_encoder.config.vision_config.spatial_merge_size) ** 2
        image_tokens = int(grid[0].prod()) // merged
        neutral = self._tokens(subject, NEUTRAL, image_tokens)
        shared = self._shared_tokens(subject, image_tokens, neutral)
        device = self.text_encoder.device
        ids = torch.tensor([neutral], device=device)
        grid = grid.to(device)
        # Without these types the model would give the picture's tokens the positions of text.
        positions, _ = self.text_encoder.get_rope_index(
            ids, mm_token_type_ids=(ids == self._image_token).int(), image_grid_thw=grid
        )
        output = self.text_encoder(
            input_ids=ids[:, :shared],
            pixel_values=seen["pixel_values"].to(device),
            image_grid_thw=grid,
            position_ids=positions[:, :, :shared],
            use_cache=True,
        )
        prefix = output.last_hidden_state[:, HEAD_TOKENS:]
        return Reading(subject, prefix, positions, output.past_key_values, image_tokens, shared)

    @torch.inference_mode()
    def encode(self, reading: Reading, words: Iterable[str]) -> None:
        """Encode neutral and those of `words` that the reading does not have yet.

        Raises `PixelSmileError` (`word_length`) for a word of another number of tokens than
        `neutral`: the difference of their embeddings would compare unlike positions.
        """
        wanted = [word for word in dict.fromkeys([NEUTRAL, *words]) if word not in reading.suffixes]
        if not wanted:
            return
        suffixes = [self._suffix(reading, word) for word in wanted]
        device = self.text_encoder.device
        cache = copy.deepcopy(reading.cache)
        cache.batch_repeat_interleave(len(wanted))
        positions = reading.positions[:, :, reading.prefix_tokens :].expand(-1, len(wanted), -1)
        output = self.text_encoder(
            input_ids=torch.tensor(suffixes, device=device),
            position_ids=positions,
            past_key_values=cache,
            use_cache=True,
        )
        for word, embedding in zip(wanted, output.last_hidden_state, strict=True):
            reading.suffixes[word] = embedding[None]

    def _suffix(self, reading: Reading, word: str) -> list[int]:
        tokens = self._tokens(reading.subject, word, reading.image_tokens)
        expected = reading.positions.shape[-1]
        if len(tokens) != expected:
            more = len(tokens) - expected + 1
            raise PixelSmileError(
                "word_length",
                f"the word {word!r} is {more} tokens long and 'neutral' is 1, so the two cannot "
                "be subtracted from each other"
                if more > 1
                else f"the word {word!r} has not as many tokens as 'neutral', so the two cannot "
                "be subtracted from each other",
                "choose a word that the model's tokenizer has as a single token",
            )
        return tokens[reading.prefix_tokens :]

    def _shared_tokens(self, subject: Subject, image_tokens: int, neutral: Sequence[int]) -> int:
        """How many tokens all prompts have in common before the expression's word."""
        shared = len(neutral)
        for expression in expressions().values():
            other = self._tokens(subject, expression.word, image_tokens)
            if len(other) == len(neutral):
                pairs = enumerate(zip(neutral, other, strict=True))
                shared = min(shared, next((i for i, (a, b) in pairs if a != b), shared))
        if shared <= HEAD_TOKENS or shared == len(neutral):
            raise PixelSmileError(
                "tokenizer",
                "the model's tokenizer does not tell the twelve expressions apart",
                "use the tokenizer of Qwen-Image-Edit-2511; 'pixelsmile models verify' checks it",
            )
        return shared

    def _tokens(self, subject: Subject, word: str, image_tokens: int) -> list[int]:
        text = _TEMPLATE.format(image=_IMAGE * image_tokens, instruction=instruction(subject, word))
        return self._tokenizer(text)["input_ids"]
