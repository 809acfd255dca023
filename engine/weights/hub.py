"""The hub: what it has of a model, and its files byte by byte, however often the line breaks.

huggingface_hub finds the endpoint (HF_ENDPOINT), the account and the network settings. Its own
downloads throw away what has arrived when the process ends (release 2.4 writes each attempt to a
new file), which is no way to fetch 57 GB; so the bytes are asked for here, from where they stopped.
"""

import importlib.util
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import msgspec

from engine.weights.catalogue import WeightsModel
from engine.weights.errors import WeightsError

_TIMEOUT_S = 30.0  # of silence on the line
_RANGE = re.compile(r"bytes (\d+)-\d+/(?:\d+|\*)", re.ASCII)
_RANGE_REFUSED = 416
_BUSY = (408, 425, 429)


@dataclass(frozen=True)
class Patience:
    """How often and how long to wait for a line that broke.

    Attributes:
        attempts: how many in a row may bring nothing new.
        first_wait_s: before the second attempt; doubles from one to the next.
    """

    attempts: int = 8
    first_wait_s: float = 0.5
    longest_wait_s: float = 30.0

    def wait_s(self, failures: int) -> float:
        """How long to wait after so many failures in a row, from 1."""
        return min(self.first_wait_s * 2 ** (failures - 1), self.longest_wait_s)


FIRST_CONTACT = Patience(attempts=3)
"""Where there is no network at all, nobody wants to wait a minute to hear it."""


class Watch(Protocol):
    """Whoever wants to know how far it is."""

    def progress(self, path: str, done_bytes: int, total_bytes: int) -> None:
        """A step further: the file that is worked on, and the bytes of the whole model."""

    def note(self, sentence: str) -> None:
        """Something worth knowing."""


class RemoteFile(msgspec.Struct, frozen=True):
    """A file at the hub; `sha256` and `blob` (git's name for it) in hex, None if not published."""

    path: str
    size_bytes: int
    sha256: str | None
    blob: str | None


class Snapshot(msgspec.Struct, frozen=True):
    """The files of a model at one commit."""

    repository: str
    commit: str
    files: tuple[RemoteFile, ...]

    @property
    def size_bytes(self) -> int:
        """The sum of its files."""
        return sum(file.size_bytes for file in self.files)


class _LineBroken(Exception):
    """The line broke or the hub is busy: worth another attempt."""


def check_library() -> None:
    """Make sure that downloads are possible at all.

    Raises:
        WeightsError: `library_missing`.
    """
    try:
        found = importlib.util.find_spec("huggingface_hub") is not None
    except ValueError:
        found = False
    if not found:
        raise WeightsError(
            "library_missing",
            "downloads need the package huggingface_hub, which is not installed",
            'install it with `pip install "pixelsmile-desktop[pixelsmile]"`',
        )


def import_only(model: WeightsModel) -> WeightsError:
    """Return the error of a model that no hub has."""
    return WeightsError(
        "import_only",
        f"{model.name} cannot be downloaded",
        f"get it from {model.obtain or 'its makers'}, then"
        f" `pixelsmile models import {model.name} PATH`",
    )


def look_up(model: WeightsModel, watch: Watch, patience: Patience = FIRST_CONTACT) -> Snapshot:
    """Ask the hub which files the model has at its revision.

    Raises:
        WeightsError: `import_only`, `library_missing`, `hub_offline`, `hub_unreachable`,
            `hub_refused`, `hub_missing`, or `hub_changed` when a file that the catalogue knows is
            missing or another.
    """
    if model.repository is None:
        raise import_only(model)
    check_library()
    _keep_to_ourselves()
    from huggingface_hub import HfApi

    repository, api = model.repository, HfApi()

    def ask() -> Snapshot:
        with _hub_faults(model.name):
            info = api.model_info(
                repository, revision=model.revision, files_metadata=True, timeout=_TIMEOUT_S
            )
        return _snapshot(model, info)

    try:
        return _patiently(ask, model.name, watch, patience)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise WeightsError(
            "hub_unreachable", f"what answers for {model.name} is no hub", "check HF_ENDPOINT"
        ) from error


def fetch(
    snapshot: Snapshot,
    file: RemoteFile,
    place: Path,
    on_bytes: Callable[[int], None],
    watch: Watch,
    patience: Patience,
) -> None:
    """Append to `place` until it has the bytes of the file; what it holds already is kept.

    `on_bytes` hears the change in what has arrived, negative when it had to start over.

    Raises:
        WeightsError: `hub_offline`, `hub_unreachable`, `hub_refused` or `hub_missing`.
        OSError: the disk.
    """
    failures, most = 0, _length(place)
    while _length(place) < file.size_bytes or not place.exists():
        try:
            with _hub_faults(file.path):
                _append(snapshot, file, place, on_bytes)
            why = "the line was closed"
        except _LineBroken as broken:
            why = str(broken)
        if _length(place) >= file.size_bytes:
            return
        failures = 1 if _length(place) > most else failures + 1
        most = max(most, _length(place))
        _wait(failures, why, file.path, watch, patience)


