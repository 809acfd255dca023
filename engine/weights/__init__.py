"""Model files: those that ship, and those that are downloaded or imported.

Imports no model library and contacts nobody; `engine.weights.download` does.
"""

from pathlib import Path

from engine.weights.catalogue import WeightsModel, catalogued
from engine.weights.errors import WeightsError
from engine.weights.store import absent_or_short, model_folder, read_record, store_folder
from engine.weights.usage import check_use

__all__ = ["WeightsError", "installed", "locate"]


def installed(name: str) -> Path | None:
    """Return where a model of the catalogue is, or None when it is not installed.

    `name` is its name or its hub id. The path is the model's folder, or the file itself where the
    model is a single file. Every file is there at its full size; hashes are `verify`'s business.

    Raises:
        WeightsError: `model_unknown`; `licence`, it is there and may not be used commercially
            where only such use is allowed; `model_damaged`, a file is missing or cut off.
    """
    model = catalogued(name)
    record = read_record(model.name)
    if record is None:
        return None
    check_use(model)
    wrong = absent_or_short(record)
    if wrong is not None:
        raise WeightsError(
            "model_damaged",
            f"the file {wrong} of {model.name} is missing or cut off",
            f"remove the model with `pixelsmile models remove {model.name}` and get it again",
        )
    folder = model_folder(model.name)
    return folder / model.files[0].path if model.is_one_file else folder


def locate(text: str) -> Path:
    """Return the model that the user means: a model of the catalogue, a hub id, or a path.

    An installed model of that name comes first, then what is on disk at that path; for a model
    of a single file the result is the file, else the folder.

    Raises:
        WeightsError: `model_missing`, with the command that gets it; `model_unknown`, there is
            neither such a model nor such a path; `licence` and `model_damaged` as of `installed`.
    """
    model = _named(text)
    found = installed(model.name) if model else None
    if found is not None:
        return found
    path = Path(text).expanduser()
    if text and path.exists():
        _check_path(path)
        return path
    if model is None:
        raise WeightsError(
            "model_unknown",
            f"{text!r} is neither a model nor a path that is there",
            "see `pixelsmile models`",
        )
    way = "get" if model.repository else "import"
    raise WeightsError(
        "model_missing",
        f"the model {model.name} is not installed",
        f"pixelsmile models {way} {model.name}{' PATH' if way == 'import' else ''}",
    )


def _check_path(path: Path) -> None:
    """A path into the folder of models is no way around the setting for commercial use."""
    place = path.resolve()
    store = store_folder().resolve()
    if place.is_relative_to(store) and place != store:
        model = _named(place.relative_to(store).parts[0])
        if model is not None:
            check_use(model)


def _named(text: str) -> WeightsModel | None:
    try:
        return catalogued(text)
    except WeightsError as error:
        if error.code != "model_unknown":
            raise
    return None
