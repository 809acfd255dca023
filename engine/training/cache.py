"""What is computed once for each picture and prompt, kept as safetensors under its content's hash.

Latents, prompt embeddings (neutral and every word, so that any score can be set at use), and the
features of the decoded ground truth. A file is written whole or not at all, so a preparation that
was stopped goes on where it was; what changes (a picture, a box, a model) has another name.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from engine.editors.pixelsmile.conditioning import NEUTRAL, PromptEncoder
from engine.training.config import Config
from engine.training.data.pictures import open_picture, square
from engine.training.data.triplets import Picture, Triplet

Tensors = Mapping[str, torch.Tensor]


@dataclass(frozen=True)
class Fingerprints:
    """What made the entries: change one, and they are made anew."""

    vae: str
    text_encoder: str
    clip: str
    identity: str


class Cache:
    """Entries in a folder, by name."""

    def __init__(self, config: Config, fingerprints: Fingerprints) -> None:
        self._folder = config.cache
        self._config = config
        self._prints = fingerprints
        self._contents: dict[str, str] = {}
        self._folder.mkdir(parents=True, exist_ok=True)

    # ---- names

    def latents(self, picture: Picture) -> Path:
        """`latents`: (16, 1, h, w) float32, normalised."""
        return self._file("latents", self._picture(picture), self._prints.vae)

    def features(self, picture: Picture) -> Path:
        """Of the decoded latents: `clip`; `identity` and `crop` where there is a face."""
        prints = self._prints
        return self._file(
            "features", self._picture(picture), prints.vae, prints.clip, prints.identity
        )

    def prompts(self, picture: Picture) -> Path:
        """`prefix`: (tokens, width), and a `word.X` of (7, width) for neutral and each word."""
        return self._file(
            "prompts",
            self._picture(picture),
            self._prints.text_encoder,
            self._config.data.subject,
            *self._config.words,
        )

    def _picture(self, picture: Picture) -> str:
        if picture.path not in self._contents:
            content = Path(picture.path).read_bytes()
            self._contents[picture.path] = hashlib.sha256(content).hexdigest()
        data = self._config.data
        return f"{self._contents[picture.path]}|{picture.box}|{data.side_px}|{data.resize}"

    def _file(self, kind: str, *parts: str) -> Path:
        digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
        return self._folder / f"{kind}-{digest}.safetensors"


def put(file: Path, tensors: Tensors) -> None:
    """Write an entry so that it is whole or not there."""
    partial = file.with_name(f"{file.name}.{os.getpid()}.partial")
    save_file({name: one.detach().cpu().contiguous() for name, one in tensors.items()}, partial)
    partial.replace(file)


def take(file: Path) -> dict[str, torch.Tensor]:
    """Read an entry. Raises `FileNotFoundError`, `SafetensorError`."""
    return load_file(file)


def is_whole(file: Path) -> bool:
    """Whether an entry is there and can be read; one that cannot is removed."""
    if not file.exists():
        return False
    try:
        take(file)
    except (OSError, SafetensorError):
        file.unlink(missing_ok=True)
        return False
    return True


def sources_of(triplets: Sequence[Triplet]) -> list[Picture]:
    """Every picture that stands as a source, once, in order."""
    return list(dict.fromkeys(one.source for one in triplets))


def targets_of(triplets: Sequence[Triplet]) -> list[Picture]:
    """Every picture that stands as a target, once, in order."""
    return list(dict.fromkeys(target.picture for one in triplets for target in one.targets))


def missing(cache: Cache, triplets: Sequence[Triplet]) -> tuple[list[Picture], ...]:
    """Pictures without latents, sources without prompts, targets without features."""
    sources, targets = sources_of(triplets), targets_of(triplets)
    return (
        [one for one in dict.fromkeys([*sources, *targets]) if not is_whole(cache.latents(one))],
        [one for one in sources if not is_whole(cache.prompts(one))],
        [one for one in targets if not is_whole(cache.features(one))],
    )


def prompt_tensors(
    config: Config, encoder: PromptEncoder, picture: Picture
) -> dict[str, torch.Tensor]:
    """Read the source as the trainer's square and encode neutral and every word."""
    data = config.data
    seen = square(open_picture(picture), data.side_px, data.resize, picture.box)
    reading = encoder.read(seen, data.subject)
    encoder.encode(reading, config.words)
    suffixes = {f"word.{word}": one[0] for word, one in reading.suffixes.items()}
    return {"prefix": reading.prefix[0], **suffixes}


def embedding(tensors: Tensors, expression: str, score: float) -> torch.Tensor:
    """(tokens, width) float32: `e_neutral + score · (e_expression − e_neutral)`, all tokens."""
    neutral = tensors[f"word.{NEUTRAL}"].float()
    suffix = neutral + score * (tensors[f"word.{expression}"].float() - neutral)
    return torch.cat([tensors["prefix"].float(), suffix])


def share(items: Sequence[Picture], process: int, processes: int) -> Iterator[Picture]:
    """What one of several processes works on."""
    yield from items[process::processes]
