"""Which photos a call means and what their outputs are called."""

import os
from pathlib import Path

from engine.cli.batch import FOREIGN_SUFFIXES, PHOTO_SUFFIXES, plan_tree, read_folder
from engine.cli.options import Look, looks, parse_blend, parse_scales
from engine.cli.stills import Task, distinct_photos, names_by_folder, plan
from engine.cli.worker_jobs import Sweeper
from engine.photos import SUFFIXES
from engine.recipes.naming import output_name, output_stems


def happy(*scales: str) -> list[Look]:
    return looks(parse_blend(["happy"]), parse_scales(scales))


def stems(tasks: list[Task]) -> list[str]:
    return [task.outputs[0].name for task in tasks]


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_one_path_per_photo_and_scale():
    tasks = plan([Path("a/anna.jpg"), Path("b/Anna.png")], Path("out"), happy("0.5", "1"), [])
    assert [[str(path) for path in task.outputs] for task in tasks] == [
        ["out/anna_happy_0.5", "out/anna_happy_1"],
        ["out/Anna-2_happy_0.5", "out/Anna-2_happy_1"],
    ]


def test_a_number_does_not_make_a_name_of_a_later_photo():
    photos = [Path("a/x.jpg"), Path("b/x.jpg"), Path("c/x-2.jpg")]
    assert stems(plan(photos, Path("o"), happy(), [])) == [
        "x_happy_1.0",
        "x-3_happy_1.0",
        "x-2_happy_1.0",
    ]


def test_no_output_has_the_name_of_a_photo_of_the_call(tmp_path):
    photos = [tmp_path / "x.jpg", tmp_path / "X_happy_1.0.png"]
    touch(*photos)
    reserved = names_by_folder(photos)[tmp_path.resolve()]
    assert stems(plan(photos, tmp_path, happy(), reserved))[0] == "x-2_happy_1.0"


def test_nor_that_of_the_file_behind_a_link(tmp_path):
    target = tmp_path / "out" / "x_happy_1.0.jpg"
    touch(target)
    link = tmp_path / "x.jpg"
    link.symlink_to(target)
    names = names_by_folder([link])
    assert names[target.parent.resolve()] == ["x_happy_1.0"]


def test_long_names_stay_apart_and_short_enough():
    photos = [Path("é" * 110 + f"{n}.jpg") for n in range(3)]
    found = output_stems(photos, [("happy", "1.0")])
    names = [output_name(stem, "happy", "1.0") for stem in found]
    assert len(set(names)) == 3
    assert all(len(name.encode()) <= 200 for name in names)


def test_names_that_are_no_text_stay_apart():
    photos = [Path(os.fsdecode(b"\xff.jpg")), Path(os.fsdecode(b"\xfe.jpg")), Path("a\nb.jpg")]
    found = output_stems(photos, [("sad", "1.0")])
    assert len(set(found)) == 3
    assert all(stem.isprintable() for stem in found)


def test_composed_and_decomposed_accents_are_one_name():
    found = output_stems([Path("a/\u00e9.jpg"), Path("b/e\u0301.jpg")], [("sad", "1.0")])
    assert found[1].endswith("-2")


def test_a_photo_under_another_spelling_is_the_same(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    touch(tmp_path / "a.jpg")
    (tmp_path / "link.jpg").symlink_to("a.jpg")
    loop = tmp_path / "loop.jpg"
    loop.symlink_to(loop)
    typed = ["a.jpg", "./a.jpg", str(tmp_path / "a.jpg"), "link.jpg", "none.jpg", "loop.jpg"]
    kept = distinct_photos([Path(text) for text in typed])
    assert [str(path) for path in kept] == ["a.jpg", "none.jpg", "loop.jpg"]


def test_a_folder_is_read_in_order_without_what_is_no_photo(tmp_path):
    touch(
        *(tmp_path / name for name in ("b.JPG", "a.png", "a.jpg", "notes.txt", "a.xmp")),
        *(tmp_path / name for name in (".hidden.jpg", "raw.CR2", "b.psd", "c.jxl")),
        *(tmp_path / "sub" / name for name in ("c.webp", "Thumbs.db")),
        tmp_path / ".cache" / "d.jpg",
        tmp_path / "out" / "a_happy_1.0.jpg",
    )
    (tmp_path / "sub" / "again").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "z.jpg").symlink_to(tmp_path / "b.JPG")
    found = read_folder(tmp_path, skipped=(tmp_path / "out").resolve())
    relative = [str(path.relative_to(tmp_path)) for path in found.photos]
    assert relative == ["a.jpg", "a.png", "b.JPG", "raw.CR2", "sub/c.webp"]
    assert found.foreign == {".psd": 1, ".jxl": 1}


def test_what_can_be_opened_is_looked_at():
    assert PHOTO_SUFFIXES == SUFFIXES
    assert not PHOTO_SUFFIXES & FOREIGN_SUFFIXES


def test_the_tree_is_mirrored():
    photos = [Path("top/a.jpg"), Path("top/a.png"), Path("top/s/t/a.jpg")]
    tasks = plan_tree(photos, Path("top"), Path("out"), happy())
    assert [str(task.outputs[0]) for task in tasks] == [
        "out/a_happy_1.0",
        "out/a-2_happy_1.0",
        "out/s/t/a_happy_1.0",
    ]


def test_only_leftovers_of_this_call_are_swept(tmp_path):
    before = tmp_path / ".pixelsmile-before.jpg"
    touch(before)
    sweeper = Sweeper([tmp_path])
    mine, other = tmp_path / ".pixelsmile-mine.jpg", tmp_path / ".other.jpg"
    touch(mine, other, tmp_path / "a_happy_1.0.jpg")
    sweeper.sweep()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".other.jpg",
        ".pixelsmile-before.jpg",
        "a_happy_1.0.jpg",
    ]
