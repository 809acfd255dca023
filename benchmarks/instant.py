"""How fast the instant editor is, against one `cv2.remap` of the same photo in the same run.

    python benchmarks/instant.py

For photos of 1, 6 and 24 MP made from a shipped portrait: `prepare` once a face, then the median of
all twelve expressions a frame, as a ratio to a plain warp of the whole photo with the editor's own
interpolation (cubic) and with a cheaper one (linear). Then a frame of a 2048 px preview through the
worker process, and the memory that one edit of 24 MP takes.
"""

import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from engine.client import WorkerClient
from engine.editors.base import FaceCrop, Pixels
from engine.editors.instant import InstantEditor
from engine.editors.instant.editor import render_frame
from engine.faces import find_faces
from engine.protocol import Event, Preview, PreviewReady
from engine.recipes import RESOURCES, Intensities, PhotoEdit, expressions, still

SAMPLE = RESOURCES / "samples" / "grace_hopper.jpg"


def median_ms(work: Callable[[], object], times: int = 7) -> float:
    """Median milliseconds of a call, after one to warm up."""
    work()
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return 1e3 * statistics.median(seconds)


def photo_of(megapixels: float) -> Pixels:
    """The sample enlarged to that size."""
    small = cv2.imread(str(SAMPLE))
    assert small is not None
    factor = (megapixels * 1e6 / (small.shape[0] * small.shape[1])) ** 0.5
    large = cv2.resize(small, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    return np.ascontiguousarray(large[:, :, ::-1]).astype(np.uint8, copy=False)


def plain_warp(photo: Pixels, interpolation: int) -> Callable[[], object]:
    """The baseline: every pixel fetched from a fractional place, nothing else."""
    height, width = photo.shape[:2]
    x, y = np.meshgrid(
        np.arange(width, dtype=np.float32) + 0.3, np.arange(height, dtype=np.float32) + 0.3
    )
    return lambda: cv2.remap(photo, x, y, interpolation)


def sizes() -> None:
    """One line a size."""
    print("  MP   face  prepare    frame    worst    cubic   linear  frame/cubic  frame/linear")
    for megapixels in (1, 6, 24):
        photo = photo_of(megapixels)
        face = find_faces(photo)[0]
        crop = FaceCrop(photo, face)
        prepare = median_ms(partial(InstantEditor().prepare, crop, on_step=lambda *_: None), 3)
        prepared = InstantEditor().prepare(crop, on_step=lambda *_: None)
        frames = [
            median_ms(partial(render_frame, prepared, Intensities({name: 1.0})))
            for name in expressions()
        ]
        frame = statistics.median(frames)
        cubic = median_ms(plain_warp(photo, cv2.INTER_CUBIC))
        linear = median_ms(plain_warp(photo, cv2.INTER_LINEAR))
        share = face.box.area / (photo.shape[0] * photo.shape[1])
        times = "".join(f"{ms:6.0f} ms" for ms in (prepare, frame, max(frames), cubic, linear))
        print(f"{megapixels:4} {share:6.0%}{times}{frame / cubic:13.2f}{frame / linear:14.2f}")


def preview() -> None:
    """A slider dragged over a 2048 px picture, each frame through the worker."""
    with tempfile.TemporaryDirectory() as folder, WorkerClient() as client:
        source = Path(folder) / "photo.png"
        cv2.imwrite(str(source), photo_of(12)[:, :, ::-1])

        def frame(value: float) -> float:
            edit = PhotoEdit((still(Intensities({"happy": value})),), editor="instant")
            answers: list[Event] = []
            job = Preview(
                client.next_job_id(), str(source), edit, 2048, str(Path(folder) / "frame")
            )
            started = time.perf_counter()
            client.run(job, answers.append)
            assert any(isinstance(answer, PreviewReady) for answer in answers)
            return 1e3 * (time.perf_counter() - started)

        first = frame(0.1)
        later = sorted(frame(0.1 + 0.02 * k) for k in range(50))
    print(f"preview at 2048 px through the worker: first {first:.0f} ms, then median "
          f"{statistics.median(later):.0f} ms, 95 % under {later[47]:.0f} ms")  # fmt: skip


if __name__ == "__main__":
    sizes()
    print(f"memory of this process at most: "
          f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")  # fmt: skip
    preview()
