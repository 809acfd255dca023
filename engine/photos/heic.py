"""HEIC files: decoded by pi-heif where it is installed, written by a heif-enc program.

HEVC encoders are GPL (x265), so none is shipped. pi-heif holds libheif with the decoder libde265
alone (both LGPL) and is an extra of this program.
"""

import importlib
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from engine.photos.avif import check_boxes, limited, named_profile, spread
from engine.photos.decoding import Decoded, damaged
from engine.photos.errors import Refusal
from engine.photos.limits import MAX_METADATA_BYTES, MAX_PROFILE_BYTES, check_size
from engine.photos.photo import Photo, Pixels
from engine.photos.png import png_parts

EXTRA = "pixelsmile-desktop[heic]"
_QUALITY = 93
_TIMEOUT_S = 300.0


def read_heic(data: bytes) -> Decoded:
    """Decode the main picture of a HEIC; 10 and 12 bits become 16.

    Raises:
        Refusal: `truncated`, `damaged`, `too_large`, or `needs_package` without pi-heif.
    """
    try:
        pi_heif: Any = importlib.import_module("pi_heif")
    except ImportError as error:
        raise Refusal(
            "needs_package",
            "it is a HEIC, and the package that reads those is not installed",
            f"install {EXTRA}, or export it as JPEG or TIFF and open that",
        ) from error

    check_boxes(data)
    file = pi_heif.open_heif(data, convert_hdr_to_8bit=False)
    image = file[file.primary_index]
    bits = int(image.info.get("bit_depth", 8))
    mode = str(image.mode).partition(";")[0]
    width, height = image.size
    check_size(width, height, len(mode), 2 if bits > 8 else 1)
    stored: Any = np.asarray(image)
    stored = stored[..., None] if stored.ndim == 2 else stored
    if stored.shape[:2] != (height, width):
        raise damaged("its header and its contents do not agree")
    # libheif hands 10 and 12 bits over in the upper part of 16.
    pixels: Any = (
        stored if stored.dtype == np.uint8 else spread(stored >> np.uint16(16 - bits), bits)
    )
    exif = limited(image.info.get("exif"), MAX_METADATA_BYTES)
    nclx = image.info.get("nclx_profile") or {}
    return Decoded(
        pixels=np.ascontiguousarray(pixels).copy(),
        # It comes turned by what the file itself says; EXIF's number does not count (ISO 23008-12).
        orientation=1,
        icc=limited(image.info.get("icc_profile"), MAX_PROFILE_BYTES)
        or named_profile(int(nclx.get("color_primaries", 1))),
        exif=exif.removeprefix(b"Exif\0\0") if exif else None,
        xmp=limited(image.info.get("xmp"), MAX_METADATA_BYTES),
        lossless=False,
        bits=bits,
        warnings=_said(len(file)),
    )


def _said(pictures: int) -> tuple[str, ...]:
    return ("only the main one of its pictures was opened",) if pictures > 1 else ()


def heic_parts(pixels: Pixels, photo: Photo, quality: int = 0) -> list[bytes]:
    """A HEIC of (height, width, channels) pixels, through the program heif-enc.

    Raises:
        Refusal: `needs_program` without heif-enc; `failed`.
    """
    program = shutil.which("heif-enc")
    if program is None:
        raise Refusal(
            "needs_program",
            "writing a HEIC needs the program heif-enc, which is not installed",
            "install it (on Debian and Ubuntu: libheif-examples), or choose another format",
        )
    bits = photo.bits if photo.bits in (10, 12) else 8 if pixels.dtype == np.uint8 else 10
    with tempfile.TemporaryDirectory(prefix="pixelsmile-") as folder:
        source, target = Path(folder) / "in.png", Path(folder) / "out.heic"
        with open(source, "wb") as file:
            for part in png_parts(pixels, icc=photo.icc, exif=photo.exif, xmp=photo.xmp):
                file.write(part)
        _encode(program, source, target, quality or _QUALITY, bits)
        return [target.read_bytes()]


def _encode(program: str, source: Path, target: Path, quality: int, bits: int) -> None:
    command = [program, "-q", str(quality), "-b", str(bits), "-p", "chroma=444"]
    command += ["-o", str(target), str(source)]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise _gave_up("it could not be run") from error
    if done.returncode != 0 or not target.exists() or not target.stat().st_size:
        said = re.sub(rb"\s+", b" ", done.stderr).decode(errors="replace").strip()
        raise _gave_up(said[-120:] or "no reason given")


def _gave_up(reason: str) -> Refusal:
    return Refusal("failed", f"heif-enc gave up ({reason})", "choose another format")
