"""Photo files: opened to upright pixels, written back with all that they came with."""

from engine.photos.colour import from_srgb8, to_srgb8
from engine.photos.errors import PhotoError, WriteError, shown_name
from engine.photos.facts import PhotoFacts, read_facts
from engine.photos.files import (
    check_room,
    temporary_beside,
    temporary_name,
    write_atomically,
    write_parts,
)
from engine.photos.formats import RAW_SUFFIXES, SUFFIXES, WRITABLE, extension
from engine.photos.opening import Glance, glance_at, open_photo
from engine.photos.photo import JpegTables, Photo, Pixels
from engine.photos.png import packed_rows, png_parts
from engine.photos.provenance import Provenance, SourceType
from engine.photos.provenance import packet as provenance_packet
from engine.photos.writing import (
    Exported,
    Format,
    copy_photo,
    export_photo,
    format_to_write,
    losses,
    signing,
    write_photo,
)

__all__ = [
    "RAW_SUFFIXES",
    "SUFFIXES",
    "WRITABLE",
    "Exported",
    "Format",
    "Glance",
    "JpegTables",
    "Photo",
    "PhotoError",
    "PhotoFacts",
    "Pixels",
    "Provenance",
    "SourceType",
    "WriteError",
    "check_room",
    "copy_photo",
    "export_photo",
    "extension",
    "format_to_write",
    "from_srgb8",
    "glance_at",
    "losses",
    "open_photo",
    "packed_rows",
    "png_parts",
    "provenance_packet",
    "read_facts",
    "shown_name",
    "signing",
    "temporary_beside",
    "temporary_name",
    "to_srgb8",
    "write_atomically",
    "write_parts",
    "write_photo",
]
