"""The Models screen: what is there, what it may be used for, how to get it, how it is run."""

from collections.abc import Callable
from typing import cast

import msgspec
from PySide6.QtCore import QCoreApplication, QSignalBlocker, Qt
from PySide6.QtGui import QFont, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFormLayout,
    QGroupBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMessageBox,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from engine.recipes.generative import PrecisionName
from pixelsmile_desktop.context import Context
from pixelsmile_desktop.models.machine import PRECISIONS, Machine
from pixelsmile_desktop.models.model_files import Activity, ModelFile, ModelFiles
from pixelsmile_desktop.models.words import resource_text
from pixelsmile_desktop.widgets.byte_size import size_text
from pixelsmile_desktop.widgets.time_text import duration_text

_NAME = Qt.ItemDataRole.UserRole
_STEPS = 1000  # of a progress bar: bytes of large models are more than it can count


class ModelsView(QWidget):
    """Models in a list, the chosen one's details and commands beside it."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.files = ModelFiles(context.messages, self)
        self._rows: dict[str, QTreeWidgetItem] = {}
        rows = QVBoxLayout(self)
        rows.addWidget(self._build_machine())
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self._build_list())
        self._details = ModelDetails(self.files)
        split.addWidget(self._details)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        split.setChildrenCollapsible(False)
        rows.addWidget(split, 1)
        self.files.listed.connect(self._show_list)
        self.files.progressed.connect(self._show_progress)
        self.files.changed_on_disk.connect(context.machine.look_again)
        context.machine.changed.connect(self._show_machine)
        if (application := QCoreApplication.instance()) is not None:
            application.aboutToQuit.connect(self.close_files)
        self._show_machine(context.machine.current)
        self._is_read = False

    def showEvent(self, event: QShowEvent) -> None:
        """Read the list when the screen is first seen: it costs a process."""
        if not self._is_read:
            self._is_read = True
            self.files.refresh()
            self._context.machine.look()
        super().showEvent(event)

    def close_files(self) -> None:
        """End downloads; they go on where they stopped when asked again."""
        self.files.close()

    # ---- how it is built ------------------------------------------------------------------------

    def _build_machine(self) -> QGroupBox:
        box = QGroupBox(self.tr("This machine"))
        form = QFormLayout(box)
        self._machine = QLabel()
        self._machine.setWordWrap(True)
        again = QPushButton(self.tr("Check again"))
        again.clicked.connect(self._check_again)
        line = QHBoxLayout()
        line.addWidget(self._machine, 1)
        line.addWidget(again)
        form.addRow(line)
        self._precision = QComboBox()
        self._precision.setAccessibleName(self.tr("Precision"))
        for name in PRECISIONS:
            text = self.tr("Automatic") if name == "auto" else name
            self._precision.addItem(text, name)
        chosen = self._context.preferences.current.model.precision
        self._precision.setCurrentIndex(max(self._precision.findData(chosen), 0))
        self._precision.activated.connect(self._choose_precision)
        self._reason = QLabel()
        self._reason.setWordWrap(True)
        policy = self._reason.sizePolicy()
        policy.setHorizontalPolicy(QSizePolicy.Policy.Expanding)
        self._reason.setSizePolicy(policy)
        row = QHBoxLayout()
        row.addWidget(self._precision)
        row.addWidget(self._reason, 1)
        form.addRow(self.tr("Precision"), row)
        self._commercial = QCheckBox(self.tr("Commercial use only"))
        self._commercial.setToolTip(
            self.tr("Refuses models whose licence forbids work for customers.")
        )
        self._commercial.toggled.connect(self.files.set_commercial_only)
        form.addRow(self._commercial)
        return box

    def _build_list(self) -> QTreeWidget:
        self._list = QTreeWidget()
        self._list.setAccessibleName(self.tr("Models"))
        self._list.setRootIsDecorated(False)
        self._list.setUniformRowHeights(True)
        self._list.setAlternatingRowColors(True)
        self._list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self._list.setHeaderLabels(
            [self.tr("Model"), self.tr("State"), self.tr("Size"), self.tr("Licence"),
             self.tr("Commercial")]
        )  # fmt: skip
        header = self._list.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(self.fontMetrics().horizontalAdvance("m") * 6)
        self._list.currentItemChanged.connect(lambda item, _: self._show_details(item))
        waiting = QTreeWidgetItem(self._list, [self.tr("The list is being read …")])
        waiting.setFirstColumnSpanned(True)
        waiting.setFlags(Qt.ItemFlag.ItemIsEnabled)
        return self._list

    # ---- what is shown --------------------------------------------------------------------------

    def _show_list(self) -> None:
        current = self._list.currentItem()
        chosen = "" if current is None else current.data(0, _NAME)
        with QSignalBlocker(self._commercial):
            self._commercial.setChecked(self.files.commercial_only)
        self._rows.clear()
        self._list.clear()
        for model in self.files.models:
            item = QTreeWidgetItem(self._list)
            item.setData(0, _NAME, model.name)
            item.setTextAlignment(2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self._rows[model.name] = item
            self._show_row(model)
        chosen_row = self._rows.get(chosen) or self._first_downloadable()
        if chosen_row is not None:
            self._list.setCurrentItem(chosen_row)

    def _first_downloadable(self) -> QTreeWidgetItem | None:
        name = next((one.name for one in self.files.models if not one.is_shipped), "")
        return self._rows.get(name)

    def _show_row(self, model: ModelFile) -> None:
        item = self._rows[model.name]
        texts = (
            _sentence(model.title),
            self._state_of(model),
            size_text(model.size_bytes) if model.size_bytes else "",
            model.licence,
            self._use_of(model),
        )
        for column, text in enumerate(texts):
            item.setText(column, text)
            item.setToolTip(column, text)

    def _state_of(self, model: ModelFile) -> str:
        activity = self.files.activity(model.name)
        if activity is not None:
            return activity_text(activity)
        if model.is_shipped and model.state == "installed":
            return self.tr("comes with the program")
        texts = {
            "installed": self.tr("installed"),
            "partial": self.tr("paused"),
            "absent": self.tr("not installed"),
            "damaged": self.tr("damaged"),
            "missing": self.tr("missing"),
        }
        return texts[model.state]

    def _use_of(self, model: ModelFile) -> str:
        if not model.commercial:
            return self.tr("no") if model.allowed else self.tr("no: not allowed here")
        return self.tr("yes")

    def _show_details(self, item: QTreeWidgetItem | None) -> None:
        if item is not None:
            self._details.show_model(self.files.model(item.data(0, _NAME) or ""))

    def _show_progress(self, name: str) -> None:
        model = self.files.model(name)
        if model is not None and name in self._rows:
            self._show_row(model)
            if self._list.currentItem() is self._rows[name]:
                self._details.show_model(model)

    def _show_machine(self, machine: Machine) -> None:
        if not machine.is_known:
            self._machine.setText(self.tr("The machine is being looked at …"))
            return
        if machine.can_run_pixelsmile:
            text = self.tr("{device}, {memory} GB: both editors run here.")
        elif machine.has_room and machine.missing_models:
            text = self.tr(
                "{device}, {memory} GB: the instant editor runs here; PixelSmile does once its "
                "models are installed: {models}."
            )
        else:
            text = self.tr(
                "{device}, {memory} GB: the instant editor runs here. PixelSmile: {why}."
            )
        self._machine.setText(
            text.format(
                device=machine.device_name,
                memory=f"{machine.memory_gb:.0f}",
                models=", ".join(machine.missing_models),
                why=machine.lacks or self.tr("not available"),
            )
        )
        self._show_reason()

    def _show_reason(self) -> None:
        machine, chosen = self._context.machine.current, self._precision.currentData()
        self._reason.setText(machine.check(f"pixelsmile, {chosen}").detail)

    # ---- what is done ---------------------------------------------------------------------------

    def _check_again(self) -> None:
        self._machine.setText(self.tr("The machine is being looked at …"))
        self._context.machine.look_again()
        self.files.refresh()

    def _choose_precision(self) -> None:
        preferences = self._context.preferences
        precision = cast(PrecisionName, self._precision.currentData())
        model = msgspec.structs.replace(preferences.current.model, precision=precision)
        preferences.change(model=model)
        self._show_reason()


class ModelDetails(QWidget):
    """One model: what it is, what it may be used for, and what can be done with it."""

    def __init__(self, files: ModelFiles, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._files = files
        self._name = ""
        self._title = QLabel()
        font = QFont(self._title.font())
        font.setBold(True)
        self._title.setFont(font)
        self._text = QLabel()
        self._text.setTextFormat(Qt.TextFormat.RichText)
        self._text.setOpenExternalLinks(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        self._text.setAccessibleName(self.tr("About the model"))
        for label in (self._title, self._text):
            label.setWordWrap(True)
        self._accept = QCheckBox()
        self._accept.toggled.connect(self._enable)
        self._bar = QProgressBar(maximum=_STEPS)
        self._bar.setAccessibleName(self.tr("Progress"))
        self._left = QLabel()
        self._get = self._button(self.tr("Download"), lambda: files.get(self._name))
        self._pause = self._button(self.tr("Pause"), lambda: files.pause(self._name))
        self._import = self._button(self.tr("Import from a folder…"), self._choose_folder)
        self._verify = self._button(self.tr("Verify"), lambda: files.verify(self._name))
        self._remove = self._button(self.tr("Remove…"), self._ask_removal)
        rows = QVBoxLayout(self)
        for widget in (self._title, self._text, self._accept, self._bar, self._left):
            rows.addWidget(widget)
        for pair in ((self._get, self._pause), (self._verify, self._remove), (self._import,)):
            line = QHBoxLayout()
            for button in pair:
                line.addWidget(button)
            rows.addLayout(line)
        rows.addStretch(1)
        self.show_model(None)

    def show_model(self, model: ModelFile | None) -> None:
        """Show one; None for none."""
        name = "" if model is None else model.name
        if name != self._name:
            self._accept.setChecked(False)
        self._name = name
        for child in self.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            child.setVisible(model is not None)
        if model is None:
            return
        self._title.setText(_sentence(model.title))
        self._text.setText(self._about(model))
        self._accept.setText(self.tr("I accept the licence {name}").format(name=model.licence))
        self._show_activity(self._files.activity(name))
        self._enable()

    def _about(self, model: ModelFile) -> str:
        lines = [_escaped(_sentence(model.purpose))]
        if model.needed_by:
            needed = _escaped(", ".join(resource_text(one) for one in model.needed_by))
            lines.append(self.tr("Needed by: {parts}").format(parts=needed))
        licence = _escaped(model.licence)
        if model.licence_url:
            licence = f'<a href="{_escaped(model.licence_url)}">{licence}</a>'
        lines.append(self.tr("Licence: {name}").format(name=licence))
        if model.use:
            lines.append(_escaped(_sentence(model.use)))
        if not model.allowed:
            lines.append(self.tr("Not allowed here, because only commercial use is."))
        if model.state == "partial":
            arrived = size_text(model.arrived_bytes)
            lines.append(self.tr("{size} have arrived and are kept.").format(size=arrived))
        if model.is_shipped and model.state != "installed":
            lines.append(self.tr("Install the program again."))
        if model.path:
            lines.append(_escaped(model.path))
        return "".join(f"<p>{line}</p>" for line in lines)

    def _show_activity(self, activity: Activity | None) -> None:
        self._bar.setVisible(activity is not None)
        self._left.setVisible(activity is not None)
        if activity is None:
            return
        total = activity.total_bytes
        self._bar.setMaximum(_STEPS if total else 0)  # 0 shows that it is busy
        self._bar.setValue(round(_STEPS * activity.done_bytes / total) if total else 0)
        self._left.setText(activity_text(activity))

    def _enable(self) -> None:
        model = self._files.model(self._name)
        if model is None:
            return
        activity = self._files.activity(model.name)
        is_there, is_partial = model.state in ("installed", "damaged"), model.state == "partial"
        can_come = not model.is_shipped and not is_there
        # Whoever began has accepted the licence already.
        agreed = model.allowed and (self._accept.isChecked() or is_partial)
        self._accept.setVisible(can_come and not is_partial and activity is None)
        self._accept.setEnabled(model.allowed)
        self._get.setText(self.tr("Resume") if is_partial else self.tr("Download"))
        self._show_button(self._get, can_come and model.way == "get" and activity is None, agreed)
        can_pause = activity is not None and activity.doing in ("get", "import", "verify")
        self._pause.setText(self.tr("Pause") if activity and activity.doing == "get"
                            else self.tr("Stop"))  # fmt: skip
        self._show_button(self._pause, can_pause, True)
        self._show_button(self._import, can_come and activity is None, agreed)
        is_idle = activity is None
        self._show_button(self._verify, is_there and not model.is_shipped and is_idle, True)
        removable = (is_there or is_partial) and not model.is_shipped and is_idle
        self._show_button(self._remove, removable, True)

    def _show_button(self, button: QPushButton, is_shown: bool, is_enabled: bool) -> None:
        button.setVisible(is_shown)
        button.setEnabled(is_enabled)
        hint = self.tr("Accept the licence first.")
        button.setToolTip("" if is_enabled else hint)

    def _button(self, text: str, do: Callable[[], None]) -> QPushButton:
        button = QPushButton(text)
        button.clicked.connect(lambda _: do())
        return button

    def _choose_folder(self) -> None:
        dialog = QFileDialog(self, self.tr("Folder with the model's files"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        name = self._name
        dialog.fileSelected.connect(lambda folder: self._files.import_from(name, folder))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _ask_removal(self) -> None:
        name = self._name
        box = QMessageBox(self)
        box.setWindowTitle(self.tr("Remove a model"))
        box.setText(self.tr("Remove {name}? It has to be downloaded again.").format(name=name))
        remove = box.addButton(self.tr("Remove"), QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        remove.clicked.connect(lambda: self._files.remove(name))
        box.finished.connect(box.deleteLater)
        box.open()


def activity_text(activity: Activity) -> str:
    """What is being done and how far it is, in words."""
    translate = QCoreApplication.translate
    verbs = {
        "get": translate("ModelDetails", "downloading"),
        "import": translate("ModelDetails", "importing"),
        "verify": translate("ModelDetails", "checking"),
        "remove": translate("ModelDetails", "removing"),
    }
    text = verbs[activity.doing]
    if activity.total_bytes:
        text = translate("ModelDetails", "{what}, {done} of {total}").format(
            what=text, done=size_text(activity.done_bytes), total=size_text(activity.total_bytes)
        )
    if activity.left_s is not None:
        left = duration_text(activity.left_s)
        text = translate("ModelDetails", "{what}, {time} left").format(what=text, time=left)
    return text


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def _sentence(text: str) -> str:
    said = resource_text(text)
    return said[:1].upper() + said[1:]
