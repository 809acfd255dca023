"""Who gives a job its turn on a node."""

import msgspec

from engine.remote.errors import fault
from engine.remote.link import Link
from engine.remote.runs import Job, Run
from engine.remote.state import State, Wish


class Queue:
    """The node's own: one job after the other, in the order in which they came."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def submit(self, run: Run, job: Job, *, again: bool) -> str:
        """Hand a job in, detached; the same run twice is one job.

        Returns its number in the queue; empty where it has none.
        """
        await self._link.call("submit", id=run.id, job=job, again=again)
        return ""

    async def state(self, run: Run, known: State) -> State:
        """What the queue knows beyond what the job itself has said."""
        return known

    async def wish(self, run: Run, wish: Wish) -> None:
        """Save, sample, stop after saving, or end at once."""
        await self._link.call("wish", id=run.id, wish=wish)

    async def own_state(self, run: Run) -> State:
        """What the job itself has said last."""
        answer = await self._link.call("look", id=run.id, offsets={}, limit_bytes=0)
        try:
            return msgspec.convert(answer["state"], State)
        except msgspec.ValidationError as error:
            raise fault("bad_answer", self._link.host.name, str(error)) from error
