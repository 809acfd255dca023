"""Photographers' files through an edit: depth, profile, tags, everything outside the faces."""

import dataclasses
import hashlib
import importlib.util
import io
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import ExifTags, Image

from engine.photos import (
    Photo,
    PhotoError,
    Provenance,
    export_photo,
    from_srgb8,
    glance_at,
    open_photo,
    to_srgb8,
    write_photo,
)
from engine.photos import exiftool as exiftool_module
from engine.photos.colour import in_profile, srgb_profile
from engine.photos.exif import has_thumbnail, orientation, upright, with_thumbnail
from engine.photos.profiles import profile_bytes
from engine.recipes import AS_IT_CAME, Export, Intensities, PhotoEdit, still
from engine.render import Still, edit_photo, find_faces
from tests.unit.photos import camera_files as files
from tests.unit.photos.photo_files import every_kind, exif

Opened = Callable[..., Photo]
HAPPY = PhotoEdit((still(Intensities({"happy": 0.7})),), "instant")
NOTHING = PhotoEdit((still(Intensities({"happy": 0.0})),), "instant")
DONE = Provenance("humanEdits", "instant", "{}", "PixelSmile Desktop 1")

KINDS: dict[str, tuple[Callable[[Path], None], int]] = {
    "prophoto.tif": (files.prophoto_tiff, 1),
    "adobe.jpg": (files.adobe_jpeg, 6),
    "p3.JPEG": (files.p3_jpeg, 1),
    "deep.png": (files.deep_png, 1),
    "grey.jpg": (files.grey_jpeg, 1),
    "colour.avif": (files.avif, 1),
    "phone.heic": (files.heic, 1),
    "sensor.dng": (files.dng, 1),
}
# How a codec is set up, and how a sensor's values become colours: not so in what is made of them.
_OF_THE_KIND = ("QuickTime:", "IFD0:DNG", "IFD0:BlackLevel", "IFD0:WhiteLevel", "IFD0:ColorMatrix")
_OF_THE_SENSOR = ("IFD0:AsShotNeutral", "IFD0:CalibrationIlluminant1")

needs_exiftool = pytest.mark.skipif(not files.have("exiftool"), reason="exiftool is not installed")


def skip_unreadable(name: str) -> None:
    """Skip what this machine has no reader or writer for."""
    if name.endswith(".heic") and not (
        files.have("heif-enc") and importlib.util.find_spec("pi_heif")
    ):
        pytest.skip("HEIC needs pi-heif and heif-enc")
    if name.endswith(".dng") and not importlib.util.find_spec("rawpy"):
        pytest.skip("RAW needs rawpy")


def edited(
    source: Path, output: Path, edit: PhotoEdit = HAPPY, export: Export = AS_IT_CAME
) -> Still:
    """The photo's one edit."""
    stills = edit_photo(
        source, [(edit, output)], format="source", on_step=lambda *_: None, export=export
    )
    return next(iter(stills))


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    """Peak signal to noise in dB, of 8-bit values."""
    error = ((one.astype(float) - other) ** 2).mean()
    return float("inf") if error == 0 else float(10 * np.log10(255**2 / error))


def outside_faces(photo: Photo, source: Path) -> np.ndarray:
    """(height, width): where no face is, with half a face's size around each."""
    mask = np.ones(photo.pixels.shape[:2], bool)
    for face in find_faces(source).faces:
        x, y = face.box.x - face.box.width / 2, face.box.y - face.box.height / 2
        rows = slice(max(int(y), 0), int(y + 2 * face.box.height))
        mask[rows, max(int(x), 0) : int(x + 2 * face.box.width)] = False
    return mask


