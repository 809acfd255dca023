"""What was sent where: a file a run, written before anything is sent."""

import re
import secrets
import time
from pathlib import Path
from typing import Any, Literal

import msgspec
from platformdirs import user_data_path

from engine.remote.errors import RemoteError
from engine.remote.files import write_private

Kind = Literal["train", "batch"]
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")


class Job(msgspec.Struct, frozen=True):
    """What a node is asked to do.

    Attributes:
        command: words; absolute paths on the node.
        resume: the words when it is started again.
        output: folder on the node that the run fills; metrics.jsonl in it is its heartbeat.
        environment: variables beyond the node's own; never a secret.
        copies: how many of the command run side by side.
        gpu_each: give each copy a GPU of its own.
        by_files: tell it things by files in `output/requests`, not by signals.
    """

    command: tuple[str, ...]
    resume: tuple[str, ...]
    output: str
    environment: dict[str, str] = {}
    copies: int = 1
    gpu_each: bool = False
    by_files: bool = False


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A run's identity.

    Attributes:
        id: names it here and on the node.
        target: the target's name.
        state: as it was last heard of: `preparing` until the node has taken the job; then
            queued, running, finished, failed, stopped or lost.
        reason: code of why it failed; empty otherwise.
        source: the configuration, or the folder of photos.
        into: where results go when they are fetched.
        words: options of a batch.
        job: what was submitted; None before that.
        ticket: number in the target's own queue, where it has one.
        fetched: whether all results have been fetched since it ended.
    """

    id: str
    kind: Kind
    target: str
    source: str
    into: str
    created: float
    state: str = "preparing"
    reason: str = ""
    words: tuple[str, ...] = ()
    job: Job | None = None
    ticket: str = ""
    fetched: bool = False

    @property
    def has_ended(self) -> bool:
        """Whether nothing of it runs any more, as far as was heard."""
        return self.state in ("finished", "failed", "stopped", "lost")


def new_id(name: str) -> str:
    """An identity that nobody has: `anna-20250131-4f09ab`."""
    stem = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "run"
    return f"{stem}-{time.strftime('%Y%m%d')}-{secrets.token_hex(3)}"


class Runs:
    """The user's runs, wherever they are."""

    def __init__(self, folder: Path | None = None) -> None:
        """`folder`: of the records; one in the user's own data unless given."""
        self.folder = folder or user_data_path("pixelsmile", appauthor=False) / "runs"

    def save(self, run: Run) -> Run:
        """Write it down; it is on the disk when this returns."""
        content = msgspec.json.format(msgspec.json.encode(run)) + b"\n"
        write_private(self.folder / f"{run.id}.json", content)
        return run

    def change(self, run: Run, **values: Any) -> Run:
        """The same run with other values, written down where that changes anything."""
        changed = msgspec.structs.replace(run, **values)
        return changed if changed == run else self.save(changed)

    def all(self) -> list[Run]:
        """Newest first; a record that cannot be read is left out."""
        found: list[Run] = []
        for file in self.folder.glob("*.json"):
            try:
                found.append(msgspec.json.decode(file.read_bytes(), type=Run))
            except (OSError, msgspec.MsgspecError):
                continue
        return sorted(found, key=lambda run: (-run.created, run.id))

    def get(self, name: str) -> Run:
        """The run of that identity, or the only one that begins so.

        Raises `RemoteError` (`unknown_run_id`).
        """
        found = [run for run in self.all() if run.id == name]
        found = found or [run for run in self.all() if run.id.startswith(name)]
        if len(found) != 1 or not _ID.fullmatch(name):
            what = (
                f"several runs begin with {name!r}" if found else f"there is no run {name[:60]!r}"
            )
            raise RemoteError("unknown_run_id", what, "see `pixelsmile runs list`")
        return found[0]

    def forget(self, run: Run) -> None:
        """Delete the record; what the node has stays there."""
        (self.folder / f"{run.id}.json").unlink(missing_ok=True)
