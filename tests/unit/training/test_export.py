"""The LoRA file, loaded by the editor, by plain diffusers and by keys as ComfyUI calls them."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import QwenImageTransformer2DModel
from diffusers.loaders import QwenImageLoraLoaderMixin
from safetensors import safe_open
from safetensors.torch import load_file

from engine.editors.pixelsmile.loading import load_model
from engine.editors.pixelsmile.lora import read_lora
from engine.recipes.generative import Lora as LoraChoice
from engine.recipes.generative import ModelChoice
from engine.training.base import load_trained, place_of
from engine.training.config import LAYERS, Config, Lora
from engine.training.errors import TrainingError
from engine.training.export import export_checkpoint, save_lora
from engine.training.layers import LoraLinear, start_from, trained_weights
from tests.unit.training.tiny import tiny_config

BLOCKS = 2
PAIRS = BLOCKS * len(LAYERS)


@pytest.fixture(scope="module")
def config(base: Path, faces: Path, tmp_path_factory: pytest.TempPathFactory) -> Config:
    return tiny_config(base, tmp_path_factory.mktemp("run"), faces)


@pytest.fixture(scope="module")
def trained(config: Config) -> Any:
    """The trainer's own transformer, with weights in every pair."""
    trained = load_trained(config, place_of(config, torch.device("cpu")))
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for name, weight in trained_weights(trained.layers).items():
            if name.endswith(".up"):
                weight.copy_(torch.randn(weight.shape, generator=generator) * 0.2)
    trained.transformer.eval()
    return trained


@pytest.fixture(scope="module")
def file(config: Config, trained: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("lora") / "look.safetensors"
    weights = trained_weights(trained.layers)
    return save_lora(target, weights, config, 7, dtype=torch.float32)


def inputs() -> dict[str, Any]:
    generator = torch.Generator().manual_seed(4)
    return {
        "hidden_states": torch.randn(2, 32, 64, generator=generator),
        "encoder_hidden_states": torch.randn(2, 9, 32, generator=generator),
        "encoder_hidden_states_mask": None,
        "timestep": torch.tensor([0.3, 0.7]),
        "img_shapes": [[(1, 4, 4), (1, 4, 4)]] * 2,
        "return_dict": False,
    }


@torch.no_grad()
def output(transformer: Any) -> torch.Tensor:
    return transformer(**inputs())[0]


def ours(trained: Any) -> torch.Tensor:
    trained.rows.choose(torch.tensor([299, 699]), torch.device("cpu"))
    return output(trained.transformer)


def stock(config: Config) -> Any:
    return QwenImageTransformer2DModel.from_pretrained(Path(config.model.path) / "transformer")


def test_plain_diffusers_loads_every_key_and_computes_the_same(
    config: Config, trained: Any, file: Path
) -> None:
    transformer = stock(config)
    before = output(transformer)
    state, metadata = QwenImageLoraLoaderMixin.lora_state_dict(str(file), return_lora_metadata=True)
    QwenImageLoraLoaderMixin.load_lora_into_transformer(
        state, transformer=transformer, adapter_name="look", metadata=metadata
    )
    loaded = [name for name, _ in transformer.named_parameters() if "lora_" in name]
    assert len(loaded) == 2 * PAIRS == len(load_file(file))
    after = output(transformer)
    assert (after - before).abs().max() > 0.5
    torch.testing.assert_close(after, ours(trained), rtol=0, atol=5e-4)


def test_the_editor_loads_every_pair_and_computes_the_same(
    config: Config, trained: Any, file: Path
) -> None:
    model = load_model(
        ModelChoice(path=config.model.path, loras=(LoraChoice(str(file)),), precision="fp32"),
        locate=Path,
        on_step=lambda done, total: None,
    )
    assert len(model.loras[0].file.pairs) == PAIRS
    assert model.loras[0].file.scales == (1.0,)
    assert model.loras[0].file.alpha_stated
    transformer = stock(config)
    for path, pair in model.loras[0].file.pairs.items():
        with torch.no_grad():
            transformer.get_submodule(path).weight.add_(pair.scale * pair.up @ pair.down)
    torch.testing.assert_close(output(transformer), ours(trained), rtol=0, atol=5e-4)


def test_comfyui_finds_a_layer_for_every_key(config: Config, trained: Any, tmp_path: Path) -> None:
    """It prefixes the model's own names and takes alpha for the rank when none is stated."""
    file = save_lora(
        tmp_path / "comfy.safetensors", trained_weights(trained.layers), config, 7,
        style="comfyui", dtype=torch.float32,
    )  # fmt: skip
    transformer = stock(config)
    known = {f"diffusion_model.{name}" for name in transformer.state_dict()}
    tensors = load_file(file)
    assert len(tensors) == 2 * PAIRS
    for key, up in tensors.items():
        layer, dot, half = key.partition(".lora_")
        assert f"{layer}.weight" in known
        assert dot
        if half == "B.weight":
            weight = transformer.get_submodule(layer.removeprefix("diffusion_model.")).weight
            with torch.no_grad():
                weight.add_(up @ tensors[f"{layer}.lora_A.weight"])
    torch.testing.assert_close(output(transformer), ours(trained), rtol=0, atol=5e-4)


def test_the_file_says_where_it_comes_from(file: Path) -> None:
    with safe_open(file, framework="pt") as opened:
        metadata = opened.metadata()
    assert json.loads(metadata["lora_adapter_metadata"])["transformer.lora_alpha"] == 4
    about = json.loads(metadata["pixelsmile"])
    assert about["trained_alpha"] == 8
    assert about["consent"] == "public domain"


def test_a_lora_can_be_gone_on_from(config: Config, trained: Any, file: Path) -> None:
    """Even with a larger rank; the effect at the start is the file's."""
    shapes = dict.fromkeys(trained.layers, ())
    pairs = read_lora(file, shapes).pairs
    for path, pair in list(pairs.items())[:3]:
        base = torch.nn.Linear(pair.down.shape[1], pair.up.shape[0])
        layer = LoraLinear(base, Lora(rank=6, alpha=3), (1, path))
        start_from({path: layer}, {path: pair}, file.name)
        x = torch.randn(5, pair.down.shape[1])
        expected = base(x) + pair.scale * x @ pair.down.T @ pair.up.T
        torch.testing.assert_close(layer(x), expected, rtol=0, atol=1e-4)


def test_the_modulation_table_is_exact(config: Config, trained: Any) -> None:
    """Without a trained layer the output is the stock transformer's, at mixed timesteps."""
    scales = {path: layer.scale for path, layer in trained.layers.items()}
    for layer in trained.layers.values():
        layer.scale = 0.0
    try:
        torch.testing.assert_close(ours(trained), output(stock(config)), rtol=0, atol=1e-4)
    finally:
        for path, layer in trained.layers.items():
            layer.scale = scales[path]


def test_there_is_nothing_to_export_before_a_checkpoint(config: Config, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no checkpoint"):
        export_checkpoint(config, tmp_path / "x.safetensors")
    assert not (tmp_path / "x.safetensors").exists()


def test_updates_are_float32_beside_a_base_of_bfloat16() -> None:
    """A learning rate of 1e-4 would be lost in the rounding of bfloat16 weights."""
    base = torch.nn.Linear(8, 8).bfloat16()
    layer = LoraLinear(base, Lora(rank=2, alpha=4), (1, "x"))
    out = layer(torch.randn(3, 8).bfloat16())
    out.float().sum().backward()
    assert out.dtype == torch.bfloat16
    assert layer.up.dtype == torch.float32
    assert layer.up.grad is not None
    assert layer.up.grad.dtype == torch.float32
