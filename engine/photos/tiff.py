"""TIFF files: the first page read, checked before it is decoded, and a new file written."""

import contextlib
import io
import logging
import math
import struct
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.photos import exif as exif_blocks
from engine.photos import tags
from engine.photos.decoding import Decoded, damaged, truncated, unsupported
from engine.photos.limits import MAX_METADATA_BYTES, MAX_PROFILE_BYTES, check_size
from engine.photos.photo import Pixels
from engine.photos.tags import Directory, Header, Tree

_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _CMYK, _YCBCR = 0, 1, 2, 3, 5, 6
_COMPRESSIONS = {
    1: "none",
    2: "deflate",
    3: "deflate",
    4: "deflate",
    5: "lzw",
    7: "jpeg",
    8: "deflate",
    32773: "none",
    32946: "deflate",
    34925: "deflate",
    50000: "deflate",
}
_ICC, _XMP, _IPTC = 34675, 700, 33723
_NEEDED = frozenset({*range(254, 533), _ICC, _XMP, _IPTC}) | exif_blocks.DESCRIPTIVE
_MAX_SEGMENTS = 1 << 20
_STRIP_BYTES = 1 << 20


@dataclass(frozen=True)
class _Page:
    """What the first directory says of its picture."""

    width: int
    height: int
    bits: int
    samples: int
    compression: int
    photometric: int
    alpha: int
    planar: bool
    predictor: int


def read_tiff(data: bytes) -> Decoded:
    """Decode the first page of a TIFF: grey, palette, RGB, CMYK or YCbCr, with or without alpha.

    Raises:
        Refusal: `truncated`, `damaged`, `unsupported`, `too_large`.
    """
    header = tags.read_header(data)
    if header.first + 2 > len(data):
        raise truncated()
    directory = tags.read_directory(data, header, header.first)
    if directory.outside & _NEEDED:
        raise truncated()
    page = _read_page(data, header, directory)
    _check_segments(data, header, directory, page)
    pixels = _decode(data, page)
    said: tuple[str, ...] = ()
    if directory.next:
        said = ("only the first page was opened",)
    return _described(data, header, directory, page, pixels, said)


