"""The keyboard map: every command that has keys, made from the actions themselves."""

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QHeaderView,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from pixelsmile_desktop.actions import MENUS, PLAIN, Actions


class ShortcutsDialog(QDialog):
    """Not modal, so that keys can be tried while it is open."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        self._filter = QLineEdit()
        self._filter.setPlaceholderText(self.tr("Filter by command or key"))
        self._filter.setAccessibleName(self.tr("Filter by command or key"))
        self._filter.setClearButtonEnabled(True)
        self._filter.textChanged.connect(self._apply)
        self._tree = QTreeWidget()
        self._tree.setAccessibleName(self.tr("Shortcuts"))
        self._tree.setHeaderLabels([self.tr("Command"), self.tr("Keys")])
        self._tree.setRootIsDecorated(False)
        self._tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self._tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self._tree.header().setStretchLastSection(False)
        rows = QVBoxLayout(self)
        rows.addWidget(self._filter)
        rows.addWidget(self._tree, 1)
        self._titles: dict[str, QTreeWidgetItem] = {}
        self._groups: dict[str, list[QTreeWidgetItem]] = {}
        self._fill()
        em = self.fontMetrics().horizontalAdvance("m")
        self.resize(em * 40, em * 46)

    def _fill(self) -> None:
        native = QKeySequence.SequenceFormat.NativeText
        order = {menu: number for number, menu in enumerate(MENUS)}
        listed = sorted(self._actions.all(), key=lambda one: order.get(one[1].menu, order["View"]))
        for action, place in listed:
            keys = [one.toString(native) for one in action.shortcuts() if not one.isEmpty()]
            if not keys:
                continue
            menu = place.menu or "View"
            if menu not in self._titles:
                self._titles[menu] = self._make_title(menu)
            text = (action.property(PLAIN) or action.text()).replace("&", "")
            item = QTreeWidgetItem(self._titles[menu], [text, ", ".join(keys)])
            self._groups.setdefault(menu, []).append(item)

    def _make_title(self, menu: str) -> QTreeWidgetItem:
        title = QTreeWidgetItem(self._tree, [QCoreApplication.translate("MainWindow", menu), ""])
        title.setExpanded(True)
        font = title.font(0)
        font.setBold(True)
        title.setFont(0, font)
        return title

    def _apply(self, text: str) -> None:
        wanted = text.strip().casefold()
        for group, items in self._groups.items():
            shown = 0
            for item in items:
                matches = wanted in f"{item.text(0)} {item.text(1)}".casefold()
                item.setHidden(not matches)
                shown += matches
            self._titles[group].setHidden(not shown)
