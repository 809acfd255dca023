"""EXIF blocks: turned upright, rid of their thumbnail, moved between file formats."""

import contextlib
import re
import struct

from engine.photos import tags
from engine.photos.errors import Refusal
from engine.photos.tags import Directory, Entry, Header, Tree

_ORIENTATION = 0x0112
_THUMBNAIL = ((0x0201, 0x0202), (0x0111, 0x0117))
_WIDTH_TAGS = (0x0100, 0xA002)
_HEIGHT_TAGS = (0x0101, 0xA003)
_MAKERS_NOTES = 0x927C
_TAKEN = (0x9003, 0x9004)
_NOTHING = 0xEA1C  # Microsoft's padding, which means nothing by definition

DESCRIPTIVE = frozenset(
    {
        *(0x010D, 0x010E, 0x010F, 0x0110, 0x011A, 0x011B, 0x011D, 0x0128, 0x0131, 0x0132),
        *(0x013B, 0x013C, 0x4746, 0x4749, 0x8298, 0x9C9B, 0x9C9C, 0x9C9D, 0x9C9E, 0x9C9F),
        *(_ORIENTATION, tags.EXIF_POINTER, tags.GPS_POINTER),
    }
)
"""The tags of a TIFF's first directory that tell of the photo, not of how it is stored: names,
description, camera, resolution, software, date, artist, host, rating, copyright, Windows' titles,
orientation, and the EXIF and GPS directories."""

JPEG_LIMIT = 65533 - len(b"Exif\0\0")
"""The longest EXIF block that one JPEG segment holds."""


def orientation(exif: bytes) -> int | None:
    """The orientation that an EXIF block asks for, 1 to 8; None when it does not say."""
    try:
        header = tags.read_header(exif)
        directory = tags.read_directory(exif, header, header.first)
    except Refusal:
        return None
    value = tags.integer(exif, header, directory.entries.get(_ORIENTATION), 0)
    return value if 1 <= value <= 8 else None


def has_size(exif: bytes) -> bool:
    """Whether the block says how many pixels the picture has."""
    found = tree_of(exif)
    below = found[0].children.get(tags.EXIF_POINTER) if found else None
    return below is not None and not below.values.keys().isdisjoint((*_WIDTH_TAGS, *_HEIGHT_TAGS))


def has_makers_notes(exif: bytes) -> bool:
    """Whether the block holds a camera maker's own notes."""
    found = tree_of(exif)
    below = found[0].children.get(tags.EXIF_POINTER) if found else None
    return below is not None and _MAKERS_NOTES in below.values


def date_taken(exif: bytes) -> str:
    """When the photo was taken, as YYYY-MM-DD; empty when the block does not say."""
    found = tree_of(exif)
    below = found[0].children.get(tags.EXIF_POINTER) if found else None
    for _, _, value in [below.values[t] for t in _TAKEN if t in below.values] if below else []:
        date = re.match(rb"(\d{4}):(\d\d):(\d\d)", value)
        if date and date[1] != b"0000":
            return "-".join(part.decode() for part in date.groups())
    return ""


def without_places(exif: bytes) -> bytes:
    """The block without its GPS directory, whose values are blanked; all else stays in place."""
    try:
        header = tags.read_header(exif)
        directory = tags.read_directory(exif, header, header.first)
    except Refusal:
        return exif
    entry = directory.entries.get(tags.GPS_POINTER)
    offset = tags.integer(exif, header, entry, 0)
    if entry is None or not offset or header.big:
        return exif
    changed = bytearray(exif)
    with contextlib.suppress(Refusal):
        for value in tags.read_directory(exif, header, offset).entries.values():
            if value.start > directory.next_at:
                changed[value.start : value.start + value.size] = bytes(value.size)
    # The pointer's entry becomes one that no reader knows, so that the others keep their places.
    struct.pack_into(f"{header.order}HHII", changed, entry.at, _NOTHING, 4, 1, 0)
    return bytes(changed)


def upright(exif: bytes, width: int, height: int) -> bytes | None:
    """The block for a picture that was turned upright to `width` × `height` pixels.

    The orientation becomes 1, the recorded size becomes that of the picture, and the thumbnail
    goes, because it shows the face before the edit. All else keeps its place, so that makers'
    notes, which point at absolute offsets, stay valid. None when the block cannot be read.
    """
    try:
        header = tags.read_header(exif)
        if header.big:
            return None
        directory = tags.read_directory(exif, header, header.first)
    except Refusal:
        return None
    changed = bytearray(exif)
    _set_integer(changed, header, directory.entries.get(_ORIENTATION), 1)
    _set_size(changed, header, directory, width, height)
    below = tags.integer(exif, header, directory.entries.get(tags.EXIF_POINTER), 0)
    if below:
        try:
            exif_directory = tags.read_directory(exif, header, below)
        except Refusal:
            return None
        _set_size(changed, header, exif_directory, width, height)
    end = _remove_thumbnail(changed, exif, header, directory)
    return bytes(changed[:end])


