"""Targets and runs as they are kept, and a training as it is sent."""

import json
from pathlib import Path

import msgspec
import pytest

from engine.recipes import RESOURCES
from engine.remote import Run, Runs, Target, Targets
from engine.remote.environment import REQUIREMENTS, Environment, read_requirements
from engine.remote.runs import new_id
from engine.remote.training import bundle, placed, processes, training_job
from engine.training.config import parse_config
from engine.training.errors import TrainingError
from tests.unit.remote.conftest import code_of


def test_targets_and_secrets_are_for_the_user_alone(tmp_path: Path) -> None:
    targets = Targets(tmp_path / "config")
    targets.add(Target(name="h200", kind="ray", host="example.org"), token="very secret")
    files = [path for path in (tmp_path / "config").rglob("*") if path.is_file()]
    assert len(files) == 2
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in files)
    assert (tmp_path / "config" / "secrets").stat().st_mode & 0o077 == 0
    assert "very secret" not in (tmp_path / "config" / "targets.json").read_text()
    assert targets.token("h200") == "very secret"
    targets.remove("h200")
    assert targets.token("h200") == ""
    assert [one.name for one in targets.all()] == ["local"]


@pytest.mark.parametrize("name", ["", "A", "a b", "../x", "-x", "a" * 41])
def test_a_name_is_a_name(tmp_path: Path, name: str) -> None:
    target = Target(name=name, kind="ssh", host="example.org")
    assert code_of(lambda: Targets(tmp_path).add(target)) == "bad_name"


def test_a_name_is_given_once(tmp_path: Path) -> None:
    targets = Targets(tmp_path)
    target = Target(name="one", kind="ssh", host="example.org")
    targets.add(target)
    assert code_of(lambda: targets.add(target)) == "target_exists"
    local = Target(name="local", kind="ssh", host="example.org")
    assert code_of(lambda: targets.add(local)) == "target_exists"


def test_a_damaged_list_is_told(tmp_path: Path) -> None:
    (tmp_path / "targets.json").write_text('[{"name": 1}]')
    assert code_of(lambda: Targets(tmp_path).all()) == "targets_unreadable"


def a_run(name: str, created: float = 0) -> Run:
    return Run(id=name, kind="train", target="h200", source="c", into="o", created=created)


def test_runs_are_found_again_newest_first_by_their_beginning(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    runs.save(a_run("look-1", 1))
    runs.save(a_run("look-2", 2))
    (tmp_path / "broken.json").write_text("{")
    assert [run.id for run in Runs(tmp_path).all()] == ["look-2", "look-1"]
    assert runs.get("look-2").created == 2
    assert code_of(lambda: runs.get("look")) == "unknown_run_id"
    assert code_of(lambda: runs.get("other")) == "unknown_run_id"
    assert (tmp_path / "look-1.json").stat().st_mode & 0o777 == 0o600


def test_identities_differ_and_are_names() -> None:
    assert new_id("Hochzeit Müller & Söhne") != new_id("Hochzeit Müller & Söhne")
    assert new_id("///").startswith("run-")


def test_what_a_node_installs_is_what_was_tested() -> None:
    file = RESOURCES.parent / "constraints.txt"
    pins = {line.partition("#")[0].strip() for line in file.read_text().splitlines()}
    wanted = read_requirements(REQUIREMENTS)
    assert set(wanted) <= pins
    names = {line.partition("==")[0].lower() for line in wanted}
    assert {"torch", "diffusers", "transformers", "msgspec", "safetensors", "rawpy"} <= names


def test_pictures_of_a_published_list_travel_under_names_of_their_own(tmp_path: Path) -> None:
    pictures = [tmp_path / "far" / name for name in ("a.JPG", "b.png", "c.png")]
    pictures[0].parent.mkdir()
    for picture in pictures:
        picture.write_bytes(picture.name.encode())
    scores = {"happy": 1.0}
    row = {
        "src": {"image": str(pictures[0]), "box": [0, 0, 9, 9]},
        "dst": [
            {"image": "far/b.png", "category": "happy", "scores": scores},
            {"image": "far/c.png", "category": "happy", "scores": scores},
        ],
        "person": "anna",
    }
    file = tmp_path / "list.jsonl"
    file.write_text(json.dumps(row) + "\n")
    parsed = parse_config(
        {"run": {"folder": "r"}, "data": {"path": str(file)}, "losses": {"contrast": 0}}
    )
    made = bundle(parsed, tmp_path / "scratch", None)
    sent = json.loads(made.files["data/data.jsonl"].read_text())
    assert sent["person"] == "anna"
    assert sent["src"]["box"] == [0, 0, 9, 9]
    for one, picture in zip([sent["src"], *sent["dst"]], pictures, strict=True):
        assert made.files[f"data/{one['image']}"] == picture
    there = placed(parsed, made, "/node/trees/x", "/node", "/node/runs/r/run")
    assert there.data.path == "/node/trees/x/data/data.jsonl"
    assert there.data.root == "/node/trees/x/data"
    assert there.run.folder == "/node/runs/r/run"
    assert there.run.cache == "/node/cache"
    assert msgspec.structs.replace(there, run=parsed.run, data=parsed.data) == parsed


def test_a_picture_that_is_not_there_is_named_before_anything_is_sent(tmp_path: Path) -> None:
    target = {"image": "gone.png", "category": "happy", "scores": {"happy": 1}}
    (tmp_path / "l.jsonl").write_text(json.dumps({"src": {"image": "a"}, "dst": [target, target]}))
    parsed = parse_config(
        {
            "run": {"folder": "r"},
            "data": {"path": str(tmp_path / "l.jsonl")},
            "losses": {"contrast": 0},
        }
    )
    with pytest.raises(TrainingError, match="is not there"):
        bundle(parsed, tmp_path, None)


def test_as_many_processes_as_the_batch_allows(tmp_path: Path) -> None:
    parsed = parse_config(
        {
            "run": {"folder": "r"},
            "data": {"path": "d"},
            "losses": {"contrast": 0},
            "optimisation": {"batch": 12, "micro_batch": 2},
        }
    )
    assert [processes(parsed, wanted) for wanted in (0, 1, 2, 3, 4, 5, 8)] == [1, 1, 2, 3, 3, 3, 6]


def test_many_processes_are_never_told_by_signals() -> None:
    environment = Environment(("pixelsmile",), "python", {})
    assert not training_job(environment, "c", "o", 1).by_files
    many = training_job(environment, "c", "o", 8)
    assert many.by_files
    assert many.resume[-4:] == ("--config", "c", "--processes", "8")
