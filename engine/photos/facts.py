"""What a photo's metadata say of it, read without decoding the picture: for names and lists."""

import datetime
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.photos import exif as exif_blocks
from engine.photos import xmp as packets
from engine.photos.errors import Refusal
from engine.photos.limits import MAX_METADATA_BYTES

_HEAD_BYTES = 1 << 20  # cameras put their metadata first
_REGIONS = "http://www.metadataworkinggroup.com/schemas/regions/"


@dataclass(frozen=True)
class PhotoFacts:
    """When a photo was taken, as YYYY-MM-DD, and who is named in it; empty when it is not said."""

    date: str = ""
    person: str = ""


def read_facts(path: Path) -> PhotoFacts:
    """The facts in the file's first megabyte; the file's own date where no other is found.

    Nothing is raised: a photo that cannot be read has no facts, and opening it says why.
    """
    try:
        with open(path, "rb") as file:
            head = file.read(_HEAD_BYTES)
        changed = path.stat().st_mtime
    except (OSError, ValueError):
        return PhotoFacts()
    date = next((found for block in _exif_blocks(head) if (found := _date(block))), "")
    if not date:
        date = datetime.datetime.fromtimestamp(changed).strftime("%Y-%m-%d")
    return PhotoFacts(date, _person(head))


def _date(block: bytes) -> str:
    try:
        return exif_blocks.date_taken(block)
    except (Refusal, ValueError, struct.error):
        return ""


def _exif_blocks(head: bytes) -> Iterator[bytes]:
    """Whatever may be an EXIF block: a TIFF's beginning, or what follows the word Exif."""
    if head[:4] in (b"II*\0", b"MM\0*"):
        yield head
    for start in (b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08"):
        at = head.find(start)
        if at > 0:
            yield head[at:]
    for marker in (b"Exif\0\0", b"eXIf", b"EXIF"):
        at = head.find(marker)
        if at >= 0:
            start = at + len(marker) + (4 if marker == b"EXIF" else 0)
            yield head[start : start + MAX_METADATA_BYTES].removeprefix(b"Exif\0\0")


def _person(head: bytes) -> str:
    start = head.find(b"<x:xmpmeta")
    end = head.find(b"</x:xmpmeta>", start)
    if start < 0 or end < 0:
        return ""
    packet = head[start:end]
    named = packets.value_of(packet, packets.IPTC_EXTENSION, "PersonInImage")
    return named or packets.value_of(packet, _REGIONS, "Name") or ""
