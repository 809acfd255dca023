"""Photos as cameras and editors leave them: a face, a profile, hundreds of tags."""

import json
import shutil
import struct
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

from engine.photos.colour import in_profile
from engine.photos.png import png_parts
from engine.photos.profiles import profile_bytes

SAMPLE = Path(__file__).parents[3] / "resources/samples/eileen_collins.png"
UNKNOWN = "http://ns.example.org/history/1.0/"

# How a file is stored, when it was written, and by whom it is read: no metadata of the photo.
_STRUCTURE = (
    *("SourceFile", "ExifTool", "File", "System", "Composite", "PNG", "PNG-pHYs", "ICC_Profile"),
    *("ICC-header", "ICC-view", "ICC-meas", "JFIF", "Meta", "ItemList", "IFD1", "SubIFD", "XMP-x"),
)
_STORED = frozenset(
    {
        *("ImageWidth", "ImageHeight", "BitsPerSample", "Compression", "PhotometricInterpretation"),
        *("StripOffsets", "StripByteCounts", "RowsPerStrip", "SamplesPerPixel", "SubfileType"),
        *("PlanarConfiguration", "Predictor", "SampleFormat", "TileWidth", "TileLength"),
        *("TileOffsets", "TileByteCounts", "ExtraSamples", "Orientation", "CurrentIPTCDigest"),
        *("ThumbnailOffset", "ThumbnailLength", "YCbCrPositioning", "YCbCrSubSampling", "Padding"),
        *("ExifImageWidth", "ExifImageHeight", "CFARepeatPatternDim", "CFAPattern2"),
    }
)


def have(program: str) -> bool:
    """Whether the program is installed."""
    return shutil.which(program) is not None


@cache
def face(side: int = 512) -> NDArray[np.uint8]:
    """(side, side, 3) sRGB: a portrait."""
    with Image.open(SAMPLE) as image:
        return np.asarray(image.convert("RGB").resize((side, side), Image.Resampling.LANCZOS))


@cache
def deep_face(side: int = 512) -> NDArray[np.uint16]:
    """The portrait in 16 bits, with grain that 8 bits cannot hold."""
    deep = face(side).astype(np.int32) * 257
    grain = np.random.default_rng(0).integers(-120, 121, deep.shape)
    return np.clip(deep + grain, 0, 65535).astype(np.uint16)


def prophoto_tiff(path: Path, side: int = 512) -> None:
    """A 16-bit TIFF in ProPhoto RGB."""
    pixels, icc = in_profile(deep_face(side), None, "prophoto")
    tifffile.imwrite(
        path,
        pixels,
        photometric="rgb",
        compression="zlib",
        predictor=True,
        iccprofile=icc,
        metadata=None,
    )


def adobe_jpeg(path: Path, side: int = 512) -> None:
    """A JPEG in Adobe RGB, lying on its side; its tags must say orientation 6."""
    pixels, icc = in_profile(face(side), None, "adobe-rgb")
    lying = Image.fromarray(np.ascontiguousarray(np.rot90(pixels, 1)))
    lying.save(path, quality=93, subsampling=1, icc_profile=icc)


def p3_jpeg(path: Path) -> None:
    """A JPEG in Display P3, colours at half resolution."""
    pixels, icc = in_profile(face(), None, "display-p3")
    Image.fromarray(pixels).save(path, quality=90, subsampling=2, icc_profile=icc)


def deep_png(path: Path, side: int = 512) -> None:
    """A 16-bit PNG in Adobe RGB."""
    pixels, icc = in_profile(deep_face(side), None, "adobe-rgb")
    path.write_bytes(b"".join(png_parts(pixels, icc=icc)))


def grey_jpeg(path: Path) -> None:
    """A JPEG of one channel with a grey profile."""
    with Image.open(SAMPLE) as image:
        image.convert("L").save(path, quality=90, icc_profile=profile_bytes("srgb", grey=True))


def avif(path: Path, side: int = 512) -> None:
    """An AVIF in Display P3."""
    pixels, icc = in_profile(face(side), None, "display-p3")
    Image.fromarray(pixels).save(path, quality=90, icc_profile=icc)


def heic(path: Path, bits: int = 8, side: int = 512) -> None:
    """A HEIC in Display P3; needs heif-enc."""
    pixels, icc = in_profile(deep_face(side) if bits > 8 else face(side), None, "display-p3")
    source = path.with_suffix(".tmp.png")
    source.write_bytes(b"".join(png_parts(pixels, icc=icc)))
    command = ["heif-enc", "-q", "92", "-b", str(bits), "-o", str(path), str(source)]
    subprocess.run(command, check=True, capture_output=True)
    source.unlink()


