"""The screens by name: what stands in the middle and which panels stand around it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QT_TRANSLATE_NOOP
from PySide6.QtWidgets import QWidget

from pixelsmile_desktop.context import Context

PanelName = Literal["folders", "face", "timelines", "filmstrip", "jobs"]


@dataclass(frozen=True)
class Screen:
    """One screen of the window.

    Attributes:
        name: for code and settings.
        title: what the user reads, in English; `MainWindow` translates it.
        keys: its shortcut.
        page: the page in the middle; screens with the same page share its widget.
        panels: what is open around it unless the user says otherwise.
    """

    name: str
    title: str
    keys: str
    page: str
    panels: frozenset[PanelName] = frozenset()


SCREENS = (
    Screen(
        "library",
        str(QT_TRANSLATE_NOOP("MainWindow", "Library")),
        "G",
        "library",
        frozenset({"folders", "face"}),
    ),
    Screen(
        "edit",
        str(QT_TRANSLATE_NOOP("MainWindow", "Edit")),
        "D",
        "edit",
        frozenset({"face", "filmstrip"}),
    ),
    Screen(
        "strip",
        str(QT_TRANSLATE_NOOP("MainWindow", "Strip")),
        "Ctrl+3",
        "edit",
        frozenset({"face", "timelines"}),
    ),
    Screen("queue", str(QT_TRANSLATE_NOOP("MainWindow", "Queue")), "Ctrl+4", "queue"),
    Screen("review", str(QT_TRANSLATE_NOOP("MainWindow", "Review")), "Ctrl+5", "review"),
    Screen("models", str(QT_TRANSLATE_NOOP("MainWindow", "Models")), "Ctrl+6", "models"),
    Screen("train", str(QT_TRANSLATE_NOOP("MainWindow", "Train")), "Ctrl+7", "train"),
)


VIEW_MODULES = tuple(
    f"pixelsmile_desktop.views.{name}"
    for name in ("edit", "timelines", "queue", "review", "models", "filmstrip")
)
"""What the makers below import after the start."""


def page_makers() -> dict[str, Callable[[Context], QWidget]]:
    """What builds each page, on the first visit: most of them are not needed at the start."""

    def library(context: Context) -> QWidget:
        from pixelsmile_desktop.views.library import LibraryView

        return LibraryView(context)

    def edit(context: Context) -> QWidget:
        from pixelsmile_desktop.views.edit import EditView

        return EditView(context)

    def queue(context: Context) -> QWidget:
        from pixelsmile_desktop.views.queue import QueueView

        return QueueView(context)

    def review(context: Context) -> QWidget:
        from pixelsmile_desktop.views.review import ReviewView

        return ReviewView(context)

    def models(context: Context) -> QWidget:
        from pixelsmile_desktop.views.models import ModelsView

        return ModelsView(context)

    def train(context: Context) -> QWidget:
        from pixelsmile_desktop.views.train import TrainView

        return TrainView(context)

    return {
        "library": library,
        "edit": edit,
        "queue": queue,
        "review": review,
        "models": models,
        "train": train,
    }


def panel_makers() -> dict[PanelName, Callable[[Context], QWidget]]:
    """What builds each panel, when it is first open."""

    def folders(context: Context) -> QWidget:
        from pixelsmile_desktop.views.library import LibraryPanel

        return LibraryPanel(context)

    def face(context: Context) -> QWidget:
        from pixelsmile_desktop.views.face_panel import FacePanel

        return FacePanel(context)

    def timelines(context: Context) -> QWidget:
        from pixelsmile_desktop.views.timelines import TimelinePanel

        return TimelinePanel(context)

    def filmstrip(context: Context) -> QWidget:
        from pixelsmile_desktop.views.filmstrip import Filmstrip

        return Filmstrip(context)

    def jobs(context: Context) -> QWidget:
        from pixelsmile_desktop.views.queue import QueueView

        return QueueView(context)

    return {
        "folders": folders,
        "face": face,
        "timelines": timelines,
        "filmstrip": filmstrip,
        "jobs": jobs,
    }
