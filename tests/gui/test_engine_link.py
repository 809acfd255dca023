"""The window's ways to the engine: real workers, and some that misbehave."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from engine.client import WorkerClient
from engine.library import Library, Version, VersionKey
from engine.protocol import FacesFound, Failed, FindFaces, Finished
from engine.recipes import Intensities, PhotoEdit, still
from pixelsmile_desktop.engine_link.catalogue import CatalogueLink
from pixelsmile_desktop.engine_link.preview import PreviewFeed, Wish
from pixelsmile_desktop.engine_link.worker import Ticket, WorkerLink
from tests.helpers.workers import REAL_WORKER, bad_worker, is_gone_within

SMILE = PhotoEdit((still(Intensities({"happy": 0.8})),))


@contextmanager
def link_to(command: list[str], **options: float) -> Iterator[WorkerLink]:
    client = WorkerClient(command, cancel_grace_s=0.2, close_grace_s=0.2, **options)  # type: ignore[arg-type]
    link = WorkerLink(client)
    try:
        yield link
    finally:
        link.close()


def ending_of(qtbot: QtBot, ticket: Ticket, timeout_ms: int = 20_000) -> Any:
    with qtbot.waitSignal(ticket.ended, timeout=timeout_ms) as ended:
        pass
    assert ended.args is not None
    return ended.args[0]


@pytest.mark.parametrize(
    "name",
    ["segfaults_mid_job", "nonsense_mid_job", "aborts_mid_job", "half_line", "unknown_job"],
)
def test_a_lost_worker_costs_one_quiet_line_and_its_job_is_tried_again(qtbot: QtBot, name: str):
    with link_to(bad_worker(name)) as link:
        lines: list[str] = []
        link.restarted.connect(lines.append)
        ticket = link.ask(lambda job: FindFaces(job, "a.jpg"))
        ending = ending_of(qtbot, ticket)
        assert isinstance(ending, Failed)
        assert ending.code in ("worker_crashed", "worker_protocol")
        assert len(lines) == 1
        assert "\n" not in lines[0]
        assert not link.is_busy


def test_a_worker_that_never_starts_is_a_failure_with_a_remedy(qtbot: QtBot):
    with link_to(bad_worker("exits_at_start")) as link:
        ending = ending_of(qtbot, link.ask(lambda job: FindFaces(job, "a.jpg")))
        assert isinstance(ending, Failed)
        assert ending.reason


def test_what_the_user_waits_for_overtakes_the_background(
    qtbot: QtBot, shoot: Path, own_home: Path
):
    with link_to(REAL_WORKER) as link:
        order: list[str] = []
        photo = shoot / "grace_hopper.jpg"
        tickets = [
            link.ask(lambda job: FindFaces(job, str(photo)), background=True) for _ in range(3)
        ]
        for number, ticket in enumerate(tickets):
            ticket.ended.connect(lambda _, n=number: order.append(f"background {n}"))
        urgent = link.ask(lambda job: FindFaces(job, str(photo)))
        urgent.ended.connect(lambda _: order.append("urgent"))
        qtbot.waitUntil(lambda: len(order) == 4, timeout=30_000)
        assert order[:2] == ["background 0", "urgent"]
        assert order[2:] == ["background 1", "background 2"]


def test_a_background_job_that_is_cancelled_is_never_begun(
    qtbot: QtBot, shoot: Path, own_home: Path
):
    with link_to(REAL_WORKER) as link:
        photo = str(shoot / "grace_hopper.jpg")
        heard: list[object] = []
        first = link.ask(lambda job: FindFaces(job, photo), background=True)
        second = link.ask(lambda job: FindFaces(job, photo), background=True)
        second.heard.connect(heard.append)
        ended: list[object] = []
        second.ended.connect(ended.append)
        link.cancel(second)
        assert isinstance(ending_of(qtbot, first), Finished)
        assert len(ended) == 1
        assert heard == []


def test_the_latest_wish_is_shown_and_the_first_of_a_drag(
    qtbot: QtBot, shoot: Path, own_home: Path
):
    with link_to(REAL_WORKER) as link:
        feed = PreviewFeed(link)
        shown: list[tuple[Wish, QImage]] = []
        feed.shown.connect(lambda wish, picture, _: shown.append((wish, picture)))
        photo = shoot / "grace_hopper.jpg"
        wishes = [
            Wish(photo, PhotoEdit((still(Intensities({"happy": step / 50})),)), longest_px=256)
            for step in range(1, 51)
        ]
        for wish in wishes:
            feed.show(wish)
        qtbot.waitUntil(lambda: bool(shown) and shown[-1][0] is wishes[-1], timeout=30_000)
        assert len(shown) < 10
        assert max(shown[-1][1].width(), shown[-1][1].height()) == 256
        assert shown[0][1] != shown[-1][1]
        feed.close()


def test_closing_ends_the_worker_at_once(qtbot: QtBot, shoot: Path, own_home: Path):
    client = WorkerClient(REAL_WORKER)
    link = WorkerLink(client)
    ticket = link.ask(lambda job: FindFaces(job, str(shoot / "grace_hopper.jpg")))
    heard: list[object] = []
    ticket.heard.connect(heard.append)
    qtbot.waitUntil(lambda: client.process_id is not None, timeout=10_000)
    process = client.process_id
    assert process is not None
    link.close()
    assert is_gone_within(process, 3)


def test_the_catalogue_answers_in_order_and_says_what_goes_wrong(qtbot: QtBot, tmp_path: Path):
    path = tmp_path / "library.sqlite"
    link = CatalogueLink(path)
    key = VersionKey(tmp_path / "a.jpg", 1)
    found: list[object] = []
    said: list[str] = []
    link.failed.connect(said.append)
    link.ask(lambda library: library.versions.save({key: Version(SMILE, stars=3)}))
    link.ask(lambda library: library.photos.content(tmp_path / "none.jpg"), found.append)
    link.ask(lambda library: library.versions.of([key.photo]), found.append)
    qtbot.waitUntil(lambda: bool(found), timeout=5000)
    assert found == [{key: Version(SMILE, stars=3)}]
    assert len(said) == 1
    # What was asked for before the end is done, though nobody waits for it.
    link.ask(lambda library: library.versions.save({key: None}))
    link.close()
    with Library(path) as library:
        assert library.versions.of([key.photo]) == {}


def test_faces_are_found_once(qtbot: QtBot, shoot: Path, own_home: Path):
    with link_to(REAL_WORKER) as link:
        heard: list[object] = []
        ticket = link.ask(lambda job: FindFaces(job, str(shoot / "grace_hopper.jpg")))
        ticket.heard.connect(heard.append)
        assert isinstance(ending_of(qtbot, ticket), Finished)
        found = [one for one in heard if isinstance(one, FacesFound)]
        assert [len(one.faces) for one in found] == [1]
