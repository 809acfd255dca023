"""The folder of downloaded models: one folder a model, whole or not there."""

import contextlib
import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from engine.weights.catalogue import WeightsModel
from engine.weights.errors import WeightsError

STORE_VARIABLE = "PIXELSMILE_MODELS"
"""Names another folder for models, such as one on a larger disk."""

RECORD = "installed.json"
RESERVE_BYTES = 500_000_000
"""Stays free on the disk, so that the system and the pictures have room."""

_TAKEN = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)
_PARTIAL, _IMPORT = ".partial", ".import"


class InstalledFile(msgspec.Struct, frozen=True):
    """A file of an installed model as it was when it was checked; `sha256` in hex."""

    path: str
    size_bytes: int
    sha256: str


class Installation(msgspec.Struct, frozen=True):
    """The record beside an installed model.

    Attributes:
        source: `hub` when it was downloaded, `import` when it was taken from disk.
        revision: the hub's commit; empty for an import.
        accepted: when the licence was accepted, ISO 8601 with offset; None if nobody was asked.
        installed: when the model became whole, ISO 8601 with offset.
    """

    name: str
    source: Literal["hub", "import"]
    repository: str | None
    revision: str
    licence: str
    licence_url: str
    commercial: bool
    accepted: str | None
    installed: str
    files: tuple[InstalledFile, ...]

    @property
    def size_bytes(self) -> int:
        """The sum of its files."""
        return sum(file.size_bytes for file in self.files)


def store_folder() -> Path:
    """Return the folder of downloaded models, which need not exist."""
    named = os.environ.get(STORE_VARIABLE)
    if named:
        return Path(named).expanduser().absolute()
    from platformdirs import user_data_path

    return user_data_path("pixelsmile", appauthor=False) / "models"


def model_folder(name: str) -> Path:
    """Return where the model stands when it is whole."""
    return store_folder() / name


def partial_folder(name: str) -> Path:
    """Return where a download collects what has arrived."""
    return store_folder() / f"{name}{_PARTIAL}"


def import_folder(name: str) -> Path:
    """Return where an import is put together."""
    return store_folder() / f"{name}{_IMPORT}"


def read_record(name: str) -> Installation | None:
    """Return the record of an installed model, or None when there is no such model.

    Raises:
        WeightsError: `model_damaged`, the folder is there but its record cannot be read; `store`,
            it is there and has none.
    """
    folder = model_folder(name)
    if not folder.is_dir():
        return None
    if not (folder / RECORD).exists():
        raise _not_ours(folder)
    try:
        return msgspec.json.decode((folder / RECORD).read_bytes(), type=Installation)
    except (OSError, msgspec.MsgspecError) as error:
        raise WeightsError(
            "model_damaged",
            f"the model {name} has no readable record",
            f"remove it with `pixelsmile models remove {name}` and get it again",
        ) from error


def names_on_disk() -> list[str]:
    """Return the models that are there, whole or in part, by name."""
    with contextlib.suppress(OSError):
        folders = [entry.name for entry in store_folder().iterdir() if entry.is_dir()]
        names = {name.removesuffix(_PARTIAL).removesuffix(_IMPORT) for name in folders}
        return sorted(name for name in names if not name.startswith("."))
    return []


def absent_or_short(record: Installation) -> str | None:
    """Return the first file that is not there at its size, or None. Reads no contents."""
    for file in record.files:
        try:
            found = (model_folder(record.name) / file.path).stat().st_size
        except OSError:
            return file.path
        if found != file.size_bytes:
            return file.path
    return None


def install(staging: Path, record: Installation) -> None:
    """Write the record into the staging folder and give the folder its place."""
    write_json(staging / RECORD, record)
    os.replace(staging, model_folder(record.name))


def write_json(path: Path, content: msgspec.Struct) -> None:
    """Write a small file whole or not at all."""
    text = msgspec.json.format(msgspec.json.encode(content), indent=2)
    beside = path.with_name(f"{path.name}.new")
    with beside.open("wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)


def remove(name: str) -> int:
    """Delete a model, whole or partial; returns the bytes that its files took.

    Raises:
        WeightsError: `model_missing`, `busy` or `store`.
    """
    whole = model_folder(name)
    if whole.is_dir() and not (whole / RECORD).exists():
        raise _not_ours(whole)
    folders = [f for f in (whole, partial_folder(name), import_folder(name)) if f.is_dir()]
    if not folders:
        raise WeightsError(
            "model_missing", f"the model {name} is not installed", "see `pixelsmile models`"
        )
    with locked(name), storing():
        freed = sum(taken_bytes(folder) for folder in folders)
        for folder in folders:
            shutil.rmtree(folder)
    return freed


def _not_ours(folder: Path) -> WeightsError:
    return WeightsError(
        "store",
        f"the folder {folder} was not made by this program and is in the way",
        "move it, or import the model from there",
    )


def taken_bytes(folder: Path) -> int:
    """Return what the files in a folder and below take; 0 when it is not there."""
    if not folder.is_dir():
        return 0
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def free_bytes(folder: Path) -> int:
    """Return what is free on the disk that holds the folder, or will when it is made."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free


def check_space(model: WeightsModel, wanted_bytes: int, free: int) -> None:
    """Make sure that so much fits.

    Raises:
        WeightsError: `disk_full`, with both figures.
    """
    if wanted_bytes + RESERVE_BYTES > free:
        raise WeightsError(
            "disk_full",
            f"{model.name} needs {_gigabytes(wanted_bytes)} and {_gigabytes(RESERVE_BYTES)} in"
            f" reserve, but {_gigabytes(free)} are free in {store_folder()}",
            f"free some space, or set {STORE_VARIABLE} to a folder on a larger disk",
        )


def _gigabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e9:,.1f} GB"


@contextlib.contextmanager
def storing() -> Iterator[None]:
    """Turn what the disk refuses inside the block into a `WeightsError`.

    Raises:
        WeightsError: `disk_full` or `store`.
    """
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
        why = os.strerror(error.errno).lower() if error.errno else str(error)
        raise WeightsError(
            "disk_full" if full else "store",
            f"the folder of models {store_folder()} cannot be written to ({why})",
            f"free some space or mend it, or set {STORE_VARIABLE} to another folder",
        ) from error


@contextlib.contextmanager
def locked(name: str) -> Iterator[None]:
    """Keep other processes from changing the same model during the block.

    The system lets go of the lock when the process ends, however it ends.

    Raises:
        WeightsError: `busy`, or `store`.
    """
    with storing():
        store_folder().mkdir(parents=True, exist_ok=True)
        lock = (store_folder() / f".{name}.lock").open("ab")
    with lock:
        try:
            _lock(lock.fileno())
        except OSError as error:
            # Some network disks know no locks; there the user has to know.
            if error.errno in _TAKEN:
                raise WeightsError(
                    "busy", f"another program is changing {name}", "wait until it has finished"
                ) from error
        yield


if os.name == "nt":

    def _lock(file: int) -> None:
        import msvcrt

        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]

else:

    def _lock(file: int) -> None:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
