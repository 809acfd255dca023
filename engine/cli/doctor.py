"""`pixelsmile doctor`: what this machine can run, what is missing and what would help."""

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import engine
from engine.cli.logs import log_path
from engine.cli.report import Report
from engine.cli.text import count, duration, printable, size
from engine.editors.pixelsmile import GB, PRECISIONS, Machine, PixelSmileError, plan

State = Literal["ok", "missing", "fault"]

_NEEDED = ("msgspec", "numpy", "opencv-python", "pillow", "tifffile", "imagecodecs",
           "ai-edge-litert", "typer", "rich", "platformdirs")  # fmt: skip
# Package → what it would be for. None is needed for the instant editor.
_OPTIONAL = {
    "PySide6-Essentials": "the desktop window",
    "torch": "the editor pixelsmile",
    "diffusers": "the editor pixelsmile",
    "transformers": "the editor pixelsmile",
    "peft": "the editor pixelsmile",
    "torchao": "the editor pixelsmile in 8-bit floats",
    "optimum-quanto": "the editor pixelsmile in 8-bit integers",
    "bitsandbytes": "the editor pixelsmile in 4 bits",
    "insightface": "another reader of faces (non-commercial model licence)",
}
_SPARE_BYTES = 1_000_000_000
_ANSWER_S = 10.0
_SAMPLE = "grace_hopper.jpg"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    Attributes:
        check: what, in a word or two.
        state: `ok`; `missing` for what is optional; `fault` for what has to be put right.
        detail: what was found, and what to do where something has to be done.
        facts: the same as data, for programs; empty for most.
    """

    check: str
    state: State
    detail: str
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def row(self) -> dict[str, object]:
        """The check as a row of JSON."""
        row: dict[str, object] = {"check": self.check, "state": self.state, "detail": self.detail}
        return row | ({"facts": dict(self.facts)} if self.facts else {})


def doctor(*, deep: bool, as_json: bool) -> int:
    """Report on the machine; returns 1 when something has to be put right."""
    looks: list[Callable[[], list[Check]]] = [
        _system,
        _packages,
        _models,
        _programs,
        _gpu,
        _generative,
        _disk,
        _worker,
    ]
    if deep:
        looks.append(_sample_edit)
    faults = 0
    with Report(as_json=as_json, total=0) as report:
        for look in looks:
            for check in look():
                faults += check.state == "fault"
                sign = {"ok": "ok     ", "missing": "-      ", "fault": "FAULT  "}[check.state]
                report.row(check.row, f"{sign}{check.check}: {check.detail}")
        if not as_json:
            verdict = (
                f"{count(faults, 'fault')} to put right." if faults else "The instant editor runs."
            )
            report.row({}, verdict)
    return 1 if faults else 0


def _system() -> list[Check]:
    python = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    enough = sys.version_info >= (3, 11)
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = _memory_bytes()
    return [
        Check("pixelsmile", "ok", engine.__version__),
        Check("python", "ok" if enough else "fault", python + ("" if enough else "; install 3.11")),
        Check("cpu", "ok", f"{count(cpus or 1, 'core')} to use"),
        Check("memory", "ok", size(memory) if memory else "unknown", {"bytes": memory or 0}),
        Check("log", "ok", printable(log_path())),
    ]


def _memory_bytes() -> int | None:
    """The machine's memory, or the control group's share of it; None where it cannot be asked."""
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text().strip()
    except OSError:
        return total
    return min(total, int(limit)) if limit.isdigit() else total


def _packages() -> list[Check]:
    checks: list[Check] = []
    absent = [name for name in _NEEDED if _version(name) is None]
    if absent:
        checks.append(
            Check("packages", "fault", f"{', '.join(absent)} missing; install the program again")
        )
    else:
        found = ", ".join(f"{name} {_version(name)}" for name in _NEEDED)
        checks.append(Check("packages", "ok", found))
    for name, purpose in _OPTIONAL.items():
        version = _version(name)
        state: State = "ok" if version else "missing"
        checks.append(Check(name, state, f"{version or 'not installed'}; for {purpose}"))
    return checks


def _version(package: str) -> str | None:
    """The installed version, without importing anything; some builds have other names."""
    names = [package]
    if package == "opencv-python":
        names += ["opencv-python-headless", "opencv-contrib-python"]
    for name in names:
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return None


def _models() -> list[Check]:
    from engine.cli.models import shipped

    return [
        Check(
            f"model {row['model']}",
            "ok" if row["ok"] else "fault",
            "SHA-256 is right" if row["ok"] else f"{row['state']}; install the program again",
        )
        for row in shipped()
    ]


def _programs() -> list[Check]:
    programs = {
        "ffmpeg": ("strips as MP4", "install ffmpeg for them; GIF and WebP need nothing"),
        "exiftool": ("camera makers' own notes", "not needed: the usual metadata are kept anyway"),
    }
    checks: list[Check] = []
    for name, (purpose, without) in programs.items():
        path = shutil.which(name)
        detail = f"{printable(path)}; for {purpose}" if path else f"not found, {purpose}: {without}"
        checks.append(Check(name, "ok" if path else "missing", detail))
    return checks


def _gpu() -> list[Check]:
    gpu = _first_gpu()
    if gpu is None:
        return [Check("gpu", "missing", "none found; the instant editor needs none")]
    facts = {
        "name": gpu.name,
        "free_gb": round(gpu.free_gb, 1),
        "total_gb": _gpu_total_gb(),
        "capability": float("{}.{}".format(*gpu.capability)),
    }
    return [Check("gpu", "ok", f"{printable(gpu.name)}, {gpu.free_gb:.0f} GB free", facts)]


def _gpu_total_gb() -> float:
    answer = _ask_gpu("memory.total")
    return round(int(answer) * 2**20 / GB, 1) if answer.isdigit() else 0.0


def _first_gpu() -> Machine | None:
    """What nvidia-smi knows; importing torch to ask would take seconds."""
    try:
        name, free_mib, capability = (
            part.strip() for part in _ask_gpu("name,memory.free,compute_cap").rsplit(",", 2)
        )
        major, _, minor = capability.partition(".")
        free_gb, host_gb = int(free_mib) * 2**20 / GB, (_memory_bytes() or 0) / GB
        return Machine("cuda", free_gb, host_gb, (int(major), int(minor)), name)
    except ValueError:
        return None


def _ask_gpu(fields: str) -> str:
    """Fields of the first GPU, with commas between; empty where there is none to ask."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return ""
    query = [program, f"--query-gpu={fields}", "--format=csv,noheader,nounits"]
    try:
        answer = subprocess.run(
            query, capture_output=True, text=True, timeout=_ANSWER_S, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
    return next(iter(answer.splitlines()), "").strip()


def _generative() -> list[Check]:
    """What the editor pixelsmile would do here, and the table that it picks from."""
    machine = _first_gpu() or Machine("cpu", (_memory_bytes() or 0) / GB, 0.0, name="this machine")
    try:
        best = plan(machine)
        facts = {"precision": best.precision.name, "placement": best.placement}
        picked = Check("pixelsmile, auto", "ok", best.reason, facts | {"device": machine.device})
    except PixelSmileError as error:
        picked = Check("pixelsmile, auto", "missing", f"{error.reason}; {error.remedy}")
    table = [
        Check(
            f"pixelsmile, {one.name}",
            "ok",
            f"{one.transformer_gb:.1f} + {one.text_encoder_gb:.1f} GB by {one.library}; "
            f"speed: {one.speed}; runs on {one.hardware}; loses {one.loses}",
        )
        for one in PRECISIONS.values()
    ]
    return [picked, _generative_files(), *table]


def _generative_files() -> Check:
    """Whether the editor's packages and models are installed."""
    from engine.cli.models import missing_models, why_not_pixelsmile
    from engine.weights import WeightsError

    lacking = why_not_pixelsmile()
    if not lacking:
        return Check("pixelsmile, files", "ok", "packages and models are installed")
    try:
        facts = {"missing_models": missing_models()}
    except WeightsError:
        facts = {}
    return Check("pixelsmile, files", "missing", lacking, facts)


def _disk() -> list[Check]:
    checks: list[Check] = []
    for name, folder in (("here", Path.cwd()), ("temporary files", Path(tempfile.gettempdir()))):
        free = shutil.disk_usage(folder).free
        enough = free >= _SPARE_BYTES
        detail = f"{size(free)} free" + ("" if enough else "; make room")
        checks.append(Check(f"disk, {name}", "ok" if enough else "fault", detail))
    return checks


def _worker() -> list[Check]:
    from engine.cli.worker_jobs import worker
    from engine.client import ClientError

    started = time.monotonic()
    try:
        with worker() as client:
            program = client.start().program
    except ClientError as error:
        return [Check("worker", "fault", f"{error.reason}; {error.remedy}")]
    answered = duration(time.monotonic() - started)
    return [Check("worker", "ok", f"{printable(program)} answered in {answered}")]


def _sample_edit() -> list[Check]:
    """A shipped portrait through the worker and back, into a folder that goes away."""
    from engine.cli.edit import read_wish
    from engine.cli.option_groups import EditOptions, ExportOptions, ModelOptions
    from engine.cli.stills import still_edit
    from engine.cli.worker_jobs import do, worker
    from engine.protocol import EditPhoto, Event, Variant, Written
    from engine.recipes import RESOURCES

    sample = RESOURCES / "samples" / _SAMPLE
    what = EditOptions(["happy"], face="largest")
    wish = read_wish(what, ModelOptions(), ExportOptions())
    written: list[Written] = []

    def hear(event: Event) -> None:
        if isinstance(event, Written):
            written.append(event)

    with tempfile.TemporaryDirectory() as folder, worker() as client:
        edit = still_edit(wish.looks[0], wish.face, wish.editor, wish.seed)
        variant = Variant(edit, str(Path(folder) / "sample"))
        failed = do(client, EditPhoto(client.next_job_id(), str(sample), (variant,)), hear)
    if failed is not None:
        return [Check("sample edit", "fault", f"{failed.reason}; {failed.remedy}")]
    one = written[0]
    identity = "unknown" if one.identity is None else f"{one.identity:.2f}"
    detail = f"{one.editor} in {duration(one.seconds)}, identity {identity}"
    return [Check("sample edit", "ok", detail)]
