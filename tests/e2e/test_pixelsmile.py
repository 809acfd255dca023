"""The generative editor from the command line: real worker, real loading, a small model."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import load_file

from engine.client import WorkerClient
from engine.protocol import Blend, EditWhole, Event, Finished, Progress, StepPreview
from engine.recipes import RESOURCES, Lora, ModelChoice, Sampling
from tests.helpers.official_pixelsmile import official_edit, official_pipeline
from tests.helpers.tiny_pixelsmile import lora_pairs, save_lora, save_tiny_model
from tests.unit.photos.certificates import needs_c2pa, signature_in

HOPPER = RESOURCES / "samples" / "grace_hopper.jpg"
STEPS = 2


@dataclass(frozen=True)
class Result:
    """How a call ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The objects on stdout."""
        return [json.loads(line) for line in self.out.splitlines()]


Call = Callable[..., Result]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture(scope="module")
def lora(model: Path) -> Path:
    weights: dict[str, Any] = {}
    for file in (model / "transformer").glob("*.safetensors"):
        weights |= load_file(file)
    return save_lora(model.parent / "lora.safetensors", lora_pairs(weights))


def environment(tmp_path: Path) -> dict[str, str]:
    return os.environ | {
        "PYTHONPATH": str(RESOURCES.parent),
        "HOME": str(tmp_path / "home"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "PIXELSMILE_MODELS": str(tmp_path / "models"),
        "OMP_NUM_THREADS": "1",
    }


@pytest.fixture
def pixelsmile(tmp_path: Path) -> Call:
    def call(*words: str | Path) -> Result:
        command = [sys.executable, "-m", "engine.cli.main", *map(str, words)]
        done = subprocess.run(
            command, capture_output=True, text=True, env=environment(tmp_path), check=False
        )
        assert "Traceback" not in done.stderr
        return Result(done.returncode, done.stdout, done.stderr)

    return call


def infer_words(model: Path, lora: Path, out: Path, *more: str) -> list[str]:
    words = ["infer", "--image-path", HOPPER, "--output-dir", out, "--model-path", model]
    words += ["--lora-path", lora, "--precision", "fp32", "--steps", STEPS, "--json", *more]
    return [str(word) for word in words]


def test_infer_gives_what_the_published_method_gives(
    pixelsmile: Call, model: Path, lora: Path, tmp_path: Path
) -> None:
    words = infer_words(model, lora, tmp_path / "out", "--lora-layers", "upstream")
    result = pixelsmile(*words, "--expression", "sad", "--scales", "0", "1.0")
    assert (result.code, [row["scale"] for row in result.rows]) == (0, [0.0, 1.0])
    names = [Path(row["output"]).name for row in result.rows]
    assert names == ["grace_hopper_sad_0.0.png", "grace_hopper_sad_1.0.png"]
    official = official_pipeline(model, lora)
    for row in result.rows:
        expected = official_edit(
            official, Image.open(HOPPER), {"sad": row["scale"]}, resolution="trained", steps=STEPS
        )
        got = np.asarray(Image.open(row["output"]), np.int16)
        assert np.abs(got - np.asarray(expected, np.int16)).max() <= 2
    assert "16 pairs" in result.err
    assert "8 left out" in result.err


def test_infer_blends_with_absolute_weights_and_writes_jpeg(
    pixelsmile: Call, model: Path, lora: Path, tmp_path: Path
) -> None:
    words = infer_words(model, lora, tmp_path, "--format", "jpeg", "--data-type", "anime")
    result = pixelsmile(*words, "--expression", "happy=0.6", "--expression", "surprised=0.4")
    assert result.code == 0
    (row,) = result.rows
    assert row["intensities"] == {"happy": 0.6, "surprised": 0.4}
    assert Path(row["output"]).name == "grace_hopper_happy+surprised_0.6+0.4.jpg"
    assert np.asarray(Image.open(row["output"])).shape == (512, 512, 3)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--expression", "hapy"], 2, "none of the expressions"),
        (["--expression", "happy", "--scales", "nan"], 2, "no number"),
        (["--expression", "happy", "--resolution", "500"], 2, "multiple of 32"),
        (["--expression", "happy", "--precision", "fp17"], 2, "--precision"),
        (["--expression", "happy", "--steps", "0"], 2, "steps"),
        (["--expression", "smirking", "--word", "smirking"], 1, "6 tokens long"),
    ],
)
def test_infer_refuses_in_one_sentence(
    words: list[str],
    code: int,
    said: str,
    pixelsmile: Call,
    model: Path,
    lora: Path,
    tmp_path: Path,
) -> None:
    result = pixelsmile(*infer_words(model, lora, tmp_path / "out"), *words)
    assert result.code == code
    assert said in result.err


def test_a_model_that_is_not_there_is_named(pixelsmile: Call, tmp_path: Path) -> None:
    words = ["infer", "--image-path", HOPPER, "--output-dir", tmp_path, "--expression", "happy"]
    result = pixelsmile(*words, "--json")
    assert result.code == 1
    assert result.rows[0]["code"] == "model_missing"
    assert "pixelsmile models get qwen-image-edit-2511" in result.err


def test_edit_pastes_the_face_back_and_leaves_the_rest(
    pixelsmile: Call, model: Path, lora: Path, tmp_path: Path
) -> None:
    photo = RESOURCES / "samples" / "eileen_collins.png"
    words: list[str | Path] = ["edit", photo, "--out", tmp_path / "out", "--editor", "pixelsmile"]
    words += ["--model-path", model, "--lora-path", lora, "--precision", "int8", "--steps", "2"]
    result = pixelsmile(*words, "--expression", "happy", "--scales", "0", "0.5", "1.0", "--json")
    assert result.code == 0
    assert "int8 was asked for" in result.err
    # What a model of random weights makes is put aside, and shown as it is.
    folders = [Path(row["output"]).parent.name for row in result.rows]
    assert folders == ["out", "needs-review", "needs-review"]
    assert all("left alone" in str(row["review"]) for row in result.rows[1:])
    copy, half, full = (np.asarray(Image.open(row["output"])) for row in result.rows)
    original = np.asarray(Image.open(photo))
    assert np.array_equal(copy, original)
    assert not np.array_equal(half, full)
    changed = (full != original).any(axis=2)
    assert changed.mean() > 0.1
    assert not changed[-20:].any()


@pytest.mark.parametrize("command", ["edit", "batch"])
def test_what_is_put_aside_is_the_users_to_say(
    pixelsmile: Call, model: Path, lora: Path, tmp_path: Path, command: str
) -> None:
    photos = tmp_path / "in"
    photos.mkdir()
    (photos / "a.png").write_bytes((RESOURCES / "samples" / "eileen_collins.png").read_bytes())
    source = photos if command == "batch" else photos / "a.png"
    words: list[str | Path] = [command, source, "--out", tmp_path / "out", "--editor", "pixelsmile"]
    words += ["--model-path", model, "--lora-path", lora, "--precision", "int8", "--steps", "2"]
    words += ["-e", "happy", "--json"]
    for name in ("shift", "scale", "rotation", "colour", "residual"):
        words += ["--review-limit", f"{name}=10000"]
    lenient = pixelsmile(*words, "--review-limit", "identity=-1")
    assert lenient.code == 0, lenient.err
    (row,) = [row for row in lenient.rows if row.get("output")]
    # A model of random weights leaves no face, which no limit lets pass; without the others, all
    # that it makes is said to have "changed what it should have left alone" too.
    assert set(row.get("review", [])) <= {"No face was found in the edited picture."}


@needs_c2pa
def test_infer_signs(pixelsmile: Call, model: Path, lora: Path, tmp_path: Path) -> None:
    import c2pa

    signed = signature_in(tmp_path)
    words = infer_words(model, lora, tmp_path / "out", "--format", "jpeg", "-e", "happy")
    result = pixelsmile(*words, "--sign", signed.certificate, "--sign-key", signed.key)
    assert result.code == 0, result.err
    with c2pa.Reader(result.rows[0]["output"]) as reader:
        assert reader.get_validation_state() in ("Valid", "Trusted")
        assert "compositeWithTrainedAlgorithmicMedia" in reader.json()
        assert "grace_hopper" in reader.json()


def test_pictures_in_the_making_reach_the_front_end(
    model: Path, lora: Path, tmp_path: Path
) -> None:
    buffer = tmp_path / "step"
    choice = ModelChoice(str(model), (Lora(str(lora)),), "fp32")
    blends = tuple(Blend({"happy": a}, str(tmp_path / f"{a}")) for a in (0.5, 1.0))
    events: list[Event] = []
    shown: list[bytes] = []

    def hear(event: Event) -> None:
        events.append(event)
        if isinstance(event, StepPreview):
            shown.append(buffer.read_bytes()[: event.width * event.height * 3])

    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(tmp_path).items():
            patch.setenv(name, value)
        client = WorkerClient(log=None)
        try:
            job = EditWhole(
                client.next_job_id(), str(HOPPER), blends, "png", Sampling(3), 42, choice,
                str(buffer),
            )  # fmt: skip
            ending = client.run(job, hear, timeout_s=100)
        finally:
            client.close()
    assert isinstance(ending, Finished)
    previews = [event for event in events if isinstance(event, StepPreview)]
    assert [event.index for event in previews] == [0, 1] * 3
    assert {(event.width, event.height) for event in previews} == {(64, 64)}
    assert len(set(shown)) > 2
    steps = [event.done for event in events if isinstance(event, Progress)]
    assert steps == sorted(steps)


def test_a_stopped_infer_leaves_at_once_and_nothing_half(
    model: Path, lora: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    words = [*infer_words(model, lora, out, "--expression", "happy")]
    words[words.index("--steps") + 1] = "150"
    process = subprocess.Popen(
        [sys.executable, "-m", "engine.cli.main", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(tmp_path),
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while not out.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(8)
    process.send_signal(signal.SIGINT)
    started = time.monotonic()
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert time.monotonic() - started < 5
    assert list(out.iterdir()) == []
