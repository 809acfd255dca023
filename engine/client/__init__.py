"""Start, watch, restart and talk to a worker process. No Qt, nothing heavy."""

from engine.client.client import WorkerClient
from engine.client.command import worker_command, worker_environment
from engine.client.errors import (
    ClientClosedError,
    ClientError,
    WorkerExitedError,
    WorkerGaveUpError,
    WorkerMissingError,
    WorkerNonsenseError,
    WorkerSilentError,
    WorkerVersionError,
)

__all__ = [
    "ClientClosedError",
    "ClientError",
    "WorkerClient",
    "WorkerExitedError",
    "WorkerGaveUpError",
    "WorkerMissingError",
    "WorkerNonsenseError",
    "WorkerSilentError",
    "WorkerVersionError",
    "worker_command",
    "worker_environment",
]
