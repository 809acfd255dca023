"""The timelines: the grid of keys, what steers it, and the frames it makes."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QCoreApplication, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QAction, QHideEvent, QImage, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QListView,
    QMenu,
    QSlider,
    QSpinBox,
    QSplitter,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
    QWidgetAction,
)

from engine.library import Timing
from engine.protocol import Failed
from engine.recipes import Easing
from pixelsmile_desktop.context import Context
from pixelsmile_desktop.models.contact_sheet import ContactSheet
from pixelsmile_desktop.models.exporting import Exporter
from pixelsmile_desktop.models.keys import EASINGS, MAX_FRAMES
from pixelsmile_desktop.models.motions import MOTIONS, Motion
from pixelsmile_desktop.models.playback import Playback
from pixelsmile_desktop.models.proxies import Onion, Proxies
from pixelsmile_desktop.models.timeline import Timeline
from pixelsmile_desktop.views.strip_export import StripExportDialog
from pixelsmile_desktop.widgets.assistive import obey_screen_readers
from pixelsmile_desktop.widgets.names import name_inner_parts
from pixelsmile_desktop.widgets.timeline_grid import TimelineGrid

_MENU = "Strip"
_MAX_FPS = 60.0


class TimelinePanel(QWidget):
    """Everything about the strip of the current photo.

    Attributes:
        proxies: `frame_shown` has the pictures that belong on the canvas while scrubbing and
            playing; during `hold_changed(True)` nothing else does.
    """

    queued = Signal(object)
    """With the list of `Job`s that a strip became."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        session = context.session
        self.timeline = Timeline(session, self)
        self.proxies = Proxies(self.timeline, session, context.worker, context.catalogue, self)
        self.playback = Playback(self)
        self.grid = TimelineGrid(self.timeline, session, self)
        self._exporter: Exporter | None = None
        self._trouble = ""
        self._own: list[QAction] = []
        self._add_actions()
        self._picture = _Picture(self)
        self._sheet = self._make_sheet()
        self._beside = QSplitter(Qt.Orientation.Horizontal, self)
        for widget in (self.grid, self._picture, self._sheet):
            self._beside.addWidget(widget)
        self._beside.setStretchFactor(0, 4)
        self._beside.setStretchFactor(1, 1)
        self._beside.setStretchFactor(2, 1)
        self._cell = QLabel(self)
        self._cell.setAccessibleName(self.tr("Cell"))
        self._ready = QLabel(self)
        self._ready.setAccessibleName(self.tr("Frames ready"))
        self._hint = QLabel(
            self.tr("This is a still: one frame. Choose a motion, or more frames, for a strip."),
            self,
        )
        self._lay_out()
        self._connect()
        self._note_timing(self.timeline.timing)
        self._note_photo()
        self._note_cell()

    # ---- making it ------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        below = QHBoxLayout()
        below.addWidget(self._cell, 1)
        below.addWidget(self._hint)
        below.addWidget(self._ready)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 2, 6, 4)
        layout.setSpacing(3)
        layout.addWidget(self._make_bar())
        layout.addWidget(self._beside, 1)
        layout.addLayout(below)
        self._picture.hide()
        self._sheet.hide()

    def _connect(self) -> None:
        self.timeline.timing_changed.connect(self._note_timing)
        self.timeline.changed.connect(self._note_photo)
        self.timeline.changed.connect(self._note_cell)
        self.grid.cursor_moved.connect(self._note_cell)
        self.grid.menu_wanted.connect(self._show_menu)
        self.playback.frame_due.connect(self._show_played)
        self.playback.playing_changed.connect(self._note_playing)
        self.proxies.ready_changed.connect(self._note_ready)
        self.proxies.frame_shown.connect(self._picture.set_picture)
        self.proxies.failed.connect(self._note_failure)
        self._context.session.current_changed.connect(lambda _key: self.playback.stop())
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.end)

    def _add_actions(self) -> None:
        grid = self.grid
        self._add("play", self.tr("Play"), self._play, "Space", "play", grid_only=True)
        self._add("key.previous", self.tr("Previous key"), lambda: grid.step_key(-1), "J", "play")
        self._add("key.next", self.tr("Next key"), lambda: grid.step_key(1), "L", "play")
        self._add("key.add", self.tr("Add key"), grid.add_key, "K", "keys")
        for name, text, do, keys in (
            ("delete", self.tr("Delete keys"), grid.delete_keys, "Del"),
            ("cut", self.tr("Cut keys"), grid.cut_keys, "Ctrl+X"),
            ("copy", self.tr("Copy keys"), grid.copy_keys, "Ctrl+C"),
            ("paste", self.tr("Paste keys"), grid.paste_keys, "Ctrl+V"),
        ):
            self._add(f"key.{name}", text, do, keys, "keys", grid_only=True)
        for easing in EASINGS:
            keys = "F9" if easing == "ease_in_out" else ""
            do = partial(grid.ease, easing)
            self._add(f"ease.{easing}", self._easing_title(easing), do, keys, "easing")
        for motion in MOTIONS:
            text = self._motion_title(motion)
            self._add(f"motion.{motion.name}", text, partial(self._apply, motion), "", "motions")
        self._add("zoom.in", self.tr("Wider frames"), lambda: grid.zoom(1), "Ctrl+Shift+.", "zoom")
        self._add(
            "zoom.out", self.tr("Narrower frames"), lambda: grid.zoom(-1), "Ctrl+Shift+,", "zoom"
        )
        self._add("zoom.fit", self.tr("Fit all frames"), grid.fit, "", "zoom")
        self._add_switches()
        self._add("export", self.tr("Export strip…"), self._export, "", "export")

    def _add_switches(self) -> None:
        stretch = self._add(
            "stretch", self.tr("Stretch keys with the strip"), None, "", "strip", checkable=True
        )
        stretch.setChecked(True)
        stretch.setToolTip(self.tr("Keys move when the number of frames changes"))
        onion = self._add("onion", self.tr("Onion skin"), None, "", "strip", checkable=True)
        onion.toggled.connect(lambda is_on: self._set_onion(is_on=is_on))
        picture = self._add(
            "picture", self.tr("Show the frame here"), None, "", "strip", checkable=True
        )
        picture.toggled.connect(lambda is_on: self._picture.setVisible(is_on))
        sheet = self._add("sheet", self.tr("Contact sheet"), None, "", "strip", checkable=True)
        sheet.toggled.connect(lambda is_on: self._sheet.setVisible(is_on))

    def _add(
        self,
        name: str,
        text: str,
        do: Callable[[], object] | None,
        keys: str,
        group: str,
        *,
        grid_only: bool = False,
        checkable: bool = False,
    ) -> QAction:
        """An action of the Strip menu; `grid_only`: its keys mean something else elsewhere."""
        action = self._context.actions.add(
            f"strip.{name}",
            text,
            do,
            keys=keys,
            menu=_MENU,
            group=f"strip {group}",
            checkable=checkable,
        )
        action.setIconText(text)  # Qt would leave out the three dots on the bar
        if grid_only:
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self.grid.addAction(action)
        self._own.append(action)
        return action

    def _make_bar(self) -> QToolBar:
        bar = QToolBar(self.tr("Strip"), self)
        bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        for name in ("play", "key.previous", "key.next", "key.add"):
            bar.addAction(self._context.actions[f"strip.{name}"])
        bar.addSeparator()
        self._frames = QSpinBox(minimum=1, maximum=MAX_FRAMES)
        self._rate = QDoubleSpinBox(minimum=1, maximum=_MAX_FPS, decimals=2, singleStep=1)
        for box in (self._frames, self._rate):  # a typed 120 is not 1 and 12 first
            box.setKeyboardTracking(False)
        self._rate.setSuffix(self.tr(" fps"))
        self._loop = QComboBox()
        for text, data in (
            (self.tr("Repeat"), "repeat"),
            (self.tr("Bounce"), "bounce"),
            (self.tr("Once"), "once"),
        ):
            self._loop.addItem(text, data)
        for text, widget in (
            (self.tr("Frames"), self._frames),
            (self.tr("Rate"), self._rate),
            (self.tr("Loop"), self._loop),
        ):
            bar.addWidget(_labelled(text, widget))
        self._frames.valueChanged.connect(self._set_frames)
        self._rate.valueChanged.connect(lambda fps: self.timeline.set_timing(fps=fps))
        self._loop.activated.connect(
            lambda _index: self.timeline.set_timing(loop=self._loop.currentData())
        )
        for box in (self._frames, self._rate):
            box.editingFinished.connect(self._context.project.end_merge)
        bar.addSeparator()
        motions = [f"motion.{one.name}" for one in MOTIONS]
        bar.addWidget(self._menu_button(self.tr("Motion"), self._menu_of(motions)))
        easings = [f"ease.{one}" for one in EASINGS]
        bar.addWidget(self._menu_button(self.tr("Easing"), self._menu_of(easings)))
        bar.addWidget(self._menu_button(self.tr("Onion skin"), self._make_onion_menu()))
        view = ["zoom.in", "zoom.out", "zoom.fit", "stretch", "picture"]
        bar.addWidget(self._menu_button(self.tr("View"), self._menu_of(view)))
        bar.addAction(self._context.actions["strip.sheet"])
        bar.addSeparator()
        bar.addAction(self._context.actions["strip.export"])
        return bar

    def _menu_of(self, names: list[str]) -> QMenu:
        menu = QMenu(self)
        for name in names:
            menu.addAction(self._context.actions[f"strip.{name}"])
        return menu

    def _menu_button(self, text: str, menu: QMenu) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setAccessibleName(text)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setMenu(menu)
        menu.setAccessibleName(text)
        return button

    def _make_onion_menu(self) -> QMenu:
        menu = self._menu_of(["onion"])
        self._opacity = QSlider(Qt.Orientation.Horizontal)
        self._opacity.setRange(5, 90)
        self._opacity.setValue(round(Onion().opacity * 100))
        self._opacity.setAccessibleName(self.tr("Opacity"))
        self._reach = QComboBox()
        self._reach.setAccessibleName(self.tr("Neighbours"))
        self._reach.addItem(self.tr("Previous and next key"), 0)
        for number in range(1, 6):
            text = self.tr("{number} frames before and after").format(number=number)
            self._reach.addItem(
                self.tr("1 frame before and after") if number == 1 else text, number
            )
        form = QFormLayout()
        form.addRow(self.tr("Opacity"), self._opacity)
        form.addRow(self.tr("Neighbours"), self._reach)
        holder = QWidget()
        holder.setLayout(form)
        action = QWidgetAction(menu)
        action.setDefaultWidget(holder)
        menu.addAction(action)
        self._opacity.valueChanged.connect(lambda _value: self._set_onion())
        self._reach.currentIndexChanged.connect(lambda _index: self._set_onion())
        return menu

    def _make_sheet(self) -> QListView:
        line = self.fontMetrics().height()
        cell = QSize(line * 7, line * 5)
        view = QListView(self)
        view.setAccessibleName(self.tr("Contact sheet"))
        view.setViewMode(QListView.ViewMode.IconMode)
        view.setResizeMode(QListView.ResizeMode.Adjust)
        view.setMovement(QListView.Movement.Static)
        view.setUniformItemSizes(True)
        view.setIconSize(cell)
        view.setGridSize(cell + QSize(8, line + 10))
        view.setModel(ContactSheet(self.timeline, self.proxies, cell, view))
        view.selectionModel().currentChanged.connect(
            lambda index, _before: (
                self._context.session.set_frame(float(index.row())) if index.isValid() else None
            )
        )
        return view

    def end(self) -> None:
        """Stop what is under way; nothing is shown or queued from here any more."""
        self.playback.stop()
        self.proxies.close()
        if self._exporter is not None:
            self._exporter.close()
            self._exporter = None

    # ---- what the user does ---------------------------------------------------------------------

    def _set_frames(self, frames: int) -> None:
        is_stretched = self._context.actions["strip.stretch"].isChecked()
        self.timeline.set_timing(is_stretched=is_stretched, frames=frames)

    def _apply(self, motion: Motion) -> None:
        self.timeline.apply_motion(motion, self.grid.row, self._motion_title(motion))

    def _set_onion(self, *, is_on: bool | None = None) -> None:
        frames = self._reach.currentData()
        self.proxies.set_onion(
            Onion(
                is_on=self.proxies.onion.is_on if is_on is None else is_on,
                reach="frames" if frames else "keys",
                frames=max(frames, 1),
                opacity=self._opacity.value() / 100,
            )
        )

    def _play(self) -> None:
        if self.playback.is_playing:
            self.playback.stop()
        else:
            self.playback.play(self.timeline.timing, round(self._context.session.frame))

    def _show_played(self, frame: int) -> None:
        self.grid.show_played(frame)
        self.proxies.set_played(frame)

    def _show_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        for name in ("key.add", "key.delete", "key.cut", "key.copy", "key.paste"):
            menu.addAction(self._context.actions[f"strip.{name}"])
        menu.addSeparator()
        for easing in EASINGS:
            menu.addAction(self._context.actions[f"strip.ease.{easing}"])
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(place)

    def _export(self) -> None:
        key = self._context.session.current
        if key is None:
            return
        if self._exporter is None:
            self._exporter = Exporter(self._context, self)
            self._exporter.queued.connect(self.queued)
            self._exporter.queued.connect(lambda _jobs: self._context.queue.look())
        machine = self._context.machine.current
        dialog = StripExportDialog(self._context, key, self._exporter, machine, self)
        name_inner_parts(dialog)
        obey_screen_readers(dialog)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    # ---- what is told ---------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.proxies.set_active(True)
        self._note_photo()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.playback.stop()
        self.proxies.set_active(False)
        # Their keys must not change a strip that nobody sees.
        self._note_photo()

    def _note_photo(self) -> None:
        is_open = self.timeline.is_open and self.isVisible()
        is_strip = is_open and self.timeline.frames > 1
        for action in self._own:
            action.setEnabled(is_open)
        for name in ("play", "export", "onion", "sheet", "picture"):
            self._context.actions[f"strip.{name}"].setEnabled(is_strip)
        self.grid.setEnabled(self.timeline.is_open)
        for widget in (self._frames, self._rate, self._loop):
            widget.setEnabled(self.timeline.is_open)
        self._hint.setVisible(self.timeline.is_open and self.timeline.frames == 1)
        if not is_strip:
            self.playback.stop()
        self._trouble = ""
        self._note_ready()

    def _note_timing(self, timing: Timing) -> None:
        for widget, value in ((self._frames, timing.frames), (self._rate, timing.fps)):
            widget.blockSignals(True)
            widget.setValue(value)  # pyright: ignore[reportArgumentType]
            widget.blockSignals(False)
        self._loop.setCurrentIndex(max(self._loop.findData(timing.loop), 0))
        if self.playback.is_playing:
            self.playback.play(timing, min(self.playback.frame, timing.frames - 1))

    def _note_playing(self, is_playing: bool) -> None:
        action = self._context.actions["strip.play"]
        text = self.tr("Stop") if is_playing else self.tr("Play")
        action.setText(text)
        action.setIconText(text)
        if not is_playing:
            frame = self.playback.frame
            self.grid.show_played(None)
            self.proxies.set_played(None)
            self._context.session.set_frame(float(min(frame, self.timeline.frames - 1)))

    def _note_ready(self) -> None:
        ready, frames = self.proxies.ready, self.timeline.frames
        self.grid.ruler.set_ready(ready)
        text = self.tr("{ready} of {frames} frames ready").format(ready=len(ready), frames=frames)
        self._ready.setText(self._trouble or (text if frames > 1 else ""))

    def _note_failure(self, failed: Failed) -> None:
        self._trouble = self.tr("No frames: {reason}").format(reason=failed.reason)
        self._note_ready()

    def _note_cell(self) -> None:
        index = self.grid.currentIndex()
        is_there = self.timeline.is_open and index.isValid()
        self._cell.setText(self.timeline.cell_text(index.row(), index.column()) if is_there else "")

    # ---- words ----------------------------------------------------------------------------------

    def _easing_title(self, easing: Easing) -> str:
        return {
            "linear": self.tr("Linear"),
            "hold": self.tr("Hold"),
            "ease_in": self.tr("Ease in"),
            "ease_out": self.tr("Ease out"),
            "ease_in_out": self.tr("Ease in and out"),
        }[easing]

    def _motion_title(self, motion: Motion) -> str:
        return {
            "smile": self.tr("Neutral → smile"),
            "smile_and_back": self.tr("Neutral → smile → neutral"),
            "held_smile": self.tr("Smile, held, and back"),
            "surprise_then_smile": self.tr("Surprise, then a smile"),
            "sweep": self.tr("All twelve in turn"),
            "rise": self.tr("Rise of this row"),
            "hold": self.tr("Hold of this row"),
            "pulse": self.tr("Pulse of this row"),
        }[motion.name]


class _Picture(QWidget):
    """The frame that is looked at, as large as there is room."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._image = QImage()
        self.setAccessibleName(self.tr("Frame"))
        line = self.fontMetrics().height()
        self.setMinimumSize(line * 8, line * 6)

    def set_picture(self, picture: QImage) -> None:
        """Show a picture."""
        self._image = picture
        self.update()

    def sizeHint(self) -> QSize:
        line = self.fontMetrics().height()
        return QSize(line * 18, line * 12)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._image.isNull():
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        size = self._image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = self.rect().center() - QPoint(size.width() // 2, size.height() // 2)
        area = self.rect()
        area.setTopLeft(place)
        area.setSize(size)
        painter.drawImage(area, self._image)


def _labelled(text: str, widget: QWidget) -> QWidget:
    """A field with its name before it; the name is also that for screen readers."""
    holder = QWidget()
    label = QLabel(text, holder)
    label.setBuddy(widget)
    widget.setAccessibleName(text)
    row = QHBoxLayout(holder)
    row.setContentsMargins(4, 0, 4, 0)
    row.addWidget(label)
    row.addWidget(widget)
    return holder
