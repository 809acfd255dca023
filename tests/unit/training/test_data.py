"""Data sets read in both layouts, checked, proposed and made."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace
from PIL import Image

from engine.recipes import RESOURCES
from engine.training.config import Config, load_config, parse_config, save_config
from engine.training.data.check import check, write_html
from engine.training.data.dataset import read_triplets
from engine.training.data.folders import read_folders
from engine.training.data.pictures import square
from engine.training.data.propose import propose_scores, read_blendshapes
from engine.training.data.synthetic import make_graded
from engine.training.data.triplets import read_published, write_published
from engine.training.errors import TrainingError

SAMPLES = RESOURCES / "samples"


def config_for(path: Path, **data: Any) -> Config:
    return parse_config(
        {
            "run": {"folder": "run"},
            "data": {"path": str(path), "side_px": 128, **data},
            "rights": {"holder": "a studio", "consent": "signed releases"},
            "losses": {"contrast": 0},
        }
    )


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Graded pictures of two persons by the instant editor."""
    out = tmp_path_factory.mktemp("pairs")
    photos = [SAMPLES / "grace_hopper.jpg", SAMPLES / "eileen_collins.png"]
    make_graded(photos, out, ("fear", "surprised", "happy"), (0.3, 1.0))
    return out


def row(**changes: Any) -> dict[str, Any]:
    shown = {"image": "a.png", "category": "fear", "scores": {"fear": 0.5}, "boxes": [1, 2, 3, 4]}
    return {
        "src": {"image": "n.png", "box": [0, 0, 9, 9]},
        "dst": [shown, {"image": "b.png", "category": "sad", "scores": {"sad": 1}}],
        **changes,
    }


def test_the_published_rows_are_read_and_written_back(tmp_path: Path) -> None:
    file = tmp_path / "train.jsonl"
    file.write_text(json.dumps(row()) + "\n\n")
    triplet = read_published(file)[0]
    assert triplet.source.box == (0, 0, 9, 9)  # the paper's spelling
    assert triplet.targets[0].picture.box == (1, 2, 3, 4)  # the script's
    assert triplet.targets[0].picture.path == str(tmp_path / "a.png")
    assert triplet.targets[1].score == 1.0
    write_published(tmp_path / "again.jsonl", [triplet])
    assert read_published(tmp_path / "again.jsonl") == [triplet]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ({"dst": []}, "dst must be a list of two"),
        ({"src": {}}, "src.image is missing"),
        ({"src": {"image": "n.png", "box": [5, 5, 2, 9]}}, "box is empty"),
        ({"dst": [{"image": "a", "category": "x", "scores": {}}] * 2}, "none for its category"),
        ({"dst": [{"image": "a", "category": "x", "scores": {"x": "1"}}] * 2}, "must be numbers"),
    ],
)
def test_a_row_that_is_wrong_is_named(tmp_path: Path, bad: Any, reason: str) -> None:
    file = tmp_path / "train.jsonl"
    file.write_text(json.dumps(row()) + "\n" + json.dumps(row(**bad)) + "\n")
    with pytest.raises(TrainingError, match=f"line 2.*{reason}"):
        read_published(file)


def test_folders_make_triplets_of_confusing_pairs(pairs: Path) -> None:
    triplets = read_folders(pairs, config_for(pairs).words)
    shown = {Path(t.picture.path).name for one in triplets for t in one.targets}
    assert len(shown) == 6  # every picture is used
    for one in triplets:
        assert one.synthetic
        assert Path(one.source.path).name == "neutral.png"
        assert Path(one.source.path).parent.name == one.person
    together = {frozenset(t.expression for t in one.targets) for one in triplets}
    assert frozenset(("fear", "surprised")) in together
    for one in triplets:
        if {t.expression for t in one.targets} == {"fear", "surprised"}:
            assert one.targets[0].score == one.targets[1].score  # the nearest intensity


def test_a_table_names_pictures_that_have_no_telling_names(tmp_path: Path) -> None:
    person = tmp_path / "anna"
    person.mkdir()
    for name in ("neutral.png", "IMG_1.png", "sad_0,4.png"):
        Image.new("RGB", (8, 8)).save(person / name)
    (person / "scores.csv").write_text("file;expression;intensity\nIMG_1.png;happy;0,75\n")
    (triplet,) = read_folders(tmp_path, config_for(tmp_path).words)
    assert {t.expression: t.score for t in triplet.targets} == {"happy": 0.75, "sad": 0.4}
    (person / "IMG_2.png").write_bytes((person / "IMG_1.png").read_bytes())
    with pytest.raises(TrainingError, match=r"IMG_2\.png says no expression"):
        read_folders(tmp_path, config_for(tmp_path).words)


def test_a_good_data_set_may_be_trained_on(pairs: Path, tmp_path: Path) -> None:
    config = config_for(pairs)
    report, seen = check(config, read_triplets(config))
    assert report.ok, report.findings
    assert report.balance == {"fear": 4, "surprised": 4, "happy": 4}
    assert report.intensities["fear"] == (2, 0, 2)
    assert report.confusing["fear–surprised"] == 4
    codes = {one.code for one in report.findings}
    assert "synthetic" in codes
    assert not codes & {"no_face", "other_person", "duplicate", "not_graded", "uncovered"}
    write_html(tmp_path / "report.html", report, seen)
    text = (tmp_path / "report.html").read_text()
    assert "fear–surprised" in text
    assert "http" not in text.replace("data:image", "")


