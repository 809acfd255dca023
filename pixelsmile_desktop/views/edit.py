"""The Edit screen: the photo, large, and what its faces are made to show."""

import time

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.library import KnownFace, VersionKey
from pixelsmile_desktop.context import Context
from pixelsmile_desktop.models import editing
from pixelsmile_desktop.models.picture import Picture
from pixelsmile_desktop.models.words import expression_title, percent, reading_title
from pixelsmile_desktop.views.photo_commands import commands_of
from pixelsmile_desktop.widgets.canvas import Canvas, Compare, FaceBox

_MODES: tuple[Compare, ...] = ("after", "split", "side")
_HOLD_S = 0.3
"""A key held longer shows the original until it is let go; a shorter press leaves it shown."""


class EditView(QWidget):
    """Canvas, a row of its commands, and a line of what is known about the picture."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._session = context.session
        self._pressed_at = 0.0
        self._ms: float | None = None
        commands_of(context)
        self.picture = Picture(
            context.session, context.faces, context.worker, context.messages, self
        )
        self.canvas = Canvas()
        self.canvas.setAccessibleName(self.tr("Photo"))
        self._bar = QHBoxLayout()
        self._modes = QComboBox()
        self._line = QLabel()
        self._line.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._line.setTextFormat(Qt.TextFormat.PlainText)
        self._line.setIndent(self.fontMetrics().averageCharWidth())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(self._bar)
        layout.addWidget(self.canvas, 1)
        layout.addWidget(self._line)
        self.setFocusProxy(self.canvas)
        self._add_actions()
        self._connect()
        self._open(self._session.current)

    # ---- what the models tell -------------------------------------------------------------------

    def _connect(self) -> None:
        session, faces, canvas, picture = (
            self._session,
            self._context.faces,
            self.canvas,
            self.picture,
        )
        picture.opened.connect(self._open)
        picture.before_changed.connect(self._show_before)
        picture.after_changed.connect(lambda: canvas.set_after(picture.after))
        picture.after_changed.connect(self._tell)
        picture.broken.connect(canvas.show_text)
        picture.timed.connect(self._note_time)
        session.face_changed.connect(lambda _: self._show_faces())
        session.thumbnails.ready.connect(self._thumbnail_came)
        faces.found.connect(self._faces_found)
        canvas.face_chosen.connect(session.set_face)
        canvas.step_wanted.connect(session.step)
        canvas.zoomed.connect(self._zoomed)
        session.project.changed.connect(lambda keys: session.current in keys and self._tell())

    def _open(self, key: VersionKey | None) -> None:
        self._ms = None
        picture = self.picture.before
        if key is None:
            self.canvas.show_photo(QSize(), None)
            self.canvas.show_text(self.tr("Open a folder of photos to begin."))
        else:
            # Until the picture comes: the small one, as large as the photo will be.
            shown = picture or self._session.thumbnails.picture(key.photo)
            self.canvas.show_photo(self.picture.size, shown)
        self._show_faces()

    def _thumbnail_came(self, photo: object) -> None:
        key = self._session.current
        if key is not None and key.photo == photo and self.picture.before is None:
            self.canvas.set_before(self._session.thumbnails.picture(key.photo))

    def _show_before(self) -> None:
        self.canvas.set_size(self.picture.size)
        self.canvas.set_before(self.picture.before)
        self._show_faces()

    def _faces_found(self, photo: object) -> None:
        key = self._session.current
        if key is not None and key.photo == photo:
            self._show_faces()

    def _show_faces(self) -> None:
        key, size = self._session.current, self.picture.size
        faces = () if key is None or size.isEmpty() else self._context.faces.of(key.photo) or ()
        boxes = [
            FaceBox(face.number, QRectF(*face.report.box), self._face_name(face, len(faces)))
            for face in faces
        ]
        chosen = 1 if self._session.face == "largest" else self._session.face
        self.canvas.set_boxes(boxes, None if chosen == "all" else chosen)
        self._tell()

    def _face_name(self, face: KnownFace, count: int) -> str:
        words = [self.tr("Face {number} of {count}").format(number=face.number, count=count)]
        words += [reading_title(one) for one in face.report.reading]
        words += [face.person or ""]
        return ", ".join(word for word in words if word)

    def _note_time(self, seconds: float) -> None:
        self._ms = seconds * 1000

    def _zoomed(self) -> None:
        self.picture.need(self.canvas.needed_px)
        self._tell()

    # ---- read-outs ------------------------------------------------------------------------------

    def _tell(self) -> None:
        """The line below the canvas, and the same for screen readers on the canvas itself."""
        key = self._session.current
        if key is None:
            self._line.clear()
            self.canvas.setAccessibleDescription("")
            return
        size = self.picture.size
        words = [key.photo.name + (f" ({key.copy + 1})" if key.copy else "")]
        if not size.isEmpty():
            words.append(f"{size.width()} × {size.height()}")
            words.append(f"{self.canvas.zoom * 100:.0f} %")
        words.append(self._face_word(key))
        edit = self._session.project.version(key).edit
        wanted = editing.intensities(edit, self._session.face, self._session.frame)
        words += [f"{expression_title(name)} {percent(value)}" for name, value in wanted.items()]
        words.append(self._modes.currentText() if self.canvas.mode != "after" else "")
        if self._context.actions["view.original"].isChecked():
            words.append(self.tr("original"))
        self.canvas.setAccessibleDescription(", ".join(word for word in words if word))
        if self._ms is not None and self.picture.after is not None:
            words.append(self.tr("preview {ms} ms").format(ms=round(self._ms)))
        self._line.setText("  ·  ".join(word for word in words if word))

    def _face_word(self, key: VersionKey) -> str:
        faces = self._context.faces.of(key.photo)
        if faces is None:
            return self.tr("looking for faces")
        if not faces:
            return self.tr("no face found")
        face = self._session.face
        if face == "all":
            return self.tr("all faces ({count})").format(count=len(faces))
        number = 1 if face == "largest" else face
        return self.tr("face {number} of {count}").format(number=number, count=len(faces))

    # ---- commands -------------------------------------------------------------------------------

    def _add_actions(self) -> None:
        add, canvas = self._context.actions.add, self.canvas
        fit = add("view.fit", self.tr("Fit"), canvas.fit, keys="Ctrl+0", menu="View", group="zoom")
        full = add(
            "view.full_size", self.tr("100 %"), canvas.toggle_full_size, keys="Z",
            menu="View", group="zoom", tip=self.tr("One pixel of the photo on one of the screen"),
        )  # fmt: skip
        closer = add(
            "view.zoom_in", self.tr("Zoom in"), canvas.zoom_in, keys=("Ctrl+=", "Ctrl++"),
            menu="View", group="zoom",
        )  # fmt: skip
        away = add(
            "view.zoom_out", self.tr("Zoom out"), canvas.zoom_out, keys="Ctrl+-",
            menu="View", group="zoom",
        )  # fmt: skip
        original = add(
            "view.original", self.tr("Original"), keys="\\", menu="View", group="compare",
            checkable=True, tip=self.tr("Show the untouched photo; hold the key for a short look"),
        )  # fmt: skip
        original.setAutoRepeat(False)
        original.toggled.connect(canvas.set_original)
        original.toggled.connect(lambda _: self._tell())
        original.triggered.connect(self._original_pressed)
        add(
            "view.compare", self.tr("Before and after"), self.cycle_modes, keys="Y",
            menu="View", group="compare",
            tip=self.tr("The edit alone, split, or beside the original"),
        )  # fmt: skip
        boxes = add(
            "view.boxes", self.tr("Face boxes"), keys="O", menu="View", group="compare",
            checkable=True,
        )  # fmt: skip
        boxes.setChecked(True)
        boxes.toggled.connect(canvas.show_boxes)
        titles = {
            "after": self.tr("After only"),
            "split": self.tr("Before and after, split"),
            "side": self.tr("Before and after, side by side"),
        }
        for mode in _MODES:
            self._modes.addItem(titles[mode], mode)
        self._modes.setMinimumWidth(self.fontMetrics().averageCharWidth() * 14)
        self._modes.setAccessibleName(self.tr("Before and after"))
        self._modes.currentIndexChanged.connect(self._mode_chosen)
        for action in (fit, full, away, closer):
            self._bar.addWidget(_button(action))
        self._bar.addStretch()
        self._bar.addWidget(self._modes)
        for action in (original, boxes):
            self._bar.addWidget(_button(action))

    def cycle_modes(self) -> None:
        """The next way to show before and after."""
        self._modes.setCurrentIndex((self._modes.currentIndex() + 1) % self._modes.count())

    def _mode_chosen(self) -> None:
        self.canvas.set_mode(self._modes.currentData())
        self._tell()

    def _original_pressed(self) -> None:
        """Wait for the key to be let go: after a while, the edit is shown again."""
        self._pressed_at = time.monotonic()
        application = QApplication.instance()
        if application is not None and self._context.actions["view.original"].isChecked():
            application.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyRelease and isinstance(event, QKeyEvent):
            self._key_released(event)
        return super().eventFilter(watched, event)

    def _key_released(self, event: QKeyEvent) -> None:
        if event.key() != Qt.Key.Key_Backslash or event.isAutoRepeat():
            return
        application = QApplication.instance()
        assert application is not None
        application.removeEventFilter(self)
        if time.monotonic() - self._pressed_at > _HOLD_S:
            self._context.actions["view.original"].setChecked(False)

    # ---- seen or not ----------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.picture.set_active(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.picture.set_active(False)


def _button(action: QAction) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(action)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
    button.setAutoRaise(True)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
