"""The real command and a real sshd: the client is killed, the run is killed, the node is killed."""

import asyncio
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

from engine.recipes import RESOURCES
from engine.remote.ssh import fingerprint, read_host_key
from engine.remote.targets import Target
from tests.helpers.ssh_node import SshNode, ssh_node, why_no_sshd
from tests.unit.training.tiny import save_flat_faces, save_tiny, tables

pytest.importorskip("asyncssh", reason="the extra `remote` is not installed")
pytestmark = pytest.mark.skipif(bool(why_no_sshd()), reason=why_no_sshd())

ROOT = RESOURCES.parent
COMMAND = [sys.executable, "-m", "engine.cli.main"]
STAND_IN = ROOT / "tests" / "helpers" / "stand_in_python.sh"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshNode]:
    with ssh_node(tmp_path_factory.mktemp("e2e") / "node") as started:
        yield started


@dataclass(frozen=True)
class Desk:
    """Where the user sits."""

    folder: Path
    node: SshNode

    @property
    def environment(self) -> dict[str, str]:
        own = {
            "HOME": str(self.node.home),
            "PYTHONPATH": str(ROOT),
            **{f"XDG_{name}_HOME": str(self.folder / name.lower())
               for name in ("CONFIG", "DATA", "STATE", "CACHE")},
        }  # fmt: skip
        kept = {name: text for name, text in os.environ.items() if name != "SSH_AUTH_SOCK"}
        return kept | own

    def start(self, *words: str) -> "subprocess.Popen[str]":
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [*COMMAND, *words, "--json"], env=self.environment, cwd=self.folder,
            stdout=pipe, stderr=pipe, text=True,
        )  # fmt: skip

    def call(self, *words: str, code: int = 0) -> list[dict[str, Any]]:
        """Run the command to its end; returns its rows."""
        process = self.start(*words)
        out, err = process.communicate()
        assert "Traceback" not in err
        assert process.returncode == code, (out, err)
        return [json.loads(line) for line in out.splitlines()]

    def add(self, **changes: str) -> list[dict[str, Any]]:
        node = self.node
        key = asyncio.run(
            read_host_key(Target(name="n", kind="ssh", host=node.address, port=node.port))
        )
        options = {"host-key": fingerprint(key), "folder": str(node.root), "python": str(STAND_IN)}
        words = [f"--{name}={value}" for name, value in (options | changes).items()]
        return self.call("remote", "add", "node", f"root@{node.address}:{node.port}", *words)

    def begin(self, config: Path) -> str:
        return self.call("train", "run", "--on", "node", "--config", str(config), "--detach")[0][
            "run"
        ]

    def until(self, run: str, reached: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        while True:
            row = self.call("runs", "show", run)[0]
            if reached(row):
                return row
            time.sleep(0.2)

    def until_steps(self, run: str, least: int) -> list[dict[str, Any]]:
        while True:
            rows = [row["metrics"] for row in self.call("runs", "logs", run) if "metrics" in row]
            if len(rows) >= least:
                return rows
            time.sleep(0.2)


@pytest.fixture
def desk(node: SshNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("HOME", str(node.home))
    folder = tmp_path / "desk"
    folder.mkdir()
    yield Desk(folder, node)
    for state in (node.root / "runs").glob("*/state.json"):
        for one in [*(json.loads(state.read_text()).get("children") or [])]:
            try:
                os.killpg(one["pid"], signal.SIGKILL)
            except OSError:
                continue


@pytest.fixture
def config(desk: Desk) -> Path:
    """Of a training that the stand-in does."""
    data = save_flat_faces(desk.folder / "faces", persons=1)
    table = tables(desk.folder, desk.folder / "trained", data, losses={"contrast": 0})
    table["model"] = {"path": str(data)}  # some folder that is sent
    file = desk.folder / "config.json"
    file.write_text(json.dumps(table))
    return file


def test_a_host_key_that_nobody_vouches_for_is_not_pinned(desk: Desk) -> None:
    where = f"{desk.node.address}:{desk.node.port}"
    rows = desk.call("remote", "add", "node", where, code=1)
    assert rows[0]["code"] == "key_unknown"
    wrong = "--host-key=SHA256:" + "A" * 43
    assert desk.call("remote", "add", "node", where, wrong, code=1)[0]["code"] == "key_changed"
    assert [row["target"] for row in desk.call("remote", "list")] == ["local"]


def test_targets_are_private_and_can_be_removed(desk: Desk) -> None:
    desk.add()
    file = desk.folder / "config" / "pixelsmile" / "targets.json"
    assert file.stat().st_mode & 0o777 == 0o600
    assert desk.call("remote", "probe", "node")[0]["root"] == str(desk.node.root)
    desk.call("remote", "remove", "node")
    assert [row["target"] for row in desk.call("remote", "list")] == ["local"]
    assert desk.call("remote", "probe", "node", code=1)[0]["code"] == "unknown_target"


def test_the_client_is_killed_and_finds_its_run_again(desk: Desk, config: Path) -> None:
    desk.add()
    client = desk.start("train", "run", "--on", "node", "--config", str(config))
    assert client.stdout is not None
    run = json.loads(client.stdout.readline())["run"]
    for line in client.stdout:
        if "metrics" in json.loads(line):
            break
    client.kill()
    client.communicate()
    before = len(desk.until_steps(run, 1))
    desk.until_steps(run, before + 3)
    assert desk.call("runs", "list")[0]["state"] == "running"
    desk.call("runs", "stop", run)
    row = desk.until(run, lambda row: row["state"] == "stopped")
    assert not row["safe_to_shut_down"]


def test_a_client_killed_before_the_submission_can_take_it_up(desk: Desk, config: Path) -> None:
    desk.add()
    client = desk.start("train", "run", "--on", "node", "--config", str(config))
    assert client.stdout is not None
    run = json.loads(client.stdout.readline())["run"]
    client.kill()
    client.communicate()
    assert desk.call("runs", "list", "--offline")[0]["run"] == run
    desk.call("runs", "resume", run)
    desk.until_steps(run, 1)
    desk.call("runs", "stop", run, "--now")


def test_a_killed_run_is_explained_resumed_and_fetched(desk: Desk, config: Path) -> None:
    desk.add()
    run = desk.begin(config)
    desk.until_steps(run, 2)
    desk.call("runs", "save", run)
    desk.until(run, lambda row: (desk.node.root / f"runs/{run}/run/checkpoint.json").exists())
    state = json.loads((desk.node.root / "runs" / run / "state.json").read_text())
    os.killpg(state["child"]["pid"], signal.SIGKILL)
    row = desk.until(run, lambda row: row["state"] == "failed")
    assert row["reason"] == "killed"
    assert "resume" in row["error"]
    desk.call("runs", "resume", run)
    while not any(row["kind"] == "resumed" for row in desk.until_steps(run, 1)):
        time.sleep(0.1)
    desk.call("runs", "stop", run)
    desk.until(run, lambda row: row["state"] == "stopped")
    fetched = desk.call("runs", "fetch", run)[0]
    there = desk.node.root / "runs" / run / "run"
    names = {Path(file).name for file in fetched["files"]}
    assert {"metrics.jsonl", "checkpoint.json"} <= names
    for file in map(Path, fetched["files"]):
        same = there / file.relative_to(desk.folder / "trained")
        assert digest(file) == digest(same)
    assert desk.call("runs", "fetch", run)[0]["received_bytes"] == 0
    assert desk.until(run, lambda row: True)["safe_to_shut_down"]


def test_a_killed_node_loses_nothing_that_was_saved(desk: Desk, config: Path) -> None:
    desk.add()
    run = desk.begin(config)
    desk.until_steps(run, 2)
    desk.call("runs", "save", run)
    desk.until(run, lambda row: (desk.node.root / f"runs/{run}/run/checkpoint.json").exists())
    desk.node.kill()
    try:
        assert desk.call("runs", "show", run, code=1)[0]["code"] == "node_gone"
        assert desk.call("runs", "list")[0]["state"] == "running"  # as last heard of
    finally:
        desk.node.start()
    assert desk.until(run, lambda row: row["state"] == "lost")["reason"] == "lost"
    desk.call("runs", "resume", run)
    while not any(row["kind"] == "resumed" for row in desk.until_steps(run, 1)):
        time.sleep(0.1)
    desk.call("runs", "stop", run, "--now")


def test_a_changed_host_key_is_refused(desk: Desk) -> None:
    desk.add()
    file = desk.folder / "config" / "pixelsmile" / "targets.json"
    rows = json.loads(file.read_text())
    other = (desk.node.home / ".ssh" / "id_ed25519.pub").read_text().split()[:2]
    rows[0]["host_key"] = " ".join(other)
    file.write_text(json.dumps(rows))
    row = desk.call("remote", "probe", "node", code=1)[0]
    assert row["code"] == "key_changed"
    assert "someone may be in between" in row["error"]


def test_two_jobs_queue_on_one_node(desk: Desk, config: Path) -> None:
    desk.add()
    first = desk.begin(config)
    desk.until_steps(first, 1)
    second = desk.begin(config)
    states = {row["run"]: row["state"] for row in desk.call("runs", "list")}
    assert states == {first: "running", second: "queued"}
    desk.call("runs", "stop", first)
    desk.until(second, lambda row: row["state"] == "running")
    assert desk.until(first, lambda row: True)["state"] == "stopped"
    desk.call("runs", "stop", second, "--now")


def test_a_run_moves_to_another_target(desk: Desk, config: Path) -> None:
    """The other one is the same machine with another folder: nothing is shared but the wire."""
    desk.add()
    run = desk.begin(config)
    desk.until_steps(run, 2)
    desk.call("runs", "stop", run)
    desk.until(run, lambda row: row["state"] == "stopped")
    reached = desk.until_steps(run, 1)[-1]["step"]
    file = desk.folder / "config" / "pixelsmile" / "targets.json"
    (known,) = json.loads(file.read_text())
    other = {**known, "name": "other", "folder": str(desk.node.folder / "elsewhere")}
    file.write_text(json.dumps([known, other]))
    assert desk.call("runs", "resume", run, "--on", "other")[-1]["target"] == "other"
    rows = desk.until_steps(run, reached + 3)
    assert [row["step"] for row in rows if row["kind"] == "resumed"] == [reached]
    desk.call("runs", "stop", run, "--now")


def test_the_real_trainer_runs_there_and_its_lora_comes_back(desk: Desk) -> None:
    base = save_tiny(desk.folder / "tiny")
    data = save_flat_faces(desk.folder / "faces", persons=1)
    table = tables(base, desk.folder / "trained", data)
    file = desk.folder / "config.json"
    file.write_text(json.dumps(table))
    desk.add(python=sys.executable)
    rows = desk.call("train", "run", "--on", "node", "--config", str(file))
    run = rows[0]["run"]
    steps = [row["metrics"]["step"] for row in rows if row.get("metrics", {}).get("kind") == "step"]
    assert steps == [1, 2, 3, 4]
    assert [row["state"] for row in rows if "state" in row][-1] == "finished"
    desk.call("runs", "fetch", run)
    assert (desk.folder / "trained" / "look.safetensors").stat().st_size > 1000
    settings = json.loads((desk.folder / "trained" / "config.json").read_text())
    assert settings["run"]["folder"] == f"{desk.node.root}/runs/{run}/run"
    assert not list((desk.folder / "trained").glob("cache"))


def test_a_folder_of_photos_is_edited_there_and_comes_back(desk: Desk) -> None:
    photos = desk.folder / "photos"
    (photos / "sub").mkdir(parents=True)
    for name, place in (("grace_hopper.jpg", "a.jpg"), ("eileen_collins.png", "sub/b.png")):
        (photos / place).write_bytes((RESOURCES / "samples" / name).read_bytes())
    (photos / "sub" / "broken.jpg").write_bytes(b"no picture")
    desk.add(python=sys.executable)
    words = ("--expression", "happy=0.7", "--editor", "instant", "--size", "256")
    out = desk.folder / "out"
    rows = desk.call("batch", str(photos), "--out", str(out), *words, "--on", "node", code=1)
    made = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())
    assert made == ["a_happy_0.7.jpg", "sub/b_happy_0.7.png"]
    told = "\n".join(row.get("log", "") for row in rows)
    assert "broken.jpg" in told
    there = desk.node.root / "runs" / rows[0]["run"] / "run" / "pictures"
    assert all(digest(out / name) == digest(there / name) for name in made)


def test_the_users_own_machine_is_a_target(desk: Desk, config: Path) -> None:
    table = json.loads(config.read_text())
    table["data"]["path"] = str(desk.folder / "nowhere")
    config.write_text(json.dumps(table))
    rows = desk.call("train", "run", "--on", "local", "--config", str(config), code=1)
    assert "nowhere" in "".join(row.get("log", "") for row in rows)
    assert desk.call("runs", "list")[0]["state"] == "failed"


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_a_record_holds_no_secret(desk: Desk, config: Path) -> None:
    """What is written down of a target and a run is what their types say, nothing more."""
    desk.add()
    run = desk.begin(config)
    desk.call("runs", "stop", run, "--now")
    for file in (desk.folder / "data" / "pixelsmile" / "runs").glob("*.json"):
        assert file.stat().st_mode & 0o777 == 0o600
    private = (desk.node.home / ".ssh" / "id_ed25519").read_text().splitlines()[1]
    for path in desk.folder.rglob("*"):
        if path.is_file():
            assert private.encode() not in path.read_bytes()
    assert msgspec.json.decode((desk.folder / f"data/pixelsmile/runs/{run}.json").read_bytes())
