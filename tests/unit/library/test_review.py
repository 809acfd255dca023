"""Looking at pictures: accepting, rejecting, trying again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.library import REVIEW, Delivery, Job, Library, Order, Wanted, this_process
from engine.recipes import REVIEW_FOLDER, Intensities, PhotoEdit, still

DETAILS = {
    "face": 1,
    "editor": "pixelsmile",
    "identity": 0.41,
    "seconds": 2.5,
    "drift": {"shift_px": 9.0},
    "review": ["It moved."],
}


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library(tmp_path / "library.sqlite") as library:
        yield library


def made(library: Library, root: Path, *, suffix: str = ".jpg", good: int = 0) -> Job:
    """A job of two pictures that needs a look; the first `good` of them are all right."""
    photo = root / "in" / "a.jpg"
    photo.parent.mkdir(exist_ok=True)
    photo.write_bytes(b"photo")
    edits = [PhotoEdit((still(Intensities({"sad": s})),), "pixelsmile", 7) for s in (0.5, 1.0)]
    order = Order(photo, tuple(Wanted(edit) for edit in edits))
    library.orders.place([order], Delivery(root / "out"))
    job = library.jobs.lease(this_process())
    assert job is not None
    request = library.jobs.batch(job.batch).request
    for number, stem in enumerate(job.places):
        is_good = number < good
        folder = stem.parent if is_good else stem.parent / REVIEW_FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        output = folder / (stem.name + suffix)
        if suffix == ".frames":
            output.mkdir()
            (output / "x_0001.png").write_bytes(b"frame")
        else:
            output.write_bytes(b"picture %d" % number)
        key = request.work_key(number, library.photos.content(photo), ".jpg")
        details = {**DETAILS, "review": []} if is_good else DETAILS
        assert library.results.record(output, stem, key, details, job) is not None
    library.jobs.set_aside(job, REVIEW, "It moved.")
    return library.jobs.get(job.id)


def test_the_numbers_are_there(library: Library, tmp_path: Path):
    job = made(library, tmp_path, good=1)
    good, bad = library.review.pictures(job.id)
    assert (good.is_aside, bad.is_aside) == (False, True)
    assert bad.output == tmp_path / "out" / REVIEW_FOLDER / "a_sad_1.0.jpg"
    assert (bad.identity, bad.editor, bad.seconds, bad.seed) == (0.41, "pixelsmile", 2.5, 7)
    assert (bad.reasons, bad.drift, bad.warnings) == (["It moved."], {"shift_px": 9.0}, [])
    assert bad.label == {"expression": "sad", "scale": "1.0"}
    assert bad.output is not None
    bad.output.unlink()
    assert library.review.pictures(job.id)[1].output is None
    with pytest.raises(KeyError):
        library.review.pictures(99)


@pytest.mark.parametrize("suffix", [".jpg", ".frames"])
def test_accepting_puts_pictures_where_they_belong(library: Library, tmp_path: Path, suffix: str):
    job = made(library, tmp_path, suffix=suffix)
    seen = library.events.newest()
    assert library.review.accept(job.id).state == "finished"
    out = tmp_path / "out"
    assert sorted(one.name for one in out.iterdir()) == [f"a_sad_0.5{suffix}", f"a_sad_1.0{suffix}"]
    pictures = library.review.pictures(job.id)
    assert [one.output for one in pictures] == [out / f"a_sad_{s}{suffix}" for s in ("0.5", "1.0")]
    assert not any(one.is_aside for one in pictures)
    assert [event.kind for event in library.events.after(seen)] == ["finished", "finished", "done"]
    request, content = library.jobs.batch(job.batch).request, library.photos.content(job.source)
    for number, stem in enumerate(job.places):
        key = request.work_key(number, content, ".jpg")
        assert library.results.present(key, stem) is not None, "it is not made again"
    with pytest.raises(ValueError, match="it is finished"):
        library.review.accept(job.id)


def test_accepting_writes_nothing_over(library: Library, tmp_path: Path):
    job = made(library, tmp_path)
    mine = tmp_path / "out" / "a_sad_0.5.jpg"
    mine.write_bytes(b"mine")
    library.review.accept(job.id)
    assert mine.read_bytes() == b"mine"
    accepted = library.review.pictures(job.id)[0].output
    assert accepted is not None
    assert accepted == tmp_path / "out" / "a_sad_0.5-2.jpg"
    assert accepted.read_bytes() == b"picture 0"


def test_a_power_cut_between_the_move_and_its_note(library: Library, tmp_path: Path):
    job = made(library, tmp_path)
    aside = library.review.pictures(job.id)[0].output
    assert aside is not None
    aside.rename(tmp_path / "out" / aside.name)
    library.review.accept(job.id)
    assert len(list((tmp_path / "out").iterdir())) == 2

    (tmp_path / "more").mkdir()
    other = made(library, tmp_path / "more")
    gone = library.review.pictures(other.id)[0].output
    assert gone is not None
    gone.unlink()
    with pytest.raises(ValueError, match="is gone"):
        library.review.accept(other.id)
    assert library.jobs.get(other.id).state == "needs_review"


def test_rejecting_keeps_the_files(library: Library, tmp_path: Path):
    job = library.review.reject(made(library, tmp_path).id)
    assert (job.state, job.reason) == ("cancelled", "rejected")
    assert all(one.is_aside for one in library.review.pictures(job.id))
    assert library.jobs.lease(this_process()) is None
    with pytest.raises(ValueError, match="cancelled"):
        library.review.reject(job.id)


def test_another_seed_is_another_job_of_the_same_names(library: Library, tmp_path: Path):
    job = made(library, tmp_path)
    new = library.review.retry_with_seed(job.id, 8)
    assert new.id != job.id
    assert (new.state, new.outputs, new.source) == ("queued", job.outputs, job.source)
    assert {one.edit.seed for one in library.jobs.batch(new.batch).request.wanted} == {8}
    old = library.jobs.get(job.id)
    assert (old.state, old.reason) == ("cancelled", "rejected; tried again with seed 8")
    assert library.review.retry_with_seed(job.id, 8).id == new.id
    assert [one.output for one in library.review.pictures(new.id)] == [None, None]
    assert library.jobs.lease(this_process()).id == new.id  # type: ignore[union-attr]
