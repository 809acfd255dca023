"""Fingerprints of files, taken in one pass however large they are."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_CHUNK_BYTES = 4 << 20


@dataclass(frozen=True)
class Digest:
    """The fingerprints of a file in hex.

    Attributes:
        sha256: of its bytes.
        blob: the name git gives it: SHA-1 of a header with its length and its bytes. Hubs publish
            it for the small files whose SHA-256 they do not have.
    """

    size_bytes: int
    sha256: str
    blob: str


def digest_of(path: Path, on_bytes: Callable[[int], None] = lambda count: None) -> Digest:
    """Return the fingerprints of a file; `on_bytes` hears how many bytes each step has read.

    Raises:
        OSError: the file cannot be read.
    """
    size = path.stat().st_size
    whole = hashlib.sha256()
    blob = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            whole.update(chunk)
            blob.update(chunk)
            on_bytes(len(chunk))
    return Digest(size, whole.hexdigest(), blob.hexdigest())
