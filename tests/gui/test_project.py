"""The one door for changes: undo, redo, merged drags, and what is saved."""

from pathlib import Path

import msgspec
from pytestqt.qtbot import QtBot

from engine.library import Library, Version, VersionKey
from engine.recipes import PhotoEdit
from pixelsmile_desktop.context import Context
from pixelsmile_desktop.models.editing import intensity, with_intensity
from pixelsmile_desktop.models.project import Change

KEY = VersionKey(Path("/photos/a.jpg"))


def happy(context: Context, value: float, merge: str = "") -> None:
    edit = with_intensity(context.project.version(KEY).edit, "all", "happy", value)
    context.project.edit(f"Happy {value:.0%}", {KEY: edit}, merge)


def shown(context: Context) -> float:
    return intensity(context.project.version(KEY).edit, "all", "happy")


def test_a_drag_is_one_step_and_the_next_drag_another(context: Context):
    stack = context.project.undo_stack
    for step in range(1, 30):
        happy(context, step / 100, "happy")
    assert stack.count() == 1
    context.project.end_merge()
    happy(context, 0.9, "happy")
    assert stack.count() == 2
    stack.undo()
    assert shown(context) == 0.29
    stack.undo()
    assert shown(context) == 0
    stack.redo()
    stack.redo()
    assert shown(context) == 0.9


def test_nothing_changed_is_no_step(context: Context):
    happy(context, 0.0)
    context.project.apply(Change("Nothing", {KEY: Version()}))
    assert context.project.undo_stack.count() == 0
    happy(context, 0.5)
    happy(context, 0.5)
    assert context.project.undo_stack.count() == 1


def test_everything_is_undone_in_one_step(context: Context, qtbot: QtBot):
    others = [VersionKey(Path(f"/photos/{name}.jpg")) for name in "bcd"]
    edit = with_intensity(PhotoEdit(()), "all", "sad", 0.3)
    with qtbot.waitSignal(context.project.changed) as changed:
        context.project.edit("Sync", dict.fromkeys(others, edit))
    assert changed.args == [frozenset(others)]
    context.project.undo_stack.undo()
    assert [context.project.version(key) for key in others] == [Version()] * 3


def test_a_virtual_copy_comes_and_goes(context: Context):
    copy = VersionKey(KEY.photo, 1)
    context.project.apply(Change("Virtual copy", {copy: Version()}))
    assert context.project.copies(KEY.photo) == (copy,)
    context.project.undo_stack.undo()
    assert context.project.copies(KEY.photo) == ()
    assert context.project.known(copy) is None


def test_every_change_is_in_the_catalogue_and_undo_too(
    context: Context, own_home: Path, qtbot: QtBot
):
    done: list[object] = []
    happy(context, 0.6)
    context.project.apply(
        Change("Stars", {KEY: msgspec.structs.replace(context.project.version(KEY), stars=4)})
    )
    context.project.save()
    context.catalogue.ask(lambda library: library.versions.of([KEY.photo]), done.append)
    qtbot.waitUntil(lambda: bool(done), timeout=5000)
    saved = done[0]
    assert isinstance(saved, dict)
    assert saved[KEY].stars == 4
    assert intensity(saved[KEY].edit, "all", "happy") == 0.6
    context.project.undo_stack.undo()
    context.project.undo_stack.undo()
    context.project.save()
    context.catalogue.close()
    with Library() as library:
        assert library.versions.of([KEY.photo]) == {}


def test_what_was_changed_while_the_catalogue_was_read_stays(context: Context, qtbot: QtBot):
    old = Version(stars=1)
    context.catalogue.ask(lambda library: library.versions.save({KEY: old}))
    context.project.load([KEY.photo])
    happy(context, 0.7)
    with qtbot.waitSignal(context.project.changed, timeout=500, raising=False):
        pass
    assert shown(context) == 0.7


def test_a_slider_moves_the_still_and_later_sets_keys():
    edit = with_intensity(PhotoEdit(()), "all", "happy", 0.4)
    edit = with_intensity(edit, "all", "happy", 0.6)
    assert len(edit.faces[0].curves["happy"].keyframes) == 1
    strip = with_intensity(edit, "all", "happy", 0.0, frame=7)
    assert [intensity(strip, "all", "happy", at) for at in (0, 7)] == [0.6, 0.0]
    assert with_intensity(edit, "all", "happy", 0.0) == PhotoEdit(())
