"""One run: how it goes, what it has made, what can be done with that."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
from PySide6.QtCore import QCoreApplication, QSignalBlocker, Qt, QTimer
from PySide6.QtGui import QFont, QFontDatabase, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMessageBox,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSplitter,
    QTabWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from engine.library import Library, Order
from engine.recipes import Lora, PhotoEdit
from pixelsmile_desktop.context import Context
from pixelsmile_desktop.models.drafting import LOCAL, Drafting
from pixelsmile_desktop.models.exporting import last_used, orders_of, plan_of
from pixelsmile_desktop.models.runs import RunRow, Runs
from pixelsmile_desktop.models.small_pictures import SmallPictures
from pixelsmile_desktop.models.training import with_look
from pixelsmile_desktop.models.training_cost import total_steps
from pixelsmile_desktop.widgets.loss_chart import LossChart
from pixelsmile_desktop.widgets.time_text import duration_text

_STEP = Qt.ItemDataRole.UserRole
_PAINT_MS = 500
"""Rows of metrics come faster than anybody reads."""


def state_text(row: RunRow) -> str:
    """How a run is, in a word or two."""
    translate = QCoreApplication.translate
    if row.stalled and row.state == "running":
        return translate("RunState", "running, but silent")
    texts = {
        "preparing": translate("RunState", "being sent"),
        "queued": translate("RunState", "waiting its turn"),
        "running": translate("RunState", "running"),
        "finished": translate("RunState", "finished"),
        "failed": translate("RunState", "failed"),
        "stopped": translate("RunState", "paused"),
        "lost": translate("RunState", "lost"),
    }
    return texts.get(row.state, row.state)


class RunPage(QWidget):
    """The followed run."""

    def __init__(
        self, context: Context, runs: Runs, drafting: Drafting, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._runs = runs
        self._drafting = drafting
        self._comparing: list[int | None] = []
        self._compared: list[tuple[int | None, str]] = []
        self._asked_for: set[int] = set()
        self._small = SmallPictures(self.fontMetrics().height() * 9, self)
        self._small.ready.connect(self._show_strip)
        self._strips: dict[str, QLabel] = {}
        rows = QVBoxLayout(self)
        self._title = QLabel()
        font = QFont(self._title.font())
        font.setBold(True)
        self._title.setFont(font)
        self._state = self._label(self.tr("State"))
        self._bar = QProgressBar()
        self._bar.setAccessibleName(self.tr("Progress"))
        self._figures = self._label(self.tr("Figures"))
        self._safe = self._label(self.tr("Whether the node can be shut down"))
        for widget in (self._title, self._state, self._bar, self._figures, self._safe):
            rows.addWidget(widget)
        rows.addLayout(self._build_commands())
        self._tabs = QTabWidget()
        self._tabs.setAccessibleName(self.tr("About the run"))
        self.chart = LossChart()
        self._tabs.addTab(self.chart, self.tr("Losses"))
        self._tabs.addTab(self._build_checkpoints(), self.tr("Checkpoints and pictures"))
        self._log = QPlainTextEdit(readOnly=True)
        self._log.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._log.setAccessibleName(self.tr("Log"))
        self._log.setTabChangesFocus(True)
        self._tabs.addTab(self._log, self.tr("Log"))
        rows.addWidget(self._tabs, 1)
        self._soon = QTimer(self, singleShot=True, interval=_PAINT_MS)
        self._soon.timeout.connect(self._show)
        runs.moved.connect(self._note_moved)
        runs.doing_changed.connect(lambda _: self._enable())
        runs.fetched.connect(lambda _: self.show_run())
        runs.exported.connect(self._take_exported)
        runs.listed.connect(self._soon.start)
        drafting.changed.connect(self._fill_targets)
        drafting.failed.connect(lambda _: self._enable())

    def close_links(self) -> None:
        """End what reads pictures."""
        self._small.close()

    # ---- how it is built ------------------------------------------------------------------------

    def _label(self, name: str) -> QLabel:
        label = QLabel()
        label.setWordWrap(True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        label.setAccessibleName(name)
        return label

    def _button(self, text: str, tip: str, do: Callable[[], object]) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        button.clicked.connect(lambda _: do())
        return button

    def _build_commands(self) -> QVBoxLayout:
        runs = self._runs
        self._save = self._button(
            self.tr("Save now"), self.tr("A checkpoint, and on it goes."), lambda: runs.ask("save")
        )
        self._sample = self._button(
            self.tr("Sample now"),
            self.tr("Validation pictures, and on it goes."),
            lambda: runs.ask("sample"),
        )
        self._pause = self._button(
            self.tr("Pause (save and stop)"),
            self.tr("The machine is free then; Resume goes on, here or elsewhere."),
            lambda: runs.ask("stop"),
        )
        self._end = self._button(
            self.tr("End without saving…"),
            self.tr("At once; the last checkpoint stays."),
            self._ask_end,
        )
        self._resume = self._button(
            self.tr("Resume"), self.tr("Goes on from where it saved last."), self._go_on
        )
        self._on = QComboBox()
        self._on.setAccessibleName(self.tr("Resume on"))
        self._fetch = self._button(
            self.tr("Fetch results"),
            self.tr("The look, pictures and figures; every file is checked by its hash."),
            lambda: runs.fetch(),
        )
        self._forget = self._button(
            self.tr("Forget run…"),
            self.tr("Deletes it here and on its node; what was fetched stays."),
            self._ask_forget,
        )
        first, second = QHBoxLayout(), QHBoxLayout()
        for button in (self._save, self._sample, self._pause, self._end):
            first.addWidget(button)
        first.addStretch(1)
        for widget in (self._resume, self._on, self._fetch, self._forget):
            second.addWidget(widget)
        second.addStretch(1)
        lines = QVBoxLayout()
        lines.addLayout(first)
        lines.addLayout(second)
        return lines

    def _build_checkpoints(self) -> QWidget:
        self._checkpoints = QTreeWidget()
        self._checkpoints.setAccessibleName(self.tr("Checkpoints"))
        self._checkpoints.setRootIsDecorated(False)
        self._checkpoints.setAlternatingRowColors(True)
        self._checkpoints.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self._checkpoints.setHeaderLabels(
            [
                self.tr("Step"),
                self.tr("Linearity"),
                self.tr("Slope"),
                self.tr("Separation"),
                self.tr("Identity"),
                self.tr("Kept as"),
            ]
        )
        self._checkpoints.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self._checkpoints.header().setStretchLastSection(True)
        self._checkpoints.itemSelectionChanged.connect(self._show_strips)
        self._install = self._button(
            self.tr("Install as look"),
            self.tr("Keeps the LoRA under the next version's name, for the editor."),
            self._install_chosen,
        )
        self._use = QCheckBox(self.tr("Use it in the editor at once"))
        self._compare = self._button(
            self.tr("Compare in the editor"),
            self.tr(
                "Renders the current photo once for each chosen checkpoint, for the screen "
                "Review. Where PixelSmile cannot run, opens their validation pictures instead."
            ),
            self._compare_chosen,
        )
        self._bring = self._button(
            self.tr("Fetch pictures"),
            self.tr("The validation pictures of the chosen checkpoints."),
            self._fetch_pictures,
        )
        buttons = QHBoxLayout()
        for widget in (self._install, self._use, self._compare, self._bring):
            buttons.addWidget(widget)
        buttons.addStretch(1)
        self._note = self._label(self.tr("About the chosen checkpoints"))
        self._pictures = QScrollArea()
        self._pictures.setWidgetResizable(True)
        self._pictures.setAccessibleName(self.tr("Validation pictures"))
        upper = QWidget()
        lines = QVBoxLayout(upper)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.addWidget(self._checkpoints, 1)
        lines.addLayout(buttons)
        lines.addWidget(self._note)
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(upper)
        split.addWidget(self._pictures)
        split.setSizes([1, 1])  # as little as it can do with; pictures get the rest
        split.setStretchFactor(1, 1)
        self._checkpoints.setMinimumHeight(self.fontMetrics().height() * 9)
        split.setChildrenCollapsible(False)
        return split

    # ---- what is shown --------------------------------------------------------------------------

    def show_run(self) -> None:
        """Show the followed run from its beginning."""
        self._log.clear()
        self._asked_for.clear()
        self._drafting.read_targets()
        self._show()
        self._show_strips()

    def _note_moved(self, kind: str) -> None:
        if not self._soon.isActive():
            self._soon.start()
        if kind == "validation":
            self._fetch_new_pictures()

    def _show(self) -> None:
        row = self._runs.row(self._runs.followed)
        if row is None:
            return
        progress = self._runs.progress
        self._title.setText(row.run)
        self._state.setText(self._state_sentence(row))
        total = progress.total or self._expected(row)
        self._bar.setMaximum(max(total, 1))
        self._bar.setValue(progress.step)
        left = None if row.has_ended else progress.left_s
        text = self.tr("step {step} of {total}").format(step=progress.step, total=total or "?")
        if left is not None:
            text += ", " + self.tr("{time} left").format(time=duration_text(left))
        self._bar.setFormat(text)
        self._bar.setAccessibleDescription(text)
        self._figures.setText(self._figures_text(row))
        self._safe.setText(self._safe_text(row))
        self.chart.show_steps(tuple(progress.steps.values()))
        self._show_checkpoints()
        self._show_log()
        self._enable()

    def _expected(self, row: RunRow) -> int:
        draft, report = self._runs.draft(row.run), self._drafting.report
        if draft is None or report is None or draft.data != self._drafting.draft.data:
            return 0
        return total_steps(draft.settings, report.triplets)

    def _state_sentence(self, row: RunRow) -> str:
        text = self.tr("{state} on {target}").format(state=state_text(row), target=row.target)
        if row.target == LOCAL:
            text = self.tr("{state} on this computer").format(state=state_text(row))
        if row.since and not row.has_ended:
            spent = duration_text(max(0.0, time.time() - row.since))
            text += self.tr(", for {time}").format(time=spent)
        if row.stalled:
            silent = duration_text(row.quiet_s)
            text += self.tr("; it has said nothing for {time}").format(time=silent)
        if row.error:
            text += f". {row.error}"
        elif row.state == "preparing" and self._drafting.doing != "launch":
            text += ". " + self.tr("It was not handed over to the end; Resume does that.")
        elif row.state == "stopped":
            text += ". " + self.tr("Everything is saved; Resume goes on.")
        return text

    def _figures_text(self, row: RunRow) -> str:
        progress = self._runs.progress
        if not progress.steps:
            return self.tr("No step has been done yet; pictures and prompts are prepared first.")
        last = progress.steps[progress.step]
        parts: list[str] = []
        if last.loss is not None:
            parts.append(self.tr("loss {value}").format(value=f"{last.loss:.4g}"))
        if last.learning_rate is not None:
            parts.append(self.tr("learning rate {value}").format(value=f"{last.learning_rate:.3g}"))
        if last.seconds is not None:
            parts.append(self.tr("{value} s a step").format(value=f"{last.seconds:.2f}"))
        if last.memory_gb is not None:
            parts.append(self.tr("GPU memory {value} GB").format(value=f"{last.memory_gb:.1f}"))
        draft = self._runs.draft(row.run)
        if draft is not None and draft.price:
            cost = f"{progress.cost(draft.price):,.2f} {draft.currency}"
            parts.append(self.tr("cost of the steps so far {amount}").format(amount=cost))
        return " · ".join(parts)

    def _safe_text(self, row: RunRow) -> str:
        if row.target == LOCAL:
            return self.tr("It runs on this computer; results lie in {folder}.").format(
                folder=row.into
            )
        if row.safe_to_shut_down:
            return self.tr(
                "✓ Safe to shut {target} down: every run on it has ended, and all results are "
                "here and verified."
            ).format(target=row.target)
        if not row.has_ended:
            return self.tr("Do not shut {target} down: the run goes on there.").format(
                target=row.target
            )
        if not row.fetched:
            return self.tr("Do not shut {target} down yet: fetch the results first.").format(
                target=row.target
            )
        return self.tr(
            "Do not shut {target} down yet: another run on it goes on or is not fetched."
        ).format(target=row.target)

    def _show_log(self) -> None:
        text = "\n".join(self._runs.progress.log)
        if text == self._log.toPlainText():
            return
        bar = self._log.verticalScrollBar()
        was_at_end = bar.value() >= bar.maximum() - 2
        at = bar.value()
        self._log.setPlainText(text)
        bar.setValue(bar.maximum() if was_at_end else at)

    def _enable(self) -> None:
        row = self._runs.row(self._runs.followed)
        is_free = row is not None and not self._runs.doing
        is_running = row is not None and row.state in ("running", "queued")
        has_ended = row is not None and (row.has_ended or row.state == "preparing")
        is_launching = self._drafting.doing == "launch"
        for button in (self._save, self._sample):
            button.setEnabled(is_free and row is not None and row.state == "running")
        for button in (self._pause, self._end):
            button.setEnabled(is_free and is_running)
        is_finished = row is not None and row.state == "finished"
        for widget in (self._resume, self._on):
            widget.setEnabled(is_free and has_ended and not is_finished and not is_launching)
        self._fetch.setEnabled(is_free and row is not None and row.target != LOCAL)
        self._forget.setEnabled(is_free and row is not None and row.has_ended)
        chosen = self._chosen()
        kept = [step for step in chosen if self._is_kept(step)]
        self._install.setEnabled(is_free and len(kept) == 1 and len(chosen) == 1)
        self._compare.setEnabled(is_free and bool(chosen) and not self._comparing)
        is_here = row is not None and row.target == LOCAL
        self._bring.setEnabled(is_free and bool(chosen) and not is_here)
        doing = {
            "fetch": self.tr("Results are being fetched and verified …"),
            "export": self.tr("The look is being written …"),
            "resume": self.tr("The run is being started again …"),
        }
        note = doing.get(self._runs.doing, "")
        if not note and chosen and not kept:
            note = self.tr("These checkpoints are no longer kept; pictures and figures are.")
        self._note.setText(note)
        self._note.setVisible(bool(note))

    def _fill_targets(self) -> None:
        row = self._runs.row(self._runs.followed)
        names = [one.target for one in self._drafting.targets]
        if [self._on.itemData(at) for at in range(self._on.count())] == names:
            return
        with QSignalBlocker(self._on):
            self._on.clear()
            for name in names:
                text = self.tr("on this computer") if name == LOCAL else self.tr("on {target}")
                self._on.addItem(text.format(target=name), name)
            if row is not None:
                self._on.setCurrentIndex(max(0, self._on.findData(row.target)))

    # ---- checkpoints and their pictures ---------------------------------------------------------

    def _is_kept(self, step: int | None) -> bool:
        """Whether a step's weights are still there; the end's (None) always are."""
        if step is None:
            return True
        saved = sorted(self._runs.progress.checkpoints)
        draft = self._runs.draft(self._runs.followed)
        keep = draft.settings.keep if draft is not None else 0
        return step in (saved[-keep:] if keep else saved)

    def _show_checkpoints(self) -> None:
        row, progress = self._runs.row(self._runs.followed), self._runs.progress
        steps: list[int | None] = [*sorted({*progress.validations, *progress.checkpoints})]
        if row is not None and row.state == "finished":
            steps.append(None)
        rows = [(step, self._checkpoint_texts(step)) for step in steps]
        count = self._checkpoints.topLevelItemCount()
        for number, (step, texts) in enumerate(rows):
            item = self._checkpoints.topLevelItem(number)
            if number >= count or item is None:
                item = QTreeWidgetItem(self._checkpoints)
            item.setData(0, _STEP, -1 if step is None else step)
            for column, text in enumerate(texts):
                item.setText(column, text)
        for number in range(count - 1, len(rows) - 1, -1):
            self._checkpoints.takeTopLevelItem(number)

    def _checkpoint_texts(self, step: int | None) -> list[str]:
        if step is None:
            return [self.tr("the end"), "", "", "", "", self.tr("finished look")]
        found = self._runs.progress.validations.get(step)
        figures = ["", "", "", ""]
        if found is not None:
            values = (found.linearity, found.slope, found.separation, found.identity)
            figures = ["–" if value is None else f"{value:.3f}" for value in values]
        kept = ""
        if step in self._runs.progress.checkpoints:
            kept = self.tr("checkpoint") if self._is_kept(step) else self.tr("no longer kept")
        return [str(step), *figures, kept]

    def _chosen(self) -> list[int | None]:
        steps = [item.data(0, _STEP) for item in self._checkpoints.selectedItems()]
        return [None if step == -1 else step for step in steps]

    def _chosen_steps(self) -> list[int]:
        """With the last step for the end, whose pictures are the same."""
        last = self._runs.progress.step
        return sorted({last if step is None else step for step in self._chosen()})

    def _show_strips(self) -> None:
        self._enable()
        inside = QWidget()
        rows = QVBoxLayout(inside)
        self._strips.clear()
        for step in self._chosen_steps():
            files = self._runs.strips(step)
            title = QLabel(self.tr("Step {number}").format(number=step))
            rows.addWidget(title)
            if not files:
                rows.addWidget(QLabel(self.tr("Its pictures are not here: fetch them.")))
            for file in files:
                text = QLabel()
                text.setAlignment(Qt.AlignmentFlag.AlignLeft)
                words = self.tr("{name}: source, rising intensities, target")
                text.setAccessibleName(words.format(name=file.stem))
                text.setToolTip(words.format(name=file.stem))
                self._strips[str(file)] = text
                rows.addWidget(text)
                self._show_strip(str(file))
        if not self._chosen_steps():
            text = QLabel(self.tr("Choose one or more checkpoints to see what they make."))
            text.setWordWrap(True)
            rows.addWidget(text)
        rows.addStretch(1)
        self._pictures.setWidget(inside)

    def _show_strip(self, path: str) -> None:
        label = self._strips.get(path)
        picture = self._small.of(path)
        if label is not None and picture is not None and not picture.isNull():
            label.setPixmap(QPixmap.fromImage(picture))

    def _fetch_new_pictures(self) -> None:
        """Bring the newest pictures of a run elsewhere, once."""
        row, validations = self._runs.row(self._runs.followed), self._runs.progress.validations
        if row is None or row.target == LOCAL or row.has_ended or self._runs.doing:
            return
        newest = max(validations)
        if newest not in self._asked_for and not self._runs.strips(newest):
            self._asked_for.add(newest)
            self._runs.fetch([f"validation/step-{newest:08d}/*"])

    def _fetch_pictures(self) -> None:
        self._runs.fetch([f"validation/step-{step:08d}/*" for step in self._chosen_steps()])

    # ---- what is done ---------------------------------------------------------------------------

    def _go_on(self) -> None:
        row = self._runs.row(self._runs.followed)
        on = str(self._on.currentData() or "")
        self._runs.resume("" if row is None or on == row.target else on)

    def _ask_end(self) -> None:
        text = self.tr(
            "What was learnt since the last checkpoint is lost. Pause saves before it stops."
        )
        self._ask(self.tr("End without saving"), text, lambda: self._runs.ask("end"))

    def _ask_forget(self) -> None:
        text = self.tr("It is deleted here and on its node. What was fetched stays.")
        self._ask(self.tr("Forget run"), text, self._runs.forget)

    def _ask(self, title: str, text: str, do: Callable[[], None]) -> None:
        box = QMessageBox(QMessageBox.Icon.Question, title, text, parent=self)
        agree = box.addButton(title, QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(QMessageBox.StandardButton.Cancel)
        box.finished.connect(lambda _: do() if box.clickedButton() is agree else None)
        box.finished.connect(box.deleteLater)
        box.open()

    def _install_chosen(self) -> None:
        [step] = self._chosen()
        self._runs.install(step)

    def _take_exported(self, run: str, step: int | None, file: str) -> None:
        if self._comparing:
            self._compared.append((self._comparing.pop(0), file))
            self._compare_next()
            return
        look = self._runs.keep(run, step, Path(file))
        text = self.tr("{name} is installed; Preferences has it.").format(name=look.name)
        if self._use.isChecked():
            model = self._context.preferences.current.model
            self._context.preferences.change(model=with_look(model, look, self._runs.looks))
            text = self.tr("{name} is installed, and the editor uses it.").format(name=look.name)
        self._context.messages.say(text)

    # ---- side by side ---------------------------------------------------------------------------

    def _compare_chosen(self) -> None:
        why_not = self._why_no_renders()
        if why_not:
            self._open_strips(why_not)
            return
        self._compared = []
        self._comparing = [step for step in self._chosen() if self._is_kept(step)]
        self._compare_next()

    def _why_no_renders(self) -> str:
        """Why the current photo cannot be rendered with these checkpoints; empty when it can."""
        machine, key = self._context.machine.current, self._context.session.current
        if not machine.can_run_pixelsmile:
            return self.tr("PixelSmile cannot run here: {reason}").format(
                reason=machine.lacks or self.tr("it is not known yet")
            )
        if key is None or not self._context.project.version(key).is_edited:
            return self.tr("no edited photo is open")
        if not any(self._is_kept(step) for step in self._chosen()):
            return self.tr("these checkpoints are no longer kept")
        return ""

    def _open_strips(self, why: str) -> None:
        files = [file for step in self._chosen_steps() for file in self._runs.strips(step)]
        if not files:
            text = self.tr("There is nothing to compare yet: {reason}; fetch the pictures first.")
            self._context.messages.say(text.format(reason=why.rstrip(".")))
            return
        self._context.session.open(files)
        self._context.actions["view.edit"].trigger()
        text = self.tr("The validation pictures are open, because {reason}.")
        self._context.messages.say(text.format(reason=why.rstrip(".")))

    def _compare_next(self) -> None:
        """Have the next LoRA written; with the last of them the photos are queued."""
        row = self._runs.row(self._runs.followed)
        if row is None:
            return
        if self._comparing:
            step = self._comparing[0]
            name = "end" if step is None else str(step)
            file = Path(row.into) / "compare" / f"{row.run}-{name}.safetensors"
            if file.is_file():
                self._take_exported(row.run, step, str(file))
            else:
                self._runs.export(step, file)
            return
        self._queue_compared(row)

    def _queue_compared(self, row: RunRow) -> None:
        key = self._context.session.current
        if key is None:
            return
        preferences = self._context.preferences.current
        draft = self._runs.draft(row.run)
        words = draft.words if draft is not None else ()
        ordered = orders_of(self._context, [key], preferences.strip_suffix)
        plan = plan_of(
            self._context, ordered, last_used(preferences), str(Path(row.into) / "compare")
        )
        orders = tuple(_by_pixelsmile(one) for one in plan.orders)
        deliveries = [
            replace(
                plan.delivery,
                model=msgspec.structs.replace(
                    preferences.model, loras=(Lora(file),), words=words, lightning=False
                ),
                template="{name}_{expression}_" + ("end" if step is None else f"step-{step}"),
            )
            for step, file in self._compared
        ]

        def place(library: Library) -> int:
            return sum(len(library.orders.place(orders, one)) for one in deliveries)

        def tell(number: int) -> None:
            text = self.tr("Renders in the queue: {number}; the screen Review shows them.")
            self._context.messages.say(text.format(number=number))

        self._context.catalogue.ask(place, tell)


def _by_pixelsmile(order: Order) -> Order:
    """The same order for the PixelSmile editor, whatever the photo's edit says."""

    def edited(edit: PhotoEdit) -> PhotoEdit:
        return msgspec.structs.replace(edit, editor="pixelsmile")

    wanted = tuple(msgspec.structs.replace(one, edit=edited(one.edit)) for one in order.wanted)
    return replace(order, wanted=wanted)
