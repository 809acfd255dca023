"""Whether an installed model is still what it was when it was installed."""

from dataclasses import dataclass

from engine.weights.digests import digest_of
from engine.weights.errors import WeightsError
from engine.weights.hub import Watch
from engine.weights.store import Installation, model_folder, read_record


@dataclass(frozen=True)
class Findings:
    """The files of a model that are not what its record says, by their relative paths."""

    record: Installation
    damaged: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether every file is there with the right bytes."""
        return not self.damaged and not self.missing


def verify(name: str, watch: Watch) -> Findings:
    """Read every file of an installed model again and compare it with the record.

    Raises:
        WeightsError: `model_missing`, or `model_damaged` when the record cannot be read.
    """
    record = read_record(name)
    if record is None:
        raise WeightsError(
            "model_missing",
            f"the model {name} is not installed",
            f"get it with `pixelsmile models get {name}`",
        )
    damaged: list[str] = []
    missing: list[str] = []
    done = 0
    for file in record.files:
        path, before = file.path, done

        def count(step: int, path: str = path) -> None:
            nonlocal done
            done += step
            watch.progress(path, done, record.size_bytes)

        try:
            found = digest_of(model_folder(name) / path, count)
        except FileNotFoundError:
            missing.append(path)
        except OSError:  # a disk that cannot read it
            damaged.append(path)
        else:
            if (found.size_bytes, found.sha256) != (file.size_bytes, file.sha256):
                damaged.append(path)
        done = before + file.size_bytes
    return Findings(record, tuple(damaged), tuple(missing))
