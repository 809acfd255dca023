"""What the tests of photo files share."""

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.photos import Photo, open_photo


@pytest.fixture
def opened(tmp_path: Path) -> Callable[..., Photo]:
    """Open bytes as a photo: `opened(data, name="photo.bin")`."""

    def open_bytes(data: bytes, name: str = "photo.bin") -> Photo:
        path = tmp_path / name
        path.write_bytes(data)
        return open_photo(path)

    return open_bytes
