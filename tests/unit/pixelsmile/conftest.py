"""A tiny model of the real classes, LoRA files in every spelling and a portrait to edit."""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from PIL import Image

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of packages that are imported for the first time
    import torch
    from diffusers import QwenImageTransformer2DModel

    from tests.helpers.tiny_pixelsmile import LoraStyle, lora_pairs, save_lora, save_tiny_model

from engine.editors.pixelsmile.crop import official_square
from engine.recipes import RESOURCES
from tests.unit.pixelsmile.tiny_runs import Shapes, Tiny, Weights

THIRD_PARTY_WARNINGS = (
    # The stock loader, when it drops a third of a file of mixed spellings.
    "ignore:While injecting the PEFT adapters, an inconsistency was discovered:RuntimeWarning",
    # peft, for a second LoRA beside the first.
    "ignore:Already found a `peft_config` attribute in the model:UserWarning",
    # peft, beside weights of torchao: merging is what we never do with them.
    "ignore:TorchaoLoraLinear was instantiated without:UserWarning",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Warnings that libraries raise about themselves are none of ours."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            for line in THIRD_PARTY_WARNINGS:
                item.add_marker(pytest.mark.filterwarnings(line))


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Two pytest workers share two cores."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def room_on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Caches are written however little the machine has left."""
    monkeypatch.setattr("engine.editors.pixelsmile.cache._SPARE_BYTES", 0.0)


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Weights]:
    """The model's folder and the transformer's weights by name."""
    folder = save_tiny_model(tmp_path_factory.mktemp("tiny"))
    stock = QwenImageTransformer2DModel.from_pretrained(folder / "transformer")
    assert isinstance(stock, QwenImageTransformer2DModel)
    return folder, stock.state_dict()


@pytest.fixture(scope="session")
def tiny(weights: tuple[Path, Weights], tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    """The model and one LoRA spelled in every way that is about."""
    folder, tensors = weights
    pairs = lora_pairs(tensors)
    loras = tmp_path_factory.mktemp("loras")
    files = {
        style: save_lora(loras / f"{style}.safetensors", pairs, style)
        for style in get_args(LoraStyle)
    }
    shapes: Shapes = {
        name.removesuffix(".weight"): tuple(weight.shape)
        for name, weight in tensors.items()
        if name.endswith(".weight") and weight.ndim == 2
    }
    return Tiny(folder, tensors, shapes, pairs, files)


@pytest.fixture(scope="session")
def photo() -> Image.Image:
    """A portrait, taller than wide."""
    return Image.open(RESOURCES / "samples" / "grace_hopper.jpg").convert("RGB")


@pytest.fixture(scope="session")
def square(photo: Image.Image) -> Image.Image:
    """Its middle as the model gets it, 512 × 512."""
    return official_square(photo)
