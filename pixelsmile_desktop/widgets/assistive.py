"""What screen readers do that no mouse does: they select in a list, and nothing is clicked."""

from functools import partial

from PySide6.QtCore import QItemSelection
from PySide6.QtWidgets import QComboBox, QWidget


def obey_screen_readers(widget: QWidget) -> None:
    """Have the combo boxes below `widget` follow what a screen reader selects in their lists.

    Call `name_inner_parts` too: a list without a name is not found.
    """
    for combo in widget.findChildren(QComboBox):
        combo.view().selectionModel().selectionChanged.connect(partial(_follow, combo))


def _follow(combo: QComboBox, added: QItemSelection, _left: QItemSelection) -> None:
    """Qt selects in the list alone. Once the box is open, keys and the mouse do that too."""
    rows = [index.row() for index in added.indexes()]
    if rows and not combo.view().isVisible() and rows[0] != combo.currentIndex():
        combo.setCurrentIndex(rows[0])
        combo.activated.emit(rows[0])
