"""`pixelsmile train`: check a data set, train a LoRA on it, go on, write it out."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

from engine.cli.endings import DONE, FAILED
from engine.cli.report import json_line
from engine.cli.text import duration, printable

_RANK = "RANK"  # set by torchrun in every process of a run of many


def check(config_file: str, report_file: str, *, as_json: bool) -> int:
    """Print what is wrong or thin; 1 when a run could not begin."""
    from engine.training.config import load_config
    from engine.training.data.check import check as check_data
    from engine.training.data.check import write_html
    from engine.training.data.dataset import read_triplets

    def work() -> int:
        config = load_config(Path(config_file))
        report, seen = check_data(config, read_triplets(config), on_picture=_counter("pictures"))
        for one in report.findings:
            row = {
                "finding": one.code,
                "level": one.level,
                "sentence": one.sentence,
                "triplets": list(one.triplets),
                "pictures": list(one.pictures),
            }
            _say(row, f"{one.level}: {printable(one.sentence)}", as_json)
        if report_file:
            write_html(Path(report_file), report, seen)
        summary = {
            "ok": report.ok,
            "triplets": report.triplets,
            "pictures": report.pictures,
            "persons": report.persons,
            "synthetic": report.synthetic,
            "balance": report.balance,
            "confusing": report.confusing,
        }
        state = "ready" if report.ok else "not ready"
        line = f"{state}: {report.triplets} triplets of {report.pictures} pictures"
        _say(summary, line, as_json)
        return DONE if report.ok else FAILED

    return _explained(work, as_json)


def run(config_file: str, processes: int, *, resume: bool, as_json: bool) -> int:
    """Train; 0 when finished or stopped as asked."""
    if processes > 1 and _RANK not in os.environ:
        return _launch(config_file, processes, resume=resume, as_json=as_json)

    def work() -> int:
        from engine.training.config import load_config
        from engine.training.data.check import check as check_data
        from engine.training.data.dataset import read_triplets
        from engine.training.errors import TrainingError

        config = load_config(Path(config_file))
        report, _ = check_data(config, read_triplets(config), look=False)
        errors = [one for one in report.findings if one.level == "error"]
        if errors:
            more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
            raise TrainingError(
                "data_unusable", f"{errors[0].sentence}{more}", "run 'pixelsmile train check'"
            )
        from engine.training.run import train

        outcome = train(config, resume=resume, on_row=_printer(as_json))
        if outcome.state == "stopped":
            line = f"stopped and saved at step {outcome.step} of {outcome.total}"
        else:
            line = f"finished: {outcome.lora}"
        lora = str(outcome.lora) if outcome.lora else None
        main = os.environ.get(_RANK, "0") == "0"
        if main:
            _say({"state": outcome.state, "step": outcome.step, "lora": lora}, line, as_json)
        return DONE

    return _explained(work, as_json)


def export(
    config_file: str,
    out: str,
    *,
    step: int | None,
    keys: str,
    kept: str,
    dtype: str,
    tensorboard: str,
    as_json: bool,
) -> int:
    """Write a checkpoint's LoRA, or the metrics for TensorBoard, or both."""
    from engine.cli.options import UsageFault

    for option, value, choices in (
        ("--keys", keys, ("diffusers", "comfyui")),
        ("--weights", kept, ("auto", "mean", "last")),
        ("--dtype", dtype, ("bf16", "fp32")),
    ):
        if value not in choices:
            raise UsageFault(f"{option} {value!r} is none of: {', '.join(choices)}")
    if not out and not tensorboard:
        raise UsageFault("--out is missing, such as --out look.safetensors")

    def work() -> int:
        from engine.training.config import load_config
        from engine.training.data.dataset import read_triplets
        from engine.training.errors import TrainingError
        from engine.training.export import DTYPES, Kept, KeyStyle, export_checkpoint
        from engine.training.metrics import export_tensorboard

        config = load_config(Path(config_file))
        if out:
            try:
                synthetic = any(one.synthetic for one in read_triplets(config))
            except TrainingError:  # the pictures have moved on; the checkpoint has not
                synthetic = False
            written = export_checkpoint(
                config, Path(out), step=step, kept=cast(Kept, kept), style=cast(KeyStyle, keys),
                dtype=DTYPES[dtype], synthetic=synthetic,
            )  # fmt: skip
            _say({"lora": out, "step": written}, f"{out}: the LoRA of step {written}", as_json)
        if tensorboard:
            count = export_tensorboard(Path(config.run.folder), Path(tensorboard))
            _say({"tensorboard": tensorboard, "numbers": count}, f"{count} numbers", as_json)
        return DONE

    return _explained(work, as_json)


