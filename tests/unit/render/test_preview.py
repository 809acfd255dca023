"""Previews: plain without a look for faces, several sizes, and faces shared with who asks."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from engine import faces
from engine.photos import PhotoError
from engine.recipes import RESOURCES, Intensities, PhotoEdit, still
from engine.render import Previewer, RenderError
from engine.render import preview as module

GRACE = RESOURCES / "samples" / "grace_hopper.jpg"
PLAIN = PhotoEdit(())


def happy(value: float) -> PhotoEdit:
    return PhotoEdit((still(Intensities({"happy": value})),), "instant")


def ignore(done: int, total: int) -> None:
    del done, total


def show(previewer: Previewer, photo: Path, edit: PhotoEdit, longest_px: int = 300) -> np.ndarray:
    return previewer.preview(photo, edit, frame=0, longest_px=longest_px, on_step=ignore).copy()


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for each time that faces are looked for."""
    made: list[int] = []
    real = faces.find_faces

    def counted(*arguments: object, **named: object) -> object:
        made.append(1)
        return real(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(module.faces, "find_faces", counted)
    return made


@pytest.fixture
def wall(tmp_path: Path) -> Path:
    path = tmp_path / "wall.png"
    cv2.imwrite(str(path), np.full((240, 320, 3), 130, np.uint8))
    return path


def test_an_edit_that_asks_for_nothing_looks_for_no_faces(looks: list[int], wall: Path) -> None:
    previewer = Previewer()
    plain = show(previewer, wall, PLAIN)
    assert np.array_equal(show(previewer, wall, happy(0.0)), plain)
    assert not looks
    assert previewer.photo_size == (320, 240)
    with pytest.raises(RenderError, match="face"):
        show(previewer, wall, happy(0.5))
    assert np.array_equal(show(previewer, wall, PLAIN), plain)


def test_faces_are_looked_for_once_for_all_sizes(looks: list[int]) -> None:
    previewer = Previewer()
    small = show(previewer, GRACE, happy(0.8), 300)
    large = show(previewer, GRACE, happy(0.8), 600)
    assert (small.shape[0], large.shape[0]) == (300, 600)
    assert np.array_equal(show(previewer, GRACE, happy(0.8), 300), small)
    assert len(looks) == 1


def test_a_size_shows_the_same_whether_the_photo_was_kept_or_opened_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = Previewer()
    show(kept, GRACE, PLAIN, 200)
    expected = show(kept, GRACE, happy(0.8), 400)
    monkeypatch.setattr(module, "KEPT_BYTES", 0)
    forgetful = Previewer()
    show(forgetful, GRACE, PLAIN, 200)
    assert np.array_equal(show(forgetful, GRACE, happy(0.8), 400), expected)


def test_whoever_asks_for_the_faces_of_the_open_photo_spares_the_preview_the_work(
    looks: list[int], wall: Path
) -> None:
    previewer = Previewer()
    assert previewer.faces_of(GRACE) is None
    show(previewer, GRACE, PLAIN)
    found = previewer.faces_of(GRACE)
    assert found is not None
    assert (found.width, found.height, len(found.faces)) == (512, 600, 1)
    assert previewer.faces_of(wall) is None
    show(previewer, GRACE, happy(0.5))
    assert len(looks) == 1


def test_a_photo_that_cannot_be_opened_is_not_taken_for_the_one_before(
    looks: list[int], tmp_path: Path
) -> None:
    previewer = Previewer()
    show(previewer, GRACE, PLAIN)
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff\xe0")
    for _ in range(2):
        with pytest.raises(PhotoError):
            show(previewer, broken, PLAIN)
    assert show(previewer, GRACE, PLAIN).shape[0] == 300
