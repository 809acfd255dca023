"""How the worker program that belongs to this one is started."""

import os
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

import engine

_ROOT = Path(engine.__file__).resolve().parents[1]


def worker_command() -> list[str]:
    """The command of the worker that came with this program."""
    if getattr(sys, "frozen", False):  # one packed program that starts itself again
        return [sys.executable, "worker"]
    # -P keeps the working directory, which may hold an `engine` or a `json.py` of the user's,
    # off the path of imports.
    return [sys.executable, "-P", "-m", "engine.worker"]


def worker_environment(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment in which `worker_command` finds the engine from any working directory."""
    result = dict(environment)
    # A source tree is not on the interpreter's own path; site-packages is, and would come before
    # the standard library if it were named again.
    if os.fspath(_ROOT) not in (sysconfig.get_path("purelib"), sysconfig.get_path("platlib")):
        others = [path for path in [environment.get("PYTHONPATH")] if path]
        result["PYTHONPATH"] = os.pathsep.join([os.fspath(_ROOT), *others])
    return result
