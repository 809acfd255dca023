"""What a running training is asked from outside: by signals, or by files in its folder.

SIGTERM and SIGINT: save and stop. SIGUSR1: save and go on. A file `save`, `stop` or `sample` in
`requests/` means the same where no signal can be sent, or validation pictures now.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Literal

FOLDER = "requests"
Wish = Literal["save", "stop", "sample"]
WISHES: tuple[Wish, ...] = ("save", "stop", "sample")


@dataclass
class Requests:
    """What was asked since it was last looked at."""

    run: Path
    save: bool = False
    stop: bool = False
    sample: bool = False

    def look(self) -> None:
        """Take in the files; each is answered once."""
        for wish in WISHES:
            file = self.run / FOLDER / wish
            if file.exists():
                file.unlink(missing_ok=True)
                setattr(self, wish, True)

    def taken(self) -> tuple[bool, bool, bool]:
        """Save, stop and sample, and forget them."""
        asked = self.save, self.stop, self.sample
        self.save = self.stop = self.sample = False
        return asked


def ask(run: Path, wish: Wish) -> None:
    """Leave a request for the run in that folder."""
    (run / FOLDER).mkdir(parents=True, exist_ok=True)
    (run / FOLDER / wish).touch()


@contextmanager
def listening(run: Path) -> Iterator[Requests]:
    """Hear signals for the length of the block; a second one to stop goes to whoever heard before.

    Outside the main thread only the files are heard.
    """
    requests = Requests(run)
    before: dict[int, object] = {}

    def hear(number: int, frame: FrameType | None) -> None:
        if number == getattr(signal, "SIGUSR1", None):
            requests.save = True
            return
        earlier = before.get(number)
        if requests.stop and callable(earlier):
            earlier(number, frame)
        requests.stop = True

    names = ("SIGTERM", "SIGINT", "SIGUSR1")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    try:
        for number in numbers:
            before[number] = signal.signal(number, hear)
    except ValueError:  # not the main thread
        before.clear()
    try:
        yield requests
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
