"""A certificate of a test authority, for signing."""

import datetime
import importlib.util
from pathlib import Path
from typing import Any

import pytest

from engine.recipes import Export

needs_c2pa = pytest.mark.skipif(
    not (importlib.util.find_spec("c2pa") and importlib.util.find_spec("cryptography")),
    reason="c2pa-python is not installed",
)


def signature_in(folder: Path) -> Export:
    """An export that signs with a certificate of a test authority, kept in the folder."""
    chain, key = chain_and_key()
    (folder / "chain.pem").write_bytes(chain)
    (folder / "key.pem").write_bytes(key)
    return Export(certificate=str(folder / "chain.pem"), key=str(folder / "key.pem"))


def chain_and_key() -> tuple[bytes, bytes]:
    """A new certificate with its authority's, and its private key, both PEM."""
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
