"""Copying metadata with the exiftool program, which knows the makers' notes of every camera.

It is called where the user has it and is no part of what we ship. One process serves the whole
life of ours, because it takes a tenth of a second to start.
"""

import atexit
import contextlib
import os
import shutil
import subprocess
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

from engine.photos import exif as exif_blocks
from engine.photos.photo import Photo
from engine.recipes import RESOURCES, Stripped

REMEDY = "install exiftool to keep them"

_TIMEOUT_S = 60.0
_LEAVE_S = 2.0
# What shows the face before the edit.
_PICTURES = (
    "IFD1:all",
    "ThumbnailImage",
    "PreviewImage",
    "JpgFromRaw",
    "OtherImage",
    "PhotoshopThumbnail",
    "MPF:all",
    "MPImage2",
)
_FAULTS = ("Error", "No writable tags set from", "for -tagsFromFile option")
# How a raw file is stored and developed, which is not so for the picture made from it.
_OF_RAW_FILES = ("SubIFD:all", "SubIFD1:all", "SubIFD2:all", "IFD2:all", "IFD3:all")


class ExifToolError(Exception):
    """exiftool did not do what it was asked; says why in a clause."""


class ExifTool:
    """One exiftool process that does commands until it is closed."""

    def __init__(self, program: str) -> None:
        self._lock = threading.Lock()
        self._number = 0
        windows = ("-charset", "filename=utf8") if os.name == "nt" else ()
        self._process = subprocess.Popen(
            [
                *(program, "-config", str(RESOURCES / "exiftool.config")),
                *("-stay_open", "True", "-@", "-", "-common_args", *windows),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    @property
    def alive(self) -> bool:
        """Whether it takes commands."""
        return self._process.poll() is None

    def run(self, arguments: Sequence[str]) -> str:
        """Do one command; returns what it printed.

        Raises:
            ExifToolError: it is gone, or did not answer within a minute and was ended.
        """
        with self._lock:
            self._number += 1
            ready = f"{{ready{self._number}}}".encode()
            lines = [*map(_line, arguments), f"-execute{self._number}".encode(), b""]
            watch = threading.Timer(_TIMEOUT_S, self._process.kill)
            watch.daemon = True
            watch.start()
            try:
                assert self._process.stdin is not None
                assert self._process.stdout is not None
                self._process.stdin.write(b"\n".join(lines))
                self._process.stdin.flush()
                printed: list[bytes] = []
                for line in self._process.stdout:
                    if line.strip() == ready:
                        return b"".join(printed).decode("utf-8", "replace")
                    printed.append(line)
            except OSError as error:
                raise ExifToolError("exiftool has left") from error
            finally:
                watch.cancel()
        raise ExifToolError("exiftool gave no answer")

    def close(self) -> None:
        """Let it go; it is ended when it stays."""
        with contextlib.suppress(OSError, ValueError), self._process:
            try:
                self._process.communicate(b"-stay_open\nFalse\n", timeout=_LEAVE_S)
            except (subprocess.TimeoutExpired, OSError, ValueError):
                self._process.kill()


def _line(argument: str) -> bytes:
    """An argument as a line of exiftool's argument file, whatever characters it holds."""
    plain = argument.encode("utf-8", "surrogateescape")
    if not plain.startswith((b"#", b" ", b"\t")) and not any(c in plain for c in b"\n\r"):
        return plain
    escaped = plain.replace(b"\\", b"\\\\").replace(b"\n", b"\\n").replace(b"\r", b"\\r")
    return b"#[CSTR]" + escaped


_running: ExifTool | None = None
_starting = threading.Lock()


def exiftool() -> ExifTool | None:
    """The process that copies metadata, started when it is first needed; None without exiftool."""
    global _running
    with _starting:
        if _running is None or not _running.alive:
            program = shutil.which("exiftool")
            if program is None:
                return None
            try:
                _running = ExifTool(program)
            except OSError:
                return None
            atexit.register(_running.close)
        return _running


def copy_metadata(
    tool: ExifTool, photo: Photo, target: Path, size: tuple[int, int], stripped: Stripped
) -> None:
    """Give the file at `target` all metadata of the photo's file that its format can hold.

    The XMP and the colour profile that it has already stay, unless the photo came without XMP that
    could be read. Pictures of the face before the edit are left out, and the orientation is that
    of an upright photo.

    Args:
        size: width and height of the picture in `target`, in pixels.

    Raises:
        ExifToolError: nothing was changed.
    """
    temporary = target.with_name(target.name + "_exiftool_tmp")
    try:
        said = tool.run(
            [
                *("-q", "-m", "-overwrite_original"),
                *("-TagsFromFile", os.path.abspath(photo.path)),
                *_copied(photo),
                *_corrected(photo, size),
                *(("-*gps*=",) if stripped == "gps" else ()),
                os.path.abspath(target),
            ]
        )
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    faults = [line for line in said.splitlines() if any(one in line for one in _FAULTS)]
    if faults:
        raise ExifToolError(" ".join(faults[0].split())[:160].rsplit(" - ", 1)[0])


def _copied(photo: Photo) -> Iterable[str]:
    """What is taken over, and what is not."""
    raw = photo.format in ("raw", "dng")
    yield "-all:all"
    if not raw:
        yield "-unsafe"
    yield "--ICC_Profile:all"
    if photo.xmp:
        yield "--XMP:all"
    for tag in (*_PICTURES, *(_OF_RAW_FILES if raw else ())):
        yield f"--{tag}"


def _corrected(photo: Photo, size: tuple[int, int]) -> Iterable[str]:
    """Assignments of what the edit makes wrong, where the photo has such tags at all."""
    width, height = size
    raw = photo.format in ("raw", "dng")
    if raw or (photo.exif and exif_blocks.orientation(photo.exif) is not None):
        yield "-IFD0:Orientation#=1"
    if photo.exif and exif_blocks.has_size(photo.exif):
        yield f"-ExifIFD:ExifImageWidth={width}"
        yield f"-ExifIFD:ExifImageHeight={height}"
