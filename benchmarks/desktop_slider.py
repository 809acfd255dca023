"""How soon the picture follows the slider: a real window (offscreen), a real worker.

    python benchmarks/desktop_slider.py [--moves 200] [--hertz 60] [--mp 12 24]

For portraits of 12 and 24 megapixels, previewed at 2048 pixels, it moves the slider `Happy` at
60 Hz and prints how long each picture took from the change of the value to the painted canvas, and
the longest stall of the window's event loop. Of values that are overtaken by later ones nothing is
painted; the share that was is printed. Goal: 95 % of the pictures within 50 ms.
"""

import argparse
import itertools
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import cv2
from PySide6.QtCore import QEventLoop, QObject, QTimer, SignalInstance
from PySide6.QtWidgets import QApplication

from engine.recipes import RESOURCES
from pixelsmile_desktop.app import build_context, close_context
from pixelsmile_desktop.context import Context
from pixelsmile_desktop.models.picture import SIZES_PX
from pixelsmile_desktop.theme import apply_theme
from pixelsmile_desktop.views.edit import EditView
from pixelsmile_desktop.views.face_panel import FacePanel

_LOOK_MS = 1000
_SETTLE_MS = 1500
_BEAT_MS = 5


def main() -> None:
    """Make the portraits, move the slider, print the figures."""
    parser = argparse.ArgumentParser(description="How soon the picture follows the slider.")
    parser.add_argument("--moves", type=int, default=200)
    parser.add_argument("--hertz", type=float, default=60)
    parser.add_argument("--mp", type=float, nargs="+", default=[12, 24])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HOME"] = os.environ["PIXELSMILE_LIBRARY"] = folder
        os.environ["PIXELSMILE_LIBRARY"] = f"{folder}/library.sqlite"
        for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
            os.environ.pop(name, None)
        application = QApplication([])
        apply_theme(application, "dark")
        parent = QObject()
        context = build_context(parent)
        view, panel = EditView(context), FacePanel(context)
        view.resize(1440, 900)
        view.show()
        panel.show()
        # As a screen of twice the pixels would have it: the largest size of the live preview.
        view.canvas.zoomed.connect(lambda: view.picture.need(SIZES_PX[-1]))
        for megapixels in options.mp:
            photo = _portrait(Path(folder), megapixels)
            plain_s, first_s = _open(context, view, panel, photo)
            print(
                f"{megapixels:g} MP: plain picture {plain_s * 1000:.0f} ms after opening, first "
                f"move a second later {first_s * 1000:.0f} ms"
            )
            times, asked, stall = _drag(view, panel, options.moves, options.hertz)
            _report(megapixels, view, times, asked, stall)
        view.close()
        close_context(context)


def _open(context: Context, view: EditView, panel: FacePanel, photo: Path) -> tuple[float, float]:
    """Seconds from opening to the plain picture, and from the first move to its picture."""
    since = time.perf_counter()
    _until(view.picture.before_changed, lambda: context.session.show([photo]))
    plain_s = time.perf_counter() - since
    _wait(_LOOK_MS)
    since = time.perf_counter()
    _until(view.picture.wish_shown, lambda: panel.row("happy").slider.setValue(40))
    first_s = time.perf_counter() - since
    _wait(_SETTLE_MS)
    return plain_s, first_s


def _until(signal: SignalInstance, do: Callable[[], object]) -> None:
    """Do something and wait for a signal."""
    loop = QEventLoop()
    signal.connect(loop.quit)
    QTimer.singleShot(0, do)
    loop.exec()


def _drag(
    view: EditView, panel: FacePanel, moves: int, hertz: float
) -> tuple[list[float], int, float]:
    """Seconds from value to paint of each picture that was painted; moves; the longest stall."""
    slider = panel.row("happy").slider
    asked: dict[float, float] = {}
    pending: list[float] = []
    times: list[float] = []
    beats = [time.perf_counter()]

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
    heart = QTimer(interval=_BEAT_MS)
    heart.timeout.connect(lambda: beats.append(time.perf_counter()))
    heart.start()
    loop, done = QEventLoop(), 0

    def move() -> None:
        nonlocal done
        done += 1
        # Up and down and up, never the same value twice in a row.
        value = 1 + abs((done * 3) % 290 - 145)
        asked[round(value / 100, 4)] = time.perf_counter()
        slider.setValue(value)
        if done >= moves:
            clock.stop()
            QTimer.singleShot(_SETTLE_MS, loop.quit)

    clock = QTimer(interval=round(1000 / hertz))
    clock.timeout.connect(move)
    clock.start()
    loop.exec()
    heart.stop()
    view.picture.wish_shown.disconnect(shown)
    view.canvas.painted.disconnect(painted)
    stall = max(b - a for a, b in itertools.pairwise(beats))
    return times, done, stall


def _report(
    megapixels: float, view: EditView, times: list[float], asked: int, stall: float
) -> None:
    after = view.picture.after
    size = f"{after.width()} × {after.height()}" if after is not None else "none"
    ms = sorted(one * 1000 for one in times)
    if not ms:
        print(f"{megapixels:g} MP: no picture came")
        return
    p95 = ms[min(len(ms) - 1, int(len(ms) * 0.95))]
    print(
        f"{megapixels:g} MP, preview {size}: {len(ms)} pictures of {asked} moves; "
        f"p50 {statistics.median(ms):.0f} ms, p95 {p95:.0f} ms, max {ms[-1]:.0f} ms; "
        f"longest stall {stall * 1000 - _BEAT_MS:.0f} ms"
    )


def _portrait(folder: Path, megapixels: float) -> Path:
    sample = cv2.imread(str(RESOURCES / "samples" / "eileen_collins.png"))
    assert sample is not None
    factor = (megapixels * 1e6 / (sample.shape[0] * sample.shape[1])) ** 0.5
    large = cv2.resize(sample, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    path = folder / f"portrait-{megapixels:g}mp.jpg"
    cv2.imwrite(str(path), large, [cv2.IMWRITE_JPEG_QUALITY, 93])
    return path


def _wait(ms: int) -> None:
    loop = QEventLoop()
    QTimer.singleShot(ms, loop.quit)
    loop.exec()


if __name__ == "__main__":
    main()
