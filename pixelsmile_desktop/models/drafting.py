"""The draft that the wizard works on, and what the command line says about it."""

import json
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QObject, Signal

from pixelsmile_desktop import paths
from pixelsmile_desktop.engine_link.background import Background
from pixelsmile_desktop.engine_link.commands import Command
from pixelsmile_desktop.models.training import (
    CONFIG,
    DRAFT,
    Draft,
    Facts,
    Finding,
    Report,
    check_key,
    configuration,
    read_draft,
    write_json,
    write_run,
)

LOCAL = "local"
_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
_SHOWN_PICTURES = 24
_PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff")


class TargetRow(msgspec.Struct, frozen=True):
    """A target, as `pixelsmile remote list` says it."""

    target: str
    kind: str
    host: str = ""
    user: str = ""
    port: int = 22
    url: str = ""
    folder: str = ""
    fingerprint: str = ""

    @property
    def where(self) -> str:
        """Its address; empty for this computer."""
        user = f"{self.user}@" if self.user else ""
        port = f":{self.port}" if self.port != 22 else ""
        return self.url or (f"{user}{self.host}{port}" if self.host else "")


class Address(msgspec.Struct, frozen=True):
    """A target that is to be added, as it was typed."""

    name: str
    where: str
    kind: str = "ssh"
    options: tuple[str, ...] = ()


