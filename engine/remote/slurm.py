"""Slurm gives jobs their turn: sbatch, squeue and scancel on the node that is logged in to."""

import msgspec

from engine.remote.errors import fault
from engine.remote.link import Link, read_all
from engine.remote.queues import Queue
from engine.remote.runs import Job, Run
from engine.remote.state import ENDED, State, Wish
from engine.remote.targets import Target

_WAITING = ("PENDING", "REQUEUED", "REQUEUE_HOLD", "SUSPENDED", "CONFIGURING")
_SIGNALS = {"save": "USR2", "stop": "TERM"}


class SlurmQueue(Queue):
    """A cluster whose nodes share the folder. A minute before the time is up the run saves and is
    queued again."""

    def __init__(self, link: Link, target: Target) -> None:
        super().__init__(link)
        self._target = target

    async def submit(self, run: Run, job: Job, *, again: bool) -> str:
        """Hand a job in; its number is Slurm's."""
        answer = await self._link.call("submit", id=run.id, job=job, again=again, held=False)
        folder = str(answer["hold"][3])
        name = f"--name=pixelsmile-{run.id}"
        if there := (await self._run("squeue", "--noheader", "--format=%A", name)).split():
            return there[0]  # handed in by a client that did not live to note it
        said = await self._run(
            *("sbatch", "--parsable", "--requeue", "--open-mode=append", "--signal=B:USR1@60"),
            *(f"--job-name=pixelsmile-{run.id}", f"--output={folder}/slurm.txt"),
            *self._target.options,
            f"{folder}/slurm.sh",
        )
        return said.strip().split(";")[0]

    async def state(self, run: Run, known: State) -> State:
        """The job's own word, unless Slurm knows that it is gone."""
        if known.state in ENDED or not run.ticket:
            return known
        said = await self._run("squeue", "--noheader", "--states=all", "--format=%T",
                               f"--jobs={run.ticket}", may_fail=True)  # fmt: skip
        status = said.strip()
        if status in _WAITING:
            return msgspec.structs.replace(known, state="queued")
        if status in ("RUNNING", "COMPLETING"):
            return known
        again = await self.own_state(run)
        gone = msgspec.structs.replace(again, state="lost", reason="lost")
        return again if again.state in ENDED else gone

    async def wish(self, run: Run, wish: Wish) -> None:
        """Tell the run through Slurm, which knows where it is."""
        state = await self.state(run, await self.own_state(run))
        if state.state in ENDED:
            raise fault("has_ended", self._target.name)
        if state.state == "queued" and wish in ("stop", "kill"):
            await self._run("scancel", run.ticket)
            await self._link.call("never_began", id=run.id)
        elif wish == "kill":
            await super().wish(run, wish)  # so that it counts as stopped
            await self._run("scancel", run.ticket)
            await self._link.call("never_began", id=run.id)
        elif wish == "sample":
            await super().wish(run, wish)
        else:
            await self._run("scancel", "--batch", f"--signal={_SIGNALS[wish]}", run.ticket)

    async def _run(self, *words: str, may_fail: bool = False) -> str:
        process = await self._link.host.start(words)
        process.end_input()
        said = await read_all(process, self._target.name)
        code, last_words = await process.ended()
        if code and not may_fail:
            raise fault("queue_failed", self._target.name, last_words)
        return said.decode("utf-8", "replace")