def _described(
    data: bytes,
    header: Header,
    directory: Directory,
    page: _Page,
    pixels: NDArray[Any],
    said: tuple[str, ...],
) -> Decoded:
    icc = _bytes(data, directory, _ICC, MAX_PROFILE_BYTES)
    if page.photometric == _PALETTE:
        pixels = _expanded(data, header, directory, page, pixels)
    elif page.bits < 8:
        pixels = pixels.astype(np.uint8) * np.uint8(255 // ((1 << page.bits) - 1))
    if page.photometric == _WHITE_IS_ZERO:
        pixels[..., 0] = np.bitwise_not(pixels[..., 0])
    pixels, said = _with_plain_alpha(pixels, page, said)
    if page.photometric == _CMYK:
        from engine.photos.colour import cmyk_to_rgb

        pixels, icc, more = cmyk_to_rgb(pixels[..., :4], icc)
        said = (*said, *more)
    compression = _COMPRESSIONS[page.compression]
    exif = exif_blocks.from_tiff(data, header, directory)
    notes = exif is not None and exif_blocks.has_makers_notes(exif)
    return Decoded(
        pixels=pixels,
        orientation=tags.integer(data, header, directory.entries.get(274), 1),
        icc=icc,
        exif=exif,
        xmp=_bytes(data, directory, _XMP, MAX_METADATA_BYTES),
        iptc=_bytes(data, directory, _IPTC, MAX_METADATA_BYTES),
        lossless=compression != "jpeg",
        compression="deflate" if compression == "jpeg" else compression,
        warnings=said,
        # Their own offsets count from the start of the file that they were in.
        left_out=("what the maker's notes point at",) if notes else (),
    )


def _read_page(data: bytes, header: Header, directory: Directory) -> _Page:
    def one(tag: int, default: int) -> int:
        return tags.integer(data, header, directory.entries.get(tag), default)

    width, height, samples = one(256, 0), one(257, 0), one(277, 1)
    depths = set(tags.integers(data, header, directory.entries.get(258), 16)) or {1}
    kinds = set(tags.integers(data, header, directory.entries.get(339), 16)) or {1}
    extra = tags.integers(data, header, directory.entries.get(338), 16)
    if len(depths) > 1:
        raise unsupported("its channels have different depths")
    bits = depths.pop()
    if not 1 <= samples <= 64 or width < 0 or height < 0:
        raise damaged(f"it says that it has {samples} channels")
    check_size(width, height, samples, 2 if bits > 8 else 1)
    if kinds - {1, 4}:
        kind = "floating-point" if 3 in kinds else "signed"
        raise unsupported(f"its values are {kind} numbers of {bits} bits")
    page = _Page(
        width,
        height,
        bits,
        samples,
        one(259, 1),
        one(262, _BLACK_IS_ZERO if samples < 3 else _RGB),
        extra[0] if extra else 0,
        one(284, 1) == 2 and samples > 1,
        one(317, 1),
    )
    _check_page(page)
    return page


def _check_page(page: _Page) -> None:
    colours = {_WHITE_IS_ZERO: 1, _BLACK_IS_ZERO: 1, _RGB: 3, _PALETTE: 1, _CMYK: 4, _YCBCR: 3}
    if page.photometric not in colours:
        raise unsupported(f"its colours are of a kind (number {page.photometric}) that is not read")
    if page.samples - colours[page.photometric] not in (0, 1):
        raise unsupported(f"it has {page.samples} channels")
    allowed = (1, 2, 4, 8, 16) if colours[page.photometric] == 1 and page.samples == 1 else (8, 16)
    if page.bits not in allowed or (page.photometric == _PALETTE and page.samples > 1):
        raise unsupported(f"its channels have {page.bits} bits")
    if page.compression not in _COMPRESSIONS:
        raise unsupported(f"its compression (number {page.compression}) is not read")
    if page.photometric == _YCBCR and page.compression != 7:
        raise unsupported("it stores brightness and colour apart without JPEG compression")
    if page.compression == 7 and page.bits != 8:
        raise unsupported(f"it is JPEG-compressed with {page.bits} bits")
    if page.predictor not in (1, 2):
        raise unsupported(f"its predictor (number {page.predictor}) is not read")


def _check_segments(data: bytes, header: Header, directory: Directory, page: _Page) -> None:
    """Refuse strips or tiles that do not lie inside the file or are fewer than the picture."""

    def many(tag: int) -> list[int]:
        return tags.integers(data, header, directory.entries.get(tag), _MAX_SEGMENTS)

    planes = page.samples if page.planar else 1
    tile_width, tile_height = (
        tags.integer(data, header, directory.entries.get(t), 0) for t in (322, 323)
    )
    tiled = 322 in directory.entries or 324 in directory.entries
    if tiled:
        if tile_width <= 0 or tile_height <= 0:
            raise damaged("its tiles have no size")
        check_size(tile_width, tile_height, page.samples // planes, 2 if page.bits > 8 else 1)
        needed = math.ceil(page.width / tile_width) * math.ceil(page.height / tile_height)
        offsets, sizes = many(324), many(325)
    else:
        rows = tags.integer(data, header, directory.entries.get(278), page.height)
        if rows <= 0:
            raise damaged("its strips have no rows")
        needed = math.ceil(page.height / min(rows, page.height))
        offsets, sizes = many(273), many(279)
        if not sizes and page.compression == 1 and len(offsets) == 1:
            return
    needed *= planes
    if len(offsets) < needed or len(sizes) < needed:
        raise truncated()
    if any(
        offset <= 0 or size <= 0 or offset + size > len(data)
        for offset, size in zip(offsets[:needed], sizes[:needed], strict=True)
    ):
        raise truncated()
    row_bytes = math.ceil(page.width * page.bits * (page.samples // planes) / 8)
    if page.compression == 1 and sum(sizes[:needed]) < row_bytes * page.height * planes:
        raise truncated()


def _decode(data: bytes, page: _Page) -> NDArray[Any]:
    """(height, width, samples) as stored."""
    from tifffile import TiffFile

    with _quiet(), TiffFile(io.BytesIO(data)) as file:
        stored = file.pages[0].asarray(maxworkers=2)
    stored = np.asarray(stored)
    if page.planar:
        if stored.shape != (page.samples, page.height, page.width):
            raise damaged("its header and its contents do not agree")
        stored = np.moveaxis(stored, 0, 2)
    if stored.size != page.height * page.width * page.samples:
        raise damaged("its header and its contents do not agree")
    if stored.dtype == np.bool_:
        stored = stored.astype(np.uint8)
    if stored.dtype not in (np.uint8, np.uint16):
        raise unsupported(f"its values are of the kind {stored.dtype}")
    native = stored.astype(stored.dtype.newbyteorder("="), copy=False)
    pixels = np.ascontiguousarray(native.reshape(page.height, page.width, page.samples))
    return pixels if pixels.flags.writeable else pixels.copy()


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the library's remarks off stderr; an application's own log handlers still get them."""
    logger = logging.getLogger("tifffile")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _expanded(
    data: bytes, header: Header, directory: Directory, page: _Page, indices: NDArray[Any]
) -> NDArray[Any]:
    table = tags.integers(data, header, directory.entries.get(320), 3 << 16)
    if len(table) != 3 << page.bits:
        raise damaged("its table of colours is incomplete")
    colours = np.array(table, np.uint16).reshape(3, -1).T
    # Some programs write the 16-bit table with 8-bit values.
    eight = colours.astype(np.uint8) if colours.max() < 256 else (colours >> 8).astype(np.uint8)
    return eight[indices[..., 0]]


def _with_plain_alpha(
    pixels: NDArray[Any], page: _Page, said: tuple[str, ...]
) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Undo premultiplied alpha; drop an alpha that goes with ink."""
    colours = 4 if page.photometric == _CMYK else 3 if pixels.shape[2] >= 3 else 1
    if pixels.shape[2] == colours:
        return pixels, said
    if page.photometric == _CMYK:
        return pixels, (*said, "the alpha channel of a CMYK photo was left out")
    if page.alpha != 1:
        return pixels, said
    top_value = int(np.iinfo(pixels.dtype).max)
    alpha = pixels[..., colours:].astype(np.uint64)
    plain = (pixels[..., :colours] * np.uint64(top_value) + alpha // 2) // np.maximum(alpha, 1)
    pixels[..., :colours] = np.minimum(plain, top_value)
    return pixels, (*said, "its premultiplied alpha was changed to plain alpha")


def _bytes(data: bytes, directory: Directory, tag: int, limit: int) -> bytes | None:
    entry = directory.entries.get(tag)
    if entry is None or not 0 < entry.size <= limit:
        return None
    return bytes(data[entry.start : entry.start + entry.size])


def tiff_parts(
    pixels: Pixels,
    *,
    compression: str,
    icc: bytes | None = None,
    exif: bytes | None = None,
    xmp: bytes | None = None,
    iptc: bytes | None = None,
    dpi: tuple[float, float] | None = None,
) -> list[bytes]:
    """The pieces of a TIFF file, to be written one after the other.

    The EXIF block, itself a TIFF structure, is put at the very beginning: whatever its offsets
    point at stays where they point, makers' notes included. The new first directory takes its
    descriptive tags over and follows it, then come the strips.
    """
    block, order, tree = _metadata(exif)
    head_size = len(block) + len(block) % 2
    native = pixels.astype(pixels.dtype.newbyteorder("<" if order == "<" else ">"), copy=False)
    strips, rows = _strips(native, compression)
    tree = _picture_tags(tree, order, pixels, rows, compression)
    if dpi and 0x011A not in tree.values:
        for tag, value in ((0x011A, dpi[0]), (0x011B, dpi[1])):
            tree.values[tag] = (5, 1, struct.pack(order + "II", round(value * 100), 100))
        tree.values[0x0128] = (3, 1, struct.pack(order + "H", 2))
    for tag, kind, value in ((_ICC, 7, icc), (_XMP, 1, xmp), (_IPTC, 7, iptc)):
        if value:
            tree.values[tag] = (kind, len(value), value)
    sizes = [len(strip) for strip in strips]
    tree.values[279] = (4, len(sizes), struct.pack(f"{order}{len(sizes)}I", *sizes))
    tree.values[273] = (4, len(sizes), bytes(4 * len(sizes)))
    length = len(tags.build_directory(tree, order, head_size))
    first = head_size + length + length % 2
    offsets = [first + sum_before for sum_before in _running_sums(sizes)]
    if offsets[-1] + sizes[-1] >= 1 << 32:
        raise unsupported("it would be larger than a TIFF can be")
    tree.values[273] = (4, len(sizes), struct.pack(f"{order}{len(sizes)}I", *offsets))
    directory = tags.build_directory(tree, order, head_size)
    magic = b"II*\0" if order == "<" else b"MM\0*"
    head = magic + struct.pack(order + "I", head_size) + block[8:]
    return [head.ljust(head_size, b"\0"), directory.ljust(first - head_size, b"\0"), *strips]


def _metadata(exif: bytes | None) -> tuple[bytes, str, Tree]:
    """The EXIF block, its byte order and a directory that points into it."""
    if exif is not None:
        with contextlib.suppress(Exception):
            header = tags.read_header(exif)
            directory = tags.read_directory(exif, header, header.first)
            tree = tags.extract(exif, header, directory, exif_blocks.DESCRIPTIVE)
            for pointer in list(tree.children):
                offset = tags.integer(exif, header, directory.entries[pointer], 0)
                tree.values[pointer] = (4, 1, struct.pack(header.order + "I", offset))
            tree.children.clear()
            return exif, header.order, tree
    return b"II*\0\0\0\0\0", "<", Tree()


def _picture_tags(tree: Tree, order: str, pixels: Pixels, rows: int, compression: str) -> Tree:
    height, width, channels = pixels.shape
    bits = 8 * pixels.itemsize
    shorts = {
        258: [bits] * channels,
        259: [{"none": 1, "lzw": 5}.get(compression, 8)],
        262: [_RGB if channels >= 3 else _BLACK_IS_ZERO],
        274: [1],
        277: [channels],
        284: [1],
        339: [1] * channels,
    }
    if compression != "none":
        shorts[317] = [2]
    if channels in (2, 4):
        shorts[338] = [2]
    values = dict(tree.values)
    for tag, numbers in shorts.items():
        values[tag] = (3, len(numbers), struct.pack(f"{order}{len(numbers)}H", *numbers))
    for tag, number in ((254, 0), (256, width), (257, height), (278, rows)):
        values[tag] = (4, 1, struct.pack(order + "I", number))
    return Tree(values)


def _strips(pixels: NDArray[Any], compression: str) -> tuple[list[bytes], int]:
    """The picture in strips of about a megabyte, and how many rows each has."""
    from concurrent.futures import ThreadPoolExecutor

    height, width, channels = pixels.shape
    rows = max(1, min(height, _STRIP_BYTES // (width * channels * pixels.itemsize)))
    bands = [pixels[top : top + rows] for top in range(0, height, rows)]
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda band: _packed(band, compression), bands)), rows


def _packed(band: NDArray[Any], compression: str) -> bytes:
    from imagecodecs import deflate_encode, lzw_encode

    if compression == "none":
        return band.tobytes()
    native = band.astype(band.dtype.newbyteorder("="), copy=False)
    differences = native.copy()
    np.subtract(native[:, 1:], native[:, :-1], out=differences[:, 1:])
    stored = differences.astype(band.dtype, copy=False).tobytes()
    return bytes(lzw_encode(stored) if compression == "lzw" else deflate_encode(stored, 4))


def _running_sums(sizes: list[int]) -> Iterator[int]:
    total = 0
    for size in sizes:
        yield total
        total += size
