"""SHA-256 of the user's files, remembered while size and time of the last change stay the same."""

import contextlib
import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from platformdirs import user_cache_path

_THREADS = 4
_SCHEMA = """CREATE TABLE IF NOT EXISTS digests
(path TEXT PRIMARY KEY, size INTEGER, mtime INTEGER, sha256 TEXT) WITHOUT ROWID"""


def digests_of(files: Iterable[Path], cache: Path | None = None) -> Iterator[tuple[str, int]]:
    """SHA-256 in hexadecimal and size in bytes of each file, in order. Raises OSError."""
    file = cache or user_cache_path("pixelsmile", appauthor=False) / "digests.sqlite"
    file.parent.mkdir(parents=True, exist_ok=True)
    with (
        contextlib.closing(sqlite3.connect(file, timeout=30)) as known,
        ThreadPoolExecutor(_THREADS) as pool,
    ):
        known.execute(_SCHEMA)
        known.commit()
        stamped = [(path, path.stat()) for path in files]
        kept = {
            path: row[0]
            for path, status in stamped
            if (
                row := known.execute(
                    "SELECT sha256 FROM digests WHERE path = ? AND size = ? AND mtime = ?",
                    (str(path), status.st_size, status.st_mtime_ns),
                ).fetchone()
            )
        }
        new = [path for path, _ in stamped if path not in kept]
        for (path, status), found in zip(
            [one for one in stamped if one[0] not in kept], pool.map(_digest, new), strict=True
        ):
            kept[path] = found
            known.execute(
                "INSERT OR REPLACE INTO digests VALUES (?, ?, ?, ?)",
                (str(path), status.st_size, status.st_mtime_ns, found),
            )
        known.commit()
    yield from ((kept[path], status.st_size) for path, status in stamped)


def _digest(path: Path) -> str:
    with path.open("rb", buffering=0) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
