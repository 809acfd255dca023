"""A strip: one photo rendered over the frames of its curves and written as one file."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine import faces
from engine.compositing import Drift
from engine.editors.base import OnPreview, OnStep
from engine.photos import open_photo, provenance_packet, signing, to_srgb8
from engine.recipes import FaceEdit, Limits, ModelChoice, PhotoEdit
from engine.recipes.naming import intensity_label
from engine.render.choice import edits_by_face
from engine.render.editors import choose_editor
from engine.render.frames import scaled_down, scaled_face
from engine.render.identity import lowest_identity
from engine.render.networks import load_networks
from engine.render.progress import Progress
from engine.render.provenance import provenance_of
from engine.render.stills import Still, put_aside, review_reasons, worst_drift
from engine.render.subject import Subject, wanted_at

LONGEST_PX = {
    **{".gif": 1080, ".webp": 1080, ".apng": 1080, ".mp4": 1920, ".png": 512},
    ".frames": 1920,
}
"""Longer side of a frame (of a cell, for a contact sheet); a smaller photo is not enlarged."""


def make_strip(
    source: Path,
    edit: PhotoEdit,
    output: Path,
    *,
    frames: int,
    fps: float,
    loop: Literal["bounce", "repeat", "once"],
    on_step: OnStep,
    model: ModelChoice = ModelChoice(),
    on_preview: OnPreview | None = None,
    limits: Limits = Limits(),
    certificate: str = "",
    key: str = "",
) -> Still:
    """Render frames 0 to `frames` − 1 of the edit's curves and write them as `output`.

    Frames are upright sRGB of 8 bits, their longer side at most `LONGEST_PX` of the output's
    suffix. A strip with a frame outside the limits goes to `REVIEW_FOLDER`. A frame on which
    nothing is asked for is the photo itself. `seconds` of what comes back is for all frames, the
    finding of faces included; `identity` is the lowest of the frame with the strongest expression.
    `certificate` and `key` are paths of PEM files that the strip is signed with.

    Raises:
        PhotoError: the photo cannot be opened.
        RenderError: it has no face, or not the one asked for, or the editor is not there.
        WriteError: the strip cannot be written.
        ValueError: `frames` is less than 1.
    """
    from engine.strips import write_strip  # not on the way of edits and previews

    if frames < 1:
        raise ValueError("a strip has at least one frame")
    progress = Progress(on_step, frames)
    editor = choose_editor(edit.editor, edit.sampling, model)
    photo = open_photo(source)
    done = provenance_of(edit, editor.name, model)
    sign = None
    if certificate:  # read first: a strip may take long
        sign = signing(photo, done, output, output.suffix.lower()[1:], certificate, key)
    load_networks()
    progress.at(0)
    started = time.perf_counter()
    found = tuple(faces.find_faces(photo.pixels))
    chosen = edits_by_face(edit.faces, len(found))
    longest_px = LONGEST_PX.get(output.suffix.lower(), 1080)
    small, x, y = scaled_down(to_srgb8(photo.pixels, photo.icc), longest_px)
    people = tuple(scaled_face(face, x, y) for face in found)
    subject = Subject(small, people, editor)
    strongest = max(range(frames), key=lambda frame: _strength(chosen, frame))
    identity: float | None = None
    before_frames = time.perf_counter() - started
    # The making of the frames is what is measured, not their encoding.
    spent = [before_frames]
    drifts: list[Drift] = []

    def pictures() -> Iterator[NDArray[np.uint8]]:
        nonlocal identity
        wanted = [wanted_at(chosen, frame) for frame in range(frames)]
        made = subject.render(
            wanted, seed=edit.seed, progress=progress, on_preview=on_preview, in_time=True
        )
        for frame in range(frames):
            began = time.perf_counter()
            picture = next(made)
            spent.append(time.perf_counter() - began)
            if frame == strongest:
                identity = lowest_identity(picture, people, chosen)
            drifts.extend(subject.drifts.values())
            progress.finish_output()
            yield picture.astype(np.uint8)  # a copy: the canvas goes on

    labels = [_label(chosen, frame) for frame in range(frames)]
    # The strip is a new file: of the photo's metadata only what it was made with is said.
    said = provenance_packet(None, done, photo.xmp)
    made_frames = list(pictures())
    # Frames differ in their numbers: those of the one with most to say stand for all.
    review = max((review_reasons([one], identity, limits) for one in drifts), key=len, default=())
    if review:
        output = put_aside(output)
    strip = write_strip(made_frames, output, fps=fps, loop=loop, labels=labels, xmp=said, sign=sign)
    warnings = photo.warnings + strip.remarks
    return Still(
        0, output, tuple(chosen), editor.name, identity, sum(spent), warnings, editor.notes(),
        review, worst_drift(drifts),
    )  # fmt: skip


def _strength(chosen: dict[int, FaceEdit], frame: int) -> float:
    return sum(sum(edit.at(frame).values.values()) for edit in chosen.values())


def _label(chosen: dict[int, FaceEdit], frame: int) -> str:
    """What stands under a frame of a contact sheet: its intensity, or intensities.

    Curves of different faces may differ; the first face's stand for all.
    """
    first = next(iter(chosen.values()))
    values = [round(curve.at(frame), 2) for curve in first.curves.values()]
    return intensity_label(values) if values else "0.0"