def test_what_is_wrong_is_found(pairs: Path, tmp_path: Path) -> None:
    """One fault of each kind in a copy of a good data set."""
    triplets = read_triplets(config_for(pairs))
    first = triplets[0]
    person = Path(first.source.path).parent
    other = next(p for p in pairs.iterdir() if p.is_dir() and p != person)
    copy, blank, gone = tmp_path / "copy.png", tmp_path / "blank.png", tmp_path / "gone.png"
    copy.write_bytes(Path(first.source.path).read_bytes())
    Image.fromarray(np.full((64, 64, 3), 90, np.uint8)).save(blank)

    def with_target(path: Path, **changes: Any) -> Any:
        shown = replace(first.targets[0].picture, path=str(path), box=changes.pop("box", None))
        target = replace(first.targets[0], picture=shown, **changes)
        return replace(first, targets=(target, first.targets[1]))

    broken = [
        *triplets,
        with_target(copy),
        with_target(blank),
        with_target(gone),
        with_target(other / "fear_1.png"),
        with_target(person / "fear_1.png", scores={"fear": 1.4}),
        with_target(person / "fear_1.png", expression="bored", scores={"bored": 0.5}),
        with_target(person / "fear_1.png", box=(0, 0, 9000, 9000)),
        replace(first, targets=(first.targets[0], first.targets[0])),
        first,
    ]
    unstated = replace(config_for(pairs), rights=replace(config_for(pairs).rights, consent=" "))
    report, _ = check(unstated, broken)
    assert not report.ok
    codes = {one.code: one for one in report.findings}
    count = len(triplets)
    for code, number in {
        "duplicate": count,
        "no_face": count + 1,
        "small": count + 1,
        "missing_file": count + 2,
        "other_person": count + 3,
        "score_range": count + 4,
        "unknown_expression": count + 5,
        "box_outside": count + 6,
        "same_picture": count + 7,
        "repeated": count + 8,
    }.items():
        assert number in codes[code].triplets, code
    assert "consent" in codes
    assert "gone.png" in codes["missing_file"].sentence


def test_scores_are_proposed_in_the_right_order(pairs: Path) -> None:
    """A guess that ranks: the stronger picture scores higher for its own expression."""
    person = pairs / "grace_hopper"
    rest = read_blendshapes(person / "neutral.png")
    weak, strong = (read_blendshapes(person / f"happy_{score}.png") for score in ("0.3", "1"))
    assert weak is not None
    assert strong is not None
    proposed = [propose_scores(shown, rest)["happy"] for shown in (weak, strong)]
    assert proposed[0] < proposed[1]
    assert len(propose_scores(strong, rest)) == 12
    assert propose_scores(rest or {}, rest)["happy"] == 0


def test_the_square_is_cut_around_the_box() -> None:
    """Wider than high: the box decides sideways, within the picture."""
    pixels = np.zeros((100, 300, 3), np.uint8)
    pixels[:, 250:260] = 255
    left = square(Image.fromarray(pixels), 50, "crop")
    assert np.asarray(left).max() == 0
    around = np.asarray(square(Image.fromarray(pixels), 50, "crop", (245, 30, 265, 60)))
    assert around.shape == (50, 50, 3)
    assert around.max() > 200
    padded = np.asarray(square(Image.fromarray(pixels), 50, "padding"))
    assert padded.shape == (50, 50, 3)
    assert padded[:, 42:43].min() > 100  # reflected above and below, not black


def test_the_configuration_is_kept_as_it_was_read(tmp_path: Path) -> None:
    (tmp_path / "clip").mkdir()
    (tmp_path / "train.toml").write_text(
        '[run]\nfolder = "run"\n[data]\npath = "faces"\n[model]\nclip = "clip"\n'
        '[look]\nexpressions = ["bored"]\n[lora]\nalpha = 32\n'
    )
    config = load_config(tmp_path / "train.toml")
    assert config.data.path == str(tmp_path / "faces")
    assert config.words[-1] == "bored"
    assert len(config.words) == 13
    assert config.lora.alpha == 32
    save_config(config, tmp_path / "config.json")
    assert load_config(tmp_path / "config.json") == config


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"lora": {"rank": 0}}, "lora.rank"),
        ({"lora": {"rnak": 4}}, "lora.rnak"),
        ({"losses": {"contrast_mode": "triplet"}}, "losses.contrast_mode"),
        ({"losses": {"contrast": 1.0}}, "model.clip"),
        ({"data": {"path": "x", "side_px": 500}}, "data.side_px"),
        ({"optimisation": {"batch": 6, "micro_batch": 4}}, "optimisation.batch"),
        ({"look": {"name": "../x"}}, "look.name"),
        ({"validation": {"alphas": [0.0, 2.0]}}, "validation.alphas"),
        ({"run": {}}, "run.folder"),
    ],
)
def test_an_error_names_its_field(change: dict[str, Any], field: str) -> None:
    good: dict[str, Any] = {
        "run": {"folder": "x"}, "data": {"path": "y"}, "losses": {"contrast": 0},
    }  # fmt: skip
    with pytest.raises(TrainingError) as caught:
        parse_config({**good, **change})
    assert caught.value.reason.startswith(f"{field}:")


def test_a_batch_is_shared_out_evenly_or_refused() -> None:
    config = parse_config(
        {"run": {"folder": "x"}, "data": {"path": "y"}, "losses": {"contrast": 0}}
    )
    assert config.accumulation(1) == 4
    assert config.accumulation(4) == 1
    with pytest.raises(TrainingError, match=r"optimisation\.batch"):
        config.accumulation(3)
    assert config.total_steps(100) == 625


def test_reading_and_checking_load_no_torch() -> None:
    """A configuration and its data are looked at where no model can run."""
    program = (
        "import sys, engine.training.config, engine.training.data.check\n"
        "import engine.training.data.dataset, engine.training.data.synthetic, engine.cli.train\n"
        "sys.exit(bool({'torch', 'diffusers', 'transformers'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
