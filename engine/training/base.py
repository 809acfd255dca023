"""The frozen model: its parts loaded as the editor loads them, with the trained layers in place."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from engine.editors.pixelsmile.cache import identity
from engine.editors.pixelsmile.conditioning import PromptEncoder
from engine.editors.pixelsmile.loading import PARTS, compute_dtype
from engine.editors.pixelsmile.lora import check_shapes, read_lora
from engine.editors.pixelsmile.precision import PRECISIONS, Plan
from engine.editors.pixelsmile.tensors import TensorFiles, check_loaded, readable
from engine.editors.pixelsmile.text_encoder import load_text_encoder
from engine.editors.pixelsmile.transformer import Target, load_transformer
from engine.recipes.generative import PrecisionName
from engine.training.config import Config
from engine.training.errors import TrainingError
from engine.training.layers import LoraLinear, attach_lora, start_from
from engine.training.modulation import (
    ModulationRows,
    SampledModulation,
    sampled_modulations,
    saved_rows,
    tabulate,
)
from engine.training.schedule import TIMESTEPS
from engine.weights import locate

DEFAULT_BASE = "qwen-image-edit-2511"


@dataclass(frozen=True)
class Place:
    """Where the model is and how it is computed.

    Attributes:
        folder: of the pipeline's parts.
        device: that computes.
        dtype: of products and of what is not quantized.
        precision: of the frozen weights.
    """

    folder: Path
    device: torch.device
    dtype: torch.dtype
    precision: PrecisionName

    @property
    def target(self) -> Target:
        """For the editor's loaders."""
        return self.target_at(self.device)

    def target_at(self, home: torch.device) -> Target:
        """The same, with the weights waiting at `home`."""
        chosen = Plan(PRECISIONS[self.precision], "together", 1, "as the configuration says")
        return Target(chosen, self.device, home, self.dtype, None)


def place_of(config: Config, device: torch.device) -> Place:
    """Resolve what the configuration leaves open.

    Raises `TrainingError`, and `WeightsError` where no such model is installed.
    """
    folder = locate(config.model.path or DEFAULT_BASE)
    missing = [part for part in PARTS if not (folder / part).is_dir()]
    if missing:
        raise TrainingError(
            "model_incomplete",
            f"{folder.name} is no model of Qwen-Image-Edit: it has no folder {missing[0]}",
            "check model.path",
        )
    precision = config.model.precision
    if precision == "auto":
        precision = "bf16" if device.type == "cuda" else "fp32"
    return Place(folder, device, compute_dtype(precision, device), precision)


def load_vae(place: Place) -> Any:
    """Frozen, on the device."""
    from diffusers import AutoencoderKLQwenImage

    loaded: Any = readable(
        lambda: AutoencoderKLQwenImage.from_pretrained(
            place.folder / "vae",
            dtype=place.dtype,
            use_safetensors=True,
            local_files_only=True,
            output_loading_info=True,
        )
    )
    vae, report = loaded
    check_loaded("vae", sorted(report["missing_keys"]))
    return vae.to(place.device).eval().requires_grad_(False)


def load_prompts(place: Place) -> PromptEncoder:
    """The text encoder with the tokens as the editing pipeline gives them to it."""
    from transformers import AutoTokenizer
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import (
        Qwen2VLImageProcessorPil,
    )

    tokenizer = readable(
        lambda: AutoTokenizer.from_pretrained(place.folder / "tokenizer", local_files_only=True)
    )
    source = place.folder / "processor"
    is_there = any(
        (source / f"{one}_config.json").exists() for one in ("preprocessor", "processor")
    )
    images = (
        readable(lambda: Qwen2VLImageProcessorPil.from_pretrained(source, local_files_only=True))
        if is_there
        else Qwen2VLImageProcessorPil()
    )
    return PromptEncoder(load_text_encoder(place.folder, place.target), tokenizer, images)


@dataclass
class Trained:
    """The transformer with what is learnt in it.

    Attributes:
        layers: module path → the trained layer.
        rows: modulations of the timesteps 1…1000, in that order.
        modules: where they are put, for rows of other timesteps.
        files: of the transformer, for such rows.
    """

    transformer: Any
    layers: Mapping[str, LoraLinear]
    rows: ModulationRows
    modules: list[SampledModulation]
    files: TensorFiles


def load_trained(config: Config, place: Place, *, may_write: bool = True) -> Trained:
    """Load the transformer, frozen, without its modulation layers and with the LoRA in place.

    Args:
        may_write: whether this process writes the table; it is read where it is there.
    """
    files = TensorFiles(place.folder / "transformer")
    # What is spread over several devices fits none of them before it is.
    home = torch.device("cpu") if config.machine.shard else place.device
    transformer, _ = load_transformer(
        place.folder, files, (), place.target_at(home), lambda done, total: None
    )
    layers = attach_lora(transformer, config.lora, config.run.seed)
    if config.model.start:
        _start(config, files, layers)
    modules = sampled_modulations(transformer)
    name = f"modulation-{identity(place.folder, files.fingerprint, str(place.dtype))}.safetensors"
    timesteps = torch.arange(1, TIMESTEPS + 1) / TIMESTEPS
    config.cache.mkdir(parents=True, exist_ok=True)
    rows, still = saved_rows(
        config.cache / name,
        lambda: tabulate(transformer, timesteps, files.read),
        may_write=may_write,
    )
    if config.machine.gradient_checkpointing:
        transformer.enable_gradient_checkpointing()
    transformer.train()
    return Trained(transformer, layers, ModulationRows(modules, rows, still), modules, files)


def _start(config: Config, files: TensorFiles, layers: Mapping[str, LoraLinear]) -> None:
    shapes = {
        name.removesuffix(".weight"): shape
        for name, shape in files.shapes().items()
        if name.endswith(".weight") and len(shape) == 2
    }
    file = read_lora(locate(config.model.start), shapes)
    check_shapes(file, shapes)
    start_from(layers, file.pairs, file.name)