def _set_integer(data: bytearray, header: Header, entry: Entry | None, value: int) -> None:
    """Replace an entry by one number, as a short where it fits."""
    if entry is None:
        return
    kind, code = (3, "HH") if value < 0x10000 else (4, "I")
    numbers = (value, 0) if kind == 3 else (value,)
    struct.pack_into(f"{header.order}HHI{code}", data, entry.at, entry.tag, kind, 1, *numbers)


def _set_size(
    data: bytearray, header: Header, directory: Directory, width: int, height: int
) -> None:
    for tag in _WIDTH_TAGS:
        _set_integer(data, header, directory.entries.get(tag), width)
    for tag in _HEIGHT_TAGS:
        _set_integer(data, header, directory.entries.get(tag), height)


def _remove_thumbnail(data: bytearray, exif: bytes, header: Header, directory: Directory) -> int:
    """Blank the second directory and its picture; returns where the block now ends."""
    struct.pack_into(header.order + "I", data, directory.next_at, 0)
    if not directory.next:
        return len(data)
    try:
        second = tags.read_directory(exif, header, directory.next)
    except Refusal:
        return len(data)
    head = max(directory.next_at + 4, 8)
    for start_tag, size_tag in _THUMBNAIL:
        start = tags.integer(exif, header, second.entries.get(start_tag), 0)
        size = tags.integer(exif, header, second.entries.get(size_tag), 0)
        end = min(start + size, len(data))
        # A thumbnail that claims to lie in the first directory is a lie; leave that alone.
        if head <= start < end:
            data[start:end] = bytes(end - start)
            if end >= len(exif) - 1:
                return start
    return len(data)


def has_thumbnail(exif: bytes) -> bool:
    """Whether the block's second directory has a small JPEG."""
    try:
        header = tags.read_header(exif)
        second = tags.read_directory(exif, header, header.first).next
        found = tags.read_directory(exif, header, second).entries if second else {}
    except Refusal:
        return False
    return tags.integer(exif, header, found.get(_THUMBNAIL[0][1]), 0) > 0


def with_thumbnail(exif: bytes, jpeg: bytes, limit: int = JPEG_LIMIT) -> bytes:
    """The block with a second directory for a small JPEG; as it was where that does not fit.

    Args:
        exif: a block of one directory, such as `upright` makes.
        jpeg: at most 160 pixels a side (EXIF 2.32, 4.5.8).
    """
    try:
        header = tags.read_header(exif)
        directory = tags.read_directory(exif, header, header.first)
    except Refusal:
        return exif
    start = len(exif) + len(exif) % 2
    entries = ((0x0103, 3, 6), (_THUMBNAIL[0][0], 4, start + 2 + 3 * 12 + 4))
    entries = (*entries, (_THUMBNAIL[0][1], 4, len(jpeg)))
    second = struct.pack(header.order + "H", len(entries))
    for tag, kind, value in entries:
        code = "HHIHH" if kind == 3 else "HHII"
        values = (value, 0) if kind == 3 else (value,)
        second += struct.pack(header.order + code, tag, kind, 1, *values)
    second += bytes(4)
    if header.big or directory.next or start + len(second) + len(jpeg) > limit:
        return exif
    changed = bytearray(exif.ljust(start, b"\0"))
    struct.pack_into(header.order + "I", changed, directory.next_at, start)
    return bytes(changed + second + jpeg)


def from_tiff(data: bytes, header: Header, directory: Directory) -> bytes | None:
    """An EXIF block with the descriptive tags of a TIFF's directory; None when it has none."""
    tree = tags.extract(data, header, directory, DESCRIPTIVE)
    if not tree.children and not set(tree.values) - {_ORIENTATION}:
        return None
    return tags.build(tree, header.order)


def tree_of(exif: bytes) -> tuple[Tree, str] | None:
    """The block's descriptive tags and its byte order; None when it cannot be read."""
    try:
        header = tags.read_header(exif)
        directory = tags.read_directory(exif, header, header.first)
    except Refusal:
        return None
    return tags.extract(exif, header, directory, DESCRIPTIVE), header.order


def fitted(exif: bytes, limit: int = JPEG_LIMIT) -> bytes | None:
    """The block, without its largest values as far as needed to fit into `limit` bytes.

    The largest are in practice the maker's notes. None when it cannot be read.
    """
    if len(exif) <= limit:
        return exif
    found = tree_of(exif)
    if found is None:
        return None
    tree, order = found
    built = tags.build(tree, order)
    while len(built) > limit:
        parent, tag, _ = max(tags.walk(tree), key=lambda value: value[2])
        del parent.values[tag]
        built = tags.build(tree, order)
    return built
