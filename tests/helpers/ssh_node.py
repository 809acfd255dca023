"""A node for tests: a real sshd with keys of its own, in a network of its own where that works.

The node's files lie in a folder of the test. Its processes are known by the network namespace, or
by the folder in their words, so that all of them can be killed as by a power cut.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
_WORDS_TO_START_S = 20


def why_no_sshd() -> str:
    """Why no node can be started here; empty when one can."""
    if SSHD is None:
        return "openssh-server is not installed"
    if shutil.which("ssh-keygen") is None:
        return "ssh-keygen is not installed"
    return ""


def _quiet(*words: str) -> bool:
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


@dataclass
class SshNode:
    """A machine that can be reached, cut off and killed.

    Attributes:
        folder: of its keys and files.
        address, port: where sshd listens.
        home: for programs that log in: `.ssh` with the user's own key.
        namespace: of its network; empty where there is none, so that the link cannot be dropped.
    """

    folder: Path
    address: str
    port: int
    home: Path
    namespace: str = ""
    _sshd: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    @property
    def root(self) -> Path:
        """Where the product keeps its things there."""
        return self.folder / "node"

    def make_host_key(self) -> None:
        """A new one, as after an installation."""
        key = self.folder / "host_key"
        for one in (key, key.with_suffix(".pub")):
            one.unlink(missing_ok=True)
        _keygen(key)

    def start(self) -> None:
        """Power on."""
        assert SSHD is not None
        inside = ["ip", "netns", "exec", self.namespace] if self.namespace else []
        log = (self.folder / "sshd.log").open("ab")
        with log:
            self._sshd.append(
                subprocess.Popen(
                    [*inside, SSHD, "-D", "-e", "-f", str(self.folder / "sshd_config")],
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                )
            )  # fmt: skip
        until = time.monotonic() + _WORDS_TO_START_S
        while time.monotonic() < until:
            with (
                contextlib.suppress(OSError),
                socket.create_connection((self.address, self.port), 1),
            ):
                return
            time.sleep(0.05)
        raise AssertionError((self.folder / "sshd.log").read_text())

    def cut_off(self) -> None:
        """Pull the plug of the network."""
        assert self.namespace
        subprocess.run(["ip", "link", "set", f"{self.namespace}a", "down"], check=True)

    def bring_back(self) -> None:
        """Plug it in again."""
        subprocess.run(["ip", "link", "set", f"{self.namespace}a", "up"], check=True)

    def processes(self) -> list[int]:
        """All that run there."""
        if self.namespace:
            shown = subprocess.run(
                ["ip", "netns", "pids", self.namespace], capture_output=True, text=True, check=True
            )
            return [int(word) for word in shown.stdout.split()]
        found: list[int] = []
        for entry in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                if str(self.folder).encode() in entry.read_bytes():
                    found.append(int(entry.parent.name))
        return found

    def says(self, secret: str) -> bool:
        """Whether the words of any process there hold the secret, for all to see."""
        for pid in self.processes():
            with contextlib.suppress(OSError):
                if secret.encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                    return True
        return False

    def kill(self) -> None:
        """A power cut: every process goes at once."""
        for _ in range(5):
            for pid in self.processes():
                with contextlib.suppress(OSError):
                    os.kill(pid, 9)
        for one in self._sshd:
            one.wait()
        self._sshd.clear()

    def listening(self) -> list[str]:
        """Addresses and ports that anything there listens on, but for sshd's own."""
        inside = ["ip", "netns", "exec", self.namespace] if self.namespace else []
        shown = subprocess.run([*inside, "ss", "-ltnH"], capture_output=True, text=True, check=True)
        found = [line.split()[3] for line in shown.stdout.splitlines()]
        return [one for one in found if one != f"{self.address}:{self.port}"]


@contextmanager
def ssh_node(folder: Path) -> Iterator[SshNode]:
    """A node for the length of the block, powered on."""
    folder.mkdir(parents=True)
    home = folder / "home"
    (home / ".ssh").mkdir(parents=True, mode=0o700)
    _keygen(home / ".ssh" / "id_ed25519")
    there = folder / "home-there"
    there.mkdir()
    keys = folder / "authorized_keys"
    shutil.copy(home / ".ssh" / "id_ed25519.pub", keys)
    number = os.getpid() % 60000
    namespace = f"ps{number}"
    has_network = _make_network(namespace, number)
    address = _address(number, 2) if has_network else "127.0.0.1"
    node = SshNode(folder, address, 2222 if has_network else _free_port(), home)
    node.namespace = namespace if has_network else ""
    node.make_host_key()
    (folder / "sshd_config").write_text(
        f"Port {node.port}\nListenAddress {address}\nHostKey {folder / 'host_key'}\n"
        f"AuthorizedKeysFile {keys}\nPidFile none\nUsePAM no\nStrictModes no\n"
        "PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin yes\n"
        # The account's own start-up files are no part of the node.
        f"SetEnv HOME={there} PATH={Path(sys.executable).parent}:{os.defpath}\n"
    )
    Path("/run/sshd").mkdir(exist_ok=True) if os.getuid() == 0 else None
    try:
        node.start()
        yield node
    finally:
        node.kill()
        if has_network:
            _quiet("ip", "netns", "del", namespace)
            _quiet("ip", "link", "del", f"{namespace}a")


def _make_network(name: str, number: int) -> bool:
    """A namespace with one wire to here; False where the machine does not let us."""
    if os.getuid() != 0 or shutil.which("ip") is None:
        return False
    inside = ("ip", "netns", "exec", name)
    steps = (
        ("ip", "netns", "add", name),
        ("ip", "link", "add", f"{name}a", "type", "veth", "peer", "name", f"{name}b"),
        ("ip", "link", "set", f"{name}b", "netns", name),
        ("ip", "addr", "add", f"{_address(number, 1)}/30", "dev", f"{name}a"),
        ("ip", "link", "set", f"{name}a", "up"),
        (*inside, "ip", "addr", "add", f"{_address(number, 2)}/30", "dev", f"{name}b"),
        (*inside, "ip", "link", "set", f"{name}b", "up"),
        (*inside, "ip", "link", "set", "lo", "up"),
    )
    if all(_quiet(*step) for step in steps):
        return True
    _quiet("ip", "netns", "del", name)
    _quiet("ip", "link", "del", f"{name}a")
    return False


def _address(number: int, last: int) -> str:
    return f"10.{200 + number // 64 // 256 % 50}.{number // 64 % 256}.{number % 64 * 4 + last}"


def _keygen(file: Path) -> None:
    words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", str(file)]
    subprocess.run(words, check=True)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]
