"""What people know about their photos: who is on them, and presets of their own."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from engine.library.database import Database, in_chunks
from engine.library.files import Stamp, stamp
from engine.library.photos import Photos
from engine.protocol import FaceReport
from engine.recipes import Preset, from_text, to_text


@dataclass(frozen=True)
class KnownFace:
    """A face of a photo, its number from 1 with the largest first, and who it is."""

    number: int
    report: FaceReport
    person: str | None


@dataclass(frozen=True)
class Person:
    """Somebody who is on photos.

    Attributes:
        name: unique; `Person 7` and the like for those whom nobody has named.
        is_named: whether a user has given the name.
        faces: how many faces stand behind `total`.
        total: the sum of those faces' identities; their mean's direction tells who is alike.
    """

    name: str
    is_named: bool
    faces: int
    total: tuple[float, ...]


AUTOMATIC = "Person {number}"
"""What somebody is called until a user gives the name."""

_REPORTS = msgspec.json.Decoder(FaceReport)
_TOTALS = msgspec.json.Decoder(tuple[float, ...])


class Catalogue:
    """Faces, people and presets. Everything here is durable when the call returns."""

    def __init__(self, database: Database, photos: Photos) -> None:
        self._database = database
        self._photos = photos

    def save_faces(self, photo: Path, faces: Sequence[FaceReport]) -> None:
        """Remember the faces that were found, in place of earlier ones; raises OSError."""
        found = stamp(photo)
        number = self._photos.number(photo)
        rows = [
            (number, index, msgspec.json.encode(face).decode())
            for index, face in enumerate(faces, start=1)
        ]
        # They can be found again, so a power cut may lose them.
        with self._database.write(durable=False) as connection:
            connection.execute("DELETE FROM faces WHERE photo = ?", (number,))
            connection.executemany(
                "INSERT INTO faces (photo, number, report) VALUES (?, ?, ?)", rows
            )
            connection.execute(
                "INSERT OR REPLACE INTO looks (photo, size_bytes, mtime_ns) VALUES (?, ?, ?)",
                (number, found.size_bytes, found.mtime_ns),
            )

    def known_faces(self, photos: Sequence[Path]) -> dict[Path, tuple[KnownFace, ...]]:
        """The faces of those photos that were looked at and have not changed since.

        A photo without faces has an empty tuple; one that nobody has looked at is left out.
        """
        found: dict[Path, tuple[KnownFace, ...]] = {}
        by_path = {os.fsencode(photo): photo for photo in photos}
        for chunk in in_chunks(list(by_path)):
            marks = ",".join("?" * len(chunk))
            looks = self._database.rows(
                "SELECT photos.id, path, looks.size_bytes, looks.mtime_ns FROM looks "
                f"JOIN photos ON photos.id = looks.photo WHERE path IN ({marks})",
                *chunk,
            )
            current = {
                row["id"]: by_path[row["path"]]
                for row in looks
                if _is_still(by_path[row["path"]], Stamp(row["size_bytes"], row["mtime_ns"]))
            }
            found |= dict.fromkeys(current.values(), ())
            marks = ",".join("?" * len(current))
            faces = self._database.rows(
                "SELECT photo, number, report, name FROM faces "
                "LEFT JOIN people ON people.id = faces.person "
                f"WHERE photo IN ({marks}) ORDER BY photo, number",
                *current,
            )
            for row in faces:
                face = KnownFace(row["number"], _REPORTS.decode(row["report"]), row["name"])
                found[current[row["photo"]]] += (face,)
        return found

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

    def group_faces(
        self, groups: Mapping[str, Person], faces: Iterable[tuple[Path, int, str]]
    ) -> None:
        """Remember people as they are now, and who some faces are: photo, number, name.

        Faces that are no longer there are passed over. It can be done again, so a power cut may
        lose it.
        """
        with self._database.write(durable=False) as connection:
            connection.executemany(
                "INSERT INTO people (name, is_named, faces, total) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (name) DO UPDATE SET faces = excluded.faces, total = excluded.total",
                [
                    (one.name, one.is_named, one.faces, msgspec.json.encode(one.total).decode())
                    for one in groups.values()
                ],
            )
            connection.executemany(
                "UPDATE faces SET person = (SELECT id FROM people WHERE name = ?) "
                "WHERE number = ? AND photo = (SELECT id FROM photos WHERE path = ?)",
                [(person, number, os.fsencode(photo)) for photo, number, person in faces],
            )

    def rename_person(self, name: str, new: str) -> None:
        """Give somebody a name; when another has it already, the two become one."""
        if name == new:
            return
        with self._database.write() as connection:
            other = connection.execute("SELECT * FROM people WHERE name = ?", (new,)).fetchone()
            one = connection.execute("SELECT * FROM people WHERE name = ?", (name,)).fetchone()
            if one is None:
                return
            if other is None:
                connection.execute(
                    "UPDATE people SET name = ?, is_named = 1 WHERE id = ?", (new, one["id"])
                )
                return
            total = _sum(_TOTALS.decode(one["total"]), _TOTALS.decode(other["total"]))
            connection.execute(
                "UPDATE faces SET person = ? WHERE person = ?", (other["id"], one["id"])
            )
            connection.execute(
                "UPDATE people SET faces = ?, total = ? WHERE id = ?",
                (one["faces"] + other["faces"], msgspec.json.encode(total).decode(), other["id"]),
            )
            connection.execute("DELETE FROM people WHERE id = ?", (one["id"],))

    def everybody(self) -> list[Person]:
        """All people, those without a name too, in the order in which they were found."""
        rows = self._database.rows("SELECT * FROM people ORDER BY id")
        return [
            Person(row["name"], bool(row["is_named"]), row["faces"], _TOTALS.decode(row["total"]))
            for row in rows
        ]

    def photos_of(self, person: str) -> list[Path]:
        """The photos that show somebody, in the order of their paths."""
        query = (
            "SELECT DISTINCT path FROM photos JOIN faces ON faces.photo = photos.id "
            "JOIN people ON people.id = faces.person WHERE people.name = ? ORDER BY path"
        )
        return [Path(os.fsdecode(row["path"])) for row in self._database.rows(query, person)]

    def people(self) -> list[str]:
        """Everybody to whom a user has given a name, in alphabetical order."""
        rows = self._database.rows("SELECT name FROM people WHERE is_named ORDER BY name")
        return [row["name"] for row in rows]

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


def _is_still(photo: Path, known: Stamp) -> bool:
    try:
        return stamp(photo) == known
    except OSError:
        return False


def _sum(one: tuple[float, ...], other: tuple[float, ...]) -> tuple[float, ...]:
    """Sums of identities; those of different providers do not add up, the longer list stays."""
    if len(one) != len(other):
        return max(one, other, key=len)
    return tuple(a + b for a, b in zip(one, other, strict=True))
