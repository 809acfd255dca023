"""A strip as a folder of numbered PNG files, for programs that take sequences of pictures."""

import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.photos import WriteError, png_parts, temporary_name, write_atomically

_DIGITS = 4


def write_frames(
    folder: Path,
    frames: Sequence[NDArray[np.uint8]],
    xmp: bytes = b"",
    sign: Callable[[Path], None] | None = None,
) -> None:
    """Write `NAME_0001.png` and so on into `NAME.frames`; whole, or as it was before.

    `sign` is done to each file once it is whole. A folder that is there is taken the place of when
    it holds nothing but such files. Raises `WriteError`.
    """
    foreign = sorted(_foreign(folder))
    if foreign:
        raise WriteError(
            folder,
            f"there is something else in it ({foreign[0]})",
            "choose another name",
            code="not_writable",
        )
    temporary = folder.with_name(temporary_name(folder))
    try:
        try:
            temporary.mkdir()
        except OSError as error:
            raise _failure(folder, error) from error
        for number, frame in enumerate(frames, start=1):
            name = f"{folder.stem}_{number:0{_DIGITS}}.png"
            write_atomically(temporary / name, png_parts(frame, xmp=xmp or None))
            if sign is not None:
                sign(temporary / name)
        try:
            _put(temporary, folder)
        except OSError as error:
            raise _failure(folder, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _put(temporary: Path, folder: Path) -> None:
    """Give the folder its name. No system swaps two folders portably: the old one goes first."""
    if folder.is_dir():
        old = folder.with_name(temporary_name(folder))
        os.rename(folder, old)
        os.rename(temporary, folder)
        shutil.rmtree(old, ignore_errors=True)
    else:
        os.rename(temporary, folder)
    # Names must outlast a power cut as the pictures do.
    descriptor = os.open(folder.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _foreign(folder: Path) -> Iterator[str]:
    own = re.compile(re.escape(folder.stem) + r"_\d{4,}\.png")
    if folder.is_dir():
        yield from (one.name for one in folder.iterdir() if not own.fullmatch(one.name))


def _failure(folder: Path, error: OSError) -> WriteError:
    reason = (error.strerror or str(error)).lower()
    return WriteError(
        folder, f"it cannot be written ({reason})", "choose another folder", code="not_writable"
    )
