"""About the program, and the licences of all that is in it."""

import importlib.metadata
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QTabWidget,
    QTextBrowser,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

import engine
from engine.recipes import RESOURCES
from pixelsmile_desktop.details import system_details
from pixelsmile_desktop.engine_link.background import Background

_OWN = "pixelsmile-desktop"
_LONGEST = 60


@dataclass(frozen=True)
class Package:
    """A package that the program may load; an empty licence is one that it does not name."""

    name: str
    version: str
    licence: str


@dataclass(frozen=True)
class Notices:
    """What is told of others' work."""

    packages: tuple[Package, ...]
    models: str
    samples: str


def read_notices() -> Notices:
    """All of it; reads many small files, so for a thread. Raises OSError."""
    models = (RESOURCES / "models" / "NOTICE.md").read_text(encoding="utf-8")
    samples = (RESOURCES / "samples" / "CREDITS.md").read_text(encoding="utf-8")
    found: dict[str, Package] = {}
    for one in importlib.metadata.distributions():
        name = one.metadata["Name"]
        if name and name.lower() != _OWN:
            found.setdefault(name.lower(), Package(name, one.version, _licence(one)))
    packages = tuple(found[name] for name in sorted(found))
    return Notices(packages, models, samples)


def _licence(package: importlib.metadata.Distribution) -> str:
    about = package.metadata
    for field in ("License-Expression", "License"):
        named = about[field].strip().partition("\n")[0] if field in about else ""
        if named and len(named) <= _LONGEST and named != "UNKNOWN":
            return named
    classes = [
        one.rpartition(" :: ")[2]
        for one in about.get_all("Classifier") or ()
        if one.startswith("License ::")
    ]
    return ", ".join(classes)


class AboutDialog(QDialog):
    """Three pages: the program, models and samples, packages."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("About PixelSmile Desktop"))
        self._disk = Background(self)
        tabs = QTabWidget()
        tabs.setAccessibleName(self.tr("About and licences"))
        tabs.addTab(self._build_program(), self.tr("Program"))
        self._notices = QTextBrowser()
        self._notices.setOpenExternalLinks(True)
        self._notices.setAccessibleName(self.tr("Models and samples"))
        tabs.addTab(self._notices, self.tr("Models and samples"))
        self._packages = QTreeWidget()
        self._packages.setAccessibleName(self.tr("Packages"))
        self._packages.setRootIsDecorated(False)
        self._packages.setHeaderLabels([self.tr("Package"), self.tr("Version"), self.tr("Licence")])
        mode = QHeaderView.ResizeMode
        for column, how in enumerate((mode.ResizeToContents, mode.ResizeToContents, mode.Stretch)):
            self._packages.header().setSectionResizeMode(column, how)
        tabs.addTab(self._packages, self.tr("Packages"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = buttons.addButton(self.tr("Copy details"), QDialogButtonBox.ButtonRole.ActionRole)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(system_details()))
        copy.setAutoDefault(False)
        buttons.button(QDialogButtonBox.StandardButton.Close).setDefault(True)
        buttons.rejected.connect(self.reject)
        rows = QVBoxLayout(self)
        rows.addWidget(tabs, 1)
        rows.addWidget(buttons)
        em = self.fontMetrics().horizontalAdvance("m")
        self.resize(em * 56, em * 38)
        self._disk.do(read_notices, self._show_notices)

    def done(self, result: int) -> None:
        self._disk.forget()
        super().done(result)

    def _build_program(self) -> QLabel:
        text = QLabel(
            f"<h2>PixelSmile Desktop {engine.__version__}</h2>"
            + "".join(f"<p>{one}</p>" for one in self._sentences())
            + f"<pre>{system_details()}</pre>"
        )
        text.setTextFormat(Qt.TextFormat.RichText)
        text.setWordWrap(True)
        text.setMargin(self.fontMetrics().height())
        text.setAlignment(Qt.AlignmentFlag.AlignTop)
        text.setOpenExternalLinks(True)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        text.setAccessibleName(self.tr("About the program"))
        return text

    def _sentences(self) -> tuple[str, ...]:
        return (
            self.tr("Edits facial expressions in portraits. Originals are never written."),
            self.tr("Copyright 2026 the PixelSmile Desktop maintainers. Apache License 2.0."),
            self.tr(
                "The window is made with Qt and PySide6, which are used under the GNU Lesser "
                "General Public License version 3: they lie beside this program as libraries of "
                "their own, and you may replace them with other builds."
            ),
            self.tr("ffmpeg, exiftool and heif-enc are called where they are installed."),
        )

    def _show_notices(self, notices: Notices) -> None:
        self._notices.setMarkdown(f"{notices.models}\n\n{notices.samples}")
        for package in notices.packages:
            licence = package.licence or self.tr("not named; see its files")
            QTreeWidgetItem(self._packages, [package.name, package.version, licence])
