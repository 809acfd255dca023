"""A Slurm of one machine for tests: munged, slurmctld and slurmd in a folder of the test."""

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "sinfo")
_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


def why_no_slurm() -> str:
    """Why there can be none here; empty when there can."""
    if os.getuid() != 0:
        return "Slurm's own processes need root"
    missing = [one for one in _PROGRAMS if shutil.which(one, path=_PATH) is None]
    return f"{missing[0]} is not installed (Debian: slurm-wlm, munge)" if missing else ""


@contextmanager
def slurm(folder: Path) -> Iterator[Path]:
    """Yields the path of slurm.conf. Raises AssertionError with what was said when it is not up."""
    folder.mkdir()
    folder.chmod(0o755)
    key, munge = folder / "munge.key", folder / "munge.socket"
    key.write_bytes(os.urandom(128))
    key.chmod(0o400)
    host = socket.gethostname().partition(".")[0]
    control, daemon = _free_port(), _free_port()
    conf = folder / "slurm.conf"
    conf.write_text(
        f"ClusterName=test\nSlurmctldHost={host}(127.0.0.1)\nSlurmUser=root\nSlurmdUser=root\n"
        f"AuthType=auth/munge\nAuthInfo=socket={munge}\nCredType=cred/munge\n"
        f"SlurmctldPort={control}\nSlurmdPort={daemon}\nStateSaveLocation={folder}/state\n"
        f"SlurmdSpoolDir={folder}/spool\nSlurmctldPidFile={folder}/ctld.pid\n"
        f"SlurmdPidFile={folder}/d.pid\nProctrackType=proctrack/linuxproc\nTaskPlugin=task/none\n"
        "SelectType=select/linear\nMpiDefault=none\nReturnToService=2\nSwitchType=switch/none\n"
        f"KillWait=10\nJobAcctGatherType=jobacct_gather/none\nAccountingStorageType="
        f"accounting_storage/none\nSchedulerParameters=batch_sched_delay=0,sched_interval=1\n"
        f"NodeName={host} NodeAddr=127.0.0.1 CPUs=1 State=UNKNOWN\n"
        f"PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP\n"
    )
    (folder / "state").mkdir()
    (folder / "spool").mkdir()
    log = (folder / "log.txt").open("ab")
    started: list[subprocess.Popen[bytes]] = []

    def start(*words: str) -> None:
        program = shutil.which(words[0], path=_PATH)
        assert program is not None
        started.append(
            subprocess.Popen(
                [program, *words[1:]], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, "SLURM_CONF": str(conf)},
            )
        )  # fmt: skip

    try:
        start("munged", "--foreground", "--force", f"--socket={munge}", f"--key-file={key}",
              f"--pid-file={folder}/munged.pid", f"--seed-file={folder}/seed",
              f"--log-file={folder}/munged.log")  # fmt: skip
        start("slurmctld", "-D", "-f", str(conf))
        start("slurmd", "-D", "-N", host, "-f", str(conf))
        _wait(conf, folder / "log.txt")
        yield conf
    finally:
        for one in reversed(started):
            one.terminate()
        for one in started:
            with contextlib.suppress(subprocess.TimeoutExpired):
                one.wait(15)
            one.kill()
            one.wait()
        log.close()


def _wait(conf: Path, log: Path) -> None:
    until = time.monotonic() + 40
    while time.monotonic() < until:
        shown = subprocess.run(
            ["sinfo", "-h", "-o", "%T"], env={**os.environ, "SLURM_CONF": str(conf)},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if "idle" in shown.stdout:
            return
        time.sleep(0.2)
    raise AssertionError(log.read_text())


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]
