"""A job's progress put together from that of its parts."""

from engine.editors.base import OnStep

PARTS = 100
"""Steps that each output of a job counts for."""


class Progress:
    """Counts outputs and, between them, the share of the whole that the editor has done."""

    def __init__(self, on_step: OnStep, outputs: int) -> None:
        """`outputs`: how many pictures the job makes. Says at once that nothing is done."""
        self._on_step = on_step
        self._total = outputs * PARTS
        self._outputs_done = 0
        on_step(0, self._total)

    def finish_output(self) -> None:
        """One more picture is made; raises `Cancelled` when the job is to stop."""
        self._outputs_done += 1
        self._on_step(self._outputs_done * PARTS, self._total)

    def at(self, share: float) -> None:
        """The present picture is done to `share`, 0 to 1; raises `Cancelled`."""
        within = min(PARTS - 1, int(share * PARTS))
        self._on_step(self._outputs_done * PARTS + within, self._total)

    def parts(self, count: int, outputs: int) -> list[OnStep]:
        """What to hand to `count` editors that work on the next `outputs` pictures together.

        An editor may render all of them at once, long before the first is finished.
        """
        start = self._outputs_done * PARTS
        shares = [0.0] * count

        def on_step_of(index: int) -> OnStep:
            def on_step(done: int, total: int) -> None:
                shares[index] = done / max(total, 1)
                reached = int(sum(shares) / count * outputs * PARTS)
                self._on_step(start + min(reached, outputs * PARTS - 1), self._total)

            return on_step

        return [on_step_of(index) for index in range(count)]
