"""What runs on a node: the standard library alone, one file, Python 3.8 or newer.

`python3 node.py COMMAND` reads a JSON object from the first line of stdin and answers with one on
the last line of stdout. Everything lies under one folder, `root`:

    blobs/ab/abc…       files by their SHA-256, read-only
    trees/NAME/         what was pushed: hard links into blobs/
    env/NAME/           an environment; `ready.json` in it says that it is whole
    runs/ID/            job.json, state.json, log.txt, and `run/`, which the run fills

Jobs are held by a process each, in a session of its own, which waits for its turn, starts the
command, and writes how it ended. Nothing is started again unless someone asks.
"""

# The node's own Python may be older than the product's: no newer syntax, no other module.
from __future__ import annotations

import errno
import hashlib
import json
import os
import platform
import re
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Dict  # noqa: UP035 - for Python 3.8

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Json = Dict[str, Any]  # noqa: UP006 - for Python 3.8

CHUNK_BYTES = 1 << 20
POLL_S = 0.5
TAIL_BYTES = 1 << 16
RAY_START_S = 120
LEAST_PYTHON = (3, 11)
ENDED = ("finished", "failed", "stopped", "lost")
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
_SHA = re.compile(r"[0-9a-f]{64}")
_REASONS = (
    ("driver_too_old", r"driver on your system is too old|driver version is insufficient"),
    (
        "out_of_memory",
        r"out[ _]of[ _]memory|memory does not suffice|MemoryError|cannot allocate memory",
    ),
    (
        "disk_full",
        r"No space left on device|make room on the disk|disk[ _]full|Disk quota exceeded",
    ),
    ("no_gpu", r"No CUDA GPUs are available|no_gpu|found no NVIDIA driver"),
)


class Fault(Exception):
    """Something that the client has a sentence for: a code, and a detail for the log."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail


# ---- files


def root_of(request: Json) -> Path:
    """The folder everything lies in, made for its owner alone."""
    root = Path(os.path.expanduser(request["root"])).absolute()
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    return root


def run_folder(request: Json) -> Path:
    """The folder of the run that is asked for."""
    name = request["id"]
    if not isinstance(name, str) or not _ID.fullmatch(name):
        raise Fault("bad_request", "id")
    return root_of(request) / "runs" / name


def write_json(path: Path, value: Json) -> None:
    """Whole or not there, for the owner alone."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(value, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)


def read_json(path: Path) -> Json:
    """What was written; nothing where there is nothing whole."""
    try:
        return json.loads(Path(path).read_text())
    except (OSError, ValueError):
        return {}


def relative(text: str) -> Path:
    """A path inside a folder. Raises `Fault` for anything that could lead out of it."""
    parts = text.split("/")
    if not text or "\0" in text or (os.name == "nt" and re.search(r"[\\\\:]", text)):
        raise Fault("bad_path", text)
    if any(part in ("", ".", "..") for part in parts):
        raise Fault("bad_path", text)
    return Path(*parts)


def digest(path: Path, size: int | None = None) -> str:
    """SHA-256 of a file, or of its first `size` bytes."""
    found, left = hashlib.sha256(), size
    with open(path, "rb") as file:
        while left is None or left > 0:
            chunk = file.read(CHUNK_BYTES if left is None else min(CHUNK_BYTES, left))
            if not chunk:
                break
            found.update(chunk)
            left = None if left is None else left - len(chunk)
    return found.hexdigest()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock file for the length of the block."""
    with open(path, "a+") as file:
        if os.name == "nt":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield


# ---- processes


def this_host() -> str:
    """This machine since it was started: process numbers mean something here only."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        boot = ""
    return f"{platform.node()} {boot}".strip()


def start_of(pid: int) -> str | None:
    """When a process started, in the system's own measure; None when there is none."""
    if os.name == "nt":
        return _windows_start(pid)
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return None if fields[0] in "ZX" else fields[19]
    except OSError:
        if Path("/proc/self/stat").exists():
            return None
    shown = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)], stdout=subprocess.PIPE, check=False
    )
    return shown.stdout.decode().strip() or None


