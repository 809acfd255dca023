import pytest

from engine.cli.arguments import spread_scales


@pytest.mark.parametrize(
    ("typed", "spread"),
    [
        (["--scales", "0.5", "1.0"], ["--scales=0.5", "--scales=1.0"]),
        (["--scales", "0.5,1.0", "2"], ["--scales=0.5,1.0", "--scales=2"]),
        (["--scales=0.5", "1"], ["--scales=0.5", "--scales=1"]),
        (["--scales", "0.5", "a.jpg"], ["--scales=0.5", "a.jpg"]),
        (["--scales", "1", "folder/anna"], ["--scales=1", "folder/anna"]),
        (["--scales", "0.5", "--json", "1.0"], ["--scales=0.5", "--json", "1.0"]),
        (["--scales", "0.5", "-e", "sad"], ["--scales=0.5", "-e", "sad"]),
        (["--scales", "-1", "-inf"], ["--scales=-1", "--scales=-inf"]),
        (["--scales", "0.5", "nan"], ["--scales=0.5", "--scales=nan"]),
        (["--scales", "0.5", "abc"], ["--scales=0.5", "--scales=abc"]),
        (["--scales", "abc.jpg"], ["--scales=abc.jpg"]),
        (["--", "--scales", "1"], ["--", "--scales", "1"]),
        (["--scales", "1", "--", "2"], ["--scales=1", "--", "2"]),
        (["--scales"], ["--scales"]),
        (["a.jpg", "--out", "d"], ["a.jpg", "--out", "d"]),
    ],
)
def test_numbers_after_scales_belong_to_it(typed: list[str], spread: list[str]):
    assert spread_scales(typed) == spread


def test_a_file_without_suffix_ends_the_numbers(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "anna").touch()
    assert spread_scales(["--scales", "0.5", "anna"]) == ["--scales=0.5", "anna"]
