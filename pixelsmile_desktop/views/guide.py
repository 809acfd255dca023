"""The first-run guide: what this machine can do, and a portrait to try it on. It blocks nothing."""

from functools import cache

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QPalette
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.library import VersionKey
from engine.recipes import RESOURCES
from pixelsmile_desktop.context import Context
from pixelsmile_desktop.models.editing import with_intensity
from pixelsmile_desktop.models.machine import Machine
from pixelsmile_desktop.widgets.byte_size import size_text
from pixelsmile_desktop.widgets.time_text import duration_text

SAMPLE = RESOURCES / "samples" / "grace_hopper.jpg"
_HAPPY = 0.6
_EDITOR = "editor pixelsmile"
_FIRST_LONG = 2  # columns from here on may break their lines


class Guide(QFrame):
    """A banner above the screens; once closed it is not shown again unless asked for."""

    screen_wanted = Signal(str)
    """The name of a screen that shall be shown."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.AlternateBase)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAccessibleName(self.tr("Welcome"))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._build()
        context.machine.changed.connect(self._show_machine)
        self.setVisible(False)

    def begin(self) -> None:
        """Show it if it is new to this user."""
        if not self._context.preferences.current.is_guided:
            self.open_again()

    def open_again(self) -> None:
        """Show it; the machine is looked at in the background."""
        self.setVisible(True)
        self._show_machine(self._context.machine.current)
        self._context.machine.look()

    def _build(self) -> None:
        title = QLabel(self.tr("Welcome. Your photos stay as they are and stay on this machine."))
        font = QFont(title.font())
        font.setBold(True)
        title.setFont(font)
        title.setWordWrap(True)
        close = QToolButton()
        close.setText("✕")
        close.setAutoRaise(True)
        close.setAccessibleName(self.tr("Close the welcome"))
        close.setToolTip(self.tr("Close; it can be opened again from the Help menu."))
        close.clicked.connect(self._close)
        head = QHBoxLayout()
        head.addWidget(title, 1)
        head.addWidget(close)
        self._machine = QLabel()
        self._machine.setWordWrap(True)
        self._table = QGridLayout()
        self._table.setHorizontalSpacing(self.fontMetrics().horizontalAdvance("mm"))
        self._cells: dict[tuple[int, int], QLabel] = {}
        self._table.setColumnStretch(4, 1)
        sample = QPushButton(self.tr("Edit the sample portrait"))
        sample.clicked.connect(self._edit_sample)
        models = QPushButton(self.tr("Show the models"))
        models.clicked.connect(lambda: self.screen_wanted.emit("models"))
        buttons = QHBoxLayout()
        buttons.addWidget(sample)
        buttons.addWidget(models)
        buttons.addStretch(1)
        rows = QVBoxLayout(self)
        rows.addLayout(head)
        rows.addWidget(self._machine)
        rows.addLayout(self._table)
        rows.addLayout(buttons)

    def _show_machine(self, machine: Machine) -> None:
        self._fill(
            (self.tr("Editor"), self.tr("Download"), self.tr("A picture takes"),
             self.tr("Licence"), self.tr("Here")),
            (self.tr("Instant"), self.tr("none"), self.tr("a moment"), "Apache-2.0",
             self.tr("ready")),
            ("PixelSmile", size_text(download_bytes()), self._pixelsmile_time(machine),
             self.tr("Apache-2.0, commercial use too"), self._pixelsmile_state(machine)),
        )  # fmt: skip
        if not machine.is_known:
            self._machine.setText(self.tr("This machine is being looked at …"))
            return
        memory = f"{machine.memory_gb:.0f}"
        text = self.tr("This machine: {device}, {memory} GB of memory.")
        self._machine.setText(text.format(device=machine.device_name, memory=memory))

    def _pixelsmile_time(self, machine: Machine) -> str:
        if not machine.is_known:
            return "…"
        seconds = machine.seconds_for(self._context.preferences.current.sampling)
        return self.tr("about {time}").format(time=duration_text(_rounded(seconds)))

    def _pixelsmile_state(self, machine: Machine) -> str:
        if not machine.is_known:
            return "…"
        if machine.can_run_pixelsmile:
            return self.tr("ready, {precision}").format(precision=machine.precision)
        if machine.has_room and machine.missing_models:
            return self.tr("after the download, {precision}").format(precision=machine.precision)
        return machine.lacks or self.tr("not available")

    def _fill(self, *rows: tuple[str, ...]) -> None:
        for row, texts in enumerate(rows):
            for column, text in enumerate(texts):
                label = self._cells.get((row, column))
                if label is None:
                    label = self._cells[row, column] = QLabel()
                    label.setWordWrap(column >= _FIRST_LONG)
                    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                    if row == 0:
                        label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
                    self._table.addWidget(label, row, column)
                label.setText(text)

    def _edit_sample(self) -> None:
        """Open the portrait where it is; a smile shows at once."""
        session, project = self._context.session, self._context.project
        key = VersionKey(SAMPLE)
        session.show([SAMPLE], [])
        edit = with_intensity(project.version(key).edit, "all", "happy", _HAPPY)
        project.edit(self.tr("Happy"), {key: edit})
        self.screen_wanted.emit("edit")

    def _close(self) -> None:
        self._context.preferences.change(is_guided=True)
        self.setVisible(False)


@cache
def download_bytes() -> int:
    """What the PixelSmile editor needs besides the program, by the catalogue of models."""
    table = msgspec.json.decode((RESOURCES / "weights.json").read_bytes())
    files = (
        file
        for model in table["models"]
        if _EDITOR in model["needed_by"]
        for file in model["files"]
    )
    return sum(file.get("size_bytes", 0) for file in files)


def _rounded(seconds: float) -> float:
    """An estimate with no more precision than it has."""
    step = 5 if seconds < 60 else 60 if seconds < 1200 else 600 if seconds < 7200 else 3600
    return max(round(seconds / step), 1) * step
