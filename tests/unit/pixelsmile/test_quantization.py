"""Weights in 8 and 4 bits on the processor: the LoRA beside them, and the cache on disk."""

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import save_file

from engine.editors.pixelsmile.lora import attached_pairs
from engine.editors.pixelsmile.model import Model
from engine.editors.pixelsmile.sampling import Rgb8
from engine.recipes.generative import PrecisionName
from tests.unit.pixelsmile.tiny_runs import Tiny, difference, happy, tensors_in

NARROW: tuple[PrecisionName, ...] = ("int8", "fp8", "int4")
narrow = pytest.mark.parametrize("precision", NARROW)


@pytest.fixture(scope="module")
def exact(tiny: Tiny, square: Image.Image) -> tuple[Rgb8, Rgb8]:
    """In float32, with the LoRA and without."""
    return happy(tiny.load(tiny.lora), square), happy(tiny.load(), square)


def linear_weights(model: Model) -> Mapping[str, torch.Tensor]:
    """Of the layers that have a pair."""
    layers = {}
    for name, module in model.transformer.named_modules():
        if name.endswith(".base_layer"):
            layers[name.removesuffix(".base_layer")] = module.weight
    return layers


def nbytes(module: Any) -> int:
    """Of all tensors, those inside quantized weights included."""
    total = 0
    for weight in [*module.parameters(), *module.buffers()]:
        names, _ = getattr(weight, "__tensor_flatten__", lambda: ((), None))()
        inner = [getattr(weight, name) for name in names] or [weight]
        total += sum(one.numel() * one.element_size() for one in inner)
    return total


@narrow
def test_a_narrow_model_renders_with_its_lora(
    tiny: Tiny, square: Image.Image, exact: tuple[Rgb8, Rgb8], precision: PrecisionName
) -> None:
    model = tiny.load(tiny.lora, precision=precision)
    assert model.plan.precision.name == precision
    assert any(precision in note for note in model.notes)
    with_lora, without = happy(model, square), happy(tiny.load(precision=precision), square)
    assert difference(with_lora, without).mean() > 2
    near = difference(with_lora, exact[0]).mean()
    assert 0 < near < difference(exact[1], exact[0]).mean()


@narrow
def test_the_lora_lies_beside_narrow_weights(tiny: Tiny, precision: PrecisionName) -> None:
    with_lora = tiny.load(tiny.lora, precision=precision)
    assert attached_pairs(with_lora.transformer) == 24
    layers = linear_weights(with_lora)
    assert set(layers) == set(tiny.pairs)
    plain = tiny.load(precision=precision)
    assert attached_pairs(plain.transformer) == 0
    for path, weight in layers.items():
        bare = plain.transformer.get_submodule(path).weight
        assert type(weight) is type(bare) is not torch.nn.Parameter
        probe = torch.eye(tiny.shapes[path][1])
        with torch.inference_mode():
            ours = with_lora.transformer.get_submodule(path).base_layer(probe)
            assert torch.equal(ours, plain.transformer.get_submodule(path)(probe))


@narrow
def test_narrow_blocks_take_less_memory(tiny: Tiny, precision: PrecisionName) -> None:
    wide, small = tiny.load(), tiny.load(precision=precision)
    for part in ("transformer", "text_encoder"):
        of = {
            "transformer": lambda model: model.transformer.transformer_blocks,
            "text_encoder": lambda model: model.text_encoder.language_model.layers,
        }[part]
        assert nbytes(of(small)) < 0.6 * nbytes(of(wide)), part


def test_exact_weights_have_the_lora_inside(tiny: Tiny) -> None:
    model = tiny.load(tiny.lora)
    assert attached_pairs(model.transformer) == 0
    for path, (down, up) in tiny.pairs.items():
        expected = tiny.weights[f"{path}.weight"] + up @ down
        weight = model.transformer.get_submodule(path).weight
        torch.testing.assert_close(weight, expected, rtol=1e-4, atol=1e-5)


def test_bf16_is_close_to_exact(tiny: Tiny, square: Image.Image, exact: tuple[Rgb8, Rgb8]) -> None:
    model = tiny.load(tiny.lora, precision="bf16")
    assert model.dtype is torch.bfloat16
    for part in (model.transformer, model.vae, model.text_encoder):
        assert {weight.dtype for weight in part.parameters()} == {torch.bfloat16}
    picture = happy(model, square)
    assert difference(picture, exact[0]).mean() < 0.5 * difference(exact[1], exact[0]).mean()


# ---- the cache ----------------------------------------------------------------------------------


