"""The window on a screen of its own, and somebody who uses it through the accessibility bus."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SYSTEM_PYTHON = Path("/usr/bin/python3")
BUTTONS = ["push button", "button", "toggle button", "check box", "menu item", "check menu item"]
NUMBERS = ["slider", "spin button"]


def missing() -> str:
    """What this machine lacks for such a test; empty when all is there."""
    for program in ("Xvfb", "dbus-run-session"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    asked = subprocess.run(
        [SYSTEM_PYTHON, "-c", "import pyatspi"], capture_output=True, check=False
    )
    return "" if asked.returncode == 0 else "pyatspi is not installed"


class DesktopUser:
    """Opens the window and works in it. Use as a context manager."""

    def __init__(self, home: Path, *, size: str = "1600x1000") -> None:
        self.home = home
        self.log = home / "window.log"
        home.mkdir(parents=True, exist_ok=True)
        environment = os.environ | {
            "HOME": str(home),
            "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
            "NO_AT_BRIDGE": "0",
            "PYTHONPATH": "",
        }
        for name in ("QT_QPA_PLATFORM", "PIXELSMILE_LIBRARY", "DBUS_SESSION_BUS_ADDRESS"):
            environment.pop(name, None)
        for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
            environment.pop(name, None)
        self._screen, display = _screen(size)
        helper = Path(__file__).with_name("accessibility_bus.py")
        reading, writing = os.pipe()
        self._process = subprocess.Popen(
            ["dbus-run-session", "--", SYSTEM_PYTHON, helper, str(writing)],
            env=environment | {"DISPLAY": display},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[writing],
            text=True,
        )
        os.close(writing)
        self._answers = os.fdopen(reading)

    def __enter__(self) -> "DesktopUser":
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._answers.close()
        self._screen.terminate()
        self._screen.wait()

    def open(self, *paths: Path, **environment: str) -> int:
        """Start the window with these folders and photos; its process's number."""
        command = [sys.executable, "-P", "-m", "pixelsmile_desktop", *map(str, paths)]
        given = {"PYTHONPATH": str(ROOT), "PIXELSMILE_TEST_LOG": str(self.log), **environment}
        return self.ask("start", command=command, environment=given)

    def ask(self, do: str, **values: Any) -> Any:
        """One request to the bus; raises AssertionError with what went wrong."""
        assert self._process.stdin is not None
        print(json.dumps({"do": do, **values}), file=self._process.stdin, flush=True)
        line = self._answers.readline()
        assert line, f"the bus is gone\n{self.said()}"
        answer = json.loads(line)
        assert "error" not in answer, f"{do} {values}: {answer['error']}\n{self.said()}"
        return answer["result"]

    def said(self) -> str:
        """What the window wrote on its stderr."""
        return self.log.read_text(errors="replace")[-4000:] if self.log.exists() else ""

    # ---- what a user does -----------------------------------------------------------------------

    def press(self, name: str, timeout_s: float = 10) -> None:
        """Press a button, or choose an entry of a menu."""
        self.ask("press", name=name, roles=BUTTONS, timeout_s=timeout_s)

    def set_value(self, name: str, value: float, roles: list[str] | None = None) -> None:
        """Set a slider or a spin box."""
        self.ask("set_value", name=name, roles=roles or NUMBERS, value=value, timeout_s=10)

    def value(self, name: str, roles: list[str] | None = None) -> float:
        """What a slider or a spin box shows."""
        return float(self.ask("value", name=name, roles=roles or NUMBERS, timeout_s=10))

    def select(self, items: list[str], name: str = "Photos") -> list[str]:
        """Select photos in the list."""
        return list(self.ask("select", name=name, roles=["list"], items=items, timeout_s=15))

    def sees(self, name: str, roles: list[str] | None = None, timeout_s: float = 10) -> str | None:
        """The whole name of something that is shown and whose name begins so, or None."""
        found = self.ask("exists", name=name, roles=roles or [], timeout_s=timeout_s)
        return None if found is None else str(found)

    def table(self, name: str) -> list[list[str]]:
        """The cells of a table."""
        return [list(row) for row in self.ask("table", name=name, timeout_s=10)]


def _screen(size: str) -> tuple["subprocess.Popen[bytes]", str]:
    """A screen that nobody sees, and its name for DISPLAY."""
    reading, writing = os.pipe()
    process = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{size}x24", "-nolisten", "tcp"],
        pass_fds=[writing],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    with os.fdopen(reading) as names:
        return process, f":{names.readline().strip()}"
