"""A model taken from a folder or file of the user's: linked or copied after a look at it."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from engine.weights.catalogue import WeightsModel
from engine.weights.digests import digest_of
from engine.weights.download import now
from engine.weights.errors import WeightsError
from engine.weights.hub import Watch
from engine.weights.layout import check_layout, check_present
from engine.weights.store import (
    Installation,
    InstalledFile,
    check_space,
    free_bytes,
    import_folder,
    install,
    locked,
    model_folder,
    partial_folder,
    store_folder,
    storing,
)
from engine.weights.usage import check_use


def import_model(
    model: WeightsModel,
    source: Path,
    *,
    accepted: str | None,
    watch: Watch,
    free: Callable[[Path], int] = free_bytes,
) -> Installation:
    """Take a model from a folder, or from a file if it is a single one; returns its record.

    Files are hard-linked where the disk allows it and copied elsewhere; the source stays as it is.

    Raises:
        WeightsError: `licence`, `layout` with the first file that is missing or wrong,
            `model_damaged` when its hash is not the one that the catalogue knows,
            `model_installed`, `disk_full`, `store` or `busy`.
    """
    check_use(model)
    files = _found(model, source)
    check_present(model.name, (file.path for file in model.files), files)
    check_layout(model.name, files)
    with locked(model.name):
        if model_folder(model.name).exists():
            raise WeightsError(
                "model_installed",
                f"{model.name} is installed already",
                f"remove it first with `pixelsmile models remove {model.name}`",
            )
        with storing():
            return _take(model, files, accepted, watch, free)


def _found(model: WeightsModel, source: Path) -> dict[str, Path]:
    """The files of the model below the source, by their relative paths."""
    if source.is_file() and model.is_one_file:
        return {model.files[0].path: source}
    if not source.is_dir():
        what = "is not there" if not source.exists() else f"is no folder, which {model.name} needs"
        raise WeightsError("layout", f"{source} {what}", "name the folder that holds the model")
    paths = {p.relative_to(source).as_posix(): p for p in sorted(source.rglob("*")) if p.is_file()}
    return {path: place for path, place in paths.items() if model.takes(path)}


def _take(
    model: WeightsModel,
    files: dict[str, Path],
    accepted: str | None,
    watch: Watch,
    free: Callable[[Path], int],
) -> Installation:
    total = sum(place.stat().st_size for place in files.values())
    staging = import_folder(model.name)
    shutil.rmtree(staging, ignore_errors=True)
    try:
        staging.mkdir(parents=True)
        disk = staging.stat().st_dev
        foreign = [p for p in files.values() if p.resolve().stat().st_dev != disk]
        check_space(model, sum(p.stat().st_size for p in foreign), free(store_folder()))
        taken: list[InstalledFile] = []
        for path, place in files.items():
            done = sum(file.size_bytes for file in taken)
            taken.append(_take_file(model, path, place, staging, done, total, watch))
        record = Installation(
            name=model.name,
            source="import",
            repository=model.repository,
            revision="",
            licence=model.licence,
            licence_url=model.licence_url,
            commercial=model.commercial,
            accepted=accepted,
            installed=now(),
            files=tuple(taken),
        )
        install(staging, record)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    shutil.rmtree(partial_folder(model.name), ignore_errors=True)
    return record


def _take_file(
    model: WeightsModel,
    path: str,
    source: Path,
    staging: Path,
    done: int,
    total: int,
    watch: Watch,
) -> InstalledFile:
    target = staging / path
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source.resolve(), target)  # caches of downloads hold links to their files
    except OSError:
        shutil.copyfile(source, target)

    def count(step: int) -> None:
        nonlocal done
        done += step
        watch.progress(path, done, total)

    found = digest_of(target, count)
    known = model.known(path).sha256
    if known is not None and found.sha256 != known:
        raise WeightsError(
            "model_damaged",
            f"the file {path} is not the one that {model.name} has",
            f"get it with `pixelsmile models get {model.name}`"
            if model.repository
            else f"get it from {model.obtain or 'its makers'} again",
        )
    return InstalledFile(path, found.size_bytes, found.sha256)
