"""How the window behaves with a large shoot.

    python benchmarks/desktop.py [library] [--photos 5000]

Makes photos of 1.9 MP (fifty different ones, the rest are links to them, all decoded), opens them
in the real window with a library and settings of its own, and prints: seconds and CPU seconds to
the first window, thumbnails a second, how long the event loop stood still (a timer that should beat
every 5 ms), memory of all processes, and the times to filter and to scroll from end to end.
Without a display the window is drawn into memory.
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
from collections.abc import Callable
from pathlib import Path

BEAT_MS = 5
DIFFERENT = 50
FACES_S = 15.0

_STARTED, _STARTED_CPU = time.perf_counter(), time.process_time()


def main() -> None:
    """Make the photos, then measure in a process of its own."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("part", nargs="?", choices=["library"], default="library")
    parser.add_argument("--photos", type=int, default=5000)
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside is not None:
        measure_library(options.inside, options.photos)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "shoot"
        home = Path(name) / "home"
        home.mkdir()
        make_photos(folder, options.photos)
        environment = {k: v for k, v in os.environ.items() if not k.startswith("XDG_")}
        environment["HOME"] = str(home)
        environment.pop("PIXELSMILE_LIBRARY", None)
        if not (environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")):
            environment["QT_QPA_PLATFORM"] = "offscreen"
        command = [sys.executable, __file__, "--photos", str(options.photos)]
        subprocess.run([*command, "--inside", str(folder)], env=environment, check=True)


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


def measure_library(folder: Path, number: int) -> None:
    """Open the folder in the real window; prints as it goes."""
    from PySide6.QtCore import QEvent
    from PySide6.QtWidgets import QApplication

    from pixelsmile_desktop.app import build_context, close_context
    from pixelsmile_desktop.models.photo_filter import ALL, Filters
    from pixelsmile_desktop.theme import apply_theme
    from pixelsmile_desktop.views.main_window import MainWindow

    application = QApplication(sys.argv[:1])
    context = build_context(application)
    apply_theme(application, "dark")
    window = MainWindow(context)
    window.show()
    application.processEvents()
    seconds, cpu = time.perf_counter() - _STARTED, time.process_time() - _STARTED_CPU
    print(f"first window: {seconds:.2f} s, {cpu:.2f} s of CPU", flush=True)
    loaded = {"torch", "cv2", "numpy", "PIL"} & set(sys.modules)
    assert not loaded, loaded
    window.build_rest()
    turn_until(application, lambda: False, 1.5)

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


if __name__ == "__main__":
    main()
