"""The shipped catalogue says what can be, and nothing of another kind can enter one."""

import json
import re
from pathlib import Path

import pytest

from engine.weights import WeightsError
from engine.weights.catalogue import catalogue, catalogued
from tests.helpers.weights import model


def write(path: Path, monkeypatch: pytest.MonkeyPatch, *models: object) -> None:
    path.write_text(json.dumps({"models": models}))
    monkeypatch.setenv("PIXELSMILE_CATALOGUE", str(path))


def test_what_editors_need_is_in_the_shipped_catalogue() -> None:
    models = catalogue()
    assert {"qwen-image-edit-2511", "pixelsmile-human-preview"} <= set(models)
    assert models["pixelsmile-human-preview"].size_bytes == 849_543_736
    assert 57e9 < models["qwen-image-edit-2511"].size_bytes < 59e9
    assert not models["buffalo_l"].commercial


@pytest.mark.parametrize("name", catalogue())
def test_every_shipped_entry_is_pinned_and_explained(name: str) -> None:
    one = catalogue()[name]
    assert one.repository is None or re.fullmatch(r"[0-9a-f]{40}", one.revision)
    assert one.repository or one.obtain
    assert one.licence_url.startswith("https://")
    assert one.use.endswith(".")
    for file in one.files:
        assert file.sha256 is None or re.fullmatch(r"[0-9a-f]{64}", file.sha256)
        assert file.sha256 or not file.path.endswith((".safetensors", ".onnx"))


def test_the_base_model_is_a_whole_diffusers_folder() -> None:
    base = catalogue()["qwen-image-edit-2511"]
    for path in ("vae/config.json", "tokenizer/added_tokens.json", "processor/chat_template.jinja"):
        assert base.takes(path)
    for path in ("README.md", "vae/weights.bin", "text_encoder/pytorch_model.pt", "x/config.json"):
        assert not base.takes(path)


@pytest.mark.parametrize(
    "path",
    ["../x.json", "vae/../../x.json", "/vae/x.json", "vae\\x.json", "vae/.x.json", "vae/C:x.json"],
)
def test_no_pattern_leads_out_of_the_folder(path: str) -> None:
    assert not catalogue()["qwen-image-edit-2511"].takes(path)


def test_a_model_is_found_by_name_and_by_hub_id() -> None:
    assert catalogued("openai/clip-vit-large-patch14") is not None
    assert catalogued("openai/clip-vit-large-patch14") == catalogued("clip-vit-large-patch14")
    with pytest.raises(WeightsError, match=r"'qwen'.*qwen-image-edit-2511") as raised:
        catalogued("qwen")
    assert raised.value.code == "model_unknown"


@pytest.mark.parametrize(
    "entry",
    [
        model("../up", [{"path": "a.json"}]),
        model("x", [{"path": "../a.json"}]),
        model("x", [{"path": "weights.pt"}]),
        model("x", [{"path": "graph.onnx"}]),  # without a hash
        model("x", []),
        model("x", [{"path": "a.json"}], colour="red"),
        {"name": "x"},
    ],
)
def test_what_cannot_be_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entry: dict[str, object]
) -> None:
    write(tmp_path / "c.json", monkeypatch, entry)
    with pytest.raises(WeightsError, match=r"c\.json cannot be read") as raised:
        catalogue()
    assert raised.value.code == "catalogue"


def test_a_catalogue_that_is_not_there_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIXELSMILE_CATALOGUE", str(tmp_path / "none.json"))
    with pytest.raises(WeightsError, match=r"none\.json"):
        catalogue()
