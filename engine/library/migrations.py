"""How the library's tables came to be: one function per version, in order.

A migration runs inside a transaction together with its version number. It is never changed once a
release has carried it; the next change is a function of its own.

Paths are BLOBs, because file names need not be text.
"""

import sqlite3
from collections.abc import Callable, Sequence

Migration = Callable[[sqlite3.Connection], None]


def create_catalogue(connection: sqlite3.Connection) -> None:
    """Version 1: photos, the faces in them, people, edits and presets."""
    _do(
        connection,
        """CREATE TABLE photos (
            id INTEGER PRIMARY KEY,
            path BLOB NOT NULL UNIQUE,
            size_bytes INTEGER NOT NULL,
            mtime_ns INTEGER NOT NULL,
            sha256 TEXT NOT NULL,
            hashed_at REAL NOT NULL
        ) STRICT""",
        "CREATE INDEX photos_by_content ON photos (sha256)",
        """CREATE TABLE people (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE
        ) STRICT""",
        """CREATE TABLE faces (
            photo INTEGER NOT NULL REFERENCES photos ON DELETE CASCADE,
            number INTEGER NOT NULL CHECK (number >= 1),
            person INTEGER REFERENCES people ON DELETE SET NULL,
            report TEXT NOT NULL,
            PRIMARY KEY (photo, number)
        ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX faces_by_person ON faces (person)",
        """CREATE TABLE edits (
            photo INTEGER PRIMARY KEY REFERENCES photos ON DELETE CASCADE,
            recipe TEXT NOT NULL,
            changed_at REAL NOT NULL
        ) STRICT""",
        """CREATE TABLE presets (
            name TEXT PRIMARY KEY,
            recipe TEXT NOT NULL
        ) STRICT, WITHOUT ROWID""",
    )


def create_queue(connection: sqlite3.Connection) -> None:
    """Version 2: the job queue, the results and the log of events."""
    _do(
        connection,
        """CREATE TABLE batches (
            id INTEGER PRIMARY KEY,
            key TEXT NOT NULL UNIQUE,
            folder BLOB NOT NULL,
            target BLOB NOT NULL,
            request TEXT NOT NULL,
            is_paused INTEGER NOT NULL DEFAULT 0,
            created_at REAL NOT NULL
        ) STRICT""",
        """CREATE TABLE jobs (
            id INTEGER PRIMARY KEY,
            batch INTEGER NOT NULL REFERENCES batches ON DELETE CASCADE,
            source BLOB NOT NULL,
            outputs TEXT NOT NULL,
            state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN
                ('queued', 'running', 'finished', 'failed', 'cancelled', 'needs_review')),
            priority INTEGER NOT NULL DEFAULT 0,
            position INTEGER NOT NULL,
            crashes INTEGER NOT NULL DEFAULT 0,
            code TEXT NOT NULL DEFAULT '',
            reason TEXT NOT NULL DEFAULT '',
            lease TEXT,
            owner_host TEXT,
            owner_pid INTEGER,
            owner_start TEXT,
            lease_until REAL,
            work TEXT,
            waits_for INTEGER,
            changed_at REAL NOT NULL,
            UNIQUE (batch, source)
        ) STRICT""",
        "CREATE INDEX jobs_in_order ON jobs (state, priority DESC, position)",
        """CREATE TABLE results (
            output BLOB PRIMARY KEY,
            stem BLOB NOT NULL,
            key TEXT NOT NULL,
            size_bytes INTEGER NOT NULL,
            mtime_ns INTEGER NOT NULL,
            sha256 TEXT NOT NULL,
            details TEXT NOT NULL,
            is_announced INTEGER NOT NULL DEFAULT 0,
            boot TEXT NOT NULL,
            written_at REAL NOT NULL
        ) STRICT""",
        "CREATE INDEX results_by_key ON results (key)",
        """CREATE TABLE events (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at REAL NOT NULL,
            kind TEXT NOT NULL,
            batch INTEGER,
            job INTEGER,
            source BLOB,
            output BLOB,
            reason TEXT NOT NULL DEFAULT ''
        ) STRICT""",
        """CREATE TABLE settings (
            name TEXT PRIMARY KEY,
            value TEXT NOT NULL
        ) STRICT, WITHOUT ROWID""",
    )


def create_versions(connection: sqlite3.Connection) -> None:
    """Version 3: versions of photos, by path alone, in place of edits; thumbnails."""
    _do(
        connection,
        "DROP TABLE edits",
        """CREATE TABLE versions (
            path BLOB NOT NULL,
            copy INTEGER NOT NULL CHECK (copy >= 0),
            version TEXT NOT NULL,
            changed_at REAL NOT NULL,
            PRIMARY KEY (path, copy)
        ) STRICT, WITHOUT ROWID""",
        """CREATE TABLE thumbnails (
            path BLOB PRIMARY KEY,
            size_bytes INTEGER NOT NULL,
            mtime_ns INTEGER NOT NULL,
            picture BLOB NOT NULL
        ) STRICT""",
    )


def find_by_place_and_kind(connection: sqlite3.Connection) -> None:
    """Version 4: results by the place that was asked for; batches that need a generative editor."""
    _do(
        connection,
        "CREATE INDEX results_by_stem ON results (stem)",
        "CREATE INDEX jobs_by_position ON jobs (position)",
        "ALTER TABLE batches ADD COLUMN is_generative INTEGER NOT NULL DEFAULT 0",
        """UPDATE batches SET is_generative = 1 WHERE request LIKE '%"editor": "pixelsmile"%'""",
    )


def note_looks(connection: sqlite3.Connection) -> None:
    """Version 5: whether a photo's faces were looked for; people who were found and not named."""
    _do(
        connection,
        """CREATE TABLE looks (
            photo INTEGER PRIMARY KEY REFERENCES photos ON DELETE CASCADE,
            size_bytes INTEGER NOT NULL,
            mtime_ns INTEGER NOT NULL
        ) STRICT""",
        "ALTER TABLE people ADD COLUMN is_named INTEGER NOT NULL DEFAULT 1",
        "ALTER TABLE people ADD COLUMN faces INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE people ADD COLUMN total TEXT NOT NULL DEFAULT '[]'",
    )


MIGRATIONS: Sequence[Migration] = (
    create_catalogue,
    create_queue,
    create_versions,
    find_by_place_and_kind,
    note_looks,
)
"""What brings a library of version n to n + 1, at index n."""


def _do(connection: sqlite3.Connection, *statements: str) -> None:
    # Not executescript, which would commit what is open before it starts.
    for statement in statements:
        connection.execute(statement)