def _append(
    snapshot: Snapshot, file: RemoteFile, place: Path, on_bytes: Callable[[int], None]
) -> None:
    from huggingface_hub import get_session, hf_hub_url
    from huggingface_hub.utils import build_hf_headers, hf_raise_for_status

    have = _length(place)
    # Compressed bytes could not be counted on from where they stopped.
    headers = build_hf_headers() | {"Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    url = hf_hub_url(snapshot.repository, file.path, revision=snapshot.commit)
    with get_session().stream("GET", url, headers=headers, timeout=_TIMEOUT_S) as answer:
        if answer.status_code == _RANGE_REFUSED:
            place.unlink()
            on_bytes(-have)
            raise _LineBroken("the hub did not continue")
        hf_raise_for_status(answer)
        start = _start_of(answer.status_code, answer.headers.get("Content-Range", ""))
        if start != have:
            start = 0 if start > have else start
            on_bytes(start - have)
        with place.open("ab") as output:
            output.truncate(start)
            for chunk in answer.iter_bytes():
                output.write(chunk)
                on_bytes(len(chunk))
                start += len(chunk)
                if start > file.size_bytes:  # another file; its hash will say so
                    break
            output.flush()
            os.fsync(output.fileno())


def _start_of(status: int, content_range: str) -> int:
    """Where in the file the answer starts; a hub that ignores ranges starts at 0."""
    match = _RANGE.fullmatch(content_range) if status == 206 else None
    return int(match[1]) if match else 0


def _snapshot(model: WeightsModel, info: Any) -> Snapshot:
    remote: dict[str, RemoteFile] = {}
    for sibling in info.siblings or ():
        path = sibling.rfilename
        if model.takes(path):
            sha256 = sibling.lfs.sha256 if sibling.lfs else None
            size = sibling.size if sibling.size is not None else -1
            remote[path] = _agreed(model, RemoteFile(path, size, sha256, sibling.blob_id))
    for file in model.files:
        if file.path not in remote:
            raise _changed(f"the hub has no file {file.path} for {model.name}")
    files = tuple(remote[path] for path in sorted(remote))
    return Snapshot(model.repository or "", info.sha or model.revision, files)


def _agreed(model: WeightsModel, remote: RemoteFile) -> RemoteFile:
    """The file with the hash that the catalogue knows, which the hub must not contradict."""
    known = model.known(remote.path)
    other_size = known.size_bytes is not None and known.size_bytes != remote.size_bytes
    other_hash = None not in (known.sha256, remote.sha256) and known.sha256 != remote.sha256
    if other_size or other_hash:
        raise _changed(f"the file {remote.path} of {model.name} is another at the hub")
    # Git's name covers the bytes of plain files only; of large ones it covers a pointer.
    blob = remote.blob if remote.sha256 is None else None
    sha256 = known.sha256 or remote.sha256
    if remote.size_bytes < 0 or (sha256 is None and blob is None):
        raise _changed(f"the hub says neither size nor hash of {remote.path} of {model.name}")
    return RemoteFile(remote.path, remote.size_bytes, sha256, blob)


def _changed(reason: str) -> WeightsError:
    return WeightsError("hub_changed", reason, "update PixelSmile Desktop or tell its makers")


def _keep_to_ourselves() -> None:
    """The library reads this when it is first imported: no word to anyone about this machine."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")


def _patiently(
    ask: Callable[[], Snapshot], what: str, watch: Watch, patience: Patience
) -> Snapshot:
    failures = 0
    while True:
        try:
            return ask()
        except _LineBroken as broken:
            failures += 1
            _wait(failures, str(broken), what, watch, patience)


def _wait(failures: int, why: str, what: str, watch: Watch, patience: Patience) -> None:
    if failures >= patience.attempts:
        raise WeightsError(
            "hub_unreachable",
            f"the hub cannot be reached for {what} ({why})",
            "check the network, then run the same command again; what has arrived is kept",
        )
    wait_s = patience.wait_s(failures)
    watch.note(f"{what}: {why}; trying again in {wait_s:g} s")
    time.sleep(wait_s)


@contextmanager
def _hub_faults(what: str) -> Iterator[None]:
    """Sort what the hub and the line do wrong into `WeightsError` and `_LineBroken`."""
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    # The root of httpx's errors, or of its successor's: the library changed from one to the other.
    http_fault: Any = HfHubHTTPError.__bases__[0]
    try:
        yield
    except OfflineModeIsEnabled as error:
        raise WeightsError(
            "hub_offline",
            f"{what} cannot be downloaded, because HF_HUB_OFFLINE forbids it",
            "unset HF_HUB_OFFLINE, or import the model from a folder",
        ) from error
    except HfHubHTTPError as error:
        status = getattr(getattr(error, "response", None), "status_code", 0)
        if status in _BUSY or status >= 500:
            raise _LineBroken(f"the hub answers {status}") from error
        raise _refusal(what, status) from error
    except http_fault as error:
        raise _LineBroken(_break(type(error).__name__)) from error


def _break(fault: str) -> str:
    """In words, by the name of the library's error."""
    if "Timeout" in fault:
        return "no answer"
    return "no connection" if "Connect" in fault or "Proxy" in fault else "the line broke"


def _refusal(what: str, status: int) -> WeightsError:
    if status == 404:
        return WeightsError(
            "hub_missing",
            f"the hub has no {what}",
            "update PixelSmile Desktop or check HF_ENDPOINT",
        )
    if status in (401, 403):
        return WeightsError(
            "hub_refused",
            f"the hub wants an account for {what}, or does not have it",
            "accept its terms at the hub and set HF_TOKEN",
        )
    return WeightsError("hub_refused", f"the hub refuses {what} ({status})", "try again later")


def _length(place: Path) -> int:
    try:
        return place.stat().st_size
    except FileNotFoundError:
        return 0
