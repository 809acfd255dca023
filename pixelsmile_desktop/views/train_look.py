"""The wizard's pages on the look and on how it is learnt."""

from collections.abc import Callable
from typing import cast

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QDoubleSpinBox,
    QFormLayout,
    QGroupBox,
    QLabel,
    QLineEdit,
    QRadioButton,
    QSpinBox,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from pixelsmile_desktop import paths
from pixelsmile_desktop.models.drafting import Drafting
from pixelsmile_desktop.models.machine import PRECISIONS
from pixelsmile_desktop.models.training import (
    PRESETS,
    PresetName,
    Settings,
    looks_in,
    parse_alphas,
    preset_of,
)
from pixelsmile_desktop.models.words import expression_title
from pixelsmile_desktop.views.export_sections import choice, select
from pixelsmile_desktop.views.train_data import DraftPage, WordsField
from pixelsmile_desktop.widgets.path_field import PathField

_PUBLISHED = "pixelsmile-human-preview"


class LookPage(DraftPage):
    """What the look is called, what it teaches, what it is built on."""

    def __init__(self, drafting: Drafting) -> None:
        super().__init__(drafting)
        box = QGroupBox(self.tr("Look"))
        form = QFormLayout(box)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        self._name = QLineEdit()
        self._name.setAccessibleName(self.tr("Name"))
        self._name.setPlaceholderText("studio-warm")
        self._name.setToolTip(
            self.tr("Versions get a number: studio-warm-v1, studio-warm-v2 and so on.")
        )
        self._name.textChanged.connect(lambda text: drafting.change(name=text.strip()))
        form.addRow(self.tr("Name"), self._name)
        self._base = choice({"": self.tr("None: from the base model alone")})
        self._base.setAccessibleName(self.tr("Go on from"))
        self._base.activated.connect(self._choose_base)
        form.addRow(self.tr("Go on from"), self._base)
        self._file = PathField(self.tr("LoRA file"), "file", "*.safetensors")
        self._file.changed.connect(self._choose_file)
        form.addRow(self.tr("LoRA file"), self._file)
        self._model = PathField(self.tr("Base model"))
        self._model.set_placeholder(self.tr("the installed Qwen-Image-Edit-2511"))
        self._model.changed.connect(lambda text: drafting.change(model=text))
        form.addRow(self.tr("Base model"), self._model)
        self.rows.addWidget(box)
        taught = QGroupBox(self.tr("Expressions that it teaches"))
        lines = QVBoxLayout(taught)
        text = QLabel(self.tr("These are what the data set shows. More come with more pictures."))
        text.setWordWrap(True)
        lines.addWidget(text)
        self._taught = QTreeWidget()
        self._taught.setRootIsDecorated(False)
        self._taught.setHeaderLabels([self.tr("Expression"), self.tr("Pictures"), ""])
        self._taught.setMaximumHeight(self.fontMetrics().height() * 16)
        self._taught.setAccessibleName(self.tr("Expressions that it teaches"))
        lines.addWidget(self._taught)
        self._words = WordsField(drafting)
        words = QFormLayout()
        words.addRow(self.tr("Own expressions"), self._words)
        lines.addLayout(words)
        rule = QLabel(self._words.toolTip())
        rule.setWordWrap(True)
        lines.addWidget(rule)
        self.rows.addWidget(taught)
        self.rows.addStretch(1)
        drafting.changed.connect(self._show)
        self.show_draft()

    def begin(self) -> None:
        self.drafting.read_models()
        self._fill_bases()

    def show_draft(self) -> None:
        draft = self.drafting.draft
        with QSignalBlocker(self._name), QSignalBlocker(self._model):
            self._name.setText(draft.name)
            self._model.set_path(draft.model)
        self._fill_bases()
        self._show()

    def _fill_bases(self) -> None:
        start = self.drafting.draft.start
        published = self.drafting.models.get(_PUBLISHED, "")
        bases = {"": self.tr("None: from the base model alone")}
        if published:
            bases[f"{published}/PixelSmile-preview.safetensors"] = self.tr(
                "PixelSmile as published"
            )
        bases |= {one.file: one.name for one in looks_in(paths.looks_folder())}
        bases["?"] = self.tr("Another LoRA file")
        with QSignalBlocker(self._base):
            self._base.clear()
            for data, text in bases.items():
                self._base.addItem(text, data)
            self._base.setCurrentIndex(
                max(0, self._base.findData(start if start in bases else "?"))
            )
        is_other = self._base.currentData() == "?"
        self._file.setEnabled(is_other)
        if is_other:
            with QSignalBlocker(self._file):
                self._file.set_path(start)

    def _choose_base(self) -> None:
        chosen = str(self._base.currentData())
        self._file.setEnabled(chosen == "?")
        self.drafting.change(start=self._file.path if chosen == "?" else chosen)

    def _choose_file(self, text: str) -> None:
        if self._base.currentData() == "?":
            self.drafting.change(start=text)

    def _show(self) -> None:
        draft, report = self.drafting.draft, self.drafting.report
        balance = report.balance if report is not None else {}
        shown = [self._taught.topLevelItem(at) for at in range(self._taught.topLevelItemCount())]
        rows = [
            (
                expression_title(word),
                str(balance.get(word, 0)),
                self.tr("your own word") if word in draft.words else "",
            )
            for word in dict.fromkeys([*balance, *draft.words])
        ]
        if [tuple(one.text(at) for at in range(3)) for one in shown if one is not None] != rows:
            self._taught.clear()
            for row in rows:
                QTreeWidgetItem(self._taught, list(row))


