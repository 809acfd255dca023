"""A real sshd, in a network of its own where the machine allows it."""

import asyncio
import os
import stat
import zipfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from engine.remote.remote import Remote, Seen, connect
from engine.remote.runs import Job, Run
from engine.remote.ssh import fingerprint, read_host_key
from engine.remote.targets import Target
from engine.remote.transfer import files_under
from tests.helpers.ssh_node import SshNode, ssh_node, why_no_sshd
from tests.unit.remote.conftest import STAND_IN, code_of, rows

pytest.importorskip("asyncssh", reason="the extra `remote` is not installed")
pytestmark = pytest.mark.skipif(bool(why_no_sshd()), reason=why_no_sshd())


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshNode]:
    with ssh_node(tmp_path_factory.mktemp("ssh") / "node") as started:
        yield started


@pytest.fixture
def target(node: SshNode, monkeypatch: pytest.MonkeyPatch) -> Target:
    """The node with its key pinned, as the user with that key sees it."""
    monkeypatch.setenv("HOME", str(node.home))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    unpinned = Target(
        name="node", kind="ssh", host=node.address, port=node.port, folder=str(node.root)
    )
    return msgspec.structs.replace(unpinned, host_key=asyncio.run(read_host_key(unpinned)))


def on(target: Target, work: Callable[[Remote], Awaitable[Any]]) -> Any:
    """Connect, work, let go."""

    async def connected() -> Any:
        async with connect(target) as remote:
            return await work(remote)

    return asyncio.run(connected())


def stand_in(node: SshNode, name: str, steps: int, pause_s: float = 0.05) -> Run:
    """A run of the stand-in training with the node's own Python."""
    output = str(node.root / "runs" / name / "run")
    words = ("python3", str(STAND_IN), output, str(steps), str(pause_s))
    job = Job(words, (*words, "resume"), output)
    return Run(id=name, kind="train", target="node", source="", into="", created=0, job=job)


async def until(remote: Remote, run: Run, reached: Callable[[Seen], bool]) -> Seen:
    while True:
        seen = await remote.look(run, {"metrics.jsonl": 0, "log.txt": 0})
        if reached(seen):
            return seen
        await asyncio.sleep(0.2)


def test_the_fingerprint_is_the_one_that_ssh_shows(node: SshNode, target: Target) -> None:
    import subprocess

    words = ["ssh-keygen", "-l", "-f", str(node.folder / "host_key.pub")]
    shown = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert fingerprint(target.host_key) in shown.split()


def test_a_changed_host_key_is_refused(node: SshNode, target: Target) -> None:
    other = Path(node.home / ".ssh" / "id_ed25519.pub").read_text()  # of the same kind
    changed = msgspec.structs.replace(target, host_key=" ".join(other.split()[:2]))
    assert code_of(lambda: on(changed, lambda remote: remote.probe())) == "key_changed"


def test_a_key_that_nobody_authorised_is_refused(
    node: SshNode, target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert code_of(lambda: on(target, lambda remote: remote.probe())) == "refused"


def test_a_node_that_is_off_is_gone(target: Target) -> None:
    off = msgspec.structs.replace(target, port=1)
    assert code_of(lambda: on(off, lambda remote: remote.probe())) == "node_gone"


def test_probe_says_what_there_is(node: SshNode, target: Target) -> None:
    facts = on(target, lambda remote: remote.probe())
    assert facts.root == str(node.root)
    assert facts.memory_bytes > 0
    assert facts.disk_free_bytes > 0
    assert facts.interpreter


def test_the_users_key_stays_here(node: SshNode, target: Target) -> None:
    on(target, lambda remote: remote.probe())
    private = (node.home / ".ssh" / "id_ed25519").read_bytes()
    files = [path for path in node.root.rglob("*") if path.is_file()]
    assert files
    assert not any(private[40:80] in path.read_bytes() for path in files)
    assert not node.root.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)