def dng(path: Path, side: int = 512) -> None:
    """A DNG with a Bayer pattern and a colour matrix of a camera that sees sRGB."""
    linear = ((face(side) / 255.0) ** 2.2 * 60000 + 500).astype(np.uint16)
    mosaic = np.empty(linear.shape[:2], np.uint16)
    for y, x, channel in ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 2)):
        mosaic[y::2, x::2] = linear[y::2, x::2, channel]
    to_camera = (32405, -15371, -4985, -9693, 18760, 416, 556, -2040, 10572)
    matrix = [number for value in to_camera for number in (value, 10000)]
    extra = [
        (50706, 1, 4, bytes([1, 4, 0, 0]), True),
        (50707, 1, 4, bytes([1, 1, 0, 0]), True),
        (50708, 2, 0, "Camera Works One", True),
        (33421, 3, 2, (2, 2), True),
        (33422, 1, 4, bytes([0, 1, 1, 2]), True),
        (50714, 3, 1, 500, True),
        (50717, 3, 1, 60500, True),
        (50721, 10, 9, matrix, True),
        (50728, 5, 3, (1, 1, 1, 1, 1, 1), True),
        (50778, 3, 1, 21, True),
        (271, 2, 0, "Camera Works", True),
        (272, 2, 0, "One", True),
        (274, 3, 1, 1, True),
    ]
    tifffile.imwrite(path, mosaic, photometric=32803, extratags=extra, metadata=None)


def makers_notes() -> bytes:
    """An EXIF block of a camera whose own notes hold a directory of their own (Nikon's third)."""
    values = {
        0x0001: (7, b"0210"),
        0x0004: (2, b"FINE   \0"),
        0x0005: (2, b"AUTO        \0\0"),
        0x0007: (2, b"AF-S  \0\0"),
        0x0084: (5, struct.pack("<8I", 240, 10, 700, 10, 28, 10, 28, 10)),
        0x00A7: (4, struct.pack("<I", 12345)),
    }
    notes = b"Nikon\0\x02\x10\0\0" + _directory(values, 8, b"II*\0\x08\0\0\0")
    taken = b"2024:05:06 07:08:09\0"
    head = b"II*\0\x08\0\0\0"
    first = {
        0x010F: (2, b"NIKON CORPORATION\0"),
        0x0110: (2, b"NIKON D850\0"),
        0x0112: (3, struct.pack("<HH", 1, 0)),
        0x8769: (4, bytes(4)),
    }
    size = len(_directory(first, 8, head))
    first[0x8769] = (4, struct.pack("<I", size))
    below = {0x9003: (2, taken), 0x927C: (7, notes), 0xA002: (4, bytes(4)), 0xA003: (4, bytes(4))}
    return _directory(first, 8, head) + _directory(below, size, b"")


def _directory(values: dict[int, tuple[int, bytes]], at: int, head: bytes) -> bytes:
    """A little-endian TIFF directory at offset `at` with its values behind it."""
    widths = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1}
    table, heap = struct.pack("<H", len(values)), b""
    start = at + 2 + 12 * len(values) + 4
    for tag, (kind, value) in sorted(values.items()):
        count = len(value) // widths[kind] if not (kind == 3 and len(value) == 4) else 1
        inline = len(value) <= 4
        table += struct.pack("<HHI", tag, kind, count)
        table += value.ljust(4, b"\0") if inline else struct.pack("<I", start + len(heap))
        heap += b"" if inline else value + b"\0" * (len(value) % 2)
    return head + table + bytes(4) + heap


def packet(attributes: str, elements: str = "", **namespaces: str) -> bytes:
    """An XMP packet of one description."""
    declared = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in namespaces.items())
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" {declared} {attributes}>{elements}</rdf:Description>'
        '</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()


def _unknown_packet(extra: int = 60) -> bytes:
    """A rating, an orientation and properties of a namespace that nobody knows."""
    return packet(
        'xmp:Rating="4" xmp:Label="Red" odd:mode="kept" tiff:Orientation="1"',
        "<odd:list><rdf:Seq><rdf:li>a</rdf:li><rdf:li>b</rdf:li></rdf:Seq></odd:list>"
        + "".join(f"<odd:step{n}>value {n}</odd:step{n}>" for n in range(extra)),
        xmp="http://ns.adobe.com/xap/1.0/",
        odd=UNKNOWN,
        tiff="http://ns.adobe.com/tiff/1.0/",
    )