def pairs(photos: str, out: str, *, as_json: bool) -> int:
    """Graded pictures by the instant editor."""

    def work() -> int:
        from engine.training.data.synthetic import make_graded, photos_in

        folders = make_graded(photos_in(Path(photos)), Path(out), on_picture=_counter("pictures"))
        for folder in folders:
            _say({"folder": str(folder), "synthetic": True}, f"{folder} (synthetic)", as_json)
        return DONE if folders else FAILED

    return _explained(work, as_json)


def propose(folder: str, neutral: str, *, as_json: bool) -> int:
    """A row of twelve scores a picture."""

    def work() -> int:
        from engine.training.data.propose import propose_scores, read_blendshapes
        from engine.training.data.synthetic import photos_in

        rest = read_blendshapes(Path(neutral)) if neutral else None
        for photo in photos_in(Path(folder)):
            shown = read_blendshapes(photo)
            scores = propose_scores(shown, rest) if shown is not None else None
            best = max(scores, key=scores.__getitem__) if scores else ""
            value = f"{scores[best]:g}" if scores else ""
            line = f"{photo.name},{best},{value}"
            _say({"file": photo.name, "scores": scores}, printable(line), as_json)
        return DONE

    return _explained(work, as_json)


# ---- what is said -------------------------------------------------------------------------------


def _explained(work: Callable[[], int], as_json: bool) -> int:
    """The exit code; an error that carries a reason and a remedy is one sentence."""
    from engine.photos import PhotoError
    from engine.training.errors import TrainingError
    from engine.weights import WeightsError
    from engine.weights.shipped import ShippedModelError

    try:
        return work()
    except (TrainingError, WeightsError, ShippedModelError) as error:
        sentence, code = f"{error.reason}; {error.remedy}.", error.code
    except PhotoError as error:
        sentence, code = str(error), error.code
    except OSError as error:
        sentence, code = f"{error.filename or 'a file'}: {error.strerror}.", "os"
    except Exception as error:
        # The model's errors live beside torch, which must not be imported to name them.
        if not (hasattr(error, "reason") and hasattr(error, "remedy") and hasattr(error, "code")):
            raise
        known: Any = error
        sentence, code = f"{known.reason}; {known.remedy}.", known.code
    print(f"pixelsmile: {printable(sentence)}", file=sys.stderr, flush=True)
    if as_json:
        print(json_line({"error": sentence, "code": code}), flush=True)
    return FAILED


def _say(row: dict[str, Any], line: str, as_json: bool) -> None:
    print(json_line(row) if as_json else line, flush=True)


def _counter(noun: str) -> Callable[[int, int], None]:
    """Progress on stderr of a terminal, nothing elsewhere."""

    def count(done: int, total: int) -> None:
        if sys.stderr is not None and sys.stderr.isatty():
            end = "\n" if done == total else ""
            print(f"\r{done} of {total} {noun}", end=end, file=sys.stderr, flush=True)

    return count


def _printer(as_json: bool) -> Callable[[Mapping[str, Any]], None]:
    def show(row: Mapping[str, Any]) -> None:
        if as_json:
            print(json_line(dict(row)), flush=True)
        elif line := _line(row):
            print(line, flush=True)

    total = 0

    def _line(row: Mapping[str, Any]) -> str:
        nonlocal total
        match row["kind"]:
            case "preparing":
                return f"preparing {row['what']}: {row['done']} of {row['total']}"
            case "started":
                total = row["total"]
                return f"{row['triplets']} triplets, {total - row['step']} steps to do"
            case "step":
                left = duration((total - row["step"]) * row["seconds"])
                return (
                    f"step {row['step']} of {total}: loss {row['loss']:.4f} (flow "
                    f"{row['flow']:.4f}, contrast {row['contrast']:.4f}, identity "
                    f"{row['identity']:.4f}), {row['seconds']:.2f} s, {left} left"
                )
            case "validation":
                return (
                    f"step {row['step']}: linearity {row['linearity']:.2f}, slope "
                    f"{row['slope']:.2f}, separation {row['separation']:.2f}"
                )
            case "checkpoint":
                return f"saved {row['name']}"
        return ""

    return show


def _launch(config_file: str, processes: int, *, resume: bool, as_json: bool) -> int:
    """Start the processes with torchrun and hand it what is heard; returns its exit code."""
    command = [
        sys.executable, "-m", "torch.distributed.run", "--standalone",
        f"--nproc-per-node={processes}", "-m", "engine.cli.main", "train",
        "resume" if resume else "run", "--config", config_file, "--processes", str(processes),
        *(["--json"] if as_json else []),
    ]  # fmt: skip
    with subprocess.Popen(command) as launched:
        try:
            return launched.wait()
        except BaseException:
            launched.terminate()
            launched.wait()
            raise
