"""Stills, strips and previews of real photos with the real editor."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.editors.base import Cancelled
from engine.faces.face import Box, Face, HeadPose
from engine.photos import Format, PhotoError, open_photo
from engine.recipes import RESOURCES, FaceChoice, FaceEdit, Intensities, PhotoEdit, ramp, still
from engine.render import Previewer, RenderError, Still, edit_photo, find_faces, make_strip
from engine.render.frames import scaled_down, scaled_face
from engine.strips import Strip

SAMPLE = RESOURCES / "samples" / "grace_hopper.jpg"


def picture_of(path: Path) -> np.ndarray:
    """The file as (height, width, 3) BGR."""
    picture = cv2.imread(str(path))
    assert picture is not None, path
    return picture


def ignore(done: int, total: int) -> None:
    """No progress wanted."""


def happy(intensity: float, face: FaceChoice = "all") -> PhotoEdit:
    return PhotoEdit((still(Intensities({"happy": intensity}), face),))


def edited(source: Path, folder: Path, *edits: PhotoEdit, format: Format = "source") -> list[Still]:
    variants = [(edit, folder / f"v{index}") for index, edit in enumerate(edits)]
    return list(edit_photo(source, variants, format=format, on_step=ignore))


@pytest.fixture(scope="module")
def portrait(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lossless portrait of 256 × 300 pixels."""
    path = tmp_path_factory.mktemp("portrait") / "grace.png"
    cv2.imwrite(str(path), cv2.resize(picture_of(SAMPLE), (256, 300)))
    return path


@pytest.fixture(scope="module")
def couple(portrait: Path) -> Path:
    """Two faces so close that the rectangles of their edits overlap; the left one is larger."""
    face = picture_of(portrait)[40:200, 80:190]
    left, right = cv2.resize(face, None, fx=1.2, fy=1.2), cv2.flip(face, 1)
    picture = np.full((260, 240, 3), 128, np.uint8)
    picture[30 : 30 + left.shape[0], 20 : 20 + left.shape[1]] = left
    picture[50 : 50 + right.shape[0], 108 : 108 + right.shape[1]] = right
    path = portrait.with_name("couple.png")
    cv2.imwrite(str(path), picture)
    return path


def test_nothing_asked_for_is_a_copy_to_the_bit(tmp_path):
    (one,) = edited(SAMPLE, tmp_path, happy(0))
    assert one.path == tmp_path / "v0.jpg"
    assert one.path.read_bytes() == SAMPLE.read_bytes()
    assert (one.identity, one.faces, one.editor) == (1.0, (1,), "instant")


def test_nothing_asked_for_in_another_format_keeps_the_pixels(tmp_path):
    (one,) = edited(SAMPLE, tmp_path, happy(0), format="png")
    assert one.path == tmp_path / "v0.png"
    assert np.array_equal(open_photo(one.path).pixels, open_photo(SAMPLE).pixels)


def test_only_the_face_changes(portrait, tmp_path):
    stills = edited(portrait, tmp_path, happy(0.5), happy(1.0))
    before = open_photo(portrait).pixels
    (face,) = find_faces(portrait).faces
    changes: list[int] = []
    for one in stills:
        changed = (open_photo(one.path).pixels != before).any(axis=2)
        y, x = np.nonzero(changed)
        box = face.box
        assert x.min() > box.x - 0.5 * box.width
        assert x.max() < box.x + 1.5 * box.width
        assert y.min() > box.y - 0.5 * box.height
        assert y.max() < box.y + 1.6 * box.height
        assert one.identity is not None
        assert 0.6 < one.identity < 1
        changes.append(int(np.abs(before.astype(int) - open_photo(one.path).pixels).sum()))
    assert changes[0] < changes[1]
    assert [one.index for one in stills] == [0, 1]


def test_an_edit_does_not_depend_on_the_ones_before(portrait, tmp_path):
    first = edited(portrait, tmp_path, happy(1.0), happy(0.0), happy(1.0))
    pictures = [open_photo(one.path).pixels for one in first]
    assert np.array_equal(pictures[0], pictures[2])
    assert np.array_equal(pictures[1], open_photo(portrait).pixels)


def test_neighbours_keep_both_their_edits(couple, tmp_path):
    both, left, right = edited(couple, tmp_path, happy(1.0), happy(1.0, 1), happy(1.0, 2))
    assert (both.faces, left.faces, right.faces) == ((1, 2), (1,), (2,))
    before = open_photo(couple).pixels
    pixels = [open_photo(one.path).pixels for one in (both, left, right)]
    changed = [(one != before).any(axis=2) for one in pixels]
    columns = [np.nonzero(one.any(axis=0))[0] for one in changed]
    assert columns[1].max() >= columns[2].min() - 2  # they do meet
    for alone, picture in ((changed[1], pixels[1]), (changed[2], pixels[2])):
        kept = (pixels[0] == picture).all(axis=2) & alone
        assert kept.sum() > 0.85 * alone.sum()
    assert not (changed[0] & ~changed[1] & ~changed[2]).any()


def test_two_recipes_for_two_faces(couple, tmp_path):
    quiet = PhotoEdit((still(Intensities({"happy": 1.0}), "all"), still(Intensities({}), 2)))
    one, left = edited(couple, tmp_path, quiet, happy(1.0, 1))
    assert np.array_equal(open_photo(one.path).pixels, open_photo(left.path).pixels)


