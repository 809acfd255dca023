"""How a command ends: its exit code, and one sentence where others would print a traceback."""

import os
import sys
from collections.abc import Callable

from engine.cli.folders import FolderFault
from engine.cli.interruption import Interrupted
from engine.cli.logs import log_error
from engine.cli.options import UsageFault
from engine.cli.text import printable

DONE, FAILED, WRONG_USAGE = 0, 1, 2
_PIPE_CLOSED = 141  # as of a program that SIGPIPE has ended


def exit_code_of(work: Callable[[], int]) -> int:
    """Do the work; returns its exit code, or that of whatever it raised, which is explained."""
    try:
        return work()
    except UsageFault as error:
        _say(f"{error}. For help: pixelsmile COMMAND --help")
        return WRONG_USAGE
    except FolderFault as error:
        _say(f"{error}.")
        return FAILED
    except Interrupted as error:
        _say("stopped; the pictures that were finished are kept.")
        return error.exit_code
    except BrokenPipeError:
        # Whoever closed the pipe has read enough. What Python still holds must go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return _PIPE_CLOSED
    except Exception as error:  # noqa: BLE001 - the program ends here
        log = log_error("the command line met a fault of its own", error)
        where = f"; details in {printable(log)}" if log is not None else ""
        _say(f"the program met a fault of its own ({type(error).__name__}){where}.")
        return FAILED


def _say(sentence: str) -> None:
    try:
        print(f"pixelsmile: {sentence}", file=sys.stderr, flush=True)
    except (OSError, ValueError):
        return  # nobody listens
