"""Runs elsewhere and here: what there is, what one says while it goes on, what can be had of it."""

import os
import shutil
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal

from pixelsmile_desktop import paths
from pixelsmile_desktop.engine_link.background import Background
from pixelsmile_desktop.engine_link.commands import Command
from pixelsmile_desktop.models.training import (
    DRAFT,
    Draft,
    Look,
    keep_look,
    next_look_file,
    read_draft,
)

Wish = Literal["save", "sample", "stop", "end"]
ENDED = ("finished", "failed", "stopped", "lost")
_TRY_AGAIN_MS = 5_000
_LOOK_MS = 60_000
_LOG_LINES = 500


class RunRow(msgspec.Struct, frozen=True):
    """A run, as `pixelsmile runs list` and `show` say it.

    Attributes:
        reason: code of why it failed; error: the same as a sentence.
        source: its configuration here; into: where its results go.
        safe_to_shut_down: whether its node can go; None as long as nobody has asked.
    """

    run: str
    kind: str
    target: str
    state: str
    source: str
    into: str
    reason: str = ""
    created: float = 0.0
    fetched: bool = False
    since: float = 0.0
    starts: int = 0
    quiet_s: float = 0.0
    stalled: bool = False
    safe_to_shut_down: bool | None = None
    error: str = ""

    @property
    def has_ended(self) -> bool:
        """Whether nothing of it runs any more, as far as was heard."""
        return self.state in ENDED


class Step(msgspec.Struct, frozen=True):
    """A step's row of the metrics; memory is that of the GPU."""

    step: int
    loss: float | None = None
    flow: float | None = None
    contrast: float | None = None
    identity: float | None = None
    learning_rate: float | None = None
    seconds: float | None = None
    memory_gb: float | None = None
    time: float = 0.0


class Validated(msgspec.Struct, frozen=True):
    """A validation's row of the metrics."""

    step: int
    linearity: float | None = None
    slope: float | None = None
    separation: float | None = None
    identity: float | None = None


@dataclass
class Progress:
    """What a run has said; of two rows of one step the later counts, as after a resume.

    Attributes:
        spent_s: from the first step on, pictures and saving with it; not while it was stopped.
    """

    total: int = 0
    steps: dict[int, Step] = field(default_factory=dict)
    validations: dict[int, Validated] = field(default_factory=dict)
    checkpoints: list[int] = field(default_factory=list)
    log: deque[str] = field(default_factory=lambda: deque(maxlen=_LOG_LINES))
    spent_s: float = 0.0
    _last_time: float = 0.0

    def take(self, row: dict[str, Any]) -> str:
        """Take in a row of the metrics; returns its kind, empty for one that is not known."""
        kind, time = str(row.get("kind", "")), float(row.get("time") or 0)
        try:
            if kind == "step":
                self._add(msgspec.convert(row, Step))
            elif kind == "validation":
                validated = msgspec.convert(row, Validated)
                self.validations[validated.step] = validated
            elif kind == "checkpoint":
                if row["step"] not in self.checkpoints:
                    self.checkpoints.append(row["step"])
            elif kind in ("started", "resumed"):
                self.total = int(row.get("total") or self.total)
                self._last_time = time
            else:
                return kind if kind == "finished" else ""
        except (msgspec.ValidationError, KeyError, TypeError, ValueError):
            return ""
        return kind

    def _add(self, step: Step) -> None:
        # What lies between rows is time on the machine: pictures and saving cost as well.
        if self._last_time and step.time > self._last_time:
            self.spent_s += step.time - self._last_time
        self._last_time = step.time
        self.steps[step.step] = step

    @property
    def step(self) -> int:
        """The last one that was done."""
        return max(self.steps, default=0)

    @property
    def left_s(self) -> float | None:
        """Seconds that are left by the pace of the last steps; None when nobody knows."""
        recent = [one.seconds for one in list(self.steps.values())[-20:] if one.seconds]
        if not recent or not self.total:
            return None
        return sum(recent) / len(recent) * max(0, self.total - self.step)

    def cost(self, price: float) -> float:
        """Of the time on the machine so far, at a price an hour."""
        return self.spent_s / 3600 * price


