"""Where the user was: kept while the window is open, so that it opens there again after a crash."""

import contextlib
import json
import logging
import os
from pathlib import Path

import msgspec

from engine.library import VersionKey

_log = logging.getLogger(__name__)

FILE_NAME = "work.json"
"""In the folder of the settings."""


class WorkState(msgspec.Struct, frozen=True):
    """What was open; edits are in the catalogue.

    Attributes:
        folders: that were open; photos: those that were opened by themselves.
        current: the photo that was worked on, empty for none; copy: which virtual copy of it.
        screen: its name.
    """

    folders: tuple[str, ...] = ()
    photos: tuple[str, ...] = ()
    current: str = ""
    copy: int = 0
    screen: str = "library"

    @property
    def paths(self) -> list[Path]:
        """What to open."""
        return [Path(one) for one in (*self.folders, *self.photos)]

    @property
    def key(self) -> VersionKey | None:
        """The version that was worked on."""
        return VersionKey(Path(self.current), self.copy) if self.current else None


def save_work(path: Path, state: WorkState) -> None:
    """Keep it; what cannot be written is logged and forgotten."""
    # Names that are no text keep their bytes as lone surrogates, which only ASCII can carry.
    text = json.dumps(msgspec.to_builtins(state), ensure_ascii=True)
    temporary = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(text, encoding="ascii")
        os.replace(temporary, path)
    except OSError as error:
        _log.warning("where you were is not kept: %s", error)
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def load_work(path: Path) -> WorkState | None:
    """What was kept; None when there is nothing that can be read."""
    try:
        return msgspec.convert(json.loads(path.read_text(encoding="ascii")), WorkState)
    except (OSError, ValueError):
        return None
