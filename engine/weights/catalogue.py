"""The models that can be had: what each is for, where it comes from and what it may be used for."""

import os
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

import msgspec

from engine.recipes import RESOURCES
from engine.weights.errors import WeightsError

CATALOGUE_VARIABLE = "PIXELSMILE_CATALOGUE"
"""Names another catalogue file, for tests and for houses with models of their own."""

PLAIN_SUFFIXES = (".safetensors", ".json", ".txt", ".jinja", ".model")
"""Files of these kinds are read, not run; of all others none is taken by a pattern."""

# A graph of fixed operators. Taken only where the catalogue knows its hash.
_HASHED_SUFFIX = ".onnx"
_NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_.")


class WeightsFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file that a model must have.

    Attributes:
        path: relative, with forward slashes, the same at the hub and on disk.
        size_bytes: None when it is not known beforehand.
        sha256: in hex; None when it is not known beforehand.
    """

    path: str
    size_bytes: int | None = None
    sha256: str | None = None


class WeightsModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A model of the catalogue.

    Attributes:
        name: what the user types; also its folder.
        title: what its makers call it.
        purpose: what it is for, as a clause.
        needed_by: editors and other parts that need it.
        licence: its name, such as an SPDX identifier.
        commercial: whether it may be used commercially.
        use: one sentence on what it may be used for.
        files: the files that it must have.
        patterns: which other files of the repository belong to it, such as `vae/*`.
        repository: `owner/name` at the hub; None for a model that can only be imported.
        revision: a commit, or a branch where none is pinned.
        obtain: where a model that can only be imported comes from.
    """

    name: str
    title: str
    purpose: str
    needed_by: tuple[str, ...]
    licence: str
    licence_url: str
    commercial: bool
    use: str
    files: tuple[WeightsFile, ...]
    patterns: tuple[str, ...] = ()
    repository: str | None = None
    revision: str = "main"
    obtain: str = ""

    def __post_init__(self) -> None:
        if not self.name or not _NAME_CHARACTERS.issuperset(self.name) or self.name[0] in "._-":
            raise ValueError(f"{self.name!r} is no name of a model")
        if not self.files:
            raise ValueError(f"{self.name} has no files")
        for file in self.files:
            hashed = file.path.endswith(_HASHED_SUFFIX) and file.sha256 is not None
            if not is_inside(file.path) or not (file.path.endswith(PLAIN_SUFFIXES) or hashed):
                raise ValueError(f"{file.path!r} of {self.name} cannot be taken")

    @property
    def size_bytes(self) -> int:
        """What the files of known size take; small ones may come on top."""
        return sum(file.size_bytes or 0 for file in self.files)

    @property
    def is_one_file(self) -> bool:
        """Whether the model is a single file instead of a folder of them."""
        return len(self.files) == 1 and not self.patterns

    def takes(self, path: str) -> bool:
        """Whether a file at this relative path belongs to the model. Pickles never do."""
        if any(file.path == path for file in self.files):
            return True
        fits = any(fnmatchcase(path, pattern) for pattern in self.patterns)
        return fits and path.endswith(PLAIN_SUFFIXES) and is_inside(path)

    def known(self, path: str) -> WeightsFile:
        """What the catalogue knows of the file at this path, perhaps nothing but the path."""
        return next((file for file in self.files if file.path == path), WeightsFile(path))


class _Catalogue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    models: tuple[WeightsModel, ...]


def is_inside(path: str) -> bool:
    """Whether a relative path stays in its folder on every system and hides nothing.

    >>> is_inside("vae/config.json"), is_inside("../config.json"), is_inside("C:/x.json")
    (True, False, False)
    """
    parts = PurePosixPath(path).parts
    plain = not any(c in path for c in '\\:*?"<>|') and path.isprintable()
    return plain and path == "/".join(parts) and not any(part[0] in "./" for part in parts)


def catalogue_file() -> Path:
    """Return the file that holds the catalogue."""
    named = os.environ.get(CATALOGUE_VARIABLE)
    return Path(named) if named else RESOURCES / "weights.json"


def catalogue() -> dict[str, WeightsModel]:
    """Return the models by name, in the order of the file.

    Raises:
        WeightsError: `catalogue`, the file cannot be read or says what cannot be.
    """
    path = catalogue_file()
    try:
        models = msgspec.json.decode(path.read_bytes(), type=_Catalogue).models
    except (OSError, msgspec.MsgspecError) as error:
        raise WeightsError(
            "catalogue", f"the list of models {path.name} cannot be read ({error})", "reinstall it"
        ) from error
    return {model.name: model for model in models}


def catalogued(name: str) -> WeightsModel:
    """Return the model of this name or of this hub id, `owner/name`.

    Raises:
        WeightsError: `model_unknown`, or `catalogue`.
    """
    models = catalogue()
    for model in models.values():
        if name in (model.name, model.repository):
            return model
    raise WeightsError(
        "model_unknown",
        f"{name!r} is no model of the catalogue",
        f"choose from {', '.join(models)}",
    )
