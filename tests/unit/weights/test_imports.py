"""Models taken from disk: linked or copied, whole and right, or not at all."""

import struct
from pathlib import Path

import pytest

from engine.weights import WeightsError, installed, locate
from engine.weights.catalogue import catalogued
from engine.weights.imports import import_model
from engine.weights.store import Installation, locked, read_record, remove
from engine.weights.verification import verify
from tests.helpers.weights import (
    AT_THE_HUB,
    FILES,
    FIRST,
    LORA,
    NOT_TAKEN,
    PACK,
    SECOND,
    sha256,
    write_files,
)
from tests.unit.weights.conftest import Listening

pytestmark = pytest.mark.usefixtures("store")


def take(name: str, source: Path, watch: Listening) -> Installation:
    return import_model(catalogued(name), source, accepted=None, watch=watch)


def files_below(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_a_folder_is_taken_without_what_does_not_belong(
    tmp_path: Path, store: Path, watch: Listening
) -> None:
    source = write_files(tmp_path / "mine", FILES | NOT_TAKEN)
    record = take("tiny", source, watch)
    assert files_below(store / "tiny") == {*FILES, "installed.json"}
    assert {file.path: file.sha256 for file in record.files} == {
        path: sha256(content) for path, content in FILES.items()
    }
    assert (record.source, record.revision, record.accepted) == ("import", "", None)
    assert read_record("tiny") == record
    assert installed("tiny") == installed("someone/tiny") == locate("tiny") == store / "tiny"
    assert watch.done[-1] == watch.total == record.size_bytes
    assert files_below(source) == {*FILES, *NOT_TAKEN}


def test_files_on_the_same_disk_take_no_more_room(
    tmp_path: Path, store: Path, watch: Listening
) -> None:
    take("tiny", write_files(tmp_path / "mine", FILES), watch)
    assert (store / "tiny" / FIRST).samefile(tmp_path / "mine" / FIRST)


def test_links_of_a_download_cache_are_followed(
    tmp_path: Path, store: Path, watch: Listening
) -> None:
    write_files(tmp_path, {"blobs/1": AT_THE_HUB[LORA]})
    (tmp_path / "snapshot").mkdir()
    (tmp_path / "snapshot" / LORA).symlink_to(tmp_path / "blobs" / "1")
    take("lora", tmp_path / "snapshot", watch)
    assert not (store / "lora" / LORA).is_symlink()
    assert locate("lora") == store / "lora" / LORA


def test_a_single_file_may_have_any_name(tmp_path: Path, store: Path, watch: Listening) -> None:
    write_files(tmp_path, {"my copy.st": AT_THE_HUB[LORA]})
    take("lora", tmp_path / "my copy.st", watch)
    assert installed("lora") == store / "lora" / LORA


def test_a_pack_is_taken_by_its_hashes(tmp_path: Path, store: Path, watch: Listening) -> None:
    take("pack", write_files(tmp_path / "pack", PACK), watch)
    assert installed("pack") == store / "pack"


def cut(content: bytes) -> bytes:
    return content[:-1]


@pytest.mark.parametrize(
    ("name", "changes", "sentence"),
    [
        ("tiny", {"model_index.json": None}, "lacks the file model_index.json"),
        ("tiny", {FIRST: None}, f"lacks the file {FIRST}"),
        ("tiny", {SECOND: None}, f"lacks the file {SECOND}"),  # only the index names it
        ("tiny", {"model_index.json": b"{"}, "model_index.json of tiny is no JSON"),
        ("tiny", {"vae/weights.safetensors.index.json": b"[]"}, "is no index of tensors"),
        ("tiny", {FIRST: cut(FILES[FIRST])}, f"{FIRST} of tiny is cut off"),
        ("tiny", {SECOND: b"short"}, f"{SECOND} of tiny is no safetensors file"),
        ("tiny", {SECOND: struct.pack("<Q", 1 << 60) + b"{}"}, "is no safetensors file"),
        ("tiny", {SECOND: b"\x80\x04K\x01." * 9}, "is no safetensors file"),
        ("lora", {LORA: AT_THE_HUB[SECOND]}, f"{LORA} is not the one that lora has"),
        ("pack", {"b.onnx": b"another graPh"}, "b.onnx is not the one that pack has"),
        ("pack", {"b.onnx": None}, "lacks the file b.onnx"),
    ],
)
def test_the_first_wrong_file_is_named_and_nothing_is_taken(
    tmp_path: Path,
    store: Path,
    watch: Listening,
    name: str,
    changes: dict[str, bytes | None],
    sentence: str,
) -> None:
    files = {"tiny": FILES, "lora": {LORA: AT_THE_HUB[LORA]}, "pack": PACK}[name] | changes
    source = write_files(
        tmp_path / "mine", {path: content for path, content in files.items() if content is not None}
    )
    with pytest.raises(WeightsError) as raised:
        take(name, source, watch)
    assert sentence in str(raised.value)
    assert raised.value.code in ("layout", "model_damaged")
    assert installed(name) is None
    assert not store.exists() or not [p for p in store.iterdir() if p.is_dir()]


@pytest.mark.parametrize("source", ["nowhere", "a file"])
def test_a_source_that_is_no_folder_is_named(tmp_path: Path, watch: Listening, source: str) -> None:
    write_files(tmp_path, {"a file": b"x"})
    with pytest.raises(WeightsError, match=source):
        take("tiny", tmp_path / source, watch)


def test_an_installed_model_is_not_overwritten(
    tmp_path: Path, store: Path, watch: Listening
) -> None:
    source = write_files(tmp_path / "mine", FILES)
    take("tiny", source, watch)
    with pytest.raises(WeightsError, match="installed already"):
        take("tiny", source, watch)
    assert verify("tiny", watch).whole


def test_a_copy_that_does_not_fit_is_refused_first(
    tmp_path: Path, store: Path, watch: Listening
) -> None:
    """Where there is a second disk; on the same one files are linked and take no room."""
    shm = Path("/dev/shm")
    if not shm.is_dir() or shm.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second disk")
    source = write_files(tmp_path / "mine", FILES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIXELSMILE_MODELS", str(shm / f"pixelsmile-{tmp_path.name}"))
        try:
            with pytest.raises(WeightsError, match=r"0\.0 GB and 0\.5 GB in reserve, but 0\.1 GB"):
                import_model(
                    catalogued("tiny"),
                    source,
                    accepted=None,
                    watch=watch,
                    free=lambda folder: 100_000_000,
                )
        finally:
            folder = shm / f"pixelsmile-{tmp_path.name}"
            for path in sorted(folder.rglob("*"), reverse=True):
                path.unlink()
            folder.rmdir()


def test_two_do_not_change_one_model_at_once(tmp_path: Path, watch: Listening) -> None:
    source = write_files(tmp_path / "mine", FILES)
    with locked("tiny"), pytest.raises(WeightsError, match="nother program") as raised:
        take("tiny", source, watch)
    assert raised.value.code == "busy"
    take("tiny", source, watch)


def test_damage_is_named_file_by_file(tmp_path: Path, store: Path, watch: Listening) -> None:
    take("tiny", write_files(tmp_path / "mine", FILES), watch)
    assert verify("tiny", watch).whole
    weights = bytearray((store / "tiny" / FIRST).read_bytes())
    weights[len(weights) // 2] ^= 1
    (store / "tiny" / FIRST).write_bytes(weights)
    (store / "tiny" / "vae/config.json").unlink()
    findings = verify("tiny", watch)
    assert findings.damaged == (FIRST,)
    assert findings.missing == ("vae/config.json",)
    with pytest.raises(WeightsError, match=r"vae/config\.json") as raised:
        locate("tiny")
    assert raised.value.code == "model_damaged"


def test_what_is_removed_is_gone(tmp_path: Path, store: Path, watch: Listening) -> None:
    source = write_files(tmp_path / "mine", FILES)
    taken = take("tiny", source, watch).size_bytes
    write_files(store / "tiny.partial", {"a.part": b"12345"})
    assert taken < remove("tiny") < taken + 10_000
    assert installed("tiny") is None
    assert files_below(source) == set(FILES)
    with pytest.raises(WeightsError, match="not installed"):
        remove("tiny")


def test_a_folder_of_somebody_else_is_left_alone(store: Path, watch: Listening) -> None:
    write_files(store / "tiny", {"diary.txt": b"dear diary"})
    with pytest.raises(WeightsError, match="not made by this program"):
        remove("tiny")
    with pytest.raises(WeightsError, match="not made by this program"):
        locate("tiny")
    assert (store / "tiny" / "diary.txt").exists()


def test_a_damaged_record_can_be_removed(tmp_path: Path, store: Path, watch: Listening) -> None:
    take("tiny", write_files(tmp_path / "mine", FILES), watch)
    (store / "tiny" / "installed.json").write_text("{")
    with pytest.raises(WeightsError, match=r"pixelsmile models remove tiny"):
        installed("tiny")
    remove("tiny")
    assert installed("tiny") is None
