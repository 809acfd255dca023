"""The models that are there or can be had; all that is done to them, by the command line."""

import time
from dataclasses import dataclass, replace
from typing import Any, Literal

from PySide6.QtCore import QObject, Signal

from pixelsmile_desktop.engine_link.commands import Command
from pixelsmile_desktop.messages import Messages

State = Literal["installed", "partial", "absent", "damaged", "missing"]
Doing = Literal["get", "import", "verify", "remove"]


@dataclass(frozen=True)
class ModelFile:
    """A model of the catalogue, or one that came with the program.

    Attributes:
        commercial: whether it may be used commercially; allowed: whether it may be used here.
        is_shipped: whether it came with the program; the others can be had by `way`.
        arrived_bytes: of an unfinished download.
    """

    name: str
    title: str
    purpose: str
    licence: str
    state: State
    size_bytes: int | None = None
    licence_url: str = ""
    use: str = ""
    needed_by: tuple[str, ...] = ()
    commercial: bool = True
    allowed: bool = True
    is_shipped: bool = False
    way: str = "get"
    path: str = ""
    arrived_bytes: int = 0


@dataclass(frozen=True)
class Activity:
    """What is being done to a model, and how far it is; `left_s` is None when nobody knows."""

    doing: Doing
    done_bytes: int = 0
    total_bytes: int = 0
    left_s: float | None = None


