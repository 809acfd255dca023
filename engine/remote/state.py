"""How a run is, as its node says."""

from typing import Literal

import msgspec

ENDED = ("finished", "failed", "stopped", "lost")
Wish = Literal["save", "sample", "stop", "kill"]


class State(msgspec.Struct, frozen=True):
    """How a run is.

    Attributes:
        state: queued, running, finished, failed, stopped or lost.
        since: when that began, in seconds since 1970 by the node's clock.
        starts: how often it was started.
        reason: code of why it failed.
    """

    state: str
    since: float = 0.0
    starts: int = 0
    reason: str = ""
    exit_code: int | None = None
