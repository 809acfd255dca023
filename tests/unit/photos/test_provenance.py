"""What is said about an edit: in XMP packets, and signed."""

import datetime
import importlib.util
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

needs_c2pa = pytest.mark.skipif(
    not (importlib.util.find_spec("c2pa") and importlib.util.find_spec("cryptography")),
    reason="c2pa-python is not installed",
)


@pytest.fixture(scope="module")
def signature(tmp_path_factory: pytest.TempPathFactory) -> Export:
    """A certificate of a test authority, with its key."""
    folder = tmp_path_factory.mktemp("certificate")
    chain, key = _certificate()
    (folder / "chain.pem").write_bytes(chain)
    (folder / "key.pem").write_bytes(key)
    return Export(certificate=str(folder / "chain.pem"), key=str(folder / "key.pem"))


def _certificate() -> tuple[bytes, bytes]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    def name(text: str) -> x509.Name:
        return x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Test"),
                x509.NameAttribute(NameOID.COMMON_NAME, text),
            ]
        )

    now = datetime.datetime.now(datetime.UTC)
    authority, leaf = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))

    def issued(subject: str, key: Any, *, is_authority: bool) -> x509.Certificate:
        usage = {
            "digital_signature": not is_authority,
            "content_commitment": False,
            "key_encipherment": False,
            "data_encipherment": False,
            "key_agreement": False,
            "key_cert_sign": is_authority,
            "crl_sign": is_authority,
            "encipher_only": False,
            "decipher_only": False,
        }
        builder = (
            x509.CertificateBuilder()
            .subject_name(name(subject))
            .issuer_name(name("authority"))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=30))
            .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
            .add_extension(x509.KeyUsage(**usage), critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()),
                critical=False,
            )
        )
        if not is_authority:
            mail = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
            builder = builder.add_extension(mail, critical=False)
        return builder.sign(authority, hashes.SHA256())

    pem = serialization.Encoding.PEM
    chain = [
        issued("photographer", leaf, is_authority=False),
        issued("authority", authority, is_authority=True),
    ]
    key = leaf.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return b"".join(one.public_bytes(pem) for one in chain), key


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
    other.write_bytes(_certificate()[1])
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
