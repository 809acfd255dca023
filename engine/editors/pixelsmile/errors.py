"""Why the generative editor could not do what was asked."""


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
