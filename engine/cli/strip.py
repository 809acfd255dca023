"""`pixelsmile strip`."""

from collections.abc import Sequence
from pathlib import Path

from engine.cli.folders import make_writable
from engine.cli.generative import ModelOptions, model_choice, sampling_of
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


def strip(
    photo: str,
    out: str,
    *,
    expression: Sequence[str],
    start: str,
    stop: str,
    frames: int,
    fps: float,
    loop: str,
    face: str,
    editor: str,
    seed: int,
    as_json: bool,
    options: ModelOptions = ModelOptions(),
) -> int:
    """Write one strip; returns the exit code. Raises `UsageFault` and `FolderFault`."""
    output = parse_strip_output(out)
    check_timing(frames, fps, output.suffix)
    first, last = parse_alpha("--from", start), parse_alpha("--to", stop)
    blend = parse_blend(expression)
    edit = strip_edit(
        blend,
        first,
        last,
        frames,
        parse_face(face),
        parse_editor(editor),
        seed,
        sampling_of(options),
    )
    choice = model_choice(options)
    way = parse_loop(loop)
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
                report.row(row, printable(event.output))

        report.begin(source.name)
        try:
            with worker() as client:
                job = MakeStrip(client.next_job_id(), photo, edit, out, frames, fps, way, choice)
                failed = do(client, job, hear)
        finally:
            sweeper.sweep()
        report.finish()
        if failed is not None:
            report.failure(photo, sentence(photo, failed), failed.code)
    return 0 if failed is None else 1
