"""Leaves with exit code 0 in the middle of a job."""

import peer

peer.greet()
peer.next_job()