def test_16_bits_grey_and_alpha_stay(portrait, tmp_path):
    picture = picture_of(portrait)
    deep = tmp_path / "deep.png"
    cv2.imwrite(str(deep), picture.astype(np.uint16) * 257)
    grey = tmp_path / "grey.png"
    cv2.imwrite(str(grey), cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY))
    alpha = tmp_path / "alpha.png"
    cv2.imwrite(str(alpha), np.dstack([picture, np.full(picture.shape[:2], 200, np.uint8)]))
    for source in (deep, grey, alpha):
        (one,) = edited(source, tmp_path, happy(1.0))
        before, after = open_photo(source).pixels, open_photo(one.path).pixels
        assert (before.shape, before.dtype) == (after.shape, after.dtype)
        assert not np.array_equal(before, after)
        assert np.array_equal(before[:20], after[:20])


def test_the_sources_spelling_of_its_suffix_is_kept(tmp_path):
    source = tmp_path / "grace.JPEG"
    source.write_bytes(SAMPLE.read_bytes())
    assert edited(source, tmp_path, happy(0))[0].path.name == "v0.JPEG"
    wrong = tmp_path / "grace.png"
    wrong.write_bytes(SAMPLE.read_bytes())
    assert edited(wrong, tmp_path, happy(0))[0].path.name == "v0.jpg"


def test_what_a_format_cannot_hold_is_told(portrait, tmp_path):
    deep = tmp_path / "deep.png"
    cv2.imwrite(str(deep), picture_of(portrait).astype(np.uint16) * 257)
    (one,) = edited(deep, tmp_path, happy(1.0), format="jpeg")
    assert any("8 bits" in warning for warning in one.warnings)


def test_refusals(portrait, tmp_path):
    empty = tmp_path / "wall.png"
    cv2.imwrite(str(empty), np.full((120, 120, 3), 128, np.uint8))
    assert find_faces(empty).faces == ()
    for source, edit, code in (
        (empty, happy(0.0), "no_face"),
        (portrait, happy(1.0, 2), "no_such_face"),
    ):
        with pytest.raises(RenderError) as caught:
            edited(source, tmp_path / "out", edit)
        assert caught.value.code == code
        assert caught.value.reason
        assert caught.value.remedy
    with pytest.raises(PhotoError, match="no such file"):
        edited(tmp_path / "none.png", tmp_path, happy(1.0))


def test_no_variant_is_written_when_one_names_a_face_that_is_not_there(portrait, tmp_path):
    with pytest.raises(RenderError):
        edited(portrait, tmp_path, happy(1.0), happy(1.0, 2))
    assert list(tmp_path.iterdir()) == []


def test_progress_rises_and_cancel_is_heard(portrait, tmp_path):
    told: list[tuple[int, int]] = []

    def listen(done: int, total: int) -> None:
        told.append((done, total))

    variants = [(happy(a), tmp_path / f"v{a}") for a in (0.5, 1.0)]
    list(edit_photo(portrait, variants, format="source", on_step=listen))
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1]

    def stop(done: int, total: int) -> None:
        if done >= total / 2:
            raise Cancelled

    rest: Iterator[Still] = edit_photo(portrait, variants, format="jpeg", on_step=stop)
    with pytest.raises(Cancelled):
        list(rest)
    assert not (tmp_path / "v1.0.jpg").exists()


def test_a_strip_starts_with_the_photo(portrait, tmp_path, monkeypatch):
    written: dict = {}

    def keep(frames, output, **settings):
        written.update(settings, frames=list(frames))
        return Strip(output, 4, 0.5, "gif", ("a remark",))

    monkeypatch.setattr("engine.strips.write_strip", keep)
    edit = PhotoEdit((FaceEdit({"happy": ramp(0, 1.5, 4)}),))
    one = make_strip(
        portrait, edit, tmp_path / "s.gif", frames=4, fps=8, loop="once", on_step=ignore
    )
    frames = written["frames"]
    before = open_photo(portrait).pixels
    assert np.array_equal(frames[0], before)
    distances = [np.abs(frame.astype(int) - before).sum() for frame in frames]
    assert distances == sorted(distances)
    assert len(set(map(int, distances))) == 4
    assert written["labels"] == ["0.0", "0.5", "1.0", "1.5"]
    assert (written["fps"], written["loop"]) == (8, "once")
    assert one.warnings == ("a remark",)
    assert one.identity is not None
    assert one.identity > 0.5


def test_a_large_photo_is_scaled_down_and_a_small_one_never_up():
    picture = np.zeros((3000, 2000, 3), np.uint8)
    small, x, y = scaled_down(picture, 1080)
    assert small.shape == (1080, 720, 3)
    assert (round(x, 3), round(y, 3)) == (0.36, 0.36)
    assert scaled_down(small, 4000)[0] is small


def test_a_face_is_scaled_with_its_photo():
    face = Face(
        Box(99.5, 199.5, 50, 60),
        0.9,
        np.array([[99.5, 199.5, 10]], np.float32),
        {},
        HeadPose(0, 0, 0),
        np.zeros(128, np.float32),
    )
    small = scaled_face(face, 0.5, 0.25)
    assert small.box == Box(49.5, 49.5, 25, 15)
    assert small.landmarks.tolist() == [[49.5, 49.5, 5]]


def test_a_preview_is_of_screen_size_and_follows_the_file(portrait, tmp_path):
    source = tmp_path / "p.png"
    source.write_bytes(portrait.read_bytes())
    previewer = Previewer()

    def frame(intensity: float) -> np.ndarray:
        edit = happy(intensity)
        return previewer.preview(source, edit, frame=0, longest_px=200, on_step=ignore).copy()

    still_one, smile = frame(0), frame(1)
    assert still_one.shape == (200, 171, 3)
    assert still_one.dtype == np.uint8
    assert not np.array_equal(still_one, smile)
    assert np.array_equal(frame(0), still_one)
    cv2.imwrite(str(source), picture_of(portrait)[:, ::-1])
    assert not np.array_equal(frame(0), still_one)
    source.unlink()
    with pytest.raises(PhotoError):
        frame(0)
