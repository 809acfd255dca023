"""`pixelsmile models`: the model files that are there or can be had, and what each editor needs."""

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
    generative: dict[str, Any] = {
        "editor": "pixelsmile",
        "needs": "Qwen-Image-Edit-2511 with the PixelSmile LoRA; a GPU, or very much patience",
        "available": True,
    }
    reason = why_not_pixelsmile()
    if reason:
        generative |= {"available": False, "reason": reason}
    return [
        {
            "editor": "instant",
            "needs": "the model files above; no download, no GPU",
            "available": True,
        },
        generative,
    ]


def missing_models() -> list[str]:
    """The models that the generative editor needs and that are not here; raises WeightsError."""
    from engine.render.editors import DEFAULT_MODELS
    from engine.weights import installed

    return [name for name in DEFAULT_MODELS if installed(name) is None]


def why_not_pixelsmile() -> str:
    """What is missing for the generative editor; empty when nothing is."""
    from engine.render.editors import check_installed
    from engine.render.errors import RenderError
    from engine.weights import WeightsError

    try:
        check_installed()
        missing = missing_models()
    except (RenderError, WeightsError) as error:
        return f"{error.reason}; {error.remedy}"
    return f"run `pixelsmile models get {missing[0]}`" if missing else ""


def optional_faces() -> dict[str, Any]:
    """The row of the optional face provider."""
    return {
        "provider": "insightface",
        "needs": "the package insightface and a model pack of your own",
        "licence": "its model packs are for non-commercial research only",
        "available": importlib.util.find_spec("insightface") is not None,
    }


def downloads() -> list[dict[str, Any]]:
    """A row for each model of the catalogue, installed or not; contacts nobody.

    Raises:
        WeightsError: `catalogue`.
    """
    from engine.weights.catalogue import catalogue
    from engine.weights.store import model_folder, partial_folder, taken_bytes
    from engine.weights.usage import commercial_only

    only_commercial = commercial_only()
    rows: list[dict[str, Any]] = []
    for model in catalogue().values():
        state, revision = _state(model.name)
        row: dict[str, Any] = {
            "download": model.name,
            "title": model.title,
            "purpose": model.purpose,
            "needed_by": list(model.needed_by),
            "size_bytes": model.size_bytes,
            "licence": model.licence,
            "licence_url": model.licence_url,
            "commercial": model.commercial,
            "use": model.use,
            "allowed": model.commercial or not only_commercial,
            "repository": model.repository,
            "revision": revision or model.revision,
            "way": "get" if model.repository else "import",
            "state": state,
        }
        if state == "installed":
            row["path"] = str(model_folder(model.name))
        elif state == "partial":
            row["arrived_bytes"] = taken_bytes(partial_folder(model.name))
        rows.append(row)
    return rows


def _state(name: str) -> tuple[str, str]:
    """Whether the model is `installed`, `partial`, `damaged` or `absent`, and its revision."""
    from engine.weights import WeightsError
    from engine.weights.store import absent_or_short, partial_folder, read_record

    try:
        record = read_record(name)
    except WeightsError:
        return "damaged", ""
    if record is not None:
        return "damaged" if absent_or_short(record) else "installed", record.revision
    return "partial" if partial_folder(name).is_dir() else "absent", ""


def _download_line(row: dict[str, Any]) -> str:
    name, state = row["download"], row["state"]
    if state == "absent":
        way = f"{row['way']} {name}{' PATH' if row['way'] == 'import' else ''}"
        state = f"not installed, pixelsmile models {way}"
    elif state == "partial":
        state = f"{size(row['arrived_bytes'])} have arrived, pixelsmile models get {name}"
    elif state == "damaged":
        state = f"damaged, pixelsmile models verify {name}"
    ban = "" if row["allowed"] else " (not allowed here: commercial use only)"
    return (
        f"{name}  {size(row['size_bytes'])}  {row['licence']}{ban}\n"
        f"    {row['title']}: {row['purpose']}\n    {state}"
    )


def models(*, as_json: bool) -> int:
    """List models and editors; returns 1 when a shipped file is missing or damaged."""
    from engine.weights import WeightsError

    files = shipped()
    fine = all(row["ok"] for row in files)
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
        try:
            for row in downloads():
                report.row(row, _download_line(row))
        except WeightsError as error:
            report.failure("models", f"{error.reason}; {error.remedy}", error.code)
            fine = False
        for row in files:
            if not row["ok"]:
                report.note(f"{row['model']} is {row['state']}; install the program again")
    return 0 if fine else 1
