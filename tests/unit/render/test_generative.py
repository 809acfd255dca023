"""A generative editor's faults do not reach the photo; its expression does.

The model is stood in for by the instant editor at 512 pixels with the faults of the real one:
drift, zoom, a cast, lost sharpness, 8 bits.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from engine.editors.base import FaceCrop, OnPreview, OnStep, Pixels, Rendition
from engine.editors.instant import InstantEditor, PreparedFace
from engine.editors.pixelsmile.crop import Crop, crop_around
from engine.faces.face import Face
from engine.photos import to_srgb8
from engine.recipes import Intensities, Resolution
from engine.render.progress import Progress
from engine.render.subject import Subject
from tests.helpers.portraits import edit, portrait, prepare

Rgb8 = NDArray[np.uint8]
HAPPY = Intensities({"happy": 1.0})


@dataclass(frozen=True)
class Prepared:
    """A face as the drifting editor has it."""

    view: Rgb8
    crop: Crop
    face: PreparedFace


class DriftingEditor:
    """The instant editor seen through a model that moves, zooms, tints and blurs."""

    name = "drifting"

    def prepare(self, crop: FaceCrop, *, on_step: OnStep) -> Prepared:
        """See the photo in sRGB, as a model does."""
        view = crop.view(crop.photo)
        height, width = view.shape[:2]
        place = crop_around(crop.face.box, (width, height), Resolution())
        face = InstantEditor().prepare(FaceCrop(view, crop.face), on_step=on_step)
        return Prepared(view, place, face)

    def render(
        self,
        prepared: Prepared,
        frames: Sequence[Intensities],
        *,
        seed: int,
        on_step: OnStep,
        on_preview: OnPreview | None = None,
    ) -> Iterator[Rendition]:
        """Edit, then do the damage."""
        del seed, on_preview
        crop = prepared.crop
        part = crop.part(prepared.view)
        reference = np.asarray(Image.fromarray(part).resize(crop.output, Image.Resampling.LANCZOS))
        null = damaged(part, crop.output)
        for done, frame in enumerate(frames):
            on_step(done, len(frames))
            whole = edit(prepared.view, prepared.face, **frame.values)
            picture = damaged(crop.part(whole), crop.output)
            yield Rendition(crop.left, crop.top, crop.width, crop.height, picture, null, reference)

    def notes(self) -> tuple[str, ...]:
        """Nothing to say."""
        return ()


def damaged(part: Pixels, size: tuple[int, int]) -> Rgb8:
    way = cv2.INTER_AREA if part.shape[1] > size[0] else cv2.INTER_CUBIC
    small = cv2.resize(part, size, interpolation=way).astype(np.float32)
    soft = cv2.GaussianBlur(small, (0, 0), 0.7)
    drift = cv2.getRotationMatrix2D((size[0] / 2, size[1] / 2), 0.15, 1.006)
    drift[:, 2] += (1.7, -1.2)
    moved = cv2.warpAffine(soft, drift, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    tinted = moved * np.array([1.02, 0.99, 1.03], np.float32) + np.array([3, -2, 4], np.float32)
    return np.clip(np.rint(tinted), 0, 255).astype(np.uint8)


def rendered(photo: Pixels, face: Face, icc: bytes | None = None) -> tuple[Subject, Pixels]:
    subject = Subject(photo, [face], DriftingEditor(), icc)
    progress = Progress(lambda done, total: None, 1)
    return subject, next(subject.render([{1: HAPPY}], seed=1, progress=progress)).copy()


def decibels(a: Pixels, b: Pixels) -> float:
    unit = float(np.iinfo(a.dtype).max)
    return float(-10 * np.log10(np.mean(np.square((a.astype(float) - b) / unit)) + 1e-12))


@pytest.mark.parametrize("kind", ["rgb8", "rgb16", "grey16", "rgba8"])
def test_drift_and_cast_stay_out_of_the_photo(kind: str) -> None:
    colour, face = portrait("eileen_collins.png", 2.0)
    photo: Pixels = {
        "rgb8": colour,
        "rgb16": colour.astype(np.uint16) * np.uint16(257),
        "grey16": cv2.cvtColor(colour, cv2.COLOR_RGB2GRAY)[..., None].astype(np.uint16) * 257,
        "rgba8": np.dstack([colour, np.full(colour.shape[:2], 90, np.uint8)]),
    }[kind]
    before = photo.copy()
    subject, result = rendered(photo, face)
    assert np.array_equal(photo, before)
    assert (result.shape, result.dtype) == (photo.shape, photo.dtype)
    truth = edit(photo, prepare(photo, face), happy=1.0)
    assert decibels(result, truth) > 48
    changed = (result != photo).any(axis=2)
    assert 0.01 < changed.mean() < 0.12
    assert subject.drifts[1].shift_px == pytest.approx(2.08, abs=0.2)
    assert subject.drifts[1].scale == pytest.approx(1.006, abs=0.001)
    if kind == "rgba8":
        assert (result[..., 3] == 90).all()


def test_a_photo_in_another_colour_space_keeps_its_own_values() -> None:
    """The model sees sRGB; what it changes comes back in the photo's space."""
    from engine.photos.profiles import profile_bytes

    colour, face = portrait("eileen_collins.png", 2.0)
    icc = profile_bytes("prophoto")
    own = ImageCms.profileToProfile(
        Image.fromarray(colour),
        ImageCms.createProfile("sRGB"),
        ImageCms.ImageCmsProfile(io.BytesIO(icc)),
    )
    photo = np.asarray(own)
    _, result = rendered(photo, face, icc)
    truth = edit(photo, prepare(photo, face), happy=1.0)
    changed = (result != photo).any(axis=2)
    assert changed.mean() < 0.12
    assert decibels(to_srgb8(result, icc), to_srgb8(truth, icc)) > 42


