"""How an edited photo is written: its colours, size, quality, metadata and signature."""

from functools import cache
from typing import Literal

import msgspec

from engine.recipes.expressions import RESOURCES
from engine.recipes.naming import Collision, check_template

OutputFormat = Literal["source", "png", "jpeg", "tiff", "tiff8", "tiff16", "webp", "avif", "heic"]
"""What a picture is written as; `source` is the photo's own format, depth and compression."""

ColourProfile = Literal["source", "srgb", "display-p3", "adobe-rgb", "prophoto"]
"""The colour space of the file; `source` leaves the photo's own."""

Stripped = Literal["nothing", "gps", "all"]
"""Which of the photo's metadata are left out."""

MIN_SIDE_PX, MAX_SIDE_PX = 16, 65500


class Consent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who agreed to what: a record that the photographer keeps, for a person or for a shoot.

    Attributes:
        subject: the person's name, or that of the shoot.
        note: what was agreed, and how (a signed release, a mail).
        date: when, as YYYY-MM-DD; empty when it is not known.
    """

    subject: str
    note: str = ""
    date: str = ""


class Export(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is done to the file besides the edit.

    Attributes:
        profile: pixels are converted to it and it is embedded.
        longest_px: the longer side's limit, 0 for none; a smaller photo is not enlarged.
        quality: 1 to 100 for JPEG, WebP, AVIF and HEIC; 0 keeps what the photo came with.
        strip_metadata: what is left out; a colour profile and the provenance always stay.
        sidecar: whether the recipe is kept beside the photo, as `PHOTO.ext.pixelsmile.json`.
        consents: records that go into the sidecar.
        certificate, key: paths of PEM files that the picture is signed with, or both empty.
    """

    profile: ColourProfile = "source"
    longest_px: int = 0
    quality: int = 0
    strip_metadata: Stripped = "nothing"
    sidecar: bool = False
    consents: tuple[Consent, ...] = ()
    certificate: str = ""
    key: str = ""

    def __post_init__(self) -> None:
        if self.longest_px and not MIN_SIDE_PX <= self.longest_px <= MAX_SIDE_PX:
            raise ValueError(f"a size is from {MIN_SIDE_PX} to {MAX_SIDE_PX} pixels")
        if not 0 <= self.quality <= 100:
            raise ValueError("a quality is from 1 to 100")
        if bool(self.certificate) != bool(self.key):
            raise ValueError("signing needs both a certificate and its key")

    @property
    def changes_the_file(self) -> bool:
        """Whether a photo that is not edited cannot simply be copied."""
        kept = Export(sidecar=self.sidecar, consents=self.consents)
        return self != kept


AS_IT_CAME = Export()
"""Nothing is done to the file besides the edit."""


class ExportPreset(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A name that stands for a way to write pictures: format, file and names."""

    name: str
    format: OutputFormat = "source"
    export: Export = AS_IT_CAME
    template: str = ""
    collision: Collision = "overwrite"

    def __post_init__(self) -> None:
        if self.template:
            check_template(self.template)


@cache
def shipped_export_presets() -> dict[str, ExportPreset]:
    """The export presets that come with the program, by name."""
    table = (RESOURCES / "export_presets.json").read_bytes()
    return {one.name: one for one in msgspec.json.decode(table, type=list[ExportPreset])}
