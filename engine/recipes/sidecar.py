"""The sidecar of a photo: its recipes and the consents to them, as text beside the photo."""

import contextlib
import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from engine.recipes.edits import PhotoEdit
from engine.recipes.export import Consent
from engine.recipes.text import RecipeError

VERSION = 1
SUFFIX = ".pixelsmile.json"

_LONGEST_BYTES = 16_000_000


class SavedEdit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A recipe under the name of what it made."""

    name: str
    edit: PhotoEdit


class Sidecar(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is kept beside one photo.

    Attributes:
        photo: the photo's name, for people who read the file.
        edits: in the order in which they were first saved; one per name.
        consents: one per subject.
    """

    photo: str
    edits: tuple[SavedEdit, ...] = ()
    consents: tuple[Consent, ...] = ()


class SidecarError(RecipeError):
    """A file of the sidecar's name that this program neither reads nor writes over."""


def sidecar_path(photo: Path) -> Path:
    """`PHOTO.ext.pixelsmile.json` beside the photo: no other program's sidecar is called so.

    >>> sidecar_path(Path("shoot/anna.CR2")).name
    'anna.CR2.pixelsmile.json'
    """
    return photo.with_name(photo.name + SUFFIX)


def sidecar_text(sidecar: Sidecar) -> str:
    """Indented JSON with the version on top."""
    body = {"pixelsmile_sidecar": VERSION} | msgspec.to_builtins(sidecar)
    return msgspec.json.format(msgspec.json.encode(body), indent=2).decode() + "\n"


def sidecar_from_text(text: str | bytes) -> Sidecar:
    """Read what `sidecar_text` wrote; raises `SidecarError`."""
    try:
        body = msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SidecarError(f"this is no sidecar: {error}") from error
    version = body.pop("pixelsmile_sidecar", None)
    if not isinstance(version, int):
        raise SidecarError("this is no sidecar: it carries no version")
    if version > VERSION:
        raise SidecarError(
            f"this sidecar has version {version} and this program reads up to {VERSION}; "
            "update the program"
        )
    try:
        return msgspec.convert(body, Sidecar)
    except (msgspec.ValidationError, ValueError) as error:
        raise SidecarError(f"this sidecar has a fault: {error}") from error


def read_sidecar(photo: Path) -> Sidecar | None:
    """The photo's sidecar, None when it has none; raises `SidecarError` and OSError."""
    path = sidecar_path(photo)
    try:
        if path.stat().st_size > _LONGEST_BYTES:
            raise SidecarError("this is no sidecar: it is too long")
        return sidecar_from_text(path.read_bytes())
    except FileNotFoundError:
        return None


def save_edits(photo: Path, edits: Iterable[SavedEdit], consents: Iterable[Consent] = ()) -> Path:
    """Add edits and consents to the photo's sidecar, each in place of one of its name.

    The file is replaced at once when the new one is on the disk. One that cannot be read is left
    as it is. Raises `SidecarError` and OSError.
    """
    before = read_sidecar(photo) or Sidecar(photo.name)
    by_name = {one.name: one for one in (*before.edits, *edits)}
    by_subject = {one.subject: one for one in (*before.consents, *consents)}
    after = Sidecar(photo.name, tuple(by_name.values()), tuple(by_subject.values()))
    path = sidecar_path(photo)
    if after != before or not path.exists():
        _replace(path, sidecar_text(after).encode("utf-8", "replace"))
    return path


def _replace(path: Path, text: bytes) -> None:
    temporary = path.with_name(f".pixelsmile-{os.getpid()}-{secrets.token_hex(6)}.json")
    try:
        with open(temporary, "xb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
