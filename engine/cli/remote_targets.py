"""What `pixelsmile remote` does."""

import contextlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

from engine.cli.generative import one_of
from engine.cli.options import UsageFault
from engine.cli.questions import agrees, can_ask
from engine.cli.remote_work import connected, told
from engine.cli.report import Report
from engine.cli.text import printable, size
from engine.remote import RemoteError, Target, Targets

_WHERE = re.compile(
    r"(?:(?P<user>[^@\s]+)@)?(?P<host>\[[0-9A-Fa-f:.]+\]|[^@:\s]+)(?::(?P<port>\d+))?"
)


@dataclass(frozen=True)
class Wanted:
    """What was typed to add a target."""

    name: str
    where: str
    kind: str
    host_key: str
    folder: str
    python: str
    wheels: str
    requirements: str
    index: str
    models: str
    options: tuple[str, ...]
    url: str
    token_file: str
    workers: int
    stall_s: float


def add(wanted: Wanted, *, as_json: bool) -> int:
    """Pin the host key and keep the target; returns the exit code. Raises `UsageFault`."""
    target = _target(wanted)
    token = _token(wanted.token_file)

    async def work(report: Report) -> int:
        targets = Targets()
        if any(one.name == target.name for one in targets.all()):
            targets.add(target)  # says that the name is taken, before anybody is asked
        pinned = await _pinned(target, wanted.host_key, report)
        targets.add(pinned, token)
        report.row(_row(pinned), f"added {pinned.name}")
        return 0

    return told(wanted.name, work, as_json=as_json)


async def _pinned(target: Target, expected: str, report: Report) -> Target:
    from engine.remote.ssh import fingerprint, read_host_key

    key = await read_host_key(target)
    shown = fingerprint(key)
    if expected:
        if expected != shown:
            raise RemoteError(
                "key_changed",
                f"the host shows the key {shown}, which is not the one that you named",
                "ask the host's owner; someone may be in between",
            )
    else:
        report.note(f"{target.host} shows the host key {shown} ({key.split()[0]}).")
        if not can_ask():
            raise RemoteError(
                "key_unknown",
                "nobody has said that this host key is right",
                f"compare it with what the host's owner tells you and add --host-key {shown}",
            )
        if not agrees("Is that the key that the host's owner told you?"):
            raise RemoteError("key_unknown", "the host key was not accepted", "ask its owner")
    return msgspec.structs.replace(target, host_key=key)


def list_targets(*, as_json: bool) -> int:
    """Say which targets there are; returns the exit code."""

    async def work(report: Report) -> int:
        for target in Targets().all():
            report.row(_row(target), f"{target.name}  {target.kind}  {_where(target)}".rstrip())
        return 0

    return told("targets", work, as_json=as_json)


def probe(name: str, *, as_json: bool) -> int:
    """Say what a target has; returns the exit code."""

    async def work(report: Report) -> int:
        async with connected(Targets().get(name)) as remote:
            facts = await remote.probe()
        lines = [
            f"{name}: {printable(facts.host)}, {printable(facts.system)}, {facts.cores} cores, "
            f"{size(facts.memory_bytes)} memory, {size(facts.disk_free_bytes)} free",
            f"    Python {facts.python}" if facts.interpreter else "    no Python 3.11 or newer",
        ]
        lines += [
            f"    {printable(one.name)}, {size(one.free_bytes)} of {size(one.memory_bytes)} free, "
            f"{one.busy:.0%} busy, driver {printable(one.driver)}"
            for one in facts.gpus
        ] or ["    no GPU"]
        lines += [f"    {one.state} {one.id}" for one in facts.jobs if one.state in _OPEN]
        report.row({"target": name, **msgspec.to_builtins(facts)}, "\n".join(lines))
        return 0

    return told(name, work, as_json=as_json)


_OPEN = ("queued", "running")


def remove(name: str, *, as_json: bool) -> int:
    """Forget a target; returns the exit code."""

    async def work(report: Report) -> int:
        target = Targets().get(name)
        if target.kind == "ray" and not target.url:
            with contextlib.suppress(RemoteError):  # it may be gone
                async with connected(target) as remote:
                    await remote.link.call("ray_down")
        Targets().remove(name)
        report.row({"target": name, "removed": True}, f"removed {name}")
        return 0

    return told(name, work, as_json=as_json)


def _target(wanted: Wanted) -> Target:
    kind = one_of("--kind", wanted.kind, Literal["ssh", "slurm", "ray"])
    if wanted.url and (kind != "ray" or not wanted.url.startswith(("http://", "https://"))):
        raise UsageFault("--url is a Ray cluster's http address and goes with --kind ray")
    found = _WHERE.fullmatch(wanted.where)
    # A host that begins with a hyphen would be taken for an option by other programs.
    if found is None or found["host"].startswith("-"):
        raise UsageFault(f"{wanted.where[:80]!r} is not [USER@]HOST[:PORT]")
    port = int(found["port"] or 22)
    if not 1 <= port <= 65535:
        raise UsageFault(f"{port} is no port")
    for option in wanted.options:
        if not option.startswith("-") or any(not letter.isprintable() for letter in option):
            raise UsageFault(f"--option {option[:60]!r} is no option of sbatch")
    return Target(
        name=wanted.name,
        kind=kind,
        folder=wanted.folder,
        python=wanted.python,
        wheels=str(Path(wanted.wheels).expanduser().absolute()) if wanted.wheels else "",
        requirements=(
            str(Path(wanted.requirements).expanduser().absolute()) if wanted.requirements else ""
        ),
        index=wanted.index,
        models=wanted.models,
        options=wanted.options,
        workers=wanted.workers,
        stall_s=wanted.stall_s,
        user=found["user"] or "",
        host=found["host"].strip("[]"),
        port=port,
        url=wanted.url.rstrip("/"),
    )


def _token(file: str) -> str:
    if not file:
        return ""
    try:
        return Path(file).expanduser().read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageFault(f"--token-file {printable(file)} cannot be read") from error


def _where(target: Target) -> str:
    user = f"{target.user}@" if target.user else ""
    port = f":{target.port}" if target.port != 22 else ""
    return f"{user}{target.host}{port}"


def _row(target: Target) -> dict[str, Any]:
    row: dict[str, Any] = {"target": target.name, **msgspec.to_builtins(target)}
    if target.host_key:
        from engine.remote.ssh import fingerprint

        row["fingerprint"] = fingerprint(target.host_key)
    return row
