"""The wizard's pages on where it is trained and on what it will take."""

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QFormLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
)

from pixelsmile_desktop.models.drafting import LOCAL, Address, Drafting, TargetRow
from pixelsmile_desktop.models.training import Facts
from pixelsmile_desktop.models.training_cost import Estimate, estimate
from pixelsmile_desktop.views.export_sections import choice
from pixelsmile_desktop.views.train_data import DraftPage
from pixelsmile_desktop.widgets.byte_size import size_text
from pixelsmile_desktop.widgets.time_text import duration_text

_LONG_S = 3 * 86_400
_NAME = Qt.ItemDataRole.UserRole


class TargetPage(DraftPage):
    """This computer, or another that is reached by SSH, by a queue or by a Ray cluster."""

    def __init__(self, drafting: Drafting) -> None:
        super().__init__(drafting)
        self._asked: tuple[Address, str] | None = None
        self.add_text(
            self.tr(
                "Pictures and model go to the target and nowhere else. Your own SSH keys are used "
                "where they are and never copied."
            )
        )
        box = QGroupBox(self.tr("Where"))
        lines = QVBoxLayout(box)
        self._list = QListWidget()
        self._list.setAccessibleName(self.tr("Targets"))
        self._list.setMaximumHeight(self.fontMetrics().height() * 8)
        self._list.currentItemChanged.connect(lambda item, _: self._choose(item))
        lines.addWidget(self._list)
        self._look = QPushButton(self.tr("Look at it"))
        self._look.clicked.connect(drafting.probe)
        self._remove = QPushButton(self.tr("Forget this target"))
        self._remove.clicked.connect(lambda: drafting.remove_target(drafting.draft.target))
        buttons = QHBoxLayout()
        buttons.addWidget(self._look)
        buttons.addWidget(self._remove)
        buttons.addStretch(1)
        lines.addLayout(buttons)
        self._facts = QLabel()
        self._facts.setWordWrap(True)
        self._facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._facts.setAccessibleName(self.tr("What the target has"))
        lines.addWidget(self._facts)
        self.rows.addWidget(box)
        self.rows.addWidget(self._build_adding())
        self.rows.addWidget(self._build_key())
        self.rows.addStretch(1)
        drafting.changed.connect(self._show)
        drafting.busy_changed.connect(lambda _: self._show())
        drafting.key_shown.connect(self._show_key)
        self.show_draft()

    # ---- how it is built ------------------------------------------------------------------------

    def _build_adding(self) -> QGroupBox:
        box = QGroupBox(self.tr("Add a target"))
        form = QFormLayout(box)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        self._kind = choice(
            {
                "ssh": self.tr("A machine over SSH"),
                "slurm": self.tr("A Slurm queue over SSH"),
                "ray": self.tr("A Ray cluster"),
            }
        )
        self._kind.currentIndexChanged.connect(lambda _: self._show())
        self._name, self._where, self._options = QLineEdit(), QLineEdit(), QLineEdit()
        self._name.setPlaceholderText("h200")
        self._options.setPlaceholderText("--partition=gpu --gres=gpu:1")
        for text, field in (
            (self.tr("Kind"), self._kind),
            (self.tr("Target's name"), self._name),
            (self.tr("Address"), self._where),
            (self.tr("Options of sbatch"), self._options),
        ):
            field.setAccessibleName(text)
            form.addRow(text, field)
        self._form = form
        self._add = QPushButton(self.tr("Add target"))
        self._add.clicked.connect(self._begin_adding)
        form.addRow("", self._add)
        for line in (self._name, self._where):
            line.textChanged.connect(lambda _: self._show())
        return box

    def _build_key(self) -> QGroupBox:
        box = self._key = QGroupBox(self.tr("Host key"))
        lines = QVBoxLayout(box)
        self._key_text = QLabel()
        self._key_text.setWordWrap(True)
        self._fingerprint = QLineEdit()
        self._fingerprint.setReadOnly(True)
        self._fingerprint.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._fingerprint.setAccessibleName(self.tr("Fingerprint of the host key"))
        self._compared = QCheckBox(self.tr("This is the key that the owner of the machine told me"))
        self._compared.toggled.connect(lambda _: self._show())
        self._pin = QPushButton(self.tr("Pin the key and add"))
        self._pin.clicked.connect(self._accept_key)
        decline = QPushButton(self.tr("Do not add"))
        decline.clicked.connect(self._decline_key)
        buttons = QHBoxLayout()
        buttons.addWidget(self._pin)
        buttons.addWidget(decline)
        buttons.addStretch(1)
        for widget in (self._key_text, self._fingerprint, self._compared):
            lines.addWidget(widget)
        lines.addLayout(buttons)
        box.setVisible(False)
        return box

    # ---- what is done ---------------------------------------------------------------------------

    def begin(self) -> None:
        self.drafting.read_targets()

    def _choose(self, item: QListWidgetItem | None) -> None:
        name = "" if item is None else str(item.data(_NAME))
        if name and name != self.drafting.draft.target:
            self.drafting.change(target=name)
            self.drafting.probe()

    def _begin_adding(self) -> None:
        options = tuple(self._options.text().split()) if self._kind.currentData() == "slurm" else ()
        address = Address(
            self._name.text().strip(),
            self._where.text().strip(),
            str(self._kind.currentData()),
            options,
        )
        self.drafting.add_target(address)

    def _show_key(self, address: Address, fingerprint: str) -> None:
        self._asked = (address, fingerprint)
        self._key_text.setText(
            self.tr(
                "{host} shows this key. Compare it with what the owner of the machine told you, "
                "or with the page of its provider: it is shown once and pinned, and any other key "
                "is refused from then on."
            ).format(host=address.where)
        )
        self._fingerprint.setText(fingerprint)
        self._compared.setChecked(False)
        self._key.setVisible(True)
        self._show()
        self._compared.setFocus()

    def _accept_key(self) -> None:
        if self._asked is not None:
            address, fingerprint = self._asked
            self._decline_key()
            self.drafting.add_target(address, fingerprint)

    def _decline_key(self) -> None:
        self._asked = None
        self._key.setVisible(False)

    # ---- what is shown --------------------------------------------------------------------------

    def show_draft(self) -> None:
        self._show()

    def _title(self, target: TargetRow) -> str:
        if target.target == LOCAL:
            return self.tr("This computer")
        return f"{target.target}: {target.where} ({target.kind})"

    def _show(self) -> None:
        drafting = self.drafting
        name, doing = drafting.draft.target, drafting.doing
        titles = [(one.target, self._title(one)) for one in drafting.targets]
        items = [self._list.item(row) for row in range(self._list.count())]
        with QSignalBlocker(self._list):
            if [(one.data(_NAME), one.text()) for one in items] != titles:
                self._list.clear()
                for target, title in titles:
                    item = QListWidgetItem(title)
                    item.setData(_NAME, target)
                    self._list.addItem(item)
            for row in range(self._list.count()):
                if self._list.item(row).data(_NAME) == name:
                    self._list.setCurrentRow(row)
        self._look.setEnabled(bool(name) and not doing)
        self._remove.setEnabled(name not in ("", LOCAL) and not doing)
        is_ray = self._kind.currentData() == "ray"
        self._where.setPlaceholderText("http://127.0.0.1:8265" if is_ray else "me@gpu.example:22")
        self._form.setRowVisible(self._options, self._kind.currentData() == "slurm")
        is_named = bool(self._name.text().strip()) and bool(self._where.text().strip())
        self._add.setEnabled(is_named and not doing)
        self._pin.setEnabled(self._compared.isChecked() and not doing)
        self._facts.setText(self._facts_text(name, doing))

    def _facts_text(self, name: str, doing: str) -> str:
        facts = self.drafting.facts
        if doing == "probe":
            return self.tr("{name} is being looked at …").format(name=name)
        if doing == "add":
            return self.tr("The target is being added …")
        if facts is None or facts.target != name:
            return ""
        lines = [
            self.tr("{host}: {cores} cores, {memory} memory, {disk} free on its disk.").format(
                host=facts.host,
                cores=facts.cores,
                memory=size_text(facts.memory_bytes),
                disk=size_text(facts.disk_free_bytes),
            )
        ]
        for gpu in facts.gpus:
            lines.append(
                self.tr("{name}: {free} of {memory} free, {busy} % busy").format(
                    name=gpu.name,
                    free=size_text(gpu.free_bytes),
                    memory=size_text(gpu.memory_bytes),
                    busy=round(100 * gpu.busy),
                )
            )
        if not facts.gpus:
            lines.append(self.tr("⚠ No GPU: on processors a run of real size takes months."))
        jobs = facts.open_jobs
        if jobs:
            text = self.tr("Running or waiting there: {jobs}. Yours waits its turn for free.")
            lines.append(text.format(jobs=", ".join(jobs)))
        else:
            lines.append(self.tr("Nothing runs or waits there."))
        if not facts.interpreter:
            lines.append(self.tr("⚠ It has no Python 3.11 or newer."))
        return "\n".join(lines)


