"""What a user has made of each photo: its edit, its marks, and its virtual copies."""

import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from engine.library.database import Database, in_chunks
from engine.protocol import Loop
from engine.recipes import PhotoEdit

Flag = Literal["none", "pick", "reject"]

MAX_STARS = 5


class VersionKey(NamedTuple):
    """A photo as it is listed: copy 0 is the photo itself, others are virtual copies of it.

    A tuple, because a list of thousands looks keys up all the time and tuples hash in C.
    """

    photo: Path
    copy: int = 0


class Timing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the edit's curves become a strip; one frame is a still."""

    frames: int = 1
    fps: float = 12.0
    loop: Loop = "repeat"


class Version(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One version of a photo. Stars are 0 to 5; a new version is the untouched photo."""

    edit: PhotoEdit = PhotoEdit(())
    timing: Timing = Timing()
    stars: int = 0
    flag: Flag = "none"

    @property
    def is_edited(self) -> bool:
        """Whether any intensity is above zero on any frame."""
        return any(
            key.value > 0
            for face in self.edit.faces
            for curve in face.curves.values()
            for key in curve.keyframes
        )


_VERSIONS = msgspec.json.Decoder(Version)


class Versions:
    """Versions by photo and copy. Everything here is durable when the call returns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, versions: Mapping[VersionKey, Version | None]) -> None:
        """Remember versions in place of earlier ones; None forgets one."""
        with self._database.write() as connection:
            for key, version in versions.items():
                place = (os.fsencode(key.photo), key.copy)
                if version is None:
                    connection.execute("DELETE FROM versions WHERE (path, copy) = (?, ?)", place)
                    continue
                text = msgspec.json.encode(version).decode()
                connection.execute(
                    "INSERT OR REPLACE INTO versions (path, copy, version, changed_at) "
                    "VALUES (?, ?, ?, ?)",
                    (*place, text, time.time()),
                )

    def of(self, photos: Iterable[Path]) -> dict[VersionKey, Version]:
        """What is known of these photos; one written by a newer release is left out."""
        found: dict[VersionKey, Version] = {}
        by_path = {os.fsencode(photo): photo for photo in photos}
        for chunk in in_chunks(list(by_path)):
            marks = ",".join("?" * len(chunk))
            query = f"SELECT path, copy, version FROM versions WHERE path IN ({marks})"
            for row in self._database.rows(query, *chunk):
                try:
                    version = _VERSIONS.decode(row["version"])
                except msgspec.ValidationError:
                    continue
                found[VersionKey(by_path[row["path"]], row["copy"])] = version
        return found
