"""The Train screen: runs on the left; the wizard or the chosen run beside them."""

import time

from PySide6.QtCore import QCoreApplication, QSignalBlocker, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from pixelsmile_desktop.context import Context
from pixelsmile_desktop.models.drafting import LOCAL, Drafting
from pixelsmile_desktop.models.runs import RunRow, Runs
from pixelsmile_desktop.views.train_run import RunPage, state_text
from pixelsmile_desktop.views.train_wizard import TrainWizard

_METHOD = "https://arxiv.org/abs/2603.25728"
_RUN = Qt.ItemDataRole.UserRole


class TrainView(QWidget):
    """Lists what was begun, here or elsewhere, and begins new fine-tunes."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Train"))
        self.drafting = Drafting(self)
        self.runs = Runs(self)
        self.wizard = TrainWizard(self.drafting)
        self.page = RunPage(context, self.runs, self.drafting)
        self._stack = QStackedWidget()
        for widget in (self._build_intro(), self.wizard, self.page):
            self._stack.addWidget(widget)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self._build_list())
        split.addWidget(self._stack)
        split.setStretchFactor(0, 0)
        split.setStretchFactor(1, 1)
        split.setChildrenCollapsible(False)
        rows = QVBoxLayout(self)
        rows.addWidget(split)
        self.setFocusProxy(self._new)
        self._connect()
        self._is_read = False

    def _connect(self) -> None:
        messages = self._context.messages
        self.drafting.failed.connect(lambda text: messages.say(text, "trouble"))
        self.drafting.launched.connect(self._show_launched)
        self.drafting.busy_changed.connect(self._note_done)
        self.runs.said.connect(
            lambda text, is_bad: messages.say(text, "trouble" if is_bad else "quiet")
        )
        self.runs.listed.connect(self._show_runs)
        self.wizard.closed.connect(self._close_wizard)
        if (application := QCoreApplication.instance()) is not None:
            application.aboutToQuit.connect(self.close_links)

    def showEvent(self, event: QShowEvent) -> None:
        """Read the runs when the screen is first seen: what is known at once, then from nodes."""
        if not self._is_read:
            self._is_read = True
            self.runs.listed.connect(self._begin, Qt.ConnectionType.SingleShotConnection)
            self.runs.refresh(offline=True)
        super().showEvent(event)

    def close_links(self) -> None:
        """End what was started here; runs go on."""
        self.drafting.close()
        self.runs.close()
        self.page.close_links()

    def new_fine_tune(self) -> None:
        """Show the wizard with the draft."""
        self._list.setCurrentRow(-1)
        self._stack.setCurrentWidget(self.wizard)
        self.wizard.show_page(self.wizard.page)
        self.wizard.setFocus()

    # ---- how it is built ------------------------------------------------------------------------

    def _build_list(self) -> QWidget:
        part = QWidget()
        rows = QVBoxLayout(part)
        rows.setContentsMargins(0, 0, 0, 0)
        self._new = QPushButton(self.tr("New fine-tune…"))
        self._new.clicked.connect(self.new_fine_tune)
        self._list = QListWidget()
        self._list.setAccessibleName(self.tr("Runs"))
        self._list.setAlternatingRowColors(True)
        self._list.setWordWrap(True)
        self._list.setMinimumWidth(self.fontMetrics().averageCharWidth() * 36)
        self._list.currentItemChanged.connect(lambda item, _: self._choose(item))
        self._none = QLabel(self.tr("There is no run yet."))
        self._none.setWordWrap(True)
        again = QPushButton(self.tr("Refresh"))
        again.setToolTip(self.tr("Ask every target that has an open run."))
        again.clicked.connect(lambda _: self.runs.refresh())
        line = QHBoxLayout()
        line.addWidget(again)
        line.addStretch(1)
        rows.addWidget(self._new)
        rows.addWidget(self._none)
        rows.addWidget(self._list, 1)
        rows.addLayout(line)
        return part

    def _build_intro(self) -> QScrollArea:
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setAccessibleName(self.tr("About training"))
        page = QWidget()
        text = QLabel(self._text())
        text.setTextFormat(Qt.TextFormat.RichText)
        text.setWordWrap(True)
        text.setOpenExternalLinks(True)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        text.setMaximumWidth(self.fontMetrics().averageCharWidth() * 90)
        text.setAccessibleName(self.tr("What training takes"))
        rows = QVBoxLayout(page)
        rows.addWidget(text)
        rows.addStretch(1)
        area.setWidget(page)
        return area

    # ---- what is chosen -------------------------------------------------------------------------

    def _begin(self) -> None:
        """Follow again what was going on, and hear of the others."""
        going = next((one for one in self.runs.rows if not one.has_ended), None)
        if going is not None:
            self._select(going.run)
            self.runs.refresh()

    def _choose(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.runs.follow(str(item.data(_RUN)))
            self.page.show_run()
            self._stack.setCurrentWidget(self.page)

    def _select(self, run: str) -> None:
        for row in range(self._list.count()):
            if self._list.item(row).data(_RUN) == run:
                self._list.setCurrentRow(row)

    def _show_launched(self, run: str) -> None:
        self._context.messages.say(
            self.tr("{run} is written down and goes to {target}.").format(
                run=run, target=self.drafting.draft.target
            )
        )
        self.runs.listed.connect(lambda: self._select(run), Qt.ConnectionType.SingleShotConnection)
        self.runs.refresh(offline=True)

    def _note_done(self, doing: str) -> None:
        if not doing:  # a launch may have ended: how the run is, is known now
            self.runs.show_state()

    def _close_wizard(self) -> None:
        self._stack.setCurrentIndex(0)
        self._new.setFocus()

    # ---- what is shown --------------------------------------------------------------------------

    def _show_runs(self) -> None:
        rows = self.runs.rows
        self._none.setVisible(not rows)
        known = [self._list.item(at).data(_RUN) for at in range(self._list.count())]
        if known != [one.run for one in rows]:
            current = self._list.currentItem()
            chosen = None if current is None else current.data(_RUN)
            with QSignalBlocker(self._list):
                self._list.clear()
                for one in rows:
                    item = QListWidgetItem(self._list)
                    item.setData(_RUN, one.run)
                    if one.run == chosen:
                        self._list.setCurrentItem(item)
            if chosen is not None and self.runs.row(chosen) is None:
                self._stack.setCurrentIndex(0)
        for at, one in enumerate(rows):
            self._list.item(at).setText(self._line(one))

    def _line(self, row: RunRow) -> str:
        began = time.strftime("%Y-%m-%d %H:%M", time.localtime(row.created))
        where = self.tr("this computer") if row.target == LOCAL else row.target
        return f"{row.run}\n{state_text(row)} · {where}\n{began}"

    def _text(self) -> str:
        parts = (
            (
                self.tr("Train a look of your own"),
                self.tr(
                    "Training teaches the PixelSmile editor expressions as your photos show them. "
                    "“New fine-tune…” leads through it; nothing is sent or paid for before its "
                    "last page."
                ),
            ),
            (
                self.tr("Consent"),
                self.tr(
                    "Everybody on the photos has to agree to training with them, and you need the "
                    "right to use the photos so. A note of both is kept with the result."
                ),
            ),
            (
                self.tr("Photos"),
                self.tr(
                    "Of each person one neutral photo and two or more that show an expression, "
                    "with a note of how strongly: some hundred people for a look that serves "
                    "strangers, fewer for a single person."
                ),
            ),
            (
                self.tr("A machine"),
                self.tr(
                    "A Linux machine with one or more large GPUs (80 GB each), reached by SSH: "
                    "your own, your institute's or a rented one. Photos are sent there and "
                    "nowhere else."
                ),
            ),
            (
                self.tr("Time and cost"),
                self.tr(
                    "On the fastest GPUs about half a second for each pair of photos and pass; a "
                    "hundred passes over 2,000 pairs take more than a day on one of them. What a "
                    "rented machine costs is told before anything begins."
                ),
            ),
            (
                self.tr("More"),
                self.tr("The method is described by its authors: {link}").format(
                    link=f'<a href="{_METHOD}">PixelSmile</a>'
                ),
            ),
        )
        (title, opening), *others = parts
        sections = "".join(f"<h3>{head}</h3><p>{text}</p>" for head, text in others)
        return f"<h2>{title}</h2><p>{opening}</p>{sections}"
