"""`pixelsmile models`: the model files that are there, and what each editor needs."""

import hashlib
import importlib.util
from dataclasses import dataclass
from typing import Any

from engine.cli.report import Report
from engine.cli.text import size


@dataclass(frozen=True)
class _About:
    """What stands in the notice beside a shipped model."""

    purpose: str
    licence: str


_ABOUT = {
    "face_detection_yunet_2023mar_int8bq.onnx": _About("finds faces (YuNet)", "MIT, Apache-2.0"),
    "face_landmarker.task": _About(
        "478-point face mesh and 52 blendshapes (MediaPipe)", "Apache-2.0"
    ),
    "face_recognition_sface_2021dec_int8bq.onnx": _About(
        "tells people apart (SFace)", "Apache-2.0"
    ),
}


def shipped() -> list[dict[str, Any]]:
    """A row for each model file of the project; `ok` says whether its SHA-256 is the right one."""
    from engine.weights.shipped import SHIPPED_MODELS, models_folder

    rows: list[dict[str, Any]] = []
    for model in SHIPPED_MODELS.values():
        about = _ABOUT[model.file_name]
        try:
            content = (models_folder() / model.file_name).read_bytes()
        except OSError:
            content = b""
        ok = hashlib.sha256(content).hexdigest() == model.sha256
        rows.append(
            {
                "model": model.file_name,
                "purpose": about.purpose,
                "size_bytes": len(content),
                "licence": about.licence,
                "sha256": model.sha256,
                "ok": ok,
                "state": "ready" if ok else "damaged" if content else "missing",
            }
        )
    return rows


def editors() -> list[dict[str, Any]]:
    """A row for each editor: what it needs and whether it can be used today."""
    return [
        {
            "editor": "instant",
            "needs": "the model files above; no download, no GPU",
            "available": True,
        },
        {
            "editor": "pixelsmile",
            "needs": "Qwen-Image-Edit-2511 with the PixelSmile LoRA and a large GPU",
            "available": False,
            "reason": "it is not part of this version yet, and its weights are not shipped",
        },
    ]


def optional_faces() -> dict[str, Any]:
    """The row of the optional face provider."""
    return {
        "provider": "insightface",
        "needs": "the package insightface and a model pack of your own",
        "licence": "its model packs are for non-commercial research only",
        "available": importlib.util.find_spec("insightface") is not None,
    }


def models(*, as_json: bool) -> int:
    """List models and editors; returns 1 when a shipped file is missing or damaged."""
    files = shipped()
    with Report(as_json=as_json, total=0) as report:
        for row in files:
            report.row(
                row,
                f"{row['model']}  {size(row['size_bytes'])}  {row['licence']}  {row['state']}\n"
                f"    {row['purpose']}\n    SHA-256 {row['sha256']}",
            )
        for row in editors():
            state = "ready" if row["available"] else f"not available: {row['reason']}"
            report.row(row, f"editor {row['editor']}: {state}\n    needs {row['needs']}")
        row = optional_faces()
        state = "installed" if row["available"] else "not installed"
        report.row(row, f"faces by insightface (optional): {state}\n    {row['licence']}")
        for row in files:
            if not row["ok"]:
                report.note(f"{row['model']} is {row['state']}; install the program again")
    return 0 if all(row["ok"] for row in files) else 1
