"""Ctrl-C and its relatives: the work stops within a second and says nothing of tracebacks."""

import contextlib
import signal
from types import FrameType
from typing import NoReturn


class Interrupted(KeyboardInterrupt):
    """The program was told to stop.

    A KeyboardInterrupt, so that nothing that catches ordinary errors swallows it.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number

    @property
    def exit_code(self) -> int:
        """The shell's convention: 130 for Ctrl-C, 143 for SIGTERM."""
        return 128 + self.number


def listen_for_interruption() -> None:
    """Raise `Interrupted` in the main thread on the first signal to stop; ignore all after it.

    Also where SIGINT was ignored when the program started, as for background jobs of a script:
    whoever sends it means it. A hang-up that `nohup` ignores stays ignored.
    """
    signal.signal(signal.SIGINT, _interrupt)
    signal.signal(signal.SIGTERM, _interrupt)
    hang_up = getattr(signal, "SIGHUP", None)
    if hang_up is not None and signal.getsignal(hang_up) != signal.SIG_IGN:
        signal.signal(hang_up, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    # The way out ends the worker and removes what is half written; a second Ctrl-C must not
    # interrupt that, it takes less than a second.
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if (other := getattr(signal, name, None)) is not None:
            with contextlib.suppress(OSError, ValueError):
                signal.signal(other, signal.SIG_IGN)
    raise Interrupted(number)
