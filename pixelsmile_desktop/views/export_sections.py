"""The parts of the export dialog: the file, its name, its place, its metadata and signature."""

from datetime import date
from typing import cast

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QRadioButton,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.library import STRIP_SUFFIXES
from engine.recipes import ColourProfile, Consent, Export, ExportPreset, OutputFormat, Stripped
from engine.recipes.naming import PLAIN_TEMPLATE, Collision, TemplateError, check_template
from pixelsmile_desktop.paths import OUTPUT_FOLDER
from pixelsmile_desktop.widgets.path_field import PathField

_SMALLEST_PX = 16
_LARGEST_PX = 65_500
_LOSSY = ("source", "jpeg", "webp", "avif", "heic")


class Section(QGroupBox):
    """A titled form whose changes are told of together."""

    changed = Signal()

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self.setAccessibleName(title)
        self.form = QFormLayout(self)
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)

    def add(self, text: str, field: QWidget) -> None:
        """Add a row; its text names the field."""
        field.setAccessibleName(text)
        self.form.addRow(text, field)

    def tell(self, *_: object) -> None:
        """Say that something has changed."""
        self.changed.emit()


class FileSection(Section):
    """Format, depth, colours, size, quality."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setTitle(self.tr("File"))
        self.setAccessibleName(self.tr("File"))
        self._format = choice(
            {
                "source": self.tr("As the photo"),
                "jpeg": "JPEG",
                "png": "PNG",
                "tiff": "TIFF",
                "webp": "WebP",
                "avif": "AVIF",
                "heic": "HEIC",
            }
        )
        self._depth = choice(
            {"": self.tr("As the photo"), "8": self.tr("8 bits"), "16": self.tr("16 bits")}
        )
        self._depth.setToolTip(self.tr("Only TIFF lets you choose; other formats take what fits."))
        self._profile = choice(
            {
                "source": self.tr("As the photo"),
                "srgb": "sRGB",
                "display-p3": "Display P3",
                "adobe-rgb": "Adobe RGB",
                "prophoto": "ProPhoto RGB",
            }
        )
        self._size = QSpinBox(maximum=_LARGEST_PX, singleStep=256, suffix=" px")
        self._size.setSpecialValueText(self.tr("Full size"))
        self._size.setToolTip(self.tr("A smaller photo is not enlarged."))
        self._quality = QSpinBox(maximum=100, singleStep=5)
        self._quality.setSpecialValueText(self.tr("As the photo"))
        self._strips = choice(
            {
                ".gif": "GIF",
                ".webp": "WebP",
                ".apng": "APNG",
                ".mp4": "MP4",
                ".png": self.tr("Contact sheet"),
                ".frames": self.tr("Folder of frames"),
            }
        )
        self.add(self.tr("Format"), self._format)
        self.add(self.tr("Depth"), self._depth)
        self.add(self.tr("Colour profile"), self._profile)
        self.add(self.tr("Longer side at most"), self._size)
        self.add(self.tr("Quality"), self._quality)
        self.add(self.tr("Strips as"), self._strips)
        for box in (self._format, self._depth, self._profile, self._strips):
            box.currentIndexChanged.connect(self.tell)
        for spin in (self._size, self._quality):
            spin.valueChanged.connect(self.tell)
        self._format.currentIndexChanged.connect(self._enable)
        self._enable()

    @property
    def format(self) -> OutputFormat:
        """The format with its depth."""
        chosen = self._format.currentData()
        if chosen == "tiff":
            chosen += self._depth.currentData()
        return cast(OutputFormat, chosen)

    @property
    def strip_suffix(self) -> str:
        """What strips are written as."""
        return str(self._strips.currentData())

    def export(self) -> Export:
        """The part of an export that is chosen here."""
        size, quality = self._size.value(), self._quality.value()
        return Export(
            profile=cast(ColourProfile, self._profile.currentData()),
            longest_px=max(size, _SMALLEST_PX) if size else 0,
            quality=quality if self._quality.isEnabled() else 0,
        )

    def show_preset(self, preset: ExportPreset) -> None:
        """Show what a preset says."""
        is_tiff = preset.format.startswith("tiff")
        select(self._format, "tiff" if is_tiff else preset.format)
        select(self._depth, preset.format.removeprefix("tiff") if is_tiff else "")
        select(self._profile, preset.export.profile)
        self._size.setValue(preset.export.longest_px)
        self._quality.setValue(preset.export.quality)

    def show_strips(self, suffix: str, is_needed: bool) -> None:
        """Show what strips are written as, where any photo is one."""
        select(self._strips, suffix if suffix in STRIP_SUFFIXES else ".gif")
        self.form.setRowVisible(self._strips, is_needed)

    def _enable(self) -> None:
        self._depth.setEnabled(self._format.currentData() == "tiff")
        self._quality.setEnabled(self._format.currentData() in _LOSSY)


class NameSection(Section):
    """The template of names and the rule where a name is taken."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setTitle(self.tr("Names"))
        self.setAccessibleName(self.tr("Names"))
        self._template = QLineEdit()
        self._template.setPlaceholderText(PLAIN_TEMPLATE)
        self._template.textChanged.connect(self.tell)
        insert = QToolButton()
        insert.setText(self.tr("Insert"))
        insert.setAccessibleName(self.tr("Insert a token"))
        insert.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(insert)
        for token, meaning in (
            ("{name}", self.tr("the photo's name")),
            ("{expression}", self.tr("what it shows")),
            ("{scale}", self.tr("how strongly")),
            ("{seq:4}", self.tr("a running number of four digits")),
            ("{date}", self.tr("when it was taken")),
            ("{folder}", self.tr("the photo's folder")),
            ("{person}", self.tr("who is in it")),
            ("{ext}", self.tr("the suffix")),
        ):
            action = menu.addAction(f"{token}   {meaning}")
            action.triggered.connect(lambda _, token=token: self._insert(token))
        insert.setMenu(menu)
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self._template, 1)
        line.addWidget(insert)
        self.add(self.tr("Template"), row)
        self._template.setAccessibleName(self.tr("Template of names"))
        row.setFocusProxy(self._template)
        self._collision = choice(
            {
                "number": self.tr("Add a number"),
                "skip": self.tr("Leave the file, make none"),
                "overwrite": self.tr("Replace the file"),
            }
        )
        self._collision.currentIndexChanged.connect(self.tell)
        self.add(self.tr("If a name is taken"), self._collision)

    @property
    def template(self) -> str:
        """The template; empty for the usual names."""
        return self._template.text().strip()

    @property
    def fault(self) -> str:
        """What is wrong with the template; empty when nothing is."""
        try:
            check_template(self.template or PLAIN_TEMPLATE)
        except TemplateError as error:
            return str(error)
        return ""

    @property
    def collision(self) -> Collision:
        """What happens to a picture whose name is taken."""
        return cast(Collision, self._collision.currentData())

    def show_preset(self, preset: ExportPreset) -> None:
        """Show what a preset says."""
        self._template.setText(preset.template)
        select(self._collision, preset.collision)

    def _insert(self, token: str) -> None:
        if not self._template.text():  # the usual names are what is added to
            self._template.setText(PLAIN_TEMPLATE)
        self._template.insert(token)
        self._template.setFocus()


