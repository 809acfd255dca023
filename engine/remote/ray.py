"""Ray gives jobs their turn: its Jobs API over HTTP, JSON alone, no Ray on this side."""

import asyncio
import json
import shlex
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import msgspec

from engine.remote.errors import RemoteError, fault
from engine.remote.link import Link
from engine.remote.queues import Queue
from engine.remote.runs import Job, Run
from engine.remote.state import ENDED, State, Wish
from engine.remote.targets import Target

TURN = "turn"  # as in node.py: there is one on a node
_TIMEOUT_S = 30
_MOST_BYTES = 1 << 24
_STATES = {"PENDING": "queued", "RUNNING": "running"}


class RayQueue(Queue):
    """A node whose Ray is started over ssh and bound to its loopback, or a cluster that is there.

    The files are on the node that is logged in to, where Ray starts the command as well.
    """

    def __init__(self, link: Link, target: Target, token: str) -> None:
        """`token`: of a cluster that is there; the node's own Ray has one of its own."""
        super().__init__(link)
        self._target = target
        self._token = token
        self._url = ""

    async def submit(self, run: Run, job: Job, *, again: bool) -> str:
        """Hand a job in; its number is Ray's."""
        await self._find(job.command[0])
        answer = await self._link.call("submit", id=run.id, job=job, again=again, held=False)
        hold = msgspec.convert(answer["hold"], list[str])
        starts = int(answer["state"].get("starts", 0))
        ticket = f"{run.id}-{starts}"
        body: dict[str, Any] = {"submission_id": ticket, "entrypoint": shlex.join(hold)}
        # What is asked for makes a job wait until it is free.
        if self._target.url:
            body["entrypoint_num_gpus"] = max(1, self._target.workers)
        else:
            body["entrypoint_resources"] = {TURN: 1}
        if await self._ask("GET", f"/api/jobs/{ticket}") is None:
            await self._ask("POST", "/api/jobs/", body)
        return ticket

    async def state(self, run: Run, known: State) -> State:
        """The job's own word, unless Ray knows that it is gone."""
        if known.state in ENDED:
            return known
        await self._find("")
        row = await self._ask("GET", f"/api/jobs/{run.ticket}") if self._url else None
        status = row["status"] if row else "GONE"
        if status in _STATES:
            return known
        # It may have written its last word between the two looks.
        again = await self.own_state(run)
        gone = msgspec.structs.replace(again, state="lost", reason="lost")
        return again if again.state in ENDED else gone

    async def wish(self, run: Run, wish: Wish) -> None:
        """Tell the run; one that has not begun, or that shall end at once, is taken from Ray."""
        state = await self.own_state(run)
        if wish == "kill" or (wish == "stop" and state.state == "queued"):
            await self._find("")
            await super().wish(run, wish)
            if self._url:
                await self._ask("POST", f"/api/jobs/{run.ticket}/stop", {})
            if state.state == "queued":
                await self._link.call("never_began", id=run.id)
        else:
            await super().wish(run, wish)

    async def _find(self, python: str) -> None:
        """Where Ray answers; the node's own is started with that Python if it is not there."""
        if self._url:
            return
        host = self._link.host
        if self._target.url:
            url = urllib.parse.urlsplit(self._target.url)
            self._url = self._target.url
            if url.scheme == "http":  # the token shall not be read on the way
                port = await host.forward(url.port or 80, url.hostname or "127.0.0.1")
                self._url = f"http://127.0.0.1:{port}"
            return
        answer = await self._link.call("ray_up", python=python)
        if answer["port"]:
            self._token = str(answer["token"])
            self._url = f"http://127.0.0.1:{await host.forward(int(answer['port']))}"

    async def _ask(self, method: str, path: str, body: Any = None) -> dict[str, Any] | None:
        """One request; None for what is not there."""
        return await asyncio.to_thread(self._request, method, path, body)

    def _request(self, method: str, path: str, body: Any) -> dict[str, Any] | None:
        node = self._target.name
        request = urllib.request.Request(
            self._url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
        )
        # No proxy of the environment's: the tunnel ends on this machine, and the token is a secret.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=_TIMEOUT_S) as answer:
                said = answer.read(_MOST_BYTES)
            return json.loads(said or b"{}")
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise _refused(error, node) from error
        except (OSError, ValueError) as error:
            raise fault("node_gone", node, str(error)) from error


def _refused(error: urllib.error.HTTPError, node: str) -> RemoteError:
    detail = error.read(4096).decode("utf-8", "replace")
    return fault("token_refused" if error.code in (401, 403) else "queue_failed", node, detail)
