"""The review: before and after with the numbers, accepted, rejected or tried again."""

import random
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QModelIndex, QSize, Qt, Slot
from PySide6.QtGui import QHideEvent, QImage, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QListView,
    QSizePolicy,
    QSplitter,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.library import Job, Picture
from engine.recipes import PhotoEdit
from pixelsmile_desktop.context import Context
from pixelsmile_desktop.engine_link.preview import PreviewFeed, Wish
from pixelsmile_desktop.models.review import PictureReader, Reviewed
from pixelsmile_desktop.models.words import decimal, editor_title
from pixelsmile_desktop.widgets.time_text import duration_text

_LONGEST_PX = 1600
_PLAIN = PhotoEdit(())
_MAX_SEED = 2**31 - 1


class ReviewView(QWidget):
    """All results can be gone through; those that need a look come first."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._queue = context.queue
        self._job: Job | None = None
        self._pictures: list[Picture] = []
        self.results = Reviewed(context.queue, self)
        self._add_actions()
        self._title = QLabel(self)
        self.list = self._make_list()
        self._mode = self._make_mode()
        self.before = PicturePane(context, self.tr("Before"))
        self.after = PicturePane(context, self.tr("After"))
        splitter = QSplitter(Qt.Orientation.Horizontal, self)
        splitter.addWidget(self.list)
        splitter.addWidget(self._make_right())
        splitter.setStretchFactor(1, 1)
        bar = self.list.verticalScrollBar().sizeHint().width() + 2 * self.list.frameWidth()
        splitter.setSizes([self.list.gridSize().width() + bar + 2, 16 * bar])
        empty = QLabel(self.tr("Nothing needs review."), self)
        empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(empty)
        self._pages.addWidget(splitter)
        layout = QVBoxLayout(self)
        layout.addLayout(self._mode_row)
        layout.addWidget(self._pages)
        self.setFocusProxy(self.list)
        self.results.rowsInserted.connect(self._keep_current)
        self.results.rowsRemoved.connect(self._keep_current)
        self.results.modelReset.connect(self._keep_current)
        self.results.dataChanged.connect(self._changed)
        self._keep_current()

    # ---- parts ----------------------------------------------------------------------------------

    def _add_actions(self) -> None:
        def add(name: str, text: str, do: Callable[[], object], keys: str = "") -> None:
            self._context.actions.add(
                f"review.{name}", text, do, keys=keys, menu="Queue", group="review"
            )

        add("accept", self.tr("Accept"), self.accept, "A")
        add("reject", self.tr("Reject"), self.reject, "R")
        add("retry", self.tr("Retry with another seed"), self.retry, "Shift+R")
        add("next", self.tr("Next result"), lambda: self.step(1), "N")
        add("previous", self.tr("Previous result"), lambda: self.step(-1), "Shift+N")
        self._enable()

    def _make_list(self) -> QListView:
        view = QListView(self)
        view.setAccessibleName(self.tr("Results"))
        view.setViewMode(QListView.ViewMode.IconMode)
        view.setResizeMode(QListView.ResizeMode.Adjust)
        view.setMovement(QListView.Movement.Static)
        view.setUniformItemSizes(True)
        view.setWordWrap(False)
        line = view.fontMetrics().height()
        view.setIconSize(QSize(8 * line, 8 * line))
        view.setGridSize(QSize(10 * line, 10 * line))
        view.setModel(self.results)
        view.selectionModel().currentChanged.connect(self._show)
        return view

    def _make_mode(self) -> QComboBox:
        label = QLabel(self.tr("Show"), self)
        mode = QComboBox(self)
        mode.setAccessibleName(self.tr("Show"))
        mode.addItem(self.tr("Needs review"), "doubtful")
        mode.addItem(self.tr("All results"), "all")
        mode.currentIndexChanged.connect(lambda _: self._set_mode())
        label.setBuddy(mode)
        self._mode_row = QHBoxLayout()
        self._mode_row.addWidget(label)
        self._mode_row.addWidget(mode)
        self._mode_row.addStretch()
        return mode

    def _make_right(self) -> QWidget:
        right = QWidget(self)
        self._choice = QComboBox(right)
        self._choice.setAccessibleName(self.tr("Picture"))
        self._choice.currentIndexChanged.connect(self._show_picture)
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self._choice)
        panes = QHBoxLayout()
        panes.addWidget(self.before, 1)
        panes.addWidget(self.after, 1)
        self._numbers: dict[str, QLabel] = {}
        form = QFormLayout()
        for name, title in (
            ("state", self.tr("State")),
            ("reasons", self.tr("Why")),
            ("identity", self.tr("Identity")),
            ("drift", self.tr("Drift")),
            ("made", self.tr("Made by")),
        ):
            text = QLabel(right)
            text.setWordWrap(True)
            text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            form.addRow(title, text)
            self._numbers[name] = text
        buttons = QHBoxLayout()
        for name in ("accept", "reject", "retry", "previous", "next"):
            button = QToolButton(right)
            button.setDefaultAction(self._context.actions[f"review.{name}"])
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            buttons.addWidget(button)
        buttons.addStretch()
        layout = QVBoxLayout(right)
        layout.addLayout(head)
        layout.addLayout(panes, 1)
        layout.addLayout(form)
        layout.addLayout(buttons)
        return right

    # ---- what is done ---------------------------------------------------------------------------

    def accept(self) -> None:
        """Put the pictures where they belong."""
        if self._job is not None and self._is_doubtful:
            self.results.forget(self._job.id)
            self._queue.accept(self._job.id)

    def reject(self) -> None:
        """Leave the pictures aside."""
        if self._job is not None and self._is_doubtful:
            self._queue.reject(self._job.id)

    def retry(self) -> None:
        """Render the photo anew with another seed."""
        if self._job is not None:
            self._queue.retry_with_seed(self._job.id, random.randrange(1, _MAX_SEED))

    def step(self, by: int) -> None:
        """Look at the next result, or the one before."""
        row = self.list.currentIndex().row() + by
        if 0 <= row < self.results.rowCount():
            self.list.setCurrentIndex(self.results.index(row, 0))

    def _set_mode(self) -> None:
        self.results.set_mode(self._mode.currentData())
        self._keep_current()

    # ---- what is shown --------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._enable()
        self._show(self.list.currentIndex())

    def hideEvent(self, event: QHideEvent) -> None:
        """Single keys are for what is seen."""
        super().hideEvent(event)
        self._enable()

    @property
    def _is_doubtful(self) -> bool:
        return self._job is not None and self._job.state == "needs_review"

    def _enable(self) -> None:
        has_job = self.isVisible() and self._job is not None
        is_of_chance = any(one.editor == "pixelsmile" for one in self._pictures)
        actions = self._context.actions
        actions["review.accept"].setEnabled(has_job and self._is_doubtful)
        actions["review.reject"].setEnabled(has_job and self._is_doubtful)
        actions["review.retry"].setEnabled(has_job and is_of_chance)
        actions["review.next"].setEnabled(has_job)
        actions["review.previous"].setEnabled(has_job)

    @Slot()
    def _keep_current(self) -> None:
        """Have a result chosen while there is one: the next, when one has left the list."""
        count = self.results.rowCount()
        self._pages.setCurrentIndex(1 if count else 0)
        if count and not self.list.currentIndex().isValid():
            self.list.setCurrentIndex(self.results.index(0, 0))
        elif not count:
            self._show(QModelIndex())
        self._tell_place()

    def _changed(self, first: QModelIndex, last: QModelIndex) -> None:
        if first.row() <= self.list.currentIndex().row() <= last.row():
            job = self.results.job(self.list.currentIndex())
            if job != self._job:
                self._show(self.list.currentIndex())

    def _show(self, index: QModelIndex, _before: QModelIndex | None = None) -> None:
        self._job = self.results.job(index)
        self._pictures = []
        self._tell_place()
        self._enable()
        if self._job is None:
            return
        number = self._job.id
        if self.isVisible():
            self.before.show_file(self._job.source)
        self._queue.pictures(number, lambda pictures: self._take(number, pictures))

    def _take(self, number: int, pictures: list[Picture]) -> None:
        if self._job is None or self._job.id != number:
            return
        self._pictures = pictures
        self._choice.blockSignals(True)
        self._choice.clear()
        for one in pictures:
            words = [str(one.label.get(name, "")) for name in ("expression", "scale")]
            self._choice.addItem(" ".join(word for word in words if word) or str(one.number + 1))
        doubtful = next((n for n, one in enumerate(pictures) if one.reasons), 0)
        self._choice.setCurrentIndex(doubtful)
        self._choice.blockSignals(False)
        self._choice.setVisible(len(pictures) > 1)
        self._show_picture()

    @Slot()
    def _show_picture(self) -> None:
        place = self._choice.currentIndex()
        self._enable()
        if self._job is None or not 0 <= place < len(self._pictures):
            return
        picture = self._pictures[place]
        if picture.output is None:
            self.after.say(self.tr("The picture is not there."))
        elif self.isVisible():
            self.after.show_file(picture.output)
        texts = {
            "state": self._queue.jobs.state_text(self._job.state),
            "reasons": "\n".join([*picture.reasons, *picture.warnings]) or "–",
            "identity": "–" if picture.identity is None else decimal(picture.identity, 2),
            "drift": self._drift_text(picture.drift),
            "made": self._made_text(picture),
        }
        for name, text in texts.items():
            self._numbers[name].setText(text)

    def _drift_text(self, drift: dict[str, float]) -> str:
        if not drift:
            return "–"
        parts = [
            self.tr("moved {number:.1f} px").format(number=drift.get("shift_px", 0.0)),
            self.tr("zoomed {number:+.1f} %").format(number=100 * (drift.get("scale", 1.0) - 1)),
            self.tr("turned {number:+.1f}°").format(number=drift.get("rotation_deg", 0.0)),
            self.tr("colour {number:+.0f}").format(number=drift.get("colour", 0.0)),
            self.tr("other changes {number:.1f}").format(number=drift.get("residual", 0.0)),
        ]
        return " · ".join(parts)

    def _made_text(self, picture: Picture) -> str:
        parts = [editor_title(picture.editor) or "–"]
        if picture.editor == "pixelsmile":
            parts.append(self.tr("seed {number}").format(number=picture.seed))
        if picture.seconds is not None:
            parts.append(duration_text(picture.seconds))
        return " · ".join(parts)

    def _tell_place(self) -> None:
        if self._job is None:
            self._title.clear()
            return
        text = self.tr("{name} – {place} of {all}").format(
            name=self._job.source.name,
            place=self.list.currentIndex().row() + 1,
            all=self.results.rowCount(),
        )
        self._title.setText(text)


class PicturePane(QWidget):
    """One picture with its title, as large as there is room."""

    def __init__(self, context: Context, title: str) -> None:
        super().__init__()
        self._title = title
        self._path: Path | None = None
        self._text = ""
        self._picture = QImage()
        self._reader = PictureReader(self)
        self._reader.read.connect(self._take)
        self._feed = PreviewFeed(context.worker, self)
        self._feed.shown.connect(lambda wish, picture, _s: self._take_slow(wish.photo, picture))
        self._feed.failed.connect(lambda wish, _failed: self._take_slow(wish.photo, QImage()))
        self.setAccessibleName(title)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(QSize(120, 120))

    @property
    def picture(self) -> QImage:
        """What is shown; null while there is nothing."""
        return self._picture

    def show_file(self, path: Path) -> None:
        """Show a picture; what Qt cannot read is opened by the preview worker."""
        self._path, self._text = path, ""
        self._picture = QImage()
        self._reader.ask(path, path, _LONGEST_PX)
        self.setAccessibleDescription(path.name)
        self.update()

    def say(self, text: str) -> None:
        """Show a sentence instead."""
        self._path, self._text, self._picture = None, text, QImage()
        self.setAccessibleDescription(text)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        line = self.fontMetrics().height()
        area = self.rect().adjusted(0, round(1.4 * line), 0, 0)
        painter.setPen(self.palette().windowText().color())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignTop, self._title)
        if self._picture.isNull():
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, self._text)
            return
        size = self._picture.size().scaled(area.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = area.adjusted(0, 0, size.width() - area.width(), size.height() - area.height())
        place.moveCenter(area.center())
        painter.drawImage(place, self._picture)

    def _take(self, path: object, picture: QImage) -> None:
        if path != self._path:
            return
        if picture.isNull() and isinstance(path, Path):
            self._feed.show(Wish(path, _PLAIN, longest_px=_LONGEST_PX))
            return
        self._set(picture)

    def _take_slow(self, path: Path, picture: QImage) -> None:
        if path == self._path:
            self._set(picture)

    def _set(self, picture: QImage) -> None:
        self._picture = picture
        self._text = self.tr("This kind of file has no preview.") if picture.isNull() else ""
        self.update()
