"""XMP packets: the few values in them that an edit makes wrong."""

import re

_ORIENTATION = re.compile(
    rb"(tiff:Orientation\s*=\s*[\"']|<tiff:Orientation>\s*)[0-9]{1,2}(?=\s*[\"'<])"
)
_THUMBNAILS = re.compile(rb"<(xmp|xap):Thumbnails\b.{0,4000000}?</\1:Thumbnails>", re.DOTALL)


def upright(xmp: bytes) -> bytes:
    """The packet for a picture that was turned upright: orientation 1, no thumbnails.

    >>> upright(b'<x tiff:Orientation="6"/>')
    b'<x tiff:Orientation="1"/>'
    """
    return _THUMBNAILS.sub(b"", _ORIENTATION.sub(rb"\g<1>1", xmp))
