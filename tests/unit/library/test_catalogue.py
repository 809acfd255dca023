"""Faces and people: what was seen is known until the file changes; names join people."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.library import Library, Person, Stamp, Version, VersionKey, stamp
from engine.protocol import FaceReport


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library(tmp_path / "library.sqlite") as opened:
        yield opened


def photo_at(path: Path, content: bytes = b"photo") -> Path:
    path.write_bytes(content)
    return path


FACE = FaceReport((1, 2, 3, 4), 0.9, 0, 0, 0, {"smile": 0.5}, ("smiling",), (0.6, 0.8))


def test_faces_are_known_until_the_file_changes(library: Library, tmp_path: Path):
    photos = [photo_at(tmp_path / f"{number}.jpg") for number in range(3)]
    library.catalogue.save_faces(photos[0], [FACE, FACE])
    library.catalogue.save_faces(photos[1], [])
    known = library.catalogue.known_faces([*photos, tmp_path / "none.jpg"])
    assert {photo: len(faces) for photo, faces in known.items()} == {photos[0]: 2, photos[1]: 0}
    assert [face.number for face in known[photos[0]]] == [1, 2]
    assert known[photos[0]][0].report == FACE
    photo_at(photos[0], b"another")
    assert photos[0] not in library.catalogue.known_faces(photos)
    photos[1].unlink()
    assert library.catalogue.known_faces(photos) == {}


def test_more_photos_than_a_query_has_room_for(library: Library, tmp_path: Path):
    photos = [photo_at(tmp_path / f"{number}.jpg", b"%d" % number) for number in range(1203)]
    library.versions.save({VersionKey(photo): Version(stars=3) for photo in photos})
    assert len(library.versions.of(photos)) == 1203
    for photo in (photos[0], photos[-1]):
        library.catalogue.save_faces(photo, [FACE])
    assert set(library.catalogue.known_faces(photos)) == {photos[0], photos[-1]}


def test_people_are_grouped_named_and_joined(library: Library, tmp_path: Path):
    catalogue = library.catalogue
    one, two = (photo_at(tmp_path / name) for name in ("1.jpg", "2.jpg"))
    for photo in (one, two):
        catalogue.save_faces(photo, [FACE])
    people = {
        "Person 1": Person("Person 1", False, 1, (0.6, 0.8)),
        "Person 2": Person("Person 2", False, 1, (1.0, 0.0)),
    }
    gone = tmp_path / "gone.jpg"
    catalogue.group_faces(
        people, [(one, 1, "Person 1"), (two, 1, "Person 2"), (gone, 1, "Person 1")]
    )
    assert catalogue.people() == [], "nobody has a name yet"
    assert [person.name for person in catalogue.everybody()] == ["Person 1", "Person 2"]
    catalogue.rename_person("Person 1", "Grace")
    assert catalogue.people() == ["Grace"]
    assert catalogue.photos_of("Grace") == [one]
    catalogue.rename_person("Person 2", "Grace")
    assert catalogue.photos_of("Grace") == [one, two]
    assert catalogue.everybody() == [Person("Grace", True, 2, (1.6, 0.8))]
    catalogue.rename_person("nobody", "Somebody")
    assert catalogue.people() == ["Grace"]


def test_thumbnails_are_those_of_the_file_as_it_is(library: Library, tmp_path: Path):
    photo = photo_at(tmp_path / "a.jpg")
    now = stamp(photo)
    library.thumbnails.put({photo: (now, b"small")})
    assert library.thumbnails.get({photo: now}) == {photo: b"small"}
    other = Stamp(now.size_bytes, now.mtime_ns + 1)
    assert library.thumbnails.get({photo: other}) == {}
    assert library.thumbnails.missing({photo: other, tmp_path / "b.jpg": now}) == [
        photo,
        tmp_path / "b.jpg",
    ]
    assert library.thumbnails.missing({photo: now}) == []
