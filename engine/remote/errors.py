"""What can go wrong with another machine, in words for people."""


class RemoteError(Exception):
    """A target, a run or a transfer that does not do what it should.

    Attributes:
        code: stable and machine-readable, such as `node_gone`, `key_changed`, `disk_full`.
        reason: what is wrong, as a clause without a full stop.
        remedy: what the user can do, without a full stop.
        detail: what the node said, for the log.
    """

    def __init__(self, code: str, reason: str, remedy: str, detail: str = "") -> None:
        super().__init__(f"{reason}; {remedy}")
        self.code = code
        self.reason = reason
        self.remedy = remedy
        self.detail = detail


# code → reason and remedy; {node} is the target's name.
_SENTENCES = {
    "node_gone": (
        "{node} does not answer",
        "what runs there goes on as long as it is up; look again later",
    ),
    "refused": (
        "{node} refuses to let you in",
        "check the user's name, and that your public key stands in its ~/.ssh/authorized_keys",
    ),
    "key_changed": (
        "{node} shows another host key than the one that was pinned",
        "someone may be in between; if it was installed anew, remove the target and add it again",
    ),
    "no_python": ("{node} has no python3", "install Python 3.11 or newer there"),
    "python_too_old": (
        "{node} has no Python 3.11 or newer",
        "install one there, or name an environment of your own with --python",
    ),
    "venv_missing": (
        "Python on {node} cannot make an environment",
        "install its venv package there, on Debian and Ubuntu python3-venv",
    ),
    "install_failed": (
        "the libraries could not be installed on {node}",
        "check its connection, or add the target with a wheelhouse",
    ),
    "disk_full": (
        "the disk of {node} is full",
        "make room there, or add the target with --folder on a larger disk; nothing is lost",
    ),
    "out_of_memory": (
        "the memory on {node} did not suffice",
        "make optimisation.micro_batch smaller, or model.precision int4, and resume",
    ),
    "driver_too_old": (
        "the NVIDIA driver of {node} is too old for the libraries",
        "update it there, or choose another node",
    ),
    "no_gpu": ("{node} has no GPU that can be used", "choose another node, or device = cpu"),
    "killed": (
        "the run was killed on {node}, as a system does that runs out of memory",
        "resume it; it goes on from its last checkpoint",
    ),
    "failed": ("the run failed on {node}", "see `pixelsmile runs logs`"),
    "lost": (
        "the run ended without a word: {node} was started anew, or its processes were killed",
        "resume it; it goes on from its last checkpoint",
    ),
    "unknown_run": (
        "{node} does not know the run",
        "submit it again with `pixelsmile runs resume`",
    ),
    "still_running": ("the run has not ended on {node}", "stop it first"),
    "has_ended": ("the run has ended on {node} already", "see `pixelsmile runs show`"),
    "damaged": (
        "files arrived damaged from {node} or were changed meanwhile",
        "fetch again; what is whole is kept",
    ),
    "changed_while_read": (
        "files were changed while they were sent to {node}",
        "leave them alone and start again; what has arrived is kept",
    ),
    "bad_path": (
        "{node} names a file that would lie outside the folder",
        "do not trust this node, and tell its owner",
    ),
    "bad_answer": (
        "{node} answers with nonsense",
        "check that logging in there prints nothing of its own",
    ),
    "node_failed": ("{node} could not do it", "see the details in the log"),
    "queue_failed": ("the queue of {node} refused the job", "check the target's options"),
    "ray_missing": ("{node} has no Ray", "install ray[default] there, or add it as an ssh target"),
    "ray_failed": ("Ray did not start on {node}", "see the details in the log"),
    "token_refused": (
        "the cluster {node} does not accept the token",
        "add the target again with --token-file",
    ),
}


def fault(code: str, node: str, detail: str = "") -> RemoteError:
    """The error of a code, about a target; one that is not known is `node_failed`."""
    reason, remedy = _SENTENCES.get(code, _SENTENCES["node_failed"])
    return RemoteError(code, reason.format(node=node), remedy.format(node=node), detail)
