"""Make the pictures of the window in docs/desktop, from the real window with real workers.

    python packaging/screenshots.py [--out FOLDER] [--theme THEME…] [--size 1440x900]
                                    [--language de] [--only NAME…]

A shoot of crops of the two sample portraits is made in a folder for the time being, together with a
home of its own: nothing of the user's is seen or changed. The names of the pictures are
`SCREEN-THEME.png`. With --slider the animation is made as well. Needs the `desktop` extra.
"""

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from PIL import Image
from PySide6.QtCore import QEventLoop, QRect, QThread, QTimer
from PySide6.QtGui import QImage, QTransform
from PySide6.QtWidgets import QApplication, QComboBox, QDialog, QWidget

from engine.library import Timing, Version, VersionKey
from engine.recipes import RESOURCES, Curve, Keyframe, constant
from pixelsmile_desktop.models.editing import with_curves
from pixelsmile_desktop.models.project import Change
from pixelsmile_desktop.views.models import ModelsView

if TYPE_CHECKING:
    from pixelsmile_desktop.context import Context
    from pixelsmile_desktop.views.main_window import MainWindow

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs" / "desktop"
SAMPLES = ("eileen_collins.png", "grace_hopper.jpg")
SCREENS = ("library", "edit", "strip", "queue", "review", "models", "train")
DIALOGS = {
    "export": "file.export",
    "preferences": "edit.preferences",
    "shortcuts": "help.shortcuts",
    "log": "help.log",
    "about": "help.about",
}
SHIPPED = {*SCREENS, "export", "preferences"}
_CLOSER = 3  # steps that the animation zooms in
COLOURS = 256
"""Of a picture: enough for a grey window, and a third of the bytes."""


# ---- the shoot ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Frame:
    """A picture of the shoot: whose portrait, which part of it in shares, and how it is shown."""

    sample: int
    area: tuple[float, float, float, float]
    is_mirrored: bool = False
    is_grey: bool = False


_CROPS = (
    (0.0, 0.0, 1.0, 1.0),
    (0.05, 0.0, 0.9, 0.9),
    (0.12, 0.02, 0.75, 0.75),
    (0.0, 0.03, 0.95, 0.95),
    (0.15, 0.0, 0.7, 0.8),
)
FRAMES = tuple(
    Frame(
        int(number % 5 in (0, 2, 3)),
        _CROPS[number % len(_CROPS)],
        number % 4 == 1,
        number % 9 == 7,
    )
    for number in range(24)
)


def make_shoot(folder: Path) -> list[Path]:
    """Write the photos, and one that is broken."""
    samples = [QImage(str(RESOURCES / "samples" / name)) for name in SAMPLES]
    photos = []
    for number, frame in enumerate(FRAMES):
        picture, (left, top, width, height) = samples[frame.sample], frame.area
        w, h = picture.width(), picture.height()
        picture = picture.copy(QRect(int(left * w), int(top * h), int(width * w), int(height * h)))
        if frame.is_mirrored:
            picture = picture.transformed(QTransform().scale(-1, 1))
        if frame.is_grey:
            picture = picture.convertToFormat(QImage.Format.Format_Grayscale8)
        place = folder / ("Ceremony" if number < 15 else "Studio")
        place.mkdir(parents=True, exist_ok=True)
        photos.append(place / f"DSC_{4210 + 3 * number}.jpg")
        picture.convertToFormat(QImage.Format.Format_RGB32).save(str(photos[-1]), quality=93)
    broken = photos[5]
    broken.write_bytes(broken.read_bytes()[:9_000])
    return photos


# ---- what the user has done ---------------------------------------------------------------------


def edit_shoot(context: "Context", photos: list[Path]) -> None:
    """Stars, flags, sliders, and a strip."""
    editing = {
        0: {"happy": 0.8},
        1: {"happy": 0.4, "confident": 0.3},
        2: {"happy": 0.6},
        3: {"surprised": 0.7},
        5: {"happy": 0.5},
        6: {"confident": 0.6},
        8: {"happy": 0.6},
    }
    marks: dict[int, tuple[int, str]] = {
        0: (5, "pick"), 2: (4, "pick"), 3: (3, "none"), 4: (0, "reject"),
        6: (4, "pick"), 9: (2, "none"), 11: (0, "reject"), 13: (3, "pick"),
    }  # fmt: skip
    versions = {}
    for number, photo in enumerate(photos):
        stars, flag = marks.get(number, (0, "none"))
        values = editing.get(number, {})
        curves = {name: constant(value) for name, value in values.items()}
        version = Version(stars=stars, flag=flag)  # pyright: ignore[reportArgumentType]
        edit = with_curves(version.edit, "all", curves)
        if values or stars or flag != "none":
            versions[VersionKey(photo)] = msgspec.structs.replace(version, edit=edit)
    strip = versions[VersionKey(photos[8])]
    versions[VersionKey(photos[8])] = msgspec.structs.replace(
        strip,
        edit=with_curves(strip.edit, "all", strip_curves()),
        timing=Timing(frames=36, fps=12.0, loop="bounce"),
    )
    context.project.apply(Change("Edit", versions))


