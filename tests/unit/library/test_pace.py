"""The time that is left, against the time that it took, for many kinds of shoots."""

import heapq
import random
from collections.abc import Callable

import pytest

from engine.library import Pace

Photo = tuple[int, float]  # bytes, seconds

SHOOTS: dict[str, Callable[[random.Random], Photo]] = {
    "all alike": lambda chance: (20_000_000, chance.uniform(1.9, 2.1)),
    "faces differ": lambda chance: (20_000_000, chance.lognormvariate(0, 0.5)),
    "groups among portraits": lambda chance: (
        20_000_000,
        chance.choice([1.0, 1.0, 1.1, 1.2, 4.0]),
    ),
    "sizes do not matter": lambda chance: (chance.randint(1, 50) * 10**6, chance.uniform(1, 2)),
    "phones and medium format": lambda chance: sized(chance.choice([3, 4, 60]), chance),
    "hours each": lambda chance: (20_000_000, chance.uniform(3000, 4000)),
}


def sized(megabytes: int, chance: random.Random) -> Photo:
    return megabytes * 1_000_000, (0.2 + 0.1 * megabytes) * chance.uniform(0.9, 1.1)


def errors(photos: list[Photo], workers: int, start_s: float = 3.0) -> list[float]:
    """Of the estimates after the tenth photo and later ones: relative errors, as they came."""
    moments: list[tuple[float, bool, int]] = []  # when, whether it is an end, which photo
    free = [start_s] * workers
    for index, (_, seconds) in enumerate(photos):
        begun = heapq.heappop(free)
        moments += [(begun, False, index), (begun + seconds, True, index)]
        heapq.heappush(free, begun + seconds)
    moments.sort()
    last = moments[-1][0]
    pace, left, done = Pace(0.0), sum(size for size, _ in photos), 0
    found: list[float] = []
    for now, is_end, index in moments:
        if not is_end:
            pace.begin(index, now)
            continue
        pace.done(index, photos[index][0], now)
        left -= photos[index][0]
        done += 1
        # At the very end a moment more or less is much of nothing.
        if done >= 10 and last - now > 0.1 * last:
            estimate = pace.left_s(len(photos) - done, left, now)
            assert estimate is not None
            found.append(abs(estimate - (last - now)) / (last - now))
    return found


@pytest.mark.parametrize("workers", [1, 2, 4])
@pytest.mark.parametrize("kind", SHOOTS)
def test_the_estimate_is_honest_from_the_tenth_photo_on(kind: str, workers: int) -> None:
    chance = random.Random(kind)
    found = [
        error
        for _ in range(10)
        for error in errors([SHOOTS[kind](chance) for _ in range(400)], workers)
    ]
    found.sort()
    assert found[len(found) * 95 // 100] < 0.25
    assert found[-1] < 0.75, "ten photos may happen to be odd ones, but not by so much"


def learn(pace: Pace, seconds: list[float], now: float = 0.0) -> float:
    """Photos of a megabyte that take so long, one after the other; returns the time then."""
    for number, one in enumerate(seconds):
        pace.begin(number, now)
        now += one
        pace.done(number, 1_000_000, now)
    return now


def test_a_machine_that_slept_is_forgiven() -> None:
    pace = Pace(0.0)
    now = learn(pace, [1.0] * 30 + [7200.0] + [1.0] * 9)
    estimate = pace.left_s(290, 290_000_000, now)
    assert estimate is not None
    assert 290 <= estimate < 290 * 2


def test_a_pause_does_not_count() -> None:
    pace = Pace(0.0)
    now = learn(pace, [1.0] * 10)
    pace.rest(now + 5000.0)
    now = learn(pace, [1.0], now + 5000.0)
    assert pace.left_s(10, 10_000_000, now) == pytest.approx(10.0)


def test_photos_that_fail_at_once_teach_nothing() -> None:
    pace = Pace(0.0)
    now = learn(pace, [1.0] * 10)
    for number in range(5):
        pace.begin(number, now)
        pace.drop(number, now)
    assert pace.left_s(10, 10_000_000, now) == pytest.approx(10.0)


def test_nothing_is_said_too_early() -> None:
    pace = Pace(0.0)
    assert pace.left_s(10, 10, 0.0) is None
    now = learn(pace, [30.0, 1.0])
    assert pace.left_s(10, 10_000_000, now) is None
    now = learn(pace, [1.0], now)
    assert pace.left_s(10, 10_000_000, now) == pytest.approx(10.0)
