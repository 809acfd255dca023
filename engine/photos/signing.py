"""Signing a picture with the user's certificate, as C2PA content credentials.

The manifest says that the photo was opened and edited and with what; the photo itself is its
parent ingredient, with the credentials that it may have carried. Nothing is fetched from the
network: neither time stamps, nor certificates' status, nor remote manifests.
"""

import base64
import importlib
import json
import os
import re
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.photos.errors import WriteError
from engine.photos.provenance import Provenance

EXTRA = "pixelsmile-desktop[c2pa]"

_MEDIA_TYPES = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "tiff": "image/tiff",
    "webp": "image/webp",
    "avif": "image/avif",
    "heic": "image/heic",
    "gif": "image/gif",
    "dng": "image/x-adobe-dng",
    "apng": "image/png",
    "frames": "image/png",
    "mp4": "video/mp4",
}
# The algorithm identifiers in a private key (RFC 5480, RFC 8410, RFC 8017) and their names in C2PA.
_ALGORITHMS = (
    (bytes.fromhex("06082a8648ce3d030107"), "es256"),
    (bytes.fromhex("06052b81040022"), "es384"),
    (bytes.fromhex("06052b81040023"), "es512"),
    (bytes.fromhex("06032b6570"), "ed25519"),
    (bytes.fromhex("06092a864886f70d010101"), "ps256"),
)
_SETTINGS: dict[str, Any] = {
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_trust": False},
    "builder": {"thumbnail": {"enabled": False}},
}


@dataclass(frozen=True)
class Signature:
    """What a picture is signed with: a certificate chain and its private key, both PEM."""

    certificate: bytes
    key: bytes
    algorithm: str


def read_signature(certificate: str, key: str, target: Path) -> Signature:
    """The user's certificate and key from their files.

    Raises:
        WriteError: `needs_package` without c2pa-python, `not_signed` when a file is of no use;
            `target` is what was to be signed.
    """
    try:
        _c2pa()
    except ImportError as error:
        raise WriteError(
            target,
            "signing needs a package that is not installed",
            f"install {EXTRA}, or leave out --sign",
            code="needs_package",
        ) from error
    chain, private = _pem(Path(certificate), target), _pem(Path(key), target)
    if b"BEGIN CERTIFICATE" not in chain:
        raise _refused(target, f"{Path(certificate).name} holds no certificate in PEM form")
    if b"PRIVATE KEY" not in private:
        raise _refused(target, f"{Path(key).name} holds no private key in PEM form")
    if b"ENCRYPTED" in private:
        raise _refused(target, f"{Path(key).name} is locked with a passphrase")
    bodies = re.findall(rb"-----BEGIN[^-]+-----(.*?)-----END", private, re.DOTALL)
    der = b"".join(base64.b64decode(re.sub(rb"\s", b"", body)) for body in bodies)
    algorithm = next((name for oid, name in _ALGORITHMS if oid in der), None)
    if algorithm is None:
        algorithm = "ps256" if b"RSA PRIVATE KEY" in private else None
    if algorithm is None:
        raise _refused(target, f"{Path(key).name} is a key of a kind that C2PA does not know")
    return Signature(chain, private, algorithm)


def sign(
    picture: Path,
    format: str,
    source: Path,
    source_format: str,
    provenance: Provenance | None,
    source_uri: str,
    signature: Signature,
    target: Path,
) -> None:
    """Put signed credentials into the file `picture`, read them back and check them.

    Args:
        picture: the whole file with its metadata; it is replaced.
        source: the photo, which becomes the parent.
        target: the name that errors speak of.

    Raises:
        WriteError: `not_signed`.
    """
    c2pa = _c2pa()
    signed = picture.with_name(picture.name + ".signed")
    try:
        with ExitStack() as stack:
            context = stack.enter_context(c2pa.Context(c2pa.Settings.from_dict(_SETTINGS)))
            manifest = _manifest(target, format, provenance, source_uri)
            builder = stack.enter_context(c2pa.Builder(manifest, context=context))
            media = _MEDIA_TYPES.get(source_format)
            if media:
                parent = {"title": source.name, "format": media, "relationship": "parentOf"}
                with open(source, "rb") as stream:
                    builder.add_ingredient(json.dumps(parent | {"label": "parent"}), media, stream)
            info = c2pa.C2paSignerInfo(
                signature.algorithm.encode(), signature.certificate, signature.key, None
            )
            signer = stack.enter_context(c2pa.Signer.from_info(info))
            with open(picture, "rb") as before, open(signed, "w+b") as after:
                builder.sign(signer, _MEDIA_TYPES[format], before, after)
            with open(signed, "rb") as stream:
                reader = stack.enter_context(
                    c2pa.Reader(_MEDIA_TYPES[format], stream, context=context)
                )
                _check(reader.get_validation_state(), reader.json(), target)
        os.replace(signed, picture)
    except c2pa.C2paError as error:
        reason = " ".join(str(error).split())[:160]
        raise _refused(target, f"the certificate or its key was refused ({reason})") from error
    finally:
        signed.unlink(missing_ok=True)


def _c2pa() -> Any:
    return importlib.import_module("c2pa")


def _manifest(
    target: Path, format: str, provenance: Provenance | None, source_uri: str
) -> dict[str, Any]:
    program, _, version = (provenance.program if provenance else "PixelSmile").rpartition(" ")
    edited: dict[str, Any] = {"action": "c2pa.edited", "digitalSourceType": source_uri}
    if provenance:
        edited["softwareAgent"] = {"name": program, "version": version}
        edited["parameters"] = {"editor": provenance.editor, "recipe": provenance.recipe}
    opened = {"action": "c2pa.opened", "parameters": {"ingredientIds": ["parent"]}}
    return {
        "claim_generator_info": [{"name": program or "PixelSmile", "version": version}],
        "title": target.name,
        "format": _MEDIA_TYPES[format],
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [opened, edited]}}],
    }


def _check(state: str | None, report: str, target: Path) -> None:
    """Refuse credentials that do not match their picture; a certificate need not be on a list."""
    if state in ("Valid", "Trusted"):
        return
    codes = [one.get("code", "") for one in json.loads(report).get("validation_status", []) or []]
    faults = [code for code in codes if code != "signingCredential.untrusted"]
    if faults or not codes:
        said = ", ".join(faults) or "no valid signature"
        raise _refused(target, f"the signed picture did not pass its own check ({said})")


def _pem(path: Path, target: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _refused(target, f"{path.name} cannot be read") from error


def _refused(target: Path, reason: str) -> WriteError:
    return WriteError(
        target,
        f"it could not be signed: {reason}",
        "check --sign and --sign-key, or leave them out",
        code="not_signed",
    )
