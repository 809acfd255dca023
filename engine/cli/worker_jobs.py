"""Jobs given to the worker process, and what its failures are called here."""

import contextlib
import re
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from engine.cli.logs import log_details, open_log
from engine.cli.text import printable
from engine.client import ClientError, WorkerClient
from engine.library import is_in_use, remove
from engine.protocol import Cancelled, Event, Failed, Job, ProtocolError

SILENCE_S = 600.0
"""A worker that says nothing for so long is taken for dead."""

_CLOSE_GRACE_S = 0.3  # Ctrl-C must be over within a second
_TEMPORARY = re.compile(r"\.pixelsmile-.+")
# Their causes are the program's or the machine's, so the log has more to say about them.
_DETAILED = ("internal", "worker_crashed", "worker_hung", "worker_protocol", "out_of_memory")

# What this front end knows better than the engine.
_REMEDIES = {"is_directory": "use pixelsmile batch for the photos in a folder"}


def new_worker() -> WorkerClient:
    """A worker that is not started yet; whoever asks for it closes it."""
    return WorkerClient(close_grace_s=_CLOSE_GRACE_S, log=open_log())


@contextlib.contextmanager
def worker() -> Iterator[WorkerClient]:
    """A worker for the length of the block; gone afterwards, however the block ends."""
    client = new_worker()
    try:
        yield client
    finally:
        client.close()


def do(client: WorkerClient, job: Job, on_event: Callable[[Event], None]) -> Failed | None:
    """Do a job; None when it went well. A worker that cannot be had is a failure like others."""
    try:
        ending = client.run(job, on_event, timeout_s=SILENCE_S)
    except ClientError as error:
        return Failed(job.job, error.code, error.reason, error.remedy, error.details)
    except ProtocolError as error:
        return Failed(job.job, "internal", "it cannot be described to the worker", "", str(error))
    if isinstance(ending, Failed):
        return ending
    if isinstance(ending, Cancelled):
        return Failed(job.job, "cancelled", "it was stopped", "")
    return None


def sentence(source: str | Path, failed: Failed) -> str:
    """The failure in one sentence that names the photo."""
    remedy = _REMEDIES.get(failed.code, failed.remedy)
    text = f"{printable(source)}: {failed.reason}"
    if remedy:
        text += f"; {remedy}"
    if failed.code in _DETAILED and failed.details:
        log = log_details(f"{printable(source)}: {failed.reason}", failed.details)
        if log is not None:
            text += f"; the details are in {printable(log)}"
    return text


class Sweeper:
    """Removes what a worker that was ended in the middle of a file has left beside its outputs.

    Workers write beside the output under a name with a dot and rename; only one that is killed
    leaves such a file. Only files that came up since the sweeper was made are removed, and of those
    none that belong to a process that is still there.
    """

    def __init__(self, folders: Iterable[Path]) -> None:
        # Clocks of network disks run a little apart.
        self._since = time.time() - 1.0
        self._folders = sorted(set(folders))
        self._there_before = set(self._leftovers())

    def sweep(self) -> None:
        """Remove the leftovers; the worker must be gone."""
        for path in self._leftovers():
            if path not in self._there_before:
                with contextlib.suppress(OSError):
                    if path.stat().st_mtime >= self._since and not is_in_use(path):
                        remove(path)

    def _leftovers(self) -> Iterator[Path]:
        for folder in self._folders:
            with contextlib.suppress(OSError):
                for path in folder.iterdir():
                    if _TEMPORARY.fullmatch(path.name):
                        yield path
