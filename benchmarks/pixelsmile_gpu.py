"""How fast the generative editor is on a GPU at full size, against the stock pipeline and a floor.

    python benchmarks/pixelsmile_gpu.py [--only WORD…] [--minutes 9] [--json FILE] [--tiny]

Builds the transformer (20.43 billion parameters) and the text encoder of Qwen-Image-Edit-2511 with
random weights, made on the GPU: nothing is downloaded and nothing large is written. It needs a GPU
of 80 GB; figures in the documentation are of one H200. The most important rows come first, each is
printed when it is measured, and what the minutes do not suffice for is named at the end.

A row is a median over steps of `sampling.denoise`, timed by the device's own events after steps
that warm up. The floor is the counted work at the fastest bf16 matrix products that were measured
on an H200; rows in fp8 are held against the same. "stock" is the transformer as the stock pipeline
calls it, one intensity at a time: LoRA beside the layers, modulations as layers, not compiled.
Peak memory leaves out text encoder and VAE, which stay on the device.

`--only` keeps what has all the words: `512` `1024`, `batch1` `batch4` `batch16`, `bf16` `fp8`,
`merged` `attached`, `table` `layers`, `eager` `compiled` for rows; `prompts` and `four` alone.
`--tiny` runs everything on a small model on the processor, as a test: its figures mean nothing.
"""

import argparse
import contextlib
import functools
import gc
import json
import statistics
import sys
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise, product
from pathlib import Path
from typing import Any, Literal, cast

import torch
import torch._dynamo.config as dynamo
from PIL import Image
from torch import nn
from torch.utils._python_dispatch import is_traceable_wrapper_subclass

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # for tests.helpers

from engine.editors.pixelsmile.conditioning import PromptEncoder
from engine.editors.pixelsmile.crop import official_square
from engine.editors.pixelsmile.lora import LoadedLora, LoraFile, Pair, attach, merged, updates_of
from engine.editors.pixelsmile.memory import is_out_of_memory, release
from engine.editors.pixelsmile.model import Model
from engine.editors.pixelsmile.modulation import (
    Modulation,
    ModulationTable,
    replace_modulations,
)
from engine.editors.pixelsmile.precision import PRECISIONS, Plan
from engine.editors.pixelsmile.quantization import quantize
from engine.editors.pixelsmile.sampling import (
    TOKEN_PX,
    Portrait,
    Schedule,
    decode,
    denoise,
    noise,
    prepare,
    schedule,
)
from engine.recipes import RESOURCES
from engine.recipes.generative import Sampling
from tests.helpers.official_pixelsmile import mend, official_edit
from tests.helpers.tiny_pixelsmile import SPECIAL, lora_pairs, tiny_tokenizer

SAMPLE = RESOURCES / "samples" / "grace_hopper.jpg"
FLOOR_TFLOPS = 790.0
"""Reached by bf16 matrix products on an H200."""
FIELD_NOTES_TFLOP = {512: 37, 1024: 170}
SIDES = tuple(FIELD_NOTES_TFLOP)
STEPS, OFFICIAL_STEPS = 5, 50
BATCHES = (1, 4, 16)
DTYPE = torch.bfloat16
HEADING = (
    "size batch  kept lora     modulations, mode       | "
    " ms/step  TFLOP/s  × floor  × stock  peak GB  first s"
)


@dataclass(frozen=True)
class Scale:
    """What is built, and how large the pictures are.

    Attributes:
        transformer: configuration of `QwenImageTransformer2DModel`.
        text, vision: of the two halves of Qwen2.5-VL.
        vae: of `AutoencoderKLQwenImage`.
        rank: of the LoRA.
        sides: 512 and 1024 → the side in pixels that stands for it.
        prompt_tokens: that the transformer gets; of a square crop, 324 are the picture's.
        upstream: the official script's resolution, by name.
        compiler: backend of `torch.compile`.
    """

    transformer: Mapping[str, Any]
    text: Mapping[str, Any]
    vision: Mapping[str, Any]
    vae: Mapping[str, Any]
    rank: int
    sides: Mapping[int, int]
    prompt_tokens: int
    upstream: Literal["trained", "upstream"]
    compiler: str


