"""The panel beside the library: folders, filters, and the people on the photos."""

import os
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QModelIndex, QSize, Qt, QTimer
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QGridLayout,
    QGroupBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QScrollArea,
    QStyle,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from engine.library import MAX_STARS, Flag
from pixelsmile_desktop.context import Context
from pixelsmile_desktop.models.face_crops import FaceCrops
from pixelsmile_desktop.models.face_states import FaceState
from pixelsmile_desktop.models.people import Somebody
from pixelsmile_desktop.models.photo_filter import ALL, Filters
from pixelsmile_desktop.models.photos import JobState

_T = TypeVar("_T")
_VALUE = Qt.ItemDataRole.UserRole + 1
_SOON_MS = 150
_TYPING_MS = 120


class LibraryPanel(QScrollArea):
    """What is open, and which of it is listed."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._session = context.session
        self._filter = context.session.filter
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Folders and filters"))
        content = QWidget()
        layout = QVBoxLayout(content)
        self._folders = FolderTree(context)
        self._people = PeopleList(context)
        layout.addWidget(self._titled(self.tr("Folders"), self._folders, self._recent_button()))
        layout.addWidget(self._make_filters())
        self._progress = QLabel()
        self._progress.setWordWrap(True)
        self._progress.hide()
        layout.addWidget(self._titled(self.tr("People"), self._progress, self._people), 1)
        self.setWidget(content)
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)
        self.setMinimumWidth(content.minimumSizeHint().width() + bar)
        self._filter.filters_changed.connect(self._show_filters)
        context.session.faces.progress.connect(self._show_progress)
        context.session.opened.connect(self._note_recent)
        self._show_filters(self._filter.filters)

    def sizeHint(self) -> QSize:
        line = self.fontMetrics().height()
        return QSize(17 * line, 40 * line)

    def _titled(self, title: str, *widgets: QWidget) -> QGroupBox:
        group = QGroupBox(title)
        layout = QVBoxLayout(group)
        layout.setContentsMargins(4, 4, 4, 4)
        for widget in widgets:
            layout.addWidget(widget)
        return group

    # ---- recent folders -------------------------------------------------------------------------

    def _recent_button(self) -> QPushButton:
        button = QPushButton(self.tr("Recent folders"))
        menu = QMenu(button)
        menu.aboutToShow.connect(lambda: self._fill_recent(menu))
        button.setMenu(menu)
        return button

    def _fill_recent(self, menu: QMenu) -> None:
        menu.clear()
        for name in self._context.preferences.current.recent:
            action = menu.addAction(name)
            action.triggered.connect(lambda *_, name=name: self._session.open([Path(name)]))
        if menu.isEmpty():
            menu.addAction(self.tr("None yet")).setEnabled(False)

    def _note_recent(self) -> None:
        for folder in reversed(self._session.folders):
            self._context.preferences.add_recent(folder)

    # ---- filters --------------------------------------------------------------------------------

    def _make_filters(self) -> QGroupBox:
        self._text = QLineEdit()
        self._text.setPlaceholderText(self.tr("Search names"))
        self._text.setAccessibleName(self.tr("Search names"))
        self._text.setClearButtonEnabled(True)
        self._typing = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self._typing.timeout.connect(lambda: self._set(text=self._text.text()))
        self._text.textChanged.connect(lambda: self._typing.start())
        self._edited = QCheckBox(self.tr("Edited"))
        self._edited.toggled.connect(lambda on: self._set(edited=on))
        states: dict[JobState, str] = {
            "queued": self.tr("Queued"),
            "failed": self.tr("Failed"),
            "needs_review": self.tr("Needs review"),
        }
        faces: dict[FaceState, str] = {
            "eyes closed": self.tr("Eyes closed"),
            "not smiling": self.tr("Not smiling"),
        }
        flags: dict[Flag, str] = {
            "pick": self.tr("Picked"),
            "reject": self.tr("Rejected"),
            "none": self.tr("No flag"),
        }
        self._states: dict[JobState, QCheckBox] = {
            name: QCheckBox(text) for name, text in states.items()
        }
        self._face_states = {name: QCheckBox(text) for name, text in faces.items()}
        self._flags = {name: QCheckBox(text) for name, text in flags.items()}
        for box in self._states.values():
            box.toggled.connect(lambda: self._set(states=self._chosen_states()))
        for box in self._face_states.values():
            box.toggled.connect(lambda: self._set(faces=_checked(self._face_states)))
        for box in self._flags.values():
            box.toggled.connect(lambda: self._set(flags=_checked(self._flags)))
        self._stars = QComboBox()
        self._stars.setAccessibleName(self.tr("Stars"))
        self._stars.addItem(self.tr("Any stars"), 0)
        for number in range(1, MAX_STARS + 1):
            text = self.tr("{number} stars or more") if number < MAX_STARS else self.tr("5 stars")
            if number == 1:
                text = self.tr("1 star or more")
            self._stars.addItem(text.format(number=number), number)
        self._stars.currentIndexChanged.connect(lambda: self._set(stars=self._stars.currentData()))
        self._clear = QPushButton(self.tr("Clear filters"))
        self._clear.clicked.connect(lambda: self._filter.set_filters(ALL))
        group = QGroupBox(self.tr("Filters"))
        grid = QGridLayout(group)
        grid.setContentsMargins(4, 4, 4, 4)
        grid.addWidget(self._text, 0, 0, 1, 2)
        boxes = (
            *(self._edited, *self._states.values(), *self._face_states.values()),
            *self._flags.values(),
        )
        for at, box in enumerate(boxes):
            grid.addWidget(box, 1 + at // 2, at % 2)
        last = 1 + (len(boxes) + 1) // 2
        grid.addWidget(self._stars, last, 0)
        grid.addWidget(self._clear, last, 1)
        return group

    def _chosen_states(self) -> frozenset[JobState]:
        # What is queued and what is being made are one thing to whoever waits for it.
        more: dict[JobState, tuple[JobState, ...]] = {"queued": ("queued", "running")}
        chosen = _checked(self._states)
        return frozenset(one for name in chosen for one in more.get(name, (name,)))

    def _set(self, **changes: object) -> None:
        self._filter.set_filters(replace(self._filter.filters, **changes))  # type: ignore[arg-type]

    def _show_filters(self, filters: Filters) -> None:
        """The controls as the filters are; they were perhaps set elsewhere."""
        if self._text.text() != filters.text:
            self._text.setText(filters.text)
        _check(self._edited, filters.edited)
        for boxes, chosen in (
            (self._states, filters.states),
            (self._face_states, filters.faces),
            (self._flags, filters.flags),
        ):
            for name, box in boxes.items():
                _check(box, name in chosen)
        self._stars.blockSignals(True)
        self._stars.setCurrentIndex(filters.stars)
        self._stars.blockSignals(False)
        self._clear.setEnabled(filters != ALL)

    def _show_progress(self, done: int, total: int) -> None:
        is_busy = done < total
        self._progress.setVisible(is_busy)
        if is_busy:
            show = self.locale().toString
            text = self.tr("Faces looked for in {done} of {total} photos")
            self._progress.setText(text.format(done=show(done), total=show(total)))


class FolderTree(QTreeWidget):
    """The folders of the open photos; choosing one lists what is in it and below."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._session = context.session
        self._filter = context.session.filter
        self._shape: tuple[object, ...] = ()
        self.setAccessibleName(self.tr("Folders"))
        self.setColumnCount(2)
        self.setHeaderHidden(True)
        self.setUniformRowHeights(True)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self._fill)
        self._names: Counter[str] = Counter()  # photos by folder
        self._session.photos.rowsInserted.connect(self._count)
        self._session.photos.modelReset.connect(self._count_anew)
        self._filter.filters_changed.connect(self._choose)
        self.currentItemChanged.connect(self._chosen)
        self._count_anew()
        self._fill()

    def sizeHint(self) -> QSize:
        line = self.fontMetrics().height()
        return QSize(15 * line, 7 * line)

    def _count_anew(self) -> None:
        self._names.clear()
        self._count(QModelIndex(), 0, self._session.photos.rowCount() - 1)

    def _count(self, _parent: QModelIndex, first: int, last: int) -> None:
        # By text: making a `Path` of every photo's folder takes ten times as long.
        self._names.update(
            os.path.dirname(str(key.photo))
            for key in self._session.photos.keys[first : last + 1]
            if not key.copy
        )
        if not self._soon.isActive():
            self._soon.start()

    def _fill(self) -> None:
        counts = Counter({Path(name): number for name, number in self._names.items()})
        shape = (self._session.folders, tuple(counts.items()))
        if shape == self._shape:
            return
        self._shape = shape
        self.blockSignals(True)
        self.clear()
        everything = QTreeWidgetItem([self.tr("All photos"), str(counts.total())])
        everything.setData(0, _VALUE, None)
        self.addTopLevelItem(everything)
        items: dict[Path, QTreeWidgetItem] = {}
        for folder in sorted({*counts, *self._session.folders}):
            above = next((one for one in folder.parents if one in items), None)
            name = str(folder.relative_to(above)) if above else folder.name or str(folder)
            total = sum(n for one, n in counts.items() if one == folder or folder in one.parents)
            item = QTreeWidgetItem([name, str(total)])
            item.setData(0, _VALUE, folder)
            item.setToolTip(0, str(folder))
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight)
            items[folder] = item
            if above:
                items[above].addChild(item)
            else:
                self.addTopLevelItem(item)
        everything.setTextAlignment(1, Qt.AlignmentFlag.AlignRight)
        self.expandAll()
        self.blockSignals(False)
        self._choose(self._filter.filters)

    def _choose(self, filters: Filters) -> None:
        for item in self.findItems("", Qt.MatchFlag.MatchContains | Qt.MatchFlag.MatchRecursive):
            if item.data(0, _VALUE) == filters.folder:
                self.blockSignals(True)
                self.setCurrentItem(item)
                self.blockSignals(False)
                return

    def _chosen(self, item: QTreeWidgetItem | None) -> None:
        if item is not None:
            folder = item.data(0, _VALUE)
            self._filter.set_filters(replace(self._filter.filters, folder=folder))


