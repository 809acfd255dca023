"""The modulation table: what the layers themselves give, kept on disk between two starts."""

from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import QwenImageTransformer2DModel
from PIL import Image
from safetensors.torch import save_file

from engine.editors.pixelsmile.modulation import is_modulation
from tests.helpers.tiny_pixelsmile import save_lora
from tests.unit.pixelsmile.tiny_runs import Tiny, difference, happy, read_portrait, tensors_in

TIMES = torch.tensor([1.0, 0.61, 0.02])


def step(time: torch.Tensor, samples: int = 1) -> dict[str, Any]:
    """Two samples' worth of the transformer's inputs at one timestep."""
    generator = torch.Generator().manual_seed(3)
    return {
        "hidden_states": torch.randn(samples, 32, 64, generator=generator),
        "encoder_hidden_states": torch.randn(samples, 9, 32, generator=generator),
        "timestep": time.expand(samples),
        "img_shapes": [[(1, 4, 4), (1, 4, 4)]] * samples,
        "return_dict": False,
    }


@torch.inference_mode()
def test_the_table_equals_the_layers_it_stands_for(tiny: Tiny) -> None:
    stock: Any = QwenImageTransformer2DModel.from_pretrained(tiny.folder / "transformer")
    model = tiny.load()
    table = model.table(TIMES)
    given: dict[str, list[torch.Tensor]] = {"stock": [], "ours": []}
    for who, transformer in (("stock", stock), ("ours", model.transformer)):
        for block in transformer.transformer_blocks:
            for layer in (block.img_mod, block.txt_mod):
                layer.register_forward_hook(lambda *got, who=who: given[who].append(got[2]))
    for index, time in enumerate(TIMES):
        table.go_to(index)
        for samples in (1, 2):
            (expected,) = stock(**step(time, samples))
            (ours,) = model.transformer(**step(time, samples))
            torch.testing.assert_close(ours, expected, rtol=1e-4, atol=1e-4)
    assert len(given["stock"]) == 3 * 2 * 4
    for ours, expected in zip(given["ours"], given["stock"], strict=True):
        torch.testing.assert_close(ours, expected, rtol=1e-5, atol=1e-6)
    assert not torch.allclose(given["stock"][0], given["stock"][8], atol=1e-3)


def test_the_layers_themselves_are_not_in_memory(tiny: Tiny) -> None:
    transformer = tiny.load(tiny.lora).transformer
    assert not any(is_modulation(f"{name}.") for name, _ in transformer.named_parameters())
    kept = sum(weight.numel() for weight in transformer.parameters())
    left_out = sum(w.numel() for name, w in tiny.weights.items() if is_modulation(name))
    assert kept + left_out == sum(weight.numel() for weight in tiny.weights.values())
    assert left_out > 0.2 * kept


def test_another_schedule_and_back_gives_the_same_rows(tiny: Tiny) -> None:
    model = tiny.load()
    module = model.modulations[0]

    def row() -> torch.Tensor:
        model.table(TIMES).go_to(1)
        return module.row.clone()

    first = row()
    model.table(TIMES[:2] * 0.9).go_to(1)
    assert not torch.equal(module.row, first)
    assert torch.equal(row(), first)


def test_the_table_on_disk_is_used_and_gives_the_same_picture(
    tiny: Tiny, tmp_path: Path, square: Image.Image
) -> None:
    plain = happy(tiny.load(tiny.lora), square)
    first = happy(tiny.load(tiny.lora, cache=tmp_path), square)
    (file,) = tmp_path.glob("modulation-*.safetensors")
    second = happy(tiny.load(tiny.lora, cache=tmp_path), square)
    assert difference(first, plain).max() == 0
    assert difference(second, plain).max() == 0
    assert list(tmp_path.iterdir()) == [file]
    saved = tensors_in(file)
    save_file({"rows": saved["rows"] * 1.5, "still": saved["still"]}, file)
    assert difference(happy(tiny.load(tiny.lora, cache=tmp_path), square), plain).any()


@pytest.mark.parametrize("damage", ["cut", "empty", "foreign", "nonsense"])
def test_a_damaged_table_is_made_anew(
    tiny: Tiny, tmp_path: Path, square: Image.Image, damage: str
) -> None:
    plain = happy(tiny.load(cache=tmp_path), square)
    (file,) = tmp_path.glob("modulation-*.safetensors")
    whole = file.read_bytes()
    match damage:
        case "cut":
            file.write_bytes(whole[:-1000])
        case "empty":
            file.write_bytes(b"")
        case "foreign":
            save_file({"x": torch.zeros(2)}, file)
        case "nonsense":
            file.write_bytes(b"\xff" * 4096)
    assert difference(happy(tiny.load(cache=tmp_path), square), plain).max() == 0
    assert file.read_bytes() == whole


def test_a_lora_of_the_same_name_gets_its_own_table(
    tiny: Tiny, tmp_path: Path, square: Image.Image
) -> None:
    """A user trains again and writes over the file."""
    path = "transformer_blocks.0.img_mod.1"
    rows, columns = tiny.shapes[path]
    seen = []
    for strength in (0.05, 0.2):
        pairs = {path: (torch.full((1, columns), 0.3), torch.full((rows, 1), strength))}
        file = save_lora(tmp_path / "mine.safetensors", pairs, "lora_A")
        alone = happy(tiny.load(file), square)
        cached = happy(tiny.load(file, cache=tmp_path / "cache"), square)
        assert difference(cached, alone).max() == 0
        seen.append(alone)
    assert difference(*seen).max() > 2


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(
    tiny: Tiny, tmp_path: Path, square: Image.Image
) -> None:
    (tmp_path / "file").write_text("")
    happy(tiny.load(cache=tmp_path / "file" / "below"), square)


def test_a_table_belongs_to_its_size_of_steps(
    tiny: Tiny, tmp_path: Path, square: Image.Image
) -> None:
    model = tiny.load(cache=tmp_path)
    portrait = read_portrait(model, square)
    assert portrait.output_grid == (16, 16)
    for count in (1, 2, 3):
        model.table(TIMES[:count])
    assert len(list(tmp_path.glob("modulation-*"))) == 3
