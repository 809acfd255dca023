"""Work on other machines, or on this one without a window: targets, runs, and what goes between.

Importing the package costs nothing: asyncssh is loaded when a connection is made.
"""

from engine.remote.errors import RemoteError
from engine.remote.runs import Run, Runs
from engine.remote.targets import Target, Targets

__all__ = ["RemoteError", "Run", "Runs", "Target", "Targets"]
