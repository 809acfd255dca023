"""What people know about their photos: edits, who is on them, and presets of their own."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from engine.library.database import Database
from engine.library.photos import Photos
from engine.protocol import FaceReport
from engine.recipes import PhotoEdit, Preset, from_text, to_text


@dataclass(frozen=True)
class KnownFace:
    """A face of a photo, its number from 1 with the largest first, and who it is."""

    number: int
    report: FaceReport
    person: str | None


class Catalogue:
    """Edits, faces, people and presets. Everything here is durable when the call returns."""

    def __init__(self, database: Database, photos: Photos) -> None:
        self._database = database
        self._photos = photos

    def save_edit(self, photo: Path, edit: PhotoEdit) -> None:
        """Remember how a photo is edited; raises OSError when it cannot be read."""
        number = self._photos.number(photo)
        with self._database.write() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO edits (photo, recipe, changed_at) VALUES (?, ?, ?)",
                (number, to_text(edit), time.time()),
            )

    def edit_of(self, photo: Path) -> PhotoEdit | None:
        """How a photo is edited; raises `RecipeError` for a recipe of a newer release."""
        query = "SELECT recipe FROM edits JOIN photos ON photos.id = edits.photo WHERE path = ?"
        row = self._database.row(query, os.fsencode(photo))
        return None if row is None else from_text(row["recipe"], PhotoEdit)

    def save_faces(self, photo: Path, faces: Sequence[FaceReport]) -> None:
        """Remember the faces that were found, in place of earlier ones; raises OSError."""
        number = self._photos.number(photo)
        rows = [
            (number, index, msgspec.json.encode(face).decode())
            for index, face in enumerate(faces, start=1)
        ]
        with self._database.write() as connection:
            connection.execute("DELETE FROM faces WHERE photo = ?", (number,))
            connection.executemany(
                "INSERT INTO faces (photo, number, report) VALUES (?, ?, ?)", rows
            )

    def faces_of(self, photo: Path) -> list[KnownFace]:
        """The faces of a photo, the largest first; empty when nobody has looked yet."""
        query = (
            "SELECT faces.number, faces.report, people.name FROM faces "
            "JOIN photos ON photos.id = faces.photo LEFT JOIN people ON people.id = faces.person "
            "WHERE path = ? ORDER BY faces.number"
        )
        return [
            KnownFace(row["number"], msgspec.json.decode(row["report"], type=FaceReport), row[2])
            for row in self._database.rows(query, os.fsencode(photo))
        ]

    def name_face(self, photo: Path, number: int, person: str) -> None:
        """Say who a face is; raises KeyError when the photo has no such face."""
        with self._database.write() as connection:
            connection.execute("INSERT OR IGNORE INTO people (name) VALUES (?)", (person,))
            changed = connection.execute(
                "UPDATE faces SET person = (SELECT id FROM people WHERE name = ?) "
                "WHERE number = ? AND photo = (SELECT id FROM photos WHERE path = ?)",
                (person, number, os.fsencode(photo)),
            ).rowcount
            if not changed:
                raise KeyError(f"face {number} of {photo}")

    def photos_of(self, person: str) -> list[Path]:
        """The photos that show somebody, in the order of their paths."""
        query = (
            "SELECT DISTINCT path FROM photos JOIN faces ON faces.photo = photos.id "
            "JOIN people ON people.id = faces.person WHERE people.name = ? ORDER BY path"
        )
        return [Path(os.fsdecode(row["path"])) for row in self._database.rows(query, person)]

    def people(self) -> list[str]:
        """Everybody who has a name, in alphabetical order."""
        return [row["name"] for row in self._database.rows("SELECT name FROM people ORDER BY name")]

    def save_preset(self, preset: Preset) -> None:
        """Remember a preset in place of an earlier one of that name."""
        with self._database.write() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO presets (name, recipe) VALUES (?, ?)",
                (preset.name, to_text(preset)),
            )

    def remove_preset(self, name: str) -> None:
        """Forget a preset; nothing happens when there is none of that name."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM presets WHERE name = ?", (name,))

    def presets(self) -> list[Preset]:
        """The presets by name."""
        rows = self._database.rows("SELECT recipe FROM presets ORDER BY name")
        return [from_text(row["recipe"], Preset) for row in rows]
