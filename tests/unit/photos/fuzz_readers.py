"""Opens thousands of broken photos; a program of its own, so that a crash of it is noticed.

    python fuzz_readers.py FOLDER SEED COUNT

FOLDER holds whole photos; COUNT mutations of them are opened, in turn of kind. Prints how many
were opened and how many refused, and what took the longest. Anything but a photo or a
`PhotoError` ends it with a traceback.
"""

import faulthandler
import random
import resource
import sys
import time
from pathlib import Path

from engine.photos import PhotoError, glance_at, open_photo, read_facts

MEMORY_BYTES = 3_000_000_000
FILE_S = 10


def mutated(data: bytes, chance: random.Random) -> bytes:
    """The bytes with some changed, missing, too many, doubled or cut off."""
    changed = bytearray(data)
    way = chance.random()
    at = chance.randrange(len(changed))
    if way < 0.65:
        reach = min(len(changed), 600 if way < 0.35 else len(changed))
        for _ in range(chance.choice((1, 2, 8, 32))):
            changed[chance.randrange(reach)] = chance.choice((0, 1, 127, 128, 255))
    elif way < 0.75:
        del changed[at : at + chance.randrange(1, 80)]
    elif way < 0.85:
        changed[at:at] = chance.randbytes(chance.randrange(1, 80))
    elif way < 0.93:
        changed[at:at] = changed[at : at + chance.randrange(1, 4000)]
    else:
        del changed[at:]
    return bytes(changed)


def main(folder: Path, seed: int, count: int) -> None:
    """Open `count` broken photos."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    sources = sorted(path for path in folder.iterdir() if not path.name.startswith("broken"))
    contents = [path.read_bytes() for path in sources]
    chance = random.Random(seed)
    opened = refused = 0
    longest, slowest = 0.0, ""
    for number in range(count):
        source = sources[number % len(sources)]
        path = folder / f"broken{source.suffix}"
        path.write_bytes(mutated(contents[number % len(sources)], chance))
        faulthandler.dump_traceback_later(FILE_S, exit=True)
        started = time.perf_counter()
        try:
            photo = open_photo(path) if number % 4 else glance_at(path).photo
            assert photo.pixels.dtype in ("uint8", "uint16")
            assert photo.pixels.ndim == 3
            opened += 1
        except PhotoError as error:
            refused += str(error).isprintable()
        read_facts(path)
        took = time.perf_counter() - started
        if took > longest:
            longest, slowest = took, source.name
    faulthandler.cancel_dump_traceback_later()
    sys.stdout.write(f"{opened} {refused} {longest:.2f} {slowest}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
