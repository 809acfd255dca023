"""Small pictures: made, kept, found again, given up; on real files and a real worker."""

import shutil
from pathlib import Path

import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from engine.library import stamp
from pixelsmile_desktop.context import Context
from pixelsmile_desktop.models import thumbnails
from pixelsmile_desktop.models.thumbnails import LONGEST_PX, encode, read

WAIT_MS = 30_000


def a_photo(path: Path, size: tuple[int, int] = (640, 480), colour: str = "red") -> Path:
    """A file of one colour, in the format of its name."""
    Image.new("RGB", size, colour).save(path)
    return path


def wait_for(qtbot: QtBot, context: Context, photos: list[Path]) -> None:
    made = context.session.thumbnails
    qtbot.waitUntil(lambda: all(made.picture(p) or made.reason(p) for p in photos), timeout=WAIT_MS)


def test_what_is_seen_is_shown_small_upright_and_kept(
    context: Context, qtbot: QtBot, tmp_path: Path
) -> None:
    photo = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    Image.new("RGB", (800, 400), "blue").save(photo, exif=exif)
    made = context.session.thumbnails
    made.want("test", [photo])
    wait_for(qtbot, context, [photo])
    picture = made.picture(photo)
    assert picture is not None
    assert (picture.width(), picture.height()) == (LONGEST_PX // 2, LONGEST_PX)
    qtbot.waitUntil(lambda: kept(context, photo), timeout=WAIT_MS)


def kept(context: Context, photo: Path) -> bool:
    """Whether the catalogue holds a picture of the file as it is."""
    found: list[dict[Path, bytes]] = []
    context.catalogue.ask(
        lambda library: found.append(library.thumbnails.get({photo: stamp(photo)}))
    )
    from PySide6.QtTest import QTest

    while not found:
        QTest.qWait(5)
    return photo in found[0]


def test_one_that_was_kept_is_not_read_again_and_one_that_changed_is(
    context: Context, qtbot: QtBot, tmp_path: Path
) -> None:
    photo = a_photo(tmp_path / "a.jpg")
    green = encode(read(a_photo(tmp_path / "green.png", colour="lime")))  # type: ignore[arg-type]
    first = stamp(photo)
    context.catalogue.ask(lambda library: library.thumbnails.put({photo: (first, green)}))
    made = context.session.thumbnails
    made.want("test", [photo])
    wait_for(qtbot, context, [photo])
    assert colour_of(context, photo) == "green", "taken from the catalogue"

    a_photo(photo, colour="blue", size=(700, 500))
    made.prepare((), anew=True)
    made.want("test", [photo])
    wait_for(qtbot, context, [photo])
    assert colour_of(context, photo) == "blue", "the kept one is of another file"


def colour_of(context: Context, photo: Path) -> str:
    picture = context.session.thumbnails.picture(photo)
    assert picture is not None
    colour = picture.pixelColor(10, 10)
    parts = {"red": colour.red(), "green": colour.green(), "blue": colour.blue()}
    return max(parts, key=lambda name: parts[name])


def test_formats_that_qt_does_not_read_come_from_the_worker(
    context: Context, qtbot: QtBot, tmp_path: Path
) -> None:
    photo = a_photo(tmp_path / "a.avif", colour="blue")
    made = context.session.thumbnails
    made.want("test", [photo])
    wait_for(qtbot, context, [photo])
    picture = made.picture(photo)
    assert picture is not None
    assert picture.width() == LONGEST_PX
    assert colour_of(context, photo) == "blue"


def test_broken_and_missing_files_say_why_once(
    context: Context, qtbot: QtBot, tmp_path: Path
) -> None:
    text, gone = tmp_path / "text.jpg", tmp_path / "gone.jpg"
    text.write_text("hello")
    made = context.session.thumbnails
    said: list[Path] = []
    made.failed.connect(said.append)
    made.want("test", [text, gone])
    wait_for(qtbot, context, [text, gone])
    assert "not a photo" in made.reason(text)
    assert "not there" in made.reason(gone)
    made.want("test", [gone, text])
    qtbot.wait(200)
    assert sorted(said) == [gone, text]


def test_what_scrolled_away_is_left_to_the_background(
    context: Context, qtbot: QtBot, tmp_path: Path
) -> None:
    source = a_photo(tmp_path / "source.jpg", size=(1600, 1200))
    photos = [Path(shutil.copy(source, tmp_path / f"{number:03}.jpg")) for number in range(120)]
    made = context.session.thumbnails
    ready: list[Path] = []
    made.ready.connect(ready.append)
    made.want("test", photos[:100])
    made.want("test", photos[100:])
    wait_for(qtbot, context, photos[100:])
    qtbot.waitUntil(lambda: made.is_idle, timeout=WAIT_MS)
    assert set(photos[100:]) <= set(ready)
    assert len(ready) < 100, "nobody looks at the first hundred any more"


def test_all_are_prepared_and_memory_is_bounded(
    context: Context, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thumbnails, "MEMORY_BYTES", 1_000_000)  # five pictures
    photos = [a_photo(tmp_path / f"{number}.jpg", size=(400, 400)) for number in range(20)]
    made = context.session.thumbnails
    made.prepare(photos)
    qtbot.waitUntil(lambda: made.is_idle and kept(context, photos[-1]), timeout=WAIT_MS)
    assert made.memory_bytes <= 1_000_000
    made.want("test", photos[-3:])
    wait_for(qtbot, context, photos[-3:])
    assert made.memory_bytes <= 1_000_000


def test_a_picture_full_of_detail_still_fits(tmp_path: Path) -> None:
    noise = Image.effect_noise((900, 900), 120).convert("RGB")
    noise.save(tmp_path / "noise.png")
    picture = read(tmp_path / "noise.png")
    assert picture is not None
    assert len(encode(picture)) <= 20_000
