"""What commands about other machines share: connections, and errors as sentences."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from engine.cli.logs import log_details
from engine.cli.report import Report
from engine.remote.errors import RemoteError
from engine.remote.remote import Remote, connect
from engine.remote.targets import Target, Targets
from engine.training.errors import TrainingError

Work = Callable[[Report], Awaitable[int]]


def told(name: str, work: Work, *, as_json: bool) -> int:
    """Do the work; returns its exit code, or 1 after a sentence about `name`."""
    with Report(as_json=as_json, total=0) as report:
        try:
            return asyncio.run(_awaited(work(report)))
        except (RemoteError, TrainingError) as error:
            tell_failure(report, name, error)
            return 1


async def _awaited(work: Awaitable[int]) -> int:
    return await work


def tell_failure(report: Report, name: str, error: RemoteError | TrainingError) -> None:
    """One sentence about `name`; what the node said goes to the log."""
    if isinstance(error, RemoteError) and error.detail:
        log_details(f"{name}: {error.code}", error.detail)
    report.failure(name, f"{name}: {error.reason}; {error.remedy}", error.code)


@asynccontextmanager
async def connected(target: Target) -> AsyncIterator[Remote]:
    """The target with its token, if it has one, for the length of the block."""
    async with connect(target, Targets().token(target.name)) as remote:
        yield remote
