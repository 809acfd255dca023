"""The library: one file, and a door to each thing in it."""

from pathlib import Path
from types import TracebackType
from typing import Self

from engine.library.catalogue import Catalogue
from engine.library.database import Database
from engine.library.events import Events
from engine.library.jobs import Jobs
from engine.library.location import library_path
from engine.library.orders import Orders
from engine.library.photos import Photos
from engine.library.results import Results
from engine.library.review import Review
from engine.library.thumbnails import Thumbnails
from engine.library.versions import Versions


class Library:
    """What a user's photos, edits, jobs and pictures are known by. Any thread may call."""

    def __init__(self, path: Path | None = None) -> None:
        """Open it, or make it; by default the user's own. Raises `LibraryError`."""
        self.database = Database(library_path() if path is None else path)
        self.photos = Photos(self.database)
        self.catalogue = Catalogue(self.database, self.photos)
        self.versions = Versions(self.database)
        self.thumbnails = Thumbnails(self.database)
        self.jobs = Jobs(self.database)
        self.results = Results(self.database)
        self.orders = Orders(self.database, self.jobs, self.photos, self.results)
        self.review = Review(self.database, self.jobs, self.photos, self.results)
        self.events = Events(self.database)

    def close(self) -> None:
        """Close it; what was acknowledged is in the file."""
        self.database.close()

    def backup(self, target: Path) -> None:
        """Copy it while it is in use; raises `LibraryError`."""
        self.database.backup(target)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
