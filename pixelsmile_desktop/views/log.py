"""The log viewer: the end of what the window and its workers have written, for whoever asks."""

import os
from pathlib import Path

from PySide6.QtCore import QTimer, QUrl
from PySide6.QtGui import QDesktopServices, QFontDatabase, QGuiApplication, QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from pixelsmile_desktop import paths
from pixelsmile_desktop.details import system_details, without_home
from pixelsmile_desktop.engine_link.background import Background

_END_BYTES = 200_000
_LOOK_MS = 1_000


def log_end(path: Path, most_bytes: int = _END_BYTES) -> str:
    """The last lines of a log, without the user's name; empty when there is none."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(size - most_bytes, 0))
            text = file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return ""
    if size > most_bytes:  # the first line is a part of one
        text = text.partition("\n")[2]
    return without_home(text)


class LogDialog(QDialog):
    """Not modal; it follows the file while it is open."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Log"))
        self._text = ""
        self._disk = Background(self)
        self._disk.failed.connect(self._take)
        self._files = QComboBox()
        self._files.setAccessibleName(self.tr("Log of"))
        self._files.addItem(self.tr("The window"), paths.log_file())
        self._files.addItem(self.tr("The preview"), paths.worker_log())
        self._files.addItem(
            self.tr("The queue and the command line"), paths.log_file().with_name("pixelsmile.log")
        )
        self._files.currentIndexChanged.connect(self._read)
        self._filter = QLineEdit()
        self._filter.setAccessibleName(self.tr("Filter lines"))
        self._filter.setPlaceholderText(self.tr("Filter lines"))
        self._filter.setClearButtonEnabled(True)
        self._filter.textChanged.connect(self._show_text)
        self._view = QPlainTextEdit(readOnly=True)
        self._view.setAccessibleName(self.tr("Log"))
        self._view.setTabChangesFocus(True)
        self._view.setPlaceholderText(self.tr("Nothing is written here yet."))
        self._view.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._view.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        copy = QPushButton(self.tr("Copy"))
        copy.clicked.connect(self._copy)
        folder = QPushButton(self.tr("Open folder"))
        folder.clicked.connect(self._open_folder)
        close = QPushButton(self.tr("Close"))
        close.clicked.connect(self.close)
        top = QHBoxLayout()
        label = QLabel(self.tr("&Log of"))
        label.setBuddy(self._files)
        top.addWidget(label)
        top.addWidget(self._files)
        top.addWidget(self._filter, 1)
        bottom = QHBoxLayout()
        for button in (copy, folder):
            button.setAutoDefault(False)
            bottom.addWidget(button)
        bottom.addStretch(1)
        bottom.addWidget(close)
        rows = QVBoxLayout(self)
        rows.addLayout(top)
        rows.addWidget(self._view, 1)
        rows.addLayout(bottom)
        em = self.fontMetrics().horizontalAdvance("m")
        self.resize(em * 70, em * 42)
        self._timer = QTimer(self, interval=_LOOK_MS)
        self._timer.timeout.connect(self._read)

    def showEvent(self, event: QShowEvent) -> None:
        self._read()
        self._timer.start()
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()
        self._disk.forget()
        super().hideEvent(event)

    def _read(self, *_: object) -> None:
        path: Path = self._files.currentData()
        self._disk.do(lambda: log_end(path), self._take)

    def _take(self, text: str) -> None:
        if text != self._text:
            self._text = text
            self._show_text()

    def _show_text(self, *_: object) -> None:
        wanted = self._filter.text().casefold()
        lines = [one for one in self._text.splitlines() if wanted in one.casefold()]
        bar = self._view.verticalScrollBar()
        is_at_end, place = bar.value() >= bar.maximum() - 2, bar.value()
        self._view.setPlainText("\n".join(lines))
        bar.setValue(bar.maximum() if is_at_end else place)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(f"{system_details()}\n\n{self._view.toPlainText()}")

    def _open_folder(self) -> None:
        path: Path = self._files.currentData()
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))
