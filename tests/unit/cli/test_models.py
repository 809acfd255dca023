"""`pixelsmile models` as a user runs it, against a hub on this machine that has its bad days."""

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

import pytest

from engine.recipes import RESOURCES
from tests.helpers.hub import COMMIT, Hub, wait_until
from tests.helpers.weights import (
    AT_THE_HUB,
    FILES,
    FIRST,
    LARGE,
    LORA,
    PACK,
    PART_BYTES,
    REPOSITORY,
    sha256,
    write_catalogue,
    write_files,
)

COMMAND = [sys.executable, "-m", "engine.cli.main", "models"]


@dataclass(frozen=True)
class Result:
    """How a call ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The objects on stdout, which carries nothing else."""
        return [json.loads(line) for line in self.out.splitlines()]


Call = Callable[..., Result]


@pytest.fixture
def hub() -> Iterator[Hub]:
    """Has the models `tiny`, `lora` and `banned`."""
    with Hub(REPOSITORY, AT_THE_HUB, LARGE) as hub:
        yield hub


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """The folder of models, which is not there yet."""
    return tmp_path / "models"


@pytest.fixture
def environment(tmp_path: Path, store: Path, hub: Hub) -> dict[str, str]:
    """The user's, with folders of its own; no word may leave this machine."""
    own = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
    return own | {
        "PYTHONPATH": str(RESOURCES.parent),
        "PYTHONWARNINGS": "error",
        "HF_ENDPOINT": hub.url,
        "HF_HOME": str(tmp_path / "hf"),
        "HOME": str(tmp_path / "home"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "PIXELSMILE_MODELS": str(store),
        "PIXELSMILE_CATALOGUE": str(write_catalogue(tmp_path / "catalogue.json")),
        "NO_PROXY": "*",
    }


@pytest.fixture
def models(tmp_path: Path, environment: dict[str, str]) -> Call:
    """Run the command where nobody can be asked; no traceback may ever come out."""

    def call(*words: str | Path, **changes: str) -> Result:
        done = subprocess.run(
            [*COMMAND, *words],
            cwd=tmp_path,
            env=environment | changes,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert "Traceback" not in done.stderr
        return Result(done.returncode, done.stdout, done.stderr)

    return call


def below(folder: Path) -> dict[str, bytes]:
    """The files below a folder by their paths, without the record."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "installed.json"
    }


def start(environment: dict[str, str], folder: Path, *words: str) -> "subprocess.Popen[str]":
    """Start the command and leave it running."""
    return subprocess.Popen(
        [*COMMAND, *words],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


# ---- get ----------------------------------------------------------------------------------------


def test_a_model_arrives_whole_and_with_a_record(models: Call, store: Path, hub: Hub) -> None:
    result = models("get", "tiny", "--yes", "--json")
    assert result.code == 0, result.err
    assert below(store / "tiny") == FILES
    assert [p.name for p in store.iterdir() if p.is_dir()] == ["tiny"]
    record = json.loads((store / "tiny" / "installed.json").read_text())
    assert (record["revision"], record["licence"]) == (COMMIT, "Apache-2.0")
    assert record["accepted"]
    assert {file["path"]: file["sha256"] for file in record["files"]} == {
        path: sha256(content) for path, content in FILES.items()
    }
    [row] = result.rows
    assert (row["download"], row["state"], row["path"]) == (
        "tiny",
        "installed",
        str(store / "tiny"),
    )
    assert {one.path for one in hub.served} == set(FILES)  # no pickle, and no word to anyone else
    again = models("get", "tiny", "--yes")
    assert again.code == 0
    assert "installed already" in again.err


def test_the_licence_is_shown_and_must_be_accepted(models: Call, store: Path, hub: Hub) -> None:
    result = models("get", "tiny", "--json")
    assert result.code == 2
    assert result.out == ""
    assert "Apache-2.0, https://www.apache.org/licenses/LICENSE-2.0" in result.err
    assert "--yes" in result.err
    assert hub.served == []
    assert not store.exists()


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("\n", 1), ("no\n", 1)])
def test_a_person_is_asked(
    environment: dict[str, str], tmp_path: Path, store: Path, answer: str, code: int
) -> None:
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "get", "lora"],
        cwd=tmp_path,
        env=environment | {"TERM": "xterm"},
        stdin=theirs,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    )
    os.close(theirs)
    seen = b""
    while b"[y/N]" not in seen:
        seen += os.read(ours, 4096)
    os.write(ours, answer.encode())
    try:
        while chunk := os.read(ours, 4096):
            seen += chunk
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    assert process.wait(30) == code, seen
    assert (store / "lora").exists() == (code == 0)


def test_a_line_that_breaks_is_continued(models: Call, store: Path, hub: Hub) -> None:
    hub.faults[FIRST].breaks = [1_000_000, 700_000]
    result = models("get", "tiny", "--yes")
    assert result.code == 0, result.err
    assert below(store / "tiny") == FILES
    starts = hub.starts(FIRST)
    assert len(starts) == 3
    assert 0 == starts[0] < starts[1] < starts[2]
    # What was on its way when the line broke may be lost, not more.
    assert hub.sent_bytes(FIRST) < len(FILES[FIRST]) + 400_000
    assert "trying again" in result.err


def test_a_killed_process_is_continued(
    models: Call, environment: dict[str, str], tmp_path: Path, store: Path, hub: Hub
) -> None:
    hub.faults[FIRST].pause_s = 0.01
    part = store / "tiny.partial" / f"{FIRST}.part"
    process = start(environment, tmp_path, "get", "tiny", "--yes")
    wait_until(lambda: part.exists() and part.stat().st_size > 500_000, 30)
    process.kill()
    process.communicate()
    arrived = part.stat().st_size
    assert arrived < PART_BYTES
    listed = {row["download"]: row for row in models("list", "--json").rows if "download" in row}
    assert listed["tiny"]["state"] == "partial"
    assert listed["tiny"]["arrived_bytes"] >= arrived
    hub.faults[FIRST].pause_s = 0
    result = models("get", "tiny", "--yes")
    assert result.code == 0, result.err
    assert below(store / "tiny") == FILES
    assert hub.starts(FIRST) == [0, arrived]
    assert len(hub.starts("model_index.json")) == 1


def test_ctrl_c_keeps_what_has_arrived(
    models: Call, environment: dict[str, str], tmp_path: Path, store: Path, hub: Hub
) -> None:
    hub.faults[LORA].pause_s = 0.02
    part = store / "lora.partial" / f"{LORA}.part"
    process = start(environment, tmp_path, "get", "lora", "--yes")
    wait_until(lambda: part.exists() and part.stat().st_size > 50_000, 30)
    asked = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=10)
    assert time.monotonic() - asked < 3
    assert process.returncode == 130
    assert "Traceback" not in err
    assert "what has arrived is kept" in err
    arrived = part.stat().st_size
    assert arrived > 50_000
    hub.faults[LORA].pause_s = 0
    assert models("get", "lora", "--yes").code == 0
    assert hub.starts(LORA) == [0, arrived]


def test_a_hub_that_cannot_continue_starts_over(models: Call, store: Path, hub: Hub) -> None:
    hub.faults[LORA].breaks = [200_000]
    hub.faults[LORA].ignores_range = True
    result = models("get", "lora", "--yes")
    assert result.code == 0, result.err
    assert "wrong bytes" not in result.err
    assert hub.starts(LORA) == [0, 0]
    assert (store / "lora" / LORA).read_bytes() == AT_THE_HUB[LORA]


def test_wrong_bytes_once_are_fetched_again(models: Call, store: Path, hub: Hub) -> None:
    hub.faults[LORA].lies = 1
    result = models("get", "lora", "--yes")
    assert result.code == 0, result.err
    assert "wrong bytes" in result.err
    assert (store / "lora" / LORA).read_bytes() == AT_THE_HUB[LORA]
    assert hub.starts(LORA) == [0, 0]


@pytest.mark.parametrize("path", [FIRST, "vae/config.json"])
def test_wrong_bytes_twice_are_deleted(models: Call, store: Path, hub: Hub, path: str) -> None:
    """Of a file whose SHA-256 the hub publishes, and of one whose git name alone it does."""
    hub.faults[path].lies = 2
    result = models("get", "tiny", "--yes", "--json")
    assert result.code == 1
    [row] = result.rows
    assert row["code"] == "model_damaged"
    assert path in row["error"]
    assert not (store / "tiny").exists()
    assert not list((store / "tiny.partial").rglob(f"{Path(path).name}*.part"))
    assert not (store / "tiny.partial" / path).exists()


def test_the_disk_is_asked_first(models: Call, store: Path, hub: Hub) -> None:
    hub.faults[FIRST].claimed_bytes = 10**16
    result = models("get", "tiny", "--yes", "--json")
    assert result.code == 1
    [row] = result.rows
    assert row["code"] == "disk_full"
    assert "needs 10,000,000.0 GB" in row["error"]
    assert "GB are free in" in row["error"]
    assert "PIXELSMILE_MODELS" in row["error"]
    assert hub.sent_bytes(FIRST) == 0
    assert not (store / "tiny.partial").exists()


def test_a_busy_hub_is_asked_again(models: Call, hub: Hub) -> None:
    hub.lookups.statuses = [503]
    hub.faults[LORA].statuses = [503, 429]
    result = models("get", "lora", "--yes")
    assert result.code == 0, result.err
    assert "the hub answers 503" in result.err


def test_a_hub_that_stays_away_is_given_up(environment: dict[str, str], hub: Hub) -> None:
    hub.faults[LORA].statuses = [503] * 9
    script = (
        "from engine.cli.transfer import Transfer\n"
        "from engine.weights import WeightsError\n"
        "from engine.weights.catalogue import catalogued\n"
        "from engine.weights.download import download\n"
        "from engine.weights.hub import Patience\n"
        "try:\n    download(catalogued('lora'), accepted='now', watch=Transfer(''),\n"
        "             patience=Patience(attempts=3, first_wait_s=0.01))\n"
        "except WeightsError as error:\n    print(error.code, error.reason)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.startswith("hub_unreachable"), done.stderr
    assert len(hub.served) == 3


@pytest.mark.parametrize(
    ("status", "code"), [(404, "hub_missing"), (401, "hub_refused"), (403, "hub_refused")]
)
def test_a_refusal_is_one_sentence(models: Call, hub: Hub, status: int, code: str) -> None:
    hub.lookups.statuses = [status]
    result = models("get", "lora", "--yes", "--json")
    assert (result.code, [row["code"] for row in result.rows]) == (1, [code])
    hub.faults[LORA].statuses = [status]
    result = models("get", "lora", "--yes", "--json")
    assert (result.code, [row["code"] for row in result.rows]) == (1, [code])


def test_another_file_at_the_hub_is_refused_before_it_is_fetched(models: Call, hub: Hub) -> None:
    hub.files = AT_THE_HUB | {LORA: AT_THE_HUB[LORA][:-1] + b"?"}
    result = models("get", "lora", "--yes", "--json")
    assert (result.code, result.rows[0]["code"]) == (1, "hub_changed")
    assert hub.sent_bytes(LORA) == 0


def test_without_a_network_one_sentence_says_so(models: Call, tmp_path: Path) -> None:
    forbidden = models("get", "lora", "--yes", "--json", HF_HUB_OFFLINE="1")
    assert (forbidden.code, forbidden.rows[0]["code"]) == (1, "hub_offline")
    nobody = models("get", "lora", "--yes", "--json", HF_ENDPOINT="http://127.0.0.1:9")
    assert (nobody.code, nobody.rows[0]["code"]) == (1, "hub_unreachable")
    write_files(tmp_path, {LORA: AT_THE_HUB[LORA]})
    assert models("import", "lora", LORA, HF_HUB_OFFLINE="1").code == 0
    assert models("verify", "lora", HF_HUB_OFFLINE="1").code == 0


def test_what_is_no_hub_is_said(models: Call, tmp_path: Path, hub: Hub) -> None:
    hub.description = lambda: {"hello": "world"}  # type: ignore[method-assign]
    result = models("get", "lora", "--yes", "--json")
    assert result.code == 1
    assert result.rows[0]["code"] in ("hub_unreachable", "hub_changed")


def test_without_the_library_the_extra_is_named(
    environment: dict[str, str], tmp_path: Path
) -> None:
    script = (
        "import sys\nsys.modules['huggingface_hub'] = None\n"
        "from engine.cli.main import main\nmain(['models', 'get', 'lora', '--yes', '--json'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["code"] == "library_missing"
    assert "pixelsmile-desktop[pixelsmile]" in done.stdout


@pytest.mark.parametrize("words", [("get",), ("verify",), ("remove",), ("import", ".")])
def test_an_unknown_name_is_wrong_usage(models: Call, words: tuple[str, ...]) -> None:
    result = models(words[0], "nobody", *words[1:], "--json")
    assert result.code == 2
    assert result.out == ""
    assert "choose from tiny, lora, banned, pack" in result.err


def test_a_model_that_no_hub_has_says_where_to_look(models: Call) -> None:
    result = models("get", "pack", "--json")
    assert (result.code, result.rows[0]["code"]) == (1, "import_only")
    assert "its makers' page" in result.rows[0]["error"]


# ---- what may be used ---------------------------------------------------------------------------


def test_commercial_only_is_kept_and_refuses(models: Call, hub: Hub, tmp_path: Path) -> None:
    assert models("commercial-only", "--json").rows == [{"commercial_only": False}]
    assert models("commercial-only", "on", "--json").rows == [{"commercial_only": True}]
    write_files(tmp_path / "pack", PACK)
    for words in (("get", "banned", "--yes"), ("import", "pack", "pack", "--yes")):
        result = models(*words, "--json")
        assert (result.code, result.rows[0]["code"]) == (1, "licence")
    assert hub.served == []
    assert models("get", "lora", "--yes").code == 0
    listed = {row["download"]: row for row in models("--json").rows if "download" in row}
    assert [listed[name]["allowed"] for name in ("lora", "banned")] == [True, False]
    assert models("get", "banned", "--yes", PIXELSMILE_COMMERCIAL_ONLY="0").code == 0
    assert models("commercial-only", "perhaps").code == 2


def test_a_ban_on_commercial_use_must_be_accepted_for_an_import(
    models: Call, tmp_path: Path, store: Path
) -> None:
    write_files(tmp_path / "pack", PACK)
    result = models("import", "pack", "pack")
    assert result.code == 2
    assert "research only" in result.err
    assert models("import", "pack", "pack", "--accept-licence").code == 0
    assert below(store / "pack") == PACK


# ---- the rest -----------------------------------------------------------------------------------


def test_the_list_shows_what_is_there(models: Call, tmp_path: Path) -> None:
    write_files(tmp_path, {LORA: AT_THE_HUB[LORA]})
    assert models("import", "lora", LORA, "--json").rows[0]["state"] == "installed"
    rows = models("--json").rows
    assert rows == models("list", "--json").rows == models("--json", "list").rows
    assert {row["download"]: row["state"] for row in rows if "download" in row} == {
        "tiny": "absent",
        "lora": "installed",
        "banned": "absent",
        "pack": "absent",
    }
    assert len([row for row in rows if "model" in row]) == 3
    plain = models()
    assert plain.code == 0
    assert "pixelsmile models get tiny" in plain.out
    assert "pixelsmile models import pack PATH" in plain.out


def test_import_names_the_first_wrong_file(models: Call, tmp_path: Path, store: Path) -> None:
    source = write_files(tmp_path / "mine", FILES | {FIRST: FILES[FIRST][:-5]})
    result = models("import", "tiny", source, "--json")
    assert (result.code, result.rows[0]["code"]) == (1, "layout")
    assert FIRST in result.rows[0]["error"]
    assert not (store / "tiny").exists()


def test_verify_names_what_is_damaged(models: Call, tmp_path: Path, store: Path) -> None:
    nothing = models("verify", "--json")
    assert (nothing.code, nothing.out) == (0, "")
    write_files(tmp_path / "mine", FILES | {LORA: AT_THE_HUB[LORA]})
    assert models("import", "tiny", "mine").code == 0
    assert models("import", "lora", "mine").code == 0
    assert models("verify").code == 0
    content = bytearray(FILES[FIRST])
    content[-1] ^= 1
    (store / "tiny" / FIRST).write_bytes(content)
    result = models("verify", "--json")
    assert result.code == 1
    assert {row["download"]: (row["state"], row["damaged"]) for row in result.rows} == {
        "tiny": ("damaged", [FIRST]),
        "lora": ("whole", []),
    }
    assert f"the file {FIRST} is damaged" in result.err
    assert models("verify", "lora").code == 0


def test_remove_deletes_and_says_how_much(models: Call, tmp_path: Path, store: Path) -> None:
    write_files(tmp_path, {LORA: AT_THE_HUB[LORA]})
    assert models("import", "lora", LORA).code == 0
    assert models("remove", "lora").code == 2  # nobody can be asked
    assert (store / "lora").exists()
    result = models("remove", "lora", "--yes", "--json")
    assert result.code == 0
    assert result.rows[0]["freed_bytes"] > len(AT_THE_HUB[LORA])
    assert not (store / "lora").exists()
    assert models("remove", "lora", "--yes", "--json").rows[0]["code"] == "model_missing"
    assert (tmp_path / LORA).exists()


def test_a_folder_that_cannot_be_written_is_one_sentence(models: Call, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = models("get", "lora", "--yes", "--json", PIXELSMILE_MODELS=str(tmp_path / "file"))
    assert (result.code, result.rows[0]["code"]) == (1, "store")
    assert models("list", PIXELSMILE_MODELS=str(tmp_path / "file")).code == 0


@pytest.mark.parametrize(
    "command", ["list", "get", "verify", "import", "remove", "commercial-only"]
)
def test_every_subcommand_has_help(models: Call, command: str) -> None:
    result = models(command, "--help")
    assert result.code == 0
    assert "--json" in result.out


# ---- progress -----------------------------------------------------------------------------------


def test_programs_are_told_how_far_it_is_when_they_ask(models: Call) -> None:
    rows = models("get", "tiny", "--yes", "--json", "--progress").rows
    told = [row for row in rows if row.get("progress") == "fetched"]
    assert told[-1]["done_bytes"] == told[-1]["total_bytes"] == sum(map(len, FILES.values()))
    assert [row["done_bytes"] for row in told] == sorted(row["done_bytes"] for row in told)
    assert rows[-1]["state"] == "installed"
    checked = models("verify", "tiny", "--json", "--progress").rows
    assert {row["progress"] for row in checked[:-1]} == {"checked"}
    assert checked[-1]["state"] == "whole"
