"""Small pictures of photos, kept so that a folder shows at once when it is opened again."""

import os
from collections.abc import Mapping
from pathlib import Path

from engine.library.database import Database
from engine.library.files import Stamp

KEPT = 50_000
"""How many `trim` leaves: some 20 kB each."""


class Thumbnails:
    """Encoded pictures by photo; one of a file that has changed since is not found."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, photos: Mapping[Path, Stamp]) -> dict[Path, bytes]:
        """The pictures of those photos that are kept and still as they were."""
        query = "SELECT picture FROM thumbnails WHERE (path, size_bytes, mtime_ns) = (?, ?, ?)"
        found: dict[Path, bytes] = {}
        for photo, stamp in photos.items():
            row = self._database.row(query, os.fsencode(photo), stamp.size_bytes, stamp.mtime_ns)
            if row is not None:
                found[photo] = bytes(row["picture"])
        return found

    def missing(self, photos: Mapping[Path, Stamp]) -> list[Path]:
        """Those photos of which no picture is kept, in their order."""
        query = "SELECT 1 FROM thumbnails WHERE (path, size_bytes, mtime_ns) = (?, ?, ?)"
        return [
            photo
            for photo, stamp in photos.items()
            if self._database.row(query, os.fsencode(photo), stamp.size_bytes, stamp.mtime_ns)
            is None
        ]

    def put(self, pictures: Mapping[Path, tuple[Stamp, bytes]]) -> None:
        """Keep pictures; they can be made again, so a power cut may lose them."""
        with self._database.write(durable=False) as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO thumbnails (path, size_bytes, mtime_ns, picture) "
                "VALUES (?, ?, ?, ?)",
                [
                    (os.fsencode(photo), stamp.size_bytes, stamp.mtime_ns, picture)
                    for photo, (stamp, picture) in pictures.items()
                ],
            )

    def trim(self, kept: int = KEPT) -> None:
        """Forget all but the `kept` newest."""
        with self._database.write(durable=False) as connection:
            connection.execute(
                "DELETE FROM thumbnails WHERE rowid NOT IN "
                "(SELECT rowid FROM thumbnails ORDER BY rowid DESC LIMIT ?)",
                (kept,),
            )
