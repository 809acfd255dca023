"""Photos to be rendered, as a front end hands them in: named, queued, never twice."""

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

import engine
from engine.library.database import Database
from engine.library.jobs import Job, Jobs, Plan
from engine.library.photos import Photos
from engine.library.requests import Request, StripFile, Wanted, paths_from, request_text
from engine.library.results import Results
from engine.protocol import OutputFormat
from engine.recipes import AS_IT_CAME, Export, Limits, ModelChoice, PhotoEdit
from engine.recipes.naming import (
    PLAIN_TEMPLATE,
    Collision,
    NameFacts,
    expression_label,
    intensity_label,
    planned_ext,
    template_names,
)


@dataclass(frozen=True)
class Order:
    """One photo and what it gets; the same twice is one.

    Attributes:
        date: when it was taken, as YYYY-MM-DD; person: who is in it; empty where not known.
    """

    source: Path
    wanted: tuple[Wanted, ...]
    date: str = ""
    person: str = ""


@dataclass(frozen=True)
class Delivery:
    """Where the pictures of a call go, what they are called and how they are written.

    Attributes:
        target: a folder; a relative one lies beside each photo.
        template, collision: see `engine.recipes.naming`.
        format, model, export, limits, version: see `Request`.
    """

    target: Path
    template: str = PLAIN_TEMPLATE
    collision: Collision = "number"
    format: OutputFormat = "source"
    model: ModelChoice = ModelChoice()
    export: Export = AS_IT_CAME
    limits: Limits = Limits()
    version: str = engine.__version__

    def folder_of(self, order: Order) -> Path:
        """Where an order's pictures go."""
        return order.source.parent / self.target

    def request_of(self, order: Order) -> Request:
        """The order as the queue keeps it; its rows say what it shows."""
        wanted = tuple(_labelled(one) for one in order.wanted)
        return Request(wanted, self.format, self.model, self.version, self.export, self.limits)


Outputs = tuple[Path | None, ...]
"""A photo's pictures without suffix; None for one that is there and shall not be made again."""


class Orders:
    """Takes orders. Everything is durable when the call returns."""

    def __init__(self, database: Database, jobs: Jobs, photos: Photos, results: Results) -> None:
        self._database = database
        self._jobs = jobs
        self._photos = photos
        self._results = results

    def names(self, orders: Sequence[Order], delivery: Delivery) -> list[Outputs]:
        """What the pictures of new orders would be called, without queueing anything.

        Raises `TemplateError`.
        """
        there = {folder: _there(folder) for folder in _folders(orders, delivery)}
        return self._named(orders, delivery, there)

    def place(self, orders: Sequence[Order], delivery: Delivery) -> list[Job]:
        """Queue orders in one step; returns the job of each.

        What is queued, running, set aside, or finished with its pictures in place, stays as it is:
        the same order again is the same job. What failed or was cancelled is queued anew. Photos of
        one recipe share a batch. Raises `TemplateError` and `LibraryError`.
        """
        # Other disks are looked at before the library is held.
        there = {folder: _there(folder) for folder in _folders(orders, delivery)}
        with self._database.write():
            numbers = self._batches(orders, delivery)
            known = [
                self._jobs.of_photo(number, order.source)
                for number, order in zip(numbers, orders, strict=True)
            ]
            new = [order for order, job in zip(orders, known, strict=True) if not _is_named(job)]
            names = iter(self._named(new, delivery, there))
            placed: dict[tuple[int, Path], Job] = {}
            for number, order, job in zip(numbers, orders, known, strict=True):
                outputs = job.outputs if job is not None and _is_named(job) else next(names)
                if (number, order.source) not in placed:
                    is_idle = job is None or job.state in ("finished", "failed", "cancelled")
                    is_done = is_idle and self._is_done(order, outputs, delivery)
                    plan = Plan(order.source, outputs, is_done)
                    placed[number, order.source] = self._jobs.queue(number, plan)
            pairs = zip(numbers, orders, strict=True)
            return [placed[number, order.source] for number, order in pairs]

    def _batches(self, orders: Sequence[Order], delivery: Delivery) -> list[int]:
        """The number of each order's batch."""
        opened: dict[tuple[Path, Path, str], int] = {}
        numbers: list[int] = []
        for order in orders:
            request = delivery.request_of(order)
            folder, target = order.source.parent, delivery.folder_of(order)
            key = (folder, target, request_text(request))
            if key not in opened:
                opened[key] = self._jobs.open_batch(folder, target, request).id
            numbers.append(opened[key])
        return numbers

    def _is_done(self, order: Order, outputs: Outputs, delivery: Delivery) -> bool:
        """Whether nothing is left to be made, as far as can be told without reading the photo."""
        stems = [(number, stem) for number, stem in enumerate(outputs) if stem is not None]
        if not stems:
            return True
        content = self._photos.known_content(order.source)
        if content is None:
            return False
        request, suffix = delivery.request_of(order), order.source.suffix
        return all(
            self._results.present(request.work_key(number, content, suffix), stem) is not None
            for number, stem in stems
        )

    def _named(
        self,
        orders: Sequence[Order],
        delivery: Delivery,
        there: Mapping[Path, Collection[str]],
    ) -> list[Outputs]:
        by_folder: dict[Path, list[int]] = {}
        for place, order in enumerate(orders):
            by_folder.setdefault(delivery.folder_of(order), []).append(place)
        first = _first_numbers(orders)
        found: list[Outputs] = [()] * len(orders)
        for folder, places in by_folder.items():
            facts = [
                one for place in places for one in _facts(orders[place], delivery, first[place])
            ]
            sources = {orders[place].source for place in places}
            names = iter(
                template_names(
                    delivery.template,
                    facts,
                    reserved=self._reserved(folder, sources, delivery.collision),
                    collision=delivery.collision,
                    exists=there[folder].__contains__,
                )
            )
            for place in places:
                own = [next(names) for _ in orders[place].wanted]
                found[place] = tuple(None if name is None else folder / name for name in own)
        return found

    def _reserved(self, folder: Path, sources: Collection[Path], collision: Collision) -> set[str]:
        """Names that no new picture in a folder may have: photos' own, and those promised."""
        names = {source.stem for source in sources if source.parent == folder}
        start = os.fsencode(folder / "x")[:-1]
        rows = self._database.rows(
            "SELECT path FROM photos WHERE path >= ? AND path < ? "
            "AND path NOT IN (SELECT output FROM results)",
            start,
            start + b"\xff",
        )
        known = (Path(os.fsdecode(row["path"])) for row in rows)
        names |= {photo.stem for photo in known if photo.parent == folder}
        rows = self._database.rows(
            "SELECT source, outputs FROM jobs WHERE state IN ('queued', 'running', 'needs_review')"
        )
        for row in rows:
            # A photo's own earlier picture may be written over where that was asked for.
            is_own = collision == "overwrite" and Path(os.fsdecode(row["source"])) in sources
            if not is_own:
                outputs = (one for one in paths_from(row["outputs"]) if one is not None)
                names |= {output.name for output in outputs if output.parent == folder}
        return names


