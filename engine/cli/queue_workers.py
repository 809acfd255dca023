"""The workers of a run: a bench each, and a fresh one where the old cannot be trusted any more."""

import contextlib
import threading
from collections import Counter
from collections.abc import Callable, Generator

from engine.cli.worker_jobs import new_worker
from engine.client import WorkerClient


class Workplace:
    """So many benches with a worker each. Any thread may call."""

    def __init__(self, benches: int, make: Callable[[], WorkerClient] = new_worker) -> None:
        """Nothing is started yet; `make` gives a worker that is not either."""
        self._make = make
        self._lock = threading.Lock()
        self._is_closed = False
        self._clients = [make() for _ in range(benches)]
        self.benches = benches
        self._users: Counter[WorkerClient] = Counter()
        self._retired: set[WorkerClient] = set()

    @contextlib.contextmanager
    def client(self, bench: int) -> Generator[WorkerClient, None, None]:
        """The worker at a bench, which stays usable for the length of the block."""
        with self._lock:
            client = self._clients[bench]
            self._users[client] += 1
        try:
            yield client
        finally:
            with self._lock:
                self._users[client] -= 1
            self._close_unused()

    def renew(self, bench: int, client: WorkerClient) -> bool:
        """Put a fresh worker at the bench in place of this one, which ends its jobs and leaves.

        Returns False when that has been done already.
        """
        with self._lock:
            is_current = self._clients[bench] is client
            if is_current and not self._is_closed:
                self._clients[bench] = self._make()
                self._retired.add(client)
            return is_current

    def rest(self) -> None:
        """End the workers that are started and free; new ones take their benches."""
        with self._lock:
            for bench, client in enumerate(self._clients):
                if client.process_id is not None and not self._users[client]:
                    self._clients[bench] = self._make()
                    self._retired.add(client)
        self._close_unused()

    def close(self) -> None:
        """End all workers; jobs in hand end as cancelled, and what is asked later fails."""
        with self._lock:
            self._is_closed = True
            clients = [*self._clients, *self._retired]
        # Together: each may take its time to leave, and Ctrl-C has a second in all.
        threads = [threading.Thread(target=client.close) for client in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _close_unused(self) -> None:
        with self._lock:
            unused = {client for client in self._retired if not self._users[client]}
            self._retired -= unused
            for client in unused:
                del self._users[client]
        for client in unused:
            client.close()