def with_tags(path: Path, orientation: int = 1) -> None:
    """Give the file some hundred tags of every kind that it can hold; needs exiftool."""
    carrier = path.with_suffix(".tags.jpg")
    Image.new("RGB", (16, 16)).save(
        carrier, exif=b"Exif\0\0" + makers_notes(), xmp=_unknown_packet(), comment=b"a comment"
    )
    exiftool("-TagsFromFile", str(carrier), "-all:all", "-unsafe", "-XMP", str(path))
    carrier.unlink()
    settings = [f"-XMP-crs:{name}={n % 50}" for n, name in enumerate(_DEVELOPED)]
    iptc = [f"-IPTC:{name}=the {name}" for name in _IPTC]
    exif = [f"-EXIF:{name}={value}" for name, value in _EXIF.items()]
    exiftool(
        *settings,
        *iptc,
        *exif,
        *(f"-XMP-dc:Subject=word {n}" for n in range(5)),
        "-XMP-dc:Creator=Ansel Example",
        "-XMP-photoshop:City=Bern",
        "-XMP-iptcExt:PersonInImage=Eileen Collins",
        "-XMP-dc:Title=A portrait",
        "-PNG:Description=plain text in a PNG",
        f"-IFD0:Orientation#={orientation}",
        f"-XMP-tiff:Orientation#={orientation}",
        str(path),
    )


def exiftool(*arguments: str) -> str:
    """What the program prints; writes in place where it writes."""
    done = subprocess.run(
        ["exiftool", "-q", "-q", "-m", "-overwrite_original", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Error" not in done.stderr, done.stderr
    return done.stdout


def tags_of(path: Path, *options: str) -> dict[str, Any]:
    """Every tag of the photo itself, as `group:name`, by exiftool."""
    printed = exiftool("-j", "-n", "-a", "-u", "-G1", *options, str(path))
    return {
        name: value
        for name, value in json.loads(printed)[0].items()
        if name.partition(":")[0] not in _STRUCTURE
        and not name.startswith("ICC")
        and name.rpartition(":")[2] not in _STORED
    }


def kept(before: dict[str, Any], after: dict[str, Any]) -> tuple[float, Sequence[str]]:
    """The share of tags that are there with their value, and the names of the others."""
    lost = [name for name, value in before.items() if after.get(name) != value]
    return 1 - len(lost) / max(len(before), 1), lost


_EXIF = {
    "Artist": "Ansel Example",
    "Copyright": "2024 Ansel Example",
    "ImageDescription": "an astronaut",
    "UserComment": "seen from below",
    "ExposureTime": "0.004",
    "FNumber": "2.8",
    "ISO": "400",
    "FocalLength": "85",
    "LensModel": "85 mm f/1.8",
    "SerialNumber": "4711",
    "OwnerName": "Ansel",
    "SubSecTimeOriginal": "42",
    "OffsetTimeOriginal": "+02:00",
    "GPSLatitude": "46.9",
    "GPSLatitudeRef": "N",
    "GPSLongitude": "7.4",
    "GPSLongitudeRef": "E",
    "GPSAltitude": "540",
    "GPSAltitudeRef": "0",
    "GPSImgDirection": "12",
    "GPSDateStamp": "2024:05:06",
    "Rating": "4",
}
_IPTC = (
    *("ObjectName", "Keywords", "SpecialInstructions", "By-line", "By-lineTitle", "City"),
    *("Sub-location", "Province-State", "Country-PrimaryLocationName", "Headline", "Credit"),
    *("Source", "CopyrightNotice", "Contact", "Caption-Abstract", "Writer-Editor"),
)
_DEVELOPED = (
    *("Temperature", "Tint", "Shadows", "Brightness", "Contrast2012", "Saturation", "Sharpness"),
    *("LuminanceSmoothing", "ColorNoiseReduction", "VignetteAmount", "ShadowTint", "RedHue"),
    *("RedSaturation", "GreenHue", "GreenSaturation", "BlueHue", "BlueSaturation", "Vibrance"),
    *("HueAdjustmentRed", "HueAdjustmentOrange", "HueAdjustmentYellow", "HueAdjustmentGreen"),
    *("HueAdjustmentAqua", "HueAdjustmentBlue", "HueAdjustmentPurple", "HueAdjustmentMagenta"),
    *("SaturationAdjustmentRed", "SaturationAdjustmentOrange", "SaturationAdjustmentYellow"),
    *("SaturationAdjustmentGreen", "SaturationAdjustmentAqua", "SaturationAdjustmentBlue"),
    *("LuminanceAdjustmentRed", "LuminanceAdjustmentOrange", "LuminanceAdjustmentYellow"),
    *("LuminanceAdjustmentGreen", "LuminanceAdjustmentAqua", "LuminanceAdjustmentBlue"),
    *("SplitToningShadowHue", "SplitToningShadowSaturation", "SplitToningHighlightHue"),
    *("ParametricShadows", "ParametricDarks", "ParametricLights", "ParametricHighlights"),
    *("GrainAmount", "GrainSize", "GrainFrequency", "Clarity2012", "Dehaze", "Texture"),
)
