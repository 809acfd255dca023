"""The picture formats by name, by their first bytes and by file name extension."""

_EXTENSIONS = {
    "jpeg": ".jpg",
    "png": ".png",
    "tiff": ".tif",
    "webp": ".webp",
    "avif": ".avif",
    "heic": ".heic",
    "dng": ".dng",
    "raw": ".raw",
    "gif": ".gif",
    "bmp": ".bmp",
}

_WRITTEN_FOR_SOURCE = {
    "gif": "png",
    "bmp": "png",
    "dng": "tiff",
    "raw": "tiff",
    "tiff8": "tiff",
    "tiff16": "tiff",
}

WRITABLE = ("png", "jpeg", "tiff", "webp", "avif", "heic")
"""The formats that a photo can be written in."""

READABLE = "JPEG, PNG, TIFF, WebP, AVIF, HEIC, camera RAW, DNG, GIF or BMP"
"""What can be opened, for sentences."""

RAW_SUFFIXES = frozenset(
    {".dng", ".cr2", ".cr3", ".crw", ".nef", ".nrw", ".arw", ".srf", ".sr2", ".orf", ".rw2"}
    | {".raf", ".pef", ".3fr", ".fff", ".iiq", ".rwl", ".x3f", ".srw", ".erf", ".mrw", ".kdc"}
    | {".dcr", ".mos", ".mef"}
)
"""Extensions of camera RAW files; many of them look like TIFFs."""

SUFFIXES = RAW_SUFFIXES | {
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".tif", ".tiff", ".webp", ".gif", ".bmp"),
    *(".avif", ".heic", ".heif", ".hif"),
}
"""Extensions of the files that are looked at as photos when a folder is read."""

_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_RAW_STARTS = (
    *(b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"FUJIFILMCCD-RAW", b"\0MRM", b"FOVb"),
    b"II\x1a\0\0\0HEAPCCDR",
)


def sniff(data: bytes) -> str | None:
    """The format that the first bytes of a file speak of, or None.

    >>> sniff(b"GIF89a")
    'gif'
    """
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "tiff"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "webp"
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return "gif"
    if data.startswith(b"BM"):
        return "bmp"
    if data[4:8] == b"ftyp":
        return _sniff_boxes(data)
    if data.startswith(_RAW_STARTS):
        return "raw"
    return None


def _sniff_boxes(data: bytes) -> str | None:
    """The format of an ISO base media file, by its brands."""
    size = min(int.from_bytes(data[:4], "big"), 256)
    brands = [data[8:12], *(data[at : at + 4] for at in range(16, size, 4))]
    if b"avif" in brands or b"avis" in brands:
        return "avif"
    if data[8:12] == b"crx ":
        return "raw"
    return "heic" if any(brand in _HEIC_BRANDS for brand in brands) else None


def sniff_foreign(data: bytes) -> str | None:
    """The name of a picture format that is recognised but not read, or None."""
    brand = data[8:12] if data[4:8] == b"ftyp" else b""
    if brand:
        return "video"
    prefixes = {
        b"\0\0\0\x0cJXL ": "JPEG XL",
        b"\xff\x0a": "JPEG XL",
        b"\0\0\0\x0cjP  ": "JPEG 2000",
        b"\xff\x4f\xff\x51": "JPEG 2000",
        b"8BPS": "Photoshop",
        b"%PDF": "PDF",
        b"<svg": "SVG",
        b"<?xml": "XML or SVG",
        b"gimp xcf": "GIMP",
        b"\x76\x2f\x31\x01": "OpenEXR",
        b"#?RADIANCE": "Radiance HDR",
        b"\0\0\x01\0": "icon",
    }
    return next((name for start, name in prefixes.items() if data.startswith(start)), None)


def written_format(source_format: str) -> str:
    """The format that a photo is written back in when its own is asked for.

    GIF and BMP become PNG: a GIF's 256 colours cannot hold an edited face, and BMP holds neither
    a profile nor metadata; PNG holds all that either has. What a sensor has recorded is developed
    and becomes a TIFF.

    >>> written_format("gif"), written_format("jpeg"), written_format("dng")
    ('png', 'jpeg', 'tiff')
    """
    return _WRITTEN_FOR_SOURCE.get(source_format, source_format)


def extension(format: str) -> str:
    """The usual file name extension of a format, with its dot.

    >>> extension("jpeg")
    '.jpg'
    """
    return _EXTENSIONS[format]
