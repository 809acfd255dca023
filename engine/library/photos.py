"""Photos by their contents: a file that has not changed is hashed once."""

import os
import time
from pathlib import Path

from engine.library.database import Database
from engine.library.files import Stamp, digest, stamp

_TRUSTED_AFTER_S = 2.0
"""A file changed so shortly before it was read may change again within the clock's step."""


class Photos:
    """The photos that the library knows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def content(self, path: Path) -> str:
        """SHA-256 of the photo's file; raises OSError when it cannot be read."""
        found = stamp(path)
        known = self._known(path, found)
        if known is not None:
            return known
        read_at, content = time.time(), digest(path)
        self._remember(path, found, content, read_at)
        return content

    def known_content(self, path: Path) -> str | None:
        """The same without reading the file: None when it is new or has changed."""
        try:
            return self._known(path, stamp(path))
        except OSError:
            return None

    def last_content(self, path: Path) -> str | None:
        """What the file held when it was last read; None when it never was."""
        row = self._database.row("SELECT sha256 FROM photos WHERE path = ?", os.fsencode(path))
        return None if row is None else str(row["sha256"])

    def number(self, path: Path) -> int:
        """The photo's number, by which faces and edits know it; raises OSError."""
        self.content(path)
        row = self._database.row("SELECT id FROM photos WHERE path = ?", os.fsencode(path))
        assert row is not None, "it was just put there"
        return int(row["id"])

    def _known(self, path: Path, found: Stamp) -> str | None:
        row = self._database.row("SELECT * FROM photos WHERE path = ?", os.fsencode(path))
        if row is None or Stamp(row["size_bytes"], row["mtime_ns"]) != found:
            return None
        is_settled = row["hashed_at"] - found.mtime_ns / 1e9 > _TRUSTED_AFTER_S
        return str(row["sha256"]) if is_settled else None

    def _remember(self, path: Path, found: Stamp, content: str, read_at: float) -> None:
        with self._database.write(durable=False) as connection:
            connection.execute(
                "INSERT INTO photos (path, size_bytes, mtime_ns, sha256, hashed_at) "
                "VALUES (?, ?, ?, ?, ?) ON CONFLICT (path) DO UPDATE SET "
                "size_bytes = excluded.size_bytes, mtime_ns = excluded.mtime_ns, "
                "sha256 = excluded.sha256, hashed_at = excluded.hashed_at",
                (os.fsencode(path), found.size_bytes, found.mtime_ns, content, read_at),
            )
