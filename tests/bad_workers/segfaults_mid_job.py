"""Reads address 0 in the middle of a job."""

import ctypes
import resource

import peer

resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
peer.greet()
peer.next_job()
ctypes.string_at(0)
