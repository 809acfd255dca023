"""Shipped models: found, checked, and refused when they are not what was shipped."""

from pathlib import Path

import pytest

from engine.weights import shipped
from engine.weights.shipped import (
    FACE_LANDMARKER,
    SFACE,
    SHIPPED_MODELS,
    YUNET,
    ModelDamagedError,
    ModelMissingError,
    models_folder,
    read_checked,
    shipped_model,
)


@pytest.mark.parametrize("name", sorted(SHIPPED_MODELS))
def test_every_shipped_model_passes_its_check(name: str) -> None:
    assert len(shipped_model(name)) > 100_000


def test_the_notice_lists_the_same_hashes() -> None:
    notice = (models_folder() / "NOTICE.md").read_text(encoding="utf-8")
    for model in (YUNET, FACE_LANDMARKER, SFACE):
        row = next(line for line in notice.splitlines() if model.file_name in line)
        assert model.sha256 in row


def test_one_changed_byte_is_refused(tmp_path: Path) -> None:
    content = bytearray(shipped_model(YUNET.file_name))
    content[len(content) // 2] ^= 1
    (tmp_path / YUNET.file_name).write_bytes(content)
    with pytest.raises(ModelDamagedError, match=r"yunet.*damaged.*reinstall") as raised:
        read_checked(YUNET, tmp_path)
    assert raised.value.file_name == YUNET.file_name


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / YUNET.file_name).write_bytes(shipped_model(YUNET.file_name)[:1000])
    with pytest.raises(ModelDamagedError):
        read_checked(YUNET, tmp_path)


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError, match=r"sface.*missing.*reinstall"):
        read_checked(SFACE, tmp_path)


def test_a_folder_in_place_of_the_file_counts_as_missing(tmp_path: Path) -> None:
    (tmp_path / SFACE.file_name).mkdir()
    with pytest.raises(ModelMissingError):
        read_checked(SFACE, tmp_path)


def test_a_name_that_is_not_shipped_is_no_path() -> None:
    with pytest.raises(KeyError):
        shipped_model("../samples/grace_hopper.jpg")


def test_a_file_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = shipped_model(YUNET.file_name)
    monkeypatch.setattr(shipped, "models_folder", lambda: Path("nowhere"))
    assert shipped_model(YUNET.file_name) is first
