"""Why there is no worker to talk to, each a sentence for the user."""


class ClientError(Exception):
    """No worker can be had.

    Attributes:
        code: stable, for programs.
        reason: what happened, without a full stop.
        remedy: what the user can do, without a full stop.
        details: what the worker said last, for the log and "Copy details".
    """

    code = "worker_unavailable"
    remedy = "try again; if it happens again, report it with the details"

    def __init__(self, reason: str, details: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.details = details

    def __str__(self) -> str:
        return f"The photo engine cannot be used: {self.reason}; {self.remedy}."


class WorkerMissingError(ClientError):
    """The worker program cannot be run at all."""

    code = "worker_missing"
    remedy = "install the program again"


class WorkerSilentError(ClientError):
    """The worker was started and did not greet in time."""

    code = "worker_silent"


class WorkerVersionError(ClientError):
    """The worker speaks another version of the protocol."""

    code = "worker_version"
    remedy = "update both to the same release"


class WorkerNonsenseError(ClientError):
    """What was started is no worker: it greeted with something else."""

    code = "worker_protocol"


class WorkerExitedError(ClientError):
    """The worker stopped before it had greeted."""

    code = "worker_exited"


class WorkerGaveUpError(ClientError):
    """The worker stopped so often in a row that it is not started again."""

    code = "worker_gave_up"


class ClientClosedError(ClientError):
    """The client was closed before it was asked."""

    code = "client_closed"
    remedy = "start the program again"