def strip_curves() -> dict[str, Curve]:
    """Surprise, then a smile, with a little confidence."""

    def curve(*keys: tuple[int, float]) -> Curve:
        return Curve(tuple(Keyframe(frame, value, "ease_in_out") for frame, value in keys))

    return {
        "surprised": curve((0, 0.0), (8, 0.85), (18, 0.0)),
        "happy": curve((9, 0.0), (22, 0.9), (30, 0.7)),
        "confident": curve((20, 0.0), (35, 0.5)),
        "sleepy": curve((2, 0.0), (5, 0.25), (8, 0.0)),
    }


# ---- the window ---------------------------------------------------------------------------------


def settle(until: Callable[[], bool] = lambda: False, limit_s: float = 30.0) -> None:
    """Let the window live until something holds, at most so long."""
    application = QApplication.instance()
    assert application is not None
    end = time.monotonic() + limit_s
    while not until() and time.monotonic() < end:
        application.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
        QThread.msleep(5)


class Studio:
    """The window with its shoot, and the pictures of it."""

    def __init__(self, context: "Context", window: "MainWindow", photos: list[Path]) -> None:
        self._context, self._window, self._photos = context, window, photos

    def prepare(self) -> None:
        """Open the shoot, work on it, wait for what happens in the background."""
        context, faces = self._context, self._context.faces
        is_built: list[bool] = []
        self._window.ready.connect(lambda: is_built.append(True))
        self._window.open_paths([self._photos[0].parents[1]])
        self._window.build_rest()
        settle(lambda: bool(is_built))
        readable = [one for one in self._photos if one != self._photos[5]]
        settle(lambda: all(faces.of(one) is not None for one in readable), 90)
        people = context.session.people.listed()
        for name, one in zip(("Grace", "Eileen"), people, strict=False):
            with contextlib.suppress(AttributeError):
                context.session.people.rename(one.name, name)
        edit_shoot(context, self._photos)
        self.show(8)
        self.queue([0, 1, 2, 3, 5, 6])
        settle(lambda: context.queue.jobs.counts["finished"] >= 4, 90)
        settle(limit_s=1)

    def show(self, number: int) -> None:
        """Make a photo the current one."""
        self._context.session.select(VersionKey(self._photos[number]))

    def queue(self, numbers: list[int]) -> None:
        """Add photos to the queue as the user does."""
        for number in numbers:
            self.show(number)
            self._window.add_to_queue()
        count = len(numbers)
        settle(lambda: self._context.queue.jobs.rowCount() >= count, 20)

    def pictures(self, names: list[str]) -> Iterator[tuple[str, QImage]]:
        """Every screen and dialog that is wanted, by name."""
        for name in names:
            if name in SCREENS:
                self.go_to(name)
                yield name, self._window.grab().toImage()
            elif name in DIALOGS:
                dialog = self._dialog(DIALOGS[name])
                yield name, dialog.grab().toImage()
                dialog.close()
                settle(limit_s=0.3)
            else:
                getattr(self, f"_begin_{name}")()
                settle(limit_s=1)
                yield name, self._window.grab().toImage()
                getattr(self, f"_end_{name}")()

    def go_to(self, screen: str) -> None:
        """Show a screen as somebody at work would have it."""
        window, session = self._window, self._context.session
        window.show_screen("library")
        if screen == "review":
            window.show_screen(screen)
            _choose(window.page("review"), "all")
        self.show({"edit": 0, "strip": 8}.get(screen, 2))
        window.show_screen(screen)
        if screen == "edit":
            _choose(window.page("edit"), "side")
        if screen == "strip":
            _choose(window.page("edit"), "after")
            settle(limit_s=2)
            session.set_frame(22.0)
        if screen == "models":
            page = window.page(screen)
            assert isinstance(page, ModelsView)
            settle(lambda: bool(page.files.models) and self._context.machine.current.is_known)
        settle(limit_s=3)

    def _dialog(self, action: str) -> QWidget:
        self._window.show_screen("library")
        self.show(2)
        before = set(_dialogs())
        QTimer.singleShot(0, self._context.actions[action].trigger)
        settle(lambda: bool(set(_dialogs()) - before), 10)
        settle(limit_s=1.5)
        return (set(_dialogs()) - before).pop()

    def _begin_trouble(self) -> None:
        self._window.show_screen("library")
        messages = self._context.messages
        messages.say(
            "DSC_4225.jpg: the file is truncated; copy it again from the card", "trouble", "x"
        )
        messages.say("3 photos are in the queue.")
        messages.say("DSC_4999.jpg: it is not there any more", "trouble")

    def _end_trouble(self) -> None:
        pass

    def _begin_guide(self) -> None:
        self._window.show_screen("library")
        self._window.guide.open_again()
        settle(lambda: self._context.machine.current.is_known, 20)

    def _end_guide(self) -> None:
        self._window.guide.setVisible(False)

    def slider(self, path: Path) -> None:
        """The animation: the Edit screen while Happy goes up and down."""
        from pixelsmile_desktop.models.editing import with_intensity

        context = self._context
        self.show(2)
        self._window.show_screen("edit")
        _choose(self._window.page("edit"), "after")
        settle(limit_s=1)
        for _ in range(_CLOSER):
            context.actions["view.zoom_in"].trigger()
        context.actions["view.boxes"].setChecked(False)
        key = context.session.current
        assert key is not None
        frames: list[Image.Image] = []
        for step in range(21):
            value = round(0.05 * step, 2)
            edit = with_intensity(context.project.version(key).edit, "all", "happy", value)
            context.project.edit("Happy", {key: edit}, merge="slider")
            settle(limit_s=0.7)
            frames.append(pil(self._window.grab().toImage()).convert("RGB"))
        there_and_back = [*frames, *reversed(frames[1:-1])]
        small = [one.resize((960, 600), Image.Resampling.LANCZOS) for one in there_and_back]
        times = [90] * len(small)
        times[0] = times[len(frames) - 1] = 900
        small[0].save(
            path, save_all=True, append_images=small[1:], duration=times, loop=0,
            quality=62, method=6,
        )  # fmt: skip
        context.actions["view.boxes"].setChecked(True)


