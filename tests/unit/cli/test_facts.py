"""`pixelsmile facts`, and what the doctor says as data."""

import json
from pathlib import Path

import pytest

from engine.cli.doctor import Check
from engine.cli.facts import facts
from engine.recipes import RESOURCES

HOPPER = RESOURCES / "samples" / "grace_hopper.jpg"


def test_photos_say_when_they_were_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = tmp_path / "gone.jpg"
    assert facts([str(HOPPER), str(gone)], as_json=True) == 1
    found, missing = map(json.loads, capsys.readouterr().out.splitlines())
    assert found["source"] == str(HOPPER)
    assert len(found["date"]) == len("2026-05-31")
    assert missing["code"] == "unreadable"
    assert "gone.jpg" in missing["error"]


def test_a_check_without_data_says_nothing_of_it() -> None:
    assert "facts" not in Check("cpu", "ok", "2 cores").row
    assert Check("gpu", "ok", "A GPU", {"free_gb": 8.0}).row["facts"] == {"free_gb": 8.0}
