"""A fine-tune as the wizard drafts it: what is agreed, shown, learnt, where, and what it will take.

Plain frozen data and functions; `pixelsmile train` reads what is written here.
"""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import msgspec

from engine.recipes import Lora, ModelChoice, expressions
from engine.recipes.generative import GRID_PX, PrecisionName, Subject

Page = Literal["consent", "data", "look", "target", "settings", "estimate"]
PAGES: tuple[Page, ...] = ("consent", "data", "look", "target", "settings", "estimate")
PresetName = Literal["quick", "usual", "thorough", "own"]
ContrastMode = Literal["nce", "hinge", "ratio"]
Level = Literal["error", "warning", "note"]

CONFIG, DRAFT = "config.json", "draft.json"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_WORD = re.compile(r"[a-z]{2,16}")
_NEUTRAL = "neutral"
_CURRENT_VERSION = re.compile(r"(?P<name>.+)-v(?P<number>\d+)$")


class Person(msgspec.Struct, frozen=True):
    """Somebody who is shown.

    Attributes:
        agreed: what to, in words; release: where the signed paper or file lies.
        is_confirmed: whether the user has ticked that this person agreed to being trained on.
    """

    name: str = ""
    agreed: str = ""
    release: str = ""
    is_confirmed: bool = False


class Settings(msgspec.Struct, frozen=True):
    """How it is learnt; the fields are those of the configuration, its defaults the method's.

    Attributes:
        max_steps: 0 goes on until every triplet has been seen `epochs` times.
        batch: triplets a step; micro_batch: of them at once on one GPU.
        ema: decay of the running mean of the weights; 0 keeps none.
        clip: folder of CLIP ViT-L/14 for the contrast; without it the contrast weighs nothing.
    """

    epochs: int = 100
    max_steps: int = 0
    rank: int = 64
    alpha: float = 128.0
    learning_rate: float = 1e-4
    warmup_steps: int = 500
    batch: int = 16
    micro_batch: int = 4
    side_px: int = 512
    precision: PrecisionName = "auto"
    gradient_checkpointing: bool = True
    contrast: float = 1.0
    contrast_mode: ContrastMode = "nce"
    identity: float = 0.1
    ema: float = 0.999
    validation_every: int = 500
    validation_triplets: int = 4
    validation_steps: int = 20
    alphas: tuple[float, ...] = (0.0, 0.25, 0.5, 0.75, 1.0)
    seed: int = 42
    checkpoint_every: int = 500
    keep: int = 3
    clip: str = ""


PRESETS: dict[PresetName, Settings] = {
    "quick": Settings(
        max_steps=300, rank=16, alpha=32.0, batch=4, warmup_steps=30, validation_every=100,
        validation_triplets=2, checkpoint_every=100, ema=0.99,
    ),
    "usual": Settings(
        max_steps=3000, batch=8, warmup_steps=200, validation_every=300, checkpoint_every=300
    ),
    "thorough": Settings(),
}  # fmt: skip
"""Thorough is the published method; quick is for trying whether everything is in place."""


class Draft(msgspec.Struct, frozen=True):
    """All that the user has said.

    Attributes:
        holder: who holds the rights in the pictures.
        data: a folder with a folder per person, or a `.jsonl`.
        words: expressions beyond the twelve that the pictures show.
        start: a LoRA to go on from; empty for none.
        model: folder or installed name of the base model; empty for the installed one.
        price: what an hour on the target costs, in `currency`; 0 when nobody asks for money.
    """

    holder: str = ""
    people: tuple[Person, ...] = (Person(),)
    data: str = ""
    subject: Subject = "human"
    name: str = ""
    words: tuple[str, ...] = ()
    start: str = ""
    model: str = ""
    target: str = ""
    preset: PresetName = "usual"
    settings: Settings = PRESETS["usual"]
    price: float = 0.0
    currency: str = "€"


