"""A model fetched from the hub: asked for, continued, checked, and only then put in its place."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from engine.weights.catalogue import WeightsModel
from engine.weights.digests import Digest, digest_of
from engine.weights.errors import WeightsError
from engine.weights.hub import Patience, RemoteFile, Snapshot, Watch, fetch, look_up
from engine.weights.layout import check_layout
from engine.weights.store import (
    Installation,
    InstalledFile,
    check_space,
    free_bytes,
    install,
    locked,
    model_folder,
    partial_folder,
    storing,
    write_json,
)
from engine.weights.usage import check_use

_PLAN = "plan.json"
_PART = ".part"
_ATTEMPTS = 2  # a wrong hash may be the line's doing once, hardly twice


def now() -> str:
    """The time as records hold it: ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def download(
    model: WeightsModel,
    *,
    accepted: str,
    watch: Watch,
    patience: Patience | None = None,
    free: Callable[[Path], int] = free_bytes,
) -> Installation:
    """Fetch a model and return its record. What an earlier attempt has fetched is kept.

    Args:
        accepted: when the user accepted the licence, ISO 8601.
        patience: with a line that breaks; by default that of `Patience()`, less at first contact.
        free: tells the bytes that are free for a folder.

    Raises:
        WeightsError: any of its codes but those of names and imports.
    """
    check_use(model)
    with locked(model.name):
        if model_folder(model.name).exists():
            raise WeightsError(
                "model_installed",
                f"{model.name} is installed already",
                f"check it with `pixelsmile models verify {model.name}`",
            )
        snapshot = look_up(model, watch, patience) if patience else look_up(model, watch)
        with storing():
            fetching = _Fetching(model, snapshot, watch, patience or Patience())
            check_space(model, fetching.missing_bytes, free(partial_folder(model.name)))
            return fetching.run(accepted)


class _Fetching:
    """One download, from the state in which the last one left it."""

    def __init__(
        self, model: WeightsModel, snapshot: Snapshot, watch: Watch, patience: Patience
    ) -> None:
        self._model, self._snapshot = model, snapshot
        self._watch, self._patience = watch, patience
        self._folder = partial_folder(model.name)
        self._before = self._files_before()
        self._done = sum(self._arrived(file) for file in snapshot.files)

    @property
    def missing_bytes(self) -> int:
        """What is still to come."""
        return self._snapshot.size_bytes - self._done

    def run(self, accepted: str) -> Installation:
        """Fetch what is missing and put the model in its place."""
        self._prepare()
        files = tuple(self._complete(file) for file in self._snapshot.files)
        check_layout(self._model.name, {file.path: self._folder / file.path for file in files})
        record = Installation(
            name=self._model.name,
            source="hub",
            repository=self._snapshot.repository,
            revision=self._snapshot.commit,
            licence=self._model.licence,
            licence_url=self._model.licence_url,
            commercial=self._model.commercial,
            accepted=accepted,
            installed=now(),
            files=files,
        )
        (self._folder / _PLAN).unlink(missing_ok=True)
        install(self._folder, record)
        return record

    def _files_before(self) -> tuple[RemoteFile, ...]:
        """What the hub had when the download began; empty at the beginning."""
        try:
            plan = (self._folder / _PLAN).read_bytes()
            return msgspec.json.decode(plan, type=Snapshot).files
        except (OSError, msgspec.MsgspecError):
            return ()

    def _prepare(self) -> None:
        """Make the folder, and forget files that were begun when the hub had others."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for file in self._snapshot.files:
            if file not in self._before:
                self._place(file).unlink(missing_ok=True)
                self._part(file).unlink(missing_ok=True)
        write_json(self._folder / _PLAN, self._snapshot)

    def _complete(self, file: RemoteFile) -> InstalledFile:
        """Fetch and check a file. A whole one was checked before it got its name."""
        place, part = self._place(file), self._part(file)
        if place.exists():
            return InstalledFile(file.path, file.size_bytes, file.sha256 or digest_of(place).sha256)
        part.parent.mkdir(parents=True, exist_ok=True)
        for attempt in range(_ATTEMPTS):
            fetch(self._snapshot, file, part, self._count(file), self._watch, self._patience)
            found = digest_of(part)
            if _is_right(found, file):
                os.replace(part, place)
                return InstalledFile(file.path, found.size_bytes, found.sha256)
            self._count(file)(-found.size_bytes)
            part.unlink()
            if attempt == 0:
                self._watch.note(f"{file.path} arrived with wrong bytes; fetching it once more")
        raise WeightsError(
            "model_damaged",
            f"the file {file.path} of {self._model.name} arrived with wrong bytes twice and was"
            " deleted",
            "try again later, or from another network",
        )

    def _count(self, file: RemoteFile) -> Callable[[int], None]:
        def count(change: int) -> None:
            self._done += change
            self._watch.progress(file.path, self._done, self._snapshot.size_bytes)

        return count

    def _arrived(self, file: RemoteFile) -> int:
        if file not in self._before:
            return 0
        for place in (self._place(file), self._part(file)):
            if place.is_file():
                return place.stat().st_size
        return 0

    def _place(self, file: RemoteFile) -> Path:
        return self._folder / file.path

    def _part(self, file: RemoteFile) -> Path:
        return self._folder / f"{file.path}{_PART}"


def _is_right(found: Digest, file: RemoteFile) -> bool:
    if found.size_bytes != file.size_bytes:
        return False
    if file.sha256 is not None:
        return found.sha256 == file.sha256
    return found.blob == file.blob
