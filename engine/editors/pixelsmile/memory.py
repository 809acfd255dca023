"""Where the parts live: measured memory, the text encoder's turn, and streamed blocks."""

import contextlib
import gc
from pathlib import Path
from typing import Any

import torch

from engine.editors.pixelsmile.errors import PixelSmileError
from engine.editors.pixelsmile.precision import GB, Machine, Plan
from engine.editors.pixelsmile.quantization import quantize

_HOST_UNKNOWN_GB = 16.0


def measure() -> Machine:
    """What there is to run on now: the first CUDA device, else Apple's, else the processor."""
    host = _host_free_gb()
    if torch.cuda.is_available():
        free, _ = torch.cuda.mem_get_info()
        reserved = torch.cuda.memory_reserved() - torch.cuda.memory_allocated()
        name = torch.cuda.get_device_name()
        capability = torch.cuda.get_device_capability()
        return Machine("cuda", (free + reserved) / GB, host, capability, name)
    if torch.backends.mps.is_available():
        return Machine("mps", host, host, name="the Apple GPU")
    return Machine("cpu", host, host, name="this machine")


def _host_free_gb() -> float:
    """What the machine, or its control group, still has."""
    free = _HOST_UNKNOWN_GB * GB
    with contextlib.suppress(ImportError):
        import psutil

        free = float(psutil.virtual_memory().available)
    with contextlib.suppress(OSError, ValueError):
        limit = int(Path("/sys/fs/cgroup/memory.max").read_text())
        used = int(Path("/sys/fs/cgroup/memory.current").read_text())
        free = min(free, float(limit - used))
    return free / GB


def load_text_encoder(folder: Path, plan: Plan, device: torch.device, dtype: torch.dtype) -> Any:
    """Qwen2.5-VL without its language-model head, quantized where the transformer is.

    Where the two take turns it is left in the machine's memory.
    """
    from transformers import Qwen2_5_VLForConditionalGeneration

    try:
        whole: Any = Qwen2_5_VLForConditionalGeneration.from_pretrained(
            folder / "text_encoder", dtype=dtype, use_safetensors=True, local_files_only=True
        )
    except (OSError, ValueError, KeyError) as error:
        text = " ".join(str(error).split())[:200]
        raise PixelSmileError(
            "model_incomplete",
            f"the model's text encoder cannot be read ({text})",
            "run 'pixelsmile models verify', or download the model again",
        ) from error
    encoder = whole.model.eval().requires_grad_(False)
    home = device if plan.placement == "together" else torch.device("cpu")
    for layer in encoder.language_model.layers:
        layer.to(home)
        quantize(layer, plan.precision)
    return encoder.to(home)


def offload_blocks(transformer: Any, device: torch.device) -> None:
    """Keep the blocks in the machine's memory and bring each to the device when it is due."""
    transformer.enable_group_offload(
        onload_device=device,
        offload_device=torch.device("cpu"),
        offload_type="block_level",
        num_blocks_per_group=1,
        use_stream=device.type == "cuda",
        low_cpu_mem_usage=True,
    )


def release(device: torch.device) -> None:
    """Give back what allocators hold in reserve."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()


def is_out_of_memory(error: BaseException) -> bool:
    """Whether the device, or the machine, had no memory left."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and (
        "out of memory" in text or "can't allocate memory" in text or "not enough memory" in text
    )
