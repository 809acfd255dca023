"""The face panel: whose face, how much of which expression, by which editor."""

from collections.abc import Sequence

import msgspec
from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QMenu,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.library import KnownFace, Picture, VersionKey
from engine.recipes import (
    EditorName,
    FaceChoice,
    Intensities,
    PhotoEdit,
    Preset,
    expressions,
    shipped_presets,
)
from pixelsmile_desktop.context import Context
from pixelsmile_desktop.models import editing
from pixelsmile_desktop.models.words import (
    decimal,
    editor_title,
    expression_title,
    percent,
    reading_title,
    resource_text,
)
from pixelsmile_desktop.views.photo_commands import MAX_SEED, commands_of
from pixelsmile_desktop.widgets.intensity import IntensityRow

_TURNED_DEG = 15
"""From here on a head counts as turned."""

_MOST_VARIANTS = 12

_WITH_PICTURES = ("finished", "needs_review")


class FacePanel(QScrollArea):
    """Twelve intensities of the chosen face on the frame at the playhead, and what goes with it."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._commands = commands_of(context)
        self._own_presets: dict[str, Preset] = {}
        self._asked: tuple[VersionKey | None, int | None] = (None, None)
        self._instant_s: float | None = None
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName(self.tr("Face panel"))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._rows: dict[str, IntensityRow] = {}
        self._inside = QWidget()
        layout = QVBoxLayout(self._inside)
        self._faces = self._make_faces()
        layout.addWidget(self._faces)
        layout.addLayout(self._make_rows())
        layout.addLayout(self._make_buttons())
        layout.addWidget(_line())
        layout.addLayout(self._make_editor())
        layout.addLayout(self._make_seed())
        self.result = QLabel()
        self.result.setWordWrap(True)
        layout.addWidget(self.result)
        layout.addStretch()
        self.setWidget(self._inside)
        self.setMinimumWidth(self._inside.minimumSizeHint().width() + self._bar_width())
        self._connect()
        self._show()
        self._load_presets()

    def _bar_width(self) -> int:
        return self.verticalScrollBar().sizeHint().width()

    def _connect(self) -> None:
        session, faces = self._context.session, self._context.faces
        session.current_changed.connect(lambda _: self._show())
        session.face_changed.connect(lambda _: self._show())
        session.frame_changed.connect(lambda _: self._show_values())
        session.project.changed.connect(self._versions_changed)
        faces.found.connect(lambda photo: self._note_faces((photo,)))
        faces.people_changed.connect(self._note_faces)
        self._context.machine.changed.connect(lambda _: self._show_editor())
        self._context.preferences.changed.connect(lambda _: self._show_editor())
        self._context.machine.look()
        session.current_changed.connect(lambda _: self._look_for_result())
        self._context.queue.jobs_changed.connect(self._look_for_result)
        self._look_for_result()

    # ---- building -------------------------------------------------------------------------------

    def _make_faces(self) -> QComboBox:
        faces = QComboBox()
        faces.setAccessibleName(self.tr("Face"))
        faces.setToolTip(self.tr("Whose intensities are shown. F goes to the next face."))
        faces.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        faces.setMinimumContentsLength(16)
        faces.activated.connect(lambda _: self._context.session.set_face(faces.currentData()))
        return faces

    def _make_rows(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        for number, one in enumerate(expressions().values()):
            row = IntensityRow(expression_title(one.name), resource_text(one.summary), self._inside)
            row.place(grid, number)
            row.changed.connect(lambda value, name=one.name: self._set(name, value))
            row.ended.connect(self._context.project.end_merge)
            self._rows[one.name] = row
        return grid

    def _make_buttons(self) -> QHBoxLayout:
        presets = QToolButton()
        presets.setText(self.tr("Presets"))
        presets.setToolTip(self.tr("Intensities to start from"))
        presets.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        presets.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.presets = QMenu(presets)
        presets.setMenu(self.presets)
        sync = QToolButton()
        sync.setDefaultAction(self._context.actions["edit.sync"])
        sync.setText(self.tr("Sync"))
        sync.setAccessibleName(self.tr("Sync settings"))
        reset = QPushButton(self.tr("Reset all"))
        reset.clicked.connect(self._commands.reset_face)
        row = QHBoxLayout()
        for one in (presets, sync):
            one.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            row.addWidget(one)
        row.addStretch()
        row.addWidget(reset)
        return row

    def _make_editor(self) -> QFormLayout:
        self.editor = QComboBox()
        self.editor.setAccessibleName(self.tr("Editor"))
        editors: dict[EditorName, str] = {
            "auto": self.tr("Automatic"),
            "instant": self.tr("Instant"),
            "pixelsmile": self.tr("PixelSmile"),
        }
        for name, title in editors.items():
            self.editor.addItem(title, name)
        self.editor.activated.connect(lambda _: self._set_editor(self.editor.currentData()))
        self.cost = QLabel()
        self.cost.setWordWrap(True)
        form = QFormLayout()
        form.addRow(self.tr("Editor"), self.editor)
        form.addRow(self.cost)
        return form

    def _make_seed(self) -> QVBoxLayout:
        """Only the PixelSmile editor makes something else of another seed."""
        self.seeds = QWidget()
        self._seed = QSpinBox()
        self._seed.setRange(0, MAX_SEED)
        self._seed.setAccessibleName(self.tr("Seed"))
        self._seed.setKeyboardTracking(False)
        self._seed.valueChanged.connect(self._set_seed)
        another = QPushButton(self.tr("Try another seed"))
        another.clicked.connect(self._commands.next_seed)
        self._variants = QSpinBox()
        self._variants.setRange(2, _MOST_VARIANTS)
        self._variants.setValue(4)
        self._variants.setAccessibleName(self.tr("Number of variants"))
        self.variants = make = QPushButton(self.tr("Make variants"))
        make.setToolTip(self.tr("Virtual copies of this photo that differ in their seed"))
        make.clicked.connect(lambda: self._commands.make_variants(self._variants.value()))
        grid = QGridLayout(self.seeds)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.addWidget(QLabel(self.tr("Seed")), 0, 0)
        grid.addWidget(self._seed, 0, 1)
        grid.addWidget(another, 0, 2)
        grid.addWidget(QLabel(self.tr("Variants")), 1, 0)
        grid.addWidget(self._variants, 1, 1)
        grid.addWidget(make, 1, 2)
        layout = QVBoxLayout()
        layout.addWidget(self.seeds)
        return layout

    def row(self, expression: str) -> IntensityRow:
        """The controls of one expression."""
        return self._rows[expression]

    # ---- what the user does ---------------------------------------------------------------------

    def _set(self, expression: str, value: float) -> None:
        session = self._context.session
        frame = round(session.frame)
        self._commands.set_edit(
            f"{expression_title(expression)} {percent(value)}",
            lambda edit: editing.with_intensity(edit, session.face, expression, value, frame),
            f"{expression} {session.face} {frame} {session.current}",
        )

    def _set_editor(self, name: EditorName) -> None:
        self._commands.set_edit(
            self.tr("Editor {name}").format(name=self.editor.currentText()),
            lambda edit: msgspec.structs.replace(edit, editor=name),
        )

    def _set_seed(self, seed: int) -> None:
        self._commands.set_edit(
            self.tr("Seed {number}").format(number=seed),
            lambda edit: msgspec.structs.replace(edit, seed=seed),
        )

    # ---- presets --------------------------------------------------------------------------------

    def _load_presets(self) -> None:
        def take(found: Sequence[Preset]) -> None:
            self._own_presets = {one.name: one for one in found}
            self._fill_presets()

        self._fill_presets()
        self._context.catalogue.ask(lambda library: library.catalogue.presets(), take)

    def _fill_presets(self) -> None:
        menu, own = self.presets, self._own_presets
        menu.clear()
        for preset in shipped_presets().values():
            menu.addAction(
                resource_text(preset.name), lambda preset=preset: self._apply_preset(preset)
            )
        if own:
            menu.addSeparator()
        for preset in own.values():
            menu.addAction(preset.name, lambda preset=preset: self._apply_preset(preset))
        menu.addSeparator()
        menu.addAction(self.tr("Save as preset…"), self._save_preset)
        if own:
            remove = menu.addMenu(self.tr("Delete preset"))
            for name in own:
                remove.addAction(name, lambda name=name: self._remove_preset(name))

    def _apply_preset(self, preset: Preset) -> None:
        session = self._context.session
        values, frame = preset.intensities.values, round(session.frame)
        self._commands.set_edit(
            self.tr("Preset {name}").format(name=resource_text(preset.name)),
            lambda edit: editing.with_intensities(edit, session.face, values, frame),
        )

    def _save_preset(self) -> None:
        edit = self._edit()
        session = self._context.session
        values = editing.intensities(edit, session.face, session.frame) if edit else {}
        if not values:
            self._context.messages.say(
                self.tr("There is nothing to save as a preset: every intensity is zero.")
            )
            return
        name, is_sure = QInputDialog.getText(
            self, self.tr("Save as preset"), self.tr("Name of the preset")
        )
        if is_sure and name.strip():
            self.save_preset(Preset(name.strip(), Intensities(values)))

    def save_preset(self, preset: Preset) -> None:
        """Keep a preset of the user's own, in place of one of its name."""
        self._context.catalogue.ask(
            lambda library: library.catalogue.save_preset(preset), lambda _: self._load_presets()
        )

    def _remove_preset(self, name: str) -> None:
        self._context.catalogue.ask(
            lambda library: library.catalogue.remove_preset(name), lambda _: self._load_presets()
        )

    # ---- what is shown --------------------------------------------------------------------------

    def _edit(self) -> PhotoEdit | None:
        key = self._context.session.current
        return None if key is None else self._commands.edit_of(key)

    def _versions_changed(self, keys: frozenset[VersionKey]) -> None:
        if self._context.session.current in keys:
            self._show()

    def _note_faces(self, photos: Sequence[object]) -> None:
        key = self._context.session.current
        if key is not None and key.photo in photos:
            self._show_faces()

    def _show(self) -> None:
        self._inside.setEnabled(self._context.session.current is not None)
        self._show_values()
        self._show_faces()
        self._show_editor()

    def _show_values(self) -> None:
        edit, session = self._edit() or PhotoEdit(()), self._context.session
        for name, row in self._rows.items():
            row.show_value(editing.intensity(edit, session.face, name, session.frame))

    def _show_faces(self) -> None:
        session = self._context.session
        key = session.current
        faces = () if key is None else self._context.faces.of(key.photo) or ()
        choices: list[tuple[FaceChoice, str]] = [("all", self.tr("All faces"))]
        choices += [(face.number, self._face_title(face, len(faces))) for face in faces]
        chosen = 1 if session.face == "largest" else session.face
        if chosen not in dict(choices) and isinstance(chosen, int):
            choices.append((chosen, self.tr("Face {number}").format(number=chosen)))
        count = self._faces.count()
        now = [(self._faces.itemData(i), self._faces.itemText(i)) for i in range(count)]
        with QSignalBlocker(self._faces):
            if now != choices:
                self._faces.clear()
                for choice, title in choices:
                    self._faces.addItem(title, choice)
            self._faces.setCurrentIndex([choice for choice, _ in choices].index(chosen))

    def _face_title(self, face: KnownFace, count: int) -> str:
        """`Face 1 of 3: smiling, turned left, Anna`."""
        words = [reading_title(one) for one in face.report.reading]
        if abs(face.report.yaw) >= _TURNED_DEG:
            right, left = self.tr("turned {degrees}° right"), self.tr("turned {degrees}° left")
            side = right if face.report.yaw > 0 else left  # of the picture
            words.append(side.format(degrees=round(abs(face.report.yaw))))
        words.append(face.person or "")
        edit = self._edit()
        if edit is not None and editing.own_edit(edit, face.number) is not None:
            words.append(self.tr("own settings"))
        title = self.tr("Face {number} of {count}").format(number=face.number, count=count)
        said = ", ".join(word for word in words if word)
        return f"{title}: {said}" if said else title

    def _show_editor(self) -> None:
        edit = self._edit() or PhotoEdit(())
        with QSignalBlocker(self.editor):
            self.editor.setCurrentIndex(self.editor.findData(edit.editor))
        with QSignalBlocker(self._seed):
            self._seed.setValue(edit.seed)
        self.seeds.setVisible(edit.editor == "pixelsmile")
        self.cost.setText(self._cost_text(edit))

    # ---- the last result ------------------------------------------------------------------------

    def _look_for_result(self) -> None:
        """Ask for what the queue made last of this photo."""
        key, queue = self._context.session.current, self._context.queue
        made = [
            job.id
            for job in queue.jobs.jobs()
            if key is not None and job.source == key.photo and job.state in _WITH_PICTURES
        ]
        number = max(made, default=None)
        if number is None:
            self._show_result([])
        elif (key, number) != self._asked:

            def take(found: list[Picture]) -> None:
                if key == self._context.session.current:
                    self._show_result(found)

            queue.pictures(number, take)
        self._asked = (key, number)

    def _show_result(self, pictures: Sequence[Picture]) -> None:
        made = [one for one in pictures if one.editor]
        instant = [one.seconds for one in made if one.editor == "instant"]
        self._instant_s = instant[-1] if instant else None
        self._show_editor()
        self.result.setVisible(bool(made))
        if made:
            self.result.setText(self._result_text(made[-1]))

    def _result_text(self, picture: Picture) -> str:
        """`Last result (pixelsmile): identity 0.93, shift 1.2 px`."""
        words: list[str] = []
        if picture.identity is not None:
            words.append(self.tr("identity {value}").format(value=decimal(picture.identity, 2)))
        if picture.seconds is not None:
            words.append(self.tr("{number} s").format(number=decimal(picture.seconds, 1)))
        drift = picture.drift
        if "shift_px" in drift:
            words.append(self.tr("shift {value} px").format(value=decimal(drift["shift_px"], 1)))
        if "colour" in drift:
            words.append(self.tr("colour cast {value}").format(value=decimal(drift["colour"], 1)))
        if "residual" in drift:
            words.append(self.tr("residual {value}").format(value=decimal(drift["residual"], 1)))
        words += picture.reasons
        title = self.tr("Last result ({editor})").format(editor=editor_title(picture.editor))
        return f"{title}: {', '.join(words)}" if words else title

    def _cost_text(self, edit: PhotoEdit) -> str:
        """What the editor takes for this photo, in a sentence."""
        machine = self._context.machine.current
        if edit.editor != "pixelsmile":
            if self._instant_s is None:
                return self.tr("The instant editor takes a few seconds a photo.")
            return self.tr("The instant editor took {number} s for this photo.").format(
                number=decimal(self._instant_s, 1)
            )
        if not machine.is_known:
            return self.tr("Whether PixelSmile can run here is being looked up.")
        if machine.has_room and not machine.installed:
            return self.tr("PixelSmile is not installed yet; the screen Models has it.")
        if not machine.can_run_pixelsmile:
            return self.tr("PixelSmile cannot run here yet: {reason}.").format(
                reason=machine.lacks.rstrip(".")
            )
        key = self._context.session.current
        known = () if key is None else self._context.faces.of(key.photo) or ()
        count = len(known) if any(one.face == "all" for one in edit.faces) else len(edit.faces)
        seconds = machine.seconds_for(edit.sampling) * max(count, 1)
        return self.tr(
            "PixelSmile takes about {time} for this photo on {device}. "
            "The preview here is the instant editor's."
        ).format(time=self._duration(seconds), device=machine.device_name)

    def _duration(self, seconds: float) -> str:
        if seconds < 90:
            return self.tr("{number} seconds").format(number=max(5, round(seconds / 5) * 5))
        if seconds < 5400:
            return self.tr("{number} minutes").format(number=round(seconds / 60))
        return self.tr("{number} hours").format(number=round(seconds / 3600))


def _line() -> QFrame:
    line = QFrame()
    line.setFrameShape(QFrame.Shape.HLine)
    line.setFrameShadow(QFrame.Shadow.Sunken)
    return line
