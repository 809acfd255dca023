"""The folders that outputs go to."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from engine.cli.text import printable, size
from engine.library import Space


class FolderFault(Exception):
    """A folder that cannot be used; one sentence without a full stop."""


def make_writable(folder: Path, option: str = "--out") -> None:
    """Make the folder if need be and make sure that files can be written there.

    Raises `FolderFault`.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Asking for permissions is not enough: root may write to everything but a read-only disk.
        with tempfile.TemporaryFile(dir=folder):
            pass
    except (OSError, ValueError) as error:
        raise FolderFault(
            f"{option} {printable(folder)}: {_reason(folder, error)}; choose another folder"
        ) from error


def check_space(space: Space | None, note: Callable[[str], None]) -> None:
    """Raise `FolderFault` when pictures cannot fit; say with `note` when they may not."""
    if space is None or space.verdict == "fits":
        return
    free = f"and {size(space.free_bytes)} are free there; make room or choose another folder"
    if space.verdict == "too_little":
        need = f"the pictures need at least {size(space.least_bytes)}"
        usual = f"(about {size(space.needed_bytes)}, as far as can be told)"
        raise FolderFault(f"--out {printable(space.folder)}: {need} {usual}, {free}")
    note(
        f"--out {printable(space.folder)}: the pictures may not fit; they need about "
        f"{size(space.needed_bytes)}, {free}"
    )


def _reason(folder: Path, error: OSError | ValueError) -> str:
    if not isinstance(error, OSError):
        return "that cannot be a folder's name"
    if isinstance(error, FileExistsError | NotADirectoryError):
        return "a file is in the way"
    if isinstance(error, PermissionError):
        return "you may not write there"
    return f"it cannot be written to ({os.strerror(error.errno or 0).lower()})"
