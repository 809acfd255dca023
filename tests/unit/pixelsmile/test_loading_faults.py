"""Models on disk that are not whole: one sentence each, and nothing is unpickled."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from engine.editors.base import Cancelled
from engine.editors.pixelsmile.errors import PixelSmileError
from engine.editors.pixelsmile.loading import PARTS, load_model
from engine.recipes.generative import ModelChoice
from tests.unit.pixelsmile.tiny_runs import Tiny, ignore, tensors_in


def refusal(folder: Path) -> PixelSmileError:
    """What is said instead of loading the folder."""
    with pytest.raises(PixelSmileError) as caught:
        load_model(ModelChoice(path=str(folder), precision="fp32"), locate=Path, on_step=ignore)
    error = caught.value
    for text in (error.reason, error.remedy):
        assert text
        assert "\n" not in text
        assert not text.endswith(".")
        assert len(text) < 400
    return error


@pytest.fixture
def broken(tiny: Tiny, tmp_path: Path) -> Path:
    """A copy to be broken."""
    return Path(shutil.copytree(tiny.folder, tmp_path / "model"))


def weights(folder: Path) -> Path:
    """The last of a part's files."""
    return sorted(folder.glob("*.safetensors"))[-1]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert refusal(tmp_path / "nowhere").code == "model_incomplete"


def test_an_empty_folder(tmp_path: Path) -> None:
    error = refusal(tmp_path)
    assert error.code == "model_incomplete"
    assert str(tmp_path) in error.reason


@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_missing(broken: Path, part: str) -> None:
    shutil.rmtree(broken / part)
    error = refusal(broken)
    assert error.code == "model_incomplete"
    assert part in error.reason


@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_empty(broken: Path, part: str) -> None:
    for file in (broken / part).iterdir():
        file.unlink()
    assert refusal(broken).code == "model_incomplete"


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-64])


def empty(file: Path) -> None:
    file.write_bytes(b"")


def point(file: Path) -> None:
    file.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")


def remove(file: Path) -> None:
    file.unlink()


@pytest.mark.parametrize("damage", [cut, empty, point, remove])
@pytest.mark.parametrize("part", ["transformer", "text_encoder", "vae"])
def test_weights_are_damaged_or_gone(
    broken: Path, part: str, damage: Callable[[Path], None]
) -> None:
    damage(weights(broken / part))
    error = refusal(broken)
    assert error.code == "model_incomplete"
    assert "pixelsmile models verify" in error.remedy


@pytest.mark.parametrize("part", ["transformer", "text_encoder", "vae"])
def test_pickles_are_refused_without_being_opened(broken: Path, part: str, tmp_path: Path) -> None:
    trap = tmp_path / "sprung"
    for file in (broken / part).glob("*.safetensors*"):
        file.unlink()
    name = "pytorch_model.bin" if part == "text_encoder" else "diffusion_pytorch_model.bin"
    (broken / part / name).write_bytes(f"cos\nsystem\n(S'touch {trap}'\ntR.".encode())
    assert refusal(broken).code in ("model_unsafe", "model_incomplete")
    assert not trap.exists()


def test_pickles_of_the_transformer_are_named(broken: Path) -> None:
    for file in (broken / "transformer").glob("*.safetensors*"):
        file.unlink()
    (broken / "transformer" / "diffusion_pytorch_model.bin").write_bytes(b"")
    error = refusal(broken)
    assert error.code == "model_unsafe"
    assert "pickles" in error.reason


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("transformer/config.json", "{"),
        ("transformer/config.json", '{"num_layers": "two"}'),
        ("text_encoder/config.json", "{"),
        ("vae/config.json", "{"),
        ("vae/config.json", '{"base_dim": 8}'),
        ("scheduler/scheduler_config.json", "{"),
        ("tokenizer/tokenizer_config.json", "{"),
        ("tokenizer/tokenizer.json", "{"),
        ("processor/preprocessor_config.json", "{"),
    ],
)
def test_a_description_is_broken(broken: Path, name: str, text: str) -> None:
    (broken / name).write_text(text)
    assert refusal(broken).code == "model_incomplete"


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"weight_map": []}'])
def test_the_list_of_shards_is_broken(broken: Path, text: str) -> None:
    (index,) = (broken / "transformer").glob("*.index.json")
    index.write_text(text)
    assert refusal(broken).code == "model_incomplete"


