"""Temporary files whose maker was killed: found again and removed.

Whoever writes a file writes `.pixelsmile-PID-RANDOM.EXT` beside it and renames that; only one that
is killed leaves it. Earlier releases left the number out (`.pixelsmile-RANDOM.EXT`).
"""

import contextlib
import os
import re
import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from engine.library.owners import is_alive, started_at, this_process

_NUMBERED = re.compile(r"\.pixelsmile-(\d{1,10})-[0-9a-f]{6,}(\.\w{1,16})*")
_PLAIN = re.compile(r"\.pixelsmile-[0-9a-f]{12}(\.\w{1,16})?")

STILL_S = 60.0
"""A file without a number is nobody's when it has not changed for so long."""

_CLOCK_S = 2.0  # file times are coarse on some disks, and start times are to a second


def sweep(folders: Iterable[Path]) -> list[Path]:
    """Remove the leftovers in the folders themselves, not below; returns what was removed.

    What belongs to a process that is still there is kept, and so is what may not be removed.
    """
    removed: list[Path] = []
    for folder in sorted(set(folders)):
        for path in _candidates(folder):
            with contextlib.suppress(OSError):
                if is_leftover(path):
                    remove(path)
                    removed.append(path)
    return removed


def is_leftover(path: Path) -> bool:
    """Whether nobody is at work on this file any more; raises OSError when it is not there."""
    if path.is_symlink() or not (path.is_file() or path.is_dir()):
        return False
    modified = path.stat().st_mtime
    if numbered := _NUMBERED.fullmatch(path.name):
        return _is_orphan(int(numbered[1]), modified)
    if not _PLAIN.fullmatch(path.name):
        return False
    begun = started_at(this_process().pid) or time.time()
    return modified < begun and time.time() - modified > STILL_S


def is_in_use(path: Path) -> bool:
    """Whether the file's name says that a process made it that is still there; raises OSError."""
    numbered = _NUMBERED.fullmatch(path.name)
    return numbered is not None and not _is_orphan(int(numbered[1]), path.stat().st_mtime)


def _is_orphan(pid: int, modified: float) -> bool:
    if not is_alive(pid):
        return True
    # Another process may have got the number since: it started after the file was last written.
    begun = started_at(pid)
    return begun is not None and begun > modified + _CLOCK_S


def remove(path: Path) -> None:
    """Remove a temporary file, or folder of frames; raises OSError."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def _candidates(folder: Path) -> Iterator[Path]:
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(".pixelsmile-"):
                yield Path(entry.path)