class Finding(msgspec.Struct, frozen=True):
    """One thing that the check noticed, as `pixelsmile train check` says it."""

    finding: str
    level: Level
    sentence: str
    triplets: tuple[int, ...] = ()
    pictures: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """What the check found.

    Attributes:
        key: `check_key` of the draft that was checked; another draft needs another check.
        balance: expression → pictures of it; confusing: `a–b` → triplets that show both.
        error: a sentence when the data set could not be read at all.
        page: the report with all pictures, for a browser.
    """

    key: tuple[str, ...]
    ok: bool = False
    triplets: int = 0
    pictures: int = 0
    persons: int = 0
    synthetic: int = 0
    balance: Mapping[str, int] = field(default_factory=dict)
    confusing: Mapping[str, int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    error: str = ""
    page: str = ""


class Gpu(msgspec.Struct, frozen=True):
    """A card of a target; `busy` is 0 to 1."""

    name: str
    driver: str = ""
    memory_bytes: int = 0
    free_bytes: int = 0
    busy: float = 0.0


class Facts(msgspec.Struct, frozen=True):
    """What a target has, as `pixelsmile remote probe` says it."""

    target: str
    host: str = ""
    system: str = ""
    interpreter: str = ""
    cores: int = 0
    memory_bytes: int = 0
    disk_free_bytes: int = 0
    gpus: tuple[Gpu, ...] = ()
    jobs: tuple[dict[str, str], ...] = ()
    models: tuple[str, ...] = ()

    @property
    def open_jobs(self) -> tuple[str, ...]:
        """Jobs that run or wait there."""
        return tuple(one["id"] for one in self.jobs if one.get("state") in ("queued", "running"))


@dataclass(frozen=True)
class Fault:
    """Why a page cannot be left; `about` names what it is about, such as a person."""

    code: str
    about: str = ""


def parse_words(text: str) -> tuple[str, ...]:
    """Words as they are typed, between commas or spaces.

    >>> parse_words("Smirk, wink  smirk")
    ('smirk', 'wink')
    """
    return tuple(dict.fromkeys(re.findall(r"[^\s,;]+", text.lower())))


def parse_alphas(text: str) -> tuple[float, ...]:
    """Intensities as they are typed; what is no number is left out.

    >>> parse_alphas("0, 0.5 1")
    (0.0, 0.5, 1.0)
    """
    found: list[float] = []
    for part in re.split(r"[\s,;]+", text.strip()):
        try:
            found.append(float(part))
        except ValueError:
            continue
    return tuple(found)


def check_key(draft: Draft) -> tuple[str, ...]:
    """What the check of a data set depends on."""
    return (draft.data, draft.subject, str(draft.settings.side_px), *draft.words)


def preset_of(settings: Settings) -> PresetName:
    """The preset that these settings are; where CLIP lies belongs to the machine, not to it."""
    for name, preset in PRESETS.items():
        if msgspec.structs.replace(settings, clip=preset.clip) == preset:
            return name
    return "own"


def faults(draft: Draft, page: Page, report: Report | None, facts: Facts | None) -> list[Fault]:
    """Why the page cannot be left; nothing when it can.

    Args:
        report: of the last check; facts: of the target that was probed last.
    """
    if page == "consent":
        return _consent_faults(draft)
    if page == "data":
        return _data_faults(draft, report)
    if page == "look":
        return _look_faults(draft, report)
    if page == "target":
        if not draft.target:
            return [Fault("no_target")]
        is_seen = facts is not None and facts.target == draft.target
        return [] if is_seen else [Fault("not_probed", draft.target)]
    if page == "settings":
        return _settings_faults(draft.settings)
    return []


def all_faults(
    draft: Draft, report: Report | None, facts: Facts | None
) -> list[tuple[Page, Fault]]:
    """The faults of every page, in their order."""
    return [(page, fault) for page in PAGES for fault in faults(draft, page, report, facts)]


def _consent_faults(draft: Draft) -> list[Fault]:
    found = [] if draft.holder.strip() else [Fault("no_holder")]
    named = [one for one in draft.people if one != Person()]
    if not named:
        found.append(Fault("no_person"))
    for number, person in enumerate(named, 1):
        who = person.name.strip() or str(number)
        if not person.name.strip():
            found.append(Fault("no_name", who))
        if not person.agreed.strip():
            found.append(Fault("not_agreed", who))
        if not person.is_confirmed:
            found.append(Fault("not_confirmed", who))
    return found


def _data_faults(draft: Draft, report: Report | None) -> list[Fault]:
    if not draft.data:
        return [Fault("no_data")]
    if not Path(draft.data).is_absolute():
        return [Fault("relative_data")]
    found = _word_faults(draft.words)
    if found:
        return found
    if report is None or report.key != check_key(draft):
        return [Fault("not_checked")]
    return [] if report.ok else [Fault("data_faults")]


def _look_faults(draft: Draft, report: Report | None) -> list[Fault]:
    found: list[Fault] = []
    if not _NAME.fullmatch(draft.name):
        found.append(Fault("bad_look_name", draft.name))
    found += _word_faults(draft.words)
    if draft.start and not draft.start.endswith(".safetensors"):
        found.append(Fault("bad_start", draft.start))
    if not found and (report is None or report.key != check_key(draft)):
        found.append(Fault("not_checked_again"))
    return found


def _word_faults(words: tuple[str, ...]) -> list[Fault]:
    known = {one.word for one in expressions().values()} | {_NEUTRAL}
    found = [Fault("bad_word", word) for word in words if not _WORD.fullmatch(word)]
    return found + [Fault("known_word", word) for word in words if word in known]


def _settings_faults(settings: Settings) -> list[Fault]:
    found: list[Fault] = []
    if settings.batch % settings.micro_batch:
        found.append(Fault("uneven_batch", str(settings.micro_batch)))
    if settings.side_px % GRID_PX:
        found.append(Fault("bad_side", str(GRID_PX)))
    alphas = settings.alphas
    if len(set(alphas)) < 2 or any(not 0 <= one <= 1.5 for one in alphas):
        found.append(Fault("bad_alphas"))
    return found


# ---- the configuration --------------------------------------------------------------------------


def consent_text(people: tuple[Person, ...]) -> str:
    """What each person agreed to, in one line, for the configuration and the LoRA's metadata.

    >>> consent_text((Person("Anna", "portraits, all uses", "releases/anna.pdf", True),))
    'Anna: portraits, all uses (release: releases/anna.pdf)'
    """
    lines: list[str] = []
    for one in people:
        if one.is_confirmed:
            release = f" (release: {one.release.strip()})" if one.release.strip() else ""
            lines.append(f"{one.name.strip()}: {one.agreed.strip()}{release}")
    return "; ".join(lines)


def configuration(draft: Draft, folder: Path) -> dict[str, Any]:
    """The tables that `pixelsmile train` reads; the run's files go into `folder`."""
    own = draft.settings
    return {
        "run": {"folder": str(folder), "seed": own.seed},
        "data": {"path": draft.data, "side_px": own.side_px, "subject": draft.subject},
        "rights": {"holder": draft.holder.strip(), "consent": consent_text(draft.people)},
        "look": {"name": draft.name or "look", "expressions": list(draft.words)},
        "model": {
            "path": draft.model,
            "precision": own.precision,
            "clip": own.clip,
            "start": draft.start,
        },
        "lora": {"rank": own.rank, "alpha": own.alpha},
        "optimisation": {
            "learning_rate": own.learning_rate,
            "batch": own.batch,
            "micro_batch": own.micro_batch,
            "epochs": own.epochs,
            "max_steps": own.max_steps,
        },
        "losses": {
            "contrast": own.contrast if own.clip else 0.0,
            "contrast_mode": own.contrast_mode,
            "identity": own.identity,
        },
        "schedule": {"warmup_steps": own.warmup_steps},
        "ema": {"decay": own.ema},
        "validation": {
            "every": own.validation_every,
            "triplets": own.validation_triplets,
            "alphas": list(own.alphas),
            "steps": own.validation_steps,
            "seed": own.seed,
        },
        "checkpoints": {"every": own.checkpoint_every, "keep": own.keep},
        "machine": {"gradient_checkpointing": own.gradient_checkpointing},
    }


def write_run(draft: Draft, home: Path) -> Path:
    """Write the configuration, and the draft beside it, into a new folder; returns the former.

    Raises `OSError`.
    """
    home.mkdir(parents=True)
    write_json(home / DRAFT, msgspec.to_builtins(draft))
    write_json(home / CONFIG, configuration(draft, home / "run"))
    return home / CONFIG


def write_json(file: Path, content: Any) -> None:
    """Write it whole or not at all, for this user's eyes. Raises `OSError`."""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f".{file.name}-{os.getpid()}")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as written:
        json.dump(content, written, indent=2)
        written.write("\n")
    os.replace(partial, file)


