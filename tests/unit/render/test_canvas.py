"""How edited faces are put back, above all where two of them meet."""

import numpy as np
import pytest

from engine.editors.base import FaceImage
from engine.faces.face import Box
from engine.render.canvas import Canvas, Patch

PHOTO = np.arange(40 * 60 * 3, dtype=np.uint16).reshape(40, 60, 3)


def patch(left: int, width: int, changed: slice, value: int) -> Patch:
    """A rectangle of full height that changes its own columns `changed` to `value`."""
    pixels = PHOTO[:, left : left + width].copy()
    pixels[:, changed] = value
    return Patch(FaceImage(left, 0, pixels), Box(left, 0, width, 40))


def test_everything_but_the_rectangle_is_the_photo():
    result = Canvas(PHOTO).compose([patch(10, 20, slice(0, 20), 7)])
    assert (result[:, 10:30] == 7).all()
    assert np.array_equal(result[:, :10], PHOTO[:, :10])
    assert np.array_equal(result[:, 30:], PHOTO[:, 30:])


def test_nothing_is_left_of_the_variant_before():
    canvas = Canvas(PHOTO)
    canvas.compose([patch(10, 20, slice(0, 20), 7)])
    result = canvas.compose([patch(40, 10, slice(0, 10), 8)])
    assert np.array_equal(result[:, :40], PHOTO[:, :40])
    assert (result[:, 40:50] == 8).all()


def test_the_photo_itself_is_never_written_to():
    before = PHOTO.copy()
    PHOTO.setflags(write=False)
    Canvas(PHOTO).compose([patch(10, 20, slice(0, 20), 7), patch(20, 20, slice(0, 20), 8)])
    PHOTO.setflags(write=True)
    assert np.array_equal(PHOTO, before)


def test_in_place_a_variant_is_the_same_and_the_photo_comes_back():
    overlapping = [patch(10, 30, slice(12, 18), 7), patch(20, 30, slice(5, 18), 8)]
    wanted = Canvas(PHOTO).compose(overlapping).copy()
    photo = PHOTO.copy()
    canvas = Canvas(photo, in_place=True)
    canvas.compose([patch(0, 60, slice(0, 60), 9)])
    assert canvas.compose(overlapping) is photo
    assert np.array_equal(photo, wanted)
    canvas.restore()
    assert np.array_equal(photo, PHOTO)


def test_a_photo_that_cannot_be_written_to_is_copied_instead():
    photo = PHOTO.copy()
    photo.setflags(write=False)
    result = Canvas(photo, in_place=True).compose([patch(10, 20, slice(0, 20), 7)])
    assert (result[:, 10:30] == 7).all()
    assert np.array_equal(photo, PHOTO)


@pytest.mark.parametrize("order", [1, -1])
def test_neighbours_whose_rectangles_overlap_both_keep_their_edits(order):
    # Rectangles 10…40 and 20…50; each changes ten columns that lie inside the other's rectangle.
    patches = [patch(10, 30, slice(12, 18), 7), patch(20, 30, slice(12, 18), 8)]
    result = Canvas(PHOTO).compose(patches[::order])
    assert (result[:, 22:28] == 7).all()
    assert (result[:, 32:38] == 8).all()
    assert np.array_equal(result[:, 28:32], PHOTO[:, 28:32])


@pytest.mark.parametrize("order", [1, -1])
def test_a_pixel_that_two_faces_change_belongs_to_the_nearer(order):
    # Middles at 20 and 40: columns up to 29 are nearer to the first.
    patches = [patch(5, 30, slice(0, 30), 7), patch(25, 30, slice(0, 30), 8)]
    result = Canvas(PHOTO).compose(patches[::order])
    assert (result[:, 5:30] == 7).all()
    assert (result[:, 31:55] == 8).all()


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0, 1], [1, 2, 0], [2, 1, 0]])
def test_three_faces_share_in_any_order(order):
    patches = [patch(left, 30, slice(0, 30), 7 + left) for left in (0, 12, 24)]
    result = Canvas(PHOTO).compose([patches[index] for index in order])
    assert list(dict.fromkeys(result[0, :54, 0].tolist())) == [7, 19, 31]
