"""A micro-batch: everything about some triplets that was computed beforehand, stacked."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from engine.training.cache import Cache, embedding, take
from engine.training.data.triplets import Target, Triplet


@dataclass(frozen=True)
class Batch:
    """Samples on their way into a step. Branches are stacked: all first, then all second.

    Attributes:
        source: (samples, 16, 1, h, w) latents.
        clean: (2 · samples, 16, 1, h, w) latents of the targets.
        embeddings: (2 · samples, tokens, width).
        mask: (2 · samples, tokens) bool, or None where no prompt is padded.
        clip: (2 · samples, width) features of the decoded targets, or None.
        identity: (faces, width) embeddings of the decoded targets that show a face.
        crops: (faces, 2, 3) where those faces are.
        faces: (faces,) their places among the 2 · samples.
    """

    source: torch.Tensor
    clean: torch.Tensor
    embeddings: torch.Tensor
    mask: torch.Tensor | None
    clip: torch.Tensor | None
    identity: torch.Tensor
    crops: torch.Tensor
    faces: torch.Tensor

    @property
    def samples(self) -> int:
        """How many triplets."""
        return self.source.shape[0]


def collate(cache: Cache, triplets: Sequence[Triplet], *, features: bool = True) -> Batch:
    """Read the entries of some triplets. `features` is False where no loss asks for them."""
    targets = [one.targets[branch] for branch in (0, 1) for one in triplets]
    prompts = [take(cache.prompts(one.source)) for one in triplets]
    embeddings = [
        embedding(read, target.expression, target.score)
        for read, target in zip([*prompts, *prompts], targets, strict=True)
    ]
    stacked, mask = pad(embeddings)
    found = [take(cache.features(one.picture)) for one in targets] if features else []
    faces = [place for place, one in enumerate(found) if "identity" in one]
    has_clip = bool(found) and all("clip" in one for one in found)
    return Batch(
        source=_stack([take(cache.latents(one.source))["latents"] for one in triplets]),
        clean=_stack([_latents(cache, one) for one in targets]),
        embeddings=stacked,
        mask=mask,
        clip=_stack([one["clip"] for one in found]) if has_clip else None,
        identity=_stack([found[place]["identity"] for place in faces]),
        crops=_stack([found[place]["crop"] for place in faces]),
        faces=torch.tensor(faces, dtype=torch.long),
    )


def pad(embeddings: Sequence[torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Stack prompts; a mask only where they differ in length, for it slows attention down."""
    longest = max(one.shape[0] for one in embeddings)
    if all(one.shape[0] == longest for one in embeddings):
        return torch.stack(list(embeddings)), None
    lengths = torch.tensor([one.shape[0] for one in embeddings])
    stacked = torch.nn.utils.rnn.pad_sequence(list(embeddings), batch_first=True)
    return stacked, torch.arange(longest) < lengths[:, None]


def _latents(cache: Cache, target: Target) -> torch.Tensor:
    return take(cache.latents(target.picture))["latents"]


def _stack(tensors: Sequence[torch.Tensor]) -> torch.Tensor:
    return torch.stack(list(tensors)) if tensors else torch.empty(0)
