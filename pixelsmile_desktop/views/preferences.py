"""Preferences: everything holds as soon as it is chosen; there is nothing to confirm."""

from pathlib import Path
from typing import Any, cast

import msgspec
from PySide6.QtCore import QLocale, QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QGroupBox,
    QLabel,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from engine.recipes import EditorName
from engine.recipes.generative import PrecisionName
from pixelsmile_desktop.context import Context
from pixelsmile_desktop.engine_link.commands import Command
from pixelsmile_desktop.language import languages
from pixelsmile_desktop.models.machine import PRECISIONS
from pixelsmile_desktop.models.training import looks_in, with_look
from pixelsmile_desktop.paths import OUTPUT_FOLDER, looks_folder
from pixelsmile_desktop.settings import ThemeName
from pixelsmile_desktop.theme import apply_theme
from pixelsmile_desktop.widgets.path_field import PathField

_MOST_WORKERS = 16
_REASON_LINES = 3


class PreferencesDialog(QDialog):
    """Not modal: a theme is best judged with the window beside it."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._command: Command | None = None
        self.setWindowTitle(self.tr("Preferences"))
        rows = QVBoxLayout(self)
        for box in (self._build_window(), self._build_editing(), self._build_output()):
            rows.addWidget(box)
        rows.addStretch(1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        rows.addWidget(buttons)
        self.resize(self.fontMetrics().horizontalAdvance("m") * 48, self.sizeHint().height())
        context.machine.changed.connect(self._show_reason)
        context.machine.look()
        self._show_reason()
        self._run(["models", "commercial-only", "--json"])

    def done(self, result: int) -> None:
        if self._command is not None:
            self._command.close()
            self._command = None
        super().done(result)

    # ---- how it is built ------------------------------------------------------------------------

    def _build_window(self) -> QGroupBox:
        box, form = self._box(self.tr("Window"))
        self._theme = self._choice({"dark": self.tr("Dark"), "light": self.tr("Light")}, "theme")
        self._theme.activated.connect(self._change_theme)
        self._add(form, self.tr("Theme"), self._theme)
        names = {"": self.tr("As the system")}
        names |= {code: _own_name(code) for code in languages()}
        self._language = self._choice(names, "language")
        self._language.activated.connect(self._change_language)
        self._add(form, self.tr("Language"), self._language)
        self._restart = QLabel(self.tr("The language changes with the next start."))
        self._restart.setVisible(False)
        form.addRow(self._restart)
        return box

    def _build_editing(self) -> QGroupBox:
        box, form = self._box(self.tr("Editing"))
        self._editor = self._choice(
            {
                "auto": self.tr("Automatic (instant)"),
                "instant": self.tr("Instant"),
                "pixelsmile": "PixelSmile",
            },
            "editor",
        )
        self._editor.activated.connect(
            lambda _: self._change(editor=cast(EditorName, self._editor.currentData()))
        )
        self._add(form, self.tr("Editor of new edits"), self._editor)
        model = self._context.preferences.current.model
        self._model = PathField(self.tr("PixelSmile's base model"))
        self._model.set_placeholder(self.tr("the installed Qwen-Image-Edit-2511"))
        self._model.set_path(model.path)
        self._model.changed.connect(self._change_model)
        form.addRow(self.tr("PixelSmile's base model"), self._model)
        self._look = QComboBox()
        self._look.setToolTip(self.tr("Looks of your own come from the screen Train."))
        self._look.addItem(self.tr("PixelSmile as published"), None)
        chosen = {one.path for one in model.loras}
        for look in looks_in(looks_folder()):
            self._look.addItem(look.name, look)
            if look.file in chosen:
                self._look.setCurrentIndex(self._look.count() - 1)
        self._look.activated.connect(self._change_look)
        self._add(form, self.tr("Look"), self._look)
        self._precision = QComboBox()
        for name in PRECISIONS:
            self._precision.addItem(self.tr("Automatic") if name == "auto" else name, name)
        self._precision.setCurrentIndex(max(self._precision.findData(model.precision), 0))
        self._precision.activated.connect(self._change_precision)
        self._add(form, self.tr("Precision"), self._precision)
        self._reason = QLabel()
        self._reason.setWordWrap(True)
        self._reason.setAlignment(Qt.AlignmentFlag.AlignTop)
        # It comes later, when the dialog has its size.
        self._reason.setMinimumHeight(_REASON_LINES * self.fontMetrics().lineSpacing())
        form.addRow(self._reason)
        self._commercial = QCheckBox(self.tr("Commercial use only"))
        self._commercial.setToolTip(
            self.tr("Refuses models whose licence forbids work for customers.")
        )
        self._commercial.toggled.connect(self._change_commercial)
        form.addRow(self._commercial)
        return box

    def _build_output(self) -> QGroupBox:
        box, form = self._box(self.tr("Output"))
        preferences = self._context.preferences.current
        self._folder = PathField(self.tr("Folder for the pictures"))
        text = self.tr("{name} beside each photo").format(name=OUTPUT_FOLDER)
        self._folder.set_placeholder(text)
        self._folder.set_path(preferences.output_folder)
        self._folder.changed.connect(self._change_folder)
        form.addRow(self.tr("Folder for the pictures"), self._folder)
        self._fault = QLabel("⚠ " + self.tr("The folder needs its whole path."))
        self._fault.setVisible(False)
        form.addRow(self._fault)
        self._workers = QSpinBox(minimum=1, maximum=_MOST_WORKERS, value=preferences.workers)
        self._workers.setToolTip(self.tr("PixelSmile takes one at a time in any case."))
        self._workers.valueChanged.connect(lambda number: self._change(workers=number))
        self._add(form, self.tr("Photos rendered at once"), self._workers)
        return box

    def _box(self, title: str) -> tuple[QGroupBox, QFormLayout]:
        box = QGroupBox(title)
        form = QFormLayout(box)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        return box, form

    def _add(self, form: QFormLayout, text: str, field: QWidget) -> None:
        field.setAccessibleName(text)
        form.addRow(text, field)

    def _choice(self, entries: dict[str, str], field: str) -> QComboBox:
        box = QComboBox()
        for data, text in entries.items():
            box.addItem(text, data)
        current = getattr(self._context.preferences.current, field)
        box.setCurrentIndex(max(box.findData(current), 0))
        return box

    # ---- what is chosen -------------------------------------------------------------------------

    def _change(self, **fields: Any) -> None:
        self._context.preferences.change(**fields)

    def _change_theme(self) -> None:
        theme = cast(ThemeName, self._theme.currentData())
        self._change(theme=theme)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            apply_theme(application, theme)

    def _change_language(self) -> None:
        self._change(language=self._language.currentData())
        self._restart.setVisible(True)

    def _change_model(self, path: str) -> None:
        model = self._context.preferences.current.model
        self._change(model=msgspec.structs.replace(model, path=path.strip()))

    def _change_look(self) -> None:
        model = self._context.preferences.current.model
        self._change(model=with_look(model, self._look.currentData(), looks_folder()))

    def _change_precision(self) -> None:
        precision = cast(PrecisionName, self._precision.currentData())
        model = self._context.preferences.current.model
        self._change(model=msgspec.structs.replace(model, precision=precision))
        self._show_reason()

    def _change_folder(self, path: str) -> None:
        is_whole = not path.strip() or Path(path.strip()).is_absolute()
        self._fault.setVisible(not is_whole)
        if is_whole:
            self._change(output_folder=path.strip())

    def _change_commercial(self, wanted: bool) -> None:
        self._run(["models", "commercial-only", "on" if wanted else "off", "--json"])

    def _run(self, words: list[str]) -> None:
        """Ask the command line about commercial use; its answer is what holds."""
        self._commercial.setEnabled(False)
        command = self._command = Command(words, self)
        command.row.connect(self._show_commercial)
        command.ended.connect(lambda code: self._end(command, code))
        command.start()

    def _show_commercial(self, row: dict[str, Any]) -> None:
        with QSignalBlocker(self._commercial):
            self._commercial.setChecked(bool(row.get("commercial_only")))

    def _end(self, command: Command, code: int) -> None:
        self._command = None
        self._commercial.setEnabled(True)
        if code:
            self._context.messages.say(command.error, "trouble", "\n".join(command.notes))
        elif command.notes:  # the environment comes before the setting
            self._context.messages.say(command.notes[-1])
        command.deleteLater()

    def _show_reason(self, *_: object) -> None:
        chosen = self._precision.currentData()
        self._reason.setText(self._context.machine.current.check(f"pixelsmile, {chosen}").detail)


def _own_name(code: str) -> str:
    """What a language calls itself, without a country."""
    return "English" if code == "en" else QLocale(code).nativeLanguageName() or code
