"""Where the parts live: measured memory, the text encoder's turn, and streamed blocks."""

import contextlib
import gc
from pathlib import Path
from typing import Any

import torch

from engine.editors.pixelsmile.precision import GB, Machine

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
