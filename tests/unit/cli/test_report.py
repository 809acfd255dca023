import json
import os

import pytest

from engine.cli.report import Report, json_line
from engine.cli.text import printable


def test_rows_are_ascii_and_give_odd_names_back():
    name = os.fsdecode(b"caf\xe9\n\xc3\xa9.jpg")
    line = json_line({"source": name})
    assert line.isascii()
    assert "\n" not in line
    assert os.fsencode(json.loads(line)["source"]) == b"caf\xe9\n\xc3\xa9.jpg"


def test_a_number_that_json_has_not_is_no_row():
    with pytest.raises(ValueError, match="JSON"):
        json_line({"identity": float("nan")})


def test_names_are_printable():
    assert printable(os.fsdecode(b"a\xff\x1b[31m\nb")) == "a��[31m�b"


def test_with_json_stdout_carries_rows_alone(capsys):
    with Report(as_json=True, total=2) as report:
        report.row({"output": "a"}, "a line for people")
        report.failure("b.jpg", "b.jpg: it is empty", "empty")
        report.note("a note")
        report.finish("b.jpg: done")
    out, err = capsys.readouterr()
    assert [json.loads(line) for line in out.splitlines()] == [
        {"output": "a"},
        {"source": "b.jpg", "error": "b.jpg: it is empty", "code": "empty"},
    ]
    assert err.splitlines() == ["b.jpg: it is empty", "a note", "[1/2] b.jpg: done"]


def test_without_json_stdout_carries_lines(capsys):
    with Report(as_json=False, total=1) as report:
        report.row({"output": "a"}, "a.jpg")
        report.finish("a.jpg: done")
        report.failure("b.jpg", "b.jpg: it is empty", "empty")
    out, err = capsys.readouterr()
    assert out == "a.jpg\n"
    assert err == "b.jpg: it is empty\n"
