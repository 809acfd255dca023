"""The worker's two ends of the line, kept apart from whatever prints or reads in the process."""

import os
import sys
import threading
from collections.abc import Iterator

from engine.protocol import Event, LineReader, encode

_CHUNK_BYTES = 64 * 1024


def claim_standard_streams() -> tuple[int, int]:
    """Take stdin and stdout for the protocol; returns their new descriptors (requests, messages).

    Afterwards descriptor 1 is stderr, so that no library's print can break the stream of
    messages, and descriptor 0 is empty, so that no child process (ffmpeg reads its stdin) can
    swallow a request.
    """
    sys.stdout.flush()
    requests, messages = os.dup(0), os.dup(1)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    _leave_line_ends_alone(requests, messages)
    return requests, messages


def read_lines(descriptor: int) -> Iterator[bytes]:
    """The lines of a stream until it ends; raises `ProtocolError` on a half or overlong one."""
    reader = LineReader()
    while chunk := os.read(descriptor, _CHUNK_BYTES):
        yield from reader.feed(chunk)
    reader.finish()


class Outlet:
    """Sends events, whole lines at a time, from any thread."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = threading.Lock()
        self.is_closed = False
        """Whether the front end has closed its end; what is sent then is dropped."""

    def send(self, event: Event) -> None:
        """Write one event; raises `ProtocolError` when it cannot be sent."""
        line = memoryview(encode(event))
        with self._lock:
            try:
                while line:
                    line = line[os.write(self._descriptor, line) :]
            except OSError:
                self.is_closed = True


def _leave_line_ends_alone(*descriptors: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        for descriptor in descriptors:
            msvcrt.setmode(descriptor, os.O_BINARY)
