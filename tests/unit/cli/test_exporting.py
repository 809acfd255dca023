"""What is typed about the files, and whole calls of `edit` with it."""

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from PIL import Image

from engine.cli.exporting import Naming, read_export
from engine.cli.option_groups import ExportOptions
from engine.cli.options import UsageFault, looks, parse_blend, parse_scales
from engine.cli.stills import plan
from engine.recipes import Consent, Export, ExportPreset
from tests.unit.photos import camera_files as files

ROOT = Path(__file__).parents[3]


def test_nothing_typed_is_as_it_came() -> None:
    assert read_export(ExportOptions()) == ("source", Export(), Naming())


def test_what_is_typed_counts_more_than_the_preset() -> None:
    format, export, naming = read_export(ExportOptions(preset="web", size=900, format="AVIF"))
    assert (format, export.longest_px, export.quality) == ("avif", 900, 85)
    assert naming == Naming("{name}_{expression}_{scale}_web", "overwrite", "avif")


def test_a_preset_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    mine = ExportPreset("mine", "png", Export(profile="srgb"), "{name}", "skip")
    path.write_bytes(msgspec.json.encode(mine))
    format, export, naming = read_export(ExportOptions(preset=str(path)))
    assert (format, export, naming) == ("png", mine.export, Naming("{name}", "skip", "png"))
    path.write_text('{"name": "x", "format": "psd"}')
    with pytest.raises(UsageFault, match=r"mine\.json"):
        read_export(ExportOptions(preset=str(path)))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (ExportOptions(format="psd"), "--format"),
        (ExportOptions(profile="cmyk"), "--profile"),
        (ExportOptions(quality=0), "--quality"),
        (ExportOptions(size=3), "size"),
        (ExportOptions(strip_metadata="exif"), "--strip-metadata"),
        (ExportOptions(preset="nope"), "--export-preset"),
        (ExportOptions(name="{nope}"), "--name"),
        (ExportOptions(collision="ask"), "--collision"),
        (ExportOptions(consent=["Eve"]), "--sidecar"),
        (ExportOptions(sidecar=True, consent=[": x"]), "--consent"),
        (ExportOptions(sign="a.pem"), "--sign-key"),
        (ExportOptions(sign="a.pem", sign_key="b.pem"), "is no file"),
    ],
)
def test_faults(options: ExportOptions, said: str) -> None:
    with pytest.raises(UsageFault, match=said):
        read_export(options)


def test_consents() -> None:
    _, export, _ = read_export(
        ExportOptions(sidecar=True, consent=["Eve: release of 6 May", "shoot"])
    )
    assert export.consents == (Consent("Eve", "release of 6 May"), Consent("shoot"))


def test_names_are_planned(tmp_path: Path) -> None:
    (tmp_path / "0002_anna.webp").touch()
    naming = Naming("{seq:4}_{name}.{ext}", "skip", "jpeg")
    wanted = looks(parse_blend(["happy"]), parse_scales(["0.5", "1"]))
    tasks = plan([Path("a/anna.jpg"), Path("b/ben.png")], tmp_path, wanted, [], naming)
    names = [[path.name for path in task.outputs] for task in tasks]
    assert names[0][0] == "0001_anna"
    assert names[1] == ["0003_ben", "0004_ben"]
    assert [task.skipped for task in tasks] == [frozenset({1}), frozenset()]


def call(*arguments: object) -> subprocess.CompletedProcess[str]:
    """A whole `pixelsmile edit`."""
    return subprocess.run(
        [sys.executable, "-m", "engine.cli.main", "edit", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_edit_writes_as_it_is_told(tmp_path: Path) -> None:
    photo, out = tmp_path / "anna.jpg", tmp_path / "out"
    files.p3_jpeg(photo)
    options = ["-e", "happy=0.6", "-o", out, "--format", "avif", "--profile", "srgb"]
    options += ["--size", "256", "--name", "{name}_{seq:3}", "--collision", "skip", "--sidecar"]
    first = call(photo, *options, "--consent", "Eve: mail", "--json")
    assert first.returncode == 0, first.stderr
    row = json.loads(first.stdout)
    with Image.open(row["output"]) as image:
        assert (image.format, image.size) == ("AVIF", (256, 256))
    sidecar = json.loads((tmp_path / "anna.jpg.pixelsmile.json").read_text())
    assert sidecar["consents"][0]["subject"] == "Eve"
    assert sidecar["edits"][0]["name"] == "anna_001"
    again = call(photo, *options)
    assert again.returncode == 0
    assert again.stdout == ""
    assert "there already" in again.stderr
