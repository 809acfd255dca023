"""A training as a node gets it: its files, its configuration with the node's paths, its command."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from engine.remote.environment import Environment
from engine.remote.runs import Job
from engine.remote.transfer import files_under
from engine.training.config import Config, save_config
from engine.training.data.triplets import read_published
from engine.training.errors import TrainingError

NOT_FETCHED = ("cache", "requests")
CHECKPOINTS = "checkpoints"


@dataclass(frozen=True)
class Bundle:
    """What a configuration needs.

    Attributes:
        files: path on the node → file here.
        places: what of the configuration becomes which of these paths; the rest stays as it is.
    """

    files: Mapping[str, Path]
    places: Mapping[str, str]


def bundle(config: Config, scratch: Path, model: Path | None) -> Bundle:
    """Gather the data set, and whatever else is named by a path.

    Args:
        scratch: a folder here for files that are made for the node.
        model: folder of the base model, to be sent; None when the node has it by its name.

    Raises `TrainingError` for a data set that cannot be read.
    """
    files: dict[str, Path] = {}
    places: dict[str, str] = {}
    data = Path(config.data.path)
    if data.is_dir():
        files |= files_under(data, "data/")
        places["data.path"] = "data"
    else:
        files |= _published(config, scratch)
        places |= {"data.path": "data/data.jsonl", "data.root": "data"}
    for name, folder in (("path", model), ("clip", _there(config.model.clip))):
        if folder is not None:
            files |= files_under(folder, f"model/{name}/")
            places[f"model.{name}"] = f"model/{name}"
    for name, text in (("identity", config.model.identity), ("start", config.model.start)):
        if (file := _there(text)) is not None:
            places[f"model.{name}"] = f"model/{name}/{file.name}"
            files[f"model/{name}/{file.name}"] = file
    return Bundle(files, places)


def placed(config: Config, bundle: Bundle, tree: str, root: str, output: str) -> Config:
    """The configuration with the node's paths."""
    tables: dict[str, dict[str, Any]] = msgspec.to_builtins(config)
    for name, path in bundle.places.items():
        table, _, key = name.partition(".")
        tables[table][key] = f"{tree}/{path}"
    tables["run"] |= {"folder": output, "cache": f"{root}/cache"}
    return msgspec.convert(tables, Config)


def processes(config: Config, wanted: int) -> int:
    """At most so many processes as the batch can be shared out evenly to; 1 at least."""
    for number in range(wanted, 1, -1):
        try:
            config.accumulation(number)
        except TrainingError:
            continue
        return number
    return 1


def training_job(environment: Environment, file: str, output: str, processes: int) -> Job:
    """The command that trains with the configuration at that path on the node."""
    many = ("--processes", str(processes)) if processes > 1 else ()
    return Job(
        command=(*environment.command, "train", "run", "--config", file, *many),
        resume=(*environment.command, "train", "resume", "--config", file, *many),
        output=output,
        environment=environment.variables,
        by_files=processes > 1,  # whoever starts them would die of a signal that means `save`
    )


def write_config(config: Config, scratch: Path) -> Path:
    """The configuration as a file to be sent."""
    scratch.mkdir(parents=True, exist_ok=True)
    file = scratch / "config.json"
    save_config(config, file)
    return file


def _there(text: str) -> Path | None:
    path = Path(text)
    return path if text and path.is_absolute() and path.exists() else None


def _published(config: Config, scratch: Path) -> dict[str, Path]:
    """The pictures of a `.jsonl` under names of their own, and the lines with these names."""
    file = Path(config.data.path)
    base = Path(config.data.root) if config.data.root else file.parent
    read_published(file, base)  # says what is wrong with it
    names: dict[Path, str] = {}

    def named(picture: dict[str, Any]) -> dict[str, Any]:
        path = base / picture["image"]
        name = names.setdefault(path, f"pictures/{len(names):06d}{path.suffix.lower()}")
        return {**picture, "image": name}

    lines: list[str] = []
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.strip():
            row = json.loads(line)
            row |= {"src": named(row["src"]), "dst": [named(one) for one in row["dst"]]}
            lines.append(json.dumps(row))
    scratch.mkdir(parents=True, exist_ok=True)
    written = scratch / "data.jsonl"
    written.write_text("\n".join(lines) + "\n", encoding="utf-8")
    missing = next((path for path in names if not path.is_file()), None)
    if missing is not None:
        raise TrainingError(
            "data_unreadable", f"the picture {missing.name} is not there", "check data.root"
        )
    return {f"data/{name}": path for path, name in names.items()} | {"data/data.jsonl": written}