def labels_of(edit: PhotoEdit, strip: StripFile | None = None) -> tuple[str, str]:
    """What an edit shows, and how strongly, as names of files say it.

    Of several faces the strongest counts, and so does the strongest frame of a strip.
    """
    shown: dict[str, float] = {}
    for frame in range(1 if strip is None else strip.frames):
        for face in edit.faces:
            for name, value in face.at(frame).values.items():
                shown[name] = max(value, shown.get(name, 0.0))
    shown = {name: value for name, value in shown.items() if value > 0}
    if not shown:
        return "original", "0.0"
    return expression_label(shown), intensity_label(shown.values())


def _labelled(wanted: Wanted) -> Wanted:
    if wanted.label:
        return wanted
    expression, scale = labels_of(wanted.edit, wanted.strip)
    return msgspec.structs.replace(wanted, label={"expression": expression, "scale": scale})


def _is_named(job: Job | None) -> bool:
    """Whether a job of an earlier call has names for all its pictures."""
    return job is not None and None not in job.outputs


def _facts(order: Order, delivery: Delivery, first: int) -> Iterable[NameFacts]:
    for sequence, wanted in enumerate(order.wanted, start=first):
        expression, scale = labels_of(wanted.edit, wanted.strip)
        strip = wanted.strip
        yield NameFacts(
            name=order.source.stem,
            ext=planned_ext(order.source, delivery.format) if strip is None else strip.suffix[1:],
            expression=expression,
            scale=scale,
            sequence=sequence,
            date=order.date,
            folder=order.source.parent.name,
            person=order.person,
        )


def _first_numbers(orders: Sequence[Order]) -> list[int]:
    """By order, the number of its first picture in the call, from 1."""
    numbers: list[int] = []
    following = 1
    for order in orders:
        numbers.append(following)
        following += len(order.wanted)
    return numbers


def _folders(orders: Sequence[Order], delivery: Delivery) -> set[Path]:
    return {delivery.folder_of(order) for order in orders}


def _there(folder: Path) -> frozenset[str]:
    """The names without suffix of what is in a folder; none when it is not there."""
    try:
        return frozenset(path.stem for path in folder.iterdir() if not path.name.startswith("."))
    except OSError:
        return frozenset()
