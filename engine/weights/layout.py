"""Whether the files of a model are what their names say, without running anything in them."""

import json
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from engine.weights.errors import WeightsError

_LENGTH_BYTES = 8
_LONGEST_HEADER_BYTES = 100_000_000  # the format's own limit
_REMEDY = "get the whole model from where it comes from"


def check_layout(model: str, files: Mapping[str, Path]) -> None:
    """Check the files of a model, given by their relative paths.

    JSON must parse, safetensors must have a sound header and their full length, and the shards
    that an index names must be there.

    Raises:
        WeightsError: `layout`, with the first file that is wrong.
    """
    for path, place in files.items():
        if path.endswith(".json"):
            content = _read_json(model, path, place)
            if path.endswith(".safetensors.index.json"):
                _check_shards(model, path, content, files)
        elif path.endswith(".safetensors"):
            _check_tensors(model, path, place)


def check_present(model: str, needed: Iterable[str], files: Mapping[str, Path]) -> None:
    """Make sure that every needed file is among them.

    Raises:
        WeightsError: `layout`, with the first that is missing.
    """
    for path in needed:
        if path not in files:
            raise WeightsError("layout", f"{model} lacks the file {path}", _REMEDY)


def _wrong(model: str, path: str, what: str) -> WeightsError:
    return WeightsError("layout", f"the file {path} of {model} {what}", _REMEDY)


def _read_json(model: str, path: str, place: Path) -> Any:
    try:
        return json.loads(place.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise _wrong(model, path, "is no JSON that can be read") from error


def _check_shards(model: str, path: str, index: Any, files: Mapping[str, Path]) -> None:
    shards = index.get("weight_map") if isinstance(index, dict) else None
    if not isinstance(shards, dict):
        raise _wrong(model, path, "is no index of tensors")
    folder = PurePosixPath(path).parent
    check_present(model, sorted({str(folder / str(shard)) for shard in shards.values()}), files)


def _check_tensors(model: str, path: str, place: Path) -> None:
    """The header's tensors must end where the file does (the format's own description)."""
    try:
        size = place.stat().st_size
        with place.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(_LENGTH_BYTES))
            if length > min(_LONGEST_HEADER_BYTES, size):
                raise ValueError(length)
            header = json.loads(file.read(length))
        ends = [int(one["data_offsets"][1]) for name, one in header.items()
                if name != "__metadata__"]  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError,
            struct.error) as error:  # fmt: skip
        raise _wrong(model, path, "is no safetensors file that can be read") from error
    if _LENGTH_BYTES + length + max(ends, default=0) != size:
        raise _wrong(model, path, "is cut off or has too many bytes")
