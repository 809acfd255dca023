"""The catalogue in SQLite: photos, faces, people, edits, presets, the job queue and its results.

Imports the standard library, msgspec, platformdirs, and the engine's recipes and protocol.
"""

from engine.library.catalogue import KnownFace
from engine.library.database import sync_folder
from engine.library.errors import LibraryError
from engine.library.events import LibraryEvent
from engine.library.files import Stamp, stamp
from engine.library.jobs import ENDED, LEASE_S, Batch, Job, Plan, State
from engine.library.leftovers import is_in_use, is_leftover, sweep
from engine.library.library import Library
from engine.library.location import library_path
from engine.library.owners import Owner, this_process
from engine.library.pace import Pace
from engine.library.requests import Request, Wanted
from engine.library.results import Result

__all__ = [
    "ENDED",
    "LEASE_S",
    "Batch",
    "Job",
    "KnownFace",
    "Library",
    "LibraryError",
    "LibraryEvent",
    "Owner",
    "Pace",
    "Plan",
    "Request",
    "Result",
    "Stamp",
    "State",
    "Wanted",
    "is_in_use",
    "is_leftover",
    "library_path",
    "stamp",
    "sweep",
    "sync_folder",
    "this_process",
]
