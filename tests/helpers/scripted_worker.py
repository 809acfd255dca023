"""A real worker whose jobs do what their photo's name says: `steps:50:0.01`, `print`, ...

`steps:COUNT:SECONDS_EACH:SECONDS_AFTER` takes steps and may fall silent afterwards.
"""

import ctypes
import os
import subprocess
import sys
import time
from collections.abc import Callable

from engine.protocol import EditPhoto, Job, Preview, PreviewReady, Written
from engine.worker.loop import Report
from engine.worker.process import serve

OnStep = Callable[[int, int], None]


class OddPhotoError(Exception):
    """An error as the engine's own ones are."""

    code = "odd"
    reason = "the photo is odd"
    remedy = "try another one"


def run_job(job: Job, report: Report, on_step: OnStep) -> None:
    """Do what the name of the job's photo says."""
    name, *arguments = job.source.split(":")
    if name == "steps":
        take_steps(int(arguments[0]), float(arguments[1]), on_step)
        time.sleep(float(arguments[2]) if len(arguments) > 2 else 0)
    elif name == "variants" and isinstance(job, EditPhoto):
        write_variants(job, report)
    elif name == "frame" and isinstance(job, Preview):
        on_step(1, 1)
        report(PreviewReady(job.job, job.buffer, 1, 1, 0.0))
    else:
        _ACTIONS[name]()


def take_steps(count: int, step_s: float, on_step: OnStep) -> None:
    """Report `count` steps that take `step_s` seconds each."""
    for step in range(count):
        time.sleep(step_s)
        on_step(step + 1, count)


def write_variants(job: EditPhoto, report: Report) -> None:
    """All variants but the last, which fails."""
    for index, variant in enumerate(job.variants[:-1]):
        report(Written(job.job, variant.output, index, (1,), "instant", None, 0.0))
    raise OddPhotoError


def print_everywhere() -> None:
    """Everything that would break the stream if it got there."""
    print("printed by Python")  # noqa: T201 - a job that prints is what is tested
    sys.__stdout__.write("printed past sys.stdout\n")  # type: ignore[union-attr]
    os.write(1, b"written to descriptor 1\n")
    libc = ctypes.CDLL(None)
    libc.puts(b"printed by C")
    libc.fflush(None)
    subprocess.run(["echo", "printed by a child"], check=True)


def read_stdin() -> None:
    """A child that reads its stdin, as ffmpeg does, must find it empty."""
    read = subprocess.run([sys.executable, "-c", "print(open(0).read())"], capture_output=True)
    if read.stdout.strip():
        raise OddPhotoError


def hold_the_interpreter() -> None:
    """Sleep inside C without letting other threads run."""
    ctypes.PyDLL(None).sleep(60)


def crash() -> None:
    """Read address 0."""
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.string_at(0)


def raise_domain_error() -> None:
    """An error with code, reason and remedy."""
    raise OddPhotoError


def raise_any_error() -> None:
    """An error that nobody foresaw."""
    raise ZeroDivisionError("division\nby zero")


def use_memory() -> None:
    """More than any limit."""
    bytearray(2**40)


def end_the_program() -> None:
    """As a library may."""
    sys.exit(5)


_ACTIONS: dict[str, Callable[[], object]] = {
    "nothing": lambda: None,
    "print": print_everywhere,
    "read_stdin": read_stdin,
    "sleep": lambda: time.sleep(60),
    "hold": hold_the_interpreter,
    "crash": crash,
    "odd": raise_domain_error,
    "fault": raise_any_error,
    "memory": use_memory,
    "exit": end_the_program,
}

if __name__ == "__main__":
    sys.exit(serve(run_job))
