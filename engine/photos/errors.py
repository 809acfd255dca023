"""What can go wrong with a photo's file, each error one sentence for the user."""

import unicodedata
from pathlib import Path

_LONGEST_NAME = 80


def shown_name(path: Path) -> str:
    """The file's name on one printable line, whatever bytes it is made of.

    >>> shown_name(Path("holiday\\nbeach.jpg"))
    'holiday�beach.jpg'
    """
    name = path.name or str(path)
    printable = "".join("�" if unicodedata.category(c)[0] == "C" else c for c in name)
    if len(printable) > _LONGEST_NAME:
        return printable[: _LONGEST_NAME - 20] + "…" + printable[-19:]
    return printable


class Refusal(Exception):
    """A reader's or writer's reason to stop, before it is known to which file it belongs."""

    def __init__(self, code: str, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.remedy = remedy


class FileTrouble(Exception):
    """One file and what is wrong with it; `str()` is one sentence for the user.

    Attributes:
        path: the file.
        code: stable, for programs; the subclasses list theirs.
        reason: what happened, without a full stop.
        remedy: what the user can do, without a full stop.
    """

    verb = "used"

    def __init__(self, path: Path, reason: str, remedy: str, code: str) -> None:
        super().__init__(path, reason, remedy, code)
        self.path = path
        self.reason = reason
        self.remedy = remedy
        self.code = code

    def __str__(self) -> str:
        return f"{shown_name(self.path)} cannot be {self.verb}: {self.reason}; {self.remedy}."


class PhotoError(FileTrouble):
    """A photo that cannot be opened.

    Codes: `missing`, `is_directory`, `not_a_file`, `unreadable` (the system refuses to read it),
    `empty`, `not_an_image`, `truncated`, `damaged`, `too_large`, `unsupported`, `needs_package`.
    """

    verb = "opened"


class WriteError(FileTrouble):
    """A picture that cannot be written.

    Codes: `is_source`, `is_directory`, `not_a_file`, `no_folder`, `name_too_long`, `bad_name`,
    `not_writable`, `no_space`, `too_large` (for the format), `unsupported` (format or pixels),
    `source_changed`, `needs_package`, `needs_program`, `not_signed`, `failed`.
    """

    verb = "written"
