"""Files to a node and back, and a node that lies."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.remote.digests import digests_of
from engine.remote.link import Link
from engine.remote.remote import Remote
from engine.remote.transfer import Pushed, files_under, safe_path
from tests.unit.remote.conftest import OnFolder, code_of


def made(node: OnFolder, files: dict[str, bytes]) -> Any:
    """A run that has ended and left these files."""
    run = node.submit("one", steps=1)
    node.ended(run)
    for name, content in files.items():
        path = node.root / "runs" / "one" / "run" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return run


def test_equal_files_are_sent_once(node: OnFolder, tmp_path: Path) -> None:
    files = {}
    for name in ("a", "b"):
        files[name] = tmp_path / name
        files[name].write_bytes(b"the same" * 1000)
    pushed = node.do(lambda remote: remote.push(files))
    assert pushed.sent_bytes == 8000
    there = Path(node.do(lambda remote: remote.lay_out(pushed)))
    assert (there / "a").read_bytes() == (there / "b").read_bytes() == b"the same" * 1000


def test_what_was_sent_cannot_be_written_by_accident(node: OnFolder, tmp_path: Path) -> None:
    """A run that wrote into it would spoil it for all runs."""
    (tmp_path / "a").write_bytes(b"picture")
    pushed = node.do(lambda remote: remote.push({"a": tmp_path / "a"}))
    there = Path(node.do(lambda remote: remote.lay_out(pushed)))
    assert (there / "a").stat().st_mode & 0o777 == 0o400


def test_a_file_that_changes_on_the_way_is_noticed(
    node: OnFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"1" * 1000)
    put = Link.put

    async def changed(self: Link, *words: Any) -> Any:
        file.write_bytes(os.urandom(1000))
        return await put(self, *words)

    monkeypatch.setattr(Link, "put", changed)
    push = lambda: node.do(lambda remote: remote.push({"a": file}))  # noqa: E731
    assert code_of(push) == "changed_while_read"
    assert not [one for one in (node.root / "blobs").rglob("*") if one.is_file()]


def test_a_full_disk_is_told_before_anything_is_sent(
    node: OnFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"1" * 1000)
    call = Link.call

    async def full(self: Link, command: str, **request: Any) -> Any:
        answer = await call(self, command, **request)
        return answer | {"free_bytes": 10} if command == "missing" else answer

    monkeypatch.setattr(Link, "call", full)
    push = lambda: node.do(lambda remote: remote.push({"a": tmp_path / "a"}))  # noqa: E731
    assert code_of(push) == "disk_full"


def test_links_of_a_node_stay_there(node: OnFolder, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    run = made(node, {"good": b"good"})
    output = node.root / "runs" / "one" / "run"
    (output / "link").symlink_to(tmp_path / "secret")
    (output / "folder").symlink_to(tmp_path)
    into = tmp_path / "into"
    into.mkdir()
    fetched = node.do(lambda remote: remote.fetch(run, into))
    names = {path.relative_to(into).as_posix() for path in fetched.files}
    assert "good" in names
    assert not {"link", "folder/secret"} & names


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../../x", "a//b", "", "./a", "a\0b"])
def test_a_path_that_leads_out_is_refused(path: str, tmp_path: Path) -> None:
    assert code_of(lambda: safe_path(tmp_path, path, "node")) == "bad_path"


def test_a_link_on_the_way_is_refused(tmp_path: Path) -> None:
    into = tmp_path / "into"
    into.mkdir()
    (into / "sub").symlink_to(tmp_path)
    assert code_of(lambda: safe_path(into, "sub/x", "node")) == "bad_path"
    assert safe_path(into, "a/b.png", "node") == into / "a" / "b.png"


def lying(monkeypatch: pytest.MonkeyPatch, change: Callable[[list[Any]], list[Any]]) -> None:
    call = Link.call

    async def lie(self: Link, command: str, **request: Any) -> Any:
        answer = await call(self, command, **request)
        return {"files": change(answer["files"])} if command == "listing" else answer

    monkeypatch.setattr(Link, "call", lie)


def test_a_node_that_names_a_file_outside_writes_nothing(
    node: OnFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = made(node, {"good": b"good"})
    lying(monkeypatch, lambda rows: [*rows, ["../outside", 4, "0" * 64]])
    into = tmp_path / "into"
    into.mkdir()
    assert code_of(lambda: node.do(lambda remote: remote.fetch(run, into))) == "bad_path"
    assert not list(into.iterdir())


def test_bytes_that_do_not_match_are_not_kept(
    node: OnFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = made(node, {"good": b"good"})
    lying(monkeypatch, lambda rows: [[path, size, "0" * 64] for path, size, _ in rows])
    into = tmp_path / "into"
    into.mkdir()
    assert code_of(lambda: node.do(lambda remote: remote.fetch(run, into))) == "damaged"
    assert not [path for path in into.rglob("*") if path.is_file()]


def test_what_is_whole_does_not_come_again(node: OnFolder, tmp_path: Path) -> None:
    run = made(node, {"model/a": b"a" * 5000, "b": b"b"})
    into = tmp_path / "into"
    into.mkdir()

    async def twice(remote: Remote) -> tuple[int, int]:
        first = await remote.fetch(run, into)
        (into / "b").write_bytes(b"x")
        return first.received_bytes, (await remote.fetch(run, into)).received_bytes

    first, second = node.do(twice)
    assert first > 5000
    assert second == 1
    assert (into / "b").read_bytes() == b"b"


def test_a_cut_fetch_goes_on_where_it_was(node: OnFolder, tmp_path: Path) -> None:
    content = os.urandom(8 << 20)
    run = made(node, {"big": content})
    into = tmp_path / "into"
    into.mkdir()

    class CutError(Exception):
        pass

    def cut(done: int, total: int) -> None:
        if done > total // 2:
            raise CutError

    only = ("big",)
    with pytest.raises(CutError):
        node.do(lambda remote: remote.fetch(run, into, only=only, on_bytes=cut))
    assert not (into / "big").exists()
    fetched = node.do(lambda remote: remote.fetch(run, into, only=only))
    assert 0 < fetched.received_bytes < len(content) * 3 // 4
    assert (into / "big").read_bytes() == content


def test_a_digest_is_remembered_until_the_file_changes(tmp_path: Path) -> None:
    file, cache = tmp_path / "a", tmp_path / "cache.sqlite"
    file.write_bytes(b"one")
    ((first, _),) = digests_of([file], cache)
    status = file.stat()
    file.write_bytes(b"two")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert list(digests_of([file], cache)) == [(first, 3)]  # nothing to be seen from outside
    file.write_bytes(b"three")
    ((last, _),) = digests_of([file], cache)
    assert last != first


def test_hidden_files_are_not_sent(tmp_path: Path) -> None:
    for name in ("a", ".secret", ".git/b", "sub/c"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    assert set(files_under(tmp_path, "x/")) == {"x/a", "x/sub/c"}


def test_a_tree_is_named_by_what_is_in_it() -> None:
    one = Pushed({"a": "1", "b": "2"}, 0)
    assert one.name == Pushed({"b": "2", "a": "1"}, 7).name
    assert one.name != Pushed({"a": "2", "b": "1"}, 0).name
