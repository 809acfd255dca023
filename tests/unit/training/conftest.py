"""One tiny model and one data set for all tests of the trainer."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from tests.unit.training.tiny import save_flat_faces, save_tiny


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Two pytest workers share two cores."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`model/`, `clip/` and, once something has run, `cache/`."""
    return save_tiny(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two persons' folders."""
    return save_flat_faces(tmp_path_factory.mktemp("faces"))
