"""What is kept on disk so that the next start is quick: quantized weights and tables."""

import contextlib
import hashlib
import os
import shutil
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError

from engine.editors.pixelsmile.errors import PixelSmileError
from engine.editors.pixelsmile.precision import Precision
from engine.editors.pixelsmile.quantization import load_quantized

_SPARE_BYTES = 10e9
_LIBRARIES = ("torch", "diffusers", "transformers", "torchao", "optimum-quanto", "bitsandbytes")


def identity(folder: Path, fingerprint: str, *more: str) -> str:
    """A name for what was made of a folder's weights, by these versions of the libraries."""
    versions = [version(library) for library in _LIBRARIES]
    text = "|".join([str(folder.resolve()), fingerprint, *versions, *more])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def load_cached(
    make: Callable[[], Any], precision: Precision, file: Path, device: torch.device
) -> Any | None:
    """What `make` gives (a module on the meta device) filled from the cache, or None.

    A file that will not do is removed.
    """
    if not file.exists():
        return None
    module = make()
    try:
        load_quantized(module, precision, file, device)
    except PixelSmileError:
        file.unlink(missing_ok=True)
        return None
    return module


def try_to_save(save: Callable[[Path], None], file: Path, size_bytes: float) -> None:
    """Write beside the name and rename, so that a half-written file never bears it.

    A cache that cannot be written, or would fill the disk, costs time and not the job.
    """
    partial = file.with_name(f"{file.name}.{os.getpid()}.partial")
    with contextlib.suppress(OSError, SafetensorError):
        file.parent.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(file.parent).free <= size_bytes + _SPARE_BYTES:
            return
        try:
            save(partial)
            partial.replace(file)
        finally:
            partial.unlink(missing_ok=True)
