"""A real worker that does with a photo what the photo's name says, and notes every rendering.

`good` and anything else is copied with its recipe behind it; `crash` ends the process; `once` does
so the first time; `memory` runs out of memory and spoils the process for all that follows; `tight`
does so the first time; `full` meets a full disk; `odd` fails; `slow` takes a second; `doubt` needs
a look. Where a file for steps is named, a picture of 2 × 1 pixels is put there.

The file that RENDERED names gets a line for each rendering that was begun.
"""

import errno
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from engine.protocol import EditPhoto, Job, StepPreview, Written
from engine.recipes import REVIEW_FOLDER, to_text
from engine.worker.loop import Report
from engine.worker.process import serve

OnStep = Callable[[int, int], None]


class OddPhotoError(Exception):
    """An error as the engine's own ones are."""

    code = "odd"
    reason = "the photo is odd"
    remedy = "try another one"


class Hands:
    """Does jobs until its process is spoilt."""

    def __init__(self) -> None:
        self._is_spoilt = False

    def __call__(self, job: Job, report: Report, on_step: OnStep) -> None:
        assert isinstance(job, EditPhoto)
        source = Path(job.source)
        on_step(0, 100)
        with open(os.environ["RENDERED"], "a") as log:
            log.write(f"{source.name}\n")
        self._behave(source)
        if source.stem.startswith("slow"):
            for step in range(100):
                time.sleep(0.01)
                on_step(step, 100)
        if job.step_buffer:
            Path(job.step_buffer).write_bytes(b"abcdef")
            report(StepPreview(job.job, 0, job.step_buffer, 2, 1))
            time.sleep(0.5)
        doubts = ("It looks odd.",) if source.stem.startswith("doubt") else ()
        for index, variant in enumerate(job.variants):
            output = Path(variant.output + source.suffix)
            if doubts:
                output = output.parent / REVIEW_FOLDER / output.name
                output.parent.mkdir(exist_ok=True)
            content = source.read_bytes() + to_text(variant.edit).encode()
            temporary = output.with_name(f".pixelsmile-{os.getpid()}-{index:012x}.jpg")
            temporary.write_bytes(content)
            os.replace(temporary, output)
            report(Written(job.job, str(output), index, (1,), "instant", 1.0, 0.01, review=doubts))

    def _behave(self, source: Path) -> None:
        kind = source.stem.rstrip("0123456789")
        is_first = kind in ("once", "tight") and not is_marked(source)
        if kind == "crash" or (kind == "once" and is_first):
            os.kill(os.getpid(), signal.SIGKILL)
        if self._is_spoilt or kind == "memory" or (kind == "tight" and is_first):
            self._is_spoilt = True
            raise MemoryError
        if kind == "full":
            raise OSError(errno.ENOSPC, "full")
        if kind == "odd":
            raise OddPhotoError


def is_marked(source: Path) -> bool:
    """Whether this was asked before."""
    marker = source.with_suffix(".seen")
    was_there = marker.exists()
    marker.touch()
    return was_there


if __name__ == "__main__":
    sys.exit(serve(Hands()))