class ModelFiles(QObject):
    """Lists models and works on them; every call returns at once."""

    listed = Signal()
    """`models` and `commercial_only` are what the disk says now."""

    progressed = Signal(str)
    """Something is begun, a step further or over with the model of this name."""

    changed_on_disk = Signal()
    """A model has come or gone."""

    def __init__(self, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._messages = messages
        self.models: tuple[ModelFile, ...] = ()
        self.commercial_only = False
        self._commands: dict[str, Command] = {}
        self._activities: dict[str, Activity] = {}
        self._began: dict[str, tuple[float, int]] = {}
        self._paused: set[str] = set()
        self._lists: list[Command] = []
        self._found: list[ModelFile] = []

    def activity(self, name: str) -> Activity | None:
        """What is being done to a model; None when nothing is."""
        return self._activities.get(name)

    def model(self, name: str) -> ModelFile | None:
        """One of the models."""
        return next((one for one in self.models if one.name == name), None)

    def refresh(self) -> None:
        """Read the list again."""
        if self._lists:
            return
        self._found = []
        setting = Command(["models", "commercial-only", "--json"], self)
        setting.row.connect(self._take_setting)
        rows = Command(["models", "--json"], self)
        rows.row.connect(self._take_row)
        self._lists = [setting, rows]
        for command in self._lists:
            command.ended.connect(lambda _, command=command: self._end_list(command))
            command.start()

    def get(self, name: str) -> None:
        """Download a model whose licence the user has accepted, or go on with it."""
        self._do(name, "get", ["models", "get", name, "--yes", "--json", "--progress"])

    def pause(self, name: str) -> None:
        """Stop what is done to a model; a download keeps what has arrived."""
        command = self._commands.get(name)
        if command is not None:
            self._paused.add(name)
            command.cancel()

    def import_from(self, name: str, folder: str) -> None:
        """Take a model from a folder; the user has accepted its licence."""
        words = ["models", "import", name, folder, "--yes", "--json", "--progress"]
        self._do(name, "import", words)

    def verify(self, name: str) -> None:
        """Read an installed model byte by byte."""
        self._do(name, "verify", ["models", "verify", name, "--json", "--progress"])

    def remove(self, name: str) -> None:
        """Delete a model, or what of it has arrived."""
        self._do(name, "remove", ["models", "remove", name, "--yes", "--json"])

    def set_commercial_only(self, wanted: bool) -> None:
        """Refuse models that forbid commercial use, or not."""
        command = Command(["models", "commercial-only", "on" if wanted else "off", "--json"], self)
        command.ended.connect(lambda code: self._end_setting(command, code))
        command.start()

    def close(self) -> None:
        """End everything; downloads keep what has arrived."""
        for command in (*self._commands.values(), *self._lists):
            command.close()

    # ---- the list -------------------------------------------------------------------------------

    def _take_setting(self, row: dict[str, Any]) -> None:
        self.commercial_only = bool(row.get("commercial_only", self.commercial_only))

    def _take_row(self, row: dict[str, Any]) -> None:
        if "download" in row:
            self._found.append(_downloadable(row))
        elif "model" in row:
            self._found.append(_shipped(row))

    def _end_list(self, command: Command) -> None:
        self._lists.remove(command)
        command.deleteLater()
        if self._lists:
            return
        self.models = tuple(self._found)
        self.listed.emit()

    def _end_setting(self, command: Command, code: int) -> None:
        if code:
            self._messages.say(command.error, "trouble", "\n".join(command.notes))
        elif command.notes:  # the environment comes before the setting
            self._messages.say(command.notes[-1])
        command.deleteLater()
        self.refresh()

    # ---- one model ------------------------------------------------------------------------------

    def _do(self, name: str, doing: Doing, words: list[str]) -> None:
        if name in self._commands:
            return
        self._paused.discard(name)
        self._began.pop(name, None)
        self._activities[name] = Activity(doing)
        command = self._commands[name] = Command(words, self)
        command.row.connect(lambda row: self._take(name, row))
        command.ended.connect(lambda code: self._end(name, code))
        command.start()
        self.progressed.emit(name)

    def _take(self, name: str, row: dict[str, Any]) -> None:
        if "progress" not in row:
            return
        done, total = int(row["done_bytes"]), int(row["total_bytes"])
        began_at, began_with = self._began.setdefault(name, (time.monotonic(), done))
        gained, spent = done - began_with, time.monotonic() - began_at
        left = spent / gained * (total - done) if gained > 0 and spent > 1 else None
        activity = replace(self._activities[name], done_bytes=done, total_bytes=total, left_s=left)
        self._activities[name] = activity
        self.progressed.emit(name)

    def _end(self, name: str, code: int) -> None:
        command, activity = self._commands.pop(name), self._activities.pop(name)
        was_paused = name in self._paused
        self._paused.discard(name)
        if code and not was_paused:
            text = command.error or self.tr("{name} could not be worked on.").format(name=name)
            self._messages.say(text, "trouble", "\n".join(command.notes))
        elif not code:
            self._messages.say(self._success(name, activity.doing))
        command.deleteLater()
        self.progressed.emit(name)
        self.refresh()
        if activity.doing != "verify":
            self.changed_on_disk.emit()

    def _success(self, name: str, doing: Doing) -> str:
        texts = {
            "get": self.tr("{name} is installed."),
            "import": self.tr("{name} is installed."),
            "verify": self.tr("{name}: every file is as it should be."),
            "remove": self.tr("{name} is removed."),
        }
        return texts[doing].format(name=name)


def _downloadable(row: dict[str, Any]) -> ModelFile:
    return ModelFile(
        name=row["download"],
        title=row["title"],
        purpose=row["purpose"],
        licence=row["licence"],
        state=row["state"],
        size_bytes=row["size_bytes"],
        licence_url=row["licence_url"],
        use=row["use"],
        needed_by=tuple(row["needed_by"]),
        commercial=row["commercial"],
        allowed=row["allowed"],
        way=row["way"],
        path=row.get("path", ""),
        arrived_bytes=row.get("arrived_bytes", 0),
    )


def _shipped(row: dict[str, Any]) -> ModelFile:
    return ModelFile(
        name=row["model"],
        title=row["purpose"],
        purpose=row["model"],
        licence=row["licence"],
        state="installed" if row["ok"] else row["state"],
        size_bytes=row["size_bytes"],
        is_shipped=True,
    )
