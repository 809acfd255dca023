"""The optional provider: refused without licence, package or files, and used as it documents."""

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.faces import (
    Face,
    InsightFaceMissingError,
    InsightFacePackMissingError,
    InsightFaces,
    LicenceNotAcceptedError,
    find_faces,
    same_person,
)
from engine.faces.mesh import five_points

Picture = NDArray[np.uint8]


class _Analysis:
    """Stands in for insightface.app.FaceAnalysis, answering what the test put there."""

    answers: tuple[Any, ...] = ()
    has_detector = True

    def __init__(self, **options: Any) -> None:
        if not self.has_detector:
            raise AssertionError
        self.options = options
        self.models = {"detection": object(), "recognition": object()}
        self.seen: list[NDArray[np.uint8]] = []

    def prepare(self, ctx_id: int, det_size: tuple[int, int]) -> None:
        self.prepared = (ctx_id, det_size)

    def get(self, picture: NDArray[np.uint8]) -> list[Any]:
        self.seen.append(picture)
        return list(self.answers)


@pytest.fixture
def analysis(monkeypatch: pytest.MonkeyPatch) -> type[_Analysis]:
    class Analysis(_Analysis):
        pass

    package, app = ModuleType("insightface"), ModuleType("insightface.app")
    app.__dict__["FaceAnalysis"] = Analysis
    monkeypatch.setitem(sys.modules, "insightface", package)
    monkeypatch.setitem(sys.modules, "insightface.app", app)
    return Analysis


@pytest.fixture
def root(tmp_path: Path) -> Path:
    pack = tmp_path / "models" / "buffalo_l"
    pack.mkdir(parents=True)
    (pack / "det_10g.onnx").touch()
    return tmp_path


def test_the_licence_comes_first(analysis: type[_Analysis], root: Path) -> None:
    with pytest.raises(LicenceNotAcceptedError, match="non-commercial research"):
        InsightFaces(licence_accepted=False, root=root)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
    monkeypatch.setitem(sys.modules, "insightface", None)
    with pytest.raises(InsightFaceMissingError, match="not installed"):
        InsightFaces(licence_accepted=True, root=root)


def test_a_missing_pack_is_never_downloaded(
    analysis: type[_Analysis], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: _Analysis, **options: Any) -> None:
        pytest.fail("insightface was started and would have downloaded")

    monkeypatch.setattr(analysis, "__init__", refuse)
    with pytest.raises(InsightFacePackMissingError, match="buffalo_l"):
        InsightFaces(licence_accepted=True, root=tmp_path)


def test_a_pack_without_detector_is_incomplete(analysis: type[_Analysis], root: Path) -> None:
    analysis.has_detector = False
    with pytest.raises(InsightFacePackMissingError, match="incomplete"):
        InsightFaces(licence_accepted=True, root=root)


def test_its_boxes_and_identities_meet_the_shipped_mesh(
    analysis: type[_Analysis], root: Path, hopper: Picture, hopper_face: Face
) -> None:
    box = hopper_face.box
    embedding = np.random.default_rng(1).normal(size=512)
    analysis.answers = (
        SimpleNamespace(
            bbox=np.array([box.x, box.y, box.x + box.width, box.y + box.height]),
            kps=five_points(hopper_face.landmarks),
            det_score=0.88,
            normed_embedding=embedding / np.linalg.norm(embedding),
        ),
    )
    (face,) = find_faces(hopper, InsightFaces(licence_accepted=True, root=root))
    assert face.score == pytest.approx(0.88)
    assert face.identity.shape == (512,)
    assert same_person(face.identity, embedding)
    away = np.abs(face.landmarks - hopper_face.landmarks).max()
    assert away < 0.05 * box.width
