"""A path that can be typed, or chosen in a dialog that holds nothing up."""

from typing import Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QPushButton, QWidget

Wanted = Literal["folder", "file"]


class PathField(QWidget):
    """A line and a button beside it."""

    changed = Signal(str)

    def __init__(
        self, name: str, wanted: Wanted = "folder", filter: str = "", parent: QWidget | None = None
    ) -> None:
        """`name`: what the path is, for screen readers; `filter`: of files, as Qt writes it."""
        super().__init__(parent)
        self._name, self._wanted, self._filter = name, wanted, filter
        self._line = QLineEdit(self)
        self._line.setAccessibleName(name)
        self._line.textChanged.connect(self.changed)
        self._button = QPushButton(self.tr("Choose…"), self)
        self._button.setAccessibleName(f"{self.tr('Choose…')} {name}")
        self._button.clicked.connect(self._choose)
        self._button.setAutoDefault(False)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._line, 1)
        row.addWidget(self._button)
        self.setFocusProxy(self._line)

    @property
    def path(self) -> str:
        """What stands in the line."""
        return self._line.text().strip()

    def set_path(self, path: str) -> None:
        """Put a path into the line."""
        self._line.setText(path)

    def set_placeholder(self, text: str) -> None:
        """What is shown while the line is empty."""
        self._line.setPlaceholderText(text)

    def _choose(self) -> None:
        dialog = QFileDialog(self, self._name, self.path, self._filter)
        mode = QFileDialog.FileMode
        dialog.setFileMode(mode.Directory if self._wanted == "folder" else mode.ExistingFile)
        dialog.fileSelected.connect(self.set_path)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
