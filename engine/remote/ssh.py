"""ssh: the user's own keys and agent in place, one pinned host key, nothing forwarded."""

import asyncio
import contextlib
import hashlib
import shlex
from base64 import b64encode
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from engine.remote.errors import RemoteError, fault
from engine.remote.hosts import Process
from engine.remote.targets import Target

CONNECT_S = 20
KEEPALIVE_S = 15
KEEPALIVES = 3  # unanswered ones until the link counts as gone


def load_asyncssh() -> Any:
    """The library. Raises `RemoteError` (`ssh_missing`) without it."""
    try:
        import asyncssh
    except ImportError as error:
        raise RemoteError(
            "ssh_missing",
            "the package asyncssh is not installed",
            'install it with pip install "pixelsmile-desktop[remote]"',
        ) from error
    return asyncssh


def fingerprint(host_key: str) -> str:
    """The SHA-256 of a public key as ssh shows it: `SHA256:…`."""
    from base64 import b64decode

    digest = hashlib.sha256(b64decode(host_key.split()[1])).digest()
    return "SHA256:" + b64encode(digest).decode().rstrip("=")


async def read_host_key(target: Target) -> str:
    """The key that the host shows, as `ssh-ed25519 AAAA…`; nobody vouches for it.

    Raises `RemoteError` (`node_gone`).
    """
    asyncssh = load_asyncssh()
    with _plain(target):
        key = await asyncio.wait_for(
            asyncssh.get_server_host_key(target.host, target.port, config=_configuration()),
            CONNECT_S,
        )
    if key is None:
        raise fault("node_gone", target.name)
    return " ".join(key.export_public_key("openssh").decode().split()[:2])


async def connect_ssh(target: Target) -> "SshHost":
    """Log in. Raises `RemoteError` (`node_gone`, `refused`, `key_changed`)."""
    asyncssh = load_asyncssh()
    pinned = asyncssh.import_public_key(target.host_key)
    user = {"username": target.user} if target.user else {}
    with _plain(target):
        connection = await asyncssh.connect(
            target.host,
            target.port,
            config=_configuration(),
            known_hosts=([pinned], [], []),
            connect_timeout=CONNECT_S,
            login_timeout=CONNECT_S,
            keepalive_interval=KEEPALIVE_S,
            keepalive_count_max=KEEPALIVES,
            agent_forwarding=False,
            **user,
        )
    return SshHost(target, connection)


class SshProcess(Process):
    """A command over ssh, whose link may be cut."""

    def __init__(self, process: Any, target: Target) -> None:
        super().__init__(process)
        self._target = target

    async def write(self, data: bytes) -> bool:
        """As every process."""
        try:
            return await super().write(data)
        except load_asyncssh().Error:
            return False

    async def read(self, most: int) -> bytes:
        """As every process."""
        with _plain(self._target):
            return await super().read(most)

    async def ended(self) -> tuple[int, str]:
        """As every process; without an exit code the link was cut."""
        with _plain(self._target):
            await self._process.wait_closed()
        if self._process.returncode is None:
            raise fault("node_gone", self._target.name)
        return self._process.returncode, await self._last_words

    async def abandon(self) -> None:
        """Close its channel; the program there ends for want of input or of a reader."""
        self._process.close()


class SshHost:
    """Another machine."""

    python: tuple[str, ...] = ("python3",)

    def __init__(self, target: Target, connection: Any) -> None:
        self.name = target.name
        self._target = target
        self._connection = connection

    async def start(self, words: Sequence[str]) -> Process:
        """Start a command there."""
        with _plain(self._target):
            process = await self._connection.create_process(shlex.join(words), encoding=None)
        return SshProcess(process, self._target)

    async def forward(self, port: int, to: str = "127.0.0.1") -> int:
        """Open a tunnel that ends with the connection."""
        with _plain(self._target):
            listener = await self._connection.forward_local_port("127.0.0.1", 0, to, port)
        return listener.get_port()

    async def close(self) -> None:
        """End the connection; sessions of their own go on."""
        self._connection.close()
        with contextlib.suppress(Exception):  # it may be gone already
            await asyncio.wait_for(self._connection.wait_closed(), CONNECT_S)


def _configuration() -> list[str]:
    file = Path.home() / ".ssh" / "config"
    return [str(file)] if file.exists() else []


@contextlib.contextmanager
def _plain(target: Target) -> Iterator[None]:
    """Turn what the library raises into sentences."""
    asyncssh = load_asyncssh()
    try:
        yield
    except asyncssh.HostKeyNotVerifiable as error:
        raise fault("key_changed", target.name, str(error)) from error
    except asyncssh.KeyExchangeFailed as error:
        # The host has no key of the pinned kind any more.
        raise fault("key_changed", target.name, str(error)) from error
    except asyncssh.PermissionDenied as error:
        raise fault("refused", target.name, str(error)) from error
    except (asyncssh.Error, OSError, TimeoutError) as error:
        raise fault("node_gone", target.name, str(error)) from error
