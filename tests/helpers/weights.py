"""Small models: their files, and a catalogue that lists them."""

import hashlib
import json
from pathlib import Path
from typing import Any

from tests.helpers.hub import tensors

REPOSITORY = "someone/tiny"
PART_BYTES = 3_000_000

FIRST = "vae/weights-00001-of-00002.safetensors"
SECOND = "vae/weights-00002-of-00002.safetensors"
FILES: dict[str, bytes] = {
    "model_index.json": b'{"_class_name": "Tiny"}',
    "vae/config.json": b"{}",
    "vae/weights.safetensors.index.json": json.dumps(
        {"weight_map": {"a": FIRST.partition("/")[2], "b": SECOND.partition("/")[2]}}
    ).encode(),
    FIRST: tensors(PART_BYTES, 1),
    SECOND: tensors(200_000, 2),
}
"""The model `tiny`, a folder."""

LORA = "lora.safetensors"
NOT_TAKEN: dict[str, bytes] = {
    "vae/weights.bin": b"a pickle",
    "vae/.hidden.json": b"{}",
    "README.md": b"# Tiny",
}
AT_THE_HUB: dict[str, bytes] = FILES | NOT_TAKEN | {LORA: tensors(400_000, 3)}
LARGE = {FIRST, SECOND, LORA}
PACK: dict[str, bytes] = {"a.onnx": b"a graph", "b.onnx": b"another graph"}
"""The model `pack`, which can be imported only and forbids commercial use."""


def sha256(content: bytes) -> str:
    """The hash in hex."""
    return hashlib.sha256(content).hexdigest()


def model(name: str, files: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    """A model as the catalogue's file has it."""
    return {
        "name": name,
        "title": f"The {name}",
        "purpose": "tests",
        "needed_by": [],
        "licence": "Apache-2.0",
        "licence_url": "https://www.apache.org/licenses/LICENSE-2.0",
        "commercial": True,
        "use": "Any use.",
        "repository": REPOSITORY,
        "files": files,
    } | changes


def models() -> list[dict[str, Any]]:
    """The models of the catalogue."""
    ban = {"commercial": False, "licence": "research only"}
    lora = {"path": LORA, "size_bytes": len(AT_THE_HUB[LORA]), "sha256": sha256(AT_THE_HUB[LORA])}
    pack = [{"path": path, "sha256": sha256(content)} for path, content in PACK.items()]
    return [
        model("tiny", [{"path": "model_index.json"}, {"path": FIRST}], patterns=["vae/*"]),
        model("lora", [lora]),
        model("banned", [{"path": LORA}], **ban),
        model("pack", pack, repository=None, obtain="its makers' page", **ban),
    ]


def write_catalogue(path: Path) -> Path:
    """Write the catalogue and return its path."""
    path.write_text(json.dumps({"models": models()}))
    return path


def write_files(folder: Path, files: dict[str, bytes]) -> Path:
    """Write files below a folder and return it."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder
