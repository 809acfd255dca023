"""Exports: which photos, how they are written, where they go; handed to the queue in one step."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import msgspec
from PySide6.QtCore import QCoreApplication, QObject, QStandardPaths, Signal

from engine.library import (
    Delivery,
    Job,
    Library,
    Order,
    Space,
    StripFile,
    VersionKey,
    Wanted,
    space_for,
)
from engine.recipes import RESOURCES, Export, ExportPreset, shipped_export_presets
from engine.recipes.naming import PLAIN_TEMPLATE, Collision, TemplateError
from pixelsmile_desktop.context import Context
from pixelsmile_desktop.engine_link.background import Background
from pixelsmile_desktop.engine_link.commands import Command
from pixelsmile_desktop.paths import OUTPUT_FOLDER
from pixelsmile_desktop.settings import Preferences

Chosen = Literal["selected", "edited", "picked"]

FACTS_AT_ONCE = 400
"""Photos that one call asks for; a command line has an end."""

_FACT_TOKENS = ("{date}", "{person}")


@dataclass(frozen=True)
class Facts:
    """What a photo says of itself: when it was taken, as YYYY-MM-DD, and who is in it."""

    date: str = ""
    person: str = ""


@dataclass(frozen=True)
class ExportPlan:
    """Pictures to be made, as the queue takes them.

    Attributes:
        orders: one per version that is edited.
        delivery: where they go, their names, how they are written.
        left_out: versions that were chosen and are not edited.
    """

    orders: tuple[Order, ...]
    delivery: Delivery
    left_out: tuple[VersionKey, ...] = ()

    @property
    def photos_without_facts(self) -> tuple[Path, ...]:
        """Photos whose date or person the names need and nobody has read yet."""
        if not any(token in self.delivery.template for token in _FACT_TOKENS):
            return ()
        return tuple(dict.fromkeys(one.source for one in self.orders if not one.date))

    def with_facts(self, facts: Mapping[Path, Facts]) -> "ExportPlan":
        """The plan with what was read; a person that the user named counts more."""
        if not facts:
            return self
        orders = tuple(_completed(one, facts.get(one.source)) for one in self.orders)
        return replace(self, orders=orders)


def _completed(order: Order, facts: Facts | None) -> Order:
    if facts is None:
        return order
    return replace(order, date=order.date or facts.date, person=order.person or facts.person)


@dataclass(frozen=True)
class PlannedName:
    """What a file will be called, without suffix, and what of a file that is there already.

    Attributes:
        fate: `numbered` because the name is taken, `skipped`, `replaces` the file, or `new`.
    """

    name: str
    fate: Literal["new", "numbered", "skipped", "replaces"] = "new"


@dataclass(frozen=True)
class Preview:
    """The first names of a plan, one per order; or the fault of its template."""

    names: tuple[PlannedName, ...] = ()
    fault: str = ""


@dataclass(frozen=True)
class Check:
    """What the disk says of a plan's folders.

    Attributes:
        missing: folders that will be made.
        unwritable: the first folder that cannot be written to.
        space: the room that is needed and there, None where it is not known.
        is_full: whether the pictures cannot fit.
    """

    missing: tuple[Path, ...] = ()
    unwritable: Path | None = None
    space: Space | None = None
    is_full: bool = False

    @property
    def is_possible(self) -> bool:
        """Whether the pictures can be made there."""
        return self.unwritable is None and not self.is_full


def last_used(preferences: Preferences) -> ExportPreset:
    """How pictures are written unless the user says otherwise."""
    return ExportPreset(
        "", preferences.format, preferences.export, preferences.template, preferences.collision
    )


def presets(preferences: Preferences) -> dict[str, ExportPreset]:
    """The shipped presets and the user's own, by name; one's own counts more."""
    return shipped_export_presets() | {one.name: one for one in preferences.export_presets}


def without_consents(export: Export) -> Export:
    """The same for other photos: nobody on those has agreed to anything yet."""
    return msgspec.structs.replace(export, consents=())


def chosen_keys(context: Context, chosen: Chosen) -> tuple[VersionKey, ...]:
    """The versions that are meant, in the order of the list."""
    session, project = context.session, context.project
    if chosen == "selected":
        return session.selected()
    if chosen == "edited":
        return tuple(key for key in session.photos.keys if project.version(key).is_edited)
    return tuple(key for key in session.photos.keys if project.version(key).flag == "pick")


@dataclass(frozen=True)
class Ordered:
    """The orders of chosen versions, and those that are not edited and so have none."""

    orders: tuple[Order, ...] = ()
    left_out: tuple[VersionKey, ...] = ()


def orders_of(context: Context, keys: Iterable[VersionKey], strip_suffix: str) -> Ordered:
    """One order for every version that is edited.

    `strip_suffix`: what versions of several frames are written as, such as `.gif`.
    """
    orders: list[Order] = []
    left_out: list[VersionKey] = []
    for key in keys:
        version = context.project.version(key)
        if not version.is_edited:
            left_out.append(key)
            continue
        timing, strip = version.timing, None
        if timing.frames > 1:
            strip = StripFile(timing.frames, timing.fps, timing.loop, strip_suffix)
        wanted = Wanted(version.edit, strip=strip)
        orders.append(Order(key.photo, (wanted,), person=_person(context, key.photo)))
    return Ordered(tuple(orders), tuple(left_out))


def plan_of(context: Context, ordered: Ordered, preset: ExportPreset, folder: str) -> ExportPlan:
    """What an export makes; `folder`: of all pictures, empty for one below that of each photo."""
    delivery = Delivery(
        target=_target(folder, ordered.orders),
        template=preset.template or PLAIN_TEMPLATE,
        collision=preset.collision,
        format=preset.format,
        model=context.preferences.current.model,
        export=preset.export,
    )
    return ExportPlan(ordered.orders, delivery, ordered.left_out)


def _target(folder: str, orders: Sequence[Order]) -> Path:
    """Where pictures go; those of the sample portraits, which belong to the program, go home."""
    samples = os.fspath(RESOURCES / "samples") + os.sep
    if not folder and any(os.fspath(order.source).startswith(samples) for order in orders):
        pictures = QStandardPaths.StandardLocation.PicturesLocation
        return Path(QStandardPaths.writableLocation(pictures)) / OUTPUT_FOLDER
    return Path(folder or OUTPUT_FOLDER)


def plan_with_preferences(context: Context, keys: Iterable[VersionKey]) -> ExportPlan:
    """What "Add to queue" makes: as the last export was, without a question."""
    preferences = context.preferences.current
    ordered = orders_of(context, keys, preferences.strip_suffix)
    return plan_of(context, ordered, last_used(preferences), preferences.output_folder)


def preview_of(library: Library, plan: ExportPlan, number: int) -> Preview:
    """The names of the first orders; for the catalogue's thread."""
    orders, delivery = plan.orders[:number], plan.delivery
    free, taken = replace(delivery, collision="number"), replace(delivery, collision="overwrite")
    try:
        pairs = zip(
            library.orders.names(orders, free), library.orders.names(orders, taken), strict=True
        )
    except TemplateError as error:
        return Preview(fault=str(error))
    return Preview(tuple(_planned(a[0], b[0], delivery.collision) for a, b in pairs))


