"""A catalogue of small models and an empty folder for them."""

from pathlib import Path

import pytest

from engine.weights.store import model_folder
from tests.helpers.weights import write_catalogue


class Listening:
    """A `Watch` that remembers what it was told."""

    def __init__(self) -> None:
        self.done: list[int] = []
        self.total = 0
        self.notes: list[str] = []

    def progress(self, path: str, done_bytes: int, total_bytes: int) -> None:
        self.done.append(done_bytes)
        self.total = total_bytes

    def note(self, sentence: str) -> None:
        self.notes.append(sentence)


@pytest.fixture
def watch() -> Listening:
    """Remembers what it was told."""
    return Listening()


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of models, empty, with the small catalogue; the setting is of this test alone."""
    folder = tmp_path / "models"
    monkeypatch.setenv("PIXELSMILE_MODELS", str(folder))
    monkeypatch.setenv("PIXELSMILE_CATALOGUE", str(write_catalogue(tmp_path / "catalogue.json")))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("PIXELSMILE_COMMERCIAL_ONLY", raising=False)
    assert model_folder("tiny") == folder / "tiny"
    return folder