class EstimatePage(DraftPage):
    """Time, money, disk and upload; launched from here."""

    def __init__(self, drafting: Drafting) -> None:
        super().__init__(drafting)
        box = QGroupBox(self.tr("What it will take"))
        form = QFormLayout(box)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        price = QHBoxLayout()
        self._price = QDoubleSpinBox(maximum=100_000, decimals=2)
        self._price.setAccessibleName(self.tr("Price of an hour"))
        self._price.setSpecialValueText(self.tr("nothing"))
        self._price.setToolTip(self.tr("Of the whole target, all its GPUs together."))
        self._price.valueChanged.connect(lambda value: drafting.change(price=value))
        self._currency = QLineEdit()
        self._currency.setMaximumWidth(self.fontMetrics().averageCharWidth() * 10)
        self._currency.setAccessibleName(self.tr("Currency"))
        self._currency.textEdited.connect(lambda text: drafting.change(currency=text.strip()))
        price.addWidget(self._price)
        price.addWidget(self._currency)
        price.addStretch(1)
        form.addRow(self.tr("Price of an hour"), price)
        self._labels: dict[str, QLabel] = {}
        for name, title in (
            ("steps", self.tr("Steps")),
            ("time", self.tr("Time")),
            ("money", self.tr("Money")),
            ("disk", self.tr("Disk there")),
            ("upload", self.tr("Sent there")),
        ):
            label = QLabel()
            label.setWordWrap(True)
            policy = label.sizePolicy()
            policy.setHorizontalPolicy(QSizePolicy.Policy.Expanding)
            label.setSizePolicy(policy)
            label.setAccessibleName(title)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            form.addRow(title, label)
            self._labels[name] = label
        self.rows.addWidget(box)
        self._how = self.add_text(
            self.tr(
                "Right to a factor of two: steps × triplets a step × 0.44 s on an H200, half as "
                "much again for loading and gradients, times the factor of the GPU; then the "
                "pictures of each checkpoint. While the run goes on its own pace is shown."
            )
        )
        self._warnings = self.add_text("")
        self._warnings.setAccessibleName(self.tr("Warnings"))
        self._after = self.add_text(
            self.tr(
                "Launch writes the run down first and then hands it over. From then on it goes on "
                "by itself: this window may be closed; the run is found again."
            )
        )
        self.rows.addStretch(1)
        drafting.changed.connect(self._show)
        self.show_draft()

    def begin(self) -> None:
        self.drafting.look_for_data()
        self.show_draft()

    def show_draft(self) -> None:
        draft = self.drafting.draft
        with QSignalBlocker(self._price), QSignalBlocker(self._currency):
            self._price.setValue(draft.price)
            self._currency.setText(draft.currency)
        self._show()

    def _show(self) -> None:
        drafting = self.drafting
        report, facts = drafting.report, drafting.facts
        if report is None or facts is None or not report.triplets:
            return
        found = estimate(drafting.draft, report, facts, drafting.data_bytes)
        where = self._where(found, facts)
        self._labels["steps"].setText(
            self.tr("{steps} steps of {batch} triplets, {checkpoints} checkpoints").format(
                steps=found.steps,
                batch=drafting.draft.settings.batch,
                checkpoints=found.checkpoints,
            )
        )
        self._labels["time"].setText(
            self.tr("about {time} {where}").format(time=self._time(found.seconds), where=where)
        )
        money = self.tr("nothing, as no price is typed")
        if found.money is not None:
            money = self.tr("about {amount} {currency}").format(
                amount=f"{found.money:,.2f}", currency=drafting.draft.currency
            )
        self._labels["money"].setText(money)
        self._labels["disk"].setText(
            self.tr("up to {size} of {free} free").format(
                size=size_text(found.disk_bytes), free=size_text(facts.disk_free_bytes)
            )
        )
        upload = size_text(found.upload_bytes)
        if drafting.draft.target == LOCAL:
            upload = self.tr("nothing, it is this computer")
        elif found.sends_model:
            upload += " " + self.tr("(with the base model, which is not there yet)")
        self._labels["upload"].setText(upload)
        warnings = []
        if found.lacks_disk:
            warnings.append(
                self.tr("⚠ The target's disk may be too small: keep fewer checkpoints.")
            )
        if not found.gpus:
            warnings.append(self.tr("⚠ There is no GPU, so take the time seriously."))
        self._warnings.setText("\n".join(warnings))
        self._warnings.setVisible(bool(warnings))

    def _time(self, seconds: float) -> str:
        if seconds < _LONG_S:
            return duration_text(seconds)
        return self.tr("{number} days").format(number=round(seconds / 86_400))

    def _where(self, found: Estimate, facts: Facts) -> str:
        if not found.gpus:
            return self.tr("on {cores} cores").format(cores=facts.cores)
        return self.tr("on {number} × {name}").format(number=found.gpus, name=found.gpu)
