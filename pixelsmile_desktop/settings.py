"""Preferences: one JSON file, read once, replaced whole with every change."""

import contextlib
import logging
import os
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from PySide6.QtCore import QObject, Signal

from engine.recipes import (
    EditorName,
    Export,
    ExportPreset,
    ModelChoice,
    OutputFormat,
    Sampling,
)
from engine.recipes.naming import TemplateError, check_template

_log = logging.getLogger(__name__)

ThemeName = Literal["dark", "light"]


class Preferences(msgspec.Struct, frozen=True):
    """What the user has chosen; unknown fields of another release are dropped.

    Attributes:
        theme, language: of the window; an empty language is the system's.
        editor: of new edits.
        model, sampling: for the PixelSmile editor.
        format, export, template, collision: of pictures that the queue makes.
        strip_suffix: what versions of several frames are written as.
        export_presets: the user's own, in the order they were made.
        output_folder: where they go; empty for a folder below that of each photo.
        workers: photos that are rendered at once.
        recent: folders, the newest first.
        is_guided: whether the first-run guide has been seen or closed.
        layout: the window's geometry and panels, as Qt saves them, in base 64.
        panels: which optional panels are open, by name.
    """

    theme: ThemeName = "dark"
    language: str = ""
    editor: EditorName = "auto"
    model: ModelChoice = ModelChoice()
    sampling: Sampling = Sampling()
    format: OutputFormat = "source"
    export: Export = Export()
    template: str = ""
    collision: Literal["number", "skip", "overwrite"] = "number"
    strip_suffix: str = ".gif"
    export_presets: tuple[ExportPreset, ...] = ()
    output_folder: str = ""
    workers: Annotated[int, msgspec.Meta(ge=0)] = 1
    recent: tuple[str, ...] = ()
    is_guided: bool = False
    layout: dict[str, str] = {}
    panels: dict[str, bool] = {}


class PreferencesFile(QObject):
    """The preferences of this user."""

    changed = Signal(object)
    """With the new `Preferences`."""

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        """Read the file; one that cannot be read is put aside, and the defaults hold."""
        super().__init__(parent)
        self._path = path
        self._current = _read(path)

    @property
    def current(self) -> Preferences:
        """The preferences as they are now."""
        return self._current

    def change(self, **fields: Any) -> None:
        """Set fields of `Preferences` and write the file."""
        changed = msgspec.structs.replace(self._current, **fields)
        if changed == self._current:
            return
        self._current = changed
        self._write()
        self.changed.emit(changed)

    def add_recent(self, folder: Path) -> None:
        """Put a folder at the head of the recent ones."""
        others = [one for one in self._current.recent if one != str(folder)]
        self.change(recent=(str(folder), *others)[:12])

    def _write(self) -> None:
        temporary = self._path.with_name(f".{self._path.name}-{os.getpid()}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(msgspec.json.format(msgspec.json.encode(self._current)))
            os.replace(temporary, self._path)
        except OSError as error:
            _log.warning("preferences are not saved: %s", error)
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


def _read(path: Path) -> Preferences:
    try:
        preferences = msgspec.json.decode(path.read_bytes(), type=Preferences)
        if preferences.template:
            check_template(preferences.template)
        return preferences
    except FileNotFoundError:
        return Preferences()
    except (OSError, msgspec.DecodeError, TemplateError) as error:
        _log.warning("preferences cannot be read, the defaults hold: %s", error)
        with contextlib.suppress(OSError):
            os.replace(path, path.with_suffix(".unreadable.json"))
        return Preferences()