def wheel(folder: Path, name: str, text: str) -> Path:
    """A wheel of one module, made by hand."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}-1.0-py3-none-any.whl"
    about = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr(f"{name}.py", text)
        made.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        made.writestr(
            f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        made.writestr(f"{about}/RECORD", f"{name}.py,,\n{about}/METADATA,,\n{about}/WHEEL,,\n")
    return path


def test_an_environment_is_made_offline_from_nothing_and_once(
    node: SshNode, target: Target, tmp_path: Path
) -> None:
    wheel(tmp_path / "wheels", "only_here", "WORD = 'from the wheelhouse'\n")
    (tmp_path / "requirements.txt").write_text("only_here==1.0  # the one\n")
    offline = msgspec.structs.replace(
        target,
        wheels=str(tmp_path / "wheels"),
        requirements=str(tmp_path / "requirements.txt"),
    )

    async def work(remote: Remote) -> Seen:
        first = await remote.ensure()
        again = await remote.ensure()
        assert first == again
        output = f"{node.root}/runs/imports/run"
        script = "import only_here, engine; print(only_here.WORD, engine.__file__)"
        words = (first.python, "-P", "-c", script)
        job = Job(words, words, output, first.variables)
        run = Run(id="imports", kind="train", target="node", source="", into="", created=0, job=job)
        await remote.submit(run, job)
        return await until(remote, run, lambda seen: seen.state.state in ("finished", "failed"))

    seen = on(offline, work)
    assert seen.files["log.txt"].text.startswith(f"from the wheelhouse {node.root}/trees/")
    assert len(list((node.root / "env").glob("*/ready.json"))) == 1


def test_an_incomplete_wheelhouse_is_told(target: Target, tmp_path: Path) -> None:
    wheel(tmp_path / "wheels", "only_here", "")
    (tmp_path / "requirements.txt").write_text("something-else==1.0\n")
    offline = msgspec.structs.replace(
        target,
        wheels=str(tmp_path / "wheels"),
        requirements=str(tmp_path / "requirements.txt"),
    )
    assert code_of(lambda: on(offline, lambda remote: remote.ensure())) == "install_failed"


def test_a_folder_goes_there_and_back(node: SshNode, target: Target, tmp_path: Path) -> None:
    source = tmp_path / "photos"
    for number in range(300):
        file = source / f"folder {number % 7}" / f"photo “{number}”.jpg"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(os.urandom(1000 + number))
    files = files_under(source)

    async def work(remote: Remote) -> tuple[int, int, str]:
        first = await remote.push(files)
        second = await remote.push(files)
        return first.sent_bytes, second.sent_bytes, await remote.lay_out(second)

    first, second, there = on(target, work)
    assert first == sum(path.stat().st_size for path in files.values())
    assert second == 0
    for path, file in files.items():
        assert Path(there, path).read_bytes() == file.read_bytes()


def test_a_run_goes_on_while_the_client_is_away(node: SshNode, target: Target) -> None:
    run = stand_in(node, "away", steps=1000)
    assert run.job is not None
    job = run.job
    on(target, lambda remote: remote.submit(run, job))
    first = on(target, lambda remote: until(remote, run, lambda seen: len(rows(seen)) > 1))
    more = on(target, lambda remote: until(remote, run, lambda s: len(rows(s)) > len(rows(first))))
    assert more.state.state == "running"
    on(target, lambda remote: remote.stop(run))
    ended = on(target, lambda remote: until(remote, run, lambda s: s.state.state == "stopped"))
    assert rows(ended)[-1]["kind"] == "checkpoint"


def test_a_cut_upload_goes_on_where_it_was(node: SshNode, target: Target, tmp_path: Path) -> None:
    big = tmp_path / "model.bin"
    big.write_bytes(os.urandom(24 << 20))

    class Cut(Exception):
        pass

    def cut(done: int, total: int) -> None:
        if done > total // 2:
            raise Cut

    with pytest.raises(Cut):
        on(target, lambda remote: remote.push({"model.bin": big}, cut))
    arrived = sum(one.stat().st_size for one in node.root.rglob("blobs/*/*.partial"))
    assert arrived >= 4 << 20
    pushed = on(target, lambda remote: remote.push({"model.bin": big}))
    assert pushed.sent_bytes <= big.stat().st_size - (4 << 20)
    there = on(target, lambda remote: remote.lay_out(pushed))
    assert Path(there, "model.bin").read_bytes() == big.read_bytes()
    assert not list(node.root.rglob("blobs/*/*.partial"))


def test_a_dropped_link_is_noticed_and_the_run_is_found_again(
    node: SshNode, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not node.namespace:
        pytest.skip("needs root and a network namespace")
    monkeypatch.setattr("engine.remote.ssh.KEEPALIVE_S", 1)
    run = stand_in(node, "dropped", steps=1000)
    assert run.job is not None
    job = run.job

    async def watch(remote: Remote) -> None:
        await remote.submit(run, job)
        async for seen in remote.watch(run, every_s=0.1):
            if len(rows(seen)) > 0:
                node.cut_off()

    try:
        assert code_of(lambda: on(target, watch)) == "node_gone"
    finally:
        node.bring_back()
    seen = on(target, lambda remote: until(remote, run, lambda seen: len(rows(seen)) > 5))
    assert seen.state.state == "running"
    on(target, lambda remote: remote.wish(run, "kill"))


def test_after_a_power_cut_the_run_is_lost_and_goes_on_when_asked(
    node: SshNode, target: Target
) -> None:
    run = stand_in(node, "power", steps=1000)
    assert run.job is not None
    job = run.job

    async def begin(remote: Remote) -> None:
        await remote.submit(run, job)
        await until(remote, run, lambda seen: len(rows(seen)) > 0)
        await remote.wish(run, "save")
        await until(remote, run, lambda seen: any(r["kind"] == "checkpoint" for r in rows(seen)))

    on(target, begin)
    node.kill()
    assert code_of(lambda: on(target, lambda remote: remote.look(run))) == "node_gone"
    node.start()
    seen = on(target, lambda remote: until(remote, run, lambda seen: seen.state.state == "lost"))
    assert seen.state.reason == "lost"
    on(target, lambda remote: remote.resume(run))
    resumed = lambda seen: any(row["kind"] == "resumed" for row in rows(seen))  # noqa: E731
    assert on(target, lambda remote: until(remote, run, resumed)).state.state == "running"
    on(target, lambda remote: remote.wish(run, "kill"))