def _windows_start(pid: int) -> str | None:
    import ctypes

    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined]
    handle = kernel.OpenProcess(0x1000, False, pid)
    if not handle:
        return None
    times = [ctypes.c_ulonglong() for _ in range(4)]
    code = ctypes.c_ulong()
    try:
        kernel.GetExitCodeProcess(handle, ctypes.byref(code))
        kernel.GetProcessTimes(handle, *(ctypes.byref(one) for one in times))
    finally:
        kernel.CloseHandle(handle)
    return str(times[0].value) if code.value == 259 else None  # STILL_ACTIVE


def is_alive(process: Json | None) -> bool | None:
    """Whether it is still the process that was noted; None where that cannot be seen from here."""
    if not process:
        return False
    if process["host"] != this_host():
        # Started anew since, or another machine that shares the folder.
        return False if process["host"].split()[0] == platform.node() else None
    return start_of(process["pid"]) == process["start"]


def noted(pid: int) -> Json:
    """A process as `is_alive` knows it again."""
    return {"host": this_host(), "pid": pid, "start": start_of(pid)}


def detached(words: list[str], log: Path) -> int:
    """Start a process that outlives this one and its connection; returns its number."""
    more = {}
    if os.name == "nt":
        more["creationflags"] = 0x00000008 | 0x00000200  # DETACHED_PROCESS, NEW_PROCESS_GROUP
    else:
        more["start_new_session"] = True
    with open(log, "ab") as file:
        started = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=file, stderr=file, close_fds=True, **more
        )
    return started.pid


# ---- what a node is


