"""What is said about an edit: in XMP packets, and signed."""

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from engine.photos import Provenance, WriteError, export_photo, open_photo, provenance_packet
from engine.photos import xmp as packets
from engine.photos.provenance import NAMESPACE, source_type_of
from engine.recipes import Export
from tests.unit.photos import camera_files as files
from tests.unit.photos.certificates import chain_and_key, needs_c2pa, signature_in
from tests.unit.photos.test_camera_files import skip_unreadable

BY_HAND = Provenance("humanEdits", "instant", '{"a":"<&>"}', "PixelSmile Desktop 1.2")
MADE = Provenance(
    "compositeWithTrainedAlgorithmicMedia",
    "pixelsmile",
    "{}",
    "PixelSmile Desktop 1.2",
    model="qwen",
    loras=("smile × 1",),
    seed=7,
)
TERMS = "http://cv.iptc.org/newscodes/digitalsourcetype/"


def value(packet: bytes, name: str) -> str | None:
    """A property of the own namespace."""
    return packets.value_of(packet, NAMESPACE, name)


def test_a_new_packet_is_whole_xml() -> None:
    packet = provenance_packet(None, BY_HAND)
    ElementTree.fromstring(packet.decode())
    assert value(packet, "Recipe") == '{"a":"<&>"}'
    assert value(packet, "Seed") is None
    assert f"{TERMS}humanEdits".encode() in packet


def test_what_stood_there_before_stays_once() -> None:
    before = files.packet('xmp:Rating="5"', xmp="http://ns.adobe.com/xap/1.0/")
    once = provenance_packet(before, MADE)
    twice = provenance_packet(once, MADE)
    assert twice == once
    ElementTree.fromstring(once.decode())
    assert b'xmp:Rating="5"' in once
    assert (value(once, "Model"), value(once, "Loras"), value(once, "Seed")) == (
        "qwen",
        "smile × 1",
        "7",
    )


def test_what_was_synthetic_stays_synthetic() -> None:
    made = provenance_packet(None, MADE)
    assert source_type_of(provenance_packet(made, BY_HAND)) == MADE.source_type
    born = files.packet(
        f'Iptc4xmpExt:DigitalSourceType="{TERMS}trainedAlgorithmicMedia"',
        Iptc4xmpExt=packets.IPTC_EXTENSION,
    )
    assert source_type_of(provenance_packet(born, MADE)) == "trainedAlgorithmicMedia"
    photographed = born.replace(b"trainedAlgorithmicMedia", b"digitalCapture")
    assert source_type_of(provenance_packet(photographed, BY_HAND)) == "humanEdits"


def test_other_subjects_and_encodings() -> None:
    about = files.packet("").replace(b'rdf:about=""', b'rdf:about="uuid:1"')
    packet = provenance_packet(about, BY_HAND)
    assert packet.count(b"uuid:1") == 2
    wide = files.packet('xmp:Label="é"', xmp="http://ns.adobe.com/xap/1.0/").decode()
    packet = provenance_packet(wide.encode("utf-16"), BY_HAND)
    assert "é".encode() in packet
    ElementTree.fromstring(packet.decode())
    assert source_type_of(provenance_packet(b"\xff\x00 no packet", BY_HAND)) == "humanEdits"


def test_hostile_packets_cost_no_more_than_their_length() -> None:
    pieces = (
        *(b"<xmp:Thumbnails>", b"<rdf:RDF>", b'<rdf:Description rdf:about="', b" "),
        *(b"<Iptc4xmpExt:DigitalSourceType>", b"<rdf:Description xmlns:a='", b" xmlns:a=''"),
    )
    declared = f"<x xmlns:Iptc4xmpExt='{packets.IPTC_EXTENSION}'>".encode()
    for piece in pieces:
        hostile = declared + b"<rdf:Description " + piece * (2_000_000 // len(piece))
        packets.upright(hostile)
        packets.unpadded(packets.without_places(hostile))
        assert source_type_of(provenance_packet(hostile, BY_HAND))


# ---- signed --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def signature(tmp_path_factory: pytest.TempPathFactory) -> Export:
    """A certificate of a test authority, with its key."""
    return signature_in(tmp_path_factory.mktemp("certificate"))


@needs_c2pa
@pytest.mark.parametrize("kind", ["jpeg", "png", "tiff", "webp", "avif", "heic"])
def test_signed_and_checked(kind: Any, signature: Export, tmp_path: Path) -> None:
    if kind == "heic":
        skip_unreadable(".heic")
    import c2pa

    source = tmp_path / "a.jpg"
    files.p3_jpeg(source)
    photo = open_photo(source)
    target = tmp_path / f"out.{kind}"
    export_photo(photo, photo.pixels, target, kind, signature, MADE)
    with c2pa.Reader(str(target)) as reader:
        assert reader.get_validation_state() in ("Valid", "Trusted")
        said = json.loads(reader.json())
    manifest = said["manifests"][said["active_manifest"]]
    assert manifest["title"] == target.name
    assert manifest["ingredients"][0]["relationship"] == "parentOf"
    actions = next(a for a in manifest["assertions"] if a["label"].startswith("c2pa.actions"))
    opened, edited = actions["data"]["actions"]
    assert opened["action"] == "c2pa.opened"
    assert edited["action"] == "c2pa.edited"
    assert edited["digitalSourceType"] == TERMS + MADE.source_type
    assert source_type_of(open_photo(target).xmp or b"") == MADE.source_type
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.jpg", target.name]


@needs_c2pa
def test_a_change_after_signing_shows(signature: Export, tmp_path: Path) -> None:
    import c2pa

    source = tmp_path / "a.jpg"
    files.p3_jpeg(source)
    photo = open_photo(source)
    target = tmp_path / "out.jpg"
    export_photo(photo, photo.pixels, target, "source", signature, BY_HAND)
    data = bytearray(target.read_bytes())
    data[-1000] ^= 1
    target.write_bytes(data)
    with c2pa.Reader(str(target)) as reader:
        assert reader.get_validation_state() == "Invalid"


@needs_c2pa
def test_a_certificate_that_is_none(signature: Export, tmp_path: Path) -> None:
    source = tmp_path / "a.jpg"
    files.p3_jpeg(source)
    photo = open_photo(source)
    other = tmp_path / "other.pem"
    other.write_bytes(chain_and_key()[1])
    faults = {
        signature.key: "holds no certificate",
        str(tmp_path / "none.pem"): "cannot be read",
    }
    for certificate, reason in faults.items():
        export = Export(certificate=certificate, key=signature.key)
        with pytest.raises(WriteError, match=reason) as caught:
            export_photo(photo, photo.pixels, tmp_path / "out.jpg", "source", export, BY_HAND)
        assert caught.value.code == "not_signed"
    export = Export(certificate=signature.certificate, key=str(other))
    with pytest.raises(WriteError) as caught:
        export_photo(photo, photo.pixels, tmp_path / "out.jpg", "source", export, BY_HAND)
    assert caught.value.code == "not_signed"
    assert not (tmp_path / "out.jpg").exists()