class Drafting(QObject):
    """One draft. All calls return at once."""

    changed = Signal()
    """Of the draft, the report, the targets or what one of them has."""

    busy_changed = Signal(str)
    """With what is being done: `check`, `pairs`, `probe`, `add` or `launch`; empty at its end."""

    failed = Signal(str)
    """A sentence."""

    key_shown = Signal(object, str)
    """An `Address`, and the fingerprint of its host key that nobody has confirmed yet."""

    launched = Signal(str)
    """With the run's identity, which is kept before anything is sent."""

    def __init__(self, parent: QObject | None = None, folder: Path | None = None) -> None:
        """`folder`: of drafts and runs; the user's own unless given."""
        super().__init__(parent)
        self.folder = folder or paths.fine_tunes_folder()
        self.draft = read_draft(self.folder / DRAFT) or Draft()
        self.report: Report | None = None
        self.facts: Facts | None = None
        self.targets: tuple[TargetRow, ...] = ()
        self.models: dict[str, str] = {}
        """Folders of the installed models, by name."""
        self.pictures: tuple[str, ...] = ()
        """Some of the data set's."""
        self.data_bytes = 0
        self.doing = ""
        self._commands: list[Command] = []
        self._disk = Background(self)

    # ---- the draft ------------------------------------------------------------------------------

    def change(self, **fields: Any) -> None:
        """Set fields of the draft."""
        changed = msgspec.structs.replace(self.draft, **fields)
        if changed == self.draft:
            return
        self.draft = changed
        self.changed.emit()

    def change_settings(self, **fields: Any) -> None:
        """Set fields of the settings."""
        self.change(settings=msgspec.structs.replace(self.draft.settings, **fields))

    def save(self) -> None:
        """Keep the draft for the next time."""
        try:
            write_json(self.folder / DRAFT, msgspec.to_builtins(self.draft))
        except OSError as error:
            self.failed.emit(f"{DRAFT}: {error.strerror}")

    def forget(self) -> None:
        """Begin with nothing; who holds the rights stays."""
        self.stop()
        self.report, self.facts, self.pictures, self.data_bytes = None, None, (), 0
        self.draft = Draft(holder=self.draft.holder, price=self.draft.price)
        (self.folder / DRAFT).unlink(missing_ok=True)
        self.changed.emit()

    def stop(self) -> None:
        """End what is being done; what runs on a target goes on."""
        for command in self._commands:
            command.cancel()

    def close(self) -> None:
        """The window closes."""
        for command in self._commands:
            command.close()
        self._disk.close()

    # ---- the data set ---------------------------------------------------------------------------

    def check(self) -> None:
        """Have the data set checked; `report` says what was found."""
        draft, rows = self.draft, []
        file, page = self.folder / "check" / CONFIG, self.folder / "check" / "report.html"
        table = configuration(draft, self.folder / "check" / "run")
        table["losses"]["contrast"] = 0.0  # whether CLIP is here is no matter of the data
        table["look"]["name"] = "look"
        try:
            write_json(file, table)
        except OSError as error:
            self.failed.emit(f"{file}: {error.strerror}")
            return
        words = ["train", "check", "--config", str(file), "--report", str(page), "--json"]
        command = self._run("check", words, rows.append)
        command.ended.connect(
            lambda code: self._take_report(draft, rows, page, command, was_ended=code < 0)
        )

    def make_pairs(self, photos: str, out: str) -> None:
        """Have graded pictures made of portraits; they become the draft's data."""
        words = ["train", "pairs", photos, "--out", out, "--json"]
        command = self._run("pairs", words)

        def end(code: int) -> None:
            if code:
                self._fail(command)
            else:
                self.change(data=out)
                self.check()

        command.ended.connect(end)

    def look_for_data(self) -> None:
        """Measure the data set and pick pictures to show, on a thread."""
        data = self.draft.data
        if data:
            self._disk.do(lambda: _look_at(Path(data)), self._take_pictures)

    def _take_pictures(self, found: tuple[int, tuple[str, ...]]) -> None:
        self.data_bytes, self.pictures = found
        self.changed.emit()

    def _take_report(
        self,
        draft: Draft,
        rows: Sequence[dict[str, Any]],
        page: Path,
        command: Command,
        *,
        was_ended: bool,
    ) -> None:
        if was_ended:
            return
        findings = [msgspec.convert(row, Finding) for row in rows if "finding" in row]
        ends = [row for row in rows if "ok" in row]
        key = check_key(draft)
        if not ends:
            self.report = Report(key, error=command.error or " ".join(command.notes[-1:]))
        else:
            values = {name: ends[0][name] for name in _COUNTS}
            self.report = Report(key, findings=tuple(findings), page=str(page), **values)
        self.look_for_data()
        self.changed.emit()

    # ---- targets --------------------------------------------------------------------------------

    def read_targets(self) -> None:
        """Read the list of targets; nobody is contacted."""
        found: list[TargetRow] = []

        def take(row: dict[str, Any]) -> None:
            if "target" in row:
                found.append(msgspec.convert(row, TargetRow))

        def end(code: int) -> None:
            if code:
                self._fail(command)
                return
            self.targets = tuple(found)
            self.changed.emit()

        command = self._run("", ["remote", "list", "--json"], take)
        command.ended.connect(end)

    def add_target(self, address: Address, fingerprint: str = "") -> None:
        """Add a target. Its host key is told by `key_shown` until it comes with the call."""
        words = ["remote", "add", address.name, address.where, "--kind", address.kind, "--json"]
        words += [word for option in address.options for word in ("--option", option)]
        if fingerprint:
            words += ["--host-key", fingerprint]
        codes: list[str] = []

        def take(row: dict[str, Any]) -> None:
            if "error" in row:
                codes.append(str(row.get("code")))

        def end(code: int) -> None:
            shown = _FINGERPRINT.search(command.error)
            if "key_unknown" in codes and shown:
                self.key_shown.emit(address, shown[0])
            elif code:
                self._fail(command)
            else:
                self.read_targets()
                self.change(target=address.name)
                self.probe()

        command = self._run("add", words, take)
        command.ended.connect(end)

    def remove_target(self, name: str) -> None:
        """Forget a target; what lies there stays there."""
        command = self._run("", ["remote", "remove", name, "--json"])

        def end(code: int) -> None:
            if code:
                self._fail(command)
            if self.draft.target == name:
                self.change(target="")
            self.read_targets()

        command.ended.connect(end)

    def probe(self) -> None:
        """Ask the chosen target what it has."""
        name, found = self.draft.target, []
        self.facts = None
        command = self._run("probe", ["remote", "probe", name, "--json"], found.append)

        def end(code: int) -> None:
            rows = [row for row in found if "error" not in row]
            if code:
                self._fail(command)
            elif rows and name == self.draft.target:
                self.facts = msgspec.convert(rows[0], Facts)
                self.changed.emit()

        command.ended.connect(end)
        self.changed.emit()

    def read_models(self) -> None:
        """Read which models are here; CLIP among them is what the contrast looks with."""
        found: dict[str, str] = {}

        def take(row: dict[str, Any]) -> None:
            if row.get("state") == "installed" and row.get("path"):
                found[row["download"]] = row["path"]

        def end(_: int) -> None:
            self.models = found
            clip = found.get("clip-vit-large-patch14", "")
            if clip and not self.draft.settings.clip:
                self.change_settings(clip=clip)
            self.changed.emit()

        self._run("", ["models", "--json"], take).ended.connect(end)

    # ---- launch ---------------------------------------------------------------------------------

    def launch(self) -> None:
        """Write the run down and hand it to the target; it goes on without this window."""
        name = f"{self.draft.name}-{time.strftime('%Y%m%d-%H%M%S')}"
        try:
            config = write_run(self.draft, self.folder / name)
        except OSError as error:
            self.failed.emit(f"{name}: {error.strerror}")
            return
        words = ["train", "run", "--on", self.draft.target, "--config", str(config)]

        def take(row: dict[str, Any]) -> None:
            if "run" in row and "state" in row:
                self.launched.emit(str(row["run"]))

        command = self._run("launch", [*words, "--detach", "--json"], take)
        command.ended.connect(lambda code: self._fail(command) if code > 0 else None)

    # ---- commands -------------------------------------------------------------------------------

    def _run(
        self,
        doing: str,
        words: Sequence[str],
        take: Callable[[dict[str, Any]], object] | None = None,
    ) -> Command:
        command = Command(words, self)
        self._commands.append(command)
        if take is not None:
            command.row.connect(take)
        if doing:
            self._set_doing(doing)
        # First of all that hears of the end, so that what follows may begin something.
        command.ended.connect(lambda _: self._forget(command, doing))
        command.start()
        return command

    def _forget(self, command: Command, doing: str) -> None:
        self._commands.remove(command)
        command.deleteLater()
        if doing and doing == self.doing:
            self._set_doing("")

    def _set_doing(self, doing: str) -> None:
        self.doing = doing
        self.busy_changed.emit(doing)

    def _fail(self, command: Command) -> None:
        if command.error:
            self.failed.emit(command.error)


