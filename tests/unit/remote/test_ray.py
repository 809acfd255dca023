"""A real Ray, started over a real ssh: what listens, who gets in, how jobs queue."""

import asyncio
import importlib.util
import stat
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from engine.remote.remote import Remote, connect
from engine.remote.runs import Job, Run
from engine.remote.ssh import read_host_key
from engine.remote.targets import Target
from tests.helpers.ssh_node import SshNode, ssh_node, why_no_sshd
from tests.unit.remote.conftest import STAND_IN, rows
from tests.unit.remote.test_ssh import until

pytest.importorskip("asyncssh", reason="the extra `remote` is not installed")
pytestmark = [
    pytest.mark.skipif(bool(why_no_sshd()), reason=why_no_sshd()),
    pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is not installed"),
]


@pytest.fixture
def node(tmp_path: Path) -> Iterator[SshNode]:
    with ssh_node(tmp_path / "node") as started:
        yield started


def stand_in(node: SshNode, name: str, steps: int) -> Run:
    output = str(node.root / "runs" / name / "run")
    words = (sys.executable, str(STAND_IN), output, str(steps), "0.05")
    job = Job(words, (*words, "resume"), output)
    return Run(id=name, kind="train", target="node", source="", into="", created=0, job=job)


async def submitted(remote: Remote, run: Run) -> Run:
    assert run.job is not None
    return msgspec.structs.replace(run, ticket=await remote.submit(run, run.job))


def refused(url: str, token: str) -> int:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=30)
    caught.value.close()
    return caught.value.code


@pytest.mark.timeout(300)
def test_ray_is_closed_to_all_but_the_user_and_queues_jobs(
    node: SshNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(node.home))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    unpinned = Target(
        name="node", kind="ray", host=node.address, port=node.port, folder=str(node.root)
    )
    key = asyncio.run(read_host_key(unpinned))
    target = msgspec.structs.replace(unpinned, host_key=key)

    async def work() -> None:
        async with connect(target) as remote:
            await first_and_second(remote)
        async with connect(target) as remote:  # another day
            seen = await remote.look(msgspec.structs.replace(stand_in(node, "b", 3), ticket="b-0"))
            assert seen.state.state == "finished"
            await remote.link.call("ray_down")

    async def first_and_second(remote: Remote) -> None:
        first = await submitted(remote, stand_in(node, "a", 1000))
        await until(remote, first, lambda seen: len(rows(seen)) > 0)
        if node.namespace:
            listening = node.listening()
            assert len(listening) >= 5
            assert all(one.startswith(("127.0.0.1:", "[::ffff:127.0.0.1]:")) for one in listening)
        token = node.root / "ray" / "token"
        secret = token.read_text()
        assert len(secret) == 64
        assert token.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO) == 0
        assert not node.says(secret)
        port = (await remote.link.call("ray_up", python=""))["port"]
        here = await remote.link.host.forward(port)
        for wrong in ("", "0" * 64):
            url = f"http://127.0.0.1:{here}/api/jobs/"
            assert await asyncio.to_thread(refused, url, wrong) in (401, 403)

        third = await submitted(remote, stand_in(node, "c", 1000))
        assert (await remote.look(third)).state.state == "queued"
        await remote.wish(first, "save")
        await until(remote, first, lambda seen: any(r["kind"] == "checkpoint" for r in rows(seen)))
        await remote.stop(first)
        seen = await until(remote, first, lambda seen: seen.state.state == "stopped")
        assert rows(seen)[-1]["kind"] == "checkpoint"
        await until(remote, third, lambda seen: len(rows(seen)) > 0)
        second = await submitted(remote, stand_in(node, "b", 3))
        await remote.wish(third, "kill")
        await until(remote, third, lambda seen: seen.state.state == "stopped")
        seen = await until(remote, second, lambda seen: seen.state.state == "finished")
        assert [row["kind"] for row in rows(seen)] == ["step", "step", "step", "finished"]
        for file in (node.root / "runs").rglob("*"):
            if file.is_file():
                assert secret not in file.read_text()

    asyncio.run(work())
