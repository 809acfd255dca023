"""LoRA files: every spelling read, every pair accounted for, and what is applied counted."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import QwenImageTransformer2DModel
from PIL import Image
from safetensors.torch import save_file

from engine.editors.pixelsmile.errors import PixelSmileError
from engine.editors.pixelsmile.lora import (
    LoadedLora,
    attach,
    attached_pairs,
    check_shapes,
    merged,
    read_lora,
    updates_of,
)
from engine.recipes.generative import Lora
from tests.helpers.official_pixelsmile import official_pipeline
from tests.helpers.tiny_pixelsmile import LoraStyle, lora_pairs, save_lora
from tests.unit.pixelsmile.tiny_runs import Pairs, Tiny, Weights, difference, happy, tensors_in

DOWN_UP = ("to_q", "to_k", "to_v", "to_out.0")
DIFFUSERS_METADATA = "lora_adapter_metadata"


def stock_transformer(tiny: Tiny) -> Any:
    return QwenImageTransformer2DModel.from_pretrained(tiny.folder / "transformer")


def refusal(tiny: Tiny, file: Path) -> PixelSmileError:
    """What is said when the model is loaded with that file."""
    with pytest.raises(PixelSmileError) as caught:
        tiny.load(file)
    error = caught.value
    assert error.reason
    assert error.remedy
    assert "\n" not in f"{error}"
    return error


def rewritten(tiny: Tiny, folder: Path, change: Callable[[Weights], Weights]) -> Path:
    """A copy of the mixed file with other tensors."""
    file = folder / "changed.safetensors"
    save_file(dict(change(tensors_in(tiny.lora))), file)
    return file


# ---- reading ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "style", ["mixed", "lora_A", "lora.down", "comfy", "kohya", "peft_default", "bare"]
)
def test_every_spelling_gives_the_same_pairs(tiny: Tiny, style: LoraStyle) -> None:
    lora = read_lora(tiny.loras[style], tiny.shapes)
    assert set(lora.pairs) == set(tiny.pairs)
    assert len(lora.pairs) == 24
    for path, (down, up) in tiny.pairs.items():
        assert torch.equal(lora.pairs[path].down, down)
        assert torch.equal(lora.pairs[path].up, up)
    assert (lora.ranks, lora.scales, lora.dropped) == ((4,), (1.0,), 0)


@pytest.mark.parametrize("style", ["mixed", "lora_A", "lora.down"])
def test_upstream_keeps_what_the_stock_loader_applies(tiny: Tiny, style: LoraStyle) -> None:
    stock = official_pipeline(tiny.folder, tiny.loras[style]).transformer
    applied = {
        name.removesuffix(".lora_A.default_0.weight")
        for name, _ in stock.named_parameters()
        if "lora_A" in name
    }
    ours = read_lora(tiny.loras[style], tiny.shapes, "upstream")
    assert set(ours.pairs) == applied
    assert len(applied) == (16 if style == "mixed" else 24)
    assert ours.dropped == 24 - len(applied)
    assert ours.dropped == 0 or f"{ours.dropped} left out" in str(ours)


def test_full_and_upstream_give_different_pictures(tiny: Tiny, square: Image.Image) -> None:
    full, upstream = (
        happy(tiny.load(Lora(str(tiny.lora), layers=layers)), square)
        for layers in ("full", "upstream")
    )
    assert (difference(full, upstream) > 2).mean() > 0.01


def test_a_pair_of_another_model_is_refused(tiny: Tiny, tmp_path: Path) -> None:
    def foreign(tensors: Weights) -> Weights:
        extra = {
            "transformer.transformer_blocks.7.attn.to_q.lora_A.weight": torch.zeros(4, 64),
            "transformer.transformer_blocks.7.attn.to_q.lora_B.weight": torch.zeros(64, 4),
        }
        return {**tensors, **extra}

    error = refusal(tiny, rewritten(tiny, tmp_path, foreign))
    assert error.code == "lora_unknown_key"
    assert "transformer_blocks.7.attn.to_q" in error.reason


@pytest.mark.parametrize(
    "name",
    [
        "transformer.transformer_blocks.0.attn.to_q.lora_magnitude_vector.weight",
        "transformer.transformer_blocks.0.attn.to_q.lora_C.weight",
        "text_encoder.layers.0.q_proj.lora_A.weight",
        "nonsense",
    ],
)
def test_a_key_that_means_nothing_to_us_is_refused(tiny: Tiny, tmp_path: Path, name: str) -> None:
    file = rewritten(tiny, tmp_path, lambda tensors: {**tensors, name: torch.zeros(4)})
    error = refusal(tiny, file)
    assert error.code == "lora_unknown_key"
    assert name in error.reason


@pytest.mark.parametrize("half", ["lora_A", "lora_B", ".lora.down", ".lora.up"])
def test_half_a_pair_is_refused(tiny: Tiny, tmp_path: Path, half: str) -> None:
    def without(tensors: Weights) -> Weights:
        lost = next(key for key in tensors if half in key)
        return {key: tensor for key, tensor in tensors.items() if key != lost}

    assert refusal(tiny, rewritten(tiny, tmp_path, without)).code == "lora_incomplete"


def test_halves_of_different_ranks_are_refused(tiny: Tiny, tmp_path: Path) -> None:
    def narrower(tensors: Weights) -> Weights:
        key = next(key for key in tensors if "lora_A" in key)
        return {**tensors, key: tensors[key][:2].contiguous()}

    assert refusal(tiny, rewritten(tiny, tmp_path, narrower)).code == "lora_incomplete"


def test_a_pair_given_twice_is_refused(tiny: Tiny, tmp_path: Path) -> None:
    """In two spellings: one of the two would be lost without a word."""

    def twice(tensors: Weights) -> Weights:
        down = next(key for key in tensors if ".lora.down" in key)
        up = down.replace("down", "up")
        again = {
            down.replace(".lora.down", ".lora_A"): tensors[down] + 1,
            up.replace(".lora.up", ".lora_B"): tensors[up] + 1,
        }
        return {**tensors, **again}

    assert refusal(tiny, rewritten(tiny, tmp_path, twice)).code.startswith("lora_")


def test_a_lora_of_a_larger_model_is_refused(tiny: Tiny, tmp_path: Path) -> None:
    wider = {path: (torch.ones(4, 96), up) for path, (_, up) in tiny.pairs.items()}
    error = refusal(tiny, save_lora(tmp_path / "wide.safetensors", wider, "lora_A"))
    assert error.code == "lora_mismatch"
    assert "96" in error.reason
    lora = read_lora(tiny.lora, tiny.shapes)
    check_shapes(lora, tiny.shapes)


def test_what_is_no_safetensors_is_said_in_a_sentence(tiny: Tiny, tmp_path: Path) -> None:
    (tmp_path / "pickle.pt").write_bytes(b"\x80\x04K\x01.")
    (tmp_path / "cut.safetensors").write_bytes(tiny.lora.read_bytes()[:-100])
    (tmp_path / "pointer.safetensors").write_text("version https://git-lfs.github.com/spec/v1\n")
    (tmp_path / "several").mkdir()
    for name in ("pickle.pt", "cut.safetensors", "pointer.safetensors", "absent", "several"):
        error = refusal(tiny, tmp_path / name)
        assert error.code == "lora_unreadable"
        assert name in error.reason


def test_a_file_without_pairs_is_refused(tiny: Tiny, tmp_path: Path) -> None:
    save_file({}, tmp_path / "empty.safetensors")
    assert refusal(tiny, tmp_path / "empty.safetensors").code == "lora_unreadable"


def test_the_one_file_in_a_folder_is_taken(tiny: Tiny, tmp_path: Path) -> None:
    (tmp_path / "PixelSmile.safetensors").write_bytes(tiny.lora.read_bytes())
    (lora,) = tiny.load(tmp_path).loras
    assert len(lora.file.pairs) == 24


# ---- alpha --------------------------------------------------------------------------------------


def test_alpha_comes_from_keys(tiny: Tiny, tmp_path: Path) -> None:
    for style in ("lora.down", "kohya", "lora_A"):
        file = save_lora(tmp_path / f"{style}.safetensors", tiny.pairs, style, alpha=8.0)
        lora = read_lora(file, tiny.shapes)
        assert len(lora.pairs) == 24
        assert lora.scales == (2.0,)
        assert "no alpha" not in str(lora)


def test_alpha_comes_from_the_metadata_of_diffusers(tiny: Tiny, tmp_path: Path) -> None:
    pairs = lora_pairs(tiny.weights, rank=16)
    config = {
        "transformer.r": 16,
        "transformer.lora_alpha": 32,
        "transformer.alpha_pattern": {"attn.to_q": 8},
    }
    metadata = {DIFFUSERS_METADATA: json.dumps(config)}
    file = save_lora(tmp_path / "stated.safetensors", pairs, "lora_A", metadata=metadata)
    lora = read_lora(file, tiny.shapes)
    for path, pair in lora.pairs.items():
        assert pair.scale == (0.5 if path.endswith("attn.to_q") else 2.0)
    assert lora.alpha_stated


def test_the_scale_of_training_is_two(tiny: Tiny, tmp_path: Path) -> None:
    """Rank 64 and alpha 128, as PixelSmile was trained."""
    pairs = lora_pairs(tiny.weights, rank=64)
    metadata = {DIFFUSERS_METADATA: json.dumps({"r": 64, "lora_alpha": 128})}
    file = save_lora(tmp_path / "trained.safetensors", pairs, metadata=metadata)
    assert read_lora(file, tiny.shapes).scales == (2.0,)


def test_without_alpha_it_is_the_rank_and_that_is_said(tiny: Tiny) -> None:
    lora = read_lora(tiny.lora, tiny.shapes)
    assert (lora.scales, lora.alpha_stated) == ((1.0,), False)
    assert "states no alpha" in str(lora)
    assert any("24 pairs of rank 4, scale 1 " in note for note in tiny.load(tiny.lora).notes)


def test_metadata_without_sense_states_nothing(tiny: Tiny, tmp_path: Path) -> None:
    for text in ("{", "[]", '{"lora_alpha": "much"}', '{"alpha_pattern": [1]}'):
        file = save_lora(
            tmp_path / "odd.safetensors", tiny.pairs, metadata={DIFFUSERS_METADATA: text}
        )
        lora = read_lora(file, tiny.shapes)
        assert (lora.scales, lora.alpha_stated) == ((1.0,), False)


def test_alpha_doubles_the_update(tiny: Tiny, tmp_path: Path) -> None:
    file = save_lora(tmp_path / "double.safetensors", tiny.pairs, "lora_A", alpha=8.0)
    path = "transformer_blocks.0.attn.to_q"
    base = tiny.weights[f"{path}.weight"]
    once = tiny.load(tiny.lora).transformer.get_submodule(path).weight - base
    twice = tiny.load(file).transformer.get_submodule(path).weight - base
    assert once.abs().max() > 0.01
    torch.testing.assert_close(twice, 2 * once, rtol=1e-4, atol=1e-6)


# ---- applying -----------------------------------------------------------------------------------


def test_loras_add_up_by_their_weights(tiny: Tiny, tmp_path: Path) -> None:
    other: Pairs = lora_pairs(tiny.weights, rank=8, seed=5)
    second = save_lora(tmp_path / "second.safetensors", other, "kohya")
    model = tiny.load(Lora(str(tiny.lora), weight=0.5), Lora(str(second), weight=-2.0))
    for path, (down, up) in tiny.pairs.items():
        expected = tiny.weights[f"{path}.weight"] + 0.5 * up @ down
        expected = expected - 2.0 * other[path][1] @ other[path][0]
        layer = model.transformer.get_submodule(path)
        torch.testing.assert_close(layer.weight, expected, rtol=1e-4, atol=1e-4)


def inputs(transformer: Any) -> dict[str, Any]:
    """A small step: 16 output tokens, 16 of the reference, 9 of text."""
    generator = torch.Generator().manual_seed(3)
    return {
        "hidden_states": torch.randn(1, 32, transformer.config.in_channels, generator=generator),
        "encoder_hidden_states": torch.randn(
            1, 9, transformer.config.joint_attention_dim, generator=generator
        ),
        "timestep": torch.tensor([0.7]),
        "img_shapes": [[(1, 4, 4), (1, 4, 4)]],
        "return_dict": False,
    }


@torch.inference_mode()
def test_attached_equals_merged(tiny: Tiny, tmp_path: Path) -> None:
    metadata = {DIFFUSERS_METADATA: json.dumps({"r": 8, "lora_alpha": 12})}
    other = lora_pairs(tiny.weights, rank=8, seed=5)
    rank_8 = save_lora(tmp_path / "second.safetensors", other, metadata=metadata)
    loras = [
        LoadedLora(read_lora(tiny.lora, tiny.shapes), 0.7),
        LoadedLora(read_lora(rank_8, tiny.shapes, "upstream"), 1.2),
    ]
    plain, beside, inside = (stock_transformer(tiny) for _ in range(3))
    attach(beside, loras)
    assert attached_pairs(beside) == 24 + 16
    for path in tiny.pairs:
        layer = inside.get_submodule(path)
        layer.weight.data = merged(layer.weight.data, updates_of(loras, path))
    given = inputs(plain)
    (with_pairs,), (with_sums,), (without,) = (one(**given) for one in (beside, inside, plain))
    assert (with_pairs - without).abs().max() > 0.01
    torch.testing.assert_close(with_pairs, with_sums, rtol=1e-4, atol=1e-4)


@pytest.fixture
def zero(tiny: Tiny, tmp_path: Path) -> Path:
    """A LoRA as it is before training."""
    nothing = {path: (down, torch.zeros_like(up)) for path, (down, up) in tiny.pairs.items()}
    return save_lora(tmp_path / "zero.safetensors", nothing)


def test_a_lora_that_changes_nothing_is_refused(tiny: Tiny, zero: Path) -> None:
    error = refusal(tiny, zero)
    assert error.code == "lora_without_effect"
    assert "zero.safetensors" in error.reason
    tiny.load(Lora(str(zero), weight=0.0))  # asked for without effect


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_a_lora_that_changes_nothing_does_not_hide_behind_another(
    tiny: Tiny, zero: Path, precision: str
) -> None:
    with pytest.raises(PixelSmileError, match="zero") as caught:
        tiny.load(tiny.lora, zero, precision=precision)
    assert caught.value.code == "lora_without_effect"


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_a_lora_on_modulations_counts_through_the_table(
    tiny: Tiny, tmp_path: Path, square: Image.Image, precision: str
) -> None:
    generator = torch.Generator().manual_seed(9)
    modulations = {
        path: (
            torch.randn(4, shape[1], generator=generator) * 0.1,
            torch.randn(shape[0], 4, generator=generator) * 0.1,
        )
        for path, shape in tiny.shapes.items()
        if path.endswith(("img_mod.1", "txt_mod.1"))
    }
    assert len(modulations) == 4
    file = save_lora(tmp_path / "modulations.safetensors", modulations, "lora_A")
    without = happy(tiny.load(precision=precision), square)
    with_it = happy(tiny.load(file, precision=precision), square)
    assert (difference(with_it, without) > 2).mean() > 0.01

    merged_on_disk = stock_transformer(tiny)
    for path, (down, up) in modulations.items():
        merged_on_disk.get_submodule(path).weight.data += up @ down
    twin = tmp_path / "twin"
    twin.mkdir()
    for part in tiny.folder.iterdir():
        (twin / part.name).symlink_to(part)
    (twin / "transformer").unlink()
    merged_on_disk.save_pretrained(twin / "transformer")
    same = Tiny(twin, tiny.weights, tiny.shapes, tiny.pairs, tiny.loras)
    expected = happy(same.load(precision=precision), square)
    assert difference(with_it, expected).max() <= 1
