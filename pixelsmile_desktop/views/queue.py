"""The queue: its table, its commands, and its one line for the status bar."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import (
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSize,
    Qt,
    QUrl,
    Slot,
)
from PySide6.QtGui import QAction, QDesktopServices, QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QStackedWidget,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionProgressBar,
    QStyleOptionViewItem,
    QSystemTrayIcon,
    QTableView,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.library import Job, Picture
from pixelsmile_desktop.context import Context
from pixelsmile_desktop.models.queue import Column, Queue, QueueRole
from pixelsmile_desktop.widgets.names import name_inner_parts
from pixelsmile_desktop.widgets.time_text import duration_text

Index = QModelIndex | QPersistentModelIndex

_BUTTONS = (
    *("queue.pause", "queue.resume", "queue.cancel", "queue.retry", "queue.retry_failed"),
    *("queue.up", "queue.down", "queue.open", "queue.open_folder", "queue.clear"),
)


class QueueView(QWidget):
    """Every job with its state, and what can be done about it."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._queue = context.queue
        commands = queue_commands(context)
        bar = QToolBar(self.tr("Jobs"), self)  # what does not fit goes into its menu
        bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        for name in _BUTTONS:
            bar.addAction(commands[name])
            bar.widgetForAction(commands[name]).setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        name_inner_parts(bar)
        self.table = self._make_table(commands)
        empty = QLabel(
            self.tr(
                "The queue is empty. Add to queue renders the selected photos in the background."
            )
        )
        empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        empty.setWordWrap(True)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(empty)
        self._pages.addWidget(self.table)
        layout = QVBoxLayout(self)
        layout.addWidget(bar)
        layout.addWidget(self._pages)
        self.setFocusProxy(self.table)
        self._queue.jobs_changed.connect(self._show_page)
        self._show_page()

    def sizeHint(self) -> QSize:
        """As a panel: a few rows; it can be made larger."""
        line = self.fontMetrics().height()
        return QSize(40 * line, 12 * line)

    def _make_table(self, commands: dict[str, QAction]) -> QTableView:
        table = QTableView(self)
        table.setAccessibleName(self.tr("Jobs"))
        table.setModel(self._queue.jobs)
        table.setSelectionModel(self._queue.selection)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setAlternatingRowColors(True)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.setItemDelegateForColumn(Column.PROGRESS, ProgressDelegate(table))
        table.doubleClicked.connect(lambda _index: commands["queue.open"].trigger())
        for corner in table.findChildren(QAbstractButton):
            corner.setAccessibleName(self.tr("Select all jobs"))
        rows = table.verticalHeader()
        rows.setVisible(False)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(round(table.fontMetrics().height() * 1.7))
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        letter = table.fontMetrics().averageCharWidth()
        for column, letters in ((Column.PHOTO, 34), (Column.STATE, 16), (Column.PROGRESS, 22)):
            table.setColumnWidth(column, letters * letter)
        table.setColumnWidth(Column.LEFT, 14 * letter)
        header.setStretchLastSection(True)
        table.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        table.addActions([commands[name] for name in _BUTTONS])
        return table

    @Slot()
    def _show_page(self) -> None:
        self._pages.setCurrentIndex(1 if self._queue.jobs.rowCount() else 0)


class ProgressDelegate(QStyledItemDelegate):
    """How far a job is, as a bar with its number, and a small picture of what is in the making."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        share = index.data(QueueRole.SHARE)
        super().paint(painter, option, index)
        if share is None:
            return
        style = QApplication.style()
        rect = option.rect.adjusted(2, 2, -2, -2)  # type: ignore[attr-defined]
        step = index.data(QueueRole.STEP)
        if step is not None and not step.isNull():
            ratio = painter.device().devicePixelRatio()
            side = round(rect.height() * ratio)
            picture = QPixmap.fromImage(step).scaled(
                QSize(side, side),
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
            picture.setDevicePixelRatio(ratio)
            painter.drawPixmap(rect.topLeft(), picture)
            rect.setLeft(rect.left() + rect.height() + 2)
        bar = QStyleOptionProgressBar()
        bar.rect = rect  # type: ignore[attr-defined]
        bar.minimum, bar.maximum = 0, 100  # type: ignore[attr-defined]
        bar.progress = round(share * 100)  # type: ignore[attr-defined]
        bar.text = index.data()  # type: ignore[attr-defined]
        bar.textVisible = True  # type: ignore[attr-defined]
        bar.palette = option.palette  # type: ignore[attr-defined]
        bar.state = QStyle.StateFlag.State_Enabled | QStyle.StateFlag.State_Horizontal  # type: ignore[attr-defined]
        style.drawControl(QStyle.ControlElement.CE_ProgressBar, bar, painter)


class QueueSummary(QWidget):
    """`Queue: 312 of 500 · 4 failed · 6 min left`, with the two buttons one wants at hand."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._queue = context.queue
        commands = queue_commands(context)
        self._text = QLabel(self)
        self._buttons: dict[str, QToolButton] = {}
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._text)
        for name in ("queue.pause", "queue.resume", "queue.retry_failed"):
            button = QToolButton(self)
            button.setDefaultAction(commands[name])
            button.setAutoRaise(True)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            layout.addWidget(button)
            self._buttons[name] = button
        self._queue.changed.connect(self.refresh)
        self.refresh()

    def text(self) -> str:
        """What it says."""
        return self._text.text()

    @Slot()
    def refresh(self) -> None:
        """Say how the queue stands."""
        queue = self._queue
        text = self._summary(queue)
        if text != self._text.text():
            self._text.setText(text)
            self._text.setAccessibleName(text)
        self._buttons["queue.pause"].setVisible(queue.open_jobs > 0 and not queue.is_paused)
        is_held = queue.is_paused or (queue.process.has_given_up and queue.open_jobs > 0)
        self._buttons["queue.resume"].setVisible(is_held)
        self._buttons["queue.retry_failed"].setVisible(queue.jobs.counts["failed"] > 0)

    def _summary(self, queue: Queue) -> str:
        counts = queue.jobs.counts
        over = counts["finished"] + counts["failed"] + counts["needs_review"]
        every = over + queue.open_jobs
        if not every:
            return self.tr("Queue: paused") if queue.is_paused else self.tr("Queue: empty")
        parts = [self.tr("Queue: {done} of {all}").format(done=over, all=every)]
        if counts["failed"]:
            parts.append(self.tr("{number} failed").format(number=counts["failed"]))
        if counts["needs_review"]:
            parts.append(review_text(counts["needs_review"]))
        if queue.is_paused:
            parts.append(self.tr("paused"))
        elif queue.process.has_given_up and queue.open_jobs:
            parts.append(self.tr("stopped"))
        elif queue.open_jobs and queue.left_s is not None:
            time = duration_text(queue.left_s)
            parts.append(self.tr("{time} left").format(time=time))
        return " · ".join(parts)


