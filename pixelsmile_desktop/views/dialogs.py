"""The commands that open dialogs; each is built when it is first asked for."""

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QDialog, QWidget

from pixelsmile_desktop.context import Context
from pixelsmile_desktop.models.exporting import Exporter
from pixelsmile_desktop.widgets.assistive import obey_screen_readers
from pixelsmile_desktop.widgets.names import name_inner_parts


def add_dialog_actions(context: Context, exporter: Exporter, window: QWidget) -> None:
    """Put Export…, Preferences…, Keyboard shortcuts, Log and About into the menus of a window."""

    def export() -> QDialog:
        from pixelsmile_desktop.views.export import ExportDialog

        return ExportDialog(context, exporter, window)

    def preferences() -> QDialog:
        from pixelsmile_desktop.views.preferences import PreferencesDialog

        return PreferencesDialog(context, window)

    def shortcuts() -> QDialog:
        from pixelsmile_desktop.views.shortcuts import ShortcutsDialog

        return ShortcutsDialog(context.actions, window)

    def log() -> QDialog:
        from pixelsmile_desktop.views.log import LogDialog

        return LogDialog(window)

    def about() -> QDialog:
        from pixelsmile_desktop.views.about import AboutDialog

        return AboutDialog(window)

    translate, add = QCoreApplication.translate, context.actions.add
    add(
        "file.export",
        translate("Dialogs", "Export…"),
        _opener(export),
        keys="Ctrl+Shift+E",
        menu="File",
        group="export",
    )
    add(
        "edit.preferences",
        translate("Dialogs", "Preferences…"),
        _opener(preferences),
        keys="Ctrl+,",
        menu="Edit",
        group="preferences",
    )
    add(
        "help.shortcuts",
        translate("Dialogs", "Keyboard shortcuts"),
        _opener(shortcuts),
        keys=("?", "F1"),
        menu="Help",
        group="help",
    )
    add("help.log", translate("Dialogs", "Log"), _opener(log), menu="Help", group="help")
    add(
        "help.about",
        translate("Dialogs", "About and licences"),
        _opener(about),
        menu="Help",
        group="about",
    )


def _opener(make: Callable[[], QDialog]) -> Callable[[], None]:
    """Opens the dialog, or brings the one that is open to the front."""
    opened: list[QDialog] = []

    def show() -> None:
        if opened:
            opened[0].raise_()
            opened[0].activateWindow()
            return
        dialog = make()
        name_inner_parts(dialog)
        obey_screen_readers(dialog)
        opened.append(dialog)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.finished.connect(lambda _: opened.clear())
        dialog.show()

    return show
