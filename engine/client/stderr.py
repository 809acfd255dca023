"""What a worker says on stderr: the end of it in memory, all of it in a log if there is one."""

import contextlib
import os
import threading
from pathlib import Path
from typing import IO

KEPT_BYTES = 64 * 1024
_CHUNK_BYTES = 64 * 1024


class StderrTail:
    """Reads a worker's stderr to its end, so that the pipe never fills; keeps the last 64 KiB."""

    def __init__(self, stream: IO[bytes], log: Path | None) -> None:
        self._stream = stream
        self._log = log
        self._kept = bytearray()
        self._lock = threading.Lock()

    def drain(self) -> None:
        """Read until the stream ends; run on a thread of its own."""
        log = self._open_log()
        with self._stream:
            while chunk := os.read(self._stream.fileno(), _CHUNK_BYTES):
                with self._lock:
                    self._kept += chunk
                    del self._kept[:-KEPT_BYTES]
                # A full disk must not stop the reading: the worker would wait for it for ever.
                with contextlib.suppress(OSError):
                    log.write(chunk)
        log.close()

    def text(self) -> str:
        """What has been kept so far."""
        with self._lock:
            return self._kept.decode("utf-8", "replace")

    def _open_log(self) -> IO[bytes]:
        try:
            if self._log is not None:
                self._log.parent.mkdir(parents=True, exist_ok=True)
                return self._log.open("ab", buffering=0)
        except OSError as error:
            # A log that cannot be written must not keep photos from being edited.
            self._kept += f"[no log: {error}]\n".encode()
        return open(os.devnull, "wb", buffering=0)
