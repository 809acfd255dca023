"""A run that behaves as a training does, in the standard library: rows, saves, and going on.

    python stand_in_training.py OUTPUT STEPS SECONDS_A_STEP [resume]

A step named in the variable FAIL_AT says what VOICE says and ends with exit code 1.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType


def main() -> int:
    output, steps, pause = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    saved = output / "checkpoint.json"
    asked: set[str] = set()

    def hear(number: int, frame: FrameType | None) -> None:
        asked.add("save" if number == signal.SIGUSR1 else "stop")

    signal.signal(signal.SIGTERM, hear)
    signal.signal(signal.SIGUSR1, hear)
    output.mkdir(parents=True, exist_ok=True)
    step = 0
    if sys.argv[4:] == ["resume"] and saved.exists():
        step = json.loads(saved.read_text())["step"]
        tell(output, "resumed", step)
    while step < steps:
        time.sleep(pause)
        step += 1
        tell(output, "step", step)
        say(f"step {step}")
        if os.environ.get("FAIL_AT") == str(step):
            say(os.environ.get("VOICE", ""))
            return 1
        for wish in ("save", "stop", "sample"):
            file = output / "requests" / wish
            if file.exists():
                file.unlink()
                asked.add(wish)
        if asked & {"save", "stop"}:
            saved.write_text(json.dumps({"step": step}))
            tell(output, "checkpoint", step)
        if "sample" in asked:
            tell(output, "validation", step)
        if "stop" in asked:
            return 0
        asked.clear()
    (output / "look.safetensors").write_bytes(b"weights" * 1000)
    tell(output, "finished", step)
    (output / "status.json").write_text(json.dumps({"state": "finished"}))
    return 0


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def tell(output: Path, kind: str, step: int) -> None:
    with (output / "metrics.jsonl").open("a") as file:
        file.write(json.dumps({"kind": kind, "step": step, "loss": 1 / step if step else 1}) + "\n")


if __name__ == "__main__":
    sys.exit(main())
