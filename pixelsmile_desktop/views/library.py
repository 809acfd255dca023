"""The library: every open photo as a picture, to look through, choose from and mark."""

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from PySide6.QtCore import QCoreApplication, QPoint, QSize, Qt, QUrl, Signal
from PySide6.QtGui import (
    QDesktopServices,
    QDragEnterEvent,
    QDropEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSlider,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.library import MAX_STARS, Flag, Version, VersionKey
from engine.recipes import RESOURCES
from pixelsmile_desktop.context import Context
from pixelsmile_desktop.models.opening import SUFFIXES
from pixelsmile_desktop.models.photo_filter import ALL, Order
from pixelsmile_desktop.models.project import Change
from pixelsmile_desktop.views.library_panel import LibraryPanel
from pixelsmile_desktop.widgets.photo_list import PhotoList

__all__ = ["LibraryPanel", "LibraryView"]

SAMPLES = RESOURCES / "samples"
_SMALLEST_LINES, _LARGEST_LINES, _USUAL_LINES = 6, 24, 11  # of text, so that it scales


class LibraryView(QWidget):
    """The grid, and above it what is listed, in which order and how large."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._session = session = context.session
        self.setAcceptDrops(True)
        self.grid = _Grid(lambda photos: session.thumbnails.want("grid", photos))
        self.grid.setAccessibleName(self.tr("Photos"))
        self.grid.setModel(session.filter)
        self.grid.setSelectionModel(session.selection)
        self.grid.opened.connect(self._open_edit)
        self.grid.zoomed.connect(self._zoom)
        self.grid.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.grid.customContextMenuRequested.connect(self._show_menu)
        self._add_actions()
        self._stack = QStackedWidget()
        self._empty = self._make_empty()
        self._none_listed = self._make_none_listed()
        for page in (self._empty, self._none_listed, self.grid):
            self._stack.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._make_bar())
        layout.addWidget(self._stack, 1)
        self.setFocusProxy(self.grid)
        session.filter.listed_changed.connect(self._listed_changed)
        session.listed.connect(self._tell_troubles)
        session.photos.modelReset.connect(self._show_page)
        self._size.setValue(_USUAL_LINES)
        self._resize_cells()
        self._listed_changed()

    # ---- what is shown --------------------------------------------------------------------------

    def _make_bar(self) -> QWidget:
        bar = QWidget()
        layout = QHBoxLayout(bar)
        self._count = QLabel()
        self._count.setAccessibleName(self.tr("Listed photos"))
        self._order = QComboBox()
        for name, text in self._orders().items():
            self._order.addItem(text, name)
        label = QLabel(self.tr("Sort by"))
        label.setBuddy(self._order)
        self._order.setAccessibleName(self.tr("Sort by"))
        self._backwards = QToolButton()
        self._backwards.setText(self.tr("Reverse"))
        self._backwards.setCheckable(True)
        self._backwards.setToolTip(self.tr("Sort backwards"))
        self._order.currentIndexChanged.connect(self._sort)
        self._backwards.toggled.connect(self._sort)
        self._size = QSlider(Qt.Orientation.Horizontal)
        self._size.setRange(_SMALLEST_LINES, _LARGEST_LINES)
        self._size.setAccessibleName(self.tr("Size of the pictures"))
        self._size.setToolTip(self.tr("Size of the pictures (Ctrl and the wheel)"))
        self._size.setMaximumWidth(12 * self.fontMetrics().height())
        self._size.valueChanged.connect(self._resize_cells)
        size_label = QLabel(self.tr("Size"))
        size_label.setBuddy(self._size)
        layout.addWidget(self._count)
        layout.addStretch(1)
        for widget in (label, self._order, self._backwards, size_label, self._size):
            layout.addWidget(widget)
        return bar

    def _orders(self) -> dict[Order, str]:
        return {
            "folder": self.tr("Folder"),
            "name": self.tr("Name"),
            "date": self.tr("File date"),
            "stars": self.tr("Stars"),
        }

    def _make_empty(self) -> QWidget:
        page = QWidget()
        title = QLabel(self.tr("Drop a folder or photos here"))
        font = title.font()
        font.setPointSizeF(font.pointSizeF() * 1.6)
        title.setFont(font)
        text = QLabel(
            self.tr("They stay where they are: nothing is copied, and originals are never written.")
        )
        text.setWordWrap(True)
        for label in (title, text):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        for name in ("file.open_folder", "file.open_photos", "file.open_samples"):
            action = self._context.actions[name]
            button = QPushButton(action.text())
            button.clicked.connect(action.trigger)
            buttons.addWidget(button)
        buttons.addStretch(1)
        layout = QVBoxLayout(page)
        layout.addStretch(2)
        layout.addWidget(title)
        layout.addWidget(text)
        layout.addSpacing(self.fontMetrics().height())
        layout.addLayout(buttons)
        layout.addStretch(3)
        return page

    def _make_none_listed(self) -> QWidget:
        page = QWidget()
        text = QLabel(self.tr("No photo passes the filters."))
        text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        button = QPushButton(self.tr("Clear filters"))
        button.clicked.connect(lambda: self._session.filter.set_filters(ALL))
        layout = QVBoxLayout(page)
        layout.addStretch(2)
        layout.addWidget(text)
        layout.addWidget(button, 0, Qt.AlignmentFlag.AlignCenter)
        layout.addStretch(3)
        return page

    def _listed_changed(self, *_: int) -> None:
        listed, total = self._session.filter.rowCount(), self._session.filter.total
        self._count.setText(listed_text(self, listed, total))
        self._show_page()

    def _show_page(self) -> None:
        has_some = self._session.filter.total > 0
        is_listed = self._session.filter.rowCount() > 0
        page = self.grid if is_listed else self._none_listed if has_some else self._empty
        if self._stack.currentWidget() is not page:
            self._stack.setCurrentWidget(page)
            # A hidden grid would leave the keys to nobody.
            self.setFocusProxy(self.grid if page is self.grid else page)

    def _resize_cells(self) -> None:
        self.grid.set_side(self._size.value() * self.fontMetrics().height())

    def _zoom(self, by: int) -> None:
        self._size.setValue(self._size.value() + by)

    def _sort(self) -> None:
        order: Order = self._order.currentData()
        self._session.filter.set_order(order, descending=self._backwards.isChecked())

    def _tell_troubles(self, troubles: tuple[str, ...]) -> None:
        messages = self._context.messages
        if troubles:
            text = self.tr("{number} files or folders could not be read: {first}")
            if len(troubles) == 1:
                text = self.tr("One file or folder could not be read: {first}")
            messages.say(
                text.format(number=len(troubles), first=troubles[0]), "trouble", "\n".join(troubles)
            )
        elif not self._session.filter.total and self._session.folders:
            messages.say(
                self.tr("{name} holds no photos.").format(name=self._session.folders[0].name)
            )

    # ---- what is done ---------------------------------------------------------------------------

    def _add_actions(self) -> None:
        add = self._context.actions.add
        add(
            "file.open_folder",
            self.tr("Open folder…"),
            self.open_folder,
            keys="Ctrl+O",
            menu="File",
            group="open",
        )
        add(
            "file.open_photos",
            self.tr("Open photos…"),
            self.open_photos,
            keys="Ctrl+Shift+O",
            menu="File",
            group="open",
        )
        add(
            "file.open_samples",
            self.tr("Open the sample portraits"),
            lambda: self._session.open([SAMPLES]),
            menu="File",
            group="open",
        )
        add(
            "edit.select_all",
            self.tr("Select all photos"),
            self.grid.selectAll,
            keys="Ctrl+A",
            menu="Edit",
            group="select",
        )
        add(
            "edit.select_one",
            self.tr("Select the current photo only"),
            self._select_one,
            keys="Ctrl+Shift+A",
            menu="Edit",
            group="select",
        )
        add(
            "photo.edit",
            self.tr("Open in Edit"),
            self._open_edit,
            keys="E",
            menu="Photo",
            group="open",
        )
        add(
            "photo.show_in_folder",
            self.tr("Show in its folder"),
            self._show_in_folder,
            menu="Photo",
            group="open",
        )
        add(
            "photo.copy",
            self.tr("Make virtual copy"),
            self.make_copies,
            keys="Ctrl+'",
            menu="Photo",
            group="copy",
        )
        add(
            "photo.remove_copy",
            self.tr("Remove virtual copy"),
            self.remove_copies,
            keys="Ctrl+Shift+'",
            menu="Photo",
            group="copy",
        )
        add(
            "photo.stars.0",
            self.tr("No stars"),
            lambda: self.set_stars(0),
            keys="0",
            menu="Photo",
            group="stars",
        )
        for stars in range(1, MAX_STARS + 1):
            text = self.tr("1 star") if stars == 1 else self.tr("{number} stars")
            add(
                f"photo.stars.{stars}",
                text.format(number=stars),
                lambda stars=stars: self.set_stars(stars),
                keys=str(stars),
                menu="Photo",
                group="stars",
            )
        flags: tuple[tuple[Flag, str, str], ...] = (
            ("pick", self.tr("Pick"), "P"),
            ("reject", self.tr("Reject"), "X"),
            ("none", self.tr("Remove flag"), "U"),
        )
        for flag, text, key in flags:
            add(f"photo.flag.{flag}", text, lambda flag=flag: self.set_flag(flag),
                keys=key, menu="Photo", group="flag")  # fmt: skip

    def open_folder(self) -> None:
        """Ask for a folder and open it."""
        dialog = QFileDialog(self, self.tr("Open folder"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        self._ask(dialog)

    def open_photos(self) -> None:
        """Ask for photos and open them."""
        dialog = QFileDialog(self, self.tr("Open photos"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        names = " ".join(f"*{suffix}" for suffix in sorted(SUFFIXES))
        dialog.setNameFilter(self.tr("Photos ({names})").format(names=names))
        self._ask(dialog)

    def _ask(self, dialog: QFileDialog) -> None:
        recent = self._context.preferences.current.recent
        if recent:
            dialog.setDirectory(recent[0])
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(
            lambda names: self._session.open([Path(name) for name in names])
        )
        dialog.open()

    def set_stars(self, stars: int) -> None:
        """Give the selected photos stars, 0 to 5."""
        text = self.tr("{number} stars").format(number=stars) if stars else self.tr("No stars")
        self._mark(text, lambda version: msgspec.structs.replace(version, stars=stars))

    def set_flag(self, flag: Flag) -> None:
        """Flag the selected photos."""
        texts = {"pick": self.tr("Pick"), "reject": self.tr("Reject"), "none": self.tr("No flag")}
        self._mark(texts[flag], lambda version: msgspec.structs.replace(version, flag=flag))

    def _mark(self, label: str, mark: Callable[[Version], Version]) -> None:
        project = self._context.project
        keys = self._session.selected()
        if keys:
            project.apply(Change(label, {key: mark(project.version(key)) for key in keys}))

    def make_copies(self) -> None:
        """Make a virtual copy of each selected photo, with the edit that it has."""
        project, news = self._context.project, {}
        for key in self._session.selected():
            taken = {one.copy for one in project.copies(key.photo)}
            taken |= {one.copy for one in news if one.photo == key.photo}
            news[VersionKey(key.photo, max(taken, default=0) + 1)] = project.version(key)
        if news:
            project.apply(Change(self.tr("Virtual copy"), news))
            self._session.select(next(iter(news)))

    def remove_copies(self) -> None:
        """Remove the virtual copies among the selected photos; the photos stay."""
        copies = {key: None for key in self._session.selected() if key.copy}
        if copies:
            self._context.project.apply(Change(self.tr("Remove virtual copy"), copies))
        else:
            self._context.messages.say(
                self.tr("No virtual copy is selected; photos themselves are never removed.")
            )

    def _open_edit(self) -> None:
        if self._session.current is not None:
            for action, _ in self._context.actions.all():
                if action.objectName() == "view.edit":
                    action.trigger()

    def _select_one(self) -> None:
        if self._session.current is not None:
            self._session.select(self._session.current)

    def _show_in_folder(self) -> None:
        if self._session.current is not None:
            folder = self._session.current.photo.parent
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def _show_menu(self, point: QPoint) -> None:
        if not self.grid.currentIndex().isValid():
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        group = ""
        for action, place in self._context.actions.all():
            if place.menu == "Photo":
                if group and group != place.group:
                    menu.addSeparator()
                group = place.group
                menu.addAction(action)
        menu.popup(self.grid.viewport().mapToGlobal(point))

    # ---- dropped in -----------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        is_ours = event.source() is self.grid
        if not is_ours and any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what is dropped; the files stay where they are."""
        files = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if files:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self._session.open(files)


class _Grid(PhotoList):
    """The photos in rows that fill the width."""

    zoomed = Signal(int)
    """The pictures shall be larger (1) or smaller (-1)."""

    def __init__(self, want: Callable[[Sequence[Path]], None]) -> None:
        super().__init__(want)
        self._side = 160
        self.setWrapping(True)
        self.setResizeMode(PhotoList.ResizeMode.Adjust)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def set_side(self, side: int) -> None:
        """Make the cells at least that wide; they share what is left of the width."""
        self._side = side
        width = max(1, self.viewport().width())
        # A pixel less: Qt breaks the row before a cell that would end where the list does.
        wide = (width - 1) // max(1, width // side)
        self.set_cell(QSize(wide, round(side * 0.85) + self.fontMetrics().height()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.set_side(self._side)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """With Ctrl the wheel sets the size."""
        turn = event.angleDelta().y()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier and turn:
            self.zoomed.emit(1 if turn > 0 else -1)
            event.accept()
        else:
            super().wheelEvent(event)


def listed_text(widget: QWidget, listed: int, total: int) -> str:
    """`312 of 5,000 photos`, or `5,000 photos` when all are listed."""
    show, translate = widget.locale().toString, QCoreApplication.translate
    if not total:
        return ""
    if listed == total:
        text = translate("LibraryView", "{total} photos")
        if total == 1:
            text = translate("LibraryView", "1 photo")
        return text.format(total=show(total))
    text = translate("LibraryView", "{listed} of {total} photos")
    return text.format(listed=show(listed), total=show(total))
