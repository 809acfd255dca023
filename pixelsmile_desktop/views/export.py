"""The export dialog: what is exported, how, under which names and where to; then the queue."""

import msgspec
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGroupBox,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QListWidget,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from engine.library import Order, VersionKey
from engine.recipes import ExportPreset
from engine.recipes.naming import planned_ext
from pixelsmile_desktop.context import Context
from pixelsmile_desktop.models.exporting import (
    Check,
    Chosen,
    Exporter,
    ExportPlan,
    Ordered,
    PlannedName,
    Preview,
    check_of,
    chosen_keys,
    last_used,
    orders_of,
    plan_of,
    presets,
    preview_of,
    without_consents,
)
from pixelsmile_desktop.views.export_sections import (
    FileSection,
    NameSection,
    PlaceSection,
    RightsSection,
)
from pixelsmile_desktop.widgets.byte_size import size_text

PREVIEWED = 200
"""Names that are shown before the queue has them all."""

_SETTLED_MS = 120  # after the last key, before names are asked for
_LAST_USED = ""


class ExportDialog(QDialog):
    """Asks how pictures are to be made and hands the plan to the queue."""

    planned = Signal(object)
    """With the `ExportPlan` that was handed over."""

    def __init__(self, context: Context, exporter: Exporter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context, self._exporter = context, exporter
        self.setWindowTitle(self.tr("Export"))
        self.setModal(True)
        exporter.facts.read.connect(self._ask_for_names)
        self._ordered: dict[tuple[int, str], Ordered] = {}
        self._plan = plan_of(context, Ordered(), ExportPreset(""), "")
        self._check = Check()
        self._preview = Preview()
        self._asked = 0
        self._settled = QTimer(self, singleShot=True, interval=_SETTLED_MS)
        self._settled.timeout.connect(self._look)
        self._build()
        self._show_last_used()
        self._look()

    @property
    def plan(self) -> ExportPlan:
        """What would be exported now."""
        return self._plan

    def accept(self) -> None:
        """Remember the settings and hand the plan over; the dialog closes at once."""
        self._look()
        if self._fault():
            return
        preset = self._shown()
        self._context.preferences.change(
            format=preset.format,
            export=without_consents(preset.export),
            template=preset.template,
            collision=preset.collision,
            output_folder=self._place.folder,
            strip_suffix=self._file.strip_suffix,
        )
        self._exporter.hand_over(self._plan)
        self.planned.emit(self._plan)
        super().accept()

    def done(self, result: int) -> None:
        self._settled.stop()
        self._asked += 1
        self._exporter.disk.forget()
        super().done(result)

    # ---- how it is built ------------------------------------------------------------------------

    def _build(self) -> None:
        self._file, self._names = FileSection(), NameSection()
        self._place, self._rights = PlaceSection(), RightsSection()
        form = QWidget()
        sections = QVBoxLayout(form)
        sections.addWidget(self._build_photos())
        sections.addLayout(self._build_presets())
        for section in (self._file, self._names, self._place, self._rights):
            sections.addWidget(section)
            section.changed.connect(lambda: self._settled.start())
            section.changed.connect(self._enable)
        sections.addStretch(1)
        scroll = QScrollArea()
        scroll.setAccessibleName(self.tr("Settings"))
        scroll.setWidget(form)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        bar = scroll.verticalScrollBar().sizeHint().width()
        scroll.setMinimumWidth(form.minimumSizeHint().width() + bar)
        columns = QHBoxLayout()
        columns.addWidget(scroll, 3)
        columns.addWidget(self._build_outlook(), 2)
        rows = QVBoxLayout(self)
        rows.addLayout(columns, 1)
        rows.addWidget(self._build_buttons())
        em = self.fontMetrics().horizontalAdvance("m")
        self.resize(em * 80, em * 52)

    def _build_photos(self) -> QGroupBox:
        box = QGroupBox(self.tr("Photos"))
        row = QHBoxLayout(box)
        self._chosen = QButtonGroup(self)
        texts: dict[Chosen, str] = {
            "selected": self.tr("Selected ({number})"),
            "edited": self.tr("All edited ({number})"),
            "picked": self.tr("All picked ({number})"),
        }
        self._keys: dict[str, tuple[VersionKey, ...]] = {}
        for number, (chosen, text) in enumerate(texts.items()):
            keys = self._keys[chosen] = chosen_keys(self._context, chosen)
            button = QRadioButton(text.format(number=len(keys)))
            button.setEnabled(bool(keys))
            self._chosen.addButton(button, number)
            row.addWidget(button)
        first = next((b for b in self._chosen.buttons() if b.isEnabled()), self._chosen.button(0))
        first.setChecked(True)
        row.addStretch(1)
        self._chosen.idToggled.connect(lambda *_: self._settled.start())
        return box

    def _build_presets(self) -> QHBoxLayout:
        self._presets = QComboBox()
        self._presets.setAccessibleName(self.tr("Preset"))
        self._save = QPushButton(self.tr("Save as preset…"))
        self._remove = QPushButton(self.tr("Delete preset"))
        for button in (self._save, self._remove):
            button.setAutoDefault(False)
        self._save.clicked.connect(self._ask_preset_name)
        self._remove.clicked.connect(self._remove_preset)
        label = QLabel(self.tr("&Preset"))
        label.setBuddy(self._presets)
        row = QHBoxLayout()
        row.addWidget(label)
        row.addWidget(self._presets, 1)
        row.addWidget(self._save)
        row.addWidget(self._remove)
        self._list_presets()
        self._presets.activated.connect(self._use_preset)
        return row

    def _build_outlook(self) -> QGroupBox:
        box = QGroupBox(self.tr("What will be made"))
        rows = QVBoxLayout(box)
        self._list = QListWidget()
        self._list.setAccessibleName(self.tr("Names of the files"))
        self._list.setWordWrap(True)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._summary = QLabel()
        self._summary.setWordWrap(True)
        self._summary.setAccessibleName(self.tr("Summary"))
        self._summary.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        rows.addWidget(self._list, 1)
        rows.addWidget(self._summary)
        return box

    def _build_buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._go = buttons.addButton(self.tr("Export"), QDialogButtonBox.ButtonRole.AcceptRole)
        self._go.setDefault(True)
        buttons.button(QDialogButtonBox.StandardButton.Cancel).setAutoDefault(False)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        return buttons

    # ---- presets --------------------------------------------------------------------------------

    def _list_presets(self) -> None:
        known = {"same": self.tr("As each photo"), "web": self.tr("Web"),
                 "print": self.tr("Print"), "proof": self.tr("Proof")}  # fmt: skip
        self._presets.clear()
        self._presets.addItem(self.tr("As last time"), _LAST_USED)
        for name in presets(self._context.preferences.current):
            self._presets.addItem(known.get(name, name), name)
        self._enable_removal()

    def _use_preset(self) -> None:
        name = self._presets.currentData()
        self._enable_removal()
        if name == _LAST_USED:
            self._show_last_used()
        else:
            self._show_preset(presets(self._context.preferences.current)[name])

    def _show_last_used(self) -> None:
        preferences = self._context.preferences.current
        self._show_preset(last_used(preferences))
        self._place.show_folder(preferences.output_folder)

    def _show_preset(self, preset: ExportPreset) -> None:
        for section in (self._file, self._names, self._rights):
            section.show_preset(preset)
        versions = (self._context.project.version(k) for keys in self._keys.values() for k in keys)
        has_strips = any(version.timing.frames > 1 for version in versions)
        self._file.show_strips(self._context.preferences.current.strip_suffix, has_strips)

    def _shown(self, name: str = "") -> ExportPreset:
        """What the sections say; only without a fault."""
        export = self._rights.complete(self._file.export())
        names = self._names
        return ExportPreset(name, self._file.format, export, names.template, names.collision)

    def _ask_preset_name(self) -> None:
        dialog = QInputDialog(self)
        dialog.setWindowTitle(self.tr("Save as preset"))
        dialog.setLabelText(self.tr("Name of the preset"))
        dialog.textValueSelected.connect(self.save_preset)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def save_preset(self, name: str) -> None:
        """Keep the settings under a name of the user's; one of that name is replaced."""
        name = name.strip()
        if not name or self._form_fault():
            return
        shown = self._shown(name)
        preset = msgspec.structs.replace(shown, export=without_consents(shown.export))
        preferences = self._context.preferences
        others = tuple(one for one in preferences.current.export_presets if one.name != name)
        preferences.change(export_presets=(*others, preset))
        self._list_presets()
        self._presets.setCurrentIndex(self._presets.findData(name))
        self._enable_removal()

    def _remove_preset(self) -> None:
        name = self._presets.currentData()
        preferences = self._context.preferences
        left = tuple(one for one in preferences.current.export_presets if one.name != name)
        preferences.change(export_presets=left)
        self._list_presets()

    def _enable_removal(self) -> None:
        own = {one.name for one in self._context.preferences.current.export_presets}
        self._remove.setEnabled(self._presets.currentData() in own)

    # ---- what comes of it -----------------------------------------------------------------------

    def _look(self) -> None:
        """Make the plan anew; ask for its names, and for what the disk says."""
        self._settled.stop()
        if not self._form_fault():
            ordered, folder = self._chosen_orders(), self._place.folder
            self._plan = plan_of(self._context, ordered, self._shown(), folder)
            self._ask_for_names()
            self._ask_for_facts()
            plan = self._plan
            self._exporter.disk.do(lambda: check_of(plan), self._take_check)
        self._enable()

    def _chosen_orders(self) -> Ordered:
        """Made once for each choice: of thousands they take longer than a key may."""
        choice = (self._chosen.checkedId(), self._file.strip_suffix)
        if choice not in self._ordered:
            keys = self._keys[tuple(self._keys)[choice[0]]]
            self._ordered[choice] = orders_of(self._context, keys, choice[1])
        return self._ordered[choice]

    def _ask_for_names(self, *_: object) -> None:
        self._plan = self._plan.with_facts(self._exporter.facts.known)
        self._asked += 1
        number, plan = self._asked, self._plan
        self._context.catalogue.ask(
            lambda library: preview_of(library, plan, PREVIEWED),
            lambda preview: self._take_preview(number, preview),
        )

    def _ask_for_facts(self) -> None:
        unknown = self._plan.photos_without_facts[:PREVIEWED]
        new = [one for one in unknown if one not in self._exporter.facts.known]
        if new:
            self._exporter.facts.ask(new)

    def _take_preview(self, number: int, preview: Preview) -> None:
        if number != self._asked:
            return
        self._preview = preview
        self._list.clear()
        for order, name in zip(self._plan.orders, preview.names, strict=False):
            self._list.addItem(self._line(order, name))
        more = len(self._plan.orders) - len(preview.names)
        if more > 0:
            self._list.addItem(self.tr("… and {number} more").format(number=more))
        self._enable()

    def _line(self, order: Order, planned: PlannedName) -> str:
        strip, format = order.wanted[0].strip, self._plan.delivery.format
        ext = planned_ext(order.source, format) if strip is None else strip.suffix[1:]
        file = f"{planned.name}.{ext}"
        match planned.fate:
            case "numbered":
                return self.tr("{file} (numbered: the name is taken)").format(file=file)
            case "skipped":
                return self.tr("{file} is there already and stays; none is made").format(file=file)
            case "replaces":
                return self.tr("{file} (replaces the file that is there)").format(file=file)
            case _:
                return file

    def _take_check(self, check: Check) -> None:
        self._check = check
        self._enable()

    def _form_fault(self) -> str:
        if self._names.fault:
            return self.tr("{fault}.").format(fault=_sentence(self._names.fault))
        return self._place.fault or self._rights.fault

    def _fault(self) -> str:
        """Why nothing can be exported; empty when it can."""
        if fault := self._form_fault():
            return fault
        if not self._plan.orders:
            return self.tr("None of these photos is edited: move a slider first.")
        if self._check.unwritable is not None:
            return self.tr(
                "You may not write to {folder}; choose another folder, or change its permissions."
            ).format(folder=self._check.unwritable)
        if self._check.is_full and self._check.space is not None:
            space = self._check.space
            return self.tr(
                "The pictures need about {needed} and {free} are free; make room, or choose "
                "another folder."
            ).format(needed=size_text(space.needed_bytes), free=size_text(space.free_bytes))
        return ""

    def _enable(self) -> None:
        if fault := self._fault():
            self._summary.setText(f"⚠ {fault}")
            self._go.setEnabled(False)
            return
        self._go.setEnabled(True)
        self._summary.setText("\n".join(self._outlook()))

    def _outlook(self) -> list[str]:
        plan, space = self._plan, self._check.space
        number = len(plan.orders)
        lines = [self.tr("1 picture")]
        if number > 1:
            lines = [self.tr("{number} pictures").format(number=number)]
        if plan.left_out:
            left_out = len(plan.left_out)
            lines.append(self.tr("Without an edit and left out: {number}").format(number=left_out))
        if self._check.missing:
            folders = len(self._check.missing)
            lines.append(self.tr("Folders that will be made: {number}").format(number=folders))
        if space is not None:
            needed, free = size_text(space.needed_bytes), size_text(space.free_bytes)
            text = self.tr("About {needed}; {free} are free")
            if space.verdict != "fits":
                text = "⚠ " + self.tr("They may not fit: about {needed}, and {free} are free")
            lines.append(text.format(needed=needed, free=free))
        return lines


def _sentence(clause: str) -> str:
    return clause[:1].upper() + clause[1:]