def _dialogs() -> list[QDialog]:
    return [
        one
        for one in QApplication.topLevelWidgets()
        if isinstance(one, QDialog) and one.isVisible()
    ]


def _choose(page: QWidget, data: str) -> None:
    """Choose what has that data, in whichever box of the page has it."""
    for box in page.findChildren(QComboBox):
        if (at := box.findData(data)) >= 0:
            box.setCurrentIndex(at)


def pil(picture: QImage) -> Image.Image:
    """The picture for Pillow."""
    rgb = picture.convertToFormat(QImage.Format.Format_RGB888)
    bits = bytes(rgb.constBits())
    size = (rgb.width(), rgb.height())
    return Image.frombytes("RGB", size, bits, "raw", "RGB", rgb.bytesPerLine())


def save(picture: QImage, path: Path, colours: int) -> None:
    """Write a PNG, with few colours where wanted."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = pil(picture)
    if colours:
        image = image.quantize(colours, Image.Quantize.MEDIANCUT, kmeans=1)
    image.save(path, optimize=True)


def run(options: argparse.Namespace, folder: Path) -> None:
    """Build the window in a home of its own and take the pictures."""
    from pixelsmile_desktop import app
    from pixelsmile_desktop.language import set_language
    from pixelsmile_desktop.theme import apply_theme
    from pixelsmile_desktop.views.main_window import MainWindow

    photos = make_shoot(folder / "Anna and Ben")
    application = QApplication(["pixelsmile-desktop"])
    application.setApplicationName("PixelSmile Desktop")
    context = app.build_context(application)
    set_language(application, options.language)
    apply_theme(application, options.theme[0])
    window = MainWindow(context)
    width, height = (int(one) for one in options.size.split("x"))
    window.resize(width, height)
    window.show()
    studio = Studio(context, window, photos)
    try:
        studio.prepare()
        for theme in options.theme:
            apply_theme(application, theme)
            context.preferences.change(theme=theme)
            for name, picture in studio.pictures(options.only or sorted(SHIPPED)):
                save(picture, options.out / f"{name}-{theme}.png", options.colours)
        if options.slider:
            apply_theme(application, "dark")
            studio.slider(options.out / "slider.webp")
    finally:
        app.close_context(context)


def main() -> None:
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=DOCS)
    parser.add_argument("--theme", nargs="*", default=["dark", "light"])
    parser.add_argument("--size", default="1440x900")
    parser.add_argument("--language", default="en")
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--colours", type=int, default=COLOURS)
    parser.add_argument("--slider", action="store_true", help="make the animation, too")
    options = parser.parse_args()
    if "PIXELSMILE_SCREENSHOTS" not in os.environ:
        # The home has to be another one before anything is imported.
        with tempfile.TemporaryDirectory(prefix="pixelsmile-") as name:
            (Path(name) / "home").mkdir()
            own = {"HOME": f"{name}/home", "PIXELSMILE_SCREENSHOTS": name}
            own["QT_QPA_PLATFORM"] = "offscreen"
            kept = {k: v for k, v in os.environ.items() if not k.startswith("XDG_")}
            kept.pop("PIXELSMILE_LIBRARY", None)
            sys.exit(subprocess.run([sys.executable, *sys.argv], env=kept | own).returncode)
    run(options, Path(os.environ["PIXELSMILE_SCREENSHOTS"]))


if __name__ == "__main__":
    main()
