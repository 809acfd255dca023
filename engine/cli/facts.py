"""`pixelsmile facts`: what photos say of themselves, for names of files; no picture is decoded."""

from collections.abc import Sequence
from pathlib import Path

from engine.cli.report import Report
from engine.cli.text import printable


def facts(photos: Sequence[str], *, as_json: bool) -> int:
    """List when photos were taken and who is named in them; returns 1 when one cannot be read."""
    from engine.photos import read_facts

    failures = 0
    with Report(as_json=as_json, total=len(photos)) as report:
        for photo in photos:
            found = read_facts(Path(photo))
            if not found.date:  # the file's own date at least
                failures += 1
                name = printable(Path(photo).name)
                report.failure(photo, f"{name}: it cannot be read; check its path", "unreadable")
                continue
            row = {"source": photo, "date": found.date, "person": found.person}
            line = f"{printable(photo)}  {found.date}  {printable(found.person)}".rstrip()
            report.row(row, line)
    return 1 if failures else 0
