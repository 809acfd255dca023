"""A small hub on this machine: real requests and answers, and faults on demand."""

import hashlib
import json
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"
_PIECE_BYTES = 16_384
_STORAGE = "storage/"  # hubs send you elsewhere for large files


def tensors(size_bytes: int, seed: int = 0) -> bytes:
    """A sound safetensors file with so many bytes of data, which `seed` chooses."""
    shape = {"dtype": "U8", "shape": [size_bytes], "data_offsets": [0, size_bytes]}
    header = json.dumps({"weight": shape}).encode()
    block = hashlib.sha256(str(seed).encode()).digest()
    data = (block * (size_bytes // len(block) + 1))[:size_bytes]
    return struct.pack("<Q", len(header)) + header + data


@dataclass(frozen=True)
class Served:
    """An answer that went out: to what, from which byte, and how many bytes."""

    method: str
    path: str
    status: int
    start: int
    sent_bytes: int


@dataclass
class Faults:
    """What goes wrong with a file, until a count is used up; nothing at first.

    Attributes:
        breaks: after how many bytes the line breaks, once for each.
        statuses: what is answered instead, once for each.
        lies: how many answers carry wrong bytes.
        ignores_range: whether every answer starts at the first byte.
        pause_s: between two pieces of the file.
        claimed_bytes: the size that the hub says it has.
    """

    breaks: list[int] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    lies: int = 0
    ignores_range: bool = False
    pause_s: float = 0.0
    claimed_bytes: int | None = None


class Hub:
    """Serves the files of one repository under `url`, as HF_ENDPOINT names it.

    `large` names the files whose SHA-256 it publishes, as hubs do for those outside of git.
    """

    def __init__(self, repository: str, files: dict[str, bytes], large: set[str]) -> None:
        self.repository = repository
        self.files = files
        self.large = large
        self.faults = {path: Faults() for path in files}
        self.lookups = Faults()
        self.served: list[Served] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """The address of its root."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def sent_bytes(self, path: str) -> int:
        """How many bytes of a file went out in all."""
        return sum(one.sent_bytes for one in self.served if one.path == path)

    def starts(self, path: str) -> list[int]:
        """From which bytes on a file was sent, in order."""
        return [one.start for one in self.served if one.path == path and one.method == "GET"]

    def description(self) -> dict[str, Any]:
        """What the hub says about the repository."""
        return {
            "_id": "1",
            "id": self.repository,
            "modelId": self.repository,
            "sha": COMMIT,
            "private": False,
            "tags": [],
            "downloads": 0,
            "likes": 0,
            "siblings": [self._sibling(path) for path in sorted(self.files)],
        }

    def _sibling(self, path: str) -> dict[str, Any]:
        content = self.files[path]
        size = self.faults[path].claimed_bytes or len(content)
        blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
        row: dict[str, Any] = {"rfilename": path, "size": size, "blobId": blob}
        if path in self.large:
            digest = hashlib.sha256(content).hexdigest()
            row["lfs"] = {"sha256": digest, "size": size, "pointerSize": 134}
        return row


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = unquote(urlsplit(self.path).path).removeprefix("/")
            if parts.startswith(f"api/models/{hub.repository}"):
                self._describe()
                return
            place, _, path = parts.partition(f"{COMMIT}/")
            known = place in (f"{hub.repository}/resolve/", _STORAGE) and path in hub.files
            if not known:
                self._refuse(parts, 404)
            elif path in hub.large and place != _STORAGE:
                self._redirect(f"/{_STORAGE}{COMMIT}/{path}")
            else:
                self._send_file(path)

        def do_HEAD(self) -> None:
            self.do_GET()

        def log_message(self, format: str, *arguments: Any) -> None:
            """Tests look at `served` instead."""

        def _describe(self) -> None:
            if hub.lookups.statuses:
                self._refuse("", hub.lookups.statuses.pop(0))
                return
            self._answer(200, json.dumps(hub.description()).encode(), "application/json")

        def _redirect(self, address: str) -> None:
            self.send_response(302)
            self.send_header("Location", address)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _refuse(self, path: str, status: int) -> None:
            hub.served.append(Served(self.command, path, status, 0, 0))
            self._answer(status, b"{}", "application/json")

        def _answer(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def _send_file(self, path: str) -> None:
            faults, content = hub.faults[path], hub.files[path]
            if faults.statuses:
                self._refuse(path, faults.statuses.pop(0))
                return
            if faults.lies:
                faults.lies -= 1
                content = content[:-1] + bytes([content[-1] ^ 1])
            wanted = self.headers.get("Range", "")
            start = 0
            if wanted and not faults.ignores_range:
                start = int(wanted.removeprefix("bytes=").partition("-")[0])
            if start >= len(content):
                self._refuse(path, 416)
                return
            self.send_response(206 if start else 200)
            if start:
                last = len(content) - 1
                self.send_header("Content-Range", f"bytes {start}-{last}/{len(content)}")
            self.send_header("Content-Length", str(len(content) - start))
            self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
            self.send_header("X-Repo-Commit", COMMIT)
            self.end_headers()
            if self.command == "GET":
                self._send_bytes(path, content, start, faults)

        def _send_bytes(self, path: str, content: bytes, start: int, faults: Faults) -> None:
            end = len(content)
            breaks = bool(faults.breaks)
            if breaks:
                end = min(end, start + faults.breaks.pop(0))
            sent = start
            try:
                while sent < end:
                    piece = content[sent : min(sent + _PIECE_BYTES, end)]
                    self.wfile.write(piece)
                    sent += len(piece)
                    time.sleep(faults.pause_s)
            except OSError:  # whoever asked has left
                self.close_connection = True
            hub.served.append(Served("GET", path, 206 if start else 200, start, sent - start))
            if breaks:
                self.close_connection = True

    return Handler


def wait_until(is_so: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait for something that another process or thread does; fails after so many seconds."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.01)
