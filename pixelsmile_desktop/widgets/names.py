"""Names for the parts that Qt makes by itself and leaves without one."""

from typing import TypeVar

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QDockWidget,
    QLabel,
    QLineEdit,
    QToolBar,
    QWidget,
)

Kind = TypeVar("Kind", bound=QWidget)

_DIRECT = Qt.FindChildOption.FindDirectChildrenOnly


def name_inner_parts(widget: QWidget) -> None:
    """Name lists of combo boxes, buttons in fields, and buttons of bars and docks, below `widget`.

    A screen reader otherwise says "list", "button", or one of five times "Close".
    """
    for combo in _all(widget, QComboBox):
        combo.view().setAccessibleName(combo.accessibleName() or _label_of(combo))
    for field in _all(widget, QLineEdit):
        for button in field.findChildren(QAbstractButton):
            if not button.accessibleName():
                button.setAccessibleName(QCoreApplication.translate("names", "Clear"))
    for bar in _all(widget, QToolBar):
        for button in bar.findChildren(QAbstractButton, options=_DIRECT):
            if button.objectName() == "qt_toolbar_ext_button":
                button.setAccessibleName(QCoreApplication.translate("names", "More"))
    for dock in _all(widget, QDockWidget):
        for button in dock.findChildren(QAbstractButton, options=_DIRECT):
            name = button.accessibleName()
            if not name.endswith(dock.windowTitle()):
                button.setAccessibleName(f"{name} {dock.windowTitle()}")


def _all(widget: QWidget, kind: type[Kind]) -> list[Kind]:
    own = [widget] if isinstance(widget, kind) else []
    return own + widget.findChildren(kind)


def _label_of(combo: QComboBox) -> str:
    parent = combo.parentWidget()
    labels = parent.findChildren(QLabel) if parent is not None else []
    return next((one.text() for one in labels if one.buddy() is combo), combo.currentText())