class PeopleList(QTreeWidget):
    """Everybody on the open photos: choosing somebody lists the photos, F2 gives a name."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._session = context.session
        self._filter = context.session.filter
        self._model = context.session.people
        self._shown: dict[str, QTreeWidgetItem] = {}
        self._crops = FaceCrops(self)
        context.session.closing.connect(self._crops.close)
        self.setAccessibleName(self.tr("People"))
        self.setColumnCount(2)
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        line = self.fontMetrics().height()
        self.setIconSize(QSize(2 * line, 2 * line))
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.EditKeyPressed
            | QAbstractItemView.EditTrigger.DoubleClicked
        )
        tip = self.tr("F2 or a double click gives a name. Two with one name become one person.")
        self.setToolTip(tip)
        self._model.changed.connect(self._fill)
        self._crops.ready.connect(self._show_crop)
        self._filter.filters_changed.connect(self._choose)
        self.itemChanged.connect(self._renamed)
        self.itemClicked.connect(self._clicked)
        self.itemActivated.connect(self._clicked)
        self.setMinimumHeight(8 * line)
        self._fill()

    def _fill(self) -> None:
        if self.state() == QAbstractItemView.State.EditingState:
            QTimer.singleShot(1000, self._fill)  # the name that is typed would be lost
            return
        people = self._model.listed()
        self.blockSignals(True)
        self.clear()
        self._shown = {}
        for one in people:
            item = QTreeWidgetItem([one.name, self.locale().toString(one.photos)])
            item.setData(0, _VALUE, one)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            text = self.tr("{name}, {number} photos")
            if one.photos == 1:
                text = self.tr("{name}, 1 photo")
            text = text.format(name=one.name, number=one.photos)
            item.setData(0, Qt.ItemDataRole.AccessibleTextRole, text)
            self._shown[one.name] = item
            self._set_icon(item, one)
        self.addTopLevelItems(list(self._shown.values()))
        self.blockSignals(False)
        self._choose(self._filter.filters)

    def _set_icon(self, item: QTreeWidgetItem, one: Somebody) -> None:
        picture = self._crops.of(one.photo, one.box)
        if picture is not None and not picture.isNull():
            item.setIcon(0, QIcon(QPixmap.fromImage(picture)))

    def _show_crop(self, photo: Path, box: tuple[float, float, float, float]) -> None:
        for item in self._shown.values():
            one: Somebody = item.data(0, _VALUE)
            if (one.photo, one.box) == (photo, box):
                self.blockSignals(True)
                self._set_icon(item, one)
                self.blockSignals(False)
                self.viewport().update()

    def _renamed(self, item: QTreeWidgetItem, column: int) -> None:
        one: Somebody = item.data(0, _VALUE)
        name = " ".join(item.text(0).split())
        if column == 0 and name != one.name:
            if name:
                if self._filter.filters.person == one.name:
                    self._filter.set_filters(replace(self._filter.filters, person=name))
                self._model.rename(one.name, name)
            # Not here: the item that is being edited would be deleted below its editor.
            QTimer.singleShot(0, self._fill)

    def _clicked(self, item: QTreeWidgetItem) -> None:
        """List somebody's photos; of who is chosen already, all again."""
        name = item.text(0)
        filters = self._filter.filters
        self._filter.set_filters(replace(filters, person="" if filters.person == name else name))

    def _choose(self, filters: Filters) -> None:
        item = self._shown.get(filters.person)
        self.blockSignals(True)
        if item is None:
            self.clearSelection()
        else:
            self.setCurrentItem(item)
        self.blockSignals(False)


def _checked(boxes: dict[_T, QCheckBox]) -> frozenset[_T]:
    return frozenset(name for name, box in boxes.items() if box.isChecked())


def _check(box: QCheckBox, is_checked: bool) -> None:
    box.blockSignals(True)
    box.setChecked(is_checked)
    box.blockSignals(False)