def _planned(numbered: Path | None, plain: Path | None, collision: Collision) -> PlannedName:
    assert numbered is not None, "neither of these rules skips a picture"
    assert plain is not None
    if numbered == plain:
        return PlannedName(plain.name)
    if collision == "number":
        return PlannedName(numbered.name, "numbered")
    return PlannedName(plain.name, "skipped" if collision == "skip" else "replaces")


def check_of(plan: ExportPlan) -> Check:
    """Look at the disk; for a thread. Nothing is written."""
    folders = list(dict.fromkeys(plan.delivery.folder_of(order) for order in plan.orders))
    missing = tuple(one for one in folders if not one.is_dir())
    unwritable = next((one for one in folders if not _may_write(one)), None)
    space = None
    if folders:
        pictures = [(order.source, len(order.wanted)) for order in plan.orders]
        delivery = plan.delivery
        space = space_for(pictures, folders[0], delivery.format, delivery.export)
    is_full = space is not None and space.verdict == "too_little"
    # What takes the place of other files needs less room than can be told here.
    may_replace = plan.delivery.collision == "overwrite"
    return Check(missing, unwritable, space, is_full and not may_replace)


def _may_write(folder: Path) -> bool:
    place = next((one for one in (folder, *folder.parents) if one.exists()), None)
    return place is not None and place.is_dir() and os.access(place, os.W_OK | os.X_OK)


