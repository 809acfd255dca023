"""The parts of a pipeline on disk: tensors read one at a time, and what can be wrong with them."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import torch
from safetensors import SafetensorError, safe_open

from engine.editors.pixelsmile.errors import PixelSmileError


class TensorFiles:
    """A folder's weights, sharded or not; files are mapped, not loaded.

    Raises `PixelSmileError` (`model_incomplete`, `model_unsafe`) when weights are missing or only
    there as pickles.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files = dict(self._index())
        self._open: dict[Path, Any] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()
        self._open.clear()

    def __contains__(self, name: str) -> bool:
        return name in self._files

    @property
    def names(self) -> tuple[str, ...]:
        """Of all tensors."""
        return tuple(self._files)

    @property
    def fingerprint(self) -> str:
        """Changes when a file is replaced: names, sizes and times of the files."""
        files = sorted(set(self._files.values()))
        return "|".join(f"{f.name}:{f.stat().st_size}:{f.stat().st_mtime_ns}" for f in files)

    def read(self, name: str) -> torch.Tensor:
        """One tensor, on the CPU. Raises `PixelSmileError` (`model_incomplete`)."""
        file = self._files.get(name)
        if file is None:
            raise _incomplete(self._folder, f"the tensor {name} is missing")
        with self._whole(file) as opened:
            return opened.get_tensor(name)

    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """Of all tensors, without reading them."""
        shapes: dict[str, tuple[int, ...]] = {}
        for name, file in self._files.items():
            with self._whole(file) as opened:
                shapes[name] = tuple(opened.get_slice(name).get_shape())
        return shapes

    @contextmanager
    def _whole(self, file: Path) -> Iterator[Any]:
        """The opened file; a tensor that it should hold and does not is a sentence."""
        opened = self._opened(file)
        try:
            yield opened
        except SafetensorError as error:
            raise _incomplete(self._folder, f"{file.name} lacks a tensor ({error})") from error

    def _opened(self, file: Path) -> Any:
        if file not in self._open:
            try:
                self._open[file] = self._stack.enter_context(safe_open(file, framework="pt"))
            except (OSError, SafetensorError) as error:
                raise _incomplete(self._folder, f"{file.name} is missing or damaged") from error
        return self._open[file]

    def _index(self) -> Iterator[tuple[str, Path]]:
        for index in sorted(self._folder.glob("*.safetensors.index.json")):
            try:
                places = json.loads(index.read_text())["weight_map"].items()
            except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
                raise _incomplete(self._folder, f"{index.name} cannot be read") from error
            yield from ((name, self._folder / Path(file).name) for name, file in places)
            return
        files = sorted(self._folder.glob("*.safetensors"), key=lambda file: (len(file.name), file))
        if not files:
            if any(self._folder.glob("*.bin")) or any(self._folder.glob("*.pt")):
                raise PixelSmileError(
                    "model_unsafe",
                    f"the weights in {self._folder.name} are pickles, which can run programs",
                    "use the safetensors version of the model",
                )
            raise _incomplete(self._folder, "it holds no safetensors")
        yield from ((name, files[0]) for name in self._opened_names(files[0]))

    def _opened_names(self, file: Path) -> tuple[str, ...]:
        try:
            with safe_open(file, framework="pt") as opened:
                return tuple(opened.keys())
        except (OSError, SafetensorError) as error:
            raise _incomplete(self._folder, f"{file.name} is missing or damaged") from error


def _incomplete(folder: Path, what: str) -> PixelSmileError:
    return PixelSmileError(
        "model_incomplete",
        f"the model's folder {folder.name} is not whole: {what}",
        "run 'pixelsmile models verify', or download the model again",
    )


def check_loaded(part: str, missing: Sequence[str]) -> None:
    """Raise `PixelSmileError` (`model_incomplete`) when a library has filled gaps with chance."""
    if missing:
        raise _incomplete(Path(part), f"the tensor {missing[0]} is missing")


T = TypeVar("T")


def readable(read: Callable[[], T]) -> T:
    """What `read` gives, or one sentence (`model_incomplete`) about the part that is not right."""
    try:
        return read()
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        if type(error).__name__ == "OutOfMemoryError":
            raise
        text = " ".join(str(error).split())[:200]
        raise PixelSmileError(
            "model_incomplete",
            f"a part of the model cannot be read ({text})",
            "run 'pixelsmile models verify', or download the model again",
        ) from error
