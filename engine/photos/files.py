"""Reading a file once and whole, and writing one so that it is either complete or not there."""

import contextlib
import errno
import os
import secrets
import shutil
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.photos.errors import PhotoError, WriteError
from engine.photos.limits import MAX_FILE_BYTES

_READ_TROUBLES = {
    errno.ENOENT: ("missing", "there is no such file", "check the name and the folder"),
    errno.ENOTDIR: ("missing", "there is no such file", "check the name and the folder"),
    errno.ELOOP: ("missing", "it is a link that leads back to itself", "open the file itself"),
    errno.ENAMETOOLONG: ("missing", "its name is too long to exist", "check the name"),
    errno.EISDIR: ("is_directory", "it is a folder", "name the photos inside it"),
    errno.EACCES: ("unreadable", "you may not read it", "change its permissions or copy it"),
    errno.EPERM: ("unreadable", "you may not read it", "change its permissions or copy it"),
}

_WRITE_TROUBLES = {
    errno.ENOENT: ("no_folder", "its folder does not exist", "make the folder or choose another"),
    errno.ENOTDIR: (
        "no_folder",
        "what should be its folder is a file",
        "choose another folder",
    ),
    errno.EISDIR: ("is_directory", "there is a folder of that name", "choose another name"),
    errno.ENAMETOOLONG: ("name_too_long", "its name is too long", "choose a shorter name"),
    errno.EACCES: ("not_writable", "you may not write there", "choose another folder"),
    errno.EPERM: ("not_writable", "you may not write there", "choose another folder"),
    errno.EROFS: ("not_writable", "the disk is read-only", "choose another folder"),
    errno.ENOSPC: ("no_space", "the disk is full", "make room or choose another disk"),
    errno.EDQUOT: ("no_space", "your share of the disk is used up", "make room"),
    errno.EFBIG: (
        "no_space",
        "it is larger than a file may be there",
        "choose another disk or format",
    ),
}


def read_file(path: Path) -> bytes:
    """The whole of a regular file.

    Raises:
        PhotoError: `missing`, `is_directory`, `not_a_file`, `unreadable`, `too_large`.
    """
    # Without O_NONBLOCK, opening a FIFO waits for a writer for ever.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
    except (OSError, ValueError) as error:
        raise _read_error(path, error) from error
    try:
        with open(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            _check_readable(path, status)
            return file.read(status.st_size)
    except OSError as error:
        raise _read_error(path, error) from error


def _check_readable(path: Path, status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise _read_error(path, OSError(errno.EISDIR, "directory"))
    if not stat.S_ISREG(status.st_mode):
        raise PhotoError(
            path, "it is a device or a pipe, not a file", "name a photo", code="not_a_file"
        )
    if status.st_size > MAX_FILE_BYTES:
        raise PhotoError(
            path,
            f"the file has {status.st_size / 1e6:,.0f} MB, more than the limit of "
            f"{MAX_FILE_BYTES / 1e6:,.0f} MB",
            "make a smaller copy in another program and open that",
            code="too_large",
        )


def _read_error(path: Path, error: OSError | ValueError) -> PhotoError:
    number = error.errno if isinstance(error, OSError) else errno.ENOENT
    if number is None:
        number = errno.EIO
    # Windows says EACCES for a folder.
    if number == errno.EACCES and path.is_dir():
        number = errno.EISDIR
    if number in (errno.ENXIO, errno.ENODEV):
        reason = ("not_a_file", "it is a device or a pipe, not a file", "name a photo")
    else:
        failed = (
            "unreadable",
            f"reading it failed ({os.strerror(number).lower()})",
            "check the disk, or copy it elsewhere",
        )
        reason = _READ_TROUBLES.get(number, failed)
    return PhotoError(path, reason[1], reason[2], code=reason[0])


def write_atomically(target: Path, parts: Iterable[bytes | bytearray | memoryview]) -> None:
    """Write the parts one after the other: afterwards `target` is complete, or as it was.

    Raises:
        WriteError: see its codes; the temporary file is gone by then.
    """
    with temporary_beside(target) as temporary:
        write_parts(temporary, parts, target)


def write_parts(path: Path, parts: Iterable[bytes | bytearray | memoryview], target: Path) -> None:
    """Write the parts into the file `path`, if there is room for them where `target` shall be.

    Raises:
        WriteError: `no_space`, before anything is written; OSError while it is.
    """
    if isinstance(parts, list):
        check_room(target, sum(len(part) for part in parts))
    with open(path, "wb") as file:
        for part in parts:
            file.write(part)


def check_room(target: Path, needed_bytes: int) -> None:
    """Refuse to begin what the disk has no room for.

    Raises:
        WriteError: `no_space`.
    """
    try:
        free = shutil.disk_usage(target.parent).free
    except OSError:
        return  # what is wrong there shows when it is written to
    if needed_bytes > free:
        raise WriteError(
            target,
            f"it takes {_megabytes(needed_bytes)}, and the disk has {_megabytes(free)} left",
            "make room or choose another disk",
            code="no_space",
        )


def _megabytes(size: int) -> str:
    if size < 1e6:
        return f"{size / 1e3:,.0f} KB"
    return f"{size / 1e6:,.1f} MB" if size < 100e6 else f"{size / 1e6:,.0f} MB"


@contextmanager
def temporary_beside(target: Path) -> Iterator[Path]:
    """An empty file beside the target, for the caller to fill; it takes the target's name at the
    end of the block, after it is safely on the disk, and goes away when the block fails.

    Its name is `temporary_name`'s: a dot in front, the process that makes it, and the target's
    extension, because some programs go by it.

    Raises:
        WriteError: the target cannot be written, or the block raised an OSError.
    """
    try:
        _check_target(target)
        temporary = target.with_name(temporary_name(target))
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    except (OSError, ValueError) as error:
        raise _write_error(target, error) from error
    try:
        yield temporary
        _sync(temporary)
        os.replace(temporary, target)
    except OSError as error:
        raise _write_error(target, error) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    _sync_folder(target.parent)


def temporary_name(target: Path) -> str:
    """`.pixelsmile-PID-RANDOM.EXT`: whoever finds it can see whether its maker is still at work."""
    return f".pixelsmile-{os.getpid()}-{secrets.token_hex(6)}{_short_suffix(target)}"


def _short_suffix(target: Path) -> str:
    return target.suffix if len(target.suffix) <= 8 else ""


def _check_target(target: Path) -> None:
    if not target.name or target.name in (".", ".."):
        raise IsADirectoryError(errno.EISDIR, "directory")
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "directory")
    if not stat.S_ISREG(mode):
        raise WriteError(
            target,
            "there is a device or a pipe of that name",
            "choose another name",
            code="not_a_file",
        )


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    """Make the new name itself durable, where the system can do that for a folder."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _write_error(target: Path, error: OSError | ValueError) -> WriteError:
    if isinstance(error, ValueError):
        return WriteError(
            target, "that cannot be a file's name", "choose another name", code="bad_name"
        )
    number = error.errno or errno.EIO
    failed = (
        "failed",
        f"the system refused it ({os.strerror(number).lower()})",
        "try another folder or disk",
    )
    code, reason, remedy = _WRITE_TROUBLES.get(number, failed)
    return WriteError(target, reason, remedy, code=code)
