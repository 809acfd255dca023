"""How the window behaves: its start, a large shoot, a slider, the timelines, a screen reader.

    python benchmarks/desktop.py start|library|slider|timeline|bus [--photos 5000]

Each part runs in a process of its own, with a library and settings of its own. Without a display
the window is drawn into memory; `bus` has an Xvfb and an accessibility bus, as a user would.

- `start`: seconds and CPU seconds to the first window, and the longest stall while the pages that
  nobody has asked for are built after it.
- `library`: opens photos of 1.9 MP (fifty different ones, the rest are links to them, all decoded)
  and prints thumbnails a second, how long the event loop stood still (a timer that should beat
  every 5 ms), memory of all processes, and the times to filter and to scroll from end to end.
- `slider`: moves `Happy` at 60 Hz over portraits of 12 and 24 MP, previewed at 2048 pixels, and
  prints how long each picture took from the change of the value to the painted canvas. Of values
  that are overtaken by later ones nothing is painted.
- `timeline`: full repaints of 12 rows × 120 frames, steps of a drag, scrubbing.
- `bus`: how long the window takes to answer a screen reader: idle, while thumbnails are made, while
  a slider moves, while the queue renders.
"""

import argparse
import contextlib
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtCore import SignalInstance
    from PySide6.QtWidgets import QApplication

    from engine.recipes import PhotoEdit
    from pixelsmile_desktop.context import Context
    from pixelsmile_desktop.views.edit import EditView
    from pixelsmile_desktop.views.face_panel import FacePanel
    from pixelsmile_desktop.views.main_window import MainWindow
    from pixelsmile_desktop.widgets.timeline_grid import TimelineGrid

ROOT = Path(__file__).resolve().parents[1]
BEAT_MS = 5
DIFFERENT = 50
FACES_S = 15.0
STARTS = 5
MEGAPIXELS = (12, 24)
MOVES, HERTZ = 200, 60
LOOK_S, SETTLE_S = 1.0, 1.5
FRAMES, REPEATS = 120, 200
BUS_S = 8.0

_STARTED, _STARTED_CPU = time.perf_counter(), time.process_time()


def main() -> None:
    """Run the part that is asked for."""
    parts: dict[str, Callable[[Path, int], None]] = {
        "start": measure_start,
        "library": measure_library,
        "slider": measure_slider,
        "timeline": measure_timeline,
        "bus": measure_bus,
    }
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("part", choices=list(parts))
    parser.add_argument("--photos", type=int, default=5000)
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside is not None:
        parts[options.part](options.inside, options.photos)
        return
    for _ in range(STARTS if options.part == "start" else 1):
        with tempfile.TemporaryDirectory() as name:
            run_inside(options.part, Path(name), options.photos)


