"""The model files that ship inside `resources/models`, checked before they are used."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import engine


@dataclass(frozen=True)
class ShippedModel:
    """One model file of the project: its name on disk and the SHA-256 of its bytes in hex."""

    file_name: str
    sha256: str


YUNET = ShippedModel(
    "face_detection_yunet_2023mar_int8bq.onnx",
    "49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10",
)
FACE_LANDMARKER = ShippedModel(
    "face_landmarker.task",
    "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff",
)
SFACE = ShippedModel(
    "face_recognition_sface_2021dec_int8bq.onnx",
    "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
)

# Sizes, sources and licences of the same files: resources/models/NOTICE.md.
SHIPPED_MODELS: dict[str, ShippedModel] = {
    model.file_name: model for model in (YUNET, FACE_LANDMARKER, SFACE)
}


class ShippedModelError(Exception):
    """A model file that belongs to the installation cannot be used.

    Attributes:
        code: `model_missing` or `model_damaged`.
        file_name: which file.
        reason: what is wrong, as a clause.
        remedy: what the user can do.
    """

    def __init__(self, code: str, file_name: str, state: str) -> None:
        self.code = code
        self.file_name = file_name
        self.reason = f"the model file {file_name} is {state}"
        self.remedy = "reinstall PixelSmile Desktop to restore it"
        super().__init__(f"{self.reason[0].upper()}{self.reason[1:]}: {self.remedy}.")


class ModelMissingError(ShippedModelError):
    """The file is not there or cannot be read."""

    def __init__(self, file_name: str) -> None:
        super().__init__("model_missing", file_name, "missing")


class ModelDamagedError(ShippedModelError):
    """The file is there, but its bytes are not the ones the project ships."""

    def __init__(self, file_name: str) -> None:
        super().__init__("model_damaged", file_name, "damaged")


def models_folder() -> Path:
    """Return the folder that holds the shipped model files."""
    return Path(engine.__file__).parents[1] / "resources" / "models"


def read_checked(model: ShippedModel, folder: Path) -> bytes:
    """Return the bytes of `model` in `folder`.

    Raises:
        ModelMissingError: the file is absent or unreadable.
        ModelDamagedError: the SHA-256 is another.
    """
    try:
        content = (folder / model.file_name).read_bytes()
    except OSError as error:
        raise ModelMissingError(model.file_name) from error
    if hashlib.sha256(content).hexdigest() != model.sha256:
        raise ModelDamagedError(model.file_name)
    return content


# Fourteen megabytes for all three: small enough to keep, so that each is read and hashed once.
@lru_cache(maxsize=len(SHIPPED_MODELS))
def shipped_model(name: str) -> bytes:
    """Return the bytes of the shipped file `name`, read and checked once per process.

    Raises:
        KeyError: the project ships no such file.
        ModelMissingError: the file is absent or unreadable.
        ModelDamagedError: the SHA-256 is another.
    """
    return read_checked(SHIPPED_MODELS[name], models_folder())