def probe(request: Json) -> Json:
    """What there is: Python, memory, disk, GPUs, jobs."""
    root = root_of(request)
    return {
        "root": str(root),
        "host": platform.node(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": python_version(sys.executable),
        "interpreter": newest_python() or "",
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1,
        "memory_bytes": memory_bytes(),
        "disk_free_bytes": shutil.disk_usage(root).free,
        "gpus": gpus(),
        "jobs": [
            {"id": one.name, "state": current_state(one)["state"]}
            for one in sorted((root / "runs").glob("*"))
            if (one / "job.json").exists()
        ],
        "models": sorted(
            one.parent.name
            for one in Path(os.path.expanduser(request.get("models") or str(root / "models"))).glob(
                "*/installed.json"
            )
        ),
        "environments": sorted(one.parent.name for one in (root / "env").glob("*/ready.json")),
    }


def memory_bytes() -> int:
    try:
        text = Path("/proc/meminfo").read_text()
    except OSError:
        return 0
    found = re.search(r"MemTotal:\s+(\d+)", text)
    return int(found.group(1)) * 1024 if found else 0


def gpus() -> list[Json]:
    """One row a GPU, from NVIDIA's own tool; none without it."""
    fields = "index,name,driver_version,memory.total,memory.free,utilization.gpu"
    try:
        shown = subprocess.run(
            ["nvidia-smi", "--query-gpu=" + fields, "--format=csv,noheader,nounits"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=30, check=True,
        ).stdout.decode("utf-8", "replace")  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return []
    rows = []
    for line in shown.splitlines():
        cells = [cell.strip() for cell in line.split(",")]
        if len(cells) == 6:
            rows.append(
                {
                    "name": cells[1],
                    "driver": cells[2],
                    "memory_bytes": number(cells[3]) * 1024 * 1024,
                    "free_bytes": number(cells[4]) * 1024 * 1024,
                    "busy": number(cells[5]) / 100,
                }
            )
    return rows


def number(text: str) -> int:
    found = re.match(r"\d+", text)
    return int(found.group()) if found else 0


def newest_python() -> str | None:
    """A Python that the product runs on, the newest by name; None when there is none."""
    for name in ("python3.13", "python3.12", "python3.11", "python3"):
        path = shutil.which(name)
        if path and version_of(path) >= LEAST_PYTHON:
            return path
    return sys.executable if sys.version_info[:2] >= LEAST_PYTHON else None


def python_version(path: str) -> str:
    return ".".join(str(part) for part in version_of(path))


def version_of(path: str) -> tuple[int, ...]:
    script = "import sys; print(*sys.version_info[:3])"
    try:
        shown = subprocess.run(
            [path, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=30,
            check=True,
        )  # fmt: skip
        return tuple(int(part) for part in shown.stdout.split())
    except (OSError, subprocess.SubprocessError, ValueError):
        return ()


# ---- files that arrive


def blob(root: Path, sha256: str) -> Path:
    if not _SHA.fullmatch(sha256):
        raise Fault("bad_request", "sha256")
    return root / "blobs" / sha256[:2] / sha256


def missing(request: Json) -> Json:
    """Which of the files are not there, and how much of each has arrived."""
    root, wanted = root_of(request), []
    for sha256, size in request["files"]:
        place = blob(root, sha256)
        try:
            if place.stat().st_size == size:
                continue
        except OSError:
            pass
        partial = place.with_name(sha256 + ".partial")
        arrived = partial.stat().st_size if partial.exists() else 0
        wanted.append([sha256, arrived if arrived <= size else 0])
    return {"missing": wanted, "free_bytes": shutil.disk_usage(root).free}


def put(request: Json, stream: BinaryIO) -> Json:
    """Files one after the other on stdin, each after a line that says which and from where on.

    What has arrived stays when the line is cut; a file counts when its SHA-256 is right.
    """
    root, wrong, received = root_of(request), [], 0
    for line in iter(stream.readline, b""):
        header = json.loads(line)
        place = blob(root, header["sha256"])
        place.parent.mkdir(parents=True, exist_ok=True)
        partial = place.with_name(place.name + ".partial")
        with open(partial, "r+b" if partial.exists() else "wb") as file:
            file.seek(header["offset"])
            file.truncate()
            left = header["size"] - header["offset"]
            while left:
                chunk = stream.read(min(CHUNK_BYTES, left))
                if not chunk:
                    return {"received": received, "wrong": wrong}
                file.write(chunk)
                left -= len(chunk)
            if header["size"] >= CHUNK_BYTES:  # each would cost more than to send it again
                file.flush()
                os.fsync(file.fileno())
        if digest(partial) == header["sha256"]:
            os.chmod(partial, 0o400)
            os.replace(partial, place)
            received += 1
        else:
            partial.unlink()
            wrong.append(header["sha256"])
    return {"received": received, "wrong": wrong}


def tree(request: Json) -> Json:
    """Lay pushed files out under their names; the same tree is made once."""
    root = root_of(request)
    name = request["name"]
    if not _ID.fullmatch(name):
        raise Fault("bad_request", "name")
    final = root / "trees" / name
    if not final.exists():
        partial = root / "trees" / f"{name}.{os.getpid()}.partial"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        lay(root, partial, request["files"], os.link)
        with suppress(OSError):  # another client was quicker
            os.replace(partial, final)
        shutil.rmtree(partial, ignore_errors=True)
    return {"path": str(final)}


def seed(request: Json) -> Json:
    """Copy pushed files into a run's folder: those of a run that began on another node."""
    run = run_folder(request)
    output = run / "run"
    output.mkdir(mode=0o700, parents=True, exist_ok=True)
    lay(root_of(request), output, request["files"], shutil.copyfile)
    return {"path": str(output)}


def lay(root: Path, folder: Path, files: list[list[str]], place: Callable[..., object]) -> None:
    for path, sha256 in files:
        target = folder / relative(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            target.unlink()
        try:
            place(blob(root, sha256), target)
        except OSError as error:
            if place is not os.link or error.errno == errno.ENOSPC:
                raise
            shutil.copyfile(blob(root, sha256), target)  # a disk without links


def environment(request: Json) -> Json:
    """Make a virtual environment and install into it, unless it is there."""
    root = root_of(request)
    folder = root / "env" / request["name"]
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not _ID.fullmatch(request["name"]):
        raise Fault("bad_request", "name")
    if (folder / "ready.json").exists():
        return {"python": str(python), "made": False}
    folder.parent.mkdir(parents=True, exist_ok=True)
    with locked(root / "env" / "lock"):
        if (folder / "ready.json").exists():
            return {"python": str(python), "made": False}
        base = request.get("python") or newest_python()
        if not base or version_of(base) < LEAST_PYTHON:
            raise Fault("python_too_old", python_version(base) if base else "")
        install(
            [base, "-m", "venv", "--clear", str(folder)], "venv_missing", folder.parent / "log.txt"
        )
        requirements = folder / "requirements.txt"
        requirements.write_text("\n".join(request["requirements"]) + "\n")
        words = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
        if request.get("wheels"):
            words += ["--no-index", "--find-links", request["wheels"]]
        elif request.get("index"):
            os.environ["PIP_INDEX_URL"] = request["index"]  # it may hold a password
        install([*words, "-r", str(requirements)], "install_failed", folder.parent / "log.txt")
        write_json(folder / "ready.json", {"requirements": request["requirements"]})
    return {"python": str(python), "made": True}


def install(words: list[str], code: str, log: Path) -> None:
    with open(log, "wb") as file:
        done = subprocess.run(
            words, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT, check=False
        )
    if done.returncode:
        end = tail(log)
        raise Fault(reason_in(end) or code, end[-2000:])


# ---- Ray


def ray_up(request: Json) -> Json:
    """Where the node's own Ray answers, with its token; started if need be and wanted.

    Every port is bound to the loopback, and nobody gets in without the token, which stands in a
    file for the owner alone.
    """
    root = root_of(request)
    folder = root / "ray"
    folder.mkdir(mode=0o700, exist_ok=True)
    with locked(folder / "lock"):
        head = read_json(folder / "head.json")
        if not is_alive(head.get("process")):
            if not request.get("python"):
                return {"port": 0, "token": ""}
            head = start_ray(folder, request["python"])
    return {"port": head["port"], "token": (folder / "token").read_text()}


def start_ray(folder: Path, python: str) -> Json:
    """Start the head in a session of its own and wait until it answers."""
    found = subprocess.run([python, "-c", "import ray"], stderr=subprocess.DEVNULL, check=False)
    if found.returncode:
        raise Fault("ray_missing")
    token = folder / "token"
    if not token.exists():
        with open(os.open(token, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
    os.environ.update(
        RAY_AUTH_MODE="token",
        RAY_AUTH_TOKEN_PATH=str(token),
        # Only with this does Ray keep to the address that it is given.
        RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER="0",
        RAY_USAGE_STATS_ENABLED="0",
    )
    named = ("dashboard-agent-listen-port", "dashboard-agent-grpc-port", "metrics-export-port",
             "runtime-env-agent-port", "ray-client-server-port", "node-manager-port",
             "object-manager-port")  # fmt: skip
    port, gcs, *others = free_ports(len(named) + 2)
    words = [python, "-m", "ray.scripts.scripts", "start", "--head", "--block"]
    words += ["--node-ip-address=127.0.0.1", "--dashboard-host=127.0.0.1"]
    words += [f"--port={gcs}", f"--dashboard-port={port}", "--disable-usage-stats"]
    words += ["--resources", json.dumps({"turn": 1})]  # jobs take it one after the other
    words += [f"--{name}={one}" for name, one in zip(named, others)]  # noqa: B905 - for Python 3.8
    # The names of its sockets have little room, so they do not lie in the folder.
    words += ["--temp-dir", tempfile.mkdtemp(prefix="psray")]
    log = folder / "log.txt"
    process = noted(detached(words, log))
    until = time.monotonic() + RAY_START_S
    while is_alive(process) and time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            head = {"process": process, "port": port}
            write_json(folder / "head.json", head)
            return head
        time.sleep(POLL_S)
    with suppress(ProcessLookupError):
        os.kill(process["pid"], signal.SIGTERM)
    raise Fault("ray_failed", tail(log)[-2000:])


def free_ports(count: int) -> list[int]:
    """Ports of the loopback that nobody has now."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


def ray_down(request: Json) -> Json:
    """End the Ray that was started here, and no other's."""
    process = read_json(root_of(request) / "ray" / "head.json").get("process")
    if process and is_alive(process):
        os.kill(process["pid"], signal.SIGTERM)
    return {}


def tail(path: Path) -> str:
    try:
        with open(path, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - TAIL_BYTES))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""


def reason_in(text: str) -> str:
    """The code of what the text complains about; empty when it is nothing known."""
    for code, pattern in _REASONS:
        if re.search(pattern, text, re.IGNORECASE):
            return code
    return ""


# ---- runs


def submit(request: Json) -> Json:
    """Take a job and have it held; the same one twice is one job. `again` starts it once more."""
    run = run_folder(request)
    run.mkdir(mode=0o700, parents=True, exist_ok=True)
    hold_words = [sys.executable, os.path.abspath(__file__), "hold", str(run)]
    if not request.get("held", True):
        hold_words.append("--now")
    with locked(run / "lock"):
        there = (run / "job.json").exists()
        if there and not request.get("again"):
            return {"state": current_state(run), "hold": hold_words}
        if there and current_state(run)["state"] not in ENDED:
            raise Fault("still_running")
        before = read_json(run / "state.json")
        (run / "run").mkdir(mode=0o700, exist_ok=True)
        with suppress(FileNotFoundError):
            (run / "asked.json").unlink()
        write_json(run / "job.json", request["job"])
        state = {
            "state": "queued",
            "since": time.time(),
            "starts": before.get("starts", 0),
            "resume": bool(request.get("again")),
            "elsewhere": not request.get("held", True),  # another queue gives the turn
            "holder": None,
        }
        write_json(run / "state.json", state)
        if not request.get("held", True):
            script = "#!/bin/sh\nexec " + " ".join(shlex.quote(word) for word in hold_words)
            (run / "slurm.sh").write_text(script + "\n")
        else:
            pid = detached(hold_words, run / "holder.txt")
            change(run, holder=noted(pid))
        return {"state": current_state(run), "hold": hold_words}


def never_began(request: Json) -> Json:
    """Another queue has taken the run out: it counts as stopped."""
    run = run_folder(request)
    if read_json(run / "state.json").get("state") not in ENDED:
        change(run, state="stopped", since=time.time())
    return {}


def change(run: Path, **values: Any) -> Json:
    """Write what has changed of a run's state."""
    with locked(run / "state.lock"):
        state = {**read_json(run / "state.json"), **values}
        write_json(run / "state.json", state)
    return state


def current_state(run: Path) -> Json:
    """The state as it is now: what was running and is no more without a word is `lost`."""
    state = read_json(run / "state.json") or {"state": "unknown", "since": 0}
    if state["state"] not in ("queued", "running") or state.get("elsewhere"):
        return state
    seen = [is_alive(state.get("child")), is_alive(state.get("holder"))]
    if True in seen or None in seen or time.time() - state["since"] < 2:
        return state
    with locked(run / "state.lock"):
        # It may have ended between the two looks.
        again = read_json(run / "state.json") or state
        if again["state"] in ENDED or again != state:
            return again
        state = {**state, "state": "lost", "reason": "lost"}
        write_json(run / "state.json", state)
    return state


def hold(run: Path) -> None:
    """Wait for the turn, start the command, write how it ended. Runs detached.

    Under another queue (Slurm, Ray) the turn has come already, and its signals are passed on.
    """
    elsewhere = "--now" in sys.argv
    job = read_json(run / "job.json")
    if not elsewhere:
        while not has_turn(run):
            if asked(run):
                change(run, state="stopped", since=time.time())
                return
            time.sleep(POLL_S)
    before = read_json(run / "state.json")
    again = before.get("starts", 0) > 0 or before.get("resume")
    words = job["resume"] if again else job["command"]
    copies = [start(run, job, words, number) for number in range(job.get("copies", 1))]
    change(
        run,
        state="running",
        since=time.time(),
        starts=before.get("starts", 0) + 1,
        holder=noted(os.getpid()),
        child=noted(copies[0].pid),
        children=[noted(one.pid) for one in copies],
    )
    requeues = pass_on(run) if elsewhere else []
    codes = [one.wait() for one in copies]
    finish(run, job, codes)
    if requeues and read_json(run / "state.json")["state"] == "stopped":
        change(run, state="queued", since=time.time())
        with suppress(FileNotFoundError):
            (run / "asked.json").unlink()
        subprocess.run(["scontrol", "requeue", os.environ["SLURM_JOB_ID"]], check=False)


def has_turn(run: Path) -> bool:
    """Whether nothing runs here and no one came before; then the run is marked as running."""
    runs = run.parent
    with locked(runs.parent / "queue.lock"):
        own = read_json(run / "state.json")
        if asked(run):
            return False
        for other in runs.iterdir():
            if other == run or not (other / "job.json").exists():
                continue
            state = current_state(other)
            here = (state.get("holder") or {}).get("host") == this_host()
            if not here or state.get("elsewhere"):
                continue
            earlier = (state["since"], other.name) < (own["since"], run.name)
            if state["state"] == "running" or (state["state"] == "queued" and earlier):
                return False
        change(run, state="running", since=time.time(), holder=noted(os.getpid()), child=None)
        return True


def start(run: Path, job: Json, words: list[str], number: int) -> subprocess.Popen[bytes]:
    """Start one copy of the command in a session of its own."""
    extra = dict(job.get("environment", {}))
    if job.get("copies", 1) > 1 and job.get("gpu_each"):
        extra["CUDA_VISIBLE_DEVICES"] = str(number)
    name = "log.txt" if number == 0 else f"log-{number}.txt"
    with open(os.open(run / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as log:
        try:
            return subprocess.Popen(
                words, cwd=str(run), env={**os.environ, **extra}, stdin=subprocess.DEVNULL,
                stdout=log, stderr=subprocess.STDOUT, start_new_session=os.name != "nt",
            )  # fmt: skip
        except OSError as error:
            log.write(f"{error}\n".encode())
            finish(run, job, [127])
            raise SystemExit(1) from error


def pass_on(run: Path) -> list[int]:
    """Signals of another queue: USR1, the end is near: save, stop and go on later; TERM: stop."""
    requeues = []

    def end_is_near(number: int, frame: object) -> None:
        requeues.append(number)
        ask(run, "stop")

    def stop(number: int, frame: object) -> None:
        ask(run, "stop")

    def save(number: int, frame: object) -> None:
        ask(run, "save")

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGUSR2, save)
    if "SLURM_JOB_ID" in os.environ:
        signal.signal(signal.SIGUSR1, end_is_near)
    return requeues


def finish(run: Path, job: Json, codes: list[int]) -> None:
    """Write how the run ended."""
    code = next((one for one in codes if one), 0)
    own = read_json(Path(job["output"]) / "status.json")
    state, reason = "finished", ""
    if asked(run) and not (code == 0 and own.get("state") == "finished"):
        state = "stopped"
    elif code:
        state = "failed"
        text = "\n".join(tail(one) for one in sorted(run.glob("log*.txt")))
        reason = reason_in(text) or ("killed" if code in (-9, 137) else "failed")
    change(run, state=state, reason=reason, exit_code=code, since=time.time())


def asked(run: Path) -> bool:
    """Whether the run was asked to stop since it was started."""
    return (run / "asked.json").exists()


def wish(request: Json) -> Json:
    """Save, take a sample, stop after saving, or end at once."""
    run = run_folder(request)
    state = current_state(run)
    if state["state"] in ENDED:
        raise Fault("has_ended", state["state"])
    ask(run, request["wish"])
    return {"state": current_state(run)}


def ask(run: Path, what: str) -> None:
    """Tell the run by signal; by a file where it is many processes or there is no such signal."""
    job, state = read_json(run / "job.json"), read_json(run / "state.json")
    children = [one for one in state.get("children", ()) if is_alive(one)]
    if what in ("stop", "kill"):
        write_json(run / "asked.json", {"what": what, "time": time.time()})
    if what == "kill":
        for child in children:
            if os.name == "nt":
                subprocess.run(["taskkill", "/T", "/F", "/PID", str(child["pid"])], check=False)
            else:
                with suppress(ProcessLookupError):
                    os.killpg(child["pid"], signal.SIGKILL)
        return
    signals = {} if os.name == "nt" or job.get("by_files") else {"stop": "TERM", "save": "USR1"}
    if what in signals:
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(child["pid"], getattr(signal, "SIG" + signals[what]))
    elif what in ("stop", "save", "sample"):
        folder = Path(job["output"]) / "requests"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / what).touch()
    else:
        raise Fault("bad_request", "wish")


def look(request: Json) -> Json:
    """The state, and what has been added to files since the offsets that the client knows."""
    run = run_folder(request)
    job = read_json(run / "job.json")
    if not job:
        raise Fault("unknown_run")
    state = current_state(run)
    output = Path(job["output"])
    parts, times = {}, [state.get("since", 0)]
    for name, offset in request["offsets"].items():
        path = run / name if name == "log.txt" else output / relative(name)
        try:
            with open(path, "rb") as file:
                size = os.fstat(file.fileno()).st_size
                # What shrank was begun anew.
                offset = offset if offset <= size else 0
                file.seek(offset)
                data = file.read(request["limit_bytes"])
                whole = data.rfind(b"\n") + 1
                if whole or state["state"] not in ENDED:
                    data = data[:whole]  # a line that is being written comes when it is whole
        except OSError:
            size, data = 0, b""
        text = data.decode("utf-8", "replace")
        parts[name] = {"offset": offset + len(data), "text": text, "size_bytes": size}
    for path in (run / "log.txt", output / "metrics.jsonl", output / "status.json"):
        with suppress(OSError):
            times.append(path.stat().st_mtime)
    return {"state": state, "files": parts, "quiet_s": max(0.0, time.time() - max(times))}


def listing(request: Json) -> Json:
    """Every regular file that the run has made, with its size and SHA-256; links are left out."""
    run = run_folder(request)
    job = read_json(run / "job.json")
    if not job:
        raise Fault("unknown_run")
    output, rows = Path(job["output"]), []
    skipped = tuple(request.get("skip", ()))
    for parent, folders, names in os.walk(output):
        folders[:] = sorted(
            one for one in folders
            if os.path.relpath(os.path.join(parent, one), output).replace(os.sep, "/")
            not in skipped
        )  # fmt: skip
        for name in sorted(names):
            path = Path(parent, name)
            if path.is_symlink() or not path.is_file() or name.endswith(".partial"):
                continue
            with suppress(OSError):  # gone meanwhile
                size = path.stat().st_size
                where = path.relative_to(output).as_posix()
                rows.append([where, size, digest(path, size) if request["digests"] else ""])
    return {"files": rows}


def get(request: Json) -> None:
    """The bytes of files that the run has made, one after the other, on stdout."""
    run = run_folder(request)
    output = Path(read_json(run / "job.json")["output"]).resolve()
    for where, offset, size in request["files"]:
        path = (output / relative(where)).resolve()
        if output not in path.parents:
            raise Fault("bad_path", where)
        with open(path, "rb") as file:
            file.seek(offset)
            left = size - offset
            while left:
                chunk = file.read(min(CHUNK_BYTES, left))
                if not chunk:
                    return  # became shorter; the client sees that
                sys.stdout.buffer.write(chunk)
                left -= len(chunk)
    sys.stdout.buffer.flush()


def forget(request: Json) -> Json:
    """Delete a run that has ended, with all it has made."""
    run = run_folder(request)
    if (run / "job.json").exists() and current_state(run)["state"] not in ENDED:
        raise Fault("still_running")
    shutil.rmtree(run, ignore_errors=True)
    return {}


COMMANDS = {
    "probe": probe,
    "missing": missing,
    "tree": tree,
    "seed": seed,
    "environment": environment,
    "submit": submit,
    "wish": wish,
    "look": look,
    "never_began": never_began,
    "listing": listing,
    "forget": forget,
    "ray_up": ray_up,
    "ray_down": ray_down,
}


def main() -> int:
    """Do one command; the exit code is 1 when the answer is a fault."""
    command = sys.argv[1]
    if command == "hold":
        hold(Path(sys.argv[2]))
        return 0
    os.umask(0o077)
    stream = sys.stdin.buffer
    try:
        request = json.loads(stream.readline())
        if command == "get":
            get(request)
            return 0
        answer = put(request, stream) if command == "put" else COMMANDS[command](request)
    except Fault as fault:
        answer = {"fault": fault.code, "detail": fault.detail}
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        answer = {"fault": "disk_full" if full else "node_failed", "detail": str(error)}
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
    sys.stdout.buffer.flush()
    return 1 if "fault" in answer else 0


if __name__ == "__main__":
    sys.exit(main())
