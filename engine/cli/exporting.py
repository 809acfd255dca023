"""Options of the files that are written: format, colours, size, metadata, names."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from engine.cli.generative import one_of
from engine.cli.option_groups import ExportOptions, SignOptions
from engine.cli.options import UsageFault, parse_format
from engine.recipes import (
    ColourProfile,
    Consent,
    Export,
    ExportPreset,
    OutputFormat,
    Stripped,
    shipped_export_presets,
)
from engine.recipes.naming import Collision, TemplateError, check_template

_LARGEST_PRESET_BYTES = 1_000_000


@dataclass(frozen=True)
class Naming:
    """How outputs are called; the default is the plain STEM_EXPRESSION_SCALE."""

    template: str = ""
    collision: Collision = "overwrite"
    format: OutputFormat = "source"

    @property
    def is_plain(self) -> bool:
        """Whether names are the usual ones and existing files are replaced."""
        return not self.template and self.collision == "overwrite"


PLAIN_NAMES = Naming()
"""STEM_EXPRESSION_SCALE."""


def read_export(options: ExportOptions) -> tuple[OutputFormat, Export, Naming]:
    """The format, what is done to the files, and their names; raises `UsageFault`.

    What was typed counts more than what the preset says.
    """
    preset = _preset(options.preset) if options.preset else ExportPreset("")
    format = parse_format(options.format) if options.format else preset.format
    changes: dict[str, object] = {}
    if options.profile:
        changes["profile"] = one_of("--profile", options.profile, ColourProfile)
    if options.size is not None:
        changes["longest_px"] = options.size
    if options.quality is not None:
        if not 1 <= options.quality <= 100:
            raise UsageFault("--quality is a number from 1 to 100")
        changes["quality"] = options.quality
    if options.strip_metadata:
        changes["strip_metadata"] = one_of("--strip-metadata", options.strip_metadata, Stripped)
    if options.consent and not options.sidecar:
        raise UsageFault("--consent is kept in the sidecar, so it needs --sidecar")
    if options.sidecar:
        changes["sidecar"] = True
        changes["consents"] = tuple(_consent(text) for text in options.consent)
    if options.sign or options.sign_key:
        changes["certificate"], changes["key"] = signing_files(options)
    template = options.name or preset.template
    collision = options.collision or preset.collision
    try:
        export = msgspec.structs.replace(preset.export, **changes)
        if template:
            check_template(template)
    except TemplateError as error:
        raise UsageFault(f"--name: {error}") from error
    except ValueError as error:
        raise UsageFault(str(error)) from error
    return format, export, Naming(template, one_of("--collision", collision, Collision), format)


def _preset(text: str) -> ExportPreset:
    """A preset by its name, or from a file of the user's."""
    shipped = shipped_export_presets()
    if text in shipped:
        return shipped[text]
    path = Path(text)
    try:
        known = path.is_file() and path.stat().st_size <= _LARGEST_PRESET_BYTES
        if known:
            return msgspec.json.decode(path.read_bytes(), type=ExportPreset)
    except (msgspec.DecodeError, ValueError, OSError) as error:
        raise UsageFault(f"--export-preset {path.name!r} has a fault: {error}") from error
    raise UsageFault(
        f"--export-preset {text[:60]!r} is neither a file nor one of: {', '.join(shipped)}"
    )


def _consent(text: str) -> Consent:
    """`WHO`, or `WHO: what was agreed`."""
    who, _, what = text.partition(":")
    if not who.strip():
        raise UsageFault("--consent names nobody; write it as WHO: WHAT WAS AGREED")
    return Consent(who.strip(), what.strip())


def signing_files(options: SignOptions) -> tuple[str, str]:
    """The paths of a certificate and its key, or two empty texts; raises `UsageFault`."""
    if bool(options.sign) != bool(options.sign_key):
        raise UsageFault("--sign and --sign-key are given together")
    if not options.sign:
        return "", ""
    for option, text in (("--sign", options.sign), ("--sign-key", options.sign_key)):
        if not Path(text).is_file():
            raise UsageFault(f"{option} {Path(text).name!r} is no file")
    return str(Path(options.sign).absolute()), str(Path(options.sign_key).absolute())