class SettingsPage(DraftPage):
    """Three presets, and all of it behind "More"."""

    def __init__(self, drafting: Drafting) -> None:
        super().__init__(drafting)
        self._shows: list[Callable[[Settings], None]] = []
        self.rows.addWidget(self._build_presets())
        self._more = QCheckBox(self.tr("More"))
        self._more.setAccessibleName(self.tr("More settings"))
        self.rows.addWidget(self._more)
        self._all = QWidget()
        parts = QVBoxLayout(self._all)
        parts.setContentsMargins(0, 0, 0, 0)
        for box in (
            self._build_learning(), self._build_losses(), self._build_watching(),
            self._build_machine(),
        ):  # fmt: skip
            parts.addWidget(box)
        self._all.setVisible(False)
        self._more.toggled.connect(self._all.setVisible)
        self.rows.addWidget(self._all)
        self._clip_note = self.add_text("")
        self.rows.addStretch(1)
        drafting.changed.connect(self.show_draft)
        self.show_draft()

    def begin(self) -> None:
        self.drafting.read_models()

    # ---- how it is built ------------------------------------------------------------------------

    def _build_presets(self) -> QGroupBox:
        box = QGroupBox(self.tr("How thoroughly"))
        lines = QVBoxLayout(box)
        texts: dict[PresetName, tuple[str, str]] = {
            "quick": (
                self.tr("Quick"),
                self.tr("300 small steps: shows whether everything is in place, teaches little."),
            ),
            "usual": (
                self.tr("Usual"),
                self.tr("3,000 steps: for a look of one studio or one person."),
            ),
            "thorough": (
                self.tr("Thorough"),
                self.tr("As published: a hundred passes over the data set, in steps of 16."),
            ),
            "own": (self.tr("Own"), self.tr("As set under More.")),
        }
        self._group = QButtonGroup(self)
        self._presets: dict[PresetName, QRadioButton] = {}
        for name, (title, about) in texts.items():
            lines.addWidget(self._preset(name, f"{title}: {about}"))
        return box

    def _preset(self, name: PresetName, text: str) -> QRadioButton:
        button = QRadioButton(text)
        button.clicked.connect(lambda _: self._choose(name))
        self._group.addButton(button)
        self._presets[name] = button
        return button

    def _build_learning(self) -> QGroupBox:
        box, form = self._box(self.tr("Learning"))
        self._whole(form, self.tr("Passes over the data set"), "epochs", 1, 100_000)
        most = self._whole(form, self.tr("Steps at most"), "max_steps", 0, 10_000_000)
        most.setSpecialValueText(self.tr("as many as the passes take"))
        self._whole(form, self.tr("Rank"), "rank", 1, 1024)
        self._number(form, self.tr("Alpha"), "alpha", 0.1, 4096, 1)
        self._number(form, self.tr("Learning rate"), "learning_rate", 1e-7, 1.0, 7)
        self._whole(form, self.tr("Warm-up steps"), "warmup_steps", 0, 1_000_000)
        self._whole(form, self.tr("Batch: triplets a step"), "batch", 1, 4096)
        self._whole(form, self.tr("At once on a GPU"), "micro_batch", 1, 256)
        self._number(form, self.tr("Running mean (EMA)"), "ema", 0.0, 0.99999, 5)
        self._whole(form, self.tr("Seed"), "seed", 0, 2**31 - 1)
        return box

    def _build_losses(self) -> QGroupBox:
        box, form = self._box(self.tr("Losses"))
        self._number(form, self.tr("Weight of the contrast"), "contrast", 0.0, 100, 3)
        mode = choice(
            {
                "nce": self.tr("InfoNCE (as published)"),
                "hinge": self.tr("Triplet hinge"),
                "ratio": self.tr("Log-ratio"),
            }
        )
        self._row(form, self.tr("Contrast"), mode)
        mode.activated.connect(
            lambda _: self.drafting.change_settings(contrast_mode=mode.currentData())
        )
        self._shows.append(lambda own: select(mode, own.contrast_mode))
        clip = PathField(self.tr("CLIP ViT-L/14 for the contrast"))
        clip.set_placeholder(self.tr("not installed: the contrast is left out"))
        clip.changed.connect(lambda text: self.drafting.change_settings(clip=text))
        form.addRow(self.tr("CLIP ViT-L/14 for the contrast"), clip)

        def show_clip(own: Settings) -> None:
            if clip.path != own.clip:
                clip.set_path(own.clip)

        self._shows.append(show_clip)
        self._number(form, self.tr("Weight of the identity"), "identity", 0.0, 100, 3)
        return box

    def _build_watching(self) -> QGroupBox:
        box, form = self._box(self.tr("Pictures and checkpoints"))
        every = self._whole(form, self.tr("Pictures every … steps"), "validation_every", 0, 10**6)
        every.setSpecialValueText(self.tr("never"))
        self._whole(form, self.tr("Triplets shown"), "validation_triplets", 1, 64)
        self._whole(form, self.tr("Steps of the sampler"), "validation_steps", 2, 200)
        alphas = QLineEdit()
        self._row(form, self.tr("Intensities shown"), alphas)
        alphas.textEdited.connect(
            lambda text: self.drafting.change_settings(alphas=parse_alphas(text))
        )

        def show_alphas(own: Settings) -> None:
            if parse_alphas(alphas.text()) != own.alphas:
                alphas.setText(", ".join(f"{one:g}" for one in own.alphas))

        self._shows.append(show_alphas)
        self._whole(form, self.tr("Checkpoint every … steps"), "checkpoint_every", 1, 10**6)
        keep = self._whole(form, self.tr("Checkpoints kept"), "keep", 0, 1000)
        keep.setSpecialValueText(self.tr("all"))
        return box

    def _build_machine(self) -> QGroupBox:
        box, form = self._box(self.tr("Memory"))
        precision = choice(
            {name: self.tr("Automatic") if name == "auto" else name for name in PRECISIONS}
        )
        precision.setToolTip(
            self.tr("Of the frozen model. int8, fp8 and int4 (QLoRA) fit smaller cards.")
        )
        self._row(form, self.tr("Precision"), precision)
        precision.activated.connect(
            lambda _: self.drafting.change_settings(precision=precision.currentData())
        )
        self._shows.append(lambda own: select(precision, own.precision))
        thrifty = QCheckBox(self.tr("Less memory for a third more time"))
        thrifty.clicked.connect(
            lambda is_on: self.drafting.change_settings(gradient_checkpointing=is_on)
        )
        self._shows.append(lambda own: thrifty.setChecked(own.gradient_checkpointing))
        form.addRow(self.tr("Gradient checkpointing"), thrifty)
        side = self._whole(form, self.tr("Side of the pictures"), "side_px", 32, 1536)
        side.setSingleStep(32)
        side.setSuffix(" px")
        return box

    def _box(self, title: str) -> tuple[QGroupBox, QFormLayout]:
        box = QGroupBox(title)
        form = QFormLayout(box)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        return box, form

    def _row(self, form: QFormLayout, text: str, field: QWidget) -> None:
        field.setAccessibleName(text)
        form.addRow(text, field)

    def _whole(self, form: QFormLayout, text: str, name: str, least: int, most: int) -> QSpinBox:
        spin = QSpinBox(minimum=least, maximum=most)
        spin.setGroupSeparatorShown(True)
        spin.valueChanged.connect(lambda value: self.drafting.change_settings(**{name: value}))
        self._shows.append(lambda own: spin.setValue(getattr(own, name)))
        self._row(form, text, spin)
        return spin

    def _number(
        self, form: QFormLayout, text: str, name: str, least: float, most: float, digits: int
    ) -> QDoubleSpinBox:
        spin = QDoubleSpinBox(decimals=digits, minimum=least, maximum=most)
        spin.setStepType(QDoubleSpinBox.StepType.AdaptiveDecimalStepType)
        spin.valueChanged.connect(lambda value: self.drafting.change_settings(**{name: value}))
        self._shows.append(lambda own: spin.setValue(getattr(own, name)))
        self._row(form, text, spin)
        return spin

    # ---- what is chosen and shown ---------------------------------------------------------------

    def _choose(self, name: PresetName) -> None:
        if name == "own":
            self._more.setChecked(True)
            return
        own = self.drafting.draft.settings
        preset = PRESETS[name]
        fields = {field: getattr(preset, field) for field in preset.__struct_fields__}
        self.drafting.change_settings(**{**fields, "clip": own.clip})

    def show_draft(self) -> None:
        own = self.drafting.draft.settings
        for show in self._shows:
            self._quietly(show, own)
        name = preset_of(own)
        self._presets[name].setChecked(True)
        if self.drafting.draft.preset != name:
            self.drafting.change(preset=cast(PresetName, name))
        note = ""
        if own.contrast and not own.clip:
            note = self.tr(
                "CLIP ViT-L/14 is not installed, so the contrast between easily confused "
                "expressions is left out. The screen Models has it; or name its folder under More."
            )
        self._clip_note.setText(note)
        self._clip_note.setVisible(bool(note))

    def _quietly(self, show: Callable[[Settings], None], own: Settings) -> None:
        fields = self._all.findChildren(QWidget)
        before = [field.blockSignals(True) for field in fields]
        show(own)
        for field, was in zip(fields, before, strict=True):
            field.blockSignals(was)
