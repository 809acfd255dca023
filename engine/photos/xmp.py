"""XMP packets: the few values in them that an edit makes wrong, and what it adds.

A packet is text that many programs write in many ways, and nearly all of it is none of our
business. It is changed by cutting and inserting, never parsed and written anew, so that unknown
namespaces come through as they are.
"""

import re
from collections.abc import Mapping
from xml.sax.saxutils import escape, unescape

# Patterns stop at the next bracket, so that a hostile packet costs no more than its length.
_ORIENTATION = re.compile(
    rb"(tiff:Orientation\s*=\s*[\"']|<tiff:Orientation>\s*)[0-9]{1,2}(?=\s*[\"'<])"
)
_RDF = re.compile(rb"<((?:[\w.-]{1,40}:)?RDF)\b[^<>]*>")
_ABOUT = re.compile(
    rb"<(?:[\w.-]{1,40}:)?Description\b[^<>]*?\babout\s*=\s*(?:\"([^\"<>]*)\"|'([^'<>]*)')"
)
_ATTRIBUTE = rb"\s%s\s*=\s*(?:\"([^\"<>]*)\"|'([^'<>]*)')"
_DECLARATION = rb"xmlns:([\w.-]{1,40})\s*=\s*[\"']%s[\"']"
_EMPTIED = re.compile(
    rb"<((?:[\w.-]{1,40}:)?Description)(?:\s+(?:xmlns:[\w.-]+|[\w.-]+:about)\s*=\s*"
    rb"(?:\"[^\"<>]*\"|'[^'<>]*'))*\s*>\s*</\1>\s*"
)

IPTC_EXTENSION = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
EXIF = "http://ns.adobe.com/exif/1.0/"
NOTE = "http://ns.adobe.com/xmp/note/"

_EMPTY = (
    b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
    b'</rdf:RDF>\n</x:xmpmeta>\n<?xpacket end="w"?>'
)


def upright(xmp: bytes) -> bytes:
    """The packet for a picture that was turned upright: orientation 1, no thumbnails.

    >>> upright(b'<x tiff:Orientation="6"/>')
    b'<x tiff:Orientation="1"/>'
    """
    return _cut(_ORIENTATION.sub(rb"\g<1>1", xmp), rb"(?:xmp|xap):Thumbnails")


def in_utf8(xmp: bytes) -> bytes:
    """The packet as UTF-8; XMP may be UTF-16 or UTF-32 too, which no photo format wants."""
    for order in ("big", "little"):
        for size, name in ((4, "utf-32"), (2, "utf-16")):
            start = b"".join(ord(c).to_bytes(size, order) for c in "<")
            mark = (0xFEFF).to_bytes(size, order)
            if xmp.startswith((start + b"\0" * (order == "big"), mark)) or (
                order == "little" and xmp.startswith(start)
            ):
                text = xmp.decode(f"{name}-{order[0]}e", "replace")
                return text.lstrip("\ufeff").encode("utf-8", "replace")
    return xmp


def with_values(
    xmp: bytes | None, namespace: str, prefix: str, values: Mapping[str, str]
) -> bytes | None:
    """The packet, a new one where there is none, with text properties of one namespace.

    Properties of the same names that it had are taken out. None when the packet cannot be
    understood, for then nothing can be put into it.
    """
    packet = _EMPTY if not xmp else in_utf8(xmp)
    for name in values:
        packet = without(packet, namespace, name)
    # All descriptions of a packet must be about the same thing, which nearly always is "".
    about = _ABOUT.search(packet)
    packet = _EMPTIED.sub(b"", packet)
    found = _rdf(packet)
    if found is None:
        return None
    name_of_rdf, _, end = found
    subject = b"" if about is None else about[1] or about[2] or b""
    quote = b'"' if b"'" in subject else b"'"
    rdf = name_of_rdf.removesuffix(b"RDF")
    described = b"%sabout=%s%s%s xmlns:%s='%s'" % (
        *(rdf, quote, subject, quote),
        *(prefix.encode(), namespace.encode()),
    )
    lines = [b"<%sDescription %s>" % (rdf, described)]
    lines += [
        f"<{prefix}:{name}>{escape(_plain(value))}</{prefix}:{name}>".encode("utf-8", "replace")
        for name, value in values.items()
    ]
    lines.append(b"</%sDescription>\n" % rdf)
    return packet[:end] + b"\n".join(lines) + packet[end:]


def _rdf(packet: bytes) -> tuple[bytes, int, int] | None:
    """The RDF element's name, and where its contents begin and end."""
    opening = _RDF.search(packet)
    if opening is None:
        return None
    end = packet.rfind(b"</" + opening[1])
    return (opening[1], opening.end(), end) if end >= opening.end() else None


