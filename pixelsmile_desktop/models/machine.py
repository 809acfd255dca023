"""What this machine can run, as `pixelsmile doctor` finds it in the background."""

import logging
import os
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QCoreApplication, QObject, Signal

import engine
from engine.recipes import Sampling, parse_resolution
from pixelsmile_desktop.engine_link.commands import Command

_log = logging.getLogger(__name__)

PRECISIONS = ("auto", "bf16", "fp8", "int8", "int4", "fp32")

# Of the transformer, by the side of output and reference; both grow alike with the area.
_TFLOP_A_STEP = {512: 36.7, 1024: 169.7}
_PIXELS = {side: 2 * side**2 for side in _TFLOP_A_STEP}

# What a device keeps up in TFLOP/s: half of what its makers promise in bf16, for processors per
# core. Only good enough to tell seconds from minutes and minutes from hours.
_SUSTAINED = ((9.0, 450.0), (8.9, 100.0), (8.0, 120.0), (7.0, 40.0), (0.0, 10.0))
_SUSTAINED_A_CORE = 0.04
_REST_S = 2.0  # prompts, reference, decoding, putting back


class CheckRow(msgspec.Struct, frozen=True):
    """One thing that was looked at, as the command tells it."""

    check: str
    state: str
    detail: str = ""
    facts: dict[str, Any] = {}


class Machine(msgspec.Struct, frozen=True):
    """What was found, by the program of that version; nothing at first."""

    version: str = ""
    checks: tuple[CheckRow, ...] = ()

    def check(self, name: str) -> CheckRow:
        """One of the checks; an empty one when it was not made."""
        return next((one for one in self.checks if one.check == name), CheckRow(name, ""))

    @property
    def is_known(self) -> bool:
        """Whether anybody has looked."""
        return bool(self.checks)

    @property
    def installed(self) -> bool:
        """Whether the packages and models of the PixelSmile editor are there."""
        return self.check("pixelsmile, files").state == "ok"

    @property
    def has_room(self) -> bool:
        """Whether the PixelSmile editor's models fit into memory."""
        return self.check("pixelsmile, auto").state == "ok"

    @property
    def can_run_pixelsmile(self) -> bool:
        """Whether the PixelSmile editor can be used now."""
        return self.installed and self.has_room

    @property
    def lacks(self) -> str:
        """What keeps the PixelSmile editor from running, a clause; empty when nothing does."""
        room, files = self.check("pixelsmile, auto"), self.check("pixelsmile, files")
        if room.state and room.state != "ok":
            return room.detail
        if self.missing_models:
            text = QCoreApplication.translate(
                "Machine", "not installed: {names}; get them on the screen Models"
            )
            return text.format(names=", ".join(self.missing_models))
        return files.detail if files.state and files.state != "ok" else ""

    @property
    def missing_models(self) -> tuple[str, ...]:
        """The models that the PixelSmile editor needs and that are not installed."""
        return tuple(self.check("pixelsmile, files").facts.get("missing_models", ()))

    @property
    def precision(self) -> str:
        """What `auto` picks; empty when nothing fits."""
        return str(self.check("pixelsmile, auto").facts.get("precision", ""))

    @property
    def reason(self) -> str:
        """Why `auto` picks that, a clause."""
        return self.check("pixelsmile, auto").detail

    @property
    def has_gpu(self) -> bool:
        """Whether there is a GPU that the PixelSmile editor can use."""
        return self.check("gpu").state == "ok"

    @property
    def device_name(self) -> str:
        """The GPU's name, or `CPU`."""
        return str(self.check("gpu").facts.get("name", "")) or "CPU"

    @property
    def memory_gb(self) -> float:
        """Of the GPU, or of the machine where there is none; 0 when it is not known."""
        facts = self.check("gpu").facts
        if facts:
            return float(facts.get("total_gb") or facts.get("free_gb") or 0)
        return float(self.check("memory").facts.get("bytes", 0)) / 1e9

    @property
    def label(self) -> str:
        """For the status line: `GPU 24 GB` or `CPU`."""
        return f"GPU {self.memory_gb:.0f} GB" if self.has_gpu else "CPU"

    def seconds_for(self, sampling: Sampling, pictures: int = 1) -> float:
        """About how long the PixelSmile editor takes for pictures of one face, without loading.

        Right to a factor of three or so: say it in round words.
        """
        resolution = parse_resolution(sampling.resolution)
        pixels = resolution.output_px**2 + resolution.reference_px**2
        tflop = _TFLOP_A_STEP[512] * pixels / _PIXELS[512]
        if pixels > _PIXELS[512]:  # attention grows faster than the area
            tflop = _TFLOP_A_STEP[1024] * (pixels / _PIXELS[1024]) ** 1.1
        # One more: the face as it is, which tells the model's own errors from changes.
        return (pictures + 1) * (sampling.steps * tflop / self._tflop_a_second + _REST_S)

    @property
    def _tflop_a_second(self) -> float:
        if not self.has_gpu:
            return _SUSTAINED_A_CORE * (os.cpu_count() or 1)
        capability = float(self.check("gpu").facts.get("capability", 8.0))
        return next(speed for least, speed in _SUSTAINED if capability >= least)


class MachineLink(QObject):
    """Asks once for each version of the program, and whenever it is told to."""

    changed = Signal(object)
    """With the `Machine`."""

    def __init__(self, cache: Path, parent: QObject | None = None) -> None:
        """`cache`: the file that keeps what was found."""
        super().__init__(parent)
        self._cache = cache
        self._rows: list[CheckRow] = []
        self._command: Command | None = None
        self.current = _read(cache)

    def look(self) -> None:
        """Tell what is known, and find it out if it is not."""
        if self.current.is_known:
            self.changed.emit(self.current)
        else:
            self.look_again()

    def look_again(self) -> None:
        """Find it out anew: a model or a package has come or gone."""
        if self._command is not None:
            return
        self._rows = []
        self._command = Command(["doctor", "--json"], self)
        self._command.row.connect(self._take)
        self._command.ended.connect(self._end)
        self._command.start()

    def close(self) -> None:
        """End what is under way."""
        if self._command is not None:
            self._command.close()

    def _take(self, row: dict[str, Any]) -> None:
        try:
            self._rows.append(msgspec.convert(row, CheckRow))
        except msgspec.ValidationError:
            _log.warning("not a check: %r", row)

    def _end(self, code: int) -> None:
        if self._command is not None:
            if code < 0 or not self._rows:
                _log.warning("the machine was not looked at: %s", self._command.error)
            self._command.deleteLater()
            self._command = None
        if self._rows:
            self.current = Machine(engine.__version__, tuple(self._rows))
            _write(self._cache, self.current)
        self.changed.emit(self.current)


def _read(cache: Path) -> Machine:
    try:
        found = msgspec.json.decode(cache.read_bytes(), type=Machine)
    except (OSError, msgspec.DecodeError):
        return Machine()
    return found if found.version == engine.__version__ else Machine()


def _write(cache: Path, machine: Machine) -> None:
    try:
        cache.parent.mkdir(parents=True, exist_ok=True)
        cache.write_bytes(msgspec.json.encode(machine))
    except OSError as error:
        _log.warning("what this machine can run is not kept: %s", error)
