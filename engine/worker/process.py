"""The worker process: `python -m engine.worker` or `pixelsmile worker`."""

import argparse
import faulthandler
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence

import engine
from engine.protocol import Hello
from engine.worker.jobs import PhotoJobs
from engine.worker.loop import RunJob, Worker
from engine.worker.streams import Outlet, claim_standard_streams

_MIB = 1024 * 1024


def main(argv: Sequence[str] | None = None) -> int:
    """Serve one front end over stdin and stdout until it leaves.

    Returns 0 after `Shutdown` or the end of stdin, 3 for a front end of another protocol version,
    4 for one that broke the protocol; the process is expected to end right afterwards.
    """
    options = _parser().parse_args(argv)
    # Before numpy is loaded. Our products are small: further threads only wait for each other, and
    # with a worker a core they take half of all time.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if options.memory_limit_mb is not None:
        limit_memory(options.memory_limit_mb)
    return serve(PhotoJobs())


def serve(run_job: RunJob) -> int:
    """Greet, hear and work; `run_job` does the jobs. Returns the exit code."""
    requests, messages = claim_standard_streams()
    # Ctrl-C in a terminal reaches the whole process group. What it means is the front end's to
    # decide, which says Cancel or Shutdown; SIG_IGN also holds for front ends that start the
    # worker in their own group (QProcess, ssh).
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    faulthandler.enable()
    logging.basicConfig(stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    outlet = Outlet(messages)
    outlet.send(Hello(program=f"pixelsmile-worker {engine.__version__}"))
    worker = Worker(run_job, outlet)
    threading.Thread(target=worker.hear, args=[requests], name="ear", daemon=True).start()
    return worker.work()


def limit_memory(limit_mb: int) -> None:
    """Let the process have no more than `limit_mb` MiB of address space (POSIX).

    Address space is more than what is in use: libraries and thread stacks count too, so a limit
    under about 2000 stops photos that would have fitted.
    """
    import resource

    limit = limit_mb * _MIB
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pixelsmile worker", description="Serve a front end over stdin and stdout."
    )
    if sys.platform != "win32":
        parser.add_argument(
            "--memory-limit-mb",
            type=_positive,
            metavar="MB",
            help="fail a photo that needs more address space instead of using all memory",
        )
    else:
        parser.set_defaults(memory_limit_mb=None)
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number
