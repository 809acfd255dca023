"""The real command in a process of its own, on real photos and real faults."""

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image, ImageSequence

from engine.recipes import RESOURCES
from tests.unit.photos.certificates import needs_c2pa, signature_in

ROOT = RESOURCES.parent
HOPPER = RESOURCES / "samples" / "grace_hopper.jpg"
COLLINS = RESOURCES / "samples" / "eileen_collins.png"
COMMAND = [sys.executable, "-m", "engine.cli.main"]


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

    @property
    def written(self) -> list[Path]:
        """The outputs of the rows that name one."""
        return [Path(row["output"]) for row in self.rows if row.get("output")]


Call = Callable[..., Result]


def environment(tmp_path: Path) -> dict[str, str]:
    """The user's, with a log of its own and every warning an error."""
    return os.environ | {
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "error",
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "HOME": str(tmp_path / "home"),
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The working directory of the calls."""
    path = tmp_path / "here"
    path.mkdir()
    return path


@pytest.fixture
def pixelsmile(tmp_path: Path, folder: Path) -> Call:
    """Run the command in `folder`; no traceback may ever come out."""

    def call(*words: str | Path | bytes) -> Result:
        done = subprocess.run(
            [*COMMAND, *words],
            cwd=folder,
            env=environment(tmp_path),
            capture_output=True,
            timeout=60,
        )
        result = Result(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert "Traceback" not in result.err
        return result

    return call


@pytest.fixture
def started(tmp_path: Path, folder: Path) -> Iterator[Callable[..., "subprocess.Popen[bytes]"]]:
    """Start the command in `folder` and leave it running; ended after the test."""
    running: list[subprocess.Popen[bytes]] = []

    def start(*words: str | Path) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            [*COMMAND, *words],
            cwd=folder,
            env=environment(tmp_path),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def picture_of(path: Path) -> np.ndarray:
    """The file as (height, width, 3) BGR."""
    picture = cv2.imread(str(path))
    assert picture is not None, path
    return picture


def names(folder: Path) -> list[str]:
    """Every file in the folder by its path, hidden ones too."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


def digest(path: Path) -> str:
    """The file's contents in short."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def children(process: int) -> list[int]:
    """The children of all the process's threads that are not zombies (Linux)."""
    lists = Path(f"/proc/{process}/task").glob("*/children")
    found = [int(one) for children in lists for one in children.read_text().split()]
    return [one for one in found if is_running(one)]


def is_running(process: int) -> bool:
    """Whether a process is there and no zombie (Linux)."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False


# ---- edit ---------------------------------------------------------------------------------------


def test_one_picture_per_photo_and_scale(pixelsmile: Call, folder: Path):
    (folder / "link.jpg").symlink_to(HOPPER)
    before = digest(HOPPER), digest(COLLINS)
    result = pixelsmile(
        "edit", HOPPER, "link.jpg", "--out", "out/new", "--expression", "happy=0.8",
        "--scales", "0", "0.5", "1.0", COLLINS, "--json",
    )  # fmt: skip
    assert result.code == 0, result.err
    assert (digest(HOPPER), digest(COLLINS)) == before
    expected = [
        "eileen_collins_happy_0.5.png",
        "eileen_collins_happy_0.png",
        "eileen_collins_happy_1.0.png",
        "grace_hopper_happy_0.5.jpg",
        "grace_hopper_happy_0.jpg",
        "grace_hopper_happy_1.0.jpg",
    ]
    assert names(folder / "out") == [f"new/{name}" for name in expected]
    assert sorted(str(path) for path in result.written) == [f"out/new/{name}" for name in expected]
    for row in result.rows:
        assert row.keys() >= {
            "source", "output", "expression", "scale", "face", "editor", "identity", "seconds",
        }  # fmt: skip
        assert (row["expression"], row["face"], row["editor"]) == ("happy", 1, "instant")
        assert row["identity"] > 0.6
        assert 0 <= row["seconds"] < 30
    assert [row["scale"] for row in result.rows] == [0, 0.5, 1, 0, 0.5, 1]

    new = folder / "out" / "new"
    assert digest(new / "grace_hopper_happy_0.jpg") == before[0]
    source = picture_of(COLLINS)
    picture = picture_of(new / "eileen_collins_happy_1.0.png")
    changed = (source != picture).any(axis=2)
    assert changed.any()
    y, x = np.nonzero(changed)
    assert x.min() > 100
    assert x.max() < 350
    assert y.max() < 300


def test_a_blend_in_another_format_for_people(pixelsmile: Call, folder: Path):
    result = pixelsmile(
        "edit", "-e", "happy=0.8", "-e", "surprised=0.4", "--out", "out", "--format", "jpg",
        "--face", "largest", COLLINS,
    )  # fmt: skip
    assert result.code == 0, result.err
    assert result.out == "out/eileen_collins_happy+surprised_0.8+0.4.jpg\n"
    assert names(folder / "out") == ["eileen_collins_happy+surprised_0.8+0.4.jpg"]


def test_the_bad_are_named_and_the_good_are_done(pixelsmile: Call, folder: Path):
    (folder / "empty.jpg").touch()
    (folder / "text.jpg").write_text("this is no picture")
    (folder / "cut.jpg").write_bytes(HOPPER.read_bytes()[:20000])
    cv2.imwrite(str(folder / "wall.png"), np.full((64, 64, 3), 128, np.uint8))
    cv2.imwrite(str(folder / "dot.png"), np.full((1, 1, 3), 128, np.uint8))
    (folder / "sub").mkdir()
    (folder / "mislabelled.png").write_bytes(HOPPER.read_bytes())
    bad = {
        "none.jpg": "missing",
        "empty.jpg": "empty",
        "text.jpg": "not_an_image",
        "cut.jpg": "truncated",
        "wall.png": "no_face",
        "dot.png": "no_face",
        "sub": "is_directory",
    }
    result = pixelsmile("edit", *bad, "mislabelled.png", "-o", "out", "-e", "sad", "--json")
    assert result.code == 1
    failed = {row["source"]: row for row in result.rows if "error" in row}
    assert {source: row["code"] for source, row in failed.items()} == bad
    for source, row in failed.items():
        assert row["error"].startswith(f"{source}: ")
        assert "; " in row["error"]
        assert row["error"] in result.err.splitlines()
    assert "pixelsmile batch" in failed["sub"]["error"]
    assert names(folder / "out") == ["mislabelled_sad_1.0.jpg"]


def test_odd_names(pixelsmile: Call, folder: Path):
    odd = [b"-dash.jpg", b"caf\xe9.jpg", "naïve 😀.jpg".encode(), b"two\nlines.jpg"]
    for name in odd:
        (folder / os.fsdecode(name)).write_bytes(HOPPER.read_bytes())
    result = pixelsmile("edit", "-o", "out", "-e", "shy", "--scales", "0", "--json", "--", *odd)
    assert result.code == 0, result.err
    assert [os.fsencode(row["source"]) for row in result.rows] == odd
    assert len(set(result.written)) == 4
    assert all((folder / path).exists() for path in result.written)
    plain = pixelsmile("edit", "-o", "out2", "-e", "shy", "--scales", "0", "--", *odd)
    assert plain.code == 0
    assert len(plain.out.splitlines()) == 4


def test_photos_of_one_name_and_photos_named_like_outputs(pixelsmile: Call, folder: Path):
    for name in ("a/x.jpg", "b/x.jpg", "out/x_happy_0.jpg"):
        path = folder / name
        path.parent.mkdir()
        path.write_bytes(HOPPER.read_bytes() + name.encode())
    mine = folder / "out" / "x_happy_0.jpg"
    before = digest(mine)
    result = pixelsmile(
        "edit", "a/x.jpg", "b/x.jpg", mine, "--out", "out", "-e", "happy", "--scales", "0", "--json"
    )
    assert result.code == 0, result.err
    assert digest(mine) == before
    assert [row["output"] for row in result.rows] == [
        "out/x-2_happy_0.jpg",
        "out/x-3_happy_0.jpg",
        "out/x_happy_0_happy_0.jpg",
    ]
    assert [(folder / path).read_bytes()[-7:] for path in result.written[:2]] == [
        b"a/x.jpg",
        b"b/x.jpg",
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["edit", "--out", "out", "-e", "happy"], "no photo"),
        (["edit", HOPPER, "--out", "out"], "--expression is missing"),
        (["edit", HOPPER, "--out", "out", "-e", "hapy"], "'hapy'"),
        (["edit", HOPPER, "--out", "out", "-e", "happy", "--scales", "abc"], "no number"),
        (["edit", HOPPER, "--out", "out", "-e", "happy", "--scales", "0.5", "abc"], "no number"),
        (["edit", HOPPER, "--out", "out", "-e", "happy", "--scales", "nan"], "nan"),
        (["edit", HOPPER, "--out", "out", "-e", "happy", "--scales", "-0.5"], "-0.5"),
        (["edit", HOPPER, "--out", "out", "-e", "happy=1.6"], "more than 1.5"),
        (["edit", HOPPER, "--out", "out", "-e", "happy", "--face", "0"], "--face"),
        (["edit", HOPPER, "--out", "out", "-e", "happy", "--format", "gif"], "--format"),
        (["edit", HOPPER, "--out", "out", "-e", "happy", "--editor", "magic"], "--editor"),
        (["edit", HOPPER, "--out", "out", "-e", "happy", "--seed", "x"], "--seed"),
        (["edit", HOPPER, "--out", "out", "-e", "happy", "--sharpen"], "--sharpen"),
        (["edit", HOPPER, "-e", "happy"], "--out"),
        (["strip", HOPPER, "--out", "out/a.avi", "-e", "happy"], "must end in"),
        (["strip", HOPPER, "--out", "out/a.gif", "-e", "happy", "--frames", "0"], "--frames"),
        (["strip", HOPPER, "--out", "out/a.gif", "-e", "happy", "--fps", "0"], "--fps"),
        (["strip", HOPPER, "--out", "out/a.gif", "-e", "happy", "--to", "2"], "more than 1.5"),
        (["strip", HOPPER, "--out", "out/a.gif", "-e", "happy", "--loop", "x"], "--loop"),
        (["batch", ".", "--out", ".", "-e", "happy"], "--out"),
        (["faces"], "no photo"),
        (["smile"], "smile"),
        ([], "Usage"),
    ],
)
def test_wrong_usage(pixelsmile: Call, folder: Path, words, told):
    result = pixelsmile(*words)
    assert result.code == 2
    assert told in result.err
    assert result.out == ""
    assert names(folder) == []
    assert not (folder / "out").exists()


def test_an_output_folder_that_cannot_be_written_to(pixelsmile: Call, folder: Path):
    (folder / "file").touch()
    for out in ("file", "file/below", "/proc/none"):
        result = pixelsmile("edit", HOPPER, "--out", out, "-e", "happy")
        assert result.code == 1
        assert len(result.err.splitlines()) == 1
        assert out in result.err
    assert names(folder) == ["file"]


# ---- batch, faces, strip ------------------------------------------------------------------------


def test_a_folder_is_edited_into_the_same_tree(pixelsmile: Call, folder: Path):
    shoot = folder / "shoot"
    for name in ("a.jpg", "day/b.jpg", ".trash/c.jpg"):
        (shoot / name).parent.mkdir(parents=True, exist_ok=True)
        (shoot / name).write_bytes(HOPPER.read_bytes())
    (shoot / "a.png").write_bytes(COLLINS.read_bytes())
    (shoot / "day" / "broken.jpg").touch()
    (shoot / "notes.txt").write_text("not for editing")
    (shoot / "day" / "loop").symlink_to(shoot, target_is_directory=True)
    words = ["batch", "shoot", "--out", "shoot/edited", "-e", "happy", "--scales", "0", "--json"]
    first, second = pixelsmile(*words), pixelsmile(*words)
    for result, event in ((first, "finished"), (second, "skipped")):
        assert result.code == 1
        assert {row["output"] for row in result.rows if row["event"] == event} == {
            "shoot/edited/a_happy_0.jpg",
            "shoot/edited/a-2_happy_0.png",
            "shoot/edited/day/b_happy_0.jpg",
        }
        (failed,) = [row for row in result.rows if row["event"] == "failed"]
        assert (failed["source"], failed["code"]) == ("shoot/day/broken.jpg", "empty")
        assert "shoot/day/broken.jpg: " in result.err
    assert names(shoot / "edited") == ["a-2_happy_0.png", "a_happy_0.jpg", "day/b_happy_0.jpg"]


def test_folders_that_hold_nothing_to_do(pixelsmile: Call, folder: Path):
    (folder / "none").mkdir()
    (folder / "file.jpg").touch()
    for name, told in (("none", "no photo"), ("gone", "no such folder"), ("file.jpg", "no folder")):
        result = pixelsmile("batch", name, "--out", "out", "-e", "happy")
        assert result.code == 1
        assert told in result.err
        assert len(result.err.splitlines()) == 1
    assert not (folder / "out").exists()


def test_faces_of_all_photos_and_who_is_who(pixelsmile: Call, folder: Path):
    hopper, collins = picture_of(HOPPER), picture_of(COLLINS)
    together = np.hstack([collins, cv2.resize(hopper, (437, 512))])
    cv2.imwrite(str(folder / "together.png"), together)
    cv2.imwrite(str(folder / "wall.png"), np.full((64, 64, 3), 128, np.uint8))
    result = pixelsmile("faces", HOPPER, COLLINS, "together.png", "wall.png", "--json")
    assert result.code == 0, result.err
    one, other, both, wall = result.rows
    assert (one["width"], one["height"]) == (512, 600)
    assert wall["faces"] == []
    assert (one["faces"][0]["person"], other["faces"][0]["person"]) == (1, 2)
    left, right = sorted(both["faces"], key=lambda face: face["box"][0])
    assert (left["person"], right["person"]) == (2, 1)
    assert {face["face"] for face in both["faces"]} == {1, 2}
    face = other["faces"][0]
    assert face["reading"] == "smiling"
    assert one["faces"][0]["reading"] == "neutral"
    assert face["score"] > 0.6
    assert face["pose"].keys() == {"yaw", "pitch", "roll"}
    assert len(face["blendshapes"]) == 52
    x, y, width, height = face["box"]
    assert 0 < x < x + width < 512
    assert 0 < y < y + height < 512

    plain = pixelsmile("faces", COLLINS)
    assert plain.code == 0
    assert "1 face" in plain.out
    assert "smiling" in plain.out


@needs_c2pa
def test_a_strip_is_signed(pixelsmile: Call, folder: Path):
    import c2pa

    signed = signature_in(folder)
    words = ["strip", HOPPER, "--out", "a.mp4", "-e", "happy", "--frames", "2", "--json"]
    alone = pixelsmile(*words, "--sign", signed.certificate)
    assert (alone.code, "--sign-key" in alone.err) == (2, True)
    swapped = pixelsmile(*words, "--sign", signed.key, "--sign-key", signed.key)
    assert (swapped.code, swapped.rows[0]["code"]) == (1, "not_signed")
    assert not (folder / "a.mp4").exists()
    result = pixelsmile(*words, "--sign", signed.certificate, "--sign-key", signed.key)
    assert result.code == 0, result.err
    with c2pa.Reader(str(folder / "a.mp4")) as reader:
        assert reader.get_validation_state() in ("Valid", "Trusted")


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_a_strip_has_the_frames_and_the_rate_asked_for(pixelsmile: Call, folder: Path, suffix: str):
    small = cv2.resize(picture_of(HOPPER), (256, 300))
    cv2.imwrite(str(folder / "p.png"), small)
    out = f"new/p{suffix}"
    result = pixelsmile(
        "strip", "p.png", "--out", out, "-e", "happy", "--from", "0", "--to", "1.5",
        "--frames", "5", "--fps", "10", "--loop", "repeat", "--json",
    )  # fmt: skip
    assert result.code == 0, result.err
    (row,) = result.rows
    assert (row["source"], row["output"], row["frames"], row["face"]) == ("p.png", out, 5, 1)
    assert names(folder / "new") == [f"p{suffix}"]
    with Image.open(folder / out) as strip:
        assert getattr(strip, "n_frames", 1) == 5
        assert strip.size == (256, 300)
        frames: list[np.ndarray] = []
        for frame in ImageSequence.Iterator(strip):
            frame.load()
            assert frame.info["duration"] == 100
            frames.append(np.asarray(frame.convert("RGB")).astype(int))
    from_photo = [float(np.abs(frame - small[..., ::-1]).mean()) for frame in frames]
    assert from_photo[0] < 3
    in_face = [float(np.abs(frame - frames[0])[100:200, 80:180].mean()) for frame in frames]
    assert in_face == sorted(in_face)
    assert in_face[4] > 1.5 * in_face[1] > 0


def test_a_contact_sheet(pixelsmile: Call, folder: Path):
    result = pixelsmile(
        "strip", HOPPER, "--out", "sheet.png", "-e", "sad", "--frames", "4", "--face", "largest"
    )
    assert result.code == 0, result.err
    assert result.out == "sheet.png\n"
    height, width = picture_of(folder / "sheet.png").shape[:2]
    assert width * height > 4 * 200 * 200


def test_a_strip_does_not_replace_its_photo(pixelsmile: Call, folder: Path):
    source = folder / "p.png"
    source.write_bytes(COLLINS.read_bytes())
    (folder / "link.png").symlink_to(source)
    for out in ("p.png", "link.png"):
        result = pixelsmile("strip", "p.png", "--out", out, "-e", "sad", "--frames", "2")
        assert result.code == 2
        assert "the photo itself" in result.err
    assert digest(source) == digest(COLLINS)
    assert pixelsmile("strip", "none.jpg", "--out", "a.gif", "-e", "sad").code == 1


# ---- how it ends --------------------------------------------------------------------------------


def many(folder: Path, number: int) -> None:
    """A folder `many` of portraits, no two the same file."""
    (folder / "many").mkdir()
    for index in range(number):
        (folder / "many" / f"p{index:02}.jpg").write_bytes(HOPPER.read_bytes() + bytes([index]))


def rows_until(process: "subprocess.Popen[bytes]", event: str) -> list[dict[str, Any]]:
    """The rows that come up to the first of an event, with it."""
    rows: list[dict[str, Any]] = []
    assert process.stdout is not None
    while not rows or rows[-1]["event"] != event:
        rows.append(json.loads(process.stdout.readline()))
    return rows


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopped_in_the_middle(started, folder: Path, number: signal.Signals, code: int):
    many(folder, 40)
    process = started("batch", "many", "--out", "out", "-e", "happy", "--format", "png", "--json")
    rows = rows_until(process, "finished")
    workers = children(process.pid)
    assert len(workers) >= 1
    began = time.monotonic()
    process.send_signal(number)
    rest, err = process.communicate(timeout=5)
    assert time.monotonic() - began < 1.5  # a second, and what a loaded machine adds
    assert process.returncode == code
    assert not any(is_running(worker) for worker in workers)
    rows += [json.loads(line) for line in rest.splitlines()]
    rows = [row for row in rows if row["event"] == "finished"]
    assert 0 < len(rows) < 40
    assert b"Traceback" not in err
    assert b"stopped" in err
    written = names(folder / "out")
    assert not any(Path(name).name.startswith(".") for name in written)
    assert {str(Path(row["output"]).name) for row in rows} <= set(written)
    for name in written:
        picture_of(folder / "out" / name)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_photo_that_takes_the_worker_down_is_tried_again(started, folder: Path):
    many(folder, 1)
    big = cv2.resize(picture_of(HOPPER), None, fx=7, fy=7)
    cv2.imwrite(str(folder / "many" / "p01.png"), big, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    (folder / "many" / "p02.jpg").write_bytes(HOPPER.read_bytes())
    process = started("batch", "many", "--out", "out", "-e", "happy", "--json", "--workers", "1")
    rows_until(process, "finished")
    time.sleep(0.15)  # now it is at the large one, for a second or more
    (worker,) = children(process.pid)
    os.kill(worker, signal.SIGKILL)
    rest, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    rows = [json.loads(line) for line in rest.splitlines()]
    finished = [row["source"] for row in rows if row["event"] == "finished"]
    assert finished == ["many/p02.jpg", "many/p01.png"]
    assert "failed" not in {row["event"] for row in rows}
    assert names(folder / "out") == [
        "p00_happy_1.0.jpg", "p01_happy_1.0.png", "p02_happy_1.0.jpg",
    ]  # fmt: skip


def test_nobody_reads_the_rows(started, folder: Path):
    many(folder, 20)
    process = started("batch", "many", "--out", "out", "-e", "happy", "--scales", "0", "--json")
    process.stdout.readline()
    process.stdout.close()
    err = process.stderr.read()
    assert process.wait(timeout=20) == 141
    assert b"Traceback" not in err
    assert b"Error" not in err
    assert len(names(folder / "out")) < 20


def test_a_terminal_sees_a_bar_and_a_pipe_sees_rows(tmp_path: Path, folder: Path):
    pty = pytest.importorskip("pty")
    screen, terminal = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "edit", HOPPER, COLLINS, "-o", "out", "-e", "happy", "--json"],
        cwd=folder,
        env=environment(tmp_path) | {"TERM": "xterm", "COLUMNS": "100"},
        stdout=subprocess.PIPE,
        stderr=terminal,
    )
    os.close(terminal)
    seen = bytearray()
    with contextlib.suppress(OSError):  # the terminal's end, on Linux
        while chunk := os.read(screen, 65536):
            seen += chunk
    os.close(screen)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert len([json.loads(line) for line in out.splitlines()]) == 2
    text = seen.decode()
    assert "━" in text
    assert "2/2" in text or "1/2" in text
    assert "Traceback" not in text


# ---- the small commands -------------------------------------------------------------------------


def test_help_is_quick_and_imports_nothing_heavy(tmp_path: Path, folder: Path):
    script = (
        "import sys\n"
        "from engine.cli.main import main\n"
        "try:\n    main(['--help'])\n"
        "except SystemExit as end:\n    assert not end.code\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=folder,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    assert {"edit", "strip", "faces", "batch", "queue", "models", "worker", "doctor"} <= set(
        done.stdout.split()
    )
    heavy = {"cv2", "numpy", "PIL", "torch", "rich", "msgspec", "platformdirs", "ai_edge_litert"}
    assert not heavy & set(done.stderr.split())

    resource = pytest.importorskip("resource")
    seconds: list[float] = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [*COMMAND, "--help"], env=environment(tmp_path), stdout=subprocess.DEVNULL, check=True
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    assert min(seconds) < 0.3


@pytest.mark.parametrize("command", ["edit", "strip", "faces", "batch", "models", "doctor"])
def test_every_command_has_help(pixelsmile: Call, command: str):
    result = pixelsmile(command, "--help")
    assert result.code == 0
    assert "--json" in result.out


def test_version(pixelsmile: Call):
    assert pixelsmile("--version").out.startswith("pixelsmile 0.")


def test_models_are_whole(pixelsmile: Call):
    result = pixelsmile("models", "--json")
    assert result.code == 0
    files = [row for row in result.rows if "model" in row]
    assert len(files) == 3
    assert all(row["ok"] and row["licence"] and row["size_bytes"] > 100_000 for row in files)
    available = {row["editor"]: row["available"] for row in result.rows if "editor" in row}
    assert available == {"instant": True, "pixelsmile": False}


def test_the_doctor_edits_a_sample(pixelsmile: Call, folder: Path):
    result = pixelsmile("doctor", "--deep", "--json")
    assert result.code == 0, result.out
    checks = {row["check"]: row["state"] for row in result.rows}
    assert checks["worker"] == "ok"
    assert checks["sample edit"] == "ok"
    assert names(folder) == []


def test_the_worker_leaves_when_nobody_is_there(tmp_path: Path):
    done = subprocess.run(
        [*COMMAND, "worker"],
        env=environment(tmp_path),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=10,
    )
    assert done.returncode == 0
    assert [json.loads(line)["type"] for line in done.stdout.splitlines()] == ["Hello"]


def test_insightface_is_off_until_its_licence_is_accepted(pixelsmile: Call):
    refused = pixelsmile("faces", HOPPER, "--provider", "insightface", "--json")
    assert refused.code == 2
    assert "non-commercial" in refused.err
    assert refused.rows == []
    unknown = pixelsmile("faces", HOPPER, "--provider", "guesswork")
    assert unknown.code == 2
    assert "guesswork" in unknown.err


@pytest.mark.skipif(find_spec("insightface") is not None, reason="insightface is installed")
def test_insightface_that_is_not_there_is_said_in_one_sentence(pixelsmile: Call):
    result = pixelsmile(
        "faces", HOPPER, "--provider", "insightface", "--accept-non-commercial", "--json"
    )
    assert result.code == 1
    assert [row["code"] for row in result.rows] == ["insightface_missing"]
    assert "not installed" in result.rows[0]["error"]
    assert "Traceback" not in result.err
