"""One worker process: its pipes, the threads that serve them, and its end."""

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

from engine.client.errors import (
    ClientError,
    WorkerExitedError,
    WorkerMissingError,
    WorkerNonsenseError,
    WorkerSilentError,
    WorkerVersionError,
)
from engine.client.stderr import StderrTail
from engine.protocol import (
    Event,
    HalfLineError,
    Hello,
    LineReader,
    OutOfTurnError,
    ProtocolError,
    Request,
    Shutdown,
    WrongVersionError,
    decode_event,
    decode_hello,
    encode,
)

_CHUNK_BYTES = 64 * 1024
_DRAIN_S = 0.5  # for what a dead worker has left in its pipes, which a child of it may hold open
_UNKILLABLE_S = 2.0  # a process in the kernel's hands (a dead network disk) ignores even SIGKILL


@dataclass(frozen=True)
class Loss:
    """How a worker came to its end.

    Attributes:
        fault: the line that broke the protocol, if one did.
        status: exit code, or minus the signal's number; None when the process would not die.
        details: what it said last on stderr.
    """

    fault: ProtocolError | None
    status: int | None
    details: str

    @property
    def manner(self) -> str:
        """How the process ended: `SIGSEGV`, `exit code 1`, ..."""
        if self.status is None:
            return "it could not be ended"
        if self.status < 0:
            with contextlib.suppress(ValueError):
                return signal.Signals(-self.status).name
            return f"signal {-self.status}"
        return f"exit code {self.status:#x}" if self.status > 255 else f"exit code {self.status}"


class Listener(Protocol):
    """Who wants to know what a worker says; called on the connection's threads."""

    def heard(self, connection: "Connection", event: Event) -> None:
        """An event came; raises `ProtocolError` when it has no place there."""
        ...

    def lost(self, connection: "Connection", loss: Loss) -> None:
        """The worker is gone; called exactly once."""
        ...


class Connection:
    """A worker process from its start to its end. Any thread may call any method."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        listener: Listener,
        log: Path | None = None,
    ) -> None:
        """Start the process; raises `WorkerMissingError` when it cannot be run."""
        try:
            self._process = subprocess.Popen(
                command,
                bufsize=0,
                env=dict(environment),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                **_own_group(),
            )
        except OSError as error:
            reason = error.strerror or str(error)
            raise WorkerMissingError(f"{command[0]} cannot be run ({reason})") from error
        self._stdin = _pipe(self._process.stdin)
        self._stdout = _pipe(self._process.stdout)
        self._stderr = StderrTail(_pipe(self._process.stderr), log)
        self._listener = listener
        self._outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._hello: Hello | None = None
        self._fault: ProtocolError | None = None
        self._loss: Loss | None = None
        self._is_killed = False
        self._lock = threading.Lock()
        self._settled = threading.Event()  # greeted or lost
        self._exited = threading.Event()
        self._lost = threading.Event()
        self._reader = _started(self._read, "worker-stdout")
        self._drainer = _started(self._stderr.drain, "worker-stderr")
        _started(self._write, "worker-stdin")
        _started(self._watch, "worker-watch")

    @property
    def process_id(self) -> int:
        """The worker's process id."""
        return self._process.pid

    def greet(self, timeout_s: float) -> Hello:
        """Exchange greetings; kills the worker and raises a `ClientError` when that fails."""
        self.send(Hello(program="pixelsmile-client"))
        try:
            settled = self._settled.wait(timeout_s)
        except BaseException:  # Ctrl-C
            self.kill()
            raise
        if self._hello is not None:
            return self._hello
        self.kill()
        self._lost.wait()
        if not settled:
            raise WorkerSilentError(
                f"the worker did not answer within {timeout_s:g} s", self._stderr.text()
            )
        raise self._refusal()

    def send(self, request: Request) -> None:
        """Send without waiting; raises `ProtocolError` when the request cannot be sent.

        What is sent to a worker that is gone is dropped.
        """
        self._outbox.put(encode(request))

    def kill(self) -> None:
        """End the process and its children now; `Listener.lost` follows within two seconds."""
        with self._lock:
            if self._is_killed or self._exited.is_set():
                return
            self._is_killed = True
            self._kill_group()
        last_resort = threading.Timer(_UNKILLABLE_S, self._declare)
        last_resort.daemon = True
        last_resort.start()

    def close(self, grace_s: float) -> None:
        """Ask the worker to leave, close its stdin, and kill it when it is still there then."""
        self.send(Shutdown())
        self._outbox.put(None)
        if not self._lost.wait(grace_s):
            self.kill()
            self._lost.wait()

    # ---- one thread each ------------------------------------------------------------------------

    def _write(self) -> None:
        with contextlib.suppress(OSError), self._stdin:
            while (line := self._outbox.get()) is not None:
                rest = memoryview(line)
                while rest:
                    rest = rest[self._stdin.write(rest) :]

    def _read(self) -> None:
        with self._stdout:
            try:
                self._take_lines()
            except HalfLineError:
                pass  # it died while it spoke: the way it died says more
            except ProtocolError as error:
                self._fault = error
                self.kill()
        if not self._exited.wait(_DRAIN_S):
            self._fault = self._fault or OutOfTurnError("its messages ended before it did")
            self.kill()

    def _take_lines(self) -> None:
        reader = LineReader()
        while chunk := os.read(self._stdout.fileno(), _CHUNK_BYTES):
            for line in reader.feed(chunk):
                if self._hello is None:
                    self._hello = decode_hello(line)
                    self._settled.set()
                else:
                    self._listener.heard(self, decode_event(line))
        reader.finish()

    def _watch(self) -> None:
        self._process.wait()
        with self._lock:
            self._exited.set()
            self._kill_group()  # what is left of it: programs that the worker has started
        self._reader.join(_DRAIN_S)
        self._drainer.join(_DRAIN_S)
        self._declare()

    # ---- the end --------------------------------------------------------------------------------

    def _declare(self) -> None:
        """Tell the listener, once, that the worker is gone."""
        with self._lock:
            if self._loss is not None:
                return
            status = self._process.returncode
            self._loss = Loss(self._fault, status, self._stderr.text())
        self._outbox.put(None)
        self._listener.lost(self, self._loss)
        self._lost.set()
        self._settled.set()

    def _kill_group(self) -> None:
        with contextlib.suppress(OSError):
            if sys.platform == "win32":
                self._process.kill()
            else:
                os.killpg(self._process.pid, signal.SIGKILL)

    def _refusal(self) -> ClientError:
        """Why a worker that is gone did not greet."""
        assert self._loss is not None
        fault, details = self._loss.fault, self._loss.details
        if isinstance(fault, WrongVersionError):
            return WorkerVersionError(str(fault), details)
        if fault is not None:
            return WorkerNonsenseError(f"what was started is no worker ({fault})", details)
        return WorkerExitedError(
            f"the worker stopped before it was ready ({self._loss.manner})", details
        )


def _started(work: Any, name: str) -> threading.Thread:
    thread = threading.Thread(target=work, name=name, daemon=True)
    thread.start()
    return thread


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None, "Popen was asked for all three pipes"
    return stream


def _own_group() -> dict[str, Any]:
    """Popen's arguments for a process group of its own.

    Ctrl-C in a terminal then reaches the front end alone, from the worker's first instruction on,
    and the worker's children can be ended with it.
    """
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
        return {"creationflags": flags}
    return {"process_group": 0}
