"""The tag directories that TIFF files and EXIF blocks are made of: read, searched and rebuilt."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.photos.decoding import damaged
from engine.photos.errors import Refusal

_TYPE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_BIG_TYPE_BYTES = {**_TYPE_BYTES, 16: 8, 17: 8, 18: 8}
_INTEGER_CODES = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 13: "I", 16: "Q", 17: "q"}
_MAX_ENTRIES = 4096

EXIF_POINTER = 0x8769
GPS_POINTER = 0x8825
INTEROP_POINTER = 0xA005
POINTERS = (EXIF_POINTER, GPS_POINTER, INTEROP_POINTER)


@dataclass(frozen=True)
class Entry:
    """One tag as it stands in a directory.

    Attributes:
        tag, kind, count: TIFF's tag number, value type and number of values.
        start: where the values' bytes begin in the data.
        size: how many bytes they are.
        at: where the entry itself begins in the data.
    """

    tag: int
    kind: int
    count: int
    start: int
    size: int
    at: int


@dataclass(frozen=True)
class Directory:
    """One image file directory.

    Attributes:
        entries: by tag, as far as their values lie inside the data.
        outside: the tags of those whose values do not.
        next, next_at: the offset of the next directory (0: none) and where that offset stands.
    """

    entries: dict[int, Entry]
    outside: frozenset[int]
    next: int
    next_at: int


@dataclass(frozen=True)
class Header:
    """How a TIFF structure is to be read: byte order (`<` or `>`), BigTIFF or not."""

    order: str
    big: bool
    first: int


@dataclass
class Tree:
    """A directory taken out of its file: the values' bytes and the directories below it.

    Attributes:
        values: tag → (type, count, bytes in the structure's byte order).
        children: pointer tag → the directory that it points to.
    """

    values: dict[int, tuple[int, int, bytes]] = field(default_factory=dict)
    children: dict[int, "Tree"] = field(default_factory=dict)


def read_header(data: bytes) -> Header:
    """The byte order and the first directory's offset.

    Raises:
        Refusal: `damaged`.
    """
    order = {b"II": "<", b"MM": ">"}.get(bytes(data[:2]))
    if order is None or len(data) < 8:
        raise damaged("its tags cannot be read")
    magic = struct.unpack_from(order + "H", data, 2)[0]
    if magic == 43 and len(data) >= 16:
        return Header(order, True, struct.unpack_from(order + "Q", data, 8)[0])
    if magic != 42:
        raise damaged("its tags cannot be read")
    return Header(order, False, struct.unpack_from(order + "I", data, 4)[0])


def read_directory(data: bytes, header: Header, offset: int) -> Directory:
    """The directory at `offset`.

    Raises:
        Refusal: `truncated` or `damaged`, when the directory itself is not inside the data.
    """
    count_code, entry_code, entry_size, inline = (
        ("Q", "HHQ", 20, 8) if header.big else ("H", "HHI", 12, 4)
    )
    types = _BIG_TYPE_BYTES if header.big else _TYPE_BYTES
    count_size = struct.calcsize("<" + count_code)
    if offset < 8 or offset + count_size > len(data):
        raise damaged("its tags lie outside the file")
    count = struct.unpack_from(header.order + count_code, data, offset)[0]
    start = offset + count_size
    next_at = start + count * entry_size
    if count > _MAX_ENTRIES or next_at + inline > len(data):
        raise damaged("its tags lie outside the file")
    entries: dict[int, Entry] = {}
    outside: set[int] = set()
    for at in range(start, next_at, entry_size):
        tag, kind, values = struct.unpack_from(header.order + entry_code, data, at)
        size = types.get(kind, 0) * values
        value_at = at + entry_size - inline
        if size > inline:
            value_at = struct.unpack_from(
                header.order + ("Q" if header.big else "I"), data, value_at
            )[0]
        if value_at + size > len(data):
            outside.add(tag)
        elif size:
            entries.setdefault(tag, Entry(tag, kind, values, value_at, size, at))
    following = struct.unpack_from(header.order + ("Q" if header.big else "I"), data, next_at)[0]
    return Directory(entries, frozenset(outside), following, next_at)


def integers(data: bytes, header: Header, entry: Entry | None, at_most: int = 1 << 22) -> list[int]:
    """An entry's whole-number values; empty when there is none or it holds something else."""
    if entry is None or entry.kind not in _INTEGER_CODES:
        return []
    code = _INTEGER_CODES[entry.kind]
    count = min(entry.count, at_most)
    return list(struct.unpack_from(f"{header.order}{count}{code}", data, entry.start))


def integer(data: bytes, header: Header, entry: Entry | None, default: int) -> int:
    """An entry's first whole number, or the default."""
    values = integers(data, header, entry, at_most=1)
    return values[0] if values else default


def extract(data: bytes, header: Header, directory: Directory, keep: frozenset[int]) -> Tree:
    """Copy the `keep` tags, and the EXIF, GPS and interoperability directories whole."""
    tree = _values(data, directory, keep)
    seen: set[int] = set()
    _descend(data, header, directory, tree, seen, keep)
    return tree


def _values(data: bytes, directory: Directory, keep: frozenset[int] | None) -> Tree:
    return Tree(
        {
            tag: (entry.kind, entry.count, bytes(data[entry.start : entry.start + entry.size]))
            for tag, entry in directory.entries.items()
            if tag not in POINTERS and (keep is None or tag in keep) and entry.kind in _TYPE_BYTES
        }
    )


def _descend(
    data: bytes,
    header: Header,
    directory: Directory,
    tree: Tree,
    seen: set[int],
    keep: frozenset[int] | None,
) -> None:
    for pointer in POINTERS:
        offset = integer(data, header, directory.entries.get(pointer), 0)
        if not offset or offset in seen or (keep is not None and pointer not in keep):
            continue
        seen.add(offset)
        try:
            below = read_directory(data, header, offset)
        except Refusal:
            continue
        child = _values(data, below, None)
        _descend(data, header, below, child, seen, None)
        tree.children[pointer] = child


def build(tree: Tree, order: str, start: int = 8) -> bytes:
    """A TIFF structure (header and directories) that holds the tree and nothing else."""
    header = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", start)
    return header + b"\0" * (start - 8) + _build(tree, order, start, 0)


def build_directory(tree: Tree, order: str, offset: int, following: int = 0) -> bytes:
    """One directory with its values and children, for standing at `offset` of its file."""
    return _build(tree, order, offset, following)


def _build(tree: Tree, order: str, offset: int, following: int) -> bytes:
    tags = sorted([*tree.values, *tree.children])
    table_size = 2 + 12 * len(tags) + 4
    table = bytearray(struct.pack(order + "H", len(tags)))
    heap = bytearray()
    for tag in tags:
        if tag in tree.children:
            place = offset + table_size + len(heap)
            heap += _build(tree.children[tag], order, place, 0)
            table += struct.pack(order + "HHII", tag, 4, 1, place)
            continue
        kind, count, value = tree.values[tag]
        table += struct.pack(order + "HHI", tag, kind, count)
        if len(value) <= 4:
            table += value.ljust(4, b"\0")
        else:
            table += struct.pack(order + "I", offset + table_size + len(heap))
            heap += value
        heap += b"\0" * (len(heap) % 2)
    return bytes(table + struct.pack(order + "I", following) + heap)


def walk(tree: Tree) -> Iterator[tuple[Tree, int, int]]:
    """Every value of the tree as (the directory it is in, its tag, its size in bytes)."""
    for tag, (_, _, value) in tree.values.items():
        yield tree, tag, len(value)
    for child in tree.children.values():
        yield from walk(child)