def test_several_pictures_come_from_one_scene() -> None:
    photo, face = portrait("eileen_collins.png")
    subject = Subject(photo, [face], DriftingEditor())
    progress = Progress(lambda done, total: None, 3)
    wanted = [{1: HAPPY}, {}, {1: Intensities({"surprised": 1.0})}]
    happy, same, surprised = (
        picture.copy() for picture in subject.render(wanted, seed=1, progress=progress)
    )
    assert np.array_equal(same, photo)
    assert np.array_equal(happy, rendered(photo, face)[1])
    assert not np.array_equal(happy, surprised)


def test_frames_are_all_there_and_look_at_their_neighbours() -> None:
    photo, face = portrait("eileen_collins.png")
    wanted = [{}, *({1: Intensities({"surprised": one})} for one in (0.3, 0.6, 1.0)), {}]

    def frames(*, in_time: bool) -> list[Pixels]:
        subject = Subject(photo, [face], DriftingEditor())
        progress = Progress(lambda done, total: None, len(wanted))
        made = []
        for picture in subject.render(wanted, seed=1, progress=progress, in_time=in_time):
            made.append(picture.copy())
            assert bool(subject.drifts) == (len(made) in (2, 3, 4)), "of the frame that is shown"
        return made

    alone, steady = frames(in_time=False), frames(in_time=True)
    assert len(steady) == len(wanted)
    assert all(np.array_equal(steady[end], photo) for end in (0, -1))
    for one, other in zip(alone[1:4], steady[1:4], strict=True):
        assert not np.array_equal(one, other)
        assert decibels(one, other) > 38
    single = frames_of_one(photo, face)
    assert np.array_equal(single, alone[3])


def frames_of_one(photo: Pixels, face: Face) -> Pixels:
    """A strip whose one frame is its own neighbour."""
    subject = Subject(photo, [face], DriftingEditor())
    progress = Progress(lambda done, total: None, 1)
    wanted = [{1: Intensities({"surprised": 1.0})}]
    return next(subject.render(wanted, seed=1, progress=progress, in_time=True)).copy()
