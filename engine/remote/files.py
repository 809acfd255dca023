"""Files of the user alone: written whole, with mode 0600, in folders with mode 0700."""

import contextlib
import os
from pathlib import Path


def write_private(file: Path, content: bytes) -> None:
    """Write beside the name and rename; nobody else may ever read it. Raises OSError."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = file.with_name(f"{file.name}.{os.getpid()}.partial")
    try:
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        os.replace(partial, file)
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()