FULL = Scale(
    transformer={
        "num_layers": 60, "attention_head_dim": 128, "num_attention_heads": 24,
        "joint_attention_dim": 3584, "axes_dims_rope": (16, 56, 56), "zero_cond_t": True,
    },
    text={
        "vocab_size": 152064, "hidden_size": 3584, "intermediate_size": 18944,
        "num_hidden_layers": 28, "num_attention_heads": 28, "num_key_value_heads": 4,
        "rope_parameters": {
            "rope_type": "default", "rope_theta": 1e6, "mrope_section": [16, 24, 24],
        },
    },
    vision={
        "depth": 32, "hidden_size": 1280, "intermediate_size": 3420, "num_heads": 16,
        "out_hidden_size": 3584, "fullatt_block_indexes": [7, 15, 23, 31],
    },
    vae={},
    rank=64,
    sides={512: 512, 1024: 1024},
    prompt_tokens=344,
    upstream="upstream",
    compiler="inductor",
)  # fmt: skip

TINY = Scale(
    transformer={
        "num_layers": 1, "attention_head_dim": 32, "num_attention_heads": 2,
        "joint_attention_dim": 32, "axes_dims_rope": (8, 12, 12), "zero_cond_t": True,
    },
    text={
        "vocab_size": 20_000, "hidden_size": 32, "intermediate_size": 64,
        "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1,
        "rope_parameters": {
            "rope_type": "default", "rope_theta": 1e4, "mrope_section": [2, 3, 3],
        },
    },
    vision={
        "depth": 2, "hidden_size": 32, "intermediate_size": 64, "num_heads": 2,
        "out_hidden_size": 32, "fullatt_block_indexes": [1],
    },
    vae={"base_dim": 4, "num_res_blocks": 1},
    rank=4,
    sides={512: 32, 1024: 64},
    prompt_tokens=24,
    upstream="trained",
    compiler="eager",
)  # fmt: skip


PrecisionWay = Literal["bf16", "fp8"]
LoraWay = Literal["merged", "attached"]
PRECISION_NAMES: tuple[PrecisionWay, ...] = ("bf16", "fp8")
LORA_WAYS: tuple[LoraWay, ...] = ("merged", "attached")


@dataclass(frozen=True)
class Variant:
    """One way to keep the transformer; `table` is False where modulations stay layers."""

    precision: PrecisionWay = "bf16"
    lora: LoraWay = "merged"
    table: bool = True

    @property
    def words(self) -> tuple[str, str, str]:
        """For `--only` and for the rows."""
        return self.precision, self.lora, "table" if self.table else "layers"


@dataclass(frozen=True)
class Row:
    """One figure to be measured; `side` is 512 or 1024."""

    variant: Variant
    side: int
    batch: int
    compiled: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """For `--only` and for the rows."""
        mode = "compiled" if self.compiled else "eager"
        return str(self.side), f"batch{self.batch}", *self.variant.words, mode


STOCK = Variant(lora="attached", table=False)
OURS = Variant()
OURS_FP8 = Variant("fp8", "attached")


# ---- what there is to do ------------------------------------------------------------------------