class Runs(QObject):
    """The runs that the command line keeps. All calls return at once; one run is followed."""

    listed = Signal()
    """`rows` are what is known now."""

    moved = Signal(str)
    """The followed run has said something: `step`, `validation`, `checkpoint`, `log`, `state`."""

    doing_changed = Signal(str)
    """With what is being done to the followed run in words of the command; empty at its end."""

    said = Signal(str, bool)
    """A sentence, and whether it is trouble."""

    fetched = Signal(str)
    """Files of that run have come."""

    exported = Signal(str, object, str)
    """The LoRA of that run, of a step or the end (None), lies in that file."""

    def __init__(self, parent: QObject | None = None, looks: Path | None = None) -> None:
        """`looks`: the folder of installed LoRAs; the user's own unless given."""
        super().__init__(parent)
        self.looks = looks or paths.looks_folder()
        self.rows: tuple[RunRow, ...] = ()
        self.followed = ""
        self.progress = Progress()
        self.doing = ""
        self._drafts: dict[str, Draft | None] = {}
        self._commands: list[Command] = []
        self._complaint = ""
        self._log: Command | None = None
        self._list: Command | None = None
        self._disk = Background(self)
        self._disk.failed.connect(lambda text: self.said.emit(text, True))
        self._again = QTimer(self, singleShot=True, interval=_TRY_AGAIN_MS)
        self._again.timeout.connect(self._follow)
        self._look = QTimer(self, interval=_LOOK_MS)
        self._look.timeout.connect(self.show_state)

    def row(self, run: str) -> RunRow | None:
        """One of the runs."""
        return next((one for one in self.rows if one.run == run), None)

    def draft(self, run: str) -> Draft | None:
        """The draft that a run was begun with; None for one that was begun by command."""
        row = self.row(run)
        if row is None:
            return None
        if run not in self._drafts:
            self._drafts[run] = read_draft(Path(row.source).parent / DRAFT)
        return self._drafts[run]

    # ---- the list -------------------------------------------------------------------------------

    def refresh(self, *, offline: bool = False) -> None:
        """Read the list again; offline contacts nobody and shows what was last heard."""
        if self._list is not None:
            return
        found: list[RunRow] = []

        def take(row: dict[str, Any]) -> None:
            if "run" in row:
                found.append(msgspec.convert(row, RunRow))

        def end(code: int) -> None:
            self._list = None
            if code:
                self._tell(command)
                return
            known = {one.run: one for one in self.rows}
            self.rows = tuple(
                _joined(known.get(one.run), one) for one in found if one.kind == "train"
            )
            self.listed.emit()

        words = ["runs", "list", *(["--offline"] if offline else []), "--json"]
        command = self._list = self._run(words, take, end)

    # ---- one run --------------------------------------------------------------------------------

    def follow(self, run: str) -> None:
        """Listen to a run from its beginning; to none for an empty name."""
        if run == self.followed:
            return
        self._stop_following()
        self.followed, self.progress = run, Progress()
        if run:
            self._follow()
            self.show_state()
            self._look.start()

    def _follow(self) -> None:
        row = self.row(self.followed)
        if row is None or self._log is not None:
            return
        # Everything is told again from the beginning.
        self.progress = Progress()
        words = ["runs", "logs", row.run, "--follow", "--json"]
        self._log = Command(words, self)
        self._log.row.connect(self._take)
        self._log.ended.connect(self._end_log)
        self._log.start()

    def _stop_following(self) -> None:
        self._again.stop()
        self._look.stop()
        if self._log is not None:
            log, self._log = self._log, None
            log.row.disconnect(self._take)
            log.ended.disconnect(self._end_log)
            log.ended.connect(lambda _: self._commands.remove(log))
            log.ended.connect(log.deleteLater)
            self._commands.append(log)
            log.cancel()

    def _take(self, row: dict[str, Any]) -> None:
        if "metrics" in row:
            kind = self.progress.take(row["metrics"])
            if kind:
                self.moved.emit(kind)
        elif "log" in row:
            self.progress.log.append(str(row["log"]))
            self.moved.emit("log")
        elif "state" in row:
            self._note(row)

    def _end_log(self, code: int) -> None:
        if self._log is None:
            return
        log, self._log = self._log, None
        log.deleteLater()
        row = self.row(self.followed)
        if row is not None and not row.has_ended:
            # The connection broke, or the run has just ended; the run itself goes on.
            if code and log.error != self._complaint:
                self._complaint = log.error  # once, not with every try
                self.said.emit(log.error, False)
            self._again.start()
        self.show_state()

    def show_state(self) -> None:
        """Ask how the followed run is."""
        if self.followed:
            self._run(["runs", "show", self.followed, "--json"], self._note, self._quietly)

    def _note(self, row: dict[str, Any]) -> None:
        if "run" not in row or "state" not in row:
            return
        heard = msgspec.convert(row, RunRow)
        known = self.row(heard.run)
        self.rows = tuple(_joined(one, heard) if one.run == heard.run else one for one in self.rows)
        if known is None:
            self.rows = (heard, *self.rows)
        self.listed.emit()
        if heard.run == self.followed:
            self.moved.emit("state")

    def _quietly(self, _: int) -> None:
        """A node that cannot be reached now is asked again; the row shows what was heard last."""

    # ---- what is asked of it --------------------------------------------------------------------

    def ask(self, wish: Wish) -> None:
        """Have the followed run save, make pictures, stop after saving, or end at once."""
        words = ["runs", "stop", self.followed, "--now"]
        if wish != "end":
            words = ["runs", wish, self.followed]
        self._do(wish, [*words, "--json"])

    def resume(self, on: str = "") -> None:
        """Go on where it saved last, there or on another target."""
        run = self.followed

        def end() -> None:
            self._stop_following()
            self.followed = ""
            self.follow(run)

        words = ["runs", "resume", run, *(["--on", on] if on else []), "--json"]
        self._do("resume", words, end)

    def fetch(self, only: Sequence[str] = (), *, checkpoints: bool = False) -> None:
        """Bring what the run has made; every file is checked by its hash."""
        self._fetch(self.followed, only, checkpoints, lambda: None)

    def _fetch(
        self, run: str, only: Sequence[str], checkpoints: bool, then: Callable[[], None]
    ) -> None:
        words = ["runs", "fetch", run, "--json"]
        words += [word for one in only for word in ("--only", one)]
        words += ["--checkpoints"] if checkpoints else []

        def end() -> None:
            self.fetched.emit(run)
            self.show_state()
            then()

        self._do("fetch", words, end)

    def forget(self) -> None:
        """Delete a run that has ended, here and on its node; what was fetched stays."""
        run = self.followed

        def end() -> None:
            self.rows = tuple(one for one in self.rows if one.run != run)
            self.follow("")
            self.listed.emit()

        self._do("forget", ["runs", "forget", run, "--json"], end)

    # ---- what it has made -----------------------------------------------------------------------

    def strips(self, step: int) -> tuple[Path, ...]:
        """Validation pictures of a step that are here, by name."""
        row = self.row(self.followed)
        if row is None:
            return ()
        return tuple(sorted((Path(row.into) / "validation" / step_name(step)).glob("*.png")))

    def final_lora(self) -> Path | None:
        """The finished LoRA of the followed run, where it is here."""
        row, draft = self.row(self.followed), self.draft(self.followed)
        if row is None:
            return None
        names = [f"{draft.name}.safetensors"] if draft else []
        files = [Path(row.into) / name for name in names] or sorted(
            Path(row.into).glob("*.safetensors")
        )
        return next((file for file in files if file.is_file()), None)

    def export(self, step: int | None, file: Path) -> None:
        """Have the LoRA of a checkpoint, or of the end (None), written to a file here."""
        run, row = self.followed, self.row(self.followed)
        if row is None:
            return

        def write() -> None:
            final = self.final_lora()
            if step is None and final is not None:
                self._disk.do(lambda: _link(final, file), lambda _: done())
                return
            words = ["train", "export", "--config", row.source, "--out", str(file), "--json"]
            words += [] if step is None else ["--step", str(step)]
            self._do("export", words, done)

        def done() -> None:
            self.exported.emit(run, step, str(file))

        folder = Path(row.into) / "checkpoints" / step_name(step or 0)
        if step is None and self.final_lora() is None:
            self._fetch(run, ("*.safetensors",), False, write)
        elif step is not None and not folder.is_dir():
            self._fetch(run, (f"checkpoints/{folder.name}/*",), True, write)
        else:
            write()

    def install(self, step: int | None) -> None:
        """Keep a LoRA as the next version of its look; `exported` says where."""
        draft, row = self.draft(self.followed), self.row(self.followed)
        if row is None:
            return
        name = draft.name if draft else row.run
        self.looks.mkdir(parents=True, exist_ok=True)
        self.export(step, next_look_file(self.looks, name))

    def keep(self, run: str, step: int | None, file: Path) -> Look:
        """Write down what an installed look is."""
        draft = self.draft(run)
        look = Look(file.stem, str(file), draft.words if draft else (), run, step)
        keep_look(look)
        return look

    # ---- commands -------------------------------------------------------------------------------

    def close(self) -> None:
        """The window closes; runs go on."""
        self._again.stop()
        self._look.stop()
        for command in (self._log, *self._commands):
            if command is not None:
                command.close()
        self._disk.close()

    def _do(
        self, doing: str, words: Sequence[str], then: Callable[[], None] = lambda: None
    ) -> None:
        if self.doing:
            return
        self._set_doing(doing)

        def end(code: int) -> None:
            self._set_doing("")
            if code:
                self._tell(command)
            else:
                then()

        command = self._run(words, lambda row: None, end)

    def _run(
        self,
        words: Sequence[str],
        take: Callable[[dict[str, Any]], object],
        end: Callable[[int], None],
    ) -> Command:
        command = Command(words, self)
        self._commands.append(command)
        command.row.connect(take)

        def forget(code: int) -> None:
            self._commands.remove(command)
            command.deleteLater()
            end(code)

        command.ended.connect(forget)
        command.start()
        return command

    def _set_doing(self, doing: str) -> None:
        self.doing = doing
        self.doing_changed.emit(doing)

    def _tell(self, command: Command) -> None:
        if command.error:
            self.said.emit(command.error, True)


def step_name(step: int) -> str:
    """A step's folder among checkpoints and pictures."""
    return f"step-{step:08d}"


def _joined(known: RunRow | None, heard: RunRow) -> RunRow:
    """What a list says less of than a look at the run stays, as long as its state does."""
    if known is None or known.state != heard.state or heard.safe_to_shut_down is not None:
        return heard
    return msgspec.structs.replace(
        heard,
        since=heard.since or known.since,
        starts=heard.starts or known.starts,
        safe_to_shut_down=known.safe_to_shut_down,
        error=heard.error or known.error,
    )


def _link(source: Path, target: Path) -> None:
    """The same file under another name; a copy where the disk is another."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
