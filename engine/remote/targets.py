"""Where work can be sent: typed descriptions by name, kept in the user's configuration.

Secrets stand in files of their own, with mode 0600, and never in these descriptions.
"""

import re
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from platformdirs import user_config_path

from engine.remote.errors import RemoteError
from engine.remote.files import write_private

Kind = Literal["local", "ssh", "slurm", "ray"]
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class Target(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A place for work.

    Attributes:
        host: name or address, for `ssh`, `slurm` and a `ray` that is started over ssh.
        user: to log in as; the ssh configuration's, or your own name, where it is empty.
        host_key: the pinned public key, as `ssh-ed25519 AAAA…`.
        folder: where everything lies there.
        python: an interpreter there that has the libraries; empty for an environment that is made.
        requirements: a file of requirements here; empty for those that the product needs.
        wheels: a folder of wheels here that is sent and installed from; empty for an index.
        index: URL of the package index that the node installs from; empty for its own setting.
        models: a folder there that has models; empty for one inside `folder`.
        options: of sbatch, such as `--partition=gpu`.
        url: of an existing Ray cluster's dashboard, as `host` reaches it; empty for one that is
            started there.
        workers: processes that train together; 0 for one a GPU.
        stall_s: a run that has said nothing for so long is called stalled.
    """

    name: str
    kind: Kind
    host: str = ""
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 22
    user: str = ""
    host_key: str = ""
    folder: str = "~/.pixelsmile"
    python: str = ""
    requirements: str = ""
    wheels: str = ""
    index: str = ""
    models: str = ""
    options: tuple[str, ...] = ()
    url: str = ""
    workers: Annotated[int, msgspec.Meta(ge=0)] = 0
    stall_s: Annotated[float, msgspec.Meta(gt=0)] = 1800.0


LOCAL = Target(name="local", kind="local", folder="")


class Targets:
    """The user's targets; `local` is always among them."""

    def __init__(self, folder: Path | None = None) -> None:
        """`folder`: of the configuration; the user's own unless given."""
        self._folder = folder or user_config_path("pixelsmile", appauthor=False)

    @property
    def _file(self) -> Path:
        return self._folder / "targets.json"

    def all(self) -> list[Target]:
        """In the order in which they were added. Raises `RemoteError` (`targets_unreadable`)."""
        try:
            kept = msgspec.json.decode(self._file.read_bytes(), type=list[Target])
        except FileNotFoundError:
            kept = []
        except (OSError, msgspec.MsgspecError) as error:
            raise RemoteError(
                "targets_unreadable",
                f"the list of targets {self._file.name} cannot be read",
                "mend or delete it in the folder of the configuration",
                str(error),
            ) from error
        return [LOCAL, *kept]

    def get(self, name: str) -> Target:
        """The target of that name. Raises `RemoteError` (`unknown_target`)."""
        for target in self.all():
            if target.name == name:
                return target
        raise RemoteError(
            "unknown_target", f"there is no target {name[:60]!r}", "see `pixelsmile remote list`"
        )

    def add(self, target: Target, token: str = "") -> None:
        """Keep a target, and its token in a file of its own.

        Raises `RemoteError` (`bad_name`, `target_exists`).
        """
        if not _NAME.fullmatch(target.name):
            raise RemoteError(
                "bad_name", f"{target.name[:60]!r} is no name", "use a-z, 0-9 and hyphens"
            )
        kept = self.all()
        if any(one.name == target.name for one in kept):
            raise RemoteError(
                "target_exists",
                f"there is a target {target.name} already",
                "remove it first, or choose another name",
            )
        if token:
            write_private(self._secret(target.name), token.encode())
        self._write([*kept[1:], target])

    def remove(self, name: str) -> None:
        """Forget a target and its secrets. Raises `RemoteError` (`unknown_target`)."""
        target = self.get(name)
        self._secret(name).unlink(missing_ok=True)
        self._write([one for one in self.all()[1:] if one != target])

    def token(self, name: str) -> str:
        """The token of a target; empty where it has none."""
        try:
            return self._secret(name).read_text().strip()
        except OSError:
            return ""

    def _secret(self, name: str) -> Path:
        return self._folder / "secrets" / f"{name}.token"

    def _write(self, targets: list[Target]) -> None:
        write_private(self._file, msgspec.json.format(msgspec.json.encode(targets)) + b"\n")
