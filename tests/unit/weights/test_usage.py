"""Finding a model that the user means, and the setting that allows commercial use only."""

import subprocess
import sys
from pathlib import Path

import pytest

from engine.recipes import RESOURCES
from engine.weights import WeightsError, installed, locate
from engine.weights.catalogue import catalogued
from engine.weights.imports import import_model
from engine.weights.usage import commercial_only, set_commercial_only, setting_file
from tests.helpers.weights import AT_THE_HUB, LORA, PACK, write_files
from tests.unit.weights.conftest import Listening

pytestmark = pytest.mark.usefixtures("store")


def test_a_model_that_is_not_there_names_the_command_that_gets_it() -> None:
    assert installed("tiny") is None
    for text in ("tiny", "someone/tiny"):
        with pytest.raises(WeightsError) as raised:
            locate(text)
        assert raised.value.code == "model_missing"
        assert raised.value.remedy == "pixelsmile models get tiny"
    with pytest.raises(WeightsError) as raised:
        locate("pack")
    assert raised.value.remedy == "pixelsmile models import pack PATH"


@pytest.mark.parametrize("text", ["nobody/nothing", "", "a\0b"])
def test_what_is_neither_model_nor_path_is_said(text: str) -> None:
    with pytest.raises(WeightsError, match="neither a model nor a path"):
        locate(text)


def test_a_path_is_taken_as_it_is(tmp_path: Path) -> None:
    assert locate(str(tmp_path)) == tmp_path


def test_an_installed_model_comes_before_a_folder_of_its_name(
    tmp_path: Path, store: Path, watch: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lora").mkdir()
    assert locate("lora") == Path("lora")
    write_files(tmp_path, {LORA: AT_THE_HUB[LORA]})
    import_model(catalogued("lora"), tmp_path / LORA, accepted=None, watch=watch)
    assert locate("lora") == store / "lora" / LORA


def test_the_setting_is_kept_and_the_variable_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not commercial_only()
    set_commercial_only(True)
    assert commercial_only()
    monkeypatch.setenv("PIXELSMILE_COMMERCIAL_ONLY", "0")
    assert not commercial_only()
    monkeypatch.setenv("PIXELSMILE_COMMERCIAL_ONLY", "1")
    set_commercial_only(False)
    assert commercial_only()


def test_a_setting_that_cannot_be_read_allows_less() -> None:
    set_commercial_only(False)
    setting_file().write_text("{")
    assert commercial_only()


def test_commercial_use_only_refuses_import_and_use(
    tmp_path: Path, store: Path, watch: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_files(tmp_path / "pack", PACK)
    set_commercial_only(True)
    with pytest.raises(WeightsError, match="may not be used commercially") as raised:
        import_model(catalogued("pack"), source, accepted=None, watch=watch)
    assert raised.value.code == "licence"
    set_commercial_only(False)
    import_model(catalogued("pack"), source, accepted=None, watch=watch)
    assert locate("pack") == store / "pack"
    monkeypatch.setenv("PIXELSMILE_COMMERCIAL_ONLY", "1")
    for text in ("pack", str(store / "pack"), str(store / "pack" / "a.onnx")):
        with pytest.raises(WeightsError, match="may not be used commercially"):
            locate(text)


def test_finding_a_model_loads_no_library() -> None:
    script = (
        "import sys\nimport engine.weights\n"
        "try:\n    engine.weights.locate('qwen-image-edit-2511')\n"
        "except engine.weights.WeightsError:\n    pass\n"
        "sys.exit(str({'huggingface_hub', 'torch', 'numpy'} & set(sys.modules) or ''))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=RESOURCES.parent, capture_output=True, text=True
    )
    assert done.stderr.strip() == ""
