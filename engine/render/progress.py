"""A job's progress put together from that of its parts."""

from engine.editors.base import OnStep

PARTS = 100
"""Steps that each output of a job counts for."""


class Progress:
    """Counts outputs and, within the present one, faces and the editor's own steps."""

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

    def part(self, index: int, parts: int) -> OnStep:
        """What to hand to an editor that does part `index` of `parts` of the present picture."""

        def on_step(done: int, total: int) -> None:
            self.at((index + done / max(total, 1)) / max(parts, 1))

        return on_step
