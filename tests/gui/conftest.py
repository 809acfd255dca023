"""A real context on a library, settings and photos of its own; no screen is needed."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from engine.recipes import RESOURCES
from pixelsmile_desktop.app import build_context, close_context
from pixelsmile_desktop.context import Context


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home in which nothing of this user's is seen or changed."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("PIXELSMILE_LIBRARY", raising=False)
    return home


@pytest.fixture
def shoot(tmp_path: Path) -> Path:
    """A folder with the two shipped portraits."""
    folder = tmp_path / "shoot"
    folder.mkdir()
    for name in ("eileen_collins.png", "grace_hopper.jpg"):
        shutil.copy(RESOURCES / "samples" / name, folder / name)
    return folder


@pytest.fixture
def context(qapp: object, own_home: Path) -> Iterator[Context]:
    """Everything the screens share; the worker and the catalogue are real."""
    from PySide6.QtCore import QObject

    parent = QObject()
    built = build_context(parent)
    yield built
    close_context(built)
    parent.deleteLater()
