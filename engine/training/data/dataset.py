"""The triplets that a configuration means."""

from pathlib import Path

import msgspec

from engine.training.config import Config
from engine.training.data.folders import read_folders
from engine.training.data.triplets import Target, Triplet, read_published, rescaled
from engine.training.errors import TrainingError


def read_triplets(config: Config) -> list[Triplet]:
    """All of them, in a fixed order, with scores as they are trained on.

    Raises `TrainingError` (`data_unreadable`).
    """
    data = config.data
    path = Path(data.path)
    if not path.exists():
        raise TrainingError(
            "data_unreadable", f"the data set {path.name} is not there", "check data.path"
        )
    layout = data.layout
    if layout == "auto":
        layout = "folders" if path.is_dir() else "published"
    if layout == "folders" and path.is_dir():
        triplets = read_folders(path, config.words)
    elif layout == "published" and path.is_file():
        triplets = read_published(path, Path(data.root) if data.root else None)
    else:
        expected = "a folder" if layout == "folders" else "a file"
        raise TrainingError(
            "data_unreadable", f"the data set {path.name} is not {expected}", "check data.layout"
        )
    if data.max_triplets:
        triplets = triplets[: data.max_triplets]
    if not triplets:
        raise TrainingError(
            "data_unreadable", f"the data set {path.name} is empty", "add triplets to it"
        )
    return [_rescaled(one) for one in triplets] if data.rescale_scores else triplets


def _rescaled(triplet: Triplet) -> Triplet:
    def target(one: Target) -> Target:
        scores = {word: rescaled(score) for word, score in one.scores.items()}
        return msgspec.structs.replace(one, scores=scores)

    first, second = triplet.targets
    return msgspec.structs.replace(triplet, targets=(target(first), target(second)))