def rewrite(file: Path, change: str) -> None:
    """Another file of that name."""
    whole = file.read_bytes()
    match change:
        case "cut":
            file.write_bytes(whole[: len(whole) // 2])
        case "foreign":
            save_file({"x": torch.zeros(3)}, file)
        case "half of the tensors":
            with safe_open(file, framework="pt") as opened:
                metadata = opened.metadata()
            tensors = tensors_in(file)
            kept = {key: tensors[key] for key in sorted(tensors)[: len(tensors) // 2]}
            save_file(kept, file, metadata)


def as_bytes(tensor: torch.Tensor) -> torch.Tensor:
    """Of any type, NaN included."""
    return tensor.contiguous().reshape(-1).view(torch.uint8)


def cached(tiny: Tiny, cache: Path, precision: PrecisionName) -> Model:
    return tiny.load(tiny.lora, precision=precision, cache=cache)


def cache_file(cache: Path, precision: PrecisionName, part: str = "transformer") -> Path:
    (file,) = cache.glob(f"{part}-{precision}-*")
    return file


@narrow
def test_a_second_start_reads_the_cache_and_gives_the_same_picture(
    tiny: Tiny, tmp_path: Path, square: Image.Image, precision: PrecisionName
) -> None:
    first = happy(cached(tiny, tmp_path, precision), square)
    file = cache_file(tmp_path, precision)
    written = file.stat()
    model = cached(tiny, tmp_path, precision)
    assert attached_pairs(model.transformer) == 24
    assert difference(happy(model, square), first).max() <= 1
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (written.st_ino, written.st_mtime_ns)
    with safe_open(file, framework="pt") as opened:
        metadata = opened.metadata()
    tensors = tensors_in(file)
    name = next(key for key in tensors if key.startswith("proj_out.bias"))
    save_file({**tensors, name: tensors[name] + 0.5}, file, metadata)
    assert difference(happy(cached(tiny, tmp_path, precision), square), first).any()


@narrow
@pytest.mark.parametrize("part", ["transformer", "text-encoder"])
@pytest.mark.parametrize("change", ["cut", "foreign", "half of the tensors"])
def test_a_damaged_cache_is_made_anew(
    tiny: Tiny,
    tmp_path: Path,
    square: Image.Image,
    precision: PrecisionName,
    part: str,
    change: str,
) -> None:
    cached(tiny, tmp_path, precision)
    file = cache_file(tmp_path, precision, part)
    whole = tensors_in(file)
    rewrite(file, change)
    model = cached(tiny, tmp_path, precision)
    assert attached_pairs(model.transformer) == 24
    again = tensors_in(cache_file(tmp_path, precision, part))
    assert set(again) == set(whole)
    for name, tensor in whole.items():
        assert torch.equal(as_bytes(again[name]), as_bytes(tensor)), name
    if change == "half of the tensors":
        fresh = tiny.load(tiny.lora, precision=precision)
        assert difference(happy(model, square), happy(fresh, square)).max() <= 1


def test_every_precision_has_its_own_cache_and_the_lora_is_in_none(
    tiny: Tiny, tmp_path: Path
) -> None:
    for precision in NARROW:
        cached(tiny, tmp_path, precision)
        tiny.load(precision=precision, cache=tmp_path)
    for part in ("transformer", "text-encoder"):
        assert len(list(tmp_path.glob(f"{part}-*"))) == 3
    for file in tmp_path.iterdir():
        assert not any("lora" in key for key in tensors_in(file))


def test_another_model_of_that_name_has_its_own_cache(tiny: Tiny, tmp_path: Path) -> None:
    twin = replace(tiny, folder=Path(shutil.copytree(tiny.folder, tmp_path / "model")))
    twin.load(precision="int8", cache=tmp_path / "cache")
    shard = next((twin.folder / "transformer").glob("*.safetensors"))
    tensors = tensors_in(shard)
    save_file({name: tensor * 2 for name, tensor in tensors.items()}, shard, {"format": "pt"})
    twin.load(precision="int8", cache=tmp_path / "cache")
    assert len(list((tmp_path / "cache").glob("transformer-*"))) == 2
    assert len(list((tmp_path / "cache").glob("text-encoder-*"))) == 1


def test_a_disk_that_is_nearly_full_is_left_alone(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.editors.pixelsmile.cache._SPARE_BYTES", 1e18)
    cached(tiny, tmp_path, "int8")
    assert not list(tmp_path.iterdir())


def test_exact_weights_are_not_kept_twice(tiny: Tiny, tmp_path: Path) -> None:
    tiny.load(tiny.lora, cache=tmp_path)
    assert not list(tmp_path.iterdir())
