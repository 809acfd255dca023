"""Photo files: opened to upright pixels, written back with all that they came with."""

from engine.photos.colour import to_srgb8
from engine.photos.errors import PhotoError, WriteError, shown_name
from engine.photos.files import temporary_beside, write_atomically
from engine.photos.formats import WRITABLE, extension
from engine.photos.opening import open_photo
from engine.photos.photo import JpegTables, Photo, Pixels
from engine.photos.png import packed_rows, png_parts
from engine.photos.writing import Format, copy_photo, format_to_write, losses, write_photo

__all__ = [
    "WRITABLE",
    "Format",
    "JpegTables",
    "Photo",
    "PhotoError",
    "Pixels",
    "WriteError",
    "copy_photo",
    "extension",
    "format_to_write",
    "losses",
    "open_photo",
    "packed_rows",
    "png_parts",
    "shown_name",
    "temporary_beside",
    "to_srgb8",
    "write_atomically",
    "write_photo",
]
