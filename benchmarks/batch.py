"""How fast a folder is edited, against opening and writing the same photos and nothing else.

    python benchmarks/batch.py [--photos 24] [--megapixels 12] [--framing scene]
    python benchmarks/batch.py --memory 1000

The first runs `pixelsmile batch` on a folder made from the shipped portrait, and in the same run
the baseline: as many processes as the batch has workers, each opening and writing its share of the
same photos with the same code, start-up not counted for either. A portrait fills its frame; in a
scene the face has a sixth of the frame's width, as that of a guest at a wedding. Processor seconds
(of all processes, exiftool's too) are printed beside the time, because they stay the same where
others use the machine. The second edits 1,000 small photos and prints the memory of the front end
and of its worker on the way.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from statistics import median

import cv2
import numpy as np

from engine.photos import open_photo, write_photo
from engine.recipes import RESOURCES

SAMPLE = RESOURCES / "samples" / "grace_hopper.jpg"
SUFFIXES = {"jpeg": ".jpg", "png": ".png", "tiff": ".tif"}
REPORTED = (10, 100, 250, 500, 750, 1000)


@dataclass(frozen=True)
class Timed:
    """Seconds a photo: of the clock, and of all processors."""

    each_s: float
    processor_s: float


def make_photos(
    folder: Path, number: int, megapixels: float, suffix: str, framing: str = "portrait"
) -> None:
    """Portraits that differ, with the grain that a sensor has."""
    picture = cv2.imread(str(SAMPLE))
    assert picture is not None
    if framing == "scene":
        height, width = picture.shape[:2]
        top, side = height // 2, width // 2
        picture = cv2.copyMakeBorder(picture, top, top, side, side, cv2.BORDER_REPLICATE)
    factor = (megapixels * 1e6 / (picture.shape[0] * picture.shape[1])) ** 0.5
    large = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    chance = np.random.default_rng(7)
    grain = chance.normal(0, 4, (256, 256, 3))
    tiles = [-(-large.shape[0] // 256), -(-large.shape[1] // 256), 1]
    noisy = large + np.tile(grain, tiles)[: large.shape[0], : large.shape[1]]
    large = np.clip(noisy, 0, 255).astype(np.uint8)
    for index in range(number):
        large[:16, :16] = chance.integers(0, 255, 3)
        options = [cv2.IMWRITE_JPEG_QUALITY, 92] if suffix == ".jpg" else []
        cv2.imwrite(str(folder / f"{index:04}{suffix}"), large, options)


def copy_one(source: Path, out: Path) -> tuple[float, float]:
    """Open a photo and write it as it is; when that was done and what it took of the processor,
    in seconds."""
    started = time.process_time()
    photo = open_photo(source)
    write_photo(photo, photo.pixels, out / source.name, "source")
    return time.monotonic(), time.process_time() - started


def baseline(photos: list[Path], out: Path, workers: int) -> Timed:
    """Opening and writing alone."""
    out.mkdir()
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        done = sorted(pool.map(copy_one, photos, [out] * len(photos)))
    ends, spent = zip(*done, strict=True)
    # Each process's first photo loads the codecs.
    return Timed(_pace(ends, workers), median(spent))


def _pace(ends: Sequence[float], workers: int) -> float:
    """Seconds a photo, from the end of every worker's first one on."""
    return (ends[-1] - ends[workers - 1]) / (len(ends) - workers)


def batch(
    folder: Path, out: Path, workers: int, library: Path
) -> tuple["subprocess.Popen[str]", Iterator[tuple[float, float]]]:
    """The command, and at every finished picture the time and what all its processes have used of
    the processors by then, in seconds."""
    words = ["batch", str(folder), "--out", str(out), "-e", "happy", "--json"]
    process = subprocess.Popen(
        [sys.executable, "-m", "engine.cli.main", *words, "--workers", str(workers)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"PIXELSMILE_LIBRARY": str(library)},
    )

    def ends() -> Iterator[tuple[float, float]]:
        assert process.stdout is not None
        for line in process.stdout:
            if json.loads(line)["event"] == "finished":
                yield time.monotonic(), processor_s(process.pid)

    return process, ends()


def compare(options: argparse.Namespace) -> None:
    """Print photos a second of both, and their ratio."""
    suffix = SUFFIXES[options.format]
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "in").mkdir()
        make_photos(root / "in", options.photos, options.megapixels, suffix, options.framing)
        photos = sorted((root / "in").iterdir())
        print(
            f"{options.photos} photos of {options.megapixels:g} MP as {options.format}, "
            f"each a {options.framing}"
        )
        for workers in options.workers:
            ratios: list[float] = []
            shares: list[float] = []
            for turn in range(options.turns):
                plain = baseline(photos, root / f"plain{workers}-{turn}", workers)
                place = root / f"library{workers}-{turn}.sqlite"
                process, ends = batch(root / "in", root / f"out{workers}-{turn}", workers, place)
                moments, spent = zip(*ends, strict=True)
                process.wait()
                # After the last picture the workers leave, and what they have used with them.
                edited = Timed(_pace(moments, workers), _pace(spent[:-1], workers))
                ratios.append(edited.each_s / plain.each_s)
                shares.append(edited.processor_s / plain.processor_s)
                print(
                    f"  {workers} at once: batch {1 / edited.each_s:5.2f} photos/s "
                    f"({1e3 * edited.each_s:.0f} ms, processors {1e3 * edited.processor_s:.0f} ms)"
                    f", decode + encode {1 / plain.each_s:5.2f} ({1e3 * plain.each_s:.0f} ms, "
                    f"{1e3 * plain.processor_s:.0f} ms): {ratios[-1]:.2f} times, "
                    f"of processors {shares[-1]:.2f}"
                )
            print(
                f"  {workers} at once: median {median(ratios):.2f} times, "
                f"of processors {median(shares):.2f}"
            )


def resident_mb(process: int) -> float:
    """Memory that a process has in use (Linux)."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def processor_s(process: int) -> float:
    """What a process and all that it has started have used of the processors (Linux)."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has just left
        after_name = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        ticks = int(after_name[11]) + int(after_name[12])
        own = ticks / os.sysconf("SC_CLK_TCK")
        return own + sum(processor_s(child) for child in workers_of(process))
    return 0.0


def workers_of(process: int) -> list[int]:
    """The processes that a front end has started (Linux)."""
    tasks = Path(f"/proc/{process}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def watch_memory(number: int) -> None:
    """Print how much memory a long batch takes on the way."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "in").mkdir()
        make_photos(root / "in", number, 0.15, ".jpg")
        process, ends = batch(root / "in", root / "out", 1, root / "library.sqlite")
        started = time.monotonic()
        for done, (now, _) in enumerate(ends, start=1):
            if done in REPORTED or done == number:
                worker = sum(resident_mb(one) for one in workers_of(process.pid))
                print(
                    f"  {done:5} photos, {now - started:6.0f} s: front end "
                    f"{resident_mb(process.pid):6.1f} MiB, worker {worker:6.1f} MiB"
                )
        process.wait()


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--photos", type=int, default=24)
    parser.add_argument("--megapixels", type=float, default=12)
    parser.add_argument("--format", choices=sorted(SUFFIXES), default="jpeg")
    parser.add_argument("--framing", choices=("portrait", "scene"), default="portrait")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--memory", type=int, metavar="PHOTOS", default=0)
    options = parser.parse_args()
    if options.memory:
        watch_memory(options.memory)
    else:
        compare(options)


if __name__ == "__main__":
    main()