def review_text(number: int) -> str:
    """How many results need a look."""
    if number == 1:
        return QCoreApplication.translate("QueueSummary", "1 needs review")
    text = QCoreApplication.translate("QueueSummary", "{number} need review")
    return text.format(number=number)


def queue_commands(context: Context) -> dict[str, QAction]:
    """The queue's commands, made on the first call; they are about the selected jobs."""
    if context.queue.findChild(QueueCommands) is None:
        QueueCommands(context)
    return {name: context.actions[name] for name in _BUTTONS}


class QueueCommands(QObject):
    """The commands, and when each makes sense."""

    def __init__(self, context: Context) -> None:
        super().__init__(context.queue)
        self._context = context
        self._queue = context.queue
        queue = self._queue
        self._add("pause", self.tr("Pause"), queue.pause, "run")
        self._add("resume", self.tr("Resume"), queue.resume, "run")
        self._add("cancel", self.tr("Cancel"), lambda: queue.cancel(self._numbers()), "jobs")
        self._add("retry", self.tr("Retry"), lambda: queue.retry(self._numbers()), "jobs")
        self._add("retry_failed", self.tr("Retry failed"), queue.retry_failed, "jobs")
        self._add("up", self.tr("Move up"), lambda: queue.move(self._numbers(), -1), "order")
        self._add("down", self.tr("Move down"), lambda: queue.move(self._numbers(), 1), "order")
        self._add("open", self.tr("Open result"), self._open_result, "open")
        self._add("open_folder", self.tr("Open folder"), self._open_folder, "open")
        self._add("clear", self.tr("Clear finished"), queue.clear, "clear")
        queue.changed.connect(self._enable)
        queue.jobs_changed.connect(self._enable)
        queue.selection.selectionChanged.connect(self._enable)
        self._enable()

    def _add(self, name: str, text: str, do: Callable[[], object], group: str) -> None:
        self._context.actions.add(f"queue.{name}", text, do, menu="Queue", group=f"queue {group}")

    def _numbers(self) -> list[int]:
        return [job.id for job in self._queue.selected()]

    def _enable(self) -> None:
        queue, counts = self._queue, self._queue.jobs.counts
        states = {job.state for job in queue.selected()}
        allowed = {
            "pause": not queue.is_paused,
            "resume": queue.is_paused or queue.process.has_given_up,
            "cancel": bool(states & {"queued", "running"}),
            "retry": bool(states & {"failed", "needs_review", "cancelled"}),
            "retry_failed": counts["failed"] > 0,
            "up": "queued" in states,
            "down": "queued" in states,
            "open": bool(states & {"finished", "needs_review"}),
            "open_folder": bool(states),
            "clear": counts["finished"] + counts["cancelled"] > 0,
        }
        for name, is_allowed in allowed.items():
            self._context.actions[f"queue.{name}"].setEnabled(is_allowed)

    def _open_result(self) -> None:
        for job in self._queue.selected()[:1]:
            self._queue.pictures(job.id, lambda pictures, job=job: self._opened(job, pictures))

    def _opened(self, job: Job, pictures: Sequence[Picture]) -> None:
        made = [one.output for one in pictures if one.output is not None]
        if made:
            _open(made[0])
        else:
            text = self.tr("{name}: its picture is not there any more; add it to the queue again")
            self._context.messages.say(text.format(name=job.source.name))

    def _open_folder(self) -> None:
        for job in self._queue.selected()[:1]:
            place = next(iter(job.places), job.source)
            _open(place.parent)


def _open(path: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))


class DoneNotice(QObject):
    """Says outside the window that the queue is done, where the system has a place for it."""

    def __init__(self, context: Context, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._tray: QSystemTrayIcon | None = None
        context.queue.done.connect(self._tell)

    def text(self, finished: int, failed: int, doubtful: int) -> str:
        """What is said."""
        parts = [self.tr("{number} finished").format(number=finished)]
        if failed:
            parts.append(self.tr("{number} failed").format(number=failed))
        if doubtful:
            parts.append(review_text(doubtful))
        return " · ".join(parts)

    def _tell(self, finished: int, failed: int, doubtful: int) -> None:
        is_seen = self._window.isActiveWindow() and not self._window.isMinimized()
        if is_seen or not QSystemTrayIcon.isSystemTrayAvailable():
            return
        if self._tray is None:
            self._tray = QSystemTrayIcon(self._window.windowIcon(), self)
            self._tray.messageClicked.connect(self._window.activateWindow)
        self._tray.show()
        text = self.text(finished, failed, doubtful)
        self._tray.showMessage(self.tr("The queue is done"), text, self._window.windowIcon())
