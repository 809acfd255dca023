"""Real jobs on real photos, through the real worker."""

import mmap
import os
from pathlib import Path

import cv2
import numpy as np
import pytest

import resources
from engine.client import WorkerClient
from engine.protocol import (
    Cancelled,
    EditPhoto,
    Event,
    FacesFound,
    Failed,
    FindFaces,
    Finished,
    Job,
    JobId,
    MakeStrip,
    Preview,
    PreviewReady,
    Progress,
    Variant,
    Written,
)
from engine.recipes import FaceEdit, Intensities, PhotoEdit, ramp, still

SAMPLE = str(Path(resources.__file__).parent / "samples" / "eileen_collins.png")
EDIT = PhotoEdit((still(Intensities({"happy": 1.0})),), "instant")
NOTHING = PhotoEdit((still(Intensities()),), "instant")
MOVING = PhotoEdit((FaceEdit({"happy": ramp(0, 1, 3)}),), "instant")


@pytest.fixture(scope="module")
def client():
    with WorkerClient() as client:
        yield client


def done(client: WorkerClient, job: Job) -> list[Event]:
    """All events of a job but its progress."""
    client.submit(job)
    events = list(client.events(job.job, timeout_s=60))
    told = [event for event in events if isinstance(event, Progress)]
    assert all(0 <= event.done <= event.total for event in told)
    assert [event.done for event in told] == sorted(event.done for event in told)
    return [event for event in events if not isinstance(event, Progress)]


def failure(client: WorkerClient, job: Job) -> Failed:
    (failed,) = done(client, job)
    assert isinstance(failed, Failed)
    return failed


def preview(job: JobId, buffer: Path, edit: PhotoEdit = EDIT, longest_px: int = 200) -> Preview:
    return Preview(job, SAMPLE, edit, longest_px, str(buffer))


def frame(ready: Event) -> np.ndarray:
    assert isinstance(ready, PreviewReady)
    pixels = np.fromfile(ready.buffer, np.uint8, ready.width * ready.height * 3)
    return pixels.reshape(ready.height, ready.width, 3)


def test_the_faces_of_a_photo(client: WorkerClient) -> None:
    found, ending = done(client, FindFaces(1, SAMPLE))
    assert ending == Finished(1)
    assert isinstance(found, FacesFound)
    assert (found.width, found.height) == cv2.imread(SAMPLE).shape[1::-1]  # type: ignore[union-attr]
    (face,) = found.faces
    assert face.score > 0.5
    assert len(face.blendshapes) == 52
    assert face.reading == ("smiling",)
    assert sum(number**2 for number in face.identity) == pytest.approx(1, abs=1e-3)


def test_variants_of_a_photo(client: WorkerClient, tmp_path: Path) -> None:
    variants = (Variant(EDIT, str(tmp_path / "smile")), Variant(NOTHING, str(tmp_path / "copy")))
    *written, ending = done(client, EditPhoto(1, SAMPLE, variants))
    assert ending == Finished(1)
    assert [(event.index, event.output) for event in written if isinstance(event, Written)] == [
        (0, str(tmp_path / "smile.png")),
        (1, str(tmp_path / "copy.png")),
    ]
    assert (tmp_path / "copy.png").read_bytes() == Path(SAMPLE).read_bytes()
    assert sorted(os.listdir(tmp_path)) == ["copy.png", "smile.png"]


def test_a_strip(client: WorkerClient, tmp_path: Path) -> None:
    output = tmp_path / "strip.gif"
    written, ending = done(client, MakeStrip(1, SAMPLE, MOVING, str(output), 3, 10.0))
    assert ending == Finished(1)
    assert isinstance(written, Written)
    assert written.output == str(output)
    assert output.read_bytes()[:4] == b"GIF8"


def test_a_preview_in_a_mapped_file(client: WorkerClient, tmp_path: Path) -> None:
    buffer = tmp_path / "frame"
    (plain, _), (smiling, _) = (
        done(client, preview(1, buffer, NOTHING)),
        done(client, preview(2, buffer, EDIT)),
    )
    assert isinstance(plain, PreviewReady)
    assert max(plain.width, plain.height) == 200
    smile = frame(smiling)
    with buffer.open("r+b") as file, mmap.mmap(file.fileno(), 0) as mapped:
        done(client, preview(3, buffer, NOTHING, 400))  # it grows under the map
        done(client, preview(4, buffer, EDIT, 200))  # and is not shortened
        assert mapped[: smile.size] == smile.tobytes()
    assert buffer.stat().st_size > smile.size


def test_failures_name_what_is_wrong(client: WorkerClient, tmp_path: Path) -> None:
    empty = tmp_path / "empty.jpg"
    empty.touch()
    wall = tmp_path / "wall.png"
    cv2.imwrite(str(wall), np.full((300, 300, 3), 128, np.uint8))
    variants = (Variant(EDIT, str(tmp_path / "out")),)
    missing = failure(client, FindFaces(1, str(tmp_path / "missing.jpg")))
    assert missing.code == "missing"
    assert missing.reason
    assert missing.remedy
    assert "Traceback" in missing.details
    assert failure(client, FindFaces(2, str(empty))).code == "empty"
    assert failure(client, EditPhoto(3, str(wall), variants)).code == "no_face"
    assert failure(client, preview(4, tmp_path / "no" / "where")).code == "internal"


def test_a_file_name_that_is_not_utf8(client: WorkerClient, tmp_path: Path) -> None:
    source = os.path.join(os.fsencode(tmp_path), b"caf\xe9.png")
    try:
        Path(os.fsdecode(source)).write_bytes(Path(SAMPLE).read_bytes())
    except OSError:
        pytest.skip("this file system takes no such names")
    output = os.fsdecode(source[:-4] + b"_happy")
    written, _ = done(client, EditPhoto(1, os.fsdecode(source), (Variant(EDIT, output),)))
    assert isinstance(written, Written)
    assert written.output == output + ".png"


def test_a_cancelled_photo_leaves_no_half_files(client: WorkerClient, tmp_path: Path) -> None:
    variants = tuple(Variant(EDIT, str(tmp_path / f"out{number}")) for number in range(50))
    client.submit(EditPhoto(1, SAMPLE, variants))
    told: list[str] = []
    last: Event | None = None
    for event in client.events(1, timeout_s=60):
        if isinstance(event, Written):
            told.append(Path(event.output).name)
            client.cancel(1)
        last = event
        last = event
    assert last == Cancelled(1)
    assert len(told) < 10
    assert set(told) <= set(os.listdir(tmp_path))
    for name in os.listdir(tmp_path):
        assert cv2.imread(str(tmp_path / name)) is not None
