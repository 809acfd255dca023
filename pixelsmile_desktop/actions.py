"""Every command of the window by name: menus, shortcuts and the keyboard map come from here."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QT_TRANSLATE_NOOP, QObject, Signal
from PySide6.QtGui import QAction, QKeySequence

MENUS = (
    str(QT_TRANSLATE_NOOP("MainWindow", "File")),
    str(QT_TRANSLATE_NOOP("MainWindow", "Edit")),
    str(QT_TRANSLATE_NOOP("MainWindow", "Photo")),
    str(QT_TRANSLATE_NOOP("MainWindow", "Face")),
    str(QT_TRANSLATE_NOOP("MainWindow", "Strip")),
    str(QT_TRANSLATE_NOOP("MainWindow", "Queue")),
    str(QT_TRANSLATE_NOOP("MainWindow", "View")),
    str(QT_TRANSLATE_NOOP("MainWindow", "Help")),
)
"""The menus in their order; `MainWindow` translates them."""

PLAIN = "plain"
"""Property of an action whose text changes: what it is called at all times."""


@dataclass(frozen=True)
class Place:
    """Where an action is found.

    Attributes:
        menu: the menu's name in English, one of `MENUS`; empty for none.
        group: actions of one group stand together between separators.
    """

    menu: str
    group: str


class Actions(QObject):
    """The actions in the order they were added."""

    added = Signal(QAction, object)
    """With the action and its `Place`."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._actions: dict[str, QAction] = {}
        self._places: dict[str, Place] = {}

    def add(
        self,
        name: str,
        text: str,
        do: Callable[[], object] | None = None,
        *,
        keys: str | tuple[str, ...] = (),
        menu: str = "",
        group: str = "",
        checkable: bool = False,
        tip: str = "",
    ) -> QAction:
        """Make an action.

        Args:
            name: unique, for code: `edit.undo`.
            text: what the user reads; it names the action for screen readers too.
            do: called when it is triggered; a checkable action is asked by its `toggled` signal.
            keys: shortcuts as Qt writes them.
            menu: the menu in which it stands; group: its neighbours there.
        """
        action = QAction(text, self)
        action.setCheckable(checkable)
        action.setShortcuts(
            [QKeySequence(one) for one in ((keys,) if isinstance(keys, str) else keys)]
        )
        if tip:
            action.setToolTip(tip)
            action.setStatusTip(tip)
        if do is not None:
            action.triggered.connect(lambda *_: do())
        return self.adopt(name, action, menu=menu, group=group)

    def adopt(self, name: str, action: QAction, *, menu: str = "", group: str = "") -> QAction:
        """Take in an action that was made elsewhere, such as undo's."""
        if name in self._actions:
            raise ValueError(f"two actions are named {name}")
        place = Place(menu, group)
        action.setObjectName(name)
        self._actions[name] = action
        self._places[name] = place
        self.added.emit(action, place)
        return action

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def all(self) -> tuple[tuple[QAction, Place], ...]:
        """Every action with its place, in the order they were added."""
        return tuple((action, self._places[name]) for name, action in self._actions.items())
