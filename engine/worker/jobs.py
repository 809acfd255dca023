"""The jobs of the protocol, done with `engine.render`.

Everything heavy is imported inside the functions: a worker says Hello in a tenth of a second.
"""

import math
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from engine.protocol import (
    EditPhoto,
    EditWhole,
    FaceReport,
    FacesFound,
    FindFaces,
    Job,
    JobId,
    MakeStrip,
    Preview,
    PreviewReady,
    StepPreview,
    Thumbnail,
    Written,
)
from engine.worker.loop import Report

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engine.faces.face import Face
    from engine.render import Previewer, Still

OnStep = Callable[[int, int], None]


class PhotoJobs:
    """Does any job; keeps the last previewed photo prepared, so that a slider's drag is quick."""

    def __init__(self) -> None:
        self._previewer: Previewer | None = None

    def __call__(self, job: Job, report: Report, on_step: OnStep) -> None:
        """Do one job; raises what the engine raises."""
        match job:
            case EditPhoto():
                edit_photo(job, report, on_step)
            case EditWhole():
                edit_whole(job, report, on_step)
            case MakeStrip():
                make_strip(job, report, on_step)
            case FindFaces():
                find_faces(job, report, self._previewer)
            case Preview():
                self._preview(job, report, on_step)
            case Thumbnail():
                make_thumbnail(job, report)

    def _preview(self, job: Preview, report: Report, on_step: OnStep) -> None:
        from engine.render import Previewer

        started = time.perf_counter()
        if self._previewer is None:
            self._previewer = Previewer()
        pixels = self._previewer.preview(
            Path(job.source),
            job.edit,
            frame=job.frame,
            longest_px=job.longest_px,
            on_step=on_step,
            model=job.model,
        )
        write_pixels(job.buffer, pixels)
        height, width = pixels.shape[:2]
        seconds = time.perf_counter() - started
        whole = self._previewer.photo_size
        report(PreviewReady(job.job, job.buffer, width, height, seconds, *whole))


def edit_photo(job: EditPhoto, report: Report, on_step: OnStep) -> None:
    """Write every variant of one photo; what is written before an error stays."""
    from engine.render import edit_photo as edit

    variants = [(variant.edit, Path(variant.output)) for variant in job.variants]
    stills = edit(
        Path(job.source),
        variants,
        format=job.format,
        on_step=on_step,
        model=job.model,
        on_preview=step_preview(job.job, job.step_buffer, report),
        export=job.export,
        limits=job.limits,
    )
    for still in stills:
        report(_written(job.job, still))


def edit_whole(job: EditWhole, report: Report, on_step: OnStep) -> None:
    """Write every blend of one whole picture."""
    from engine.render import edit_whole_picture

    squares = edit_whole_picture(
        Path(job.source),
        [(blend.weights, Path(blend.output)) for blend in job.blends],
        format=job.format,
        sampling=job.sampling,
        seed=job.seed,
        model=job.model,
        on_step=on_step,
        on_preview=step_preview(job.job, job.step_buffer, report),
        certificate=job.certificate,
        key=job.key,
    )
    for square in squares:
        report(
            Written(
                job=job.job,
                output=str(square.path),
                index=square.index,
                faces=(),
                editor="pixelsmile",
                identity=None,
                seconds=square.seconds,
                warnings=square.warnings,
                notes=square.notes,
            )
        )


def step_preview(
    job: JobId, buffer: str, report: Report
) -> "Callable[[int, NDArray[np.uint8]], None] | None":
    """Shows a picture in the making to a front end that has named a buffer for it."""
    if not buffer:
        return None

    def show(index: int, picture: "NDArray[np.uint8]") -> None:
        write_pixels(buffer, picture)
        height, width = picture.shape[:2]
        report(StepPreview(job, index, buffer, width, height))

    return show


def make_strip(job: MakeStrip, report: Report, on_step: OnStep) -> None:
    """Write one strip."""
    from engine.render import make_strip as make

    still = make(
        Path(job.source),
        job.edit,
        Path(job.output),
        frames=job.frames,
        fps=job.fps,
        loop=job.loop,
        on_step=on_step,
        model=job.model,
        on_preview=step_preview(job.job, job.step_buffer, report),
        limits=job.limits,
        certificate=job.certificate,
        key=job.key,
    )
    report(_written(job.job, still))


def make_thumbnail(job: Thumbnail, report: Report) -> None:
    """Show one photo small."""
    from engine.render import make_thumbnail as make

    started = time.perf_counter()
    pixels = make(Path(job.source), job.longest_px)
    write_pixels(job.buffer, pixels)
    height, width = pixels.shape[:2]
    report(PreviewReady(job.job, job.buffer, width, height, time.perf_counter() - started))


def find_faces(job: FindFaces, report: Report, previewer: "Previewer | None" = None) -> None:
    """Report the faces of one photo; one that is being previewed is open already."""
    from engine.render import find_faces as find

    found = None
    if previewer is not None and job.provider == "shipped":
        found = previewer.faces_of(Path(job.source))
    if found is None:
        found = find(Path(job.source), job.provider, licence_accepted=job.licence_accepted)
    faces = tuple(face_report(face) for face in found.faces)
    report(FacesFound(job.job, found.width, found.height, faces, tuple(found.warnings)))


def face_report(face: "Face") -> FaceReport:
    """A face as the protocol carries it: read, and without its landmarks."""
    from engine.faces import read_state

    return FaceReport(
        box=(float(face.box.x), float(face.box.y), float(face.box.width), float(face.box.height)),
        score=float(face.score),
        yaw=float(face.pose.yaw),
        pitch=float(face.pose.pitch),
        roll=float(face.pose.roll),
        blendshapes={name: float(value) for name, value in face.blendshapes.items()},
        reading=(read_state(face.blendshapes).word,),
        identity=tuple(float(number) for number in face.identity),
    )


def write_pixels(path: str, pixels: "NDArray[np.uint8]") -> None:
    """Put rows without padding at the start of the file, which is created or grown as needed.

    The file is never shortened or replaced: the front end may have it mapped.
    """
    import numpy as np

    rest = np.ascontiguousarray(pixels).data.cast("B")
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags, 0o600), "r+b", buffering=0) as file:
        while rest:
            rest = rest[file.write(rest) :]


def _written(job: JobId, still: "Still") -> Written:
    # JSON has no NaN; an identity that could not be computed is one that was not found.
    known = still.identity is not None and math.isfinite(still.identity)
    return Written(
        job=job,
        output=str(still.path),
        index=still.index,
        faces=tuple(still.faces),
        editor=still.editor,
        identity=float(still.identity) if known and still.identity is not None else None,
        seconds=float(still.seconds),
        warnings=tuple(still.warnings),
        notes=tuple(still.notes),
        review=tuple(still.review),
        drift=dict(still.drift),
    )
