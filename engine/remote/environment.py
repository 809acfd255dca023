"""What a node needs to run the product: its code, and an environment with pinned libraries."""

import hashlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import engine
from engine.recipes import RESOURCES
from engine.remote.errors import RemoteError
from engine.remote.link import Link, OnBytes
from engine.remote.targets import Target
from engine.remote.transfer import files_under, lay_out, nothing, push

REQUIREMENTS = RESOURCES / "node_requirements.txt"
RAY = "ray[default]==2.60.0"
"""What is installed beyond the requirements where Ray gives jobs their turn."""

_CODE = Path(engine.__file__).resolve().parent
_NOT_NEEDED = ("icons/", "fonts/", "translations/", "samples/")  # of the resources


@dataclass(frozen=True)
class Environment:
    """How the product is started on a node.

    Attributes:
        command: words of `pixelsmile`.
        python: the interpreter.
        variables: that it needs.
    """

    command: tuple[str, ...]
    python: str
    variables: dict[str, str]


def own_environment() -> Environment:
    """That of this program."""
    root = os.fspath(_CODE.parent)
    if getattr(sys, "frozen", False):
        return Environment((sys.executable,), sys.executable, {})
    return _environment(sys.executable, {"PYTHONPATH": root})


async def ensure(link: Link, target: Target, root: str, on_bytes: OnBytes = nothing) -> Environment:
    """Bring the code, and make the environment unless it is there.

    Raises `RemoteError` (`python_too_old`, `venv_missing`, `install_failed`, `disk_full`).
    """
    code = await lay_out(link, await push(link, code_files(), on_bytes))
    models = target.models or f"{root}/models"
    variables = {"PYTHONPATH": code, "PIXELSMILE_MODELS": models, "PYTHONUNBUFFERED": "1"}
    if target.python:
        return _environment(target.python, variables)
    wheels = ""
    if target.wheels:
        folder = Path(target.wheels).expanduser()
        found = files_under(folder)
        if not found:
            raise RemoteError("no_wheels", f"there are no wheels in {folder.name}", "fill it")
        wheels = await lay_out(link, await push(link, found, on_bytes))
    requirements = read_requirements(
        Path(target.requirements).expanduser() if target.requirements else REQUIREMENTS
    )
    if target.kind == "ray" and not any(line.startswith("ray") for line in requirements):
        requirements = [*requirements, RAY]
    parts = "\n".join([*requirements, wheels, target.index])
    answer = await link.call(
        "environment",
        name=hashlib.sha256(parts.encode()).hexdigest()[:16],
        requirements=requirements,
        wheels=wheels,
        index=target.index,
    )
    return _environment(str(answer["python"]), variables)


def _environment(python: str, variables: dict[str, str]) -> Environment:
    # -P: what lies in the working directory is nothing to import.
    return Environment((python, "-P", "-m", "engine.cli.main"), python, variables)


def code_files() -> dict[str, Path]:
    """The product's own files by the paths that they have on a node."""
    code = {
        path: file for path, file in files_under(_CODE, "engine/").items() if file.suffix == ".py"
    }
    resources = files_under(RESOURCES)
    return code | {
        f"resources/{path}": file
        for path, file in resources.items()
        if not path.startswith(_NOT_NEEDED)
    }


def read_requirements(file: Path) -> list[str]:
    """The lines that name something. Raises `RemoteError` (`requirements_unreadable`)."""
    try:
        lines = [line.partition("#")[0].strip() for line in file.read_text().splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise RemoteError(
            "requirements_unreadable", f"{file.name} cannot be read", "check --requirements"
        ) from error
    return [line for line in lines if line]