def _person(context: Context, photo: Path) -> str:
    faces = context.faces.of(photo) or ()
    return next((face.person for face in faces if face.person), "")


class FactsReader(QObject):
    """Reads what photos say of themselves, by the command line; remembers it."""

    read = Signal(object)
    """With all that is known: `Facts` by photo."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.known: dict[Path, Facts] = {}
        self._command: Command | None = None
        self._waiting: list[Path] = []

    def ask(self, photos: Sequence[Path]) -> None:
        """Read these; `read` is said when all that was asked for is known, at once if it is."""
        self._waiting += [one for one in photos if one not in self.known]
        if self._command is None:
            self._go_on()

    def close(self) -> None:
        """End what is under way."""
        if self._command is not None:
            self._command.close()
            self._command = None

    def _go_on(self) -> None:
        new = [one for one in dict.fromkeys(self._waiting) if one not in self.known]
        batch, self._waiting = new[:FACTS_AT_ONCE], new[FACTS_AT_ONCE:]
        if not batch:
            self.read.emit(self.known)
            return
        self._command = Command(["facts", "--json", "--", *map(str, batch)], self)
        self._command.row.connect(self._take)
        self._command.ended.connect(lambda _: self._end(batch))
        self._command.start()

    def _take(self, row: dict[str, str]) -> None:
        self.known[Path(row["source"])] = Facts(row.get("date", ""), row.get("person", ""))

    def _end(self, batch: Sequence[Path]) -> None:
        for photo in batch:  # one that says nothing is not asked again
            self.known.setdefault(photo, Facts())
        if self._command is not None:
            self._command.deleteLater()
            self._command = None
        self._go_on()


class Exporter(QObject):
    """Hands plans to the queue. Calls return at once.

    Attributes:
        facts: reads what the names need; disk: looks at folders, for whoever shows a plan.
    """

    queued = Signal(object)
    """With the list of `Job`s of a plan."""

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.facts = FactsReader(self)
        self.disk = Background(self)
        self.facts.read.connect(self._place_ready)
        if (application := QCoreApplication.instance()) is not None:
            application.aboutToQuit.connect(self.close)
        self._waiting: list[ExportPlan] = []

    def hand_over(self, plan: ExportPlan) -> None:
        """Queue a plan's pictures; says so, or why there is nothing to queue."""
        if not plan.orders:
            self._context.messages.say(
                self.tr("Nothing was queued: move a slider of the photo first.")
            )
            return
        without = plan.photos_without_facts
        if without:
            self._waiting.append(plan)
            self.facts.ask(without)
            return
        self._place(plan)

    def close(self) -> None:
        """End what was started."""
        self.disk.close()
        self.facts.close()

    def _place_ready(self, facts: Mapping[Path, Facts]) -> None:
        waiting, self._waiting = self._waiting, []
        for plan in waiting:
            self._place(plan.with_facts(facts))

    def _place(self, plan: ExportPlan) -> None:
        def work(library: Library) -> list[Job] | str:
            try:
                return library.orders.place(plan.orders, plan.delivery)
            except TemplateError as error:
                return str(error)

        self._context.catalogue.ask(
            work, lambda result: self._placed(plan, result), self._not_placed
        )

    def _not_placed(self, reason: str) -> None:
        text = self.tr("Nothing was queued: {reason}.").format(reason=reason)
        self._context.messages.say(text, "trouble")

    def _placed(self, plan: ExportPlan, result: list[Job] | str) -> None:
        messages = self._context.messages
        if isinstance(result, str):
            self._not_placed(result)
            return
        number, left_out = len({job.id for job in result}), len(plan.left_out)
        text = self.tr("1 photo is in the queue.")
        if number > 1:
            text = self.tr("{number} photos are in the queue.").format(number=number)
        if left_out:
            text += " " + self.tr("Without an edit and left out: {number}.").format(number=left_out)
        messages.say(text, "news")
        self.queued.emit(result)