@needs_exiftool
@pytest.mark.parametrize("name", KINDS)
def test_an_edit_keeps_the_rest(name: str, tmp_path: Path) -> None:
    skip_unreadable(name)
    make, turned = KINDS[name]
    source = tmp_path / name
    make(source)
    files.with_tags(source, turned)
    tags, digest = files.tags_of(source), hashlib.sha256(source.read_bytes()).hexdigest()
    assert len(tags) > 150

    result = edited(source, tmp_path / "out")
    assert hashlib.sha256(source.read_bytes()).hexdigest() == digest
    before, after = open_photo(source), open_photo(result.path)
    raw = before.format == "dng"
    assert result.path.suffix == (".tif" if raw else source.suffix)
    assert after.pixels.shape == before.pixels.shape
    assert (after.pixels.dtype, after.icc) == (before.pixels.dtype, before.icc)
    assert after.jpeg == before.jpeg
    assert after.exif is not None
    assert orientation(after.exif) == 1

    mine = {k: v for k, v in tags.items() if not k.startswith(_OF_THE_KIND + _OF_THE_SENSOR)}
    written = files.tags_of(result.path)
    share, lost = files.kept(mine, written)
    assert share >= 0.99, lost
    assert written["XMP-xmp:Rating"] == 4
    assert written["XMP-odd:Step7"] == "value 7"
    assert written["GPS:GPSLatitude"] == pytest.approx(46.9)
    assert any(tag.startswith("Nikon:") for tag in written)
    assert written["XMP-iptcExt:DigitalSourceType"].endswith("/humanEdits")
    assert "happy" in written["XMP-pixelsmile:Recipe"]

    changed = (after.pixels != before.pixels).any(axis=2)
    assert changed.any()
    outside = outside_faces(before, source)
    assert outside.mean() > 0.2
    if before.format == "jpeg":
        assert psnr(after.pixels[outside], before.pixels[outside]) >= 45
    elif before.format in ("avif", "heic"):
        assert psnr(after.pixels[outside], before.pixels[outside]) >= 40
    else:
        assert not changed[outside].any()


@needs_exiftool
def test_both_orientations_are_upright_afterwards(tmp_path: Path) -> None:
    source = tmp_path / "a.jpg"
    files.adobe_jpeg(source)
    files.with_tags(source, 6)
    said = files.exiftool("-j", "-n", "-Orientation", "-G1", str(source))
    assert '"IFD0:Orientation": 6' in said
    result = edited(source, tmp_path / "out")
    said = files.exiftool("-j", "-n", "-a", "-Orientation", "-G1", str(result.path))
    assert '"IFD0:Orientation": 1' in said
    assert '"XMP-tiff:Orientation": 1' in said


@needs_exiftool
def test_pictures_of_the_face_before_do_not_stay(tmp_path: Path) -> None:
    source, thumbnail = tmp_path / "a.jpg", tmp_path / "thumb.jpg"
    files.p3_jpeg(source)
    Image.fromarray(files.face(128)).save(thumbnail)
    files.exiftool(
        f"-ThumbnailImage<={thumbnail}", f"-PhotoshopThumbnail<={thumbnail}", str(source)
    )
    inside = thumbnail.read_bytes()[-500:-440]
    assert source.read_bytes().count(inside) == 2
    assert inside not in edited(source, tmp_path / "out").path.read_bytes()


def small_picture(path: Path) -> bytes:
    """The JPEG in the second directory of a file's EXIF block; empty when there is none."""
    with Image.open(path) as image:
        block = image.info.get("exif", b"").removeprefix(b"Exif\0\0")
        second = image.getexif().get_ifd(ExifTags.IFD.IFD1)
    return block[second.get(0x0201, 0) :][: second.get(0x0202, 0)]


