"""What a report of a fault needs to say about the program and the machine; nothing personal."""

import importlib.metadata
import platform
from pathlib import Path

from PySide6.QtCore import qVersion
from PySide6.QtGui import QGuiApplication

import engine

_PACKAGES = ("PySide6-Essentials", "msgspec", "numpy", "opencv-python-headless", "torch")


def system_details() -> str:
    """Versions and platform, a line each."""
    lines = [
        f"PixelSmile Desktop {engine.__version__}",
        f"Python {platform.python_version()}, Qt {qVersion()}",
        f"{platform.system()} {platform.release()} {platform.machine()}",
        f"window system {QGuiApplication.platformName()}",
    ]
    return "\n".join([*lines, *(f"{name} {_version(name)}" for name in _PACKAGES)])


def without_home(text: str) -> str:
    """The text with `~` in place of the user's folder, whose name is often a person's."""
    home = str(Path.home())
    return text.replace(home, "~") if len(home) > 1 else text


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