def read_draft(file: Path) -> Draft | None:
    """A draft that was written; None when there is none that can be read."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Draft)
    except (OSError, msgspec.MsgspecError):
        return None


# ---- looks that are installed -------------------------------------------------------------------


class Look(msgspec.Struct, frozen=True):
    """A LoRA of one's own that is kept for the editor.

    Attributes:
        words: expressions beyond the twelve; step: of the checkpoint, None for the end of the run.
    """

    name: str
    file: str
    words: tuple[str, ...] = ()
    run: str = ""
    step: int | None = None


def next_look_file(folder: Path, name: str) -> Path:
    """Where the next version of a look goes: `studio-v3.safetensors` after `studio-v2`."""
    numbers = [0]
    for file in folder.glob(f"{name}-v*.safetensors"):
        match = _CURRENT_VERSION.fullmatch(file.stem)
        if match is not None and match["name"] == name:
            numbers.append(int(match["number"]))
    return folder / f"{name}-v{max(numbers) + 1}.safetensors"


def with_look(model: ModelChoice, look: Look | None, folder: Path) -> ModelChoice:
    """The choice with that look; LoRAs that are no looks of `folder` stay. None for PixelSmile's.

    A look replaces PixelSmile's own LoRA: it was trained on the base model, or goes on from that.
    """
    others = tuple(one for one in model.loras if Path(one.path).parent != folder)
    if look is None:
        return msgspec.structs.replace(model, loras=others, words=())
    return msgspec.structs.replace(model, loras=(Lora(look.file), *others), words=look.words)


def keep_look(look: Look) -> None:
    """Write what is known of a look beside its file. Raises `OSError`."""
    write_json(Path(look.file).with_suffix(".json"), msgspec.to_builtins(look))


def looks_in(folder: Path) -> list[Look]:
    """The looks of a folder, by name; what has no file any more is left out."""
    found: list[Look] = []
    for file in sorted(folder.glob("*.json")):
        try:
            look = msgspec.json.decode(file.read_bytes(), type=Look)
        except (OSError, msgspec.MsgspecError):
            continue
        if Path(look.file).is_file():
            found.append(look)
    return found
