"""Questions that only people at a terminal can answer."""

import sys


def can_ask() -> bool:
    """Whether someone sits at both ends: sees the question and can answer it."""
    streams = (sys.stdin, sys.stderr)
    return all(stream is not None and stream.isatty() for stream in streams)


def agrees(question: str) -> bool:
    """Ask a question on stderr, which rows do not share; anything but yes is no."""
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")
