"""The dialog that hands a strip to the queue: as what, by which editor, and where to."""

from dataclasses import dataclass, replace

import msgspec
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from engine.library import VersionKey, Wanted
from engine.recipes import EditorName, PhotoEdit
from pixelsmile_desktop.context import Context
from pixelsmile_desktop.models import keys
from pixelsmile_desktop.models.exporting import Exporter, ExportPlan, last_used, orders_of, plan_of
from pixelsmile_desktop.models.machine import Machine
from pixelsmile_desktop.widgets.path_field import PathField

_GIF_MAX_FPS = 50
_INSTANT_S = 0.15  # a frame of the instant editor at film size, on two cores
_START_S = 3.0  # a worker's start, the photo, its faces

_LONGEST_PX = {".gif": 1080, ".webp": 1080, ".apng": 1080, ".mp4": 1920, ".frames": 1920}
_SHEET_CELL_PX = 512


@dataclass(frozen=True)
class StripExport:
    """What the dialog was told.

    Attributes:
        suffix: of `engine.library.StripFile`.
        editor: who renders it.
        folder: where to; empty for the folder below that of the photo.
    """

    suffix: str
    editor: EditorName
    folder: str = ""


def plan_strip(context: Context, key: VersionKey, wanted: StripExport) -> ExportPlan:
    """The order for the queue."""
    ordered = orders_of(context, (key,), wanted.suffix)
    orders = tuple(
        replace(order, wanted=tuple(_by(one, wanted.editor) for one in order.wanted))
        for order in ordered.orders
    )
    preset = last_used(context.preferences.current)
    return plan_of(context, replace(ordered, orders=orders), preset, wanted.folder)


def _by(wanted: Wanted, editor: EditorName) -> Wanted:
    edit = msgspec.structs.replace(wanted.edit, editor=editor)
    return msgspec.structs.replace(wanted, edit=edit)


def renders(edit: PhotoEdit, frames: int) -> int:
    """How many different pictures of faces a strip needs; where nothing is asked for, none."""
    total = 0
    for face in edit.faces:
        values = (keys.sampled(curve, frames) for curve in face.curves.values())
        shown = {tuple(round(one, 4) for one in values) for values in zip(*values, strict=True)}
        total += sum(any(values) for values in shown)
    return total


def seconds(edit: PhotoEdit, frames: int, editor: EditorName, machine: Machine) -> float:
    """About how long a strip takes."""
    number = renders(edit, frames)
    if editor == "pixelsmile":
        return machine.seconds_for(edit.sampling, number)
    return _START_S + number * _INSTANT_S


def duration_text(seconds: float) -> str:
    """A time in round words: it is no more exact than that."""
    translate = QCoreApplication.translate
    if seconds < 50:
        number = max(5, round(seconds / 5) * 5)
        return translate("StripExportDialog", "about {number} s").format(number=number)
    if seconds < 50 * 60:
        number = max(1, round(seconds / 60))
        return translate("StripExportDialog", "about {number} min").format(number=number)
    number = f"{seconds / 3600:.2g}" if seconds < 36000 else f"{seconds / 3600:.0f}"
    return translate("StripExportDialog", "about {number} h").format(number=number)


