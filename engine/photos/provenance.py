"""What was done to a picture, said in the picture itself.

The kind of source is IPTC's `DigitalSourceType`, whose terms are
http://cv.iptc.org/newscodes/digitalsourcetype/; how exactly it was made stands in an own namespace.
"""

from dataclasses import dataclass
from typing import Literal

from engine.photos import xmp as packets

SourceType = Literal["humanEdits", "compositeWithTrainedAlgorithmicMedia"]

NAMESPACE = "urn:pixelsmile:provenance:1.0/"
PREFIX = "pixelsmile"

_TERMS = "http://cv.iptc.org/newscodes/digitalsourcetype/"
# What is true of a photo before an edit stays true after it.
_SYNTHETIC = (
    "trainedAlgorithmicMedia",
    "compositeWithTrainedAlgorithmicMedia",
    "compositeSynthetic",
    "algorithmicMedia",
    "virtualRecording",
)


@dataclass(frozen=True)
class Provenance:
    """How a picture came about.

    Attributes:
        source_type: IPTC's term for what the editor did.
        editor: the editor's name.
        recipe: what was asked for, as text.
        program: the program with its version.
        model, loras: names of the weights of a generative editor; never paths, which tell of the
            machine.
        seed: of a generative editor.
    """

    source_type: SourceType
    editor: str
    recipe: str
    program: str
    model: str = ""
    loras: tuple[str, ...] = ()
    seed: int | None = None

    def source_uri(self, before: bytes | None = None) -> str:
        """IPTC's term as a URI; `before` is the XMP that the photo came with.

        A photo that was wholly or partly synthetic stays it, whatever is done by hand afterwards.
        """
        known = source_type_of(before) if before else ""
        return _TERMS + (known if known in _SYNTHETIC else self.source_type)


def source_type_of(xmp: bytes) -> str:
    """The last part of the packet's `DigitalSourceType`; empty when it has none."""
    found = packets.value_of(packets.in_utf8(xmp), packets.IPTC_EXTENSION, "DigitalSourceType")
    return (found or "").rpartition("/")[2]


def packet(xmp: bytes | None, provenance: Provenance, before: bytes | None = None) -> bytes:
    """The photo's XMP, or a new packet, with the provenance in it.

    A packet that is no RDF cannot take the provenance in and is left out. `before` is the XMP that
    the photo came with, where `xmp` is less than that.
    """
    values = {
        "Editor": provenance.editor,
        "Recipe": provenance.recipe,
        "Model": provenance.model,
        "Loras": ", ".join(provenance.loras),
        "Seed": "" if provenance.seed is None else str(provenance.seed),
        "Program": provenance.program,
    }
    said = {name: value for name, value in values.items() if value}
    source_type = {"DigitalSourceType": provenance.source_uri(before or xmp)}

    def put(into: bytes | None) -> bytes | None:
        if into:
            into = packets.in_utf8(into)
            for name in values:
                into = packets.without(into, NAMESPACE, name)
        typed = packets.with_values(into, packets.IPTC_EXTENSION, "Iptc4xmpExt", source_type)
        return typed and packets.with_values(typed, NAMESPACE, PREFIX, said)

    made = put(xmp) or put(None)
    assert made is not None
    return made