@needs_exiftool
@pytest.mark.parametrize("make", [files.p3_jpeg, files.grey_jpeg])
def test_the_small_picture_shows_the_edited_face(
    make: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, thumbnail = tmp_path / "a.jpg", tmp_path / "thumb.jpg"
    make(source)
    Image.fromarray(255 - files.face(128)).save(thumbnail)
    files.exiftool(f"-ThumbnailImage<={thumbnail}", "-IFD0:Make=Cam", str(source))
    assert small_picture(source) == thumbnail.read_bytes()
    photo = open_photo(source)
    changed = photo.pixels[:, ::-1]
    whole = export_photo(photo, changed, tmp_path / "whole.jpg").path
    small = export_photo(photo, changed, tmp_path / "small.jpg", export=Export(longest_px=64)).path
    other = export_photo(photo, changed, tmp_path / "other.png", "png").path
    stripped = tmp_path / "stripped.jpg"
    export_photo(photo, changed, stripped, export=Export(strip_metadata="all"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(exiftool_module, "_running", None)
    alone = export_photo(photo, changed, tmp_path / "alone.jpg").path

    with Image.open(io.BytesIO(small_picture(whole))) as shown:
        assert max(shown.size) == 160
        face = np.asarray(shown.convert("RGB"), np.int16)
    with Image.open(whole) as image:
        expected = image.convert("RGB").resize(face.shape[1::-1], Image.Resampling.BOX)
    assert np.abs(face - np.asarray(expected, np.int16)).mean() < 8
    assert small_picture(alone) == small_picture(whole)
    with Image.open(io.BytesIO(small_picture(small))) as shown:
        assert max(shown.size) == 64
    assert [small_picture(path) for path in (other, stripped)] == [b"", b""]
    with Image.open(whole) as image:
        assert image.getexif()[0x010F] == "Cam"


def test_a_photo_without_a_small_picture_gets_none(opened: Opened, tmp_path: Path) -> None:
    photo = opened(every_kind()["jpeg"])
    assert photo.exif is not None
    written = export_photo(photo, photo.pixels, tmp_path / "out.jpg").path
    assert small_picture(written) == b""


def test_no_room_for_a_small_picture() -> None:
    block = exif().removeprefix(b"Exif\0\0")
    assert with_thumbnail(block, bytes(70_000)) == block
    assert with_thumbnail(b"no block", b"jpeg") == b"no block"
    assert not has_thumbnail(block)
    assert has_thumbnail(with_thumbnail(block, b"jpeg"))
    assert upright(with_thumbnail(block, b"jpeg"), 64, 48) is not None


def test_nothing_asked_for_is_a_copy_byte_for_byte(tmp_path: Path) -> None:
    for name in ("p3.jpg", "sensor.dng"):
        skip_unreadable(name)
        source = tmp_path / name
        (files.dng if name.endswith("dng") else files.p3_jpeg)(source)
        path = edited(source, tmp_path / "copy", NOTHING).path
        assert path.suffix == source.suffix
        assert path.read_bytes() == source.read_bytes()


def test_the_same_edit_gives_the_same_bytes(tmp_path: Path) -> None:
    source = tmp_path / "a.jpg"
    files.p3_jpeg(source)
    one, other = edited(source, tmp_path / "one"), edited(source, tmp_path / "other")
    assert one.path.read_bytes() == other.path.read_bytes()


_WITHOUT_EXIFTOOL = "without exiftool these are left out"


@pytest.fixture
def no_programs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine on which no program is installed."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(exiftool_module, "_running", None)


@pytest.mark.usefixtures("no_programs")
def test_without_exiftool_it_is_said_what_is_lost(opened: Opened, tmp_path: Path) -> None:
    image = every_kind()["png"]
    text = b"tEXtComment\0taken from below"
    chunk = struct.pack(">I", len(text) - 4) + text + b"\0\0\0\0"
    photo = opened(image[:33] + chunk + image[33:])
    done = export_photo(photo, photo.pixels, tmp_path / "out.png", provenance=DONE)
    assert done.warnings == (f"{_WITHOUT_EXIFTOOL}: the PNG's text; install exiftool to keep them",)
    assert b"humanEdits" in (open_photo(done.path).xmp or b"")
    plain = opened(every_kind()["jpeg"])
    assert export_photo(plain, plain.pixels, tmp_path / "out.jpg").warnings == ()


@pytest.mark.usefixtures("no_programs")
def test_heic_cannot_be_written_without_its_program(opened: Opened, tmp_path: Path) -> None:
    photo = opened(every_kind()["jpeg"])
    with pytest.raises(Exception, match="heif-enc") as caught:
        write_photo(photo, photo.pixels, tmp_path / "out.heic", "heic")
    assert getattr(caught.value, "code", "") == "needs_program"
    assert [path.name for path in tmp_path.iterdir()] == ["photo.bin"]


@needs_exiftool
def test_names_of_any_kind_reach_exiftool(tmp_path: Path) -> None:
    plain = tmp_path / "plain.jpg"
    files.p3_jpeg(plain)
    files.exiftool("-Artist=Eve", str(plain))
    for name in ("two\nlines.jpg", "-all=.jpg", " #blank.jpg", "微笑 $x @y\\.jpg"):
        source = tmp_path / name
        source.write_bytes(plain.read_bytes())
        # Without EXIF of its own, so that what is there afterwards is exiftool's doing.
        photo = dataclasses.replace(open_photo(source), exif=None)
        done = export_photo(photo, photo.pixels, tmp_path / f"out{name}")
        assert done.warnings == ()
        assert b"Eve" in (open_photo(done.path).exif or b"")


@needs_exiftool
def test_a_photo_that_exiftool_cannot_read_is_written_all_the_same(
    opened: Opened, tmp_path: Path
) -> None:
    photo = opened(every_kind()["jpeg"])
    photo.path.write_bytes(b"gone")
    done = export_photo(photo, photo.pixels, tmp_path / "out.jpg", provenance=DONE)
    assert "exiftool could not copy" in done.warnings[0]
    assert open_photo(done.path).exif == photo.exif


@needs_exiftool
@pytest.mark.parametrize("name", ["p3.jpg", "deep.png", "prophoto.tif"])
def test_metadata_are_stripped(name: str, tmp_path: Path) -> None:
    source = tmp_path / name
    KINDS.get(name, (files.p3_jpeg, 1))[0](source)
    files.with_tags(source)
    places = edited(source, tmp_path / "gps", export=Export(strip_metadata="gps"))
    tags = files.tags_of(places.path)
    assert not [tag for tag in tags if "GPS" in tag]
    assert tags["XMP-xmp:Rating"] == 4
    nothing = edited(source, tmp_path / "all", export=Export(strip_metadata="all"))
    tags = files.tags_of(nothing.path)
    assert {tag.partition(":")[0] for tag in tags} <= {"XMP-pixelsmile", "XMP-iptcExt", "IFD0"}
    assert "IFD0:Artist" not in tags
    assert open_photo(nothing.path).icc == open_photo(source).icc


@pytest.mark.usefixtures("no_programs")
@pytest.mark.parametrize("name", ["p3.jpg", "prophoto.tif"])
def test_places_go_without_exiftool_too(name: str, tmp_path: Path) -> None:
    source = tmp_path / name
    KINDS.get(name, (files.p3_jpeg, 1))[0](source)
    block = Image.Exif()
    block[0x010F] = "Camera Works"
    block.get_ifd(0x8825).update({1: "N", 2: (46.0, 54.0, 0.0), 3: "E", 4: (7.0, 24.0, 1.25)})
    xmp = files.packet(
        'exif:GPSLatitude="46,54N" exif:ISO="100"', exif="http://ns.adobe.com/exif/1.0/"
    )
    photo = dataclasses.replace(
        open_photo(source), exif=block.tobytes().removeprefix(b"Exif\0\0"), xmp=xmp
    )
    done = export_photo(photo, photo.pixels, tmp_path / "out", export=Export(strip_metadata="gps"))
    again = open_photo(done.path)
    assert again.exif is not None
    tags = Image.Exif()
    tags.load(again.exif)
    assert dict(tags.get_ifd(0x8825)) == {}
    assert tags[0x010F] == "Camera Works"
    assert struct.pack("<II", 125, 100) not in again.exif
    assert again.xmp is not None
    assert b"GPS" not in again.xmp
    assert b'exif:ISO="100"' in again.xmp


def with_long_xmp() -> bytes:
    """A JPEG whose XMP goes on over several segments."""
    jpeg = every_kind()["jpeg_grey"]
    number = b"0123456789ABCDEF0123456789ABCDEF"
    note = "http://ns.adobe.com/xmp/note/"
    main = files.packet(f'xmpNote:HasExtendedXMP="{number.decode()}"', xmpNote=note)
    more = files.packet("", f"<odd:long>{'x' * 90_000}</odd:long>", odd="urn:odd/")
    pieces = [
        number + struct.pack(">II", len(more), at) + more[at : at + 60_000]
        for at in range(0, len(more), 60_000)
    ]
    bodies = [b"http://ns.adobe.com/xap/1.0/\0" + main]
    bodies += [b"http://ns.adobe.com/xmp/extension/\0" + piece for piece in pieces]
    segments = b"".join(b"\xff\xe1" + struct.pack(">H", len(b) + 2) + b for b in bodies)
    return jpeg[:2] + segments + jpeg[2:]


def test_long_xmp_is_put_together_again(opened: Opened) -> None:
    photo = opened(with_long_xmp())
    assert photo.xmp is not None
    assert b"x" * 90_000 in photo.xmp
    assert b"HasExtendedXMP" not in photo.xmp
    assert photo.left_out == ()


def test_long_xmp_is_written_over_several_segments(opened: Opened, tmp_path: Path) -> None:
    photo = opened(with_long_xmp())
    done = export_photo(photo, photo.pixels, tmp_path / "out.jpg", provenance=DONE)
    assert done.warnings == ()
    xmp = open_photo(done.path).xmp
    assert xmp is not None
    assert b"x" * 90_000 in xmp
    assert b"humanEdits" in xmp
    # Programs that do not read continuations still see what was done.
    data = done.path.read_bytes()
    assert data.index(b"humanEdits") < data.index(b"http://ns.adobe.com/xmp/extension/")
    if files.have("exiftool"):
        said = files.tags_of(done.path)
        assert "90000 bytes" in said["XMP-odd:Long"]
        assert said["XMP-iptcExt:DigitalSourceType"].endswith("humanEdits")


# ---- colours -----------------------------------------------------------------------------------


@pytest.mark.parametrize("space", ["adobe-rgb", "display-p3", "prophoto"])
@pytest.mark.parametrize("deep", [False, True])
def test_an_edited_view_is_put_back(space, deep: bool) -> None:
    pixels, icc = in_profile(files.deep_face() if deep else files.face(), None, space)
    view = to_srgb8(pixels, icc)
    assert np.array_equal(from_srgb8(view, icc, pixels), pixels)
    changed = view.copy()
    changed[100:200, 100:200] = np.clip(changed[100:200, 100:200] * 0.8 + 20, 0, 255)
    back = from_srgb8(changed, icc, pixels)
    assert back.dtype == pixels.dtype
    off = np.abs(to_srgb8(back, icc).astype(int) - changed)
    assert np.percentile(off, 99.9) <= 2
    untouched = (changed == view).all(axis=2)
    assert np.array_equal(back[untouched], pixels[untouched])


def test_grey_and_alpha_take_their_part_of_an_edit() -> None:
    grey = files.face()[..., :1]
    view = to_srgb8(grey)
    darker = (view * 0.5).astype(np.uint8)
    back = from_srgb8(darker, None, grey)
    assert back.shape == grey.shape
    assert np.abs(back[..., 0].astype(int) - darker[..., 0]).max() <= 1
    clear = np.concatenate([files.face(), grey], axis=2)
    back = from_srgb8(darker, None, clear)
    assert np.array_equal(back[..., 3], clear[..., 3])


def test_profiles_go_there_and_back() -> None:
    deep = files.deep_face()
    for space in ("adobe-rgb", "display-p3", "prophoto"):
        there, icc = in_profile(deep, None, space)
        assert icc == profile_bytes(space)
        back, again = in_profile(there, icc, "srgb")
        assert again == srgb_profile()
        assert np.abs(back.astype(int) - deep).max() <= 40
    grey, icc = in_profile(deep[..., :1], None, "adobe-rgb")
    assert grey.shape == (512, 512, 1)
    assert icc == profile_bytes("adobe-rgb", grey=True)


# ---- formats -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("format_name", "depth"),
    [("tiff8", np.uint8), ("tiff16", np.uint16), ("avif", np.uint8), ("jpeg", np.uint8)],
)
@pytest.mark.parametrize("name", ["prophoto.tif", "grey.jpg"])
def test_formats_profiles_and_sizes(name: str, format_name, depth, tmp_path: Path) -> None:
    source = tmp_path / name
    KINDS[name][0](source)
    photo = open_photo(source)
    export = Export(profile="display-p3", longest_px=200, quality=80)
    done = export_photo(photo, photo.pixels, tmp_path / "out", format_name, export, DONE)
    again = open_photo(done.path)
    grey = photo.pixels.shape[2] == 1
    assert again.pixels.shape == (200, 200, 1 if grey else 3)
    assert again.pixels.dtype == depth
    assert again.icc == profile_bytes("display-p3", grey=grey)
    assert b"humanEdits" in (again.xmp or b"")


def test_quality_makes_files_smaller(opened: Opened, tmp_path: Path) -> None:
    source = tmp_path / "a.jpg"
    files.p3_jpeg(source)
    photo = open_photo(source)
    for kind in ("jpeg", "webp", "avif"):
        sizes = [
            export_photo(photo, photo.pixels, tmp_path / "out", kind, Export(quality=quality))
            .path.stat()
            .st_size
            for quality in (30, 95)
        ]
        assert sizes[0] < sizes[1] * 0.6


@pytest.mark.parametrize("bits", [8, 10])
def test_heic_keeps_its_depth(bits: int, tmp_path: Path) -> None:
    skip_unreadable(".heic")
    source = tmp_path / "phone.heic"
    files.heic(source, bits)
    photo = open_photo(source)
    assert (photo.format, photo.bits) == ("heic", bits)
    truth, _ = in_profile(files.face(), None, "display-p3")
    assert psnr(to_srgb8(photo.pixels), truth) > 30
    again = open_photo(write_photo(photo, photo.pixels, tmp_path / "out.heic"))
    assert (again.bits, again.pixels.dtype, again.icc) == (bits, photo.pixels.dtype, photo.icc)


def test_deep_avif_is_read_deeply(opened: Opened) -> None:
    import imagecodecs

    pixels = np.linspace(0, 1023, 64 * 64 * 3).astype(np.uint16).reshape(64, 64, 3)
    photo = opened(bytes(imagecodecs.avif_encode(pixels, level=100, bitspersample=10)))
    assert photo.pixels.dtype == np.uint16
    assert photo.bits == 10
    assert photo.pixels.max() > 65000
    assert np.abs(photo.pixels.astype(int) - pixels * 64).mean() < 600


@pytest.mark.parametrize("name", ["colour.avif", "phone.heic", "sensor.dng"])
def test_new_formats_cut_short_are_refused(name: str, tmp_path: Path) -> None:
    skip_unreadable(name)
    source = tmp_path / name
    KINDS[name][0](source)
    data = source.read_bytes()
    for share in (0.02, 0.3, 0.5, 0.8, 0.99):
        source.write_bytes(data[: int(len(data) * share)])
        with pytest.raises(PhotoError) as caught:
            open_photo(source)
        assert caught.value.code in ("truncated", "damaged", "unsupported", "too_large")


def test_raw_is_developed_in_16_bits(tmp_path: Path) -> None:
    skip_unreadable(".dng")
    source = tmp_path / "a.dng"
    files.dng(source)
    photo = open_photo(source)
    assert (photo.format, photo.pixels.dtype) == ("dng", np.uint16)
    assert photo.icc == profile_bytes("prophoto")
    assert len(np.unique(photo.pixels)) > 5000
    truth = files.face().astype(float)
    assert np.abs(to_srgb8(photo.pixels, photo.icc).mean((0, 1)) - truth.mean((0, 1))).max() < 6
    glance = glance_at(source)
    assert glance.size == photo.size
    assert len(find_faces(source).faces) == 1
    exported = export_photo(photo, photo.pixels, tmp_path / "out.tif", "tiff16", provenance=DONE)
    with tifffile.TiffFile(exported.path) as file:
        assert file.pages[0].asarray().dtype == np.uint16


def test_the_preview_of_a_raw_file_is_found(tmp_path: Path) -> None:
    """A preview beside the sensor's values, as cameras write it; faces come at full size."""
    skip_unreadable(".dng")
    plain, source = tmp_path / "plain.dng", tmp_path / "a.dng"
    files.dng(plain)
    preview = tmp_path / "preview.jpg"
    Image.fromarray(files.face(256)).save(preview, quality=90)
    _with_preview(plain, preview.read_bytes(), source)
    glance = glance_at(source)
    assert glance.size == (512, 512)
    assert glance.photo.size == (256, 256)
    seen, full = find_faces(source).faces, find_faces(plain).faces
    assert seen[0].box.width == pytest.approx(full[0].box.width, rel=0.1)


def _with_preview(plain: Path, preview: bytes, target: Path) -> None:
    """The DNG with a JPEG preview in a first directory and the sensor's below it."""
    data = bytearray(plain.read_bytes())
    order = "<" if data[:2] == b"II" else ">"
    main = struct.unpack_from(order + "I", data, 4)[0]
    at = len(data) + len(data) % 2
    entries = [
        (254, 4, 1), (256, 4, 256), (257, 4, 256), (258, 3, 8), (259, 3, 7), (262, 3, 6),
        (273, 4, 0), (277, 3, 3), (278, 4, 256), (279, 4, len(preview)), (330, 4, main),
    ]  # fmt: skip
    count = struct.unpack_from(order + "H", data, main)[0]
    copied = [
        bytes(data[main + 2 + 12 * n : main + 14 + 12 * n])
        for n in range(count)
        if struct.unpack_from(order + "H", data, main + 2 + 12 * n)[0] in _OF_THE_CAMERA
    ]
    start = at + 2 + 12 * (len(entries) + len(copied)) + 4
    rows = [
        struct.pack(order + "HHI", tag, kind, 1)
        + (
            struct.pack(order + "I", start if tag == 273 else value)
            if kind == 4
            else struct.pack(order + "HH", value, 0)
        )
        for tag, kind, value in entries
    ]
    table = b"".join(sorted([*rows, *copied], key=lambda r: struct.unpack_from(order + "H", r)[0]))
    struct.pack_into(order + "I", data, 4, at)
    block = struct.pack(order + "H", len(rows) + len(copied)) + table + bytes(4)
    target.write_bytes(bytes(data).ljust(at, b"\0") + block + preview)


_OF_THE_CAMERA = (271, 272, 274, 50706, 50707, 50708, 50721, 50728, 50778)


def test_a_missing_package_is_named(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "sys.modules['rawpy'] = sys.modules['pi_heif'] = None\n"
        "from pathlib import Path\n"
        "from engine.photos import PhotoError, open_photo\n"
        "for name in sys.argv[1:]:\n"
        "    try:\n        open_photo(Path(name))\n"
        "    except PhotoError as error:\n        print(error.code, error)\n"
    )
    heic, raw = tmp_path / "a.heic", tmp_path / "b.dng"
    heic.write_bytes(b"\0\0\0\x18ftypheic" + bytes(12))
    files.dng(raw)
    done = subprocess.run(
        [sys.executable, "-c", code, str(heic), str(raw)],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )
    first, second = done.stdout.splitlines()
    assert first.startswith("needs_package a.heic cannot be opened: it is a HEIC")
    assert "pixelsmile-desktop[heic]" in first
    assert "pixelsmile-desktop[raw]" in second


def test_a_full_disk_is_said_before_it_is_written_to(tmp_path: Path) -> None:
    from engine.photos import WriteError, check_room

    with pytest.raises(WriteError, match="the disk has") as caught:
        check_room(tmp_path / "out.jpg", 1 << 60)
    assert caught.value.code == "no_space"
    check_room(tmp_path / "out.jpg", 1)
    check_room(tmp_path / "none" / "out.jpg", 1 << 60)


def test_grey_stays_grey_in_another_space(opened: Opened, tmp_path: Path) -> None:
    photo = opened(every_kind()["jpeg_grey"])
    done = export_photo(photo, photo.pixels, tmp_path / "out.jpg", export=Export(profile="srgb"))
    assert open_photo(done.path).pixels.shape[2] == 1
