"""From a folder on disk to a model that is ready: planned, streamed, quantized, with its LoRA.

Weights go to the device one block at a time, so that neither the machine nor the device ever
holds the model twice, and the modulation layers are not loaded at all.
"""

import contextlib
import hashlib
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from engine.editors.base import OnStep
from engine.editors.pixelsmile.conditioning import PromptEncoder
from engine.editors.pixelsmile.errors import PixelSmileError
from engine.editors.pixelsmile.lora import (
    LoraFile,
    Pair,
    attach,
    attached_pairs,
    check_shapes,
    merged,
    read_lora,
    switch,
)
from engine.editors.pixelsmile.memory import (
    is_out_of_memory,
    load_text_encoder,
    measure,
    offload_blocks,
    release,
)
from engine.editors.pixelsmile.modulation import (
    Modulation,
    ModulationTable,
    is_modulation,
    replace_modulations,
    tabulate,
)
from engine.editors.pixelsmile.precision import TRANSFORMER_PARAMETERS, Machine, Plan, plan
from engine.editors.pixelsmile.quantization import load_quantized, quantize, save_quantized
from engine.editors.pixelsmile.tensors import TensorFiles
from engine.recipes.expressions import expressions
from engine.recipes.generative import Lora, ModelChoice, PrecisionName

PARTS = ("scheduler", "text_encoder", "tokenizer", "transformer", "vae")

Locate = Callable[[str], Path]
"""From what the user named (a path, an installed model) to a path on disk."""


@dataclass(frozen=True)
class LoadedLora:
    """A LoRA file and what multiplies its effect."""

    file: LoraFile
    weight: float


