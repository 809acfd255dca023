"""What is kept on disk so that the next start is quick: quantized weights and tables."""

import contextlib
import hashlib
import shutil
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import torch
from torch import nn

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
    module: nn.Module, precision: Precision, file: Path | None, device: torch.device
) -> bool:
    """Fill a module on the meta device from the cache; a file that will not do is removed."""
    if file is None or not file.exists():
        return False
    try:
        load_quantized(module, precision, file, device)
    except PixelSmileError:
        file.unlink(missing_ok=True)
        return False
    return True


def try_to_save(save: Callable[[Path], None], file: Path, size_bytes: float) -> None:
    """A cache that cannot be written, or would fill the disk, costs time and not the job."""
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(file.parent).free > size_bytes + _SPARE_BYTES:
            save(file)