def count_tera_flops(scale: Scale, side: int) -> float:
    """Of one step of one intensity, `side` for its output and its reference.

    Twelve width² weights a token and block in linear layers, whatever its stream, and two products
    of all tokens with all tokens in attention; twice that, as a product and a sum are two. The
    LoRA's own products and the modulations are left out: the floor does without them.
    """
    config = scale.transformer
    width = config["num_attention_heads"] * config["attention_head_dim"]
    pictures = 2 * (scale.sides[side] // TOKEN_PX) ** 2
    tokens = pictures + scale.prompt_tokens
    block = 2 * tokens * 12 * width**2 + 2 * 2 * tokens**2 * width
    ends = 2 * width * (2 * 64 * pictures + config["joint_attention_dim"] * scale.prompt_tokens)
    return (config["num_layers"] * block + ends) / 1e12


def first_rows() -> Iterator[Row]:
    """What the goals are about."""
    yield from (Row(STOCK, 512, 1), Row(STOCK, 1024, 1))
    for compiled in (False, True):
        sizes = ((512, 4), (512, 1), (512, 16), (1024, 1), (1024, 4))
        yield from (Row(OURS, *size, compiled) for size in sizes)
    for compiled in (False, True):
        sizes = ((512, 4), (512, 1), (1024, 1), (1024, 4))
        yield from (Row(OURS_FP8, *size, compiled) for size in sizes)
    yield from (Row(STOCK, 512, 4), Row(STOCK, 512, 1, True), Row(STOCK, 1024, 1, True))


def all_rows() -> Iterator[Row]:
    """The whole matrix, neighbours sharing a model."""
    for table, precision, lora in product((True, False), PRECISION_NAMES, LORA_WAYS):
        for compiled, side, batch in product((False, True), SIDES, BATCHES):
            yield Row(Variant(precision, lora, table), side, batch, compiled)


# ---- random models ------------------------------------------------------------------------------


class RandomWeights:
    """Stands where `TensorFiles` stands: the same name gives the same random tensor."""

    def __init__(self, module: nn.Module, device: torch.device) -> None:
        self._shapes = {name: weight.shape for name, weight in module.named_parameters()}
        self._device = device

    def read(self, name: str) -> torch.Tensor:
        """On the device: matrices that keep the scale of what goes through, norms 1, biases 0."""
        shape = self._shapes[name]
        if len(shape) == 1:
            value = 1.0 if name.endswith("weight") else 0.0
            return torch.full(shape, value, device=self._device, dtype=DTYPE)
        generator = torch.Generator(self._device).manual_seed(zlib.crc32(name.encode()))
        weight = torch.empty(shape, device=self._device, dtype=DTYPE)
        return weight.normal_(0, shape[1:].numel() ** -0.5, generator=generator)


def fill(module: nn.Module, read: Callable[[str], torch.Tensor], device: torch.device) -> None:
    """Put what `read` gives where the parameters are on the meta device."""
    from accelerate.utils import set_module_tensor_to_device

    for name, _ in list(module.named_parameters()):
        set_module_tensor_to_device(
            module, name, device, value=read(name), dtype=DTYPE, clear_cache=False
        )
    module.to(device).eval().requires_grad_(False)


def empty_transformer(scale: Scale) -> Any:
    """On the meta device."""
    from accelerate import init_empty_weights
    from diffusers import QwenImageTransformer2DModel

    with init_empty_weights():
        return QwenImageTransformer2DModel(**scale.transformer)


def random_lora(scale: Scale, device: torch.device) -> LoadedLora:
    """Twelve pairs a block."""
    halves = lora_pairs(empty_transformer(scale).state_dict(), rank=scale.rank)
    pairs = {
        path: Pair(down.to(device, DTYPE), up.to(device, DTYPE), 1.0)
        for path, (down, up) in halves.items()
    }
    return LoadedLora(LoraFile("random", pairs, alpha_stated=True, dropped=0), 1.0)


def build_transformer(
    scale: Scale, variant: Variant, lora: LoadedLora, device: torch.device
) -> tuple[Any, list[Modulation], RandomWeights]:
    """The transformer, its `Modulation`s, and the weights that they are computed from."""
    transformer = empty_transformer(scale)
    weights = RandomWeights(transformer, device)
    modulations = replace_modulations(transformer, DTYPE, device) if variant.table else []
    merge = [lora] if variant.lora == "merged" else []

    def read(name: str) -> torch.Tensor:
        updates = updates_of(merge, name.removesuffix(".weight"))
        return merged(weights.read(name), updates) if updates else weights.read(name)

    fill(transformer, read, device)
    for block in transformer.transformer_blocks:
        quantize(block, PRECISIONS[variant.precision])
    if variant.lora == "attached":
        attach(transformer, [lora])
    return transformer, modulations, weights


@dataclass(frozen=True)
class Parts:
    """What is not the transformer; `whole` has the language-model head that the stock one runs."""

    whole: Any
    prompts: PromptEncoder
    images: Any
    tokenizer: Any
    vae: Any
    scheduler: Any


def build_parts(scale: Scale, device: torch.device) -> Parts:
    """Text encoder and VAE at random, a tokenizer whose prompts have the real lengths."""
    from accelerate import init_empty_weights
    from diffusers import AutoencoderKLQwenImage, FlowMatchEulerDiscreteScheduler
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import (
        Qwen2VLImageProcessorPil,
    )

    tokenizer: Any = tiny_tokenizer()
    ids = dict(zip(SPECIAL, tokenizer.convert_tokens_to_ids(list(SPECIAL)), strict=True))
    end = {"bos_token_id": ids["<|endoftext|>"], "eos_token_id": ids["<|endoftext|>"]}
    config = Qwen2_5_VLConfig(
        text_config={**scale.text, **end, "tie_word_embeddings": False},
        vision_config=dict(scale.vision),
        image_token_id=ids["<|image_pad|>"],
        video_token_id=ids["<|video_pad|>"],
        vision_start_token_id=ids["<|vision_start|>"],
        vision_end_token_id=ids["<|vision_end|>"],
        tie_word_embeddings=False,
    )
    with init_empty_weights():
        whole: Any = Qwen2_5_VLForConditionalGeneration(config)
    fill(whole, RandomWeights(whole, device).read, device)
    vae: Any = AutoencoderKLQwenImage(**scale.vae)
    images = Qwen2VLImageProcessorPil()
    return Parts(
        whole=whole,
        prompts=PromptEncoder(whole.model, tokenizer, images),
        images=images,
        tokenizer=tokenizer,
        vae=vae.to(device, DTYPE).eval().requires_grad_(False),
        scheduler=FlowMatchEulerDiscreteScheduler(
            base_shift=0.5, max_shift=0.9, base_image_seq_len=256, max_image_seq_len=8192,
            shift_terminal=0.02, use_dynamic_shifting=True, time_shift_type="exponential",
        ),
    )  # fmt: skip


def tabulate(model: Model, plan: Schedule) -> ModulationTable:
    """The table that `denoise` will ask for, so that it is there when the clock starts."""
    return model.table(plan.timesteps.to(model.dtype) / 1000)


class LayeredModel(Model):
    """A model whose modulations are still layers, so that its table is empty."""

    def table(self, timesteps: torch.Tensor) -> ModulationTable:
        """Nothing to look up, at any step."""
        return ModulationTable([], torch.empty(len(timesteps), 0, 1), torch.empty(0, 1))


def held_bytes(tensor: torch.Tensor) -> int:
    """What a tensor takes, one of 8 bits and scales included."""
    if is_traceable_wrapper_subclass(tensor):
        inner, _ = tensor.__tensor_flatten__()
        return sum(held_bytes(getattr(tensor, name)) for name in inner)
    return tensor.numel() * tensor.element_size()


# ---- time and memory ----------------------------------------------------------------------------


def ignore(done: int, total: int) -> None:
    """An `on_step` that needs no telling."""


class Enough(Exception):
    """All steps that were wanted have been timed."""


class StepClock:
    """An `on_step` that marks where each step begins, on the device's own clock."""

    def __init__(self, device: torch.device, warm: int, timed: int) -> None:
        self._device = device
        self._warm, self._last = warm, warm + timed
        self._marks: list[Any] = []
        self._started = time.perf_counter()
        self.first_s = 0.0

    def __call__(self, done: int, total: int) -> None:
        """Raises `Enough` at the end of the last step that is timed."""
        if done == 1:
            synchronize(self._device)
            self.first_s = time.perf_counter() - self._started
        if self._device.type == "cuda":
            mark = torch.cuda.Event(enable_timing=True)
            mark.record()
        else:
            mark = time.perf_counter()
        self._marks.append(mark)
        if done == self._last:
            raise Enough

    def median_ms(self) -> float:
        """Of the steps after those that warm up."""
        synchronize(self._device)
        marks = self._marks[self._warm :]
        pairs = pairwise(marks)
        if self._device.type == "cuda":
            return statistics.median(one.elapsed_time(other) for one, other in pairs)
        return 1e3 * statistics.median(other - one for one, other in pairs)


def synchronize(device: torch.device) -> None:
    """Wait until the device has done what it was told."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def seconds_of(work: Callable[[], object], device: torch.device) -> float:
    """Of a call, until the device is done."""
    synchronize(device)
    started = time.perf_counter()
    work()
    synchronize(device)
    return time.perf_counter() - started


def median_ms(work: Callable[[], object], device: torch.device, times: int = 5) -> float:
    """Median milliseconds of a call, after one to warm up."""
    work()
    return 1e3 * statistics.median(seconds_of(work, device) for _ in range(times))


def allocated_gb(device: torch.device, *, peak: bool = False) -> float:
    """Now, or at most since `release`; 0 on a processor."""
    if device.type != "cuda":
        return 0.0
    most = torch.cuda.max_memory_allocated if peak else torch.cuda.memory_allocated
    return most(device) / 1e9


# ---- the bench ----------------------------------------------------------------------------------


@dataclass
class Bench:
    """One device, one transformer at a time, and what was measured.

    Attributes:
        only: words that a row must have.
        deadline: of `time.monotonic`.
        records: for `--json`.
        stock_ms: side → milliseconds of a step of the stock pipeline.
        stock_latents: what it comes to at 512/512.
        official_s: seconds of the official loop for four α.
    """

    scale: Scale
    device: torch.device
    only: frozenset[str]
    deadline: float
    json_file: Path | None
    parts: Parts
    lora: LoadedLora
    records: list[dict[str, Any]] = field(default_factory=list)
    stock_ms: dict[int, float] = field(default_factory=dict)
    stock_latents: torch.Tensor | None = None
    official_s: float = 0.0
    _held: tuple[Variant, bool, Model] | None = None
    _others_gb: float = 0.0

    def __post_init__(self) -> None:
        release(self.device)
        self._others_gb = allocated_gb(self.device)

    def record(self, kind: str, **values: Any) -> None:
        """Keep it, and write all of it, so that an early end loses nothing."""
        self.records.append({"kind": kind, **values})
        if self.json_file is not None:
            self.json_file.write_text(json.dumps(self.records, indent=1) + "\n")

    def model(self, variant: Variant, *, compiled: bool = False) -> Model:
        """The model of that kind; another one leaves memory first."""
        if self._held is not None and self._held[0] == variant and self._held[1] <= compiled:
            model = self._held[2]
            if compiled and not self._held[1]:
                self._compile(model)
                self._held = (variant, True, model)
            return model
        self.drop()
        model = self._build(variant)
        self._held = (variant, False, model)
        self._describe(variant, model)
        return self.model(variant, compiled=compiled)

    def drop(self) -> None:
        """Let the model go."""
        self._held = None
        torch.compiler.reset()
        gc.collect()
        release(self.device)

    def _compile(self, model: Model) -> None:
        torch.compiler.reset()
        dynamo.recompile_limit = 64  # every size and batch is a recompilation
        model.transformer.compile_repeated_blocks(fullgraph=True, backend=self.scale.compiler)

    def _build(self, variant: Variant) -> Model:
        transformer, modulations, weights = build_transformer(
            self.scale, variant, self.lora, self.device
        )
        kind = Model if variant.table else LayeredModel
        return kind(
            folder=Path(),
            transformer=transformer,
            vae=self.parts.vae,
            text_encoder=self.parts.whole.model,
            prompts=self.parts.prompts,
            scheduler=self.parts.scheduler,
            device=self.device,
            dtype=DTYPE,
            plan=Plan(PRECISIONS[variant.precision], "together", max(BATCHES), "a benchmark"),
            loras=(self.lora,),
            modulations=modulations,
            files=cast(Any, weights),
            cache=None,
            notes=(),
            words=(),
        )

    def _describe(self, variant: Variant, model: Model) -> None:
        """Print what it takes, and how far it is from the stock one after a few steps."""
        portrait = self.portrait(512)
        plan = schedule(model, portrait, STEPS)
        table = tabulate(model, plan).size_bytes * OFFICIAL_STEPS / STEPS / 1e9
        start = noise(model, portrait, 42)
        latents = denoise(model, portrait, self.embeddings(1), start, plan, ignore).float()
        if variant == STOCK:
            self.stock_latents = latents
        weights = sum(held_bytes(one) for one in model.transformer.parameters()) / 1e9
        values: dict[str, Any] = {"weights_gb": weights, "table_gb": table}
        differs = ""
        if self.stock_latents is not None and variant != STOCK:
            difference = float((latents - self.stock_latents).norm() / self.stock_latents.norm())
            differs = f"; after {STEPS} steps {difference:.2%} from stock"
            values["difference"] = difference
        print(f"-- {' '.join(variant.words)}: resident {weights:.4g} GB and {table:.2g} GB of "
              f"table for {OFFICIAL_STEPS} steps{differs}", flush=True)  # fmt: skip
        self.record("resident", variant=variant.words, **values)

    # ---- a row

    def portrait(self, side: int) -> Portrait:
        """Of random tokens, the same every time: what they are costs nothing."""
        tokens = self.scale.sides[side] // TOKEN_PX
        reference = self._random(1, tokens**2, 64)
        grid = (tokens, tokens)
        return Portrait(cast(Any, None), reference, grid, grid, torch.zeros(17, 3))

    def embeddings(self, batch: int) -> torch.Tensor:
        """Of as many prompts, at random."""
        width = self.scale.transformer["joint_attention_dim"]
        return self._random(batch, self.scale.prompt_tokens, width)

    def _random(self, *shape: int) -> torch.Tensor:
        generator = torch.Generator(self.device).manual_seed(0)
        return torch.randn(*shape, generator=generator, device=self.device, dtype=DTYPE)

    def measure(self, row: Row) -> None:
        """Print a row."""
        model = self.model(row.variant, compiled=row.compiled)
        portrait, embeddings = self.portrait(row.side), self.embeddings(row.batch)
        plan = schedule(model, portrait, STEPS)
        tabulate(model, plan)
        flops = row.batch * count_tera_flops(self.scale, row.side)
        floor_ms = 1e3 * flops / FLOOR_TFLOPS
        warm, timed = (1, 2) if floor_ms > 1500 else (2, 3)
        release(self.device)
        if self.device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(self.device)
        clock = StepClock(self.device, warm, timed)
        with contextlib.suppress(Enough):
            denoise(model, portrait, embeddings, noise(model, portrait, 42), plan, clock)
        ms = clock.median_ms()
        self._report(row, ms, flops, floor_ms, clock.first_s)

    def _report(self, row: Row, ms: float, flops: float, floor_ms: float, first_s: float) -> None:
        if row == Row(STOCK, row.side, 1):
            self.stock_ms[row.side] = ms
        stock = self.stock_ms.get(row.side)
        faster = row.batch * stock / ms if stock else None
        peak = allocated_gb(self.device, peak=True) - self._others_gb
        against = f"{faster:8.2f}" if faster else "       –"
        print(f"{label(row)} | {ms:7.1f} {flops / ms * 1e3:8.1f} {ms / floor_ms:8.3g} {against} "
              f"{max(peak, 0):8.1f} {first_s:8.1f}", flush=True)  # fmt: skip
        self.record(
            "row", row=row.words, ms_per_step=ms, tflops=flops / ms * 1e3, of_floor=ms / floor_ms,
            faster_than_stock=faster, peak_gb=peak, first_s=first_s,
        )  # fmt: skip


def label(row: Row) -> str:
    """The left half of a printed row."""
    precision, lora, table = row.variant.words
    mode = "compiled" if row.compiled else "eager"
    mark = " (stock)" if row.variant == STOCK and not row.compiled else ""
    return f"{row.side:4}{row.batch:6}  {precision:4} {lora:8} {table:6}     {mode}{mark}".ljust(51)


# ---- sections -----------------------------------------------------------------------------------


def stock_pipeline(bench: Bench, model: Model | None) -> Any:
    """The stock pipeline of the parts that are in memory anyway."""
    from diffusers.pipelines.qwenimage.pipeline_qwenimage_edit_plus import (
        QwenImageEditPlusPipeline,
    )

    parts = bench.parts
    pipeline = QwenImageEditPlusPipeline(
        scheduler=parts.scheduler,
        vae=parts.vae,
        text_encoder=parts.whole,
        tokenizer=parts.tokenizer,
        processor=cast(Any, None),
        transformer=cast(Any, model.transformer if model else None),
    )
    mend(pipeline, parts.images, parts.tokenizer)
    return pipeline


def compare_prompts(bench: Bench) -> None:
    """Two prompts as the stock pipeline encodes them, against one prefill and two suffixes."""
    crop = official_square(Image.open(SAMPLE).convert("RGB"))
    pipeline = stock_pipeline(bench, None)
    encoder = bench.parts.prompts
    reading = encoder.read(crop, "human")

    def both() -> None:
        with torch.no_grad():
            for word in ("neutral", "happy"):
                prompt = f"Edit the person to show a {word} expression"
                pipeline.encode_prompt(image=crop, prompt=prompt, device=bench.device)

    def once() -> None:
        encoder.encode(encoder.read(crop, "human"), ["happy"])

    def suffixes() -> None:
        reading.suffixes.clear()
        encoder.encode(reading, ["happy"])

    two, ours, more = (median_ms(work, bench.device) for work in (both, once, suffixes))
    print(f"prompts: two full encodings {two:.1f} ms, one prefill and two suffixes {ours:.1f} ms "
          f"({ours / two:.2f}), of that the suffixes {more:.1f} ms", flush=True)  # fmt: skip
    bench.record("prompts", two_ms=two, ours_ms=ours, suffixes_ms=more)


def scaled(run: Callable[[int], float], steps: tuple[int, int]) -> tuple[float, float]:
    """Seconds that 50 steps would take, by two shorter runs after one to warm up, and of a step."""
    few, more = steps
    run(few)
    short, long = run(few), run(more)
    step = (long - short) / (more - few)
    return short + (OFFICIAL_STEPS - few) * step, step


def official_seconds(bench: Bench) -> tuple[float, float]:
    """Of the official loop for one α, both prompts and reference included; and of its step."""
    pipeline = stock_pipeline(bench, bench.model(STOCK))
    picture = Image.open(SAMPLE)

    def run(steps: int) -> float:
        edit = functools.partial(
            official_edit, pipeline, picture, {"happy": 1.0},
            resolution=bench.scale.upstream, steps=steps,
        )  # fmt: skip
        return seconds_of(edit, bench.device)

    return scaled(run, (2, 6) if bench.scale is FULL else (1, 2))


def our_seconds(bench: Bench, *, compiled: bool) -> tuple[float, float]:
    """Of a portrait and four α of it at 512/512; and of a step. The table is there already."""
    model = bench.model(OURS, compiled=compiled)
    crop = official_square(Image.open(SAMPLE).convert("RGB"))
    side = bench.scale.sides[512]
    reference = crop.resize((side, side))

    def edit(steps: int) -> None:
        portrait = prepare(
            model, seen=crop, reference=reference, output_size=(side, side), sampling=Sampling()
        )
        model.prompts.encode(portrait.reading, ["happy"])
        at = [portrait.reading.at({"happy": alpha}) for alpha in (0.25, 0.5, 0.75, 1.0)]
        plan = schedule(model, portrait, steps)
        start = noise(model, portrait, 42)
        latents = denoise(model, portrait, torch.cat(at), start, plan, ignore)
        assert len(list(decode(model, latents, portrait.output_grid))) == len(at)

    def run(steps: int) -> float:
        tabulate(model, schedule(model, bench.portrait(512), steps))
        return seconds_of(functools.partial(edit, steps), bench.device)

    return scaled(run, (2, 10) if bench.scale is FULL else (1, 2))


def four_alphas_officially(bench: Bench) -> None:
    """The baseline of the two that follow."""
    one, step = official_seconds(bench)
    bench.official_s = 4 * one
    print(f"four α, official loop, {bench.scale.upstream}: {4 * one:.1f} s, {step * 1e3:.0f} ms a "
          f"step; {OFFICIAL_STEPS} steps, scaled from fewer", flush=True)  # fmt: skip
    bench.record("four official", seconds=4 * one, step_ms=step * 1e3)


def four_alphas(bench: Bench, *, compiled: bool) -> None:
    """Ours at 512/512 against it."""
    ours, step = our_seconds(bench, compiled=compiled)
    mode = "compiled" if compiled else "eager"
    times = bench.official_s / ours if bench.official_s else None
    against = f", 1/{times:.1f} of the official loop (goal: 1/8)" if times else ""
    print(f"four α, ours, trained, {mode}: {ours:.1f} s, {step * 1e3:.0f} ms a step of all four"
          f"{against}; {OFFICIAL_STEPS} steps, scaled from fewer", flush=True)  # fmt: skip
    bench.record("four ours", mode=mode, seconds=ours, step_ms=step * 1e3, times=times)


# ---- all of it ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Task:
    """Something to be measured, its words for `--only`, and seconds that it should not exceed."""

    words: tuple[str, ...]
    estimate_s: float
    run: Callable[[Bench], None]


def tasks(scale: Scale) -> Iterator[Task]:
    """All, the most important first; sections come where their model is in memory."""
    yield Task(("prompts",), 10, compare_prompts)
    sections = {
        (STOCK, False): four_alphas_officially,
        (OURS, False): functools.partial(four_alphas, compiled=False),
        (OURS, True): functools.partial(four_alphas, compiled=True),
    }
    for row in dict.fromkeys((*first_rows(), *all_rows())):
        flops = row.batch * count_tera_flops(scale, row.side)
        estimate_s = 10 + 15 * flops / FLOOR_TFLOPS + 30 * row.compiled
        yield Task(row.words, estimate_s, functools.partial(Bench.measure, row=row))
        section = None if row.side == 512 else sections.pop((row.variant, row.compiled), None)
        if section is not None:
            yield Task(("four",), 40, section)


def attempt(bench: Bench, task: Task) -> None:
    """Run it; what goes wrong is printed, and the next one begins afresh."""
    try:
        task.run(bench)
    except (RuntimeError, TypeError, ValueError, AttributeError, AssertionError) as error:
        reason = " ".join(str(error).split())[:160]
        why = "does not fit" if is_out_of_memory(error) else f"failed: {reason}"
        print(f"{' '.join(task.words)}: {why}", flush=True)
        bench.record("failed", words=task.words, why=why)
    else:
        return
    bench.drop()


def print_goals(bench: Bench) -> None:
    """What was measured of what issue 3 asks for."""
    best = {one["row"]: one["of_floor"] for one in bench.records if one["kind"] == "row"}
    for row in (Row(OURS, 512, 4), Row(OURS, 512, 4, compiled=True)):
        if row.words in best:
            print(f"goal ≤ 1.35 × the floor: {best[row.words]:.3g} ({' '.join(row.words)})")
    resident = {one["variant"]: one["weights_gb"] + one["table_gb"] * (one["variant"][2] == "table")
                for one in bench.records if one["kind"] == "resident"}  # fmt: skip
    for variant, goal in ((OURS, 27.5), (OURS_FP8, 14), (replace(OURS_FP8, lora="merged"), 14)):
        if variant.words in resident:
            gigabytes = resident[variant.words]
            print(f"goal ≤ {goal} GB resident: {gigabytes:.4g} ({' '.join(variant.words)})")


def run_all(bench: Bench) -> None:
    """What `--only` and the time that is left let through."""
    print(HEADING)
    left_out: list[Task] = []
    for task in tasks(bench.scale):
        if not bench.only <= set(task.words):
            continue
        if bench.deadline - time.monotonic() < task.estimate_s:
            left_out.append(task)
        else:
            attempt(bench, task)
    for task in left_out:
        print(f"left out, for want of minutes: {' '.join(task.words)}")
    print_goals(bench)
    bench.drop()


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", default=[], metavar="WORD", help="see above")
    parser.add_argument("--minutes", type=float, default=9.0, help="for all of it")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there as well")
    parser.add_argument("--tiny", action="store_true", help="a small model on the processor")
    return parser.parse_args()


def describe(scale: Scale, device: torch.device) -> None:
    """Print the device and the floor."""
    tiny = "the processor, a tiny model: its figures mean nothing"
    name = tiny if scale is TINY else torch.cuda.get_device_name(device)
    print(f"on {name}; torch {torch.__version__}")
    for side in SIDES:
        flops = count_tera_flops(scale, side)
        noted = f" (field notes: {FIELD_NOTES_TFLOP[side]})" if scale is FULL else ""
        floor_ms = 1e3 * flops / FLOOR_TFLOPS
        print(f"{side}/{side}: {flops:.4g} TFLOP a step and α{noted}, "
              f"{floor_ms:.3g} ms at {FLOOR_TFLOPS:.0f} TFLOP/s", flush=True)  # fmt: skip


def main() -> int:
    """Returns the exit code."""
    options = parse()
    deadline = time.monotonic() + 60 * options.minutes
    if not options.tiny and not torch.cuda.is_available():
        print("There is no CUDA GPU here. --tiny runs everything on a small model instead.")
        return 1
    scale = TINY if options.tiny else FULL
    device = torch.device("cpu" if options.tiny else "cuda:0")
    if options.tiny:
        torch.set_num_threads(1)
    describe(scale, device)
    run_all(
        Bench(
            scale=scale,
            device=device,
            only=frozenset(options.only),
            deadline=deadline,
            json_file=options.json,
            parts=build_parts(scale, device),
            lora=random_lora(scale, device),
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
