"""The picture formats by name, by their first bytes and by file name extension."""

_EXTENSIONS = {
    "jpeg": ".jpg",
    "png": ".png",
    "tiff": ".tif",
    "webp": ".webp",
    "gif": ".gif",
    "bmp": ".bmp",
}

_WRITTEN_FOR_SOURCE = {"gif": "png", "bmp": "png"}

WRITABLE = ("png", "jpeg", "tiff", "webp")
"""The formats that a photo can be written in."""


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
    return None


def sniff_foreign(data: bytes) -> str | None:
    """The name of a picture format that is recognised but not read, or None."""
    brand = data[8:12] if data[4:8] == b"ftyp" else b""
    if brand in (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heim", b"heis"):
        return "HEIC"
    if brand in (b"avif", b"avis"):
        return "AVIF"
    if brand == b"crx ":
        return "Canon RAW"
    if brand:
        return "video"
    prefixes = {
        b"\0\0\0\x0cJXL ": "JPEG XL",
        b"\xff\x0a": "JPEG XL",
        b"\0\0\0\x0cjP  ": "JPEG 2000",
        b"\xff\x4f\xff\x51": "JPEG 2000",
        b"8BPS": "Photoshop",
        b"%PDF": "PDF",
        b"FUJIFILMCCD-RAW": "Fujifilm RAW",
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
    a profile nor metadata; PNG holds all that either has.

    >>> written_format("gif"), written_format("jpeg")
    ('png', 'jpeg')
    """
    return _WRITTEN_FOR_SOURCE.get(source_format, source_format)


def extension(format: str) -> str:
    """The usual file name extension of a format, with its dot.

    >>> extension("jpeg")
    '.jpg'
    """
    return _EXTENSIONS[format]
