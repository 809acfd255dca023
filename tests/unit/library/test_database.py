"""The file itself: migrations, backups, and what can be wrong with it."""

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from engine.library import Library, LibraryError, library_path
from engine.library.database import Database
from engine.library.migrations import MIGRATIONS


def tables(path: Path) -> set[str]:
    connection = sqlite3.connect(path)
    try:
        rows = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        return {row[0] for row in rows if not row[0].startswith("sqlite_")}
    finally:
        connection.close()


def test_all_tables_are_strict_and_the_log_is_written_ahead(tmp_path: Path):
    database = Database(tmp_path / "new" / "library.sqlite")
    assert {"photos", "faces", "people", "versions", "jobs", "results", "presets"} <= tables(
        database.path
    )
    schema = database.rows("SELECT sql FROM sqlite_schema WHERE type = 'table' AND sql NOT NULL")
    own = [row[0] for row in schema if "sqlite_sequence" not in row[0]]
    assert all("STRICT" in sql.rpartition(")")[2] for sql in own)
    row = database.row("PRAGMA journal_mode")
    assert row is not None
    assert row[0] == "wal"
    assert database.version == len(MIGRATIONS)
    database.close()


def test_an_older_library_is_brought_up_to_date_and_kept_as_it_was(tmp_path: Path):
    path = tmp_path / "library.sqlite"
    old = Database(path, migrations=MIGRATIONS[:1])
    with old.write() as connection:
        connection.execute("INSERT INTO people (name) VALUES ('Grace')")
    old.close()
    assert "jobs" not in tables(path)
    with Library(path) as library:
        assert library.catalogue.people() == ["Grace"]
        assert library.jobs.all() == []
    kept = tmp_path / "library.sqlite.version-1"
    assert "jobs" not in tables(kept)
    assert "people" in tables(kept)


def test_a_migration_that_fails_changes_nothing(tmp_path: Path):
    path = tmp_path / "library.sqlite"
    Database(path, migrations=MIGRATIONS[:1]).close()

    def half(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE half (x INTEGER) STRICT")
        connection.execute("CREATE NONSENSE")

    with pytest.raises(LibraryError, match="NONSENSE"):
        Database(path, migrations=[MIGRATIONS[0], half])
    database = Database(path)
    assert "half" not in tables(path)
    assert database.version == len(MIGRATIONS)
    database.close()


def test_a_newer_library_is_left_alone(tmp_path: Path):
    path = tmp_path / "library.sqlite"
    Database(path, migrations=[*MIGRATIONS, lambda connection: None]).close()
    with pytest.raises(LibraryError, match="update the program") as caught:
        Library(path)
    assert caught.value.code == "newer"


@pytest.mark.parametrize(
    "content", [b"this is no database" * 100, b"SQLite format 3\0" + b"x" * 5000]
)
def test_a_file_that_is_no_library_is_left_alone(tmp_path: Path, content: bytes):
    path = tmp_path / "library.sqlite"
    path.write_bytes(content)
    with pytest.raises(LibraryError) as caught:
        Library(path)
    assert caught.value.code == "damaged"
    assert str(path) in str(caught.value)
    assert path.read_bytes() == content


def test_a_place_that_cannot_be_written_to(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(LibraryError) as caught:
        Library(tmp_path / "file" / "library.sqlite")
    assert caught.value.code == "not_writable"


def test_many_processes_may_make_it_at_one_time(tmp_path: Path):
    program = "import sys; from engine.library import Library; Library().close()"
    environment = {"PIXELSMILE_LIBRARY": str(tmp_path / "library.sqlite"), "PYTHONPATH": root()}
    processes = [
        subprocess.Popen([sys.executable, "-c", program], env=environment) for _ in range(6)
    ]
    assert [process.wait(30) for process in processes] == [0] * 6


def root() -> str:
    return str(Path(__file__).resolve().parents[3])


def add_people(library: Library, *names: str, divisor: int = 1) -> None:
    """Add people in one transaction, which a division by zero ends."""
    with library.database.write() as connection:
        for name in names:
            connection.execute("INSERT INTO people (name) VALUES (?)", (name,))
        _ = 1 / divisor


def test_a_transaction_is_all_or_nothing(tmp_path: Path):
    with Library(tmp_path / "library.sqlite") as library:
        with pytest.raises(ZeroDivisionError):
            add_people(library, "Grace", divisor=0)
        with pytest.raises(LibraryError):
            add_people(library, "Grace", "Grace")
        assert library.catalogue.people() == []
        add_people(library, "Grace")
        assert library.catalogue.people() == ["Grace"]


def test_threads_share_it(tmp_path: Path):
    with Library(tmp_path / "library.sqlite") as library:

        def add(start: int) -> None:
            for number in range(start, start + 25):
                with library.database.write(durable=False) as connection:
                    connection.execute("INSERT INTO people (name) VALUES (?)", (f"{number:03}",))

        threads = [threading.Thread(target=add, args=[n * 25]) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(library.catalogue.people()) == 100


def test_a_backup_of_a_library_in_use(tmp_path: Path):
    with Library(tmp_path / "library.sqlite") as library:
        with library.database.write() as connection:
            connection.execute("INSERT INTO people (name) VALUES ('Grace')")
        library.backup(tmp_path / "copy.sqlite")
        with library.database.write() as connection:
            connection.execute("INSERT INTO people (name) VALUES ('Eileen')")
        library.backup(tmp_path / "copy2.sqlite")
    with Library(tmp_path / "copy.sqlite") as copy:
        assert copy.catalogue.people() == ["Grace"]
        assert copy.database.faults() == []
    assert not list(tmp_path.glob(".pixelsmile-*"))


def test_where_it_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    assert library_path({"PIXELSMILE_LIBRARY": str(tmp_path / "x.sqlite")}) == tmp_path / "x.sqlite"
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    if sys.platform == "linux":
        assert library_path({}) == tmp_path / "pixelsmile" / "library.sqlite"
