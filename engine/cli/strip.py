"""`pixelsmile strip`."""

from dataclasses import dataclass
from pathlib import Path

from engine.cli.exporting import signing_files
from engine.cli.folders import make_writable
from engine.cli.generative import limits_of, model_choice, sampling_of
from engine.cli.option_groups import FaceOptions, ModelOptions, SignOptions
from engine.cli.options import (
    UsageFault,
    check_timing,
    parse_alpha,
    parse_blend,
    parse_editor,
    parse_face,
    parse_strip_output,
    strip_edit,
)
from engine.cli.report import Report
from engine.cli.stills import face_field, resolved, rounded
from engine.cli.text import printable
from engine.cli.worker_jobs import Sweeper, do, sentence, worker
from engine.protocol import Event, Loop, MakeStrip, Progress, Written


def parse_loop(text: str) -> Loop:
    """How a strip goes on after its last frame; raises `UsageFault`."""
    match text.strip().lower():
        case "bounce":
            return "bounce"
        case "repeat":
            return "repeat"
        case "once":
            return "once"
    raise UsageFault(f"--loop {text!r} is none of: bounce, repeat, once")


@dataclass(frozen=True)
class Timing:
    """The frames of a strip, as typed: from which scale to which, how many, how they play."""

    start: str
    stop: str
    frames: int
    fps: float
    loop: str


def strip(
    photo: str,
    out: str,
    what: FaceOptions,
    timing: Timing,
    model: ModelOptions,
    signing: SignOptions,
    *,
    as_json: bool,
) -> int:
    """Write one strip; returns the exit code. Raises `UsageFault` and `FolderFault`."""
    output = parse_strip_output(out)
    frames, fps = timing.frames, timing.fps
    check_timing(frames, fps, output.suffix)
    first, last = parse_alpha("--from", timing.start), parse_alpha("--to", timing.stop)
    blend = parse_blend(what.expression)
    edit = strip_edit(
        blend,
        first,
        last,
        frames,
        parse_face(what.face),
        parse_editor(what.editor),
        what.seed,
        sampling_of(model),
    )
    choice, limits = model_choice(model), limits_of(what.review_limit)
    way = parse_loop(timing.loop)
    certificate, key = signing_files(signing)
    source = Path(photo)
    if resolved(source) == resolved(output):
        raise UsageFault("--out is the photo itself, and a photo is never written over")
    make_writable(output.parent)
    sweeper = Sweeper([output.parent])
    with Report(as_json=as_json, total=1) as report:

        def hear(event: Event) -> None:
            if isinstance(event, Progress):
                report.within(event.done, event.total)
            elif isinstance(event, Written):
                for note in event.notes:
                    report.note(note)
                for warning in event.warnings:
                    report.note(f"{printable(photo)}: {warning}")
                row = {
                    "source": photo,
                    "output": event.output,
                    "expression": blend.label,
                    "from": first.value,
                    "to": last.value,
                    "frames": frames,
                    "fps": fps,
                    "loop": way,
                    "face": face_field(event.faces),
                    "editor": event.editor,
                    "identity": rounded(event.identity),
                    "seconds": round(event.seconds, 4),
                }
                if event.review:
                    row["review"] = list(event.review)
                    report.note(f"{printable(event.output)}: needs a look. {event.review[0]}")
                report.row(row, printable(event.output))

        report.begin(source.name)
        try:
            with worker() as client:
                number = client.next_job_id()
                job = MakeStrip(
                    number, photo, edit, out, frames, fps, way, choice,
                    limits=limits, certificate=certificate, key=key,
                )  # fmt: skip
                failed = do(client, job, hear)
        finally:
            sweeper.sweep()
        report.finish()
        if failed is not None:
            report.failure(photo, sentence(photo, failed), failed.code)
    return 0 if failed is None else 1
