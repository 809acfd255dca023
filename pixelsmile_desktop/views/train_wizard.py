"""A new fine-tune, page by page: nothing is sent or paid for before the last."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from pixelsmile_desktop.models.drafting import Drafting
from pixelsmile_desktop.models.training import PAGES, Fault, Page, all_faults
from pixelsmile_desktop.models.training import faults as faults_of
from pixelsmile_desktop.views.train_data import ConsentPage, DataPage
from pixelsmile_desktop.views.train_look import LookPage, SettingsPage
from pixelsmile_desktop.views.train_target import EstimatePage, TargetPage
from pixelsmile_desktop.widgets.names import name_inner_parts


class TrainWizard(QWidget):
    """Six pages over one draft."""

    closed = Signal()
    """The user leaves it; the draft is kept."""

    def __init__(self, drafting: Drafting, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drafting = drafting
        self.pages = {
            "consent": ConsentPage(drafting),
            "data": DataPage(drafting),
            "look": LookPage(drafting),
            "target": TargetPage(drafting),
            "settings": SettingsPage(drafting),
            "estimate": EstimatePage(drafting),
        }
        self._page: Page = "consent"
        self._stack = QStackedWidget()
        for page in PAGES:
            area = QScrollArea()
            area.setWidgetResizable(True)
            area.setFrameShape(QFrame.Shape.NoFrame)
            area.setWidget(self.pages[page])
            area.setAccessibleName(self.title(page))
            self._stack.addWidget(area)
        rows = QVBoxLayout(self)
        rows.addLayout(self._build_steps())
        rows.addWidget(self._stack, 1)
        self._fault = QLabel()
        self._fault.setWordWrap(True)
        self._fault.setAccessibleName(self.tr("What is missing"))
        rows.addWidget(self._fault)
        rows.addLayout(self._build_buttons())
        name_inner_parts(self)
        drafting.changed.connect(self._show)
        drafting.busy_changed.connect(lambda _: self._show())
        self.show_page("consent")

    @property
    def page(self) -> Page:
        """The page that is shown."""
        return self._page

    def title(self, page: Page) -> str:
        """What a page is about."""
        return {
            "consent": self.tr("Consent and rights"),
            "data": self.tr("Data"),
            "look": self.tr("Look and expressions"),
            "target": self.tr("Target"),
            "settings": self.tr("Settings"),
            "estimate": self.tr("Estimate"),
        }[page]

    def show_page(self, page: Page) -> None:
        """Show a page; a later one only when nothing is missing before it."""
        for earlier in PAGES[: PAGES.index(page)]:
            if self._faults(earlier):
                page = earlier
                break
        self._page = page
        self._stack.setCurrentIndex(PAGES.index(page))
        self.pages[page].begin()
        self._show()

    def begin_again(self) -> None:
        """Show the draft from its first page."""
        for page in self.pages.values():
            page.show_draft()
        self.show_page("consent")

    # ---- how it is built ------------------------------------------------------------------------

    def _build_steps(self) -> QHBoxLayout:
        line = QHBoxLayout()
        self._steps: dict[Page, QToolButton] = {}
        self._group = QButtonGroup(self)
        for page in PAGES:
            line.addWidget(self._step_button(page))
        line.addStretch(1)
        return line

    def _step_button(self, page: Page) -> QToolButton:
        button = QToolButton()
        button.setCheckable(True)
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(lambda _: self.show_page(page))
        self._group.addButton(button)
        self._steps[page] = button
        return button

    def _build_buttons(self) -> QHBoxLayout:
        self._discard = QPushButton(self.tr("Discard the draft…"))
        self._discard.clicked.connect(self._ask_to_forget)
        leave = QPushButton(self.tr("Close"))
        leave.setToolTip(self.tr("The draft is kept."))
        leave.clicked.connect(self._leave)
        self._back = QPushButton(self.tr("Back"))
        self._back.clicked.connect(lambda: self._step(-1))
        self._next = QPushButton(self.tr("Next"))
        self._next.clicked.connect(lambda: self._step(1))
        line = QHBoxLayout()
        line.addWidget(self._discard)
        line.addStretch(1)
        for button in (leave, self._back, self._next):
            line.addWidget(button)
        return line

    # ---- what is done ---------------------------------------------------------------------------

    def _step(self, by: int) -> None:
        self._drafting.save()
        at = PAGES.index(self._page) + by
        if at < len(PAGES):
            self.show_page(PAGES[max(at, 0)])
            self.pages[self._page].setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self._drafting.launch()

    def _leave(self) -> None:
        self._drafting.save()
        self.closed.emit()

    def _ask_to_forget(self) -> None:
        title = self.tr("Discard the draft")
        text = self.tr("Everything that was typed here is lost. Runs and pictures stay.")
        box = QMessageBox(QMessageBox.Icon.Question, title, text, parent=self)
        agree = box.addButton(title, QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(QMessageBox.StandardButton.Cancel)
        box.finished.connect(lambda _: self._forget() if box.clickedButton() is agree else None)
        box.finished.connect(box.deleteLater)
        box.open()

    def _forget(self) -> None:
        self._drafting.forget()
        self.begin_again()

    # ---- what is shown --------------------------------------------------------------------------

    def _faults(self, page: Page) -> list[Fault]:
        drafting = self._drafting
        return faults_of(drafting.draft, page, drafting.report, drafting.facts)

    def _show(self) -> None:
        drafting = self._drafting
        lacking = {page for page, _ in all_faults(drafting.draft, drafting.report, drafting.facts)}
        is_done = True  # a tick behind something that is missing would say too much
        for number, (page, button) in enumerate(self._steps.items(), 1):
            is_done = is_done and page not in lacking
            text = f"{'✓' if is_done else number} {self.title(page)}"
            button.setText(text)
            state = self.tr("complete") if is_done else self.tr("something is missing")
            button.setAccessibleName(f"{self.title(page)}, {number}")
            button.setAccessibleDescription(state)
            button.setChecked(page == self._page)
        found = self._faults(self._page)
        self._fault.setText("\n".join(f"⚠ {self.sentence(one)}" for one in found[:3]))
        self._fault.setVisible(bool(found))
        is_last = self._page == PAGES[-1]
        self._next.setText(self.tr("Launch") if is_last else self.tr("Next"))
        self._next.setEnabled(not found and not drafting.doing)
        self._back.setEnabled(self._page != PAGES[0])

    def sentence(self, fault: Fault) -> str:
        """What is missing, and what to do."""
        texts = {
            "no_holder": self.tr("Say who holds the rights in the pictures."),
            "no_person": self.tr("Name everybody who is shown."),
            "no_name": self.tr("Person {about} has no name."),
            "not_agreed": self.tr("{about}: say what was agreed."),
            "not_confirmed": self.tr("{about}: tick that this person agreed to training."),
            "no_data": self.tr("Choose a folder or a file with the data set."),
            "relative_data": self.tr("The data set needs its whole path."),
            "not_checked": self.tr("Check the data set; it costs nothing and sends nothing."),
            "not_checked_again": self.tr(
                "Something has changed since the check: check the data set again, on the page Data."
            ),
            "data_faults": self.tr("Mend the faults below and check again; warnings may stay."),
            "bad_word": self.tr("“{about}” is no single word of 2 to 16 letters a to z."),
            "known_word": self.tr("“{about}” is known already; leave it out here."),
            "bad_look_name": self.tr(
                "Name the look with small letters a to z, digits and hyphens, such as studio-warm."
            ),
            "bad_start": self.tr("The base look must be a file that ends with .safetensors."),
            "no_target": self.tr("Choose where it shall be trained."),
            "not_probed": self.tr("See first what {about} has: press Look at it."),
            "uneven_batch": self.tr("The batch must be a multiple of {about}, the part at once."),
            "bad_side": self.tr("The side must be a multiple of {about}."),
            "bad_alphas": self.tr("Name two or more different intensities from 0 to 1.5."),
        }
        return texts[fault.code].format(about=fault.about)
