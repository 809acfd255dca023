"""The catalogue in SQLite: photos, faces, people, versions, presets, the job queue and its results.

Imports the standard library, msgspec, platformdirs, and the engine's recipes and protocol.
"""

from engine.library.catalogue import AUTOMATIC, KnownFace, Person
from engine.library.database import sync_folder
from engine.library.errors import LibraryError
from engine.library.events import LibraryEvent
from engine.library.files import Stamp, stamp
from engine.library.jobs import ENDED, LEASE_S, Batch, Job, Plan, State
from engine.library.leftovers import is_in_use, is_leftover, remove, sweep
from engine.library.library import Library
from engine.library.location import library_path
from engine.library.orders import Delivery, Order, labels_of
from engine.library.owners import Owner, this_process
from engine.library.pace import Pace
from engine.library.requests import STRIP_SUFFIXES, Request, StripFile, Wanted
from engine.library.results import Result
from engine.library.review import REJECTED, REVIEW, Picture, is_aside
from engine.library.space import Space, bytes_at, free_bytes, space_for
from engine.library.versions import MAX_STARS, Flag, Timing, Version, VersionKey

__all__ = [
    "AUTOMATIC",
    "ENDED",
    "LEASE_S",
    "MAX_STARS",
    "REJECTED",
    "REVIEW",
    "STRIP_SUFFIXES",
    "Batch",
    "Delivery",
    "Flag",
    "Job",
    "KnownFace",
    "Library",
    "LibraryError",
    "LibraryEvent",
    "Order",
    "Owner",
    "Pace",
    "Person",
    "Picture",
    "Plan",
    "Request",
    "Result",
    "Space",
    "Stamp",
    "State",
    "StripFile",
    "Timing",
    "Version",
    "VersionKey",
    "Wanted",
    "bytes_at",
    "free_bytes",
    "is_aside",
    "is_in_use",
    "is_leftover",
    "labels_of",
    "library_path",
    "remove",
    "space_for",
    "stamp",
    "sweep",
    "sync_folder",
    "this_process",
]
