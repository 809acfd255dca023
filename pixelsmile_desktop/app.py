"""Builds the window and what stands behind it, and connects everything; nothing else does."""

import argparse
import logging
import signal
import sys
from collections.abc import Sequence
from logging.handlers import RotatingFileHandler
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, Qt, QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

import engine
from engine.client import WorkerClient
from engine.recipes import RESOURCES, Intensities, PhotoEdit, still
from pixelsmile_desktop import paths
from pixelsmile_desktop.actions import Actions
from pixelsmile_desktop.context import Context
from pixelsmile_desktop.crash import Faults, RunMarker
from pixelsmile_desktop.engine_link.catalogue import CatalogueLink
from pixelsmile_desktop.engine_link.preview import PreviewFeed, Wish
from pixelsmile_desktop.engine_link.queue_process import QueueProcess, queue_command
from pixelsmile_desktop.engine_link.worker import WorkerLink
from pixelsmile_desktop.language import set_language
from pixelsmile_desktop.messages import Messages
from pixelsmile_desktop.models.faces import Faces
from pixelsmile_desktop.models.machine import MachineLink
from pixelsmile_desktop.models.people import People
from pixelsmile_desktop.models.project import Project
from pixelsmile_desktop.models.queue import Queue
from pixelsmile_desktop.models.session import Session
from pixelsmile_desktop.models.thumbnails import Thumbnails
from pixelsmile_desktop.settings import PreferencesFile
from pixelsmile_desktop.theme import apply_theme
from pixelsmile_desktop.views.main_window import MainWindow
from pixelsmile_desktop.work_state import FILE_NAME, load_work, save_work

translate = QCoreApplication.translate

_SIGNALS_LOOK_MS = 200
_WORK_MS = 2_000
_TURN_S = 0.0005
_SAMPLE, _SAMPLE_PX = RESOURCES / "samples" / "grace_hopper.jpg", 512


def main(arguments: Sequence[str] | None = None) -> None:
    """`pixelsmile-desktop [FOLDER|PHOTO…]`."""
    options = _parse(arguments)
    favour_the_window()
    _log_to_file()
    application = QApplication([sys.argv[0]])
    application.setApplicationName("PixelSmile Desktop")
    application.setApplicationVersion(engine.__version__)
    application.setDesktopFileName("pixelsmile-desktop")
    application.setWindowIcon(QIcon(str(RESOURCES / "icons" / "pixelsmile.png")))
    context = build_context(application)
    set_language(application, context.preferences.current.language)
    apply_theme(application, context.preferences.current.theme)
    faults = Faults(context.messages, application)
    faults.install()
    marker = RunMarker(paths.settings_file().parent)
    has_crashed = marker.begin()
    window = MainWindow(context)
    work = WorkFile(paths.settings_file().with_name(FILE_NAME), window, application)
    window.show()
    # Opened once the window stands: reading a folder of thousands must not hold it up.
    wanted = [Path(one) for one in options.paths]
    QTimer.singleShot(0, lambda: begin(context, window, work, wanted, has_crashed))
    QTimer.singleShot(0, window.build_rest)
    _leave_on_signals(application, window)
    code = application.exec()
    work.save()
    close_context(context)
    marker.end()
    faults.uninstall()
    sys.exit(code)


def favour_the_window() -> None:
    """Have threads that compute hand over the interpreter after half a millisecond.

    The window's thread asks for it whenever Qt calls Python, many times in a repaint. With Python's
    usual 5 ms each, it would stand still for tenths of a second while photos are listed.
    """
    sys.setswitchinterval(_TURN_S)


def begin(
    context: Context,
    window: MainWindow,
    work: "WorkFile",
    wanted: Sequence[Path],
    has_crashed: bool,
) -> None:
    """Open what is wanted, or after a crash what was open then."""
    before = work.before
    context.machine.look()
    paths.sweep_buffers()
    warm_up(context, window)
    if not wanted and has_crashed and before is not None and before.paths:
        context.messages.say(
            translate("Application", "PixelSmile was not closed properly; here is what was open."),
            "quiet",
        )
        window.open_paths(before.paths)
        window.show_screen(before.screen)
        if (key := before.key) is not None:
            context.session.listed.connect(
                lambda _: context.session.select(key), Qt.ConnectionType.SingleShotConnection
            )
    elif wanted:
        window.open_paths(wanted)
    else:
        window.guide.begin()


