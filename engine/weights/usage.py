"""What models may be used for here: everything, or only what allows commercial use."""

import os
from pathlib import Path

import msgspec

from engine.weights.catalogue import WeightsModel
from engine.weights.errors import WeightsError
from engine.weights.store import Installation, write_json

COMMERCIAL_VARIABLE = "PIXELSMILE_COMMERCIAL_ONLY"
"""`1` or `0` overrides the setting."""

_YES, _NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


class _Setting(msgspec.Struct, frozen=True):
    commercial_only: bool = False


def setting_file() -> Path:
    """Return the file that holds the setting, which need not exist."""
    from platformdirs import user_config_path

    return user_config_path("pixelsmile", appauthor=False) / "weights.json"


def commercial_only() -> bool:
    """Return whether models that forbid commercial use are refused.

    A setting that is there and cannot be read counts as on: better one model too few than a
    licence broken.
    """
    word = os.environ.get(COMMERCIAL_VARIABLE, "").strip().lower()
    if word in _YES or word in _NO:
        return word in _YES
    try:
        return msgspec.json.decode(setting_file().read_bytes(), type=_Setting).commercial_only
    except FileNotFoundError:
        return False
    except (OSError, msgspec.MsgspecError):
        return True


def set_commercial_only(wanted: bool) -> None:
    """Keep the setting for the next time.

    Raises:
        WeightsError: `store`, the file cannot be written.
    """
    try:
        setting_file().parent.mkdir(parents=True, exist_ok=True)
        write_json(setting_file(), _Setting(wanted))
    except OSError as error:
        raise WeightsError(
            "store",
            f"the setting cannot be kept in {setting_file()} ({error.strerror})",
            f"set {COMMERCIAL_VARIABLE} to {int(wanted)} instead",
        ) from error


def check_use(model: WeightsModel | Installation) -> None:
    """Make sure that the model may be used under the setting.

    Raises:
        WeightsError: `licence`.
    """
    if not model.commercial and commercial_only():
        raise WeightsError(
            "licence",
            f"{model.name} may not be used commercially ({model.licence}), and only models that"
            " may are allowed here",
            "if your use is not commercial, `pixelsmile models commercial-only off` allows it",
        )
