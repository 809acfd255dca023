"""The wizard's draft: what it lets pass, what it writes for the trainer, what that will take."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from engine.recipes import Lora, ModelChoice
from engine.training.config import load_config, parse_config
from pixelsmile_desktop.models.runs import Progress
from pixelsmile_desktop.models.training import (
    DRAFT,
    PAGES,
    PRESETS,
    Draft,
    Facts,
    Gpu,
    Look,
    Page,
    Person,
    Report,
    Settings,
    all_faults,
    check_key,
    configuration,
    faults,
    keep_look,
    looks_in,
    next_look_file,
    preset_of,
    read_draft,
    with_look,
    write_run,
)
from pixelsmile_desktop.models.training_cost import (
    TRIPLET_S,
    estimate,
    gpu_factor,
    gpus_used,
    total_steps,
)

ANNA = Person("Anna", "training, until revoked", "releases/anna.pdf", True)
WHOLE = Draft(
    holder="Studio North", people=(ANNA,), data="/photos/faces", name="studio-warm",
    words=("smirk",), target="node",
)  # fmt: skip
H200 = Gpu("NVIDIA H200", memory_bytes=141 << 30, free_bytes=140 << 30)
NODE = Facts("node", gpus=(H200,), disk_free_bytes=10**12, models=("qwen-image-edit-2511",))


def report(draft: Draft = WHOLE) -> Report:
    return Report(check_key(draft), ok=True, triplets=2000, pictures=4400, persons=100)


def codes(draft: Draft, page: Page, found: Report | None = None) -> list[str]:
    return [one.code for one in faults(draft, page, found or report(draft), NODE)]


def changed(**values: Any) -> Draft:
    return msgspec.structs.replace(WHOLE, **values)


def test_nothing_is_missing_in_a_whole_draft() -> None:
    assert all_faults(WHOLE, report(), NODE) == []
    lacking = {page for page, _ in all_faults(Draft(), None, None)}
    assert lacking == {"consent", "data", "look", "target"}


@pytest.mark.parametrize(
    ("person", "code"),
    [
        (msgspec.structs.replace(ANNA, is_confirmed=False), "not_confirmed"),
        (msgspec.structs.replace(ANNA, name=" "), "no_name"),
        (msgspec.structs.replace(ANNA, agreed=""), "not_agreed"),
        (Person(), "no_person"),
    ],
)
def test_everybody_has_to_have_agreed(person: Person, code: str) -> None:
    others = () if person == Person() else (ANNA,)
    assert code in codes(changed(people=(*others, person)), "consent")
    assert codes(changed(people=(ANNA, Person())), "consent") == []  # a box that nobody filled


def test_another_data_set_needs_another_check() -> None:
    old = report()
    for draft in (changed(data="/other"), changed(words=("wink",)), changed(subject="anime")):
        assert codes(draft, "data", old) == ["not_checked"]
    assert codes(changed(words=("wink",)), "look", old) == ["not_checked_again"]
    assert codes(WHOLE, "data", replace(old, ok=False)) == ["data_faults"]


@pytest.mark.parametrize(
    ("fields", "page", "code"),
    [
        ({"words": ("half-smile",)}, "data", "bad_word"),
        ({"words": ("happy",)}, "look", "known_word"),
        ({"words": ("neutral",)}, "look", "known_word"),
        ({"name": "Studio Warm"}, "look", "bad_look_name"),
        ({"start": "/x/look.pt"}, "look", "bad_start"),
        ({"data": "faces"}, "data", "relative_data"),
        ({"target": "other"}, "target", "not_probed"),
        ({"settings": Settings(batch=6, micro_batch=4)}, "settings", "uneven_batch"),
        ({"settings": Settings(side_px=500)}, "settings", "bad_side"),
        ({"settings": Settings(alphas=(0.5, 0.5))}, "settings", "bad_alphas"),
        ({"settings": Settings(alphas=(0.0, 2.0))}, "settings", "bad_alphas"),
    ],
)
def test_what_the_trainer_would_refuse_is_told_on_its_page(
    fields: dict[str, Any], page: Page, code: str
) -> None:
    assert code in codes(changed(**fields), page)


@pytest.mark.parametrize("name", list(PRESETS))
def test_the_trainer_takes_what_is_written(name: str, tmp_path: Path) -> None:
    settings = msgspec.structs.replace(PRESETS[name], clip=str(tmp_path))  # type: ignore[index]
    draft = changed(settings=settings)
    config = load_config(write_run(draft, tmp_path / "one"))
    assert config.rights.holder == "Studio North"
    assert config.rights.consent.startswith("Anna: training, until revoked")
    assert config.look.expressions == ("smirk",)
    assert config.run.folder == str(tmp_path / "one" / "run")
    assert config.losses.contrast == 1.0
    assert read_draft(tmp_path / "one" / DRAFT) == draft
    assert (tmp_path / "one" / DRAFT).stat().st_mode & 0o077 == 0
    assert preset_of(settings) == name


def test_thorough_is_the_published_method() -> None:
    with_clip = msgspec.structs.replace(PRESETS["thorough"], clip="/clip")
    written = parse_config(configuration(changed(settings=with_clip), Path("/run")))
    defaults = parse_config(
        {"run": {"folder": "/run"}, "data": {"path": "/x"}, "model": {"clip": "/clip"}}
    )
    for part in ("lora", "optimisation", "losses", "schedule", "ema", "validation", "checkpoints"):
        assert getattr(written, part) == getattr(defaults, part)


def test_without_clip_the_contrast_is_left_out_and_not_refused() -> None:
    table = configuration(changed(settings=Settings()), Path("/run"))
    assert table["losses"]["contrast"] == 0
    parse_config(table)


def test_a_half_written_draft_is_no_draft(tmp_path: Path) -> None:
    (tmp_path / DRAFT).write_text('{"holder": ')
    assert read_draft(tmp_path / DRAFT) is None


# ---- what it will take --------------------------------------------------------------------------


def test_time_grows_with_steps_and_shrinks_with_gpus() -> None:
    draft = changed(settings=PRESETS["thorough"], price=4.0)
    one = estimate(draft, report(), NODE, 10**9)
    four = estimate(draft, report(), msgspec.structs.replace(NODE, gpus=(H200,) * 4), 10**9)
    assert one.steps == total_steps(draft.settings, 2000) == 12_500
    assert one.seconds > 12_500 * 16 * TRIPLET_S
    assert four.gpus == 4
    assert 3 < one.seconds / four.seconds < 4
    assert one.money == pytest.approx(one.seconds / 3600 * 4.0)
    assert estimate(changed(price=0.0), report(), NODE, 0).money is None


def test_a_base_model_that_is_not_there_is_sent_and_takes_room() -> None:
    bare = msgspec.structs.replace(NODE, models=(), disk_free_bytes=50 * 10**9)
    with_model, without = estimate(WHOLE, report(), NODE, 5), estimate(WHOLE, report(), bare, 5)
    assert not with_model.sends_model
    assert with_model.upload_bytes == 5
    assert without.sends_model
    assert without.upload_bytes > 50 * 10**9
    assert without.lacks_disk
    here = changed(target="local")
    assert estimate(here, report(here), bare, 5).upload_bytes == 0


def test_a_batch_is_shared_out_evenly_or_not_at_all() -> None:
    assert gpus_used(Settings(batch=16, micro_batch=4), 8) == 4
    assert gpus_used(Settings(batch=16, micro_batch=4), 3) == 2
    assert gpus_used(Settings(batch=4, micro_batch=4), 8) == 1


def test_slower_cards_take_longer() -> None:
    names = ("NVIDIA H200", "NVIDIA A100-SXM4-80GB", "NVIDIA GeForce RTX 4090", "")
    factors = [gpu_factor(name, 16) for name in names]
    assert factors == sorted(factors)
    assert factors[0] == 1.0
    assert factors[-1] > 1000


# ---- what a run says ----------------------------------------------------------------------------


def test_of_two_rows_of_one_step_the_later_counts() -> None:
    said = Progress()
    said.take({"kind": "started", "time": 100.0, "step": 0, "total": 10})
    for at in range(1, 5):
        said.take({"kind": "step", "time": 100.0 + at, "step": at, "loss": 1.0, "seconds": 1.0})
    # It was killed after step 4, had saved step 2, and was resumed an hour later.
    said.take({"kind": "resumed", "time": 3700.0, "step": 2})
    said.take({"kind": "step", "time": 3701.0, "step": 3, "loss": 0.5, "seconds": 1.0})
    assert (said.steps[3].loss, said.steps[4].loss) == (0.5, 1.0)
    assert said.total == 10
    assert said.spent_s == pytest.approx(5.0)  # nobody pays for the hour
    assert said.cost(3600.0) == pytest.approx(5.0)


def test_nonsense_from_a_node_is_left_out() -> None:
    said = Progress()
    for row in (
        {"kind": "step", "time": 1.0, "step": "three"},
        {"kind": "validation", "time": 1.0},
        {"kind": "checkpoint", "time": 1.0},
        {"kind": "unheard-of", "time": 1.0},
        {},
    ):
        assert said.take(row) == ""
    assert said == Progress()
    assert said.take({"kind": "step", "step": 1, "time": 2.0, "loss": None}) == "step"


# ---- looks --------------------------------------------------------------------------------------


def test_looks_have_versions_of_their_own(tmp_path: Path) -> None:
    first = next_look_file(tmp_path, "warm")
    assert first.name == "warm-v1.safetensors"
    for name in ("warm-v1", "warm-v9", "warm-v10", "warm-cool-v12"):
        (tmp_path / f"{name}.safetensors").write_bytes(b"")
    assert next_look_file(tmp_path, "warm").name == "warm-v11.safetensors"
    keep_look(Look("warm-v1", str(first), ("smirk",), "run-1", 300))
    keep_look(Look("gone-v1", str(tmp_path / "gone-v1.safetensors")))
    (tmp_path / "wrong.json").write_text(json.dumps([1]))
    assert [one.name for one in looks_in(tmp_path)] == ["warm-v1"]


def test_a_look_takes_the_place_of_another_and_of_nothing_else(tmp_path: Path) -> None:
    other = Lora("/elsewhere/lightning.safetensors")
    one = Look("a-v1", str(tmp_path / "a-v1.safetensors"), ("smirk",))
    two = Look("b-v1", str(tmp_path / "b-v1.safetensors"))
    model = with_look(ModelChoice(loras=(other,), precision="int8"), one, tmp_path)
    assert [lora.path for lora in model.loras] == [one.file, other.path]
    assert (model.words, model.precision) == (("smirk",), "int8")
    model = with_look(model, two, tmp_path)
    assert [lora.path for lora in model.loras] == [two.file, other.path]
    assert model.words == ()
    assert with_look(model, None, tmp_path).loras == (other,)


def test_pages_are_asked_in_their_order() -> None:
    found = [page for page, _ in all_faults(Draft(), None, None)]
    assert found == sorted(found, key=PAGES.index)