@dataclass
class Model:
    """Everything that renders, on its device.

    Attributes:
        transformer: with `Modulation`s where its modulation layers were.
        plan: what was picked, and why.
        loras: what lies on top of the base.
        notes: sentences about the choices made, for the user.
    """

    folder: Path
    transformer: Any
    vae: Any
    text_encoder: Any
    prompts: PromptEncoder
    scheduler: Any
    device: torch.device
    dtype: torch.dtype
    plan: Plan
    loras: tuple[LoadedLora, ...]
    modulations: list[Modulation]
    files: TensorFiles
    cache: Path | None
    notes: tuple[str, ...]
    words: tuple[str, ...]
    _tables: dict[str, ModulationTable] = field(default_factory=dict)

    def table(self, timesteps: torch.Tensor) -> ModulationTable:
        """The modulations at these timesteps, computed the first time they are asked for.

        `timesteps`: (steps,) from 1 to 0. Raises `PixelSmileError` when weights are missing.
        """
        timesteps = timesteps.cpu()
        key = hashlib.sha256(str((timesteps.tolist(), self.dtype)).encode()).hexdigest()[:24]
        if key not in self._tables:
            self._tables.clear()  # one schedule at a time: a table is 0.2 GB
            rows, still = self._rows(key, timesteps)
            rows, still = rows.to(self.device), still.to(self.device)
            self._tables[key] = ModulationTable(self.modulations, rows, still)
        return self._tables[key]

    @contextlib.contextmanager
    def text_encoder_at_work(self, *, needed: bool = True) -> Iterator[None]:
        """Where the two take turns: the text encoder on the device for the length of the block."""
        if not needed or self.plan.placement == "together":
            yield
            return
        in_turn = self.plan.placement == "in-turn"
        if in_turn:
            self.transformer.to("cpu")
            release(self.device)
        self.text_encoder.to(self.device)
        try:
            yield
        finally:
            self.text_encoder.to("cpu")
            release(self.device)
            if in_turn:
                self.transformer.to(self.device)

    def make_room(self, error: BaseException, tried: int) -> int:
        """After memory ran out with `tried` intensities: how many to try next.

        First half as many; then the text encoder leaves the device; then the transformer's blocks
        are streamed. Raises `PixelSmileError` (`out_of_memory`) after that, and `error` itself
        when it is about something else.
        """
        if not is_out_of_memory(error):
            raise error
        release(self.device)
        if tried > 1:
            self.plan = replace(self.plan, batch=max(1, tried // 2))
            return self.plan.batch
        if self.device.type == "cuda" and self.plan.placement == "together":
            self.text_encoder.to("cpu")
            self.plan = replace(self.plan, placement="in-turn")
        elif self.device.type == "cuda" and self.plan.placement == "in-turn":
            self.transformer.to("cpu")
            offload_blocks(self.transformer, self.device)
            self.plan = replace(self.plan, placement="offloaded")
        else:
            raise PixelSmileError(
                "out_of_memory",
                "there is not enough memory to render one intensity",
                "close other programs, choose --resolution trained or --precision int4, or use "
                "the editor instant",
            ) from error
        release(self.device)
        return 1

    def _rows(self, key: str, timesteps: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        from safetensors.torch import load_file, save_file

        file = (
            self.cache / f"modulation-{self._base_id()}-{key}.safetensors" if self.cache else None
        )
        if file is not None and file.exists():
            try:
                saved = load_file(file)
                return saved["rows"], saved["still"]
            except (OSError, ValueError, KeyError):
                file.unlink(missing_ok=True)
        rows, still = tabulate(self.transformer, timesteps, self._read_merged)
        if file is not None:
            _try_to_save(lambda path: save_file({"rows": rows, "still": still}, path), file)
        return rows, still

    def _read_merged(self, name: str) -> torch.Tensor:
        weight = self.files.read(name)
        updates = _updates(self.loras, name.removesuffix(".weight"))
        return merged(weight, updates) if updates else weight

    def _base_id(self) -> str:
        touched = [
            f"{lora.file.name}:{lora.weight}"
            for lora in self.loras
            if any(is_modulation(f"{path}.") for path in lora.file.pairs)
        ]
        return _identity(self.folder, self.files, *touched)


def load_model(
    choice: ModelChoice,
    *,
    locate: Locate,
    on_step: OnStep,
    cache: Path | None = None,
    machine: Machine | None = None,
    side_px: int = 512,
) -> Model:
    """Load a base model and its LoRAs as `choice` says, or as memory allows.

    Args:
        locate: finds what `choice` names; raises an error of its own.
        on_step: told of progress; raises `Cancelled` to stop.
        cache: a folder for quantized weights and tables; None keeps nothing.
        machine: what to plan for; measured when None.
        side_px: the larger of output and reference, which the plan makes room for.

    Raises `PixelSmileError` for a model, a LoRA or a machine that will not do.
    """
    folder = locate(choice.path)
    _check_parts(folder)
    machine = machine or measure()
    files = TensorFiles(folder / "transformer")
    shapes = files.shapes()
    loras = _read_loras(choice.loras, shapes, locate)
    scale = (
        sum(math.prod(s) for n, s in shapes.items() if not is_modulation(n))
        / TRANSFORMER_PARAMETERS
    )
    chosen = plan(
        machine, choice.precision, choice.placement, choice.batch, side_px=side_px,
        scale=min(1.0, scale),
    )  # fmt: skip
    device = torch.device(machine.device)
    dtype = compute_dtype(chosen.precision.name, device)
    steps = _Steps(on_step, len(PARTS))
    transformer, modulations = _transformer(
        folder, files, loras, chosen, device, dtype, cache, steps.part(0, 3)
    )
    text_encoder = load_text_encoder(folder, chosen, device, dtype)
    steps(3, len(PARTS))
    vae = _vae(folder, device, dtype)
    steps(4, len(PARTS))
    notes = [chosen.reason, *(f"{lora.file}" for lora in loras)]
    model = Model(
        folder=folder,
        transformer=transformer,
        vae=vae,
        text_encoder=text_encoder,
        prompts=_prompts(folder, text_encoder),
        scheduler=_scheduler(folder, lightning=choice.lightning),
        device=device,
        dtype=dtype,
        plan=chosen,
        loras=loras,
        modulations=modulations,
        files=files,
        cache=cache,
        notes=tuple(notes),
        words=(*(one.word for one in expressions().values()), *choice.words),
    )
    steps(5, len(PARTS))
    return model


def compute_dtype(precision: PrecisionName, device: torch.device) -> torch.dtype:
    """What products are computed in. Never float16: the model's activations overflow it."""
    if precision == "fp32" or (device.type == "cpu" and precision != "bf16"):
        return torch.float32
    return torch.bfloat16


def _check_parts(folder: Path) -> None:
    missing = [part for part in PARTS if not (folder / part).is_dir()]
    if missing:
        raise PixelSmileError(
            "model_incomplete",
            f"{folder} is no model of Qwen-Image-Edit: it has no folder {missing[0]}",
            "name the folder that holds model_index.json, or run 'pixelsmile models get "
            "qwen-image-edit-2511'",
        )


# ---- the transformer ----------------------------------------------------------------------------


def _transformer(
    folder: Path,
    files: TensorFiles,
    loras: Sequence[LoadedLora],
    chosen: Plan,
    device: torch.device,
    dtype: torch.dtype,
    cache: Path | None,
    on_step: OnStep,
) -> tuple[Any, list[Modulation]]:
    from accelerate import init_empty_weights
    from diffusers import QwenImageTransformer2DModel

    config = _config(lambda: QwenImageTransformer2DModel.load_config(folder / "transformer"))
    with init_empty_weights():
        transformer: Any = QwenImageTransformer2DModel.from_config(config)
    transformer.eval().requires_grad_(False)
    is_quantized = chosen.precision.bits < 16
    home = torch.device("cpu") if chosen.placement == "offloaded" else device
    modulations = replace_modulations(transformer)
    updates = () if is_quantized else loras
    cached = (
        _cached(cache, "transformer", _identity(folder, files), chosen) if is_quantized else None
    )
    if cached is None or not _load_cached(transformer, chosen, cached, home):
        _stream(transformer, files, updates, chosen, home, dtype, on_step)
        if cached is not None:
            _try_to_save(lambda path: save_quantized(transformer, chosen.precision, path), cached)
    for module in modulations:
        module.row = torch.zeros(2, 6 * transformer.inner_dim, dtype=dtype, device=home)
    _apply(transformer, loras, live=is_quantized, files=files)
    if chosen.placement == "offloaded":
        offload_blocks(transformer, device)
    return transformer, modulations


def _stream(
    transformer: Any,
    files: TensorFiles,
    loras: Sequence[LoadedLora],
    chosen: Plan,
    device: torch.device,
    dtype: torch.dtype,
    on_step: OnStep,
) -> None:
    """Fill the transformer block by block; each is quantized as soon as it is there."""
    blocks = list(transformer.transformer_blocks.named_children())
    _fill(transformer, "", files, loras, device, dtype, skip="transformer_blocks.")
    for index, (name, block) in enumerate(blocks):
        on_step(index, len(blocks))
        _fill(block, f"transformer_blocks.{name}.", files, loras, device, dtype)
        quantize(block, chosen.precision)


def _fill(
    module: nn.Module,
    prefix: str,
    files: TensorFiles,
    loras: Sequence[LoadedLora],
    device: torch.device,
    dtype: torch.dtype,
    skip: str = "?",
) -> None:
    from accelerate.utils import set_module_tensor_to_device

    for name, _ in list(module.named_parameters()):
        if name.startswith(skip):
            continue
        weight = files.read(prefix + name).to(device, dtype)
        updates = _updates(loras, (prefix + name).removesuffix(".weight"))
        if updates and name.endswith(".weight"):
            weight = merged(weight, updates)
        set_module_tensor_to_device(module, name, device, value=weight, dtype=dtype)


def _updates(loras: Sequence[LoadedLora], path: str) -> list[tuple[Pair, float]]:
    return [(one.file.pairs[path], one.weight) for one in loras if path in one.file.pairs]


def _read_loras(wanted: Sequence[Lora], shapes: Any, locate: Locate) -> tuple[LoadedLora, ...]:
    weights = {
        name.removesuffix(".weight"): shape
        for name, shape in shapes.items()
        if name.endswith(".weight") and len(shape) == 2
    }
    loras: list[LoadedLora] = []
    for one in wanted:
        file = read_lora(_lora_path(locate(one.path)), weights, one.layers)
        check_shapes(file, weights)
        loras.append(LoadedLora(file, one.weight))
    return tuple(loras)


def _lora_path(path: Path) -> Path:
    """The file itself, or the only safetensors in a folder."""
    if not path.is_dir():
        return path
    files = sorted(path.glob("*.safetensors"))
    if len(files) == 1:
        return files[0]
    raise PixelSmileError(
        "lora_unreadable",
        f"the folder {path.name} holds {len(files)} safetensors, not one LoRA",
        "name the file",
    )


def _apply(
    transformer: Any, loras: Sequence[LoadedLora], *, live: bool, files: TensorFiles
) -> None:
    """Attach what was not merged, and make sure that every LoRA changes the output."""
    if live:
        attach(transformer, [(one.file, one.weight) for one in loras])
        expected = sum(not is_modulation(f"{path}.") for one in loras for path in one.file.pairs)
        found = attached_pairs(transformer) if expected else 0
        if found != expected:
            raise PixelSmileError(
                "lora_incomplete",
                f"{expected - found} of {expected} LoRA pairs were not applied",
                "report it: the model's layers and the LoRA's do not meet",
            )
    for one in loras:
        _check_effect(transformer, one, live=live, files=files)


def _check_effect(transformer: Any, one: LoadedLora, *, live: bool, files: TensorFiles) -> None:
    """A LoRA that changes nothing is untrained, or was lost on the way: refuse it.

    Attached: the same layer with and without. Merged: the layer's weight against the disk's.
    """
    if one.weight == 0:
        return
    paths = [path for path in one.file.pairs if not is_modulation(f"{path}.")]
    for path in paths:
        layer = transformer.get_submodule(path)
        if _changes(layer, path, live=live, files=files):
            return
    if paths or not one.file.pairs:
        raise PixelSmileError(
            "lora_without_effect",
            f"the LoRA {one.file.name} changes nothing in the model's output",
            "choose a trained LoRA: in this one every update is zero or lost in rounding",
        )


def _changes(layer: Any, path: str, *, live: bool, files: TensorFiles) -> bool:
    with torch.inference_mode():
        if not live:
            weight = layer.weight
            if weight.device.type == "meta":
                return True
            base = files.read(f"{path}.weight").to(weight.device, weight.dtype)
            probe = _probe(base.shape[1], weight)
            return not torch.equal(probe @ weight.T, probe @ base.T)
        like = next(iter(layer.lora_A.values())).weight
        probe = _probe(like.shape[1], like)
        adapted = layer(probe)
        switch(layer, on=False)
        try:
            plain = layer(probe)
        finally:
            switch(layer, on=True)
        return not torch.equal(adapted, plain)


def _probe(width: int, like: torch.Tensor) -> torch.Tensor:
    ramp = torch.linspace(-1.0, 1.0, width, dtype=torch.float32)
    return torch.stack([ramp, ramp.sin(), 1 - ramp]).to(like.device, like.dtype)


# ---- the other parts ----------------------------------------------------------------------------


def _vae(folder: Path, device: torch.device, dtype: torch.dtype) -> Any:
    from diffusers import AutoencoderKLQwenImage

    TensorFiles(folder / "vae")  # says in a sentence what diffusers would say in a traceback
    vae: Any = _config(
        lambda: AutoencoderKLQwenImage.from_pretrained(
            folder / "vae", dtype=dtype, use_safetensors=True, local_files_only=True
        )
    )
    return vae.to(device).eval().requires_grad_(False)


def _prompts(folder: Path, text_encoder: Any) -> PromptEncoder:
    from transformers import AutoTokenizer
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import (
        Qwen2VLImageProcessorPil,
    )

    tokenizer = _config(lambda: AutoTokenizer.from_pretrained(folder / "tokenizer"))
    source = folder / "processor"
    # The variant without torchvision: same tokens, pixels within one step of 8 bits.
    images = (
        _config(lambda: Qwen2VLImageProcessorPil.from_pretrained(source))
        if (source / "preprocessor_config.json").exists()
        or (source / "processor_config.json").exists()
        else Qwen2VLImageProcessorPil()
    )
    return PromptEncoder(text_encoder, tokenizer, images)


def _scheduler(folder: Path, *, lightning: bool) -> Any:
    """The model's own schedule, or the one that Lightning LoRAs were distilled with (shift 3)."""
    from diffusers import FlowMatchEulerDiscreteScheduler

    config = dict(
        _config(lambda: FlowMatchEulerDiscreteScheduler.load_config(folder / "scheduler"))
    )
    if lightning:
        config |= {"base_shift": math.log(3), "max_shift": math.log(3), "shift_terminal": None}
    return FlowMatchEulerDiscreteScheduler.from_config(config)


def _config(read: Callable[[], Any]) -> Any:
    """What `read` gives, or one sentence about the part that cannot be read."""
    try:
        return read()
    except (OSError, ValueError, KeyError, TypeError) as error:
        text = " ".join(str(error).split())[:200]
        raise PixelSmileError(
            "model_incomplete",
            f"a part of the model cannot be read ({text})",
            "run 'pixelsmile models verify', or download the model again",
        ) from error


# ---- what is kept on disk -----------------------------------------------------------------------


def _identity(folder: Path, files: TensorFiles, *more: str) -> str:
    import diffusers

    text = "|".join([str(folder.resolve()), files.fingerprint, diffusers.__version__, *more])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _cached(cache: Path | None, part: str, identity: str, chosen: Plan) -> Path | None:
    if cache is None:
        return None
    return cache / f"{part}-{chosen.precision.name}-{identity}.safetensors"


def _load_cached(module: nn.Module, chosen: Plan, file: Path, device: torch.device) -> bool:
    if not file.exists():
        return False
    try:
        load_quantized(module, chosen.precision, file, device)
    except PixelSmileError:
        file.unlink(missing_ok=True)
        return False
    return True


def _try_to_save(save: Callable[[Path], None], file: Path) -> None:
    """A cache that cannot be written costs time, not the job."""
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        save(file)


class _Steps:
    """Progress of loading, in parts."""

    def __init__(self, on_step: OnStep, total: int) -> None:
        self._on_step = on_step
        self._total = total

    def __call__(self, done: int, total: int) -> None:
        self._on_step(done * 100, total * 100)

    def part(self, start: int, length: int) -> OnStep:
        def on_step(done: int, total: int) -> None:
            self._on_step(int((start + length * done / max(total, 1)) * 100), self._total * 100)

        return on_step