class StripExportDialog(QDialog):
    """Format, editor, destination, and what it costs."""

    def __init__(
        self,
        context: Context,
        key: VersionKey,
        exporter: Exporter,
        machine: Machine,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._key = key
        self._exporter = exporter
        self._machine = machine
        self.setWindowTitle(self.tr("Export strip"))
        self._format = self._choice(self.tr("Format"), self._formats())
        self._editor = self._choice(
            self.tr("Editor"),
            ((self.tr("Instant"), "instant"), (self.tr("PixelSmile"), "pixelsmile")),
        )
        preferences = context.preferences.current
        self._folder = PathField(self.tr("Folder"), parent=self)
        self._folder.set_path(preferences.output_folder)
        self._folder.set_placeholder(self.tr("Beside the photo, in the folder PixelSmile"))
        self._facts = QLabel()
        self._facts.setWordWrap(True)
        self._facts.setAccessibleName(self.tr("What it takes"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._queue = buttons.addButton(
            self.tr("Add to queue"), QDialogButtonBox.ButtonRole.AcceptRole
        )
        buttons.accepted.connect(self._hand_over)
        buttons.rejected.connect(self.reject)
        form = QFormLayout()
        form.addRow(self.tr("Format"), self._format)
        form.addRow(self.tr("Editor"), self._editor)
        form.addRow(self.tr("Folder"), self._folder)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self._facts)
        layout.addStretch()
        layout.addWidget(buttons)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 70)
        version = context.project.version(key)
        self._format.setCurrentIndex(max(self._format.findData(preferences.strip_suffix), 0))
        self._editor.setCurrentIndex(1 if version.edit.editor == "pixelsmile" else 0)
        for box in (self._format, self._editor):
            box.currentIndexChanged.connect(lambda _index: self._tell())
        self._tell()

    @property
    def chosen(self) -> StripExport:
        """What is chosen now."""
        editor: EditorName = "pixelsmile" if self._editor.currentIndex() else "instant"
        return StripExport(self._format.currentData(), editor, self._folder.path)

    def _formats(self) -> tuple[tuple[str, str], ...]:
        return (
            (self.tr("GIF"), ".gif"),
            (self.tr("WebP"), ".webp"),
            (self.tr("APNG"), ".apng"),
            (self.tr("MP4 film"), ".mp4"),
            (self.tr("Frames, a folder of PNG files"), ".frames"),
            (self.tr("Contact sheet, one PNG"), ".png"),
        )

    def _choice(self, name: str, choices: tuple[tuple[str, str], ...]) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(name)
        for text, data in choices:
            box.addItem(text, data)
        return box

    def _tell(self) -> None:
        version, chosen = self._context.project.version(self._key), self.chosen
        frames, fps = version.timing.frames, version.timing.fps
        number = renders(version.edit, frames)
        lines = [
            self.tr("{frames} frames, {seconds} s at {fps} frames a second.").format(
                frames=frames, seconds=f"{frames / fps:.1f}", fps=f"{fps:g}"
            ),
            self._size_text(chosen.suffix),
        ]
        if chosen.editor == "pixelsmile" and not self._machine.is_known:
            lines.append(self.tr("Renders: {number}.").format(number=number))
        else:
            time = duration_text(seconds(version.edit, frames, chosen.editor, self._machine))
            lines.append(
                self.tr("Renders: {number}, {time} for each face.").format(number=number, time=time)
            )
        refusal = self._refusal(chosen)
        lines += [refusal] if refusal else []
        self._facts.setText("\n".join(lines))
        self._queue.setEnabled(not refusal)

    def _size_text(self, suffix: str) -> str:
        if suffix == ".png":
            return self.tr("Each frame up to {pixels} pixels.").format(pixels=_SHEET_CELL_PX)
        return self.tr("The longer side up to {pixels} pixels.").format(pixels=_LONGEST_PX[suffix])

    def _refusal(self, chosen: StripExport) -> str:
        """Why it cannot be made so; empty when it can."""
        version = self._context.project.version(self._key)
        if version.timing.frames < 2:
            return self.tr("This is a still: give it more than one frame first.")
        if not version.is_edited:
            return self.tr("Nothing is edited: set a key above 0 % first.")
        if chosen.suffix == ".gif" and version.timing.fps > _GIF_MAX_FPS:
            return self.tr("A GIF shows at most 50 frames a second: lower the rate or take WebP.")
        if chosen.editor == "pixelsmile" and self._machine.is_known:
            lacks = self._machine.lacks
            return (
                self.tr("PixelSmile cannot run here: {reason}").format(reason=lacks)
                if lacks
                else ""
            )
        return ""

    def _hand_over(self) -> None:
        chosen = self.chosen
        self._context.preferences.change(strip_suffix=chosen.suffix)
        self._exporter.hand_over(plan_strip(self._context, self._key, chosen))
        self.accept()
