"""Every message between a front end and a worker.

One tagged union per direction; one JSON line per message. Every job gets exactly one ending:
`Finished`, `Failed` or `Cancelled`. Pixels travel as file paths or in a memory-mapped file.
"""

from typing import Literal

import msgspec

from engine.recipes import (
    AS_IT_CAME,
    Export,
    Limits,
    ModelChoice,
    OutputFormat,
    PhotoEdit,
    Sampling,
)

PROTOCOL_VERSION = 1
"""Raised with every change that an older peer would misread."""

SquareFormat = Literal["png", "jpeg"]
FaceProviderName = Literal["shipped", "insightface"]
Loop = Literal["bounce", "repeat", "once"]
JobId = int


class _Message(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Base of all messages; the tag is the class's name."""


# ---- requests: front end → worker -------------------------------------------------------------


class Hello(_Message, frozen=True):
    """First message in both directions; a peer of another version is refused."""

    version: int = PROTOCOL_VERSION
    program: str = ""


class Variant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One picture to make of a photo.

    Attributes:
        edit: what to do.
        output: path of the picture without its suffix, which the format decides.
    """

    edit: PhotoEdit
    output: str


class EditPhoto(_Message, frozen=True):
    """Open a photo once and write every variant of it.

    Attributes:
        model: the weights of a generative editor; the others ignore it.
        step_buffer: a file for pictures of what is in the making (`StepPreview`); empty for none.
        export: what is done to the files besides the edit.
        limits: what of a generative editor's is let pass without a look at it.
    """

    job: JobId
    source: str
    variants: tuple[Variant, ...]
    format: OutputFormat = "source"
    model: ModelChoice = ModelChoice()
    step_buffer: str = ""
    export: Export = AS_IT_CAME
    limits: Limits = Limits()


class Blend(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One picture to make of a whole picture: words with their weights, absolute.

    `output` is the path without its suffix. No word at all is the neutral prompt's edit.
    """

    weights: dict[str, float]
    output: str


class EditWhole(_Message, frozen=True):
    """Edit the middle square of a picture as PixelSmile's published script does.

    `certificate` and `key` are paths of PEM files that the pictures are signed with, or empty.
    """

    job: JobId
    source: str
    blends: tuple[Blend, ...]
    format: SquareFormat = "png"
    sampling: Sampling = Sampling()
    seed: int = 42
    model: ModelChoice = ModelChoice()
    step_buffer: str = ""
    certificate: str = ""
    key: str = ""


class MakeStrip(_Message, frozen=True):
    """Render `frames` frames of the edit's curves and write them as one file.

    `output` ends in .gif, .webp, .apng or .mp4, in .png for a contact sheet, or in .frames for a
    folder of numbered PNG files. `limits`: see `EditPhoto`. `certificate` and `key`: see
    `EditWhole`.
    """

    job: JobId
    source: str
    edit: PhotoEdit
    output: str
    frames: int
    fps: float
    loop: Loop = "repeat"
    model: ModelChoice = ModelChoice()
    step_buffer: str = ""
    limits: Limits = Limits()
    certificate: str = ""
    key: str = ""


class FindFaces(_Message, frozen=True):
    """Read the faces of a photo.

    `insightface` needs its package and model pack on the worker's machine, and a user who has
    accepted that the pack is for non-commercial research.
    """

    job: JobId
    source: str
    provider: FaceProviderName = "shipped"
    licence_accepted: bool = False


class Preview(_Message, frozen=True):
    """Render one frame of an edit at screen size into a memory-mapped file.

    The picture is 8-bit RGB, rows without padding, its longer side `longest_px` or the photo's own
    when that is smaller; it is written to the file `buffer`, which the worker creates or grows and
    never shortens. A newer preview for the same buffer ends those that still wait as `Cancelled`;
    one that is running overwrites the buffer when it is done, so take pictures out at once.
    """

    job: JobId
    source: str
    edit: PhotoEdit
    longest_px: int
    buffer: str
    frame: float = 0.0
    model: ModelChoice = ModelChoice()


class Thumbnail(_Message, frozen=True):
    """Put a photo, small and upright, into a memory-mapped file; of RAW the camera's own preview.

    `longest_px` and `buffer` are as in `Preview`, and so is the answer.
    """

    job: JobId
    source: str
    longest_px: int
    buffer: str


class Cancel(_Message, frozen=True):
    """Stop a job within one step; ignored when it has ended already."""

    job: JobId


class Shutdown(_Message, frozen=True):
    """Leave now; never waits behind work. Jobs in hand end as `Cancelled`."""


Request = (
    Hello | EditPhoto | EditWhole | MakeStrip | FindFaces | Preview | Thumbnail | Cancel | Shutdown
)
Job = EditPhoto | EditWhole | MakeStrip | FindFaces | Preview | Thumbnail

# ---- events: worker → front end ---------------------------------------------------------------


class FaceReport(msgspec.Struct, frozen=True):
    """One face as the front end needs it.

    Attributes:
        box: x, y, width, height in pixels of the upright photo.
        score: the detector's confidence, 0 to 1.
        yaw, pitch, roll: head pose in degrees.
        blendshapes: 52 readings by name, 0 to 1.
        reading: `neutral`, `smiling`, `eyes closed`, ...
        identity: 128 numbers of unit length; the cosine of two tells whether they are one person.
    """

    box: tuple[float, float, float, float]
    score: float
    yaw: float
    pitch: float
    roll: float
    blendshapes: dict[str, float]
    reading: tuple[str, ...]
    identity: tuple[float, ...]


class Progress(_Message, frozen=True):
    """Work done so far, in steps of the job's own."""

    job: JobId
    done: int
    total: int


class Written(_Message, frozen=True):
    """One output is safely on disk.

    Attributes:
        output: its path.
        index: which variant it is (0 for a strip).
        faces: numbers of the faces that were edited, from 1.
        editor: the editor that did it.
        identity: cosine of each edited face against the source, lowest first meaningful; None when
            the face was not found again.
        seconds: from the decoded photo to its edited pixels.
        warnings: sentences about what was odd but did not stop the work.
        notes: sentences about how the editor did it, such as the precision it picked and why.
        review: why a person should look at it first; it was put aside then.
        drift: how far off a generative editor was, `shift_px`, `scale`, `rotation_deg`, `colour`
            (the largest of a channel), `residual`; see `Limits`. Empty for others.
    """

    job: JobId
    output: str
    index: int
    faces: tuple[int, ...]
    editor: str
    identity: float | None
    seconds: float
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    review: tuple[str, ...] = ()
    drift: dict[str, float] = {}


class StepPreview(_Message, frozen=True):
    """Picture `index` of a job is taking shape: the job's buffer holds width × height × 3 bytes.

    The next one overwrites it, so take the picture out at once.
    """

    job: JobId
    index: int
    buffer: str
    width: int
    height: int


class FacesFound(_Message, frozen=True):
    """The answer to `FindFaces`: upright size in pixels and the faces, largest first."""

    job: JobId
    width: int
    height: int
    faces: tuple[FaceReport, ...]
    warnings: tuple[str, ...] = ()


class PreviewReady(_Message, frozen=True):
    """The answer to `Preview` and `Thumbnail`: the buffer holds width × height × 3 bytes.

    `photo_width` and `photo_height`: of the whole upright photo; 0 when that is not known.
    """

    job: JobId
    buffer: str
    width: int
    height: int
    seconds: float
    photo_width: int = 0
    photo_height: int = 0


class Finished(_Message, frozen=True):
    """The job is done and everything it wrote is on disk."""

    job: JobId


class Failed(_Message, frozen=True):
    """The job ended without all it was asked for.

    Attributes:
        code: stable and machine-readable (`truncated`, `no_face`, `out_of_memory`, ...).
        reason: what is wrong, as a clause without the photo's name.
        remedy: what the user can do.
        details: for the log and "Copy details"; never shown first.
    """

    job: JobId
    code: str
    reason: str
    remedy: str = ""
    details: str = ""


class Cancelled(_Message, frozen=True):
    """The job was stopped at the front end's word."""

    job: JobId


Event = (
    Hello
    | Progress
    | Written
    | StepPreview
    | FacesFound
    | PreviewReady
    | Finished
    | Failed
    | Cancelled
)
Ending = Finished | Failed | Cancelled