_COUNTS = ("ok", "triplets", "pictures", "persons", "synthetic", "balance", "confusing")


def _look_at(data: Path) -> tuple[int, tuple[str, ...]]:
    """Bytes of the data set, and some of its pictures: of each person in turn."""
    if data.is_file():
        files = dict.fromkeys(_named_in(data))
        return sum(one.stat().st_size for one in files if one.is_file()), tuple(
            str(one) for one in list(files)[:_SHOWN_PICTURES]
        )
    total, by_person = 0, []
    for folder, _, names in sorted(os.walk(data)):
        inside: list[str] = []
        for name in sorted(names):
            file = os.path.join(folder, name)
            total += os.stat(file).st_size
            if name.lower().endswith(_PICTURE_SUFFIXES):
                inside.append(file)
        by_person.append(inside)
    most = max((len(one) for one in by_person), default=0)
    turns = [one[at] for at in range(most) for one in by_person if at < len(one)]
    return total, tuple(turns[:_SHOWN_PICTURES])


def _named_in(data: Path) -> Iterator[Path]:
    """The pictures that a `.jsonl` names; lines that are wrong are the check's business."""
    for line in data.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            row = json.loads(line)
            for one in (row["src"], *row["dst"]):
                yield data.parent / one["image"]
        except (ValueError, KeyError, TypeError):
            continue
