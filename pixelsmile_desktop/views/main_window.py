"""The frame: the row of screens, the panels around the page, the status line."""

import base64
import importlib
import os
import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QByteArray, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QActionGroup, QCloseEvent, QKeySequence
from PySide6.QtWidgets import (
    QApplication,
    QDockWidget,
    QLabel,
    QMainWindow,
    QMenu,
    QSizePolicy,
    QStackedWidget,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from pixelsmile_desktop.actions import MENUS, PLAIN, Place
from pixelsmile_desktop.context import Context
from pixelsmile_desktop.models.exporting import Exporter, plan_with_preferences
from pixelsmile_desktop.models.machine import Machine
from pixelsmile_desktop.views.dialogs import add_dialog_actions
from pixelsmile_desktop.views.guide import Guide
from pixelsmile_desktop.views.queue import DoneNotice, QueueSummary
from pixelsmile_desktop.views.screens import (
    SCREENS,
    VIEW_MODULES,
    PanelName,
    Screen,
    page_makers,
    panel_makers,
)
from pixelsmile_desktop.widgets.assistive import obey_screen_readers
from pixelsmile_desktop.widgets.message_bar import MessageBar
from pixelsmile_desktop.widgets.names import name_inner_parts
from pixelsmile_desktop.work_state import WorkState

_Area = Qt.DockWidgetArea
_AREAS: dict[PanelName, Qt.DockWidgetArea] = {
    "folders": _Area.LeftDockWidgetArea,
    "face": _Area.RightDockWidgetArea,
    "timelines": _Area.BottomDockWidgetArea,
    "filmstrip": _Area.BottomDockWidgetArea,
    "jobs": _Area.BottomDockWidgetArea,
}
LAYOUT_VERSION = 1
_STATUS_MS = 15_000
_ON_VISIT = frozenset({"train"})
"""Pages without actions of their own, and too many widgets for one turn of the event loop."""
_PAUSE_MS = 10  # without one, Qt would do what is to be done next in the same turn


class MainWindow(QMainWindow):
    """The window. Pages and panels are built when they are first needed."""

    closing = Signal()
    """It is about to close; the models still stand."""

    ready = Signal()
    """Every page and panel is built."""

    _modules_read = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._screen: Screen | None = None
        self._pages: dict[str, QWidget] = {}
        self._docks: dict[PanelName, QDockWidget] = {}
        self._menus: dict[str, QMenu] = {}
        self._opened: list[Path] = []
        self.setWindowTitle(self.tr("PixelSmile Desktop"))
        self.setDockNestingEnabled(True)
        self._stack = QStackedWidget()
        self.guide = Guide(context)
        self.guide.screen_wanted.connect(self.show_screen)
        self._message_bar = MessageBar(context.messages)
        self._put_together()
        # The bar before the menus: of two things with one name a screen reader meets the first.
        self._bar = self._make_bar()
        self._make_menus()
        self._screen_actions = self._add_screens()
        self._exporter = Exporter(context, self)
        self._add_actions()
        self._fill_bar()
        self._fill_status()
        self._connect()
        self._restore_geometry()
        self.show_screen("library")

    # ---- screens --------------------------------------------------------------------------------

    @property
    def screen_name(self) -> str:
        """The screen that is shown."""
        return "" if self._screen is None else self._screen.name

    def show_screen(self, name: str) -> None:
        """Show a screen with its panels."""
        screen = next(one for one in SCREENS if one.name == name)
        if self._screen is screen:
            return
        self._screen = screen
        # First: a page beside the panels of another screen would widen the window.
        self._close_panels()
        page = self.page(screen.page)
        self._stack.setCurrentWidget(page)
        self._fit_stack()
        self._screen_actions[name].setChecked(True)
        self._arrange()
        # An action of the bar may have the focus; keys are for the page.
        page.setFocus(Qt.FocusReason.OtherFocusReason)

    def _screen_toggled(self, name: str, is_chosen: bool) -> None:
        if is_chosen:
            self.show_screen(name)
        elif name == self.screen_name:  # one is always chosen, once the others have heard of it
            QTimer.singleShot(0, lambda: self._screen_actions[self.screen_name].setChecked(True))

    def page(self, name: str) -> QWidget:
        """A page, built on the first visit."""
        if name not in self._pages:
            page = page_makers()[name](self._context)
            name_inner_parts(page)
            obey_screen_readers(page)
            self._pages[name] = page
            self._stack.addWidget(page)
            self._fit_stack()
        return self._pages[name]

    def _fit_stack(self) -> None:
        """Let the page that is shown decide alone how small the window may be."""
        for page in self._pages.values():
            is_shown = page is self._stack.currentWidget()
            wanted = QSizePolicy.Policy.Preferred if is_shown else QSizePolicy.Policy.Ignored
            page.setSizePolicy(wanted, wanted)

    def panel(self, name: PanelName) -> QDockWidget:
        """A panel, built on the first use; closed then."""
        if name not in self._docks:
            dock = QDockWidget(self._panel_title(name), self)
            dock.setObjectName(name)
            dock.setWidget(panel_makers()[name](self._context))
            dock.setAllowedAreas(Qt.DockWidgetArea.AllDockWidgetAreas)
            name_inner_parts(dock)
            obey_screen_readers(dock)
            self._docks[name] = dock
            self.addDockWidget(_AREAS[name], dock)
            dock.hide()
            action = self._context.actions.adopt(
                f"view.panel.{name}", dock.toggleViewAction(), menu="View", group="panels"
            )
            action.triggered.connect(lambda checked: self._note_panel(name, checked))
        return self._docks[name]

    def build_rest(self) -> None:
        """Build what has not been needed yet, a piece a turn of the event loop.

        Most pages bring actions, which shall be in the menus before they are visited. Their modules
        are read on a thread: that takes longer than building the widgets.
        """
        self._modules_read.connect(self._build_next, Qt.ConnectionType.SingleShotConnection)
        threading.Thread(target=self._read_modules, name="modules", daemon=True).start()

    def _read_modules(self) -> None:
        for name in VIEW_MODULES:
            importlib.import_module(name)
        self._modules_read.emit()

    def _build_next(self) -> None:
        makers = page_makers()
        for name in makers:
            if name not in self._pages and name not in _ON_VISIT:
                self.page(name)
                QTimer.singleShot(_PAUSE_MS, self._build_next)
                return
        for panel in panel_makers():
            if panel not in self._docks:
                self.panel(panel)
                QTimer.singleShot(_PAUSE_MS, self._build_next)
                return
        self._join_timelines()
        self.ready.emit()

    def _join_timelines(self) -> None:
        """The canvas shows what the timelines scrub and play."""
        from pixelsmile_desktop.views.edit import EditView
        from pixelsmile_desktop.views.timelines import TimelinePanel

        page, panel = self.page("edit"), self.panel("timelines").widget()
        assert isinstance(page, EditView)
        assert isinstance(panel, TimelinePanel)
        panel.proxies.frame_shown.connect(page.picture.show_frame)
        panel.proxies.hold_changed.connect(page.picture.set_held)
        panel.queued.connect(lambda _: self._show_jobs())
        page.canvas.addAction(self._context.actions["strip.play"])

    def toggle_panels(self) -> None:
        """Close all panels, or open those again that belong to the screen."""
        if any(dock.isVisible() for dock in self._docks.values()):
            for dock in self._docks.values():
                dock.hide()
        else:
            self._arrange()

    def _focus_next_part(self) -> None:
        """Move the focus from page to panel to panel: some parts keep Tab for themselves."""
        docks = [one for one in self._docks.values() if one.isVisible()]
        parts = [self._stack.currentWidget(), *(one.widget() for one in docks)]
        focus = QApplication.focusWidget()
        at = next((i for i, part in enumerate(parts) if focus and part.isAncestorOf(focus)), -1)
        if focus in parts:
            at = parts.index(focus)
        part = parts[(at + 1) % len(parts)]
        inside = [part, *part.findChildren(QWidget)]
        wanted = Qt.FocusPolicy.TabFocus
        for widget in inside:
            if widget.focusPolicy() & wanted and widget.isVisible() and widget.isEnabled():
                widget.setFocus(Qt.FocusReason.TabFocusReason)
                return

    def _arrange(self) -> None:
        """Open the panels of the screen."""
        self._close_panels()
        for name in panel_makers():
            if self._is_wanted(name):
                self.panel(name).setVisible(True)

    def _close_panels(self) -> None:
        """Close those of other screens."""
        for name, dock in self._docks.items():
            if not self._is_wanted(name):
                dock.setVisible(False)

    def _is_wanted(self, name: PanelName) -> bool:
        """Whether a panel is open on this screen: as the user left it."""
        assert self._screen is not None
        wanted = self._context.preferences.current.panels
        return wanted.get(f"{self._screen.name}.{name}", name in self._screen.panels)

    def _note_panel(self, name: PanelName, is_open: bool) -> None:
        assert self._screen is not None
        panels = dict(self._context.preferences.current.panels)
        panels[f"{self._screen.name}.{name}"] = is_open
        self._context.preferences.change(panels=panels)

    def _panel_title(self, name: PanelName) -> str:
        return {
            "folders": self.tr("Folders and filters"),
            "face": self.tr("Face"),
            "timelines": self.tr("Timelines"),
            "filmstrip": self.tr("Filmstrip"),
            "jobs": self.tr("Jobs"),
        }[name]

    def open_paths(self, wanted: Sequence[Path]) -> None:
        """Show the photos in these folders, and these photos."""
        if not wanted:
            return
        paths = [Path(os.path.abspath(one)) for one in wanted]
        self._context.session.open(paths)
        self._opened = paths

    # ---- menus and bars -------------------------------------------------------------------------

    def _make_menus(self) -> None:
        for name in MENUS:
            menu = self.menuBar().addMenu(self.tr(name))
            menu.setObjectName(name)
            menu.menuAction().setVisible(False)
            self._menus[name] = menu
        for action, place in self._context.actions.all():
            self._put(action, place)
        self._context.actions.added.connect(self._put)

    def _put(self, action: QAction, place: Place) -> None:
        self.addAction(action)
        if place.menu not in self._menus:
            return
        menu = self._menus[place.menu]
        menu.menuAction().setVisible(True)
        before = None
        groups = [one.data() for one in menu.actions() if one.isSeparator()]
        if place.group not in groups:
            separator = menu.addSeparator()
            separator.setData(place.group)
        else:
            separators = [one for one in menu.actions() if one.isSeparator()]
            next_group = groups.index(place.group) + 1
            before = separators[next_group] if next_group < len(separators) else None
        if before is None:
            menu.addAction(action)
        else:
            menu.insertAction(before, action)

    def _make_bar(self) -> QToolBar:
        bar = QToolBar(self.tr("Screens"), self)
        bar.setObjectName("screens")
        bar.setMovable(False)
        bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.addToolBar(bar)
        bar.toggleViewAction().setVisible(False)
        self._engine = QLabel()
        return bar

    def _add_screens(self) -> dict[str, QAction]:
        group = QActionGroup(self)
        made: dict[str, QAction] = {}
        for screen in SCREENS:
            action = self._context.actions.add(
                f"view.{screen.name}",
                self.tr(screen.title),
                keys=screen.keys,
                menu="View",
                group="screens",
                checkable=True,
            )
            # Not `triggered`: a screen reader toggles.
            action.toggled.connect(partial(self._screen_toggled, screen.name))
            group.addAction(action)
            self._bar.addAction(action)
            made[screen.name] = action
        return made

    def _add_actions(self) -> None:
        actions, stack = self._context.actions, self._context.project.undo_stack
        undo = stack.createUndoAction(self, self.tr("Undo"))
        redo = stack.createRedoAction(self, self.tr("Redo"))
        undo.setProperty(PLAIN, self.tr("Undo"))
        redo.setProperty(PLAIN, self.tr("Redo"))
        undo.setShortcut(QKeySequence("Ctrl+Z"))
        redo.setShortcuts([QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")])
        actions.adopt("edit.undo", undo, menu="Edit", group="undo")
        actions.adopt("edit.redo", redo, menu="Edit", group="undo")
        actions.add(
            "view.panels",
            self.tr("Show or hide panels"),
            self.toggle_panels,
            keys="F7",
            menu="View",
            group="panels",
        )
        actions.add(
            "view.focus_next",
            self.tr("Next part of the window"),
            self._focus_next_part,
            keys="F6",
            menu="View",
            group="panels",
        )
        actions.add(
            "queue.add",
            self.tr("Add to queue"),
            self.add_to_queue,
            keys=("Ctrl+Return", "Ctrl+Enter"),
            menu="Queue",
            group="add",
        )
        add_dialog_actions(self._context, self._exporter, self)
        actions.add(
            "help.guide",
            self.tr("Welcome guide"),
            self.guide.open_again,
            menu="Help",
            group="help",
        )
        actions.add(
            "file.quit", self.tr("Quit"), self.close, keys="Ctrl+Q", menu="File", group="quit"
        )

    def _put_together(self) -> None:
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (self.guide, self._stack, self._message_bar):
            column.addWidget(widget)
        self.setCentralWidget(middle)

    def _fill_bar(self) -> None:
        """What one wants at hand everywhere: undo, the queue, the export, the engine's state."""
        space = QWidget()
        space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._bar.addWidget(space)
        for name in ("edit.undo", "edit.redo", "queue.add", "file.export"):
            self._bar.addAction(self._context.actions[name])
            button = self._bar.widgetForAction(self._context.actions[name])
            assert isinstance(button, QToolButton)
            # Undo's text names what is undone, which would make the bar jump; and a button drops
            # the dots that say that more will be asked.
            action = self._context.actions[name]
            _keep_text(button, action.property(PLAIN) or action.text())
        self._bar.addSeparator()
        self._bar.addWidget(self._engine)
        name_inner_parts(self._bar)
        for button in self._bar.findChildren(QToolButton):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def _fill_status(self) -> None:
        status = self.statusBar()
        status.addPermanentWidget(QueueSummary(self._context))
        self._message_bar.quiet.connect(lambda text: status.showMessage(text, _STATUS_MS))

    def _connect(self) -> None:
        context = self._context
        DoneNotice(context, self)
        self._exporter.queued.connect(lambda _: self._show_jobs())
        context.session.opened.connect(self._note_opened)
        context.machine.changed.connect(self._show_engine)
        context.worker.busy_changed.connect(lambda _: self._show_engine(context.machine.current))
        self._show_engine(context.machine.current)

    def add_to_queue(self) -> None:
        """Have the selected photos made as the last export was; asks nothing."""
        keys = self._context.session.selected()
        self._exporter.hand_over(plan_with_preferences(self._context, keys))

    def _show_jobs(self) -> None:
        """Open the jobs' panel for who has not closed it before."""
        assert self._screen is not None
        chosen = self._context.preferences.current.panels
        if self._screen.panels and chosen.get(f"{self._screen.name}.jobs", True):
            self.panel("jobs").show()

    def _note_opened(self) -> None:
        for folder in self._context.session.folders:
            self._context.preferences.add_recent(folder)
        if self._opened and not self._context.session.folders:
            self.show_screen("edit")

    def _show_engine(self, machine: Machine) -> None:
        state = self.tr("busy") if self._context.worker.is_busy else self.tr("ready")
        self._engine.setText(f"{machine.label} ●")
        self._engine.setAccessibleName(self.tr("Engine: {name}").format(name=machine.label))
        self._engine.setToolTip(self.tr("The preview is {state}.").format(state=state))

    def work_state(self) -> WorkState:
        """What is open now, to be opened again."""
        session = self._context.session
        folders = tuple(str(one) for one in session.folders)
        photos = () if folders else tuple(str(one) for one in self._opened)
        current = session.current
        return WorkState(
            folders,
            photos,
            str(current.photo) if current else "",
            current.copy if current else 0,
            self.screen_name,
        )

    # ---- geometry -------------------------------------------------------------------------------

    def _restore_geometry(self) -> None:
        layout = self._context.preferences.current.layout
        if "geometry" in layout and self.restoreGeometry(_bytes(layout["geometry"])):
            return
        available = self.screen().availableGeometry()
        self.resize(min(1440, available.width()), min(900, available.height()))

    def closeEvent(self, event: QCloseEvent) -> None:
        layout = {
            "geometry": base64.b64encode(bytes(self.saveGeometry().data())).decode(),
            "state": base64.b64encode(bytes(self.saveState(LAYOUT_VERSION).data())).decode(),
        }
        self._context.preferences.change(layout=layout)
        self.closing.emit()
        super().closeEvent(event)


def _keep_text(button: QToolButton, text: str) -> None:
    """Show `text` whatever the button's action is called; its tool tip says the rest."""

    def keep() -> None:
        button.setText(text)
        button.setAccessibleName(text)

    button.defaultAction().changed.connect(keep)
    keep()


def _bytes(text: str) -> QByteArray:
    return QByteArray.fromBase64(QByteArray(text.encode()))