class PlaceSection(Section):
    """Below each photo's folder, or one folder for all."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setTitle(self.tr("Place"))
        self.setAccessibleName(self.tr("Place"))
        self._below = QRadioButton(
            self.tr("Folder {name} beside each photo").format(name=OUTPUT_FOLDER)
        )
        self._one = QRadioButton(self.tr("One folder"))
        self._folder = PathField(self.tr("Folder for the pictures"))
        rows = QVBoxLayout()
        for widget in (self._below, self._one, self._folder):
            rows.addWidget(widget)
        self.form.addRow(rows)
        self._one.toggled.connect(self._folder.setEnabled)
        self._one.toggled.connect(self.tell)
        self._folder.changed.connect(self.tell)

    @property
    def folder(self) -> str:
        """The folder; empty for one beside each photo."""
        return self._folder.path if self._one.isChecked() else ""

    @property
    def fault(self) -> str:
        """Why the folder cannot be one; empty when it can."""
        if not self._one.isChecked():
            return ""
        if not self._folder.path:
            return self.tr("Choose a folder for the pictures.")
        if not self._folder.path.startswith(("/", "\\\\")) and self._folder.path[1:2] != ":":
            return self.tr("The folder needs its whole path.")
        return ""

    def show_folder(self, folder: str) -> None:
        """Show where pictures go."""
        self._folder.set_path(folder)
        (self._one if folder else self._below).setChecked(True)
        self._folder.setEnabled(bool(folder))


class RightsSection(Section):
    """Metadata, provenance, the sidecar with who agreed to what, the signature."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setTitle(self.tr("Metadata and provenance"))
        self.setAccessibleName(self.tr("Metadata and provenance"))
        self._stripped = choice(
            {
                "nothing": self.tr("Keep"),
                "gps": self.tr("Leave out the place"),
                "all": self.tr("Leave out everything"),
            }
        )
        self._stripped.currentIndexChanged.connect(self.tell)
        self.add(self.tr("Metadata"), self._stripped)
        label = QLabel(
            self.tr("Every picture says in its metadata that it was edited. This always stays.")
        )
        label.setWordWrap(True)
        self.form.addRow(label)
        self._sidecar = QCheckBox(self.tr("Keep the recipe beside each photo (sidecar)"))
        self.form.addRow(self._sidecar)
        self._subject, self._note, self._date = QLineEdit(), QLineEdit(), QLineEdit()
        self._subject.setPlaceholderText(self.tr("a name, or that of the shoot"))
        self._note.setPlaceholderText(self.tr("what was agreed, and how"))
        self._date.setPlaceholderText(self.tr("YYYY-MM-DD"))
        self.add(self.tr("Consent of"), self._subject)
        self.add(self.tr("What was agreed"), self._note)
        self.add(self.tr("Agreed on"), self._date)
        pem = self.tr("PEM files (*.pem *.crt *.key);;All files (*)")
        self._certificate = PathField(self.tr("Certificate (C2PA)"), "file", pem)
        self._key = PathField(self.tr("Key of the certificate"), "file", pem)
        self._certificate.set_placeholder(self.tr("not signed"))
        self.form.addRow(self.tr("Certificate (C2PA)"), self._certificate)
        self.form.addRow(self.tr("Key of the certificate"), self._key)
        self._sidecar.toggled.connect(self._enable)
        for line in (self._subject, self._note, self._date):
            line.textChanged.connect(self.tell)
        for path in (self._certificate, self._key):
            path.changed.connect(self.tell)
        self._enable()

    @property
    def fault(self) -> str:
        """What is wrong; empty when nothing is."""
        if bool(self._certificate.path) != bool(self._key.path):
            return self.tr("Signing needs both a certificate and its key.")
        is_asked = self._sidecar.isChecked()
        if is_asked and not self._subject.text().strip() and self._note.text().strip():
            return self.tr("Say whose consent it is, or empty what was agreed.")
        if is_asked and self._date.text().strip():
            try:
                date.fromisoformat(self._date.text().strip())
            except ValueError:
                return self.tr("A date is written as YYYY-MM-DD, such as 2026-05-31.")
        return ""

    def complete(self, export: Export) -> Export:
        """The export with what is chosen here; only without a `fault`."""
        subject = self._subject.text().strip()
        consents: tuple[Consent, ...] = ()
        if self._sidecar.isChecked() and subject:
            consents = (Consent(subject, self._note.text().strip(), self._date.text().strip()),)
        return msgspec.structs.replace(
            export,
            strip_metadata=cast(Stripped, self._stripped.currentData()),
            sidecar=self._sidecar.isChecked(),
            consents=consents,
            certificate=self._certificate.path,
            key=self._key.path,
        )

    def show_preset(self, preset: ExportPreset) -> None:
        """Show what a preset says."""
        select(self._stripped, preset.export.strip_metadata)
        self._sidecar.setChecked(preset.export.sidecar)
        self._certificate.set_path(preset.export.certificate)
        self._key.set_path(preset.export.key)

    def _enable(self) -> None:
        for line in (self._subject, self._note, self._date):
            self.form.setRowVisible(line, self._sidecar.isChecked())
        self.tell()


def choice(entries: dict[str, str]) -> QComboBox:
    """A list to choose from: data and what is shown."""
    box = QComboBox()
    for data, text in entries.items():
        box.addItem(text, data)
    return box


def select(box: QComboBox, data: str) -> None:
    """Choose the entry with that data, the first where there is none."""
    box.setCurrentIndex(max(box.findData(data), 0))