def run_inside(part: str, folder: Path, photos: int) -> None:
    """Measure in a process that knows nothing of this user."""
    home = folder / "home"
    home.mkdir()
    if part in ("library", "bus"):
        make_photos(folder / "shoot", photos)
    if part in ("slider", "bus"):
        for megapixels in MEGAPIXELS:
            make_portrait(folder / f"portrait {megapixels} MP.jpg", megapixels)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("XDG_")}
    environment["HOME"] = str(home)
    environment["PYTHONPATH"] = str(ROOT)
    environment.pop("PIXELSMILE_LIBRARY", None)
    if not (environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")):
        environment["QT_QPA_PLATFORM"] = "offscreen"
    command = [sys.executable, __file__, part, "--photos", str(photos), "--inside", str(folder)]
    subprocess.run(command, env=environment, check=True)


# ---- what they have in common -------------------------------------------------------------------


def open_window() -> "tuple[QApplication, Context, MainWindow]":
    """The real window, shown, as the program itself opens it."""
    from PySide6.QtWidgets import QApplication

    from pixelsmile_desktop.app import build_context, favour_the_window
    from pixelsmile_desktop.theme import apply_theme
    from pixelsmile_desktop.views.main_window import MainWindow

    favour_the_window()
    application = QApplication(sys.argv[:1])
    context = build_context(application)
    apply_theme(application, "dark")
    window = MainWindow(context)
    window.show()
    application.processEvents()
    return application, context, window


def build_all(application: "QApplication", context: "Context", window: "MainWindow") -> None:
    """Wait for the pages and panels that are built after the window, as the program does."""
    from pixelsmile_desktop.app import warm_up

    warm_up(context, window)
    ready: list[bool] = []
    window.ready.connect(lambda: ready.append(True))
    window.build_rest()
    turn_until(application, lambda: bool(ready), 10)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that so many are not above."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


class Heart:
    """Beats in the event loop.

    `stalls` are the seconds by which beats came late. On a machine that does other things they tell
    of those too; `works`, the CPU seconds of the loop's own thread between beats, do not.
    """

    def __init__(self) -> None:
        from PySide6.QtCore import Qt, QTimer

        self.stalls: list[float] = []
        self.works: list[float] = []
        self._last, self._worked = time.perf_counter(), time.thread_time()
        self._timer = QTimer(timerType=Qt.TimerType.PreciseTimer, interval=BEAT_MS)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    def _beat(self) -> None:
        now, worked = time.perf_counter(), time.thread_time()
        self.stalls.append(max(0.0, now - self._last - BEAT_MS / 1e3))
        self.works.append(worked - self._worked)
        self._last, self._worked = now, worked

    def report(self, what: str) -> None:
        """Print and start anew."""
        stalls, self.stalls = sorted(self.stalls), []
        works, self.works = self.works, []
        if stalls:
            p95 = stalls[int(len(stalls) * 0.95)]
            late = sum(one > 0.05 for one in stalls)
            print(
                f"{what}: longest stall {1e3 * stalls[-1]:.0f} ms, p95 {1e3 * p95:.1f} ms, "
                f"{late} over 50 ms of {len(stalls)} beats; at most {1e3 * max(works):.0f} ms of "
                "CPU between beats",
                flush=True,
            )


def turn_until(application: object, is_done: Callable[[], bool], longest_s: float) -> None:
    """Run the event loop until something holds."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    end = time.perf_counter() + longest_s
    timer = QTimer(interval=min(50, max(1, int(longest_s * 500))))
    timer.timeout.connect(lambda: loop.quit() if is_done() or time.perf_counter() > end else None)
    timer.start()
    loop.exec()


def memory_mb() -> float:
    """Proportional memory of this process and those below it (Linux)."""
    total = 0
    for process in family(os.getpid()):
        with contextlib.suppress(OSError):
            lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
            total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def family(process: int) -> list[int]:
    """The process and its descendants."""
    found = [process]
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{process}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += family(int(child))
    return found


# ---- start --------------------------------------------------------------------------------------


def measure_start(_folder: Path, _photos: int) -> None:
    """One start."""
    from pixelsmile_desktop.app import close_context

    application, context, window = open_window()
    seconds, cpu = time.perf_counter() - _STARTED, time.process_time() - _STARTED_CPU
    loaded = {"torch", "cv2", "numpy", "PIL"} & set(sys.modules)
    assert not loaded, loaded
    heart = Heart()
    build_all(application, context, window)
    print(f"first window: {seconds:.2f} s, {cpu:.2f} s of CPU", flush=True)
    heart.report("while the rest is built")
    window.close()
    close_context(context)


# ---- library ------------------------------------------------------------------------------------


def make_photos(folder: Path, number: int) -> None:
    """JPEGs of 1600 × 1200 in folders of 500."""
    from PySide6.QtCore import QRect, Qt
    from PySide6.QtGui import QColor, QImage, QPainter

    from engine.recipes import RESOURCES

    samples = [
        QImage(str(RESOURCES / "samples" / name))
        for name in ("grace_hopper.jpg", "eileen_collins.png")
    ]
    pool = folder.with_name("pool")
    pool.mkdir()
    for at in range(DIFFERENT):
        picture = QImage(1600, 1200, QImage.Format.Format_RGB32)
        picture.fill(QColor.fromHsv(at * 7 % 360, 90, 120))
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        sample = samples[at % 2]
        height = 900 + at * 6
        width = round(height * sample.width() / sample.height())
        painter.drawImage(QRect(100 + at * 12, 0, width, height), sample)
        painter.setPen(Qt.GlobalColor.white)
        for line in range(0, 1600, 7):  # detail, as a photo has it everywhere
            painter.drawLine(line, 1200, line + at - 25, 1000)
        painter.end()
        picture.save(str(pool / f"{at:02}.jpg"), "JPEG", 88)  # type: ignore[call-overload]
    for at in range(number):
        place = folder / f"day {at // 500 + 1:02}"
        place.mkdir(parents=True, exist_ok=True)
        os.link(pool / f"{at % DIFFERENT:02}.jpg", place / f"IMG_{at:05}.jpg")


def measure_library(folder: Path, number: int) -> None:
    """Open the folder in the real window; prints as it goes."""
    from PySide6.QtCore import QEvent

    from pixelsmile_desktop.app import close_context
    from pixelsmile_desktop.models.photo_filter import ALL, Filters

    folder = folder / "shoot"
    application, context, window = open_window()
    build_all(application, context, window)
    turn_until(application, lambda: False, 1)

    session, heart = context.session, Heart()
    listed: list[float] = []
    started = time.perf_counter()
    session.listed.connect(lambda _: listed.append(time.perf_counter() - started))
    session.open([folder])
    turn_until(application, lambda: bool(listed), 60)
    print(f"listed {session.photos.rowCount()} photos in {listed[0]:.2f} s")
    heart.report("while listing")
    turn_until(application, lambda: session.thumbnails.is_idle, 600)
    seconds = time.perf_counter() - started
    print(f"thumbnails: {number} in {seconds:.1f} s, {number / seconds:.0f} a second")
    heart.report("while they were made")
    print(f"memory of all processes: {memory_mb():.0f} MB")

    library = window.page("library")
    bar = library.grid.verticalScrollBar()  # type: ignore[attr-defined]
    steps = []
    heart.stalls.clear()
    for at in range(101):
        began = time.perf_counter()
        bar.setValue(bar.maximum() * at // 100)
        turn_until(application, lambda: False, 0.02)
        steps.append(time.perf_counter() - began)
    print(
        f"scrolling end to end: {sum(steps):.1f} s in 101 steps, longest {1e3 * max(steps):.0f} ms"
    )
    heart.report("while scrolling")
    turn_until(application, lambda: session.thumbnails.is_idle, 30)

    times: dict[str, list[float]] = {}
    for _ in range(5):
        for what, filters in (
            ("name", Filters(text="img_00")),
            ("edited", Filters(edited=True)),
            ("stars", Filters(stars=3)),
            ("all", ALL),
        ):
            began = time.perf_counter()
            session.filter.set_filters(filters)
            application.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
            application.processEvents()
            times.setdefault(what, []).append(time.perf_counter() - began)
    shown = ", ".join(f"{w} {1e3 * statistics.median(t):.0f} ms" for w, t in times.items())
    print(f"filters, to the painted list: {shown}")
    heart.report("while filtering")
    library.grid.selectAll()  # type: ignore[attr-defined]
    turn_until(application, lambda: False, 0.2)
    heart.report("selecting all")
    context.actions["photo.stars.3"].trigger()
    turn_until(application, lambda: False, 1)
    heart.report("3 stars for all")
    context.project.undo_stack.undo()
    turn_until(application, lambda: False, 1)
    heart.report("undone")

    turn_until(application, lambda: False, FACES_S)
    known = sum(session.faces.of(one) is not None for one in session.photos.paths())
    print(f"faces: {known} photos in the {FACES_S:.0f} s that followed")
    heart.report("while faces were found")
    print(f"memory of all processes: {memory_mb():.0f} MB")
    began = time.perf_counter()
    session.open([folder])
    listed.clear()
    turn_until(application, lambda: bool(listed) and session.thumbnails.is_idle, 60)
    print(f"opened again: {time.perf_counter() - began:.1f} s until all is known")
    heart.report("while opening again")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak of the window's own process: {peak:.0f} MB")
    window.close()
    close_context(context)


# ---- slider -------------------------------------------------------------------------------------


def make_portrait(path: Path, megapixels: float) -> None:
    """A shipped portrait, enlarged."""
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QImage

    from engine.recipes import RESOURCES

    sample = QImage(str(RESOURCES / "samples" / "eileen_collins.png"))
    factor = (megapixels * 1e6 / (sample.width() * sample.height())) ** 0.5
    large = sample.scaledToWidth(
        round(sample.width() * factor), Qt.TransformationMode.SmoothTransformation
    )
    large.save(str(path), "JPEG", 93)  # type: ignore[call-overload]


def measure_slider(folder: Path, _photos: int) -> None:
    """Drag over each portrait."""
    from pixelsmile_desktop.app import close_context
    from pixelsmile_desktop.models.picture import SIZES_PX
    from pixelsmile_desktop.views.edit import EditView
    from pixelsmile_desktop.views.face_panel import FacePanel

    application, context, window = open_window()
    build_all(application, context, window)
    window.show_screen("edit")
    view, panel = window.page("edit"), window.panel("face").widget()
    assert isinstance(view, EditView)
    assert isinstance(panel, FacePanel)
    # As a screen of twice the pixels would have it: the largest size of the live preview.
    view.canvas.zoomed.connect(lambda: view.picture.need(SIZES_PX[-1]))
    for megapixels in MEGAPIXELS:
        photo = folder / f"portrait {megapixels} MP.jpg"
        since = time.perf_counter()
        wait_for(view.picture.before_changed, lambda photo=photo: context.session.show([photo]))
        plain_ms = 1e3 * (time.perf_counter() - since)
        turn_until(application, lambda: False, LOOK_S)
        since = time.perf_counter()
        slider = panel.row("happy").slider
        wait_for(view.picture.wish_shown, lambda slider=slider: slider.setValue(40))
        first_ms = 1e3 * (time.perf_counter() - since)
        turn_until(application, lambda: False, SETTLE_S)
        print(
            f"{megapixels} MP: plain picture {plain_ms:.0f} ms after opening, first move a second "
            f"later {first_ms:.0f} ms"
        )
        heart = Heart()
        times = drag(application, view, panel)
        after = view.picture.after
        size = f"{after.width()} × {after.height()}" if after is not None else "none"
        shown = ", ".join(
            f"{name} {1e3 * percentile(times, share):.0f} ms"
            for name, share in (("p50", 0.5), ("p95", 0.95), ("at most", 1))
        )
        print(f"{megapixels} MP, preview {size}: {len(times)} pictures of {MOVES} moves; {shown}")
        heart.report("while it moved")
    window.close()
    close_context(context)


def wait_for(signal: "SignalInstance", do: Callable[[], object]) -> None:
    """Do something and wait for a signal."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    signal.connect(loop.quit)
    QTimer.singleShot(0, do)
    loop.exec()


def drag(application: "QApplication", view: "EditView", panel: "FacePanel") -> list[float]:
    """Seconds from value to paint of each picture that was painted."""
    from PySide6.QtCore import QTimer

    slider = panel.row("happy").slider
    asked: dict[float, float] = {}
    pending: list[float] = []
    times: list[float] = []

    def painted() -> None:
        now = time.perf_counter()
        times.extend(now - since for since in pending)
        pending.clear()

    def shown(wish: object, *_: object) -> None:
        curves = wish.edit.faces[0].curves if wish.edit.faces else {}  # type: ignore[attr-defined]
        value = curves["happy"].at(0) if "happy" in curves else 0.0
        since = asked.pop(round(value, 4), None)
        if since is not None:
            pending.append(since)

    view.picture.wish_shown.connect(shown)
    view.canvas.painted.connect(painted)
    done = 0

    def move() -> None:
        nonlocal done
        done += 1
        # Up and down and up, never the same value twice in a row.
        value = 1 + abs((done * 3) % 290 - 145)
        asked[round(value / 100, 4)] = time.perf_counter()
        slider.setValue(value)
        if done >= MOVES:
            clock.stop()

    clock = QTimer(interval=round(1000 / HERTZ))
    clock.timeout.connect(move)
    clock.start()
    turn_until(application, lambda: done >= MOVES, 60)
    turn_until(application, lambda: False, SETTLE_S)
    view.picture.wish_shown.disconnect(shown)
    view.canvas.painted.disconnect(painted)
    return times


# ---- timeline -----------------------------------------------------------------------------------


def measure_timeline(_folder: Path, _photos: int) -> None:
    """A busy strip, repainted, dragged and scrubbed."""
    from pixelsmile_desktop.app import close_context

    _, context, window = open_window()
    grid = open_grid(context, FRAMES)
    print(f"{'ms':42}  median    p95       median    p95")
    measure_painting(grid, REPEATS)
    measure_scrubbing(REPEATS)
    grid.close()
    window.close()
    close_context(context)


def busy_edit(frames: int) -> "PhotoEdit":
    """Keys on every row and every fifth frame, with every easing."""
    from engine.recipes import Curve, FaceEdit, Keyframe, PhotoEdit, expressions
    from pixelsmile_desktop.models.keys import EASINGS

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


def open_grid(context: "Context", frames: int) -> "TimelineGrid":
    """A grid of 1440 × 400 with a busy strip."""
    from PySide6.QtWidgets import QApplication

    from engine.library import Timing, Version, VersionKey
    from engine.recipes import RESOURCES
    from pixelsmile_desktop.models.project import Change
    from pixelsmile_desktop.models.timeline import Timeline
    from pixelsmile_desktop.widgets.timeline_grid import TimelineGrid

    photo = RESOURCES / "samples" / "eileen_collins.png"
    context.session.show([photo])
    timeline = Timeline(context.session, context.session)
    grid = TimelineGrid(timeline, context.session)
    grid.resize(1440, 400)
    grid.show()
    version = Version(busy_edit(frames), Timing(frames))
    context.project.apply(Change("busy", {VersionKey(photo): version}))
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


def measure_painting(grid: "TimelineGrid", repeats: int) -> None:
    """Repaints to a picture and on screen, and the steps of a drag with all they set off."""
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtWidgets import QApplication

    from pixelsmile_desktop.models.timeline import ROWS, Timeline

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
    from PySide6.QtGui import QImage

    from engine.recipes import RESOURCES
    from pixelsmile_desktop.models.proxies import LONGEST_PX, ProxyKey, ProxyStore, blended

    path = RESOURCES / "samples" / "eileen_collins.png"
    store = ProxyStore()
    photo = QImage(str(path)).scaledToWidth(LONGEST_PX)
    keys = [ProxyKey(path, (number, 0), ()) for number in range(24)]
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


# ---- bus ----------------------------------------------------------------------------------------


def measure_bus(folder: Path, photos: int) -> None:
    """Ask small questions over a real accessibility bus while the window is at work."""
    from tests.helpers.desktop_user import DesktopUser, missing

    if lack := missing():
        sys.exit(f"This part needs more than is installed: {lack}.")
    portraits = sorted(folder.glob("portrait*"))
    with DesktopUser(folder / "home") as user:
        user.open(*portraits)
        assert user.sees("Happy", ["slider"], timeout_s=30)
        time.sleep(SETTLE_S * 2)
        tell_answers("idle", user.ask("answer_times", seconds=BUS_S))
        tell_answers(
            "while a slider moves", user.ask("answer_times", seconds=BUS_S, slider="Happy")
        )
        user.press("Add to queue")
        tell_answers("while the queue renders", user.ask("answer_times", seconds=BUS_S))
    with DesktopUser(folder / "other home") as user:
        user.open(folder / "shoot")
        assert user.sees("Photos", ["list"], timeout_s=30)
        seconds = BUS_S if photos < 1000 else photos / 250
        tell_answers(
            f"while {photos} thumbnails are made", user.ask("answer_times", seconds=seconds)
        )
        time.sleep(seconds)
        tell_answers(f"{photos} photos open", user.ask("answer_times", seconds=BUS_S))


def tell_answers(when: str, times_ms: list[float]) -> None:
    """One line."""
    p50, p95 = statistics.median(times_ms), percentile(times_ms, 0.95)
    print(
        f"{when}: {len(times_ms)} answers, p50 {p50:.1f} ms, p95 {p95:.1f} ms, at most "
        f"{max(times_ms):.0f} ms",
        flush=True,
    )


if __name__ == "__main__":
    main()
