"""Pictures by what they are made of, photos by what they hold, and the rest of the catalogue."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from engine.library import Job, Library, Plan, Request, Wanted, this_process
from engine.library.requests import request_from, request_text
from engine.protocol import FaceReport
from engine.recipes import Export, Intensities, Limits, ModelChoice, PhotoEdit, Preset, still


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library(tmp_path / "library.sqlite") as library:
        yield library


def request_of(scale: float = 1.0, version: str = "1") -> Request:
    edit = PhotoEdit((still(Intensities({"happy": scale})),))
    return Request((Wanted(edit),), "source", ModelChoice(), version)


def job_for(library: Library, photo: Path) -> Job:
    batch = library.jobs.open_batch(photo.parent, photo.parent, request_of())
    library.jobs.plan(batch.id, [Plan(photo, (photo.with_suffix(""),))])
    job = library.jobs.lease(this_process())
    assert job is not None
    return job


def test_a_key_changes_with_all_that_decides_the_bytes():
    plain = request_of()
    other = msgspec.structs.replace
    keys = {
        plain.work_key(0, "aa", ".jpg"),
        plain.work_key(0, "ab", ".jpg"),
        plain.work_key(0, "aa", ".JPG"),
        request_of(0.5).work_key(0, "aa", ".jpg"),
        request_of(version="2").work_key(0, "aa", ".jpg"),
        other(plain, format="png").work_key(0, "aa", ".jpg"),
        other(plain, model=ModelChoice(precision="bf16")).work_key(0, "aa", ".jpg"),
        other(plain, export=Export(quality=80)).work_key(0, "aa", ".jpg"),
        other(plain, limits=Limits(identity=0.4)).work_key(0, "aa", ".jpg"),
    }
    assert len(keys) == 9
    labelled = other(plain, wanted=(other(plain.wanted[0], label={"name": "x"}),))
    assert labelled.work_key(0, "aa", ".jpg") in keys
    assert request_from(request_text(labelled)) == labelled


def test_a_picture_is_known_while_it_is_whole(library: Library, tmp_path: Path):
    job = job_for(library, tmp_path / "a.jpg")
    picture, stem = tmp_path / "a_happy.jpg", tmp_path / "a_happy"
    picture.write_bytes(b"picture")
    assert library.results.record(picture, stem, "key", {"face": 1}, job) is not None
    assert library.results.present("other key", stem) is None
    assert library.results.present("key", tmp_path / "b_happy") is None
    found = library.results.present("key", stem)
    assert found is not None
    assert (found.output, found.details) == (picture, {"face": 1})
    os.utime(picture, (1, 1))
    assert library.results.present("key", stem) is not None, "its bytes are the same"
    picture.write_bytes(b"picturE")
    assert library.results.present("key", stem) is None
    picture.unlink()
    assert library.results.present("key", stem) is None
    assert library.results.prune() == 1


def test_a_picture_is_said_once(library: Library, tmp_path: Path):
    job = job_for(library, tmp_path / "a.jpg")
    picture = tmp_path / "a_happy.jpg"
    picture.write_bytes(b"picture")
    result = library.results.record(picture, tmp_path / "a_happy", "key", {}, job)
    assert result is not None
    assert library.results.say(result)
    assert not library.results.say(result)
    library.results.unsay(result)
    assert library.results.say(result)
    with library.database.write() as connection:
        connection.execute("UPDATE results SET is_announced = 0, boot = 'before the power cut'")
    assert not library.results.say(result), "it may have been said, and the note of it lost"


def test_only_the_holder_of_the_lease_records(library: Library, tmp_path: Path):
    job = job_for(library, tmp_path / "a.jpg")
    picture = tmp_path / "a_happy.jpg"
    picture.write_bytes(b"picture")
    library.jobs.cancel([job.id])
    assert library.results.record(picture, tmp_path / "a_happy", "key", {}, job) is None
    assert library.results.present("key", tmp_path / "a_happy") is None


def test_a_copy_is_verified_while_it_is_made(library: Library, tmp_path: Path):
    job = job_for(library, tmp_path / "a.jpg")
    picture = tmp_path / "a_happy.JPG"
    picture.write_bytes(b"picture")
    library.results.record(picture, tmp_path / "a_happy", "key", {"face": 1}, job)
    copied = library.results.copy("key", tmp_path / "b_happy")
    assert copied is not None
    assert copied == (tmp_path / "b_happy.JPG", {"face": 1})
    assert copied[0].read_bytes() == b"picture"
    was = picture.stat()
    picture.write_bytes(b"picturE")
    os.utime(picture, ns=(was.st_atime_ns, was.st_mtime_ns))
    assert library.results.copy("key", tmp_path / "c_happy") is None
    assert sorted(path.name for path in tmp_path.glob("*_*")) == ["a_happy.JPG", "b_happy.JPG"]
    assert not list(tmp_path.glob(".*"))


def test_a_photo_is_hashed_again_when_it_has_changed(library: Library, tmp_path: Path):
    photo = tmp_path / "a.jpg"
    photo.write_bytes(b"one")
    assert library.photos.known_content(photo) is None
    first = library.photos.content(photo)
    assert library.photos.known_content(photo) is None, "too fresh to be trusted"
    then = time.time() - 100
    os.utime(photo, (then, then))
    assert library.photos.content(photo) == first
    assert library.photos.known_content(photo) == first
    photo.write_bytes(b"two")
    assert library.photos.known_content(photo) is None
    assert library.photos.content(photo) != first
    with pytest.raises(OSError, match="none"):
        library.photos.content(tmp_path / "none.jpg")
    os.mkfifo(tmp_path / "pipe.jpg")
    with pytest.raises(OSError, match="regular"):
        library.photos.content(tmp_path / "pipe.jpg")


def test_faces_people_and_presets(library: Library, tmp_path: Path):
    photo = tmp_path / "a.jpg"
    photo.write_bytes(b"photo")
    face = FaceReport((1, 2, 3, 4), 0.9, 0, 0, 0, {"smile": 0.5}, ("smiling",), (0.1, 0.2))
    library.catalogue.save_faces(photo, [face, face])
    library.catalogue.name_face(photo, 2, "Grace")
    known = library.catalogue.faces_of(photo)
    assert [(one.number, one.report, one.person) for one in known] == [
        (1, face, None),
        (2, face, "Grace"),
    ]
    assert library.catalogue.photos_of("Grace") == [photo]
    with pytest.raises(KeyError):
        library.catalogue.name_face(photo, 3, "Grace")

    preset = Preset("Mine", Intensities({"happy": 0.3}))
    library.catalogue.save_preset(preset)
    library.catalogue.save_preset(preset)
    assert library.catalogue.presets() == [preset]
    library.catalogue.remove_preset("Mine")
    assert library.catalogue.presets() == []
