"""A batch of photos as a node gets it: the folder, and `pixelsmile batch` on it.

The node's own queue of jobs makes it durable: a worker that is lost repeats its photo alone, and
several of the command, one a GPU, share the photos.
"""

from collections.abc import Sequence

from engine.remote.environment import Environment
from engine.remote.runs import Job

PICTURES = "pictures"
"""Where in the run's folder the results are."""

NOT_FETCHED = ("library",)


def batch_job(
    environment: Environment, photos: str, output: str, words: Sequence[str], gpus: int
) -> Job:
    """The command that edits a folder of the node; the same one goes on after an interruption.

    Args:
        photos: the folder on the node.
        words: options of `pixelsmile batch`, without folders.
        gpus: how many share the work; 0 for a node without.
    """
    command = (
        *(*environment.command, "batch", photos, "--out", f"{output}/{PICTURES}"),
        *(*words, "--json"),
    )
    library = {"PIXELSMILE_LIBRARY": f"{output}/library/library.sqlite"}
    return Job(
        command=command,
        resume=command,
        output=output,
        environment=environment.variables | library,
        copies=max(1, gpus),
        gpu_each=gpus > 1,
    )
