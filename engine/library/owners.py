"""Processes that hold leases or make files: who they are, and whether they are still there.

A process number alone is not enough: numbers are used again, and each container counts its own.
"""

import os
import platform
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_NAMESPACE = Path("/proc/self/ns/pid")


@dataclass(frozen=True)
class Owner:
    """A process.

    Attributes:
        host: the machine since it was started, and whose process numbers are meant.
        pid: its number.
        start: when it started, in the system's own measure; empty where that is not known.
    """

    host: str
    pid: int
    start: str

    @property
    def is_gone(self) -> bool:
        """Whether the process has certainly ended; False where that cannot be known from here."""
        if self.host != this_host() or sys.platform == "win32":
            return False
        if self.start:
            return start_of(self.pid) != self.start
        return not is_alive(self.pid)


@cache
def this_host() -> str:
    """Names this machine until it starts anew, and the process numbers that are valid here."""
    return f"{boot()} {_namespace()}"


@cache
def boot() -> str:
    """Changes with every start of the machine, where the system tells (Linux)."""
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return platform.node()


def this_process() -> Owner:
    """Who is running this."""
    return Owner(this_host(), os.getpid(), start_of(os.getpid()) or "")


def start_of(pid: int) -> str | None:
    """When a process started, in ticks since the machine did (Linux); None when there is none.

    A process that has ended and waits to be collected counts as none.
    """
    try:
        # The program's name stands in brackets and may hold anything.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (OSError, UnicodeDecodeError):
        return None
    return None if fields[0] in "ZX" else fields[19]


def started_at(pid: int) -> float | None:
    """When a process started, in seconds since 1970, to about a second; None when not known."""
    ticks = start_of(pid)
    if ticks is None:
        return None
    try:
        for line in Path("/proc/stat").read_text().splitlines():
            if line.startswith("btime "):
                return int(line.split()[1]) + int(ticks) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError):
        pass
    return None


def is_alive(pid: int) -> bool:
    """Whether there is a process of that number; True where asking would end it (Windows)."""
    if sys.platform == "win32":
        return True
    if _BOOT_ID.exists():
        return start_of(pid) is not None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def _namespace() -> str:
    try:
        return os.readlink(_NAMESPACE)
    except OSError:
        return ""
