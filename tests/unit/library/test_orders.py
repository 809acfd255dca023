"""Orders: names, recipes of their own, nothing twice."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from engine.library import (
    Delivery,
    Library,
    Order,
    Request,
    StripFile,
    Wanted,
    labels_of,
    this_process,
)
from engine.library.database import Database
from engine.library.migrations import MIGRATIONS
from engine.library.requests import STRIP_SUFFIXES, request_from, request_text
from engine.recipes import FaceEdit, Intensities, ModelChoice, PhotoEdit, ramp, still
from engine.recipes.naming import TemplateError
from engine.strips import EXTENSIONS

STRIP = StripFile(12, 10.0, "bounce", ".webp")


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library(tmp_path / "library.sqlite") as library:
        yield library


def happy(scale: float, **more: object) -> PhotoEdit:
    return PhotoEdit((still(Intensities({"happy": scale})),), **more)  # type: ignore[arg-type]


def order(photo: Path, *edits: PhotoEdit) -> Order:
    return Order(photo, tuple(Wanted(edit) for edit in edits))


def photo(folder: Path, name: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(str(path))
    old = path.stat().st_mtime - 60  # at rest, so that its contents are known without a look
    os.utime(path, (old, old))
    return path


def names(jobs: list) -> list[list[str | None]]:
    return [[one and one.name for one in job.outputs] for job in jobs]


def test_photos_of_different_recipes_in_one_call(library: Library, tmp_path: Path):
    first, second = photo(tmp_path, "a.jpg"), photo(tmp_path, "b.jpg")
    jobs = library.orders.place(
        [order(first, happy(0.5)), order(second, happy(0.7), happy(1.0))],
        Delivery(tmp_path / "out"),
    )
    assert names(jobs) == [["a_happy_0.5"], ["b_happy_0.7", "b_happy_1.0"]]
    assert [job.state for job in jobs] == ["queued", "queued"]
    requests = [library.jobs.batch(job.batch).request for job in jobs]
    assert [one.edit for one in requests[1].wanted] == [happy(0.7), happy(1.0)]
    assert requests[0].wanted[0].label == {"expression": "happy", "scale": "0.5"}
    same = library.orders.place(
        [order(first, happy(0.9)), order(second, happy(0.9))], Delivery(tmp_path / "out")
    )
    assert same[0].batch == same[1].batch, "one recipe, one batch"


def test_a_second_click_is_the_same_job(library: Library, tmp_path: Path):
    orders = [order(photo(tmp_path, "a.jpg"), happy(0.5))] * 2
    delivery = Delivery(tmp_path / "out")
    (first, twin), (again, _) = (library.orders.place(orders, delivery) for _ in range(2))
    assert first == twin == again
    job = library.jobs.lease(this_process())
    assert job is not None
    assert library.orders.place(orders, delivery)[0].state == "running"
    (tmp_path / "out").mkdir()
    output = tmp_path / "out" / "a_happy_0.5.jpg"
    output.write_bytes(b"made")
    request = library.jobs.batch(job.batch).request
    content = library.photos.content(job.source)
    stem = job.outputs[0]
    assert stem is not None
    library.results.record(output, stem, request.work_key(0, content, ".jpg"), {}, job)
    library.jobs.finish(job)
    assert library.orders.place(orders, delivery)[0].state == "finished", "it is there"
    output.unlink()
    assert library.orders.place(orders, delivery)[0].state == "queued", "it is not any more"
    library.jobs.cancel([job.id])
    assert library.orders.place(orders, delivery)[0].state == "queued", "asked for again"
    assert len(library.jobs.all()) == 1


def test_collisions(library: Library, tmp_path: Path):
    one = photo(tmp_path, "a.jpg")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a_happy.png").touch()

    def named(collision: str) -> list[str | None]:
        delivery = Delivery(tmp_path / "out", "{name}_{expression}", collision)  # type: ignore[arg-type]
        (outputs,) = library.orders.names([order(one, happy(0.5), happy(1.0))], delivery)
        return [path and path.name for path in outputs]

    assert named("number") == ["a_happy-2", "a_happy-3"]
    assert named("overwrite") == ["a_happy", "a_happy-2"]
    assert named("skip") == [None, "a_happy-2"]
    skipped = Delivery(tmp_path / "out", "{name}_{expression}", "skip")
    (job,) = library.orders.place([order(one, happy(0.5))], skipped)
    assert (job.state, job.outputs) == ("finished", (None,))
    (tmp_path / "out" / "a_happy.png").unlink()
    (job,) = library.orders.place([order(one, happy(0.5))], skipped)
    assert (job.state, names([job])) == ("queued", [["a_happy"]])


def test_no_photo_is_written_over(library: Library, tmp_path: Path):
    one, other = photo(tmp_path, "a.jpg"), photo(tmp_path, "b.jpg")
    library.photos.content(other)
    beside = Delivery(Path(), "{name}", "overwrite")
    assert names(library.orders.place([order(one, happy(0.5))], beside)) == [["a-2"]]
    elsewhere = photo(tmp_path / "sub", "b.jpg")
    into = Delivery(tmp_path, "{name}", "overwrite")
    assert names(library.orders.place([order(elsewhere, happy(0.5))], into)) == [["b-2"]]
    (other_job,) = library.orders.place([order(photo(tmp_path / "x", "b.jpg"), happy(0.5))], into)
    assert names([other_job]) == [["b-3"]], "that name is promised to another photo"


def test_names_of_strips_and_tokens(library: Library, tmp_path: Path):
    moving = PhotoEdit((FaceEdit({"happy": ramp(0.0, 0.8, 12)}),))
    asked = Order(
        photo(tmp_path / "Eve", "a.NEF"),
        (Wanted(moving, strip=STRIP), Wanted(happy(1.0))),
        date="2024-06-07",
        person="Ann",
    )
    template = "{folder}_{person}_{date}_{seq:3}_{expression}_{scale}_{ext}"
    delivery = Delivery(Path("edited"), template)
    (job,) = library.orders.place([asked], delivery)
    assert names([job]) == [
        ["Eve_Ann_2024-06-07_001_happy_0.8_webp", "Eve_Ann_2024-06-07_002_happy_1.0_tif"]
    ]
    assert job.places[0].parent == tmp_path / "Eve" / "edited", "relative to the photo"
    with pytest.raises(TemplateError):
        library.orders.place([asked], Delivery(tmp_path, "{nonsense}"))
    assert len(library.jobs.all()) == 1


def test_labels():
    two = PhotoEdit((still(Intensities({"sad": 0.2}), 1), still(Intensities({"sad": 0.7}), 2)))
    assert labels_of(two) == ("sad", "0.7")
    assert labels_of(PhotoEdit(())) == ("original", "0.0")
    blend = PhotoEdit((still(Intensities({"sad": 0.2, "fear": 0.4})),))
    assert labels_of(blend) == ("sad+fear", "0.2+0.4")


def test_requests_with_strips_and_those_of_earlier_releases():
    plain = Request((Wanted(happy(0.5)),), "source", ModelChoice(), "1")
    moving = Request((Wanted(happy(0.5), strip=STRIP),), "source", ModelChoice(), "1")
    for request in (plain, moving):
        assert request_from(request_text(request)) == request
    fields = json.loads(request_text(plain))
    for wanted in fields["wanted"]:
        del wanted["strip"]
    assert request_from(json.dumps(fields)) == plain
    assert plain.work_key(0, "c", ".jpg") != moving.work_key(0, "c", ".jpg")
    faster = msgspec.structs.replace(moving.wanted[0], strip=StripFile(12, 11.0, "bounce", ".webp"))
    other = msgspec.structs.replace(moving, wanted=(faster,))
    assert other.work_key(0, "c", ".jpg") != moving.work_key(0, "c", ".jpg")
    assert set(STRIP_SUFFIXES) == set(EXTENSIONS)
    for wrong in ((0, 10.0, "once", ".gif"), (3, 0.0, "once", ".gif"), (3, 9.0, "once", ".doc")):
        with pytest.raises(ValueError, match="strip"):
            StripFile(*wrong)  # type: ignore[arg-type]


def test_batches_of_an_earlier_release_are_read_and_told_apart(tmp_path: Path):
    path = tmp_path / "library.sqlite"
    earlier = Database(path, migrations=MIGRATIONS[:3])
    with earlier.write() as connection:
        for number, editor in enumerate(("instant", "pixelsmile"), start=1):
            fields = json.loads(
                request_text(
                    Request((Wanted(happy(0.5, editor=editor)),), "source", ModelChoice(), "1")
                )
            )
            for wanted in fields["wanted"]:
                del wanted["strip"]
            connection.execute(
                "INSERT INTO batches (key, folder, target, request, created_at) "
                "VALUES (?, ?, ?, ?, 0)",
                (editor, b"/in", b"/out", json.dumps(fields)),
            )
            connection.execute(
                "INSERT INTO jobs (batch, source, outputs, position, changed_at) "
                "VALUES (?, ?, ?, ?, 0)",
                (number, b"/in/a.jpg", '["/out/a"]', number),
            )
    earlier.close()
    with Library(path) as library:
        assert [one.request.is_generative for one in library.jobs.batches()] == [False, True]
        assert [one.request.wanted[0].strip for one in library.jobs.batches()] == [None, None]
        job = library.jobs.lease(this_process(), generative=False)
        assert job is not None
        assert job.batch == 1
        assert library.jobs.lease(this_process(), generative=False) is None


def test_jobs_of_generative_editors_are_not_for_everyone(library: Library, tmp_path: Path):
    one = photo(tmp_path, "a.jpg")
    slow, quick = library.orders.place(
        [order(one, happy(0.5, editor="pixelsmile")), order(one, happy(0.5))], Delivery(tmp_path)
    )
    job = library.jobs.lease(this_process(), generative=False)
    assert job is not None
    assert job.id == quick.id
    assert library.jobs.lease(this_process(), generative=False) is None
    job = library.jobs.lease(this_process())
    assert job is not None
    assert job.id == slow.id
