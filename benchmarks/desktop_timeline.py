"""Timelines: the time of a full repaint, of a drag's step, and of a scrub from prepared frames.

    python benchmarks/desktop_timeline.py [--frames 120] [--repeats 200] [--scale 1]

A full repaint of 12 × 120 should take 16 ms or less, so that dragging keys follows the screen.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from engine.library import Timing, Version, VersionKey
from engine.recipes import RESOURCES, Curve, FaceEdit, Keyframe, PhotoEdit, expressions
from pixelsmile_desktop.app import build_context, close_context
from pixelsmile_desktop.context import Context
from pixelsmile_desktop.models.keys import EASINGS
from pixelsmile_desktop.models.project import Change
from pixelsmile_desktop.models.proxies import LONGEST_PX, ProxyKey, ProxyStore, blended
from pixelsmile_desktop.models.timeline import ROWS, Timeline
from pixelsmile_desktop.theme import apply_theme
from pixelsmile_desktop.widgets.timeline_grid import TimelineGrid

PHOTO = RESOURCES / "samples" / "eileen_collins.png"


def busy_edit(frames: int) -> PhotoEdit:
    """Keys on every row and every fifth frame, with every easing."""
    curves = {
        name: Curve(
            tuple(
                Keyframe(
                    frame, (frame * 7 + row * 13) % 150 / 100, EASINGS[(frame + row) % len(EASINGS)]
                )
                for frame in range(row % 5, frames, 5)
            )
        )
        for row, name in enumerate(expressions())
    }
    return PhotoEdit((FaceEdit(curves),))


def open_grid(context: Context, frames: int) -> TimelineGrid:
    """A grid of 1440 × 400 with a busy strip."""
    context.session.show([PHOTO])
    timeline = Timeline(context.session, context.session)
    grid = TimelineGrid(timeline, context.session)
    grid.resize(1440, 400)
    grid.show()
    version = Version(busy_edit(frames), Timing(frames))
    context.project.apply(Change("busy", {VersionKey(PHOTO): version}))
    grid.fit()
    QApplication.processEvents()
    return grid


@dataclass(frozen=True)
class Spent:
    """Milliseconds, each time: by the clock, and of this thread alone."""

    wall: list[float]
    own: list[float]


def milliseconds(work: Callable[[], object], repeats: int) -> Spent:
    """How long the work takes, each time; the first time does not count."""
    work()
    spent = Spent([], [])
    for _ in range(repeats):
        began, own = time.perf_counter(), time.thread_time()
        work()
        spent.own.append((time.thread_time() - own) * 1000)
        spent.wall.append((time.perf_counter() - began) * 1000)
    return spent


def tell(name: str, spent: Spent) -> None:
    """One line of figures; on a busy machine the thread's own time says more."""
    figures = []
    for times in (spent.wall, spent.own):
        p95 = statistics.quantiles(times, n=20)[-1]
        figures.append(f"{statistics.median(times):6.2f} {p95:6.2f}")
    print(f"{name:42}  {figures[0]}   own {figures[1]}")


def measure_painting(grid: TimelineGrid, repeats: int) -> None:
    """Repaints to a picture and on screen, and the steps of a drag with all they set off."""
    ratio = grid.devicePixelRatioF()
    viewport = grid.viewport()
    size = viewport.size() * ratio
    picture = QImage(size, QImage.Format.Format_RGB32)
    picture.setDevicePixelRatio(ratio)

    def to_picture() -> None:
        painter = QPainter(picture)
        grid.paint(painter, viewport.rect())
        painter.end()

    tell("full repaint, to a picture", milliseconds(to_picture, repeats))
    tell("full repaint, viewport", milliseconds(viewport.repaint, repeats))

    def everything() -> None:
        for part in (viewport, grid.ruler.viewport(), grid.labels.viewport()):
            part.repaint()

    tell("full repaint, ruler and names too", milliseconds(everything, repeats))
    timeline: Timeline = grid.model()  # pyright: ignore[reportAssignmentType]
    step = iter(range(10**9))

    def drag() -> None:
        number = next(step)
        timeline.set_key(number % len(ROWS), 10, number % 150 / 100, merge="drag")
        QApplication.processEvents()

    tell("one key moved, saved and painted", milliseconds(drag, repeats))


def measure_scrubbing(repeats: int) -> None:
    """From the wish for a frame to its picture, with and without neighbours blended in."""
    store = ProxyStore()
    photo = QImage(str(PHOTO)).scaledToWidth(LONGEST_PX)
    keys = [ProxyKey(PHOTO, (number, 0), ()) for number in range(24)]
    put = iter(range(10**9))

    def keep() -> None:
        store.put(keys[next(put) % len(keys)], photo)

    tell(f"a frame of {photo.width()} × {photo.height()} is packed", milliseconds(keep, repeats))
    got = iter(range(10**9))

    def scrub() -> QImage | None:
        return store.get(keys[next(got) % len(keys)])

    def onion() -> None:
        pictures = [one for one in (scrub(), scrub(), scrub()) if one is not None]
        blended(pictures[0], pictures[1:], 0.4)

    tell("scrub: a prepared frame is there", milliseconds(scrub, repeats))
    tell("scrub with two neighbours as onion skin", milliseconds(onion, repeats))
    print(f"{store.size_bytes / len(keys) / 1000:.0f} kB a frame")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--frames", type=int, default=120)
    parser.add_argument("--repeats", type=int, default=200)
    parser.add_argument("--scale", type=float, default=1.0, help="of the screen")
    options = parser.parse_args()
    os.environ["QT_SCALE_FACTOR"] = str(options.scale)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PIXELSMILE_LIBRARY"] = str(Path(folder, "library.db"))
        application = QApplication([])
        apply_theme(application, "dark")
        parent = QObject()
        context = build_context(parent)
        grid = open_grid(context, options.frames)
        print(f"{'ms':42}  median    p95       median    p95")
        measure_painting(grid, options.repeats)
        measure_scrubbing(options.repeats)
        grid.close()
        close_context(context)


if __name__ == "__main__":
    main()
