"""What the bad workers have in common: the few words of the protocol that they get right."""

import json
import os
import sys
from typing import Any


def say(name: str, **fields: Any) -> None:
    """Send one message."""
    line = json.dumps({"type": name, **fields}).encode() + b"\n"
    while line:
        line = line[os.write(1, line) :]


def greet() -> None:
    """Say Hello and hear the front end's."""
    say("Hello", version=1, program="bad-worker")
    sys.stdin.buffer.readline()


def hear() -> dict[str, Any] | None:
    """The next request, or None when stdin has ended."""
    line = sys.stdin.buffer.readline()
    return json.loads(line) if line else None


def next_job() -> int:
    """The number of the next job; leaves when there is none."""
    while (request := hear()) is not None:
        if request["type"] == "Shutdown":
            break
        if request["type"] not in ("Hello", "Cancel"):
            return request["job"]
    sys.exit(0)
