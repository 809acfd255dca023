"""Where details go that nobody should have to read on a screen."""

import contextlib
import os
import traceback
from datetime import datetime
from pathlib import Path

_LARGEST_BYTES = 4_000_000


def log_path() -> Path:
    """The log of the command line and of its workers."""
    from platformdirs import user_log_path

    return user_log_path("pixelsmile", appauthor=False) / "pixelsmile.log"


def open_log() -> Path:
    """The log's path; a log that has grown large is put aside first."""
    path = log_path()
    with contextlib.suppress(OSError):
        if path.stat().st_size > _LARGEST_BYTES:
            os.replace(path, path.with_suffix(".old.log"))
    return path


def log_details(heading: str, details: str) -> Path | None:
    """Append details to the log; its path, or None where there can be no log."""
    path = open_log()
    stamp = datetime.now().astimezone().isoformat(timespec="seconds")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8", errors="backslashreplace") as log:
            log.write(f"---- {stamp} {heading}\n{details.rstrip()}\n")
    except OSError:
        return None
    return path


def log_error(heading: str, error: BaseException) -> Path | None:
    """Append a traceback to the log; its path, or None where there can be no log."""
    return log_details(heading, "".join(traceback.format_exception(error)))
