"""Dies of SIGABRT in the middle of a job, after a last word."""

import os
import resource
import sys

import peer

resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
peer.greet()
peer.say("Progress", job=peer.next_job(), done=1, total=9)
print("assertion failed: width > 0", file=sys.stderr, flush=True)
os.abort()
