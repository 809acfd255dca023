"""The face network in torch against the one that ships, and where identity counts."""

import cv2
import numpy as np
import pytest
import torch
from PIL import Image

from engine.faces import find_faces, read_identity
from engine.faces.identity import _network as shipped_network
from engine.recipes import RESOURCES
from engine.training.errors import TrainingError
from engine.training.features import FaceIdentity, aligned, face_crop
from engine.training.onnx import OnnxNetwork
from engine.weights.shipped import SFACE, shipped_model

PORTRAITS = ("grace_hopper.jpg", "eileen_collins.png")


@pytest.fixture(scope="module")
def face() -> FaceIdentity:
    return FaceIdentity("sface")


def portrait(name: str) -> np.ndarray:
    return np.array(Image.open(RESOURCES / "samples" / name).convert("RGB").resize((512, 512)))


def pixels(picture: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 127.5 - 1


def test_the_network_is_the_shipped_one() -> None:
    """Block-quantized weights, widened: the same numbers as OpenCV's."""
    network = OnnxNetwork(shipped_model(SFACE.file_name), "SFace")
    crop = np.random.default_rng(0).integers(0, 256, (112, 112, 3), np.uint8)
    theirs = shipped_network().run(crop)
    ours = network(torch.from_numpy(crop).permute(2, 0, 1)[None].float())
    ours = torch.nn.functional.normalize(ours)[0].detach().numpy()
    np.testing.assert_allclose(ours, theirs, atol=5e-6)


@pytest.mark.parametrize("name", PORTRAITS)
def test_a_picture_has_the_identity_that_the_faces_package_reads(
    face: FaceIdentity, name: str
) -> None:
    picture = portrait(name)
    crop = face_crop(picture)
    assert crop is not None
    ours = face(pixels(picture), crop[None])[0].detach().numpy()
    theirs = read_identity(picture, find_faces(picture)[0].landmarks)
    assert float(ours @ theirs) > 0.98


def test_people_differ_and_gradients_reach_the_pixels(face: FaceIdentity) -> None:
    one, other = (portrait(name) for name in PORTRAITS)
    crops = [face_crop(picture) for picture in (one, other)]
    assert crops[0] is not None
    assert crops[1] is not None
    seen = pixels(one).requires_grad_()
    first = face(seen, crops[0][None])[0]
    second = face(pixels(other), crops[1][None])[0].detach()
    assert float(first.detach() @ second) < 0.3
    (1 - first @ second).backward()
    assert seen.grad is not None
    moved = seen.grad.abs().sum((0, 1))
    left, top = (int(value) for value in crops[0][:, 2])
    assert moved[top : top + 100, left : left + 100].sum() > 0
    assert moved[:20].sum() == 0  # nothing outside the face


def test_the_crop_follows_the_similarity() -> None:
    """A turned and shifted square comes out upright."""
    picture = np.zeros((64, 64, 3), np.uint8)
    cv2.circle(picture, (40, 20), 4, (255, 255, 255), -1)
    crop = torch.tensor([[0.0, -0.5, 64.0], [0.5, 0.0, 0.0]])  # a quarter turn, half as large
    out = aligned(pixels(picture), crop[None])[0, 0]
    row, column = divmod(int(out.argmax()), 112)
    assert abs(row - (64 - 40) / 0.5) < 12
    assert abs(column - 20 / 0.5) < 12


def test_what_is_no_face_has_no_identity() -> None:
    assert face_crop(np.full((256, 256, 3), 127, np.uint8)) is None


@pytest.mark.parametrize(
    ("content", "reason"), [(b"", "cannot be read"), (b"\x80" * 50, "cannot be read")]
)
def test_a_file_that_is_no_network_is_a_sentence(content: bytes, reason: str) -> None:
    with pytest.raises(TrainingError, match=reason):
        OnnxNetwork(content, "broken.onnx")
