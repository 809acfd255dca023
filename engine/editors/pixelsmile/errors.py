"""Why the generative editor could not do what was asked."""

from collections.abc import Callable
from typing import TypeVar

from safetensors import SafetensorError


class PixelSmileError(Exception):
    """A model, a LoRA or a wish that cannot be used.

    Attributes:
        code: stable and machine-readable, such as `lora_incomplete` or `out_of_memory`.
        reason: what is wrong, as a clause without a full stop.
        remedy: what the user can do, without a full stop.
    """

    def __init__(self, code: str, reason: str, remedy: str) -> None:
        super().__init__(f"{reason}; {remedy}")
        self.code = code
        self.reason = reason
        self.remedy = remedy


T = TypeVar("T")


def readable(read: Callable[[], T]) -> T:
    """What `read` gives, or one sentence (`model_incomplete`) about the part that is not right."""
    try:
        return read()
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        if type(error).__name__ == "OutOfMemoryError":
            raise
        text = " ".join(str(error).split())[:200]
        raise PixelSmileError(
            "model_incomplete",
            f"a part of the model cannot be read ({text})",
            "run 'pixelsmile models verify', or download the model again",
        ) from error