def warm_up(context: Context, parent: QObject) -> None:
    """Have the preview worker load what it needs, so that the first photo does not wait for it."""
    edit = PhotoEdit((still(Intensities({"happy": 0.5})),), "instant")
    feed = PreviewFeed(context.worker, parent, background=True)
    feed.show(Wish(_SAMPLE, edit, longest_px=_SAMPLE_PX))


class WorkFile(QObject):
    """Keeps where the user is, soon after it changes."""

    def __init__(self, path: Path, window: MainWindow, parent: QObject) -> None:
        super().__init__(parent)
        self.before = load_work(path)
        self._path = path
        self._window = window
        # Only while something changes: a file that is written again and again wakes disks.
        self._last = self.before
        timer = QTimer(self, interval=_WORK_MS)
        timer.timeout.connect(self.save)
        timer.start()

    def save(self) -> None:
        """Write it if it has changed."""
        now = self._window.work_state()
        if now != self._last:
            self._last = now
            save_work(self._path, now)


def build_context(parent: QObject) -> Context:
    """All that the screens share."""
    preferences = PreferencesFile(paths.settings_file(), parent)
    messages = Messages(parent)
    catalogue = CatalogueLink(parent=parent)
    catalogue.failed.connect(lambda text: messages.say(text, "trouble"))
    worker = WorkerLink(WorkerClient(log=paths.worker_log()), parent)
    worker.restarted.connect(
        lambda reason: messages.say(
            translate("Application", "The preview was restarted: {reason}.").format(reason=reason),
            "quiet",
        )
    )
    project = Project(catalogue, parent)
    faces = Faces(catalogue, worker, parent)
    people = People(catalogue, faces, parent)
    thumbnails = Thumbnails(catalogue, worker, parent)
    session = Session(project, faces, people, thumbnails, parent)
    queue = Queue(
        catalogue, QueueProcess(queue_command(preferences.current.workers), parent), parent
    )
    queue.refused.connect(lambda text: messages.say(text, "trouble"))
    queue.process.restarted.connect(
        lambda reason: messages.say(
            translate("Application", "The queue was restarted: {reason}.").format(reason=reason),
            "quiet",
        )
    )
    queue.process.worker_lost.connect(
        lambda photo, reason: messages.say(
            translate("Application", "{photo}: {reason}; it is done again.").format(
                photo=photo.name, reason=reason.split(" (")[0]
            ),
            "quiet",
        )
    )
    queue.process.gave_up.connect(
        lambda reason: messages.say(
            translate("Application", "The queue stopped: {reason}. Resume tries again.").format(
                reason=reason
            ),
            "trouble",
        )
    )
    queue.jobs_changed.connect(lambda: session.photos.set_job_states(queue.jobs.photo_states()))
    machine = MachineLink(paths.cache_folder() / "machine.json", parent)
    return Context(
        preferences,
        messages,
        Actions(parent),
        catalogue,
        worker,
        project,
        faces,
        session,
        machine,
        queue,
    )


def close_context(context: Context) -> None:
    """Save what is under way and end what was started."""
    context.project.save()
    context.queue.close()
    context.machine.close()
    # The worker first: it might write into a buffer that the session has removed.
    context.worker.close()
    context.session.close()
    context.catalogue.close()


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="pixelsmile-desktop", description="Edit facial expressions in portraits."
    )
    parser.add_argument("paths", nargs="*", metavar="FOLDER|PHOTO", help="what to open")
    parser.add_argument("--version", action="version", version=engine.__version__)
    return parser.parse_args(arguments)


def _log_to_file() -> None:
    file = paths.log_file()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = RotatingFileHandler(file, maxBytes=1_000_000, backupCount=2)
    except OSError:
        handler = logging.StreamHandler()
    logging.basicConfig(
        level=logging.INFO, handlers=[handler], format="%(asctime)s %(name)s: %(message)s"
    )


def _leave_on_signals(application: QApplication, window: MainWindow) -> None:
    """Ctrl-C and SIGTERM close the window as the user would."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: window.close())
    # Python hears signals only when it runs; Qt's loop alone would not let it.
    timer = QTimer(application, interval=_SIGNALS_LOOK_MS)
    timer.timeout.connect(lambda: None)
    timer.start()