@pytest.mark.parametrize("part", ["transformer", "text_encoder", "vae"])
def test_a_file_without_all_its_tensors(broken: Path, part: str) -> None:
    """Of another revision: a library would fill the gap with random numbers."""
    shard = weights(broken / part)
    tensors = tensors_in(shard)
    lost = max((name for name in tensors if name.endswith("weight")), key=len)
    del tensors[lost]
    save_file(tensors, shard, {"format": "pt"})
    assert refusal(broken).code == "model_incomplete"


def test_the_list_lacks_a_tensor(broken: Path) -> None:
    (index,) = (broken / "transformer").glob("*.index.json")
    places = json.loads(index.read_text())
    del places["weight_map"]["transformer_blocks.1.attn.to_q.weight"]
    index.write_text(json.dumps(places))
    error = refusal(broken)
    assert error.code == "model_incomplete"
    assert "transformer_blocks.1.attn.to_q.weight" in error.reason


def test_a_tensor_has_another_shape_than_described(broken: Path) -> None:
    shard = weights(broken / "transformer")
    tensors = tensors_in(shard)
    name = next(key for key in tensors if key.endswith("proj.weight") or "to_" in key)
    save_file({**tensors, name: torch.zeros(3, 5)}, shard)
    assert refusal(broken).code == "model_incomplete"


def test_a_model_of_another_family(broken: Path) -> None:
    config = json.loads((broken / "transformer/config.json").read_text())
    config["num_layers"] = 5
    (broken / "transformer/config.json").write_text(json.dumps(config))
    assert refusal(broken).code == "model_incomplete"


def test_shards_outside_the_folder_are_not_read(broken: Path, tmp_path: Path) -> None:
    shard = weights(broken / "transformer")
    shutil.move(shard, tmp_path / shard.name)
    (index,) = (broken / "transformer").glob("*.index.json")
    index.write_text(index.read_text().replace(shard.name, f"../../{shard.name}"))
    assert refusal(broken).code == "model_incomplete"


def test_a_tokenizer_of_another_model(broken: Path, square: Image.Image) -> None:
    """One that writes every word as bytes: words of other lengths than neutral are refused."""
    file = broken / "tokenizer/tokenizer.json"
    tokenizer = json.loads(file.read_text())
    tokenizer["model"]["merges"] = []
    file.write_text(json.dumps(tokenizer))
    choice = ModelChoice(path=str(broken), precision="fp32")
    model = load_model(choice, locate=Path, on_step=ignore)
    reading = model.prompts.read(square, "human")
    with pytest.raises(PixelSmileError) as caught:
        model.prompts.encode(reading, ["happy"])
    assert caught.value.code == "word_length"


def test_loading_is_reported_and_can_be_stopped(tiny: Tiny) -> None:
    steps: list[tuple[int, int]] = []
    choice = ModelChoice(path=str(tiny.folder), precision="fp32")
    load_model(choice, locate=Path, on_step=lambda *step: steps.append(step))
    shares = [done / total for done, total in steps]
    assert shares == sorted(shares)
    assert len(set(shares)) > 2
    assert shares[-1] >= 0.9

    def stop(done: int, total: int) -> None:
        if done:
            raise Cancelled

    with pytest.raises(Cancelled):
        load_model(choice, locate=Path, on_step=stop)


def test_a_small_model_says_what_was_picked_and_why(tiny: Tiny) -> None:
    model = tiny.load(tiny.lora, precision="auto")
    assert model.plan.precision.name == "fp32"
    assert model.plan.reason in model.notes
    assert "GB free" in model.plan.reason
