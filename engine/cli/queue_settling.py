"""Files that arrive: which of them have stopped to grow."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.library import Stamp, stamp

STILL_S = 2.0


@dataclass(frozen=True)
class _Sight:
    """A file as it has looked since a moment (monotonic seconds)."""

    stamp: Stamp
    since: float


class Settling:
    """Tells of each file once it has kept its size and time for two seconds; again when it changes.

    The file's own time says nothing: who copies a photo may set it to years ago.
    """

    def __init__(self) -> None:
        self._sights: dict[Path, _Sight] = {}
        self._told: dict[Path, Stamp] = {}

    def settled(self, files: Sequence[Path], now: float) -> list[Path]:
        """Those of the files that are at rest now and were not when they were last asked for."""
        sights: dict[Path, _Sight] = {}
        at_rest: list[Path] = []
        for path in files:
            try:
                found = stamp(path)
            except OSError:
                continue
            sight = self._sights.get(path)
            if sight is None or sight.stamp != found:
                sight = _Sight(found, now)
            sights[path] = sight
            if now - sight.since >= STILL_S and self._told.get(path) != found:
                self._told[path] = found
                at_rest.append(path)
        self._sights = sights
        return at_rest