def without(xmp: bytes, namespace: str, name: str) -> bytes:
    """The packet without a property, be it an element or an attribute; `name` is a pattern."""
    for prefix in _prefixes(xmp, namespace):
        tag = re.escape(prefix) + rb":" + name.encode()
        xmp = re.sub(_ATTRIBUTE % tag, b"", _cut(xmp, tag))
    return xmp


def _cut(xmp: bytes, tag: bytes) -> bytes:
    """The packet without the elements whose name matches."""
    opening = re.compile(rb"<(%s)(?=[\s/>])[^<>]*>" % tag)
    kept: list[bytes] = []
    at = 0
    while (found := opening.search(xmp, at)) is not None:
        end = found.end()
        if not found[0].endswith(b"/>"):
            closing = xmp.find(b"</" + found[1], end)
            end = xmp.find(b">", closing) + 1 if closing >= 0 else 0
            if not end:
                break
        kept.append(xmp[at : found.start()])
        at = end
    return b"".join([*kept, xmp[at:]])


def value_of(xmp: bytes, namespace: str, name: str) -> str | None:
    """A text property's value, the first item of a list; None when the packet has none."""
    for prefix in _prefixes(xmp, namespace):
        tag = re.escape(prefix + b":" + name.encode())
        found = re.search(_ATTRIBUTE % tag, xmp)
        if found:
            return _unescaped(found[1] or found[2] or b"")
        element = re.search(rb"<(%s)(?=[\s/>])[^<>]*>" % tag, xmp)
        if element:
            resource = re.search(_ATTRIBUTE % rb"(?:[\w.-]{1,40}:)?resource", element[0])
            if resource:
                return _unescaped(resource[1] or resource[2] or b"")
            closing = xmp.find(b"</" + element[1], element.end())
            inner = xmp[element.end() : max(closing, element.end())]
            item = re.search(rb"<(?:[\w.-]{1,40}:)?li\b[^<>]*>([^<]*)<", inner)
            return _unescaped(item[1] if item else inner)
    return None


def without_places(xmp: bytes) -> bytes:
    """The packet without coordinates."""
    xmp = without(xmp, EXIF, r"GPS\w+")
    return without(xmp, IPTC_EXTENSION, r"Location(?:Shown|Created)")


def extension_id(xmp: bytes) -> str | None:
    """The number of the packet's continuation (XMP specification part 3, 1.1.3.1), if any."""
    return value_of(xmp, NOTE, "HasExtendedXMP")


def joined(xmp: bytes, continuation: bytes) -> bytes | None:
    """The packet with its continuation's descriptions; None when either cannot be understood."""
    more = in_utf8(continuation)
    here, there = _rdf(xmp), _rdf(more)
    if here is None or there is None or here[0] != there[0]:
        return None
    inner = more[there[1] : there[2]]
    # What is declared around the continuation's descriptions is not declared around ours.
    around = more[: there[1]]
    declared = dict(re.findall(rb"(xmlns:[\w.-]{1,40})\s*=\s*(\"[^\"<>]*\"|'[^'<>]*')", around))
    known = (b"xmlns:x", b"xmlns:" + there[0].partition(b":")[0])

    def with_declarations(opening: re.Match[bytes]) -> bytes:
        missing = [
            b" " + name + b"=" + uri
            for name, uri in declared.items()
            if name not in known and name + b"=" not in opening[0]
        ]
        return opening[1] + b"".join(missing) + opening[0][len(opening[1]) :]

    inner = re.sub(rb"(<(?:[\w.-]{1,40}:)?Description)(?=[\s>])[^<>]*", with_declarations, inner)
    return without(xmp[: here[2]] + inner + xmp[here[2] :], NOTE, "HasExtendedXMP")


def unpadded(xmp: bytes) -> bytes:
    """The packet without the blanks that leave room for changes in place."""
    end = xmp.rfind(b"<?xpacket end")
    return xmp if end < 0 else xmp[:end].rstrip() + b"\n" + xmp[end:]


def _prefixes(xmp: bytes, namespace: str) -> list[bytes]:
    declared = re.findall(_DECLARATION % re.escape(namespace.encode()), xmp)
    return list(dict.fromkeys(declared))


def _plain(text: str) -> str:
    """Text without the characters that XML 1.0 has no way to say."""
    return "".join(c if c in "\t\n\r" or " " <= c < "\ufffe" or c > "\uffff" else "�" for c in text)


def _unescaped(text: bytes) -> str:
    plain = unescape(text.decode("utf-8", "replace"), {"&quot;": '"', "&apos;": "'"})
    return plain.strip()
