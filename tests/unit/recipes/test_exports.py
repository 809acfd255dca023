"""Names by template, export presets, sidecars."""

import json
import os
from pathlib import Path

import pytest

from engine.recipes import (
    Consent,
    Export,
    Intensities,
    PhotoEdit,
    SavedEdit,
    SidecarError,
    read_sidecar,
    save_edits,
    shipped_export_presets,
    still,
)
from engine.recipes.naming import NameFacts, TemplateError, check_template, filled, template_names
from engine.recipes.sidecar import sidecar_path

EDIT = PhotoEdit((still(Intensities({"happy": 0.5})),))


def facts(**changes) -> NameFacts:
    """A photo called anna.jpg, happy at 1.0."""
    plain = {"name": "anna", "ext": "jpg", "expression": "happy", "scale": "1.0", "sequence": 1}
    return NameFacts(**plain | changes)


def test_every_token_is_filled() -> None:
    template = "{folder}_{date}_{seq:4}_{person}_{name}_{expression}_{scale}_{ext}"
    name = filled(template, facts(folder="Bern", date="2024-05-06", person="Eve", sequence=12))
    assert name == "Bern_2024-05-06_0012_Eve_anna_happy_1.0_jpg"
    assert filled("{name}.{ext}", facts()) == "anna"
    assert filled("{person}-{date}-{folder}", facts()) == "unnamed-undated-photos"
    assert filled("{seq}", facts(sequence=12345)) == "12345"


def test_values_cannot_leave_the_folder() -> None:
    assert filled("{person}", facts(person="../Eve: a/b")) == "_Eve_ a_b"
    assert filled("{name}", facts(name=".hidden")) == "hidden"
    assert len(filled("{name}" * 40, facts(name="ü" * 50)).encode()) <= 200


@pytest.mark.parametrize(
    "template", ["{nme}", "{seq:x}", "{seq:0}", "{name:3}", "{name", "}", "a/{name}", "", " . "]
)
def test_templates_with_a_fault(template: str) -> None:
    with pytest.raises(TemplateError) as caught:
        check_template(template)
    assert str(caught.value).isprintable()


def test_collisions() -> None:
    outputs = [facts(scale=scale, sequence=n) for n, scale in enumerate(("0.5", "1.0"), 1)]
    there = {"anna_happy", "anna_happy-3"}.__contains__

    def named(collision, template="{name}_{expression}"):
        return template_names(template, outputs, collision=collision, exists=there)

    assert named("overwrite") == ["anna_happy", "anna_happy-2"]
    assert named("skip") == [None, "anna_happy-2"]
    assert named("number") == ["anna_happy-2", "anna_happy-4"]
    assert template_names("{name}", outputs, reserved=["Anna"]) == ["anna-2", "anna-3"]


def test_shipped_presets_and_limits() -> None:
    presets = shipped_export_presets()
    assert presets["web"].export.longest_px == 2048
    assert presets["print"].format == "tiff16"
    assert not presets["same"].export.changes_the_file
    assert Export(quality=80).changes_the_file
    assert not Export(sidecar=True, consents=(Consent("Eve"),)).changes_the_file
    with pytest.raises(ValueError, match="size"):
        Export(longest_px=3)
    with pytest.raises(ValueError, match="quality"):
        Export(quality=101)
    with pytest.raises(ValueError, match="certificate"):
        Export(certificate="a.pem")


def test_a_sidecar_gathers_edits_and_consents(tmp_path: Path) -> None:
    photo = tmp_path / "anna.CR2"
    photo.touch()
    others = [tmp_path / "anna.xmp", tmp_path / "anna.CR2.xmp", tmp_path / "anna.json"]
    for other in others:
        other.write_text("theirs")
    path = save_edits(photo, [SavedEdit("a", EDIT)], [Consent("Eve", "release")])
    save_edits(photo, [SavedEdit("b", EDIT), SavedEdit("a", EDIT)], [Consent("Eve", "new")])
    assert path.name == "anna.CR2.pixelsmile.json"
    assert json.loads(path.read_text())["pixelsmile_sidecar"] == 1
    found = read_sidecar(photo)
    assert found is not None
    assert [one.name for one in found.edits] == ["a", "b"]
    assert found.edits[0].edit == EDIT
    assert found.consents == (Consent("Eve", "new"),)
    assert [other.read_text() for other in others] == ["theirs"] * 3
    assert len(list(tmp_path.iterdir())) == 5
    assert read_sidecar(tmp_path / "other.jpg") is None


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"pixelsmile_sidecar": 99, "photo": "a"}', '{"pixelsmile_sidecar": 1}'],
)
def test_a_sidecar_that_is_not_understood_is_left_alone(text: str, tmp_path: Path) -> None:
    photo = tmp_path / "a.jpg"
    sidecar_path(photo).write_text(text)
    with pytest.raises(SidecarError):
        save_edits(photo, [SavedEdit("a", EDIT)])
    assert sidecar_path(photo).read_text() == text


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 0)() == 0, reason="root may write everything")
def test_a_folder_that_is_read_only(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OSError, match="denied"):
        save_edits(tmp_path / "a.jpg", [SavedEdit("a", EDIT)])
